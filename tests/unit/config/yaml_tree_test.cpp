#include "config/yaml_tree.hpp"

#include "config_testing.hpp"

namespace dirsync::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(YamlTree, FileWithoutContentMeansDefaults) {
    EXPECT_THAT(problems_of(""), IsEmpty());
    EXPECT_THAT(problems_of("# only a comment\n"), IsEmpty());
    EXPECT_THAT(problems_of("---\n"), IsEmpty());
    EXPECT_EQ(load_text("", "f").config.source, sync::SourceKind::directory);
}

TEST(YamlTree, SectionWithAllKeysCommentedOutMeansDefaults) {
    EXPECT_THAT(problems_of("identity_source:\n  change:\nsync_scope:\n  user_filters:\nschedule: ~\n"),
                IsEmpty());
}

TEST(YamlTree, SyntaxErrorHasItsPlace) {
    EXPECT_THAT(problems_of("schedule:\n  poll: [30s\nlog: {}\n"),
                ElementsAre(HasSubstr("not valid YAML: ")));
    EXPECT_THAT(problems_of("schedule:\n\tpoll: 30s\n"),
                ElementsAre("2:6: not valid YAML: illegal map value (indent with spaces)"));
}

TEST(YamlTree, BackslashInDoubleQuotesIsExplained) {
    EXPECT_THAT(problems_of("sync_scope:\n  groups: [\"CORP\\Users\"]\n"),
                ElementsAre(HasSubstr("write names in single quotes: 'CORP\\alice'")));
    EXPECT_THAT(
        problems_of("sync_scope:\n  groups: [\"CORP\\alice\"]\n"),  // \a is the bell
        ElementsAre("2:17: sync_scope.groups[0]: holds a control character; in double quotes a backslash "
                    "starts an escape: use single quotes"));
}

// contract, Configuration: duplicate keys are errors
TEST(YamlTree, DuplicateKeysAreRefusedAtEveryDepth) {
    EXPECT_THAT(problems_of("log: {level: info}\nlog: {level: debug}\n"),
                ElementsAre("2:1: log: duplicate key 'log' (first on line 1)"));
    EXPECT_THAT(problems_of(with_domain("name: a.example\n" + std::string(good_bind) + "\nname: b.example")),
                ElementsAre("8:9: identity_source.active_directory.domains[0].name: "
                            "duplicate key 'name' (first on line 6)"));
    EXPECT_THAT(problems_of("attribute_mappings: {user: {email: '${mail}', email: '${cn}'}}\n"),
                ElementsAre("1:47: attribute_mappings.user.email: duplicate key 'email' (first on line 1)"));
}

TEST(YamlTree, KeyThatIsNoTextIsRefused) {
    EXPECT_THAT(problems_of("? [a]\n: 1\n"), ElementsAre("1:3: a key must be plain text"));
}

TEST(YamlTree, SecondDocumentIsRefused) {
    EXPECT_THAT(problems_of("log: {}\n---\nlog: {}\n"),
                ElementsAre("2:1: a second document: the file must be one document"));
}

TEST(YamlTree, TagsAreRefused) {
    EXPECT_THAT(problems_of("log: {level: !!str info}\n"),
                ElementsAre(HasSubstr("a tag has no meaning here")));
}

TEST(YamlTree, AliasStandsForItsValue) {
    const std::string yaml =
        with_domain("name: a.example\nbind: &login {principal: s@A, keytab_file: /k}\n") +
        "      - {name: b.example, bind: *login}\n";
    EXPECT_EQ(good(yaml).domains.at(1).bind.principal, "s@A");
}

TEST(YamlTree, AliasInsideItsOwnValueIsRefused) {
    EXPECT_THAT(problems_of("sync_scope: {users: &a [*a]}\n"),
                ElementsAre("1:25: sync_scope.users[0]: an alias may not stand inside the value it refers to",
                            HasSubstr("sync_scope.users[0]: expected a text")));
}

TEST(YamlTree, AliasesCannotGrowWithoutBound) {
    std::string yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int level = 1; level < 12; ++level) {
        const std::string below = "*a" + std::to_string(level - 1);
        yaml += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [";
        for (int i = 0; i < 10; ++i) yaml += (i > 0 ? ", " : "") + below;
        yaml += "]\n";
    }
    EXPECT_THAT(problems_of(yaml), ElementsAre(HasSubstr("too large: more than 2000000 values")));
}

TEST(YamlTree, DeepNestingIsRefused) {
    EXPECT_THAT(problems_of("log: " + std::string(100, '[') + std::string(100, ']')),
                ElementsAre(HasSubstr("nested too deeply")));
    for (const std::string_view unit : {"[", "{a: ", "- ", "? ", "!a ", "&a [", "a:\n "}) {
        std::string bomb;
        for (int i = 0; i < 20'000; ++i) bomb += unit;
        EXPECT_THAT(problems_of(bomb), testing::Not(IsEmpty())) << unit;
    }
}

TEST(YamlTree, BytesThatAreNoTextHaveTheirPlace) {
    EXPECT_THAT(problems_of(std::string_view("log:\n  \0level: info\n", 21)),
                ElementsAre(R"(2:3: not text: control character '\x00')"));
    EXPECT_THAT(problems_of("log: {}\n# caf\xE9\n"), ElementsAre("2:6: not text: the file must be UTF-8"));
    EXPECT_THAT(problems_of("a\x04"), ElementsAre(HasSubstr("1:2: not text")));
}

TEST(YamlTree, ByteOrderMarkAndCrLfAreAccepted) {
    EXPECT_EQ(good("\xEF\xBB\xBFlog:\r\n  level: debug\r\n").log_level, "debug");
}

TEST(YamlTree, ColumnsCountCharactersNotBytes) {
    EXPECT_THAT(problems_of("sync_scope: {users: [äöü@corp.example.com, 7]}\n"),
                ElementsAre(HasSubstr("1:44: sync_scope.users[1]: ")));
}

TEST(YamlTree, FileThatIsTooLargeIsRefused) {
    const std::string large(YamlTree::max_bytes + 1, '#');
    EXPECT_THAT(problems_of(large), ElementsAre("0:0: too large: more than 16777216 bytes"));
}

TEST(YamlTree, ListOfProblemsIsCapped) {
    std::string yaml;
    for (int i = 0; i < 5000; ++i) yaml += "k" + std::to_string(i) + ": 1\n";
    const auto problems = problems_of(yaml);
    ASSERT_EQ(problems.size(), most_problems + 1);
    EXPECT_EQ(problems.back(), "0:0: too many problems: the rest is not listed");
}

}  // namespace
}  // namespace dirsync::config
