#include "ctl/text/format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/text/status_format.hpp"
#include "ctl/text/table_text.hpp"

namespace dirsync::ctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string status_json(const std::string& changes) {
    return R"({"source":{"type":"active_directory","identity":"active_directory:corp.example.com","state":"active",
        "pending":null},"paused":false,"paused_since":null,"last_run":{"started_at":"2026-01-31T12:00:00Z",
        "kind":"incremental","outcome":"ok"},"next_run":"2026-01-31T12:00:30Z",
        "counts":{"users":10,"groups":2,"memberships":30,"errors":1},"held":[],"scope_warnings":[],
        "servers":[{"uri":"ldaps://dc1","state":"timed out","in_use":false,"detection":""},
                   {"uri":"ldaps://dc2","state":"connected","in_use":true,"detection":"dirsync"}],
        "config":{"path":"/etc/d.yaml","loaded_at":"2026-01-31T11:00:00Z","in_force":true},"warnings":[],
        "last_error":null,"last_success":"2026-01-31T12:00:01Z","cycle_running":false,
        "progress":{"phase":"","objects":0})" +
           changes + "}";
}

TEST(StatusText, SaysStateRunsCountsAndServersInAlignedLines) {
    EXPECT_EQ(status_text(status_json("")),
              "state          in step, but for errors: see 'dirsyncctl errors'\n"
              "source         active_directory:corp.example.com\n"
              "store          10 users, 2 groups, 30 memberships, 1 error\n"
              "last run       2026-01-31T12:00:00Z  incremental  ok\n"
              "last success   2026-01-31T12:00:01Z\n"
              "next run       2026-01-31T12:00:30Z\n"
              "configuration  /etc/d.yaml, loaded 2026-01-31T11:00:00Z\n"
              "\n"
              "   server       state      changes by\n"
              "   ldaps://dc1  timed out\n"
              "*  ldaps://dc2  connected  dirsync\n");
}

TEST(StatusText, SaysInStepAloneOnlyWhenNobodyIsLeftOut) {
    const std::string counts = R"(,"counts":{"users":1,"groups":0,"memberships":0,"errors":0})";
    EXPECT_THAT(status_text(status_json(counts)), HasSubstr("state          in step\n"));
}

TEST(StatusText, FitsTheTerminal) {
    const std::string wide = status_text(
        status_json(
            R"(,"last_error":"dc1.corp.example.com: the certificate of the domain controller has expired on Monday",
            "held":[{"id":"h1","class":"remove_users","count":700,"limit":"500 or 10%","since":"x","sample":["alice"]}])"),
        {60});
    EXPECT_THAT(wide, HasSubstr("state          failing: dc1.corp.example.com: the\n"
                                "               certificate of the domain controller has\n"
                                "               expired on Monday\n"));
    EXPECT_THAT(
        wide, HasSubstr("\n  More users would be removed than the limit allows. They\n    stay as they are"));
}

TEST(StatusText, SaysWhatIsHeldAndWhatToType) {
    const std::string text = status_text(status_json(
        R"(,"held":[{"id":"h1","class":"remove_users","count":700,"limit":"500 or 10%","since":"x","sample":["alice"]}])"));
    EXPECT_THAT(text, HasSubstr("state          some changes are held\n"));
    EXPECT_THAT(text, HasSubstr("held h1: remove_users, 700 (limit: 500 or 10%): alice, ...\n"
                                "  More users would be removed than the limit allows. They stay as they are, "
                                "enabled ones enabled. If it is a mistake, mend the directory or the "
                                "configuration; if it is right: dirsyncctl approve h1\n"));
}

TEST(StatusText, SaysThatTimeIsInDoubt) {
    EXPECT_THAT(status_text(status_json(R"(,"time_doubt":"the clocks differ")")),
                HasSubstr("state          time is in doubt, see below\n"));
}

