#include <algorithm>
#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/property/random_history.hpp"

namespace dirsync::testing {
namespace {

using sync::EntryKind;

/// What semantics.md says of scope and memberships, computed the slow and obvious way from the model itself.
class Oracle {
public:
    explicit Oracle(SyncBench& bench) : objects_(bench.directory.objects()), scope_(bench.settings.scope) {}

    bool excluded(const ObjectGuid& guid, const std::vector<sync::ScopeName>& names) const {
        return std::any_of(names.begin(), names.end(), [&](const auto& name) { return name.guid == guid; });
    }
    std::set<ObjectGuid> direct_members(const ObjectGuid& group) const {
        std::set<ObjectGuid> members = objects_.at(group).members;
        if (scope_.primary_group) {
            for (const auto& [guid, object] : objects_) {
                if (object.kind == EntryKind::user && object.primary_group != 0 &&
                    object.primary_group == objects_.at(group).rid) {
                    members.insert(guid);
                }
            }
        }
        return members;
    }
    void descend(const ObjectGuid& group, std::set<ObjectGuid>& groups, std::set<ObjectGuid>& users) const {
        if (excluded(group, scope_.exclude_groups) || !groups.insert(group).second) return;
        for (const auto& member : direct_members(group)) {
            if (objects_.at(member).kind == EntryKind::group) {
                descend(member, groups, users);
            } else if (objects_.at(member).kind == EntryKind::user &&
                       !excluded(member, scope_.exclude_users)) {
                users.insert(member);
            }
        }
    }
    std::set<ObjectGuid> reached_groups() const {
        std::set<ObjectGuid> groups;
        std::set<ObjectGuid> users;
        for (const auto& name : scope_.groups) {
            if (objects_.contains(name.guid)) descend(name.guid, groups, users);
        }
        return groups;
    }
    std::set<ObjectGuid> users_of(const ObjectGuid& group) const {
        std::set<ObjectGuid> groups;
        std::set<ObjectGuid> users;
        if (scope_.flatten) {
            descend(group, groups, users);
            return users;
        }
        for (const auto& member : direct_members(group)) {
            if (objects_.at(member).kind == EntryKind::user && !excluded(member, scope_.exclude_users))
                users.insert(member);
        }
        return users;
    }
    std::set<ObjectGuid> users_in_scope() const {
        std::set<ObjectGuid> users;
        std::set<ObjectGuid> groups;
        for (const auto& name : scope_.groups) {
            if (objects_.contains(name.guid)) descend(name.guid, groups, users);
        }
        for (const auto& [guid, object] : objects_) {
            if (object.kind != EntryKind::user || excluded(guid, scope_.exclude_users)) continue;
            bool in = excluded(guid, scope_.users);
            ObjectGuid at = object.parent;
            for (int depth = 0; !at.is_nil() && depth < 20; ++depth) {
                in |= excluded(at, scope_.organizational_units);
                at = objects_.at(at).parent;
            }
            const auto department = object.attributes.find("department");
            in |= !scope_.user_filters.empty() && department != object.attributes.end() &&
                  department->second == "d1";
            if (in) users.insert(guid);
        }
        return users;
    }

private:
    const std::map<ObjectGuid, ModelDirectory::Object>& objects_;
    const sync::ScopeSettings& scope_;
};

void lift_guards(SyncBench& bench) {
    const sync::GuardLimit none{1'000'000, 1000};
    bench.settings.safety = {none, none, none, none, none, none, std::nullopt, std::nullopt};
}

void expect_store_is_what_the_oracle_says(SyncBench& bench, const std::string& where) {
    const Oracle oracle(bench);
    std::map<std::string, std::string> in_scope;  // external id -> user_name
    std::set<std::string> errors;
    for (auto& row : bench.rows("v1_entity_errors")) errors.insert(row["external_id"]);
    for (const auto& [name, row] : bench.users()) {
        if (row.at("scope") != "out") in_scope[row.at("external_id")] = name;
    }
    std::set<std::string> expected;
    for (const auto& guid : oracle.users_in_scope()) {
        const std::string id = to_text(guid);
        if (!errors.contains(id) || in_scope.contains(id)) expected.insert(id);
    }
    std::set<std::string> actual;
    for (const auto& [id, name] : in_scope) actual.insert(id);
    ASSERT_EQ(actual, expected) << where;

    std::map<std::string, std::string> group_names;
    for (const auto& [name, row] : bench.groups()) {
        if (row.at("scope") != "out") group_names[row.at("external_id")] = name;
    }
    std::set<std::pair<std::string, std::string>> memberships;
    for (const auto& pair : bench.memberships()) {
        const bool is_in = std::any_of(group_names.begin(), group_names.end(),
                                       [&](const auto& entry) { return entry.second == pair.first; });
        if (is_in) memberships.insert(pair);
    }
    std::set<std::pair<std::string, std::string>> desired;
    for (const auto& group : oracle.reached_groups()) {
        const auto group_name = group_names.find(to_text(group));
        if (group_name == group_names.end()) {
            ASSERT_TRUE(errors.contains(to_text(group))) << where;
            continue;
        }
        for (const auto& user : oracle.users_of(group)) {
            const auto user_name = in_scope.find(to_text(user));
            if (user_name != in_scope.end()) desired.emplace(group_name->second, user_name->second);
        }
    }
    ASSERT_EQ(memberships, desired) << where;
}

/// Each name belongs to one row, and only a name that somebody else has may be missing: a userName costs the
/// newcomer its row or its rename, an e-mail costs the e-mail (semantics 3.5).
void expect_names_are_owned_by_somebody(SyncBench& bench, const std::string& where) {
    const Oracle oracle(bench);
    std::map<std::string, SyncBench::Row> rows;  // by external id
    std::map<std::string, std::string> name_owners;
    std::map<std::string, std::string> mail_owners;
    for (const auto& [name, row] : bench.users()) {
        const std::string& id = row.at("external_id");
        rows[id] = row;
        name_owners[name] = id;
        if (const std::string& mail = row.at("email"); !mail.empty()) {
            ASSERT_TRUE(mail_owners.emplace(mail, id).second) << where << ": two have " << mail;
        }
    }
    std::map<std::string, std::string> errors;
    for (auto& row : bench.rows("v1_entity_errors")) errors[row["external_id"]] = row["message"];
    for (const auto& guid : oracle.users_in_scope()) {
        const std::string id = to_text(guid);
        const auto& object = bench.directory.object(guid);
        const std::string name = object.name + "@corp.example.com";
        const auto mail = object.attributes.find("mail");
        const std::string wanted = mail == object.attributes.end() ? std::string() : mail->second;
        const bool has_name = rows.contains(id) && rows[id]["user_name"] == name;
        if (!has_name) {
            ASSERT_TRUE(errors.contains(id) && name_owners.contains(name)) << where << ": " << name;
            continue;
        }
        if (rows[id]["email"] == wanted) {
            ASSERT_FALSE(errors.contains(id)) << where << ": " << errors[id];
            continue;
        }
        ASSERT_TRUE(errors.contains(id) && mail_owners.contains(wanted)) << where << ": " << wanted;
        ASSERT_NE(mail_owners[wanted], id) << where;
    }
}

std::string text_of(const sync::CycleReport& report) {
    std::string text;
    for (const auto& line : report.lines) {
        text += "\n  " + std::string(sync::text_of(line.action)) + " " + line.name + " " + line.before +
                " -> " + line.after + " (" + line.reason + ")";
    }
    return text;
}

std::string text_of(SyncBench& bench) {
    std::string text;
    for (auto& row : bench.rows("v1_entity_errors"))
        text += "\n  error " + row["name"] + " " + row["message"];
    const auto changes = bench.rows("v1_changes", "seq");
    for (std::size_t i = changes.size() - std::min<std::size_t>(changes.size(), 8); i < changes.size(); ++i) {
        text += "\n  before that: " + changes[i].at("action") + " " + changes[i].at("name") + " " +
                changes[i].at("before") + " -> " + changes[i].at("after");
    }
    return text;
}

/// For any history: a second plan is empty, a plan from scratch is empty, and the store is what the rules
/// say.
std::vector<std::string> scope_edits(const std::vector<sync::Hold>& holds) {
    std::vector<std::string> ids;
    for (const auto& hold : holds) {
        if (hold.hold == sync::HoldClass::scope_edit) ids.push_back(hold.id);
    }
    return ids;
}

void run_history(SyncBench& bench, std::uint32_t seed, int steps) {
    lift_guards(bench);
    RandomHistory history(bench, seed, false);
    for (int step = 0; step < steps; ++step) {
        const std::string where = "seed " + std::to_string(seed) + " step " + std::to_string(step);
        const auto changes = 1 + history.draw(4);
        for (std::uint32_t i = 0; i < changes; ++i) history.step();
        bench.directory.shuffle_with(seed + static_cast<std::uint32_t>(step));
        if (history.draw(6) == 0) bench.restart();
        if (history.draw(8) == 0) {
            const auto before = bench.users();
            const auto memberships = bench.memberships();
            bench.directory.fail_after(history.draw(10));
            if (bench.cycle().error) {
                ASSERT_EQ(bench.users(), before) << where;
                ASSERT_EQ(bench.memberships(), memberships) << where;
            }
        }
        if (history.draw(10) == 0) bench.directory.refuse_cookies();
        auto report = bench.cycle();
        ASSERT_FALSE(report.error.has_value()) << where << ": " << report.error->message();
        // Whoever leaves by an edit with a filter that matches nobody waits for a person (2.10), who agrees
        // here.
        if (const auto edits = scope_edits(report.holds); !edits.empty()) report = bench.cycle(false, edits);
        ASSERT_FALSE(report.error.has_value()) << where << ": " << report.error->message();
        for (const bool full : {false, true}) {
            const auto again = bench.dry_run(full);
            ASSERT_FALSE(again.error.has_value()) << where << ": " << again.error->message();
            ASSERT_EQ(again.changes, 0u)
                << where << (full ? " full:" : " incremental:") << text_of(again) << text_of(bench);
        }
        expect_store_is_what_the_oracle_says(bench, where);
        expect_names_are_owned_by_somebody(bench, where);
        if (::testing::Test::HasFatalFailure()) return;
    }
}

std::uint32_t first_seed() {
    const char* given = std::getenv("DIRSYNC_SEED");
    return given != nullptr ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10)) : 1;
}

