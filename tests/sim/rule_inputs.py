#!/usr/bin/env python3
"""The inputs of the rule tests, from the simulator. A test in
dashboards/prometheus/tests with the line

    # story: key-expires-for-two-minutes.json

above its input_series has them printed by holysheep-sim, which plays that file
of tests/sim/stories: all series of the families that the rules and the
expectations name. Any other test says in that place why it has none. Without
options, tells which files are out of date."""

import argparse
import concurrent.futures
import difflib
import itertools
import json
import os
import pathlib
import re
import subprocess
import sys
from decimal import Decimal

SRCDIR = pathlib.Path(__file__).resolve().parents[2]
STORIES = SRCDIR / "tests" / "sim" / "stories"
TESTS = SRCDIR / "dashboards" / "prometheus" / "tests"
SIMULATOR = pathlib.Path("tests") / "sim" / "holysheep-sim"

# Those that tests/e2e/test_simulation.py plays.
STORIES_OF_OTHERS = {"outage-restart-and-expired-key.json"}

# A family; the name of a rule has a colon in it.
FAMILY = re.compile(r"(?<![\w:])holysheep_\w+(?![\w:])")
SERIES = re.compile(r" *- series: '(.*)'\n *values: '(.*)'\n")
RULE_FILES = re.compile(r"(?m)^rule_files: \[(.*)\]$")
TEST = re.compile(r"(?m)^  - interval: .*\n(?:    .*\n)*")
INPUTS = re.compile(r"(?m)^    # story: (\S+)\n    input_series:\n"
                    r"(?:      .*\n)*")
SAYS_WHY = re.compile(r"(?m)^    # .*\n    input_series:\n")

# A shorter line is easier to read as single values.
LEAST_LINEAR = 4
DIFFERENCE_SHOWN = 20


# --- promtool's notation -----------------------------------------------------


def is_number(value):
    return value not in ("_", "stale")


def line_from(values):
    """How many values, from the first on, lie on a line, and its step. They
    have to be what promtool adds up, to the last bit: a counter that is less
    by a rounding error has been reset."""
    if len(values) < 2 or not all(map(is_number, values[:2])):
        return 1, None
    step = Decimal(values[1]) - Decimal(values[0])
    length, added = 1, float(values[0])
    while length < len(values) and is_number(values[length]):
        added += float(step)
        if added != float(values[length]):
            break
        length += 1
    return length, step


def words(values):
    while values:
        length, step = line_from(values)
        if values[0] == "_":
            length = len(list(itertools.takewhile("_".__eq__, values)))
            yield "_" if length == 1 else f"_x{length}"
        elif step == 0:
            yield f"{values[0]}x{length - 1}"
        elif length >= LEAST_LINEAR:
            yield f"{values[0]}{step.normalize():+f}x{length - 1}"
        else:
            length = 1
            yield values[0]
        values = values[length:]


def duration(seconds):
    for unit, letter in ((3600, "h"), (60, "m")):
        if seconds % unit == 0:
            return f"{seconds // unit}{letter}"
    return f"{seconds}s"


# --- stories -----------------------------------------------------------------


class Story:
    def __init__(self, name, simulator):
        path = STORIES / name
        self.interval = duration(json.loads(path.read_text())["sample"])
        done = subprocess.run([simulator, path], capture_output=True,
                              text=True)
        if done.returncode:
            raise SystemExit(f"{path}:\n{done.stderr}")
        # Every release would change it.
        text = re.sub(r'version="[^"]*"', 'version="0"', done.stdout)
        self.series = SERIES.findall(text)

    def input_series(self, families):
        return "".join(
            f"      - series: '{series}'\n"
            f"        values: '{' '.join(words(values.split()))}'\n"
            for series, values in self.series
            if series.partition("{")[0] in families)


def play_all(names, simulator):
    """Each story by its name."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(names, pool.map(
            lambda name: Story(name, simulator), names)))


# --- files of tests ----------------------------------------------------------


def families_in(text):
    return set(FAMILY.findall(re.sub(r"(?m)^ *#.*", "", text)))


def families_of_rules(path, text):
    return {family for pattern in RULE_FILES.search(text)[1].split(", ")
            for rules in path.parent.glob(pattern)
            for family in families_in(rules.read_text())}


def check_source(path, test):
    if not SAYS_WHY.search(test):
        line = test.partition("\n")[0].strip()
        raise SystemExit(f"{path.name}: a test ({line}) names no story, and "
                         "does not say why its series are written by hand")


def with_inputs(test, of_rules, stories):
    inputs = INPUTS.search(test)
    if not inputs:
        return test
    story = stories[inputs[1]]
    families = of_rules | families_in(INPUTS.sub("", test))
    test = (test[:inputs.start()] + f"    # story: {inputs[1]}\n"
            "    input_series:\n" + story.input_series(families)
            + test[inputs.end():])
    return re.sub("interval: .*", f"interval: {story.interval}", test, count=1)


def renewed(path, text, stories):
    of_rules = families_of_rules(path, text)

    def renew(match):
        check_source(path, match[0])
        return with_inputs(match[0], of_rules, stories)

    return TEST.sub(renew, text)


def show(path, old, new):
    sys.stdout.writelines(itertools.islice(
        (line[:200].rstrip("\n") + "\n" for line in difflib.unified_diff(
            old.splitlines(), new.splitlines(), path.name, "the simulator",
            n=0, lineterm="")), DIFFERENCE_SHOWN))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true",
                        help="bring the files up to date")
    parser.add_argument("--simulator", type=pathlib.Path, help="the program",
                        default=pathlib.Path(os.environ.get(
                            "HOLYSHEEP_BUILDDIR", ".")) / SIMULATOR)
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()

    texts = {path: path.read_text()
             for path in arguments.files or sorted(TESTS.glob("*.yml"))}
    named = {match[1] for text in texts.values()
             for match in INPUTS.finditer(text)}
    stories = play_all(sorted(named), arguments.simulator.resolve())

    outdated = []
    for path, old in texts.items():
        new = renewed(path, old, stories)
        if new == old:
            continue
        if arguments.write:
            path.write_text(new)
        else:
            outdated.append(path.name)
            show(path, old, new)
    if outdated:
        raise SystemExit(f"{', '.join(outdated)}: not what the simulator "
                         "prints. Run `make rule-inputs` and review the "
                         "difference.")
    if not arguments.files:
        unused = ({path.name for path in STORIES.glob("*.json")}
                  - named - STORIES_OF_OTHERS)
        if unused:
            raise SystemExit(f"{', '.join(sorted(unused))}: no test names "
                             "this story")


if __name__ == "__main__":
    main()
