"""`dirsyncctl setup` at a terminal and from a file, on a real domain; what it writes is then used."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402
from terminal import Terminal  # noqa: E402

# Where `dirsyncctl` finds a daemon to ask when none runs.
os.environ["PATH"] = f"{lab.DIRSYNCD.parent}:{os.environ['PATH']}"


class Setup(lab.LabCase):
    lab_settings = {"ip": "127.0.1.65", "seed": ("--users", "60")}

    def setUp(self):
        self.bed = lab.Dirsyncd(self.lab)
        self.addCleanup(self.bed.purge)
        self.bed.config.unlink()
        self.kept = pathlib.Path(str(self.bed.config) + ".setup")
        self.env = self.lab.env

    def setup(self, *args, inside=False):
        command = [lab.CTL, "-c", self.bed.config, "--socket", self.bed.socket, "setup", *args]
        if inside:  # with the names of the domain's own DNS
            command = [lab.SCRIPTS / "ad-exec", self.lab.dir, *command]
        terminal = Terminal(command)
        self.addCleanup(terminal.kill)
        return terminal

    def log_in(self, terminal, dn=None, password=None, servers=None, ca=None):
        terminal.answer("Source", "1")
        terminal.answer("DNS name of the domain", self.lab.realm)
        terminal.answer("Login", "2")
        terminal.answer("Account", dn or self.env["AD_BIND_DN"])
        terminal.answer("holds its password", password or self.env["AD_PASSWORD_FILE"])
        terminal.answer("Servers", servers or self.env["AD_LDAPS_URI"])
        terminal.answer("PEM file", ca or self.env["AD_CA_FILE"])

    def finish(self, terminal):
        terminal.answer("File of the identity store", str(self.bed.store))
        plan = terminal.answer("Go on", "yes")
        terminal.answer("Write " + str(self.bed.config), "yes")
        code, last = terminal.end()
        self.assertEqual(code, 0, last)
        return plan, last

    def check_config(self):
        done = subprocess.run([lab.DIRSYNCD, "--check-config", self.bed.config], text=True, capture_output=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_from_nothing_to_users_in_the_store(self):
        terminal = self.setup()
        self.log_in(terminal)
        checks = terminal.answer("Go on", "yes")
        for words in ("ok       tls", "ok       bind", "ok       dirsync", "ok       excess_rights", "0 failed"):
            self.assertIn(words, checks)
        terminal.answer("another domain", "no")
        users = terminal.answer("Keep this", "department = ${department}")
        self.assertIn("<- ${mail}", users)
        self.assertEqual(users.split("middleName")[0].count("@corp.example.com"), 6)  # three names, in two rows
        again = terminal.answer("Keep this", "")
        self.assertIn("<- ${department}", again)
        terminal.answer("Search", "diamond-t")
        shown = terminal.answer("Which of them", "1")
        self.assertIn("1  group  diamond-top@corp.example.com", shown)
        terminal.answer("Search", "no-such-thing")
        self.assertIn("Nothing is named no-such-thing", terminal.answer("Search", "user: user00001*"))
        terminal.answer("Which of them", "1 2")
        self.assertIn("user   user000010@corp.example.com", terminal.answer("Search", "done"))
        plan, last = self.finish(terminal)
        self.assertIn("users created", plan)
        self.assertIn("groups created", plan)
        self.assertIn(f"dirsyncd -c {self.bed.config}", last)
        self.assertFalse(self.kept.exists())
        self.assertFalse(self.bed.store.exists())
        self.assertEqual(self.bed.config.stat().st_mode & 0o777, 0o640)
        text = self.bed.config.read_text()
        self.assertIn("# ", text)
        self.assertNotIn(pathlib.Path(self.env["AD_PASSWORD_FILE"]).read_text().strip(), text)
        self.check_config()

        self.bed.start()
        self.addCleanup(self.bed.stop, expect=None)
        self.bed.ctl("sync")
        names = {row["user_name"] for row in self.bed.users().values()}
        self.assertIn(self.at("user000010"), names)
        self.assertTrue(self.bed.members(self.at("diamond-top")))
        departments = [json.loads(row["attributes"]).get("department") for row in self.bed.users().values()]
        self.assertTrue(any(departments))
        self.bed.ctl("-c", str(self.bed.config), "doctor")

    def test_servers_that_dns_finds_and_kerberos(self):
        terminal = self.setup(inside=True)
        terminal.answer("Source", "1")
        terminal.answer("DNS name of the domain", self.lab.realm.upper())
        terminal.answer("Login", "1")
        terminal.answer("Kerberos principal", self.env["AD_PRINCIPAL"])
        terminal.answer("File of its keytab", self.env["AD_KEYTAB"])
        self.assertIn(f"ldap://{self.env['AD_HOST']}", terminal.answer("Servers", ""))
        checks = terminal.answer("Go on", "yes")
        self.assertIn("sealed by Kerberos", checks)
        self.assertIn("ok       dns", checks)
        terminal.answer("another domain", "")
        terminal.answer("Keep this", "")
        terminal.answer("Search", "ou: Peo")
        terminal.answer("Which of them", "1")
        terminal.answer("Search", "")
        self.finish(terminal)
        text = self.bed.config.read_text()
        self.assertNotIn("servers:", text)
        self.assertIn("OU=People,OU=Lab," + self.lab.base, text)

    def test_left_in_the_middle_and_taken_up_again(self):
        terminal = self.setup()
        self.log_in(terminal)
        terminal.answer("Go on", "yes")
        terminal.answer("another domain", "no")
        terminal.expect("Keep this")
        terminal.type("\x03")
        code, last = terminal.end()
        self.assertEqual(code, 3)
        self.assertIn("Left at 'mapping'; go on with: dirsyncctl setup -c", last)
        self.assertEqual(self.kept.stat().st_mode & 0o777, 0o600)
        self.assertNotIn(pathlib.Path(self.env["AD_PASSWORD_FILE"]).read_text().strip(), self.kept.read_text())
        self.assertFalse(self.bed.config.exists())

        terminal = self.setup()
        terminal.answer("left at 'mapping'", "yes")
        terminal.answer("Keep this", "")
        terminal.expect("Search")
        os.kill(terminal.pid, signal.SIGKILL)  # as a connection that breaks
        terminal.end()

        terminal = self.setup()
        terminal.answer("left at 'scope'", "")
        terminal.answer("Search", "diamond-top")
        terminal.answer("Which of them", "")
        terminal.answer("Search", "back")
        terminal.answer("Keep this", "")
        self.assertIn("diamond-top", terminal.answer("Search", ""))
        terminal.expect("File of the identity store")
        terminal.type("\x04")
        self.assertEqual(terminal.end()[0], 3)
        terminal = self.setup()
        terminal.answer("left at 'store'", "")
        self.finish(terminal)
        self.check_config()
        self.assertFalse(self.kept.exists())

    def test_what_is_wrong_is_told_and_can_be_mended(self):
        wrong = self.bed.dir / "wrong.pw"
        wrong.write_text("not the password")
        terminal = self.setup()
        terminal.answer("Source", "1")
        terminal.answer("DNS name of the domain", self.lab.realm)
        terminal.answer("Login", "2")
        terminal.answer("Account", self.env["AD_PLAIN_BIND_DN"])
        terminal.answer("holds its password", str(self.bed.dir / "missing"))
        self.assertIn("No such file", terminal.answer("holds its password", str(wrong)))
        self.assertIn("open to everybody", terminal.answer("holds its password", ""))
        wrong.chmod(0o600)
        terminal.answer("holds its password", str(wrong))
        terminal.answer("Servers", self.env["AD_LDAPS_URI"])
        terminal.answer("PEM file", self.env["AD_OTHER_CA_FILE"])
        checks = terminal.answer("Something failed", "change")
        self.assertIn("failed   tls", checks)
        terminal.answer("Login", "")
        terminal.answer("Account", "")
        terminal.answer("holds its password", "")
        terminal.answer("Servers", "")
        terminal.answer("PEM file", self.env["AD_CA_FILE"])
        self.assertIn("password is wrong", terminal.answer("Something failed", "again"))
        # Not asked a second time before the file changes (semantics 5.8).
        self.assertIn("not tried again before they change", terminal.answer("Something failed", "change"))
        wrong.write_text(pathlib.Path(self.env["AD_PLAIN_PASSWORD_FILE"]).read_text())
        for question in ("Login", "Account", "holds its password", "Servers", "PEM file"):
            terminal.answer(question, "")
        checks = terminal.answer("Go on", "leave")
        self.assertIn("ok       dirsync", checks)
        self.assertIn("lacks Replicating Directory Changes", checks)
        self.assertIn("warning  deleted_objects", checks)
        self.assertEqual(terminal.end()[0], 3)

    def test_an_account_that_may_too_much(self):
        terminal = self.setup()
        self.log_in(terminal, dn=self.env["AD_ADMIN_BIND_DN"], password=self.env["AD_ADMIN_PASSWORD_FILE"])
        self.assertIn("may more than it needs: it is a member of Domain Admins", terminal.answer("Go on", "leave"))
        terminal.end()

    def test_a_file_that_is_there_is_kept_beside_the_new_one(self):
        self.bed.write(scope={"groups": [self.at("diamond-top")]})
        (self.bed.dir / "scope.d").mkdir()
        (self.bed.dir / "scope.d" / "10-more.yaml").write_text(f"users: ['{self.at('user000011')}']\n")
        before = self.bed.config.read_text()
        self.bed.start()
        self.addCleanup(self.bed.stop, expect=None)
        self.bed.ctl("sync")
        users = len(self.bed.users())
        terminal = self.setup()
        for question in ("Source", "DNS name", "Login", "Account", "holds its password", "Servers", "PEM file", "Go on",
                         "another domain", "Keep this"):
            terminal.answer(question, "")
        self.assertIn("(in scope.d: stays)", terminal.answer("Search", "user000012"))
        terminal.answer("Which of them", "1")
        terminal.answer("Search", "done")
        terminal.answer("File of the identity store", "")
        plan = terminal.answer("Go on", "")
        self.assertIn("1 user created", plan)  # the daemon's own plan, against what is in its store
        terminal.answer("Replace it", "")
        self.assertIn("Answer yes, no or show", terminal.answer("Replace it", "yes"))
        terminal.answer("Reload it now", "yes")
        code, last = terminal.end()
        self.assertEqual(code, 0, last)
        self.assertIn("The daemon has read it", last)
        old, = self.bed.dir.glob("dirsyncd.yaml.old-*")
        self.assertEqual(old.read_text(), before)
        self.check_config()
        self.bed.ctl("sync")
        self.assertEqual(len(self.bed.users()), users + 1)

    def test_another_source_is_never_agreed_to(self):  # semantics 1.4
        self.bed.write(scope={"groups": [self.at("diamond-top")]})
        self.bed.start()
        self.addCleanup(self.bed.stop, expect=None)
        self.bed.ctl("sync")
        state = self.bed.state()
        terminal = self.setup()
        terminal.answer("Source", "2")
        terminal.answer("File of the identity store", "")
        shown = terminal.answer("Go on", "yes")
        self.assertIn(f"would remove {len(state['users'])} users", shown)
        self.assertIn("ACCEPT", shown)
        terminal.answer("Replace it", "yes")
        terminal.answer("Reload it now", "yes")
        self.assertEqual(terminal.end()[0], 0)
        self.assertEqual(self.bed.ctl_json("status")["source"]["state"], "change_pending")
        self.assertEqual(self.bed.state(), state)

    def answers(self, **changes):
        text = {
            "identity_source": {"type": "active_directory", "active_directory": {"domains": [self.bed.domain()]}},
            "sync_scope": {"groups": [self.at("diamond-top")]},
            "store": {"sqlite": {"path": str(self.bed.store)}},
            "setup": {"start": False},
        }
        text.update(changes)
        file = self.bed.dir / "answers.yaml"
        file.write_text(json.dumps(text, indent=1))
        return file

    def unattended(self, file, expect):
        done = self.bed.ctl("-c", str(self.bed.config), "setup", "--answers", str(file), expect=expect)
        self.assertEqual(self.bed.config.exists(), expect == 0)
        return done

    def test_answers_from_a_file(self):
        done = self.unattended(self.answers(), 0)
        self.assertIn("users created", done.stdout)
        self.assertIn("is written", done.stdout)
        self.check_config()
        self.bed.once()
        self.assertTrue(self.bed.members(self.at("diamond-top")))
        again = self.bed.ctl("-c", str(self.bed.config), "setup", "--answers", str(self.answers()), expect=78)
        self.assertIn("setup.replace", again.stderr)
        self.bed.ctl("-c", str(self.bed.config), "setup", "--answers", str(self.answers(setup={"start": False, "replace": True})))

    def test_answers_that_are_missing_or_wrong(self):
        file = self.answers(setup={"stat": True}, sync_scope={"groups": ["nameless"]}, scheduel={})
        said = self.unattended(file, 78).stderr
        lines = file.read_text().splitlines()
        for key, words in (("nameless", "a name without a domain"), ("scheduel", "did you mean 'schedule'"), ("stat", "unknown key")):
            number = next(i for i, line in enumerate(lines, 1) if f'"{key}"' in line)
            self.assertIn(f"{file}:{number}:", said)
            self.assertIn(words, said)
        self.assertIn("setup.start: this answer is missing", said)
        # What only the directory knows, too.
        file = self.answers(sync_scope={"groups": [self.at("diamond-topp")]})
        done = self.unattended(file, 78)
        number = next(i for i, line in enumerate(file.read_text().splitlines(), 1) if "diamond-topp" in line)
        self.assertIn(f"{file}:{number}:", done.stderr)
        self.assertIn("'diamond-top@corp.example.com' meant", done.stderr)
        wrong = self.bed.dir / "wrong.pw"
        wrong.write_text("not the password")
        wrong.chmod(0o600)
        domain = self.bed.domain(bind={"method": "simple", "dn": self.env["AD_PLAIN_BIND_DN"], "password_file": str(wrong)})
        source = {"type": "active_directory", "active_directory": {"domains": [domain]}}
        self.assertIn("password is wrong", self.unattended(self.answers(identity_source=source), 77).stdout)

    def test_without_a_terminal_it_says_how(self):
        done = self.bed.ctl("-c", str(self.bed.config), "setup", expect=64)
        self.assertIn("--answers", done.stderr)


if __name__ == "__main__":
    unittest.main()
