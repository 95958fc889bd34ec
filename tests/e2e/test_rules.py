"""The alerting rules: promtool's checks, and the names they use."""

import re
import subprocess

import build
from plugin_tables import families, family_of, names
from harness import TestCase, free_port, private_folder
from prometheus import RULES, skip_without_rules

TESTS = RULES.parent / "tests"
SEVERITIES = {"critical", "warning", "none"}
ANNOTATIONS = {"summary", "description", "runbook_url", "dashboard_url"}
# That of an alert about a single host: how many hosts there are.
OPTIONAL = {"hosts"}
RAW = "collectd_holysheep_holysheep_build_info"
# Labels that belong to no family: Prometheus's, those that rules add, those
# that a fleet may add to its hosts, and a relay's on collectd's own page.
OTHER_LABELS = {"relay", "instance", "job", "le", "alertname", "alertstate",
                "severity", "of", "threshold", "cluster", "env", "rule_group",
                "holysheep", "meaning", "advice", "kind"}
# A user's own thresholds, and what Prometheus says of itself.
OTHERS = {"ALERTS", "ALERTS_FOR_STATE", RAW, "holysheep:override",
          "prometheus_rule_group_iterations_missed_total"}


def promtool(*arguments):
    return subprocess.run(["promtool", *arguments], capture_output=True,
                          text=True)


class Promtool(TestCase):
    def setUp(self):
        skip_without_rules()

    def test_promtool_accepts_the_rules(self):
        done = promtool("check", "rules", *sorted(RULES.glob("*.yml")))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_promtool_accepts_the_staged_rules(self):
        staged = RULES.with_name("rules-staged")
        done = promtool("check", "rules", *sorted(staged.glob("*.yml")))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_promtool_unit_tests(self):
        files = sorted(TESTS.glob("*.yml"))
        self.assertTrue(files)
        for path in files:
            with self.subTest(path.name):
                done = promtool("test", "rules", path)
                self.assertEqual(done.returncode, 0,
                                 done.stdout + done.stderr)


FLEET = build.SRCDIR / "doc" / "fleet.md"
OVERRIDES = """\
rule_files: [{rules}/*.yml, overrides.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: 'holysheep_build_info{{instance="a",relay="main"}}'
        values: '1x30'
      - series: 'up{{instance="a:9103",job="collectd"}}'
        values: '1x30'
      - series: 'up{{instance="b:9103",job="collectd"}}'
        values: '0x30'
      - series: 'holysheep_budget_remaining{{instance="a",relay="main"}}'
        values: '15x30'
      - series: 'holysheep_budget_timestamp_seconds{{instance="a",relay="main"}}'
        values: '0+60x30'
      - series: 'holysheep_budget_remaining{{instance="a",relay="other"}}'
        values: '15x30'
      - series: 'holysheep_budget_timestamp_seconds{{instance="a",relay="other"}}'
        values: '0+60x30'
    promql_expr_test:
      - expr: |
          group by (alertname, relay) (ALERTS{{
            alertname!="HolySheepWatchdog",alertstate="firing"}})
        eval_time: 20m
        exp_samples:
          - labels: '{{alertname="HolySheepHostsMissing"}}'
            value: 1
          - labels: '{{alertname="HolySheepLowBudget", relay="main"}}'
            value: 1
"""


class Overrides(TestCase):
    """Those in doc/fleet.md, in a file of the user's own."""

    def test_documented_overrides_apply(self):
        skip_without_rules()
        text = FLEET.read_text()
        example, = re.findall(r"```yaml\n(groups:\n.*?)```", text, re.DOTALL)
        folder = private_folder()
        (folder / "overrides.yml").write_text(example)
        tests = folder / "tests.yml"
        tests.write_text(OVERRIDES.format(rules=RULES))
        done = promtool("test", "rules", tests)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


def without_text(expression):
    return re.sub(r"""(["'])(?:\\.|(?!\1).)*\1""", '""', expression)


def series_in(expression):
    """The names of the series in an expression."""
    return set(re.findall(
        r"\b(?:ALERTS(?:_FOR_STATE)?|collectd_\w+|holysheep_\w+|"
        r"[a-z][a-z_]*:\w[\w:]*)",
        re.sub(r"\{[^}]*\}|\b(?:by|on|without|ignoring|group_left)\s*"
               r"\([^)]*\)", "", without_text(expression))))


def matchers_in(expression):
    """(series, label, value) of each matcher; alternatives are separate
    items."""
    for series, inside in re.findall(r"([\w:]+)\{([^}]*)\}", expression):
        for label, values in re.findall(
                r"""(\w+)\s*(?:=~|!~|!=|=)\s*["']([^"']*)["']""",
                inside):
            for value in values.split("|"):
                yield series, label, value
        # a printf in an annotation
        for label in re.findall(r"(\w+)=%q", inside):
            yield series, label, "%q"