using Following = ModelDirectory::Following;

/// However the changes are found, whole or one by one: the same store (semantics 6.1).
class History : public ::testing::TestWithParam<Following> {};
std::string name_of(const ::testing::TestParamInfo<Following>& following) {
    return following.param == Following::none      ? "whole"
           : following.param == Following::dirsync ? "dirsync"
                                                   : "usn";
}
INSTANTIATE_TEST_SUITE_P(Reads, History,
                         ::testing::Values(Following::none, Following::dirsync, Following::usn), &name_of);

TEST_P(History, LeadsToWhatTheRulesSay) {
    const int histories =
        std::getenv("DIRSYNC_HISTORIES") != nullptr ? std::atoi(std::getenv("DIRSYNC_HISTORIES")) : 40;
    for (int i = 0; i < histories; ++i) {
        SyncBench bench(store::make_memory_store());
        bench.directory.follow(GetParam());
        run_history(bench, first_seed() + static_cast<std::uint32_t>(i), 40);
        if (HasFatalFailure()) return;
        ASSERT_EQ(bench.directory.change_reads() > 20, GetParam() != Following::none)
            << "they were not followed";
    }
}

/// Nobody is removed without a tombstone, however many reads break and rights are lost (semantics 5.2).
TEST_P(History, NobodyIsRemovedWithoutProof) {
    for (std::uint32_t seed = 1000; seed < 1020; ++seed) {
        SyncBench bench(store::make_memory_store());
        bench.directory.follow(GetParam());
        lift_guards(bench);
        RandomHistory history(bench, seed, true);
        for (int step = 0; step < 40; ++step) {
            const auto before = bench.users();
            for (int i = 0; i < 3; ++i) history.step();
            bench.cycle();
            std::set<std::string> still;
            for (const auto& [name, row] : bench.users()) still.insert(row.at("external_id"));
            for (const auto& [name, row] : before) {
                if (still.contains(row.at("external_id"))) continue;
                const auto guid = parse<ObjectGuid>(row.at("external_id"));
                ASSERT_FALSE(bench.directory.objects().contains(*guid))
                    << "seed " << seed << " step " << step << " " << name;
            }
        }
    }
}

}  // namespace
}  // namespace dirsync::testing
