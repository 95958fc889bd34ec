"""The dashboards are plain models that any Grafana accepts, and refer to
existing series. How they look is not tested here."""

import itertools
import json
import re
import subprocess

from grafana import (GRAFANA, dashboards, every_panel, filled_in, in_rows,
                     objects, panels, targets)
from harness import TestCase, private_folder
from plugin_tables import families, family_of, names
from prometheus import in_rules, skip_without_rules
from test_rules import OTHER_LABELS, grouped_by, matchers_in, series_in

PROMETHEUS = "http://localhost:9090"
# The article's panels: users expect to find them again.
ARTICLE = {
    "Request Success Rate": "stat",
    "P95 Latency (ms)": "timeseries",
    "Token Usage by Model": "timeseries",
    "Error Breakdown": "piechart",
    "Remaining Budget ($)": "gauge",
}


class Model(TestCase):
    """What Grafana requires, and what an editor of the dashboards needs."""

    def test_all_dashboards_exist(self):
        self.assertEqual(set(dashboards()), {
            "holysheep-monitor", "holysheep-relay", "holysheep-fleet",
            "holysheep-compare"})

    def test_plain_model_in_grafanas_format(self):
        for name, dashboard in dashboards().items():
            text = (GRAFANA / f"{name}.json").read_text()
            self.assertEqual(text, json.dumps(
                dashboard, indent=2, ensure_ascii=False) + "\n")
            self.assertEqual(dashboard["uid"], name)
            self.assertIsNone(dashboard["id"])
            # The schema version of Grafana 10.4; newer versions migrate it
            # themselves.
            self.assertEqual(dashboard["schemaVersion"], 39)

    def test_ids_and_titles_are_unique(self):
        titles = [d["title"] for d in dashboards().values()]
        self.assertEqual(len(set(titles)), len(titles))
        for dashboard in dashboards().values():
            ids = [p["id"] for row in in_rows(dashboard) for p in row]
            self.assertEqual(len(set(ids)), len(ids))
            self.assertNotIn(None, ids)
        for where, panel in every_panel():
            letters = [t["refId"] for t in panel["targets"]]
            self.assertEqual(len(set(letters)), len(letters), where)

    def test_panels_do_not_overlap(self):
        rows = [r for d in dashboards().values() for r in in_rows(d)]
        for row in rows:
            places = [p["gridPos"] for p in row]
            for place in places:
                self.assertLessEqual(place["x"] + place["w"], 24)
            for a, b in itertools.combinations(places, 2):
                self.assertFalse(
                    all(a[at] < b[at] + b[size] and b[at] < a[at] + a[size]
                        for at, size in (("x", "w"), ("y", "h"))), (a, b))

    def test_data_source_is_a_variable(self):
        for dashboard in dashboards().values():
            variables = dashboard["templating"]["list"]
            self.assertEqual(variables[0]["type"], "datasource")
            self.assertEqual(variables[0]["name"], "datasource")
            self.assertLessEqual({"relay", "instance"},
                                 {v["name"] for v in variables})
            self.assertLessEqual(
                {source["uid"] for source in objects(dashboard, "datasource")},
                {"${datasource}", "-- Grafana --"})
            for panel in panels(dashboard):
                self.assertEqual(panel["datasource"]["uid"], "${datasource}",
                                 panel["title"])

    def test_each_panel_is_described_and_has_a_unit(self):
        for where, panel in every_panel():
            self.assertRegex(panel["description"], r"\A[A-Z9].{20,}\.\Z",
                             where)
            field = panel["fieldConfig"]["defaults"]
            if panel["type"] not in ("table", "state-timeline"):
                self.assertTrue("unit" in field or any(
                    m["type"] == "range" for m in field["mappings"]), where)

    def test_each_panel_describes_missing_data(self):
        for where, panel in every_panel():
            self.assertTrue(panel["fieldConfig"]["defaults"]["noValue"],
                            where)

    def test_no_panel_says_what_another_one_says(self):
        for name, dashboard in dashboards().items():
            for key in "title", "description":
                said = [panel[key] for panel in panels(dashboard)]
                self.assertEqual(len(said), len(set(said)), name)
            asked = [target["expr"] for panel in panels(dashboard)
                     for target in panel["targets"]]
            self.assertEqual(len(asked), len(set(asked)), name)

    def test_no_panel_queries_less_than_a_minute(self):
        """Probes that cost money run once a minute: $__rate_interval must span
        four of them."""
        for where, panel in every_panel():
            self.assertIn(panel["interval"], ("1m", "5m", "1h"), where)
            for target in panel["targets"]:
                if not target.get("instant"):
                    self.assertEqual(target["interval"], panel["interval"],
                                     where)

    def test_the_articles_panels_exist(self):
        monitor = dashboards()["holysheep-monitor"]
        types = {p["title"]: p["type"] for p in panels(monitor)}
        self.assertLessEqual(ARTICLE.items(), types.items())
        self.assertEqual(monitor["time"], {"from": "now-6h", "to": "now"})
        self.assertEqual(monitor["refresh"], "30s")

    def test_links_have_targets(self):
        """Links lead to the runbooks of existing alerts, at the URLs that the
        alerts have, and from one dashboard to another."""
        alerts = in_rules("alert")
        self.assertTrue(alerts)
        for dashboard in dashboards().values():
            base, = [v["query"] for v in dashboard["templating"]["list"]
                     if v["name"] == "runbooks"]
            self.assertLessEqual({f"{base}/{alert}.md" for alert in alerts}, {
                url.replace("{{ $externalURL }}", PROMETHEUS)
                for url in in_rules("runbook_url")})
            self.assertTrue(set(objects(dashboard, "url")))
            for url in objects(dashboard, "url"):
                if match := re.fullmatch(r"\$\{runbooks\}/(\w+)\.md", url):
                    self.assertIn(match[1], alerts)
                elif match := re.match(r"/d/([\w-]+)", url):
                    self.assertIn(match[1], dashboards())
                else:
                    self.assertIn(url, (
                        "", "${runbooks}/${__value.text}.md"))

    def test_alerts_link_to_dashboards(self):
        found = {re.search(r"/d/([\w-]+)", url)[1]
                 for url in in_rules("dashboard_url")}
        self.assertTrue(found)
        self.assertLessEqual(found, set(dashboards()))

    def test_every_cause_has_its_colour(self):
        """A state timeline shows numbers: each cause has the same number in
        all queries and mappings, and ten times that if the network is at
        fault, which has another colour."""
        seen = set()
        for where, panel in every_panel():
            for target in panel["targets"]:
                codes, factors = (re.findall(
                    rf'label_replace\(vector\((\d+)\), "{label}", "(\w+)"',
                    target["expr"]) for label in ("cause", "fault"))
                if codes:
                    seen.add((tuple(codes), tuple(factors)))
                    self.check_colours(codes, panel, where)
        (codes, factors), = seen
        self.assertLessEqual(names("cause"), {cause for _, cause in codes})
        self.assertEqual(len(codes), len({code for code, _ in codes}))
        self.assertEqual(dict((fault, factor) for factor, fault in factors),
                         {fault: "10" if fault == "network" else "1"
                          for fault in names("fault")})

    def check_colours(self, codes, panel, where):
        colours = next(
            options for options in objects(panel, "options")
            if isinstance(options, dict) and options.get("0"))
        for code, cause in codes:
            self.assertEqual(colours[code]["text"], cause, where)
            if cause in ("timeout", "connection", "dns"):
                self.assertIn(cause, colours[f"{code}0"]["text"], where)
                self.assertIn("blue", colours[f"{code}0"]["color"], where)


