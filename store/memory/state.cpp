#include "store/memory/state.hpp"

#include <algorithm>
#include <atomic>

#include "store/codec.hpp"

namespace dirsync::store {
namespace {

using sync::Edge;
using sync::GroupChange;
using sync::MembershipChange;
using sync::Node;
using sync::UserChange;

Error broken(const std::string& what) { return Error(ErrorCode::internal, "the memory store: " + what); }

Error no_such_object() {
    return broken("the mirror has another object under a number that was to be written");
}

Result<void> write_mirror(MemoryState& state, const sync::MirrorDelta& delta) {
    for (const Edge& edge : delta.edges_removed) state.edges.erase(edge);
    for (const sync::MirrorUpsert& upsert : delta.upserts) {
        const auto [place, is_new] = state.objects.try_emplace(upsert.row.node, upsert);
        if (place->second.row.guid != upsert.row.guid) return no_such_object();
        place->second = upsert;
        state.next_node = std::max(state.next_node, upsert.row.node + 1);
    }
    for (const sync::MirrorRow& row : delta.row_updates) {
        const auto found = state.objects.find(row.node);
        if (found == state.objects.end() || found->second.row.guid != row.guid) return no_such_object();
        found->second.row = row;
    }
    state.edges.insert(delta.edges_added.begin(), delta.edges_added.end());
    for (const Node node : delta.removed) {
        state.objects.erase(node);
        std::erase_if(state.edges,
                      [node](const Edge& edge) { return edge.group == node || edge.member == node; });
    }
    return {};
}

template <class Change>
std::vector<Change> with_action(const std::vector<Change>& changes, sync::Action action) {
    std::vector<Change> out;
    std::ranges::copy_if(changes, std::back_inserter(out),
                         [action](const Change& change) { return change.action == action; });
    std::ranges::sort(out, {}, &Change::node);
    return out;
}

/// Applies a plan to the users and groups of a state, one line a change.
class PlanApplication {
public:
    PlanApplication(MemoryState& state, const sync::Plan& plan, Time at, const RowId& run_id)
        : state_(state), at_(at), run_id_(run_id) {
        for (const auto& [node, user] : state.users) users_[node] = {user.id, user.row.user_name};
        for (const auto& [node, group] : state.groups) groups_[node] = {group.id, group.row.display_name};
        for (const UserChange& change : plan.users) {
            if (change.action != sync::Action::remove)
                users_[change.node] = {change.id, change.after.user_name};
            if (change.action == sync::Action::remove) removed_.insert(change.node);
        }
        for (const GroupChange& change : plan.groups) {
            if (change.action != sync::Action::remove)
                groups_[change.node] = {change.id, change.after.display_name};
            if (change.action == sync::Action::remove) removed_.insert(change.node);
        }
    }

    Result<void> apply(const sync::Plan& plan) {
        for (const MembershipChange& change : plan.memberships) {
            if (change.add || removed_.contains(change.group) || removed_.contains(change.user)) continue;
            if (state_.memberships.erase({change.group, change.user}) != 0) member_line(change);
        }
        for (const GroupChange& change : with_action(plan.groups, sync::Action::remove)) {
            remove_memberships(change, [&change](const Edge& edge) { return edge.group == change.node; });
            if (!take_out(state_.groups, change)) return broken("a group to remove is not there");
            add_line(described(change));
        }
        for (const UserChange& change : with_action(plan.users, sync::Action::remove)) {
            remove_memberships(change, [&change](const Edge& edge) { return edge.member == change.node; });
            if (!take_out(state_.users, change)) return broken("a user to remove is not there");
            add_line(described(change));
        }
        if (auto done = update(state_.groups, plan.groups); !done) return done;
        if (auto done = update(state_.users, plan.users); !done) return done;
        if (auto done = create(state_.groups, plan.groups); !done) return done;
        if (auto done = create(state_.users, plan.users); !done) return done;
        add_memberships(plan.memberships);
        return check(state_);
    }

private:
    struct Name {
        RowId id;
        std::string name;
    };

    void add_line(sync::ChangeLine line) {
        state_.journal.push_back({state_.next_seq++, run_id_, at_, std::move(line)});
    }

    void member_line(const MembershipChange& change) {
        const Name& group = groups_[change.group];
        const Name& user = users_[change.user];
        add_line(described(change, group.id, group.name, user.id, user.name));
    }

    template <class Change, class Matches>
    void remove_memberships(const Change& change, Matches matches) {
        for (auto edge = state_.memberships.begin(); edge != state_.memberships.end();) {
            if (!matches(*edge)) {
                ++edge;
                continue;
            }
            member_line({edge->group, edge->member, false, change.reason});
            edge = state_.memberships.erase(edge);
        }
    }

