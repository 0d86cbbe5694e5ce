"""What a cycle leaves behind: nothing where nothing is new, secrets nowhere, and no mark in the directory."""
import hashlib
import pathlib
import sqlite3
import stat
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402


class Traces(lab.LabCase):
    lab_settings = {"ip": "127.0.1.23", "seed": ("--users", "60")}

    def files(self, daemon):
        """Name -> hash and time of writing of the store's file and its log. The index of the log is memory that readers
        share."""
        return {file.name: (hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_mtime_ns)
                for file in daemon.dir.glob("identity.db*") if file.suffix not in (".lock", ".db-shm")}

    def test_a_cycle_with_nothing_new_touches_no_byte(self):  # semantics 5.6
        daemon = self.dirsyncd()
        daemon.once()
        before = self.files(daemon)
        self.assertIn("identity.db", before)
        for args in ((), ("--full",), ("--dry-run",)):
            daemon.once(*args)
            self.assertEqual(self.files(daemon), before, args)
        self.lab.mutate("set", "user000001", "displayName=Changed")
        daemon.once("--dry-run", expect=2)
        self.assertEqual(self.files(daemon), before)
        daemon.once()
        self.assertNotEqual(self.files(daemon), before)

    def test_the_daemon_writes_only_what_is_new(self):  # semantics 5.6
        daemon = self.dirsyncd()
        daemon.start()
        daemon.ctl("sync")
        reader = sqlite3.connect(f"file:{daemon.store}?mode=ro", uri=True)
        self.addCleanup(reader.close)
        version = lambda: reader.execute("PRAGMA data_version").fetchone()[0]  # noqa: E731
        before = version()
        for args in (("sync",), ("sync", "--full"), ("plan",), ("status",), ("explain", "user000001")):
            daemon.ctl(*args)
        self.assertEqual(version(), before)
        self.lab.mutate("set", "user000002", "displayName=Changed")
        daemon.ctl("sync")
        self.assertNotEqual(version(), before)

    def test_the_password_is_nowhere(self):
        env = self.lab.env
        secret = pathlib.Path(env["AD_PASSWORD_FILE"]).read_text().strip()
        daemon = self.dirsyncd(extra={"log": {"level": "debug"}})
        daemon.start()
        daemon.ctl("sync")
        process = pathlib.Path("/proc", str(daemon.process.pid))
        told = [daemon.ctl(*args, expect=None) for args in (
            ("status",), ("status", "--json"), ("plan", "--json"), ("runs", "--json"), ("changes", "--json"),
            ("explain", "user000001", "--json"), ("source", "show"), ("no-such-command",))]
        dumped = lab.run([lab.DIRSYNCD, "--check-config", daemon.config, "--dump"])
        self.assertIn("password_file", dumped)
        places = {"arguments": (process / "cmdline").read_text(), "environment": (process / "environ").read_text(),
                  "dump": dumped, "log": daemon.log.read_text(), "answers": "".join(d.stdout + d.stderr for d in told)}
        daemon.stop()
        for file in daemon.dir.iterdir():
            if file.is_file():
                places[file.name] = file.read_bytes().decode("latin-1")
        self.assertIn(daemon.store.name, places)
        for place, text in places.items():
            self.assertNotIn(secret, text, place)
            self.assertTrue(text or place == "identity.db-wal", place)

    def test_the_store_is_not_for_everybody(self):
        daemon = self.dirsyncd()
        daemon.start()
        daemon.ctl("sync")
        self.assertTrue(daemon.store.exists())
        for file in daemon.dir.glob("identity.db*"):
            self.assertEqual(stat.S_IMODE(file.stat().st_mode) & 0o007, 0, file)

    def test_the_directory_is_only_read(self):  # semantics 5.9
        def marks():
            return {dn: values["uSNChanged"] for dn, values in self.lab.search(self.lab.base, "(objectClass=*)", ["uSNChanged"])
                    if "uSNChanged" in values and not dn.startswith("CN=svc-dirsync,")}  # logging on is noted there
        before = marks()
        self.assertTrue(before)
        daemon = self.dirsyncd(scope={"groups": [self.at("group00000"), self.at("diamond-top")]})
        daemon.once()
        daemon.once("--full")
        self.assertEqual(marks(), before)


if __name__ == "__main__":
    unittest.main()
