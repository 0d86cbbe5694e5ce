#include "engine/hidden_values.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace dirsync::sync {
namespace {

constexpr std::size_t texts_at_once = 2048;
constexpr std::size_t most_values_asked_for = 1000;  // of so many objects

}  // namespace

Task<Result<std::vector<Node>>> HiddenValues::keep(Proving& fold, const AttributeNames& names) {
    std::vector<Node> damaged;
    const std::vector<Node> doubtful = fold.doubtful();
    for (std::size_t at = 0; at < doubtful.size(); at += texts_at_once) {
        const auto chunk = std::span(doubtful).subspan(at, std::min(texts_at_once, doubtful.size() - at));
        std::vector<Node> nodes(chunk.begin(), chunk.end());
        auto texts = co_await store_.mirror_texts(std::move(nodes));
        if (!texts) co_return texts.error();
        std::vector<std::string_view> before;
        for (std::size_t i = 0; i < texts->size(); ++i) {
            before.emplace_back((*texts)[i].attributes);
            if ((*texts)[i].damaged) damaged.push_back(chunk[i]);
        }
        auto asked = co_await ask_for_rights(fold, names, chunk, before);
        if (!asked) co_return asked.error();
        fold.keep_unreadable(chunk, before);
    }
    co_return damaged;
}

/// Of each value, in order, what the permissions of its object say.
Task<Result<std::vector<ReadRight>>> HiddenValues::rights_of(const FoldState& fold,
                                                             const AttributeNames& names,
                                                             std::span<const LostValue> values) {
    std::vector<LostAttribute> asked;
    for (const auto& [node, attribute] : values) asked.push_back({fold.guid_of(node), names[attribute]});
    auto rights = co_await source_.look_up_rights(std::move(asked));
    DIRSYNC_ASSERT(!rights || rights->size() == values.size());
    co_return rights;
}

/// What turns a filter needs a proof; anything else is kept only where the permissions hide it, and of many
/// at once the guards judge (semantics 5.1, 5.14).
Task<Result<void>> HiddenValues::ask_for_rights(Proving& fold, const AttributeNames& names,
                                                std::span<const Node> nodes,
                                                std::span<const std::string_view> before) {
    auto lost = fold.lost_values(nodes, before);
    if (lost.size() > most_values_asked_for)
        std::erase_if(lost, [&fold](const LostValue& one) { return !fold.is_lost_to_filter(one); });
    if (lost.empty()) co_return Result<void>();
    const auto rights = co_await rights_of(fold, names, lost);
    if (!rights) co_return rights.error();
    std::vector<LostValue> kept;
    for (std::size_t i = 0; i < lost.size(); ++i) {
        const ReadRight right = (*rights)[i];
        const bool is_unproved = right == ReadRight::unknown && fold.is_lost_to_filter(lost[i]);
        if (right == ReadRight::denied || is_unproved) kept.push_back(lost[i]);
    }
    fold.keep_unproved(kept);
    co_return Result<void>();
}

Task<Result<void>> HiddenValues::keep_out(LettingIn& fold, const AttributeNames& names) {
    const auto lacking = fold.let_in_by_absence();
    if (lacking.empty()) co_return Result<void>();
    // All that a user lacks is asked for, so that the sample has each attribute.
    const std::size_t step = (lacking.size() - 1) / most_values_asked_for + 1;
    std::vector<LostValue> sample;
    std::vector<LostValue> others;
    std::size_t user = 0;
    for (std::size_t i = 0; i < lacking.size(); ++i) {
        if (i > 0 && lacking[i].node != lacking[i - 1].node) ++user;
        (user % step == 0 ? sample : others).push_back(lacking[i]);
    }
    const auto rights = co_await rights_of(fold, names, sample);
    if (!rights) co_return rights.error();
    std::set<AttributeNames::Index> hidden;
    std::vector<LostValue> out;
    for (std::size_t i = 0; i < sample.size(); ++i) {
        if ((*rights)[i] != ReadRight::denied) continue;
        hidden.insert(sample[i].attribute);
        out.push_back(sample[i]);
    }
    std::copy_if(others.begin(), others.end(), std::back_inserter(out),
                 [&hidden](const LostValue& value) { return hidden.contains(value.attribute); });
    fold.keep_out(out);
    co_return Result<void>();
}

}  // namespace dirsync::sync
