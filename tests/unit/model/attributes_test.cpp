#include "model/attributes.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dirsync::sync {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(AttributeNames, CompareWithoutCaseAndKeepTheFirstSpelling) {
    AttributeNames names;
    EXPECT_EQ(names.add("sAMAccountName"), 0);
    EXPECT_EQ(names.add("mail"), 1);
    EXPECT_EQ(names.add("SAMACCOUNTNAME"), 0);
    EXPECT_EQ(names.size(), 2U);
    EXPECT_EQ(names[0], "sAMAccountName");
    EXPECT_EQ(names.find("MAIL"), 1);
    EXPECT_EQ(names.find("mai"), std::nullopt);
    EXPECT_THAT(names.all(), ElementsAre("sAMAccountName", "mail"));
}

// semantics 1.6: the list is part of what a read means.
TEST(AttributeNames, DifferInOrder) {
    AttributeNames a;
    a.add("mail");
    a.add("sn");
    AttributeNames b;
    b.add("sn");
    b.add("mail");
    EXPECT_NE(a, b);
}

PackedAttributes packed(const std::vector<std::pair<AttributeNames::Index, std::string>>& values) {
    AttributesBuilder builder;
    for (const auto& [index, value] : values) builder.add(index, value);
    return builder.pack();
}

TEST(PackedAttributes, GiveBackValuesInByteOrder) {
    const auto attributes = packed({{3, "b"}, {0, "x"}, {3, "a"}, {3, "B"}, {7, ""}});
    const AttributesView view(attributes.bytes());
    EXPECT_THAT(view.values(3), ElementsAre("B", "a", "b"));
    EXPECT_EQ(view.first(3), "B");
    EXPECT_THAT(view.values(0), ElementsAre("x"));
    EXPECT_THAT(view.values(7), ElementsAre(""));
    for (const auto absent : std::initializer_list<AttributeNames::Index>{1, 2, 4, 6, 8, 65535}) {
        EXPECT_THAT(view.values(absent), IsEmpty());
        EXPECT_EQ(view.first(absent), "");
    }
}

TEST(PackedAttributes, OrderIsByUnsignedByte) {
    const auto attributes = packed({{0, "\xc3\xa4"}, {0, "z"}, {0, std::string("\0", 1)}});
    EXPECT_THAT(AttributesView(attributes.bytes()).values(0),
                ElementsAre(std::string("\0", 1), "z", "\xc3\xa4"));
}

// The mirror compares packed bytes to tell whether an entry changed: the order of arrival must not show.
TEST(PackedAttributes, EqualAttributesGiveEqualBytes) {
    const auto one = packed({{1, "a"}, {0, "x"}, {1, "b"}});
    EXPECT_EQ(packed({{1, "b"}, {1, "a"}, {0, "x"}}), one);
    EXPECT_EQ(packed({{1, "b"}, {1, "a"}, {1, "a"}, {0, "x"}}), one);
    EXPECT_NE(packed({{1, "ab"}, {0, "x"}}), one);
    EXPECT_NE(packed({{1, "a"}, {2, "b"}, {0, "x"}}), one);
    EXPECT_EQ(packed({}), PackedAttributes());
}

TEST(PackedAttributes, HoldLongValuesAndManyOfThem) {
    std::vector<std::pair<AttributeNames::Index, std::string>> values;
    for (int i = 0; i < 300; ++i) values.emplace_back(200, std::to_string(1000 + i));
    values.emplace_back(300, std::string(100'000, 'x'));
    values.emplace_back(65534, "last");
    const auto attributes = packed(values);
    const AttributesView view(attributes.bytes());
    EXPECT_EQ(view.values(200).size(), 300U);
    EXPECT_EQ(view.first(200), "1000");
    EXPECT_EQ(view.first(300).size(), 100'000U);
    EXPECT_EQ(view.first(65534), "last");
}

TEST(AttributesView, NeverReadsBeyondBytesThatAreCut) {
    const auto attributes = packed({{0, "first"}, {1, "second"}, {1, "third"}, {130, std::string(200, 'x')}});
    for (std::size_t size = 0; size < attributes.bytes().size(); ++size) {
        const std::string cut = attributes.bytes().substr(0, size);
        const AttributesView view(cut);
        for (const auto index : std::initializer_list<AttributeNames::Index>{0, 1, 2, 130}) {
            const auto whole = AttributesView(attributes.bytes()).values(index);
            const auto rest = view.values(index);
            ASSERT_LE(rest.size(), whole.size());
            for (std::size_t i = 0; i < rest.size(); ++i) ASSERT_EQ(rest[i], whole[i]);
        }
    }
    EXPECT_THAT(AttributesView(std::string(40, '\xff')).values(0), IsEmpty());
    EXPECT_THAT(AttributesView(std::string("\0\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10)).values(0),
                IsEmpty());
}

TEST(AttributesView, AnyOfStopsAtTheFirstValueThatPasses) {
    const auto attributes = packed({{0, "a"}, {0, "b"}, {0, "c"}});
    std::vector<std::string> seen;
    const auto is_b = [&seen](std::string_view value) {
        seen.emplace_back(value);
        return value == "b";
    };
    EXPECT_TRUE(AttributesView(attributes.bytes()).any_of(0, is_b));
    EXPECT_THAT(seen, ElementsAre("a", "b"));
    EXPECT_FALSE(AttributesView(attributes.bytes()).any_of(1, is_b));
}

TEST(AttributesBuilder, StartsAnewAfterClear) {
    AttributesBuilder builder;
    builder.add(0, "a");
    builder.clear();
    builder.add(1, "b");
    EXPECT_EQ(builder.pack(), packed({{1, "b"}}));
}

}  // namespace
}  // namespace dirsync::sync
