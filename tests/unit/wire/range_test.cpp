#include "ldap/wire/range.hpp"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace dirsync::ldap::wire {
namespace {

using std::string_view_literals::operator""sv;

// MS-ADTS 3.1.1.3.1.3.3
TEST(AttributeDescription, HasItsRange) {
    const auto first = parse_attribute_description("member;range=0-1499");
    ASSERT_TRUE(first);
    EXPECT_EQ(first->base, "member");
    EXPECT_EQ(first->range, (Range{0, 1499}));

    const auto last = parse_attribute_description("member;range=1500-*");
    ASSERT_TRUE(last);
    EXPECT_EQ(last->range, (Range{1500, std::nullopt}));

    const auto one = parse_attribute_description("member;range=7-7");
    ASSERT_TRUE(one);
    EXPECT_EQ(one->range, (Range{7, 7}));
}

TEST(AttributeDescription, OptionsComeInAnyOrderAndCase) {
    for (const auto text : {"member;Range=0-2"sv, "member;RANGE=0-2"sv, "member;binary;range=0-2"sv,
                            "member;rAnGe=0-2;lang-de"sv, "member;;range=0-2;"sv}) {
        const auto parsed = parse_attribute_description(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_EQ(parsed->base, "member") << text;
        EXPECT_EQ(parsed->range, (Range{0, 2})) << text;
    }
}

TEST(AttributeDescription, MayHaveNoRange) {
    for (const auto text : {"userCertificate"sv, "userCertificate;binary"sv, "userCertificate;ranges"sv,
                            "userCertificate;x-range=0-1"sv, "userCertificate;"sv}) {
        const auto parsed = parse_attribute_description(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_EQ(parsed->base, "userCertificate") << text;
        EXPECT_FALSE(parsed->range) << text;
    }
    const auto empty = parse_attribute_description("");
    ASSERT_TRUE(empty);
    EXPECT_EQ(empty->base, "");
}

TEST(AttributeDescription, RangeThatIsNoneIsMalformed) {
    for (const auto text :
         {"member;range="sv, "member;range=-"sv, "member;range=0"sv, "member;range=0-"sv, "member;range=-5"sv,
          "member;range=*-*"sv, "member;range=5-4"sv, "member;range=0-1x"sv, "member;range=x0-1"sv,
          "member;range= 0-1"sv, "member;range=0 -1"sv, "member;range=+0-1"sv, "member;range=0-+1"sv,
          "member;range=0--1"sv, "member;range=0-**"sv, "member;range=0-18446744073709551616"sv,
          "member;range=0-1;range=2-3"sv, "member;range=0-1;range=0-1"sv}) {
        const auto parsed = parse_attribute_description(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().code(), ErrorCode::malformed_entry) << text;
    }
}

void expect_refused(RangeProgress& progress, const Range& range, std::uint64_t values) {
    const auto next = progress.next();
    const auto is_complete = progress.is_complete();
    const auto taken = progress.take(range, values);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code(), ErrorCode::protocol);
    // What was taken before stands.
    EXPECT_EQ(progress.next(), next);
    EXPECT_EQ(progress.is_complete(), is_complete);
}

// semantics 6.3: groups of any size are read whole.
TEST(RangeProgress, EndsWithTheOpenRange) {
    RangeProgress progress;
    EXPECT_EQ(progress.next(), 0U);
    EXPECT_FALSE(progress.is_complete());
    ASSERT_TRUE(progress.take({0, 1499}, 1500));
    EXPECT_EQ(progress.next(), 1500U);
    EXPECT_FALSE(progress.is_complete());
    ASSERT_TRUE(progress.take({1500, 2999}, 1500));
    EXPECT_FALSE(progress.is_complete());
    ASSERT_TRUE(progress.take({3000, std::nullopt}, 17));
    EXPECT_TRUE(progress.is_complete());
    EXPECT_EQ(progress.next(), 3017U);
}

TEST(RangeProgress, LastRangeMayBeEmptyOrTheOnlyOne) {
    RangeProgress only;
    ASSERT_TRUE(only.take({0, std::nullopt}, 3));
    EXPECT_TRUE(only.is_complete());

    RangeProgress empty_end;
    ASSERT_TRUE(empty_end.take({0, 1}, 2));
    ASSERT_TRUE(empty_end.take({2, std::nullopt}, 0));
    EXPECT_TRUE(empty_end.is_complete());
}

// semantics 5.1: a list with a hole is no evidence.
TEST(RangeProgress, GapOverlapAndRepetitionAreRefused) {
    RangeProgress at_start;
    expect_refused(at_start, {1, 1500}, 1500);

    RangeProgress progress;
    ASSERT_TRUE(progress.take({0, 1499}, 1500));
    expect_refused(progress, {1501, 3000}, 1500);
    expect_refused(progress, {1499, 2998}, 1500);
    expect_refused(progress, {0, 1499}, 1500);
    expect_refused(progress, {1501, std::nullopt}, 1);
    ASSERT_TRUE(progress.take({1500, std::nullopt}, 1));
    expect_refused(progress, {1501, 1502}, 2);
    expect_refused(progress, {1501, std::nullopt}, 0);
}

TEST(RangeProgress, NumberOfValuesMustBeThatOfTheRange) {
    RangeProgress progress;
    expect_refused(progress, {0, 1499}, 1499);
    expect_refused(progress, {0, 1499}, 1501);
    expect_refused(progress, {0, 0}, 0);
    expect_refused(progress, {0, std::numeric_limits<std::uint64_t>::max()}, 0);
    ASSERT_TRUE(progress.take({0, 0}, 1));
}

}  // namespace
}  // namespace dirsync::ldap::wire
