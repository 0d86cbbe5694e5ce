#include "ldap/wire/extended_dn.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace dirsync::ldap::wire {
namespace {

using std::string_view_literals::operator""sv;

// What a domain controller sends for one object: parts in hex (flag 0) and as text (flag 1).
constexpr auto group_in_hex =
    "<GUID=09e97915ec71475db285c4a798fa0fb2>;<SID=010500000000000515000000c29bcb4396b3d24e4b821741dc460f00>;"
    "CN=with-foreign,OU=Groups,OU=Lab,DC=corp,DC=example,DC=com"sv;
constexpr auto group_as_text =
    "<GUID=1579e909-71ec-5d47-b285-c4a798fa0fb2>;<SID=S-1-5-21-1137417154-1322431382-1092059723-1001180>;"
    "CN=with-foreign,OU=Groups,OU=Lab,DC=corp,DC=example,DC=com"sv;
constexpr auto group_dn = "CN=with-foreign,OU=Groups,OU=Lab,DC=corp,DC=example,DC=com"sv;
constexpr auto group_guid = "1579e909-71ec-5d47-b285-c4a798fa0fb2"sv;
constexpr auto group_sid = "S-1-5-21-1137417154-1322431382-1092059723-1001180"sv;

constexpr auto foreign_in_hex =
    "<GUID=8e7ef315d97e004398eea83669261a5c>;<SID=010500000000000515000000c7353a428e6b748455a1aec64c040000>;"
    "CN=S-1-5-21-1111111111-2222222222-3333333333-1100,CN=ForeignSecurityPrincipals,DC=corp,DC=example,"
    "DC=com"sv;
constexpr auto foreign_guid = "15f37e8e-7ed9-4300-98ee-a83669261a5c"sv;
constexpr auto foreign_sid = "S-1-5-21-1111111111-2222222222-3333333333-1100"sv;

void expect_group(std::string_view text) {
    const auto parsed = parse_extended_dn(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->guid, parse<ObjectGuid>(group_guid)) << text;
    EXPECT_EQ(parsed->sid, parse_sid(group_sid)) << text;
    EXPECT_EQ(parsed->dn, group_dn) << text;
}

std::string with_guid(std::string_view dn) {
    return "<GUID=09e97915ec71475db285c4a798fa0fb2>;" + std::string(dn);
}

// MS-ADTS 3.1.1.3.4.1.5: the GUID in hex is in wire order, its first three fields little-endian.
TEST(ExtendedDn, HexAndTextNameTheSameObject) {
    expect_group(group_in_hex);
    expect_group(group_as_text);
}

TEST(ExtendedDn, PartsComeInAnyOrderAndCase) {
    const std::string guid = "<GUID=09e97915ec71475db285c4a798fa0fb2>";
    const std::string guid_upper = "<guid=09E97915EC71475DB285C4A798FA0FB2>";
    const std::string sid = "<SID=010500000000000515000000c29bcb4396b3d24e4b821741dc460f00>";
    const std::string sid_text = "<Sid=s-1-5-21-1137417154-1322431382-1092059723-1001180>";
    const std::string dn(group_dn);
    expect_group(sid + ";" + guid + ";" + dn);
    expect_group(sid_text + ";" + guid_upper + ";" + dn);
    expect_group(guid_upper + ";" + sid + ";" + dn);
    expect_group(guid + ";<RMD_FLAGS=0>;<RMD_ADDTIME=133000000000000000>;" + sid + ";" + dn);
}

TEST(ExtendedDn, PartsMayBeMissing) {
    const auto contact = parse_extended_dn(
        "<GUID=2c10eecdf3cb645b8a2991286bffba42>;CN=Contact 7,OU=Contacts,OU=Lab,DC=corp,DC=example,DC=com");
    ASSERT_TRUE(contact);
    EXPECT_EQ(contact->guid, parse<ObjectGuid>("cdee102c-cbf3-5b64-8a29-91286bffba42"));
    EXPECT_FALSE(contact->sid);
    EXPECT_EQ(contact->dn, "CN=Contact 7,OU=Contacts,OU=Lab,DC=corp,DC=example,DC=com");

    const auto only_sid = parse_extended_dn("<SID=01010000000000050b000000>;CN=S-1-5-11");
    ASSERT_TRUE(only_sid);
    EXPECT_FALSE(only_sid->guid);
    EXPECT_EQ(only_sid->sid, parse_sid("S-1-5-11"));

    const auto plain = parse_extended_dn(group_dn);
    ASSERT_TRUE(plain);
    EXPECT_FALSE(plain->guid);
    EXPECT_FALSE(plain->sid);
    EXPECT_EQ(plain->dn, group_dn);

    const auto no_dn = parse_extended_dn("<GUID=09e97915ec71475db285c4a798fa0fb2>");
    ASSERT_TRUE(no_dn);
    EXPECT_EQ(no_dn->guid, parse<ObjectGuid>(group_guid));
    EXPECT_EQ(no_dn->dn, "");
}

TEST(ExtendedDn, TheNameIsLeftAsItIs) {
    const auto text = with_guid("CN=a\\<b\\>\\;\xe6\x9d\xb1\\, Iris,OU=<x>;y,DC=z");  // outlives the view
    const auto parsed = parse_extended_dn(text);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->dn, "CN=a\\<b\\>\\;\xe6\x9d\xb1\\, Iris,OU=<x>;y,DC=z");
}

