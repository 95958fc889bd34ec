#!/usr/bin/env python3
"""The committed rules, dashboards and page are what dashboards/mixin makes of the
code's tables, and the rules keep to what makes them readable and cheap."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SRCDIR = pathlib.Path(__file__).resolve().parents[2]
BUILDDIR = pathlib.Path(os.environ.get("HOLYSHEEP_BUILDDIR", "."))
MIXIN = SRCDIR / "dashboards" / "mixin"
PAGE = SRCDIR / "dashboards" / "consoles" / "holysheep.html"
ROUTES = SRCDIR / "dashboards" / "alertmanager" / "alertmanager.yml"
COMMITTED = SRCDIR / "dashboards" / "prometheus"
FOLDERS = "rules", "rules-staged"
ADVICE = "run `make dashboards` and review the difference"

RULE = re.compile(r"(?m)^      - (?:record|alert): (.*)\n        expr: "
                  r"(?:\|\n((?:          .*\n)+)|(.*))")


# A vote for each cluster, in which hosts have the same names: one of the two
# clusters sees the relay fail.
TWO_CLUSTERS = """
rule_files: [rules/causes.yml]
evaluation_interval: 10s
tests:
  - interval: 10s
    input_series:
      - series: holysheep_probe_failing{cluster="east",instance="a",relay="main",endpoint="models"}
        values: 0x5 1x30
      - series: holysheep_probe_failing{cluster="west",instance="a",relay="main",endpoint="models"}
        values: 0x35
      - series: holysheep_incident{cluster="east",instance="a",relay="main",endpoint="models",problem="error"}
        values: _x6 1x30
      - series: holysheep_incident_since_timestamp_seconds{cluster="east",instance="a",relay="main",endpoint="models"}
        values: 0x5 50x30
    promql_expr_test:
      - expr: ALERTS{alertstate="firing"}
        eval_time: 4m
        exp_samples: [EXPECTED]
