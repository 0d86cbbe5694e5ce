"""Hundreds of random changes in a real directory, cycle by cycle: after each the store is what an independent
computation says, and what a first sync into an empty store gives. The seed is printed; SEED in the environment sets it."""
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402
import oracle  # noqa: E402

GROUPS = ["group00000", "group00001", "group00002", "chain00", "diamond-top", "cycle-a", "odd-members", "primary-other"]
UNIT = "OU=People,OU=Lab,"
NEVER_HOLD = {name: {"count": 100000, "percent": 100} for name in (
    "remove_users", "disable_users", "remove_groups", "remove_memberships", "rename_users", "remove_members_per_group")}


class Churn(lab.LabCase):
    lab_settings = {"ip": "127.0.1.17", "seed": ("--users", "200")}

    def setUp(self):
        self.seed = int(os.environ.get("SEED", random.randrange(10**6)))
        self.settings = {"scope": {"organizational_units": [UNIT + self.lab.base], "groups": [self.at(g) for g in GROUPS]},
                         "extra": {"safety": NEVER_HOLD}}

    def rows(self, daemon, of_scope="in"):
        """What does not depend on when and in which order it came about."""
        users = {row["external_id"]: {key: row[key] for key in row if key not in (
            "user_id", "revision", "created_at", "updated_at")} for row in daemon.users().values() if row["scope"] == of_scope}
        groups = {row["external_id"]: (row["display_name"], row["description"])
                  for row in daemon.sql("SELECT * FROM v1_groups WHERE scope = ?", of_scope)}
        members = {(row["g"], row["u"]) for row in daemon.sql(
            "SELECT g.external_id AS g, u.external_id AS u FROM v1_memberships JOIN v1_groups g USING (group_id) "
            "JOIN v1_users u USING (user_id) WHERE g.scope = ?", of_scope)}
        return users, groups, members

    def compare(self, daemon):
        directory = oracle.Directory([self.lab], time.time())
        alive = {group["account"].lower() for group in directory.groups.values()}
        users, memberships = directory.expected(groups=[self.at(g) for g in GROUPS if g in alive],
                                                units=[UNIT + self.lab.base])
        rows, groups, members = self.rows(daemon)
        self.assertEqual(set(rows), users)
        self.assertTrue(users)
        for guid in users:
            expected = directory.row(guid)
            self.assertEqual({column: rows[guid][column] for column in expected}, expected)
        self.assertEqual(set(groups), set(memberships))
        self.assertEqual(members, {(group, user) for group, found in memberships.items() for user in found})
        self.assertEqual(daemon.sql("SELECT * FROM v1_entity_errors"), [])
        daemon.check()

    def journal_balances(self, daemon):  # semantics 5.10
        """The lines from the first on, one by one, give what the views show."""
        users, members = set(), set()
        for line in daemon.sql("SELECT action, object_type, object_id, before, after FROM v1_changes ORDER BY seq"):
            user = line["object_type"] == "USER"
            if line["action"] == "create" and user:
                users.add(line["object_id"])
            elif line["action"] == "delete" and user:
                self.assertFalse([pair for pair in members if pair[1] == line["object_id"]], "members of a removed user")
                users.remove(line["object_id"])
            elif line["action"] == "add_member":
                members.add((line["object_id"], json.loads(line["after"])["user_id"]))
            elif line["action"] == "remove_member":
                members.remove((line["object_id"], json.loads(line["before"])["user_id"]))
        self.assertEqual(users, {row["user_id"] for row in daemon.users().values()})
        self.assertEqual(members, {(row["group_id"], row["user_id"]) for row in daemon.sql("SELECT * FROM v1_memberships")})

    def test_the_store_is_in_step_after_every_cycle(self):  # semantics 5.5, 5.10, 6.1
        daemon = self.dirsyncd(**self.settings)
        daemon.once()
        self.compare(daemon)
        ids = {guid: row["user_id"] for guid, row in daemon.users().items()}
        for round_ in range(8):
            with self.subTest(seed=self.seed, round=round_):
                self.lab.mutate("churn", "60", str(self.seed + round_))
                daemon.once()
                self.compare(daemon)
                self.journal_balances(daemon)
                self.assertIn("nothing to do", daemon.once().stdout)
                now = {guid: row["user_id"] for guid, row in daemon.users().items()}
                self.assertEqual({g: i for g, i in now.items() if g in ids}, {g: i for g, i in ids.items() if g in now})
                ids.update(now)
        fresh = self.dirsyncd(**self.settings)
        fresh.once()
        self.assertEqual(self.rows(fresh), self.rows(daemon))

    def test_also_when_it_is_killed_every_time(self):  # semantics 5.7
        draw = random.Random(self.seed)
        daemon = self.dirsyncd(**self.settings)
        for round_ in range(4):
            with self.subTest(seed=self.seed, round=round_):
                self.lab.mutate("churn", "40", str(self.seed + 100 + round_))
                for _ in range(4):
                    process = subprocess.Popen([lab.DIRSYNCD, "-c", daemon.config, "--once"], stdout=subprocess.DEVNULL,
                                               stderr=subprocess.DEVNULL)
                    time.sleep(draw.uniform(0.05, 0.4))
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                daemon.once()
                self.compare(daemon)
                self.journal_balances(daemon)


if __name__ == "__main__":
    unittest.main()
