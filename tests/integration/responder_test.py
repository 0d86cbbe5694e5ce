"""A directory that fails, lies or stops in the middle of an answer, as no Samba can be made to do. Whatever it does,
nobody is removed, disabled or emptied, and the next good read puts things right."""
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402
import ldap_responder as script  # noqa: E402
from ldap_responder import Domain, Fault, Responder  # noqa: E402
from responder_case import ResponderCase  # noqa: E402

KINDS = ("containers", "users", "groups")


class Results(ResponderCase):
    """Results that are no success, after some entries were sent (semantics 5.1)."""

    def setUp(self):
        self.served()

    def test_errors_in_the_middle_of_a_page(self):
        for code in (1, 3, 4, 10, 11, 51, 52, 53, 80):
            for page in (1, 2):
                with self.subTest(code=code, page=page):
                    done = self.fails(Fault("users", script.result(code, "some words"), page=page, at=3))
                    self.assertIn(f"result {code}", done.stderr)

    def test_errors_in_place_of_a_result(self):
        for kind in KINDS:
            with self.subTest(kind=kind):
                self.fails(Fault(kind, script.result(51), at=0))
        for kind in ("root DSE", "root", "invocation id", "deleted objects"):
            with self.subTest(kind=kind):
                self.fails(Fault(kind, script.result(52)))

    def test_a_cookie_beside_an_error_leads_nowhere(self):
        for code in (3, 4, 11):
            with self.subTest(code=code):
                self.fails(Fault("users", script.result(code, cookie=b"more"), page=1, at=25))

    def test_a_result_without_the_paging_control(self):
        self.fails(Fault("users", script.no_page_control, page=1, at=25))

    def test_refused_while_reading(self):  # the rights are gone, not the people
        self.fails(Fault("users", script.result(50), page=2, at=0), expect=77)
        self.fails(Fault("root", script.result(32)), expect=77)

    def test_refused_binds(self):  # semantics 5.8
        done = self.fails(Fault("bind", script.result(49, "80090308: LdapErr: DSID-0C0903A9, comment: "
                                                          "AcceptSecurityContext error, data 775, v1db1")), expect=77)
        self.assertIn("locked out", done.stderr)
        self.fails(Fault("bind", script.result(8)), expect=77)
        self.fails(Fault("bind", script.result(51)))


class Absence(ResponderCase):
    """Success without those who are there: the hardest fault, nothing in the answer is wrong (semantics 5.2)."""

    def setUp(self):
        self.served()

    def test_one_search_finds_nobody(self):
        """Those whom the look-up finds are as they were; no one is missed."""
        for kind in ("users", "groups"):
            for page in (1, 2) if kind == "users" else (1,):
                with self.subTest(kind=kind, page=page):
                    self.responder.faults = [Fault(kind, script.nothing_more, page=page, at=0)]
                    self.daemon.once("--full")
                    self.assertEqual(self.daemon.state(), self.state)

    def test_nobody_is_found_at_all(self):
        """Held: all who are missing from the read and from the look-up."""
        self.responder.faults = [Fault(kind, script.nothing_more, page=1, at=0) for kind in ("users", "groups", "look-up")]
        done = self.daemon.once("--full", expect=3)
        self.assertIn("absent", done.stdout)
        users = self.daemon.users()
        self.assertEqual({row["scope"] for row in users.values()}, {"held"})
        self.assertEqual({row["status"] for row in users.values()}, {"ENABLED"})
        self.assertEqual(self.daemon.state()["memberships"], self.state["memberships"])
        self.responder.faults = []
        self.daemon.once("--full")
        self.assertEqual({row["scope"] for row in self.daemon.users().values()}, {"in"})

    def test_the_domain_itself_is_not_seen(self):
        self.fails(Fault("containers", script.nothing_more, at=0), expect=77)
        self.fails(Fault("root", script.nothing_more, at=0), expect=77)

    def test_the_proof_of_a_deletion_fails(self):
        self.domain.delete(self.domain.named("user007"))
        for fault in (script.result(51), script.close, script.cut, script.result(10)):
            self.responder.faults = [Fault("look-up", fault)]
            self.daemon.once("--full", expect=75)
            self.assertEqual(self.daemon.state(), self.state)
        self.responder.faults = []
        self.daemon.once("--full")
        self.assertNotIn("user007@corp.example.com", self.names())
        self.assertEqual(len(self.names()), 59)

    def test_attributes_that_may_no_longer_be_read(self):
        """What every account has is missing: no sign that it is enabled, of another kind or gone."""
        for i in range(5):
            self.domain.set(self.domain.named(f"user{i:03d}"), "userAccountControl", 514)
        self.daemon.once()
        before = {row["user_id"]: row["status"] for row in self.daemon.users().values()}
        self.assertIn("DISABLED", before.values())
        for name in ("useraccountcontrol", "objectclass", "objectguid", "primarygroupid"):
            with self.subTest(name):
                users = [e for e in self.domain.entries.values() if b"user" in e.first_values("objectClass")]
                kept = {user.guid: user.values.pop(name) for user in users}
                self.daemon.once(expect=None)
                self.assertEqual({row["user_id"]: row["status"] for row in self.daemon.users().values()}, before)
                self.assertEqual(self.daemon.state()["memberships"], self.state["memberships"])
                for user in users:
                    user.values[name] = kept[user.guid]
                self.daemon.once()
        self.assertEqual({row["scope"] for row in self.daemon.users().values()}, {"in"})