"""
DOWN_IN_EAST = """{value: 1, labels:
          'ALERTS{alertname="HolySheepAPIDown",alertstate="firing",cluster="east",relay="main",severity="critical"}'}"""


def generate(mixin, folder):
    for name in FOLDERS:
        os.mkdir(os.path.join(folder, name))
    subprocess.run(["jsonnet", "--string", "--multi", folder,
                    mixin / "rules.jsonnet"],
                   stdout=subprocess.DEVNULL, check=True)


def files(folder):
    return {f"{name}/{path.name}": path.read_text()
            for name in FOLDERS for path in (folder / name).glob("*.yml")}


def rules(text):
    """(name, expression) of each rule of a file."""
    for name, block, line in RULE.findall(text):
        yield name, block or line


class Generated(unittest.TestCase):
    def test_the_tables_are_those_of_the_code(self):
        done = subprocess.run([BUILDDIR / "doc" / "tables", "json"],
                              capture_output=True, text=True, check=True)
        self.assertEqual((MIXIN / "tables.json").read_text(), done.stdout,
                         ADVICE)

    @unittest.skipUnless(shutil.which("jsonnet"), "jsonnet is not installed")
    def test_the_committed_rules_are_generated(self):
        with tempfile.TemporaryDirectory() as folder:
            generate(MIXIN, folder)
            made = files(pathlib.Path(folder))
        committed = files(COMMITTED)
        self.assertEqual(set(made), set(committed), ADVICE)
        for name, text in made.items():
            self.assertEqual(committed[name], text, f"{name}: {ADVICE}")

    @unittest.skipUnless(shutil.which("jsonnet"), "jsonnet is not installed")
    def test_the_committed_dashboards_are_generated(self):
        committed = sorted((SRCDIR / "dashboards" / "grafana").glob("*.json"))
        self.assertTrue(committed)
        for path in committed:
            name = path.stem.removeprefix("holysheep-")
            done = subprocess.run(
                ["jsonnet", MIXIN / "grafana" / f"{name}.libsonnet"],
                capture_output=True, text=True, check=True)
            made = json.dumps(json.loads(done.stdout), indent=2,
                              ensure_ascii=False)
            self.assertEqual(path.read_text(), made + "\n",
                             f"{path.name}: {ADVICE}")

    @unittest.skipUnless(shutil.which("jsonnet"), "jsonnet is not installed")
    def test_the_committed_routes_are_generated(self):
        done = subprocess.run(
            ["jsonnet", "--string", MIXIN / "alertmanager.jsonnet"],
            capture_output=True, text=True, check=True)
        self.assertEqual(ROUTES.read_text(), done.stdout, ADVICE)

    @unittest.skipUnless(shutil.which("jsonnet"), "jsonnet is not installed")
    def test_the_committed_page_is_generated(self):
        done = subprocess.run(["jsonnet", "--string", MIXIN / "console.jsonnet"],
                              capture_output=True, text=True, check=True)
        self.assertNotIn("[[", done.stdout)
        self.assertEqual(PAGE.read_text(), done.stdout, ADVICE)


@unittest.skipUnless(shutil.which("jsonnet") and shutil.which("promtool"),
                     "needs jsonnet and promtool")
class OtherConfigurations(unittest.TestCase):
    def generated_with(self, old, new):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        mixin = pathlib.Path(folder.name) / "mixin"
        shutil.copytree(MIXIN, mixin)
        config = (mixin / "config.libsonnet").read_text()
        self.assertIn(old, config)
        (mixin / "config.libsonnet").write_text(config.replace(old, new))
        generate(mixin, folder.name)
        return pathlib.Path(folder.name)

    def promtool(self, *arguments):
        done = subprocess.run(["promtool", *arguments], capture_output=True,
                              text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def check_two_clusters(self, folder, expected):
        test = folder / "test.yml"
        test.write_text(TWO_CLUSTERS.replace("EXPECTED", expected))
        self.promtool("test", "rules", test)

    def test_hosts_of_one_name_in_two_clusters_are_two(self):
        folder = self.generated_with("voteBy: ['relay']", "voteBy: ['relay']")
        self.check_two_clusters(folder, "")

    def test_each_cluster_may_have_a_vote(self):
        folder = self.generated_with("voteBy: ['relay']",
                                     "voteBy: ['cluster', 'relay']")
        self.promtool("check", "rules", *(folder / "rules").glob("*.yml"))
        self.check_two_clusters(folder, DOWN_IN_EAST)


@unittest.skipUnless(shutil.which("jsonnet"), "jsonnet is not installed")
class OtherTables(unittest.TestCase):
    """The table of problems decides what becomes of them."""

    def alerts_with(self, problem, **members):
        """(severity, expression) of the alerts of problems, by name."""
        with tempfile.TemporaryDirectory() as folder:
            mixin = pathlib.Path(folder) / "mixin"
            shutil.copytree(MIXIN, mixin)
            tables = json.loads((mixin / "tables.json").read_text())
            row, = [row for row in tables["problems"] if row["name"] == problem]
            row.update(members)
            (mixin / "tables.json").write_text(json.dumps(tables))
            done = subprocess.run(
                ["jsonnet", "-J", mixin, "-e",
                 "(import 'availability.libsonnet')['causes.yml'].rules"],
                capture_output=True, text=True, check=True)
        return {rule["alert"]: (rule["labels"]["severity"], rule["expr"])
                for rule in json.loads(done.stdout) if "alert" in rule}

    def test_whether_a_problem_pages(self):
        name = "HolySheepModelUnavailable"
        self.assertEqual(self.alerts_with("model")[name][0], "warning")
        self.assertEqual(self.alerts_with("model", pages=True)[name][0],
                         "critical")

    def test_as_what_a_problem_is_told(self):
        name = "HolySheepQuotaExhausted"
        self.assertNotIn("content", self.alerts_with("content")[name][1])
        self.assertIn("content",
                      self.alerts_with("content", alert=name)[name][1])


class Staged(unittest.TestCase):
    def test_what_is_critical_would_be(self):
        for path in (COMMITTED / "rules").glob("*.yml"):
            staged = (COMMITTED / "rules-staged" / path.name).read_text()
            self.assertNotIn("severity: critical", staged)
            self.assertEqual(staged.count("would_be: critical"),
                             path.read_text().count("severity: critical"))


class Readable(unittest.TestCase):
    def test_expressions_are_short(self):
        for file, text in files(COMMITTED).items():
            for name, expression in rules(text):
                with self.subTest(file, rule=name):
                    self.assertLessEqual(expression.strip().count("\n"), 11)

    def test_no_recorded_series_refers_to_itself(self):
        for file, text in files(COMMITTED).items():
            reads = {name: set(re.findall(r"[\w:]*:[\w:]+", expression))
                     for name, expression in rules(text)}
            for name in reads:
                with self.subTest(file, rule=name):
                    self.assertNotIn(name, self.reachable(name, reads))

    def reachable(self, name, reads):
        found, new = set(), set(reads[name])
        while new:
            found |= new
            new = {each for one in new for each in reads.get(one, ())} - found
        return found

    def test_availability_is_read_in_ten_minutes(self):
        text = (COMMITTED / "rules" / "causes.yml").read_text()
        self.assertLessEqual(text.count("\n"), 250)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
