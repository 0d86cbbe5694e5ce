#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "api/asked.hpp"
#include "api/journal.hpp"
#include "api/lists.hpp"
#include "api/messages/cycles.hpp"
#include "api/names.hpp"
#include "api/report_messages.hpp"
#include "api/responses.hpp"
#include "api/routes.hpp"

// Runs, the changes they made, and reverting them.
namespace dirsync::api {
namespace {

constexpr std::int64_t default_lines = 100;
/// A client that has gone away holds its connection no longer than this.
constexpr std::chrono::seconds longest_wait{30};
/// Catches writes that send no notification.
constexpr std::chrono::milliseconds look_again{1000};

/// A negative limit means no limit.
std::size_t limit_of(std::int64_t limit) { return limit < 0 ? SIZE_MAX : static_cast<std::size_t>(limit); }

Task<http::Response> runs(Operations& operations, http::Request request) {
    std::int64_t limit = default_lines;
    if (!take_number(request, "limit", limit)) co_return bad_number("limit");
    auto found = co_await operations.rows().runs(limit_of(limit));
    co_return list_answer(std::move(found));
}

/// A parameter that is the number of a line or a time. False: it is neither.
bool take_bound(const http::Request& request, const std::string& name, std::optional<std::uint64_t>& seq,
                std::optional<Time>& time) {
    const auto* text = parameter(request, name);
    if (text == nullptr) return true;
    std::int64_t number = 0;
    if (take_number(request, name, number)) {
        seq = static_cast<std::uint64_t>(std::max<std::int64_t>(number, 0));
        return true;
    }
    time = parse_time(*text);
    return time.has_value();
}

/// The parameters of `changes`.
struct ChangesAsked {
    ChangeFilter filter;
    std::optional<std::uint64_t> since;  ///< the lines after this number; nullopt: the latest lines
    std::size_t limit = 0;
    std::chrono::seconds wait{0};
};

/// All parameters except `run`, which needs the store. refused: a parameter is wrong.
Result<ChangesAsked> changes_asked(const http::Request& request) {
    ChangesAsked asked;
    std::int64_t limit = default_lines;
    std::int64_t wait = 0;
    if (!take_number(request, "limit", limit)) return Error(ErrorCode::refused, no_number("limit"));
    if (!take_number(request, "wait", wait)) return Error(ErrorCode::refused, no_number("wait"));
    asked.limit = limit_of(limit);
    asked.wait = std::chrono::seconds(std::max<std::int64_t>(wait, 0));
    std::optional<std::uint64_t> until_seq;
    ChangeFilter& filter = asked.filter;
    for (const auto& [name, seq, time] :
         {std::tuple("since", &asked.since, &filter.from), std::tuple("until", &until_seq, &filter.until)}) {
        if (!take_bound(request, name, *seq, *time)) {
            return Error(ErrorCode::refused, std::string("the parameter '") + name +
                                                 "' must be the number of a line or a time such as "
                                                 "2026-01-31T12:00:00Z");
        }
    }
    // `since` gives the first lines from there on, whether it is a number or a time.
    if (filter.from && !asked.since) asked.since = 0;
    filter.until_seq = until_seq.value_or(UINT64_MAX);
    if (const auto* user = parameter(request, "user")) {
        if (user->empty()) return Error(ErrorCode::refused, "the parameter 'user' is empty");
        filter.user = *user;
    }
    return asked;
}

/// The run whose lines are wanted; nullopt: lines of every run.
Task<Result<std::optional<RowId>>> run_asked(Operations& operations, const http::Request& request) {
    const auto* run = parameter(request, "run");
    if (run == nullptr) co_return std::optional<RowId>();
    const auto id = co_await run_called(operations.rows(), *run);
    if (!id) co_return id.error();
    const auto parsed = parse<RowId>(*id);
    if (!parsed) co_return Error(ErrorCode::not_found, "no run has the id " + quoted_peer_text(*run));
    co_return parsed;
}

/// Whose lines are wanted. not_found: neither the store nor the journal knows anybody of that name. refused:
/// several users are called so, and the message names them.
Task<Result<void>> find_user(Operations& operations, ChangeFilter& filter, bool waits) {
    if (filter.user.empty()) co_return Result<void>();
    const auto users = co_await matches(operations.rows(), filter.user, "user");
    if (!users) co_return users.error();
    if (users->size() == 1) {
        filter.user_id = users->front().object_id;
        co_return Result<void>();
    }
    if (!users->empty()) {
        std::vector<std::string> names;
        for (const auto& user : *users) names.push_back(user.name);
        co_return fits_several(quoted_peer_text(filter.user), names);
    }
    // The journal still has the lines of a user who is gone. A feed waits for a user who may come.
    filter.by_account_name = true;
    if (waits) co_return Result<void>();
    ChangeFilter any;
    any.user = filter.user;
    any.by_account_name = true;
    auto looking = latest_changes(operations.rows(), std::move(any), 1);
    const auto lines = co_await std::move(looking);
    if (!lines) co_return lines.error();
    if (lines->empty())
        co_return Error(ErrorCode::not_found, "no user is called " + quoted_peer_text(filter.user) +
                                                  ", neither in the store nor in the journal of changes");
    co_return Result<void>();
}

/// Waits until there are lines, but no longer than `longest`.
Task<Result<std::vector<sync::JournalLine>>> first_lines(Operations& operations, JournalBatches& batches,
                                                         std::chrono::seconds longest) {
    const auto end = std::chrono::steady_clock::now() + std::min(longest, longest_wait);
    for (;;) {
        auto lines = co_await batches.next();
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (!lines || !lines->empty() || left.count() <= 0) co_return lines;
        if (!co_await operations.wait_for_write(std::min(left, look_again))) co_return lines;
    }
}

/// Sets `since` and `until` to the range of the latest lines, so that they can be read forwards.
Task<Result<void>> find_latest(Operations& operations, ChangesAsked& asked) {
    const auto last = co_await operations.rows().latest_changes(1);
    if (!last) co_return last.error();
    auto& end = asked.filter.until_seq;
    end = last->empty() ? 0 : std::min(end, last->front().seq);
    asked.since = end - std::min<std::uint64_t>(end, asked.limit);
    co_return Result<void>();
}

/// The latest lines, or the lines since a number or a time.
Task<http::Response> changes(Operations& operations, http::Request request) {
    auto asked = changes_asked(request);
    if (!asked) co_return bad_request(asked.error().message());
    const auto run = co_await run_asked(operations, request);
    if (!run) co_return failure(run.error());
    asked->filter.run = *run;
    const auto known = co_await find_user(operations, asked->filter, asked->wait.count() > 0);
    if (!known) co_return failure(known.error());
    const bool has_limit = asked->limit != SIZE_MAX;
    if (!asked->since && has_limit && asked->filter.takes_all()) {
        const auto found = co_await find_latest(operations, *asked);
        if (!found) co_return failure(found.error());
    }
    if (!asked->since && has_limit) {
        auto finding = latest_changes(operations.rows(), std::move(asked->filter), asked->limit);
        auto lines = co_await std::move(finding);
        co_return list_answer(std::move(lines));
    }
    auto batches = std::make_unique<JournalBatches>(operations.rows(), std::move(asked->filter),
                                                    asked->since.value_or(0), asked->limit);
    auto lines = co_await first_lines(operations, *batches, asked->wait);
    if (!lines || batches->is_at_end()) co_return list_answer(std::move(lines));
    co_return long_list<sync::JournalLine>(*lines, std::move(batches));
}

Task<http::Response> revert(Operations& operations, http::Request request) {
    const auto asked = messages::read_request<messages::RevertRequest>(request.body);
    if (!asked) co_return bad_request(asked.error().message());
    auto run = co_await run_called(operations.rows(), request.named.at("run"));
    if (!run) co_return failure(run.error());
    const auto report = co_await operations.revert(std::move(*run), asked->dry_run, asked_by(request));
    co_return report ? ok(message_of(*report, asked->dry_run)) : failure(report.error());
}

constexpr Route<Operations> routes[] = {
    {"GET", "/v1/runs", runs},
    {"GET", "/v1/changes", changes},
    {"POST", "/v1/runs/{run}/revert", revert},
};

}  // namespace

void add_history_routes(http::Router& router, Operations& operations) {
    add_routes<Operations>(router, routes, operations);
}

}  // namespace dirsync::api
