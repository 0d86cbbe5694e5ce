#include <algorithm>
#include <map>
#include <set>

#include <boost/unordered/unordered_flat_map.hpp>

#include "model/snapshot.hpp"
#include "model/source_identity.hpp"

namespace dirsync::sync {
namespace {

class Restorer {
public:
    Restorer(const SnapshotContents& snapshot, PresentRows& present, Reason reason)
        : snapshot_(snapshot), present_(present), reason_(reason) {}

    void restore_rows() {
        Node next = present_.next_node();
        Plan& plan = out_.plan.rows;
        for (const StoredUser& user : snapshot_.users) {
            if (const auto match = find(user)) {
                found_[user.id] = *match;
                continue;
            }
            const std::string owner = user.row.email.empty() ? "" : present_.owner_of_email(user.row.email);
            if (!owner.empty()) {
                out_.report.conflicts.push_back("user " + user.row.user_name + ": the email address " +
                                                user.row.email + " belongs to " + owner);
                continue;
            }
            found_[user.id] = {user.id, next};
            plan.users.push_back({Action::create, next++, user.id, {}, user.row, reason_});
        }
        for (const StoredGroup& group : snapshot_.groups) {
            if (const auto match = find(group)) {
                found_[group.id] = *match;
                continue;
            }
            found_[group.id] = {group.id, next};
            plan.groups.push_back({Action::create, next++, group.id, {}, group.row, reason_});
        }
        std::set<Edge> added;
        for (const auto& [group_id, user_id] : snapshot_.memberships) {
            const auto group = found_.find(group_id);
            const auto user = found_.find(user_id);
            if (group == found_.end() || user == found_.end()) continue;
            const Edge edge{group->second.node, user->second.node};
            if (present_.is_member(edge.group, edge.member) || !added.insert(edge).second) continue;
            plan.memberships.push_back({edge.group, edge.member, true, reason_});
        }
        out_.report.users = plan.users.size();
        out_.report.groups = plan.groups.size();
        out_.report.memberships = plan.memberships.size();
    }

    void restore_assignments() {
        boost::unordered_flat_map<RowId, const StoredUser*> users;
        boost::unordered_flat_map<RowId, const StoredGroup*> groups;
        for (const StoredUser& user : snapshot_.users) users[user.id] = &user;
        for (const StoredGroup& group : snapshot_.groups) groups[group.id] = &group;
        for (const PermissionSet& set : snapshot_.permission_sets) sets_[set.id] = {&set, {}};

        for (const Assignment& assignment : snapshot_.assignments) {
            const bool is_user = assignment.principal_type == PrincipalType::user;
            std::string name;
            std::optional<Counterpart> match;
            if (const auto known = found_.find(assignment.principal); known != found_.end())
                match = known->second;
            if (const auto user = users.find(assignment.principal); is_user && user != users.end()) {
                name = user->second->row.user_name;
                if (!match) match = find(*user->second);
            } else if (const auto group = groups.find(assignment.principal);
                       !is_user && group != groups.end()) {
                name = group->second->row.display_name;
                if (!match) match = find(*group->second);
            } else {
                // It dangled then, and may have its principal again.
                match = is_user ? present_.user(assignment.principal, {}, {})
                                : present_.group(assignment.principal, {}, {});
            }
            restore(assignment, match, std::move(name));
        }
        std::ranges::sort(out_.report.unmatched, {}, [](const NamedAssignment& a) {
            return std::tie(a.principal_type, a.principal, a.permission_set, a.target);
        });
    }

    Restore take() {
        RestoreReport& report = out_.report;
        out_.plan.counts = {{"users_created", report.users},
                            {"groups_created", report.groups},
                            {"memberships_added", report.memberships},
                            {"permission_sets_created", report.permission_sets},
                            {"assignments_created", report.assignments}};
        return std::move(out_);
    }

    RestoreReport& report() { return out_.report; }

private:
    struct KnownSet {
        const PermissionSet* snapshot = nullptr;
        std::optional<PermissionSet> present;
    };

    std::optional<Counterpart> find(const StoredUser& user) {
        return present_.user(user.id, user.row.external_id, user.row.user_name);
    }
    std::optional<Counterpart> find(const StoredGroup& group) {
        return present_.group(group.id, group.row.external_id, group.row.display_name);
    }

    void restore(Assignment assignment, const std::optional<Counterpart>& match, std::string name) {
        const auto set = sets_.find(assignment.permission_set);
        if (set == sets_.end()) return;  // no snapshot of ours has one without the other
        const PermissionSet& wanted = *set->second.snapshot;
        if (!match) {
            out_.report.unmatched.push_back({std::string(text_of(assignment.principal_type)),
                                             name.empty() ? to_text(assignment.principal) : std::move(name),
                                             wanted.name, assignment.target});
            return;
        }
        std::optional<PermissionSet>& present = set->second.present;
        if (!present) present = present_.permission_set(wanted.id, wanted.name);
        if (!present) {
            present = wanted;
            out_.plan.permission_sets.push_back({Action::create, wanted, reason_});
            ++out_.report.permission_sets;
        }
        assignment.principal = match->id;
        assignment.permission_set = present->id;
        const bool is_new =
            added_.insert({assignment.principal, assignment.permission_set, assignment.target}).second;
        if (!is_new || present_.has_assignment(assignment)) {
            ++out_.report.present;
            return;
        }
        // Its old id may be in use: by the same assignment to somebody else, restored before.
        assignment.id = random_row_id();
        out_.plan.assignments.push_back(
            {Action::create, assignment, std::move(name), present->name, reason_});
        ++out_.report.assignments;
    }

    const SnapshotContents& snapshot_;
    PresentRows& present_;
    const Reason reason_;
    Restore out_;
    boost::unordered_flat_map<RowId, Counterpart> found_;  // by the snapshot's id
    std::map<RowId, KnownSet> sets_;
    std::set<std::tuple<RowId, RowId, std::string>> added_;
};

}  // namespace

Restore restored(const SnapshotContents& snapshot, const SourceRecord& source, bool assignments_only,
                 PresentRows& present) {
    Restorer restorer(snapshot, present, Reason::restored);
    if (!assignments_only && traits_of(source.kind).is_edited) {
        restorer.restore_rows();
    } else if (!assignments_only) {
        restorer.report().note =
            "users and groups come from " + source_label(source) + ": only assignments were restored";
    }
    restorer.restore_assignments();
    return restorer.take();
}

Plan unparked(const SnapshotContents& snapshot, PresentRows& present) {
    Restorer restorer(snapshot, present, Reason::source_changed);
    restorer.restore_rows();
    return restorer.take().plan.rows;
}

}  // namespace dirsync::sync
