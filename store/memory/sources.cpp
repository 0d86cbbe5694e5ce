#include "store/memory/sources.hpp"

#include <algorithm>

#include "model/describe_admin.hpp"
#include "model/source_identity.hpp"

namespace dirsync::store {
namespace {

using sync::Node;
using sync::Reason;

template <class Id>
bool add_once(std::vector<Id>& all, const Id& one) {
    if (std::ranges::find(all, one) != all.end()) return false;
    all.push_back(one);
    return true;
}

/// By its id.
template <class Row>
void add_row(std::vector<Row>& rows, const Row& row) {
    if (std::ranges::find(rows, row.id, &Row::id) == rows.end()) rows.push_back(row);
}

sync::Snapshot about(const sync::SnapshotContents& contents) {
    sync::Snapshot out = contents.about;
    out.users = contents.users.size();
    out.groups = contents.groups.size();
    out.memberships = contents.memberships.size();
    out.permission_sets = contents.permission_sets.size();
    out.assignments = contents.assignments.size();
    return out;
}

void drop_old_snapshots(MemoryState& state) {
    auto& all = state.snapshots;
    const auto is_built_in = [](const auto& contents) {
        return sync::traits_of(contents.about.kind).is_edited;
    };
    const auto last = std::find_if(all.rbegin(), all.rend(), is_built_in);
    const std::string last_built_in = last == all.rend() ? std::string() : last->about.id;
    std::size_t kept = 0;
    std::vector<std::string> dropped;
    for (auto contents = all.rbegin(); contents != all.rend(); ++contents) {
        if (contents->about.parked || contents->about.id == last_built_in) continue;
        if (++kept >= sync::SourceStore::kept_snapshots) dropped.push_back(contents->about.id);
    }
    std::erase_if(all, [&dropped](const auto& contents) {
        return std::ranges::find(dropped, contents.about.id) != dropped.end();
    });
}

std::string take_snapshot(MemoryState& state, const sync::SourceChange& change, bool removes) {
    if (state.users.empty() && state.groups.empty() && state.assignments.empty()) return {};
    sync::SnapshotContents out;
    out.about.id = to_text(random_row_id());
    out.about.taken = change.run.ended;
    out.about.kind = change.from.kind;
    out.about.source = source_label(change.from);
    out.about.successor = source_label(change.to);
    out.about.parked = removes && sync::traits_of(change.from.kind).is_edited;
    const auto settled = [](auto row) {
        row.scope = sync::ScopeState::in;
        row.out_since.reset();
        return row;
    };
    for (const auto& [node, user] : state.users) out.users.push_back({node, user.id, settled(user.row)});
    for (const auto& [node, group] : state.groups) out.groups.push_back({node, group.id, settled(group.row)});
    for (const sync::Edge edge : state.memberships)
        out.memberships.emplace_back(state.groups.at(edge.group).id, state.users.at(edge.member).id);
    for (const auto& [id, set] : state.permission_sets) out.permission_sets.push_back(set);
    for (const auto& [id, assignment] : state.assignments) out.assignments.push_back(assignment);
    const std::string id = out.about.id;
    state.snapshots.push_back(std::move(out));
    drop_old_snapshots(state);
    return id;
}

void add_line(MemoryState& state, const RowId& run_id, Time at, sync::ChangeLine line) {
    state.journal.push_back({state.next_seq++, run_id, at, std::move(line)});
}

std::string name_of_principal(const MemoryState& state, const RowId& id) {
    for (const auto& [node, user] : state.users) {
        if (user.id == id) return user.row.user_name;
    }
    for (const auto& [node, group] : state.groups) {
        if (group.id == id) return group.row.display_name;
    }
    return {};
}

sync::Plan removal_of_all(const MemoryState& state) {
    constexpr auto reason = Reason::source_changed;
    sync::Plan plan;
    for (const auto& [node, user] : state.users)
        plan.users.push_back({sync::Action::remove, node, user.id, user.row, {}, reason});
    for (const auto& [node, group] : state.groups)
        plan.groups.push_back({sync::Action::remove, node, group.id, group.row, {}, reason});
    return plan;
}

std::optional<sync::SnapshotContents> take_parked(MemoryState& state) {
    const auto parked =
        std::find_if(state.snapshots.rbegin(), state.snapshots.rend(),
                     [](const sync::SnapshotContents& contents) { return contents.about.parked; });
    if (parked == state.snapshots.rend()) return std::nullopt;
    const sync::SnapshotContents found = *parked;
    for (auto& contents : state.snapshots) contents.about.parked = false;
    return found;
}

void forget_directory(MemoryState& state) {
    state.objects.clear();
    state.edges.clear();
    state.errors.clear();
    state.holds.clear();
    state.approvals.clear();
    state.pins.clear();
    state.reverted.clear();
    state.guard_counts.clear();
    state.cursor = {};
    state.settings_fingerprint.clear();
}

class MemoryPresentRows final : public sync::PresentRows {
public:
    explicit MemoryPresentRows(const MemoryState& state) : state_(state) {}

