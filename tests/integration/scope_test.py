"""Every form in which an admin can name who is to be synced, on a real domain."""
import json
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402
import oracle  # noqa: E402


class Scope(lab.LabCase):
    lab_settings = {"ip": "127.0.1.18", "seed": ("--users", "120")}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.directory = oracle.Directory([cls.lab], time.time())

    def synced(self, scope):
        daemon = self.dirsyncd(scope=scope)
        daemon.done = daemon.once()
        daemon.check()
        return daemon

    def entry(self, kind, account):
        return next(entry for entry in kind.values() if entry["account"] == account)

    def accounts(self, daemon):
        return {self.directory.users[guid]["account"] for guid in daemon.users()}

    def test_each_form_of_a_users_name(self):  # semantics 2.1, 2.2
        users = [self.entry(self.directory.users, f"user{i:06d}") for i in range(20, 25)]
        self.lab.mutate("set", "user000024", "userPrincipalName=other.name@suffix.example.org")
        self.addCleanup(self.lab.mutate, "set", "user000024", f"userPrincipalName={users[4]['principal']}")
        forms = [self.at("USER000020"), "corp\\User000021", users[2]["dn"].upper(), "guid:" + users[3]["guid"].upper(),
                 "Other.Name@SUFFIX.example.org"]
        daemon = self.synced({"users": forms})
        self.assertEqual(self.accounts(daemon), {user["account"] for user in users})
        self.assertEqual(daemon.sql("SELECT * FROM v1_groups"), [])
        # The account's name goes on being a name for it.
        self.assertEqual(self.accounts(self.synced({"users": [self.at("user000024")]})), {"user000024"})

    def test_each_form_of_a_groups_name(self):  # semantics 2.1, 2.3
        leaf, odd = (self.entry(self.directory.groups, name) for name in ("diamond-leaf", "odd-group"))
        expected = self.directory.expected(groups=[self.at("diamond-leaf")])
        for form in (self.at("Diamond-Leaf"), "CORP\\diamond-leaf", leaf["dn"].lower(), "guid:" + leaf["guid"]):
            with self.subTest(form=form):
                daemon = self.synced({"groups": [form]})
                self.assertEqual((set(daemon.users()), [g["external_id"] for g in daemon.sql("SELECT * FROM v1_groups")]),
                                 (expected[0], [leaf["guid"]]))
        daemon = self.synced({"groups": [odd["dn"]]})
        self.assertEqual(daemon.members(self.at("odd-group")), {
            row["user_name"] for row in map(self.directory.row, expected[0])})

    def test_units_bring_users_and_no_groups(self):  # semantics 2.1
        odd = next(dn for dn, _ in self.lab.search(self.lab.base, "(ou=R&D*)", ["ou"]))
        inner = f"OU=Berlin,OU=Sales,OU=People,OU=Lab,{self.lab.base}"
        daemon = self.synced({"organizational_units": [odd, inner.upper(), "OU=Groups,OU=Lab," + self.lab.base]})
        self.assertEqual(set(daemon.users()), self.directory.expected(units=[odd, inner])[0])
        self.assertIn("oddinou", self.accounts(daemon))
        self.assertEqual(daemon.sql("SELECT * FROM v1_groups"), [])

    def test_primary_groups_count_unless_told_otherwise(self):  # semantics 2.5
        name = self.at("primary-other")
        for primary in (True, False):
            daemon = self.synced({"groups": [name], "primary_group": primary})
            self.assertEqual(len(daemon.members(name)), 10 if primary else 0)
        daemon = self.synced({"groups": [self.at("Domain Users")]})
        self.assertEqual(set(daemon.users()), self.directory.expected(groups=[self.at("Domain Users")])[0])
        self.assertGreater(len(daemon.users()), 100)

    def test_exclusions_win(self):  # semantics 2.1
        unit = "OU=Lab," + self.lab.base
        excluded = self.entry(self.directory.users, "user000000")
        daemon = self.synced({
            "organizational_units": [unit], "users": [excluded["principal"]], "groups": [self.at("cycle-a")],
            "user_filters": [{"domain": self.lab.realm, "filter": "(sAMAccountName=user000000)"}],
            "exclude": {"users": ["guid:" + excluded["guid"]], "groups": ["CORP\\cycle-b"]}})
        users, memberships = self.directory.expected(
            units=[unit], groups=[self.at("cycle-a")], exclude_users=[excluded["principal"]],
            exclude_groups=[self.at("cycle-b")])
        self.assertEqual(set(daemon.users()), users)
        self.assertNotIn(excluded["guid"], users)
        self.assertEqual({g["external_id"] for g in daemon.sql("SELECT * FROM v1_groups")}, set(memberships))

    def test_files_of_scope_d_add_up(self):
        daemon = self.dirsyncd(scope={"users": [self.at("user000001")]})
        folder = daemon.dir / "scope.d"
        folder.mkdir()
        (folder / "10-more.yaml").write_text(f"users: ['{self.at('user000002')}', '{self.at('user000003')}']\n")
        (folder / "20-less.yaml").write_text(f"exclude: {{users: ['{self.at('user000003')}']}}\n")
        (folder / ".draft.yaml").write_text("broken: [\n")
        daemon.once()
        self.assertEqual(self.accounts(daemon), {"user000001", "user000002"})
        (folder / "20-less.yaml").write_text("exclud: {}\n")
        refused = daemon.once(expect=78)
        self.assertRegex(refused.stderr, r"20-less\.yaml:1:1: .*exclud")
        self.assertEqual(self.accounts(daemon), {"user000001", "user000002"})

    def test_what_names_nothing_is_a_warning(self):  # semantics 2.7, 2.9
        nothing = [self.at("no.such.user"), "CORP\\nobody", f"CN=Nobody,OU=Lab,{self.lab.base}",
                   "guid:00000000-0000-4000-8000-000000000001"]
        daemon = self.synced({"users": [*nothing, self.at("user000004")], "groups": [self.at("no-such-group")],
                              "organizational_units": ["OU=Nowhere," + self.lab.base],
                              "exclude": {"users": [self.at("not.there.either")]}})
        self.assertEqual(self.accounts(daemon), {"user000004"})
        warnings = [line for line in daemon.done.stdout.splitlines() if "names nothing" in line]
        for name in (*nothing, self.at("no-such-group"), "OU=Nowhere"):
            self.assertEqual(sum(name in line for line in warnings), 1, (name, warnings))
        self.assertEqual(self.accounts(self.synced({"users": []})), set())

    def test_a_user_is_not_a_group_nor_a_computer_a_user(self):  # semantics 2.4
        daemon = self.synced({"users": [self.at("diamond-top"), self.at("PC00000$")], "groups": [self.at("user000001")]})
        self.assertEqual((daemon.users(), daemon.sql("SELECT * FROM v1_groups")), ({}, []))
        self.assertEqual(daemon.done.stdout.count("names nothing"), 3)

    def test_an_attribute_of_ones_own(self):  # semantics 3.3
        daemon = self.dirsyncd(scope={"groups": [self.at("diamond-leaf")]}, extra={"attribute_mappings": {
            "user": {"userName": "${sAMAccountName|upper}", "place": ["${pager}", "${l} (${c|lower})"], "middleName": []},
            "group": {"displayName": "${domain}/${cn}", "kind": "group"}}})
        daemon.once()
        self.assertTrue(daemon.users())
        for guid, row in daemon.users().items():
            user = self.directory.users[guid]
            self.assertEqual(row["user_name"], user["account"].upper())
            place = f"{oracle.first(user['values'], 'l')} ({oracle.first(user['values'], 'c').lower()})"
            self.assertEqual(json.loads(row["attributes"]), {"place": place})
        group = daemon.sql("SELECT display_name, attributes FROM v1_groups")[0]
        self.assertEqual((group["display_name"], json.loads(group["attributes"])),
                         (f"{self.lab.realm}/diamond-leaf", {"kind": "group"}))


if __name__ == "__main__":
    unittest.main()
