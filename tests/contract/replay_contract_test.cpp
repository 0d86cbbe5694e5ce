#include <boost/json.hpp>

#include <map>
#include <random>
#include <set>

#include "store_fixture.hpp"

namespace dirsync::store::testing {
namespace {

namespace json = boost::json;

/// Users and groups by id and memberships, as a reader of v1_changes puts them together (semantics 5.10).
struct Replayed {
    std::map<std::string, json::object> users;
    std::map<std::string, json::object> groups;
    std::set<std::pair<std::string, std::string>> memberships;
    bool operator==(const Replayed&) const = default;
};

bool is_nothing(const json::value& value) {
    return value.is_null() || (value.is_string() && value.as_string().empty()) ||
           (value.is_object() && value.as_object().empty());
}

void put(json::object& object, json::string_view key, const json::value& value) {
    if (is_nothing(value)) {
        object.erase(key);
    } else {
        object[key] = value;
    }
}

void fold_line(Replayed& state, const std::vector<sync::Value>& row) {
    const std::string action = text_in(row[3]);
    const std::string id = text_in(row[5]);
    const auto object_in = [](const sync::Value& value) {
        return value.index() == 0 ? json::object() : json::parse(text_in(value)).as_object();
    };
    const json::object before = object_in(row[7]);
    const json::object after = object_in(row[8]);
    auto& objects = text_in(row[4]) == "USER" ? state.users : state.groups;
    if (action == "create") {
        EXPECT_EQ(row[7].index(), 0U) << "nothing was before";
        EXPECT_TRUE(objects.emplace(id, after).second) << id << " was there already";
    } else if (action == "update") {
        ASSERT_TRUE(objects.contains(id));
        EXPECT_FALSE(after.empty());
        json::object& object = objects[id];
        for (const auto& item : before) {
            const json::value* current = object.if_contains(item.key());
            EXPECT_EQ(current == nullptr ? json::value() : *current,
                      is_nothing(item.value()) ? json::value() : item.value());
        }
        for (const auto& item : after) put(object, item.key(), item.value());
    } else if (action == "delete") {
        EXPECT_EQ(row[8].index(), 0U) << "nothing is after";
        ASSERT_TRUE(objects.contains(id));
        EXPECT_EQ(objects[id], before);
        objects.erase(id);
        for (const auto& [group, user] : state.memberships) {
            EXPECT_TRUE(group != id && user != id) << "a membership outlives its end";
        }
    } else if (action == "add_member") {
        const std::string user(after.at("user_id").as_string());
        EXPECT_TRUE(state.groups.contains(id) && state.users.contains(user));
        EXPECT_TRUE(state.memberships.emplace(id, user).second);
    } else {
        EXPECT_EQ(action, "remove_member");
        EXPECT_EQ(state.memberships.erase({id, std::string(before.at("user_id").as_string())}), 1U);
    }
}

Replayed replayed(sync::IdentityStore& store) {
    Replayed state;
    std::int64_t last = 0;
    const sync::Rows changes = *store.query(view("v1_changes"));
    for (const auto& row : changes.rows) {
        EXPECT_GT(std::get<std::int64_t>(row[0]), last) << "seq strictly rises";
        last = std::get<std::int64_t>(row[0]);
        fold_line(state, row);
    }
    return state;
}

json::object object_of(const sync::Rows& rows, const std::vector<sync::Value>& row) {
    json::object out;
    const std::set<std::string> unwritten{"user_id", "group_id", "created_at", "updated_at", "revision"};
    for (std::size_t i = 0; i < row.size(); ++i) {
        const std::string& name = rows.columns[i];
        if (unwritten.contains(name) || row[i].index() == 0) continue;
        put(out, name, name == "attributes" ? json::parse(text_in(row[i])) : json::value(text_in(row[i])));
    }
    return out;
}

Replayed shown(sync::IdentityStore& store) {
    Replayed state;
    const sync::Rows users = *store.query(view("v1_users"));
    for (const auto& row : users.rows) state.users.emplace(text_in(row[0]), object_of(users, row));
    const sync::Rows groups = *store.query(view("v1_groups"));
    for (const auto& row : groups.rows) state.groups.emplace(text_in(row[0]), object_of(groups, row));
    const sync::Rows memberships = *store.query(view("v1_memberships"));
    for (const auto& row : memberships.rows) {
        state.memberships.emplace(text_in(row[0]), text_in(row[1]));
    }
    return state;
}

/// Random plans that are legal: names are unique in the final state, and handed on as it comes.
class PlanSource {
public:
    explicit PlanSource(std::uint32_t seed) : random_(seed) {}

    sync::Plan next() {
        sync::Plan plan;
        const auto old_users = users_;
        const auto old_groups = groups_;
        const auto old_members = members_;
        change(users_, 0, 12, [](Node node, const std::string& name) { return a_user(node, name); });
        change(groups_, 100, 105, [](Node node, const std::string& name) { return a_group(node, name); });
        vary();
        std::erase_if(members_, [this](const Edge& edge) {
            return !groups_.contains(edge.group) || !users_.contains(edge.member);
        });
        for (const auto& [group, group_row] : groups_) {
            for (const auto& [user, user_row] : users_) {
                if (!chance(5)) continue;
                const Edge edge{group, user};
                if (members_.erase(edge) == 0) members_.insert(edge);
            }
        }
        list(plan.users, old_users, users_);
        list(plan.groups, old_groups, groups_);
        for (const Edge& edge : old_members) {
            const bool goes_along = !groups_.contains(edge.group) || !users_.contains(edge.member);
            if (!members_.contains(edge) && (!goes_along || chance(3))) {
                plan.memberships.push_back(member_removed(edge.group, edge.member));
            }
        }
        for (const Edge& edge : members_) {
            if (!old_members.contains(edge))
                plan.memberships.push_back(member_added(edge.group, edge.member));
        }
        std::ranges::shuffle(plan.users, random_);
        std::ranges::shuffle(plan.groups, random_);
        std::ranges::shuffle(plan.memberships, random_);
        return plan;
    }

private:
    bool chance(int one_in) { return std::uniform_int_distribution(1, one_in)(random_) == 1; }

