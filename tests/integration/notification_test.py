"""A directory that tells of each change at once. No poll comes within a test."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402
import ldap_responder as script  # noqa: E402
from ldap_responder import Domain, Fault, Responder  # noqa: E402


class Notification(unittest.TestCase):
    def setUp(self):
        self.domain = Domain(users=20)
        self.domain.dir_sync = True
        self.responder = Responder(self.domain)
        self.addCleanup(self.responder.close)
        self.daemon = lab.Dirsyncd()
        self.addCleanup(self.daemon.purge)

    def start(self, notifications=True):
        self.daemon.write(domains=[self.responder.settings()], scope={"organizational_units": [self.domain.unit]},
                          extra={"schedule": {"poll": "1h", "jitter": "0%", "notifications": notifications}})
        self.daemon.start()
        self.daemon.wait_until(lambda: self.daemon.users())

    def mail(self, number):
        return self.daemon.user(f"user{number:03d}@corp.example.com")["email"]

    def test_it_wakes_a_cycle(self):  # semantics 6.2
        self.start()
        self.assertTrue(self.responder.watched.wait(30))
        for number in range(3):
            self.domain.set(self.domain.named(f"user{number:03d}"), "mail", f"told{number}@example.com")
            self.daemon.wait_until(lambda: self.mail(number) == f"told{number}@example.com")
        run = self.daemon.sql("SELECT kind, trigger FROM v1_runs ORDER BY run_id DESC LIMIT 1")[0]
        self.assertEqual((run["kind"], run["trigger"]), ("incremental", "notification"))

    def test_a_burst_is_a_few_cycles(self):  # semantics 6.2
        self.start()
        self.assertTrue(self.responder.watched.wait(30))
        self.responder.rewind()
        for number in range(400):
            self.domain.set(self.domain.named(f"user{number % 20:03d}"), "mail", f"burst{number}@example.com")
        self.daemon.wait_until(lambda: all(self.mail(n) == f"burst{380 + n}@example.com" for n in range(20)))
        self.assertLess(self.responder.asked.count("DirSync"), 40)

    def test_where_it_is_not_wanted_nobody_asks(self):
        self.start(notifications=False)
        self.daemon.ctl("sync")
        self.assertNotIn("notification", self.responder.asked)

    def test_a_refusal_leaves_the_poll(self):  # semantics 6.2
        self.responder.faults = [Fault("notification", script.result(11, "MaxNotificationPerConn reached"))]
        self.start()
        self.assertTrue(self.responder.watched.wait(30))
        self.domain.set(self.domain.named("user000"), "mail", "polled@example.com")
        self.daemon.wait_until(lambda: "NOTIFICATIONS_LOST" in self.daemon.log.read_text())
        self.daemon.ctl("sync")
        self.assertEqual(self.mail(0), "polled@example.com")


if __name__ == "__main__":
    unittest.main()
