#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include "config/config.hpp"
#include "config_testing.hpp"

namespace dirsync::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using testing::UnorderedElementsAre;

class ConfigFiles : public testing::Test {
protected:
    ConfigFiles() {
        std::string name = testing::TempDir() + "dirsync-config-XXXXXX";
        folder_ = ::mkdtemp(name.data());
    }
    ~ConfigFiles() override { std::filesystem::remove_all(folder_); }

    std::filesystem::path write(const std::string& name, std::string_view content) const {
        const auto file = folder_ / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << content;
        return file;
    }

    /// Problems of `file`, with the folder's name cut off.
    std::vector<std::string> problems(const std::filesystem::path& file) const {
        std::vector<std::string> out;
        const std::string prefix = folder_.string() + "/";
        for (const Problem& problem : load(file).problems) {
            std::string text = to_text(problem);
            for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
                text.erase(at, prefix.size());
            }
            out.push_back(std::move(text));
        }
        return out;
    }

    std::filesystem::path folder_;
};

TEST_F(ConfigFiles, MissingFileIsAProblem) {
    EXPECT_THAT(problems(folder_ / "none.yaml"),
                ElementsAre("none.yaml:0:0: cannot be read: No such file or directory"));
    EXPECT_THAT(problems(folder_), ElementsAre(HasSubstr(":0:0: cannot be read: Is a directory")));
}

TEST_F(ConfigFiles, FileIsRememberedAsAnAbsolutePath) {
    const auto file = write("dirsyncd.yaml", "log: {level: debug}");
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder_);
    const Loaded loaded = load("dirsyncd.yaml");
    const Loaded broken = load("none.yaml");
    std::filesystem::current_path(before);
    EXPECT_EQ(loaded.config.file, std::filesystem::canonical(folder_) / "dirsyncd.yaml");
    EXPECT_EQ(loaded.config.log_level, "debug");
    ASSERT_EQ(broken.problems.size(), 1U);
    EXPECT_EQ(broken.problems[0].file, "none.yaml");
}

TEST_F(ConfigFiles, AScopeFolderThatLeadsNowhereIsAnError) {  // 5.14: its exclusions would be dropped
    const auto file = write("dirsyncd.yaml", "log: {level: debug}");
    std::filesystem::create_symlink(folder_ / "elsewhere", folder_ / "scope.d");
    EXPECT_THAT(problems(file), ElementsAre("scope.d:0:0: cannot be read: No such file or directory"));
}

// contract, Configuration: scope.d adds scope entries in name order; relative paths
TEST_F(ConfigFiles, ScopeFilesAddEntriesInNameOrder) {
    const auto file = write("dirsyncd.yaml", with_corp("sync_scope: {users: [a@x.test]}\n"));
    write("svc", "");
    write("scope.d/20-sales.yaml", "users: [c@x.test]\ngroups: [sales@corp.example.com]\n");
    write("scope.d/10-it.yaml",
          "users: [b@x.test, a@x.test]\nexclude: {users: [e@x.test]}\n"
          "user_filters: [{domain: corp.example.com, filter: '(a=b)'}]\n");
    write("scope.d/30-wrapped.yaml", "sync_scope:\n  users: [d@x.test]\n");
    write("scope.d/.hidden.yaml", "nonsense: 1");
    write("scope.d/README", "nonsense: 1");
    write("scope.d/old.yaml.bak", "nonsense: 1");
    const Loaded loaded = load(file);
    std::vector<std::string> users;
    for (const auto& name : loaded.config.sync.scope.users) users.push_back(name.text);
    EXPECT_THAT(users, ElementsAre("a@x.test", "b@x.test", "c@x.test", "d@x.test"));
    EXPECT_EQ(loaded.config.sync.scope.groups.size(), 1U);
    EXPECT_EQ(loaded.config.sync.scope.user_filters.size(), 1U);
    EXPECT_EQ(loaded.config.sync.scope.exclude_users.size(), 1U);
}

TEST_F(ConfigFiles, ProblemsOfScopeFilesNameTheirFile) {
    const auto file = write("dirsyncd.yaml", with_corp("lgo: {}\n"));
    write("scope.d/a.yaml", "nested_groups: direct\n\ngroups: [g@other.test]\n");
    write("scope.d/b.yaml", "users: [\n");
    const auto found = problems(file);
    ASSERT_EQ(found.size(), 5U);
    EXPECT_THAT(found[0], HasSubstr("dirsyncd.yaml:7:"));  // the keytab does not exist
    EXPECT_THAT(found[1], HasSubstr("dirsyncd.yaml:8:1: lgo: unknown key"));
    EXPECT_EQ(found[2], "scope.d/a.yaml:1:1: nested_groups: unknown key");
    EXPECT_EQ(found[3], "scope.d/a.yaml:3:10: groups[0]: the domain 'other.test' is not configured");
    EXPECT_THAT(found[4], HasSubstr("scope.d/b.yaml:2:1: users[0]: not valid YAML"));
}

