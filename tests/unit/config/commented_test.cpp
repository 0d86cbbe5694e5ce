#include "config/commented.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dirsync::config {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// The configuration read back from what was written, which has to be the one before.
std::string round_trip(const Config& config) {
    const std::string yaml = commented_dump(config);
    const auto loaded = load_text(yaml, "/etc/dirsyncd/dirsyncd.yaml");
    for (const auto& problem : loaded.problems) ADD_FAILURE() << to_text(problem) << "\n" << yaml;
    EXPECT_EQ(redacted_dump(loaded.config), redacted_dump(config)) << yaml;
    return yaml;
}

Config of(std::string_view yaml) {
    auto loaded = load_text(yaml, "/etc/dirsyncd/dirsyncd.yaml");
    for (const auto& problem : loaded.problems) ADD_FAILURE() << to_text(problem);
    return std::move(loaded.config);
}

TEST(CommentedDump, TellsTheSourceAndNothingElseOfTheDefaults) {
    const std::string yaml = round_trip(Config{});
    EXPECT_THAT(yaml, HasSubstr("identity_source:\n  # "));
    EXPECT_THAT(yaml, HasSubstr("\n  type: directory\n"));
    EXPECT_THAT(yaml,
                AllOf(Not(HasSubstr("schedule")), Not(HasSubstr("safety")), Not(HasSubstr("mappings"))));
}

TEST(CommentedDump, IsReadAsWhatItWas) {
    const std::string yaml = round_trip(of(R"(
identity_source:
  type: active_directory
  change: {from: directory, to: 'active_directory:corp.example.com', accept: ACCEPT}
  active_directory:
    domains:
      - name: corp.example.com
        servers: [ldap://dc1.corp.example.com, ldap://dc2.corp.example.com]
        tls: {ca_file: ca.pem, start_tls: true}
        bind: {method: simple, dn: 'CORP\svc', password_file: "it's a file"}
      - name: sub.corp.example.com
        bind: {principal: svc@SUB, keytab_file: k}
        change_detection: usn
        lost_invocation_ids: [3f2504e0-4f89-11d3-9a0c-0305e82c3301]
sync_scope:
  groups: ['CORP\AWS-Users', "o'neil@corp.example.com"]
  user_filters: [{domain: sub.corp.example.com, filter: '(department=Sales)'}]
  exclude: {users: [bob@corp.example.com]}
  nested_groups: direct
attribute_mappings:
  user: {email: ['${proxyAddresses:SMTP}', '${mail}'], department: '${department}', middleName: []}
schedule: {poll: 5m, jitter: 2.5%}
safety: {remove_users: {count: 7}}
lifecycle: {out_of_scope: {disable_after: never}}
store: {sqlite: {path: /srv/identity.db}}
http: {listen: '127.0.0.1:9411'}
)"));
    EXPECT_THAT(
        yaml, AllOf(HasSubstr("# The domain's DNS name.\n      - name: corp.example.com\n"),
                    HasSubstr("          method: simple\n"), HasSubstr("  poll: 5m\n"),
                    Not(HasSubstr("  full:")), HasSubstr("    count: 7\n"), Not(HasSubstr("percent: 10%"))));
}

TEST(CommentedDump, EveryKeyStandsBelowAComment) {
    const std::string yaml = round_trip(of("schedule: {poll: 5m}\nlog: {level: debug}\n"));
    std::string before;
    for (std::size_t at = 0; at < yaml.size();) {
        const auto end = yaml.find('\n', at);
        const std::string line = yaml.substr(at, end - at);
        EXPECT_LE(line.size(), 120U);
        const bool is_key = line.find(':') != std::string::npos && line.find('#') == std::string::npos;
        if (is_key) {
            EXPECT_THAT(before, HasSubstr("# ")) << line;
        }
        before = line;
        at = end + 1;
    }
}

}  // namespace
}  // namespace dirsync::config
