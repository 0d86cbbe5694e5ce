#include <algorithm>
#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

namespace dirsync::testing {
namespace {

using sync::EntryKind;

/// An admin and a directory that change things at random, drawn from one seed.
class RandomHistory {
public:
    /// `with_lost_rights`: objects become invisible and visible again.
    RandomHistory(SyncBench& bench, std::uint32_t seed, bool with_lost_rights)
        : bench_(bench), ad_(bench.directory), random_(seed), with_lost_rights_(with_lost_rights) {
        for (int i = 0; i < 4; ++i)
            containers_.push_back(ad_.add(EntryKind::container, "ou" + std::to_string(i)).guid);
        for (int i = 0; i < 8; ++i) add_user();
        for (int i = 0; i < 5; ++i) add_group();
        for (int i = 0; i < 20; ++i) link();
        draw_scope();
    }

    void step() {
        switch (draw(20)) {
            case 0:
                add_user();
                break;
            case 1:
                add_group();
                break;
            case 2:
                remove();
                break;
            case 3:
                vanish_or_return();
                break;
            case 4:
                rename();
                break;
            case 5:
                swap_names();
                break;
            case 6:
                move();
                break;
            case 7:
                toggle_disabled();
                break;
            case 8:
                change_mail();
                break;
            case 9:
                change_department();
                break;
            case 10:
                set_primary_group();
                break;
            case 11:
                undelete();
                break;
            case 12:
                bench_.now += Duration(static_cast<std::int64_t>(draw(20)) * 86400);
                break;
            case 13:
                set_expiry();
                break;
            case 14:
                unlink();
                break;
            default:
                link();
                break;
        }
        if (draw(25) == 0) draw_scope();
    }

    void draw_scope() {
        auto& scope = bench_.settings.scope;
        scope = {};
        for (int i = 0; i < 2; ++i) {
            if (auto* group = any(EntryKind::group)) scope.groups.push_back(name_of(*group));
        }
        if (draw(2) == 0) {
            if (auto* user = any(EntryKind::user)) scope.users.push_back(name_of(*user));
        }
        if (draw(2) == 0) {
            scope.organizational_units.push_back(
                scope_name("guid:" + to_text(containers_[draw(containers_.size())])));
        }
        if (draw(3) == 0) {
            if (auto* user = any(EntryKind::user)) scope.exclude_users.push_back(name_of(*user));
        }
        if (draw(3) == 0) {
            if (auto* group = any(EntryKind::group)) scope.exclude_groups.push_back(name_of(*group));
        }
        if (draw(3) == 0) {
            scope.user_filters.push_back({"corp.example.com", *sync::Filter::parse("(department=d1)")});
        }
        scope.flatten = draw(4) != 0;
        scope.primary_group = draw(4) != 0;
    }

    std::uint32_t draw(std::size_t below) { return static_cast<std::uint32_t>(random_() % below); }

private:
    static sync::ScopeName name_of(const ModelDirectory::Object& object) {
        return scope_name("guid:" + to_text(object.guid));
    }
    ModelDirectory::Object* any(EntryKind kind) {
        std::vector<ModelDirectory::Object*> found;
        for (auto& [guid, object] : ad_.objects()) {
            if (object.kind == kind) found.push_back(&object);
        }
        return found.empty() ? nullptr : found[draw(found.size())];
    }
    // Few names, so that they are contested.
    std::string some_name() { return "n" + std::to_string(draw(14)); }
    void add_user() {
        if (ad_.objects().size() > 60) return;
        auto& user = ad_.add_user(some_name());
        user.attributes["mail"] = "m" + std::to_string(draw(30)) + "@example.com";
        user.attributes["department"] = "d" + std::to_string(draw(3));
        user.parent = containers_[draw(containers_.size())];
    }
    void add_group() {
        if (ad_.objects().size() > 60) return;
        ad_.add_group("g" + std::to_string(draw(12)));
    }
    void link() {
        auto* group = any(EntryKind::group);
        auto* member = any(draw(3) == 0 ? EntryKind::group : EntryKind::user);
        if (group != nullptr && member != nullptr) group->members.insert(member->guid);
    }
    void unlink() {
        auto* group = any(EntryKind::group);
        if (group == nullptr || group->members.empty()) return;
        auto at = group->members.begin();
        std::advance(at, draw(group->members.size()));
        group->members.erase(at);
    }
    void remove() {
        auto* object = any(draw(3) == 0 ? EntryKind::group : EntryKind::user);
        if (object == nullptr) return;
        deleted_.push_back(*object);
        ad_.remove(object->guid);
    }
    void undelete() {
        if (deleted_.empty()) return;
        auto object = deleted_.back();
        deleted_.pop_back();
        object.parent = ObjectGuid{};
        ad_.undelete(object);
    }
    void vanish_or_return() {
        auto* object = any(draw(3) == 0 ? EntryKind::group : EntryKind::user);
        if (with_lost_rights_ && object != nullptr) object->visible = !object->visible;
    }
    void rename() {
        auto* object = any(draw(3) == 0 ? EntryKind::group : EntryKind::user);
        if (object != nullptr)
            object->name = object->kind == EntryKind::user ? some_name() : "g" + std::to_string(draw(12));
    }
    void swap_names() {
        auto* a = any(EntryKind::user);
        auto* b = any(EntryKind::user);
        if (a != nullptr && b != nullptr) std::swap(a->name, b->name);
    }
    void move() {
        if (auto* user = any(EntryKind::user)) user->parent = containers_[draw(containers_.size())];
        if (draw(3) == 0) ad_.object(containers_[0]).parent = draw(2) == 0 ? ObjectGuid{} : containers_[1];
    }
    void toggle_disabled() {
        if (auto* user = any(EntryKind::user)) user->disabled = !user->disabled;
    }
    void change_mail() {
        if (auto* user = any(EntryKind::user))
            user->attributes["mail"] = "m" + std::to_string(draw(30)) + "@example.com";
    }
    void change_department() {
        if (auto* user = any(EntryKind::user)) user->attributes["department"] = "d" + std::to_string(draw(3));
    }
    void set_primary_group() {
        auto* user = any(EntryKind::user);
        auto* group = any(EntryKind::group);
        if (user != nullptr && group != nullptr) user->primary_group = draw(2) == 0 ? 0 : group->rid;
    }
    void set_expiry() {
        auto* user = any(EntryKind::user);
        if (user == nullptr) return;
        const auto in_days = static_cast<std::int64_t>(draw(60)) - 20;
        user->expires = draw(3) == 0 ? sync::never_expires
                                     : (bench_.now + Duration(in_days * 86400)).time_since_epoch().count();
    }

    SyncBench& bench_;
    ModelDirectory& ad_;
    std::mt19937 random_;
    bool with_lost_rights_;
    std::vector<ObjectGuid> containers_;
    std::vector<ModelDirectory::Object> deleted_;
};

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
