"""Whatever breaks: nobody is removed or disabled, and the next good run puts things right."""
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402


class Faults(lab.LabCase):
    lab_settings = {"ip": "127.0.1.12", "seed": ("--users", "400")}

    def settled(self, **settings):
        daemon = self.dirsyncd(**settings)
        daemon.once()
        return daemon, daemon.state()

    def test_a_domain_controller_killed_in_mid_read(self):  # semantics 5.1, 5.7
        daemon, state = self.settled()
        outcomes = set()
        for delay in (0.02, 0.05, 0.1, 0.15, 0.2, 0.3):
            process = subprocess.Popen([lab.DIRSYNCD, "-c", daemon.config, "--once", "--full"], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            time.sleep(delay)
            self.lab.stop(now=True)
            outcomes.add(process.wait(timeout=120))
            self.assertEqual(daemon.state(), state)
            self.lab.start()
        self.assertLessEqual(outcomes, {0, 75})
        self.assertIn(75, outcomes)
        daemon.once()
        self.assertEqual(daemon.state(), state)

    def test_a_frozen_domain_controller(self):  # semantics 5.1
        daemon, state = self.settled()
        self.lab.signal(signal.SIGSTOP)
        try:
            begin = time.monotonic()
            done = daemon.once(expect=75)
            self.assertLess(time.monotonic() - begin, 60)
            self.assertIn(self.lab.ip, done.stderr)
        finally:
            self.lab.signal(signal.SIGCONT)
        self.assertEqual(daemon.state(), state)
        daemon.once()

    def test_limits_of_the_host(self):  # semantics 5.7
        daemon, state = self.settled()
        descriptors = [f"--nofile={n}" for n in range(8, 21)]
        memory = [f"--as={n << 20}" for n in range(30, 75, 5)]
        # 127: not even its libraries could be loaded. Where an allocation fails, GnuTLS, libtasn1 and Asio may know no
        # other way out than a signal, or take a good certificate for a bad one: then the store alone is the promise.
        ends = {0, 75, 127}
        ends_without_memory = ends | {78, -signal.SIGABRT, -signal.SIGSEGV}
        for limit in descriptors + memory:
            with self.subTest(limit=limit):
                daemon.around = ["prlimit", limit]
                done = daemon.once("--full", expect=None)
                self.assertIn(done.returncode, ends if limit in descriptors else ends_without_memory, done.stderr)
                if done.returncode > 0:
                    self.assertNotEqual(done.stderr, "")
                self.assertEqual(daemon.state(), state)
        daemon.around = []
        daemon.once("--full")
        self.assertEqual(daemon.state(), state)

    def test_files_that_may_not_grow(self):  # semantics 5.7, contract: exit codes
        daemon = self.dirsyncd()
        for size in (0, 4096, 1 << 16, 1 << 18):
            with self.subTest(size=size):
                daemon.around = ["prlimit", f"--fsize={size}"]
                done = daemon.once(expect=None)
                self.assertEqual(done.returncode, 75, done.stderr)
                self.assertNotEqual(done.stderr, "")
        daemon.around = []
        daemon.once()
        self.assertGreater(len(daemon.users()), 400)

    def test_failover_to_the_second_server(self):  # semantics 6.4
        daemon = self.dirsyncd(servers=["ldaps://127.0.1.99", self.lab.env["AD_LDAPS_URI"]])
        daemon.once()
        self.assertGreater(len(daemon.users()), 400)

    def test_lost_read_rights_hold(self):  # semantics 5.2
        daemon, state = self.settled()
        unit = "OU=Odd,OU=Lab," + self.lab.base
        with self.lab.denied(unit):
            done = daemon.once("--full", expect=3)
            self.assertIn("absent", done.stdout)
            users = daemon.users()
            self.assertEqual(len(users), len(state["users"]))
            self.assertEqual([row["status"] for row in users.values()].count("DISABLED"),
                             [row["status"] for row in state["users"]].count("DISABLED"))
            self.assertTrue(any(row["scope"] == "held" for row in users.values()))
            self.assertEqual(daemon.state()["memberships"], state["memberships"])
            daemon.once("--full", expect=3)
        daemon.once("--full")
        self.assertTrue(all(row["scope"] == "in" for row in daemon.users().values()))

    def test_a_mass_deletion_waits_for_approval(self):  # semantics 5.3
        for i in range(40):
            self.lab.mutate("create-user", f"mass{i:02d}", f"userPrincipalName=mass{i:02d}@{self.lab.realm}")
        self.lab.mutate("create-group", "massgroup")
        self.lab.mutate("add-member", "massgroup", *[f"mass{i:02d}" for i in range(40)])
        daemon, _ = self.settled(scope={"groups": [self.at("massgroup")]})
        for i in range(12):
            self.lab.mutate("delete", f"mass{i:02d}")
        self.lab.mutate("disable", "mass30")
        done = daemon.once(expect=3)
        self.assertIn("remove_users, 12", done.stdout)
        self.assertEqual(len(daemon.users()), 40)
        self.assertEqual(daemon.user(self.at("mass30"))["status"], "DISABLED")
        held = done.stdout.split("held ", 1)[1].split(":", 1)[0]
        self.assertIn(held, daemon.once(expect=3).stdout)  # the same set, the same id
        daemon.once("--approve", "0123456789ab", expect=64)
        daemon.once("--approve", held)
        self.assertEqual(len(daemon.users()), 28)
        daemon.check()

    def test_two_processes_on_one_store(self):  # semantics 5.11
        daemon, state = self.settled()
        daemon.start()
        done = daemon.once(expect=75)
        self.assertIn(str(daemon.process.pid), done.stderr)
        daemon.stop()
        daemon.once()
        self.assertEqual(daemon.state(), state)

    def users_after_recovery(self, daemon):
        """What the next start will find: it may have to finish or undo a commit first, which no reader can. On a copy."""
        with tempfile.TemporaryDirectory() as folder:
            for file in daemon.dir.glob("identity.db*"):
                shutil.copy(file, folder)
            connection = sqlite3.connect(pathlib.Path(folder) / daemon.store.name)
            try:
                if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'v1_users'").fetchone():
                    return 0
                return connection.execute("SELECT count(*) FROM v1_users").fetchone()[0]
            finally:
                connection.close()

    def test_kill_9_at_any_moment(self):  # semantics 5.7
        seed = random.randrange(10**6)
        print("seed", seed)
        draw = random.Random(seed)
        reference, state = self.settled()
        daemon = self.dirsyncd()
        for _ in range(20):
            process = subprocess.Popen([lab.DIRSYNCD, "-c", daemon.config, "--once", "--full"], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            time.sleep(draw.uniform(0.02, 0.5))
            process.kill()
            process.wait()
            if daemon.store.exists():
                self.assertIn(self.users_after_recovery(daemon), (0, len(state["users"])))
            if draw.random() < 0.3:
                for file in daemon.dir.glob("identity.db*"):
                    os.unlink(file)
        daemon.once()
        daemon.check()
        self.assertEqual({(u["external_id"], u["user_name"], u["status"]) for u in daemon.users().values()},
                         {(u["external_id"], u["user_name"], u["status"]) for u in state["users"]})

    def test_a_configuration_that_is_wrong_touches_nothing(self):
        daemon, state = self.settled()
        daemon.config.write_text(daemon.config.read_text().replace('"sync_scope"', '"sync_scoop"'))
        done = daemon.once(expect=78)
        self.assertIn("sync_scope", done.stderr)
        self.assertRegex(done.stderr, r"dirsyncd\.yaml:\d+:\d+: ")
        self.assertEqual(daemon.state(), state)


if __name__ == "__main__":
    unittest.main()
