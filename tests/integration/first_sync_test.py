"""A first sync of a whole seeded domain, by every way to connect, compared with an independent computation."""
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402
import oracle  # noqa: E402

GROUPS = ["group00000", "group00001", "group00003", "chain00", "diamond-top", "cycle-a", "odd-members", "odd-group",
          "primary-other", "empty-group", "with-foreign", "big1600", "big5500"]


class FirstSync(lab.LabCase):
    lab_settings = {"seed": ("--users", "1000", "--big", "1600,5500")}

    def scope(self, **more):
        return {"groups": [self.at(name) for name in GROUPS], **more}

    def expect(self, daemon, **scope):
        directory = oracle.Directory([self.lab], time.time())
        users, memberships = directory.expected(**scope)
        rows = daemon.users()
        self.assertEqual(set(rows), users)
        self.assertTrue(users)
        for guid in users:
            expected = directory.row(guid)
            self.assertEqual({column: rows[guid][column] for column in expected}, expected)
        found = {}
        for row in daemon.sql("SELECT g.external_id AS g, u.external_id AS u FROM v1_groups g "
                              "LEFT JOIN v1_memberships USING (group_id) LEFT JOIN v1_users u USING (user_id)"):
            found.setdefault(row["g"], set())
            if row["u"]:
                found[row["g"]].add(row["u"])
        self.assertEqual(found, memberships)
        daemon.check()
        self.assertEqual(daemon.sql("SELECT * FROM v1_entity_errors"), [])

    def test_groups_of_every_shape(self):  # semantics 2.3 to 2.5, 3.2, 3.7, 6.3
        daemon = self.dirsyncd(scope=self.scope())
        daemon.once()
        self.expect(daemon, groups=[self.at(name) for name in GROUPS])
        self.assertEqual(len(daemon.members(self.at("big1600"))), 1000)  # contacts fill it up
        # Not one line to write when nothing changed (semantics 5.6).
        before = daemon.state(), daemon.sql("SELECT * FROM v1_runs")
        daemon.once()
        daemon.once("--full")
        self.assertEqual((daemon.state(), daemon.sql("SELECT * FROM v1_runs")), before)

    def test_units_users_and_exclusions(self):  # semantics 2.1
        unit = "OU=Odd,OU=Lab," + self.lab.base
        daemon = self.dirsyncd(scope={
            "organizational_units": [unit], "users": [self.at("user000007"), "CORP\\user000008"],
            "groups": [self.at("group00001"), self.at("diamond-top")],
            "exclude": {"users": [self.at("odd003")], "groups": [self.at("diamond-leaf")]}})
        daemon.once()
        self.expect(daemon, units=[unit], users=[self.at("user000007"), self.at("user000008")],
                    groups=[self.at("group00001"), self.at("diamond-top")], exclude_users=[self.at("odd003")],
                    exclude_groups=[self.at("diamond-leaf")])

    def test_direct_members_only(self):  # semantics 2.3
        daemon = self.dirsyncd(scope=self.scope(nested_groups="direct"))
        daemon.once()
        self.expect(daemon, groups=[self.at(name) for name in GROUPS], flatten=False)

    def test_filters_are_the_directorys_own(self):  # semantics 2.1
        for text in ("(department=sales)", "(&(title=Manager)(!(l=berlin)))", "(telephoneNumber=*00001*)",
                     "(userAccountControl:1.2.840.113556.1.4.803:=2)"):
            daemon = self.dirsyncd(scope={"user_filters": [{"domain": self.lab.realm, "filter": text}]})
            daemon.once()
            expected = self.lab.search(self.lab.base, f"(&(objectCategory=person)(objectClass=user){text})", ["cn"])
            self.assertEqual(len(daemon.users()), len(expected), text)

    def test_every_way_to_bind(self):
        env = self.lab.env
        simple = {"method": "simple", "dn": env["AD_BIND_DN"], "password_file": env["AD_PASSWORD_FILE"]}
        gssapi = {"method": "gssapi", "principal": env["AD_PRINCIPAL"], "keytab_file": env["AD_KEYTAB"]}
        ca = {"ca_file": env["AD_CA_FILE"]}
        ways = {
            "simple over LDAPS": {"servers": [env["AD_LDAPS_URI"]], "bind": simple, "tls": ca},
            "simple over StartTLS": {"servers": [env["AD_URI"]], "bind": simple, "tls": {**ca, "start_tls": True}},
            "UPN as name": {"servers": [env["AD_LDAPS_URI"]], "bind": {**simple, "dn": env["AD_PRINCIPAL"]}, "tls": ca},
            "Kerberos": {"servers": [env["AD_URI"]], "bind": gssapi, "tls": ca},
        }
        states = {}
        import os
        for name, way in ways.items():
            daemon = self.dirsyncd(scope=self.scope(), **way)
            environment = os.environ.get("KRB5_CONFIG")
            os.environ["KRB5_CONFIG"] = env["KRB5_CONFIG"]
            try:
                daemon.once()
            finally:
                if environment is None:
                    del os.environ["KRB5_CONFIG"]
            states[name] = {guid: row["user_name"] for guid, row in daemon.users().items()}
        first = next(iter(states.values()))
        for name, state in states.items():
            self.assertEqual(state, first, name)

    def test_refusals_say_why_and_leave_nothing(self):
        env = self.lab.env
        wrong = pathlib.Path(self.dirsyncd().dir) / "wrong"
        wrong.write_text("not the password")
        wrong.chmod(0o600)
        simple = {"method": "simple", "dn": env["AD_BIND_DN"], "password_file": str(wrong)}
        for expect, part, way in (
                (75, "certificate", {"tls": {"ca_file": env["AD_OTHER_CA_FILE"]}}),
                (75, "", {"servers": ["ldaps://127.0.1.99"]}),
                (77, "password", {"bind": simple})):
            daemon = self.dirsyncd(**way)
            done = daemon.once(expect=expect)
            self.assertIn(part, done.stderr)
            self.assertEqual(daemon.users(), {})
        secret = pathlib.Path(env["AD_PASSWORD_FILE"]).read_text()
        daemon = self.dirsyncd(servers=[env["AD_URI"]])  # simple without TLS
        done = daemon.once(expect=78)
        self.assertIn("unencrypted", done.stderr)
        self.assertFalse(daemon.store.exists())
        self.assertNotIn(secret, done.stdout + done.stderr)

    def test_nothing_secret_is_kept_or_told(self):
        secret = pathlib.Path(self.lab.env["AD_PASSWORD_FILE"]).read_text().encode()
        daemon = self.dirsyncd(scope=self.scope(), extra={"log": {"level": "debug"}})
        done = daemon.once()
        self.assertNotIn(secret.decode(), done.stdout + done.stderr)
        self.assertIn(daemon.store, list(daemon.dir.iterdir()))
        for file in daemon.dir.iterdir():
            if file != daemon.config and file.is_file():
                self.assertNotIn(secret, file.read_bytes(), file)


if __name__ == "__main__":
    unittest.main()
