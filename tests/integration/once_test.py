"""`dirsyncd --once` as cron runs it: what one process must know of the one before, and what a plan leaves behind."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402
import ldap_responder as script  # noqa: E402
from ldap_responder import Domain, Fault, Responder  # noqa: E402


class Once(unittest.TestCase):
    def setUp(self):
        self.domain = Domain(users=5)
        self.responder = Responder(self.domain)
        self.addCleanup(self.responder.close)
        self.daemon = lab.Dirsyncd()
        self.addCleanup(self.daemon.purge)
        self.password = self.daemon.dir / "password"
        self.password.write_text(script.PASSWORD)
        self.password.chmod(0o600)
        self.settings = self.responder.settings()
        self.settings["bind"]["password_file"] = str(self.password)
        self.write()

    def write(self):
        self.daemon.write(domains=[self.settings], scope={"organizational_units": [self.domain.unit]})

    def binds(self, expect):
        """How often the server was asked to log in by one run, and what that run said."""
        self.responder.rewind()
        done = self.daemon.once(expect=expect)
        return self.responder.asked.count("bind"), done.stderr

    def test_refused_credentials_are_not_tried_at_every_run(self):  # semantics 5.8
        self.daemon.once()
        state = self.daemon.state()
        self.responder.faults = [Fault("bind", script.result(49, "80090308: LdapErr: DSID-0C09, data 52e, v4563"))]
        self.assertEqual(self.binds(77)[0], 1)
        for arguments in (), ("--full",), ("--dry-run",):
            self.responder.rewind()
            done = self.daemon.once(*arguments, expect=77)
            self.assertEqual(self.responder.asked, [])
            self.assertIn("InvalidDirectoryCredentials", done.stderr)
            self.assertRegex(done.stderr, r"not tried again for (15m|8\d\ds)")
        # A new secret is tried at once, and so is another configuration.
        self.password.write_text("another")
        self.assertEqual(self.binds(77)[0], 1)
        self.assertEqual(self.binds(77)[0], 0)
        self.settings["bind"]["dn"] += "x"
        self.write()
        self.assertEqual(self.binds(77)[0], 1)
        self.assertEqual(self.binds(77)[0], 0)
        self.responder.faults = []
        self.password.write_text(script.PASSWORD)
        self.assertEqual(self.binds(0)[0], 1)
        # What was refused once is forgotten with the first success.
        self.assertEqual(self.binds(0)[0], 1)
        self.assertEqual(self.daemon.state(), state)

    def test_a_plan_makes_no_store(self):  # contract: --dry-run writes nothing
        planned = self.daemon.once("--dry-run", expect=2)
        self.assertIn("5 changes would be written", planned.stdout)
        self.assertEqual(sorted(path.name for path in self.daemon.dir.iterdir()), ["dirsyncd.yaml", "password"])
        self.daemon.once()
        self.assertTrue(self.daemon.store.exists())

    def test_skipped_users_are_told(self):
        self.domain.set(self.domain.named("user001"), "userPrincipalName", "white space@corp.example.com")
        self.daemon.once()
        again = self.daemon.once("--full")
        self.assertIn("skipped because of errors: 1 object", again.stdout)
        self.assertNotIn("in step", again.stdout)


if __name__ == "__main__":
    unittest.main()
