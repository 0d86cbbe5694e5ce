#include "config/config.hpp"

#include "config_testing.hpp"

namespace dirsync::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(Reader, EveryProblemIsReportedAtOnceInOrder) {
    EXPECT_THAT(
        problems_of("schedule:\n"
                    "  pol: 30s\n"
                    "  full: 24\n"
                    "lgo: {}\n"
                    "http: {listen: 9411}\n"),
        ElementsAre("2:3: schedule.pol: unknown key (did you mean 'poll'?)",
                    "3:9: schedule.full: expected a duration, for example 30s, 5m, 24h or 28d, not '24'",
                    "4:1: lgo: unknown key (did you mean 'log'?)",
                    "5:16: http.listen: expected an IP address and a port, for example 127.0.0.1:9411 or "
                    "'[::1]:9411'"));
}

TEST(Reader, UnknownKeyWithoutLikenessGetsNoSuggestion) {
    EXPECT_THAT(problems_of("banana: 1\n"), ElementsAre("1:1: banana: unknown key"));
    EXPECT_THAT(problems_of("\"a\\nb\": 1\n"), ElementsAre(R"(1:1: a\x0ab: unknown key)"));
}

TEST(Reader, NeighboursSwappedAreOneMistake) {
    EXPECT_THAT(problems_of("saefty: {}\n"),
                ElementsAre("1:1: saefty: unknown key (did you mean 'safety'?)"));
}

