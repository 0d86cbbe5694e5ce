#include "ldap/wire/entry_decoder.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/wire/entry_decoding.hpp"

namespace dirsync::ldap::wire {
namespace {

using sync::EntryKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(EntryDecoding, MembersAreDecodedAndDeletedOnesLeftOut) {
    const auto entry =
        decoded(a_group().with("member", {member_value(1),
                                          "<GUID=00000000-0000-0000-0000-000000000009>;CN=x\\0ADEL:00000000-"
                                          "0000-0000-0000-000000000009,"
                                          "CN=Deleted Objects,DC=x",
                                          "<GUID=edb44185-b413-405b-bc66-532aa2f458dd>;<SID=S-1-5-11>;"
                                          "CN=S-1-5-11,CN=ForeignSecurityPrincipals,DC=x"}))
            .entry;
    ASSERT_EQ(entry.members.size(), 2U);
    EXPECT_EQ(to_text(entry.members[0].guid), "00000000-0000-0000-0000-000000100001");
    EXPECT_FALSE(entry.members[0].foreign_sid);
    EXPECT_EQ(to_text(entry.members[1].foreign_sid.value()), "S-1-5-11");
    EXPECT_THAT(values(entry, "member"), ElementsAre())
        << "never among the attributes, even when it is mapped";
}

TEST_F(EntryDecoding, OneBrokenMemberQuarantinesItsGroup) {
    const auto entry = quarantined(a_group().with("member", {member_value(1), "CN=without GUID,DC=x"}));
    EXPECT_EQ(entry.kind, EntryKind::group);
    EXPECT_THAT(entry.reason, HasSubstr("CN=without GUID"));
}

// semantics 6.3, pitfalls: `member` empty beside a range, read as an empty group.
TEST_F(EntryDecoding, ARangeMeansThatTheListIsNotWhole) {
    std::vector<std::string> values;
    for (int i = 0; i < 1500; ++i) values.push_back(member_value(i));
    for (const bool empty_first : {true, false}) {
        auto answer = a_group();
        if (empty_first) answer.with("member", {});
        answer.with("member;range=0-1499", values);
        if (!empty_first) answer.with("member", {});
        const auto result = decoded(answer);
        ASSERT_TRUE(result.members);
        EXPECT_FALSE(result.members->is_complete());
        EXPECT_EQ(result.members->next(), 1500U);
        EXPECT_EQ(result.entry.members.size(), 1500U);
    }
}

TEST_F(EntryDecoding, ARangeThatIsAlsoTheLastIsAWholeList) {
    const auto result =
        decoded(a_group().with("member", {}).with("member;range=0-*", {member_value(1), member_value(2)}));
    EXPECT_FALSE(result.members);
    EXPECT_EQ(result.entry.members.size(), 2U);
    EXPECT_FALSE(decoded(a_group().with("member", {})).members) << "an empty group";
}

TEST_F(EntryDecoding, RangesThatDoNotFitQuarantine) {
    const std::vector<std::pair<std::string, std::size_t>> wrong{
        {"member;range=1-2", 2}, {"member;range=0-2", 2}, {"member;range=0-0", 0}};
    for (const auto& [name, count] : wrong) {
        std::vector<std::string> values;
        for (std::size_t i = 0; i < count; ++i) values.push_back(member_value(static_cast<int>(i)));
        EXPECT_EQ(quarantined(a_group().with(name, values)).kind, EntryKind::group) << name;
    }
}

TEST_F(EntryDecoding, AMalformedRangeQuarantinesEveryEntryThatHasIt) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_THAT(quarantined(a_group().with("member;range=x", {member_value(1)})).reason,
                    HasSubstr("member;range=x"))
            << i;
    }
    EXPECT_EQ(decoded(a_group().with("member", {member_value(1)})).entry.members.size(), 1U);
}

TEST_F(EntryDecoding, APartOfAMappedAttributeIsNoValueOfIt) {
    const auto entry =
        quarantined(a_user().with("proxyAddresses", {}).with("proxyAddresses;range=0-1", {"a", "b"}));
    EXPECT_THAT(entry.reason, HasSubstr("proxyAddresses;range=0-1"));
    EXPECT_THAT(values(decoded(a_user().with("proxyAddresses;range=0-*", {"a"})).entry, "proxyAddresses"),
                ElementsAre("a"));
    EXPECT_EQ(decoded(a_user().with("telexNumber;range=0-1", {"a", "b"})).entry.kind, EntryKind::user)
        << "not mapped";
}

TEST_F(EntryDecoding, WhoIsNotSyncedCarriesNothing) {
    const auto result = decoded(a_user()
                                    .with("objectClass", {"top", "person", "user", "computer"})
                                    .with("member;range=0-0", {member_value(1)}));
    EXPECT_EQ(result.entry.kind, EntryKind::other);
    EXPECT_TRUE(result.entry.members.empty());
    EXPECT_TRUE(result.entry.attributes.bytes().empty());
    EXPECT_FALSE(result.members);
}

}  // namespace
}  // namespace dirsync::ldap::wire
