#include "ldap/wire/change_decoder.hpp"

#include <initializer_list>
#include <string>
#include <utility>

#include <gmock/gmock.h>

namespace dirsync::ldap::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const auto guid = parse<ObjectGuid>("00112233-4455-6677-8899-aabbccddeeff").value();
const auto other = parse<ObjectGuid>("10112233-4455-6677-8899-aabbccddeeff").value();

std::string member(const ObjectGuid& of, const std::string& dn = "CN=x,DC=corp") {
    return "<GUID=" + to_text(of) + ">;<SID=S-1-5-21-1-2-3-1104>;" + dn;
}

struct Attribute {
    std::string name;
    std::vector<std::string> values;
};

Result<ReportedChange> decoded(ChangeDecoder& decoder, std::vector<Attribute> attributes,
                               const std::string& dn = "CN=x,DC=corp") {
    const auto bytes = guid_to_wire(guid);
    attributes.insert(attributes.begin(),
                      {{"objectGUID", {std::string(bytes.begin(), bytes.end())}}, {"instanceType", {"4"}}});
    decoder.begin(dn);
    for (const auto& [name, values] : attributes) {
        const std::vector<std::string_view> views(values.begin(), values.end());
        decoder.attribute(name, views);
    }
    return decoder.end();
}

ReportedChange change(std::vector<Attribute> attributes, const std::string& dn = "CN=x,DC=corp") {
    ChangeDecoder decoder;
    auto result = decoded(decoder, std::move(attributes), dn);
    EXPECT_TRUE(result);
    return result ? *result : ReportedChange();
}

// MS-ADTS 3.1.1.3.4.1.3
TEST(ChangeDecoder, MembersComeOneByOne) {
    const auto reported =
        change({{"member;range=1-1", {member(other)}}, {"Member;Range=0-0", {member(guid)}}});
    EXPECT_FALSE(reported.changed);
    EXPECT_FALSE(reported.whole);
    ASSERT_EQ(reported.added.size(), 1U);
    EXPECT_EQ(reported.added[0].guid, other);
    ASSERT_EQ(reported.removed.size(), 1U);
    EXPECT_EQ(reported.removed[0].guid, guid);
}

TEST(ChangeDecoder, EmptyMemberBesideRangesSaysNothing) {
    EXPECT_FALSE(change({{"member", {}}, {"member;range=1-1", {member(other)}}}).whole);
}

TEST(ChangeDecoder, ListOfAnyOtherFormIsToBeReadWhole) {
    for (const auto& form : {Attribute{"member", {member(other)}}, Attribute{"member", {}},
                             Attribute{"member;range=0-1499", {member(other)}},
                             Attribute{"member;range=0-*", {}}, Attribute{"member;range=x", {member(other)}},
                             Attribute{"member;range=1-1", {"CN=without a GUID,DC=corp"}}}) {
        const auto reported = change({form});
        EXPECT_TRUE(reported.whole) << form.name;
        EXPECT_TRUE(reported.changed) << form.name;
        EXPECT_THAT(reported.added, IsEmpty());
    }
}

TEST(ChangeDecoder, DeletedMembersAreNoMembers) {
    const auto gone = "CN=x\\0ADEL:" + to_text(other) + ",CN=Deleted Objects,DC=corp";
    EXPECT_THAT(change({{"member;range=1-1", {member(other, gone)}}}).added, IsEmpty());
}

TEST(ChangeDecoder, RenameOrAttributeIsAChange) {
    EXPECT_TRUE(change({{"name", {"x"}}, {"parentGUID", {"1234567890123456"}}}).changed);
    EXPECT_TRUE(change({{"title", {}}}).changed);
    EXPECT_FALSE(change({{"title", {}}}).whole);
    EXPECT_FALSE(change({{"parentGUID", {"1234567890123456"}}}).changed);
}

TEST(ChangeDecoder, NewObjectIsReadWhole) {
    EXPECT_TRUE(change({{"objectClass", {"top", "group"}}, {"member;range=1-1", {member(other)}}}).whole);
}

TEST(ChangeDecoder, TombstoneIsDeletedAndNothingElse) {
    const auto dn =
        "<GUID=" + to_text(guid) + ">;CN=x\\0ADEL:" + to_text(guid) + ",CN=Deleted Objects,DC=corp";
    for (const auto& reported : {change({{"isDeleted", {"TRUE"}}, {"objectClass", {"top"}}}, dn),
                                 change({{"name", {"x"}}, {"objectClass", {"top"}}}, dn)}) {
        EXPECT_TRUE(reported.deleted);
        EXPECT_FALSE(reported.whole);
        EXPECT_FALSE(reported.restored);
    }
}

TEST(ChangeDecoder, ALivingNameBesideIsDeletedIsNoDeletionAndTheObjectIsAskedFor) {
    const auto reported = change({{"isDeleted", {"TRUE"}}});
    EXPECT_FALSE(reported.deleted);
    EXPECT_TRUE(reported.changed);
}

TEST(ChangeDecoder, RestoredObjectIsReadWhole) {
    const auto reported = change({{"isDeleted", {}}, {"isRecycled", {}}, {"name", {"x"}}});
    EXPECT_TRUE(reported.restored);
    EXPECT_TRUE(reported.whole);
    EXPECT_FALSE(reported.deleted);
}

TEST(ChangeDecoder, WithoutGuidOrWithStrangeIsDeletedNothingCanBeTold) {
    ChangeDecoder decoder;
    decoder.begin("CN=x,DC=corp\n");
    const auto nameless = decoder.end();
    ASSERT_FALSE(nameless);
    EXPECT_EQ(nameless.error().code(), ErrorCode::malformed_entry);
    EXPECT_THAT(nameless.error().message(), HasSubstr("objectGUID"));
    EXPECT_FALSE(decoded(decoder, {{"objectGUID", {"short"}}}));
    EXPECT_FALSE(decoded(decoder, {{"isDeleted", {"MAYBE"}}}));
    // Nothing of it is left for the next one.
    const auto next = decoded(decoder, {{"member;range=1-1", {member(other)}}});
    ASSERT_TRUE(next);
    EXPECT_FALSE(next->changed);
}

TEST(ChangeDecoder, RenamesAndDeletionsAreWatched) {
    EXPECT_THAT(watched_attributes(), ::testing::IsSupersetOf({"name", "isDeleted", "isRecycled", "member"}));
}

}  // namespace
}  // namespace dirsync::ldap::wire
