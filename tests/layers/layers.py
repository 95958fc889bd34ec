#!/usr/bin/env python3
"""Checks how src/ is laid out: which folder may include which, which one alone
sees libcurl's headers, collectd's headers or a clock, and how long files and
functions may be. Prints a line for each offence.
"""

import os
import pathlib
import re
import sys

CORE = ("base", "model", "probe", "state", "engine")
# A folder may include headers of these: itself and those below it.
MAY_INCLUDE = {folder: CORE[:place + 1] for place, folder in enumerate(CORE)}
MAY_INCLUDE["config"] = CORE[:4] + ("config",)
MAY_INCLUDE["http"] = CORE + ("http",)
MAY_INCLUDE["collectd"] = CORE + ("config", "http", "collectd")
MAY_INCLUDE["check"] = CORE + ("config", "http", "check")

# Foreign headers that belong to one folder.
FOREIGN = {"curl/": "http", "openssl/": "http", "collectd.h": "collectd",
           "plugin.h": "collectd", "utils/": "collectd",
           "liboconfig/": "collectd"}

# The rest is handed a struct clock, so that a test can turn it.
READS_CLOCK = re.compile(r"\b(clock_gettime|gettimeofday|time)\s*\(")
CLOCK = "http/system_clock.c"

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')
FUNCTION = re.compile(r"^(?=\w)[^;=]*?\b(\w+)\(")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
STRING = re.compile(r'"(?:\\.|[^"\\\n])*"')


def include_offence(folder, quote, header):
    for prefix, owner in FOREIGN.items():
        if header.startswith(prefix) and folder != owner:
            return f"only {owner}/ may include {header}"
    if quote == "<":
        return None
    below, slash, _ = header.partition("/")
    if not slash or below not in MAY_INCLUDE:
        return f"{header} does not name its folder"
    if below not in MAY_INCLUDE[folder]:
        return f"{folder}/ may not include {header}"
    return None


def include_offences(folder, lines):
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        offence = found and include_offence(folder, found[1], found[2])
        if offence:
            yield number, offence


def blank(found):
    """Nothing but the line ends, so that the numbers of lines stay."""
    return "\n" * found[0].count("\n")


def code_lines(text):
    return STRING.sub('""', COMMENT.sub(blank, text)).split("\n")


def clock_offences(lines):
    for number, line in enumerate(lines, 1):
        found = READS_CLOCK.search(line)
        if found:
            yield number, f"only {CLOCK} may call {found[1]}()"


def function_offences(lines):
    """As clang-format leaves it, a function begins with the line that has its
    name and ends with a } alone in the first column."""
    begin, name = 0, ""
    for number, line in enumerate(lines, 1):
        found = FUNCTION.match(line)
        if found:
            begin, name = number, found[1]
        elif line == "}" and number - begin > FUNCTION_LINES_MAX:
            yield begin, (f"{name}() has {number - begin} lines, "
                          f"{FUNCTION_LINES_MAX} at most are allowed")


def offences(src, path):
    place = path.relative_to(src).as_posix()
    folder = path.parent.name
    if folder not in MAY_INCLUDE or path.parent.parent != src:
        yield 1, "is in none of the folders"
        return
    text = path.read_text()
    lines = text.splitlines()
    if len(lines) > FILE_LINES_MAX:
        yield len(lines), (f"has {len(lines)} lines, {FILE_LINES_MAX} at most "
                           "are allowed")
    yield from include_offences(folder, lines)
    code = code_lines(text)
    if place != CLOCK:
        yield from clock_offences(code)
    yield from function_offences(code)


def sources(root):
    """What is built: other files may be left there from an earlier build."""
    names = re.findall(r"\bsrc/[\w/]+\.[ch]\b",
                       (root / "src" / "src.am").read_text())
    return [root / name for name in sorted(set(names))]


def check(root):
    files = sources(root)
    found = [f"{path.relative_to(root)}:{number}: {offence}" for path in files
             for number, offence in offences(root / "src", path)]
    return found or ([] if files else ["src/src.am: no sources"])


def main():
    root = os.environ.get("HOLYSHEEP_SRCDIR") or \
        pathlib.Path(__file__).resolve().parents[2]
    found = check(pathlib.Path(root))
    print("\n".join(found) or "each file is in its layer")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