TEST(ExtendedDn, WhatIsNoneIsMalformed) {
    const std::vector<std::string> bad{
        "<", "<GUID=", "<GUID=09e97915ec71475db285c4a798fa0fb2", "<GUID=>;CN=x", "<GUID>;<",
        "<GUID=09e97915ec71475db285c4a798fa0fb>;CN=x", "<GUID=09e97915ec71475db285c4a798fa0fb22>;CN=x",
        "<GUID=09e97915ec71475db285c4a798fa0fbz>;CN=x", "<GUID=1579e909-71ec-5d47-b285-c4a798fa0fbz>;CN=x",
        "<GUID=1579e909-71ec-5d47-b285c4a798fa0fb2>;CN=x", "<SID=>;CN=x", "<SID=0101000000000005>;CN=x",
        "<SID=01010000000000050b00000>;CN=x", "<SID=01010000000000050b0000zz>;CN=x",
        "<SID=01010000000000050b00000000>;CN=x", "<SID=S-1-5->;CN=x", "<SID=S-2-5-11>;CN=x",
        "<SID=" + std::string(138, '0') + ">;CN=x", "<GUID=09e97915ec71475db285c4a798fa0fb2>CN=x",
        "<GUID=09e97915ec71475db285c4a798fa0fb2>,CN=x",
        // A second one would leave open which of the two is meant.
        "<GUID=09e97915ec71475db285c4a798fa0fb2>;<GUID=09e97915ec71475db285c4a798fa0fb2>;CN=x",
        "<SID=S-1-5-11>;<sid=01010000000000050b000000>;CN=x"};
    for (const auto& text : bad) {
        const auto parsed = parse_extended_dn(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().code(), ErrorCode::malformed_entry) << text;
        EXPECT_FALSE(parsed.error().message().empty());
    }
}

TEST(ExtendedDn, CutWithinAPartIsMalformed) {
    const std::size_t sid_part = group_in_hex.find("<SID");
    const std::size_t name = group_in_hex.find("CN=");
    for (std::size_t size = 0; size < group_in_hex.size(); ++size) {
        const bool is_cut_within_guid = size > 0 && size < sid_part - 1;
        const bool is_cut_within_sid = size > sid_part && size < name - 1;
        EXPECT_EQ(parse_extended_dn(group_in_hex.substr(0, size)).has_value(),
                  !is_cut_within_guid && !is_cut_within_sid)
            << group_in_hex.substr(0, size);
    }
}

TEST(Member, IsKnownByItsGuid) {
    const auto member = decode_member(group_in_hex);
    ASSERT_TRUE(member);
    EXPECT_FALSE(member->skip);
    EXPECT_EQ(member->ref.guid, parse<ObjectGuid>(group_guid));
    EXPECT_FALSE(member->ref.foreign_sid);  // it has a SID, but is of this domain
}

TEST(Member, WithoutAGuidIsMalformed) {
    for (const auto text : {group_dn, "<SID=S-1-5-11>;CN=x"sv, ""sv, "garbage"sv, "<GUID=zz>;CN=x"sv}) {
        const auto member = decode_member(text);
        ASSERT_FALSE(member) << text;
        EXPECT_EQ(member.error().code(), ErrorCode::malformed_entry) << text;
    }
}

// semantics 2.6: a foreign security principal is resolved by its SID.
TEST(Member, ForeignSecurityPrincipalHasItsSid) {
    const auto member = decode_member(foreign_in_hex);
    ASSERT_TRUE(member);
    EXPECT_FALSE(member->skip);
    EXPECT_EQ(member->ref.guid, parse<ObjectGuid>(foreign_guid));
    EXPECT_EQ(member->ref.foreign_sid, parse_sid(foreign_sid));

    const auto well_known = decode_member(
        "<GUID=8541b4ed13b45b40bc66532aa2f458dd>;<SID=01010000000000050b000000>;CN=S-1-5-11,"
        "CN=ForeignSecurityPrincipals,DC=corp,DC=example,DC=com");
    ASSERT_TRUE(well_known);
    EXPECT_EQ(well_known->ref.foreign_sid, parse_sid("S-1-5-11"));
}

TEST(Member, ForeignSecurityPrincipalWithoutASidPartIsKnownByItsName) {
    const std::string dn(foreign_in_hex.substr(foreign_in_hex.find("CN=")));
    const auto member = decode_member(with_guid(dn));
    ASSERT_TRUE(member);
    EXPECT_EQ(member->ref.foreign_sid, parse_sid(foreign_sid));

    const auto other_case = decode_member(
        with_guid("cn=s-1-5-21-1111111111-2222222222-3333333333-1100,cn=foreignsecurityprincipals,dc=corp"));
    ASSERT_TRUE(other_case);
    EXPECT_EQ(other_case->ref.foreign_sid, parse_sid(foreign_sid));
}