def grouped_by(expression):
    lists = re.findall(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)",
                       without_text(expression))
    return {label for each in lists for label in re.findall(r"\w+", each)}


def queries_in(annotation):
    """The expressions that a template queries."""
    return re.findall(r'(?:printf|query)\s+"([^"]*[:(_][^"]*)"', annotation)


class LoadedRules(TestCase):
    """The rules as Prometheus loaded them."""

    def setUp(self):
        prometheus = self.start_prometheus(f"127.0.0.1:{free_port()}",
                                           rules=True)
        self.groups = prometheus.rules()
        self.rules = [rule for rules in self.groups.values()
                      for rule in rules]
        self.alerts = [r for r in self.rules if r["type"] == "alerting"]
        self.recorded = {r["name"] for r in self.rules
                         if r["type"] == "recording"}
        self.names = {alert["name"] for alert in self.alerts}

    def expressions(self):
        """Each expression with its rule."""
        for rule in self.rules:
            yield rule["name"], rule["query"]
            for text in rule.get("annotations", {}).values():
                for query in queries_in(text):
                    yield rule["name"], query

    def test_names_in_expressions_exist(self):
        for rule, expression in self.expressions():
            with self.subTest(rule, expression=expression):
                self.check_series(expression)
                for matcher in matchers_in(expression):
                    self.check_matcher(*matcher)
                self.assertLessEqual(grouped_by(expression), {
                    label for family in families().values()
                    for label in family.labels} | OTHER_LABELS)

    def check_series(self, expression):
        for series in series_in(expression):
            if series not in OTHERS:
                self.assertTrue(family_of(series) or series in self.recorded,
                                series)

    def check_matcher(self, series, label, value):
        family = family_of(series)
        if label == "rule_group":
            return
        if family:
            self.assertIn(label, {"relay", "instance", "job", "le", "cluster",
                                  "env", *families()[family].labels})
        elif label not in OTHER_LABELS:
            self.assertIn(label, {each for family in families().values()
                                  for each in family.labels})
        if label == "alertname":
            self.assertIn(value, self.names)
        if label == "severity":
            self.assertIn(value, SEVERITIES)
        if label in ("cause", "fault", "endpoint", "problem") and value:
            self.assertIn(value, names(label) | {"%q"})
        if label == "status" and value != "%q":
            self.assertTrue([s for s in names("status")
                             if re.fullmatch(value, s)], value)

    def test_alerts_do_not_depend_on_other_groups(self):
        """Except that former.yml records families for older hosts."""
        for group, rules in self.groups.items():
            recorded = {r["name"] for r in rules if r["type"] == "recording"}
            for rule in rules:
                with self.subTest(group, rule=rule["name"]):
                    self.assertLessEqual(
                        {name for name in series_in(rule["query"])
                         if not family_of(name)} & self.recorded, recorded)

    def test_thresholds_are_defined_once_and_used(self):
        text = "".join(path.read_text() for path in RULES.glob("*.yml"))
        for name in {n for n in self.recorded if n.endswith(":threshold")}:
            self.assertEqual(text.count(f"record: {name}\n"), 1)
            self.assertGreater(text.count(name), 1, name)

    def test_each_alert_has_all_annotations(self):
        for alert in self.alerts:
            with self.subTest(alert["name"]):
                self.assertEqual(set(alert["annotations"]) - OPTIONAL,
                                 ANNOTATIONS)
                self.assertEqual(set(alert["labels"]), {"severity"})
                self.assertIn(alert["labels"]["severity"], SEVERITIES)
                self.assertTrue(alert["annotations"]["runbook_url"].endswith(
                    f"/{alert['name']}.md"))

    def test_each_alert_and_its_text_has_a_test(self):
        text = "".join(path.read_text() for path in TESTS.glob("*.yml"))
        told = re.findall(r"alertname: (\w+)\n +exp_alerts:\n((?: {10}.*\n)+)",
                          text)
        seen = {(name, severity) for name, alerts in told
                for severity in re.findall(r"severity: (\w+)", alerts)}
        self.assertEqual(seen, {(a["name"], a["labels"]["severity"])
                                for a in self.alerts})

    def test_alerts_for_causes_fire_immediately(self):
        slow = {"HolySheepRateLimited", "HolySheepHostFailing"}
        for rule in self.groups["holysheep-causes"]:
            if rule["type"] == "alerting" and rule["name"] not in slow:
                self.assertEqual(rule["duration"], 0, rule["name"])

    def test_the_articles_alert_names_exist(self):
        self.assertLessEqual(
            {f"HolySheep{name}" for name in (
                "APITimeout", "HighLatency", "LowSuccessRate", "LowBudget",
                "APIDown")}, self.names)
