"""Changes are followed by DirSync and by uSNChanged, on a server that does what no Samba can be made to do: rounds without
end in sight, cookies refused, member lists that come whole."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402
import ldap_responder as script  # noqa: E402
from ldap_responder import Domain, Fault, Responder  # noqa: E402

WHOLE = {"users", "groups"}


class FollowCase(unittest.TestCase):
    dir_sync = True

    def setUp(self):
        self.domain = Domain(users=40)
        self.domain.dir_sync = self.dir_sync
        self.group = self.domain.add_group("team", [self.user(i) for i in range(20)])
        self.responder = Responder(self.domain, max_page_size=25)
        self.addCleanup(self.responder.close)
        self.daemon = lab.Dirsyncd()
        self.addCleanup(self.daemon.purge)
        self.write()
        self.daemon.once()
        self.responder.rewind()

    def write(self, **more):
        self.daemon.write(domains=[{**self.responder.settings(), **more}],
                          scope={"organizational_units": [self.domain.unit], "groups": ["team@corp.example.com"]})

    def user(self, number):
        return self.domain.named(f"user{number:03d}")

    def mail(self, number):
        return self.daemon.user(f"user{number:03d}@corp.example.com")["email"]

    def asked(self, *arguments, **expected):
        """The kinds of requests of one cycle."""
        self.responder.rewind()
        self.daemon.once(*arguments, **expected)
        return list(self.responder.asked)

    def followed(self):
        """One cycle that reads no more than it must, after which a full read finds nothing left to do."""
        asked = self.asked()
        self.assertFalse(WHOLE & set(asked) if self.dir_sync else False, asked)
        state = self.daemon.state()
        self.daemon.once("--full")
        self.assertEqual(self.daemon.state(), state)
        return asked

    def in_team(self, number):
        return f"user{number:03d}@corp.example.com" in self.daemon.members("team@corp.example.com")


class PutBack:
    """An image of the domain controller, put back under the same invocation id."""

    def test_a_domain_controller_put_back_is_not_believed_when_its_numbers_grow(self):  # semantics 5.16
        self.domain.set(self.user(1), "userAccountControl", 514)
        self.followed()
        state = self.daemon.state()
        self.domain.usn -= 500
        self.domain.set(self.user(1), "userAccountControl", 512)
        self.assertIn("put back to an earlier state", self.daemon.once(expect=75).stderr)
        runs = self.daemon.sql("SELECT count(*) AS n FROM v1_runs")
        self.domain.usn += 5000
        for more in ((), ("--full",)):
            self.assertIn("under the same invocation id", self.daemon.once(*more, expect=75).stderr)
        self.assertEqual(self.daemon.sql("SELECT count(*) AS n FROM v1_runs"), runs)
        self.assertEqual(self.daemon.state(), state)
        self.write(lost_invocation_ids=[str(self.domain.invocation_id())])
        self.daemon.once()
        self.assertEqual(self.daemon.user("user001@corp.example.com")["status"], "ENABLED")
        self.write()
        self.domain.set(self.user(2), "mail", "after@example.com")
        self.followed()
        self.assertEqual(self.mail(2), "after@example.com")


class Restored:
    """What comes back where there is a Recycle Bin, by each way to follow changes. No memberOf can be read here."""

    def test_memberships_come_back_without_a_word_from_the_group(self):  # semantics 4.3
        user = self.user(5)
        before = self.daemon.user("user005@corp.example.com")
        self.domain.delete(user)
        self.followed()
        self.assertIsNone(self.daemon.user("user005@corp.example.com"))
        self.domain.restore(user, [self.group])
        self.assertIn("groups of", self.followed())
        self.assertEqual(self.daemon.user("user005@corp.example.com")["user_id"], before["user_id"])
        self.assertTrue(self.in_team(5))

    def test_deleted_and_back_between_two_cycles(self):  # semantics 4.1, 4.3
        for number, groups in ((5, []), (6, [self.group])):
            user = self.user(number)
            self.domain.delete(user)
            self.domain.restore(user, groups)
        users = {row["user_id"] for row in self.daemon.users().values()}
        self.followed()
        self.assertEqual({row["user_id"] for row in self.daemon.users().values()}, users)
        self.assertEqual([self.in_team(number) for number in (4, 5, 6)], [True, False, True])

    def test_back_and_unreadable_is_no_deletion(self):  # semantics 3.4, 5.2
        user, good = self.user(5), self.user(5).first_values("userAccountControl")[0].decode()
        self.domain.delete(user)
        self.domain.restore(user, [self.group])
        self.domain.set(user, "userAccountControl", "none")
        state = self.daemon.state()
        self.daemon.once()
        self.assertEqual(self.daemon.state(), state)
        self.assertEqual(len(self.daemon.sql("SELECT * FROM v1_entity_errors")), 1)
        self.domain.set(user, "userAccountControl", good)
        self.followed()
        self.assertEqual(self.daemon.state(), state)
        self.assertEqual(self.daemon.sql("SELECT * FROM v1_entity_errors"), [])


class Contradiction:
    """isDeleted is TRUE, and the DN is that of a living object."""

    def test_a_living_name_that_is_said_to_be_deleted_removes_nobody(self):  # semantics 5.2
        state = self.daemon.state()
        self.domain.set(self.user(1), "isDeleted", "TRUE")
        for more in ((), ("--full",)):
            self.daemon.once(*more)
            self.assertEqual(self.daemon.state(), state)
            errors = self.daemon.sql("SELECT message FROM v1_entity_errors")
            self.assertIn("contradicts itself", errors[0]["message"])


class DirSync(Restored, PutBack, Contradiction, FollowCase):
    def test_users_and_groups_change(self):  # semantics 6.1
        self.domain.set(self.user(1), "mail", "new@example.com")
        self.domain.set_members(self.group, [self.user(i) for i in range(1, 22)])
        self.domain.delete(self.user(5))
        self.domain.add_user("user900")
        self.followed()
        self.assertEqual(self.mail(1), "new@example.com")
        members = self.daemon.members("team@corp.example.com")
        self.assertEqual(len(members), 20)
        self.assertIn("user021@corp.example.com", members)
        self.assertNotIn("user005@corp.example.com", members)
        self.assertNotIn("user005@corp.example.com", {row["user_name"] for row in self.daemon.users().values()})
        self.assertIn("user900@corp.example.com", {row["user_name"] for row in self.daemon.users().values()})

    def test_nothing_new_is_one_question(self):  # semantics 5.6
        state = self.daemon.state()
        asked = self.asked()
        self.assertEqual(asked.count("DirSync"), 1)
        self.assertNotIn("look-up", asked)
        self.assertFalse(WHOLE & set(asked))
        self.assertEqual(self.daemon.state(), state)

    def test_one_member_more_reads_no_other_member(self):  # semantics 6.5
        self.domain.set_members(self.group, [self.user(i) for i in range(21)])
        asked = self.asked()
        self.assertFalse({"members", *WHOLE} & set(asked), asked)
        self.assertEqual(asked.count("look-up"), 1, "for the group's uSNChanged (5.16)")
        self.assertEqual(len(self.daemon.members("team@corp.example.com")), 21)

    def test_many_rounds(self):
        self.responder.round_size = 3
        for i in range(20):
            self.domain.set(self.user(i), "mail", f"round{i}@example.com")
        self.assertEqual(self.followed().count("DirSync"), 7)
        self.assertEqual([self.mail(i) for i in (0, 19)], ["round0@example.com", "round19@example.com"])

    def test_a_cut_between_two_rounds(self):  # semantics 5.1
        self.responder.round_size = 3
        for i in range(20):
            self.domain.set(self.user(i), "mail", f"round{i}@example.com")
        state = self.daemon.state()
        def in_a_later_round(action):
            def act(connection, *message):
                later = connection.responder.asked[-2:] == ["DirSync", "DirSync"]
                return action(connection, *message) if later else False
            return act
        for number, action in enumerate((script.close, script.cut, script.result(51), script.cookie_beside_an_error)):
            for at in (0, 1):
                with self.subTest(action=number, at=at):
                    self.responder.faults = [Fault("DirSync", in_a_later_round(action), at=at)]
                    self.asked(expect=75)
                    self.assertEqual(self.daemon.state(), state)
        self.responder.faults = []
        self.followed()
        self.assertEqual(self.mail(19), "round19@example.com")

    def test_a_refused_cookie_means_a_full_read(self):  # semantics 6.6
        for code in (12, 53, 1, 80):
            with self.subTest(code=code):
                self.domain.set(self.user(1), "mail", f"code{code}@example.com")
                self.responder.faults = [Fault("DirSync", script.result(code, "no such cookie"), times=1)]
                asked = self.asked()
                self.assertTrue(WHOLE <= set(asked), asked)
                self.assertEqual(self.mail(1), f"code{code}@example.com")
                self.responder.faults = []
                self.followed()

    def test_member_lists_that_come_whole(self):
        self.responder.incremental_values = False
        self.domain.set_members(self.group, [self.user(i) for i in range(5, 25)])
        self.assertIn("look-up", self.followed())
        self.assertEqual(len(self.daemon.members("team@corp.example.com")), 20)
        self.assertNotIn("user000@corp.example.com", self.daemon.members("team@corp.example.com"))

    def test_a_renamed_unit_brings_the_containers(self):
        state = self.daemon.state()
        unit = next(e for e in self.domain.entries.values() if e.dn == self.domain.unit)
        self.domain.rename(unit, "OU=Renamed," + self.domain.base)
        self.assertIn("containers", self.followed())
        self.assertEqual(self.daemon.state()["memberships"], state["memberships"])

    def test_a_restored_domain_controller(self):  # semantics 5.16, 6.4
        self.domain.usn -= 500
        self.responder.rewind()
        self.assertIn("it was put back to an earlier state", self.daemon.once(expect=75).stderr)
        self.assertFalse(WHOLE & set(self.responder.asked))


class Usn(Restored, PutBack, Contradiction, FollowCase):
    dir_sync = False

    def test_users_and_groups_change(self):  # semantics 6.1
        self.domain.set(self.user(1), "mail", "new@example.com")
        self.domain.set_members(self.group, [self.user(i) for i in range(1, 22)])
        self.domain.delete(self.user(5))
        self.assertIn("deletions", self.followed())
        self.assertEqual(self.mail(1), "new@example.com")
        self.assertEqual(len(self.daemon.members("team@corp.example.com")), 20)

    def test_nothing_new_is_no_search(self):  # semantics 5.6
        self.assertFalse({"users", "groups", "containers", "deletions"} & set(self.asked()))

    def test_a_failed_search_is_no_evidence(self):  # semantics 5.1
        self.domain.set(self.user(1), "mail", "new@example.com")
        self.domain.delete(self.user(5))
        state = self.daemon.state()
        for kind in ("users", "groups", "deletions"):
            for action in (script.result(51), script.result(4), script.close):
                with self.subTest(kind=kind):
                    self.responder.faults = [Fault(kind, action)]
                    self.daemon.once(expect=75)
                    self.assertEqual(self.daemon.state(), state)
        self.responder.faults = []
        self.followed()
        self.assertEqual(self.mail(1), "new@example.com")

    def test_a_renamed_unit_brings_the_containers(self):
        unit = next(e for e in self.domain.entries.values() if e.dn == self.domain.unit)
        self.domain.rename(unit, "OU=Renamed," + self.domain.base)
        self.assertIn("containers", self.followed())

    def test_a_restored_domain_controller(self):  # semantics 5.16, 6.4
        self.domain.usn -= 500
        self.responder.rewind()
        self.assertIn("it was put back to an earlier state", self.daemon.once(expect=75).stderr)
        self.assertFalse(WHOLE & set(self.responder.asked))


if __name__ == "__main__":
    unittest.main()
