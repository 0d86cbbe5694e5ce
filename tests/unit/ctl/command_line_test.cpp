#include "ctl/command_line.hpp"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/command_table.hpp"

namespace dirsync::ctl {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

CommandLine line(const std::vector<std::string>& words) { return parsed_line(words, "1.2.3"); }

std::string refused(const std::vector<std::string>& words) {
    const auto parsed = line(words);
    EXPECT_EQ(parsed.command, nullptr);
    EXPECT_EQ(parsed.code, exit_usage);
    return parsed.said;
}

// Spellings that scripts rely on: docs/contract.md.
TEST(CommandLines, AreThoseOfTheContract) {
    const std::vector<std::vector<std::string>> lines{
        {"status", "--json"},
        {"status", "--check"},
        {"sync", "--full"},
        {"plan", "--config", "f", "--json"},
        {"held"},
        {"held", "h", "--json"},
        {"approve", "h", "--only", "a", "--only", "b", "--reason", "r", "--yes"},
        {"pause"},
        {"resume"},
        {"reload"},
        {"runs", "--json"},
        {"changes", "--follow", "--since", "7"},
        {"changes", "--user", "a", "--run", "1234", "--until", "2026-01-31T12:00:00Z"},
        {"revert", "r", "--dry-run", "--yes"},
        {"errors", "--json"},
        {"explain", "alice", "--json"},
        {"users", "list", "--json"},
        {"users", "show", "alice"},
        {"groups", "list"},
        {"groups", "show", "g"},
        {"groups", "members", "g"},
        {"source", "show"},
        {"source", "change"},
        {"source", "change", "directory", "--accept", "ACCEPT"},
        {"source", "snapshots", "--json"},
        {"source", "snapshots", "export", "i", "f"},
        {"source", "snapshots", "import", "f"},
        {"source", "restore", "i", "--assignments-only"},
        {"user", "create", "u", "--email", "e", "--display-name", "d", "--given-name", "g", "--family-name",
         "f"},
        {"user", "update", "u", "--user-name", "n"},
        {"user", "delete", "u"},
        {"user", "enable", "u"},
        {"user", "disable", "u"},
        {"user", "import", "f", "--format", "csv", "--dry-run", "--skip-bad"},
        {"group", "create", "g", "--description", "d"},
        {"group", "update", "g", "--name", "n"},
        {"group", "delete", "g"},
        {"group", "add-member", "g", "u"},
        {"group", "remove-member", "g", "u"},
        {"group", "import", "-"},
        {"permission-set", "create", "p", "--description", "d"},
        {"permission-set", "list"},
        {"permission-set", "delete", "p", "--force"},
        {"assignment", "create", "--user", "u", "--permission-set", "p", "--target", "t"},
        {"assignment", "create", "--group", "g", "--permission-set", "p", "--target", "t"},
        {"assignment", "list", "--effective", "u"},
        {"assignment", "delete", "i"},
        {"assignment", "export"},
        {"assignment", "export", "f"},
        {"assignment", "import", "f", "--create-permission-sets"},
        {"doctor", "--json"},
        {"setup", "--answers", "f"},
        {"scope", "list", "--json"},
        {"scope", "add", "--user", "u", "--yes", "--force"},
        {"scope", "remove", "--filter", "(a=b)", "--domain", "d", "--yes"},
        {"help"},
        {"help", "user", "create"},
    };
    std::set<std::string> seen;
    for (const auto& words : lines) {
        const auto parsed = line(words);
        ASSERT_NE(parsed.command, nullptr) << words[0] << ": " << parsed.said;
        seen.insert(parsed.command->name);
    }
    for (const auto& command : command_table())
        EXPECT_TRUE(seen.contains(command.name)) << command.name << " is not tried";
}

TEST(CommandLines, FillTheArguments) {
    const auto approve =
        line({"approve", "h1", "--only", "a", "--only", "b", "--reason", "new disk", "--wait"});
    EXPECT_EQ(approve.command->name, "approve");
    EXPECT_EQ(approve.arguments.name, "h1");
    EXPECT_THAT(approve.arguments.only, ElementsAre("a", "b"));
    EXPECT_EQ(approve.arguments.reason, "new disk");
    EXPECT_TRUE(approve.arguments.wait);
    EXPECT_FALSE(approve.arguments.yes);
    const auto changes = line({"changes", "--since", "0"});
    EXPECT_EQ(changes.arguments.since, "0");
    EXPECT_EQ(changes.arguments.limit, -1);
    EXPECT_EQ(line({"user", "update", "u", "--email", ""}).arguments.email, "") << "it clears the attribute";
    EXPECT_EQ(line({"user", "update", "u"}).arguments.email, std::nullopt);
    EXPECT_EQ(line({"source", "change", "--accept", ""}).arguments.accept, "");
    EXPECT_EQ(line({"source", "change"}).arguments.accept, std::nullopt);
    EXPECT_EQ(line({"source", "snapshots", "export", "i"}).command->name, "source snapshots export");
    EXPECT_EQ(line({"source", "snapshots"}).command->name, "source snapshots");
}

TEST(CommandLines, TakeSocketAndConfigurationAnywhere) {
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"--socket", "/s", "-c", "/c", "status"}, {"status", "--socket=/s", "--config", "/c"}}) {
        const auto parsed = line(words);
        EXPECT_EQ(parsed.arguments.socket, "/s");
        EXPECT_EQ(parsed.arguments.config, "/c");
        EXPECT_TRUE(parsed.arguments.config_given);
    }
    EXPECT_FALSE(line({"status"}).arguments.config_given);
    EXPECT_EQ(line({"plan", "--config", "draft"}).arguments.file, "draft");
    EXPECT_FALSE(line({"plan", "--config", "draft"}).arguments.config_given);
}