TEST(Member, OnlyASidDirectlyBelowTheContainerIsForeign) {
    for (const auto dn : {"CN=S-1-5-11,OU=Groups,DC=x"sv, "OU=S-1-5-11,CN=ForeignSecurityPrincipals,DC=x"sv,
                          "CN=S-1-5-11,OU=a,CN=ForeignSecurityPrincipals,DC=x"sv, "CN=S-1-5-11"sv,
                          "CN=S-1-5-x,CN=ForeignSecurityPrincipals,DC=x"sv,
                          "CN=S-1-5-11,CN=ForeignSecurityPrincipalsToo,DC=x"sv,
                          "CN=alice,CN=ForeignSecurityPrincipals,DC=x"sv}) {
        const auto member = decode_member(with_guid(dn));
        ASSERT_TRUE(member) << dn;
        EXPECT_FALSE(member->ref.foreign_sid) << dn;
    }
}

// A deleted object stays in `member` for a while on some servers; its membership has ended (semantics 4.1).
TEST(Member, BelowDeletedObjectsIsSkipped) {
    for (
        const auto dn :
        {"CN=gone\\0ADEL:efd4db31-2f42-4e1a-b3b7-4e84c33be45e,CN=Deleted Objects,DC=corp,DC=example,DC=com"sv,
         "CN=gone\nDEL:efd4db31-2f42-4e1a-b3b7-4e84c33be45e,CN=Deleted Objects,DC=corp,DC=example,DC=com"sv,
         "cn=gone\\0adel:EFD4DB31-2F42-4E1A-B3B7-4E84C33BE45E,cn=deleted objects,dc=corp"sv,
         "CN=Baker\\, Tess\\0ADEL:efd4db31-2f42-4e1a-b3b7-4e84c33be45e,CN=Deleted Objects,DC=corp"sv}) {
        const auto member = decode_member(with_guid(dn));
        ASSERT_TRUE(member) << dn;
        EXPECT_TRUE(member->skip) << dn;
        EXPECT_TRUE(is_deleted_object(dn)) << dn;
    }
    for (const auto dn :
         {"CN=alice,CN=Deleted Objects,DC=corp"sv,
          "CN=alice,OU=x\\0ADEL:efd4db31-2f42-4e1a-b3b7-4e84c33be45e,CN=Deleted Objects,DC=corp"sv,
          "CN=x\\0ADEL:efd4db31-2f42-4e1a-b3b7-4e84c33be45e,OU=Staff,DC=corp"sv,
          "CN=xDEL:efd4db31-2f42-4e1a-b3b7-4e84c33be45e,CN=Deleted Objects,DC=corp"sv,
          "CN=x\\\\0ADEL:efd4db31-2f42-4e1a-b3b7-4e84c33be45e,CN=Deleted Objects,DC=corp"sv,
          "CN=x\\0ADEL:efd4db31,CN=Deleted Objects,DC=corp"sv, ""sv}) {
        EXPECT_FALSE(is_deleted_object(dn)) << dn;
    }
    EXPECT_TRUE(is_delete_mangled("CN=x\\0ADEL:efd4db31-2f42-4e1a-b3b7-4e84c33be45e,OU=Staff,DC=corp"));
    EXPECT_FALSE(is_delete_mangled("CN=alice,CN=Deleted Objects,DC=corp"));
}

// MS-ADTS 3.1.1.1.5.1.6
TEST(ConflictObject, IsToldByItsOwnName) {
    for (const auto dn : {"CN=x\\0ACNF:efd4db31-2f42-4e1a-b3b7-4e84c33be45e,OU=Staff,DC=corp"sv,
                          "CN=x\nCNF:efd4db31-2f42-4e1a-b3b7-4e84c33be45e,OU=Staff,DC=corp"sv,
                          "CN=x\\0acnf:efd4db31-2f42-4e1a-b3b7-4e84c33be45e"sv,
                          "CN=x\\\\\\0ACNF:efd4db31-2f42-4e1a-b3b7-4e84c33be45e,OU=Staff"sv}) {
        EXPECT_TRUE(is_conflict_object(dn)) << dn;
    }
    for (const auto dn : {"CN=x,OU=y\\0ACNF:efd4db31-2f42-4e1a-b3b7-4e84c33be45e,DC=corp"sv,
                          "CN=x\\0ADEL:efd4db31-2f42-4e1a-b3b7-4e84c33be45e,CN=Deleted Objects,DC=corp"sv,
                          "CN=CNF:efd4db31-2f42-4e1a-b3b7-4e84c33be45e,DC=corp"sv,
                          "CN=x\\\\0ACNF:efd4db31-2f42-4e1a-b3b7-4e84c33be45e,DC=corp"sv,
                          "CN=x\\0ACNF:efd4db31-2f42-4e1a-b3b7-4e84c33be45,DC=corp"sv, "\\0A"sv, ""sv}) {
        EXPECT_FALSE(is_conflict_object(dn)) << dn;
    }
}

}  // namespace
}  // namespace dirsync::ldap::wire
