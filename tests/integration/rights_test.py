"""What the service account may not see is not gone (semantics 5.2)."""
import pathlib
import sys
import time
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402


class PlainAccount(lab.LabCase):
    """An account that may do what every user may: deleted objects are hidden from it."""

    lab_settings = {"ip": "127.0.1.22", "seed": ("--users", "60")}

    def setUp(self):
        self.tag = self.id().rsplit("test_", 1)[1][:12]
        env = self.lab.env
        self.bind = {"method": "simple", "dn": env["AD_PLAIN_BIND_DN"], "password_file": env["AD_PLAIN_PASSWORD_FILE"]}
        self.unit = "OU=" + self.tag + ",OU=Lab," + self.lab.base
        self.lab.mutate("create-ou", self.tag, "parent=OU=Lab," + self.lab.base)

    def people(self, count):
        names = [f"{self.tag}{i:02d}" for i in range(count)]
        for name in names:
            self.lab.mutate("create-user", name, "parent=" + self.unit, f"userPrincipalName={self.at(name)}")
        return names

    def synced(self, **extra):
        # Only a read of everything can miss somebody.
        daemon = self.dirsyncd(bind=self.bind, detection="full", scope={"organizational_units": [self.unit]}, extra=extra)
        daemon.first = daemon.once()
        return daemon

    def held(self, done, reason):
        """The ids of what the report says is held for that reason."""
        lines = [line for line in done.stdout.splitlines() if line.startswith("held ") and reason in line]
        return [line.split()[1].rstrip(":") for line in lines]

    def test_a_deletion_without_proof_waits_for_a_person(self):
        names = self.people(4)
        daemon = self.synced()
        self.assertIn("deleted object", daemon.first.stdout + daemon.first.stderr)
        state = daemon.state()
        self.lab.mutate("delete", names[0])
        done = daemon.once(expect=3)
        row = daemon.user(self.at(names[0]))
        self.assertEqual((row["status"], row["scope"]), ("ENABLED", "held"))
        hold, = self.held(done, "absent")
        self.lab.mutate("delete", names[1])
        self.lab.mutate("disable", names[2])  # of others, all is followed
        done = daemon.once(expect=3)
        self.assertEqual(daemon.user(self.at(names[2]))["status"], "DISABLED")
        both, = self.held(done, "absent")
        self.assertNotEqual(both, hold)
        daemon.once("--approve", hold, expect=64)  # the set is another one by now
        self.assertEqual(len(daemon.users()), len(state["users"]))
        daemon.once("--approve", both)
        self.assertEqual({row["user_name"] for row in daemon.users().values()}, {self.at(names[2]), self.at(names[3])})
        daemon.check()

    def test_a_deadline_stands_in_for_the_proof(self):
        names = self.people(13)
        daemon = self.synced(safety={"unproven_deletion": "3s", "allow_short": True})
        self.lab.mutate("delete", names[0])
        daemon.once(expect=3)
        self.assertIsNotNone(daemon.user(self.at(names[0])))
        time.sleep(3.1)
        daemon.once()
        self.assertIsNone(daemon.user(self.at(names[0])))
        for name in names[1:]:
            self.lab.mutate("delete", name)
        daemon.once(expect=3)
        time.sleep(3.1)
        self.assertTrue(self.held(daemon.once(expect=3), "remove_users"))  # the guards still judge it (semantics 5.3)
        self.assertEqual(len(daemon.users()), 12)

    def test_moved_to_where_the_account_sees_nothing(self):
        names = self.people(3)
        hidden = f"OU={self.tag} hidden,OU=Lab,{self.lab.base}"
        self.lab.mutate("create-ou", self.tag + " hidden", "parent=OU=Lab," + self.lab.base)
        daemon = self.synced()
        with self.lab.denied(hidden, account="svc-plain"):
            self.lab.mutate("move", names[0], hidden)
            daemon.once(expect=3)
            row = daemon.user(self.at(names[0]))
            self.assertEqual((row["status"], row["scope"]), ("ENABLED", "held"))
        daemon.once()  # and now it is seen that it lives elsewhere (semantics 4.4)
        row = daemon.user(self.at(names[0]))
        self.assertEqual((row["status"], row["scope"]), ("ENABLED", "out"))
        self.lab.mutate("move", names[0], self.unit)
        daemon.once()
        self.assertEqual(daemon.user(self.at(names[0]))["scope"], "in")

    def test_a_unit_that_vanishes_holds_all_that_is_in_it(self):
        names = self.people(3)
        daemon = self.synced()
        with self.lab.denied(self.unit, account="svc-plain"):
            daemon.once(expect=3)
            self.assertEqual({(row["status"], row["scope"]) for row in daemon.users().values()}, {("ENABLED", "held")})
            self.assertEqual(len(daemon.users()), len(names))
        daemon.once()
        self.assertEqual({row["scope"] for row in daemon.users().values()}, {"in"})


class TreeDelete(lab.LabCase):
    lab_settings = {"ip": "127.0.1.22", "seed": ("--users", "60")}

    def test_a_deleted_tree_is_proved_object_by_object(self):  # semantics 4.1, 5.2, 5.3
        unit = "OU=Sales,OU=People,OU=Lab," + self.lab.base
        daemon = self.dirsyncd(extra={"safety": {"remove_users": {"count": 1000, "percent": 100}}})
        daemon.once()
        there = {str(uuid.UUID(bytes_le=values["objectGUID"][0]))
                 for _, values in self.lab.search(unit, "(&(objectCategory=person)(objectClass=user))", ["objectGUID"])}
        gone = {row["user_name"] for guid, row in daemon.users().items() if guid in there}
        self.assertGreater(len(gone), 2)
        self.lab.mutate("delete-tree", unit)
        before = len(daemon.users())
        daemon.once()
        self.assertEqual(len(daemon.users()), before - len(gone))
        self.assertEqual({row["name"] for row in daemon.sql("SELECT name FROM v1_changes WHERE action = 'delete'")}, gone)


if __name__ == "__main__":
    unittest.main()
