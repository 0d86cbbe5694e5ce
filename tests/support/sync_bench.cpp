#include "tests/support/sync_bench.hpp"

#include <gtest/gtest.h>

#include "tests/support/await.hpp"

namespace dirsync::testing {

SyncBench::SyncBench(std::unique_ptr<sync::IdentityStore> store, std::vector<std::string> domains)
    : directory(domains), store_(std::move(store)) {
    settings.domains = std::move(domains);
    directory.clock = [this](sync::DomainIndex) { return now + directory_error; };
}

SyncBench::~SyncBench() = default;

sync::CycleReport SyncBench::run(sync::CycleRequest request) {
    if (!engine_) {
        sync::Engine::Parts parts{directory,   store_, [this] { return now + host_error; },
                                  source_kind, issuer, consent};
        parts.steady = [this] { return now.time_since_epoch(); };
        engine_ = std::make_unique<sync::Engine>(std::move(parts), settings);
        const auto started = await_on(loop_, engine_->start());
        EXPECT_TRUE(started.has_value()) << started.error().message();
    } else {
        engine_->use_settings(settings);
    }
    return await_on(loop_, engine_->cycle(std::move(request)));
}

sync::CycleReport SyncBench::cycle(bool full, std::vector<std::string> approve) {
    sync::CycleRequest request;
    request.full = full;
    request.approve = std::move(approve);
    return run(std::move(request));
}

sync::CycleReport SyncBench::dry_run(bool full) {
    sync::CycleRequest request;
    request.full = full;
    request.dry_run = true;
    return run(std::move(request));
}

Result<sync::RevertReport> SyncBench::revert(const std::string& run_id, bool dry_run) {
    return await_on(loop_, engine_->revert(run_id, dry_run));
}

std::string SyncBench::last_run_id() { return rows("v1_runs", "run_id").back()["run_id"]; }

sync::Explanation SyncBench::explain(const std::string& name) {
    auto explained = await_on(loop_, engine_->explain(name));
    EXPECT_TRUE(explained.has_value()) << explained.error().message();
    return explained ? *explained : sync::Explanation{};
}

void SyncBench::restart() { engine_.reset(); }

std::vector<SyncBench::Row> SyncBench::rows(const std::string& view, const std::string& order_by) {
    sync::ViewQuery query;
    query.view = view;
    query.order_by = order_by;
    const auto answer = store().query(query);
    EXPECT_TRUE(answer.has_value()) << answer.error().message();
    std::vector<Row> rows;
    if (!answer) return rows;
    for (const auto& values : answer->rows) {
        Row row;
        for (std::size_t i = 0; i < values.size(); ++i) {
            std::string& text = row[answer->columns[i]];
            if (const auto* string = std::get_if<std::string>(&values[i])) text = *string;
            if (const auto* number = std::get_if<std::int64_t>(&values[i])) text = std::to_string(*number);
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

std::map<std::string, SyncBench::Row> SyncBench::users() {
    std::map<std::string, Row> result;
    for (auto& row : rows("v1_users")) result.emplace(row["user_name"], row);
    return result;
}

std::map<std::string, SyncBench::Row> SyncBench::groups() {
    std::map<std::string, Row> result;
    for (auto& row : rows("v1_groups")) result.emplace(row["display_name"], row);
    return result;
}

std::set<std::pair<std::string, std::string>> SyncBench::memberships() {
    std::map<std::string, std::string> names;
    for (auto& row : rows("v1_users")) names[row["user_id"]] = row["user_name"];
    for (auto& row : rows("v1_groups")) names[row["group_id"]] = row["display_name"];
    std::set<std::pair<std::string, std::string>> result;
    for (auto& row : rows("v1_memberships")) result.emplace(names[row["group_id"]], names[row["user_id"]]);
    return result;
}

sync::ScopeName scope_name(const std::string& text) {
    auto parsed = sync::parse_scope_name(text);
    EXPECT_TRUE(parsed.has_value()) << text << ": " << parsed.error().message();
    return parsed ? *parsed : sync::ScopeName{};
}

}  // namespace dirsync::testing
