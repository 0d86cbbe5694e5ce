#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory/store.hpp"
#include "tests/support/sync_bench.hpp"

// Names that are contested, and names that hide something.
namespace dirsync::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using Following = ModelDirectory::Following;

std::string at(const std::string& name) { return name + "@corp.example.com"; }

class Names : public ::testing::Test {
protected:
    SyncBench bench{store::make_memory_store()};
    ModelDirectory& ad = bench.directory;
    ObjectGuid staff = ad.add_group("staff").guid;

    Names() {
        ad.follow(Following::usn);
        bench.settings.scope.groups = {scope_name(at("staff"))};
    }
    ObjectGuid hire(const std::string& name, const std::string& mail = "") {
        const ObjectGuid guid = ad.add_user(name).guid;
        if (!mail.empty()) ad.object(guid).attributes["mail"] = mail;
        ad.object(staff).members.insert(guid);
        return guid;
    }
    std::string mail(const std::string& name) { return bench.users().at(at(name))["email"]; }
    std::vector<SyncBench::Row> errors() { return bench.rows("v1_entity_errors"); }
    void expect_settled() {
        EXPECT_FALSE(bench.cycle().wrote);
        EXPECT_FALSE(bench.cycle(true).wrote);
    }
};

TEST_F(Names, AContestedAddressCostsTheAddress) {  // semantics 3.5
    hire("alice", "a@example.com");
    bench.cycle();
    const auto anna = hire("anna", "A@EXAMPLE.com");
    EXPECT_EQ(bench.cycle().exit_code(false), 0);
    EXPECT_EQ(mail("anna"), "");
    EXPECT_TRUE(bench.memberships().contains({at("staff"), at("anna")}));
    ASSERT_EQ(errors().size(), 1u);
    EXPECT_EQ(errors()[0]["code"], "ConflictError");
    EXPECT_EQ(errors()[0]["name"], at("anna"));
    EXPECT_THAT(errors()[0]["message"], HasSubstr("email 'A@EXAMPLE.com' belongs to '" + at("alice")));
    EXPECT_THAT(
        errors()[0]["message"],
        EndsWith(": the user is synced without an e-mail; change one of the two addresses in the directory"));
    expect_settled();
    // Everything else of her goes on.
    ad.object(anna).attributes["displayName"] = "Anna";
    ad.object(anna).disabled = true;
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("anna"))["display_name"], "Anna");
    EXPECT_EQ(bench.users().at(at("anna"))["status"], "DISABLED");
    // Mended: the error goes, and the address comes.
    ad.object(anna).attributes["mail"] = "anna@example.com";
    bench.cycle();
    EXPECT_TRUE(errors().empty());
    EXPECT_EQ(mail("anna"), "anna@example.com");
}

TEST_F(Names, WhoeverHasAnotherAddressKeepsIt) {  // semantics 3.5
    hire("alice", "a@example.com");
    const auto anna = hire("anna", "anna@example.com");
    bench.cycle();
    ad.object(anna).attributes["mail"] = "a@example.com";
    ad.object(anna).attributes["sn"] = "Smith";
    const auto late = hire("late", "anna@example.com");
    bench.cycle();
    EXPECT_EQ(mail("anna"), "anna@example.com");
    EXPECT_EQ(bench.users().at(at("anna"))["family_name"], "Smith");
    EXPECT_EQ(mail("late"), "") << "it is anna's for as long as she has no other";
    EXPECT_EQ(errors().size(), 2u);
    EXPECT_THAT(errors()[0]["message"] + errors()[1]["message"],
                HasSubstr(": the user keeps its former e-mail; change one of the two"));
    expect_settled();
    ad.remove(ad.find("alice")->guid);
    bench.cycle();
    EXPECT_EQ(mail("anna"), "a@example.com");
    EXPECT_EQ(mail("late"), "anna@example.com") << to_text(late);
    EXPECT_TRUE(errors().empty());
    expect_settled();
}

TEST_F(Names, AddressesSwapAndMoveOn) {  // semantics 3.5
    const auto a = hire("a", "a@example.com");
    const auto b = hire("b", "b@example.com");
    bench.cycle();
    ad.object(a).attributes["mail"] = "b@example.com";
    ad.object(b).attributes["mail"] = "a@example.com";
    bench.cycle();
    EXPECT_EQ(mail("a"), "b@example.com");
    EXPECT_EQ(mail("b"), "a@example.com");
    ad.object(a).attributes["mail"] = "c@example.com";
    ad.object(b).attributes["mail"] = "b@example.com";
    hire("c", "a@example.com");
    bench.cycle();
    EXPECT_EQ(mail("a"), "c@example.com");
    EXPECT_EQ(mail("b"), "b@example.com");
    EXPECT_EQ(mail("c"), "a@example.com");
    EXPECT_TRUE(errors().empty());
}

