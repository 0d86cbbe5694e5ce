"""A real Active Directory domain, the real programs and the real store, for the integration tests.

A seeded domain is made once and kept as a snapshot below DIRSYNC_LAB_CACHE; each Lab starts from a copy of it.
The programs come from DIRSYNC_BIN (a build folder). Two test runs on one machine need different networks:
DIRSYNC_LAB_NET (127.0.1).
"""
import atexit
import contextlib
import hashlib
import json
import os
import pathlib
import pty
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "tests" / "lab"
CACHE = pathlib.Path(os.environ.get("DIRSYNC_LAB_CACHE", ROOT / "build" / "lab-cache"))
BUILD = pathlib.Path(os.environ.get("DIRSYNC_BIN", ROOT / "build" / "release"))
DIRSYNCD = BUILD / "daemon" / "dirsyncd"
CTL = BUILD / "ctl" / "dirsyncctl"
NET = os.environ.get("DIRSYNC_LAB_NET", "127.0.1")

# Whoever ends a test wants its domain controllers to end as well.
signal.signal(signal.SIGTERM, signal.default_int_handler)


def run(command, **kwargs):
    done = subprocess.run([str(part) for part in command], text=True, capture_output=True, **kwargs)
    if done.returncode != 0:
        raise AssertionError(f"{command} exited {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


class Lab:
    """One domain controller in a folder of its own."""

    def __init__(self, ip="127.0.1.10", realm="corp.example.com", seed=("--users", "300"), options=()):
        # Unix sockets of the DC lie below it: a short path.
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix=f"dsl-{os.getpid()}-", dir="/tmp"))
        self.dir.rmdir()
        atexit.register(self.purge)
        self.ip, self.realm, self.seed, self.options = ip.replace("127.0.1", NET), realm, tuple(seed or ()), tuple(options)

    def up(self):
        self._remove_left_over()
        CACHE.mkdir(parents=True, exist_ok=True)
        scripts = "".join((SCRIPTS / name).read_text() for name in ("lab_provision.py", "ad-seed", "ad-up"))
        key = hashlib.sha256(repr((self.ip, self.realm, self.seed, self.options, scripts)).encode()).hexdigest()[:16]
        snapshot = CACHE / f"seeded-{key}.tar"
        if snapshot.exists():
            run([SCRIPTS / "ad-snap", "load", snapshot, self.dir, "-q"])
            run([SCRIPTS / "ad-up", self.dir, "--no-install", "-q"])
        else:
            run([SCRIPTS / "ad-up", self.dir, "--ip", self.ip, "--realm", self.realm, "--cache", CACHE, "-q",
                 *self.options])
            if self.seed:
                run([SCRIPTS / "ad-seed", self.dir, "-q", *self.seed])
            run([SCRIPTS / "ad-snap", "save", self.dir, snapshot, "-q"])
        return self._read_env()

    def _remove_left_over(self):
        """A test that was killed could not end its domain controller, which holds the address."""
        for env in pathlib.Path("/tmp").glob("dsl-*-*/env"):
            owner = env.parent.name.split("-")[1]
            gone = owner.isdigit() and not pathlib.Path("/proc", owner).exists()
            if gone and f"AD_IP={self.ip}" in env.read_text().splitlines():
                run([SCRIPTS / "ad-down", env.parent, "--now", "--purge", "-q"])

    def _read_env(self):
        self.env = {}
        for line in (self.dir / "env").read_text().splitlines():
            name, _, value = line.partition("=")
            self.env[name] = value.strip('"')
        return self

    def join(self, domain):
        """A further domain controller of that running domain, on the next address."""
        self._remove_left_over()
        run([SCRIPTS / "ad-up", self.dir, "--join", domain.dir, "--no-install", "-q"])
        return self._read_env()

    def start(self):
        run([SCRIPTS / "ad-up", self.dir, "--no-install", "-q"])

    def stop(self, now=False):
        run([SCRIPTS / "ad-down", self.dir, "-q", *(["--now"] if now else [])])

    def back_up(self, file):
        """The whole state; a DC that runs is stopped for it."""
        run([SCRIPTS / "ad-snap", "save", self.dir, file, "-q"])

    def restore(self, file, new_invocation_id=True):
        """Stops the DC, puts that state in place of its own and starts it: restored from a backup, with a new
        invocation id, or put back as a careless image of a virtual machine is, without."""
        run([SCRIPTS / "ad-snap", "load", file, self.dir, "-q", *(["--new-invocation-id"] if new_invocation_id else [])])
        self.start()

    def purge(self):
        if self.dir.exists():
            subprocess.run([SCRIPTS / "ad-down", self.dir, "--purge", "-q"], check=False, capture_output=True)

    def signal(self, number):
        """To every process of the DC."""
        script = f". {SCRIPTS}/lab-common.sh; lab_pids {self.dir}"
        for pid in run(["bash", "-c", script]).split():
            os.kill(int(pid), number)

    def mutate(self, *args):
        """One change as Administrator; its JSON line."""
        lines = run([SCRIPTS / "ad-mutate", self.dir, *args]).strip().splitlines()
        return json.loads(lines[-1]) if lines and lines[-1].startswith("{") else lines

    def connection(self, as_admin=True):
        import ldap  # from Debian's python3-ldap
        connection = ldap.initialize(self.env["AD_LDAPS_URI"])
        connection.set_option(ldap.OPT_X_TLS_CACERTFILE, self.env["AD_CA_FILE"])
        connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
        connection.set_option(ldap.OPT_REFERRALS, 0)
        who = "ADMIN_" if as_admin else ""
        connection.simple_bind_s(self.env[f"AD_{who}BIND_DN"], pathlib.Path(self.env[f"AD_{who}PASSWORD_FILE"]).read_text())
        return connection

    def search(self, base, filter_text, attributes, as_admin=True, controls=()):
        """[(dn, {attribute: [bytes]})]"""
        import ldap
        found = self.connection(as_admin).search_ext_s(base, ldap.SCOPE_SUBTREE, filter_text, attributes,
                                                       serverctrls=list(controls))
        return [(dn, values) for dn, values in found if dn is not None]

    @contextlib.contextmanager
    def denied(self, dn, rights="RPLCLORC", account="svc-dirsync", attribute="", below=True):
        """The account has lost these rights (of this attribute only) on the object, which may be renamed meanwhile, and on
        what is below it, for as long as this lasts. What the default security descriptor of a class allows by itself
        stays allowed."""
        import ldap
        from ldap.controls import RequestControl
        dacl_only = [RequestControl("1.2.840.113556.1.4.801", True, b"\x30\x03\x02\x01\x04")]
        name = "nTSecurityDescriptor"
        admin = self.connection()
        found = admin.search_ext_s(dn, ldap.SCOPE_BASE, "(objectClass=*)", [name, "objectGUID"], serverctrls=dacl_only)[0][1]
        before = found[name]
        itself = f"<GUID={uuid.UUID(bytes_le=found['objectGUID'][0])}>"
        import oracle
        kind, guid = "D", ""
        if attribute:
            schema = self.search("CN=Schema,CN=Configuration," + self.base, f"(lDAPDisplayName={attribute})", ["schemaIDGUID"])
            kind, guid = "OD", str(uuid.UUID(bytes_le=schema[0][1]["schemaIDGUID"][0]))
        sid = oracle.sid_text(self.search(self.base, f"(sAMAccountName={account})", ["objectSid"])[0][1]["objectSid"][0])
        run([SCRIPTS / "ad-exec", self.dir, "bash", "-c", f"samba-tool dsacl set -H $AD_SAM --objectdn='{dn}' "
             f"--sddl='({kind};{'CI' if below else ''};{rights};{guid};;{sid})'"])
        try:
            yield
        finally:
            admin.modify_ext_s(itself, [(ldap.MOD_REPLACE, name, before)], serverctrls=dacl_only)

    @property
    def base(self):
        return self.env["AD_BASE_DN"]


