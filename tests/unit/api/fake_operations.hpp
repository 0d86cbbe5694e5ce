#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/operations.hpp"
#include "tests/unit/api/filled_store.hpp"

namespace dirsync::api {

/// Answers edits with what a test put in, and remembers them.
class FakeAdminOperations : public AdminOperations {
public:
    admin::Decision decision;
    std::vector<sync::ListedAssignment> listed;
    std::vector<admin::EffectiveAssignment> effective_ones;
    sync::AnyRecord row;  ///< what one edit gives
    std::optional<Error> failure;
    std::vector<admin::Edit> edits;
    EditOptions options;
    std::string effective_user;

    Task<Result<admin::Decision>> edit(std::vector<admin::Edit> asked, EditOptions how) override {
        edits = std::move(asked);
        options = how;
        if (failure) co_return *failure;
        decision.objects.resize(edits.size());
        co_return decision;
    }
    Task<Result<Edited>> edit_one(admin::Edit asked, EditOptions how) override {
        edits.clear();
        edits.push_back(std::move(asked));
        options = how;
        if (failure) co_return *failure;
        decision.objects.resize(1);
        co_return Edited{decision, row};
    }
    Task<Result<std::vector<sync::ListedAssignment>>> assignments() override {
        if (failure) co_return *failure;
        co_return listed;
    }
    Task<Result<std::vector<admin::EffectiveAssignment>>> effective(std::string user) override {
        effective_user = std::move(user);
        if (failure) co_return *failure;
        co_return effective_ones;
    }
};

/// Answers a survey with what a test put in, and remembers what it was asked.
class FakeSurveyOperations : public survey::SurveyOperations {
public:
    std::vector<std::string> servers;
    std::vector<Check> checks;
    std::vector<survey::MappedUser> users;
    ldap::FoundNames found;
    sync::CycleReport plan;
    std::optional<Error> failure;
    std::vector<std::string> calls;

    Task<Result<std::vector<std::string>>> locate(std::string domain, bool ldaps) override {
        calls.push_back("locate " + domain + (ldaps ? " ldaps" : ""));
        if (failure) co_return *failure;
        co_return servers;
    }
    Task<Result<std::vector<Check>>> check(std::optional<std::string> configuration) override {
        calls.push_back("check " + configuration.value_or("running"));
        if (failure) co_return *failure;
        co_return checks;
    }
    Task<Result<std::vector<survey::MappedUser>>> sample(std::optional<std::string> configuration,
                                                         std::vector<std::string> names) override {
        calls.push_back("sample " + configuration.value_or("running"));
        for (const auto& name : names) calls.back() += " " + name;
        if (failure) co_return *failure;
        co_return users;
    }
    Task<Result<ldap::FoundNames>> search(std::optional<std::string> configuration, std::string text,
                                          std::optional<ldap::NameKind> kind) override {
        calls.push_back("search " + configuration.value_or("running") + " " + text +
                        (kind ? " " + std::to_string(static_cast<int>(*kind)) : ""));
        if (failure) co_return *failure;
        co_return found;
    }
    Task<Result<sync::CycleReport>> first_plan(std::optional<std::string> configuration) override {
        calls.push_back("plan " + configuration.value_or("running"));
        if (failure) co_return *failure;
        co_return plan;
    }
};

/// Answers with what a test put in, and remembers what it was asked.
class FakeOperations : public Operations {
public:
    FilledStore filled;  ///< what `rows` reads
    sync::RowClient row_client{filled.client};
    StatusReport report;
    sync::CycleReport cycle;
    sync::RevertReport reverted;
    sync::Explanation explanation;
    std::vector<std::string> needs_restart;
    std::optional<Error> failure;  ///< what every fallible call answers with
    std::vector<std::string> calls;
    FakeAdminOperations admin_operations;

    FakeSurveyOperations survey_operations;

    AdminOperations& admin() override { return admin_operations; }
    survey::SurveyOperations& survey() override { return survey_operations; }
    StatusReport status() override { return report; }
    sync::Asked by;  ///< of the last call that changes something
    Task<sync::CycleReport> sync(bool full, sync::Asked who) override {
        by = std::move(who);
        calls.emplace_back(full ? "sync full" : "sync");
        co_return cycle;
    }
    Task<Result<sync::CycleReport>> plan(std::optional<std::string> configuration) override {
        calls.push_back("plan " + configuration.value_or("-"));
        if (failure) co_return *failure;
        co_return cycle;
    }
    Task<Result<Approved>> approve(std::string id, std::vector<std::string> only, bool wait,
                                   sync::Asked who) override {
        by = std::move(who);
        calls.push_back("approve " + id);
        for (const auto& name : only) calls.back() += " " + name;
        if (failure) co_return *failure;
        Approved approved;
        approved.hold.id = id;
        if (wait) approved.report = cycle;
        co_return approved;
    }
    Task<Result<sync::RevertReport>> revert(std::string run_id, bool dry_run, sync::Asked who) override {
        by = std::move(who);
        calls.push_back((dry_run ? "would revert " : "revert ") + run_id);
        if (failure) co_return *failure;
        co_return reverted;
    }
    Task<Result<void>> pause(sync::Asked who) override {
        by = std::move(who);
        return done("pause");
    }
    Task<Result<void>> resume(sync::Asked who) override {
        by = std::move(who);
        return done("resume");
    }
    Task<Result<std::vector<std::string>>> reload(sync::Asked who) override {
        by = std::move(who);
        calls.emplace_back("reload");
        if (failure) co_return *failure;
        co_return needs_restart;
    }
    Task<Result<sync::Explanation>> explain(std::string name) override {
        calls.push_back("explain " + name);
        if (failure) co_return *failure;
        co_return explanation;
    }
    sync::RowClient& rows() override { return row_client; }

    Task<bool> wait_for_write(std::chrono::milliseconds longest) override {
        waits.push_back(longest);
        co_return waits.size() < 3;
    }
    std::vector<std::chrono::milliseconds> waits;
    sync::CycleReport source_report;
    SourcePreview preview;
    std::vector<sync::Snapshot> known_snapshots;
    sync::SnapshotContents contents;
    sync::RestoreReport restored;
    std::vector<SourceAnswer> answers;

    Task<Result<SourcePreview>> source_preview(bool names) override {
        calls.emplace_back(names ? "preview names" : "preview");
        if (failure) co_return *failure;
        co_return preview;
    }
    Task<Result<sync::CycleReport>> change_source(SourceAnswer answer) override {
        answers.push_back(answer);
        if (failure) co_return *failure;
        co_return source_report;
    }
    Task<Result<std::vector<sync::Snapshot>>> snapshots() override {
        if (failure) co_return *failure;
        co_return known_snapshots;
    }
    Task<Result<sync::SnapshotContents>> snapshot(std::string id) override {
        calls.push_back("snapshot " + id);
        if (failure) co_return *failure;
        co_return contents;
    }
    Task<Result<sync::Snapshot>> import_snapshot(sync::SnapshotContents taken, sync::Asked who) override {
        by = std::move(who);
        contents = std::move(taken);
        if (failure) co_return *failure;
        co_return contents.about;
    }
    Task<Result<sync::RestoreReport>> restore_snapshot(std::string id, bool assignments_only,
                                                       sync::Asked who) override {
        by = std::move(who);
        calls.push_back("restore " + id + (assignments_only ? " assignments only" : ""));
        if (failure) co_return *failure;
        co_return restored;
    }

private:
    Task<Result<void>> done(std::string name) {
        calls.push_back(std::move(name));
        if (failure) co_return *failure;
        co_return Result<void>();
    }
};

}  // namespace dirsync::api
