#!/usr/bin/env python3
"""What a person reads of each alert, as a text file: rendered.txt is what
Alertmanager's templates make of the texts that the rule tests expect. With
--write, brings it up to date."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest

SRCDIR = pathlib.Path(__file__).resolve().parents[2]
DASHBOARDS = SRCDIR / "dashboards"
TESTS = DASHBOARDS / "prometheus" / "tests"
TEMPLATE = DASHBOARDS / "alertmanager" / "holysheep.tmpl"
RENDERED = pathlib.Path(__file__).with_name("rendered.txt")

EXPECTED = re.compile(r"alertname: (\w+)\n +exp_alerts:\n((?: {10}.*\n)+)")
ALERT = re.compile(r" {10}- exp_labels:\n((?: {14}.*\n)+)"
                   r" {12}exp_annotations:\n((?: {14,}.*\n)+)")
PAIR = re.compile(r"(?m)^ {14}(\w+): (?:>-\n((?: {16}.*\n)+)|(.*)\n)")
PARTS = [("Title", "title"), ("PagerDuty", "summary"), ("Mail", "plain"),
         ("Slack", "text")]
START, END = "2026-11-28T09:54:30Z", "2026-11-28T10:32:00Z"


def pairs(text):
    return {name: " ".join(line.strip() for line in folded.splitlines())
            if folded else single.strip("\"'")
            for name, folded, single in PAIR.findall(text)}


def rules():
    """(name, severity) of each alert of the rules."""
    text = "".join(path.read_text()
                   for path in (DASHBOARDS / "prometheus" / "rules").glob("*"))
    return {(name, severity) for name, severity in re.findall(
        r"- alert: (\w+)\n(?:(?!      - ).*\n)*?        labels: "
        r"\{severity: (\w+)", text)}


def examples():
    """The labels and annotations of each alert that a test expects, once for
    each description."""
    found = {}
    for path in sorted(TESTS.glob("*.yml")):
        for name, alerts in EXPECTED.findall(path.read_text()):
            for labels, annotations in ALERT.findall(alerts):
                labels, annotations = pairs(labels), pairs(annotations)
                key = (name, labels["severity"], annotations["description"])
                found.setdefault(key, ({"alertname": name, **labels},
                                       annotations))
    return [found[key] for key in sorted(found)]


def data(labels, annotations, status):
    return {"receiver": "slack", "status": status, "externalURL": "",
            "groupLabels": {}, "commonLabels": labels,
            "commonAnnotations": annotations, "alerts": [
                {"status": status, "labels": labels,
                 "annotations": annotations, "startsAt": START,
                 "endsAt": END}]}


def render(content):
    """Each part of a notification."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(content, file)
        file.flush()
        done = subprocess.run(
            ["amtool", "template", "render", f"--template.glob={TEMPLATE}",
             f"--template.data={file.name}", "--template.text",
             "\f".join('{{ template "holysheep.%s" . }}' % part
                       for _, part in PARTS)],
            capture_output=True, text=True, check=True)
    return dict(zip((name for name, _ in PARTS), done.stdout.split("\f")))


def shown(labels, annotations):
    firing = render(data(labels, annotations, "firing"))
    resolved = render(data(labels, annotations, "resolved"))
    lines = ["=" * 80]
    for name, text in [*firing.items(),
                       ("Resolved", f"{resolved['Title']}\n"
                        f"{resolved['Slack']}")]:
        lines.append(f"--- {name}")
        for line in text.strip().splitlines():
            lines += textwrap.wrap(line, 80, break_long_words=False,
                                   break_on_hyphens=False) or [""]
    return "\n".join(lines) + "\n"


def rendered():
    return "".join(shown(*example) for example in examples())


class Rendered(unittest.TestCase):
    def test_each_alert_has_an_example(self):
        self.assertEqual({(labels["alertname"], labels["severity"])
                          for labels, _ in examples()}, rules())

    @unittest.skipUnless(shutil.which("amtool"), "amtool is not installed")
    def test_the_committed_texts_are_rendered(self):
        self.assertEqual(rendered(), RENDERED.read_text(),
                         "run `make alert-texts` and read the difference")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        RENDERED.write_text(rendered())
    else:
        unittest.main(argv=sys.argv[:1])