    std::optional<sync::Counterpart> user(const RowId& id, std::string_view external_id,
                                          std::string_view name) override {
        return find(state_.users, id, external_id, name, &sync::UserRow::user_name);
    }
    std::optional<sync::Counterpart> group(const RowId& id, std::string_view external_id,
                                           std::string_view name) override {
        return find(state_.groups, id, external_id, name, &sync::GroupRow::display_name);
    }
    std::string owner_of_email(std::string_view email) override {
        for (const auto& [node, user] : state_.users) {
            if (sync::name_key(user.row.email) == sync::name_key(email)) return user.row.user_name;
        }
        return {};
    }
    bool is_member(Node group, Node user) override { return state_.memberships.contains({group, user}); }
    std::optional<sync::PermissionSet> permission_set(const RowId& id, std::string_view name) override {
        if (const auto found = state_.permission_sets.find(id); found != state_.permission_sets.end())
            return found->second;
        for (const auto& [other, set] : state_.permission_sets) {
            if (sync::name_key(set.name) == sync::name_key(name)) return set;
        }
        return std::nullopt;
    }
    bool has_assignment(const sync::Assignment& like) override {
        return std::ranges::any_of(state_.assignments, [&like](const auto& item) {
            const sync::Assignment& one = item.second;
            return one.principal == like.principal && one.permission_set == like.permission_set &&
                   one.target == like.target;
        });
    }
    Node next_node() override { return state_.next_node; }

private:
    template <class Records, class Name>
    static std::optional<sync::Counterpart> find(const Records& records, const RowId& id,
                                                 std::string_view external_id, std::string_view name,
                                                 Name name_of) {
        std::optional<sync::Counterpart> by_external_id;
        std::optional<sync::Counterpart> by_name;
        for (const auto& [node, record] : records) {
            const sync::Counterpart match{record.id, node};
            if (record.id == id) return match;
            if (!external_id.empty() && record.row.external_id == external_id) by_external_id = match;
            if (!name.empty() && sync::name_key(record.row.*name_of) == sync::name_key(name)) by_name = match;
        }
        return by_external_id ? by_external_id : by_name;
    }

