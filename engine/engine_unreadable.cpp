#include <algorithm>
#include <iterator>
#include <set>

#include "engine/engine_impl.hpp"
#include "sync/fold.hpp"

// What entries lack: gone, or hidden from the account (semantics 5.1).
namespace dirsync::sync {
namespace {

constexpr std::size_t texts_at_once = 2048;
constexpr std::size_t most_values_asked_for = 1000;  // of so many objects

std::string counted(std::uint64_t entries, EntryKind kind) {
    const char* one = kind == EntryKind::user ? " user" : kind == EntryKind::group ? " group" : " container";
    return std::to_string(entries) + one + (entries == 1 ? "" : "s");
}

}  // namespace

/// By the domain's place in the mirror: attributes that cannot be read of any user.
std::vector<std::vector<AttributeNames::Index>> Engine::Impl::unreadable() const {
    std::vector<std::vector<AttributeNames::Index>> indexes;
    for (const auto& domain : domains_) {
        auto& of_domain = indexes.emplace_back();
        for (const auto& name : domain.unreadable) {
            if (const auto index = names_.find(name)) of_domain.push_back(*index);
        }
    }
    return indexes;
}

/// That a filter of the scope names.
std::vector<AttributeNames::Index> Engine::Impl::filter_attributes() const {
    std::vector<AttributeNames::Index> indexes;
    for (const auto& wanted : settings_.scope.user_filters) {
        for (const auto& name : wanted.filter.attributes()) {
            if (const auto index = names_.find(name)) indexes.push_back(*index);
        }
    }
    std::sort(indexes.begin(), indexes.end());
    indexes.erase(std::unique(indexes.begin(), indexes.end()), indexes.end());
    return indexes;
}

/// What the account could read and cannot any more stays as it was (semantics 5.1).
Task<Result<std::vector<Node>>> Engine::Impl::keep_unreadable(Proving& fold) {
    std::vector<Node> damaged;
    const std::vector<Node> doubtful = fold.doubtful();
    for (std::size_t at = 0; at < doubtful.size(); at += texts_at_once) {
        const auto chunk = std::span(doubtful).subspan(at, std::min(texts_at_once, doubtful.size() - at));
        std::vector<Node> nodes(chunk.begin(), chunk.end());
        auto texts = co_await parts_.store.mirror_texts(std::move(nodes));
        if (!texts) co_return texts.error();
        std::vector<std::string_view> before;
        for (std::size_t i = 0; i < texts->size(); ++i) {
            before.emplace_back((*texts)[i].attributes);
            if ((*texts)[i].damaged) damaged.push_back(chunk[i]);
        }
        auto asked = co_await ask_for_rights(fold, chunk, before);
        if (!asked) co_return asked.error();
        fold.keep_unreadable(chunk, before);
    }
    co_return damaged;
}

/// Of each value, in order, what the permissions of its object say.
Task<Result<std::vector<ReadRight>>> Engine::Impl::rights_of(const FoldState& fold,
                                                             std::span<const LostValue> values) {
    std::vector<LostAttribute> asked;
    for (const auto& [node, attribute] : values)
        asked.push_back({fold.guid_of(node), std::string(names_[attribute])});
    auto rights = co_await parts_.source.look_up_rights(std::move(asked));
    DIRSYNC_ASSERT(!rights || rights->size() == values.size());
    co_return rights;
}

/// Whether what entries lack is gone or hidden from the account. What turns a filter needs a proof; anything
/// else is kept only where the permissions hide it, and of many at once the guards judge
/// (semantics 5.1, 5.14).
Task<Result<void>> Engine::Impl::ask_for_rights(Proving& fold, std::span<const Node> nodes,
                                                std::span<const std::string_view> before) {
    auto lost = fold.lost_values(nodes, before);
    if (lost.size() > most_values_asked_for)
        std::erase_if(lost, [&fold](const LostValue& one) { return !fold.is_lost_to_filter(one); });
    if (lost.empty()) co_return Result<void>();
    const auto rights = co_await rights_of(fold, lost);
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

/// A filter such as (!(employeeType=external)) also matches whoever hides employeeType. Who came in by that
/// stays out where the permissions hide it; of very many a sample is asked for, and where it finds any hidden
/// the others stay out as well (semantics 5.1).
Task<Result<void>> Engine::Impl::keep_hidden_out(LettingIn& fold) {
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
    const auto rights = co_await rights_of(fold, sample);
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

/// Which filters have matched somebody since the last whole read.
void Engine::Impl::note_filters(const Folded& folded, bool whole) {
    const auto& matching = folded.matching_filters;
    if (whole) {
        matching_filters_ = matching;
    } else if (matching_filters_ && matching_filters_->size() == matching.size()) {
        for (std::size_t i = 0; i < matching.size(); ++i)
            if (matching[i]) (*matching_filters_)[i] = true;
    }
}

/// Filters of the scope that match nobody, most likely misspelt ones (semantics 2.10). Before this process
/// has read everything nobody knows; what is held by an edit of the scope stays held until then.
std::vector<std::string> Engine::Impl::filters_without_match() const {
    std::vector<std::string> keys;
    const auto& filters = settings_.scope.user_filters;
    const bool is_held = std::any_of(facts_.holds.begin(), facts_.holds.end(),
                                     [](const Hold& hold) { return hold.hold == HoldClass::scope_edit; });
    for (std::size_t i = 0; i < filters.size(); ++i) {
        const bool is_known = matching_filters_ && matching_filters_->size() == filters.size();
        const bool matches = is_known ? (*matching_filters_)[i] : !is_held;
        if (!matches) keys.push_back("user_filters: " + filters[i].filter.text());
    }
    return keys;
}

/// Lists that lack somebody whose memberOf names the group, and attributes that permissions hide.
void Engine::Impl::note_hidden(const Folded& folded) {
    for (const auto& lost : folded.unreadable) {
        if (lost.attribute && !lost.is_unproved && !lost.keeps_out) continue;
        std::string note = domains_[lost.domain].dns_name + ": ";
        if (lost.keeps_out) {
            const std::string name(names_[*lost.attribute]);
            note += counted(lost.entries, lost.kind) + (lost.entries == 1 ? " stays" : " stay") +
                    " out: a filter of the scope would let them in for want of " + name +
                    ", which the account may not read of them; give it the right to read " + name;
        } else if (lost.attribute) {
            note += std::string(names_[*lost.attribute]) + " of " + counted(lost.entries, lost.kind) +
                    " is not shown any more, and their permissions do not prove that the account may read "
                    "it: it is kept as it was; give the account the right to read it and their permissions";
        } else {
            note += "member of " + counted(lost.entries, EntryKind::group) +
                    " lacks some whose memberOf names the group: they are kept; give the account the "
                    "right to read member";
        }
        if (std::find(unreadable_notes_.begin(), unreadable_notes_.end(), note) == unreadable_notes_.end())
            unreadable_notes_.push_back(std::move(note));
    }
}

/// What a whole read kept: for the reads of changes to come, and for the admin.
void Engine::Impl::note_unreadable(const Folded& folded) {
    unreadable_notes_.clear();
    for (auto& domain : domains_) domain.unreadable.clear();
    note_hidden(folded);
    for (const auto& lost : folded.unreadable) {
        if (!lost.attribute || lost.is_unproved || lost.keeps_out) continue;
        DomainFacts& domain = domains_[lost.domain];
        const std::string name = names_[*lost.attribute];
        if (lost.of_everybody) domain.unreadable.push_back(name);
        unreadable_notes_.push_back(
            domain.dns_name + ": " + name + " of " + counted(lost.entries, lost.kind) +
            " cannot be read any more though nobody changed it: it is kept as it was; "
            "give the account the right to read it");
    }
}

}  // namespace dirsync::sync