TEST_F(Names, AContestedNameKeepsTheNewcomerOut) {  // semantics 3.5
    hire("alice", "a@example.com");
    bench.cycle();
    const auto twin = hire("twin", "twin@example.com");
    ad.object(twin).attributes["userPrincipalName"] = "ALICE@corp.example.com";
    hire("other", "twin@example.com");
    bench.cycle();
    EXPECT_EQ(bench.users().size(), 2u);
    EXPECT_EQ(mail("other"), "twin@example.com") << "whoever is kept out wants no address";
    ASSERT_EQ(errors().size(), 1u);
    EXPECT_THAT(errors()[0]["message"], HasSubstr("userName 'ALICE@corp.example.com' belongs to"));
    EXPECT_THAT(errors()[0]["message"],
                EndsWith(": the user is not created; change one of the two names in the directory"));
    expect_settled();
}

TEST_F(Names, OfSeveralNewcomersAnEnabledOneGoesFirst) {  // semantics 3.5
    for (const std::uint32_t seed : {1u, 2u, 3u}) {
        for (const bool some_enabled : {true, false}) {
            SyncBench other(store::make_memory_store());
            auto& group = other.directory.add_group("staff");
            std::map<ObjectGuid, std::string> names;
            for (const std::string name : {"x", "y", "z"}) {
                auto& user = other.directory.add_user(name);
                user.attributes["userPrincipalName"] = at("same");
                user.attributes["mail"] = "same@example.com";
                names[user.guid] = name;
                group.members.insert(user.guid);
            }
            const ObjectGuid first = some_enabled ? names.rbegin()->first : names.begin()->first;
            for (const auto& [guid, name] : names)
                other.directory.object(guid).disabled = !some_enabled || guid != first;
            other.directory.shuffle_with(seed);
            other.settings.scope.groups.push_back(scope_name(at("staff")));
            other.cycle();
            ASSERT_EQ(other.users().size(), 1u);
            EXPECT_EQ(other.users().begin()->second["external_id"], to_text(first));
            for (const auto& [guid, name] : names) {
                auto& user = other.directory.object(guid);
                user.attributes["userPrincipalName"] = at(name);
                user.disabled = false;
            }
            other.cycle();
            EXPECT_EQ(other.users().size(), 3u);
            EXPECT_EQ(other.users().at(at(names.at(first)))["email"], "same@example.com")
                << "the owner keeps it";
        }
    }
}

TEST_F(Names, ThatHideSomethingAreRefused) {  // semantics 3.8
    hire("alice");
    const auto twin = hire("twin");
    ad.object(twin).attributes["userPrincipalName"] = "ali\u00adce@corp.example.com";
    const auto hidden = ad.add_group("te\u202eam").guid;
    ad.object(staff).members.insert(hidden);
    bench.cycle();
    EXPECT_EQ(bench.users().size(), 1u);
    EXPECT_EQ(bench.groups().size(), 1u);
    std::string messages;
    ASSERT_EQ(errors().size(), 2u);
    for (auto& error : errors()) {
        EXPECT_EQ(error["code"], "InvalidValue");
        messages += error["message"];
    }
    EXPECT_THAT(messages, HasSubstr("userName holds U+00AD at character 4"));
    EXPECT_THAT(messages, HasSubstr("displayName holds U+202E at character 3"));
    // Whom the store has stays, and no leaver hides behind it.
    const auto alice = ad.find("alice")->guid;
    ad.object(alice).attributes["userPrincipalName"] = "al\u200bice@corp.example.com";
    ad.object(alice).disabled = true;
    bench.cycle();
    EXPECT_EQ(bench.users().at(at("alice"))["status"], "DISABLED");
}

TEST_F(Names, OfAllScriptsAreLegal) {  // semantics 3.8
    const auto user = hire("user");
    for (const std::string name :
         {"\uff55\uff53\uff45\uff52", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
          "\u0915\u094d\u200d\u0937"}) {
        ad.object(user).attributes["userPrincipalName"] = at(name);
        bench.cycle();
        EXPECT_TRUE(bench.users().contains(at(name))) << name;
        EXPECT_TRUE(errors().empty());
    }
}

TEST_F(Names, AnAddressHasAnEnd) {  // semantics 3.8
    hire("short", std::string(308, 'a') + "@example.com");
    hire("long", std::string(309, 'b') + "@example.com");
    bench.cycle();
    EXPECT_EQ(bench.users().size(), 1u);
    ASSERT_EQ(errors().size(), 1u);
    EXPECT_EQ(errors()[0]["code"], "InvalidValue");
    EXPECT_EQ(errors()[0]["message"],
              "email is longer than 320 characters: a known user stays as it is, a new one is not created; "
              "shorten it in the directory");
}

}  // namespace
}  // namespace dirsync::testing
