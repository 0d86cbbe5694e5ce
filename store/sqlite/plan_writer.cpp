#include "store/sqlite/plan_writer.hpp"

#include <algorithm>
#include <tuple>

#include "model/describe.hpp"
#include "store/codec.hpp"

namespace dirsync::store {
namespace {

using sync::GroupChange;
using sync::LineAction;
using sync::MembershipChange;
using sync::Node;
using sync::UserChange;

constexpr sync::ObjectType type_of(const UserChange&) noexcept { return sync::ObjectType::user; }
constexpr sync::ObjectType type_of(const GroupChange&) noexcept { return sync::ObjectType::group; }
constexpr std::string_view table_of(const UserChange&) noexcept { return "users"; }
constexpr std::string_view table_of(const GroupChange&) noexcept { return "groups"; }
const std::string& name_of(const sync::UserRow& row) noexcept { return row.user_name; }
const std::string& name_of(const sync::GroupRow& row) noexcept { return row.display_name; }
constexpr std::string_view select_current(const UserChange&) noexcept {
    return "SELECT journal_name, hash FROM users WHERE id = ? AND user_id = ?";
}
constexpr std::string_view select_current(const GroupChange&) noexcept {
    return "SELECT journal_name, hash FROM groups WHERE id = ? AND group_id = ?";
}

template <class Change>
[[noreturn]] void no_row(const Db& db, const Change& change) {
    throw DbFailure{Error(ErrorCode::internal, "the store " + db.path() + ": the plan changes row " +
                                                   std::to_string(change.node) + " of " +
                                                   std::string(table_of(change)) + ", which is not there")};
}

[[noreturn]] void no_such_member(const Db& db, const MembershipChange& change) {
    throw DbFailure{Error(ErrorCode::internal, "the store " + db.path() + ": the plan makes user " +
                                                   std::to_string(change.user) + " a member of group " +
                                                   std::to_string(change.group) +
                                                   ", of which one is not there")};
}

// Below this many rows, dropping and building indexes costs more than keeping them.
constexpr std::size_t bulk_rows = 2000;

/// The indexes of a table that is filled from nothing: one sorted build behind the load costs a third of
/// an insertion in each for every row.
class SuspendedIndexes {
public:
    SuspendedIndexes(Db& db, std::string_view table, std::size_t rows_to_come) : db_(db) {
        if (rows_to_come < bulk_rows) return;
        const std::string any = "SELECT count(*) FROM (SELECT 1 FROM " + std::string(table) + " LIMIT 1)";
        if (db.integer(any) != 0) return;
        std::vector<std::string> names;
        {
            Query query = db.query(
                "SELECT name, sql FROM sqlite_schema "
                "WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
                table);
            while (query.step()) {
                names.emplace_back(query->text(0));
                definitions_.emplace_back(query->text(1));
            }
        }
        for (const std::string& name : names) db.execute("DROP INDEX " + name);
        suspended_ = true;
    }
    bool suspended() const noexcept { return suspended_; }
    void restore() {
        for (const std::string& sql : definitions_) db_.execute(sql);
    }

private:
    Db& db_;
    std::vector<std::string> definitions_;
    bool suspended_ = false;
};

std::tuple<Node, Node> key_of(const MembershipChange& change) noexcept { return {change.group, change.user}; }

}  // namespace

template <class Change>
PlanWriter::Sorted<Change> PlanWriter::sorted(const std::vector<Change>& changes) {
    Sorted<Change> out;
    for (const Change& change : changes) {
        switch (change.action) {
            case sync::Action::create:
                out.creates.push_back(&change);
                break;
            case sync::Action::update:
                if (needs_update(change)) out.updates.push_back(&change);
                break;
            case sync::Action::remove:
                out.removals.push_back(&change);
                break;
        }
    }
    const auto by_node = [](const Change* change) { return change->node; };
    for (auto* list : {&out.creates, &out.updates, &out.removals}) {
        if (!std::ranges::is_sorted(*list, {}, by_node)) std::ranges::sort(*list, {}, by_node);
    }
    return out;
}

template <class Change>
bool PlanWriter::needs_update(const Change& change) {
    Query query = db_.query(select_current(change), change.node, to_text(change.id));
    if (!query.step()) no_row(db_, change);
    return query->integer(1) != static_cast<std::int64_t>(hash_of(change.after));
}

template <class Change>
PlanWriter::NameRef PlanWriter::name_before(const Change& change) {
    Query query = db_.query(select_current(change), change.node, to_text(change.id));
    if (!query.step()) no_row(db_, change);
    return query->integer(0);
}

PlanWriter::NameRef PlanWriter::group_name(Node node) {
    const auto [place, is_new] = group_names_.try_emplace(node, 0);
    if (is_new) place->second = db_.integer("SELECT journal_name FROM groups WHERE id = ?", node);
    return place->second;
}

PlanWriter::NameRef PlanWriter::user_name(Node node) {
    const auto [place, is_new] = user_names_.try_emplace(node, 0);
    if (is_new) place->second = db_.integer("SELECT journal_name FROM users WHERE id = ?", node);
    return place->second;
}

bool PlanWriter::checks_references(const sync::Plan& plan) noexcept {
    return plan.memberships.size() >= bulk_rows;
}

bool PlanWriter::is_removed(const MembershipChange& change) const {
    return removed_users_.contains(change.user) || removed_groups_.contains(change.group);
}

void PlanWriter::write(const sync::Plan& plan) {
    const auto groups = sorted(plan.groups);
    const auto users = sorted(plan.users);

    // Lines use the names after the plan, of removed objects the last they had.
    const auto name_all = [this](const auto& changes, NameRefs& names, auto& removed) {
        for (const auto* change : changes.creates) {
            names[change->node] = journal_.add_name(type_of(*change), change->id, name_of(change->after));
        }
        for (const auto* change : changes.updates) {
            NameRef name = name_before(*change);
            if (name_of(change->before) != name_of(change->after)) {
                journal_.retire(name);
                name = journal_.add_name(type_of(*change), change->id, name_of(change->after));
            }
            names[change->node] = name;
        }
        for (const auto* change : changes.removals) {
            const NameRef name = name_before(*change);
            journal_.retire(name);
            names[change->node] = name;
            removed.insert(change->node);
        }
    };
    name_all(groups, group_names_, removed_groups_);
    name_all(users, user_names_, removed_users_);

    remove_listed(plan.memberships);
    for (const GroupChange* change : groups.removals) remove(*change);
    for (const UserChange* change : users.removals) remove(*change);
    park_names(groups, users);
    for (const GroupChange* change : groups.updates) update(*change);
    for (const UserChange* change : users.updates) update(*change);
    create(groups.creates);
    create(users.creates);
    add_memberships(plan.memberships);
}

void PlanWriter::remove_listed(const std::vector<MembershipChange>& memberships) {
    for (const MembershipChange& change : memberships) {
        if (change.add || is_removed(change)) continue;
        remove_membership(change.group, change.user, change.reason);
    }
}

void PlanWriter::remove_membership(Node group, Node user, sync::Reason reason) {
    if (db_.run("DELETE FROM memberships WHERE group_id = ? AND user_id = ?", group, user) == 0) return;
    --memberships_added_;
    journal_.member_line(LineAction::remove_member, reason, group_name(group), user_name(user));
}

void PlanWriter::remove(const GroupChange& change) {
    {
        Query members =
            db_.query("SELECT user_id FROM memberships WHERE group_id = ? ORDER BY user_id", change.node);
        while (members.step()) {
            journal_.member_line(LineAction::remove_member, change.reason, group_name(change.node),
                                 user_name(static_cast<Node>(members->integer(0))));
            --memberships_added_;
        }
    }
    db_.run("DELETE FROM memberships WHERE group_id = ?", change.node);
    db_.run("DELETE FROM groups WHERE id = ?", change.node);
    --groups_added_;
    const sync::ChangeLine line = described(change);
    journal_.line(LineAction::remove, change.reason, group_name(change.node), line.before, line.after);
}

void PlanWriter::remove(const UserChange& change) {
    {
        Query groups =
            db_.query("SELECT group_id FROM memberships WHERE user_id = ? ORDER BY group_id", change.node);
        while (groups.step()) {
            journal_.member_line(LineAction::remove_member, change.reason,
                                 group_name(static_cast<Node>(groups->integer(0))), user_name(change.node));
            --memberships_added_;
        }
    }
    db_.run("DELETE FROM memberships WHERE user_id = ?", change.node);
    db_.run("DELETE FROM users WHERE id = ?", change.node);
    --users_added_;
    const sync::ChangeLine line = described(change);
    journal_.line(LineAction::remove, change.reason, user_name(change.node), line.before, line.after);
}

void PlanWriter::park_names(const Sorted<GroupChange>& groups, const Sorted<UserChange>& users) {
    for (const GroupChange* change : groups.updates) {
        db_.run("UPDATE groups SET name_key = 0 WHERE id = ? AND name_key NOT IN (0, ?)", change->node,
                sync::name_key(change->after.display_name));
    }
    for (const UserChange* change : users.updates) {
        db_.run("UPDATE users SET name_key = 0 WHERE id = ? AND name_key NOT IN (0, ?)", change->node,
                sync::name_key(change->after.user_name));
        db_.run("UPDATE users SET email_key = 0 WHERE id = ? AND email_key NOT IN (0, ?)", change->node,
                sync::name_key(change->after.email));
    }
}

void PlanWriter::update(const GroupChange& change) {
    const sync::GroupRow& row = change.after;
    db_.run(
        "UPDATE groups SET hash = ?, name_key = ?, scope = ?, out_since = ?, journal_name = ?, "
        "updated_at = ?, revision = revision + 1, external_id = ?, display_name = ?, description = ?, "
        "attributes = ? WHERE id = ?",
        hash_of(row), sync::name_key(row.display_name), static_cast<int>(row.scope), seconds(row.out_since),
        group_name(change.node), seconds(at_), row.external_id, row.display_name, row.description,
        sync::json_text(row.attributes), change.node);
    const sync::ChangeLine line = described(change);
    journal_.line(LineAction::update, change.reason, group_name(change.node), line.before, line.after);
}

void PlanWriter::update(const UserChange& change) {
    const sync::UserRow& row = change.after;
    db_.run(
        "UPDATE users SET hash = ?, name_key = ?, email_key = ?, status = ?, scope = ?, out_since = ?, "
        "journal_name = ?, updated_at = ?, revision = revision + 1, external_id = ?, user_name = ?, "
        "display_name = ?, given_name = ?, family_name = ?, middle_name = ?, email = ?, sid = ?, "
        "attributes = ? WHERE id = ?",
        hash_of(row), sync::name_key(row.user_name), sync::name_key(row.email), static_cast<int>(row.status),
        static_cast<int>(row.scope), seconds(row.out_since), user_name(change.node), seconds(at_),
        row.external_id, row.user_name, row.display_name, row.given_name, row.family_name, row.middle_name,
        row.email, row.sid, sync::json_text(row.attributes), change.node);
    const sync::ChangeLine line = described(change);
    journal_.line(LineAction::update, change.reason, user_name(change.node), line.before, line.after);
}

void PlanWriter::create(const std::vector<const GroupChange*>& creates) {
    SuspendedIndexes indexes(db_, "groups", creates.size());
    RowInsert insert(db_,
                     "INSERT INTO groups (id, hash, name_key, scope, out_since, journal_name, created_at, "
                     "updated_at, revision, group_id, external_id, display_name, description, attributes)",
                     14);
    for (const GroupChange* change : creates) {
        const sync::GroupRow& row = change->after;
        const NameRef name = group_name(change->node);
        insert.add(change->node, hash_of(row), sync::name_key(row.display_name), static_cast<int>(row.scope),
                   seconds(row.out_since), name, seconds(at_), seconds(at_), 1, to_text(change->id),
                   row.external_id, row.display_name, row.description, sync::json_text(row.attributes));
        const sync::ChangeLine line = described(*change);
        journal_.line(LineAction::create, change->reason, name, line.before, line.after);
    }
    insert.flush();
    groups_added_ += static_cast<std::int64_t>(creates.size());
    indexes.restore();
}

void PlanWriter::create(const std::vector<const UserChange*>& creates) {
    SuspendedIndexes indexes(db_, "users", creates.size());
    RowInsert insert(
        db_,
        "INSERT INTO users (id, hash, name_key, email_key, status, scope, out_since, journal_name, "
        "created_at, updated_at, revision, user_id, external_id, user_name, display_name, "
        "given_name, family_name, middle_name, email, sid, attributes)",
        21);
    for (const UserChange* change : creates) {
        const sync::UserRow& row = change->after;
        const NameRef name = user_name(change->node);
        insert.add(change->node, hash_of(row), sync::name_key(row.user_name), sync::name_key(row.email),
                   static_cast<int>(row.status), static_cast<int>(row.scope), seconds(row.out_since), name,
                   seconds(at_), seconds(at_), 1, to_text(change->id), row.external_id, row.user_name,
                   row.display_name, row.given_name, row.family_name, row.middle_name, row.email, row.sid,
                   sync::json_text(row.attributes));
        const sync::ChangeLine line = described(*change);
        journal_.line(LineAction::create, change->reason, name, line.before, line.after);
    }
    insert.flush();
    users_added_ += static_cast<std::int64_t>(creates.size());
    indexes.restore();
}

void PlanWriter::add_memberships(const std::vector<MembershipChange>& memberships) {
    std::vector<const MembershipChange*> additions;
    for (const MembershipChange& change : memberships) {
        if (change.add) additions.push_back(&change);
    }
    if (additions.empty()) return;
    const auto by_key = [](const MembershipChange* change) { return key_of(*change); };
    if (!std::ranges::is_sorted(additions, {}, by_key)) std::ranges::sort(additions, {}, by_key);
    const auto same = [](const MembershipChange* a, const MembershipChange* b) {
        return key_of(*a) == key_of(*b);
    };
    additions.erase(std::unique(additions.begin(), additions.end(), same), additions.end());

    SuspendedIndexes indexes(db_, "memberships", additions.size());
    RowInsert insert(db_, "INSERT INTO memberships (group_id, user_id)", 2);
    for (const MembershipChange* change : additions) {
        const NameRef group = group_name(change->group);
        const NameRef user = user_name(change->user);
        // Foreign keys may be off: see `checks_references`.
        if (group == 0 || user == 0 || is_removed(*change)) no_such_member(db_, *change);
        if (indexes.suspended()) {
            insert.add(change->group, change->user);
        } else if (db_.run("INSERT OR IGNORE INTO memberships (group_id, user_id) VALUES (?, ?)",
                           change->group, change->user) == 0) {
            continue;
        }
        ++memberships_added_;
        journal_.member_line(LineAction::add_member, change->reason, group, user);
    }
    insert.flush();
    indexes.restore();
}

}  // namespace dirsync::store
