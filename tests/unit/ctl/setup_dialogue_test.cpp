#include "tests/unit/ctl/setup_dialogue_fixture.hpp"

namespace dirsync::ctl {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_F(SetupDialogueTest, LeadsFromTheSourceToAFileThatItsReaderTakes) {
    begin();
    answer_until_scope();
    EXPECT_EQ(step(), "scope");
    say("Search", "sta");
    work(SetupWork::search, found, "sta");
    say("Which", "1");
    say("Search", "");
    say("identity store", folder / "identity.db");
    work(SetupWork::plan,
         R"({"changes":[{"action":"create","object_type":"USER","name":"alice","reason":"in scope"}],
        "scope_warnings":["groups: x: names nothing"]})");
    const Turn plan = dialogue->turn();
    EXPECT_THAT(plan.text, AllOf(HasSubstr("1 user created"), HasSubstr("would create user alice"),
                                 HasSubstr("warning: groups: x")));
    dialogue->answer("yes");
    say("Write", "show");
    EXPECT_THAT(dialogue->turn().text, HasSubstr("- staff@a.b"));
    say("Write", "");
    work(SetupWork::write, "");
    EXPECT_TRUE(dialogue->is_over());
    EXPECT_FALSE(dialogue->is_left());
    EXPECT_THAT(dialogue->turn().text, HasSubstr("dirsyncd -c " + (folder / "dirsyncd.yaml").string()));

    std::vector<config::Problem> problems;
    const std::string yaml = configuration_text(dialogue->draft(), problems);
    for (const auto& problem : problems) ADD_FAILURE() << config::to_text(problem);
    EXPECT_THAT(yaml, AllOf(HasSubstr("name: a.b"), HasSubstr("method: simple"), HasSubstr("- staff@a.b"),
                            HasSubstr("password_file: " + password.string()), Not(HasSubstr("secret\n"))));
    EXPECT_EQ(config::redacted_dump(config::load_text(yaml, draft.config.file.string()).config),
              config::redacted_dump(config()));
}

TEST_F(SetupDialogueTest, IsTakenUpWhereItWasLeft) {
    begin();
    answer_until_scope();
    dialogue->answer("leave");
    EXPECT_TRUE(dialogue->is_left());
    const auto kept = read_draft(draft_text(dialogue->draft()), "kept", false);
    EXPECT_EQ(kept.draft.step, "scope");
    draft = kept.draft;
    begin();
    EXPECT_THAT(dialogue->turn().question, HasSubstr("Search"));
    EXPECT_EQ(config().domains.at(0).bind.password_file, password.string());
    // In the middle of a login nothing behind it can be done.
    draft.config.domains[0].bind.password_file.clear();
    begin();
    EXPECT_THAT(dialogue->turn().question, HasSubstr("Login"));
}

TEST_F(SetupDialogueTest, BackGoesToTheStepBeforeAndAQuestionMarkExplains) {
    begin();
    say("Source", "?");
    EXPECT_THAT(dialogue->turn().text, AllOf(HasSubstr("Exactly one source"), HasSubstr("'back'")));
    say("Source", "1");
    say("DNS name", "a.b");
    say("Login", "back");
    say("DNS name", "back");
    say("Source", "2");
    say("identity store", "back");
    EXPECT_THAT(dialogue->turn().question, HasSubstr("Source"));
}

TEST_F(SetupDialogueTest, AWrongAnswerIsToldAndAskedForAgain) {
    begin();
    const auto refused = [this](const std::string& answer, const std::string& why) {
        const std::string question = dialogue->turn().question;
        dialogue->answer(answer);
        const Turn turn = dialogue->turn();
        EXPECT_EQ(turn.question, question);
        EXPECT_THAT(turn.text, HasSubstr(why));
    };
    refused("7", "Answer 1, 2 or 3");
    refused("3", "not supported in this version");
    dialogue->answer("8");
    EXPECT_EQ(dialogue->turn().text, "Answer 1, 2 or 3.") << "what it stands below is on the screen already";
    dialogue->answer("1");
    refused("not a name", "");
    refused("corp", "'corp' has no dot");
    dialogue->answer("a.b");
    refused("4", "Answer 1, 2 or 3");
    dialogue->answer("2");
    refused("clear", "'clear' is neither user@domain nor DOMAIN\\user nor a DN.");
    dialogue->answer("svc@a.b");
    refused((folder / "missing").string(), "No such file");
    ::chmod(password.c_str(), 0644);
    refused(password, "chmod o=");
    refused(folder, "not a regular file");
    ::chmod(password.c_str(), 0640);
    dialogue->answer(password.string());
    dialogue->worked({false, "no name server answers", ""});
    EXPECT_THAT(dialogue->turn().text, HasSubstr("no name server answers"));
    refused("http://dc1", "ldap");
    refused("ldaps://dc1:3269", "global catalog");  // 5.15
    refused("ldap://dc1 ldaps://dc2", "all ldap:// with StartTLS");
    dialogue->answer("dc1.a.b dc2.a.b");
    EXPECT_THAT(config().domains[0].servers, ElementsAre("ldaps://dc1.a.b", "ldaps://dc2.a.b"));
    refused((folder / "missing").string(), "not a file");
}

