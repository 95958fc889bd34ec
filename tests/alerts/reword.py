#!/usr/bin/env python3
"""Brings the texts that the rule tests expect (exp_annotations) up to date, after
the wording of an alert was changed. Labels, times and the number of alerts are
left as they are: if those differ, the test goes on failing."""

import json
import pathlib
import re
import subprocess
import sys
import textwrap

SRCDIR = pathlib.Path(__file__).resolve().parents[2]
TESTS = SRCDIR / "dashboards" / "prometheus" / "tests"

ALERT = re.compile(r"Labels:\{(.*)\}\n\s+Annotations:\{(.*)\},?\n")
BLOCK = re.compile(r"(?m)^( +)exp_annotations:\n((?:\1 +\S.*\n)+)")
WIDTH = 80


def pairs(text):
    """The labels of promtool's output."""
    return {name: json.loads(value) for name, value in re.findall(
        r'(\w+)=("(?:\\.|[^"\\])*")', text)}


def alerts(text):
    """The annotations by the labels of each alert."""
    return {labels: pairs(annotations)
            for labels, annotations in ALERT.findall(text)}


def differences(path):
    """(expected, real) annotations of each alert whose texts differ."""
    if "exp_annotations" not in path.read_text():
        return
    done = subprocess.run(["promtool", "test", "rules", path],
                          capture_output=True, text=True)
    for failure in re.split(r"(?m)^    alertname:", done.stdout + done.stderr):
        expected, _, real = failure.partition("got:[")
        real = alerts(real)
        for labels, annotations in alerts(expected).items():
            if labels in real and annotations != real[labels]:
                yield annotations, real[labels]


def annotations_in(block):
    found, name = {}, None
    for line in block.splitlines():
        started = re.match(r" +(\w+):(?: (.*))?$", line)
        if started and not (name and found[name] is not None
                            and line.startswith(indent + "  ")):
            indent = re.match(r" +", line)[0]
            name = started[1]
            found[name] = "" if started[2] in (">-", None) else started[2]
        else:
            found[name] = f"{found[name]} {line.strip()}".strip()
    return {name: value.strip("'\"") if value[:1] in "'\"" else value
            for name, value in found.items()}


def block_of(indent, annotations):
    order = ["summary", "description", "hosts", "runbook_url", "dashboard_url"]
    lines = [f"{indent}exp_annotations:"]
    for name in order:
        if name not in annotations:
            continue
        value = annotations[name]
        if name in ("summary", "description"):
            lines.append(f"{indent}  {name}: >-")
            lines += textwrap.wrap(value, WIDTH, break_long_words=False,
                                   break_on_hyphens=False,
                                   initial_indent=indent + "    ",
                                   subsequent_indent=indent + "    ")
        elif name == "hosts":
            lines.append(f"{indent}  hosts: {json.dumps(value)}")
        else:
            lines.append(f"{indent}  {name}: {value}")
    return "\n".join(lines) + "\n"


def reworded(path):
    changes = list(differences(path))

    def replace(match):
        present = annotations_in(match[2])
        for expected, real in changes:
            if present == expected:
                return block_of(match[1], real)
        return match[0]

    return BLOCK.sub(replace, path.read_text()) if changes else None


def main():
    for path in map(pathlib.Path, sys.argv[1:] or sorted(TESTS.glob("*.yml"))):
        text = reworded(path)
        if text:
            path.write_text(text)
            print(path.name)


if __name__ == "__main__":
    main()
