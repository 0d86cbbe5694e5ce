"""`dirsyncctl doctor` on a real domain: what it says of what is wrong, and what to do about it."""
import json
import os
import pathlib
import shutil
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402
import ldap_responder as script  # noqa: E402
from ldap_responder import Domain, Fault, Responder  # noqa: E402

# Where `dirsyncctl` finds a daemon to ask when none runs.
os.environ["PATH"] = f"{lab.DIRSYNCD.parent}:{os.environ['PATH']}"


class Doctor(lab.LabCase):
    lab_settings = {"ip": "127.0.1.64", "seed": ("--users", "60")}

    def setUp(self):
        env = self.lab.env
        self.plain = {"method": "simple", "dn": env["AD_PLAIN_BIND_DN"], "password_file": env["AD_PLAIN_PASSWORD_FILE"]}
        self.admin = {"method": "simple", "dn": env["AD_ADMIN_BIND_DN"], "password_file": env["AD_ADMIN_PASSWORD_FILE"]}

    def bed(self, **settings):
        settings.setdefault("scope", {"groups": [self.at("diamond-top")]})
        return self.dirsyncd(**settings)

    def look(self, bed, expect=0):
        """{check: [outcome, seen, advice]} of each check by name; what it prints for a person says the same."""
        report = bed.ctl_json("-c", str(bed.config), "doctor", expect=expect)
        self.assertEqual(report["exit_code"], expect)
        found = {}
        for check in report["checks"]:
            found.setdefault(check["check"], []).append(check)
        return found

    def only(self, found, name):
        self.assertEqual(len(found[name]), 1, found[name])
        return found[name][0]

    def test_all_is_well_without_a_daemon_and_with_one(self):
        self.lab.mutate("create-user", "leaver", "parent=OU=Lab," + self.lab.base)
        self.lab.mutate("delete", "leaver")
        bed = self.bed()
        found = self.look(bed)
        for name in ("configuration", "secret", "connection", "tls", "bind", "domain", "account", "clock", "controls",
                     "dirsync", "deleted_objects", "excess_rights", "scope"):
            self.assertEqual({check["outcome"] for check in found[name]}, {"ok"}, found[name])
        self.assertIn("valid until", self.only(found, "tls")["seen"])
        self.assertIn("no store yet", found["store"][-1]["seen"])
        self.assertFalse(bed.store.exists())
        bed.start()
        self.addCleanup(bed.stop, expect=None)
        found = self.look(bed)
        self.assertIn("runs", self.only(found, "daemon")["seen"])
        self.assertEqual(found["store"][-1]["seen"], "the store is sound")
        text = bed.ctl("doctor").stdout
        self.assertIn("deleted objects can be seen", text)
        self.assertIn("0 failed", text)

    def test_it_looks_as_the_user_that_the_daemon_runs_as(self):
        bed = self.bed()
        bed.dir.chmod(0o755)
        shutil.chown(bed.dir, "nobody")
        found = self.look(bed, expect=77)
        secret = self.only(found, "secret")
        self.assertEqual(secret["outcome"], "failed")
        self.assertIn("looked at as 'nobody'", secret["seen"])
        self.assertIn("chmod 0400", secret["advice"])
        self.assertEqual(self.only(found, "connection")["outcome"], "skipped")

    def test_a_wrong_password_is_tried_once(self):  # semantics 5.8
        password = pathlib.Path(self.lab.dir, "wrong.pw")
        password.write_text("not the password")
        password.chmod(0o600)
        other = f"ldaps://{self.lab.env['AD_HOST']}"
        bed = self.bed(bind={"method": "simple", "dn": self.lab.env["AD_PLAIN_BIND_DN"], "password_file": str(password)},
                       servers=[self.lab.env["AD_LDAPS_URI"], other])
        found = self.look(bed, expect=77)
        bind = self.only(found, "bind")
        self.assertIn("password is wrong", bind["seen"])
        self.assertIn("No further attempt", bind["advice"])
        self.assertEqual([check["outcome"] for check in found["connection"]], ["ok", "skipped"])

    def test_a_certificate_that_is_not_trusted(self):
        bed = self.bed(tls={"ca_file": self.lab.env["AD_OTHER_CA_FILE"]})
        found = self.look(bed, expect=75)
        tls = self.only(found, "tls")
        self.assertEqual(tls["outcome"], "failed")
        self.assertIn("issuer", tls["seen"])
        self.assertIn("openssl s_client -connect", tls["advice"])
        self.assertNotIn("bind", found)

    def test_one_server_of_two_is_enough(self):
        bed = self.bed(servers=["ldaps://127.0.1.250".replace("127.0.1", lab.NET), self.lab.env["AD_LDAPS_URI"]])
        connections = self.look(bed)["connection"]
        self.assertEqual([check["outcome"] for check in connections], ["warning", "ok"])
        self.assertIn("firewall", connections[0]["advice"])
        alone = self.bed(servers=["ldaps://127.0.1.250".replace("127.0.1", lab.NET)])
        self.assertEqual(self.only(self.look(alone, expect=75), "connection")["outcome"], "failed")

    def test_rights_that_are_missing_come_with_the_command_that_gives_them(self):
        found = self.look(self.bed(bind=self.plain))
        dirsync, deleted = self.only(found, "dirsync"), self.only(found, "deleted_objects")
        self.assertEqual((dirsync["outcome"], deleted["outcome"]), ("ok", "warning"))
        self.assertIn("no deleted object", self.bed(bind=self.plain).once().stdout)
        self.assertIn("lacks Replicating Directory Changes", dirsync["seen"])
        # What it says is done to the letter, but for the place of the database.
        for check, tool in ((dirsync, "samba-tool dsacl set"), (deleted, "printf")):
            command = tool + check["advice"].split(tool, 1)[1]
            command = command.replace("dsacl set", "dsacl set -H $AD_SAM").replace("/var/lib/samba/private/sam.ldb", "$AD_SAM")
            lab.run([lab.SCRIPTS / "ad-exec", self.lab.dir, "bash", "-c", command])
        found = self.look(self.bed(bind=self.plain))
        self.assertEqual(self.only(found, "dirsync")["outcome"], "ok")
        self.assertEqual(self.only(found, "deleted_objects")["outcome"], "ok")
        self.assertNotIn("no deleted object", self.bed(bind=self.plain).once().stdout)

    def test_an_account_that_may_too_much(self):
        excess = self.only(self.look(self.bed(bind=self.admin)), "excess_rights")
        self.assertEqual(excess["outcome"], "warning")
        for words in ("Domain Admins", "Administrators", "password hashes", "create objects", "change its permissions"):
            self.assertIn(words, excess["seen"])

    def test_what_a_filter_asks_for_and_the_account_may_not_read(self):  # semantics 5.1
        scope = {"user_filters": [{"domain": self.lab.realm, "filter": "(!(employeeType=external))"}]}
        self.assertEqual(self.only(self.look(self.bed(scope=scope)), "filters")["outcome"], "ok")
        with self.lab.denied("OU=Lab," + self.lab.base, rights="RP", attribute="employeeType"):
            filters = self.only(self.look(self.bed(scope=scope), expect=77), "filters")
        # 20 are asked about, in the server's order: a few of them may live outside OU=Lab, where nothing is denied.
        self.assertRegex(filters["seen"], r"employeeType of (1[0-9]|20) users")
        self.assertIn("lets such users in", filters["advice"])
        self.assertNotIn("filters", self.look(self.bed()))

    def test_attributes_that_do_not_exist_or_cannot_be_read(self):
        mappings = {"user": {"department": "${departement}", "title": "${title}", "radio": "${pager}"}}
        found = self.look(self.bed(extra={"attribute_mappings": mappings}))
        self.assertIn("'departement'", self.only(found, "schema")["seen"])
        self.assertIn("'department'", self.only(found, "schema")["advice"])
        users = found["attributes"][0]
        self.assertEqual(users["outcome"], "warning")
        self.assertIn("shows pager", users["seen"])
        with self.lab.denied("OU=Lab," + self.lab.base, rights="RP", attribute="userAccountControl"):
            found = self.look(self.bed(), expect=77)
        self.assertIn("userAccountControl", found["attributes"][0]["seen"])

    def test_names_that_mean_nothing(self):  # semantics 2.7
        scope = {"groups": [self.at("diamond-top"), "CORP\\diamond-lefd"], "users": [self.at("no.such.person")],
                 "organizational_units": ["OU=Lab," + self.lab.base, "OU=Nowhere," + self.lab.base]}
        found = {check["subject"]: check for check in self.look(self.bed(scope=scope))["scope"]}
        self.assertIn("'CORP\\diamond-left'", found["CORP\\diamond-lefd"]["advice"])
        self.assertEqual(found[self.at("no.such.person")]["outcome"], "warning")
        self.assertEqual(found["OU=Nowhere," + self.lab.base]["outcome"], "warning")
        self.assertIn("2 names", found[""]["seen"])

    def test_a_configuration_with_mistakes_names_each(self):
        bed = self.bed()
        config = json.loads(bed.config.read_text())
        config["scheduel"] = {}
        config["sync_scope"]["groups"].append("nameless")
        bed.config.write_text(json.dumps(config))
        found = self.look(bed, expect=78)
        self.assertEqual(len(found["configuration"]), 2)
        self.assertIn("did you mean 'schedule'", found["configuration"][0]["seen"] + found["configuration"][1]["seen"])
        self.assertEqual(self.only(found, "survey")["outcome"], "skipped")

    def test_a_store_that_is_damaged(self):
        bed = self.bed()
        bed.once()
        with bed.store.open("r+b") as file:
            file.seek(8192)
            file.write(b"\xff" * 20000)
        store = self.look(bed, expect=75)["store"][-1]
        self.assertEqual(store["outcome"], "failed")
        self.assertIn("damaged", store["seen"])
        bed.store.write_bytes(b"something else")
        self.look(bed, expect=75)


