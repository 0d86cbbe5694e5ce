"""Changing the identity source: consent, snapshot, the way back, and a crash in the middle of it."""
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402
from terminal import Terminal  # noqa: E402


def at_terminal(command, answer):
    """Runs `command` at a terminal of its own and types `answer` at the prompt; (exit code, what was shown)."""
    terminal = Terminal(command)
    try:
        terminal.expect("to go on: ")
        terminal.type(answer)
        code, _ = terminal.end()
    finally:
        terminal.kill()
    return code, terminal.screen


class SourceChange(lab.LabCase):
    lab_settings = {"ip": "127.0.1.61", "seed": ("--users", "40")}

    def setUp(self):
        self.daemon = self.dirsyncd(scope={"groups": [self.at("diamond-top")]})
        self.synced = json.loads(self.daemon.config.read_text())
        self.name("directory")
        self.daemon.start()
        self.addCleanup(self.daemon.stop, expect=None)
        self.to_ad = "active_directory:" + self.lab.realm

    def name(self, source, change=None):
        config = json.loads(json.dumps(self.synced))
        config["identity_source"]["type"] = source
        if change:
            config["identity_source"]["change"] = {"from": change[0], "to": change[1], "accept": change[2]}
        self.daemon.config.write_text(json.dumps(config))

    def reload_to(self, source, change=None):
        self.name(source, change)
        said = self.daemon.ctl("reload").stdout
        self.daemon.ctl("sync", expect=None)
        return said

    def source(self):
        return self.daemon.ctl_json("status")["source"]

    def fill(self):
        """Two who are in the directory as well, one who is not."""
        one, two = self.names = sorted(row["user_name"] for row in self.members)[:2]
        self.daemon.ctl("user", "create", one, "--display-name", "One")
        self.daemon.ctl("user", "create", two)
        self.daemon.ctl("user", "create", "only.here@example.org")
        self.daemon.ctl("group", "create", "local-group")
        self.daemon.ctl("group", "add-member", "local-group", one)
        self.daemon.ctl("permission-set", "create", "Admin", "--description", "all of it")
        for who, target in ((one, "billing"), (two, "wiki"), ("only.here@example.org", "wiki")):
            self.daemon.ctl("assignment", "create", "--user", who, "--permission-set", "Admin", "--target", target)
        self.daemon.ctl("assignment", "create", "--group", "local-group", "--permission-set", "Admin", "--target", "ci")

    @property
    def members(self):
        if not hasattr(SourceChange, "_members"):
            other = lab.Dirsyncd(self.lab, scope={"groups": [self.at("diamond-top")]})
            other.once()
            SourceChange._members = other.sql("SELECT * FROM v1_users")
            other.purge()
        return SourceChange._members

    def test_there_and_back_with_restore(self):  # semantics 1.3 to 1.6
        self.fill()
        before = self.daemon.state()
        said = self.reload_to("active_directory")
        self.assertIn("The change waits for consent", said)
        self.assertIn("3 users, 1 group, 1 membership and 4 assignments", said)
        self.assertIn("'dirsyncctl source change'", said)
        self.assertIn("frozen: the source changed", self.daemon.ctl("status", "--check", expect=3).stdout)
        source = self.source()
        self.assertEqual(source["state"], "change_pending")
        pending = source["pending"]
        self.assertEqual((pending["from"], pending["to"]), ("directory", self.to_ad))
        self.assertEqual([pending[k] for k in ("users", "groups", "memberships", "assignments")], [3, 1, 1, 4])
        self.assertEqual(self.daemon.ctl("sync", expect=3).returncode, 3)
        # Frozen: nothing is written by anybody.
        self.daemon.ctl("user", "create", "late@example.org", expect=None)
        self.assertEqual(self.daemon.state(), before)

        for words in (["--accept", "accept"], ["--accept", " ACCEPT"], ["--accept", "ACCEPT "], ["--accept", ""],
                      ["directory", "--accept", "ACCEPT"]):
            refused = self.daemon.ctl("source", "change", *words, expect=3)
            self.assertIn("nothing was changed", refused.stderr)
        no_terminal = self.daemon.ctl("source", "change", expect=3)
        self.assertIn("--accept ACCEPT", no_terminal.stderr)
        self.assertIn("3 users, 1 group, 1 membership, 4 assignments", no_terminal.stdout)
        self.assertIn("user only.here@example.org: Admin on wiki", no_terminal.stdout)
        command = [str(lab.CTL), "--socket", str(self.daemon.socket), "source", "change"]
        for answer in ("accept\n", " ACCEPT\n", "ACCEPT \n", "\n", "\x04"):
            code, shown = at_terminal(command, answer)
            self.assertEqual(code, 3, (answer, shown))
        self.assertEqual(self.daemon.state(), before)
        store_id = self.daemon.sql("SELECT store_id FROM v1_identity_source")[0]["store_id"]

        code, shown = at_terminal([*command, "--names"], "ACCEPT\n")
        self.assertEqual(code, 0, shown)
        self.assertIn("user only.here@example.org", shown)
        self.assertEqual(self.source()["state"], "active")
        self.assertEqual(self.source()["identity"], self.to_ad)
        self.assertNotEqual(self.daemon.sql("SELECT store_id FROM v1_identity_source")[0]["store_id"], store_id)
        self.assertEqual({row["user_name"] for row in self.daemon.users().values()},
                         {row["user_name"] for row in self.members})
        self.assertEqual(self.daemon.sql("SELECT * FROM v1_assignments"), [])
        self.assertEqual(len(self.daemon.sql("SELECT * FROM v1_permission_sets")), 1)
        self.assertIn("source_change", [run["kind"] for run in self.daemon.sql("SELECT kind FROM v1_runs")])
        self.assertEqual(self.daemon.ctl("source", "change", "--accept", "ACCEPT", expect=64).returncode, 64)

        # Every assignment whose principal exists again is back, the rest is listed.
        snapshot = self.daemon.ctl_json("source", "snapshots")[-1]
        self.assertEqual((snapshot["source"], snapshot["users"], snapshot["parked"]), ("directory", 3, True))
        report = self.daemon.ctl_json("source", "restore", snapshot["id"])
        self.assertEqual(report["assignments"], 2)
        self.assertEqual({(line["principal"], line["target"]) for line in report["unmatched"]},
                         {("only.here@example.org", "wiki"), ("local-group", "ci")})
        self.assertIn("only assignments", report["note"])
        targets = {row["target"] for row in self.daemon.sql("SELECT target FROM v1_assignments WHERE dangling = 0")}
        self.assertEqual(targets, {"billing", "wiki"})
        again = self.daemon.ctl_json("source", "restore", snapshot["id"])
        self.assertEqual((again["assignments"], again["present"]), (0, 2))

        # The way back: the parked ones under their own ids, assignments only on demand.
        self.reload_to("directory", (self.to_ad, "directory", "ACCEPT"))
        after = self.daemon.state()
        for kind, key in (("users", "user_id"), ("groups", "group_id")):
            self.assertEqual([row[key] for row in after[kind]], [row[key] for row in before[kind]])
        self.assertEqual(after["memberships"], before["memberships"])
        self.assertEqual(self.daemon.sql("SELECT * FROM v1_assignments"), [])
        self.assertEqual(self.daemon.ctl_json("source", "restore", snapshot["id"])["assignments"], 4)
        self.assertEqual(self.daemon.sql("SELECT count(*) n FROM v1_assignments WHERE dangling = 0")[0]["n"], 4)
        self.assertEqual([row["seq"] for row in after["changes"]], list(range(1, len(after["changes"]) + 1)))
        self.daemon.check()

    def test_a_snapshot_travels_as_a_file(self):
        self.fill()
        self.reload_to("active_directory", ("directory", self.to_ad, "ACCEPT"))
        snapshot = self.daemon.ctl_json("source", "snapshots")[-1]["id"]
        exported = self.daemon.dir / "snapshot.jsonl"
        self.daemon.ctl("source", "snapshots", "export", snapshot, exported)
        lines = exported.read_text()
        self.assertEqual(len(lines.splitlines()), 1 + 3 + 1 + 1 + 1 + 4)
        self.assertEqual(self.daemon.ctl("source", "snapshots", "export", snapshot).stdout, lines)
        other = lab.Dirsyncd()
        self.addCleanup(other.purge)
        other.config.write_text(json.dumps({"store": {"sqlite": {"path": str(other.store)}},
                                            "control": {"socket": str(other.socket)}}))
        other.start()
        self.addCleanup(other.stop, expect=None)
        other.ctl("source", "snapshots", "import", exported)
        other.ctl("source", "snapshots", "import", exported)
        self.assertEqual(len(other.ctl_json("source", "snapshots")), 1)
        self.assertEqual(other.ctl_json("source", "restore", snapshot)["users"], 3)
        self.assertEqual(other.sql("SELECT count(*) n FROM v1_assignments WHERE dangling = 0")[0]["n"], 4)
        exported.write_text(lines + "no json\n")
        self.assertIn("line", other.ctl("source", "snapshots", "import", exported, expect=64).stderr)

    def test_a_configured_consent_is_for_its_pair_only_and_once(self):  # semantics 1.4
        self.fill()
        self.daemon.stop()
        self.name("active_directory")
        waits = self.daemon.once(expect=3)
        self.assertIn("removes 3 users, 1 group, 1 membership and 4 assignments", waits.stdout)
        for pair in (("directory", self.to_ad, "accept"), ("external_idp:x", self.to_ad, "ACCEPT"),
                     ("directory", "active_directory:elsewhere.example.com", "ACCEPT")):
            self.name("active_directory", pair)
            refused = self.daemon.once(expect=3)
            self.assertIn("consent", refused.stdout)
        self.name("active_directory", ("directory", self.to_ad, "ACCEPT"))
        done = self.daemon.once()
        self.assertIn("the identity source was changed", done.stdout)
        self.assertEqual(len(self.daemon.users()), len(self.members))
        self.daemon.once()
        self.daemon.check()