class Dirsyncd:
    """A configuration, a store and the programs on them, in a folder of its own."""

    def __init__(self, lab=None, **settings):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="dsd-", dir="/tmp"))
        self.lab = lab
        self.store = self.dir / "identity.db"
        self.config = self.dir / "dirsyncd.yaml"
        self.socket = self.dir / "control.sock"
        self.process = None
        self.around = []  # the command that runs the daemon: another view of the host
        self.log = self.dir / "log"
        if lab is not None:
            self.write(**settings)

    def domain(self, lab=None, servers=None, bind=None, tls=None, detection="auto"):
        lab = lab or self.lab
        servers = servers or [lab.env["AD_LDAPS_URI"]]
        tls = tls or {"ca_file": lab.env["AD_CA_FILE"]}
        bind = bind or {"method": "simple", "dn": lab.env["AD_BIND_DN"], "password_file": lab.env["AD_PASSWORD_FILE"]}
        return {"name": lab.realm, "servers": servers, "tls": tls, "bind": bind, "change_detection": detection}

    def write(self, scope=None, domains=None, extra=None, **domain):
        """Writes the configuration. YAML is a superset of JSON."""
        config = {
            "identity_source": {"type": "active_directory",
                                "active_directory": {"domains": domains or [self.domain(**domain)]}},
            "sync_scope": scope or {"organizational_units": ["OU=Lab," + self.lab.base]},
            "store": {"sqlite": {"path": str(self.store)}},
            "control": {"socket": str(self.socket), "group": str(os.getgid())},
            # Cycles when a test asks for one, and at no other time.
            "schedule": {"poll": "1h", "jitter": "0%", "notifications": False},
        }
        for key, value in (extra or {}).items():
            config[key] = value
        self.config.write_text(json.dumps(config, indent=1, ensure_ascii=False))

    def once(self, *args, expect=0, timeout=120):
        done = subprocess.run([*self.around, str(DIRSYNCD), "-c", str(self.config), "--once", *args], text=True, capture_output=True,
                              timeout=timeout, stdin=subprocess.DEVNULL)
        if expect is not None and done.returncode != expect:
            raise AssertionError(f"dirsyncd --once {args} exited {done.returncode}, not {expect}:\n"
                                 f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
        return done

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([*self.around, str(DIRSYNCD), "-c", str(self.config)], stdin=subprocess.DEVNULL,
                                            stderr=log, stdout=subprocess.DEVNULL)
        self.wait_until(lambda: self.socket.exists() and self.ctl("status", expect=None).returncode == 0)

    def stop(self, number=signal.SIGTERM, expect=0):
        if self.process is None:
            return
        self.process.send_signal(number)
        code = self.process.wait(timeout=60)
        self.process = None
        if expect is not None and code != expect:
            raise AssertionError(f"dirsyncd exited {code}:\n{self.log.read_text()[-4000:]}")

    def wait_until(self, condition, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError("dirsyncd ended:\n" + self.log.read_text()[-4000:])
            time.sleep(0.05)
        raise AssertionError("waited in vain:\n" + (self.log.read_text()[-4000:] if self.log.exists() else ""))

    def ctl(self, *args, expect=0):
        done = subprocess.run([str(CTL), "--socket", str(self.socket), *args], text=True, capture_output=True,
                              timeout=120, stdin=subprocess.DEVNULL)
        if expect is not None and done.returncode != expect:
            raise AssertionError(f"dirsyncctl {args} exited {done.returncode}, not {expect}:\n{done.stdout}\n{done.stderr}")
        return done

    def ctl_json(self, *args, expect=0):
        return json.loads(self.ctl(*args, "--json", expect=expect).stdout)

    def ctl_at_terminal(self, *args, answer, expect=0):
        """Run on a terminal, where somebody types `answer`; what it shows there."""
        controller, terminal = pty.openpty()
        asked = subprocess.Popen([str(CTL), "--socket", str(self.socket), *args], stdin=terminal, stdout=terminal,
                                 stderr=terminal)
        os.close(terminal)
        os.write(controller, (answer + "\n").encode())
        text = b""
        with contextlib.suppress(OSError):  # its end is an error
            while block := os.read(controller, 4096):
                text += block
        os.close(controller)
        code = asked.wait(timeout=60)
        if code != expect:
            raise AssertionError(f"dirsyncctl {args} exited {code}, not {expect}:\n{text.decode()}")
        return text.decode()

    def sql(self, statement, *values):
        """Rows as dictionaries, read as any consumer would."""
        connection = sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)
        try:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(statement, values)]
        finally:
            connection.close()

    def users(self):
        return {row["external_id"]: row for row in self.sql("SELECT * FROM v1_users")}

    def user(self, name):
        rows = self.sql("SELECT * FROM v1_users WHERE user_name = ? COLLATE NOCASE", name)
        return rows[0] if rows else None

    def members(self, group):
        return {row["user_name"] for row in self.sql(
            "SELECT u.user_name FROM v1_memberships m JOIN v1_groups g USING (group_id) JOIN v1_users u USING (user_id) "
            "WHERE g.display_name = ?", group)}

    def state(self):
        """Everything that consumers see, but for times of writing."""
        return {
            "users": self.sql("SELECT * FROM v1_users ORDER BY user_id"),
            "groups": self.sql("SELECT * FROM v1_groups ORDER BY group_id"),
            "memberships": self.sql("SELECT * FROM v1_memberships ORDER BY group_id, user_id"),
            "changes": self.sql("SELECT * FROM v1_changes ORDER BY seq"),
        }

    def check(self):
        connection = sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)
        try:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
            if verdict != "ok" or connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise AssertionError(f"the store is damaged: {verdict}")
        finally:
            connection.close()

    def purge(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


class LabCase(unittest.TestCase):
    """One seeded domain for all tests of a class; what a test changes there it changes under names of its own."""

    lab_settings = {}

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(**cls.lab_settings)
        cls.addClassCleanup(cls.lab.purge)
        cls.lab.up()

    def dirsyncd(self, **settings):
        made = Dirsyncd(self.lab, **settings)
        self.addCleanup(made.purge)
        return made

    def at(self, name):
        return f"{name}@{self.lab.realm}"


