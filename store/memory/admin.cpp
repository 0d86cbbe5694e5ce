#include "store/memory/admin.hpp"

#include <algorithm>

#include "model/describe_admin.hpp"
#include "store/admin_facts.hpp"

namespace dirsync::store {
namespace {

using sync::Assignment;
using sync::NameKey;
using sync::Node;
using sync::PermissionSet;

class MemoryLookUp final : public AdminLookUp {
public:
    explicit MemoryLookUp(const MemoryState& state) : state_(state) {}

    std::optional<Node> user_named(NameKey key) override {
        return node(state_.users, [key](const auto& user) {
            return key != 0 && sync::name_key(user.row.user_name) == key;
        });
    }
    std::optional<Node> user_with_email(NameKey key) override {
        return node(state_.users,
                    [key](const auto& user) { return key != 0 && sync::name_key(user.row.email) == key; });
    }
    std::optional<Node> user_with_id(const RowId& id) override {
        return node(state_.users, [&id](const auto& user) { return user.id == id; });
    }
    std::optional<Node> user_with_external_id(const std::string& id) override {
        return node(state_.users,
                    [&id](const auto& user) { return !id.empty() && user.row.external_id == id; });
    }
    std::optional<Node> group_named(NameKey key) override {
        return node(state_.groups, [key](const auto& group) {
            return key != 0 && sync::name_key(group.row.display_name) == key;
        });
    }
    std::optional<Node> group_with_id(const RowId& id) override {
        return node(state_.groups, [&id](const auto& group) { return group.id == id; });
    }
    std::optional<Node> group_with_external_id(const std::string& id) override {
        return node(state_.groups,
                    [&id](const auto& group) { return !id.empty() && group.row.external_id == id; });
    }
    std::vector<sync::StoredUser> users(const std::vector<Node>& nodes) override {
        std::vector<sync::StoredUser> out;
        for (const Node node : nodes)
            out.push_back({node, state_.users.at(node).id, state_.users.at(node).row});
        return out;
    }
    std::vector<sync::StoredGroup> groups(const std::vector<Node>& nodes) override {
        std::vector<sync::StoredGroup> out;
        for (const Node node : nodes)
            out.push_back({node, state_.groups.at(node).id, state_.groups.at(node).row});
        return out;
    }
    std::vector<sync::Edge> groups_of(const std::vector<Node>& users) override {
        std::vector<sync::Edge> out;
        std::ranges::copy_if(state_.memberships, std::back_inserter(out), [&users](const sync::Edge& edge) {
            return std::ranges::find(users, edge.member) != users.end();
        });
        return out;
    }
    std::optional<PermissionSet> permission_set_named(NameKey key) override {
        for (const auto& [id, set] : state_.permission_sets) {
            if (sync::name_key(set.name) == key) return set;
        }
        return std::nullopt;
    }
    std::optional<PermissionSet> permission_set(const RowId& id) override {
        const auto found = state_.permission_sets.find(id);
        return found == state_.permission_sets.end() ? std::nullopt : std::optional(found->second);
    }
    std::optional<Assignment> assignment(const RowId& id) override {
        const auto found = state_.assignments.find(id);
        return found == state_.assignments.end() ? std::nullopt : std::optional(found->second);
    }
    std::vector<Assignment> assignments_of_principal(const RowId& id) override {
        return assignments([&id](const Assignment& assignment) { return assignment.principal == id; });
    }
    std::vector<Assignment> assignments_of_permission_set(const RowId& id) override {
        return assignments([&id](const Assignment& assignment) { return assignment.permission_set == id; });
    }

private:
    template <class Records, class Matches>
    static std::optional<Node> node(const Records& records, Matches matches) {
        for (const auto& [node, record] : records) {
            if (matches(record)) return node;
        }
        return std::nullopt;
    }
    template <class Matches>
    std::vector<Assignment> assignments(Matches matches) const {
        std::vector<Assignment> out;
        for (const auto& [id, assignment] : state_.assignments) {
            if (matches(assignment)) out.push_back(assignment);
        }
        return out;
    }

    const MemoryState& state_;
};

sync::AdminFacts facts_of(const MemoryState& state, const sync::AdminKeys& keys) {
    MemoryLookUp look_up(state);
    sync::AdminFacts facts = gathered(keys, look_up);
    facts.state = state.state;
    facts.source = state.source;
    facts.next_node = state.next_node;
    return facts;
}

}  // namespace

Result<sync::AdminFacts> MemoryAdmin::find(const sync::AdminKeys& keys) { return facts_of(state_, keys); }

Result<void> MemoryAdmin::edit(const sync::AdminKeys& keys, const Decide& decide, sync::RunRecord run) {
    auto plan = decide(facts_of(state_, keys));
    if (!plan) return std::move(plan).error();
    if (plan->writes_nothing()) return {};
    MemoryState next = state_;
    const RowId run_id = next_run_id(next, run.ended);
    const auto add_line = [&next, &run_id, &run](sync::ChangeLine line) {
        next.journal.push_back({next.next_seq++, run_id, run.ended, std::move(line)});
    };
    const auto apply_all = [&add_line](const auto& changes, sync::Action action, auto write) {
        for (const auto& change : changes) {
            if (change.action != action) continue;
            write(change);
            add_line(described(change));
        }
    };
    using sync::Action;
    using SetChange = sync::PermissionSetChange;
    using Assigning = sync::AssignmentChange;
    apply_all(plan->assignments, Action::remove,
              [&next](const Assigning& change) { next.assignments.erase(change.assignment.id); });
    apply_all(plan->permission_sets, Action::remove,
              [&next](const SetChange& change) { next.permission_sets.erase(change.set.id); });
    if (auto applied = apply(next, plan->rows, run.ended, run_id); !applied) return applied;
    apply_all(plan->permission_sets, Action::create,
              [&next](const SetChange& change) { next.permission_sets[change.set.id] = change.set; });
    apply_all(plan->assignments, Action::create, [&next](const Assigning& change) {
        next.assignments[change.assignment.id] = change.assignment;
    });
    run.counts = plan->counts;
    add_run(next, run, run_id);
    if (auto whole = check(next); !whole) return whole;
    state_ = std::move(next);
    return {};
}

Result<std::vector<sync::ListedAssignment>> MemoryAdmin::assignments() {
    std::vector<sync::ListedAssignment> out;
    const auto name = [this](sync::ListedAssignment& listed, const auto& records, auto name_of) {
        for (const auto& [node, record] : records) {
            if (record.id != listed.assignment.principal) continue;
            listed.principal_name = name_of(record.row);
            listed.external_id = record.row.external_id;
            return;
        }
        listed.dangling = true;
        for (const auto& line : state_.journal) {
            if (line.change.object_id == to_text(listed.assignment.principal))
                listed.principal_name = line.change.name;
        }
    };
    for (const auto& [id, assignment] : state_.assignments) {
        sync::ListedAssignment& listed = out.emplace_back();
        listed.assignment = assignment;
        listed.permission_set_name = state_.permission_sets.at(assignment.permission_set).name;
        if (assignment.principal_type == sync::PrincipalType::user) {
            name(listed, state_.users, [](const sync::UserRow& row) { return row.user_name; });
        } else {
            name(listed, state_.groups, [](const sync::GroupRow& row) { return row.display_name; });
        }
    }
    sort_for_lists(out);
    return out;
}

}  // namespace dirsync::store
