#!/usr/bin/env python3
"""Benchmarks the plugin on one machine: its cost, its accuracy and its limits,
printed as one table. HOLYSHEEP_BUILDDIR and HOLYSHEEP_SRCDIR name the build
and source folders."""

import argparse
import pathlib
import resource
import signal
import sys
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import cost  # noqa: E402
import fleets  # noqa: E402
import headline  # noqa: E402
import machine  # noqa: E402
import outage  # noqa: E402
import peers  # noqa: E402
import rules  # noqa: E402
import truth  # noqa: E402
import writer  # noqa: E402
from harness import build  # noqa: E402
from table import Line, table  # noqa: E402

# Each returns the lines of its part of the table.
ROWS = {
    "headline": headline.rows,
    "cost": cost.rows,
    "fleets": fleets.rows,
    "writer": writer.rows,
    "truth": truth.rows,
    "outage": outage.rows,
    "rules": rules.rows,
}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", action="store_true",
                        help="also measure other monitoring tools")
    parser.add_argument("rows", nargs="*", metavar="ROWS",
                        help=f"only these: {', '.join([*ROWS, 'peers'])}")
    arguments = parser.parse_args()
    unknown = set(arguments.rows) - {*ROWS, "peers"}
    if unknown:
        parser.error(f"no such rows: {', '.join(sorted(unknown))}")
    return arguments


def chosen(arguments):
    rows = dict(ROWS)
    if arguments.peers or "peers" in arguments.rows:
        rows["peers"] = peers.rows
    return {name: rows[name] for name in rows
            if not arguments.rows or name in arguments.rows}


def collect(rows):
    """The lines of each part; a part that fails yields a line that says so.
    After an hour, even a mistake of ours must not cost the other parts."""
    lines, whole = [], True
    for name, give in rows.items():
        begin = time.monotonic()
        try:
            for line in give():
                lines.append(line)
                print(f"{name}: {line.what}: {line.measured}",
                      file=sys.stderr, flush=True)
        except Exception as error:
            traceback.print_exc()
            lines.append(Line(name, f"broke off: {type(error).__name__}"))
            whole = False
        print(f"{name}: took {time.monotonic() - begin:.0f} s",
              file=sys.stderr, flush=True)
    return lines, whole


def main():
    arguments = parse_arguments()
    if not build.timing():
        sys.exit("built with sanitizers: its figures would mean nothing")
    rows = chosen(arguments)
    missing = peers.missing() if "peers" in rows else ""
    if missing:
        sys.exit(missing)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    lines, whole = collect(rows)
    print(f"\n{machine.line(*(peers.PROGRAMS if 'peers' in rows else ()))}\n")
    print(table(lines))
    return 0 if whole else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
