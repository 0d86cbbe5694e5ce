#include <algorithm>
#include <map>

#include "model/row_targets.hpp"
#include "sync/planner/row_drafts.hpp"
#include "sync/settings_fingerprint.hpp"

// What a slip in the configuration would take away: values of mapped targets (semantics 5.14), and the place
// in the scope (2.10).
namespace dirsync::sync {
namespace {

constexpr std::size_t rows_at_once = 2048;
constexpr std::size_t percent_applies_above = 10;

/// Rows of the store that have something at the target.
template <class Rules>
Result<std::uint64_t> holders_of(const std::string& target, const StoredIndex& stored, IdentityStore& rows) {
    const auto nodes = Rules::all(stored);
    std::uint64_t count = 0;
    for (std::size_t at = 0; at < nodes.size(); at += rows_at_once) {
        const auto read =
            Rules::read(rows, std::span(nodes).subspan(at, std::min(rows_at_once, nodes.size() - at)));
        if (!read) return read.error();
        for (const auto& row : *read) count += target_value(row.row, target).empty() ? 0 : 1;
    }
    return count;
}

}  // namespace

template <class Rules>
void RowDrafts<Rules>::keep_unmappable(const Row& stored, Row& wanted) const {
    for (const auto& target : unmappable_) set_target(wanted, target, target_value(stored, target));
}

/// A target whose mapping was edited, or of which a change waits already: there a value that is replaced is
/// as suspicious as one that goes.
template <class Rules>
bool RowDrafts<Rules>::is_suspect(const std::string& name) const {
    return in_.change.changes_target(name) ||
           std::any_of(in_.holds.begin(), in_.holds.end(), [guid = target_guid(name)](const Hold& hold) {
               return hold.hold == HoldClass::clear_attribute && !hold.objects.empty() &&
                      hold.objects.front().first == guid;
           });
}

template <class Rules>
Result<void> RowDrafts<Rules>::guard_targets(Plan& plan, IdentityStore& rows) {
    std::map<std::string, std::vector<std::size_t>> losers;  // by target
    std::map<std::string, bool> suspect;
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
        const Change& draft = drafts_[i];
        if (draft.action != Action::update) continue;
        for (auto& target : lost_values(draft.before, draft.after)) {
            const bool is_emptied = target_value(draft.after, target).empty();
            if (!is_emptied) {
                const auto [known, is_new] = suspect.try_emplace(target);
                if (is_new) known->second = is_suspect(target_name(Rules::is_group, target));
                if (!known->second) continue;
            }
            losers[std::move(target)].push_back(i);
        }
    }
    for (const auto& [target, places] : losers) {
        const ObjectGuid of_target = target_guid(target_name(Rules::is_group, target));
        std::vector<HeldObject> objects;
        for (const std::size_t i : places) {
            const ObjectGuid guid = guid_of(drafts_[i].before);
            if (!guards_.approved(HoldClass::reverted, {guid, ObjectGuid{}}))
                objects.emplace_back(of_target, guid);
        }
        // The percentage only counts above ten objects: the store is not read for a few.
        std::uint64_t population = 0;
        if (objects.size() + guards_.passed_before(HoldClass::clear_attribute, of_target) >
            percent_applies_above) {
            const auto holders = holders_of<Rules>(target, in_.stored, rows);
            if (!holders) return holders.error();
            population = *holders;
        }
        auto hold = guards_.hold_of(HoldClass::clear_attribute, std::move(objects),
                                    in_.settings.safety.clear_attribute, population, of_target);
        if (!hold) continue;
        boost::unordered_flat_set<ObjectGuid> held;
        for (const auto& [first, guid] : hold->objects) held.insert(guid);
        for (const std::size_t i : places) {
            Change& draft = drafts_[i];
            if (held.contains(guid_of(draft.before)))
                set_target(draft.after, target, target_value(draft.before, target));
        }
        hold->limit = target + (Rules::is_group ? " of groups, " : " of users, ") + hold->limit;
        plan.holds.push_back(std::move(*hold));
    }
    std::erase_if(drafts_, [](const Change& c) { return c.action == Action::update && c.after == c.before; });
    return {};
}

/// Whether a row would leave the scope by an edit of the configuration whose meaning is open, since an entry
/// names nothing: most likely that entry was meant to name what would leave (semantics 2.10).
template <class Rules>
bool RowDrafts<Rules>::is_held_by_edit(const Row& stored, bool leaves) const {
    return leaves && stored.scope != ScopeState::out && !in_.unnamed.empty() &&
           is_open_edit(in_, guards_, {guid_of(stored), ObjectGuid{}});
}

template bool RowDrafts<UserRules>::is_held_by_edit(const UserRow&, bool) const;
template bool RowDrafts<GroupRules>::is_held_by_edit(const GroupRow&, bool) const;
template void RowDrafts<UserRules>::keep_unmappable(const UserRow&, UserRow&) const;
template void RowDrafts<GroupRules>::keep_unmappable(const GroupRow&, GroupRow&) const;
template Result<void> RowDrafts<UserRules>::guard_targets(Plan&, IdentityStore&);
template Result<void> RowDrafts<GroupRules>::guard_targets(Plan&, IdentityStore&);

}  // namespace dirsync::sync
