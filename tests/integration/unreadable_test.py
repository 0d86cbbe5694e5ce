"""Attributes that the service account may not read any more are not gone (semantics 5.1)."""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402


class HiddenAttributes(lab.LabCase):
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


if __name__ == "__main__":
    unittest.main()
