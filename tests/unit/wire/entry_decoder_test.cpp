#include "ldap/wire/entry_decoder.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/text.hpp"
#include "tests/unit/wire/entry_decoding.hpp"

namespace dirsync::ldap::wire {
namespace {

using sync::EntryKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string tombstone_dn() {
    return std::string("CN=krbtgt\\0ADEL:") + guid_as_text + ",CN=Deleted Objects,DC=x";
}

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
    decoded(a_user().called(tombstone_dn()).with("mail", {"a@example.com"}).with("isDeleted", {"TRUE"}));
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
    const auto name = tombstone_dn();
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

// Semantics 5.2: a tombstone is the proof of a deletion, and this is none.
TEST_F(EntryDecoding, IsDeletedBesideALivingNameQuarantines) {
    const auto entry = quarantined(a_user().with("isDeleted", {"TRUE"}));
    EXPECT_THAT(entry.reason, HasSubstr("contradicts itself"));
    EXPECT_TRUE(entry.guid);
    const auto hidden = decoded(Answer("CN=Deleted Objects,DC=x")
                                    .with("objectClass", {"top", "container"})
                                    .with("objectGUID", {std::string(guid_on_the_wire)})
                                    .with("isDeleted", {"TRUE"}));
    EXPECT_EQ(hidden.entry.kind, EntryKind::container);
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

TEST_F(EntryDecoding, ASingleValueThatComesTwiceIsNotBelieved) {
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

}  // namespace
}  // namespace dirsync::ldap::wire
