#pragma once

#include <string>

#include "tests/support/report_samples.hpp"
#include "tests/unit/api/fake_operations.hpp"

// Operations whose answers have something in every member.
namespace dirsync::api {

inline Time sample_time(std::int64_t seconds) { return Time(Duration(1'000'000'000 + seconds)); }

inline sync::RunRecord sample_run() {
    sync::RunRecord run;
    run.started = sample_time(0);
    run.ended = sample_time(2);
    run.kind = sync::RunKind::incremental;
    run.trigger = "approval";
    run.outcome = sync::Outcome::held;
    run.counts = {{"users_created", 7}, {"held", 0}};
    run.error = "dc1 \"broke off\"";
    run.actor = "host:alice";
    run.note = "they left";
    run.hold_id = "h1";
    return run;
}

inline sync::PendingSourceChange sample_pending() {
    return {"active_directory:old.example.com", "directory", 1, 2, 3, 4, "say ACCEPT"};
}

inline sync::CycleReport sample_cycle() {
    sync::CycleReport report;
    report.run = sample_run();
    report.wrote = true;
    report.lines = {testing::line("create", "USER", "al\nice", "", R"({"user_name":"al\nice","n":1.5})"),
                    testing::line("update", "GROUP", "staff", R"({"a":[1,null]})", "no JSON")};
    report.changes = 2;
    report.holds = {testing::hold("h1", 12)};
    report.scope_warnings = {"groups: gone names nothing"};
    report.entity_errors = 3;
    return report;
}

inline sync::EntityError sample_error() {
    sync::EntityError error;
    error.external_id = *parse<ObjectGuid>("6da77495-e9f6-5f2d-9056-e4b0038c472c");
    error.sid = "S-1-5-21-1-2-3-4";
    error.name = "bob";
    error.code = "ConflictError";
    error.message = "email 'b@x' belongs to 'alice'";
    return error;
}

inline void fill_cycle(FakeOperations& operations) {
    auto& report = operations.report;
    auto& engine = report.engine;
    engine.source.kind = sync::SourceKind::active_directory;
    engine.source.identity = "active_directory:old.example.com";
    engine.source.since = sample_time(-5);
    engine.source.change_pending = true;
    engine.pending = sample_pending();
    engine.paused = true;
    engine.paused_since = sample_time(-9);
    engine.paused_by = {"host:root", "new disk"};
    engine.last_run = sample_run();
    engine.users = 10, engine.groups = 20, engine.memberships = 30, engine.errors = 40;
    engine.holds = {testing::hold("h1", 12)};
    engine.scope_warnings = {"groups: gone names nothing"};
    engine.time_doubt = "the clocks differ";
    engine.last_error = "dc1 does not answer";
    engine.config_refused = true;
    report.next_run = sample_time(30);
    report.servers = {{"ldaps://dc1", "connected", true, "dirsync"}};
    report.progress = {"reading users", 4000};
    report.config_path = "/etc/dirsyncd/dirsyncd.yaml";
    report.config_loaded_at = sample_time(-20);
    report.config_in_force = false;
    report.warnings = {"certificates are not verified"};
    report.started = sample_time(-30);
    report.cycles = 5, report.failed_cycles = 2;
    report.last_success = sample_time(-1);

    operations.cycle = sample_cycle();
    operations.needs_restart = {"http.listen"};
    auto& reverted = operations.reverted;
    reverted.run = sample_run();
    reverted.undone = sample_run();
    reverted.undone.started = {};
    reverted.wrote = true;
    reverted.lines = {testing::line("create", "USER", "alice", "", "{}")};
    reverted.changes = 1;
    reverted.not_restored = {
        {sync::LineAction::update, sync::ObjectType::user, "u1", "bob", "it was changed again"}};

    auto& explanation = operations.explanation;
    explanation.name = "alice";
    explanation.object_type = "USER";
    explanation.external_id = "6da77495-e9f6-5f2d-9056-e4b0038c472c";
    explanation.dn = "CN=alice,DC=x";
    explanation.in_scope = true;
    explanation.because = {{"groups: CORP\\Staff", {"Staff", "Sales"}}};
    explanation.excluded_by = "users: alice";
    explanation.attributes = {{"email", "a@b", "${mail}"}, {"department", "", ""}};
    explanation.holds = {testing::hold("h1", 12)};
    explanation.errors = {sample_error()};
    explanation.status_note = "Disabled in the directory.";
}

inline void fill_store(FakeOperations& operations) {
    operations.filled.add_user("alice");
    operations.filled.add_user("bob");
    operations.filled.add_group("staff", {"alice"});
    sync::Hold hold = testing::hold("aa01", 0);
    hold.objects = {{sample_error().external_id, {}}};
    operations.filled.hold(hold);
}

inline sync::UserRecord sample_user() {
    sync::UserRecord user;
    user.row.user_name = "alice@x";
    user.row.display_name = "Alice";
    user.row.given_name = "A";
    user.row.family_name = "Smith";
    user.row.middle_name = "M";
    user.row.email = "a@x";
    user.row.sid = "S-1";
    user.row.external_id = "ext";
    user.row.attributes = {{"department", "Sales"}, {"title", ""}};
    user.row.status = sync::Status::disabled;
    user.row.scope = sync::ScopeState::out;
    user.row.out_since = sample_time(3);
    user.created = sample_time(1);
    user.updated = sample_time(2);
    user.revision = 9;
    return user;
}

inline sync::GroupRecord sample_group() {
    sync::GroupRecord group;
    group.row.display_name = "staff";
    group.row.description = "all of us";
    group.row.external_id = "ext";
    group.row.attributes = {{"mail", "s@x"}};
    group.created = sample_time(1);
    group.updated = sample_time(2);
    group.revision = 3;
    return group;
}

inline sync::ListedAssignment sample_assignment() {
    sync::ListedAssignment listed;
    listed.principal_name = "alice";
    listed.permission_set_name = "ReadOnly";
    listed.assignment.target = "app";
    listed.dangling = true;
    return listed;
}

inline void fill_admin(FakeOperations& operations) {
    auto& admins = operations.admin_operations;
    admins.decision.created = 1;
    admins.decision.updated = 2;
    admins.decision.removed = 3;
    admins.decision.unchanged = 4;
    admins.decision.problems = {{0, "f:3", ErrorCode::refused, "bad"}};
    admins.decision.unmatched = {{0, "f:4", ErrorCode::not_found, "nobody"}};
    admins.decision.lines = {testing::line("create", "PERMISSION_SET", "RO", "", R"({"name":"RO"})")};
    admins.listed = {sample_assignment(), {}};
    admins.effective_ones = {{sample_assignment(), {"Staff", "alice"}}};
}

inline void fill_source(FakeOperations& operations) {
    operations.preview.pending = sample_pending();
    operations.preview.permission_sets = 2;
    operations.preview.assignments = {{"USER", "alice", "Admin", "billing"}};
    operations.preview.users = {"alice"};
    operations.preview.groups = {"staff"};
    operations.source_report = sample_cycle();
    operations.source_report.pending = sample_pending();
    operations.source_report.changed = sync::SourceChanged{sample_run(), "s1"};
    sync::Snapshot snapshot;
    snapshot.id = "s1";
    snapshot.taken = sample_time(0);
    snapshot.source = "directory";
    snapshot.successor = "active_directory:a";
    snapshot.parked = true;
    snapshot.users = 1, snapshot.groups = 2, snapshot.memberships = 3;
    snapshot.permission_sets = 4, snapshot.assignments = 5;
    operations.known_snapshots = {snapshot};
    auto& restored = operations.restored;
    restored.users = 1, restored.groups = 2, restored.memberships = 3, restored.permission_sets = 4;
    restored.assignments = 5, restored.present = 6;
    restored.unmatched = {{"GROUP", "staff", "Admin", "wiki"}};
    restored.conflicts = {"user x: taken"};
    restored.note = "only assignments";
}

inline void fill_survey(FakeOperations& operations) {
    auto& survey = operations.survey_operations;
    survey.servers = {"ldap://dc1"};
    survey.checks = {passed("dns", "a", "there"),
                     failed("bind", "dc1", Error(ErrorCode::invalid_credentials, "no"), "mend\nit")};
    survey.users = {{"alice@a", "CN=alice", true, {{"email", "a@b", "${mail}"}, {"x", "", ""}}}};
    survey.found.names = {{ldap::NameKind::organizational_unit, "OU=a", "t", "a", "OU=a", true}};
    survey.found.more = true;
    survey.plan = sample_cycle();
}

inline void fill(FakeOperations& operations) {
    fill_cycle(operations);
    fill_store(operations);
    fill_admin(operations);
    fill_source(operations);
    fill_survey(operations);
}

}  // namespace dirsync::api
