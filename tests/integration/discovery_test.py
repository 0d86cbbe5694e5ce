"""The domain controllers are found by DNS: by the real records of a real name server."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402


class Discovery(unittest.TestCase):
    realm = "corp.example.com"

    @classmethod
    def setUpClass(cls):
        cls.first = lab.Lab(ip="127.0.1.29", seed=("--users", "40"))
        cls.addClassCleanup(cls.first.purge)
        cls.first.up()
        cls.second = lab.Lab(ip="127.0.1.30", seed=None)
        cls.addClassCleanup(cls.second.purge)
        cls.second.join(cls.first)

    def dirsyncd(self, **domain):
        """On a host whose name server is the second domain controller (a mount namespace with its resolv.conf)."""
        made = lab.Dirsyncd()
        self.addCleanup(made.purge)
        made.lab, made.around = self.first, [str(lab.SCRIPTS / "ad-exec"), str(self.second.dir)]
        settings = made.domain(**domain)
        del settings["servers"]
        made.write(domains=[settings], scope={"organizational_units": ["OU=People,OU=Lab," + self.first.base]})
        return made

    def servers(self, daemon):
        """Each with whether it is in use."""
        return {server["uri"]: server["in_use"] for server in daemon.ctl_json("status")["servers"]}

    def uris(self, scheme, port):
        return [f"{scheme}://{one.env['AD_HOST'].lower()}{port}" for one in (self.first, self.second)]

    def test_both_are_found_and_one_serves_when_the_other_goes(self):  # semantics 6.4
        daemon = self.dirsyncd()
        daemon.start()
        daemon.ctl("sync")
        users = daemon.users()
        self.assertTrue(users)
        servers = self.servers(daemon)
        first, second = (next(uri for uri in servers if uri.startswith(want)) for want in self.uris("ldaps", ""))
        self.assertEqual((set(servers), sum(servers.values())), ({first, second}, 1))
        # The second serves nothing while it lacks what the first has shown (5.16), as the logon of the account itself.
        lab.run([lab.SCRIPTS / "ad-repl", self.first.dir, self.second.dir])
        self.first.stop(now=True)
        try:
            self.second.mutate("set", "user000001", "displayName=Found by DNS")
            if daemon.ctl("sync", expect=None).returncode != 0:
                daemon.ctl("sync")
            self.assertEqual(self.servers(daemon)[second], True)
            self.assertIn("Found by DNS", {row["display_name"] for row in daemon.users().values()})
            self.assertEqual(set(daemon.users()), set(users))
        finally:
            self.first.start()

    def test_kerberos_goes_to_the_host_that_the_record_names(self):
        daemon = self.dirsyncd(bind={"method": "gssapi", "principal": self.first.env["AD_PRINCIPAL"],
                                     "keytab_file": self.first.env["AD_KEYTAB"]})
        daemon.start()
        daemon.ctl("sync")
        self.assertTrue(daemon.users())
        self.assertLessEqual({uri.removesuffix(":389") for uri in self.servers(daemon)}, set(self.uris("ldap", "")))

    def test_a_name_server_that_knows_nothing_is_an_error(self):  # semantics 5.1
        daemon = self.dirsyncd()
        daemon.once()
        state = daemon.state()
        daemon.around = []  # this machine's own resolver, which knows no such domain
        done = daemon.once(expect=75)
        self.assertIn("_ldap._tcp.dc._msdcs." + self.realm, done.stderr)
        self.assertEqual(daemon.state(), state)


if __name__ == "__main__":
    unittest.main()
