"""Who reads the store, and who asks the daemon: readers need no right to write, and each run names the user behind it
(semantics 11.1, 5.12)."""
import os
import pathlib
import pwd
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from store_case import StoreCase  # noqa: E402


@unittest.skipUnless(os.geteuid() == 0, "needs other users")
class Readers(StoreCase):
    """semantics 11.1"""
    reader, group = 65534, 54321

    def read(self):
        code = ("import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); "
                "print(*[row[0] for row in c.execute('SELECT user_name FROM v1_users')]); "
                "c.execute('DELETE FROM users')")
        done = subprocess.run(["setpriv", "--reuid", str(self.reader), "--regid", str(self.group), "--clear-groups", "/usr/bin/python3", "-c",
                               code, str(self.daemon.store)], text=True, capture_output=True, timeout=60)
        self.assertIn("readonly", done.stderr)
        return set(done.stdout.split())

    def test_who_may_only_read_reads(self):
        os.chown(self.daemon.dir, 0, self.group)
        os.chmod(self.daemon.dir, 0o2750)
        self.daemon.start()
        self.hire("newcomer")
        self.daemon.ctl("sync")
        self.assertEqual(self.read(), self.names())
        self.assertEqual(len(self.read()), 31)
        self.daemon.stop()
        self.assertEqual(self.read(), self.names())
        self.daemon.once()
        self.assertEqual(self.read(), self.names())
        for suffix in ("", "-wal", "-shm", ".lock"):
            status = self.path(suffix).stat()
            self.assertEqual((status.st_gid, status.st_mode & 0o777), (self.group, 0o640), suffix)


class WhoAsked(StoreCase):
    """semantics 5.12: the kernel says who is at the other end of the socket."""

    def test_holds_and_runs(self):
        me = pwd.getpwuid(os.getuid()).pw_name
        for i in range(12):
            self.domain.delete(self.domain.named(f"user{i + 10:03d}"))
        self.daemon.start()
        self.daemon.ctl("sync", expect=3)
        waiting = self.daemon.ctl_json("held")
        self.assertEqual({row["name"] for row in waiting}, {f"user{i + 10:03d}@corp.example.com" for i in range(12)})
        self.assertEqual({(row["class"], row["object_type"]) for row in waiting}, {("remove_users", "USER")})
        hold = waiting[0]["hold_id"]
        self.assertEqual(self.daemon.ctl_json("held", hold), sorted(waiting, key=lambda row: row["name"]))
        self.assertIn("user010@corp.example.com", self.daemon.ctl("held").stdout)
        self.daemon.ctl("held", "0123456789ab", expect=64)
        self.assertEqual(len(self.daemon.sql("SELECT * FROM v1_holds WHERE hold_id = ?", hold)), 12)
        self.daemon.ctl("pause", "--reason", "maintenance")
        self.daemon.ctl("resume")
        self.daemon.ctl("approve", hold, "--reason", "the whole team left")
        self.daemon.wait_until(lambda: len(self.names()) == 18)
        self.daemon.ctl("reload")
        runs = {run["trigger"]: run for run in self.daemon.sql("SELECT * FROM v1_runs ORDER BY run_id")}
        self.assertEqual((runs["approve"]["actor"], runs["approve"]["note"], runs["approve"]["hold_id"]),
                         (me, "the whole team left", hold))
        self.assertEqual((runs["approval"]["actor"], runs["approval"]["note"], runs["approval"]["hold_id"]),
                         (me, "the whole team left", hold))
        self.assertEqual((runs["pause"]["actor"], runs["pause"]["note"]), (me, "maintenance"))
        self.assertEqual((runs["resume"]["actor"], runs["reload"]["actor"]), (me, me))
        self.assertEqual(runs["once"]["actor"], me)
        self.assertEqual(self.daemon.sql("SELECT * FROM v1_holds"), [])

    def test_reverts_and_changes_of_the_source(self):
        me = pwd.getpwuid(os.getuid()).pw_name
        self.domain.set(self.domain.named("user000"), "displayName", "Changed")
        self.daemon.start()
        self.daemon.ctl("sync")
        run = self.daemon.sql("SELECT run_id FROM v1_changes ORDER BY seq DESC LIMIT 1")[0]["run_id"]
        self.daemon.ctl("revert", run, "--yes")
        self.daemon.write(domains=[self.responder.settings()], scope={"groups": ["team@corp.example.com"]},
                          extra={"identity_source": {"type": "directory"}})
        self.daemon.ctl("reload")
        self.daemon.wait_until(lambda: self.daemon.ctl_json("status")["source"]["pending"])
        self.daemon.ctl("source", "change", "--accept", "ACCEPT")
        runs = self.daemon.sql("SELECT * FROM v1_runs ORDER BY run_id")
        self.assertEqual([row["actor"] for row in runs if (row["kind"], row["trigger"]) == ("admin", "revert")], [me])
        self.assertEqual([row["actor"] for row in runs if row["kind"] == "source_change"], [me])


if __name__ == "__main__":
    unittest.main()