class Crash(unittest.TestCase):
    """semantics 1.6: killed at any moment, the store is the old one or the new one."""

    USERS, GROUPS, TRIALS = 20000, 200, 20

    def setUp(self):
        self.bed = lab.Dirsyncd()
        self.addCleanup(self.bed.purge)
        self.configure(None)
        self.bed.once()
        self.fill()

    def configure(self, accept):
        source = {"type": "directory"}
        if accept:
            source["change"] = {"from": "active_directory:corp.example.com", "to": "directory", "accept": accept}
        self.bed.config.write_text(json.dumps({"identity_source": source,
                                               "store": {"sqlite": {"path": str(self.bed.store)}},
                                               "control": {"socket": str(self.bed.socket)}}))

    def fill(self):
        """As a sync from corp.example.com would have left it."""
        db = sqlite3.connect(self.bed.store)
        names = [(n, "USER", str(uuid.uuid4()), f"user{n}@corp.example.com") for n in range(1, self.USERS + 1)]
        names += [(self.USERS + n, "GROUP", str(uuid.uuid4()), f"group{n}") for n in range(1, self.GROUPS + 1)]
        db.executemany("INSERT INTO journal_names (id, object_type, object_id, name) VALUES (?, ?, ?, ?)", names)
        db.executemany(
            "INSERT INTO users VALUES (?1, ?1, ?1, ?1, 0, 0, NULL, ?1, 1, 1, 1, ?2, ?3, ?4, 'The user', 'The', 'User', '', "
            "'', '', '{}')", [(n, i, str(uuid.uuid4()), name) for n, kind, i, name in names if kind == "USER"])
        db.executemany("INSERT INTO groups VALUES (?1, ?1, ?1, 0, NULL, ?1, 1, 1, 1, ?2, ?3, ?4, '', '{}')",
                       [(n, i, str(uuid.uuid4()), name) for n, kind, i, name in names if kind == "GROUP"])
        members = {(self.USERS + 1 + n % self.GROUPS, 1 + (n * 7919) % self.USERS) for n in range(60000)}
        db.executemany("INSERT INTO memberships VALUES (?, ?)", sorted(members))
        db.execute("INSERT INTO permission_sets VALUES (?, 'Admin', 1, '')", (str(uuid.uuid4()),))
        db.executemany("INSERT INTO assignments SELECT ?, 'USER', ?, permission_set_id, 'billing' FROM permission_sets",
                       [(str(uuid.uuid4()), names[n][2]) for n in range(0, 1000)])
        db.execute("UPDATE meta SET next_node = ?, users = ?, groups = ?, memberships = ?, generation = 5",
                   (self.USERS + self.GROUPS + 1, self.USERS, self.GROUPS, len(members)))
        db.execute("UPDATE identity_source SET type = 'active_directory', identity = "
                   "'active_directory:corp.example.com', domains = ?",
                   (json.dumps([["corp.example.com", str(uuid.uuid4())]]),))
        db.commit()
        db.close()
        self.memberships = len(members)

    def look(self):
        # After a kill the write-ahead log has to be taken up by somebody who may write.
        db = sqlite3.connect(self.bed.store)
        db.execute("SELECT * FROM meta").fetchall()
        self.bed.check()
        db.close()
        counts = [self.bed.sql(f"SELECT count(*) n FROM {table}")[0]["n"]
                  for table in ("v1_users", "v1_groups", "v1_memberships", "v1_assignments", "snapshots", "snapshot_users",
                                "snapshot_memberships", "mirror_objects")]
        return self.bed.sql("SELECT type FROM v1_identity_source")[0]["type"], *counts

    def test_killed_at_any_moment(self):
        old = ("active_directory", self.USERS, self.GROUPS, self.memberships, 1000, 0, 0, 0, 0)
        new = ("directory", 0, 0, 0, 0, 1, self.USERS, self.memberships, 0)
        self.assertEqual(self.look(), old)
        self.bed.once(expect=3)
        self.assertEqual(self.look(), old)
        self.configure("ACCEPT")
        original = self.bed.dir / "original.db"
        db = sqlite3.connect(self.bed.store)
        db.execute("VACUUM INTO ?", (str(original),))
        db.close()

        def fresh():
            for suffix in ("", "-wal", "-shm"):
                pathlib.Path(str(self.bed.store) + suffix).unlink(missing_ok=True)
            shutil.copy(original, self.bed.store)

        fresh()
        begin = time.monotonic()
        self.bed.once()
        whole = time.monotonic() - begin
        self.assertEqual(self.look(), new)
        chance = random.Random(int(os.environ.get("DIRSYNC_SEED", "1")))
        seen = {old: 0, new: 0}
        for _ in range(self.TRIALS):
            fresh()
            process = subprocess.Popen([str(lab.DIRSYNCD), "-c", str(self.bed.config), "--once"],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0, whole))
            process.send_signal(signal.SIGKILL)
            process.wait()
            found = self.look()
            self.assertIn(found, seen)
            seen[found] += 1
            self.bed.once()
            self.assertEqual(self.look(), new)
        print(f"{self.TRIALS} kills within {whole:.1f} s: {seen[old]} old, {seen[new]} new")
        self.assertGreater(seen[old], 0)


if __name__ == "__main__":
    unittest.main()
