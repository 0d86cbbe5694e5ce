#include "ldap/wire/entry_decoder.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/text.hpp"

namespace dirsync::ldap::wire {
namespace {

using std::string_view_literals::operator""sv;
using sync::EntryKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// krbtgt of a real domain controller.
constexpr auto guid_on_the_wire = "\x94\xcb\x56\x04\x2e\x34\x23\x47\x91\x9e\xa3\x43\x83\x39\x2d\x86"sv;
constexpr auto guid_as_text = "0456cb94-342e-4723-919e-a34383392d86";
constexpr auto sid_on_the_wire =
    "\x01\x05\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00\xc2\x9b\xcb\x43\x96\xb3\xd2\x4e\x4b\x82\x17\x41\xf6\x01\x00\x00"sv;
constexpr auto sid_as_text = "S-1-5-21-1137417154-1322431382-1092059723-502";
constexpr auto its_dn = "CN=krbtgt,CN=Users,DC=corp,DC=example,DC=com";
const std::vector<std::string> user_classes{"top", "person", "organizationalPerson", "user"};
const std::vector<std::string> group_classes{"top", "group"};

std::string member_value(int number) {
    const auto digits = std::to_string(100000 + number);
    return "<GUID=00000000-0000-0000-0000-000000" + digits + ">;CN=m" + digits + ",DC=x";
}

/// An answer of a server, which a test changes before it is decoded.
class Answer {
public:
    explicit Answer(std::string dn) : dn_(std::move(dn)) {}
    Answer& with(std::string name, std::vector<std::string> values) {
        for (auto& [known, its_values] : attributes_) {
            if (known == name) {
                its_values = std::move(values);
                return *this;
            }
        }
        attributes_.emplace_back(std::move(name), std::move(values));
        return *this;
    }
    Answer& without(std::string_view name) {
        std::erase_if(attributes_, [name](const auto& attribute) { return attribute.first == name; });
        return *this;
    }
    Answer& called(std::string dn) {
        dn_ = std::move(dn);
        return *this;
    }
    std::variant<DecodedEntry, sync::QuarantinedEntry> decoded_by(EntryDecoder& decoder) const {
        decoder.begin(dn_);
        for (const auto& [name, values] : attributes_) {
            const std::vector<std::string_view> views(values.begin(), values.end());
            decoder.attribute(name, views);
        }
        return decoder.end();
    }

private:
    std::string dn_;
    std::vector<std::pair<std::string, std::vector<std::string>>> attributes_;
};

Answer a_user() {
    return Answer(its_dn)
        .with("objectClass", user_classes)
        .with("cn", {"krbtgt"})
        .with("objectGUID", {std::string(guid_on_the_wire)})
        .with("userAccountControl", {"514"})
        .with("primaryGroupID", {"513"})
        .with("objectSid", {std::string(sid_on_the_wire)})
        .with("accountExpires", {"133485408000000000"})
        .with("objectCategory", {"CN=Person,CN=Schema,CN=Configuration,DC=corp,DC=example,DC=com"});
}

Answer a_group() {
    return Answer("CN=team,OU=Groups,DC=corp,DC=example,DC=com")
        .with("objectClass", group_classes)
        .with("objectGUID", {std::string(guid_on_the_wire)})
        .with("objectSid", {std::string(sid_on_the_wire)})
        .with("objectCategory", {"CN=Group,CN=Schema,CN=Configuration,DC=corp,DC=example,DC=com"});
}

class EntryDecoding : public ::testing::Test {
protected:
    DecodedEntry decoded(const Answer& answer) {
        auto result = answer.decoded_by(decoder_);
        if (const auto* quarantined = std::get_if<sync::QuarantinedEntry>(&result)) {
            ADD_FAILURE() << quarantined->reason;
            return {};
        }
        return std::get<DecodedEntry>(std::move(result));
    }
    sync::QuarantinedEntry quarantined(const Answer& answer) {
        auto result = answer.decoded_by(decoder_);
        if (std::holds_alternative<DecodedEntry>(result)) {
            ADD_FAILURE() << "was decoded";
            return {};
        }
        return std::get<sync::QuarantinedEntry>(std::move(result));
    }
    EntryKind kind_of(const std::vector<std::string>& classes) {
        return decoded(a_user().with("objectClass", classes)).entry.kind;
    }
    std::vector<std::string> values(const sync::Entry& entry, std::string_view name) {
        const auto at = std::find(names_.begin(), names_.end(), name) - names_.begin();
        const sync::AttributesView view(entry.attributes.bytes());
        const auto found = view.values(static_cast<sync::AttributeNames::Index>(at));
        return {found.begin(), found.end()};
    }