TEST(Reader, WrongTypesSayWhatIsExpected) {
    EXPECT_THAT(problems_of("log: debug\n"),
                ElementsAre("1:6: log: expected keys with values, for example {level: info}, not 'debug'"));
    EXPECT_THAT(problems_of("- a\n"),
                ElementsAre("1:1: expected keys with values, for example identity_source: "
                            "{type: directory}, not a list"));
    EXPECT_THAT(
        problems_of("sync_scope:\n  users: alice@corp.example.com\n"),
        ElementsAre("2:10: sync_scope.users: expected a list, for example [alice@corp.example.com], not "
                    "'alice@corp.example.com'"));
    EXPECT_THAT(
        problems_of("store: {sqlite: {path: [a]}}\n"),
        ElementsAre("1:24: store.sqlite.path: expected a text, for example /var/lib/dirsyncd/identity.db, "
                    "not a list"));
    EXPECT_THAT(
        problems_of("store: {sqlite: {path: {a: b}}}\n"),
        ElementsAre("1:24: store.sqlite.path: expected a text, for example /var/lib/dirsyncd/identity.db, "
                    "not a map"));
    EXPECT_THAT(
        problems_of("store:\n  sqlite:\n    path:\n"),
        ElementsAre("3:5: store.sqlite.path: expected a text, for example /var/lib/dirsyncd/identity.db, "
                    "but the value is missing"));
    EXPECT_THAT(problems_of("store: {sqlite: {path: ''}}\n"),
                ElementsAre("1:24: store.sqlite.path: may not be empty"));
    EXPECT_THAT(problems_of("store: {sqlite: {path: " + std::string(70'000, 'a') + "}}\n"),
                ElementsAre("1:24: store.sqlite.path: too long: more than 65536 bytes"));
    EXPECT_THAT(problems_of("identity_source: {active_directory: {domains: {}}}\n"),
                ElementsAre("1:47: identity_source.active_directory.domains: expected a list, for example "
                            "[{name: corp.example.com, bind: {...}}], not a map"));
}

TEST(Reader, FlagsAreTrueOrFalse) {
    EXPECT_FALSE(good("schedule: {notifications: false}").schedule.notifications);
    EXPECT_TRUE(good("schedule: {notifications: True}").schedule.notifications);
    EXPECT_THAT(problems_of("schedule: {notifications: yes}\n"),
                ElementsAre("1:27: schedule.notifications: expected true or false, not 'yes'"));
    EXPECT_THAT(problems_of("schedule: {notifications: 'true'}\n"),
                ElementsAre("1:27: schedule.notifications: expected true or false, not 'true'"));
}

TEST(Reader, CountsAreWholeNumbers) {
    EXPECT_EQ(good("safety: {remove_users: {count: 0}}").sync.safety.remove_users.count, 0U);
    for (const std::string value : {"-1", "1.5", "'7'", "many", "99999999999999999999999"}) {
        const std::string shown = value == "'7'" ? "7" : value;
        EXPECT_THAT(
            problems_of("safety: {remove_users: {count: " + value + "}}\n"),
            ElementsAre("1:32: safety.remove_users.count: expected a whole number, for example 500, not '" +
                        shown + "'"));
    }
}

TEST(Reader, PercentagesTakeTheSignOrLeaveIt) {
    EXPECT_EQ(good("schedule: {jitter: 25%}").schedule.jitter_percent, 25);
    EXPECT_EQ(good("safety: {remove_users: {percent: 2.5}}").sync.safety.remove_users.percent, 2.5);
    for (const std::string value : {"101", "-1", "ten", "1e1", ".5", "nan", "%"}) {
        EXPECT_THAT(
            problems_of("schedule: {jitter: '" + value + "'}\n"),
            ElementsAre("1:20: schedule.jitter: expected a percentage from 0 to 100, for example 10%, not '" +
                        value + "'"));
    }
}

TEST(Reader, GuardKeepsTheDefaultOfTheKeyThatIsNotGiven) {
    const auto guard = good("safety: {remove_groups: {count: 3}}").sync.safety.remove_groups;
    EXPECT_EQ(guard.count, 3U);
    EXPECT_EQ(guard.percent, 10);
}

TEST(Reader, DurationsAreTypedAndHaveALeastValue) {
    EXPECT_EQ(good("schedule: {poll: 1h30m}").schedule.poll, Duration(5400));
    EXPECT_THAT(
        problems_of("schedule: {poll: 0s}\n"),
        ElementsAre("1:18: schedule.poll: expected a duration of at least 1s, for example 30s, 5m, 24h or "
                    "28d, not '0s'"));
}

TEST(Reader, LimitsTakeTheirWord) {
    EXPECT_EQ(good("journal: {keep: never}").journal_keep, std::nullopt);
    EXPECT_EQ(good("safety: {unproven_deletion: 30d}").sync.safety.unproven_deletion, Duration(30 * 86400));
    EXPECT_EQ(good("lifecycle: {out_of_scope: {disable_after: 0s}}\nsafety: {allow_short: true}")
                  .sync.lifecycle.disable_after,
              Duration(0));
    EXPECT_THAT(
        problems_of("lifecycle: {paused: {disable_after: hold}}\n"),
        ElementsAre("1:37: lifecycle.paused.disable_after: expected 'never' or a duration, for example 30s, "
                    "5m, 24h or 28d, not 'hold'"));
    EXPECT_THAT(
        problems_of("safety: {unproven_deletion: 0s}\n"),
        ElementsAre("1:29: safety.unproven_deletion: expected 'hold' or a duration of at least 1s, for "
                    "example 30s, 5m, 24h or 28d, not '0s'"));
}

// A slip in the unit has people lose something today.
TEST(Reader, ClocksOfPeopleUnderADayAreRefusedUnlessTheyAreMeant) {
    const char* end = "; where less than a day is meant, set safety.allow_short: true";
    EXPECT_THAT(problems_of("lifecycle: {out_of_scope: {disable_after: 28m, delete_after: 1h30m}}\n"),
                ElementsAre(std::string("1:43: lifecycle.out_of_scope.disable_after: 28 minutes is less "
                                        "than a day: did you mean 28d?") +
                                end,
                            std::string("1:62: lifecycle.out_of_scope.delete_after: 90 minutes is less "
                                        "than a day: did you mean 90d?") +
                                end));
    EXPECT_THAT(problems_of("lifecycle: {paused: {disable_after: 1s}}\n"),
                ElementsAre(std::string("1:37: lifecycle.paused.disable_after: 1 second is less than a day: "
                                        "did you mean 1d?") +
                            end));
    EXPECT_THAT(problems_of("lifecycle: {out_of_scope: {disable_after: 0s}}\n"),
                ElementsAre(std::string("1:43: lifecycle.out_of_scope.disable_after: 0s is at once: did you "
                                        "mean 'never'?") +
                            end));
    EXPECT_THAT(problems_of("safety: {unproven_deletion: 23h}\n"),
                ElementsAre(std::string("1:29: safety.unproven_deletion: 23 hours is less than a day: did "
                                        "you mean 23d?") +
                            end));
    good(
        "lifecycle: {out_of_scope: {disable_after: 24h, delete_after: 1d}}\nsafety: {unproven_deletion: 1d}");
    good("lifecycle: {paused: {disable_after: 4s}}\nsafety: {unproven_deletion: 1s, allow_short: true}");
}

TEST(Reader, ChoicesNameTheirWords) {
    EXPECT_THAT(
        problems_of("log: {level: inf}\n"),
        ElementsAre("1:14: log.level: expected 'error', 'warning', 'info' or 'debug', not 'inf' (did you "
                    "mean 'info'?)"));
    EXPECT_THAT(problems_of("sync_scope: {nested_groups: []}\n"),
                ElementsAre("1:29: sync_scope.nested_groups: expected 'flatten' or 'direct', not a list"));
    EXPECT_FALSE(good("sync_scope: {nested_groups: direct}").sync.scope.flatten);
}

TEST(Reader, WhatThisVersionCannotDoIsRefusedWithASentence) {
    EXPECT_THAT(
        problems_of("identity_source: {type: external_idp}\n"),
        ElementsAre("1:25: identity_source.type: an external identity provider is not supported in this "
                    "version yet: use 'directory' or 'active_directory'"));
    EXPECT_THAT(
        problems_of("identity_source: {external_idp: {issuer: x}}\n"),
        ElementsAre("1:19: identity_source.external_idp: an external identity provider is not supported in "
                    "this version yet: use 'directory' or 'active_directory'"));
    EXPECT_THAT(
        problems_of("store: {postgresql: {conninfo: x}}\n"),
        ElementsAre("1:9: store.postgresql: PostgreSQL is not supported in this version: use store: {sqlite: "
                    "{path: ...}}"));
}

TEST(Reader, ActiveDirectoryNeedsADomain) {
    EXPECT_THAT(problems_of("identity_source:\n  type: active_directory\n"),
                ElementsAre("2:9: identity_source.type: 'active_directory' needs at least one domain: add "
                            "identity_source.active_directory.domains"));
    EXPECT_THAT(problems_of("identity_source: {type: directory, active_directory: {domains: []}}"),
                IsEmpty());
}

// semantics 1.4: the word is compared by who acts on it, unchanged
TEST(Reader, ConsentIsKeptToTheLetter) {
    const auto config = good(
        "identity_source:\n  change: {from: directory, to: 'active_directory:corp.example.com', "
        "accept: ' ACCEPT'}\n");
    ASSERT_TRUE(config.consent);
    EXPECT_EQ(config.consent->from, "directory");
    EXPECT_EQ(config.consent->to, "active_directory:corp.example.com");
    EXPECT_EQ(config.consent->accept, " ACCEPT");
}

TEST(Reader, ConsentNeedsAllItsKeysAndKnownSources) {
    EXPECT_THAT(
        problems_of("identity_source: {change: {from: Directory}}\n"),
        UnorderedElementsAre(
            "1:34: identity_source.change.from: expected a source as `dirsyncctl source show` prints it: "
            "directory, 'active_directory:corp.example.com' or 'external_idp:ISSUER'",
            "1:27: identity_source.change.to: is missing",
            "1:27: identity_source.change.accept: is missing"));
}

TEST(Reader, ListenAddressIsAnAddressAndAPort) {
    EXPECT_EQ(good("http: {listen: 127.0.0.1:9411}").http_listen, "127.0.0.1:9411");
    EXPECT_EQ(good("http: {listen: '[::1]:9411'}").http_listen, "[::1]:9411");
    EXPECT_EQ(good("http:").http_listen, "");
    for (const std::string value :
         {"localhost:80", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "300.0.0.1:80", "1.2.3:80",
          "[::g]:80", "[1::2::3]:80", "[1:2]:80", "::1:80", "[]:80"}) {
        EXPECT_EQ(problems_of("http: {listen: '" + value + "'}\n").size(), 1U) << value;
    }
}

TEST(Reader, RelativePathsAreTakenFromTheFile) {
    EXPECT_EQ(good("store: {sqlite: {path: state/../identity.db}}").store.sqlite_path,
              "/etc/dirsyncd/identity.db");
    EXPECT_EQ(good("store: {sqlite: {path: /x/y.db}}").store.sqlite_path, "/x/y.db");
}

TEST(Reader, SocketPathFitsAUnixSocket) {
    EXPECT_EQ(good("control: {socket: /run/x.sock}").control_socket, "/run/x.sock");
    EXPECT_THAT(problems_of("control: {socket: /" + std::string(107, 'x') + "}\n"),
                ElementsAre("1:19: control.socket: too long for a unix socket: at most 107 bytes"));
}

TEST(Reader, TheGroupOfTheSocketIsANameOrANumber) {  // 11.1
    EXPECT_EQ(good("control:").control_group, "dirsyncd-admin");
    EXPECT_EQ(good("control: {group: ops}").control_group, "ops");
    EXPECT_EQ(good("control: {group: '4711'}").control_group, "4711");
}

TEST(Reader, ProblemOfAWholeFileHasNoPath) {
    EXPECT_EQ(to_text(Problem{"f.yaml", 14, 7, "a.b", "unknown key"}), "f.yaml:14:7: a.b: unknown key");
    EXPECT_EQ(to_text(Problem{"f.yaml", 0, 0, "", "cannot be read"}), "f.yaml:0:0: cannot be read");
}

}  // namespace
}  // namespace dirsync::config
