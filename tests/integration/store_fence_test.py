"""A store that somebody else touches while dirsyncd has it open, or before it starts: it is never written over, never taken
for a first sync, and what to do is said (semantics 5.18, 5.11)."""
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402
from store_case import StoreCase  # noqa: E402


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
        self.assertRegex(self.path(".lock").read_text(), r"\A\d+\nstore \S+\nfiles \d+ \d+\nseq \d+\n\Z")
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


if __name__ == "__main__":
    unittest.main()
