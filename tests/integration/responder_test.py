"""A directory that fails, lies or stops in the middle of an answer, as no Samba can be made to do. Whatever it does,
nobody is removed, disabled or emptied, and the next good read puts things right."""
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402
import ber  # noqa: E402
import ldap_responder as script  # noqa: E402
from ldap_responder import Domain, Fault, Responder  # noqa: E402

KINDS = ("containers", "users", "groups")


class ResponderCase(unittest.TestCase):
    def served(self, users=60, **limits):
        """A domain, its server, and a store that is in step with it."""
        self.domain = Domain(users=users)
        self.group = self.domain.add_group("team", [self.domain.named(f"user{i:03d}") for i in range(users // 2)])
        self.responder = Responder(self.domain, **{"max_page_size": 25, **limits})
        self.addCleanup(self.responder.close)
        self.daemon = lab.Dirsyncd()
        self.addCleanup(self.daemon.purge)
        self.daemon.write(domains=[self.responder.settings()],
                          scope={"organizational_units": [self.domain.unit], "groups": ["team@corp.example.com"]})
        self.daemon.once()
        self.state = self.daemon.state()
        self.assertEqual(len(self.state["users"]), users)
        self.assertEqual(len(self.state["memberships"]), users // 2)

    def names(self):
        return {row["user_name"] for row in self.daemon.users().values()}

    def fails(self, fault, expect=75):
        """One cycle with the fault, and one without: first nothing was written, then all is well."""
        self.responder.faults = [fault]
        self.responder.rewind()
        done = self.daemon.once("--full", expect=expect, timeout=60)
        self.assertEqual(self.daemon.state(), self.state)
        self.assertIn("dirsyncd: ", done.stderr)
        self.assertTrue(self.responder.sent, "the server was not asked")
        run = self.daemon.sql("SELECT * FROM v1_runs ORDER BY run_id DESC LIMIT 1")[0]
        self.assertIn(run["outcome"], ("partial", "failed"))
        self.assertTrue(run["error"])
        self.responder.faults = []
        self.responder.password_file.touch()  # refused credentials are tried again when the secret changes (5.8)
        self.daemon.once("--full")
        self.assertEqual(self.daemon.state(), self.state)
        return done


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

    def test_a_member_list_that_is_hidden(self):
        """A group that has lost all its members at once waits for a person (semantics 5.3)."""
        self.domain.set_members(self.group, [])
        done = self.daemon.once(expect=3)
        self.assertIn("remove_members_per_group", done.stdout)
        self.assertEqual(self.daemon.state(), self.state)


    def test_a_list_that_is_hidden_while_the_group_changes(self):
        """Whoever hides a list, or edits the group beside it, has emptied nothing (semantics 5.15)."""
        for detection in ("usn", "dirsync"):
            with self.subTest(detection):
                self.domain.dir_sync = detection == "dirsync"
                self.daemon.write(domains=[{**self.responder.settings(), "change_detection": detection}],
                                  scope={"organizational_units": [self.domain.unit], "groups": ["team@corp.example.com"]})
                self.daemon.once("--full")
                self.domain.unreadable = {"member"}
                self.daemon.once("--full")
                self.domain.set(self.group, "description", f"edited, {detection}")
                for args in ((), ("--full",)):
                    self.daemon.once(*args)
                    self.assertEqual(self.daemon.state()["memberships"], self.state["memberships"])
                self.domain.unreadable = {"member", "memberof"}
                done = self.daemon.once("--full", expect=3)
                self.assertIn("no proof that they left the group", done.stdout)
                self.assertEqual(self.daemon.state()["memberships"], self.state["memberships"])
                self.domain.unreadable = set()
                self.daemon.once()
                self.assertEqual(self.daemon.state()["memberships"], self.state["memberships"])

    def test_a_part_of_a_list_is_no_list(self):
        """285 of 300, and nothing changed: nobody left (semantics 5.15)."""
        many = [self.domain.add_user(f"member{i:03d}") for i in range(270)]
        self.domain.set_members(self.group, [self.domain.entries[guid] for guid in self.group.members] + many)
        for detection in ("usn", "dirsync"):
            self.domain.dir_sync = detection == "dirsync"
            self.daemon.write(domains=[{**self.responder.settings(), "change_detection": detection}],
                              scope={"organizational_units": [self.domain.unit], "groups": ["team@corp.example.com"]})
            for shown in (285, 299, 1):
                with self.subTest(detection, shown=shown):
                    self.domain.shows_members = {}
                    self.daemon.once("--full")
                    before = self.daemon.state()["memberships"]
                    self.assertEqual(len(before), 300)
                    self.domain.shows_members = {self.group: shown}
                    self.daemon.once("--full")
                    self.assertEqual(self.daemon.state()["memberships"], before)


    def test_a_large_list_that_is_hidden_is_asked_for_in_batches(self):
        """Of 400 members 400 say by memberOf that they are in it still (semantics 5.15, 6.5)."""
        many = [self.domain.add_user(f"member{i:03d}") for i in range(370)]
        self.domain.set_members(self.group, [self.domain.entries[guid] for guid in self.group.members] + many)
        self.responder.max_page_size = 1000
        for detection in ("full", "usn", "dirsync"):
            with self.subTest(detection):
                self.domain.dir_sync = detection == "dirsync"
                self.domain.unreadable = set()
                self.daemon.write(domains=[{**self.responder.settings(), "change_detection": detection}],
                                  scope={"organizational_units": [self.domain.unit], "groups": ["team@corp.example.com"]})
                self.daemon.once("--full")
                before = self.daemon.state()["memberships"]
                self.assertEqual(len(before), 400)
                self.domain.unreadable = {"member"}
                self.domain.set(self.group, "description", f"edited, {detection}")
                self.responder.rewind()
                self.daemon.once("--full")
                self.assertEqual(self.daemon.state()["memberships"], before)
                # Behind the read: four batches of members, and the group itself.
                asked = "/".join(self.responder.asked).rpartition("root DSE/")[2].split("/")
                self.assertEqual(asked, ["look-up"] * (4 + 1))


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


class Ranges(ResponderCase):
    """Windows gives 1,500 values at most, beside an empty `member` (semantics 6.3)."""

    def setUp(self):
        self.served(users=20, max_page_size=1000)
        self.people = [self.domain.add_user(f"many{i:04d}") for i in range(4000)]
        self.big = self.domain.add_group("big", self.people)
        self.daemon.write(domains=[self.responder.settings()], scope={"groups": ["big@corp.example.com"]})

    def members(self):
        return self.daemon.members("big@corp.example.com")

    def expected(self):
        return {f"{self.domain.entries[guid].first_values('cn')[0].decode()}@corp.example.com" for guid in self.big.members}

    def test_all_members_arrive(self):
        for count in (1499, 1500, 1501, 2999, 3000, 3001, 4000):
            with self.subTest(count=count):
                self.domain.set_members(self.big, self.people[:count])
                self.daemon.once("--full")
                self.assertEqual(len(self.members()), count)
        self.assertEqual(self.responder.asked.count("members"), 0 + 0 + 2 + 2 + 3 + 3 + 3)

    def test_the_group_changes_between_two_ranges(self):
        def leaves_and_joins():
            self.domain.set_members(self.big, self.people[1:3500] + self.people[3600:])
        self.responder.faults = [Fault("members", script.meanwhile(leaves_and_joins), times=1)]
        self.daemon.once()
        self.assertEqual(self.members(), self.expected())
        self.assertEqual(len(self.members()), 3899)

    def test_the_group_changes_behind_what_was_read(self):
        """No value moves to another place: only the USN tells."""
        def one_for_another():
            self.domain.set_members(self.big, [self.domain.named("user000"), *self.people[1:]])
        self.responder.faults = [Fault("members", script.meanwhile(one_for_another), times=1)]
        self.daemon.once()
        self.assertEqual(self.members(), self.expected())

    def test_a_member_is_deleted_between_two_ranges(self):
        """The group's USN does not tell."""
        self.responder.faults = [Fault("members", script.meanwhile(lambda: self.domain.delete(self.people[3])), times=1)]
        self.daemon.once()
        self.assertEqual(self.members(), self.expected())
        self.assertEqual(len(self.members()), 3999)

    def test_the_group_never_rests(self):
        self.daemon.once()
        state = self.daemon.state()
        self.responder.faults = [Fault("members", script.meanwhile(lambda: self.domain.touch(self.big)))]
        self.daemon.once("--full", expect=75)
        self.assertEqual(self.daemon.state(), state)
        self.responder.faults = []
        self.daemon.once("--full")
        self.assertEqual(self.daemon.state(), state)

    def test_the_group_shrinks_or_goes_between_two_ranges(self):
        self.daemon.once()
        self.responder.faults = [Fault("members", script.meanwhile(
            lambda: self.domain.set_members(self.big, self.people[:1200])), times=1)]
        self.daemon.once("--full", expect=None)
        self.assertIn(len(self.members()), (4000, 1200))
        self.daemon.once("--full", expect=None)
        self.domain.set_members(self.big, self.people)
        self.daemon.once("--full")
        self.assertEqual(len(self.members()), 4000)
        self.responder.faults = [Fault("members", script.meanwhile(lambda: self.domain.delete(self.big)), times=1)]
        self.daemon.once("--full", expect=None)
        self.responder.faults = []
        self.daemon.once(expect=0)
        self.assertEqual(self.daemon.sql("SELECT * FROM v1_groups WHERE display_name LIKE 'big@%'"), [])
        users = [row for row in self.daemon.users().values() if row["user_name"].startswith("many")]
        self.assertEqual(({row["scope"] for row in users}, {row["status"] for row in users}), ({"out"}, {"ENABLED"}))

    def test_a_range_that_was_not_asked_for(self):
        self.daemon.once()
        state = self.daemon.state()
        def other_range(data):
            name = b"member;range=1499-2998"
            at = bytes(data).index(name)
            data[at:at + len(name)] = b"member;range=1500-2999"
        def fewer_values(connection, message_id, pdu):
            connection.write(ber.message(message_id, ber.entry(script.ENTRY, self.domain.dn_value(self.big.guid, True), [
                ("member;range=0-1499", [self.domain.dn_value(p.guid, True) for p in self.people[:700]]),
                ("uSNChanged", self.big.first_values("uSNChanged"))])))
            return True
        self.responder.faults = [Fault("members", fewer_values, at=0)]
        self.daemon.once("--full", expect=75)
        self.assertEqual(self.daemon.state(), state)
        def shifted(connection, message_id, pdu):
            if b"member;range=1499-2998" not in pdu:
                return False
            return script.mangled(other_range)(connection, message_id, pdu)
        self.responder.faults = [Fault("members", shifted)]
        self.daemon.once("--full", expect=75)
        self.assertEqual(self.daemon.state(), state)


if __name__ == "__main__":
    unittest.main()
