#include "config/config.hpp"

#include "config_testing.hpp"

namespace dirsync::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> texts_of(const std::vector<sync::ScopeName>& names) {
    std::vector<std::string> out;
    for (const auto& name : names) out.push_back(name.text);
    return out;
}

TEST(ScopeConfig, ReadsEveryFormOfName) {
    const auto scope =
        good(with_corp("sync_scope:\n"
                       "  groups: ['CORP\\AWS-Users', platform@corp.example.com]\n"
                       "  users:\n"
                       "    - alice@corp.example.com\n"
                       "    - 'CN=Bob,DC=corp,DC=example,DC=com'\n"
                       "    - guid:6da77495-7c8e-41de-8a39-080020000a66\n"
                       "  organizational_units: ['OU=Staff,DC=corp,DC=example,DC=com']\n"
                       "  user_filters: [{domain: CORP.example.com, filter: '(department=Sales)'}]\n"
                       "  exclude: {users: [eve@corp.example.com], groups: ['CORP\\Svc']}\n"
                       "  primary_group: false\n"))
            .sync.scope;
    EXPECT_THAT(texts_of(scope.groups), ElementsAre("CORP\\AWS-Users", "platform@corp.example.com"));
    EXPECT_EQ(scope.users.size(), 3U);
    EXPECT_EQ(scope.users.at(1).form, sync::ScopeName::Form::dn);
    EXPECT_EQ(scope.users.at(2).form, sync::ScopeName::Form::guid);
    EXPECT_THAT(texts_of(scope.organizational_units), ElementsAre("OU=Staff,DC=corp,DC=example,DC=com"));
    ASSERT_EQ(scope.user_filters.size(), 1U);
    EXPECT_EQ(scope.user_filters[0].domain, "corp.example.com");
    EXPECT_EQ(scope.user_filters[0].filter.text(), "(department=Sales)");
    EXPECT_THAT(texts_of(scope.exclude_users), ElementsAre("eve@corp.example.com"));
    EXPECT_THAT(texts_of(scope.exclude_groups), ElementsAre("CORP\\Svc"));
    EXPECT_TRUE(scope.flatten);
    EXPECT_FALSE(scope.primary_group);
}

// semantics 2.10: as if writing had been cut short, or what belongs below it stood at another depth
TEST(ScopeConfig, KeyThatHoldsNothingIsRefused) {
    EXPECT_THAT(problems_of(with_corp("sync_scope:\n  exclude:\n  users: ['CORP\\guest']\n")),
                ElementsAre(HasSubstr("sync_scope.exclude: holds nothing")));
    EXPECT_THAT(problems_of(with_corp("sync_scope:\n  exclude:\n    users:\n")),
                ElementsAre(HasSubstr("sync_scope.exclude.users: holds nothing")));
    EXPECT_THAT(problems_of(with_corp("sync_scope:\n  groups: # - 'CORP\\Staff'\n")),
                ElementsAre(HasSubstr("sync_scope.groups: holds nothing")));
    EXPECT_THAT(problems_of(with_corp("sync_scope:\n  groups: []\n  exclude: {users: []}\n")), IsEmpty());
}

// semantics 2.1: a name without a domain is a configuration error
TEST(ScopeConfig, NameWithoutADomainIsRefused) {
    EXPECT_THAT(problems_of(with_corp("sync_scope:\n  users: [alice]\n")),
                ElementsAre(HasSubstr("9:11: sync_scope.users[0]: ")));
}

TEST(ScopeConfig, GroupOfADomainThatIsNotConfiguredIsRefused) {
    EXPECT_THAT(
        problems_of(with_corp("sync_scope:\n  groups: [a@crop.example.com, b@other.test]\n")),
        ElementsAre("9:12: sync_scope.groups[0]: the domain 'crop.example.com' is not configured (did you "
                    "mean 'corp.example.com'?)",
                    "9:32: sync_scope.groups[1]: the domain 'other.test' is not configured"));
    EXPECT_THAT(problems_of(with_corp("sync_scope:\n  exclude: {groups: [b@other.test]}\n")),
                ElementsAre("9:22: sync_scope.exclude.groups[0]: the domain 'other.test' is not configured"));
}

// semantics 2.1: userPrincipalName first, and its suffix need not be the domain's name
TEST(ScopeConfig, UserMayHaveAnySuffix) {
    EXPECT_THAT(problems_of(with_corp("sync_scope:\n  users: [alice@example.com]\n")), IsEmpty());
}

