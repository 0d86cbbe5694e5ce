"""Two domain controllers of one domain: one goes, comes back, or lags behind the other."""
import pathlib
import signal
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402


class TwoServers(unittest.TestCase):
    realm = "corp.example.com"

    @classmethod
    def setUpClass(cls):
        cls.first = lab.Lab(ip="127.0.1.20", seed=("--users", "40"))
        cls.addClassCleanup(cls.first.purge)
        cls.first.up()
        cls.second = lab.Lab(ip="127.0.1.21", seed=None)
        cls.addClassCleanup(cls.second.purge)
        cls.second.join(cls.first)

    def dirsyncd(self, *servers):
        made = lab.Dirsyncd(self.first, servers=[one.env["AD_LDAPS_URI"] for one in servers],
                            scope={"organizational_units": ["OU=People,OU=Lab," + self.first.base],
                                   "groups": ["group00000@" + self.realm]})
        self.addCleanup(made.purge)
        return made

    def replicate(self, one, other):
        lab.run([lab.SCRIPTS / "ad-repl", one.dir, other.dir])

    def in_use(self, daemon):
        return [server["uri"] for server in daemon.ctl_json("status")["servers"] if server["in_use"]]

    def test_both_give_the_same_store(self):  # semantics 1.2, 5.6
        self.replicate(self.second, self.first)
        daemon = self.dirsyncd(self.first)
        daemon.once()
        state = daemon.state()
        # The logon of the account itself is a change that replicates (lastLogonTimestamp).
        self.replicate(self.first, self.second)
        daemon.write(servers=[self.second.env["AD_LDAPS_URI"]], scope={
            "organizational_units": ["OU=People,OU=Lab," + self.first.base], "groups": ["group00000@" + self.realm]})
        self.assertIn("nothing to do", daemon.once("--full").stdout)
        self.assertEqual(daemon.state(), state)

    def test_the_next_one_serves_when_one_goes(self):  # semantics 6.4
        self.replicate(self.first, self.second)
        daemon = self.dirsyncd(self.first, self.second)
        daemon.start()
        daemon.ctl("sync")
        state = daemon.state()
        self.assertEqual(self.in_use(daemon), [self.first.env["AD_LDAPS_URI"]])
        self.first.stop(now=True)
        try:
            # A connection that stood may cost one cycle; the next one is the other server's.
            if daemon.ctl("sync", expect=None).returncode != 0:
                daemon.ctl("sync")
            self.assertEqual(self.in_use(daemon), [self.second.env["AD_LDAPS_URI"]])
            self.assertEqual(daemon.state(), state)
            self.second.mutate("set", "user000001", "displayName=Seen by the second")
            daemon.ctl("sync")
            self.assertEqual(daemon.user("user000001@" + self.realm)["display_name"], "Seen by the second")
        finally:
            self.first.start()
        self.replicate(self.second, self.first)
        daemon.stop()
        self.assertIn("nothing to do", daemon.once().stdout)

    def test_one_that_lags_behind_is_not_believed(self):  # semantics 5.16
        self.replicate(self.first, self.second)
        self.second.stop()
        self.first.mutate("create-user", "late.comer", f"userPrincipalName=late.comer@{self.realm}")
        self.first.mutate("add-member", "group00000", "late.comer")
        ahead, behind = self.dirsyncd(self.first), self.dirsyncd(self.second)
        ahead.once()
        before = ahead.user("late.comer@" + self.realm)
        self.first.signal(signal.SIGSTOP)  # so that the second cannot catch up
        try:
            self.second.start()
            behind.store = ahead.store
            behind.write(servers=[self.second.env["AD_LDAPS_URI"]], detection="full", scope={
                "organizational_units": ["OU=People,OU=Lab," + self.first.base], "groups": ["group00000@" + self.realm]})
            self.assertIn("it is behind in replication", behind.once(expect=75).stderr)
            row = ahead.user("late.comer@" + self.realm)
            self.assertEqual((row["user_id"], row["status"], row["scope"]), (before["user_id"], "ENABLED", "in"))
            self.assertIn("late.comer@" + self.realm, ahead.members("group00000@" + self.realm))
        finally:
            self.first.signal(signal.SIGCONT)
        self.replicate(self.first, self.second)
        behind.once()
        self.assertEqual(ahead.user("late.comer@" + self.realm)["scope"], "in")
        self.assertEqual(ahead.sql("SELECT count(*) AS n FROM v1_changes WHERE action IN ('delete', 'remove_member')"),
                         [{"n": 0}])


if __name__ == "__main__":
    unittest.main()