TEST(StatusText, SaysWhatIsWrongEvenWhenPaused) {
    const std::string failing = R"(,"last_error":"dc1: no route to host")";
    EXPECT_THAT(status_text(status_json(failing)),
                HasSubstr("state          failing: dc1: no route to host\n"));
    const std::string paused = status_text(
        status_json(failing + R"(,"paused":true,"paused_since":"2026-01-30T00:00:00Z","next_run":null)"));
    EXPECT_THAT(paused, HasSubstr("paused since 2026-01-30T00:00:00Z; 'dirsyncctl resume' goes on\n"));
    const std::string asked = status_text(status_json(
        R"(,"paused":true,"paused_since":"2026-01-30T00:00:00Z","paused_by":"alice","pause_reason":"new disk")"));
    EXPECT_THAT(asked, HasSubstr("paused since 2026-01-30T00:00:00Z by alice (new disk); 'dirsyncctl"));
    messages::Status again;
    again.paused_since = "2026-01-30T00:00:00Z";
    again.pause_reason = "new disk";
    EXPECT_EQ(
        paused_again_text(again, false),
        "sync was paused already: paused since 2026-01-30T00:00:00Z (new disk); 'dirsyncctl resume' goes "
        "on\n");
    EXPECT_THAT(paused_again_text(again, true), HasSubstr("already, and the new reason is kept: paused"));
    EXPECT_THAT(paused, HasSubstr("last error     dc1: no route to host\n"));
    EXPECT_THAT(paused, HasSubstr("next run       none\n"));
}

TEST(StatusText, SaysThatTheSourceChangedAndWhatThatWouldRemove) {
    const std::string text = status_text(status_json(
        R"(,"source":{"identity":"a","state":"change_pending","pending":{"from":"a","to":"b","users":5,"groups":6,
        "memberships":7,"assignments":8}})"));
    EXPECT_THAT(text, HasSubstr("frozen"));
    EXPECT_THAT(text, HasSubstr("from a to b"));
    EXPECT_THAT(text, HasSubstr("5 users, 6 groups, 7 memberships and 8 assignments"));
}

TEST(StatusText, SaysWhatAServerAnsweredOnceAndOutsideOfTheTable) {
    const std::string servers =
        R"(,"servers":[{"uri":"ldaps://dc1","state":"the certificate of dc1 has expired on Monday","in_use":false,
        "detection":"full"},{"uri":"ldaps://dc2","state":"connected","in_use":true,"detection":"full"}])";
    EXPECT_THAT(status_text(status_json(servers)),
                HasSubstr("   ldaps://dc1  failed     full\n"
                          "*  ldaps://dc2  connected  full\n"
                          "ldaps://dc1: the certificate of dc1 has expired on Monday\n"));
    const std::string known = status_text(status_json(
        servers + R"(,"last_error":"ldaps://dc1: the certificate of dc1 has expired on Monday")"));
    EXPECT_EQ(known.find("has expired"), known.rfind("has expired")) << known;
}

TEST(SyncText, DoesNotSayInStepWhenSomebodyIsSkipped) {
    const std::string text =
        sync_text(R"({"change_count":0,"entity_errors":2,"wrote":true,"error":null,"held":[]})");
    EXPECT_THAT(text, HasSubstr("skipped because of errors: 2 objects"));
    EXPECT_THAT(text, Not(HasSubstr("in step")));
    EXPECT_THAT(sync_text(R"({"change_count":0,"entity_errors":0,"error":null,"held":[]})"),
                HasSubstr("in step"));
}

TEST(StatusText, SaysThatTheConfigurationWasRefused) {
    EXPECT_THAT(
        status_text(status_json(R"(,"config":{"path":"/etc/d.yaml","loaded_at":"t","in_force":false})")),
        HasSubstr("REFUSED"));
}

// The same sentences as daemon::plan_text: tests/unit/daemon/json_test.cpp.
TEST(PlanText, IsALineAChange) {
    EXPECT_EQ(
        plan_text(R"({"changes":[
        {"action":"create","object_type":"USER","name":"alice@corp","before":null,"after":{},"reason":"in scope"},
        {"action":"update","object_type":"GROUP","name":"staff","before":{"description":"a"},"after":{"description":"b"},"reason":"in scope"},
        {"action":"delete","object_type":"USER","name":"bob","before":{},"after":null,"reason":"in scope"},
        {"action":"add_member","object_type":"GROUP","name":"staff","before":null,"after":{"user_id":"u","user_name":"alice@corp"},"reason":"in scope"},
        {"action":"remove_member","object_type":"GROUP","name":"staff","before":{"user_id":"v","user_name":"bob"},"after":null,"reason":"in scope"}],
        "held":[{"id":"h1","class":"remove_users","count":12,"limit":"500 or 10%","sample":["alice","bob"]}],
        "scope_warnings":["groups: gone names nothing"],"entity_errors":1,"error":null,"change_pending":false})"),
        "would create user alice@corp (in scope)\n"
        "would update group staff: description from 'a' to 'b' (in scope)\n"
        "would delete user bob (in scope)\n"
        "would add alice@corp to group staff (in scope)\n"
        "would remove bob from group staff (in scope)\n"
        "held h1: remove_users, 12 (limit: 500 or 10%): alice, bob, ...\n"
        "  More users would be removed than the limit allows. They stay as they are, enabled ones enabled. "
        "If "
        "it is a mistake, mend the directory or the configuration; if it is right: dirsyncctl approve h1\n"
        "warning: groups: gone names nothing\n"
        "skipped because of errors: 1 object; 'dirsyncctl errors' or the view v1_entity_errors says why\n"
        "5 changes would be written\n"
        "Plan: 1 user to create, 1 to remove, 1 group to update, 1 membership to add, 1 to remove\n");
}

