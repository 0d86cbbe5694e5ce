"""Kerberos where a domain controller asks for more than the ordinary, and where something about it is wrong."""
import os
import pathlib
import sys
import unittest
import unittest.mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import lab  # noqa: E402


class Kerberos(lab.LabCase):
    """SASL inside TLS is refused by Samba unless it is told otherwise; Windows takes it."""

    lab_settings = {"ip": "127.0.1.24", "seed": None, "options": ("--strong-auth", "allow_sasl_over_tls")}

    def setUp(self):
        environment = unittest.mock.patch.dict(os.environ, {"KRB5_CONFIG": self.lab.env["KRB5_CONFIG"]})
        environment.start()
        self.addCleanup(environment.stop)
        self.bind = {"method": "gssapi", "principal": self.lab.env["AD_PRINCIPAL"], "keytab_file": self.lab.env["AD_KEYTAB"]}
        self.scope = {"users": [self.at("svc-plain")]}

    def test_inside_and_outside_of_tls(self):
        env = self.lab.env
        ca = {"ca_file": env["AD_CA_FILE"]}
        for way in ({"servers": [env["AD_URI"]], "tls": ca}, {"servers": [env["AD_LDAPS_URI"]], "tls": ca},
                    {"servers": [env["AD_URI"]], "tls": {**ca, "start_tls": True}}):
            with self.subTest(**way):
                daemon = self.dirsyncd(bind=self.bind, scope=self.scope, **way)
                daemon.once()
                self.assertEqual(len(daemon.users()), 1)

    def test_a_keytab_of_somebody_else_is_refused(self):  # semantics 5.8
        daemon = self.dirsyncd(bind={**self.bind, "keytab_file": self.lab.env["AD_PLAIN_KEYTAB"]}, scope=self.scope,
                               servers=[self.lab.env["AD_URI"]])
        done = daemon.once(expect=77)
        self.assertIn(self.lab.env["AD_PRINCIPAL"], done.stderr)
        self.assertEqual(daemon.users(), {})

    def test_nothing_of_it_stays_on_the_disk(self):
        caches = lambda: set(pathlib.Path("/tmp").glob("krb5cc*"))  # noqa: E731
        before = caches()
        daemon = self.dirsyncd(bind=self.bind, scope=self.scope, servers=[self.lab.env["AD_URI"]])
        daemon.once()
        self.assertEqual(caches(), before)
        self.assertEqual({file.name.split(".db")[0] for file in daemon.dir.iterdir()}, {"dirsyncd.yaml", "identity"})


if __name__ == "__main__":
    unittest.main()
