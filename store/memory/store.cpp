#include "store/memory/store.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "model/holds.hpp"
#include "store/codec.hpp"
#include "store/memory/admin.hpp"
#include "store/memory/history.hpp"
#include "store/memory/rows.hpp"
#include "store/memory/sources.hpp"
#include "store/memory/state.hpp"

namespace dirsync::store {
namespace {

using sync::Edge;
using sync::Node;

/// As `read_pauser` of the SQLite store.
sync::Pauser pauser(const MemoryState& state) {
    const auto pause = std::find_if(state.runs.rbegin(), state.runs.rend(), [](const auto& run) {
        return run.run.trigger == "pause" && run.run.actor != sync::engine_actor;
    });
    return pause == state.runs.rend() ? sync::Pauser() : sync::Pauser{pause->run.actor, pause->run.note};
}

class MemoryStore final : public sync::IdentityStore {
public:
    explicit MemoryStore(std::function<Time()> now) : now_(std::move(now)) {
        state_.source.store_id = random_row_id();
        state_.source.since = now_();
    }

    std::function<void()> backup() {
        return [this, state = state_] { state_ = state; };
    }

    Result<void> present() const override { return {}; }

    Result<sync::StoredFacts> load(sync::StateSink& sink) override {
        for (const auto& [node, object] : state_.objects) sink.object(object.row);
        for (const auto& [node, object] : state_.objects) {
            if (object.row.kind == sync::EntryKind::container) sink.container_dn(node, object.dn);
        }
        for (const Edge& edge : state_.edges) sink.edge(edge);
        for (const auto& [node, user] : state_.users) {
            sink.user_row(node, hash_of(user.row), sync::name_key(user.row.user_name),
                          sync::name_key(user.row.email), user.row.status, user.row.scope,
                          user.row.out_since);
        }
        for (const auto& [node, group] : state_.groups) {
            sink.group_row(node, hash_of(group.row), sync::name_key(group.row.display_name), group.row.scope,
                           group.row.out_since);
        }
        for (const auto& [key, count] : state_.guard_counts)
            sink.guard_count({std::get<1>(key), std::get<2>(key), std::get<0>(key), count});
        return facts();
    }

    Result<sync::StoredFacts> facts() override {
        sync::StoredFacts facts;
        facts.state = state_.state;
        facts.cursor = state_.cursor;
        facts.source = state_.source;
        for (const auto& [key, guid] : state_.pins) facts.pins.push_back({key, guid});
        for (const auto& [id, hold] : state_.holds) facts.holds.push_back(hold);
        for (const auto& [id, approval] : state_.approvals) facts.approvals.push_back(approval);
        for (const auto& [id, record] : state_.errors) facts.errors.push_back(record.error);
        facts.reverted = state_.reverted;
        facts.users = state_.users.size();
        facts.groups = state_.groups.size();
        facts.memberships = state_.memberships.size();
        facts.assignments = state_.assignments.size();
        facts.next_node = state_.next_node;
        facts.paused_since = state_.paused_since;
        facts.paused = facts.paused_since.has_value();
        if (facts.paused) facts.paused_by = pauser(state_);
        if (!state_.runs.empty()) facts.last_run = state_.runs.back().run;
        facts.settings_fingerprint = state_.settings_fingerprint;
        facts.time = state_.time;
        return facts;
    }

    Result<sync::StoredFacts> commit(const sync::Commit& commit) override {
        MemoryState next = state_;
        const auto wrote = write(next, commit, now_());
        if (!wrote) return wrote.error();
        if (*wrote) state_ = std::move(next);
        return facts();
    }

    Result<std::vector<sync::StoredUser>> users(std::span<const Node> nodes) override {
        std::vector<sync::StoredUser> out;
        for (const Node node : std::set<Node>(nodes.begin(), nodes.end())) {
            const auto found = state_.users.find(node);
            if (found != state_.users.end()) out.push_back({node, found->second.id, found->second.row});
        }
        return out;
    }

    Result<std::vector<sync::StoredGroup>> groups(std::span<const Node> nodes) override {
        std::vector<sync::StoredGroup> out;
        for (const Node node : std::set<Node>(nodes.begin(), nodes.end())) {
            const auto found = state_.groups.find(node);
            if (found != state_.groups.end()) out.push_back({node, found->second.id, found->second.row});
        }
        return out;
    }

