"""What the service account may not read any more is not gone (semantics 5.1, 5.2)."""
import contextlib
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402


class LostRights(lab.LabCase):
    lab_settings = {"ip": "127.0.1.28", "seed": ("--users", "60")}

    def test_what_nobody_changed_is_kept(self):
        unit = "OU=Hidden,OU=Lab," + self.lab.base
        self.lab.mutate("create-ou", "Hidden", "parent=OU=Lab," + self.lab.base)
        for name in ("ann", "ben"):
            self.lab.mutate("create-user", name, "parent=" + unit, f"userPrincipalName={self.at(name)}", "employeeNumber=North")
        for detection in ("dirsync", "usn"):
            with self.subTest(detection=detection):
                daemon = self.dirsyncd(detection=detection, scope={
                    "user_filters": [{"domain": "corp.example.com", "filter": "(employeeNumber=North)"}]},
                    extra={"attribute_mappings": {"user": {"employeeNumber": "${employeeNumber}"}}})
                daemon.once()
                before = daemon.state()
                self.assertEqual(len(daemon.users()), 2)
                with self.lab.denied(unit, rights="RP", attribute="employeeNumber"):
                    done = daemon.once("--full")
                    self.assertIn("employeeNumber of 2 users cannot be read any more", done.stdout + done.stderr)
                    self.assertEqual(daemon.state(), before)
                    # One that changes otherwise keeps it as well: nobody shows it.
                    self.lab.mutate("set", "ann", f"displayName=Ann by {detection}")
                    daemon.once()
                    row = daemon.user(self.at("ann"))
                    self.assertEqual(row["display_name"], f"Ann by {detection}")
                    self.assertEqual((row["scope"], json.loads(row["attributes"])), ("in", {"employeeNumber": "North"}))
                done = daemon.once("--full")
                self.assertNotIn("cannot be read", done.stdout + done.stderr)
                self.lab.mutate("unset", "ben", "employeeNumber")
                daemon.once()
                self.assertEqual(daemon.user(self.at("ben"))["scope"], "out")
                self.lab.mutate("set", "ben", "employeeNumber=North")
                daemon.check()

    def test_a_filter_turns_about_nobody_by_a_lost_right(self):
        """The permission is set on the users themselves, and so changes them."""
        for detection in ("full", "usn", "dirsync"):
            with self.subTest(detection=detection):
                names = [f"{name}{detection}" for name in ("kept", "out", "gone")]
                for name in names:
                    self.lab.mutate("create-user", name, f"userPrincipalName={self.at(name)}", f"department={detection}",
                                    f"employeeID={detection}")
                dns = {name: self.lab.mutate("set", name, "description=made")["dn"] for name in names}
                kept, out, gone = names
                self.lab.mutate("set", out, "department=Secret")
                daemon = self.dirsyncd(detection=detection, scope={"user_filters": [
                    {"domain": "corp.example.com",
                     "filter": f"(&(employeeID={detection})(!(department=Secret))(department=*))"},
                    {"domain": "corp.example.com",
                     "filter": f"(&(employeeID={detection})(description=open)(!(department=Secret)))"}]})
                daemon.once()
                in_scope = {self.at(kept), self.at(gone)}
                self.assertEqual({row["user_name"] for row in daemon.users().values()}, in_scope)
                self.lab.mutate("set", out, "description=open")
                with contextlib.ExitStack() as stack:
                    # Of one the permissions are hidden as well.
                    stack.enter_context(self.lab.denied(dns[out], rights="RC", below=False))
                    for name in (kept, out):
                        stack.enter_context(self.lab.denied(dns[name], rights="RP", attribute="department", below=False))
                    self.lab.mutate("unset", gone, "department")
                    for args in ((), ("--full",), ("--full",)):
                        done = daemon.once(*args)
                        self.assertEqual({row["user_name"] for row in daemon.users().values()}, in_scope)
                        self.assertEqual(daemon.user(self.at(kept))["scope"], "in")
                        # What is really cleared counts at once.
                        self.assertEqual(daemon.user(self.at(gone))["scope"], "out")
                    self.assertIn("department of", done.stdout + done.stderr)
                self.lab.mutate("set", out, "department=Sales")
                done = daemon.once("--full")
                self.assertNotIn("is not shown any more", done.stdout + done.stderr)
                self.assertEqual(daemon.user(self.at(out))["scope"], "in")
                daemon.check()

    def test_a_filter_lets_nobody_in_by_a_right_that_never_was(self):
        """(!(employeeType=external)) matches whoever hides employeeType: from the first sync on, and later."""
        unit = "OU=Kept Out,OU=Lab," + self.lab.base
        self.lab.mutate("create-ou", "Kept Out", "parent=OU=Lab," + self.lab.base)
        for detection in ("full", "usn", "dirsync"):
            with self.subTest(detection=detection):
                names = [f"{name}{detection}" for name in ("early", "late", "other")]
                early, late, other = names
                def make(name, **where):
                    parent = [f"parent={where['parent']}"] if where else []
                    self.lab.mutate("create-user", name, *parent, f"userPrincipalName={self.at(name)}", f"employeeID=let{detection}")
                make(early, parent=unit)
                make(other)
                daemon = self.dirsyncd(detection=detection, scope={"user_filters": [
                    {"domain": "corp.example.com", "filter": f"(&(employeeID=let{detection})(!(employeeType=external)))"}]})
                with self.lab.denied(unit, rights="RP", attribute="employeeType"):
                    done = daemon.once()
                    self.assertIn("stays out: a filter of the scope would let them in for want of employeeType", done.stdout)
                    make(late, parent=unit)
                    daemon.once()
                    daemon.once("--full")
                    self.assertEqual([row["user_name"] for row in daemon.users().values()], [self.at(other)])
                done = daemon.once("--full")
                self.assertEqual({row["user_name"] for row in daemon.users().values()}, {self.at(name) for name in names})
                self.assertNotIn("stays out", done.stdout)

    def test_a_mapped_value_that_permissions_hide_is_kept(self):
        for detection in ("full", "usn", "dirsync"):
            with self.subTest(detection=detection):
                names = [f"{name}-{detection}" for name in ("hid", "cleared")]
                for name in names:
                    self.lab.mutate("create-user", name, f"userPrincipalName={self.at(name + '.long')}", f"mail={name}@example.com",
                                    f"employeeID={detection}")
                dns = {name: self.lab.mutate("set", name, "description=made")["dn"] for name in names}
                hid, cleared = names
                daemon = self.dirsyncd(detection=detection, scope={"user_filters": [
                    {"domain": "corp.example.com", "filter": f"(employeeID={detection})"}]})
                daemon.once()
                before = daemon.user(self.at(hid + ".long"))
                with contextlib.ExitStack() as stack:
                    for attribute in ("mail", "userPrincipalName"):
                        stack.enter_context(self.lab.denied(dns[hid], rights="RP", attribute=attribute, below=False))
                    self.lab.mutate("unset", cleared, "mail")
                    for args in ((), ("--full",), ("--full",)):
                        done = daemon.once(*args)
                        row = daemon.user(self.at(hid + ".long"))
                        self.assertEqual((row["user_id"], row["email"]), (before["user_id"], hid + "@example.com"))
                        self.assertFalse(daemon.user(self.at(cleared + ".long"))["email"])
                    self.assertRegex(done.stdout + done.stderr, "mail of 1 user (is not shown|cannot be read) any more")
                daemon.once("--full")
                daemon.check()

    def test_an_excluded_user_who_is_made_anew_stays_out(self):  # semantics 2.8
        """The account sees no deleted object."""
        env = self.lab.env
        bind = {"method": "simple", "dn": env["AD_PLAIN_BIND_DN"], "password_file": env["AD_PLAIN_PASSWORD_FILE"]}
        for detection in ("full", "usn"):
            with self.subTest(detection=detection):
                name = "excluded-" + detection
                make = ("create-user", name, f"userPrincipalName={self.at(name)}", f"employeeID=anew{detection}")
                self.lab.mutate(*make)
                daemon = self.dirsyncd(bind=bind, detection=detection, scope={
                    "user_filters": [{"domain": "corp.example.com", "filter": f"(employeeID=anew{detection})"}],
                    "exclude": {"users": [self.at(name)]}})
                daemon.once()
                self.lab.mutate("delete", name)
                self.lab.mutate(*make)
                for args in ((), ("--full",), ()):
                    daemon.once(*args)
                    self.assertEqual(daemon.users(), {})
                self.assertIn("both are kept out", daemon.once("--full").stdout)

    def test_who_may_be_below_a_hidden_container_of_the_scope_stays(self):
        parent = "OU=Lab," + self.lab.base
        for name in ("Sales", "Works"):
            self.lab.mutate("create-ou", name, "parent=" + parent)
        self.lab.mutate("create-user", "bob", f"parent=OU=Works,{parent}", f"userPrincipalName={self.at('bob')}")
        daemon = self.dirsyncd(detection="usn", scope={
            "organizational_units": [f"OU=Sales,{parent}", f"OU=Works,{parent}"]})
        daemon.once()
        with self.lab.denied(f"OU=Sales,{parent}", rights="RP", below=False):
            self.lab.mutate("rename", f"OU=Sales,{parent}", "Selling")
            self.assertIn("is not visible in the directory", daemon.once("--full").stdout)
            self.lab.mutate("move", "bob", f"OU=Selling,{parent}")
            daemon.once()
            daemon.once("--full")
            self.assertEqual(daemon.user(self.at("bob"))["scope"], "in")
            self.lab.mutate("disable", "bob")
            daemon.once()
            row = daemon.user(self.at("bob"))
            self.assertEqual((row["scope"], row["status"]), ("in", "DISABLED"))
        daemon.once()
        self.assertEqual(daemon.user(self.at("bob"))["scope"], "in")
        self.lab.mutate("move", "bob", parent)
        daemon.once()
        self.assertEqual(daemon.user(self.at("bob"))["scope"], "out")
        daemon.check()


if __name__ == "__main__":
    unittest.main()