TEST(PlanText, FoldsWhatNobodyReadsAndCountsItAll) {
    messages::CycleReport plan;
    for (int i = 0; i < 5; ++i) {
        messages::Change change;
        change.action = i == 4 ? "delete" : "create";
        change.object_type = "USER";
        change.name = "u" + std::to_string(i);
        plan.changes.push_back(change);
    }
    const std::string text = plan_text(messages::text_of(plan), {80}, 2);
    EXPECT_THAT(text, HasSubstr("would create user u1 ()\nwould delete user u4 ()\n"
                                "... and 2 more: --all shows them\n"));
    EXPECT_THAT(text, HasSubstr("Plan: 4 users to create, 1 to remove"));
    EXPECT_THAT(plan_text(messages::text_of(plan), {80}), HasSubstr("user u3"));
}

TEST(PlanText, SaysNothingToDoOnlyWhenThatIsKnown) {
    EXPECT_EQ(plan_text(R"({"changes":[],"held":[],"error":null})"), "nothing to do\n");
    EXPECT_THAT(plan_text(R"({"changes":[],"held":[],"error":"dc1 is down"})"),
                Not(HasSubstr("nothing to do")));
    EXPECT_THAT(plan_text(R"({"changes":[],"held":[],"change_pending":true})"),
                Not(HasSubstr("nothing to do")));
}

TEST(PlanText, SaysThatHeldChangesWait) {
    const std::string text = plan_text(
        R"({"changes":[],"held":[{"id":"h1","class":"remove_users","count":1,"limit":"0","sample":["bob"]}],"error":null})");
    EXPECT_THAT(text, HasSubstr("held h1"));
    EXPECT_THAT(text, HasSubstr("\nnothing to do but for what is held\n"));
}

TEST(PlanText, NamesCannotMoveTheCursor) {
    EXPECT_EQ(
        plan_text(
            R"({"changes":[{"action":"create","object_type":"USER","name":"a\u001b[2J\u009bz","reason":"r"}]})"),
        "would create user a\\u{1b}[2J\\u{9b}z (r)\n1 change would be written\n"
        "Plan: 1 user to create\n");
}

TEST(SyncText, SaysWhatWasDoneAndWhatIsHeld) {
    EXPECT_EQ(sync_text(R"({"run":{"counts":{"users_created":2,"users_removed":0,"held":0}},"wrote":true,
                            "change_count":2,"held":[],"error":null})"),
              "users created: 2\n");
    EXPECT_EQ(sync_text(R"({"run":{"counts":{}},"wrote":false,"change_count":0,"held":[],"error":null})"),
              "nothing to do: the store is in step with the directory\n");
    EXPECT_EQ(
        sync_text(R"({"run":{"counts":{}},"wrote":false,"change_count":0,"held":[],"error":"dc1 is down"})"),
        "error: dc1 is down\n");
    EXPECT_THAT(sync_text(R"({"run":{"counts":{}},"wrote":false,"change_count":0,"held":[],"error":null,
                              "scope_warnings":["w"]})"),
                HasSubstr("warning: w\nnothing to do"));
}

TEST(SyncText, DoesNotSayInStepWhilePaused) {  // semantics 4.5
    EXPECT_EQ(
        sync_text(R"({"run":{"counts":{}},"wrote":false,"change_count":0,"held":[],"error":null,"paused":true,
                            "scope_warnings":["sync is paused"]})"),
        "warning: sync is paused\n");
}

TEST(RevertText, TellsCountsAndWhatIsLeftOut) {
    const std::string text = revert_text(
        R"({"changes":[],"change_count":1,"wrote":true,"run":{"counts":{"users_created":1,"held":0}},
            "not_restored":[{"action":"update","object_type":"USER","name":"bob","why":"it was changed again"}]})",
        false);
    EXPECT_EQ(text,
              "users created: 1\n\nnot restored:\naction  object_type  name  why\n"
              "update  USER         bob   it was changed again\n");
}

