#include "store/sqlite/admin.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "store/admin_facts.hpp"
#include "store/codec.hpp"
#include "store/sqlite/assignments.hpp"
#include "store/sqlite/facts_writer.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/run_writer.hpp"

namespace dirsync::store {
namespace {

using sync::Assignment;
using sync::NameKey;
using sync::Node;
using sync::PermissionSet;

constexpr std::string_view select_assignment =
    "SELECT assignment_id, principal_type, principal_id, permission_set_id, target FROM assignments "
    "WHERE assignment_id = ?";
constexpr std::string_view select_of_principal =
    "SELECT assignment_id, principal_type, principal_id, permission_set_id, target FROM assignments "
    "WHERE principal_id = ?";
constexpr std::string_view select_of_set =
    "SELECT assignment_id, principal_type, principal_id, permission_set_id, target FROM assignments "
    "WHERE permission_set_id = ?";

class SqliteLookUp final : public AdminLookUp {
public:
    explicit SqliteLookUp(Db& db) : db_(db) {}

    std::optional<Node> user_named(NameKey key) override {
        return node("SELECT id FROM users WHERE name_key = ?1 AND name_key <> 0", key);
    }
    std::optional<Node> user_with_email(NameKey key) override {
        return node("SELECT id FROM users WHERE email_key = ?1 AND email_key <> 0", key);
    }
    std::optional<Node> user_with_id(const RowId& id) override {
        return node("SELECT id FROM users WHERE user_id = ?", to_text(id));
    }
    std::optional<Node> user_with_external_id(const std::string& id) override {
        return node("SELECT id FROM users WHERE external_id = ? AND external_id <> ''", id);
    }
    std::optional<Node> group_named(NameKey key) override {
        return node("SELECT id FROM groups WHERE name_key = ?1 AND name_key <> 0", key);
    }
    std::optional<Node> group_with_id(const RowId& id) override {
        return node("SELECT id FROM groups WHERE group_id = ?", to_text(id));
    }
    std::optional<Node> group_with_external_id(const std::string& id) override {
        return node("SELECT id FROM groups WHERE external_id = ? AND external_id <> ''", id);
    }
    std::vector<sync::StoredUser> users(const std::vector<Node>& nodes) override {
        return read_users(db_, nodes);
    }
    std::vector<sync::StoredGroup> groups(const std::vector<Node>& nodes) override {
        return read_groups(db_, nodes);
    }
    std::vector<sync::Edge> groups_of(const std::vector<Node>& users) override {
        return read_groups_of(db_, users);
    }
    std::optional<PermissionSet> permission_set_named(NameKey key) override {
        return set("SELECT permission_set_id, name, description FROM permission_sets WHERE name_key = ?",
                   key);
    }
    std::optional<PermissionSet> permission_set(const RowId& id) override {
        return set(
            "SELECT permission_set_id, name, description FROM permission_sets WHERE permission_set_id = ?",
            to_text(id));
    }
    std::optional<Assignment> assignment(const RowId& id) override {
        const auto found = assignments(select_assignment, id);
        return found.empty() ? std::nullopt : std::optional(found.front());
    }
    std::vector<Assignment> assignments_of_principal(const RowId& id) override {
        return assignments(select_of_principal, id);
    }
    std::vector<Assignment> assignments_of_permission_set(const RowId& id) override {
        return assignments(select_of_set, id);
    }

private:
    template <class Key>
    std::optional<Node> node(std::string_view sql, const Key& key) {
        Query query = db_.query(sql, key);
        if (!query.step()) return std::nullopt;
        return static_cast<Node>(query->integer(0));
    }
    template <class Key>
    std::optional<PermissionSet> set(std::string_view sql, const Key& key) {
        Query query = db_.query(sql, key);
        if (!query.step()) return std::nullopt;
        return PermissionSet{parsed_row_id(query->text(0)), std::string(query->text(1)),
                             std::string(query->text(2))};
    }
    std::vector<Assignment> assignments(std::string_view sql, const RowId& id) {
        const std::string text = to_text(id);
        Query query = db_.query(sql, text);
        std::vector<Assignment> out;
        while (query.step()) out.push_back(assignment_at(query));
        return out;
    }

    Db& db_;
};

sync::AdminFacts facts_of(Db& db, const sync::AdminKeys& keys) {
    SqliteLookUp look_up(db);
    sync::AdminFacts facts = gathered(keys, look_up);
    facts.state = read_state_stamp(db);
    facts.source = read_source(db);
    facts.next_node = static_cast<Node>(db.integer("SELECT next_node FROM meta"));
    return facts;
}

/// The last names that the journal knows of principals that are gone.
void name_the_gone(Db& db, std::vector<sync::ListedAssignment>& assignments) {
    std::unordered_map<RowId, std::string> names;
    for (const auto& listed : assignments) {
        if (listed.dangling) names.try_emplace(listed.assignment.principal);
    }
    if (names.empty()) return;
    // One pass over all names: there is no index by id, which every name of a sync would pay for.
    Query query = db.query(
        "SELECT object_id, name FROM journal_names WHERE retired IS NOT NULL AND object_type IN ('USER', "
        "'GROUP') ORDER BY id");
    while (query.step()) {
        const auto found = names.find(parsed_row_id(query->text(0)));
        if (found != names.end()) found->second = query->text(1);
    }
    for (auto& listed : assignments) {
        if (listed.dangling) listed.principal_name = names[listed.assignment.principal];
    }
}

}  // namespace

Result<sync::AdminFacts> SqliteAdmin::find(const sync::AdminKeys& keys) {
    return outcome_of([&] {
        Transaction transaction(db_, Transaction::Kind::read);
        return facts_of(db_, keys);
    });
}

Result<void> SqliteAdmin::edit(const sync::AdminKeys& keys, const Decide& decide, sync::RunRecord run) {
    return outcome_of([&] {
        Transaction transaction(db_, Transaction::Kind::write);
        auto plan = decide(facts_of(db_, keys));
        if (!plan) throw DbFailure{std::move(plan).error()};
        if (plan->writes_nothing()) return;
        run.counts = plan->counts;
        RunWriter writer(db_);
        write_removals(db_, writer.journal(), *plan);
        writer.write(plan->rows, run.ended);
        write_creates(db_, writer.journal(), *plan);
        writer.finish(run);
        transaction.commit();
    });
}

Result<std::vector<sync::ListedAssignment>> SqliteAdmin::assignments() {
    return outcome_of([&] {
        Transaction transaction(db_, Transaction::Kind::read);
        std::vector<sync::ListedAssignment> out;
        {
            Query query = db_.query(
                "SELECT a.assignment_id, a.principal_type, a.principal_id, a.permission_set_id, a.target, "
                "coalesce(u.user_name, g.display_name), coalesce(u.external_id, g.external_id, ''), p.name "
                "FROM assignments AS a JOIN permission_sets AS p USING (permission_set_id) "
                "LEFT JOIN users AS u ON a.principal_type = 'USER' AND u.user_id = a.principal_id "
                "LEFT JOIN groups AS g ON a.principal_type = 'GROUP' AND g.group_id = a.principal_id");
            while (query.step()) {
                sync::ListedAssignment& listed = out.emplace_back();
                listed.assignment = assignment_at(query);
                listed.dangling = query->is_null(5);
                listed.principal_name = query->text(5);
                listed.external_id = query->text(6);
                listed.permission_set_name = query->text(7);
            }
        }
        name_the_gone(db_, out);
        sort_for_lists(out);
        return out;
    });
}

}  // namespace dirsync::store
