#include "config/config.hpp"

#include "config_testing.hpp"

namespace dirsync::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> targets_of(const std::vector<sync::TargetMapping>& targets) {
    std::vector<std::string> out;
    for (const auto& target : targets) {
        std::string text = target.target + ":";
        for (const auto& part : target.chain) text += " " + part.source();
        out.push_back(std::move(text));
    }
    return out;
}

std::string with_user(std::string_view keys) { return "attribute_mappings:\n  user:\n" + indented(keys, 4); }

// semantics 3.2, 3.3
TEST(MappingConfig, OverridesKeepTheirPlaceAndFurtherTargetsFollowInOrder) {
    const auto mapping = good(
                             "attribute_mappings:\n"
                             "  user:\n"
                             "    zebra: '${z}'\n"
                             "    email: '${userPrincipalName}'\n"
                             "    department: ['${department}', none]\n"
                             "  group: {displayName: '${cn}'}\n")
                             .sync.mapping;
    EXPECT_THAT(targets_of(mapping.user),
                ElementsAre("userName: ${userPrincipalName} ${sAMAccountName}@${domain}",
                            "email: ${userPrincipalName}", "displayName: ${displayName}",
                            "givenName: ${givenName}", "familyName: ${sn}", "middleName: ${initials}",
                            "zebra: ${z}", "department: ${department} none"));
    EXPECT_THAT(targets_of(mapping.group), ElementsAre("displayName: ${cn}", "description: ${description}"));
}

TEST(MappingConfig, EmptyListLeavesATargetEmpty) {
    EXPECT_THAT(targets_of(good(with_user("middleName: []")).sync.mapping.user),
                testing::Contains("middleName:"));
    EXPECT_THAT(
        problems_of(with_user("userName: []")),
        ElementsAre("3:5: attribute_mappings.user.userName: needs at least one template: nothing can exist "
                    "without it"));
    EXPECT_THAT(
        problems_of("attribute_mappings: {group: {displayName: []}}"),
        ElementsAre(HasSubstr("1:30: attribute_mappings.group.displayName: needs at least one template")));
}

TEST(MappingConfig, TargetsOfTheProgramCannotBeMapped) {
    EXPECT_THAT(
        problems_of(with_user("externalId: '${x}'\nsid: '${x}'\nstatus: '${x}'")),
        ElementsAre("3:5: attribute_mappings.user.externalId: is set by the program and cannot be mapped",
                    "4:5: attribute_mappings.user.sid: is set by the program and cannot be mapped",
                    "5:5: attribute_mappings.user.status: is set by the program and cannot be mapped"));
}

TEST(MappingConfig, TargetIsAName) {
    for (const std::string name : {"1a", "a b", "_x", "é"}) {
        EXPECT_THAT(
            problems_of(with_user("'" + name + "': '${x}'")),
            ElementsAre(HasSubstr("not a name for an attribute: a letter, then letters, digits, '_', '.' and "
                                  "'-'")))
            << name;
    }
}

TEST(MappingConfig, KnownTargetInAnotherCaseIsAMistake) {
    EXPECT_THAT(problems_of(with_user("username: '${x}'")),
                ElementsAre("3:5: attribute_mappings.user.username: unknown key (did you mean 'userName'?)"));
}

TEST(MappingConfig, ValueIsATemplateOrAListOfThem) {
    EXPECT_THAT(
        problems_of(with_user("email: {a: b}")),
        ElementsAre("3:12: attribute_mappings.user.email: expected a template or a list of templates, for "
                    "example '${mail}', not a map"));
    EXPECT_THAT(
        problems_of(with_user("email:")),
        ElementsAre("3:5: attribute_mappings.user.email: expected a template or a list of templates, for "
                    "example '${mail}', but the value is missing"));
    EXPECT_THAT(
        problems_of(with_user("email: [[a]]")),
        ElementsAre("3:13: attribute_mappings.user.email[0]: expected a text, for example '${mail}', not a "
                    "list"));
}

TEST(MappingConfig, TemplateErrorIsShownWhereItIs) {
    EXPECT_THAT(
        problems_of(with_user("email: 'abc${mail|shout}'")),
        ElementsAre(
            "3:23: attribute_mappings.user.email: at byte 11: unknown filter 'shout': the filters are "
            "'lower', 'upper' and 'trim'"));
    EXPECT_THAT(
        problems_of("attribute_mappings:\n  group:\n    description: [a, '${b|foo}']\n"),
        ElementsAre(
            "3:27: attribute_mappings.group.description[1]: at byte 5: unknown filter 'foo': the filters "
            "are 'lower', 'upper' and 'trim'"));
}

}  // namespace
}  // namespace dirsync::config