TEST(RevertText, SaysThatNothingIsLeft) {
    EXPECT_EQ(revert_text(R"({"changes":[],"change_count":0,"not_restored":[]})", false),
              "nothing left to undo\n");
}

TEST(RevertText, ShowsTheLinesOfADryRun) {
    const std::string text = revert_text(
        R"({"changes":[{"action":"create","object_type":"USER","name":"bob","before":null,"after":{},)"
        R"("reason":"a run was reverted"}],"change_count":1,"not_restored":[]})",
        true);
    EXPECT_EQ(text,
              "would create user bob (a run was reverted)\n1 change would be written\n"
              "Plan: 1 user to create\n");
}

TEST(RevertText, HidesNothingThatItDoesNotUnderstand) {
    EXPECT_EQ(revert_text("what?", false), "what?");
    EXPECT_EQ(revert_text("{}", true), "{}");
}

TEST(ReloadText, NamesWhatOnlyARestartBringsInForce) {
    EXPECT_EQ(
        reload_text(R"({"needs_restart":[]})"),
        "the configuration was read again; the next cycle goes by it, and 'dirsyncctl status' says if a "
        "part of it is refused\n");
    EXPECT_THAT(reload_text(R"({"needs_restart":[],"settings_refused":true})"),
                HasSubstr("the last cycle refused a part of the configuration; 'dirsyncctl status' says"));
    EXPECT_THAT(reload_text(R"({"needs_restart":["http.listen","control.socket"]})"),
                HasSubstr("at the next start only: http.listen, control.socket\n"));
}

// semantics 1.4
TEST(ReloadText, SaysThatAChangeOfTheSourceWaitsAndWhatToDo) {
    const std::string text = reload_text(
        R"({"needs_restart":[],"pending":{"from":"directory","to":"active_directory:a","users":3,"groups":1,
        "memberships":1,"assignments":4,"note":null}})");
    EXPECT_THAT(text, HasSubstr("from directory to active_directory:a. The change waits for consent"));
    EXPECT_THAT(text, HasSubstr("3 users, 1 group, 1 membership and 4 assignments"));
    EXPECT_THAT(text, HasSubstr("'dirsyncctl source change'"));
}

// semantics 1.4: after a restart the store is known to be frozen before the directory was asked.
TEST(StatusText, IsFrozenAlsoWhileTheCountsAreNotKnown) {
    const std::string text =
        status_text(R"({"source":{"identity":"directory","state":"change_pending","pending":null},
        "paused":false,"last_error":null,"last_success":null,"held":[]})");
    EXPECT_THAT(text, HasSubstr("frozen: the source changed"));
    EXPECT_THAT(text, HasSubstr("change_pending"));
    EXPECT_THAT(text, HasSubstr("'dirsyncctl source change'"));
}

TEST(ExplainText, NamesTheRuleThePathAndTheTemplates) {
    const std::string text = explain_text(
        R"({"name":"alice","object_type":"USER","external_id":"g","dn":"CN=alice","in_scope":true,"note":"",
        "because":[{"rule":"groups: CORP\\Staff","path":["Staff","Sales"]}],"excluded_by":null,
        "attributes":{"email":{"value":"a@b","template":"${mail}"}},"errors":[{"code":"InvalidValue","message":"m"}],"held":[]})");
    EXPECT_THAT(text, HasSubstr("alice is a user, in scope\n"));
    EXPECT_THAT(text, HasSubstr("groups: CORP\\Staff\n    Staff > Sales > alice\n"));
    EXPECT_THAT(text, HasSubstr("email  a@b  from ${mail}\n"));
    EXPECT_THAT(text, HasSubstr("error InvalidValue: m\n"));
    const std::string differs = explain_text(
        R"({"name":"al","object_type":"USER","in_scope":true,"attributes":{)"
        R"("email":{"value":"a@b","template":"${mail}","stored":"","why":"see the error below"},)"
        R"("title":{"value":"","template":null,"stored":"Boss","why":"it is held"},)"
        R"("displayName":{"value":"al","template":null}}})");
    EXPECT_THAT(differs, HasSubstr("a@b  from ${mail}; the store has no value: see the error below\n"));
    EXPECT_THAT(differs, HasSubstr("(nothing mapped); the store has 'Boss': it is held\n"));
    EXPECT_THAT(differs, HasSubstr("al   (fallback)\n"));
    EXPECT_THAT(text, Not(HasSubstr("kept out")));
    EXPECT_THAT(
        explain_text(R"({"name":"bob","object_type":"USER","in_scope":false,"excluded_by":"users: bob"})"),
        HasSubstr("bob is a user, not in scope"));
}

