#include "ldap/reported_changes.hpp"

#include <gmock/gmock.h>

namespace dirsync::ldap {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ReportedChangesTest : public ::testing::Test {
protected:
    static ObjectGuid guid(int n) {
        return parse<ObjectGuid>("00000000-0000-0000-0000-00000000000" + std::to_string(n)).value();
    }
    void report(int n, std::vector<std::pair<std::string, std::string>> attributes) {
        const auto bytes = guid_to_wire(guid(n));
        bool is_deleted = false;
        for (const auto& [name, value] : attributes)
            is_deleted = is_deleted || (name == "isDeleted" && value == "TRUE");
        changes_.begin(is_deleted ? "CN=x\\0ADEL:" + to_text(guid(n)) + ",CN=Deleted Objects,DC=corp"
                                  : "CN=x,DC=corp");
        attributes.emplace_back("objectGUID", std::string(bytes.begin(), bytes.end()));
        for (const auto& [name, value] : attributes) {
            const std::string_view view = value;
            changes_.attribute(name,
                               value.empty() ? std::span<const std::string_view>() : std::span(&view, 1));
        }
        changes_.end();
    }
    static std::string member(int n) { return "<GUID=" + to_text(guid(n)) + ">;CN=x,DC=corp"; }

    ReportedChanges changes_;
};

TEST_F(ReportedChangesTest, EachObjectIsReadOnceInTheFormThatSuffices) {
    EXPECT_TRUE(changes_.empty());
    report(1, {{"title", "a"}});
    report(2, {{"objectClass", "group"}});
    report(1, {{"title", "b"}});
    report(2, {{"title", "b"}});
    report(3, {{"member;range=1-1", member(1)}});
    EXPECT_THAT(changes_.to_read(), ElementsAre(guid(1)));
    EXPECT_THAT(changes_.to_read_whole(), ElementsAre(guid(2)));
    EXPECT_FALSE(changes_.empty());
    EXPECT_FALSE(changes_.error());
}

TEST_F(ReportedChangesTest, WhatWasSaidLastHolds) {
    report(1, {{"title", "a"}});
    report(1, {{"isDeleted", "TRUE"}});
    report(2, {{"isDeleted", "TRUE"}});
    report(2, {{"isDeleted", ""}});
    report(3, {{"isDeleted", "TRUE"}});
    report(3, {{"title", "alive after all"}});
    EXPECT_THAT(changes_.deleted(), ElementsAre(guid(1)));
    EXPECT_THAT(changes_.to_read_whole(), ElementsAre(guid(2), guid(3)));
    EXPECT_THAT(changes_.restored(), ElementsAre(guid(2), guid(3)));
    EXPECT_THAT(changes_.to_read(), IsEmpty());
}

TEST_F(ReportedChangesTest, MemberChangesOfGroupsThatAreReadWholeAreNotNeeded) {
    report(1, {{"member;range=1-1", member(5)}});
    report(2, {{"member;range=1-1", member(5)}});
    report(3, {{"member;range=1-1", member(5)}});
    report(1, {{"member;range=0-0", member(5)}});
    report(2, {{"member", member(6)}});
    changes_.read_whole(guid(3));
    changes_.read_whole(guid(4));
    const auto left = changes_.take_member_changes();
    ASSERT_EQ(left.size(), 2U);
    EXPECT_EQ(left[0].group, guid(1));
    EXPECT_EQ(left[0].added.size(), 1U);
    EXPECT_EQ(left[1].removed.size(), 1U);
    EXPECT_THAT(changes_.to_read_whole(), ElementsAre(guid(2), guid(3), guid(4)));
}

TEST_F(ReportedChangesTest, OneThatCannotBeUnderstoodIsNotPassedOver) {
    report(1, {{"title", "a"}});
    changes_.begin("CN=y,DC=corp");
    changes_.end();
    ASSERT_TRUE(changes_.error());
    EXPECT_EQ(changes_.error()->code(), ErrorCode::malformed_entry);
}

}  // namespace
}  // namespace dirsync::ldap