    const MemoryState& state_;
};

}  // namespace

Result<sync::SourceChanged> MemorySources::change(const sync::SourceChange& change) {
    sync::SourceRecord stored = state_.source;
    stored.change_pending = change.from.change_pending;
    const bool same_state = !change.from_state || state_.state == *change.from_state;
    if (state_.cursor.generation != change.from_generation || !same_state || !(stored == change.from)) {
        return Error(ErrorCode::cursor_moved,
                     "the memory store is not as it was when its source was looked at");
    }
    MemoryState next = state_;
    const Time at = change.run.ended;
    const bool removes = effect_of(change.from, change.to) == sync::ChangeEffect::removes;
    const RowId run_id = next_run_id(next, at);
    sync::SourceChanged changed;
    changed.run = change.run;
    changed.snapshot_id = take_snapshot(next, change, removes);
    auto& counts = changed.run.counts;
    sync::Plan back;
    counts.clear();
    if (removes) {
        const sync::Plan removal = removal_of_all(next);
        counts.emplace_back("memberships_removed", next.memberships.size());
        std::vector<sync::AssignmentChange> assignments;
        for (const auto& [id, assignment] : next.assignments) {
            assignments.push_back(
                {sync::Action::remove, assignment, name_of_principal(next, assignment.principal),
                 next.permission_sets.at(assignment.permission_set).name, Reason::source_changed});
        }
        if (auto done = apply(next, removal, at, run_id); !done) return std::move(done).error();
        for (const auto& gone : assignments) add_line(next, run_id, at, described(gone));
        next.assignments.clear();
        forget_directory(next);
        next.state = new_stamp();
        counts.emplace_back("users_removed", removal.users.size());
        counts.emplace_back("groups_removed", removal.groups.size());
        counts.emplace_back("assignments_removed", assignments.size());
    }
    if (sync::traits_of(change.to.kind).is_edited) {
        if (const auto parked = take_parked(next)) {
            MemoryPresentRows present(next);
            back = unparked(*parked, present);
            if (auto done = apply(next, back, at, run_id); !done) return std::move(done).error();
        }
    }
    counts.emplace_back("users_created", back.users.size());
    counts.emplace_back("groups_created", back.groups.size());
    counts.emplace_back("memberships_added", back.memberships.size());
    if (change.used_consent) next.used_consent = change.used_consent;
    next.source = change.to;
    next.source.change_pending = false;
    add_run(next, changed.run, run_id);
    state_ = std::move(next);
    return changed;
}

Result<std::vector<sync::Snapshot>> MemorySources::snapshots() {
    std::vector<sync::Snapshot> out;
    for (const auto& contents : state_.snapshots) out.push_back(about(contents));
    return out;
}

Result<sync::SnapshotContents> MemorySources::contents(const std::string& id) {
    for (const auto& contents : state_.snapshots) {
        if (contents.about.id != id) continue;
        sync::SnapshotContents out = contents;
        out.about = about(contents);
        return out;
    }
    return Error(ErrorCode::not_found, "there is no snapshot " + quoted_peer_text(id));
}

Result<sync::Snapshot> MemorySources::import(const sync::SnapshotContents& contents) {
    auto& all = state_.snapshots;
    auto known = std::ranges::find_if(
        all, [&contents](const auto& other) { return other.about.id == contents.about.id; });
    if (known == all.end()) {
        all.emplace_back().about = contents.about;
        all.back().about.parked = false;
        known = std::prev(all.end());
    }
    for (const auto& user : contents.users) add_row(known->users, user);
    for (const auto& group : contents.groups) add_row(known->groups, group);
    for (const auto& membership : contents.memberships) add_once(known->memberships, membership);
    for (const auto& set : contents.permission_sets) add_row(known->permission_sets, set);
    for (const auto& assignment : contents.assignments) add_row(known->assignments, assignment);
    const sync::Snapshot result = about(*known);
    drop_old_snapshots(state_);
    return result;
}

Result<sync::RestoreReport> MemorySources::restore(const std::string& id, bool assignments_only, Time now,
                                                   const sync::Asked& by) {
    if (state_.source.change_pending) return sync::frozen_store();
    const auto snapshot = contents(id);
    if (!snapshot) return snapshot.error();
    MemoryState next = state_;
    MemoryPresentRows present(state_);
    sync::Restore restore = restored(*snapshot, state_.source, assignments_only, present);
    if (restore.plan.writes_nothing()) return std::move(restore.report);
    sync::RunRecord run = sync::run_of_admin("restore", by, now);
    run.counts = restore.plan.counts;
    const RowId run_id = next_run_id(next, now);
    const sync::Plan& rows = restore.plan.rows;
    if (auto done = apply(next, rows, now, run_id); !done) return std::move(done).error();
    for (const auto& change : restore.plan.permission_sets) {
        next.permission_sets[change.set.id] = change.set;
        add_line(next, run_id, now, described(change));
    }
    for (const auto& change : restore.plan.assignments) {
        next.assignments[change.assignment.id] = change.assignment;
        add_line(next, run_id, now, described(change));
    }
    add_run(next, run, run_id);
    state_ = std::move(next);
    return std::move(restore.report);
}

}  // namespace dirsync::store