class Expressions(TestCase):
    """Expressions parse and use only series and labels that exist."""

    def setUp(self):
        self.recorded = in_rules("record") | {"ALERTS", "ALERTS_FOR_STATE"}
        self.labels = OTHER_LABELS | {"severity"} | {
            label for family in families().values()
            for label in family.labels}

    def expressions(self):
        for where, target in targets().items():
            yield where, target["expr"]
        for name, dashboard in dashboards().items():
            for each in objects(dashboard["annotations"], "expr"):
                yield (name, "annotation"), each
            for variable in dashboard["templating"]["list"]:
                if variable["type"] == "query":
                    query = variable["query"]["query"]
                    yield (name, query), re.sub(
                        r"^label_values\((.*), (\w+)\)$",
                        r"count by (\2) (\1)",
                        re.sub(r"^query_result\((.*)\)$", r"\1", query))

    def test_promtool_accepts_them(self):
        skip_without_rules()
        rules = private_folder() / "rules.json"  # JSON is valid YAML
        rules.write_text(json.dumps({"groups": [{"name": "all", "rules": [
            {"record": f"expression_{number}", "expr": filled_in(expression)}
            for number, (_, expression) in enumerate(self.expressions())]}]}))
        done = subprocess.run(["promtool", "check", "rules", rules],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_names_in_expressions_exist(self):
        for where, expression in self.expressions():
            with self.subTest(where):
                self.check(filled_in(expression))

    def test_every_family_is_shown(self):
        drawn = {family_of(series) for target in targets().values()
                 for series in series_in(filled_in(target["expr"]))}
        self.assertEqual(set(families()) - drawn, set())

    def check(self, expression):
        for series in series_in(expression):
            self.assertTrue(family_of(series) or series in self.recorded,
                            series)
        for series, label, _ in matchers_in(expression):
            family = families().get(family_of(series))
            self.assertIn(label, self.labels if family is None
                          else {"relay", "instance", "le", *family.labels})
        made = {label for found in re.findall(
            r'"(\w+)", "[^"]*", "|count_values[^"]*"(\w+)"', expression)
            for label in found}
        self.assertLessEqual(grouped_by(expression), self.labels | made)
