#!/usr/bin/env python3
"""Fail unless every log event is used, has an id of its own, and is explained in docs/log-events.md."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent
table = (root / "core/log_event.cpp").read_text(encoding="utf-8")
rows = re.findall(r"LogEventFacts\{LogEvent::(\w+), \"(\w+)\"", table)
sources = "".join(path.read_text(encoding="utf-8")
                  for folder in ("daemon", "engine", "ldap", "store", "survey", "http", "api") for path in (root / folder).rglob("*.cpp"))
explained = re.findall(r"^## (\w+)$", (root / "docs/log-events.md").read_text(encoding="utf-8"), re.M)

problems = []
if not rows:
    problems.append("core/log_event.cpp: no table of events was found")
for name, identifier in rows:
    if identifier != name.upper():
        problems.append(f"core/log_event.cpp: {name} has the id {identifier}")
    if f"LogEvent::{name}" not in sources:
        problems.append(f"core/log_event.cpp: {name} is never logged")
    if explained.count(identifier) != 1:
        problems.append(f"docs/log-events.md: {identifier} needs one paragraph")
for identifier in explained:
    if identifier not in [known for _, known in rows]:
        problems.append(f"docs/log-events.md: {identifier} is no event")
print("\n".join(problems), end="\n" if problems else "")
sys.exit(1 if problems else 0)