    // A new set of rows in which each name of a small pool is given to at most one.
    template <class Rows, class Make>
    void change(Rows& rows, Node first, Node last, Make make) {
        std::vector<std::string> pool;
        for (Node node = first; node < last + 3; ++node)
            pool.push_back("name-\xc3\xa9-\"" + std::to_string(node));
        std::ranges::shuffle(pool, random_);
        std::set<std::string> kept;
        for (Node node = first; node < last; ++node) {
            if (!rows.contains(node) || names_[node].empty()) continue;
            if (chance(4))
                rows.erase(node);
            else if (!chance(3))
                kept.insert(names_[node]);
            else
                names_[node].clear();
        }
        std::erase_if(pool, [&kept](const std::string& name) { return kept.contains(name); });
        for (Node node = first; node < last; ++node) {
            const bool renamed = rows.contains(node) && names_[node].empty();
            if (!renamed && (rows.contains(node) || !chance(2))) continue;
            names_[node] = pool.back();
            pool.pop_back();
            rows[node] = make(node, names_[node]);
        }
    }

    void vary() {
        for (auto& [node, row] : users_) {
            if (chance(4)) row.status = chance(2) ? sync::Status::enabled : sync::Status::disabled;
            if (chance(4)) row.attributes = {{"department", std::string(chance(2) ? "Sales" : "R&D \"x\"")}};
            if (chance(6)) row.middle_name = chance(2) ? "" : "M.";
        }
        for (auto& [node, row] : groups_) {
            if (!chance(4)) continue;
            row.scope = row.out_since ? sync::ScopeState::in : sync::ScopeState::out;
            row.out_since = row.out_since ? std::nullopt : std::optional(noon);
        }
    }

    template <class Change, class Rows>
    static void list(std::vector<Change>& changes, const Rows& before, const Rows& after) {
        for (const auto& [node, row] : before) {
            const auto found = after.find(node);
            if (found == after.end())
                changes.push_back(removed(node, row));
            else if (found->second != row)
                changes.push_back(updated(node, row, found->second));
        }
        for (const auto& [node, row] : after) {
            if (!before.contains(node)) changes.push_back(created(node, row));
        }
    }

    std::mt19937 random_;
    std::map<Node, sync::UserRow> users_;
    std::map<Node, sync::GroupRow> groups_;
    std::map<Node, std::string> names_;
    std::set<Edge> members_;
};

class ReplayContract : public StoreContract {};

// semantics 5.10: whoever follows the journal from its first line has the store.
TEST_P(ReplayContract, TheJournalReplaysToTheStore) {
    for (std::uint32_t seed = 1; seed <= 3; ++seed) {
        SCOPED_TRACE(seed);
        store_.reset();
        folder_.clear();
        open();
        PlanSource plans(seed);
        for (int step = 0; step < 25; ++step) {
            SCOPED_TRACE(step);
            apply(plans.next(), noon + Duration{step});
            if (step % 6 == 5) reopen();
            ASSERT_EQ(replayed(store()), shown(store()));
        }
        EXPECT_GT(lines().size(), 300U) << "the plans are worth the test";
    }
}

DIRSYNC_FOR_EVERY_STORE(ReplayContract);

// Both stores tell the same, line by line and row by row; the simple one is the measure.
TEST(StoresAgree, OnEveryViewAfterEveryPlan) {
    for (std::uint32_t seed = 100; seed < 103; ++seed) {
        SCOPED_TRACE(seed);
        const TempFolder folder;
        const auto memory = make_memory_store([] { return noon; });
        const auto sqlite = open_store(folder.file("identity.db"));
        PlanSource plans(seed);
        for (int step = 0; step < 25; ++step) {
            SCOPED_TRACE(step);
            const sync::Plan plan = plans.next();
            const sync::Commit commit = commit_of(plan, 0, noon + Duration{step});
            ASSERT_TRUE(memory->commit(commit));
            const auto done = sqlite->commit(commit);
            ASSERT_TRUE(done) << done.error().message();
            for (const auto* order : {"v1_users user_id", "v1_groups group_id", "v1_changes seq"}) {
                const std::string text(order);
                const auto blank = text.find(' ');
                const auto query = [&] { return view(text.substr(0, blank)).by(text.substr(blank + 1)); };
                sync::Rows expected = *memory->query(query());
                sync::Rows found = *sqlite->query(query());
                for (auto* rows : {&expected, &found}) {
                    // Run ids are random in part.
                    if (text.starts_with("v1_changes"))
                        for (auto& row : rows->rows) row[1] = {};
                }
                ASSERT_EQ(found.rows, expected.rows) << order;
            }
            ASSERT_EQ(shown(*sqlite), shown(*memory));
        }
        EXPECT_TRUE(sqlite->check_integrity());
    }
}

}  // namespace
}  // namespace dirsync::store::testing
