"""One object in several domains, names that a replication conflict has changed, accounts of which nobody can say whether they
expired, a domain that is taken out of the configuration (semantics 5.14, 5.17), on scripted domain controllers."""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402
from directory_model import Entry, sid  # noqa: E402
from ldap_responder import Domain, Responder  # noqa: E402

DETECTIONS = ("full", "usn", "dirsync")


class DomainsCase(unittest.TestCase):
    def serve(self, name, **domain):
        served = Domain(name, **domain)
        responder = Responder(served)
        self.addCleanup(responder.close)
        return served, responder

    def daemon(self, responders, detection, scope, extra=None):
        daemon = lab.Dirsyncd()
        self.addCleanup(daemon.purge)
        self.configure(daemon, responders, detection, scope, extra)
        return daemon

    @staticmethod
    def configure(daemon, responders, detection, scope, extra=None):
        for responder in responders:
            responder.domain.dir_sync = detection == "dirsync"
        daemon.write(domains=[{**responder.settings(), "change_detection": detection} for responder in responders], scope=scope,
                     extra=extra)

    @staticmethod
    def errors(daemon):
        return {row["name"]: row for row in daemon.sql("SELECT * FROM v1_entity_errors")}


class TwoDomains(DomainsCase):
    def setUp(self):
        self.corp, self.corp_dc = self.serve("corp.example.com", users=3)
        self.emea, self.emea_dc = self.serve("emea.example.com", users=5)
        self.everybody = [self.emea.named(f"user{i:03d}") for i in range(5)]
        self.team = self.corp.add_group("team", [self.corp.named("user000")])
        for user in self.everybody:  # as a DC shows members of another domain
            self.corp.entries[user.guid] = phantom = Entry(user.guid, user.dn, {"objectSid": user.first_values("objectSid")}, user.dn)
            phantom.stamps = {}
            phantom.values["usnchanged"] = [b"0"]
        self.corp.set_members(self.team, [self.corp.named("user000"), *(self.corp.entries[u.guid] for u in self.everybody)])

    def move(self, user):
        """From emea to corp, with the same GUID: a tombstone here, the object there."""
        self.emea.delete(user)
        self.corp.rid += 1
        name = user.first_values("sAMAccountName")[0].decode()
        values = {**user.values, **user.lost, "objectSid": [sid(*self.corp.sid, self.corp.rid)]}
        values = {key: value for key, value in values.items() if key not in ("isdeleted", "objectguid", "usnchanged")}
        moved = Entry(user.guid, f"CN={name} of emea,{self.corp.unit}", values, self.corp.base)
        self.corp.entries[user.guid] = moved
        self.corp.touch(moved, "name", *moved.values)
        return moved

    def test_who_moved_is_not_deleted_in_either_order(self):
        scope = {"groups": ["team@corp.example.com"]}
        for detection in DETECTIONS:
            for corp_first in (True, False):
                with self.subTest(detection=detection, corp_first=corp_first):
                    self.setUp()
                    order = (self.corp_dc, self.emea_dc) if corp_first else (self.emea_dc, self.corp_dc)
                    daemon = self.daemon(order, detection, scope)
                    daemon.once()
                    self.assertEqual(len(daemon.members("team@corp.example.com")), 6)
                    before = daemon.user("user001@emea.example.com")
                    self.move(self.everybody[1])
                    done = daemon.once()
                    self.assertNotIn("removed", done.stdout)
                    after = daemon.user("user001@emea.example.com")
                    self.assertIsNotNone(after, done.stdout + done.stderr)
                    self.assertEqual(after["user_id"], before["user_id"])
                    self.assertEqual(len(daemon.members("team@corp.example.com")), 6)
                    state = daemon.state()
                    daemon.once("--full")
                    self.assertEqual(daemon.state(), state)
                    # A real deletion passes at once.
                    self.emea.delete(self.everybody[2])
                    self.corp.set_members(self.team, [self.corp.entries[g] for g in self.team.members if g != self.everybody[2].guid])
                    daemon.once()
                    self.assertIsNone(daemon.user("user002@emea.example.com"))
                    daemon.check()

    def test_memberships_stay_when_a_domain_is_taken_out(self):
        scope = {"groups": ["team@corp.example.com"]}
        for detection in DETECTIONS:
            with self.subTest(detection=detection):
                self.setUp()
                both = (self.corp_dc, self.emea_dc)
                daemon = self.daemon(both, detection, scope)
                daemon.once()
                members = daemon.members("team@corp.example.com")
                self.assertEqual(len(members), 6)
                self.configure(daemon, (self.corp_dc,), detection, scope)
                done = daemon.once()
                self.assertEqual(daemon.members("team@corp.example.com"), members)
                self.assertIn("emea.example.com is no longer configured: 5 users of it keep their memberships", done.stdout)
                self.assertEqual(daemon.user("user001@emea.example.com")["scope"], "out")
                self.assertEqual(daemon.user("user001@emea.example.com")["status"], "ENABLED")
                state = daemon.state()
                daemon.once("--full")
                self.assertEqual(daemon.state(), state)
                self.configure(daemon, both, detection, scope)
                daemon.once()
                self.assertEqual(daemon.members("team@corp.example.com"), members)
                self.assertEqual(daemon.user("user001@emea.example.com")["scope"], "in")
                daemon.check()


