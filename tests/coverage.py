#!/usr/bin/env python3
"""Lists the lines of the sources that no test executes. Fails unless more than
95 % of all lines are executed."""

import json
import pathlib
import subprocess
import sys

ENOUGH = 95.0


def counts(build, source):
    """The execution count of each line of a source; {} if it is not linked
    into any test."""
    source = pathlib.Path(source)
    lines = {}
    for data in build.glob(f"{source.parent}/**/*-{source.stem}.gcno"):
        text = subprocess.run(
            ["gcov", "--json-format", "--stdout", data.resolve()], cwd=build,
            check=True, capture_output=True, text=True).stdout
        for file in json.loads(text)["files"]:
            if pathlib.Path(file["file"]).name != source.name:
                continue
            for line in file["lines"]:
                number = line["line_number"]
                lines[number] = max(lines.get(number, 0), line["count"])
    return lines


def ranges(numbers):
    """Formats [1, 2, 3, 7] as `1-3, 7`."""
    parts = []
    for number in numbers:
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ", ".join(f"{a}-{b}" if a != b else f"{a}" for a, b in parts)


def row(name, run, total, missed=""):
    share = 100 * run / total if total else 0.0
    print(f"{share:6.1f} %  {run:5} of {total:5}  {name}"
          + (f"  not run: {missed}" if missed else ""))
    return share


def main():
    build = pathlib.Path(sys.argv[1])
    run = total = 0
    for source in sorted(s for s in sys.argv[2:] if s.endswith(".c")):
        lines = counts(build, source)
        missed = sorted(n for n, count in lines.items() if count == 0)
        row(source, len(lines) - len(missed), len(lines), ranges(missed))
        run += len(lines) - len(missed)
        total += len(lines)
    return 0 if row("together", run, total) > ENOUGH else 1


if __name__ == "__main__":
    sys.exit(main())