TEST(ScopeConfig, NetbiosNamesCannotBeChecked) {
    EXPECT_THAT(problems_of(with_corp("sync_scope:\n  groups: ['ELSEWHERE\\x']\n")), IsEmpty());
}

TEST(ScopeConfig, DnsLieInAConfiguredDomain) {
    EXPECT_THAT(
        problems_of(with_corp("sync_scope:\n"
                              "  users: ['CN=a,DC=child,DC=corp,DC=example,DC=com']\n"
                              "  organizational_units: ['OU=a,DC=other,DC=test', 'OU=a,O=x']\n")),
        ElementsAre("9:11: sync_scope.users[0]: the domain 'child.corp.example.com' is not configured (did "
                    "you mean 'corp.example.com'?)",
                    "10:26: sync_scope.organizational_units[0]: the domain 'other.test' is not configured",
                    "10:51: sync_scope.organizational_units[1]: the DN does not end in the parts of a "
                    "domain, such as DC=corp,DC=example,DC=com"));
}

TEST(ScopeConfig, OrganizationalUnitIsADnOrGuid) {
    EXPECT_THAT(problems_of(with_corp("sync_scope:\n  organizational_units: ['CORP\\Staff']\n")),
                ElementsAre("9:26: sync_scope.organizational_units[0]: expected a DN or guid:, for example "
                            "'OU=Staff,DC=corp,DC=example,DC=com'"));
    EXPECT_THAT(problems_of(with_corp("sync_scope:\n  organizational_units: "
                                      "[guid:6da77495-7c8e-41de-8a39-080020000a66]\n")),
                IsEmpty());
}

TEST(ScopeConfig, WithoutDomainsNothingIsKnownToBeWrong) {
    EXPECT_THAT(
        problems_of("sync_scope: {groups: [a@other.test], organizational_units: ['OU=x,DC=other,DC=test']}"),
        IsEmpty());
}

TEST(ScopeConfig, EntryThatIsNoTextIsRefused) {
    EXPECT_THAT(
        problems_of("sync_scope: {users: [[a]]}\n"),
        ElementsAre("1:22: sync_scope.users[0]: expected a text, for example alice@corp.example.com, not a "
                    "list"));
}

TEST(ScopeConfig, EntryThatIsListedTwiceCountsOnce) {
    EXPECT_THAT(
        texts_of(good(with_corp("sync_scope: {users: [a@x.test, b@x.test, a@x.test]}")).sync.scope.users),
        ElementsAre("a@x.test", "b@x.test"));
}

TEST(ScopeConfig, FilterNeedsAConfiguredDomainAndAFilter) {
    EXPECT_THAT(problems_of(with_corp("sync_scope:\n"
                                      "  user_filters:\n"
                                      "    - {domain: corp.example.org, filter: '(a=b)'}\n"
                                      "    - {filter: '(a=b)'}\n"
                                      "    - {domain: corp.example.com}\n"
                                      "    - '(a=b)'\n"
                                      "    - {domain: corp.example.com, filter: '(a=b)', base: x}\n")),
                ElementsAre("10:16: sync_scope.user_filters[0].domain: the domain 'corp.example.org' is not "
                            "configured (did you mean 'corp.example.com'?)",
                            "11:7: sync_scope.user_filters[1].domain: is missing",
                            "12:7: sync_scope.user_filters[2].filter: is missing",
                            "13:7: sync_scope.user_filters[3]: expected keys with values, not '(a=b)'",
                            "14:51: sync_scope.user_filters[4].base: unknown key"));
}

/// Where the problem of this filter is said to be, with the filter written in `yaml` from column 41 on.
std::string place_of_filter(std::string_view yaml) {
    const auto problems = problems_of(with_corp("sync_scope:\n  user_filters: [{domain: CORP.example.com, " +
                                                ("filter: " + std::string(yaml)) + "}]\n"));
    EXPECT_EQ(problems.size(), 1U) << yaml;
    return problems.empty() ? "" : problems[0].substr(0, problems[0].find(": "));
}

TEST(ScopeConfig, FilterErrorIsShownWhereItIs) {
    // The filter is wrong at its first character of a value in the wrong place: `)` where a type is due.
    EXPECT_EQ(place_of_filter("(&(a=b)(=c))"), "9:61");
    EXPECT_EQ(place_of_filter("'(&(a=b)(=c))'"), "9:62");
    EXPECT_EQ(place_of_filter("'(&(a=it''s)(=c))'"), "9:66");
    EXPECT_EQ(place_of_filter(R"x("(&(a=\")(=c))")x"), "9:63");
}

}  // namespace
}  // namespace dirsync::config
