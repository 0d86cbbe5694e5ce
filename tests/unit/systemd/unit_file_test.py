#!/usr/bin/env python3
"""What the sandbox of the service lets through, by the rules of systemd.exec(5): a test that needs no systemd."""
import pathlib
import unittest

UNIT = pathlib.Path(__file__).resolve().parents[3] / "systemd" / "dirsyncd.service"
# Of systemd's groups only what is asked for here.
GROUPS = {
    "@chown": {"chown", "fchown", "fchownat", "lchown"},
    "@system-service": {"read", "write", "fchmodat", "chown", "fchown", "fchownat", "lchown", "fsync", "setrlimit",
                        "add_key"},
    "@privileged": {"chown", "fchown", "fchownat", "lchown", "mount", "chroot"},
    "@resources": {"setrlimit"},
    "@keyring": {"add_key"},
}


def settings(key):
    lines = UNIT.read_text().splitlines()
    return [line.split("=", 1)[1] for line in lines if line.startswith(key + "=")]


def allowed():
    """The first line says whether the list allows or denies; each one behind it adds or takes away."""
    calls = set()
    for number, line in enumerate(settings("SystemCallFilter")):
        takes_away = line.startswith("~")
        assert number > 0 or not takes_away, "the list has to be one of what is allowed"
        for word in line.lstrip("~").split():
            named = GROUPS.get(word, {word})
            calls = calls - named if takes_away else calls | named
    return calls


class Sandbox(unittest.TestCase):
    def test_the_socket_can_be_given_to_its_group(self):
        self.assertLessEqual({"fchownat", "fchmodat", "lchown"}, allowed())

    def test_the_rest_stays_forbidden(self):
        self.assertFalse({"mount", "chroot", "setrlimit", "add_key"} & allowed())

    def test_no_right_is_kept_for_it(self):
        self.assertEqual(settings("CapabilityBoundingSet"), [""])
        self.assertEqual(settings("AmbientCapabilities"), [""])


if __name__ == "__main__":
    unittest.main()
