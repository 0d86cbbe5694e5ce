#!/usr/bin/env python3
"""Fail on `co_await` with a lambda, a braced temporary or a choice by `?` among its arguments: GCC 12 destroys those twice."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
AWAIT = re.compile(r"\bco_await\b")
FOLDERS = ("core", "model", "sync", "history", "engine", "admin", "config", "store", "ldap", "survey", "http", "api", "daemon", "ctl", "bench", "tests")
OPAQUE = re.compile(r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])+\'', re.S)


def without_text(source):
    """The same places, but nothing to read in comments and literals."""
    return OPAQUE.sub(lambda match: re.sub(r"[^\n]", "_", match.group()), source)


def operand(source, begin):
    """What follows a co_await, to the end of its expression: a separator outside of all brackets, or their end."""
    depth = 0
    for end in range(begin, len(source)):
        character = source[end]
        if character in "([{":
            if character == "{" and depth == 0 and source[begin:end].rstrip().endswith(")"):
                return source[begin:end]  # the body of `if (co_await f()) {` is no part of it
            depth += 1
        elif character in ")]}":
            depth -= 1
            if depth < 0:
                return source[begin:end]
        elif character in ";," and depth == 0:
            return source[begin:end]
    return source[begin:]


def is_bad(expression):
    """A bracket after a name, `)` or `]` is a subscript; any other one opens a lambda. A `?` in brackets may choose between temporaries."""
    if re.search(r"\{|(?<![\w\])\s])\s*\[", expression) is not None:
        return True
    depth = 0
    for character in expression:
        depth += (character in "([") - (character in ")]")
        if character == "?" and depth > 0:
            return True
    return False


def main():
    bad = 0
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.[ch]pp")):
            source = without_text(path.read_text(encoding="utf-8"))
            for match in AWAIT.finditer(source):
                if is_bad(operand(source, match.end())):
                    line = source.count("\n", 0, match.start()) + 1
                    print(f"{path.relative_to(ROOT)}:{line}: co_await on a temporary closure, aggregate or choice; name it first")
                    bad = 1
    return bad


if __name__ == "__main__":
    sys.exit(main())
