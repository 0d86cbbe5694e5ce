"""Login by a client certificate (SASL EXTERNAL), on the scripted server: Samba offers no such login, and slapd, which does,
is no Active Directory."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402
from ldap_responder import Domain, Responder, make_certificate  # noqa: E402


class ClientCertificate(unittest.TestCase):
    def served(self, start_tls=False):
        self.domain = Domain(users=5)
        self.domain.dir_sync = True
        self.responder = Responder(self.domain, start_tls=start_tls)
        self.addCleanup(self.responder.close)
        self.daemon = lab.Dirsyncd()
        self.addCleanup(self.daemon.purge)
        self.certificate, self.key = make_certificate(self.daemon.dir, "dirsync", "/CN=svc-dirsync")
        self.key.chmod(0o600)
        self.responder.know(self.certificate, "svc-dirsync")
        self.write(self.certificate, self.key)

    def write(self, certificate, key):
        settings = self.responder.settings()
        settings["tls"]["start_tls"] = self.responder.start_tls
        settings["bind"] = {"method": "external", "certificate_file": str(certificate), "key_file": str(key)}
        self.daemon.write(domains=[settings], scope={"organizational_units": [self.domain.unit]})

    def test_it_logs_in_and_follows(self):
        for start_tls in (False, True):
            with self.subTest(start_tls=start_tls):
                self.served(start_tls)
                self.daemon.once()
                self.assertEqual(len(self.daemon.users()), 5)
                self.domain.set(self.domain.named("user001"), "mail", "new@example.com")
                self.daemon.once()
                self.assertEqual(self.daemon.user("user001@corp.example.com")["email"], "new@example.com")
                self.assertEqual(self.responder.asked.count("EXTERNAL by svc-dirsync"), 2)
                self.assertEqual(self.responder.asked.count("StartTLS"), 2 if start_tls else 0)

    def test_a_certificate_of_no_account_is_refused_once(self):  # semantics 5.8
        self.served()
        self.daemon.once()
        state = self.daemon.state()
        self.responder.accounts.clear()
        self.assertIn("the client certificate", self.daemon.once(expect=77).stderr)
        self.responder.rewind()
        self.daemon.once(expect=77)
        self.assertEqual(self.responder.asked, [])
        self.assertEqual(self.daemon.state(), state)
        # Another certificate is tried at once.
        self.responder.accounts.add("renewed")
        certificate, key = make_certificate(self.daemon.dir, "dirsync", "/CN=renewed")
        key.chmod(0o600)
        self.responder.know(certificate, "renewed")
        self.daemon.once()
        self.assertIn("EXTERNAL by renewed", self.responder.asked)

    def test_a_certificate_that_the_server_does_not_trust_removes_nobody(self):  # semantics 5.1
        self.served()
        self.daemon.once()
        state = self.daemon.state()
        certificate, key = make_certificate(self.daemon.dir, "stranger", "/CN=stranger")
        key.chmod(0o600)
        self.write(certificate, key)
        self.assertIn("does not trust the certificate that it was shown", self.daemon.once(expect=75).stderr)
        self.assertEqual(self.daemon.state(), state)

    def test_a_key_that_is_none_or_of_another_certificate(self):
        self.served()
        other, other_key = make_certificate(self.daemon.dir, "other", "/CN=other")
        (self.daemon.dir / "none.key").write_text("no key")
        for key in (other_key, self.daemon.dir / "none.key", self.daemon.dir / "missing.key"):
            with self.subTest(key=key.name):
                if key.exists():
                    key.chmod(0o600)
                self.write(self.certificate, key)
                done = self.daemon.once(expect=None)
                self.assertEqual(done.returncode, 78, done.stderr)
                self.assertIn(str(key), done.stderr)
                self.assertFalse([kind for kind in self.responder.asked if kind.startswith("EXTERNAL")])


if __name__ == "__main__":
    unittest.main()
