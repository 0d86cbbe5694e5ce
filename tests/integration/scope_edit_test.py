"""`dirsyncctl scope`: who is synced, edited without touching what was written by hand."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402
from ldap_responder import Domain, Responder  # noqa: E402


class ScopeEdit(unittest.TestCase):
    def setUp(self):
        self.domain = Domain(users=6)
        self.responder = Responder(self.domain)
        self.addCleanup(self.responder.close)
        self.daemon = lab.Dirsyncd()
        self.addCleanup(self.daemon.purge)
        self.daemon.write(domains=[self.responder.settings()], scope={"users": [self.at(0)]})
        self.ours = self.daemon.dir / "scope.d" / "50-dirsyncctl.yaml"
        self.daemon.start()
        self.daemon.ctl("sync")

    def at(self, number):
        return f"user{number:03d}@{self.domain.name}"

    def names(self):
        self.daemon.ctl("sync")
        return sorted(row["user_name"] for row in self.daemon.users().values() if row["scope"] == "in")

    def test_an_entry_comes_and_goes(self):
        added = self.daemon.ctl("scope", "add", "--user", self.at(1), "--yes")
        self.assertIn(f"would create user {self.at(1)}", added.stdout)
        self.assertEqual(self.names(), [self.at(0), self.at(1)])
        self.daemon.ctl("scope", "add", "--filter", "(mail=user002*)", "--domain", self.domain.name, "--yes")
        self.daemon.ctl("scope", "add", "--exclude-user", self.at(1), "--yes")
        self.assertEqual(self.names(), [self.at(0), self.at(2)])
        listed = self.daemon.ctl_json("scope", "list")
        self.assertEqual([(e["list"], e["entry"], e["editable"]) for e in listed],
                         [("users", self.at(0), False), ("users", self.at(1), True),
                          ("user_filters", "(mail=user002*)", True), ("exclude.users", self.at(1), True)])
        self.assertIn("already", self.daemon.ctl("scope", "add", "--user", self.at(1).upper(), "--yes").stdout)
        for name in (("--exclude-user", self.at(1)), ("--user", self.at(1)),
                     ("--filter", "(mail=user002*)", "--domain", self.domain.name)):
            self.daemon.ctl("scope", "remove", *name, "--yes")
        self.assertFalse(self.ours.exists())
        self.assertEqual(self.names(), [self.at(0)])

    def test_what_was_written_by_hand_is_refused_with_its_place(self):
        before = self.daemon.config.read_text()
        refused = self.daemon.ctl("scope", "remove", "--user", self.at(0), "--yes", expect=64)
        line = 1 + before[:before.index(self.at(0))].count("\n")
        self.assertIn(f"{self.daemon.config}:{line}: ", refused.stderr)
        self.assertIn("is not in the scope", self.daemon.ctl("scope", "remove", "--user", self.at(5), "--yes",
                                                             expect=64).stderr)
        self.assertEqual(self.daemon.config.read_text(), before)

    def test_names_that_mean_nothing_need_force(self):
        refused = self.daemon.ctl("scope", "add", "--user", "nobody@" + self.domain.name, "--yes", expect=64)
        self.assertIn("names nothing in the directory", refused.stderr)
        self.assertFalse(self.ours.exists())
        self.daemon.ctl("scope", "add", "--user", "nobody@" + self.domain.name, "--yes", "--force")
        self.assertTrue(self.ours.exists())
        for wrong in (("--user", "nobody"), ("--group", "x@elsewhere.example.com"), ("--ou", "Staff"),
                      ("--filter", "(", "--domain", self.domain.name), ("--filter", "(a=b)"), ()):
            self.daemon.ctl("scope", "add", *wrong, "--yes", expect=64)

    def test_nothing_is_saved_without_consent(self):
        refused = self.daemon.ctl("scope", "add", "--user", self.at(1), expect=64)
        self.assertIn("--yes", refused.stderr)
        for answer, saved in (("n", False), ("y", True)):
            self.daemon.ctl_at_terminal("scope", "add", "--user", self.at(1), answer=answer)
            self.assertEqual(self.ours.exists(), saved)


if __name__ == "__main__":
    unittest.main()
