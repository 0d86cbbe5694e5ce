"""A store that somebody else touches while dirsyncd has it open, or before it starts: it is never written over, never taken
for a first sync, and what to do is said (semantics 5.18, 5.11). Readers need no right to write (11.1)."""
import os
import pathlib
import pwd
import shutil
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402
from ldap_responder import Domain, Responder  # noqa: E402

# Where `dirsyncctl` finds a daemon to ask when none runs.
os.environ["PATH"] = f"{lab.DIRSYNCD.parent}:{os.environ['PATH']}"


class StoreCase(unittest.TestCase):
    def setUp(self):
        self.domain = Domain(users=30)
        self.team = self.domain.add_group("team", [self.domain.named(f"user{i:03d}") for i in range(8)])
        self.responder = Responder(self.domain)
        self.addCleanup(self.responder.close)
        self.daemon = lab.Dirsyncd()
        self.addCleanup(self.daemon.purge)
        self.configure("dirsync")
        self.daemon.once()

    def configure(self, detection):
        self.daemon.write(domains=[{**self.responder.settings(), "change_detection": detection}],
                          scope={"organizational_units": [self.domain.unit], "groups": ["team@corp.example.com"]})

    def path(self, suffix=""):
        return pathlib.Path(str(self.daemon.store) + suffix)

    def remove(self, *suffixes):
        for suffix in suffixes:
            self.path(suffix).unlink(missing_ok=True)

    def backup(self):
        copy = self.daemon.dir / "backup.db"
        source, target = sqlite3.connect(self.daemon.store), sqlite3.connect(copy)
        source.backup(target)
        source.close()
        target.close()
        return copy

    def restore_into(self, copy):
        """sqlite3 identity.db ".restore copy.db" """
        source, target = sqlite3.connect(copy), sqlite3.connect(self.daemon.store)
        source.backup(target)
        source.close()
        target.close()

    def names(self):
        return {row["user_name"] for row in self.daemon.users().values()}

    def hire(self, *names):
        for name in names:
            self.domain.add_user(name)

    def expect_lost(self, why):
        """Each command says it, with exit code 75, and nothing is asked of the directory."""
        self.responder.rewind()
        done = self.daemon.ctl("sync", expect=75)
        self.assertIn(why, done.stdout + done.stderr)
        self.assertFalse(self.responder.sent, "the directory was asked")
        self.assertIn(why, self.daemon.ctl("users", "list", expect=75).stderr)
        status = self.daemon.ctl_json("status", expect=None)
        self.assertIn(why, status["last_error"])
        self.assertIn("failing: ", self.daemon.ctl("status", expect=None).stdout)
        # Whatever file lies there now: it is not the one that the daemon has.
        checks = self.daemon.ctl_json("-c", str(self.daemon.config), "doctor", expect=75)["checks"]
        store = [(check["outcome"], check["seen"]) for check in checks if check["check"] == "store"]
        self.assertEqual([outcome for outcome, _ in store], ["failed"], store)
        self.assertIn(why, store[0][1])
        self.daemon.wait_until(lambda: "STORE_LOST" in self.daemon.log.read_text())


