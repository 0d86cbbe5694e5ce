#include "core/sid.hpp"

#include <string>

#include <gtest/gtest.h>

namespace dirsync {
namespace {

using std::string_view_literals::operator""sv;

constexpr auto alice_wire =
    "\x01\x05\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00\x01\x02\x03\x04\xff\xff\xff\xff\x0a\x00\x00\x00\x50\x04\x00\x00"sv;

// MS-DTYP 2.4.2.2: authority big-endian, sub-authorities little-endian.
TEST(Sid, ReadsTheWireForm) {
    const auto sid = sid_from_wire(alice_wire);
    ASSERT_TRUE(sid);
    EXPECT_EQ(to_text(*sid), "S-1-5-21-67305985-4294967295-10-1104");
    EXPECT_EQ(sid->rid(), 1104U);
}

TEST(Sid, RefusesWireFormsThatDoNotFit) {
    const std::string good(alice_wire);
    for (std::size_t size = 0; size < good.size(); ++size) {
        EXPECT_FALSE(sid_from_wire(std::string_view(good).substr(0, size))) << size;
    }
    EXPECT_FALSE(sid_from_wire(good + std::string(4, '\0')));

    std::string many = good.substr(0, 8) + std::string(16 * 4, '\0');
    many[1] = 16;
    EXPECT_FALSE(sid_from_wire(many));
    many[1] = 15;
    many.resize(8 + 15 * 4);
    EXPECT_TRUE(sid_from_wire(many));

    std::string second_revision = good;
    second_revision[0] = 2;
    EXPECT_FALSE(sid_from_wire(second_revision));
}

TEST(Sid, TextAndValueAreTheSame) {
    for (const auto* text : {"S-1-5-21-67305985-4294967295-10-1104", "S-1-1-0", "S-1-5-32-544",
                             "S-1-4294967295-1", "S-1-0x000100000000-7", "S-1-0xffffffffffff", "S-1-5"}) {
        const auto sid = parse_sid(text);
        ASSERT_TRUE(sid) << text;
        EXPECT_EQ(to_text(*sid), text);
    }
    EXPECT_EQ(parse_sid("s-1-5-18"), parse_sid("S-1-5-18"));
    EXPECT_EQ(parse_sid("S-1-0x5-18"), parse_sid("S-1-5-18"));
}

TEST(Sid, RefusesTextThatIsNone) {
    for (const auto* text :
         {"", "S-1", "S-1-", "S-2-5-18", "S-1-5-", "S-1-5--1", "S-1-5-+1", "S-1-5- 1", "S-1-5-18 ",
          "S-1-5-4294967296", "S-1-281474976710656-1", "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16",
          "1-5-18", "S-1-0x-1", "S-1-5-0x12"}) {
        EXPECT_FALSE(parse_sid(text)) << text;
    }
}

// semantics 2.5: the primary group is a RID in the user's domain.
TEST(Sid, DomainAndRidTakeItApartAndPutItTogether) {
    const auto user = *parse_sid("S-1-5-21-1-2-3-1104");
    EXPECT_EQ(to_text(user.domain()), "S-1-5-21-1-2-3");
    EXPECT_EQ(user.domain().with_rid(513), *parse_sid("S-1-5-21-1-2-3-513"));
    EXPECT_EQ(user.domain().with_rid(1104), user);
    EXPECT_EQ(parse_sid("S-1-5")->rid(), 0U);
    EXPECT_EQ(parse_sid("S-1-5")->domain(), *parse_sid("S-1-5"));
}

TEST(Sid, FifteenSubAuthoritiesAreTheMost) {
    const auto full = *parse_sid("S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15");
    EXPECT_EQ(full.count, 15);
    EXPECT_EQ(full.with_rid(16), full);
}

}  // namespace
}  // namespace dirsync
