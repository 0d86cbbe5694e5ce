"""Who really leaves, leaves at once: no guard and no doubt keeps the everyday changes of a directory (semantics 5.3, 5.15)."""
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402
from ldap_responder import Domain, Responder  # noqa: E402

SINCE_1601 = 11644473600  # what a FILETIME has counted by 1970


class OverHolding(unittest.TestCase):
    def served(self, detection):
        self.domain = Domain(users=40)
        self.domain.dir_sync = detection == "dirsync"
        self.team = self.domain.add_group("team", [self.user(i) for i in range(3)])
        self.domain.add_group("staff", [self.user(i) for i in range(40)])
        self.responder = Responder(self.domain)
        self.addCleanup(self.responder.close)
        self.daemon = lab.Dirsyncd()
        self.addCleanup(self.daemon.purge)
        self.daemon.write(domains=[{**self.responder.settings(), "change_detection": detection}],
                          scope={"groups": ["team@corp.example.com", "staff@corp.example.com"]})
        self.daemon.once()
        self.assertEqual(len(self.daemon.members("team@corp.example.com")), 3)
        self.assertEqual(len(self.daemon.users()), 40)

    def user(self, number):
        return self.domain.named(f"user{number:03d}")

    def status(self, number):
        return self.daemon.user(f"user{number:03d}@corp.example.com")["status"]

    def test_the_changes_of_a_day_are_applied_at_once(self):  # semantics 3.7, 4.1, 4.6, 5.15
        for detection in ("full", "usn", "dirsync"):
            for arguments in ((), ("--full",)):
                with self.subTest(detection=detection, arguments=arguments):
                    self.served(detection)
                    self.domain.set(self.user(10), "userAccountControl", 514)
                    self.domain.delete(self.user(11))
                    self.domain.set_members(self.team, [])
                    soon = int(time.time()) + 2
                    self.domain.set(self.user(12), "accountExpires", (soon + SINCE_1601) * 10**7)
                    self.daemon.once(*arguments)
                    self.assertEqual(self.status(10), "DISABLED")
                    self.assertIsNone(self.daemon.user("user011@corp.example.com"))
                    self.assertEqual(self.daemon.members("team@corp.example.com"), set())
                    # Nothing changes in the directory when the moment comes.
                    time.sleep(max(0.0, soon + 1 - time.time()))
                    self.daemon.once(*arguments)
                    self.assertEqual(self.status(12), "DISABLED")
                    self.assertEqual(self.daemon.sql("SELECT * FROM v1_holds"), [])
                    self.assertEqual(len(self.daemon.members("staff@corp.example.com")), 39)
                    self.daemon.check()


if __name__ == "__main__":
    unittest.main()
