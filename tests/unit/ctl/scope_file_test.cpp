#include "ctl/scope_file.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "core/text.hpp"
#include "ctl/commands/scope_commands.hpp"

namespace dirsync::ctl {
namespace {

class ScopeFile : public ::testing::Test {
protected:
    ScopeFile() {
        std::string name = (std::filesystem::temp_directory_path() / "dirsync-scope-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        config = folder / "dirsyncd.yaml";
        write(config,
              "sync_scope:\n  groups:\n    - 'CORP\\Staff'\n  exclude: {users: [x@corp.example.com]}\n");
    }
    ~ScopeFile() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }
    static void write(const std::filesystem::path& path, const std::string& text) {
        std::ofstream(path) << text;
    }
    static ScopeEntry entry(const std::string& list, const std::string& text,
                            const std::string& domain = "") {
        return {list, text, domain, "", 0, true};
    }
    static std::vector<std::string> told(const std::vector<ScopeEntry>& entries) {
        std::vector<std::string> lines;
        for (const auto& one : entries) {
            lines.push_back(one.list + " " + one.text + (one.domain.empty() ? "" : " " + one.domain) + " " +
                            std::filesystem::path(one.file).filename().string() + ":" +
                            std::to_string(one.line) + (one.ours ? " ours" : ""));
        }
        return lines;
    }

    std::filesystem::path folder;
    std::filesystem::path config;
};

TEST_F(ScopeFile, SaysWhereEachEntryStands) {
    std::filesystem::create_directory(folder / "scope.d");
    write(folder / "scope.d" / "10-hand.yaml", "sync_scope:\n  users:\n  - bob@corp.example.com\n");
    write(folder / "scope.d" / ".hidden.yaml", "users: [nobody@corp.example.com]\n");
    ASSERT_TRUE(write_scope(
        config, {entry("groups", "CORP\\It's"), entry("user_filters", "(a=b)", "corp.example.com"),
                 entry("exclude.groups", "CORP\\No")}));
    EXPECT_EQ(told(scope_entries(config)),
              (std::vector<std::string>{
                  "groups CORP\\Staff dirsyncd.yaml:3", "exclude.users x@corp.example.com dirsyncd.yaml:4",
                  "users bob@corp.example.com 10-hand.yaml:3", "groups CORP\\It's 50-dirsyncctl.yaml:3 ours",
                  "user_filters (a=b) corp.example.com 50-dirsyncctl.yaml:5 ours",
                  "exclude.groups CORP\\No 50-dirsyncctl.yaml:8 ours"}));
}

TEST_F(ScopeFile, WritesWhatTheConfigurationReads) {
    ASSERT_TRUE(write_scope(config, {entry("users", "o'brien@corp.example.com")}));
    const auto loaded = config::load(config);
    ASSERT_EQ(loaded.config.sync.scope.users.size(), 1u);
    EXPECT_EQ(loaded.config.sync.scope.users[0].text, "o'brien@corp.example.com");
}

TEST_F(ScopeFile, IsReadableByWhomTheMainFileIs) {
    ASSERT_EQ(::chmod(config.c_str(), 0640), 0);
    ASSERT_TRUE(write_scope(config, {entry("users", "a@corp.example.com")}));
    struct stat status {};
    ASSERT_EQ(::stat(scope_file(config).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0640u);
    EXPECT_FALSE(std::filesystem::exists(folder / "scope.d" / ".50-dirsyncctl.yaml.new"));
}

TEST_F(ScopeFile, GoesWithItsLastEntryAndLeavesOthersAlone) {
    auto entries = scope_entries(config);
    entries.push_back(entry("users", "a@corp.example.com"));
    ASSERT_TRUE(write_scope(config, entries));
    entries.pop_back();
    ASSERT_TRUE(write_scope(config, entries));
    EXPECT_FALSE(std::filesystem::exists(scope_file(config)));
    EXPECT_EQ(scope_entries(config).size(), 2u);
    ASSERT_TRUE(write_scope(config, entries));
}

TEST_F(ScopeFile, AFolderThatCannotBeMadeIsAnError) {
    write(folder / "scope.d", "a file");
    const auto written = write_scope(config, {entry("users", "a@corp.example.com")});
    ASSERT_FALSE(written);
    EXPECT_NE(written.error().message().find("scope.d"), std::string::npos);
}

TEST_F(ScopeFile, EntriesGoIntoSettingsAndOut) {
    config::Config edited;
    for (const auto* list : {"groups", "users", "organizational_units", "exclude.users", "exclude.groups"}) {
        ASSERT_TRUE(add_entry(edited, entry(list, "OU=Staff,DC=corp,DC=example,DC=com")));
    }
    ASSERT_TRUE(add_entry(edited, entry("user_filters", "(a=b)", "CORP.example.com")));
    EXPECT_EQ(edited.sync.scope.exclude_groups.size(), 1u);
    EXPECT_EQ(edited.sync.scope.user_filters.size(), 1u);
    remove_entry(edited, entry("organizational_units", "ou=staff,dc=corp,dc=example,dc=com"));
    remove_entry(edited, entry("user_filters", "(A=b)", "corp.example.com"));
    EXPECT_TRUE(edited.sync.scope.organizational_units.empty());
    EXPECT_TRUE(edited.sync.scope.user_filters.empty());
    EXPECT_EQ(edited.sync.scope.users.size(), 1u);
    EXPECT_FALSE(add_entry(edited, entry("users", "alice")));
    EXPECT_FALSE(add_entry(edited, entry("user_filters", "(a=", "corp.example.com")));
}

TEST(ScopeRequests, NameEntries) {
    Arguments arguments;
    EXPECT_FALSE(entries_of(arguments));
    arguments.users = {"a@corp.example.com"};
    EXPECT_EQ(entries_of(arguments)->at(0).list, "users");
    arguments.groups = {"g@corp.example.com", "h@corp.example.com"};
    const auto three = entries_of(arguments);
    ASSERT_TRUE(three);
    ASSERT_EQ(three->size(), 3u);
    EXPECT_EQ(three->at(2).text, "h@corp.example.com");
    arguments.domain = "corp.example.com";
    EXPECT_FALSE(entries_of(arguments)) << "a domain belongs to a filter";
    arguments.filters = {"(a=b)"};
    EXPECT_EQ(entries_of(arguments)->back().domain, "corp.example.com");
    EXPECT_EQ(entries_of(arguments)->front().domain, "");
    arguments.domain.clear();
    EXPECT_FALSE(entries_of(arguments)) << "a filter belongs to a domain";
}

TEST(ScopeRequests, NameAnEntryOnce) {
    Arguments arguments;
    arguments.groups = {"g@corp.example.com", "G@corp.example.com"};
    EXPECT_EQ(entries_of(arguments)->size(), 1u);
}

// The daemon takes text only: half a character would have it refuse the reload, and the edit be taken back.
TEST(ScopeReason, IsCutBetweenCharacters) {
    for (std::size_t bytes = 296; bytes <= 300; ++bytes) {
        for (const std::string character : {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
            const std::string reason = reason_of(std::string(bytes, 'a') + character + character);
            EXPECT_TRUE(text::is_valid_utf8(reason)) << bytes;
            EXPECT_GE(reason.size(), 296 + std::string("scope: ").size());
        }
    }
    EXPECT_EQ(reason_of("added"), "scope: added");
    EXPECT_EQ(reason_of("added to /\xe9/scope.yaml"), "scope");
}

}  // namespace
}  // namespace dirsync::ctl
