"""The built-in directory: an admin's commands, the journal and the views, on the real programs and a real store. No
directory server is needed, and none is there."""
import json
import pathlib
import signal
import sys
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402


class BuiltInCase(unittest.TestCase):
    def setUp(self):
        self.daemon = lab.Dirsyncd()
        self.addCleanup(self.daemon.purge)
        self.configure()
        self.daemon.start()

    def configure(self, **extra):
        self.daemon.config.write_text(json.dumps({
            "store": {"sqlite": {"path": str(self.daemon.store)}},
            "control": {"socket": str(self.daemon.socket)}, **extra}))

    def ctl(self, line, *more, expect=0):
        return self.daemon.ctl(*line.split(), *more, expect=expect)

    def refused(self, line, *more):
        """The sentence of a command that is refused."""
        done = self.ctl(line, *more, expect=64)
        self.assertEqual(done.stdout, "")
        return done.stderr

    def file(self, name, text):
        path = self.daemon.dir / name
        path.write_text(text, encoding="utf-8", newline="")
        return str(path)

    def changes(self, since=0):
        return [(row["action"], row["object_type"], row["name"]) for row in
                self.daemon.sql("SELECT * FROM v1_changes WHERE seq > ? ORDER BY seq", since)]

    def last_seq(self):
        return self.daemon.sql("SELECT coalesce(max(seq), 0) AS seq FROM v1_changes")[0]["seq"]

    def runs(self):
        return self.daemon.sql("SELECT * FROM v1_runs WHERE kind = 'admin' ORDER BY run_id")

    def rows(self, view):
        return self.daemon.sql(f"SELECT * FROM {view}")