class UnderTheDaemon(StoreCase):
    def start(self):
        self.daemon.start()
        self.daemon.ctl("sync")  # the first cycle is over

    def test_deleted(self):
        self.start()
        self.remove("", "-wal", "-shm")
        self.hire("newcomer")
        self.expect_lost("was deleted or moved away")
        self.assertFalse(self.path().exists())
        self.daemon.stop()
        done = self.daemon.once(expect=75)
        self.assertIn("is lost", done.stderr)
        self.assertIn("put a backup there, or remove", done.stderr)
        self.daemon.once("--dry-run", expect=75)
        self.assertFalse(self.path().exists(), "a first sync was begun")

    def test_emptied(self):
        self.start()
        os.truncate(self.path(), 0)
        self.expect_lost("was emptied")
        self.daemon.stop()
        self.assertIn("is lost: its file is empty", self.daemon.once(expect=75).stderr)

    def test_replaced_by_a_backup(self):
        before = self.daemon.state()
        copy = self.backup()
        self.start()
        self.hire("newcomer")
        self.daemon.ctl("sync")
        os.rename(copy, self.path())
        self.expect_lost("was replaced by another file")
        self.daemon.stop()
        # The log of the file that was there before would damage the backup.
        done = self.daemon.once(expect=75)
        self.assertIn("write-ahead log", done.stderr)
        self.remove("-wal", "-shm")
        self.assertEqual(self.daemon.state(), before)
        self.daemon.once()
        self.assertIn("newcomer@corp.example.com", self.names())
        self.daemon.check()

    def test_a_backup_copied_over_it(self):
        """cp keeps the inode, and SQLite sees no change: neither the daemon nor its end may write into the copy."""
        before = self.daemon.state()
        copy = self.backup()
        self.daemon.start()
        self.hire("newcomer")
        self.daemon.ctl("sync")
        shutil.copyfile(copy, self.path())
        self.expect_lost("was written over by something that is not SQLite")
        self.daemon.stop()
        self.assertEqual(self.path().read_bytes(), copy.read_bytes())
        done = self.daemon.once(expect=75)
        self.assertIn("write-ahead log", done.stderr)
        self.remove("-wal", "-shm")
        self.assertEqual(self.daemon.state(), before)
        self.daemon.once()
        self.assertIn("newcomer@corp.example.com", self.names())
        self.daemon.check()

    def test_others_may_read_and_checkpoint(self):
        self.daemon.start()
        for name in ("first", "second"):
            self.hire(name)
            self.daemon.ctl("sync")
            other = sqlite3.connect(self.daemon.store)
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            other.close()
        self.daemon.ctl("sync")
        self.assertNotIn("STORE_LOST", self.daemon.log.read_text())
        self.daemon.stop()
        self.daemon.check()

    def test_moved_away_and_back(self):
        self.start()
        aside = self.daemon.dir / "aside.db"
        os.rename(self.path(), aside)
        self.hire("newcomer")
        self.expect_lost("was deleted or moved away")
        os.rename(aside, self.path())
        self.daemon.ctl("sync")
        self.assertIn("newcomer@corp.example.com", self.names())
        self.daemon.wait_until(lambda: "STORE_FOUND" in self.daemon.log.read_text())
        self.daemon.stop()
        self.daemon.check()

    def test_without_its_log(self):
        self.start()
        self.hire("first")
        self.daemon.ctl("sync")
        self.remove("-wal")
        self.hire("second")
        self.expect_lost("-wal")
        self.daemon.stop()
        self.daemon.once()
        self.assertLessEqual({"first@corp.example.com", "second@corp.example.com"}, self.names())
        self.daemon.check()

    def test_restored_from_a_backup(self):
        """Five hires missing and a deleted user present: one cycle mends it, in each mode."""
        for detection in ("dirsync", "usn", "full"):
            with self.subTest(detection=detection):
                self.configure(detection)
                self.daemon.once()
                copy = self.backup()
                self.start()
                self.hire(*[f"{detection}{i}" for i in range(5)])
                gone = self.domain.add_user(f"{detection}-leaver")
                self.daemon.ctl("sync")
                self.domain.delete(gone)
                self.domain.delete(self.domain.named({"dirsync": "user020", "usn": "user021", "full": "user022"}[detection]))
                self.daemon.ctl("sync")
                wanted, members = self.names(), self.daemon.members("team@corp.example.com")
                self.restore_into(copy)
                self.assertNotEqual(self.names(), wanted)
                self.daemon.ctl("sync")
                self.assertEqual(self.names(), wanted)
                self.assertEqual(self.daemon.members("team@corp.example.com"), members)
                self.assertIn("STORE_RELOADED", self.daemon.log.read_text())
                run = self.daemon.sql("SELECT * FROM v1_runs ORDER BY run_id DESC LIMIT 1")[0]
                self.assertEqual((run["outcome"], run["error"]), ("ok", None))
                self.assertIn("loaded anew", run["note"])
                self.daemon.ctl("sync", "--full")
                self.assertEqual(self.names(), wanted)
                self.daemon.stop()
                self.daemon.check()

    def test_what_the_daemon_itself_is_asked_for_is_no_foreign_change(self):
        self.start()
        self.daemon.ctl("pause")
        self.daemon.ctl("resume")
        self.daemon.ctl("permission-set", "create", "Admin")
        self.hire("newcomer")
        self.daemon.ctl("sync")
        self.assertNotIn("STORE_RELOADED", self.daemon.log.read_text())

    def test_a_lock_file_tidied_away(self):
        """Nobody becomes a member in another's place: two writers are noticed by both."""
        for detection in ("dirsync", "usn"):
            with self.subTest(detection=detection):
                self.setUp()
                self.configure(detection)
                self.daemon.once()
                self.lock_file_tidied_away()

    def lock_file_tidied_away(self):
        self.start()
        self.remove(".lock")
        stranger = self.domain.add_user("aaa")
        self.domain.set(stranger, "userPrincipalName", "a aa@corp.example.com")  # an entity error: no row
        self.domain.set_members(self.team, [self.domain.named(f"user{i:03d}") for i in range(8)] + [stranger])
        done = self.daemon.once(expect=75)
        self.assertIn("in use by another process", done.stderr)
        self.domain.set_members(self.team, [self.domain.named(f"user{i:03d}") for i in range(8)])
        self.domain.delete(stranger)
        newcomer = self.domain.add_user("bbb")
        self.expect_lost("may have a second owner")
        self.daemon.stop()
        self.daemon.once()
        self.domain.set(newcomer, "description", "edited")
        self.daemon.once()
        self.assertIn("bbb@corp.example.com", self.names())
        self.assertEqual(self.daemon.members("team@corp.example.com"),
                         {f"user{i:03d}@corp.example.com" for i in range(8)})
        self.daemon.check()


