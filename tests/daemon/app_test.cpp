#include "tests/daemon/app_bench.hpp"

#include "core/system_time.hpp"
#include "store/sqlite/store.hpp"

namespace dirsync::daemon {
namespace {

// architecture: what is wrong with the configuration ends a daemon that has never worked, and no other one.
TEST_F(AppTest, AConfigurationThatNeverWorkedEndsItWith78) {
    script.is_misconfigured = true;
    start();
    thread.join();
    EXPECT_EQ(exit_code, 78);
}

TEST_F(AppTest, ADaemonThatHasWorkedGoesOnWhateverIsWrong) {
    start();
    wait_for_cycles(1);
    script.is_misconfigured = true;
    EXPECT_EQ(ask("POST", "/v1/sync").at("exit_code").as_int64(), 78);
    EXPECT_EQ(status().at("last_error").as_string(), "there is no such naming context");
    script.is_misconfigured = false;
    EXPECT_EQ(ask("POST", "/v1/sync").at("exit_code").as_int64(), 0);
    stop();
    EXPECT_EQ(exit_code, 0);
}

TEST_F(AppTest, ALongPauseDisablesEverybodyWhileNobodyAsks) {  // semantics 4.5
    write_config("lifecycle: {paused: {disable_after: 4s}}\nsafety: {allow_short: true}\n");
    start();
    wait_for_cycles(1);
    ask("POST", "/v1/pause");
    wait_for_warning("are disabled on");
    wait_for_warning("for so long that all synced users are disabled");
    EXPECT_EQ(script.reads, 1);
}

// semantics 4.5: no clock runs there, so nothing is said of one.
TEST_F(AppTest, APauseThatDisablesNobodySaysNothingOfIt) {
    const auto warnings = [this] { return boost::json::serialize(status().at("warnings")); };
    for (const bool in_doubt : {false, true}) {
        for (const bool waits : {false, true}) {
            write_config("lifecycle: {paused: {disable_after: 4s}}\nsafety: {allow_short: true}\n",
                         waits ? active_directory : built_in);
            auto store = store::make_memory_store();
            sync::SourceRecord source;
            source.kind = waits ? sync::SourceKind::active_directory : sync::SourceKind::directory;
            source.identity = waits ? "active_directory:old.example.com" : "";
            source.change_pending = waits;
            ASSERT_TRUE(store->set_source(source));
            const auto run = sync::run_of_admin("pause", {}, system_time());
            ASSERT_TRUE(store->set_paused(system_time() - Duration(100), in_doubt, run));
            start(std::move(store));
            wait_for_answer();
            ASSERT_TRUE(status().at("paused").as_bool());
            EXPECT_THAT(warnings(), Not(HasSubstr("disable_after"))) << waits << in_doubt;
            stop();
        }
    }
}

TEST_F(AppTest, APauseThatBeganInDoubtSaysWhatItWaitsForAndWhatToDo) {  // semantics 4.5, 5.13
    write_config("lifecycle: {paused: {disable_after: 4s}}\nsafety: {allow_short: true}\n");
    script.clock_error = 86400;
    start();
    wait_for_cycles(1);
    ask("POST", "/v1/pause");
    wait_for_warning("disables nobody before a domain controller confirms the time; make one reachable");
    stop();
}

TEST_F(AppTest, AWrongClockPrunesNothing) {  // 5.13
    write_config("journal: {keep: 1d}\n");
    script.clock_error = -20 * 366 * 24 * 3600;
    auto store = store::make_memory_store();
    auto run = sync::run_of_admin("old one", {}, system_time() - std::chrono::hours(48));
    ASSERT_TRUE(store->record_run(run));
    start(std::move(store));
    wait_for_cycles(1);
    const auto has_old_run = [this] {
        return raw("GET", "/v1/runs").find("\"old one\"") != std::string::npos;
    };
    ask("POST", "/v1/sync");
    EXPECT_TRUE(has_old_run());
    EXPECT_EQ(status().at("time_doubt").is_string(), true);
    script.clock_error = 0;
    // Only a cycle of the schedule prunes.
    ask("POST", "/v1/reload");
    wait_until([&] { return !has_old_run(); });
    stop();
}

TEST_F(AppTest, APlanHidesNoFailureAndWhatIsShownGivesTheWord) {
    start();
    wait_for_cycles(1);
    script.is_misconfigured = true;
    ask("POST", "/v1/sync");
    EXPECT_THAT(raw("GET", "/readyz"), HasSubstr("not ready: configuration"));
    script.is_misconfigured = false;
    ask("GET", "/v1/plan");
    EXPECT_THAT(raw("GET", "/readyz"), HasSubstr("not ready: configuration"));
    stop();
}

TEST_F(AppTest, WhoeverWaitsForChangesIsAnsweredAtTheEnd) {
    start();
    wait_for_cycles(1);
    const int waiting = send_and_settle("GET", "/v1/changes?since=0&wait=30");
    EXPECT_LE(stop(), seconds(5));
    EXPECT_THAT(answer_on(waiting), HasSubstr("200 OK"));
}

TEST_F(AppTest, IsReadyWithoutTheDirectoryAndEndsAtOnceWhenToldTo) {  // semantics 5.1, 5.7
    script.hangs = true;
    start();
    wait_until([this] { return script.attempts == 1; });
    wait_for_answer();
    EXPECT_TRUE(status().at("cycle_running").as_bool());
    EXPECT_LE(stop(), seconds(5));
    EXPECT_EQ(exit_code, 0);
    EXPECT_FALSE(std::filesystem::exists(directory / "s"));
}

TEST_F(AppTest, ACycleThatIsCutOffByTheEndIsNoFailureToBeRecorded) {
    store::SqliteOptions options;
    options.path = (directory / "identity.db").string();
    auto opened = store::open_sqlite(options);
    ASSERT_TRUE(opened) << opened.error().message();
    script.hangs = true;
    start(std::move(*opened));
    wait_until([this] { return script.attempts == 1; });
    stop();
    opened = store::open_sqlite(options);
    ASSERT_TRUE(opened) << opened.error().message();
    sync::ViewQuery query;
    query.view = "v1_runs";
    const auto runs_recorded = (*opened)->query(query);
    ASSERT_TRUE(runs_recorded);
    EXPECT_TRUE(runs_recorded->rows.empty());
}

TEST_F(AppTest, TheBuiltInDirectoryNeedsNoCycles) {  // semantics 1.1
    write_config("", built_in);
    start();
    wait_for_cycles(1);
    const auto now = status();
    EXPECT_TRUE(now.at("next_run").is_null());
    EXPECT_EQ(now.at("source").at("type").as_string(), "directory");
    EXPECT_EQ(script.attempts, 0);
    EXPECT_EQ(ask("POST", "/v1/sync").at("exit_code").as_int64(), 0);
    EXPECT_EQ(script.attempts, 0);
}

TEST_F(AppTest, PauseStopsCyclesAndResumeCatchesUp) {  // semantics 4.5
    start();
    wait_for_cycles(1);
    EXPECT_THAT(raw("POST", "/v1/pause"), HasSubstr("200 OK"));
    auto now = status();
    EXPECT_TRUE(now.at("paused").as_bool());
    EXPECT_TRUE(now.at("next_run").is_null());
    const std::string since(now.at("paused_since").as_string());
    const int before = script.attempts;
    const auto report = ask("POST", "/v1/sync");
    EXPECT_TRUE(report.at("paused").as_bool());
    EXPECT_EQ(script.attempts, before);
    EXPECT_EQ(status().at("cycles").as_int64(), 1);
    std::this_thread::sleep_for(milliseconds(1100));
    raw("POST", "/v1/pause");
    EXPECT_EQ(status().at("paused_since").as_string(), since) << "a second pause does not begin anew";
    raw("POST", "/v1/pause?reason=new%20disk");
    now = status();
    EXPECT_EQ(now.at("pause_reason").as_string(), "new disk");
    EXPECT_EQ(now.at("paused_since").as_string(), since);
    raw("POST", "/v1/pause");
    EXPECT_EQ(status().at("pause_reason").as_string(), "new disk") << "no reason takes none away";
    EXPECT_EQ(ask("GET", "/v1/plan").at("exit_code").as_int64(), 3) << "as long as it is paused";
    raw("POST", "/v1/resume");
    wait_for_cycles(2);
    EXPECT_FALSE(status().at("paused").as_bool());
}

TEST_F(AppTest, AReloadIsAllOrNothing) {
    start();
    wait_for_cycles(1);
    write_config("sync_scope: {gruops: []}\n");
    const auto refused = ask("POST", "/v1/reload");
    EXPECT_EQ(refused.at("exit_code").as_int64(), 78);
    EXPECT_THAT(std::string(refused.at("detail").as_string()),
                HasSubstr("dirsyncd.yaml:4:14: sync_scope.gruops"));
    EXPECT_FALSE(status().at("config").at("in_force").as_bool());
    EXPECT_EQ(ask("POST", "/v1/sync").at("exit_code").as_int64(), 0) << "the one before is in force";

    write_config("http: {listen: '127.0.0.1:1'}\n");
    const auto taken = ask("POST", "/v1/reload");
    EXPECT_EQ(boost::json::serialize(taken.at("needs_restart")), R"(["http.listen"])");
    EXPECT_TRUE(status().at("config").at("in_force").as_bool());
    EXPECT_THAT(boost::json::serialize(status().at("warnings")), HasSubstr("http.listen"));
    write_config("");
    EXPECT_EQ(boost::json::serialize(ask("POST", "/v1/reload").at("needs_restart")), "[]")
        << "as it was at the start";
}

TEST_F(AppTest, ASignalToStopIsHeardWhileRequestsWaitAndTheyAreAnswered) {
    script.hangs = true;
    start();
    wait_for_answer();
    wait_until([this] { return script.attempts == 1; });
    ::kill(::getpid(), SIGHUP);
    const int reload = send_and_settle("POST", "/v1/reload");
    const int sync = send_and_settle("POST", "/v1/sync");
    const int plan = send_and_settle("GET", "/v1/plan");
    EXPECT_LE(stop(), seconds(5));
    EXPECT_EQ(exit_code, 0);
    EXPECT_EQ(script.attempts, 1);
    for (const int waiting : {reload, sync, plan}) {
        const std::string answer = answer_on(waiting);
        EXPECT_THAT(answer, HasSubstr("dirsyncd is stopping, and this was not done"));
        EXPECT_THAT(answer, HasSubstr("\"exit_code\":75"));
    }
}

TEST_F(AppTest, APlanUnderAnotherConfigurationChangesNothing) {
    start();
    wait_for_cycles(1);
    const auto plan = [this](const std::string& text) {
        boost::json::object body;
        body["config"] = text;
        return ask("POST", "/v1/plan", boost::json::serialize(body));
    };
    EXPECT_EQ(plan(configuration("sync_scope: {groups: [x@corp.example.com]}\n")).at("exit_code").as_int64(),
              0);
    EXPECT_THAT(boost::json::serialize(plan(configuration("sync_scope: {groups: [x@corp.example.com]}\n"))),
                HasSubstr("x@corp.example.com"))
        << "its scope is looked at";
    EXPECT_EQ(ask("GET", "/v1/plan").at("scope_warnings").as_array().size(), 0U) << "and put away again";
    EXPECT_EQ(plan(configuration("", built_in)).at("exit_code").as_int64(), 78)
        << "another source cannot be planned";
    EXPECT_EQ(plan("a: b: c").at("exit_code").as_int64(), 78);
    EXPECT_EQ(status().at("cycles").as_int64(), 1);
}

TEST_F(AppTest, EndsWith75WhereItCannotListen) {  // contract: exit codes
    std::ofstream(directory / "s") << "not a socket";
    start();
    thread.join();
    app.reset();
    EXPECT_EQ(exit_code, 75);
    EXPECT_EQ(script.attempts, 0);
}

TEST_F(AppTest, CountsFailuresByTheirClass) {
    script.refuses = true;
    start();
    wait_for_cycles(1);
    const std::string metrics = raw("GET", "/metrics");
    EXPECT_THAT(metrics, HasSubstr("dirsyncd_cycle_failures_total{class=\"denied\"} 1\n"));
    EXPECT_THAT(metrics, HasSubstr("dirsyncd_cycle_failures_total{class=\"transient\"} 0\n"));
}

TEST_F(AppTest, ANotificationWakesACycleAndABurstIsOne) {  // semantics 6.2
    script.notifications = 0;
    start();
    wait_until([this] { return script.reads == 1 && script.waits == 1; });
    script.notifications = 50;
    wait_until([this] { return script.notifications == 0 && script.reads >= 2; });
    std::this_thread::sleep_for(milliseconds(100));
    EXPECT_LE(script.reads, 12) << "fifty notifications within a second or two";
    EXPECT_EQ(stop(), seconds(0));
}

TEST_F(AppTest, WithoutNotificationsThePollGoesOn) {  // semantics 6.2
    start();
    wait_until([this] { return script.waits == 1; });
    EXPECT_EQ(script.reads, 1);
    EXPECT_EQ(stop(), seconds(0)) << "nobody waits for the next attempt";
}

}  // namespace
}  // namespace dirsync::daemon