TEST_F(ConfigFiles, NoScopeFileIsLeftOutInSilence) {
    const auto file = write("dirsyncd.yaml", "");
    write("scope.d/10-none.yaml", " \n");
    write("scope.d/20-off.yaml", "# exclude: {users: [e@x.test]}\n");
    write("scope.d/30-exclude.yml", "exclude: {users: [e@x.test]}\n");
    write("scope.d/40-exclude.YAML", "exclude: {users: [e@x.test]}\n");
    write("scope.d/50-exclude.yaml ", "exclude: {users: [e@x.test]}\n");
    write("scope.d/60-exclude.yaml.txt", "exclude: {users: [e@x.test]}\n");
    write("scope.d/70-exclude.json", "{\"exclude\": {\"users\": [\"e@x.test\"]}}\n");
    write("scope.d/80-cr.yaml", "# ours\rexclude:\r  users: [e@x.test]\r");
    write("scope.d/90-windows.yaml", "# ours\r\nexclude: {users: []}\r\n");
    ASSERT_EQ(::mkfifo((folder_ / "scope.d/95-fifo.yaml").c_str(), 0600), 0);
    const auto found = problems(file);
    EXPECT_THAT(found, UnorderedElementsAre(StartsWith("scope.d/10-none.yaml:0:0: is empty"),
                                            StartsWith("scope.d/30-exclude.yml:0:0: is not read"),
                                            StartsWith("scope.d/40-exclude.YAML:0:0: is not read"),
                                            StartsWith("scope.d/50-exclude.yaml :0:0: is not read"),
                                            StartsWith("scope.d/60-exclude.yaml.txt:0:0: is not read"),
                                            StartsWith("scope.d/70-exclude.json:0:0: is not read"),
                                            StartsWith("scope.d/80-cr.yaml:0:0: has a line that ends in a "
                                                       "carriage return alone"),
                                            StartsWith("scope.d/95-fifo.yaml:0:0: is not a regular file")));
}

TEST_F(ConfigFiles, ScopeFolderThatCannotBeReadIsAProblem) {
    const auto file = write("dirsyncd.yaml", "");
    write("scope.d", "a file");
    EXPECT_THAT(problems(file), ElementsAre("scope.d:0:0: cannot be read: Not a directory"));
}

TEST_F(ConfigFiles, ReferencedFilesHaveToExist) {
    write("there", "");
    const auto file = write("dirsyncd.yaml",
                            with_domain("name: a.example\n"
                                        "servers: [ldaps://dc1]\n"
                                        "tls: {ca_file: no-ca.pem}\n"
                                        "bind: {method: simple, dn: x, password_file: secrets/no-password}") +
                                "      - {name: b.example, bind: {principal: p, keytab_file: no.keytab}}\n"
                                "      - name: c.example\n"
                                "        servers: [ldaps://dc1]\n"
                                "        bind: {method: external, certificate_file: no.pem, key_file: .}\n"
                                "      - {name: d.example, bind: {principal: p, keytab_file: there}}\n");
    const std::string list = "identity_source.active_directory.domains";
    EXPECT_THAT(
        problems(file),
        ElementsAre(
            "dirsyncd.yaml:8:24: " + list + "[0].tls.ca_file: the file 'no-ca.pem' does not exist",
            "dirsyncd.yaml:9:54: " + list +
                "[0].bind.password_file: the file 'secrets/no-password' does not exist",
            "dirsyncd.yaml:10:61: " + list + "[1].bind.keytab_file: the file 'no.keytab' does not exist",
            "dirsyncd.yaml:13:52: " + list + "[2].bind.certificate_file: the file 'no.pem' does not exist",
            "dirsyncd.yaml:13:70: " + list + "[2].bind.key_file: expected a file: '' is a directory"));
}

TEST_F(ConfigFiles, FileBehindAFileCannotBeLookedAt) {
    write("there", "");
    const auto file = write("dirsyncd.yaml",
                            with_domain("name: a.example\nbind: {principal: p, keytab_file: there/below}"));
    EXPECT_THAT(problems(file), ElementsAre(HasSubstr("the file 'there/below' does not exist")));
}

TEST_F(ConfigFiles, TextIsReadWithoutLookingAtFiles) {
    EXPECT_THAT(load_text(with_corp(""), (folder_ / "dirsyncd.yaml").string()).problems, IsEmpty());
    write("scope.d/a.yaml", "nonsense: 1");
    EXPECT_THAT(load_text(with_corp(""), (folder_ / "dirsyncd.yaml").string()).problems, IsEmpty());
}

}  // namespace
}  // namespace dirsync::config
