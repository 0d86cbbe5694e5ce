"""Lists of members as a server gives them that hides them, shows a part of them, or changes them while they are read. Nobody
is removed from a group, and the next good read puts things right."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import ber  # noqa: E402
import ldap_responder as script  # noqa: E402
from ldap_responder import Fault  # noqa: E402
from responder_case import ResponderCase  # noqa: E402


class HiddenLists(ResponderCase):
    """Success without the members who are there."""

    def setUp(self):
        self.served()

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
