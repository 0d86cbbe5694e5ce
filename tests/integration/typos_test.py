"""Slips of an admin in the configuration take nothing from anybody; what waits is told, released and counted."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402
import ldap_responder as script  # noqa: E402
from ldap_responder import Domain, Responder  # noqa: E402


class Typos(unittest.TestCase):
    users = 30

    def setUp(self):
        self.domain = Domain(users=self.users)
        self.people = [self.domain.named(f"user{i:03d}") for i in range(self.users)]
        self.domain.add_group("team", self.people[:8])
        self.responder = Responder(self.domain)
        self.addCleanup(self.responder.close)
        self.daemon = lab.Dirsyncd()
        self.addCleanup(self.daemon.purge)
        self.addCleanup(self.daemon.stop)
        password = self.daemon.dir / "password"
        password.write_text(script.PASSWORD)
        password.chmod(0o600)
        self.settings = self.responder.settings()
        self.settings["bind"]["password_file"] = str(password)
        self.scope = {"organizational_units": [self.domain.unit], "groups": ["CORP\\team"]}
        self.write()
        self.daemon.once()
        self.emails = self.column("email")

    def write(self, scope=None, **extra):
        self.daemon.write(domains=[self.settings], scope=scope or self.scope, extra=extra)

    def column(self, name):
        return {row["user_name"]: row[name] for row in self.daemon.users().values()}

    def email(self, text):
        self.write(attribute_mappings={"user": {"email": text}})

    def test_a_template_that_names_no_attribute_clears_nobody(self):  # semantics 5.14
        for detection in ("usn", "full"):
            with self.subTest(detection=detection):
                self.settings["change_detection"] = detection
                self.email("${mial}")
                done = self.daemon.once(expect=78)
                self.assertIn("the schema of the directory has no attribute 'mial' (did you mean 'mail'?): user.email keeps", done.stdout)
                self.assertEqual(self.column("email"), self.emails)
                # Neither in a later process, nor for one who changes.
                self.domain.set(self.people[0], "sn", "Changed " + detection)
                self.daemon.once(expect=78)
                self.daemon.once("--full", expect=78)
                self.assertEqual(self.column("email"), self.emails)
                self.assertEqual(self.column("family_name")[f"user000@{self.domain.name}"], "Changed " + detection)
                self.email("${mail}")
                self.assertNotIn("mial", self.daemon.once().stdout)

    def test_where_the_schema_is_hidden_the_guard_holds(self):  # semantics 5.14
        self.domain.shows_schema = False
        self.email("${mial}")
        done = self.daemon.once(expect=3)
        self.assertIn("clear_attribute, 30 (limit: email of users, 500 or 10%)", done.stdout)
        self.assertIn("let the account read the schema", done.stdout)
        self.assertEqual(self.column("email"), self.emails)
        hold = next(line.split()[1].rstrip(":") for line in done.stdout.splitlines() if line.startswith("held "))
        self.daemon.once("--approve", hold)
        self.assertEqual(set(self.column("email").values()), {""})

    def test_a_group_that_is_misspelt_in_the_scope_takes_nobody_away(self):  # semantics 2.10
        scope = {"groups": ["CORP\\team"]}
        self.write(scope)
        self.daemon.once()
        before = self.daemon.state()
        self.write({"groups": ["CORP\\taem"]})
        for _ in range(2):
            done = self.daemon.once(expect=3)
            self.assertIn("scope_edit, 9 (an entry of the scope names nothing: groups: CORP\\taem)", done.stdout)
        self.daemon.once("--full", expect=3)
        self.assertEqual(self.daemon.state(), before)
        self.write(scope)
        self.daemon.once()
        self.assertEqual(self.daemon.state(), before)

    def test_minutes_for_days_are_refused(self):
        self.write(lifecycle={"out_of_scope": {"disable_after": "28m"}})
        done = self.daemon.once(expect=78)
        self.assertRegex(done.stderr, r":\d+:\d+: lifecycle.out_of_scope.disable_after: 28 minutes is less than a day: "
                                      r"did you mean 28d\?")

    def test_letting_many_in_waits_and_is_released_one_by_one(self):  # semantics 5.14
        for user in self.people[:20]:
            self.domain.set(user, "userAccountControl", 514)
        self.write(safety={"disable_users": {"count": 100, "percent": 100}, "window": "1h"})
        self.daemon.once()
        for user in self.people[:20]:
            self.domain.set(user, "userAccountControl", 512)
        self.daemon.start()
        self.daemon.ctl("sync", expect=3)
        held = self.daemon.ctl_json("status")["held"]
        self.assertEqual([(hold["class"], hold["count"]) for hold in held], [("enable_users", 20)])
        self.daemon.ctl("status", "--check", expect=3)
        names = [f"user00{i}@{self.domain.name}" for i in range(2)]
        # Not in the store; in the store, and not held.
        for name in "nobody@x", f"user025@{self.domain.name}":
            self.daemon.ctl("approve", held[0]["id"], "--only", name, expect=64)
        self.daemon.ctl("approve", held[0]["id"], "--only", names[0], "--only", names[1])
        self.daemon.ctl("sync", expect=3)
        enabled = [name for name, status in self.column("status").items() if status == "ENABLED"]
        self.assertEqual(sorted(enabled)[:2], names)
        self.assertEqual(len(enabled), 12)
        held = self.daemon.ctl_json("status")["held"]
        self.assertEqual(held[0]["count"], 18)
        self.daemon.ctl("approve", held[0]["id"])
        self.daemon.ctl("sync")
        self.daemon.ctl("status", "--check")
        self.assertEqual(set(self.column("status").values()), {"ENABLED"})

    def test_a_paused_store_says_so(self):  # contract: exit code 3
        self.daemon.start()
        self.daemon.ctl("sync")
        self.daemon.ctl("status", "--check")
        self.daemon.ctl("pause")
        self.daemon.ctl("status", "--check", expect=3)
        self.daemon.ctl("sync", expect=3)
        self.daemon.stop()
        self.assertIn("sync is paused", self.daemon.once(expect=3).stdout)

    def test_a_plan_ends_with_one_line_that_counts_it(self):
        self.domain.delete(self.people[0])
        self.domain.set(self.people[1], "userAccountControl", 514)
        self.domain.add_user("newcomer")
        plan = self.daemon.once("--dry-run", expect=2).stdout
        # The membership goes with the user.
        self.assertEqual(plan.splitlines()[-1], "Plan: 1 user to create, 1 to disable, 1 to remove, 1 membership to remove")


if __name__ == "__main__":
    unittest.main()
