#!/usr/bin/env python3
"""Fail unless every rule that code or tests name stands in docs/semantics.md, and a test names every rule that is built.

A rule is named as `semantics 5.3`, `rule 5.3`, `rules 1.2 to 1.6`, in a comment also as `(5.3)` or as its first or last word,
and in the first line of a planted bug as `5.3: ...`.
"""
import pathlib
import re
import sys

import check_words

ROOT = pathlib.Path(__file__).resolve().parent.parent
CODE = {".hpp", ".cpp", ".py", ".sql", ".sh", ".cmake", ".patch", ""}
OWN_EXAMPLES = {"check_rules.py", "checks_test.py"}
NUMBER = r"\d{1,2}\.\d{1,2}"
LIST = rf"{NUMBER}(?:(?:,| and| to|, and) {NUMBER})*(?![\d.]*\d)"
NAMED = [
    re.compile(rf"\b(?:[Ss]emantics|[Rr]ules?) ({LIST})"),
    re.compile(rf"(?:^|\s)(?://+|#|\"\"\").*\(({LIST})\)"),
    re.compile(rf"(?:^|\s)(?://+|#|\"\"\")\s*({LIST})(?=[:,;]? |$|\.?$)"),
    re.compile(rf"(?:^|\s)//+.*\s({NUMBER})\.?$"),
    re.compile(rf"[\"(]({NUMBER}): "),
    re.compile(rf"fault\(\"({NUMBER})\""),
]
PLANTED = re.compile(rf"^({NUMBER})(?: --[^:]*)?:")
OTHER_BOOKS = re.compile(r"\b(RFC|MS-[A-Z]+|GCC|Debian|Windows|version|Boost|CMake)\b")


def rules_of(text):
    """Numbers of the rules that are built, and of those that are not."""
    built, planned = [], []
    for section in re.split(r"^## ", text, flags=re.M):
        section_is_planned = "\n**Not built yet.**" in section
        for number, mark in re.findall(rf"^({NUMBER}) (\(not built yet\))?", section, re.M):
            (planned if section_is_planned or mark else built).append(number)
    return built, planned


def numbers_in(named, order):
    """The numbers of a list; `1.2 to 1.6` stands for those between as well."""
    found = []
    for first, last in re.findall(rf"({NUMBER})(?: to ({NUMBER}))?", named):
        if last in order and first in order:
            found += order[order.index(first):order.index(last) + 1]
        else:
            found += [number for number in (first, last) if number]
    return found


def rules_named(lines, order, planted=False):
    """(line, number) for every rule that the lines name."""
    for line_number, line in enumerate(lines, 1):
        if planted and line_number == 1 and (match := PLANTED.match(line)):
            yield line_number, match.group(1)
        line = OTHER_BOOKS.split(line)[0]
        for pattern in NAMED:
            for match in pattern.finditer(line):
                for number in numbers_in(match.group(1), order):
                    yield line_number, number


def main():
    built, planned = rules_of((ROOT / "docs/semantics.md").read_text(encoding="utf-8"))
    order = built + planned
    problems = [f"docs/semantics.md: {number} stands there twice" for number in set(order) if order.count(number) > 1]
    tested = set()
    for path, lines in check_words.texts():
        where = path.relative_to(ROOT)
        if path.suffix not in CODE or where.parts[0] == "docs" or path.name in OWN_EXAMPLES:
            continue
        for line, number in rules_named(lines, order, path.suffix == ".patch"):
            if number in planned:
                problems.append(f"{where}:{line}: rule {number} is not built yet")
            elif number not in built:
                problems.append(f"{where}:{line}: docs/semantics.md has no rule {number}")
            elif where.parts[0] == "tests" and path.suffix != ".patch":
                tested.add(number)
    problems += [f"docs/semantics.md: no test names rule {number}" for number in built if number not in tested]
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
