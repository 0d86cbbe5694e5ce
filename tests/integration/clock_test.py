"""A host or a domain controller whose clock is wrong (semantics 5.13): nobody is let in, disabled or removed for it."""
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402
from ldap_responder import Domain, Responder  # noqa: E402

DAY = 86400
FAST, SLOW = 60 * DAY, -60 * DAY
SINCE_1601 = 11644473600  # what a FILETIME has counted by 1970


class WrongClock(unittest.TestCase):
    def setUp(self):
        self.domain = Domain(users=30)
        self.responder = Responder(self.domain)
        self.addCleanup(self.responder.close)
        self.daemon = lab.Dirsyncd()
        self.addCleanup(self.daemon.purge)
        preloaded = self.daemon.dir / "shifted_clock.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", str(preloaded), str(lab.ROOT / "tests" / "support" / "shifted_clock.c"),
                        "-ldl"], check=True)
        self.clock = self.daemon.dir / "clock"
        self.daemon.around = ["env", f"LD_PRELOAD={preloaded}", f"SHIFTED_CLOCK={self.clock}",
                              "ASAN_OPTIONS=verify_asan_link_order=0"]
        self.write()
        self.expire(0, 9, -10)
        self.expire(9, 18, 30)

    def write(self, detection="auto", **lifecycle):
        # A certificate is good for less than the clocks are wrong.
        settings = self.responder.settings() | {"tls": {"verify": False}, "change_detection": detection}
        self.daemon.write(domains=[settings], scope={"organizational_units": [self.domain.unit]}, extra={"lifecycle": lifecycle})

    def expire(self, first, last, days):
        moment = int(time.time()) + days * DAY
        for number in range(first, last):
            self.domain.set(self.domain.named(f"user{number:03d}"), "accountExpires", (moment + SINCE_1601) * 10**7)

    def shift(self, seconds):
        self.clock.write_text(str(seconds))

    def disabled(self):
        return sum(user["status"] == "DISABLED" for user in self.daemon.users().values())

    def runs(self):
        return [run["outcome"] for run in self.daemon.sql("SELECT outcome FROM v1_runs ORDER BY run_id")]

    def test_once(self):
        for detection in ("full", "usn", "dirsync"):
            with self.subTest(detection=detection):
                self.setUp()
                self.domain.dir_sync = detection == "dirsync"
                self.write(detection)
                self.wrong_in_both_directions()

    def wrong_in_both_directions(self):
        self.daemon.once()
        self.assertEqual(self.disabled(), 9)
        for seconds in FAST, SLOW:
            self.shift(seconds)
            for arguments in (), ("--full",):
                done = self.daemon.once(*arguments, expect=75)
                self.assertIn("the clock of this host says", done.stdout + done.stderr)
                self.assertEqual(self.disabled(), 9)
            self.shift(0)
            self.daemon.once()
            self.assertEqual(self.disabled(), 9)
        self.assertEqual(self.runs(), ["ok", "partial", "ok", "partial", "ok"])

    def test_the_domain_controller_is_the_one_that_is_wrong(self):
        self.daemon.once()
        for self.domain.clock_error in FAST, SLOW:
            self.daemon.once(expect=75)
            self.assertEqual(self.disabled(), 9)
        self.domain.clock_error = 0
        self.daemon.once()

    def test_a_daemon_whose_clock_is_set(self):
        self.daemon.start()
        self.daemon.ctl("sync")
        self.assertEqual(self.disabled(), 9)
        for seconds in SLOW, FAST:
            self.shift(seconds)
            self.assertIn("the clock of this host says", self.daemon.ctl("sync", expect=75).stdout)
            warnings = self.daemon.ctl_json("status")["scope_warnings"]
            self.assertIn("time is in doubt", warnings[0])
            self.assertEqual(self.disabled(), 9)
            self.shift(0)
            self.daemon.ctl("sync")
            self.assertEqual(self.daemon.ctl_json("status")["scope_warnings"], [])
            self.assertEqual(self.disabled(), 9)
        self.daemon.stop()
        log = self.daemon.log.read_text()
        self.assertEqual(log.count("TIME_IN_DOUBT"), 2)
        self.assertEqual(log.count("TIME_CERTAIN"), 2)

    def test_a_host_that_boots_with_a_wrong_clock_while_paused(self):  # 4.5
        self.write(paused={"disable_after": "28d"})
        self.daemon.start()
        self.daemon.ctl("sync")
        self.daemon.ctl("pause")
        self.daemon.stop()
        self.shift(FAST)
        done = self.daemon.once(expect=75)
        self.assertIn("the clock of this host says", done.stdout + done.stderr)
        self.assertEqual(self.disabled(), 9)
        self.daemon.start()
        self.daemon.wait_until(lambda: "TIME_IN_DOUBT" in self.daemon.log.read_text())
        self.assertEqual(self.disabled(), 9)
        self.daemon.stop()
        # When it is really over, everybody is disabled.
        self.domain.clock_error = FAST
        self.daemon.start()
        self.daemon.wait_until(lambda: self.disabled() == len(self.daemon.users()))


if __name__ == "__main__":
    unittest.main()