class Users(BuiltInCase):
    def test_a_fresh_store_is_the_built_in_directory(self):
        source = self.daemon.ctl_json("source", "show")[0]
        self.assertEqual((source["type"], source["state"]), ("directory", "active"))
        status = self.daemon.ctl_json("status")
        self.assertEqual(status["source"]["type"], "directory")
        self.assertIsNone(status["next_run"])
        self.assertEqual(status["counts"], {"users": 0, "groups": 0, "memberships": 0, "errors": 0})
        self.assertEqual(self.rows("v1_changes"), [])

    def test_a_life(self):
        made = self.daemon.ctl_json("user", "create", "alice", "--email", "alice@example.com", "--display-name",
                                    "Alice Ä", "--given-name", "Alice", "--family-name", "Ä")
        self.assertEqual(uuid.UUID(made["user_id"]).version, 4)
        row = self.daemon.user("alice")
        self.assertEqual(row["user_id"], made["user_id"])
        self.assertEqual((row["email"], row["display_name"], row["given_name"], row["family_name"], row["status"]),
                         ("alice@example.com", "Alice Ä", "Alice", "Ä", "ENABLED"))
        self.assertEqual((row["external_id"], row["sid"], row["scope"]), ("", "", "in"))
        self.ctl("user disable ALICE")
        self.assertEqual(self.daemon.user("alice")["status"], "DISABLED")
        self.ctl("user enable", made["user_id"])
        self.ctl("user update alice --user-name alicia --email", "")
        row = self.daemon.user("alicia")
        self.assertEqual((row["user_id"], row["email"], row["status"], row["revision"]), (made["user_id"], "", "ENABLED", 4))
        self.assertEqual(self.daemon.ctl_json("users", "show", "alicia")["display_name"], "Alice Ä")
        self.assertIn("nothing to do", self.ctl("user enable alicia").stdout)
        self.ctl("user delete alicia")
        self.assertEqual(self.rows("v1_users"), [])
        self.assertEqual([action for action, _, _ in self.changes()], ["create", "update", "update", "update", "delete"])
        change = self.daemon.sql("SELECT * FROM v1_changes WHERE seq = 4")[0]
        self.assertEqual(json.loads(change["before"]), {"user_name": "alice", "email": "alice@example.com"})
        self.assertEqual(json.loads(change["after"]), {"user_name": "alicia", "email": ""})
        self.assertEqual({row["reason"] for row in self.rows("v1_changes")}, {"by an admin"})
        runs = self.runs()
        self.assertEqual(len(runs), 5, "what changes nothing is no run")
        self.assertEqual({(run["trigger"], run["outcome"]) for run in runs}, {("admin", "ok")})
        self.assertEqual(json.loads(runs[0]["counts"]), {"users_created": 1})

    def test_what_is_refused_says_why(self):
        self.ctl("user create alice --email a@example.com")
        self.assertIn("the userName 'ALICE' belongs to the user alice", self.refused("user create ALICE"))
        self.assertIn("the email 'A@example.com' belongs to", self.refused("user create bob --email A@example.com"))
        self.assertIn("white space", self.refused("user create", "a b"))
        self.assertIn("longer than 128", self.refused("user create", "x" * 129))
        self.assertIn("no user is called 'nobody'", self.refused("user delete nobody"))
        self.assertIn("no change was given", self.refused("user update alice"))
        self.assertIn("longer than 1024", self.refused("group create staff --description", "x" * 1025))
        self.assertEqual(len(self.runs()), 1)

    def test_exit_codes_of_the_command_line(self):
        self.ctl("user", expect=64)
        self.ctl("user create", expect=64)
        self.ctl("assignment create --permission-set p --target t", expect=64)
        self.ctl("assignment create --user u --group g --permission-set p --target t", expect=64)
        self.daemon.stop()
        self.ctl("user create alice", expect=75)

    def test_groups_and_members(self):
        self.ctl("user create alice")
        self.ctl("user create bob")
        group = self.daemon.ctl_json("group", "create", "App Users", "--description", "All of them")
        self.ctl("group add-member", "app users", "Alice")
        self.ctl("group add-member", group["group_id"], "bob")
        self.ctl("group add-member", "App Users", "bob")
        self.assertEqual(self.daemon.members("App Users"), {"alice", "bob"})
        self.assertEqual([row["user_name"] for row in self.daemon.ctl_json("groups", "members", "App Users")], ["alice", "bob"])
        self.ctl("group remove-member", "App Users", "bob")
        self.ctl("group update", "App Users", "--name", "Applications")
        self.assertEqual(self.daemon.members("Applications"), {"alice"})
        self.assertEqual(self.daemon.ctl_json("status")["counts"], {"users": 2, "groups": 1, "memberships": 1, "errors": 0})
        seq = self.last_seq()
        self.ctl("user delete alice")
        self.assertEqual(self.changes(seq), [("remove_member", "GROUP", "Applications"), ("delete", "USER", "alice")])
        self.ctl("group delete applications")
        self.assertEqual(self.rows("v1_groups") + self.rows("v1_memberships"), [])

    def test_it_is_all_there_after_a_crash(self):
        self.ctl("user create alice")
        self.ctl("group create staff")
        self.ctl("group add-member staff alice")
        before = self.daemon.state()
        self.daemon.stop(signal.SIGKILL, expect=None)
        self.daemon.start()
        self.assertEqual(self.daemon.state(), before)
        self.ctl("user create bob")
        self.ctl("group add-member staff bob")
        self.assertEqual(self.daemon.members("staff"), {"alice", "bob"})
        self.daemon.check()
        explained = self.daemon.ctl_json("explain", "ALICE")
        self.assertEqual((explained["name"], explained["in_scope"]), ("alice", True))
        self.assertEqual(explained["because"][0]["rule"], "identity_source: directory")
        self.assertIn("nothing is called 'carl'", self.refused("explain carl"))
        # Cycles of a directory that is not read find nothing to do.
        self.ctl("sync --full")
        self.ctl("plan")
        self.assertEqual(self.daemon.members("staff"), {"alice", "bob"})


