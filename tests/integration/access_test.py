"""Who may do what on the host (semantics 11): the three groups, surveys that give no secret away, one budget of binds,
idle connections that keep nobody out. Other users are made up by setpriv; the machine's groups stay as they are."""
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402
import ldap_responder as script  # noqa: E402
from ldap_responder import Domain, Fault, Responder  # noqa: E402

SERVICE, ADMIN_GROUP, READING_GROUP, ADMIN, OTHER_ADMIN, READER, STRANGER = range(45001, 45008)
REFUSED = Fault("bind", script.result(49, "80090308: LdapErr: DSID-0C09, data 52e, v4563"))
BINDS = 3  # of one account in half an hour


def setUpModule():
    """Copies of the programs that every user may run, wherever the build folder lies."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dsp-", dir="/tmp"))
    unittest.addModuleCleanup(shutil.rmtree, folder)
    folder.chmod(0o755)
    for name in ("DIRSYNCD", "CTL"):
        program = folder / getattr(lab, name).name
        shutil.copy(getattr(lab, name), program)
        program.chmod(0o755)
        unittest.addModuleCleanup(setattr, lab, name, getattr(lab, name))
        setattr(lab, name, program)


def as_user(uid, *groups):
    """The command that runs another one as that user, who is in those groups and no other."""
    members = ["--groups", ",".join(map(str, groups))] if groups else ["--clear-groups"]
    return ["setpriv", "--reuid", str(uid), "--regid", str(uid), *members, "--inh-caps=-all", "--bounding-set=-all"]


class OverUnixSocket(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def post(path, target, body):
    """Status and body of the answer."""
    connection = OverUnixSocket(path)
    with contextlib.closing(connection):
        connection.request("POST", target, json.dumps(body))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


class World(unittest.TestCase):
    """A scripted domain, and a daemon on it."""

    def setUp(self):
        self.domain = Domain(users=5)
        self.domain.add_group("team", [self.domain.named("user001")])
        self.responder = self.server()
        self.bed = lab.Dirsyncd()
        self.addCleanup(self.bed.purge)
        self.write()

    def server(self):
        responder = Responder(self.domain)
        self.addCleanup(responder.close)
        return responder

    def write(self, **extra):
        self.bed.write(domains=[self.responder.settings()], scope={"groups": ["team@corp.example.com"]}, extra=extra)

    def start(self):
        self.bed.start()
        self.addCleanup(self.bed.stop, expect=None)

    def binds(self):
        return self.responder.asked.count("bind")


class Groups(World):
    """The daemon as a service user of its own, with the socket for one group and the store for another (11.1)."""

    def setUp(self):
        super().setUp()
        self.state = self.bed.dir / "state"
        self.state.mkdir()
        os.chown(self.state, SERVICE, READING_GROUP)
        self.state.chmod(0o2750)
        self.bed.store = self.state / "identity.db"
        run = self.bed.dir / "run"
        run.mkdir()
        os.chown(run, SERVICE, SERVICE)
        run.chmod(0o755)
        self.bed.socket = run / "control.sock"
        self.bed.dir.chmod(0o755)
        self.responder.dir.chmod(0o755)
        os.chown(self.responder.password_file, SERVICE, SERVICE)
        self.responder.password_file.chmod(0o400)
        self.write(control={"socket": str(self.bed.socket), "group": str(ADMIN_GROUP)})
        os.chown(self.bed.config, 0, ADMIN_GROUP)
        self.bed.config.chmod(0o640)
        self.bed.around = as_user(SERVICE, ADMIN_GROUP, READING_GROUP)

    def may(self, user, *command):
        return subprocess.run([*user, *map(str, command)], capture_output=True).returncode == 0

    def may_rule(self, user):
        return self.may(user, lab.CTL, "--socket", self.bed.socket, "status")

    def may_read(self, user, path):
        return self.may(user, "cat", path)

    def test_each_group_may_do_what_is_its_own(self):
        self.start()
        self.bed.ctl("sync")
        mode = self.bed.socket.stat()
        self.assertEqual((mode.st_mode & 0o7777, mode.st_uid, mode.st_gid), (0o660, SERVICE, ADMIN_GROUP))
        admin, reader = as_user(ADMIN, ADMIN_GROUP), as_user(READER, READING_GROUP)
        stranger, service = as_user(STRANGER), as_user(SERVICE, ADMIN_GROUP, READING_GROUP)
        secret = self.responder.password_file
        #            the socket, the store, the secret, the configuration
        for user, expected in ((admin, (True, False, False, True)), (reader, (False, True, False, False)),
                               (stranger, (False, False, False, False)), (service, (True, True, True, True))):
            with self.subTest(user=user):
                self.assertEqual((self.may_rule(user), self.may_read(user, self.bed.store), self.may_read(user, secret),
                                  self.may_read(user, self.bed.config)), expected)
        self.assertEqual(self.bed.store.stat().st_gid, READING_GROUP, "what is made in the folder takes its group")

    def test_an_admin_looks_with_the_eyes_of_the_daemon(self):  # 11.2: at what is in force
        self.start()
        done = subprocess.run([*as_user(ADMIN, ADMIN_GROUP), lab.CTL, "--socket", self.bed.socket, "doctor", "--json"],
                              capture_output=True, text=True)
        found = {check["check"]: check for check in json.loads(done.stdout)["checks"]}
        self.assertEqual((found["secret"]["outcome"], found["bind"]["outcome"]), ("ok", "ok"), done.stdout)
        self.bed.config.chmod(0o600)
        done = subprocess.run([*as_user(ADMIN, ADMIN_GROUP), lab.CTL, "--socket", self.bed.socket, "doctor", "--json"],
                              capture_output=True, text=True)
        found = {check["check"]: check for check in json.loads(done.stdout)["checks"]}
        self.assertEqual((found["configuration"]["outcome"], found["bind"]["outcome"]), ("skipped", "ok"), done.stdout)

    def test_an_admin_who_drafts_looks_with_rights_of_their_own(self):  # 11.2
        self.start()
        self.bed.ctl("sync", expect=None)  # behind the first cycle, which asks as well
        draft = self.bed.dir / "draft.yaml"
        config = json.loads(self.bed.config.read_text())
        config["identity_source"]["active_directory"]["domains"][0]["tls"]["verify"] = False
        draft.write_text(json.dumps(config))
        self.responder.rewind()
        done = subprocess.run([*as_user(ADMIN, ADMIN_GROUP), lab.CTL, "--socket", self.bed.socket, "-c", draft, "doctor", "--json"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 77, done.stdout)
        secret = next(check for check in json.loads(done.stdout)["checks"] if check["check"] == "secret")
        self.assertIn("Permission denied", secret["seen"])
        self.assertEqual(self.responder.asked, [])
        done = subprocess.run([lab.CTL, "--socket", self.bed.socket, "-c", draft, "doctor", "--json"],
                              capture_output=True, text=True)
        found = {check["check"]: check["outcome"] for check in json.loads(done.stdout)["checks"]}
        self.assertEqual(found["bind"], "ok", "root may: " + done.stdout)

    def test_a_secret_that_others_may_read_is_told(self):
        self.start()
        for mode, group, words in ((0o440, ADMIN_GROUP, f"the group '{ADMIN_GROUP}'"), (0o404, SERVICE, "by everybody")):
            os.chown(self.responder.password_file, SERVICE, group)
            self.responder.password_file.chmod(mode)
            report = json.loads(subprocess.run([lab.CTL, "--socket", self.bed.socket, "doctor", "--json"],
                                               capture_output=True, text=True).stdout)
            secret = next(check for check in report["checks"] if check["check"] == "secret")
            self.assertIn(words, secret["seen"])
            self.assertIn("chmod 0400", secret["advice"])

    def test_without_its_group_the_socket_is_the_services_alone(self):
        for group in ("no-such-group", str(OTHER_ADMIN)):  # unknown, or not one of the service's
            self.write(control={"socket": str(self.bed.socket), "group": group})
            self.bed.start()
            self.assertEqual(self.bed.socket.stat().st_mode & 0o7777, 0o600)
            self.assertFalse(self.may_rule(as_user(ADMIN, ADMIN_GROUP)))
            self.assertTrue(self.may_rule(as_user(SERVICE)))
            self.assertTrue(any(f"'{group}'" in line for line in self.bed.ctl_json("status")["warnings"]))
            self.bed.stop()
            self.assertIn("CONTROL_RESTRICTED", self.bed.log.read_text())

    def test_one_user_who_keeps_connections_open_locks_nobody_out(self):
        self.start()
        code = ("import socket, sys\n"
                "def one():\n"
                "    client = socket.socket(socket.AF_UNIX)\n"
                "    client.connect(sys.argv[1])\n"
                "    return client\n"
                "idle = [one() for _ in range(250)]\n"
                # Those that are answered as late as can be: nothing happens for 30 s.
                "busy = [one() for _ in range(60)]\n"
                "for client in busy:\n"
                "    try: client.sendall(b'GET /v1/changes?since=999999999&wait=30 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')\n"
                "    except OSError: pass\n"
                "print('open', flush=True)\n"
                "sys.stdin.read()\n")
        flood = subprocess.Popen([*as_user(ADMIN, ADMIN_GROUP), sys.executable, "-c", code, str(self.bed.socket)],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            self.assertEqual(flood.stdout.readline(), "open\n")
            for user in (as_user(OTHER_ADMIN, ADMIN_GROUP), as_user(SERVICE, ADMIN_GROUP), []):
                with self.subTest(user=user):
                    for _ in range(5):
                        self.assertTrue(self.may_rule(user))
        finally:
            flood.communicate()


class Drafts(World):
    """A member of the socket's group makes the daemon look at configurations of his own (11.2)."""

    SECRET = "TOP-SECRET-OF-SYSTEMD"

    def setUp(self):
        super().setUp()
        self.evil = self.server()
        self.credentials = self.bed.dir / "credentials"
        self.credentials.mkdir()
        (self.credentials / "ldap-password").write_text(self.SECRET)
        (self.credentials / "ldap-password").chmod(0o600)
        self.bed.around = ["env", f"CREDENTIALS_DIRECTORY={self.credentials}"]
        self.start()
        self.bed.ctl("sync")
        self.good = json.loads(self.bed.config.read_text())

    def draft(self, **domain):
        config = json.loads(json.dumps(self.good))
        config["identity_source"]["active_directory"]["domains"][0].update(domain)
        return json.dumps(config)

    def drafts(self):
        own = self.responder.settings()
        password = dict(own["bind"])
        evil = {"servers": [self.evil.uri], "tls": {"verify": False}}
        credential = {"method": "simple", "dn": "x", "password_credential": "ldap-password"}
        certificate, key = script.make_certificate(self.bed.dir, "client", "/CN=client")
        return {
            "the recipe": self.draft(**evil, bind=credential),
            "any file": self.draft(**evil, bind={"method": "simple", "dn": "x", "password_file": str(self.bed.config)}),
            "its own secret": self.draft(**evil, bind=password),
            "its own secret, without a check": self.draft(tls={"verify": False}),
            "its own secret, another authority": self.draft(servers=[self.evil.uri], tls={"ca_file": str(self.evil.certificate)}),
            "one more server": self.draft(servers=[self.evil.uri, *own["servers"]]),
            "another name": self.draft(name="evil.example.com", **evil, bind=credential).replace("@corp.", "@evil."),
            "a certificate": self.draft(**evil, bind={"method": "external", "certificate_file": str(certificate),
                                                      "key_file": str(key)}),
            "a wrong password": self.draft(bind=dict(password, password_file=str(self.bed.config))),
        }

    def test_no_secret_leaves_for_a_server_that_is_not_configured(self):
        self.responder.rewind()
        questions = [("/v1/survey/search", {"text": "u"}), ("/v1/survey/check", {}), ("/v1/survey/sample", {}),
                     ("/v1/survey/plan", {}), ("/v1/plan", {})]
        for name, draft in self.drafts().items():
            for target, body in questions:
                with self.subTest(draft=name, target=target):
                    status, text = post(self.bed.socket, target, {**body, "config": draft})
                    self.assertIn(status, (409, 422), text)
                    self.assertIn("with the rights of the user who runs", text)
                    self.assertNotIn(self.SECRET, text)
                    self.assertNotIn("poll", text, "no file's content is quoted")
        self.assertEqual(self.evil.asked, [])
        self.assertEqual(self.responder.asked, [])
        status, text = post(self.bed.socket, "/v1/survey/search", {"text": "user001", "config": json.dumps(self.good)})
        self.assertEqual(status, 200, text)

    def test_a_plan_with_another_scope_is_no_foreign_draft(self):
        config = json.loads(json.dumps(self.good))
        config["sync_scope"] = {"users": ["user002@corp.example.com"]}
        for target in ("/v1/plan", "/v1/survey/plan", "/v1/survey/check"):
            status, text = post(self.bed.socket, target, {"config": json.dumps(config)})
            self.assertEqual(status, 200, text)

    def test_another_store_is_not_opened_for_whoever_asks(self):
        config = json.loads(json.dumps(self.good))
        config["store"]["sqlite"]["path"] = str(self.credentials / "ldap-password")
        status, text = post(self.bed.socket, "/v1/survey/check", {"config": json.dumps(config)})
        self.assertEqual(status, 409, text)


