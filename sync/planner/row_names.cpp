#include <algorithm>

#include "sync/planner/row_drafts.hpp"
#include "sync/planner/unique_names.hpp"

// Which row gets a contested name (semantics 3.5).
namespace dirsync::sync {
namespace {

/// The owners of contested names, as they are called in the end: the next plan says the same.
template <class Rules>
Result<boost::unordered_flat_map<Node, std::string>> names_of(const std::vector<NameConflict>& conflicts,
                                                              std::span<const typename Rules::Change> drafts,
                                                              IdentityStore& rows) {
    boost::unordered_flat_map<Node, std::string> names;
    for (const auto& draft : drafts) names[draft.node] = Rules::name(draft.after);
    std::vector<Node> others;
    for (const auto& conflict : conflicts) {
        if (!names.contains(conflict.owner)) others.push_back(conflict.owner);
    }
    std::sort(others.begin(), others.end());
    others.erase(std::unique(others.begin(), others.end()), others.end());
    auto stored = Rules::read(rows, others);
    if (!stored) return stored.error();
    for (const auto& row : *stored) names[row.node] = Rules::name(row.row);
    return names;
}

}  // namespace

/// What the userName costs is the whole change; the e-mail, only itself.
bool UserRules::give_up(Change& draft, int slot) {
    if (slot == 0) {
        if (draft.action == Action::create) return false;
        draft.after = kept(draft.before, draft.after);
    } else {
        draft.after.email = draft.action == Action::create ? std::string() : draft.before.email;
    }
    return draft.action == Action::create || !(draft.after == draft.before);
}

bool GroupRules::give_up(Change& draft, int) {
    if (draft.action == Action::create) return false;
    draft.after = kept(draft.before, draft.after);
    return !(draft.after == draft.before);
}

const char* UserRules::cost_of(const Change& draft, int slot) {
    if (slot == 0) {
        return draft.action == Action::create
                   ? ": the user is not created; change one of the two names in the directory"
                   : ": the user stays as it is; change one of the two names in the directory";
    }
    return draft.after.email.empty()
               ? ": the user is synced without an e-mail; change one of the two addresses in the directory"
               : ": the user keeps its former e-mail; change one of the two addresses in the directory";
}

const char* GroupRules::cost_of(const Change& draft, int) {
    return draft.action == Action::create
               ? ": the group is not created; change one of the two names in the directory"
               : ": the group stays as it is; change one of the two names in the directory";
}

template <class Rules>
Result<void> RowDrafts<Rules>::judge_names(int slot, std::vector<EntityError>& errors, IdentityStore& rows) {
    std::vector<NameClaim> claims;
    claims.reserve(drafts_.size());
    std::vector<std::size_t> drafts_of_claims;
    drafts_of_claims.reserve(drafts_.size());
    boost::unordered_flat_set<Node> drafted;
    const auto at = static_cast<std::size_t>(slot);
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
        const Change& draft = drafts_[i];
        drafted.insert(draft.node);
        if (draft.action == Action::remove) continue;
        NameClaim claim;
        claim.node = draft.node;
        claim.guid = guid_of(draft.after);
        if constexpr (!Rules::is_group) claim.is_enabled = draft.after.status == Status::enabled;
        if (draft.action == Action::update) claim.present = name_key(Rules::contested(draft.before, slot));
        claim.wanted = name_key(Rules::contested(draft.after, slot));
        claims.push_back(claim);
        drafts_of_claims.push_back(i);
    }
    const NameOwner owner = [&](NameKey key) {
        const Node node = Rules::owner(in_.stored, slot, key);
        return node != no_node && drafted.contains(node) ? no_node : node;
    };
    const auto conflicts = name_conflicts(claims, owner);
    if (conflicts.empty()) return {};

    std::vector<bool> dropped(drafts_.size());
    std::vector<EntityError> found;
    for (const auto& conflict : conflicts) {
        Change& draft = drafts_[drafts_of_claims[conflict.claim]];
        EntityError error;
        error.external_id = guid_of(draft.after);
        if constexpr (!Rules::is_group) error.sid = draft.after.sid;
        error.is_group = Rules::is_group;
        error.name = Rules::name(draft.after);
        error.code = "ConflictError";
        error.message = std::string(Rules::slot_names[at]) + " '" + Rules::contested(draft.after, slot) +
                        "' belongs to '";
        found.push_back(std::move(error));
        dropped[drafts_of_claims[conflict.claim]] = !Rules::give_up(draft, slot);
    }
    auto names = names_of<Rules>(conflicts, drafts_, rows);
    if (!names) return names.error();
    for (std::size_t i = 0; i < conflicts.size(); ++i) {
        const Change& draft = drafts_[drafts_of_claims[conflicts[i].claim]];
        found[i].message += (*names)[conflicts[i].owner] + "' (" +
                            to_text(in_.mirror.guid(conflicts[i].owner)) + ")" + Rules::cost_of(draft, slot);
        errors.push_back(std::move(found[i]));
    }
    std::vector<Change> kept;
    kept.reserve(drafts_.size());
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
        if (!dropped[i]) kept.push_back(std::move(drafts_[i]));
    }
    drafts_ = std::move(kept);
    return {};
}

template Result<void> RowDrafts<UserRules>::judge_names(int, std::vector<EntityError>&, IdentityStore&);
template Result<void> RowDrafts<GroupRules>::judge_names(int, std::vector<EntityError>&, IdentityStore&);

}  // namespace dirsync::sync
