#include "model/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dirsync::sync {
namespace {

using testing::HasSubstr;
using Form = ScopeName::Form;

ScopeName parsed(std::string_view text) {
    auto name = parse_scope_name(text);
    if (!name) {
        ADD_FAILURE() << text << ": " << name.error().message();
        return {};
    }
    EXPECT_EQ(name->text, text);
    return std::move(*name);
}

std::string refusal(std::string_view text) {
    const auto name = parse_scope_name(text);
    if (name) return "accepted";
    EXPECT_EQ(name.error().code(), ErrorCode::config_invalid);
    return name.error().message();
}

// semantics 2.1: the four forms.
TEST(ScopeName, QualifiedIsSplitAtTheLastAt) {
    const auto plain = parsed("alice@Corp.Example.COM");
    EXPECT_EQ(plain.form, Form::qualified);
    EXPECT_EQ(plain.name, "alice");
    EXPECT_EQ(plain.domain, "corp.example.com");

    const auto guest = parsed("bob@partner.com@corp.example.com");
    EXPECT_EQ(guest.form, Form::qualified);
    EXPECT_EQ(guest.name, "bob@partner.com");
    EXPECT_EQ(guest.domain, "corp.example.com");
}

TEST(ScopeName, NetbiosHasItsDomainFirst) {
    const auto name = parsed(R"(CORP\AWS Users)");
    EXPECT_EQ(name.form, Form::netbios);
    EXPECT_EQ(name.name, "AWS Users");
    EXPECT_EQ(name.domain, "CORP");
    EXPECT_EQ(parsed(R"(CORP\a@b)").form, Form::netbios);
}

TEST(ScopeName, DnIsParsed) {
    const auto name = parsed(R"(CN=Doe\, John,OU=Staff,DC=corp,DC=com)");
    EXPECT_EQ(name.form, Form::dn);
    ASSERT_TRUE(name.dn);
    EXPECT_EQ(name.dn->depth(), 4U);
    EXPECT_EQ(parsed("OU=Staff").form, Form::dn);
    EXPECT_EQ(parsed("CN=a@b,DC=corp,DC=com").form, Form::dn);
}

TEST(ScopeName, AnEqualsSignAloneMakesNoDn) {
    const auto name = parsed("a=b@corp.example.com");
    EXPECT_EQ(name.form, Form::qualified);
    EXPECT_EQ(name.name, "a=b");
    EXPECT_EQ(parsed(R"(CORP\a=b)").form, Form::netbios);
}

TEST(ScopeName, GuidIsTheObjectGuid) {
    const auto name = parsed("guid:6DA77495-e9f6-5f2d-9056-e4b0038c472c");
    EXPECT_EQ(name.form, Form::guid);
    EXPECT_EQ(to_text(name.guid), "6da77495-e9f6-5f2d-9056-e4b0038c472c");
    EXPECT_EQ(parsed("GUID: {6da77495-e9f6-5f2d-9056-e4b0038c472c}").guid, name.guid);
}

// semantics 2.1: a name without a domain is a configuration error.
TEST(ScopeName, WithoutADomainIsRefused) {
    EXPECT_EQ(refusal("alice"), "a name without a domain: write 'alice@corp.example.com' or 'CORP\\alice'");
    EXPECT_THAT(refusal("alice="), HasSubstr("accepted"));  // an attribute with an empty value
    EXPECT_THAT(refusal("a b=c"), HasSubstr("without a domain"));
}

TEST(ScopeName, SaysWhatIsMissing) {
    EXPECT_THAT(refusal(""), HasSubstr("an empty name"));
    EXPECT_THAT(refusal(" \t\u00a0"), HasSubstr("an empty name"));
    EXPECT_THAT(refusal("alice@"), HasSubstr("without a domain behind it"));
    EXPECT_THAT(refusal("@corp.example.com"), HasSubstr("a domain without a name"));
    EXPECT_THAT(refusal("alice@corp example"), HasSubstr("white space in the domain"));
    EXPECT_THAT(refusal("\\alice"), HasSubstr("without a domain before it"));
    EXPECT_THAT(refusal("CORP\\"), HasSubstr("a domain without a name"));
    EXPECT_THAT(refusal(R"(CORP\\alice)"), HasSubstr("more than one '\\'"));
    EXPECT_THAT(refusal("guid:"), HasSubstr("without an objectGUID"));
    EXPECT_THAT(refusal("guid:6da77495"), HasSubstr("without an objectGUID"));
}

TEST(ScopeName, WhiteSpaceAroundItIsNoPartOfIt) {
    const auto name = parsed("  alice@corp.example.com ");
    EXPECT_EQ(name.name, "alice");
    EXPECT_EQ(name.domain, "corp.example.com");
}

// contract, configuration: the defaults of guards and lifecycle.
TEST(SyncSettings, HaveTheDefaultsOfTheContract) {
    const SyncSettings settings;
    EXPECT_EQ(settings.safety.remove_users.count, 500U);
    EXPECT_EQ(settings.safety.remove_users.percent, 10);
    EXPECT_EQ(settings.safety.remove_members_per_group.count, 1000U);
    EXPECT_EQ(settings.safety.remove_members_per_group.percent, 50);
    EXPECT_EQ(settings.lifecycle.disable_after, parse_duration("28d"));
    EXPECT_EQ(settings.lifecycle.delete_after, std::nullopt);
    EXPECT_EQ(settings.lifecycle.paused_disable_after, std::nullopt);
    EXPECT_TRUE(settings.scope.flatten);
    EXPECT_TRUE(settings.scope.primary_group);
}

}  // namespace
}  // namespace dirsync::sync
