"""A store that is in step with a scripted server, for tests of what the server then does wrong."""
import unittest

import lab
from ldap_responder import Domain, Responder


class ResponderCase(unittest.TestCase):
    def served(self, users=60, **limits):
        """A domain, its server, and a store that is in step with it."""
        self.domain = Domain(users=users)
        self.group = self.domain.add_group("team", [self.domain.named(f"user{i:03d}") for i in range(users // 2)])
        self.responder = Responder(self.domain, **{"max_page_size": 25, **limits})
        self.addCleanup(self.responder.close)
        self.daemon = lab.Dirsyncd()
        self.addCleanup(self.daemon.purge)
        self.daemon.write(domains=[self.responder.settings()],
                          scope={"organizational_units": [self.domain.unit], "groups": ["team@corp.example.com"]})
        self.daemon.once()
        self.state = self.daemon.state()
        self.assertEqual(len(self.state["users"]), users)
        self.assertEqual(len(self.state["memberships"]), users // 2)

    def names(self):
        return {row["user_name"] for row in self.daemon.users().values()}

    def fails(self, fault, expect=75):
        """One cycle with the fault, and one without: first nothing was written, then all is well."""
        self.responder.faults = [fault]
        self.responder.rewind()
        done = self.daemon.once("--full", expect=expect, timeout=60)
        self.assertEqual(self.daemon.state(), self.state)
        self.assertIn("dirsyncd: ", done.stderr)
        self.assertTrue(self.responder.sent, "the server was not asked")
        run = self.daemon.sql("SELECT * FROM v1_runs ORDER BY run_id DESC LIMIT 1")[0]
        self.assertIn(run["outcome"], ("partial", "failed"))
        self.assertTrue(run["error"])
        self.responder.faults = []
        self.responder.password_file.touch()  # refused credentials are tried again when the secret changes (5.8)
        self.daemon.once("--full")
        self.assertEqual(self.daemon.state(), self.state)
        return done
