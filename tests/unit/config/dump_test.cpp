#include "config/config.hpp"

#include "config_testing.hpp"

namespace dirsync::config {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view full =
    "identity_source:\n"
    "  type: active_directory\n"
    "  active_directory:\n"
    "    domains:\n"
    "      - name: a.example\n"
    "        servers: [ldaps://dc1.a.example, 'ldaps://[::1]:6360']\n"
    "        tls: {ca_file: \"/with 'quotes': and # \\\"more\\\".pem\", verify: false}\n"
    "        bind: {principal: 'svc/host@A.EXAMPLE', keytab_file: svc.keytab}\n"
    "        change_detection: dirsync\n"
    "      - name: b.example\n"
    "        tls: {start_tls: true}\n"
    "        bind: {method: simple, dn: 'B\\svc', password_file: ../secret/password}\n"
    "      - name: c.example\n"
    "        servers: [ldaps://dc]\n"
    "        bind: {method: simple, dn: 'CN=x,DC=c', password_credential: 'true'}\n"
    "      - name: d.example\n"
    "        servers: [ldaps://dc]\n"
    "        bind: {method: external, certificate_file: c.pem, key_file: k.pem}\n"
    "  change: {from: directory, to: 'active_directory:a.example,b.example', accept: ' ACCEPT'}\n"
    "sync_scope:\n"
    "  groups: ['A\\Users', 'it''s@a.example']\n"
    "  users: [müller@a.example, guid:6da77495-7c8e-41de-8a39-080020000a66]\n"
    "  organizational_units: ['OU=a\\, b,DC=a,DC=example']\n"
    "  user_filters: [{domain: a.example, filter: '(&(a=b)(!(c=*)))'}, {domain: b.example, filter: (x=y)}]\n"
    "  exclude: {users: [x@a.example], groups: ['B\\y']}\n"
    "  nested_groups: direct\n"
    "  primary_group: false\n"
    "attribute_mappings:\n"
    "  user: {middleName: [], userName: '${mail|lower}', 'true': ['${a}', '- b: ${c}', '#d', ' e ']}\n"
    "  group: {description: [], x.y: '@{z}'}\n"
    "schedule: {poll: 90s, full: 36h, jitter: 2.5%, notifications: false}\n"
    "lifecycle: {out_of_scope: {disable_after: never, delete_after: 90d}, paused: {disable_after: 28d}}\n"
    "safety:\n"
    "  remove_users: {count: 1, percent: 1}\n"
    "  disable_users: {count: 2, percent: 2}\n"
    "  remove_groups: {count: 3, percent: 3}\n"
    "  remove_memberships: {count: 4, percent: 4.125}\n"
    "  rename_users: {count: 5, percent: 5}\n"
    "  remove_members_per_group: {count: 6, percent: 100}\n"
    "  enable_users: {count: 7, percent: 7}\n"
    "  clear_attribute: {count: 8, percent: 8}\n"
    "  window: none\n"
    "  allow_short: true\n"
    "  unproven_deletion: 30d\n"
    "journal: {keep: never}\n"
    "store: {sqlite: {path: db}}\n"
    "control: {socket: sock, group: ops}\n"
    "http: {listen: '[::1]:9411'}\n"
    "log: {level: debug}\n";

void expect_dump_reads_back(const Config& config) {
    const std::string dump = redacted_dump(config);
    SCOPED_TRACE(dump);
    const Loaded again = load_text(dump, config.file.string());
    for (const Problem& problem : again.problems) ADD_FAILURE() << to_text(problem);
    EXPECT_EQ(redacted_dump(again.config), dump);
}

TEST(Dump, DefaultsReadBackAsThemselves) {
    expect_dump_reads_back(Config{});
    const Config again = good(redacted_dump(Config{}));
    EXPECT_EQ(again.source, sync::SourceKind::directory);
    EXPECT_EQ(again.schedule.poll, Config{}.schedule.poll);
}

TEST(Dump, EveryKeyReadsBack) {
    const Config config = good(full);
    expect_dump_reads_back(config);
    const Config again = good(redacted_dump(config));
    ASSERT_EQ(again.domains.size(), 4U);
    EXPECT_EQ(again.domains[0].tls.ca_file, "/with 'quotes': and # \"more\".pem");
    EXPECT_FALSE(again.domains[0].tls.verify);
    EXPECT_EQ(again.domains[0].servers, config.domains[0].servers);
    EXPECT_EQ(again.domains[0].bind.keytab_file, "/etc/dirsyncd/svc.keytab");
    EXPECT_EQ(again.domains[1].bind.password_file, "/etc/secret/password");
    EXPECT_EQ(again.domains[1].bind.dn, "B\\svc");
    EXPECT_EQ(again.domains[2].bind.password_credential, "true");
    EXPECT_EQ(again.domains[3].bind.method, BindMethod::external);
    EXPECT_EQ(again.consent.value().accept, " ACCEPT");
    EXPECT_EQ(again.sync.scope.groups.at(1).text, "it's@a.example");
    EXPECT_EQ(again.sync.scope.user_filters.size(), 2U);
    EXPECT_FALSE(again.sync.scope.flatten);
    EXPECT_FALSE(again.sync.scope.primary_group);
    EXPECT_EQ(again.sync.mapping.user.at(6).target, "true");
    EXPECT_EQ(again.sync.mapping.user.at(6).chain.at(3).source(), " e ");
    EXPECT_TRUE(again.sync.mapping.user.at(5).chain.empty());
    EXPECT_EQ(again.schedule.jitter_percent, 2.5);
    EXPECT_EQ(again.sync.lifecycle.disable_after, std::nullopt);
    EXPECT_EQ(again.sync.lifecycle.delete_after, Duration(90 * 86400));
    EXPECT_EQ(again.sync.safety.remove_memberships.percent, 4.125);
    EXPECT_EQ(again.sync.safety.unproven_deletion, Duration(30 * 86400));
    EXPECT_EQ(again.store.sqlite_path, "/etc/dirsyncd/db");
    EXPECT_EQ(again.http_listen, "[::1]:9411");
}

TEST(Dump, NamesSecretFilesAndNeverOpensThem) {
    const std::string dump = redacted_dump(good(full));
    EXPECT_THAT(dump, HasSubstr("password_file: /etc/secret/password\n"));
    EXPECT_THAT(dump, Not(HasSubstr("password: ")));
}

}  // namespace
}  // namespace dirsync::config
