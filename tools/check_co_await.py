#!/usr/bin/env python3
"""Fail on `co_await` with a lambda or a braced temporary in its expression: GCC 12 destroys those twice."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent
bad = 0
for folder in ("core", "sync", "config", "store", "ldap", "daemon", "ctl", "bench", "tests"):
    for path in sorted((root / folder).rglob("*.[ch]pp")):
        source = path.read_text(encoding="utf-8")
        source = re.sub(r"//[^\n]*", lambda m: " " * len(m.group()), source)
        source = re.sub(r'"(?:\\.|[^"\\\n])*"', lambda m: '"' + "_" * (len(m.group()) - 2) + '"', source)
        for match in re.finditer(r"\bco_await\b([^;]*);", source):
            if re.search(r"\{|(?<![\w\])])\[", match.group(1)):
                line = source.count("\n", 0, match.start()) + 1
                print(f"{path.relative_to(root)}:{line}: co_await on a temporary closure or aggregate; name it first")
                bad = 1
sys.exit(bad)
