"""Two domains that know nothing of each other but the SIDs of foreign security principals."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402


class TwoDomains(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.corp = lab.Lab(ip="127.0.1.15", realm="corp.example.com", seed=("--users", "30"))
        cls.addClassCleanup(cls.corp.purge)
        cls.corp.up()
        cls.emea = lab.Lab(ip="127.0.1.16", realm="emea.example.com", seed=("--users", "30", "--seed", "2"))
        cls.addClassCleanup(cls.emea.purge)
        cls.emea.up()

    def sid_of(self, domain, name):
        import oracle
        return oracle.sid_text(domain.search(domain.base, f"(sAMAccountName={name})", ["objectSid"])[0][1]["objectSid"][0])

    def test_foreign_principals_and_a_domain_that_goes(self):  # semantics 1.2, 2.6, 4.4, 5.17
        self.emea.mutate("create-group", "emea-team")
        self.emea.mutate("add-member", "emea-team", "user000003")
        self.corp.mutate("create-group", "both", "scope=local")
        self.corp.mutate("add-member", "both", "user000001")
        ldif = self.corp.dir / "foreign.ldif"
        ldif.write_text("dn: CN=both,OU=Groups,OU=Lab,{}\nchangetype: modify\nadd: member\n{}".format(
            self.corp.base, "".join(f"member: <SID={self.sid_of(self.emea, name)}>\n"
                                    for name in ("user000002", "emea-team"))))
        lab.run([lab.SCRIPTS / "ad-exec", self.corp.dir, "bash", "-c",
                 f"ldapmodify -x -H $AD_LDAPS_URI -D \"$AD_ADMIN_BIND_DN\" -y $AD_ADMIN_PASSWORD_FILE -f {ldif}"])
        daemon = lab.Dirsyncd(None)
        self.addCleanup(daemon.purge)
        domains = [daemon.domain(self.corp), daemon.domain(self.emea)]
        scope = {"groups": ["both@corp.example.com"], "users": ["user000005@emea.example.com"]}
        daemon.write(scope=scope, domains=domains)
        done = daemon.once()
        self.assertEqual(daemon.members("both@corp.example.com"),
                         {"user000001@corp.example.com", "user000002@emea.example.com", "user000003@emea.example.com"})
        self.assertEqual(daemon.members("emea-team@emea.example.com"), {"user000003@emea.example.com"})
        self.assertNotIn("not configured", done.stdout)
        daemon.write(scope=scope, domains=domains[::-1])
        self.assertIn("nothing to do", daemon.once().stdout)
        ids = {name: row["user_id"] for name, row in ((r["user_name"], r) for r in daemon.users().values())}

        daemon.write(scope={"groups": ["both@corp.example.com"]}, domains=domains[:1])
        done = daemon.once()
        self.assertIn("2 members of domains that are not configured are skipped", done.stdout)
        self.assertEqual(daemon.user("user000002@emea.example.com")["scope"], "out")
        self.assertEqual(daemon.user("user000002@emea.example.com")["status"], "ENABLED")
        self.assertEqual(len(daemon.members("both@corp.example.com")), 3, "frozen until the users' clock runs out (5.17)")
        self.assertIn("emea.example.com is no longer configured: ", done.stdout)
        daemon.write(scope=scope, domains=domains)
        daemon.once()
        self.assertEqual({r["user_name"]: r["user_id"] for r in daemon.users().values()}, ids)
        self.assertEqual(len(daemon.members("both@corp.example.com")), 3)
        daemon.check()

    def test_another_domain_under_the_same_name_freezes(self):  # semantics 1.2, 1.4
        daemon = lab.Dirsyncd(None)
        self.addCleanup(daemon.purge)
        daemon.write(scope={"groups": ["group00000@corp.example.com"]}, domains=[daemon.domain(self.corp)])
        daemon.once()
        before = daemon.state()
        daemon.write(scope={"groups": ["group00000@emea.example.com"]}, domains=[daemon.domain(self.emea)])
        done = daemon.once(expect=3)
        self.assertIn("nothing was read or written", done.stdout)
        self.assertEqual(daemon.state(), before)
        self.assertEqual(daemon.sql("SELECT state FROM v1_identity_source"), [{"state": "change_pending"}])
        daemon.write(scope={"groups": ["group00000@corp.example.com"]}, domains=[daemon.domain(self.corp)])
        daemon.once()
        self.assertEqual(daemon.sql("SELECT state FROM v1_identity_source"), [{"state": "active"}])


if __name__ == "__main__":
    unittest.main()