class Wire(ResponderCase):
    """Bytes that are no answer (semantics 5.1)."""

    def setUp(self):
        self.served()

    def test_the_connection_ends(self):
        for kind in ("bind", "root DSE", *KINDS, "deleted objects"):
            for action in (script.close, script.cut):
                with self.subTest(kind=kind, action=action.__name__):
                    self.fails(Fault(kind, action, at=0))

    def test_garbage(self):
        endless = b"\x30\x84\x7f\xff\xff\xff\x02\x01\x03"
        for data in (b"\xff" * 64, b"\x00" * 64, b"HTTP/1.1 400 Bad Request\r\n\r\n", endless,
                     b"\x30\x80" + b"\x00" * 32, b"\x30\x02\x02\x01"):
            with self.subTest(data=data):
                # The client may wait for the rest of what the bytes announce: then the server goes.
                def send_and_go(connection, *_, data=data):
                    connection.write(data)
                    raise script.Disconnect
                self.fails(Fault("users", send_and_go, page=2, at=3))

    def test_an_entry_that_is_no_valid_ber(self):
        def longer_than_it_is(data):
            data[1 if data[1] < 0x80 else 3] -= 1
        def inside(data):
            at = bytes(data).index(b"objectGUID")
            data[at - 1] = 0x7F
        for change in (longer_than_it_is, inside):
            with self.subTest(change=change.__name__):
                self.fails(Fault("users", script.mangled(change), page=1, at=5, times=1))

    def test_silence(self):  # semantics 5.19
        """Deadlines end it, each read in a process of its own, all at once."""
        faults = {"instead of a bind": Fault("bind", script.silence),
                  "behind the bind": Fault("root DSE", script.silence),
                  "among users": Fault("users", script.silence, page=2, at=4),
                  "in a message": Fault("groups", script.half_then_silence, at=0),
                  "in the look-up": Fault("look-up", script.silence),
                  "byte by byte": Fault("users", script.drip, page=1)}
        running = {}
        for name, fault in faults.items():
            self.served(users=30)
            self.domain.delete(self.domain.named("user003"))
            self.responder.faults = [fault]
            process = subprocess.Popen([lab.DIRSYNCD, "-c", self.daemon.config, "--once", "--full"],
                                       stderr=subprocess.PIPE,
                                       stdout=subprocess.DEVNULL, text=True)
            running[name] = (process, self.daemon, self.state)
        for name, (process, daemon, state) in running.items():
            with self.subTest(name):
                _, told = process.communicate(timeout=180)
                self.assertEqual(process.returncode, 75, told)
                self.assertRegex(told, r"nothing for|no answer within|too slowly")
                self.assertEqual(daemon.state(), state)

    def test_wherever_it_breaks(self):
        """Each message of a cycle that removes, renames, adds and looks up is once the last one (semantics 5.7)."""
        self.served(users=12, max_page_size=5)
        self.domain.delete(self.domain.named("user003"))
        self.domain.set(self.domain.named("user004"), "userPrincipalName", "renamed@corp.example.com")
        self.domain.set(self.domain.named("user005"), "userAccountControl", 514)
        self.group.members.append(self.domain.add_user("newcomer").guid)
        self.responder.rewind()
        self.daemon.once("--full", "--dry-run", expect=2)
        messages = list(self.responder.sent)
        self.assertIn("look-up", [kind for kind, _, _ in messages])
        self.assertGreater(len(messages), 30)
        for action in (script.close, script.cut, script.result(51)):
            for i, message in enumerate(messages):
                self.responder.faults = [Fault(None, action, ordinal=i)]
                self.responder.rewind()
                done = self.daemon.once("--full", expect=None)
                where = (i, message, done.returncode, done.stderr)
                # The NetBIOS name has a rule to stand in for it.
                if not (message[0] == "partitions" and done.returncode == 0):
                    self.assertEqual(done.returncode, 75, where)
                    self.assertEqual(self.daemon.state(), self.state, where)
        self.responder.faults = []
        self.daemon.once("--full")
        expected = {f"user{i:03d}@corp.example.com" for i in range(12)} - {"user003@corp.example.com",
                                                                          "user004@corp.example.com"}
        self.assertEqual(self.names(), expected | {"renamed@corp.example.com", "newcomer@corp.example.com"})
        self.assertEqual(self.daemon.user("user005@corp.example.com")["status"], "DISABLED")
        self.daemon.check()


