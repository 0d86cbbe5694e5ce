#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "sync/planner/guard.hpp"
#include "sync/planner/mirror_texts.hpp"
#include "sync/planner/plan_basis.hpp"
#include "sync/planner/put_back.hpp"
#include "sync/planner/row_rules.hpp"
#include "sync/planner/undone_changes.hpp"
#include "sync/planner/unknown_attributes.hpp"

namespace dirsync::sync {

/// Rows of one kind on their way into the plan: first decided one by one, then settled together, since
/// guards and names can only be judged on all of them.
template <class Rules>
class RowDrafts {
public:
    using Row = typename Rules::Row;
    using Change = typename Rules::Change;

    RowDrafts(const PlanBasis& in, const Guards& guards, UndoneChanges& undone)
        : in_(in),
          guards_(guards),
          undone_(undone),
          unmappable_(targets_that_name(Rules::mapping(in.settings.mapping), in.unknown_attributes)) {}

    /// Makes room for the rows of a first sync at once. `nodes`: all that will be decided.
    void expect(std::span<const Node> nodes);
    /// `nodes` sorted. Fails when rows cannot be read.
    Result<void> decide(std::span<const Node> nodes, MirrorTexts& texts, IdentityStore& rows);
    /// Guards, then names; appends what goes through to the plan, and what does not to `errors` and its
    /// holds.
    Result<void> settle(Plan& plan, std::vector<EntityError>& errors, IdentityStore& rows);

    /// Objects that would be removed, or leave the scope, but are held: their memberships stay.
    const boost::unordered_flat_set<Node>& held_removals() const noexcept { return held_removals_; }
    /// Of these, those that an edit of the scope would let leave (semantics 2.10).
    const std::vector<HeldObject>& scope_edits() const noexcept { return scope_edits_; }
    /// Users whose status is only put back to what it had been: no guard counts them.
    const GuidSet& put_back() const noexcept { return put_back_; }
    /// Groups out of scope whose clock has run out.
    const std::vector<Node>& overdue() const noexcept { return overdue_; }
    /// After `settle`: whether a stored row of the node stays.
    bool keeps_row(Node node) const { return Rules::is_stored(in_.stored, node) && !removed_.contains(node); }

private:
    using Stored = typename Rules::Stored;
    /// An object of the subject.
    struct Candidate {
        Node node = no_node;
        std::optional<MirrorRow> entry;  ///< nullopt: the mirror does not have it
        bool is_in = false;              ///< the scope
        /// nullopt: out of the scope, not to be known, or what the store has already.
        std::optional<typename Rules::Desired> desired;
    };

    Result<std::vector<Candidate>> candidates(std::span<const Node> nodes, MirrorTexts& texts);
    std::optional<Change> creation_of(Candidate& object);
    Change change_of(Candidate& object, Stored&& stored);
    void leave_scope(Change& change, const std::optional<MirrorRow>& entry);
    void keep_given_up();
    void guard_removals(Plan& plan);
    void guard_updates(Plan& plan);
    Result<void> guard_targets(Plan& plan, IdentityStore& rows);
    bool is_suspect(const std::string& name) const;
    void keep_unmappable(const Row& stored, Row& wanted) const;
    bool is_held_by_edit(const Row& stored, bool leaves) const;
    Result<void> judge_names(int slot, std::vector<EntityError>& errors, IdentityStore& rows);
    Reason reason_of_deletion(const std::optional<MirrorRow>& entry) const;
    bool is_held_by_revert(Change& change, const Candidate& object, bool is_fresh);

    const PlanBasis& in_;
    const Guards& guards_;
    UndoneChanges& undone_;
    std::vector<Change> drafts_;
    std::vector<EntityError> errors_;
    boost::unordered_flat_set<Node> held_removals_;
    std::vector<HeldObject> scope_edits_;
    boost::unordered_flat_set<Node> removed_;
    std::vector<Node> overdue_;
    std::vector<std::string> unmappable_;  ///< targets that keep what the store has
    GuidSet put_back_;                     ///< users whose status is only put back
};

using UserDrafts = RowDrafts<UserRules>;
using GroupDrafts = RowDrafts<GroupRules>;

}  // namespace dirsync::sync