    template <class Records, class Change>
    Result<void> update(Records& records, const std::vector<Change>& changes) {
        for (const Change& change : with_action(changes, sync::Action::update)) {
            const auto found = records.find(change.node);
            if (found == records.end() || found->second.id != change.id)
                return broken("a row to update is not there");
            if (found->second.row == change.after) continue;
            found->second.row = change.after;
            found->second.updated = at_;
            ++found->second.revision;
            add_line(described(change));
        }
        return {};
    }

    template <class Records, class Change>
    static bool take_out(Records& records, const Change& change) {
        const auto found = records.find(change.node);
        if (found == records.end() || found->second.id != change.id) return false;
        records.erase(found);
        return true;
    }

    template <class Records, class Change>
    Result<void> create(Records& records, const std::vector<Change>& changes) {
        for (const Change& change : with_action(changes, sync::Action::create)) {
            typename Records::mapped_type record{change.id, change.after, at_, at_, 1};
            if (!records.try_emplace(change.node, std::move(record)).second) {
                return broken("a row to create is there already");
            }
            state_.next_node = std::max(state_.next_node, change.node + 1);
            add_line(described(change));
        }
        return {};
    }

    void add_memberships(std::vector<MembershipChange> changes) {
        std::erase_if(changes, [](const MembershipChange& change) { return !change.add; });
        std::ranges::stable_sort(changes, {}, [](const MembershipChange& change) {
            return Edge{change.group, change.user};
        });
        for (const MembershipChange& change : changes) {
            if (state_.memberships.insert({change.group, change.user}).second) member_line(change);
        }
    }

