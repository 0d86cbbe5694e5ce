#!/usr/bin/env python3
"""Fail when a folder includes what docs/architecture.md does not let it, or a header that is too dear."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAY_USE = {
    "core": set(),
    "model": {"core"},
    "sync": {"core", "model"},
    "sync/planner": {"core", "model", "sync"},
    "history": {"core", "model", "sync", "sync/planner"},
    "engine": {"core", "model", "sync", "sync/planner", "history"},
    "admin": {"core", "model"},
    "config": {"core", "model"},
    "ldap/wire": {"core", "model"},
    "ldap/session": {"core", "config"},
    "ldap": {"core", "model", "config", "ldap/wire", "ldap/session"},
    "store": {"core", "model"},
    "store/sqlite/file": {"core", "model", "store"},
    "store/sqlite": {"core", "model", "store", "store/sqlite/file"},
    "store/memory": {"core", "model", "store"},
    "survey": {"core", "model", "config", "sync", "engine", "ldap", "ldap/wire", "ldap/session", "store/sqlite"},
    "http": {"core"},
    "api": {"core", "model", "admin", "engine", "survey", "http"},
    "daemon": {"core", "model", "engine", "admin", "config", "ldap", "ldap/session", "store/sqlite", "store/memory", "survey", "http",
               "api"},
    "ctl/text": {"core"},
    "ctl": {"core", "config", "ctl/text"},
    "ctl/commands": {"core", "config", "ctl", "ctl/text"},
    "ctl/setup": {"core", "config", "ctl", "ctl/text"},
}
# They decide, or store, and know neither sockets nor threads. core/task.hpp only names what a coroutine returns.
KNOW_NO_ASIO = {"core", "model", "sync", "sync/planner", "history", "admin", "config", "ldap/wire", "store", "store/sqlite", "store/sqlite/file", "store/memory",
                "ctl/text"}
NAMES_A_COROUTINE = "core/task.hpp"
# Puts the parts of a program together.
TABLE = "ctl/command_table.cpp"
# A library of C, and the files that may call it.
OWNERS = {
    re.compile(r"^(ldap|lber|ldap_\w+)\.h$"): re.compile(r"^ldap/session/(connection\w*|controls|result_error)\.cpp$"),
    re.compile(r"^sasl/"): re.compile(r"^ldap/session/"),
    re.compile(r"^(krb5|krb5/.*|gssapi.*)\.h$"): re.compile(r"^ldap/session/kerberos\.cpp$"),
    re.compile(r"^sqlite3\.h$"): re.compile(r"^store/sqlite/"),
    re.compile(r"^systemd/"): re.compile(r"^daemon/"),
    re.compile(r"^yaml-cpp/"): re.compile(r"^config/"),
}


def folder_of(path):
    folder = path.rsplit("/", 1)[0]
    # A folder without a line of its own is part of the one it is in.
    while folder not in MAY_USE and "/" in folder:
        folder = folder.rsplit("/", 1)[0]
    return folder


def problems(path, lines):
    """(line, text) for each include of one file that is out of place."""
    home = folder_of(path)
    if path.endswith(".hpp") and "#pragma once" not in lines:
        yield 1, "no #pragma once"
    first = True
    for number, line in enumerate(lines, 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not match:
            continue
        quoted, target = match.group(1) == '"', match.group(2)
        own = path[:-4] + ".hpp"
        if first and path.endswith(".cpp") and (ROOT / own).exists() and target not in (own, own[:-4] + "_impl.hpp"):
            yield number, f"its own header, {own}, comes first"
        first = False
        if quoted:
            if "/" not in target:
                yield number, f"write the path from the root: {path.rsplit('/', 1)[0]}/{target}"
            elif path != TABLE and folder_of(target) not in MAY_USE[home] | {home}:
                yield number, f"{home}/ may not use {folder_of(target)}/"
        if target == "boost/asio.hpp":
            yield number, "include the single headers of Asio: this one costs ten seconds a file"
        if target.startswith(("boost/asio", "boost/beast")):
            if home in KNOW_NO_ASIO and path != NAMES_A_COROUTINE:
                yield number, f"{home}/ knows no Asio"
        for library, files in OWNERS.items():
            if library.match(target) and not files.match(path):
                yield number, f"<{target}> belongs to {files.pattern.strip('^$')}"


def main():
    bad = 0
    for folder in sorted({name.split("/")[0] for name in MAY_USE}):
        for file in sorted((ROOT / folder).rglob("*.[ch]pp")):
            path = str(file.relative_to(ROOT))
            for number, text in problems(path, file.read_text(encoding="utf-8").splitlines()):
                print(f"{path}:{number}: {text}")
                bad = 1
    return bad


if __name__ == "__main__":
    sys.exit(main())