    Result<std::vector<Edge>> members_of(std::span<const Node> groups) override {
        const std::set<Node> wanted(groups.begin(), groups.end());
        return memberships_where([&wanted](const Edge& edge) { return wanted.contains(edge.group); });
    }

    Result<std::vector<Edge>> groups_of(std::span<const Node> users) override {
        const std::set<Node> wanted(users.begin(), users.end());
        return memberships_where([&wanted](const Edge& edge) { return wanted.contains(edge.member); });
    }

    Result<std::vector<MirrorText>> mirror_texts(std::span<const Node> nodes) override {
        std::vector<MirrorText> out;
        for (const Node node : nodes) {
            const auto found = state_.objects.find(node);
            out.push_back(found == state_.objects.end()
                              ? MirrorText{}
                              : MirrorText{found->second.dn, found->second.attributes});
        }
        return out;
    }

    Result<void> record_run(const sync::RunRecord& run) override {
        add_run(state_, run, next_run_id(state_, run.ended));
        return {};
    }

    Result<void> set_paused(std::optional<Time> since, bool in_doubt, const sync::RunRecord& run) override {
        in_doubt = in_doubt && since;
        if (state_.paused_since == since && state_.time.pause_in_doubt == in_doubt) return {};
        state_.paused_since = since;
        state_.time.pause_in_doubt = in_doubt;
        return record_run(run);
    }

    Result<sync::Hold> approve(const std::string& hold_id, const sync::RunRecord& run,
                               std::span<const ObjectGuid> only) override {
        const auto found = state_.holds.find(hold_id);
        if (found == state_.holds.end()) return sync::no_such_hold(hold_id);
        auto part = sync::part_of(found->second, only);
        if (!part) return part;
        auto& approval = state_.approvals[hold_id];
        const auto before = approval.objects;
        approval = sync::with_approved(std::move(approval), *part);
        if (approval.objects == before) return part;
        approval.actor = run.actor;
        approval.note = run.note;
        sync::RunRecord record = run;
        record.hold_id = hold_id;
        if (auto recorded = record_run(record); !recorded) return recorded.error();
        return part;
    }

    Result<void> set_source(const sync::SourceRecord& source) override {
        state_.source = source;
        return {};
    }

    Result<void> prune_journal(Time before) override {
        auto& runs = state_.runs;
        const auto kept = std::ranges::find_if(
            runs, [before](const sync::RecordedRun& run) { return run.run.ended >= before; });
        std::set<RowId> gone;
        for (auto run = runs.begin(); run != kept; ++run) gone.insert(run->id);
        std::erase_if(state_.journal,
                      [&gone](const sync::JournalLine& line) { return gone.contains(line.run); });
        runs.erase(runs.begin(), kept);
        return {};
    }

    sync::AdminStore& admin() override { return admin_; }
    sync::SourceStore& sources() override { return sources_; }
    sync::HistoryStore& history() override { return history_; }
    sync::RowReader& rows() override { return rows_; }

    Result<sync::Rows> query(const sync::ViewQuery& query) override {
        const auto names = checked(query);
        if (!names) return names.error();
        return read_view(state_, *names);
    }

    Result<void> check_integrity() override { return check(state_); }
    Result<bool> check_part(std::chrono::milliseconds) override { return true; }

private:
    template <class Matches>
    std::vector<Edge> memberships_where(Matches matches) const {
        std::vector<Edge> out;
        for (const Edge& edge : state_.memberships) {
            if (matches(edge)) out.push_back(edge);
        }
        return out;
    }

    std::function<Time()> now_;
    MemoryState state_;
    MemoryAdmin admin_{state_};
    MemorySources sources_{state_};
    MemoryHistory history_{state_};
    MemoryRows rows_{state_};
};

Time system_now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

}  // namespace

std::unique_ptr<sync::IdentityStore> make_memory_store(std::function<Time()> now) {
    return std::make_unique<MemoryStore>(now ? std::move(now) : &system_now);
}

std::function<void()> backup_of(sync::IdentityStore& memory_store) {
    return dynamic_cast<MemoryStore&>(memory_store).backup();
}

}  // namespace dirsync::store