class Budget(World):
    """One budget of binds for each account, whoever asks and with whatever secret (11.3, 5.8)."""

    def setUp(self):
        super().setUp()
        self.responder.faults = [REFUSED]

    @contextlib.contextmanager
    def survey(self):
        path = self.bed.dir / "survey" / "s"
        path.parent.mkdir()
        process = subprocess.Popen([lab.DIRSYNCD, "--survey", path], stdin=subprocess.PIPE)
        try:
            self.bed.wait_until(path.exists)
            self.assertEqual(path.stat().st_mode & 0o777, 0o600)
            yield path
        finally:
            process.stdin.close()
            process.wait(timeout=60)

    def test_fifteen_surveys_with_fifteen_wrong_passwords(self):
        config = json.loads(self.bed.config.read_text())
        bind = config["identity_source"]["active_directory"]["domains"][0]["bind"]
        with self.survey() as path:
            for i in range(15):
                password = self.bed.dir / f"wrong{i}"
                password.write_text(f"wrong {i}")
                password.chmod(0o600)
                bind["password_file"] = str(password)
                status, text = post(path, "/v1/survey/search", {"text": "u", "config": json.dumps(config)})
                self.assertEqual(status, 502, text)
                self.assertIn("InvalidDirectoryCredentials", text)
        self.assertEqual(self.binds(), BINDS)
        self.assertIn("no attempt is made for", text)

    def test_the_same_wrong_password_written_five_times(self):
        self.start()
        self.bed.wait_until(lambda: self.bed.ctl_json("status")["last_error"])
        for i in range(5):
            self.responder.password_file.write_text("wrong")
            status, text = post(self.bed.socket, "/v1/survey/check", {})
            self.assertEqual((status, json.loads(text)["exit_code"]), (200, 77))
            self.bed.ctl("sync", expect=77)
        self.assertEqual(self.binds(), BINDS)
        self.assertIn("no attempt is made for", self.bed.ctl_json("status")["last_error"])

    def test_a_secret_that_cannot_be_read_costs_nothing(self):
        self.responder.faults = []
        secret = self.responder.password_file.read_text()
        self.responder.password_file.write_text("")
        self.start()
        self.bed.wait_until(lambda: self.bed.ctl_json("status")["last_error"])
        for i in range(5):
            self.responder.password_file.write_text("")
            self.bed.ctl("sync", expect=77)
        self.assertEqual(self.binds(), 0)
        self.responder.password_file.write_text(secret)
        self.bed.ctl("sync")

    def test_a_secret_that_was_replaced_is_tried_at_once(self):
        self.start()
        self.bed.wait_until(lambda: self.bed.ctl_json("status")["last_error"])
        self.responder.faults = []
        self.responder.password_file.write_text(script.PASSWORD)
        self.bed.ctl("sync")
        self.assertEqual(self.binds(), 2)


