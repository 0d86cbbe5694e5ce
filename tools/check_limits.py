#!/usr/bin/env python3
"""Fail on a file over 400 lines, a C++ function over 70 lines, and a folder of more than 40 C++ files.

A file may be longer when one of its first lines says why: `// Long because ...`, `# Long because ...` or
`-- Long because ...`. tools/limits_known.txt lists what is over a limit and not mended yet. That list only shrinks: what
has grown since, or is over the limit no longer, is an error as well.
"""
import pathlib
import re
import sys

import check_co_await
import check_words

ROOT = pathlib.Path(__file__).resolve().parent.parent
KNOWN = ROOT / "tools/limits_known.txt"
MOST_LINES = 400
MOST_LINES_OF_FUNCTION = 70
MOST_FILES = 40
CXX = {".cpp", ".hpp"}
SOURCES = CXX | {".py", ".sql", ".sh", ".cmake"}
REASON = re.compile(r"\s*(?://|#|--|\*)\s*Long because \S.*\S")
LINES_THAT_MAY_SAY_WHY = 10
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)
# What opens a scope whose functions count on their own.
SCOPE = re.compile(r"(?:^|\s)(?:namespace|class|struct|union)\b|^\s*extern\s*_+\s*$")
# `f() const -> T {`: the end of a signature. What follows `:` are initializers of members.
SIGNATURE = re.compile(r"\)\s*(?:(?:const|noexcept|override|final|mutable|&{1,2}|try)\s*|noexcept\s*\([^()]*\)\s*|"
                       r"->\s*[\w:<>,*&\s.()]+?|requires\b[^{}]*)*$")
IN_INITIALIZERS = re.compile(r"\)\s*(?:noexcept\s*)?:\s*(?!:)")
NAME = re.compile(r"((?:\w+(?:<[^<>()]*>)?::)*(?:operator\s*(?:\(\)|\[\]|[^\s\w(]+|[\w:]+)|~?\w+))\s*\(")


def blank(match):
    """A literal still stands where it stood; of a comment or directive nothing is left."""
    mark = "_" if match.group()[-1] in "\"'" else " "
    return re.sub(r"[^\n]", mark, match.group())


def without_text(source):
    """The same lines without comments, literals and directives."""
    return DIRECTIVE.sub(blank, check_co_await.OPAQUE.sub(blank, source))


def name_of(header):
    """`Fold::take`; for a test also its name, since there are many by the name of TEST."""
    if match := re.match(r"\s*(TEST\w*|TYPED_TEST\w*|BENCHMARK\w*)\s*\(([\w\s,]+)\)", header):
        return ".".join(part.strip() for part in match.group(2).split(","))
    match = NAME.search(header)
    return re.sub(r"\s", "", match.group(1)) if match else "lambda"


def functions(source):
    """(line, name, lines) of each function, from the first line of its signature to its last brace.

    Lambdas and local classes belong to the function that they stand in.
    """
    text = without_text(source)
    stack = []
    header_begin = 0
    for at, character in enumerate(text):
        inside = any(kind == "function" for kind, _, _ in stack)
        if character == "{":
            header = text[header_begin:at]
            kind = "other"
            if inside:
                pass
            elif header.count("(") > header.count(")"):  # f(T x = {}) {
                kind = "initializer"
            elif SCOPE.search(header) and not SIGNATURE.search(header):
                kind = "scope"
            elif (match := IN_INITIALIZERS.search(header)) and not re.search(r"[)}]\s*$", header[match.end():]):
                kind = "initializer"
            elif SIGNATURE.search(header) or match:
                kind = "function"
            begin = header_begin + len(header) - len(header.lstrip())
            stack.append((kind, begin, name_of(header) if kind == "function" else ""))
            if kind != "initializer":
                header_begin = at + 1
        elif character == "}" and stack:
            kind, begin, name = stack.pop()
            if kind == "function":
                line = text.count("\n", 0, begin) + 1
                yield line, name, text.count("\n", begin, at) + 1
            if kind != "initializer":
                header_begin = at + 1
        elif character == ";" and not inside and not (stack and stack[-1][0] == "initializer"):
            header_begin = at + 1


def says_why(lines):
    return any(REASON.match(line) for line in lines[:LINES_THAT_MAY_SAY_WHY])


def is_source(path, lines):
    return path.suffix in SOURCES or path.name == "CMakeLists.txt" or bool(lines and lines[0].startswith("#!"))


def measured(texts):
    """(subject, line, size, limit) of all that is over a limit; texts are (path from the root, lines)."""
    folders = {}
    for path, lines in texts:
        if not is_source(path, lines):
            continue
        if len(lines) > MOST_LINES and not says_why(lines):
            yield str(path), 1, len(lines), MOST_LINES
        if path.suffix in CXX:
            folders[path.parent] = folders.get(path.parent, 0) + 1
            for line, name, size in functions("\n".join(lines) + "\n"):
                if size > MOST_LINES_OF_FUNCTION:
                    yield f"{path}:{name}", line, size, MOST_LINES_OF_FUNCTION
    for folder, files in folders.items():
        if files > MOST_FILES:
            yield f"{folder}/", 0, files, MOST_FILES


def known_of(text):
    """The subject and size of each line of the list."""
    rows = (line.split("#")[0].split() for line in text.splitlines())
    return {row[0]: int(row[1]) for row in rows if row}


def problems(over, known):
    found = set()
    for subject, line, size, limit in over:
        found.add(subject)
        unit = "files" if subject.endswith("/") else "lines"
        where = subject if subject.endswith("/") else f"{subject.split(':')[0]}:{line}"
        name = f" {subject.split(':', 1)[1]} has" if ":" in subject else ""
        if subject not in known:
            yield f"{where}:{name} {size} {unit}, the limit is {limit}"
        elif size > known[subject]:
            yield f"{where}:{name} {size} {unit}, and {KNOWN.name} knows of {known[subject]}: it may only shrink"
    for subject in known:
        if subject not in found:
            yield f"tools/{KNOWN.name}: '{subject}' is within its limit: delete the line"


def main():
    texts = ((path.relative_to(ROOT), lines) for path, lines in check_words.texts())
    known = known_of(KNOWN.read_text(encoding="utf-8")) if KNOWN.exists() else {}
    found = list(problems(measured(texts), known))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
