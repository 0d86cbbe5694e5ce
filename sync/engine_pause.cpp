#include <algorithm>

#include "sync/engine_impl.hpp"
#include "sync/settings_fingerprint.hpp"

// A pause that lasts too long (semantics 4.5). The directory is not read, and not asked for: a directory that
// fails is no pause.
namespace dirsync::sync {
namespace {

constexpr std::size_t chunk_size = 2048;

}  // namespace

std::optional<Time> Engine::Impl::pause_end() const {
    const auto& limit = settings_.lifecycle.paused_disable_after;
    const bool counts = facts_.source.type == "active_directory" && !facts_.source.change_pending;
    if (!facts_.paused_since || !limit || !counts || pause_applied_ == facts_.paused_since)
        return std::nullopt;
    return *facts_.paused_since + *limit;
}

Task<Result<void>> Engine::Impl::end_long_pause(CycleReport& report) {
    const auto end = pause_end();
    if (!end || parts_.now() < *end) co_return Result<void>();
    std::vector<Node> enabled;
    for (const Node node : stored_->all_users()) {
        if (stored_->status(node) == Status::enabled) enabled.push_back(node);
    }
    Plan plan;
    std::function<Result<void>()> read = [&]() -> Result<void> {
        for (std::size_t at = 0; at < enabled.size(); at += chunk_size) {
            const auto nodes = std::span(enabled).subspan(at, std::min(chunk_size, enabled.size() - at));
            auto users = parts_.store.users(nodes);
            if (!users) return users.error();
            for (auto& user : *users) {
                UserRow after = user.row;
                after.status = Status::disabled;
                plan.users.push_back({Action::update, user.node, user.id, std::move(user.row),
                                      std::move(after), Reason::paused_too_long});
            }
        }
        return {};
    };
    auto rows = co_await parts_.thread.run<Result<void>>(std::move(read));
    if (!rows) co_return rows.error();
    if (!plan.users.empty()) {
        plan.holds = facts_.holds;
        count_changes(plan, report.run);
        report.changes = plan.users.size();
        report.run.kind = RunKind::admin;
        report.run.trigger = "pause";
        report.run.ended = parts_.now();
        Commit commit;
        commit.from_generation = facts_.cursor.generation;
        commit.plan = &plan;
        commit.settings_fingerprint = paused_fingerprint(facts_.settings_fingerprint);
        commit.run = report.run;
        std::function<Result<void>()> write = [&]() { return parts_.store.commit(commit); };
        auto written = co_await parts_.thread.run<Result<void>>(std::move(write));
        if (!written) co_return written.error();
        stored_->apply(plan);
        report.wrote = true;
        status_.last_run = report.run;
    }
    pause_applied_ = facts_.paused_since;
    co_return co_await refresh_facts();
}

/// Users whom the pause that is over disabled, if it did: by the journal, so that nobody else passes the
/// guards as put back. The store's fingerprint says when there is something to look for.
Task<Result<boost::unordered_flat_set<ObjectGuid>>> Engine::Impl::disabled_by_a_pause() {
    boost::unordered_flat_set<ObjectGuid> users;
    if (!is_paused_fingerprint(facts_.settings_fingerprint)) co_return users;
    std::function<Result<Rows>()> job = [this]() -> Result<Rows> {
        const std::string reason(text_of(Reason::paused_too_long));
        auto last = parts_.store.query({"v1_changes", {{"reason", reason}}, {}, "-seq", 1, 0});
        if (!last || last->rows.empty()) return last;
        const auto run =
            std::find(last->columns.begin(), last->columns.end(), "run_id") - last->columns.begin();
        const auto id = std::get<std::string>(last->rows[0][static_cast<std::size_t>(run)]);
        return parts_.store.query({"v1_changes", {{"run_id", id}, {"reason", reason}}, {}, "seq", -1, 0});
    };
    auto lines = co_await parts_.thread.run<Result<Rows>>(std::move(job));
    if (!lines) co_return lines.error();
    const auto id =
        std::find(lines->columns.begin(), lines->columns.end(), "object_id") - lines->columns.begin();
    boost::unordered_flat_set<std::string> ids;
    for (const auto& line : lines->rows)
        ids.insert(std::get<std::string>(line[static_cast<std::size_t>(id)]));
    for (const Node node : stored_->all_users()) {
        const ObjectGuid& guid = mirror_->guid(node);
        if (ids.contains(to_text(row_id_for(facts_.source.store_id, guid)))) users.insert(guid);
    }
    co_return users;
}

}  // namespace dirsync::sync
