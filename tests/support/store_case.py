"""A domain of thirty users and a group, and the store that dirsyncd has made of it."""
import os
import pathlib
import sqlite3
import unittest

import lab
from ldap_responder import Domain, Responder

# Where `dirsyncctl` finds a daemon to ask when none runs.
os.environ["PATH"] = f"{lab.DIRSYNCD.parent}:{os.environ['PATH']}"


class StoreCase(unittest.TestCase):
    def setUp(self):
        self.domain = Domain(users=30)
        self.team = self.domain.add_group("team", [self.domain.named(f"user{i:03d}") for i in range(8)])
        self.responder = Responder(self.domain)
        self.addCleanup(self.responder.close)
        self.daemon = lab.Dirsyncd()
        self.addCleanup(self.daemon.purge)
        self.configure("dirsync")
        self.daemon.once()

    def configure(self, detection):
        self.daemon.write(domains=[{**self.responder.settings(), "change_detection": detection}],
                          scope={"organizational_units": [self.domain.unit], "groups": ["team@corp.example.com"]})

    def path(self, suffix=""):
        return pathlib.Path(str(self.daemon.store) + suffix)

    def remove(self, *suffixes):
        for suffix in suffixes:
            self.path(suffix).unlink(missing_ok=True)

    def backup(self):
        copy = self.daemon.dir / "backup.db"
        source, target = sqlite3.connect(self.daemon.store), sqlite3.connect(copy)
        source.backup(target)
        source.close()
        target.close()
        return copy

    def restore_into(self, copy):
        """sqlite3 identity.db ".restore copy.db" """
        source, target = sqlite3.connect(copy), sqlite3.connect(self.daemon.store)
        source.backup(target)
        source.close()
        target.close()

    def names(self):
        return {row["user_name"] for row in self.daemon.users().values()}

    def hire(self, *names):
        for name in names:
            self.domain.add_user(name)

    def expect_lost(self, why):
        """Each command says it, with exit code 75, and nothing is asked of the directory."""
        self.responder.rewind()
        done = self.daemon.ctl("sync", expect=75)
        self.assertIn(why, done.stdout + done.stderr)
        self.assertFalse(self.responder.sent, "the directory was asked")
        self.assertIn(why, self.daemon.ctl("users", "list", expect=75).stderr)
        status = self.daemon.ctl_json("status", expect=None)
        self.assertIn(why, status["last_error"])
        self.assertIn("failing: ", self.daemon.ctl("status", expect=None).stdout)
        # Whatever file lies there now: it is not the one that the daemon has.
        checks = self.daemon.ctl_json("-c", str(self.daemon.config), "doctor", expect=75)["checks"]
        store = [(check["outcome"], check["seen"]) for check in checks if check["check"] == "store"]
        self.assertEqual([outcome for outcome, _ in store], ["failed"], store)
        self.assertIn(why, store[0][1])
        self.daemon.wait_until(lambda: "STORE_LOST" in self.daemon.log.read_text())