TEST_F(SetupDialogueTest, APasswordNeverGoesWithoutTls) {
    begin();
    say("Source", "1");
    say("DNS name", "a.b");
    say("Login", "2");
    say("Account", "svc@a.b");
    say("holds its password", "credential:ad");
    work(SetupWork::locate, R"({"servers":[]})", "a.b");
    say("Servers", "ldap://dc1");
    EXPECT_TRUE(config().domains[0].tls.start_tls);
    EXPECT_THAT(dialogue->turn().text, HasSubstr("StartTLS"));
    EXPECT_EQ(config().domains[0].bind.password_credential, "ad");
}

TEST_F(SetupDialogueTest, KerberosNeedsNoCertificate) {
    begin();
    say("Source", "1");
    say("DNS name", "a.b");
    say("Login", "1");
    EXPECT_EQ(dialogue->turn().proposed, "svc-dirsync@A.B");
    say("principal", "");
    say("keytab", password);
    work(SetupWork::locate, R"({"servers":["ldap://dc1.a.b"]})", "a.b");
    say("Servers", "dns");
    work(SetupWork::check, good_checks);
}

TEST_F(SetupDialogueTest, FailedChecksAreMadeAgainOrTheAnswersChanged) {
    begin();
    answer_until_check();
    work(SetupWork::check, bad_checks);
    const Turn failed = dialogue->turn();
    EXPECT_THAT(failed.text, AllOf(HasSubstr("failed   bind"), HasSubstr("-> mend")));
    EXPECT_EQ(failed.proposed, "again");
    say("failed", "");
    work(SetupWork::check, bad_checks);
    say("failed", "change");
    EXPECT_THAT(dialogue->turn().question, HasSubstr("Login"));
}

TEST_F(SetupDialogueTest, WhatNobodyIsInYetIsNoWarning) {
    begin();
    answer_until_check();
    work(SetupWork::check, good_checks);
    EXPECT_THAT(dialogue->turn().text, AllOf(HasSubstr("1 in order, 0 warnings"), Not(HasSubstr("nobody"))));
}

TEST_F(SetupDialogueTest, ADomainWithoutADotIsTakenWhenItIsMeant) {
    begin();
    say("Source", "1");
    say("DNS name", "corp");
    say("DNS name", "corp");
    EXPECT_THAT(dialogue->turn().question, HasSubstr("Login"));
    EXPECT_EQ(config().domains.at(0).name, "corp");
}

TEST_F(SetupDialogueTest, ATemplateThatGivesNobodyAValueIsDoubted) {
    begin();
    answer_until_check();
    work(SetupWork::check, good_checks);
    say("Go on", "");
    say("another domain", "");
    work(SetupWork::sample, three_users);
    EXPECT_THAT(dialogue->turn().text, Not(HasSubstr("None of these users")));
    say("Keep", "email = ${mial}");
    work(SetupWork::sample, R"({"users":[{"name":"alice@a.b","attributes":{"email":{"value":""}}}]})");
    EXPECT_THAT(dialogue->turn().text, HasSubstr("None of these users has a value for email now"));
    say("Keep", "email = ${mail}");
    work(SetupWork::sample, R"({"users":[{"name":"alice@a.b","attributes":{"email":{"value":"a@b"}}}]})");
    EXPECT_THAT(dialogue->turn().text, Not(HasSubstr("None of these users")));
}

TEST_F(SetupDialogueTest, UsersStandOneBelowTheOtherWhereThreeDoNotFit) {
    around.width = {50};
    begin();
    answer_until_check();
    work(SetupWork::check, good_checks);
    say("Go on", "");
    say("another domain", "");
    work(SetupWork::sample, three_users);
    const std::string text = dialogue->turn().text;
    EXPECT_THAT(text,
                AllOf(HasSubstr("alice@a.b\n  userName"), HasSubstr("\nbob@a.b (disabled)\n  userName")));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(cells(line), 50u) << line;
}

TEST_F(SetupDialogueTest, AnotherDomainIsAskedForFromItsName) {
    begin();
    answer_until_check();
    work(SetupWork::check, good_checks);
    say("Go on", "");
    say("another domain", "yes");
    say("next domain", "a.b");
    EXPECT_THAT(dialogue->turn().text, HasSubstr("named already"));
    say("next domain", "sub.a.b");
    EXPECT_EQ(config().domains.size(), 2U);
    EXPECT_THAT(config().sync.domains, ElementsAre("a.b", "sub.a.b"));
}

TEST_F(SetupDialogueTest, TheMappingIsShownOnUsersAndEdited) {
    begin();
    answer_until_check();
    work(SetupWork::check, good_checks);
    say("Go on", "");
    say("another domain", "");
    work(SetupWork::sample, three_users);
    EXPECT_THAT(dialogue->turn().text, AllOf(HasSubstr("alice@a.b"), HasSubstr("bob@a.b (disabled)"),
                                             HasSubstr("<- ${mail}"), HasSubstr("a@b")));
    say("Keep", "email = ${proxyAddresses:SMTP} else ${mail}");
    work(SetupWork::sample, three_users);
    EXPECT_THAT(dialogue->turn().text, HasSubstr("<- ${proxyAddresses:SMTP} else ${mail}"));
    say("Keep", "department = ${department}");
    work(SetupWork::sample, three_users);
    say("Keep", "department =");
    work(SetupWork::sample, three_users);
    EXPECT_THAT(dialogue->turn().text, Not(HasSubstr("department")));
    say("Keep", "userName =");
    EXPECT_THAT(dialogue->turn().text, HasSubstr("userName: "));
    say("Keep", "email = ${mail");
    EXPECT_THAT(dialogue->turn().text, HasSubstr("byte"));
    say("Keep", "sid = ${objectSid}");
    EXPECT_THAT(dialogue->turn().text, HasSubstr("sid: "));
    say("Keep", "show bob@a.b");
    work(SetupWork::sample, three_users, "bob@a.b");
    say("Keep", "nonsense");
    EXPECT_THAT(dialogue->turn().text, HasSubstr("Write, for example"));
}

TEST_F(SetupDialogueTest, TheScopeIsChosenFromWhatIsFound) {
    around.other_entries.push_back({"groups", "other@a.b", "", "/etc/scope.d/x.yaml", 1, false});
    begin();
    answer_until_scope();
    EXPECT_THAT(dialogue->turn().text, HasSubstr("other@a.b  (in scope.d: stays)"));
    say("Search", "done");
    EXPECT_THAT(dialogue->turn().text, HasSubstr("Nobody is in the scope"));
    say("Search", "group: sta");
    work(SetupWork::search, found, "group: sta");
    EXPECT_THAT(dialogue->turn().text,
                AllOf(HasSubstr("1  group  staff@a.b"), HasSubstr("than fi... (disabled)"),
                      HasSubstr("There are more")));
    say("Which", "4");
    EXPECT_THAT(dialogue->turn().text, HasSubstr("numbers from 1 to 3"));
    say("Which", "1,3");
    say("Search", "ali");
    work(SetupWork::search, found, "ali");
    say("Which", "x 2");
    say("Search", "sta");
    work(SetupWork::search, found, "sta");
    say("Which", "1");
    EXPECT_THAT(dialogue->turn().text, HasSubstr("staff@a.b is in the scope already"));
    say("Search", "(department=Sales)");
    say("Search", "(department=Sales) elsewhere.b");
    EXPECT_THAT(dialogue->turn().text, HasSubstr("Write the domain after"));
    say("Search", "(department=Sal");
    EXPECT_THAT(dialogue->turn().text, HasSubstr("ends with ')'"));
    const auto& scope = config().sync.scope;
    EXPECT_EQ(scope.groups.size() + scope.organizational_units.size() + scope.exclude_users.size(), 3U);
    EXPECT_EQ(scope.user_filters.size(), 1U);
    say("Search", "remove 1 4");
    EXPECT_THAT(config().sync.scope.groups, IsEmpty());
    EXPECT_THAT(config().sync.scope.exclude_users, IsEmpty());
    say("Search", "nobody");
    work(SetupWork::search, R"({"names":[],"more":false})", "nobody");
    EXPECT_THAT(dialogue->turn().text, HasSubstr("Nothing is named nobody"));
    say("Search", "done");
    EXPECT_EQ(step(), "store");
}

TEST_F(SetupDialogueTest, AChangeOfTheSourceIsShownAndNeverAgreedTo) {  // semantics 1.4
    around.daemon_runs = true;
    around.runs_by_this_file = true;
    around.file_exists = true;
    around.source_type = "active_directory";
    around.source_label = "active_directory:old.b";
    around.source_domains = {"old.b"};
    around.users = 7;
    around.groups = 1;
    begin();
    say("Source", "2");
    say("identity store", "");
    const Turn plan = dialogue->turn();
    EXPECT_THAT(plan.text, AllOf(HasSubstr("another identity source than active_directory:old.b"),
                                 HasSubstr("remove 7 users, 1 group, 0 memberships and 0 assignments"),
                                 HasSubstr("ACCEPT")));
    dialogue->answer("yes");
    EXPECT_THAT(dialogue->turn().proposed, IsEmpty());  // a file is never replaced by a mere Enter
    say("Replace", "no");
    EXPECT_THAT(dialogue->turn().text, HasSubstr("Nothing was written"));
    say("Replace", "yes");
    work(SetupWork::write, "");
    say("Reload it now", "yes");
    work(SetupWork::start, "");
    EXPECT_TRUE(dialogue->is_over());
    EXPECT_FALSE(config().consent.has_value());
}

TEST_F(SetupDialogueTest, TheServiceIsStartedBySystemdWhereThatIsThere) {
    around.service = {true, "disabled", "inactive"};
    around.is_usual_file = true;
    begin();
    say("Source", "2");
    say("identity store", "");
    say("Go on", "");
    say("Write", "");
    work(SetupWork::write, "");
    say("systemctl enable --now", "");
    EXPECT_EQ(dialogue->turn().work, SetupWork::start);
    dialogue->worked({false, "it failed", ""});
    EXPECT_THAT(dialogue->turn().text, HasSubstr("it failed"));
    say("systemctl enable --now", "no");
    EXPECT_TRUE(dialogue->is_over());
    EXPECT_THAT(dialogue->turn().text, HasSubstr("systemctl enable --now dirsyncd"));
}

std::vector<std::string> places(const ReadDraft& read) {
    std::vector<std::string> places;
    for (const auto& problem : read.problems)
        places.push_back(std::to_string(problem.line) + " " + problem.path);
    return places;
}

TEST(SetupAnswers, EachThatIsMissingOrWrongIsNamedWithItsLine) {
    EXPECT_THAT(places(read_draft("{}\n", "a", true)),
                ElementsAre("1 identity_source.type", "1 setup.start"));
    const auto read = read_draft(
        "identity_source:\n"
        "  type: active_directory\n"
        "  active_directory:\n"
        "    domains:\n"
        "      - name: a.b\n"
        "        bind: {method: simple, dn: svc, password_file: /no/such/file}\n"
        "setup:\n"
        "  start: maybe\n"
        "  stat: true\n",
        "a", true);
    EXPECT_THAT(places(read), ElementsAre("1 sync_scope",
                                          "6 identity_source.active_directory.domains[0].bind.password_file",
                                          "8 setup.start", "9 setup.stat"));
    EXPECT_THAT(places(read_draft("identity_source: {typ: directory}\nsetup: {start: true}\n", "a", true)),
                ElementsAre("1 identity_source.typ", "1 identity_source.type"));
}

TEST(SetupAnswers, OfAnUnfinishedDialogueAreTakenAsFarAsTheyGo) {
    Draft draft;
    draft.step = "login";
    draft.config.source = sync::SourceKind::active_directory;
    draft.config.domains.resize(1);
    draft.config.domains[0].name = "a.b";
    draft.config.sync.domains = {"a.b"};
    const auto read = read_draft(draft_text(draft), "kept", false);
    EXPECT_EQ(read.draft.step, "login");
    EXPECT_EQ(read.draft.config.domains.at(0).name, "a.b");
    EXPECT_EQ(read.draft.config.source, sync::SourceKind::active_directory);
}

}  // namespace
}  // namespace dirsync::ctl
