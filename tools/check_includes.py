#!/usr/bin/env python3
"""Fail when a folder includes what docs/architecture.md does not let it, or a header that is too dear."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent
MAY_USE = {
    "core": set(),
    "sync": set(),
    "config": {"core", "sync"},
    "ldap/wire": {"core", "sync"},
    "ldap": {"core", "sync", "config", "ldap/wire"},
    "store": {"core", "sync"},
    "daemon": {"core", "sync", "config", "ldap", "store"},
    "ctl": {"core", "config", "sync"},
}
MAY_USE["sync"] = {"core"}
ASIO_IN_SYNC = ("ports.hpp", "engine", "store_thread")
bad = 0


def folder_of(path):
    return "ldap/wire" if path.startswith("ldap/wire/") else path.split("/")[0]


def complain(path, line, text):
    global bad
    print(f"{path}:{line}: {text}")
    bad = 1


for folder in ("core", "sync", "config", "store", "ldap", "daemon", "ctl"):
    for file in sorted((root / folder).rglob("*.[ch]pp")):
        path = str(file.relative_to(root))
        home = folder_of(path)
        lines = file.read_text(encoding="utf-8").splitlines()
        if file.suffix == ".hpp" and "#pragma once" not in lines:
            complain(path, 1, "no #pragma once")
        for number, line in enumerate(lines, 1):
            match = re.match(r'#include ([<"])([^>"]+)[>"]', line)
            if not match:
                continue
            kind, name = match.groups()
            if kind == '"' and "/" in name:
                target = folder_of(name)
                if target != home and target not in MAY_USE[home]:
                    complain(path, number, f"{home}/ may not use {target}/")
            if name == "boost/asio.hpp":
                complain(path, number, "include the single headers of Asio: this one costs ten seconds a file")
            if home == "core" and name.startswith("boost/asio"):
                complain(path, number, "core/ knows no Asio")
            if home == "sync" and name.startswith("boost/asio") and not file.name.startswith(ASIO_IN_SYNC):
                complain(path, number, "the pure part of sync/ knows no Asio")
            if name in ("ldap.h", "openldap.h") and home != "ldap":
                complain(path, number, "only ldap/ calls libldap")
            if name.startswith("sqlite3") and home != "store":
                complain(path, number, "only store/ calls SQLite")
sys.exit(bad)