class Imports(BuiltInCase):
    def test_users_from_csv(self):
        path = self.file("users.csv", "userName,email,displayName,status\r\n"
                                      "alice,alice@example.com,\"Sample, Alice\",\r\nbob,bob@example.com,,DISABLED\r\n")
        would = self.ctl("user import --dry-run", path, expect=2).stdout
        self.assertIn("would create user alice", would)
        self.assertEqual(self.rows("v1_users"), [])
        report = self.daemon.ctl_json("user", "import", path)
        self.assertEqual((report["created"], report["updated"], report["unchanged"]), (2, 0, 0))
        self.assertEqual(self.daemon.user("alice")["display_name"], "Sample, Alice")
        self.assertEqual(self.daemon.user("bob")["status"], "DISABLED")
        self.assertEqual(len(self.runs()), 1)
        again = self.daemon.ctl_json("user", "import", path)
        self.assertEqual(again["unchanged"], 2)
        self.assertEqual(len(self.runs()), 1, "a second import of the same file writes nothing")
        self.ctl("user import --dry-run", path)
        self.file("users.csv", "userName,email\nalice,bob@example.com\nbob,alice@example.com\n")
        self.ctl("user import", path)
        self.assertEqual(self.daemon.user("alice")["email"], "bob@example.com", "addresses may swap")
        self.assertEqual(self.daemon.user("alice")["display_name"], "Sample, Alice", "other columns stay")

    def test_every_bad_line_is_told_and_nothing_is_written(self):
        self.ctl("user create owner --email taken@example.com")
        path = self.file("bad.csv", "userName,email\ngood,\nb ad,\ncarl,taken@example.com\ndave\n,x\n")
        errors = self.refused("user import", path).splitlines()
        self.assertEqual([line.split(": ")[0] for line in errors], [f"{path}:{line}" for line in (3, 4, 5, 6)])
        self.assertIn("belongs to the user owner", errors[1])
        self.assertEqual(len(self.rows("v1_users")), 1)
        done = self.ctl("user import --skip-bad", path)
        self.assertEqual(done.stderr.splitlines(), errors)
        self.assertIn("created 1", done.stdout)
        self.assertIsNotNone(self.daemon.user("good"))

    def test_lists_and_exports_can_be_read_back(self):
        self.ctl("user import", self.file("u.jsonl", '{"userName":"alice","givenName":"A"}\n{"userName":"bob"}\n'))
        self.ctl("group import", self.file("g.csv", "displayName,description,members\nstaff,All,alice bob\nempty,,\n"))
        self.assertEqual(self.daemon.members("staff"), {"alice", "bob"})
        users = "".join(json.dumps(user) + "\n" for user in self.daemon.ctl_json("users", "list"))
        groups = "".join(json.dumps(group) + "\n" for group in self.daemon.ctl_json("groups", "list"))
        self.assertEqual(self.daemon.ctl_json("user", "import", self.file("u2.jsonl", users))["unchanged"], 2)
        self.assertEqual(self.daemon.ctl_json("group", "import", self.file("g2.jsonl", groups))["unchanged"], 2)
        self.assertIn("no user is called 'nobody'",
                      self.refused("group import", self.file("g3.csv", "displayName,members\nx,nobody alice\n")))

    def test_ten_thousand_at_once(self):
        text = "userName,email\n" + "".join(f"user{i:05d},user{i:05d}@example.com\n" for i in range(10_000))
        report = self.daemon.ctl_json("user", "import", self.file("many.csv", text))
        self.assertEqual(report["created"], 10_000)
        members = " ".join(f"user{i:05d}" for i in range(10_000))
        self.ctl("group import", self.file("all.csv", f"displayName,members\nall,{members}\n"))
        self.assertEqual(len(self.rows("v1_memberships")), 10_000)
        self.ctl("group delete all")
        self.assertEqual(self.daemon.ctl_json("status")["counts"]["memberships"], 0)
        self.daemon.check()

    def test_no_file(self):
        self.assertIn("cannot read", self.refused("user import", "/nowhere/users.csv"))
        self.assertIn("cannot read", self.refused("user import", str(self.daemon.dir)))


