#!/usr/bin/env python3
"""tools/check_tidy.py [--changed] [-j JOBS] [FILE...] - clang-tidy over the programs' sources, tests left out, as .clang-tidy says.

Nothing is built: only the compile commands of the preset `tidy` are needed. `--changed` looks at sources that differ from
the branch main, and at those that include a header which does. Prints each finding once; the exit status is 1 when there
is one.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/tidy"
FINDING = re.compile(r"^(/[^:\n]+):(\d+):(\d+): (?:warning|error): (.*\[[\w.,-]+\])$")
# clang 14's analyzer takes the frames of Asio's coroutines for uninitialized memory: it looks at the rooms without any.
ANALYZED = ("core/", "model/", "sync/", "history/", "admin/", "config/", "ldap/wire/", "store/", "ctl/text/")
ANALYZER = "clang-analyzer-core*,clang-analyzer-cplusplus.NewDelete*,clang-analyzer-unix*,clang-analyzer-deadcode*"


def configured():
    """The sources of the programs, as the build files know them, by path from the root."""
    done = subprocess.run(["cmake", "--preset", "tidy"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    commands = json.loads((BUILD / "compile_commands.json").read_text(encoding="utf-8"))
    paths = {pathlib.Path(command["file"]) for command in commands}
    return sorted(str(path.relative_to(ROOT)) for path in paths if BUILD not in path.parents)


def changed(sources):
    base = subprocess.run(["git", "merge-base", "main", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    differ = set(subprocess.run(["git", "diff", "--name-only", base], cwd=ROOT, capture_output=True, text=True,
                                check=True).stdout.split())
    includes = [f'#include "{path}"' for path in differ if path.endswith(".hpp")]
    return [source for source in sources
            if source in differ or any(line in (ROOT / source).read_text(encoding="utf-8") for line in includes)]


def findings_of(text):
    """(path, line, column, message) of each finding. What is in somebody else's header is not ours to mend, unless
    nothing compiles there."""
    for line in text.splitlines():
        match = FINDING.match(line)
        if match and (pathlib.Path(match.group(1)).is_relative_to(ROOT) or "[clang-diagnostic-error]" in line):
            yield os.path.relpath(match.group(1), ROOT), int(match.group(2)), int(match.group(3)), match.group(4)


def look_at(source):
    checks = [f"--checks={ANALYZER}"] if source.startswith(ANALYZED) else []
    done = subprocess.run(["clang-tidy-14", "-p", str(BUILD), "--quiet", *checks, str(ROOT / source)],
                          cwd=ROOT, capture_output=True, text=True)
    found = set(findings_of(done.stdout))
    if done.returncode and not any(map(FINDING.match, done.stdout.splitlines())):
        found.add((source, 1, 1, f"clang-tidy failed: {(done.stderr.strip() or 'no output').splitlines()[-1]}"))
    return found


def main():
    parser = argparse.ArgumentParser(usage="tools/check_tidy.py [--changed] [-j JOBS] [FILE...]")
    parser.add_argument("--changed", action="store_true")
    parser.add_argument("-j", type=int, default=os.cpu_count(), dest="jobs")
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    sources = configured()
    if options.files:
        named = {os.path.relpath(file, ROOT) for file in options.files}
        if unknown := named - set(sources):
            sys.exit(f"check_tidy: no source of the programs: {' '.join(sorted(unknown))}")
        sources = sorted(named)
    elif options.changed:
        sources = changed(sources)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        found = set().union(*pool.map(look_at, sources))
    for path, line, column, message in sorted(found):
        print(f"{path}:{line}:{column}: {message}")
    print(f"{len(sources)} sources, {len(found)} findings", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