    std::vector<std::string> names_{"cn", "mail", "proxyAddresses", "objectSid", "member"};
    EntryDecoder decoder_{names_, 3};
};

TEST_F(EntryDecoding, ARealUser) {
    const auto result = decoded(a_user());
    const auto& entry = result.entry;
    EXPECT_EQ(to_text(entry.guid), guid_as_text);
    ASSERT_TRUE(entry.sid);
    EXPECT_EQ(to_text(*entry.sid), sid_as_text);
    EXPECT_EQ(entry.kind, EntryKind::user);
    EXPECT_EQ(entry.domain, 3);
    EXPECT_EQ(entry.dn, its_dn);
    EXPECT_TRUE(entry.disabled);
    EXPECT_EQ(entry.expires, 1704067200);
    EXPECT_EQ(entry.usn, 0U) << "not told";
    EXPECT_EQ(entry.primary_group_rid, 513U);
    EXPECT_THAT(values(entry, "cn"), ElementsAre("krbtgt"));
    EXPECT_FALSE(result.is_deleted);
    EXPECT_FALSE(result.members);
}

TEST_F(EntryDecoding, NothingIsLeftOfTheEntryBefore) {
    decoded(a_user().with("mail", {"a@example.com"}).with("isDeleted", {"TRUE"}));
    decoded(a_group().with("member;range=0-0", {member_value(1)}));
    quarantined(a_user().with("objectSid", {"short"}));
    const auto result = decoded(Answer("OU=Staff,DC=x")
                                    .with("objectClass", {"top", "organizationalUnit"})
                                    .with("objectGUID", {std::string(guid_on_the_wire)}));
    const auto& entry = result.entry;
    EXPECT_EQ(entry.kind, EntryKind::container);
    EXPECT_FALSE(entry.sid);
    EXPECT_FALSE(entry.disabled);
    EXPECT_EQ(entry.expires, std::nullopt);
    EXPECT_EQ(entry.primary_group_rid, 0U);
    EXPECT_TRUE(entry.members.empty());
    EXPECT_TRUE(entry.attributes.bytes().empty());
    EXPECT_FALSE(result.is_deleted);
    EXPECT_FALSE(result.members);
}

TEST_F(EntryDecoding, NamesOfAttributesAndClassesHaveNoCase) {
    const auto entry = decoded(Answer(its_dn)
                                   .with("OBJECTGUID", {std::string(guid_on_the_wire)})
                                   .with("objectclass", {"TOP", "Person", "USER"})
                                   .with("UserAccountControl", {"514"})
                                   .with("MAIL", {"a@example.com"}))
                           .entry;
    EXPECT_EQ(entry.kind, EntryKind::user);
    EXPECT_TRUE(entry.disabled);
    EXPECT_THAT(values(entry, "mail"), ElementsAre("a@example.com"));
}

// A search gives its attributes in the same order each time, until an entry lacks one.
TEST_F(EntryDecoding, TheOrderOfAttributesMayChangeFromEntryToEntry) {
    const auto with_both =
        a_user().with("mail", {"a@example.com"}).with("proxyAddresses", {"SMTP:b@example.com"});
    const auto without_mail = a_user().with("proxyAddresses", {"SMTP:c@example.com"});
    const auto first_of_all = Answer(its_dn)
                                  .with("mail", {"d@example.com"})
                                  .with("userAccountControl", {"512"})
                                  .with("objectGUID", {std::string(guid_on_the_wire)})
                                  .with("objectClass", user_classes);
    for (int i = 0; i < 3; ++i) {
        auto entry = decoded(with_both).entry;
        EXPECT_THAT(values(entry, "mail"), ElementsAre("a@example.com"));
        EXPECT_THAT(values(entry, "proxyAddresses"), ElementsAre("SMTP:b@example.com"));
        entry = decoded(without_mail).entry;
        EXPECT_THAT(values(entry, "mail"), ElementsAre());
        EXPECT_THAT(values(entry, "proxyAddresses"), ElementsAre("SMTP:c@example.com"));
        entry = decoded(first_of_all).entry;
        EXPECT_THAT(values(entry, "mail"), ElementsAre("d@example.com"));
        EXPECT_THAT(values(entry, "proxyAddresses"), ElementsAre());
        EXPECT_FALSE(entry.disabled);
    }
}

TEST_F(EntryDecoding, OnlyWhatIsMappedIsKept) {
    const auto entry =
        decoded(a_user().with("telephoneNumber", {"1"}).with("mail", {"b@x", "a@x", "b@x"})).entry;
    EXPECT_THAT(values(entry, "mail"), ElementsAre("a@x", "b@x")) << "a set, in byte order";
    EXPECT_THAT(values(entry, "objectSid"), ElementsAre(std::string(sid_on_the_wire)))
        << "mapped and decoded";
    EXPECT_THAT(entry.attributes.bytes(), ::testing::Not(HasSubstr("513")));
}

// semantics 2.4
TEST_F(EntryDecoding, UsersAndGroupsAreSyncedAndNobodyElse) {
    EXPECT_EQ(kind_of(user_classes), EntryKind::user);
    EXPECT_EQ(kind_of({"top", "person", "organizationalPerson", "user", "inetOrgPerson"}), EntryKind::user);
    EXPECT_EQ(kind_of(group_classes), EntryKind::group);
    EXPECT_EQ(kind_of({"top", "person", "organizationalPerson", "user", "computer"}), EntryKind::other);
    EXPECT_EQ(
        kind_of({"top", "person", "organizationalPerson", "user", "computer", "msDS-ManagedServiceAccount"}),
        EntryKind::other);
    EXPECT_EQ(kind_of({"top", "person", "organizationalPerson", "user", "computer",
                       "msDS-GroupManagedServiceAccount"}),
              EntryKind::other);
    EXPECT_EQ(kind_of({"top", "person", "organizationalPerson", "contact"}), EntryKind::other);
    EXPECT_EQ(kind_of({"top", "foreignSecurityPrincipal"}), EntryKind::foreign);
    for (const std::string name : {"organizationalUnit", "container", "builtinDomain", "lostAndFound"}) {
        EXPECT_EQ(kind_of({"top", name}), EntryKind::container) << name;
    }
    EXPECT_EQ(kind_of({"top", "domain", "domainDNS"}), EntryKind::container);
    EXPECT_EQ(kind_of({"top", "printQueue"}), EntryKind::other);
}

TEST_F(EntryDecoding, AUserIsOneByItsCategoryToo) {
    const auto category = [](const std::string& name) {
        return a_user().with("objectCategory", {"CN=" + name + ",CN=Schema,CN=Configuration,DC=x"});
    };
    EXPECT_EQ(decoded(category("Computer")).entry.kind, EntryKind::other);
    EXPECT_EQ(decoded(category("Personal-Data")).entry.kind, EntryKind::other);
    EXPECT_EQ(decoded(category("person")).entry.kind, EntryKind::user);
    EXPECT_EQ(decoded(a_user().with("objectCategory", {"<GUID=50f32d88-b698-4b3b-9a39-30beb30779de>;"
                                                       "CN=Person,CN=Schema,CN=Configuration,DC=x"}))
                  .entry.kind,
              EntryKind::user);
    EXPECT_EQ(decoded(a_user().without("objectCategory")).entry.kind, EntryKind::user);
}

// semantics 5.17: what becomes of them depends on whom the store has.
TEST_F(EntryDecoding, NamesThatAReplicationConflictChangedAreMarked) {
    const std::string mark = std::string("\\0ACNF:") + guid_as_text;
    const auto user = decoded(a_user().called("CN=Doe\\, John" + mark + ",CN=Users,DC=x")).entry;
    EXPECT_EQ(user.kind, EntryKind::user);
    EXPECT_TRUE(user.mangled);
    const auto group = decoded(a_group().called("CN=team" + mark + ",CN=Users,DC=x")).entry;
    EXPECT_EQ(group.kind, EntryKind::group);
    EXPECT_TRUE(group.mangled);
    EXPECT_TRUE(decoded(a_user().with("sAMAccountName", {"$DUPLICATE-1f4"})).entry.mangled);
    EXPECT_TRUE(decoded(a_user().with("sAMAccountName", {"$duplicate-1f4"})).entry.mangled);
    EXPECT_FALSE(decoded(a_user().with("sAMAccountName", {"a$DUPLICATE-1f4"})).entry.mangled);
    EXPECT_FALSE(decoded(a_user()).entry.mangled) << "of the entry before";
    EXPECT_FALSE(decoded(a_user().called("CN=alice,OU=x" + mark + ",DC=x")).entry.mangled);
}

// A container by another name is the container of those below it.
TEST_F(EntryDecoding, AContainerIsOneWhateverItsName) {
    const auto unit = decoded(a_user()
                                  .with("objectClass", {"top", "organizationalUnit"})
                                  .called(std::string("OU=Staff\\0ACNF:") + guid_as_text + ",DC=x"))
                          .entry;
    EXPECT_EQ(unit.kind, EntryKind::container);
    EXPECT_FALSE(unit.mangled);
}

TEST_F(EntryDecoding, TombstonesAreTold) {
    const auto name = std::string("CN=krbtgt\\0ADEL:") + guid_as_text + ",CN=Deleted Objects,DC=x";
    const auto tombstone = a_user().called(name).with("isDeleted", {"TRUE"}).without("objectCategory");
    EXPECT_TRUE(decoded(tombstone).is_deleted);
    // A tombstone has lost most attributes; what an account may see of one may be even less.
    EXPECT_TRUE(
        decoded(Answer(name).with("objectGUID", {std::string(guid_on_the_wire)}).with("isDeleted", {"TRUE"}))
            .is_deleted);
    EXPECT_EQ(to_text(decoded(Answer(name).with("objectGUID", {std::string(guid_on_the_wire)})).entry.guid),
              guid_as_text);
    EXPECT_FALSE(decoded(a_user().with("isDeleted", {"FALSE"})).is_deleted);
    EXPECT_FALSE(decoded(a_user().with("isDeleted", {})).is_deleted) << "undeleted: present with no value";
}

TEST_F(EntryDecoding, TheNameIsKeptWithoutItsExtendedParts) {
    EXPECT_EQ(decoded(a_user().called("<GUID=0456cb94-342e-4723-919e-a34383392d86>;<SID=S-1-5-11>;CN=a,DC=x"))
                  .entry.dn,
              "CN=a,DC=x");
}

TEST_F(EntryDecoding, ValuesThatBreakTheirSyntaxQuarantine) {
    const std::vector<std::pair<std::string, std::string>> broken{
        {"objectSid", "short"},
        {"userAccountControl", "514 "},
        {"userAccountControl", "4294967296"},
        {"accountExpires", "tomorrow"},
        {"accountExpires", "-1"},
        {"primaryGroupID", "-1"},
        {"primaryGroupID", "4294967296"},
        {"isDeleted", "perhaps"},
        {"objectCategory", "<GUID=x>;CN=Person"},
    };
    for (const auto& [name, value] : broken) {
        const auto entry = quarantined(a_user().with(name, {value}));
        EXPECT_THAT(entry.reason, HasSubstr(name));
        EXPECT_THAT(entry.reason, HasSubstr("'" + value + "'"));
        ASSERT_TRUE(entry.guid) << "with a GUID it counts as seen: " << name;
        EXPECT_EQ(to_text(*entry.guid), guid_as_text);
        EXPECT_EQ(entry.kind, EntryKind::user);
        EXPECT_EQ(entry.dn, its_dn);
    }
}

TEST_F(EntryDecoding, ABrokenGuidIsNoGuid) {
    for (const std::string value : {"", "fifteen bytes..", "seventeen bytes.."}) {
        const auto entry = quarantined(a_user().with("objectGUID", {value}));
        EXPECT_FALSE(entry.guid) << value;
        EXPECT_THAT(entry.reason, HasSubstr("objectGUID"));
    }
}

TEST_F(EntryDecoding, ReasonsAreFitToBeShown) {
    const auto reason =
        quarantined(a_user().with("accountExpires", {"1\n2\xff" + std::string(5000, '9')})).reason;
    EXPECT_THAT(reason, HasSubstr("1\\x0a2\\xff"));
    EXPECT_LT(reason.size(), 200U);
    EXPECT_TRUE(text::is_valid_utf8(reason));
}

TEST_F(EntryDecoding, TheFirstReasonIsTheOneThatIsGiven) {
    const auto reason =
        quarantined(a_user().with("userAccountControl", {"x"}).with("accountExpires", {"y"})).reason;
    EXPECT_THAT(reason, HasSubstr("userAccountControl"));
}

// semantics 5.1: rights that were lost must not make a person something else, or enable one who is disabled.
TEST_F(EntryDecoding, WhatEveryObjectHasButCannotBeSeenQuarantines) {
    for (const std::string name : {"objectGUID", "objectClass"}) {
        EXPECT_THAT(quarantined(a_user().without(name)).reason, HasSubstr(name + " is missing"));
        EXPECT_THAT(quarantined(a_user().with(name, {})).reason, HasSubstr(name));
    }
    EXPECT_FALSE(quarantined(a_user().without("objectGUID")).guid);
    EXPECT_FALSE(decoded(a_user().without("userAccountControl")).entry.control_known);
    EXPECT_TRUE(decoded(a_user()).entry.control_known);
    EXPECT_TRUE(decoded(a_group()).entry.control_known);
    EXPECT_EQ(decoded(a_group()).entry.kind, EntryKind::group) << "groups have no userAccountControl";
}

TEST(EntryDecoder, ASingleValueThatComesTwiceIsNotBelieved) {
    EXPECT_THAT(quarantined(a_user().with("userAccountControl", {"512", "514"})).reason,
                HasSubstr("several values"));
    EXPECT_THAT(quarantined(a_user().with("accountExpires", {"0", "1"})).reason, HasSubstr("several values"));
}

TEST_F(EntryDecoding, TheUsnIsTakenWhereItComes) {
    EXPECT_EQ(decoded(a_user().with("uSNChanged", {"12345"})).entry.usn, 12345U);
    EXPECT_NE(quarantined(a_user().with("uSNChanged", {"-1"})).reason.find("uSNChanged"), std::string::npos);
}

TEST_F(EntryDecoding, AttributesThatMayBeAbsentAreNoError) {
    const auto entry =
        decoded(
            a_user().without("accountExpires").without("primaryGroupID").without("objectSid").without("cn"))
            .entry;
    EXPECT_EQ(entry.expires, std::nullopt);
    EXPECT_EQ(entry.primary_group_rid, 0U);
    EXPECT_FALSE(entry.sid);
}

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