    MemoryState& state_;
    Time at_;
    RowId run_id_;
    std::map<Node, Name> users_;
    std::map<Node, Name> groups_;
    std::set<Node> removed_;
};

bool write_errors(MemoryState& state, const std::vector<sync::EntityError>& errors, Time at) {
    bool wrote = false;
    for (const sync::EntityError& error : errors) {
        const auto found = state.errors.find(error.external_id);
        if (error.code.empty()) {
            if (found == state.errors.end()) continue;
            state.errors.erase(found);
        } else if (found == state.errors.end()) {
            state.errors[error.external_id] = {error, at};
        } else {
            if (found->second.error == error) continue;
            const bool same_fault =
                found->second.error.code == error.code && found->second.error.message == error.message;
            found->second = {error, same_fault ? found->second.since : at};
        }
        wrote = true;
    }
    return wrote;
}

bool write_holds(MemoryState& state, const std::vector<sync::Hold>& holds, Time at) {
    std::map<std::string, sync::Hold> next;
    bool wrote = false;
    for (sync::Hold hold : holds) {
        if (hold.since == Time{}) hold.since = at;
        const auto found = state.holds.find(hold.id);
        if (found != state.holds.end()) hold.since = found->second.since;
        wrote |= found == state.holds.end() || found->second.limit != hold.limit ||
                 found->second.sample != hold.sample;
        next[hold.id] = hold;
    }
    wrote |= next.size() != state.holds.size();
    state.holds = std::move(next);
    return wrote;
}

bool drop_approvals(MemoryState& state, const sync::Commit& commit) {
    const auto dropped = std::erase_if(state.approvals, [&](const auto& item) {
        const sync::Approval& approval = item.second;
        if (std::ranges::find(commit.approvals_used, approval.hold_id) != commit.approvals_used.end())
            return true;
        if (commit.plan == nullptr) return false;
        return std::ranges::none_of(commit.plan->holds, [&approval](const sync::Hold& hold) {
            return hold.hold == approval.hold &&
                   std::ranges::find_first_of(approval.objects, hold.objects) != approval.objects.end();
        });
    });
    return dropped != 0;
}

template <class T>
bool assign(T& target, const T& value) {
    if (target == value) return false;
    target = value;
    return true;
}

void write_tally(MemoryState& state, const sync::GuardTally& tally) {
    if (tally.changes_nothing()) return;
    std::erase_if(state.guard_counts, [&tally](const auto& entry) {
        const auto& [at, hold, group] = entry.first;
        return at <= tally.forget_until || at > tally.forget_after ||
               std::ranges::find(tally.restarted, std::pair(hold, group)) != tally.restarted.end();
    });
    for (const auto& passed : tally.passed)
        state.guard_counts[{passed.at, passed.hold, passed.group}] += passed.count;
}

}  // namespace

Result<bool> write(MemoryState& state, const sync::Commit& commit, Time now) {
    if (state.cursor.generation != commit.from_generation) {
        return Error(ErrorCode::cursor_moved, "the memory store is at another generation");
    }
    if (commit.from_state && state.state != *commit.from_state)
        return Error(ErrorCode::cursor_moved, "the memory store is not as it was left");
    const Time at = commit.run.ended == Time{} ? now : commit.run.ended;
    const std::uint64_t first_seq = state.next_seq;
    const RowId run_id = next_run_id(state, at);
    bool wrote = false;
    if (commit.source) wrote |= assign(state.source, *commit.source);
    if (commit.mirror != nullptr && !commit.mirror->empty()) {
        if (auto done = write_mirror(state, *commit.mirror); !done) return std::move(done).error();
        wrote = true;
    }
    if (commit.pins) {
        std::map<std::string, ObjectGuid> pins;
        for (const sync::Pin& pin : *commit.pins) pins[pin.key] = pin.guid;
        wrote |= assign(state.pins, pins);
    }
    if (commit.settings_fingerprint)
        wrote |= assign(state.settings_fingerprint, *commit.settings_fingerprint);
    if (commit.plan != nullptr) {
        PlanApplication application(state, *commit.plan, at, run_id);
        if (auto done = application.apply(*commit.plan); !done) return std::move(done).error();
        wrote |= state.next_seq != first_seq;
        wrote |= write_errors(state, commit.plan->errors, at);
        wrote |= write_holds(state, commit.plan->holds, at);
    }
    wrote |= drop_approvals(state, commit);
    if (commit.reverted) wrote |= assign(state.reverted, *commit.reverted);
    if (commit.cursor) {
        state.cursor = *commit.cursor;
        state.cursor.generation = commit.from_generation + 1;
        wrote = true;
    }
    if (commit.time) wrote |= commit.time->in_doubt != state.time.in_doubt;
    if (!wrote) return false;
    if (commit.time) {
        state.time.certain = commit.time->certain;
        state.time.in_doubt = commit.time->in_doubt;
    }
    write_tally(state, commit.tally);
    state.state = new_stamp();
    sync::RunRecord run = commit.run;
    run.ended = at;
    add_run(state, run, run_id);
    return true;
}

sync::StateStamp new_stamp() noexcept {
    static std::atomic<sync::StateStamp> last{1};
    return ++last;
}

Result<void> apply(MemoryState& state, const sync::Plan& plan, Time at, const RowId& run_id) {
    if (!plan.users.empty() || !plan.groups.empty() || !plan.memberships.empty()) state.state = new_stamp();
    return PlanApplication(state, plan, at, run_id).apply(plan);
}

bool is_dangling(const MemoryState& state, const sync::Assignment& assignment) {
    const auto is_principal = [&assignment](const auto& item) {
        return item.second.id == assignment.principal;
    };
    return assignment.principal_type == sync::PrincipalType::user
               ? std::ranges::none_of(state.users, is_principal)
               : std::ranges::none_of(state.groups, is_principal);
}

RowId next_run_id(MemoryState& state, Time ended) {
    state.run_clock = std::max(state.run_clock, static_cast<std::uint64_t>(seconds(ended)) * 1000);
    return run_id_for(state.run_clock, state.next_run++, random_row_id());
}

void add_run(MemoryState& state, const sync::RunRecord& run, const RowId& id) {
    state.runs.push_back({id, run});
}

Result<void> check(const MemoryState& state) {
    for (const Edge& edge : state.memberships) {
        if (!state.groups.contains(edge.group)) return broken("a membership of no group");
        if (!state.users.contains(edge.member)) return broken("a membership of no user");
    }
    std::set<sync::NameKey> user_names;
    std::set<sync::NameKey> emails;
    std::set<sync::NameKey> group_names;
    std::set<RowId> ids;
    const auto add = [](std::set<sync::NameKey>& keys, const std::string& name) {
        const sync::NameKey key = sync::name_key(name);
        return key == 0 || keys.insert(key).second;
    };
    for (const auto& [node, user] : state.users) {
        if (!add(user_names, user.row.user_name))
            return broken("two users of one name: " + user.row.user_name);
        if (!add(emails, user.row.email)) return broken("two users of one email: " + user.row.email);
        if (!ids.insert(user.id).second) return broken("two rows of one id");
    }
    for (const auto& [node, group] : state.groups) {
        if (!add(group_names, group.row.display_name)) {
            return broken("two groups of one name: " + group.row.display_name);
        }
        if (!ids.insert(group.id).second) return broken("two rows of one id");
    }
    std::set<sync::NameKey> set_names;
    for (const auto& [id, set] : state.permission_sets) {
        if (!add(set_names, set.name)) return broken("two permission sets of one name: " + set.name);
    }
    for (const auto& [id, assignment] : state.assignments) {
        if (!state.permission_sets.contains(assignment.permission_set))
            return broken("an assignment of no permission set");
    }
    return {};
}

}  // namespace dirsync::store
