#pragma once

#include "model/seams/source_store.hpp"
#include "model/source_identity.hpp"
#include "tests/contract/store_fixture.hpp"

namespace dirsync::store::testing {

inline sync::SourceRecord record(sync::SourceKind kind, const std::string& identity = "") {
    sync::SourceRecord source;
    source.kind = kind;
    source.identity = identity;
    source.store_id = random_row_id();
    source.since = noon;
    if (kind == sync::SourceKind::active_directory)
        source.domains = {{"corp.example.com", guid_of_node(900)}};
    return source;
}
inline sync::SourceRecord ad() {
    return record(sync::SourceKind::active_directory, "active_directory:corp.example.com");
}
inline sync::SourceRecord idp() {
    return record(sync::SourceKind::external_idp, "external_idp:https://idp.example.com");
}

/// Two users in a group, an assignment to one of them and one to the group.
class SourcesContract : public StoreContract {
protected:
    const sync::PermissionSet admin_set{id_of_node(500), "Admin", "everything"};

    void fill() {
        sync::Plan plan;
        plan.users = {created(1, local_user(1, "alice")), created(2, local_user(2, "bob"))};
        plan.groups = {created(3, local_group(3, "staff"))};
        plan.memberships = {member_added(3, 1), member_added(3, 2)};
        apply(plan);
        assign(id_of_node(1), sync::PrincipalType::user, "billing", 600);
        assign(id_of_node(3), sync::PrincipalType::group, "wiki", 601);
    }
    /// As admins make them: no directory knows them.
    static sync::UserRow local_user(Node node, const std::string& name) {
        sync::UserRow row = a_user(node, name);
        row.external_id = {};
        row.sid.clear();
        return row;
    }
    static sync::GroupRow local_group(Node node, const std::string& name) {
        sync::GroupRow row = a_group(node, name);
        row.external_id = {};
        return row;
    }

    void assign(const RowId& principal, sync::PrincipalType type, const std::string& target, Node id) {
        sync::AdminKeys keys;
        keys.permission_sets = {sync::name_key(admin_set.name)};
        const auto decide = [&](const sync::AdminFacts& facts) -> Result<sync::AdminPlan> {
            sync::AdminPlan plan;
            if (facts.permission_sets.empty())
                plan.permission_sets.push_back({sync::Action::create, admin_set});
            plan.assignments.push_back(
                {sync::Action::create, {id_of_node(id), type, principal, admin_set.id, target}, "", "Admin"});
            return plan;
        };
        sync::RunRecord run;
        run.kind = sync::RunKind::admin;
        run.ended = noon;
        const auto done = store().admin().edit(keys, decide, run);
        ASSERT_TRUE(done) << done.error().message();
    }

    Result<sync::SourceChanged> try_change(const sync::SourceRecord& to,
                                           std::optional<sync::SourcePair> consent = {}) {
        sync::SourceChange change;
        change.from_generation = facts().cursor.generation;
        change.from = facts().source;
        change.to = to;
        change.used_consent = std::move(consent);
        change.run.kind = sync::RunKind::source_change;
        change.run.trigger = "admin";
        change.run.started = change.run.ended = noon;
        return store().sources().change(change);
    }
    sync::SourceChanged change_to(const sync::SourceRecord& to) {
        auto changed = try_change(to);
        EXPECT_TRUE(changed) << changed.error().message();
        return changed ? *changed : sync::SourceChanged{};
    }
    sync::RestoreReport restore(const std::string& id, bool assignments_only = false) {
        auto report = store().sources().restore(id, assignments_only, noon);
        EXPECT_TRUE(report) << report.error().message();
        return report ? std::move(*report) : sync::RestoreReport{};
    }
    std::vector<sync::Snapshot> snapshots() {
        auto all = store().sources().snapshots();
        EXPECT_TRUE(all) << all.error().message();
        return all ? std::move(*all) : std::vector<sync::Snapshot>{};
    }
    std::vector<std::string> names() { return column(view("v1_users").by("user_name"), "user_name"); }
};

}  // namespace dirsync::store::testing
