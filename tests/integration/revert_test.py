"""Undoing a run of a real domain (semantics 5.10)."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402


class Revert(lab.LabCase):
    lab_settings = {"ip": "127.0.1.70", "seed": ("--users", "80")}

    def setUp(self):
        self.daemon = self.dirsyncd(scope={"groups": [self.at("diamond-top"), self.at("group00000")]})
        self.daemon.start()
        self.addCleanup(self.daemon.stop, expect=None)

    def ids(self):
        return self.daemon.sql("SELECT user_id, user_name, external_id FROM v1_users ORDER BY user_id")

    def memberships(self):
        return self.daemon.sql("SELECT group_id, user_id FROM v1_memberships ORDER BY 1, 2")

    def test_deleted_users_come_back_and_stay_until_they_are_approved(self):
        for name in ("leaver1", "leaver2"):
            self.lab.mutate("create-user", name, f"userPrincipalName={self.at(name)}")
            self.lab.mutate("add-member", "group00000", name)
        self.daemon.ctl("sync")
        before = (self.ids(), self.memberships())
        for name in ("leaver1", "leaver2"):
            self.lab.mutate("delete", name)
        self.daemon.ctl("sync")
        run = self.daemon.ctl_json("runs")[-1]["run_id"]
        self.assertEqual(len(self.ids()), len(before[0]) - 2)
        dry = self.daemon.ctl_json("revert", run, "--dry-run", expect=2)
        self.assertEqual(sorted(c["action"] for c in dry["changes"]), ["add_member"] * 2 + ["create"] * 2)
        self.assertEqual(len(self.ids()), len(before[0]) - 2)

        self.assertIn("2 users to create", self.daemon.ctl_at_terminal("revert", run, answer="n", expect=3))
        self.assertEqual(len(self.ids()), len(before[0]) - 2)
        self.assertIn("users created: 2", self.daemon.ctl_at_terminal("revert", run, answer="y"))
        self.assertEqual((self.ids(), self.memberships()), before)
        self.assertIn("nothing left to undo", self.daemon.ctl("revert", run).stdout)
        for arguments in (("sync",), ("sync", "--full")):
            self.daemon.ctl(*arguments, expect=3)
            self.assertEqual((self.ids(), self.memberships()), before)
        self.daemon.stop()
        self.daemon.start()
        self.daemon.ctl("sync", expect=3)
        self.assertEqual((self.ids(), self.memberships()), before)

        held = self.daemon.ctl_json("status")["held"]
        self.assertEqual([(hold["class"], hold["count"]) for hold in held], [("reverted", 2)])
        self.assertEqual(sorted(held[0]["sample"]), [self.at("leaver1"), self.at("leaver2")])
        explained = self.daemon.ctl("explain", self.at("leaver1")).stdout
        self.assertIn("Deleted in the directory. Still in the store, ENABLED: a revert undid the change",
                      " ".join(explained.split()))
        self.assertIn("leaver2", self.daemon.ctl("changes", "--user", "leaver2").stdout)
        # By short forms of id and name; what is said is what the cycle did.
        short = held[0]["id"][:6]
        approved = self.daemon.ctl("approve", short, "--only", "leaver1", "--wait", expect=3)
        self.assertIn("users removed: 1", approved.stdout)
        self.assertIn("nobody in the store is called 'leaver1'",
                      self.daemon.ctl("approve", short, "--only", "leaver1", expect=64).stderr)
        left = self.daemon.ctl_json("status")["held"]
        self.assertIn("users removed: 1", self.daemon.ctl("approve", left[0]["id"][:6], "--wait").stdout)
        self.assertEqual(len(self.ids()), len(before[0]) - 2)
        self.assertEqual(self.daemon.ctl_json("status")["held"], [])
        self.daemon.check()

    def test_changes_of_nobody(self):
        nobody = self.daemon.ctl("changes", "--user", "no-such-user", expect=64)
        self.assertIn("no user is called 'no-such-user'", nobody.stderr)

    def test_a_second_pause(self):
        self.daemon.ctl("pause", "--reason", "new disk")
        again = self.daemon.ctl("pause", "--reason", "new server").stdout
        self.assertIn("paused already, and the new reason is kept", again)
        self.assertIn("(new server)", again)
        self.assertEqual(self.daemon.ctl_json("status")["pause_reason"], "new server")
        self.assertIn("(new server)", self.daemon.ctl("pause").stdout)
        self.daemon.ctl("resume")

    def test_a_run_that_is_not_there(self):
        refused = self.daemon.ctl("revert", "0190aaaa-0000-7000-8000-000000000000", expect=64)
        self.assertIn("no run has the id", refused.stderr)


if __name__ == "__main__":
    unittest.main()
