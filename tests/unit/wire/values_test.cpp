#include "ldap/wire/values.hpp"

#include <limits>

#include <gtest/gtest.h>

#include "model/entry.hpp"

namespace dirsync::ldap::wire {
namespace {

using std::string_view_literals::operator""sv;

// RFC 4517 3.3.16
TEST(Integer, IsReadInTheRangeOf64Bits) {
    EXPECT_EQ(parse_integer("0"), 0);
    EXPECT_EQ(parse_integer("513"), 513);
    EXPECT_EQ(parse_integer("-2147483646"), -2147483646);
    EXPECT_EQ(parse_integer("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(parse_integer("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
}

TEST(Integer, NothingElseIsOne) {
    for (const auto text :
         {""sv, "-"sv, "+1"sv, " 1"sv, "1 "sv, "1x"sv, "0x10"sv, "1.0"sv, "--1"sv, "-0"sv, "007"sv, "-01"sv,
          "00"sv, "9223372036854775808"sv, "-9223372036854775809"sv, "1\0"sv}) {
        EXPECT_FALSE(parse_integer(text)) << text;
    }
}

// MS-ADTS 2.2.16; a 32-bit field that servers write with a sign.
TEST(UserAccountControl, SignedAndUnsignedAreTheSameBits) {
    EXPECT_EQ(parse_user_account_control("66048"), 0x10200U);
    EXPECT_EQ(parse_user_account_control("-2147483136"), 0x80000200U);
    EXPECT_EQ(parse_user_account_control("2147484160"), 0x80000200U);
    EXPECT_EQ(parse_user_account_control("-1"), 0xffffffffU);
    EXPECT_EQ(parse_user_account_control("4294967295"), 0xffffffffU);
    EXPECT_EQ(parse_user_account_control("-2147483648"), 0x80000000U);
    EXPECT_EQ(parse_user_account_control("0"), 0U);
}

// semantics 3.7
TEST(UserAccountControl, BitTwoIsDisabled) {
    for (const auto text : {"514"sv, "546"sv, "66050"sv, "-2147483134"sv}) {
        const auto control = parse_user_account_control(text);
        ASSERT_TRUE(control) << text;
        EXPECT_NE(*control & account_disable, 0U) << text;
    }
    for (const auto text : {"512"sv, "544"sv, "66048"sv, "4096"sv, "1"sv, "4"sv, "-2147483136"sv}) {
        const auto control = parse_user_account_control(text);
        ASSERT_TRUE(control) << text;
        EXPECT_EQ(*control & account_disable, 0U) << text;
    }
}

TEST(UserAccountControl, WhatDoesNotFitIsNone) {
    for (const auto text : {""sv, "x"sv, "0x202"sv, "512 "sv, "4294967296"sv, "-2147483649"sv}) {
        EXPECT_FALSE(parse_user_account_control(text)) << text;
    }
}

// semantics 3.7; MS-ADTS 2.2.16: 100 ns since 1601.
TEST(AccountExpires, IsATime) {
    EXPECT_EQ(parse_account_expires("116444736000000000"), 0);
    EXPECT_EQ(parse_account_expires("133485408000000000"), 1704067200);  // 2024-01-01T00:00:00Z
    EXPECT_EQ(parse_account_expires("1"), -11644473600);
}

TEST(AccountExpires, ZeroAndTheLargestMeanNever) {
    EXPECT_EQ(parse_account_expires("0"), sync::never_expires);
    EXPECT_EQ(parse_account_expires("9223372036854775807"), sync::never_expires);
    const auto just_before = parse_account_expires("9223372036854775806");
    ASSERT_TRUE(just_before);
    EXPECT_NE(*just_before, sync::never_expires);
}

TEST(AccountExpires, WhatIsNoFiletimeIsNone) {
    for (const auto text : {""sv, "-1"sv, "-9223372036854775808"sv, "never"sv, "2024-01-01"sv, "01"sv,
                            "20240101000000.0Z"sv, "9223372036854775808"sv}) {
        EXPECT_FALSE(parse_account_expires(text)) << text;
    }
}

TEST(GeneralizedTime, IsReadToTheSecond) {
    EXPECT_EQ(parse_generalized_time("20260301120000.0Z"), parse_time("2026-03-01T12:00:00Z"));
    EXPECT_EQ(parse_generalized_time("20260301120000Z"), parse_time("2026-03-01T12:00:00Z"));
    for (const auto text : {""sv, "Z"sv, "20260301120000"sv, "20261301120000Z"sv, "2026030112Z"sv,
                            "20260301120000+0100"sv, "now, or a little later: Z"sv}) {
        EXPECT_FALSE(parse_generalized_time(text)) << text;
    }
}

}  // namespace
}  // namespace dirsync::ldap::wire