class Assignments(BuiltInCase):
    def setUp(self):
        super().setUp()
        self.ctl("user create alice")
        self.ctl("user create bob")
        self.ctl("group create Staff")
        self.ctl("group add-member Staff alice")
        self.ctl("permission-set create ReadOnly --description", "may look")

    def assign(self, *who):
        return self.daemon.ctl_json("assignment", "create", *who, "--permission-set", "readonly", "--target", "billing")

    def test_a_life(self):
        made = self.assign("--user", "ALICE")
        self.assertEqual(made["principal_id"], self.daemon.user("alice")["user_id"])
        self.assertTrue(made["changed"])
        again = self.assign("--user", "alice")
        self.assertEqual((again["assignment_id"], again["changed"]), (made["assignment_id"], False))
        self.assign("--group", "staff")
        effective = self.daemon.ctl_json("assignment", "list", "--effective", "alice")
        self.assertEqual([one["path"] for one in effective], [["alice"], ["Staff", "alice"]])
        self.assertEqual(self.daemon.ctl_json("assignment", "list", "--effective", "bob"), [])
        self.assertIn("no user is called 'x'", self.refused("assignment list --effective x"))
        self.assertEqual([row["dangling"] for row in self.rows("v1_assignments")], [0, 0])
        # semantics 4.1 and 4.2: kept, dangling, and nothing for a successor of the same name.
        self.ctl("user delete alice")
        self.ctl("user create alice")
        self.assertEqual(sorted(row["dangling"] for row in self.rows("v1_assignments")), [0, 1])
        self.assertIn("alice (gone)", self.ctl("assignment list").stdout)
        self.assertEqual(self.daemon.ctl_json("assignment", "list", "--effective", "alice"), [])
        self.ctl("assignment delete", made["assignment_id"])
        self.assertEqual(len(self.rows("v1_assignments")), 1)

    def test_a_permission_set_in_use_is_not_deleted_by_accident(self):
        self.assign("--user", "alice")
        self.assign("--group", "Staff")
        self.assertIn("has 2 assignments", self.refused("permission-set delete ReadOnly"))
        seq = self.last_seq()
        self.ctl("permission-set delete readonly --force")
        self.assertEqual({(action, kind) for action, kind, _ in self.changes(seq)},
                         {("delete", "ASSIGNMENT"), ("delete", "PERMISSION_SET")})
        self.assertIn(("delete", "ASSIGNMENT", "alice: ReadOnly on billing"), self.changes(seq))
        self.assertEqual(self.rows("v1_assignments") + self.rows("v1_permission_sets"), [])
        self.assertEqual(self.daemon.ctl_json("permission-set", "list"), [])

    def test_an_export_moves_to_another_store(self):
        self.assign("--user", "alice")
        self.assign("--user", "bob")
        self.assign("--group", "Staff")
        path = str(self.daemon.dir / "assignments.jsonl")
        self.ctl("assignment export", path)
        exported = pathlib.Path(path).read_text()
        self.assertEqual(self.ctl("assignment export").stdout, exported)
        self.assertEqual(self.daemon.ctl_json("assignment", "import", path)["unchanged"], 3)

        other = lab.Dirsyncd()
        self.addCleanup(other.purge)
        self.daemon, first = other, self.daemon
        self.addCleanup(first.purge)
        self.configure()
        other.start()
        self.ctl("user create Alice")
        self.ctl("group create staff")
        self.assertIn("no permission set is called 'ReadOnly'", self.refused("assignment import", path))
        would = self.ctl("assignment import --dry-run --create-permission-sets", path, expect=2)
        self.assertIn("would create assignment staff: ReadOnly on billing", would.stdout)
        self.assertEqual(self.rows("v1_assignments"), [])
        done = self.ctl("assignment import --create-permission-sets", path)
        self.assertIn("no user 'bob' is in the store", done.stderr)
        self.assertIn("1 found no match", done.stdout)
        names = {one["principal_name"] for one in other.ctl_json("assignment", "list")}
        self.assertEqual(names, {"Alice", "staff"})


class OtherSources(BuiltInCase):
    def test_users_are_not_edited_under_active_directory(self):
        self.ctl("permission-set create Early")
        self.daemon.stop()
        secret = self.daemon.dir / "password"
        secret.write_text("secret")
        secret.chmod(0o600)
        # Nobody answers there: users are refused before the directory was ever reached, permission sets are not.
        self.configure(identity_source={"type": "active_directory", "active_directory": {"domains": [{
            "name": "corp.example.com", "servers": [f"ldaps://{lab.NET}.9:6360"],
            "bind": {"method": "simple", "dn": "a@corp.example.com", "password_file": str(secret)}}]}})
        self.daemon.start()
        self.assertIn("active_directory", self.refused("user create alice"))
        self.assertIn("active_directory", self.refused("group create staff"))
        self.assertIn("active_directory", self.refused("user import", self.file("u.csv", "userName\nalice\n")))
        self.ctl("permission-set create Late")
        self.assertEqual({row["name"] for row in self.rows("v1_permission_sets")}, {"Early", "Late"})
        self.assertEqual(self.rows("v1_users"), [])


if __name__ == "__main__":
    unittest.main()
