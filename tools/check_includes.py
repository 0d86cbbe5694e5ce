#!/usr/bin/env python3
"""Fail when a folder includes what docs/architecture.md does not let it, or a header that is too dear."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAY_USE = {
    "core": set(),
    "sync": {"core"},
    "admin": {"core", "sync"},
    "config": {"core", "sync"},
    "ldap/wire": {"core", "sync"},
    "ldap": {"core", "sync", "config", "ldap/wire"},
    "store": {"core", "sync"},
    "daemon": {"core", "sync", "admin", "config", "ldap", "ldap/wire", "store"},
    "ctl": {"core", "config"},
}
# The rest of sync/ decides and knows neither sockets nor threads.
ASIO_IN_SYNC = re.compile(r"^(task\.hpp|engine.*|store_thread\..pp)$")
# A library of C, and the files that may call it.
OWNERS = {
    re.compile(r"^(ldap|lber|ldap_\w+)\.h$"): re.compile(r"^ldap/(connection\w*|controls|result_error)\.cpp$"),
    re.compile(r"^sasl/"): re.compile(r"^ldap/"),
    re.compile(r"^(krb5|krb5/.*|gssapi.*)\.h$"): re.compile(r"^ldap/kerberos\.cpp$"),
    re.compile(r"^sqlite3\.h$"): re.compile(r"^store/"),
    re.compile(r"^systemd/"): re.compile(r"^daemon/"),
    re.compile(r"^yaml-cpp/"): re.compile(r"^config/"),
}


def folder_of(path):
    return "ldap/wire" if path.startswith("ldap/wire/") else path.split("/")[0]


def problems(path, lines):
    """(line, text) for each include of one file that is out of place."""
    home, name = folder_of(path), path.rsplit("/", 1)[1]
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
            elif folder_of(target) not in MAY_USE[home] | {home}:
                yield number, f"{home}/ may not use {folder_of(target)}/"
        if target == "boost/asio.hpp":
            yield number, "include the single headers of Asio: this one costs ten seconds a file"
        if target.startswith(("boost/asio", "boost/beast")):
            if home in ("core", "admin", "config", "ldap/wire", "store"):
                yield number, f"{home}/ knows no Asio"
            if home == "sync" and not ASIO_IN_SYNC.match(name):
                yield number, "the pure part of sync/ knows no Asio"
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
