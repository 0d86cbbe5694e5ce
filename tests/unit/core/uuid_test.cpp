#include "core/uuid.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace dirsync {
namespace {

using std::string_view_literals::operator""sv;

// MS-DTYP 2.3.4.2: the value a directory stores and the text its tools print.
TEST(Guid, ReadsTheMixedEndianWireForm) {
    const auto wire = "\x95\x74\xa7\x6d\xf6\xe9\x2d\x5f\x90\x56\xe4\xb0\x03\x8c\x47\x2c"sv;
    const auto guid = guid_from_wire(wire);
    ASSERT_TRUE(guid);
    EXPECT_EQ(to_text(*guid), "6da77495-e9f6-5f2d-9056-e4b0038c472c");
    const auto back = guid_to_wire(*guid);
    EXPECT_EQ(std::string(back.begin(), back.end()), wire);
}

TEST(Guid, IsSixteenBytesAndNothingElse) {
    EXPECT_FALSE(guid_from_wire(""sv));
    EXPECT_FALSE(guid_from_wire(std::string(15, 'x')));
    EXPECT_FALSE(guid_from_wire(std::string(17, 'x')));
    EXPECT_TRUE(guid_from_wire(std::string(16, '\0'))->is_nil());
}

TEST(Uuid, ParsesTheTextFormStrictly) {
    const auto plain = parse<RowId>("6DA77495-e9f6-5F2D-9056-e4b0038c472c");
    ASSERT_TRUE(plain);
    EXPECT_EQ(to_text(*plain), "6da77495-e9f6-5f2d-9056-e4b0038c472c");
    EXPECT_EQ(parse<RowId>("{6da77495-e9f6-5f2d-9056-e4b0038c472c}"), plain);

    for (const auto* bad : {"", "6da77495e9f65f2d9056e4b0038c472c", "6da77495-e9f6-5f2d-9056-e4b0038c472",
                            "6da77495-e9f6-5f2d-9056-e4b0038c472cc", "6da77495-e9f6-5f2d-9056-e4b0038c472g",
                            "6da77495-e9f6-5f2d+9056-e4b0038c472c", " 6da77495-e9f6-5f2d-9056-e4b0038c472c",
                            "{6da77495-e9f6-5f2d-9056-e4b0038c472c", "6da77495-e9f6-5f2d-9056-e4b0038c472c}",
                            "(6da77495-e9f6-5f2d-9056-e4b0038c472c)", "6da774951e9f6-5f2d-9056-e4b0038c472c",
                            "-da77495-e9f6-5f2d-9056-e4b0038c472c"}) {
        EXPECT_FALSE(parse<RowId>(bad)) << bad;
    }
}

TEST(Uuid, OrderOfBytesIsOrderOfTexts) {
    const auto a = *parse<ObjectGuid>("00ffffff-ffff-ffff-ffff-ffffffffffff");
    const auto b = *parse<ObjectGuid>("ff000000-0000-0000-0000-000000000000");
    EXPECT_LT(a, b);
    EXPECT_LT(to_text(a), to_text(b));
}

// semantics 3.1, 4.3: the same object of the same store has the same id for ever. The value is frozen:
// another one would give every user of an existing store a new id. Computed by hand: SHA-1 of both
// ids' bytes, RFC 9562 5.5.
TEST(RowIdFor, IsVersionFiveOfTheGuidInTheStore) {
    const auto store = *parse<RowId>("11111111-2222-4333-8444-555555555555");
    const auto guid = *parse<ObjectGuid>("6da77495-e9f6-5f2d-9056-e4b0038c472c");
    EXPECT_EQ(to_text(row_id_for(store, guid)), "265d82c9-1273-56ad-945f-8c08979073e4");
}

// semantics 1.3: another store gives other ids.
TEST(RowIdFor, DiffersByStoreAndByObject) {
    const auto store = random_row_id();
    const auto guid = *parse<ObjectGuid>("6da77495-e9f6-5f2d-9056-e4b0038c472c");
    const auto other = *parse<ObjectGuid>("6da77495-e9f6-5f2d-9056-e4b0038c472d");
    EXPECT_NE(row_id_for(store, guid), row_id_for(random_row_id(), guid));
    EXPECT_NE(row_id_for(store, guid), row_id_for(store, other));
    EXPECT_EQ(row_id_for(store, guid), row_id_for(store, guid));
}

TEST(RandomRowId, IsVersionFourAndNew) {
    std::set<RowId> seen;
    for (int i = 0; i < 1000; ++i) {
        const auto id = random_row_id();
        EXPECT_EQ(id.bytes[6] >> 4U, 4);
        EXPECT_EQ(id.bytes[8] >> 6U, 2);
        EXPECT_TRUE(seen.insert(id).second);
    }
}

}  // namespace
}  // namespace dirsync
