"""What changes in Active Directory arrives in the store, cycle by cycle."""
import json
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402


class Changes(lab.LabCase):
    lab_settings = {"ip": "127.0.1.11", "seed": ("--users", "60")}

    def setUp(self):
        """A group and three users of this test's own, synced."""
        self.tag = self.id().rsplit("_", 1)[1][:8] + str(abs(hash(self.id())) % 1000)
        self.names = [f"{self.tag}{letter}" for letter in "abc"]
        for name in self.names:
            self.lab.mutate("create-user", name, f"mail={name}@example.com", f"userPrincipalName={self.at(name)}")
        self.group = f"{self.tag}g"
        self.lab.mutate("create-group", self.group)
        self.lab.mutate("add-member", self.group, *self.names)
        self.daemon = self.dirsyncd(scope={"groups": [self.at(self.group)]})
        self.daemon.once()
        self.before = {name: self.daemon.user(self.at(name)) for name in self.names}
        self.seq = self.last_seq()
        self.assertEqual(len(self.daemon.members(self.at(self.group))), 3)

    def last_seq(self):
        return self.daemon.sql("SELECT max(seq) AS n FROM v1_changes")[0]["n"]

    def actions(self):
        return [(row["action"], row["name"]) for row in self.daemon.sql(
            "SELECT action, name FROM v1_changes WHERE seq > ? ORDER BY seq", self.seq)]

    def test_renames_and_moves_keep_the_id(self):  # semantics 3.1
        a, b, _ = self.names
        self.lab.mutate("set", a, f"userPrincipalName={self.at(self.tag + 'new')}")
        self.lab.mutate("rename-move", b, "Somebody, Else", "OU=Odd,OU=Lab," + self.lab.base)
        self.lab.mutate("set", b, f"sAMAccountName={b}x", "displayName=Müller, \"Q\" #1")
        self.daemon.once()
        self.assertEqual(self.daemon.user(self.at(self.tag + "new"))["user_id"], self.before[a]["user_id"])
        moved = self.daemon.user(self.at(b))
        self.assertEqual(moved["user_id"], self.before[b]["user_id"])
        self.assertEqual(moved["display_name"], 'Müller, "Q" #1')
        self.assertEqual({action for action, _ in self.actions()}, {"update"})

    def test_disabled_and_enabled(self):  # semantics 3.7
        name = self.names[0]
        self.lab.mutate("disable", name)
        self.daemon.once()
        self.assertEqual(self.daemon.user(self.at(name))["status"], "DISABLED")
        self.assertEqual(len(self.daemon.members(self.at(self.group))), 3)
        self.lab.mutate("enable", name)
        self.lab.mutate("set", self.names[1], "accountExpires=132000000000000000")
        self.daemon.once()
        self.assertEqual(self.daemon.user(self.at(name))["status"], "ENABLED")
        self.assertEqual(self.daemon.user(self.at(self.names[1]))["status"], "DISABLED")

    def test_deleted_recreated_undeleted(self):  # semantics 4.1, 4.2, 4.3
        a, b, _ = self.names
        self.lab.mutate("delete", a)
        self.lab.mutate("delete", b)
        self.daemon.once()
        self.assertIsNone(self.daemon.user(self.at(a)))
        self.assertEqual(sorted(self.actions()), sorted(
            [("remove_member", self.at(self.group)), ("delete", self.at(a)),
             ("remove_member", self.at(self.group)), ("delete", self.at(b))]))
        self.lab.mutate("create-user", a, f"userPrincipalName={self.at(a)}")
        self.lab.mutate("add-member", self.group, a)
        self.lab.mutate("undelete", b)
        self.lab.mutate("set", b, f"userPrincipalName={self.at(b)}")
        self.lab.mutate("add-member", self.group, b)
        self.daemon.once()
        self.assertNotEqual(self.daemon.user(self.at(a))["user_id"], self.before[a]["user_id"])
        self.assertEqual(self.daemon.user(self.at(b))["user_id"], self.before[b]["user_id"])
        self.daemon.check()

    def test_out_of_scope_and_back(self):  # semantics 4.4
        name = self.names[0]
        self.lab.mutate("remove-member", self.group, name)
        self.daemon.once()
        row = self.daemon.user(self.at(name))
        self.assertEqual((row["scope"], row["status"]), ("out", "ENABLED"))
        self.assertIsNotNone(row["out_since"])
        self.lab.mutate("add-member", self.group, name)
        self.daemon.once()
        row = self.daemon.user(self.at(name))
        self.assertEqual((row["scope"], row["out_since"], row["user_id"]), ("in", None, self.before[name]["user_id"]))

    def test_nesting(self):  # semantics 2.3
        inner = self.tag + "i"
        self.lab.mutate("create-group", inner, "scope=universal")
        self.lab.mutate("create-user", self.tag + "n", f"userPrincipalName={self.at(self.tag + 'n')}")
        self.lab.mutate("add-member", inner, self.tag + "n")
        self.lab.mutate("set", self.group, "groupType=-2147483640")
        self.lab.mutate("nest", self.group, inner)
        self.daemon.once()
        self.assertIn(self.at(self.tag + "n"), self.daemon.members(self.at(self.group)))
        self.assertEqual(self.daemon.members(self.at(inner)), {self.at(self.tag + "n")})
        self.lab.mutate("remove-member", self.group, inner)
        self.daemon.once()
        self.assertNotIn(self.at(self.tag + "n"), self.daemon.members(self.at(self.group)))

    def test_attributes_cleared_and_unmapped(self):  # semantics 3.6
        name = self.names[0]
        self.lab.mutate("set", name, "title=Director")
        self.daemon.once()
        self.assertEqual(self.last_seq(), self.seq)
        self.lab.mutate("unset", name, "mail")
        self.daemon.once()
        self.assertEqual(self.daemon.user(self.at(name))["email"], "")

    def test_conflict_is_listed_and_healed(self):  # semantics 3.5, 5.5
        a, b, _ = self.names
        self.lab.mutate("set", b, f"mail={a.upper()}@EXAMPLE.COM", "displayName=Renamed")
        done = self.daemon.once()
        self.assertIn("errors", done.stdout)
        errors = self.daemon.sql("SELECT * FROM v1_entity_errors")
        self.assertEqual([(e["code"], e["name"]) for e in errors], [("ConflictError", self.at(b))])
        self.assertIn(self.at(a), errors[0]["message"])
        self.assertEqual(self.daemon.user(self.at(b))["email"], f"{b}@example.com")
        self.lab.mutate("set", b, f"mail=other{b}@example.com")
        self.daemon.once()
        self.assertEqual(self.daemon.sql("SELECT * FROM v1_entity_errors"), [])
        self.assertEqual(self.daemon.user(self.at(b))["display_name"], "Renamed")

    def test_a_scope_name_is_pinned(self):  # semantics 2.7, 2.8
        name = self.names[0]
        daemon = self.dirsyncd(scope={"users": [self.at(name), self.at("nobody." + name)]})
        done = daemon.once()
        self.assertIn("names nothing", done.stdout)
        self.lab.mutate("set", name, f"userPrincipalName={self.at(name + 'moved')}", f"sAMAccountName={name}m")
        self.lab.mutate("create-user", name, f"cn={name} the second", f"userPrincipalName={self.at(name)}")
        daemon.once()
        self.assertEqual([row["user_name"] for row in daemon.users().values()], [self.at(name + "moved")])

    def test_a_pinned_name_resolves_anew_only_after_a_deletion(self):  # semantics 2.8
        name = self.names[0]
        daemon = self.dirsyncd(scope={"users": [self.at(name)]})
        daemon.once()
        self.lab.mutate("set", name, f"userPrincipalName={self.at(name + 'old')}", f"sAMAccountName={name}o")
        self.lab.mutate("create-user", name, f"cn={name} the second", f"userPrincipalName={self.at(name)}")
        self.lab.mutate("delete", name + "o")
        done = daemon.once()
        self.assertIn(self.at(name), done.stdout)
        self.assertRegex(done.stdout, "(?i)warning: .*deleted")
        daemon.once()
        row = daemon.user(self.at(name))
        self.assertEqual([u["user_name"] for u in daemon.users().values()], [self.at(name)])
        self.assertNotEqual(row["external_id"], self.before[name]["external_id"])

    def test_groups_renamed_nested_and_deleted(self):  # semantics 3.1, 4.1, 5.10
        inner = self.tag + "i"
        self.lab.mutate("create-group", inner, "description=within")
        self.lab.mutate("add-member", inner, self.names[0])
        self.lab.mutate("nest", self.group, inner)
        self.daemon.once()
        group_id = self.daemon.sql("SELECT group_id FROM v1_groups WHERE display_name = ?", self.at(inner))[0]["group_id"]
        self.lab.mutate("set", inner, f"sAMAccountName={inner}n", "description=renamed")
        self.daemon.once()
        row = self.daemon.sql("SELECT * FROM v1_groups WHERE group_id = ?", group_id)[0]
        self.assertEqual((row["display_name"], row["description"]), (self.at(inner + "n"), "renamed"))
        self.assertEqual(self.daemon.members(self.at(inner + "n")), {self.at(self.names[0])})
        self.seq = self.last_seq()
        self.lab.mutate("delete", inner + "n")
        self.daemon.once()
        self.assertEqual(self.actions(), [("remove_member", self.at(inner + "n")), ("delete", self.at(inner + "n"))])
        self.assertEqual(len(self.daemon.members(self.at(self.group))), 3)

    def test_names_that_are_handed_on(self):  # semantics 3.5
        a, b, c = self.names
        # No two names in AD may be alike at any moment, and none may be another's sAMAccountName.
        def call(name, to):
            self.lab.mutate("set", name, f"userPrincipalName={self.at(self.tag + to)}", f"mail={self.tag}{to}@example.com")
        for name, to in ((a, "one"), (b, "two"), (c, "three")):
            call(name, to)
        self.daemon.once()
        for name, to in ((c, "other"), (b, "three"), (a, "two"), (c, "one")):
            call(name, to)
        self.daemon.once()
        for name, to in ((a, "two"), (b, "three"), (c, "one")):
            row = self.daemon.user(self.at(self.tag + to))
            self.assertEqual((row["user_id"], row["email"]), (self.before[name]["user_id"], f"{self.tag}{to}@example.com"))
        self.assertEqual(self.daemon.sql("SELECT * FROM v1_entity_errors"), [])
        self.lab.mutate("delete", a)  # and the name of one who is gone is free at once
        call(c, "two")
        self.daemon.once()
        self.assertEqual(self.daemon.user(self.at(self.tag + "two"))["user_id"], self.before[c]["user_id"])
        self.assertEqual(len(self.daemon.users()), 2)

    def test_leavers_outside_the_scope(self):  # semantics 4.4
        a, b, _ = self.names
        self.lab.mutate("remove-member", self.group, a, b)
        self.lab.mutate("disable", a)
        self.daemon.once()
        self.assertEqual([(self.daemon.user(self.at(n))["scope"], self.daemon.user(self.at(n))["status"]) for n in (a, b)],
                         [("out", "DISABLED"), ("out", "ENABLED")])
        self.lab.mutate("set", b, "displayName=not followed")
        self.lab.mutate("enable", a)
        self.daemon.once()
        self.assertEqual(self.daemon.user(self.at(a))["status"], "ENABLED")
        self.assertEqual(self.daemon.user(self.at(b))["display_name"], self.before[b]["display_name"])
        self.lab.mutate("delete", b)
        self.daemon.once()
        self.assertIsNone(self.daemon.user(self.at(b)))

    def test_clocks_run_out(self):  # semantics 4.4, 4.6
        a = self.names[0]
        clock = {"lifecycle": {"out_of_scope": {"disable_after": "2s", "delete_after": "never"}}, "safety": {"allow_short": True}}
        scope = {"groups": [self.at(self.group)], "users": [self.at(self.names[2])]}
        self.daemon.write(scope=scope, extra=clock)
        self.lab.mutate("remove-member", self.group, a)
        self.daemon.once()
        self.assertEqual(self.daemon.user(self.at(a))["status"], "ENABLED")
        time.sleep(2.1)
        self.daemon.once()  # nothing changed in the directory
        self.assertEqual(self.daemon.user(self.at(a))["status"], "DISABLED")
        self.lab.mutate("add-member", self.group, a)
        self.daemon.once()
        row = self.daemon.user(self.at(a))
        self.assertEqual((row["status"], row["scope"], row["out_since"]), ("ENABLED", "in", None))
        self.daemon.write(scope={"users": scope["users"]}, extra=clock)  # the group leaves: frozen, then emptied
        self.daemon.once()
        self.assertEqual(len(self.daemon.members(self.at(self.group))), 3)
        time.sleep(2.1)
        self.daemon.once()
        self.assertEqual(self.daemon.members(self.at(self.group)), set())
        self.assertEqual([self.daemon.user(self.at(n))["status"] for n in self.names], ["DISABLED", "DISABLED", "ENABLED"])

    def test_an_account_expires(self):  # semantics 4.6
        soon = int((time.time() + 3 + 11644473600) * 10**7)
        self.lab.mutate("set", self.names[0], f"accountExpires={soon}")
        self.daemon.once()
        self.assertEqual(self.daemon.user(self.at(self.names[0]))["status"], "ENABLED")
        time.sleep(3)
        self.daemon.once()
        self.assertEqual(self.daemon.user(self.at(self.names[0]))["status"], "DISABLED")

    def test_another_mapping_is_read_in_full(self):  # semantics 1.6, 3.3
        a = self.names[0]
        self.lab.mutate("set", a, "givenName=Ada", "sn=Lovelace", "department=Engines", f"proxyAddresses=smtp:z{a}@x.org",
                        f"proxyAddresses=SMTP:{a}@x.org")
        self.daemon.write(scope={"groups": [self.at(self.group)]}, extra={"attribute_mappings": {"user": {
            "displayName": "${sn|upper}, ${givenName}", "email": ["${pager}", "${proxyAddresses:SMTP}", "${mail}"],
            "costCentre": "${department}"}}})
        self.daemon.once()
        row = self.daemon.user(self.at(a))
        self.assertEqual((row["display_name"], row["email"]), ("LOVELACE, Ada", f"{a}@x.org"))
        self.assertEqual(json.loads(row["attributes"]), {"costCentre": "Engines"})
        self.assertEqual(self.daemon.user(self.at(self.names[1]))["email"], f"{self.names[1]}@example.com")

    def test_a_plan_is_what_the_run_writes(self):  # semantics 5.4
        a, b, c = self.names
        self.lab.mutate("disable", a)
        self.lab.mutate("delete", b)
        self.lab.mutate("set", c, "givenName=Zoë")
        state = self.daemon.state()
        plan = self.daemon.once("--dry-run", expect=2)
        self.assertEqual(self.daemon.state(), state)
        self.daemon.once()
        lines = [line for line in plan.stdout.splitlines() if line.startswith("would ")]
        self.assertEqual(len(lines), len(self.actions()))
        for action, name in self.actions():
            word = {"remove_member": "remove", "add_member": "add"}.get(action, action)
            self.assertTrue(any(line.startswith(f"would {word}") and name in line for line in lines), (action, name))
        self.daemon.once("--dry-run", expect=0)


class UnitRename(lab.LabCase):
    lab_settings = {"ip": "127.0.1.11", "seed": ("--users", "60")}

    def test_a_renamed_and_moved_unit_keeps_its_users(self):  # semantics 2.8
        unit = "OU=Research,OU=People,OU=Lab," + self.lab.base
        daemon = self.dirsyncd(scope={"organizational_units": [unit]})
        daemon.once()
        before = daemon.users()
        self.assertTrue(before)
        self.lab.mutate("rename-move", unit, "R&D, new", "OU=Empty,OU=Lab," + self.lab.base)
        done = daemon.once()
        self.assertIn("nothing to do", done.stdout)
        self.assertEqual({guid: row["user_id"] for guid, row in daemon.users().items()},
                         {guid: row["user_id"] for guid, row in before.items()})
        changes = json.dumps(daemon.sql("SELECT action FROM v1_changes WHERE action <> 'create'"))
        self.assertEqual(changes, "[]")


if __name__ == "__main__":
    unittest.main()