class Scripted(unittest.TestCase):
    """A server that answers as no Samba can be made to."""

    def setUp(self):
        self.domain = Domain(users=5)
        self.domain.dir_sync = True
        self.domain.add_group("team", [self.domain.named("user001")])
        self.responder = Responder(self.domain)
        self.addCleanup(self.responder.close)
        self.bed = lab.Dirsyncd()
        self.addCleanup(self.bed.purge)
        self.bed.write(domains=[self.responder.settings()], scope={"groups": ["team@corp.example.com"]})

    def look(self, expect=0, *faults):
        self.responder.faults = list(faults)
        self.responder.rewind()
        report = self.bed.ctl_json("-c", str(self.bed.config), "doctor", expect=expect)
        return {check["check"]: check for check in report["checks"]}

    def test_a_certificate_that_ends_soon(self):
        tls = self.look()["tls"]
        self.assertEqual(tls["outcome"], "warning")
        self.assertIn("expires soon", tls["seen"])
        self.assertIn("renew", tls["advice"])

    def test_what_the_server_says_of_the_account(self):
        for data, words in (("533", "the account is disabled"), ("775", "locked out"), ("532", "password has expired")):
            text = f"80090308: LdapErr: DSID-0C09, comment: AcceptSecurityContext error, data {data}, v4563"
            bind = self.look(77, Fault("bind", script.result(49, text)))["bind"]
            self.assertIn(words, bind["seen"])
            self.assertEqual(self.responder.asked.count("bind"), 1)

    def test_what_a_run_found_refused_is_not_tried(self):  # semantics 5.8
        refused = Fault("bind", script.result(49, "80090308: LdapErr: DSID-0C09, data 52e, v4563"))
        self.responder.faults = [refused]
        self.bed.once(expect=77)
        bind = self.look(77, refused)["bind"]
        self.assertIn("not tried again before they change", bind["seen"])
        self.assertEqual(self.responder.asked, [])
        self.responder.password_file.touch()
        self.assertEqual(self.look()["bind"]["outcome"], "ok")

    def test_an_answer_that_breaks_off_is_no_evidence(self):
        for kind, name, action in (("users", "attributes", script.result(51)), ("users", "attributes", script.close),
                                   ("groups", "attributes", script.result(3)), ("deleted objects", "deleted_objects", script.result(52)),
                                   ("DirSync", "dirsync", script.result(51))):
            with self.subTest(kind=kind):
                check = self.look(75, Fault(kind, action))[name]
                self.assertEqual(check["outcome"], "failed", check)
                self.assertTrue(check["advice"])

    def test_a_server_that_refuses_dir_sync(self):
        check = self.look(0, Fault("DirSync", script.result(50, "00002105: SecErr")))["dirsync"]
        self.assertEqual(check["outcome"], "warning")
        self.assertIn("uSNChanged", check["seen"])
        self.assertIn('dsacls "DC=corp,DC=example,DC=com" /G', check["advice"])

    def test_a_replication_vector_that_cannot_be_read(self):  # semantics 5.16
        vector = "replUpToDateVector of DC=corp,DC=example,DC=com"
        # The only domain controller of a domain has none: nobody is warned.
        check = self.look()["replication"]
        self.assertEqual((check["outcome"], check["advice"]), ("ok", None))
        self.assertIn("there is none", check["seen"])
        partner = self.domain.replicated("DC2")
        self.domain.has_all_of(partner)
        self.assertEqual(self.look()["replication"]["seen"], vector + " can be read")
        self.domain.unreadable = {"repluptodatevector"}
        check = self.look()["replication"]
        self.assertEqual(check["outcome"], "warning")
        self.assertIn(vector + " cannot be read", check["seen"])
        self.assertIn("Read Property of " + vector, check["advice"])
        self.assertIn('dsacls "DC=corp,DC=example,DC=com" /G "CORP\\ACCOUNT:RP;replUpToDateVector"', check["advice"])

    def test_a_missing_replication_vector_where_permissions_say_nothing(self):  # semantics 5.16
        self.domain.attributes.remove("replUpToDateVector")
        self.assertEqual(self.look()["replication"]["outcome"], "skipped")
        # A second name of the same domain controller is no partner.
        settings, scope = self.responder.settings(), {"groups": ["team@corp.example.com"]}
        again = Responder(self.domain)
        partner = Responder(self.domain.replicated("DC2"))
        for other, outcome in ((again, "skipped"), (partner, "warning")):
            self.addCleanup(other.close)
            both = self.responder.dir / "both.pem"
            both.write_text(self.responder.certificate.read_text() + other.certificate.read_text())
            self.bed.write(domains=[{**settings, "servers": [self.responder.uri, other.uri], "tls": {"ca_file": str(both)}}],
                           scope=scope)
            self.assertEqual(self.look()["replication"]["outcome"], outcome)


if __name__ == "__main__":
    unittest.main()
