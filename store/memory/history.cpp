#include "store/memory/history.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include "core/text.hpp"
#include "model/row_text.hpp"

namespace dirsync::store {
namespace {

/// The end: no run has this id.
auto run_called(const MemoryState& state, const std::string& run_id) {
    const std::string id = text::lower(run_id);
    return std::ranges::find_if(
        state.runs, [&id](const sync::RecordedRun& candidate) { return to_text(candidate.id) == id; });
}

}  // namespace

Result<sync::RunRecord> MemoryHistory::rewind(const std::string& run_id, const LineSink& sink) {
    const auto run = run_called(state_, run_id);
    if (run == state_.runs.end())
        return Error(ErrorCode::not_found, "no run has the id " + quoted_peer_text(run_id));
    for (auto line = state_.journal.rbegin(); line != state_.journal.rend(); ++line) {
        if (line->run != run->id) continue;
        if (auto taken = sink(line->change); !taken) return std::move(taken).error();
    }
    return run->run;
}

Result<void> MemoryHistory::lines_after(const std::string& run_id, const LineSink& sink) {
    const auto run = run_called(state_, run_id);
    if (run == state_.runs.end()) return {};
    std::set<RowId> later;
    for (auto next = std::next(run); next != state_.runs.end(); ++next) later.insert(next->id);
    for (const auto& line : state_.journal) {
        if (!later.contains(line.run)) continue;
        if (auto taken = sink(line.change); !taken) return taken;
    }
    return {};
}

Result<std::optional<RowId>> MemoryHistory::last_run(sync::RunKind kind) {
    for (auto run = state_.runs.rbegin(); run != state_.runs.rend(); ++run) {
        if (run->run.kind == kind) return std::optional(run->id);
    }
    return std::optional<RowId>();
}

Result<std::optional<sync::StoredUser>> MemoryHistory::user(const RowId& id) {
    for (const auto& [node, user] : state_.users) {
        if (user.id == id) return std::optional(sync::StoredUser{node, user.id, user.row});
    }
    return std::optional<sync::StoredUser>();
}

Result<std::optional<sync::StoredGroup>> MemoryHistory::group(const RowId& id) {
    for (const auto& [node, group] : state_.groups) {
        if (group.id == id) return std::optional(sync::StoredGroup{node, group.id, group.row});
    }
    return std::optional<sync::StoredGroup>();
}

Result<std::vector<std::vector<sync::HistoryStore::StatusLine>>> MemoryHistory::statuses(
    std::span<const RowId> users) {
    std::vector<std::vector<StatusLine>> lines;
    for (const RowId& user : users) {
        auto& of_user = lines.emplace_back();
        const std::string id = to_text(user);
        for (const auto& line : state_.journal) {
            if (line.change.object_type != sync::ObjectType::user || line.change.object_id != id ||
                line.change.after.empty())
                continue;
            if (const auto status = sync::status_set_by(line.change.after))
                of_user.push_back({line.at, *status,
                                   line.change.reason == sync::text_of(sync::Reason::paused_too_long),
                                   line.change.reason == sync::text_of(sync::Reason::reverted)});
        }
    }
    return lines;
}

Result<std::optional<sync::HistoryStore::Refusal>> MemoryHistory::refusal() { return refusal_; }

Result<void> MemoryHistory::set_refusal(const std::optional<Refusal>& refusal) {
    refusal_ = refusal;
    return {};
}

}  // namespace dirsync::store
