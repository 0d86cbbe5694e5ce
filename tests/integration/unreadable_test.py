"""What the service account may not read any more is not gone (semantics 5.1, 5.2)."""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402


class LostRights(lab.LabCase):
    lab_settings = {"ip": "127.0.1.28", "seed": ("--users", "60")}

    def test_what_nobody_changed_is_kept(self):
        unit = "OU=Hidden,OU=Lab," + self.lab.base
        self.lab.mutate("create-ou", "Hidden", "parent=OU=Lab," + self.lab.base)
        for name in ("ann", "ben"):
            self.lab.mutate("create-user", name, "parent=" + unit, f"userPrincipalName={self.at(name)}", "employeeNumber=North")
        for detection in ("dirsync", "usn"):
            with self.subTest(detection=detection):
                daemon = self.dirsyncd(detection=detection, scope={
                    "user_filters": [{"domain": "corp.example.com", "filter": "(employeeNumber=North)"}]},
                    extra={"attribute_mappings": {"user": {"employeeNumber": "${employeeNumber}"}}})
                daemon.once()
                before = daemon.state()
                self.assertEqual(len(daemon.users()), 2)
                with self.lab.denied(unit, rights="RP", attribute="employeeNumber"):
                    done = daemon.once("--full")
                    self.assertIn("employeeNumber of 2 users cannot be read any more", done.stdout + done.stderr)
                    self.assertEqual(daemon.state(), before)
                    # One that changes otherwise keeps it as well: nobody shows it.
                    self.lab.mutate("set", "ann", f"displayName=Ann by {detection}")
                    daemon.once()
                    row = daemon.user(self.at("ann"))
                    self.assertEqual(row["display_name"], f"Ann by {detection}")
                    self.assertEqual((row["scope"], json.loads(row["attributes"])), ("in", {"employeeNumber": "North"}))
                done = daemon.once("--full")
                self.assertNotIn("cannot be read", done.stdout + done.stderr)
                self.lab.mutate("unset", "ben", "employeeNumber")
                daemon.once()
                self.assertEqual(daemon.user(self.at("ben"))["scope"], "out")
                self.lab.mutate("set", "ben", "employeeNumber=North")
                daemon.check()

    def test_who_may_be_below_a_hidden_container_of_the_scope_stays(self):
        parent = "OU=Lab," + self.lab.base
        for name in ("Sales", "Works"):
            self.lab.mutate("create-ou", name, "parent=" + parent)
        self.lab.mutate("create-user", "bob", f"parent=OU=Works,{parent}", f"userPrincipalName={self.at('bob')}")
        daemon = self.dirsyncd(detection="usn", scope={
            "organizational_units": [f"OU=Sales,{parent}", f"OU=Works,{parent}"]})
        daemon.once()
        with self.lab.denied(f"OU=Sales,{parent}", rights="RP", below=False):
            self.lab.mutate("rename", f"OU=Sales,{parent}", "Selling")
            self.assertIn("is not visible in the directory", daemon.once("--full").stdout)
            self.lab.mutate("move", "bob", f"OU=Selling,{parent}")
            daemon.once()
            daemon.once("--full")
            self.assertEqual(daemon.user(self.at("bob"))["scope"], "in")
            self.lab.mutate("disable", "bob")
            daemon.once()
            row = daemon.user(self.at("bob"))
            self.assertEqual((row["scope"], row["status"]), ("in", "DISABLED"))
        daemon.once()
        self.assertEqual(daemon.user(self.at("bob"))["scope"], "in")
        self.lab.mutate("move", "bob", parent)
        daemon.once()
        self.assertEqual(daemon.user(self.at("bob"))["scope"], "out")
        daemon.check()


if __name__ == "__main__":
    unittest.main()
