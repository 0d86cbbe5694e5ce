"""The daemon and dirsyncctl, as an admin and a script use them."""
import json
import pathlib
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402


class Daemon(lab.LabCase):
    lab_settings = {"ip": "127.0.1.13", "seed": ("--users", "80")}

    def setUp(self):
        self.daemon = self.dirsyncd(scope={"groups": [self.at("diamond-top"), self.at("group00000")]})
        self.daemon.start()
        self.addCleanup(self.daemon.stop, expect=None)

    def test_status_has_what_scripts_rely_on(self):  # contract: status --json
        self.daemon.ctl("sync")
        status = self.daemon.ctl_json("status")
        self.assertLessEqual({"source", "paused", "last_run", "next_run", "counts", "held", "scope_warnings", "servers",
                              "config"}, set(status))
        self.assertEqual(status["source"]["identity"], "active_directory:" + self.lab.realm)
        self.assertEqual((status["source"]["state"], status["source"]["pending"]), ("active", None))
        self.assertEqual(status["counts"]["users"], len(self.daemon.users()))
        self.assertTrue(status["config"]["in_force"])
        self.assertEqual([server["in_use"] for server in status["servers"]], [True])
        self.assertIn("in step", self.daemon.ctl("status").stdout)

    def test_a_change_arrives(self):
        self.daemon.ctl("sync")
        seq = self.daemon.ctl_json("changes")[-1]["seq"]
        self.lab.mutate("create-user", "arrival", f"userPrincipalName={self.at('arrival')}")
        self.lab.mutate("add-member", "group00000", "arrival")
        plan = self.daemon.ctl_json("plan", expect=2)
        self.assertEqual([(c["action"], c["object_type"]) for c in plan["changes"]],
                         [("create", "USER"), ("add_member", "GROUP")])
        self.assertIn("would create user arrival@", self.daemon.ctl("plan", expect=2).stdout)
        self.daemon.ctl("sync")
        changes = self.daemon.ctl_json("changes", "--since", str(seq))
        self.assertEqual([{**c, "reason": ""} for c in plan["changes"]],
                         [{key: c[key] for key in ("action", "object_type", "object_id", "name", "before", "after")}
                          | {"reason": ""} for c in changes])
        self.assertEqual(self.daemon.ctl_json("plan")["changes"], [])
        follow = subprocess.Popen([lab.CTL, "--socket", self.daemon.socket, "changes", "--follow", "--since", str(seq),
                                   "--json"], stdout=subprocess.PIPE, text=True)
        self.assertEqual(json.loads(follow.stdout.readline())["name"], self.at("arrival"))
        follow.terminate()
        follow.wait()
        follow.stdout.close()

    def test_explain_and_lists(self):  # contract: explain --json
        self.daemon.ctl("sync")
        members = self.daemon.ctl_json("groups", "members", self.at("diamond-top"))
        name = members[0]["user_name"]
        why = self.daemon.ctl_json("explain", name)
        self.assertLessEqual({"name", "object_type", "external_id", "in_scope", "because", "excluded_by", "attributes",
                              "held"}, set(why))
        self.assertTrue(why["in_scope"])
        way = next(w for w in why["because"] if "diamond-top" in w["rule"])
        self.assertEqual([way["path"][0], way["path"][-1]], [self.at("diamond-top"), self.at("diamond-leaf")])
        self.assertEqual(why["attributes"]["userName"]["template"], "${userPrincipalName}")
        self.assertFalse(self.daemon.ctl_json("explain", "svc-plain")["in_scope"])
        self.assertEqual(self.daemon.ctl("explain", "nobody.at.all", expect=64).stdout, "")
        self.assertEqual(self.daemon.ctl_json("users", "show", name)["user_name"], name)
        self.assertEqual(len(self.daemon.ctl_json("users", "list")), len(self.daemon.users()))
        self.assertIn(self.at("diamond-top"), self.daemon.ctl("groups", "list").stdout)
        self.assertEqual(self.daemon.ctl_json("errors"), [])
        self.assertEqual(self.daemon.ctl_json("runs")[0]["outcome"], "ok")
        self.assertEqual(self.daemon.ctl_json("source", "show")[0]["state"], "active")

    def test_pause_and_resume(self):  # semantics 4.5
        self.daemon.ctl("sync")
        self.daemon.ctl("pause")
        self.lab.mutate("set", "user000001", "displayName=While paused")
        self.daemon.stop()
        self.daemon.start()
        status = self.daemon.ctl_json("status")
        self.assertTrue(status["paused"])
        self.assertIsNone(status["next_run"])
        before = self.daemon.state()
        self.daemon.ctl("sync", expect=None)
        self.assertEqual(self.daemon.state(), before)
        self.daemon.ctl("resume")
        self.daemon.ctl("sync")
        self.assertFalse(self.daemon.ctl_json("status")["paused"])

    def test_reload_good_and_bad(self):
        self.daemon.ctl("sync")
        good = self.daemon.config.read_text()
        self.daemon.config.write_text(good.replace("diamond-top", "cycle-a"))
        self.daemon.ctl("reload")
        self.daemon.ctl("sync")
        self.assertIn(self.at("cycle-a"), {g["display_name"] for g in self.daemon.ctl_json("groups", "list")})
        self.daemon.config.write_text(good.replace('"groups"', '"gruops"'))
        refused = self.daemon.ctl("reload", expect=78)
        self.assertIn("gruops", refused.stderr)
        self.assertFalse(self.daemon.ctl_json("status")["config"]["in_force"])
        self.daemon.ctl("sync")
        self.daemon.config.write_text(good)
        self.daemon.ctl("reload")
        self.assertTrue(self.daemon.ctl_json("status")["config"]["in_force"])

    def test_plan_under_another_configuration(self):
        self.daemon.ctl("sync")
        other = self.daemon.dir / "other.yaml"
        other.write_text(self.daemon.config.read_text().replace("group00000", "chain00"))
        before = self.daemon.state()
        plan = self.daemon.ctl("plan", "--config", str(other), expect=2)
        self.assertIn("chain00", plan.stdout)
        self.assertEqual(self.daemon.state(), before)
        self.assertEqual(self.daemon.ctl_json("plan")["changes"], [])

    def test_usage_and_absence(self):
        self.daemon.ctl("no-such-command", expect=64)
        self.daemon.ctl("approve", "0123456789ab", expect=64)
        self.daemon.stop()
        gone = self.daemon.ctl("status", expect=75)
        self.assertIn(str(self.daemon.socket), gone.stderr)
        self.daemon.start()

    def test_curl_is_enough(self):
        answer = lab.run(["curl", "-sS", "--unix-socket", self.daemon.socket, "http://localhost/v1/status"])
        self.assertIn("source", json.loads(answer))
        self.assertEqual(self.daemon.socket.stat().st_mode & 0o777, 0o660)

    def test_the_directory_goes_and_comes_back(self):  # semantics 5.1
        self.daemon.ctl("sync")
        before = self.daemon.state()
        self.lab.stop(now=True)
        try:
            self.daemon.ctl("sync", expect=75)
            status = self.daemon.ctl_json("status")
            self.assertTrue(status["last_error"])
            self.assertEqual(self.daemon.state(), before)
        finally:
            self.lab.start()
        self.daemon.ctl("sync")
        self.assertIsNone(self.daemon.ctl_json("status")["last_error"])

    def test_what_is_held_is_approved(self):  # semantics 5.3; contract: held
        names = [f"held{i:02d}" for i in range(12)]
        for name in names:
            self.lab.mutate("create-user", name, f"userPrincipalName={self.at(name)}")
        self.lab.mutate("add-member", "group00000", *names)
        self.daemon.ctl("sync")
        for name in names:
            self.lab.mutate("delete", name)
        self.daemon.ctl("sync", expect=3)
        held, = self.daemon.ctl_json("status")["held"]
        self.assertEqual((held["class"], held["count"]), ("remove_users", 12))
        self.assertLessEqual({"id", "class", "count", "limit", "since", "sample"}, set(held))
        self.assertLessEqual(set(held["sample"]), {self.at(name) for name in names})
        self.assertIn(held["id"], self.daemon.ctl("status").stdout)
        plan = self.daemon.ctl_json("plan", expect=3)
        self.assertEqual(([h["id"] for h in plan["held"]], plan["changes"]), ([held["id"]], []))
        self.assertEqual(self.daemon.user(self.at(names[0]))["status"], "ENABLED")
        self.daemon.stop()
        self.daemon.start()
        self.daemon.ctl("sync", expect=3)
        self.assertEqual(self.daemon.ctl_json("status")["held"][0]["id"], held["id"])
        self.daemon.ctl("approve", held["id"])
        self.daemon.ctl("sync")
        self.assertIsNone(self.daemon.user(self.at(names[0])))
        self.assertEqual(self.daemon.ctl_json("status")["held"], [])
        last = self.daemon.ctl_json("changes")[-1]
        self.assertEqual((last["action"], last["object_type"]), ("delete", "USER"))

    def test_rows_are_those_of_the_views(self):  # contract: SQL, v1_runs, v1_changes
        self.daemon.ctl("sync")
        views = {"v1_users": "user_id user_name display_name given_name family_name middle_name email status external_id sid "
                             "attributes scope out_since created_at updated_at revision",
                 "v1_groups": "group_id display_name description external_id attributes scope out_since created_at "
                              "updated_at revision",
                 "v1_memberships": "group_id user_id",
                 "v1_permission_sets": "permission_set_id name description",
                 "v1_assignments": "assignment_id principal_type principal_id permission_set_id target dangling",
                 "v1_changes": "seq run_id at action object_type object_id name before after reason",
                 "v1_runs": "run_id started_at ended_at kind trigger outcome counts error",
                 "v1_entity_errors": "external_id sid object_type name code message since",
                 "v1_identity_source": "type identity store_id since state"}
        for view, columns in views.items():
            found = {row["name"] for row in self.daemon.sql(f"PRAGMA table_info({view})")}
            self.assertLessEqual(set(columns.split()), found, view)
        for command, view in ((("users", "list"), "v1_users"), (("groups", "list"), "v1_groups"), (("runs",), "v1_runs"),
                              (("source", "show"), "v1_identity_source")):
            rows = self.daemon.ctl_json(*command)
            self.assertTrue(rows, command)
            self.assertLessEqual(set(views[view].split()), set(rows[0]), command)
        row = self.daemon.sql("SELECT * FROM v1_users")[0]
        self.assertRegex(row["user_id"], r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        self.assertRegex(row["created_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
        run = self.daemon.sql("SELECT * FROM v1_runs")[0]
        self.assertEqual(run["outcome"], "ok")
        self.assertEqual(json.loads(run["counts"])["users_created"], len(self.daemon.users()))
        last = self.daemon.ctl_json("status")["last_run"]
        self.assertLessEqual({"started_at", "ended_at", "kind", "trigger", "outcome"}, set(last))

    def test_polling_is_enough(self):  # semantics 6.2
        self.daemon.stop()
        self.daemon.write(scope={"groups": [self.at("group00000")]}, extra={"schedule": {"poll": "1s", "jitter": "0%"}})
        self.daemon.start()
        self.lab.mutate("create-user", "polled", f"userPrincipalName={self.at('polled')}")
        self.lab.mutate("add-member", "group00000", "polled")
        self.daemon.wait_until(lambda: self.daemon.user(self.at("polled")) is not None, 20)
        revisions = self.daemon.sql("SELECT max(seq) AS n FROM v1_changes")
        self.daemon.wait_until(lambda: self.daemon.ctl_json("status")["next_run"] is not None, 20)
        time.sleep(2.5)
        self.assertEqual(self.daemon.sql("SELECT max(seq) AS n FROM v1_changes"), revisions)  # semantics 5.6

    def test_a_second_daemon_is_refused(self):  # semantics 5.11
        self.daemon.ctl("sync")
        same_store = subprocess.run([lab.DIRSYNCD, "-c", self.daemon.config], capture_output=True, text=True, timeout=60)
        self.assertEqual(same_store.returncode, 75, same_store.stderr)
        self.assertIn(str(self.daemon.process.pid), same_store.stderr)
        other = self.dirsyncd(scope={"groups": [self.at("diamond-top")]},
                              extra={"control": {"socket": str(self.daemon.socket)}})
        same_socket = subprocess.run([lab.DIRSYNCD, "-c", other.config], capture_output=True, text=True, timeout=60)
        self.assertNotEqual(same_socket.returncode, 0)
        self.assertIn(str(self.daemon.socket), same_socket.stderr)
        self.assertEqual(self.daemon.ctl_json("status")["counts"]["users"], len(self.daemon.users()))

    def test_a_killed_daemon_leaves_nothing_in_the_way(self):  # semantics 5.7
        self.daemon.ctl("sync")
        before = self.daemon.state()
        self.daemon.stop(signal.SIGKILL, expect=None)
        self.assertTrue(self.daemon.socket.exists())
        self.daemon.start()
        self.daemon.ctl("sync")
        self.assertEqual(self.daemon.state(), before)

    def test_it_ends_at_once_while_the_directory_is_silent(self):
        self.daemon.ctl("sync")
        self.lab.signal(signal.SIGSTOP)
        try:
            waiting = subprocess.Popen([lab.CTL, "--socket", self.daemon.socket, "sync"], stderr=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL)
            time.sleep(1)
            self.assertIsNone(waiting.poll())
            begin = time.monotonic()
            self.assertIn("source", self.daemon.ctl_json("status"))
            self.assertLess(time.monotonic() - begin, 2)
            begin = time.monotonic()
            self.daemon.stop(signal.SIGTERM)
            self.assertLess(time.monotonic() - begin, 5)
            self.assertNotEqual(waiting.wait(timeout=10), 0)
        finally:
            self.lab.signal(signal.SIGCONT)

    def test_problems_are_rfc_9457(self):  # contract: control API
        answer = lab.run(["curl", "-sS", "-i", "--unix-socket", self.daemon.socket, "http://localhost/v1/users/nobody"])
        head, _, body = answer.partition("\n\n")  # as text: ends of lines are translated
        self.assertIn("404", head.splitlines()[0])
        self.assertIn("application/problem+json", head.lower())
        self.assertLessEqual({"title", "status", "detail", "exit_code"}, set(json.loads(body)))


class WrongPassword(lab.LabCase):
    lab_settings = {"ip": "127.0.1.14", "seed": None, "options": ("--log", "1 auth_audit:3")}

    def attempts(self):
        return (self.lab.dir / "log" / "out").read_text(errors="replace").count("WRONG_PASSWORD")

    def test_it_is_tried_once_until_the_secret_changes(self):  # semantics 5.8
        daemon = self.dirsyncd()
        secret = daemon.dir / "password"
        secret.write_text("wrong")
        secret.chmod(0o600)
        env = self.lab.env
        daemon.write(bind={"method": "simple", "dn": env["AD_BIND_DN"], "password_file": str(secret)},
                     scope={"users": [self.at("svc-plain")]}, extra={"schedule": {"poll": "1s"}})
        before = self.attempts()
        daemon.start()
        self.addCleanup(daemon.stop, expect=None)
        daemon.wait_until(lambda: daemon.ctl_json("status")["last_error"])
        for _ in range(3):
            daemon.ctl("sync", expect=77)
        time.sleep(2.5)
        self.assertEqual(self.attempts() - before, 1)
        self.assertIn("CREDENTIALS_REFUSED", daemon.log.read_text())
        self.assertIn("InvalidDirectoryCredentials", daemon.ctl_json("status")["last_error"])
        self.assertIn("InvalidDirectoryCredentials", daemon.ctl("status").stdout)
        # Nor by the next process.
        daemon.stop()
        daemon.start()
        daemon.ctl("sync", expect=77)
        self.assertIn("InvalidDirectoryCredentials", daemon.ctl_json("status")["last_error"])
        self.assertEqual(self.attempts() - before, 1)
        secret.write_text(pathlib.Path(env["AD_PASSWORD_FILE"]).read_text())
        daemon.wait_until(lambda: daemon.ctl_json("status")["last_error"] is None, 30)
        self.assertEqual(len(daemon.users()), 1)
        daemon.stop(signal.SIGTERM)


if __name__ == "__main__":
    unittest.main()