TEST(CommandLines, ADraftToPlanIsNamedByTheShortOptionToo) {
    for (const auto* option : {"-c", "--config"}) {
        const auto plan = line({"plan", option, "draft"});
        EXPECT_EQ(plan.arguments.file, "draft") << option;
        EXPECT_FALSE(plan.arguments.config_given) << option;
        const auto beside = line({option, "daemon.yaml", "plan"});
        EXPECT_EQ(beside.arguments.config, "daemon.yaml") << option;
        EXPECT_EQ(beside.arguments.file, "") << option;
    }
    const std::string help = help_text("plan");
    const std::string option = "\n  -c,--config";
    EXPECT_EQ(help.find(option), help.rfind(option)) << "one meaning, one line";
    EXPECT_THAT(help, HasSubstr("--socket"));
}

TEST(CommandLines, TakeNoLimitThatMeansNothing) {
    for (const auto* limit : {"-1", "0", "1000000001", "99999999999999999999", "1e3", "0x10", ""}) {
        EXPECT_THAT(refused({"runs", "--limit", limit}),
                    HasSubstr("--limit: takes a whole number from 1 to 1000000000"))
            << limit;
    }
    EXPECT_EQ(line({"runs", "--limit", "1000000000"}).arguments.limit, 1'000'000'000);
    EXPECT_EQ(line({"users", "list", "--limit=1"}).arguments.limit, 1);
}

TEST(CommandLines, TakeNoEmptyName) {
    EXPECT_EQ(refused({"revert", ""}), "run: must not be empty; 'dirsyncctl help revert' explains it");
    EXPECT_EQ(refused({"approve", ""}), "id: must not be empty; 'dirsyncctl help approve' explains it");
    EXPECT_THAT(refused({"approve", "h", "--only", ""}), HasSubstr("--only: must not be empty"));
    for (const auto& words : std::vector<std::vector<std::string>>{{"held", ""},
                                                                   {"explain", ""},
                                                                   {"users", "show", ""},
                                                                   {"groups", "members", ""},
                                                                   {"changes", "--user", ""},
                                                                   {"user", "delete", ""},
                                                                   {"group", "add-member", "g", ""},
                                                                   {"source", "restore", ""}}) {
        EXPECT_THAT(refused(words), HasSubstr("must not be empty")) << words[0];
    }
    EXPECT_EQ(line({"held"}).arguments.name, "");
}

TEST(CommandLines, SayWhatIsMostLikelyMeant) {
    EXPECT_EQ(refused({"statsu"}), "there is no command 'statsu'; did you mean 'status'?");
    EXPECT_EQ(refused({"users", "lst"}), "there is no command 'users lst'; did you mean 'users list'?");
    EXPECT_EQ(refused({"user", "list"}), "there is no command 'user list'; did you mean 'users list'?");
    EXPECT_EQ(refused({"--socket", "/s", "statsu"}), "there is no command 'statsu'; did you mean 'status'?");
    EXPECT_EQ(refused({"no-such-command"}),
              "there is no command 'no-such-command'; 'dirsyncctl help' lists them");
    EXPECT_EQ(refused({"status", "--jsno"}), "'status' has no option '--jsno'; did you mean '--json'?");
    EXPECT_EQ(refused({"runs", "--scoket", "x"}),
              "'runs' has no option '--scoket'; did you mean '--socket'?");
    EXPECT_EQ(refused({"status", "now"}),
              "'status' takes no argument 'now'; 'dirsyncctl help status' explains it");
    EXPECT_EQ(refused({"source", "snapshots", "exprot"}),
              "there is no command 'source snapshots exprot'; did you mean 'source snapshots export'?");
}

TEST(CommandLines, SayWhatIsMissing) {
    EXPECT_EQ(refused({}), "name a command; 'dirsyncctl help' lists them");
    EXPECT_EQ(refused({"users"}), "'users' needs a second word; 'dirsyncctl help users' lists them");
    EXPECT_THAT(refused({"users", "show"}), AllOf(HasSubstr("name"), HasSubstr("help users show")));
    EXPECT_THAT(refused({"approve"}), HasSubstr("help approve"));
    EXPECT_THAT(refused({"changes", "--limit", "all"}), HasSubstr("--limit"));
    EXPECT_THAT(refused({"user", "import", "f", "--format", "xml"}), HasSubstr("--format"));
    refused({"assignment", "create", "--permission-set", "p", "--target", "t"});
    refused(
        {"assignment", "create", "--user", "u", "--group", "g", "--permission-set", "p", "--target", "t"});
}

TEST(CommandLines, ShowHelpAndVersion) {
    EXPECT_EQ(line({"--version"}).said, "dirsyncctl 1.2.3\n");
    const auto all = line({"--help"});
    EXPECT_EQ(all.code, 0);
    EXPECT_EQ(all.said, help_text(""));
    EXPECT_EQ(line({"users", "--help"}).said, help_text("users"));
    EXPECT_EQ(line({"user", "create", "-h"}).said, help_text("user create"));
}

TEST(Help, ListsEveryCommand) {
    const std::string all = help_text("");
    ASSERT_GT(command_table().size(), 30U);
    for (const auto& command : command_table()) {
        const auto blank = command.name.find(' ');
        EXPECT_THAT(all, HasSubstr("\n  " + command.name.substr(0, blank))) << command.name;
        const std::string one = help_text(command.name);
        EXPECT_THAT(one, StartsWith("Usage: dirsyncctl " + command.name));
        EXPECT_THAT(one, HasSubstr("\n" + command.help + ".\n"));
        for (const auto& parameter : command.parameters) EXPECT_THAT(one, HasSubstr(parameter.help));
        if (blank == std::string::npos) continue;
        EXPECT_THAT(help_text(command.name.substr(0, blank)), HasSubstr("  " + command.name));
    }
    EXPECT_EQ(help_text("nonsense"), "");
}

// semantics 5.3
TEST(Help, OfRunsSaysWhatIsNotCounted) {
    EXPECT_THAT(help_text("runs"),
                HasSubstr("memberships that go with a deleted user or group are not among"));
}

TEST(Help, ShowsHowACommandIsWritten) {
    EXPECT_EQ(usage_of(*command_named("assignment create")),
              "assignment create [--json] --permission-set P --target T (--user U | --group G)");
    EXPECT_EQ(usage_of(*command_named("group add-member")), "group add-member [--json] GROUP USERNAME");
    EXPECT_THAT(usage_of(*command_named("approve")), HasSubstr("[--only NAME]..."));
}

TEST(Help, FitsTheTerminal) {
    ASSERT_GT(command_table().size(), 30U);
    for (const auto& command : command_table()) {
        const std::string text = help_text(command.name, {60});
        for (std::size_t at = 0; at < text.size();) {
            const auto end = text.find('\n', at);
            EXPECT_LE(cells(text.substr(at, end - at)), 60u) << text.substr(at, end - at);
            at = end + 1;
        }
    }
}

// Man pages and completions are made from the table.
TEST(CommandTable, IsWhole) {
    std::set<std::string> names;
    ASSERT_GT(command_table().size(), 30U);
    for (const auto& command : command_table()) {
        EXPECT_TRUE(names.insert(command.name).second) << command.name << " stands twice";
        EXPECT_NE(command.run, nullptr) << command.name;
        EXPECT_FALSE(command.help.empty() || command.help.ends_with('.')) << command.name;
        for (const auto& parameter : command.parameters) {
            EXPECT_FALSE(parameter.help.empty()) << command.name << " " << parameter.name;
            const bool is_flag = std::holds_alternative<bool Arguments::*>(parameter.place);
            EXPECT_EQ(parameter.value.empty(), is_flag) << command.name << " " << parameter.name;
        }
        const auto blank = command.name.find(' ');
        if (blank == std::string::npos) continue;
        const auto& groups = command_groups();
        EXPECT_TRUE(std::any_of(groups.begin(), groups.end(), [&](const CommandGroup& group) {
            return group.name == command.name.substr(0, blank);
        })) << command.name;
    }
}

}  // namespace
}  // namespace dirsync::ctl
