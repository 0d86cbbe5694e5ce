"""The second domain controller is as the first was some time ago. What it lacks is no news."""
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402
from ldap_responder import Domain, Fault, Responder, announces, close, drip, over_and_over, result  # noqa: E402

WAYS = (("usn", ()), ("usn", ("--full",)), ("dirsync", ("--full",)), ("dirsync", ()), ("full", ()))


class TwoControllers(unittest.TestCase):
    """Both were the same when `self.old` users were made; a store knows the first as it is `changed`."""

    def served(self, detection, stays=False):
        self.one = Domain(users=20)
        self.one.dir_sync = True
        self.team = self.one.add_group("team", [self.user(i) for i in range(10)])
        self.one.set(self.user(5), "userAccountControl", 514)
        self.two = self.one.replicated("DC2")
        self.change(self.one)
        self.first, self.second = Responder(self.one), Responder(self.two)
        for each in (self.first, self.second):
            self.addCleanup(each.close)
        both = self.first.dir / "both.pem"
        both.write_text(self.first.certificate.read_text() + self.second.certificate.read_text())
        self.daemon = lab.Dirsyncd()
        self.addCleanup(self.daemon.purge)
        self.settings = {**self.first.settings(), "servers": [self.first.uri, self.second.uri],
                         "tls": {"ca_file": str(both)}, "change_detection": detection}
        self.write()
        if stays:
            self.daemon.start()
            self.daemon.ctl("sync")
        else:
            self.daemon.once()
        self.state = self.daemon.state()
        self.assertEqual(len(self.state["users"]), 19)

    def write(self, **more):
        self.daemon.write(domains=[{**self.settings, **more}],
                          scope={"organizational_units": [self.one.unit], "groups": ["team@corp.example.com"]})

    def user(self, number, domain=None):
        return (domain or self.one).named(f"user{number:03d}")

    def change(self, domain):
        """A leaver, one who is back, two who left the team, six who came, one who is gone."""
        domain.set(self.user(0, domain), "userAccountControl", 514)
        domain.set(self.user(5, domain), "userAccountControl", 512)
        domain.set_members(domain.named("team"), [self.user(i, domain) for i in (0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)])
        domain.delete(self.user(3, domain))

    def fails_over(self):
        self.first.faults = [Fault("bind", close)]

    def catches_up(self):
        self.change(self.two)
        self.two.has_all_of(self.one)

    def last_run(self):
        return self.daemon.sql("SELECT * FROM v1_runs ORDER BY run_id DESC LIMIT 1")[0]

    def test_one_that_is_behind_is_not_believed(self):  # semantics 5.16
        for detection, arguments in WAYS:
            with self.subTest(detection=detection, arguments=arguments):
                self.served(detection)
                self.fails_over()
                told = self.daemon.once(*arguments, expect=75).stderr
                self.assertIn("it is behind in replication", told)
                self.assertIn("lost_invocation_ids", told)
                self.assertEqual(self.daemon.state(), self.state)
                self.assertEqual(self.last_run()["outcome"], "partial")
                # As soon as it has caught up everything passes at once.
                self.catches_up()
                self.daemon.once(*arguments)
                self.assertEqual(self.daemon.state(), self.state)
                self.two.set(self.user(4, self.two), "userAccountControl", 514)
                self.daemon.once(*arguments)
                self.assertEqual(self.daemon.user("user004@corp.example.com")["status"], "DISABLED")

    def test_one_that_is_behind_is_passed_over(self):  # semantics 5.16, 6.4
        self.served("usn")
        self.settings["servers"].reverse()
        self.write()
        self.daemon.once("--full")
        self.assertEqual(self.daemon.state(), self.state)
        self.assertNotIn("users", self.second.asked)

    def test_what_never_replicates_keeps_nobody_waiting(self):  # semantics 5.16
        for detection, arguments in WAYS:
            with self.subTest(detection=detection, arguments=arguments):
                self.served(detection)
                self.catches_up()
                # Logons count on the domain controller that saw them and nowhere else.
                self.one.usn += 500
                self.one.set(self.user(4), "sn", "Changed")
                self.two.set(self.user(4, self.two), "sn", "Changed")
                self.two.has_all_of(self.one)
                self.one.usn += 500
                for i in range(5, 8):
                    self.one.touch(self.user(i))
                self.daemon.once(*arguments)
                self.fails_over()
                self.daemon.once(*arguments)
                self.assertEqual(self.daemon.user("user004@corp.example.com")["family_name"], "Changed")

    def test_a_connection_that_is_kept_knows_what_was_read_on_it(self):  # semantics 5.16, 6.5
        self.served("dirsync", stays=True)
        self.catches_up()
        for domain in (self.one, self.two):
            domain.set_members(domain.named("team"), [self.user(i, domain) for i in range(6, 12)])
        self.two.has_all_of(self.one)
        # Logons, which never replicate.
        self.one.usn += 500
        self.daemon.ctl("sync")
        self.assertEqual(len(self.daemon.members("team@corp.example.com")), 6)
        self.daemon.stop()
        self.fails_over()
        self.daemon.once()

    def test_a_deletion_is_something_to_lack(self):  # semantics 5.16: the newest change is a tombstone
        for detection, arguments in WAYS:
            with self.subTest(detection=detection, arguments=arguments):
                self.served(detection)
                self.catches_up()
                self.one.delete(self.user(17))
                self.daemon.once(*arguments)
                self.fails_over()
                self.daemon.once(*arguments, expect=75)
                self.assertNotIn("user017@corp.example.com", {row["user_name"] for row in self.daemon.users().values()})

    def test_one_whose_vector_cannot_be_read_serves_with_a_warning(self):  # semantics 5.16
        self.served("usn")
        self.catches_up()
        del self.two.entries[self.two.guid].values["repluptodatevector"]
        self.fails_over()
        self.assertIn("it is believed meanwhile, even if it lags behind; grant the account Read Property of replUpToDateVector",
                      self.daemon.once().stdout)
        self.assertEqual(self.daemon.state(), self.state)

    def test_an_admin_says_that_the_first_is_gone_for_good(self):  # semantics 5.16
        self.served("usn")
        self.fails_over()
        self.daemon.once(expect=75)
        self.write(lost_invocation_ids=[str(self.one.invocation_id())])
        self.daemon.once()
        self.assertEqual(self.daemon.user("user000@corp.example.com")["status"], "ENABLED")
        # From now on the second is what others are measured by.
        self.write()
        self.daemon.once()

    def test_a_message_without_end_is_refused(self):  # semantics 5.1: 1.5 GB in one message
        self.served("full")
        self.first.faults = [Fault("users", announces(1_500_000_000))]
        self.second.faults = [Fault("bind", close)]
        self.assertIn("is longer than 64 MiB; nothing that it sent is used; check", self.daemon.once(expect=75).stderr)
        self.assertLess(self.first.flood, 64 << 20)
        self.assertEqual(self.daemon.state(), self.state)

    def test_a_page_without_end_is_left(self):  # semantics 5.1, 5.19
        self.served("full")
        self.first.faults = [Fault("users", over_and_over)]
        self.second.faults = [Fault("bind", close)]
        said = self.daemon.once(expect=75).stderr
        self.assertIn("more entries in a page than were asked for", said)
        self.assertIn("nothing that it sent is used; check", said)
        self.assertLess(self.first.flood, 64 << 20)
        self.assertEqual(self.daemon.state(), self.state)

    def test_one_that_breaks_each_read_is_left_for_the_next(self):  # semantics 6.4
        breaks = {"busy": result(51), "cut": close, "endless message": announces(1_500_000_000), "endless page": over_and_over}
        for detection in ("usn", "dirsync", "full"):
            for name, action in breaks.items():
                with self.subTest(detection=detection, fault=name):
                    self.served(detection)
                    self.catches_up()
                    for domain in (self.one, self.two):
                        domain.set(self.user(4, domain), "userAccountControl", 514)
                    self.two.has_all_of(self.one)
                    self.first.faults = [Fault(kind, action) for kind in ("users", "DirSync")]
                    self.daemon.once()
                    self.assertEqual(self.daemon.user("user004@corp.example.com")["status"], "DISABLED")

    def test_one_that_drips_is_left_for_the_next(self):  # semantics 5.19: the deadlines are those of a service
        running = {}
        for detection in ("usn", "dirsync", "full"):
            self.served(detection)
            self.catches_up()
            for domain in (self.one, self.two):
                domain.set(self.user(4, domain), "userAccountControl", 514)
                for i in range(6, 18):  # so much that it does not end within the deadline
                    domain.set(self.user(i, domain), "sn", "Changed")
            self.two.has_all_of(self.one)
            self.first.faults = [Fault(kind, drip) for kind in ("users", "DirSync")]
            process = subprocess.Popen([lab.DIRSYNCD, "-c", self.daemon.config, "--once"], stderr=subprocess.PIPE,
                                       stdout=subprocess.DEVNULL, text=True)
            running[detection] = (process, self.daemon, self.second)
        for detection, (process, daemon, second) in running.items():
            with self.subTest(detection=detection):
                _, told = process.communicate(timeout=200)
                self.assertEqual(process.returncode, 0, told)
                self.assertIn("DirSync" if detection == "dirsync" else "users", second.asked)
                self.assertEqual(daemon.user("user004@corp.example.com")["status"], "DISABLED")

    def test_a_hidden_list_at_a_failover_empties_no_group(self):  # semantics 5.15: of another DC no USN is known
        for detection, arguments in WAYS:
            with self.subTest(detection=detection, arguments=arguments):
                self.served(detection)
                self.catches_up()
                self.two.unreadable = {"member"}
                self.fails_over()
                self.daemon.once(*arguments)
                self.assertEqual(self.daemon.state(), self.state)

    def test_a_hidden_list_at_a_failover_that_nothing_proves_is_held(self):  # semantics 5.15
        for detection, arguments in WAYS:
            # DirSync goes on with its cookie, and what it tells of no link is no question.
            asks = (detection, arguments) != ("dirsync", ())
            with self.subTest(detection=detection, arguments=arguments):
                self.served(detection)
                self.catches_up()
                self.two.unreadable = {"member", "memberof"}
                self.fails_over()
                done = self.daemon.once(*arguments, expect=3 if asks else 0)
                self.assertEqual("absent" in done.stdout, asks)
                self.assertEqual(self.daemon.state()["memberships"], self.state["memberships"])
                self.two.unreadable = set()
                self.daemon.once(*arguments)
                self.assertEqual(self.daemon.state(), self.state)

    def test_the_only_one_that_breaks_a_read_is_asked_again_in_the_next_cycle(self):  # semantics 5.1, 6.4
        self.served("usn", stays=True)
        self.second.faults = [Fault("bind", close)]
        self.first.faults = [Fault("users", close)]
        self.one.set(self.user(4), "userAccountControl", 514)
        self.daemon.ctl("sync", expect=75)
        self.assertEqual(self.daemon.state(), self.state)
        self.first.faults = []
        self.daemon.ctl("sync")
        self.assertEqual(self.daemon.user("user004@corp.example.com")["status"], "DISABLED")


if __name__ == "__main__":
    unittest.main()
