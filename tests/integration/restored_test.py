"""A domain controller that is put back to what it was some time ago: it says nothing of what is undone."""
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402


class Restored(lab.LabCase):
    lab_settings = {"ip": "127.0.1.28", "seed": ("--users", "40")}
    group = "group00000"

    def setUp(self):
        self.tag = self.id().rsplit("test_", 1)[1].replace("_", "")[:10]
        self.old = [f"{self.tag}old{i}" for i in range(4)]
        for name in self.old:
            self.lab.mutate("create-user", name, f"mail={name}@example.com", f"userPrincipalName={self.at(name)}")
        self.lab.mutate("add-member", self.group, *self.old)
        self.young = [f"{self.tag}young{i}" for i in range(3)]

    def row(self, name):
        return self.daemon.user(self.at(name))

    def sync(self, expect=0):
        """One cycle; a connection that stood before the restore may cost one more."""
        if self.daemon.ctl("sync", expect=None).returncode == 75:
            self.daemon.ctl("sync", expect=expect)
        return self.daemon.ctl_json("status")

    def removals(self):
        return self.daemon.sql("SELECT action, name, object_type FROM v1_changes WHERE action IN ('delete', 'remove_member')")

    def write(self, detection, **more):
        self.daemon.write(domains=[{**self.daemon.domain(detection=detection), **more}], scope={
            "organizational_units": ["OU=People,OU=Lab," + self.lab.base], "groups": [self.at(self.group)]})

    def expect_noticed(self, detection, new_invocation_id, reason):
        self.daemon = self.dirsyncd()
        self.write(detection)
        backup = self.daemon.dir / "backup.tar"
        self.lab.back_up(backup)
        self.daemon.start()
        self.daemon.ctl("sync")
        for name in self.young:
            self.lab.mutate("create-user", name, f"userPrincipalName={self.at(name)}")
        self.lab.mutate("add-member", self.group, *self.young)
        self.lab.mutate("remove-member", self.group, self.old[0])
        self.lab.mutate("set", self.old[1], "displayName=Undone by the restore")
        self.assertEqual(self.sync()["last_run"]["kind"], "incremental")
        members = self.daemon.members(self.at(self.group))
        self.assertLessEqual({self.at(name) for name in self.young}, members)
        self.assertNotIn(self.at(self.old[0]), members)
        before = self.removals()
        ids = {guid: row["user_id"] for guid, row in self.daemon.users().items()}

        self.lab.restore(backup, new_invocation_id)
        # It is behind itself, and no other one can give it back what it had.
        state = self.daemon.state()
        self.sync(expect=75)
        told = self.daemon.ctl_json("status")["last_error"]
        self.assertIn("it was put back to an earlier state", told)
        old_id = re.search("add its invocation id ([0-9a-f-]{36}) to lost_invocation_ids", told)[1]
        self.assertEqual(self.daemon.state(), state)
        self.write(detection, lost_invocation_ids=[old_id])
        self.daemon.ctl("reload")
        status = self.sync(expect=3)
        whole = [line for line in self.daemon.log.read_text().splitlines() if "WHOLE_READ" in line]
        self.assertIn(reason, whole[-1])
        # What it has is followed again: attributes and memberships are what they were. Whom it never heard of is no proof
        # of a deletion.
        self.assertNotEqual(self.row(self.old[1])["display_name"], "Undone by the restore")
        members = self.daemon.members(self.at(self.group))
        self.assertLessEqual({self.at(name) for name in (*self.young, *self.old)}, members)
        self.assertEqual({(self.row(name)["scope"], self.row(name)["status"]) for name in self.young}, {("held", "ENABLED")})
        self.assertEqual(self.removals(), before)
        self.assertEqual({guid: row["user_id"] for guid, row in self.daemon.users().items()}, ids)
        held, = status["held"]
        self.assertEqual((held["class"], held["count"]), ("absent", len(self.young)))
        state = self.daemon.state()
        self.assertEqual(self.sync(expect=3)["last_run"]["kind"], "incremental")
        self.assertEqual(self.daemon.state(), state)

        self.lab.mutate("set", self.old[2], "displayName=After the restore")
        self.lab.mutate("delete", self.old[3])
        self.assertEqual(self.sync(expect=3)["last_run"]["kind"], "incremental")
        self.assertEqual(self.row(self.old[2])["display_name"], "After the restore")
        self.assertIsNone(self.row(self.old[3]))
        self.daemon.ctl("approve", held["id"])
        self.assertEqual(self.sync()["held"], [])
        self.assertEqual([self.row(name) for name in self.young], [None] * 3)
        state = self.daemon.state()
        self.daemon.ctl("sync", "--full")
        self.assertEqual(self.daemon.state(), state)
        self.daemon.check()

    def test_dirsync_backup(self):  # semantics 5.2, 6.4
        self.expect_noticed("dirsync", True, "the DC was restored from a backup")

    def test_usn_backup(self):  # semantics 5.2, 6.4
        self.expect_noticed("usn", True, "the DC was restored from a backup")

    def test_dirsync_image(self):  # semantics 5.2, 6.4
        self.expect_noticed("dirsync", False, "the DC was put back to an earlier state")

    def test_usn_image(self):  # semantics 5.2, 6.4
        self.expect_noticed("usn", False, "the DC was put back to an earlier state")


if __name__ == "__main__":
    unittest.main()