class BeforeTheStart(StoreCase):
    def test_closed_standard_streams(self):
        subprocess.run(["sh", "-c", 'exec "$0" "$@" 0<&- 1>&- 2>&-', str(lab.DIRSYNCD), "-c", str(self.daemon.config), "--once"],
                       check=False, timeout=120)
        self.assertRegex(self.path(".lock").read_text(), r"\A\d+\nstore \S+\nfiles \d+ \d+\n\Z")
        self.remove("", "-wal", "-shm")
        done = self.daemon.once(expect=75)
        self.assertIn("is lost", done.stdout + done.stderr)

    def test_another_store(self):
        self.daemon.start()
        self.daemon.stop()
        other = lab.Dirsyncd()
        self.addCleanup(other.purge)
        other.write(domains=[self.responder.settings()], scope={"users": ["user000@corp.example.com"]})
        other.once()
        shutil.copy(other.store, self.path())
        done = self.daemon.once(expect=75)
        self.assertIn("is another one than before", done.stderr)
        self.assertEqual(len(self.names()), 1, "nothing was changed")
        self.remove("", "-wal", "-shm", ".lock")
        self.daemon.once()
        self.assertEqual(len(self.names()), 30)

    def test_a_backup_put_back_while_stopped(self):
        copy = self.backup()
        self.hire("newcomer")
        self.daemon.once()
        os.rename(copy, self.path())
        self.assertNotIn("newcomer@corp.example.com", self.names())
        self.daemon.once()
        self.assertIn("newcomer@corp.example.com", self.names())
        self.daemon.check()

    def test_a_damaged_page_that_no_row_is_read_from(self):
        """Where cron runs the program nobody else looks through the file."""
        state, runs = self.daemon.state(), self.daemon.sql("SELECT * FROM v1_runs")
        page, = self.daemon.sql("SELECT min(pageno) AS number, min(pgsize) AS size FROM dbstat "
                                "WHERE name = 'journal' AND pagetype = 'leaf'")
        at = (page["number"] - 1) * page["size"]
        with self.path().open("r+b") as file:
            file.seek(at)
            before = file.read(page["size"])
            file.seek(at)
            file.write(bytes(page["size"]))
        self.domain.set(self.domain.named("user009"), "userAccountControl", 514)
        self.responder.rewind()
        for more in ((), ("--dry-run",)):
            self.assertIn("is damaged in journal", self.daemon.once("--full", *more, expect=75).stderr)
        self.assertFalse(self.responder.sent, "the directory was asked")
        self.assertEqual(self.daemon.sql("SELECT * FROM v1_runs"), runs)
        with self.path().open("r+b") as file:
            file.seek(at)
            file.write(before)
        self.assertEqual(self.daemon.state(), state)
        self.daemon.once("--full")
        self.assertEqual(self.daemon.user("user009@corp.example.com")["status"], "DISABLED")

    def test_doctor_knows_a_lost_store(self):
        self.remove("", "-wal", "-shm")
        done = subprocess.run([lab.CTL, "-c", self.daemon.config, "doctor"], text=True, capture_output=True, timeout=120)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("is lost", done.stdout + done.stderr)

    def test_a_damaged_page_is_not_written_over_a_good_row(self):
        """What the mirror says of somebody is not what was written: the directory is asked again."""
        state = self.daemon.state()
        connection = sqlite3.connect(self.daemon.store)
        node, attributes = connection.execute(
            "SELECT node, attributes FROM mirror_objects WHERE instr(attributes, CAST('user009@' AS BLOB)) > 0").fetchone()
        with connection:
            connection.execute("UPDATE mirror_objects SET attributes = ? WHERE node = ?",
                               (attributes.replace(b"user009@", b"user00\0@"), node))
        connection.close()
        looked = subprocess.run([lab.CTL, "-c", self.daemon.config, "doctor"], text=True, capture_output=True, timeout=120)
        self.assertIn("1 objects are not what was written", looked.stdout)
        self.daemon.once("--full")
        self.assertEqual(self.daemon.state(), state)
        looked = subprocess.run([lab.CTL, "-c", self.daemon.config, "doctor"], text=True, capture_output=True, timeout=120)
        self.assertNotIn("not what was written", looked.stdout)
        self.domain.set(self.domain.named("user009"), "mail", "changed@example.com")
        self.daemon.once()
        self.assertEqual(self.daemon.user("user009@corp.example.com")["email"], "changed@example.com")


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
