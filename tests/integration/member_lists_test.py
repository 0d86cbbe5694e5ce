"""A list of members that shows nobody any more is no evidence (semantics 5.15)."""
import contextlib
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402

MODES = ("full", "usn", "dirsync")


class MemberLists(lab.LabCase):
    lab_settings = {"ip": "127.0.1.22", "seed": ("--users", "60")}

    def group(self, name, count):
        """A group of so many users who are in no other group: its DN, and theirs."""
        self.lab.mutate("create-group", name)
        users = [f"{name}{i}" for i in range(count)]
        dns = [self.lab.mutate("create-user", user, f"userPrincipalName={self.at(user)}")["dn"] for user in users]
        self.lab.mutate("add-member", name, *users)
        return self.lab.mutate("set", name, "description=made")["dn"], dns

    def synced(self, name, detection):
        daemon = self.dirsyncd(detection=detection, scope={"groups": [self.at(name)]})
        daemon.once()
        return daemon

    def denied_membership(self, stack, dns):
        for dn in dns:
            stack.enter_context(self.lab.denied(dn, rights="RP", attribute="memberOf", below=False))

    def test_a_lost_right_on_member_empties_no_group(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                name = "lost" + mode
                group, _ = self.group(name, 8)
                daemon = self.synced(name, mode)
                before = daemon.members(self.at(name))
                self.assertEqual(len(before), 8)
                with self.lab.denied(group, rights="RP", attribute="member", below=False):
                    for args in ((), ("--full",), ("--full",)):
                        done = daemon.once(*args)
                        self.assertEqual(daemon.members(self.at(name)), before)
                    self.assertIn("member of 1 group lacks some whose memberOf names the group", done.stdout + done.stderr)
                    # Who really leaves meanwhile says so by memberOf.
                    self.lab.mutate("remove-member", name, name + "0")
                    daemon.once("--full")
                    self.assertEqual(daemon.members(self.at(name)), before - {self.at(name + "0")})
                self.assertNotIn("warning: ", daemon.once("--full").stdout)
                self.assertEqual(len(daemon.members(self.at(name))), 7)
                daemon.check()

    def test_a_group_of_three_that_was_emptied_is_empty_at_once(self):
        for mode in MODES:
            for args in ((), ("--full",)):
                with self.subTest(mode=mode, args=args):
                    name = "three" + mode + str(len(args))
                    self.group(name, 3)
                    daemon = self.synced(name, mode)
                    self.assertEqual(len(daemon.members(self.at(name))), 3)
                    self.lab.mutate("remove-member", name, *(f"{name}{i}" for i in range(3)))
                    daemon.once(*args)
                    self.assertEqual(daemon.members(self.at(name)), set())

    def test_with_member_and_member_of_denied_a_person_decides(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                name = "both" + mode
                group, users = self.group(name, 3)
                daemon = self.synced(name, mode)
                before = daemon.members(self.at(name))
                with contextlib.ExitStack() as stack:
                    self.denied_membership(stack, users)
                    stack.enter_context(self.lab.denied(group, rights="RP", attribute="member", below=False))
                    done = daemon.once("--full", expect=3)
                    self.assertIn("no proof that they left the group", done.stdout)
                    self.assertEqual(daemon.members(self.at(name)), before)
                    hold, = self.held(done)
                    self.assertEqual(self.held(daemon.once(expect=3)), [hold])  # the same id in another process
                    self.assertEqual(daemon.members(self.at(name)), before)
                daemon.once()  # the rights are back: nobody has to decide any more
                self.assertEqual(daemon.members(self.at(name)), before)
                with contextlib.ExitStack() as stack:
                    self.denied_membership(stack, users)
                    stack.enter_context(self.lab.denied(group, rights="RP", attribute="member", below=False))
                    hold, = self.held(daemon.once("--full", expect=3))
                    daemon.once("--approve", hold)
                    self.assertEqual(daemon.members(self.at(name)), set())
                    daemon.once("--full")
                self.lab.mutate("set", name, f"description=after {mode}")
                daemon.once("--full")
                self.assertEqual(daemon.members(self.at(name)), before)
                daemon.check()

    def held(self, done):
        return [line.split()[1].rstrip(":") for line in done.stdout.splitlines() if line.startswith("held ")]

    def test_where_no_member_of_can_be_read_lists_still_count(self):
        name = "hardened"
        group, users = self.group(name, 3)
        daemon = self.synced(name, "usn")
        with contextlib.ExitStack() as stack:
            self.denied_membership(stack, users)
            self.lab.mutate("remove-member", name, *(f"{name}{i}" for i in range(3)))
            daemon.once()
            self.assertEqual(daemon.members(self.at(name)), set())


if __name__ == "__main__":
    unittest.main()