class Manners(ResponderCase):
    """What is odd and no fault: the result must be right."""

    def test_references_are_passed_over(self):  # semantics 5.1: of other naming contexts, domain scope asked for
        self.served()
        self.responder.faults = [Fault(kind, script.reference) for kind in KINDS]
        self.domain.set(self.domain.named("user009"), "mail", "new@example.com")
        self.daemon.once()
        self.assertEqual(self.daemon.user("user009@corp.example.com")["email"], "new@example.com")
        self.assertEqual(len(self.names()), 60)

    def test_messages_that_come_twice(self):  # semantics 5.1
        for again in (script.an_entry_twice, script.twice):
            with self.subTest(again.__name__):
                self.served()
                self.responder.faults = [Fault(kind, again) for kind in ("users", "groups")]
                self.daemon.once("--full")
                self.assertEqual(self.daemon.state(), self.state)
                self.domain.set(self.domain.named("user009"), "mail", "new@example.com")
                newcomer = self.domain.add_user("newcomer")
                self.domain.set_members(self.group, [*(self.domain.entries[guid] for guid in self.group.members[1:]), newcomer])
                self.daemon.once()
                state = self.daemon.state()
                self.assertEqual(self.daemon.user("user009@corp.example.com")["email"], "new@example.com")
                self.assertEqual((len(self.names()), len(state["memberships"])), (61, 30))
                self.responder.faults = []
                self.daemon.once("--full")
                self.assertEqual(self.daemon.state(), state)
                self.daemon.check()

    def test_pages_of_every_size(self):  # semantics 6.1
        for size in (1, 7, 59, 60, 61):
            with self.subTest(size=size):
                self.served(max_page_size=size)

    def test_a_domain_controller_that_has_not_replicated_yet(self):
        self.served()
        real = self.domain.root_dse
        def unsynchronized():
            root = real()
            root.values["issynchronized"] = [b"FALSE"]
            return root
        self.domain.root_dse = unsynchronized
        self.daemon.once("--full", expect=75)
        self.assertEqual(self.daemon.state(), self.state)

    def test_one_domain_of_two_fails(self):
        """Nobody of either is lost, and what changed meanwhile in the other arrives afterwards."""
        self.served()
        emea = Domain("emea.example.com", users=40)
        other = Responder(emea)
        self.addCleanup(other.close)
        self.daemon.write(domains=[self.responder.settings(), other.settings()], scope={
            "organizational_units": [self.domain.unit, emea.unit], "groups": ["team@corp.example.com"]})
        self.daemon.once()
        state = self.daemon.state()
        self.assertEqual(len(state["users"]), 100)
        self.domain.delete(self.domain.named("user002"))
        emea.delete(emea.named("user002"))
        for fault in (Fault("bind", script.close), Fault("users", script.result(51)), Fault("look-up", script.close)):
            for failing in (self.responder, other):
                with self.subTest(kind=fault.kind, first=failing is self.responder):
                    failing.faults = [fault]
                    self.daemon.once("--full", expect=75)
                    failing.faults = []
                    self.assertEqual({row["scope"] for row in self.daemon.users().values()}, {"in"})
                    self.assertEqual(len(self.daemon.users()), 100)
        self.daemon.once()
        self.assertEqual(len(self.daemon.users()), 98)

    def test_one_server_fails_and_the_next_serves(self):  # semantics 6.4
        self.served()
        other = Responder(self.domain)
        self.addCleanup(other.close)
        settings = self.responder.settings()
        bundle = self.daemon.dir / "both.pem"
        bundle.write_text(self.responder.certificate.read_text() + other.certificate.read_text())
        settings.update(servers=[self.responder.uri, other.uri], tls={"ca_file": str(bundle)})
        self.daemon.write(domains=[settings], scope={"organizational_units": [self.domain.unit],
                                                     "groups": ["team@corp.example.com"]})
        self.domain.set(self.domain.named("user001"), "mail", "changed@example.com")
        for fault in (Fault("bind", script.result(51)), Fault("root DSE", script.close)):
            self.responder.faults = [fault]
            other.rewind()
            self.daemon.once("--full")
            self.assertIn("users", other.asked)
        self.assertEqual(self.daemon.user("user001@corp.example.com")["email"], "changed@example.com")


if __name__ == "__main__":
    unittest.main()
