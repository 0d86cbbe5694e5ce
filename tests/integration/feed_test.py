"""`changes --follow` as a program consumes it."""
import json
import pathlib
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402
from ldap_responder import Domain, Responder  # noqa: E402


class Feed(unittest.TestCase):
    def setUp(self):
        self.domain = Domain(users=40)
        self.responder = Responder(self.domain)
        self.addCleanup(self.responder.close)
        self.daemon = lab.Dirsyncd()
        self.addCleanup(self.daemon.purge)
        self.daemon.write(domains=[self.responder.settings()], scope={"organizational_units": [self.domain.unit]})
        self.daemon.start()
        self.daemon.ctl("sync")

    def follow(self, *arguments):
        feed = subprocess.Popen([lab.CTL, "--socket", self.daemon.socket, "changes", "--follow", "--json", *arguments],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (feed.kill(), feed.wait(), feed.stdout.close(), feed.stderr.close()))
        return feed

    def rename(self, number, name):
        self.domain.set(self.domain.named(f"user{number:03d}"), "displayName", name)
        self.daemon.ctl("sync", "--full")

    def test_each_change_comes_once_also_over_a_restart(self):
        feed = self.follow("--since", "0")
        seen = [json.loads(feed.stdout.readline())["seq"] for _ in range(40)]
        self.rename(1, "before")
        seen.append(json.loads(feed.stdout.readline())["seq"])
        self.daemon.stop()
        self.assertIn("waiting for it", feed.stderr.readline())
        self.daemon.start()
        self.rename(2, "after")
        line = json.loads(feed.stdout.readline())
        self.assertEqual(line["after"], {"display_name": "after"})
        self.assertEqual(seen + [line["seq"]], list(range(1, 43)))
        feed.send_signal(signal.SIGINT)
        self.assertEqual(feed.wait(timeout=10), 0)

    def test_it_starts_behind_a_number_and_ends_with_its_reader(self):
        feed = self.follow("--since", "38")
        self.assertEqual([json.loads(feed.stdout.readline())["seq"] for _ in range(2)], [39, 40])
        feed.stdout.close()
        self.rename(3, "nobody reads this")
        self.assertEqual(feed.wait(timeout=40), 0)

    def test_a_socket_that_never_answered_is_an_error(self):
        self.daemon.stop()
        self.assertEqual(self.follow("--since", "0").wait(timeout=10), 75)


if __name__ == "__main__":
    unittest.main()