class OneDomain(DomainsCase):
    def setUp(self):
        self.domain, self.dc = self.serve("corp.example.com", users=8)
        self.team = self.domain.add_group("team", [self.domain.named(f"user{i:03d}") for i in range(8)])
        self.scope = {"organizational_units": [self.domain.unit], "groups": ["team@corp.example.com"]}

    def test_a_replication_conflict_takes_nobody_out(self):
        for detection in DETECTIONS:
            with self.subTest(detection=detection):
                self.setUp()
                daemon = self.daemon((self.dc,), detection, self.scope)
                daemon.once()
                before = daemon.state()
                user = self.domain.named("user005")
                self.domain.rename(user, f"CN=user005\\0ACNF:{user.guid},{self.domain.unit}")
                done = daemon.once()
                self.assertEqual(daemon.state(), before, done.stdout)
                error = self.errors(daemon)["user005@corp.example.com"]
                self.assertEqual(error["code"], "InvalidValue")
                self.assertIn("replication conflict", error["message"])
                # A leaver all the same.
                self.domain.set(user, "userAccountControl", 514)
                daemon.once()
                self.assertEqual(daemon.user("user005@corp.example.com")["status"], "DISABLED")
                self.domain.set(user, "userAccountControl", 512)
                self.domain.rename(user, f"CN=user005,{self.domain.unit}")
                daemon.once()
                self.assertEqual(self.errors(daemon), {})
                self.assertEqual(daemon.user("user005@corp.example.com")["status"], "ENABLED")
                self.assertIn("user005@corp.example.com", daemon.members("team@corp.example.com"))
                # One that nobody knows is nobody.
                twin = self.domain.add_user("twin")
                self.domain.rename(twin, f"CN=twin\\0ACNF:{twin.guid},{self.domain.unit}")
                daemon.once()
                self.assertIsNone(daemon.user("twin@corp.example.com"))
                self.assertEqual(self.errors(daemon), {})
                daemon.check()

    def test_who_may_be_a_leaver_is_not_let_in(self):  # semantics 5.14
        past = b"133000000000000000"  # June 2022
        for detection in DETECTIONS:
            for name, hidden in (("accountExpires", past), ("userAccountControl", b"514")):
                with self.subTest(detection=detection, hidden=name):
                    self.setUp()
                    daemon = self.daemon((self.dc,), detection, self.scope)
                    daemon.once()
                    late = self.domain.add_user("late")
                    del late.values[name.lower()]
                    daemon.once()
                    self.assertIsNone(daemon.user("late@corp.example.com"))
                    self.assertIn(name + " is missing", json.dumps(list(self.errors(daemon).values())))
                    state = daemon.state()
                    daemon.once()
                    self.assertEqual(daemon.state(), state)
                    # A right that is given changes no object, and nothing tells of it.
                    late.values[name.lower()] = [hidden]
                    daemon.once()
                    self.assertEqual(daemon.user("late@corp.example.com")["status"], "DISABLED")
                    self.assertEqual(self.errors(daemon), {})
                    daemon.check()


if __name__ == "__main__":
    unittest.main()