TEST(Tables, AreAlignedByCharacters) {
    using messages::PermissionSet;
    const auto both = columns<PermissionSet>(&PermissionSet::name, &PermissionSet::description);
    EXPECT_EQ(list_text(R"([{"name":"xyz"},{"name":"\u00e9\u00e9","description":"1"}])", both, "sets"),
              "name  description\nxyz\n\xc3\xa9\xc3\xa9    1\n");
    EXPECT_EQ(object_text(R"({"user_name":"alice","revision":3})"), "user_name  alice\nrevision   3\n");
    const std::string runs =
        runs_text(R"([{"run_id":"0a1b","kind":"full","counts":{"users_created":2,"users_removed":0}}])");
    EXPECT_THAT(runs, HasSubstr("users_created=2\n"));
    EXPECT_THAT(runs, HasSubstr("\n0a1b "));
}

TEST(Tables, SayThatThereIsNothing) {
    using messages::PermissionSet;
    const auto name = columns<PermissionSet>(&PermissionSet::name);
    EXPECT_EQ(list_text("[]", name, "errors"), "no errors\n");
    EXPECT_EQ(list_text(R"([{"name":"b"},{"name":"a"}])", name, "errors"), "name\na\nb\n");
    EXPECT_EQ(runs_text("[]"), "no runs\n");
}

TEST(Changes, AreListedAndFollowedByTheirNumber) {
    const std::string json =
        R"([{"run_id":"r7","seq":7,"at":"t","action":"create","object_type":"USER","name":"alice","reason":"r"},{"run_id":"r9","seq":9,"at":"t",
        "action":"delete","object_type":"GROUP","name":"g","reason":"r"}])";
    EXPECT_EQ(changes_text(json), "r7  7  t  create user alice (r)\nr9  9  t  delete group g (r)\n");
    EXPECT_EQ(
        changes_text(
            R"([{"run_id":"r","seq":1,"at":"t","action":"update","object_type":"USER","name":"al","reason":"changed",)"
            R"("before":{"user_name":"al","email":"","status":"ENABLED","attributes":{"title":"Boss","floor_no":""},"out_since":null},)"
            R"("after":{"user_name":"bo","email":"a@x","status":"DISABLED","attributes":{"floor_no":"3"},"out_since":"2026-01-31"}}])"),
        "r  1  t  update user al: user name from 'al' to 'bo', e-mail set to 'a@x', status from "
        "ENABLED to DISABLED, title 'Boss' cleared, floor_no set to '3', out since set to 2026-01-31 "
        "(changed)\n");
    EXPECT_EQ(last_seq_of(json, 3), 9);
    EXPECT_EQ(last_seq_of("[]", 3), 3);
    EXPECT_EQ(json_lines(R"([{"seq": 1}, {"seq": 2}])"), "{\"seq\":1}\n{\"seq\":2}\n");
}

TEST(Answers, SayTheirExitCodeAndTheirProblem) {
    EXPECT_EQ(exit_code_of(R"({"exit_code":3})", 75), 3);
    EXPECT_EQ(exit_code_of(R"({"exit_code":"3"})", 75), 75);
    EXPECT_EQ(exit_code_of("oops", 75), 75);
    EXPECT_EQ(problem_text(R"({"title":"t","detail":"a: 1\nb: 2"})"), "a: 1\nb: 2")
        << "problems of a configuration are lines";
    EXPECT_EQ(problem_text(R"({"title":"t"})"), "t");
    EXPECT_EQ(problem_text("oops"), "oops");
    EXPECT_EQ(progress_text({"reading users", 4000}), "reading users: 4000 objects");
    EXPECT_EQ(progress_text({}), "");
}

TEST(Answers, OfAnotherShapeAreShownAsTheyAre) {
    for (const auto* odd : {"oops", "", "7", "{"}) {
        EXPECT_EQ(status_text(odd), odd);
        EXPECT_EQ(plan_text(odd), odd);
        EXPECT_EQ(changes_text(odd), odd);
        EXPECT_EQ(runs_text(odd), odd);
    }
}

}  // namespace
}  // namespace dirsync::ctl
