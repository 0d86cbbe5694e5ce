#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/operations.hpp"

namespace dirsync::daemon {

/// Answers with what a test put in, and remembers what it was asked.
class FakeOperations : public Operations {
public:
    StatusReport report;
    sync::CycleReport cycle;
    sync::Explanation explanation;
    std::vector<std::string> needs_restart;
    std::optional<Error> failure;  ///< what every fallible call answers with
    std::vector<sync::Rows> rows;  ///< answers of queries, in order; none left: no rows
    std::vector<std::string> calls;
    std::vector<sync::ViewQuery> queries;

    StatusReport status() override { return report; }
    Task<sync::CycleReport> sync(bool full) override {
        calls.emplace_back(full ? "sync full" : "sync");
        co_return cycle;
    }
    Task<Result<sync::CycleReport>> plan(std::optional<std::string> configuration) override {
        calls.push_back("plan " + configuration.value_or("-"));
        if (failure) co_return *failure;
        co_return cycle;
    }
    Task<Result<sync::Hold>> approve(std::string id) override {
        calls.push_back("approve " + id);
        if (failure) co_return *failure;
        sync::Hold hold;
        hold.id = id;
        co_return hold;
    }
    Task<Result<void>> pause() override { return done("pause"); }
    Task<Result<void>> resume() override { return done("resume"); }
    Task<Result<std::vector<std::string>>> reload() override {
        calls.emplace_back("reload");
        if (failure) co_return *failure;
        co_return needs_restart;
    }
    Task<Result<sync::Explanation>> explain(std::string name) override {
        calls.push_back("explain " + name);
        if (failure) co_return *failure;
        co_return explanation;
    }
    Task<Result<sync::Rows>> query(sync::ViewQuery query) override {
        queries.push_back(query);
        if (failure) co_return *failure;
        if (rows.empty()) co_return sync::Rows{};
        sync::Rows first = rows.front();
        rows.erase(rows.begin());
        co_return first;
    }

private:
    Task<Result<void>> done(std::string name) {
        calls.push_back(std::move(name));
        if (failure) co_return *failure;
        co_return Result<void>();
    }
};

}  // namespace dirsync::daemon
