#include "model/rows.hpp"

#include <functional>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace dirsync::sync {
namespace {

UserRow alice() {
    UserRow row;
    row.user_name = "alice@corp.example.com";
    row.display_name = "Alice";
    row.external_id = "6da77495-e9f6-5f2d-9056-e4b0038c472c";
    row.attributes = {{"department", "Sales"}};
    return row;
}

// semantics 5.6: rows that are equal have equal hashes, and every field is in them.
TEST(HashOfUser, ChangesWithEveryField) {
    const std::vector<std::function<void(UserRow&)>> changes = {
        [](UserRow& row) { row.user_name += "x"; },
        [](UserRow& row) { row.display_name += "x"; },
        [](UserRow& row) { row.given_name += "x"; },
        [](UserRow& row) { row.family_name += "x"; },
        [](UserRow& row) { row.middle_name += "x"; },
        [](UserRow& row) { row.email += "x"; },
        [](UserRow& row) { row.sid += "x"; },
        [](UserRow& row) { row.external_id.back() = 'd'; },
        [](UserRow& row) { row.attributes[0].first += "x"; },
        [](UserRow& row) { row.attributes[0].second += "x"; },
        [](UserRow& row) { row.attributes.emplace_back("x", ""); },
        [](UserRow& row) { row.attributes.clear(); },
        [](UserRow& row) { row.status = Status::disabled; },
        [](UserRow& row) { row.scope = ScopeState::out; },
        [](UserRow& row) { row.scope = ScopeState::held; },
        [](UserRow& row) { row.out_since = Time{}; },
        [](UserRow& row) { row.out_since = Time(Duration(1)); },
    };
    std::set<std::uint64_t> seen{hash_of(alice())};
    EXPECT_EQ(hash_of(alice()), *seen.begin());
    for (std::size_t i = 0; i < changes.size(); ++i) {
        auto row = alice();
        changes[i](row);
        EXPECT_TRUE(seen.insert(hash_of(row)).second) << "change " << i;
    }
}

// The id of an identity provider is any text.
TEST(HashOfUser, TellsExternalIdsApart) {
    std::set<std::uint64_t> seen;
    for (const char* id : {"", "0", "00u1", "00U1", "00000000-0000-0000-0000-000000000000",
                           "6da77495-e9f6-5f2d-9056-e4b0038c472c", "6DA77495-E9F6-5F2D-9056-E4B0038C472C",
                           "{6da77495-e9f6-5f2d-9056-e4b0038c472c}"}) {
        auto row = alice();
        row.external_id = id;
        EXPECT_TRUE(seen.insert(hash_of(row)).second) << id;
    }
}

// Stores keep hashes: a program that made others would write every row anew after an update.
TEST(HashOfUser, IsWhatStoresHave) {
    EXPECT_EQ(hash_of(alice()), 4034445277429633345ULL);
    auto local = alice();
    local.external_id.clear();
    EXPECT_EQ(hash_of(local), 16326964537317613480ULL);
}

TEST(ExternalId, IsLookedForAsTypedAndAsWeSpellGuids) {
    const std::string guid = "6da77495-e9f6-5f2d-9056-e4b0038c472c";
    EXPECT_EQ(external_ids_meant("00u1"), std::vector<std::string>{"00u1"});
    EXPECT_EQ(external_ids_meant(guid), std::vector<std::string>{guid});
    EXPECT_EQ(external_ids_meant("{6DA77495-E9F6-5F2D-9056-E4B0038C472C}"),
              (std::vector<std::string>{"{6DA77495-E9F6-5F2D-9056-E4B0038C472C}", guid}));
    EXPECT_TRUE(external_ids_meant("").empty());
}

TEST(ExternalId, NamesAnObjectOfADirectoryOrNone) {
    auto row = alice();
    EXPECT_EQ(external_id_of(guid_of(row)), row.external_id);
    for (const char* id : {"", "00u1", "6DA77495-E9F6-5F2D-9056-E4B0038C472C"}) {
        row.external_id = id;
        EXPECT_TRUE(guid_of(row).is_nil()) << id;
    }
    EXPECT_EQ(external_id_of(ObjectGuid{}), "");
}

TEST(HashOfUser, TellsWhichFieldATextIsIn) {
    auto given = alice();
    given.given_name = "x";
    auto family = alice();
    family.family_name = "x";
    EXPECT_NE(hash_of(given), hash_of(family));

    auto one = alice();
    one.given_name = "ab", one.family_name = "c";
    auto two = alice();
    two.given_name = "a", two.family_name = "bc";
    EXPECT_NE(hash_of(one), hash_of(two));

    auto joined = alice();
    joined.attributes = {{"a", "b"}, {"c", "d"}};
    auto split = alice();
    split.attributes = {{"a", "bc"}, {"", "d"}};
    EXPECT_NE(hash_of(joined), hash_of(split));
}

TEST(HashOfUser, HoldsTextsOfAnyLength) {
    auto row = alice();
    row.display_name = std::string(100'000, 'x');
    const auto before = hash_of(row);
    row.display_name.back() = 'y';
    EXPECT_NE(hash_of(row), before);
}

// The hashes are in the store: another encoding would rewrite every row of it.
TEST(HashOfUser, IsFrozen) {
    EXPECT_EQ(hash_of(alice()), 4034445277429633345ULL);
    EXPECT_EQ(hash_of(GroupRow{}), 11574198393239820326ULL);
    EXPECT_EQ(name_key("alice"), 5593767425381308080ULL);
}

TEST(HashOfGroup, ChangesWithEveryField) {
    const std::vector<std::function<void(GroupRow&)>> changes = {
        [](GroupRow& row) { row.display_name += "x"; },
        [](GroupRow& row) { row.description += "x"; },
        [](GroupRow& row) { row.external_id = "00u1"; },
        [](GroupRow& row) { row.attributes = {{"a", "b"}}; },
        [](GroupRow& row) { row.scope = ScopeState::out; },
        [](GroupRow& row) { row.out_since = Time{}; },
    };
    std::set<std::uint64_t> seen{hash_of(GroupRow{})};
    for (std::size_t i = 0; i < changes.size(); ++i) {
        GroupRow row;
        changes[i](row);
        EXPECT_TRUE(seen.insert(hash_of(row)).second) << "change " << i;
    }
}

// semantics 3.5.
TEST(NameKey, ComparesWithoutCase) {
    EXPECT_EQ(name_key("Alice@Corp"), name_key("alice@CORP"));
    EXPECT_EQ(name_key("M\u00dcLLER"), name_key("m\u00fcller"));
    EXPECT_NE(name_key("alice"), name_key("alicf"));
    EXPECT_EQ(name_key(std::string(500, 'A')), name_key(std::string(500, 'a')));
}

TEST(NameKey, OfNothingIsNeverContested) {
    EXPECT_EQ(name_key(""), 0U);
    EXPECT_NE(name_key(" "), 0U);
}

}  // namespace
}  // namespace dirsync::sync