class Monitoring(World):
    def test_what_everybody_may_ask_tells_no_names(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.write(http={"listen": f"127.0.0.1:{port}"})
        self.responder.faults = [Fault("users", script.result(51, "in Frankfurt"))]
        self.start()
        self.bed.wait_until(lambda: self.bed.ctl_json("status")["last_error"])
        host = self.responder.uri.split("//")[1]

        def ask(path):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            with contextlib.closing(connection):
                connection.request("GET", path)
                answer = connection.getresponse()
                return answer.status, answer.read().decode()

        idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(600)]
        self.addCleanup(lambda: [one.close() for one in idle])
        status, text = ask("/readyz")
        self.assertEqual((status, json.loads(text)["detail"]), (503, "not ready: directory"))
        self.assertEqual(ask("/healthz")[0], 200)
        for path in ("/readyz", "/healthz", "/metrics"):
            for word in (host, "Frankfurt", "corp", self.domain.name):
                self.assertNotIn(word, ask(path)[1])
        connection = OverUnixSocket(self.bed.socket)
        connection.request("GET", "/readyz")
        self.assertIn("not ready: directory: ", connection.getresponse().read().decode())
        connection.close()
        self.responder.faults = []
        self.bed.ctl("sync")
        self.assertEqual(ask("/readyz")[0], 200)


if __name__ == "__main__":
    unittest.main()
