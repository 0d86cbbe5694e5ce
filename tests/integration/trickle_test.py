"""A loss that arrives one person at a time, as the daemon follows it live (semantics 5.3)."""
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402


class Trickle(lab.LabCase):
    lab_settings = {"ip": "127.0.1.31", "seed": ("--users", "60")}

    def test_a_script_that_deletes_people_one_by_one_is_held(self):
        unit = "OU=Trickle,OU=Lab," + self.lab.base
        self.lab.mutate("create-ou", "Trickle", "parent=OU=Lab," + self.lab.base)
        names = [f"trickle{i:02d}" for i in range(30)]
        for name in names:
            self.lab.mutate("create-user", name, "parent=" + unit, f"userPrincipalName={self.at(name)}")
        daemon = self.dirsyncd(scope={"organizational_units": [unit]}, extra={
            "schedule": {"poll": "1s", "jitter": "0%", "notifications": True},
            "safety": {"remove_users": {"count": 5, "percent": 100}}})
        daemon.start()
        daemon.wait_until(lambda: len(daemon.users()) == len(names))
        runs = len(daemon.sql("SELECT run_id FROM v1_runs"))
        for name in names[:6]:
            self.lab.mutate("delete", name)
            daemon.wait_until(lambda gone=self.at(name): daemon.user(gone) is None or daemon.ctl_json("status", expect=None)["held"])
        daemon.wait_until(lambda: daemon.ctl_json("status", expect=None)["held"])
        for name in names[6:9]:
            self.lab.mutate("delete", name)
        daemon.wait_until(lambda: daemon.ctl_json("status", expect=None)["held"][0]["count"] == 4)
        self.assertGreater(len(daemon.sql("SELECT run_id FROM v1_runs")) - runs, 3, "it came in many runs")
        hold, = daemon.ctl_json("status", expect=None)["held"]
        self.assertEqual((hold["class"], hold["limit"]), ("remove_users", "5 or 100% in 1h, 5 went through before"))
        self.assertEqual(len(daemon.users()), 25)
        time.sleep(2)
        self.assertEqual(len(daemon.users()), 25)
        # Others go on, and who looked at it may let it through.
        self.lab.mutate("disable", names[20])
        daemon.wait_until(lambda: daemon.user(self.at(names[20]))["status"] == "DISABLED")
        daemon.ctl("approve", hold["id"])
        daemon.wait_until(lambda: len(daemon.users()) == 21)
        daemon.stop()
        daemon.check()


if __name__ == "__main__":
    unittest.main()
