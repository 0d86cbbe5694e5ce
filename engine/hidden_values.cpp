#include "engine/hidden_values.hpp"

#include <algorithm>

namespace dirsync::sync {
namespace {

constexpr std::size_t texts_at_once = 2048;
constexpr std::size_t most_values_asked_for = 1000;  // when they turn no filter
constexpr std::size_t values_at_once = 1000;
constexpr std::size_t users_asked_in_doubt = 5;

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

/// Whether the account can read permissions of users at all: by these answers, or else by asking for some
/// that the store has.
Task<Result<bool>> HiddenValues::reads_permissions(const FoldState& fold, const AttributeNames& names,
                                                   std::span<const LostValue> values,
                                                   std::span<const ReadRight> answers) {
    const auto tells = [](ReadRight right) { return right != ReadRight::unknown; };
    if (std::ranges::any_of(answers, tells)) co_return true;
    std::vector<LostValue> others;
    for (const Node node : fold.some_stored_users(users_asked_in_doubt))
        others.push_back({node, values.front().attribute});
    if (others.empty()) co_return false;
    const auto rights = co_await rights_of(fold, names, others);
    if (!rights) co_return rights.error();
    co_return std::ranges::any_of(*rights, tells);
}

/// What turns a filter needs a proof. Anything else is kept where permissions hide it, or cannot be read
/// though those of others can; of many values at once the guards judge (semantics 5.1, 5.14).
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
    std::vector<LostValue> unknown;
    for (std::size_t i = 0; i < lost.size(); ++i) {
        const bool is_unknown = (*rights)[i] == ReadRight::unknown;
        if (is_unknown && !fold.is_lost_to_filter(lost[i])) {
            unknown.push_back(lost[i]);
        } else if ((*rights)[i] != ReadRight::granted) {
            kept.push_back(lost[i]);
        }
    }
    if (!unknown.empty()) {
        const auto reads = co_await reads_permissions(fold, names, lost, *rights);
        if (!reads) co_return reads.error();
        if (*reads) kept.insert(kept.end(), unknown.begin(), unknown.end());
    }
    fold.keep_unproved(kept);
    co_return Result<void>();
}

Task<Result<void>> HiddenValues::keep_out(LettingIn& fold, const AttributeNames& names) {
    const auto lacking = fold.let_in_by_absence();
    if (lacking.empty()) co_return Result<void>();
    std::vector<ReadRight> answers;
    for (std::size_t at = 0; at < lacking.size(); at += values_at_once) {
        const auto some = std::span(lacking).subspan(at, std::min(values_at_once, lacking.size() - at));
        const auto rights = co_await rights_of(fold, names, some);
        if (!rights) co_return rights.error();
        answers.insert(answers.end(), rights->begin(), rights->end());
    }
    bool reads = false;
    if (std::ranges::find(answers, ReadRight::unknown) != answers.end()) {
        const auto found = co_await reads_permissions(fold, names, lacking, answers);
        if (!found) co_return found.error();
        reads = *found;
    }
    std::vector<LostValue> out;
    for (std::size_t i = 0; i < lacking.size(); ++i) {
        const bool is_out = answers[i] == ReadRight::denied || (answers[i] == ReadRight::unknown && reads);
        if (is_out) out.push_back(lacking[i]);
    }
    fold.keep_out(out);
    co_return Result<void>();
}

}  // namespace dirsync::sync
