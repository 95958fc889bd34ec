"""The dashboards are plain models that any Grafana accepts; their panels refer
to existing series, have data and show correct values. How they look is not
tested here."""

import itertools
import json
import re
import subprocess

import test_prometheus
from plugin_tables import families, family_of, names
from harness import (TestCase, build, plugin_block, private_folder,
                     relay_block, timing, wait_for)
from prometheus import RULES, skip_without_rules
from test_rules import OTHER_LABELS, grouped_by, matchers_in, series_in

GRAFANA = build.SRCDIR / "dashboards" / "grafana"
CHAT = "chat/completions"
PROMETHEUS = "http://localhost:9090"
# Data for each panel: a required model, a balance with a limit, a streamed
# completion with prices, and the same prompt streamed and not.
BLOCKS = """\
    <Models>
      Require "gpt-4o-mini"
    </Models>
    <Billing>
      Path "/credits"
      LimitKey "data/total_credits"
      UsedKey "data/total_usage"
    </Billing>
    <Chat "gpt-4o-mini">
      Stream true
      PromptPrice 0.15
      CompletionPrice 0.6
    </Chat>
    <Responses "gpt-4o-mini">
      Stream true
      Label "streamed"
    </Responses>
    <Responses "gpt-4o-mini">
      Label "plain"
    </Responses>"""
# The article's panels: users expect to find them again.
ARTICLE = {
    "Request Success Rate": "stat",
    "P95 Latency (ms)": "timeseries",
    "Token Usage by Model": "timeseries",
    "Error Breakdown": "piechart",
    "Remaining Budget ($)": "gauge",
}


def dashboards():
    """Each dashboard by its file's name."""
    return {path.stem: json.loads(path.read_text())
            for path in sorted(GRAFANA.glob("*.json"))}


def in_rows(dashboard):
    """The rows of panels: those that are open, and each collapsed one."""
    return [dashboard["panels"]] + [
        p["panels"] for p in dashboard["panels"] if p.get("collapsed")]


def panels(dashboard):
    return [p for row in in_rows(dashboard) for p in row
            if p["type"] != "row"]


def every_panel():
    return [((name, panel["title"]), panel)
            for name, dashboard in dashboards().items()
            for panel in panels(dashboard)]


def targets():
    """Each query, by dashboard, panel and ref id."""
    return {(*where, target["refId"]): target
            for where, panel in every_panel() for target in panel["targets"]}


def objects(value, key):
    """All objects with that key, at any depth."""
    if isinstance(value, dict):
        if key in value:
            yield value[key]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from objects(each, key)


def filled_in(expression, interval="1m", **values):
    """The expression with Grafana's variables substituted; other variables
    match everything."""
    values = {"__rate_interval": interval, "__interval": interval,
              "relay": ".*", "instance": ".*", "endpoint": CHAT,
              "__range": "1h", "volume": "1", **values}
    return re.sub(r"\$(?:\{(\w+)(?::\w+)?\}|(\w+))",
                  lambda m: values[m[1] or m[2]], expression)


def in_rules(field):
    """The values of a field in the shipped rules."""
    return {value for path in RULES.glob("*.yml") for value in re.findall(
        rf"(?m)^ *(?:- )?{field}: '?([^'\n]+)", path.read_text())}


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
                    selector, label = re.fullmatch(
                        r"label_values\((.*), (\w+)\)", query).groups()
                    yield (name, query), f"count by ({label}) ({selector})"

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


class RareSeries(TestCase):
    """Panel queries over series that are rarely present."""

    def check(self, where, series, expected, function="max", by="relay",
              **values):
        """Expected: the value by that label, after an hour."""
        folder = private_folder()
        expression = filled_in(targets()[where]["expr"], **values)
        (folder / "test.json").write_text(json.dumps({"tests": [{
            "interval": "1m",
            "input_series": [{"series": name, "values": each}
                             for name, each in series.items()],
            "promql_expr_test": [{
                "expr": f"{function} by ({by}) ({expression})",
                "eval_time": "1h",
                "exp_samples": [{"labels": f'{{{by}="{name}"}}' if name
                                 else "{}", "value": value}
                                for name, value in expected.items()]}]}]}))
        done = subprocess.run(["promtool", "test", "rules", "test.json"],
                              cwd=folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_unlimited_key_shows_no_stale_balance(self):
        series = {'holysheep_budget_remaining{relay="a"}': "3x60",
                  'holysheep_budget_unlimited{relay="a"}': "0x50 1x10",
                  'holysheep_budget_remaining{relay="b"}': "4x60",
                  'holysheep_budget_unlimited{relay="b"}': "0x60",
                  'holysheep_budget_remaining{relay="c"}': "5x60"}
        found = [where for where, target in targets().items()
                 if "holysheep_budget_remaining:latest" in target["expr"]]
        self.assertEqual(len(found), 3)
        for where in found:
            for relay, left in (("a", {}), ("b", {"b": 4}), ("c", {"c": 5})):
                self.check(where, series, left, relay=relay)

    def test_state_of_a_relay(self):
        chat = 'endpoint="chat/completions",model='
        since, ratio = (f"endpoint:holysheep_failing:{each}"
                        for each in ("since", "ratio"))
        series = {
            'relay:holysheep_down:since{relay="down"}': "9x60",
            since + f'{{relay="all",{chat}"m",problem="key"}}': "9x60",
            ratio + f'{{relay="all",{chat}"m"}}': "1x60",
            ratio + '{relay="all",endpoint="billing"}': "0x60",
            since + f'{{relay="some",{chat}"m",problem="model"}}': "9x60",
            ratio + f'{{relay="some",{chat}"m"}}': "1x60",
            ratio + f'{{relay="some",{chat}"n"}}': "0x60",
            since + '{relay="billing",endpoint="billing",problem="error"}':
                "9x60",
            ratio + '{relay="billing",endpoint="billing"}': "1x60",
            ratio + f'{{relay="billing",{chat}"m"}}': "0x60",
            'relay:holysheep_hosts:failing{relay="hosts",of="3"}': "1x60",
            ratio + f'{{relay="hosts",{chat}"m"}}': "0.33x60",
            ratio + f'{{relay="up",{chat}"m"}}': "0x60",
            'relay:holysheep_unseen:since{relay="silent"}': "9x60",
            'holysheep_build_info{relay="new"}': "1x60"}
        expected = {"down": 6, "all": 6, "silent": 5, "some": 4, "billing": 3,
                    "hosts": 2, "up": 0}
        where = "holysheep-monitor", "Relays", "A"
        self.check(where, series, {**expected, "new": -1})
        series['ALERTS{alertname="HolySheepWatchdog"}'] = "1x60"
        self.check(where, series, {**expected, "new": 1})

    def test_an_alert_of_many_hosts_is_counted_once(self):
        series = {f'ALERTS{{alertname="HolySheepHighLatency",instance="{host}",'
                  'alertstate="firing",severity="warning",relay="a"}': "1x60"
                  for host in range(9)}
        self.check(("holysheep-monitor", "Relays", "I"), series, {"a": 1})
        self.check(("holysheep-fleet", "Alerts firing", "B"), series, {"": 1})

    def test_each_relay_has_each_column(self):
        """A table whose columns come and go is read wrongly."""
        ratio = "endpoint:holysheep_failing:ratio"
        series = {'holysheep_build_info{relay="up"}': "1x60",
                  f'{ratio}{{relay="up",endpoint="models"}}': "0x60"}
        for letter in "BC":
            self.check(("holysheep-monitor", "Relays", letter), series,
                       {"up": 1}, "count")

    def test_nothing_fails_only_if_somebody_says_so(self):
        series = {'holysheep_build_info{relay="a"}': "1x60"}
        judged = {'endpoint:holysheep_failing:ratio{relay="a"}': "0x60"}
        for title, by, expected in (("Since", "relay", {"a": 0}),
                                    ("Cause", "cause", {"nothing fails": 1})):
            where = "holysheep-relay", title, "A"
            self.check(where, series, {}, by=by, relay="a")
            self.check(where, series | judged, expected, by=by, relay="a")

    def test_probes_of_many_hosts_are_listed_by_verdict(self):
        series = {}
        for host, cause in enumerate(["timeout"] * 20 + ["ok"] * 2):
            probe = f'relay="a",endpoint="models",instance="{host}"'
            series |= {
                f'holysheep_verdict{{{probe},cause="{cause}",fault="relay"}}':
                    "1x60",
                f'holysheep_verdict_since_timestamp_seconds{{{probe}}}':
                    f"{host}x60"}
            series |= {f"holysheep_{name}{{{probe}}}": "1x60" for name in (
                "probe_failing", "incident_since_timestamp_seconds",
                "last_success_timestamp_seconds", "consecutive_failures",
                "request_duration_seconds", "last_probe_timestamp_seconds",
                "probe_interval_seconds")}
            series[f'holysheep_incident{{{probe},problem="timeout"}}'] = "1x60"
        listed = {str(host): 1 for host in (15, 16, 17, 18, 19, 20, 21)}
        for where in targets():
            if where[:2] == ("holysheep-relay", "Probes now"):
                self.check(where, series, listed, "count", "instance",
                           relay="a")
        self.check(("holysheep-relay", "Probes now", "B"), series,
                   {host: 2 if int(host) > 19 else 20 for host in listed},
                   by="instance", relay="a")

    def test_no_quantile_without_answers(self):
        bucket = 'relay="a",model="m",le="5"'
        series = {f"endpoint:holysheep_latency_buckets:rate5m{{{bucket}}}":
                  "0x60",
                  f"holysheep_request_latency_seconds_bucket{{{bucket}}}":
                  "7x60",
                  f"holysheep_time_to_first_token_seconds_bucket{{{bucket}}}":
                  "7x60"}
        found = [where for where, target in targets().items()
                 if "histogram_quantile" in target["expr"]]
        self.assertGreater(len(found), 5)
        for where in found:
            self.check(where, series, {}, interval="20m")

    def test_averages_are_exact(self):
        """Where a quantile would be between two bounds."""
        series = {f'holysheep_{name}_{part}{{relay="a",model="m"}}': values
                  for name in ("request_latency_seconds",
                               "time_to_first_token_seconds")
                  for part, values in (("sum", "0+3x60"), ("count", "0+2x60"))}
        for letter in "BD":
            self.check(("holysheep-compare", "Models of each relay", letter),
                       series, {"a": 1.5})

    def test_speed_of_a_short_answer_is_not_shown(self):
        series = {f"holysheep_{name}{{{labels}}}": values
                  for relay, tokens in (("short", 10), ("long", 60))
                  for name, labels, values in (
                      ("output_tokens_per_second",
                       f'relay="{relay}",model="m"', "70x60"),
                      ("tokens_total", f'relay="{relay}",model="m",'
                       'type="completion"', f"0+{tokens}x60"),
                      ("requests_total", f'relay="{relay}",model="m",'
                       'endpoint="chat/completions",status="200"', "0+1x60"))}
        for where in (("holysheep-compare", "Models of each relay", "E"),
                      ("holysheep-compare", "Tokens per second", "A")):
            self.check(where, series, {"long": 70}, interval="20m")

    def test_invalid_200_is_not_a_success(self):
        series = {f"holysheep_{name}": values for name, values in (
            ('requests_total{relay="a",model="m",status="200"}', "0+1x60"),
            ('up{relay="a",model="m"}', "1x60"),
            ('requests_total{relay="b",model="m",status="200"}', "0+1x60"),
            ('up{relay="b",model="m"}', "0x60"))}
        for where in (("Models of each relay", "A"),
                      ("Success by model", "A")):
            self.check(("holysheep-compare", *where), series,
                       {"a": 100, "b": 0}, interval="10m")

    def test_prices_are_compared_if_both_are_known(self):
        series = {'holysheep_reference{relay="a"}': "1x60"}
        series |= {
            f'holysheep_price_usd_per_million_tokens{{relay="{relay}",'
            f'model="m",type="{kind}"}}': f"{price}x60"
            for relay, kind, price in (
                ("a", "prompt", 10), ("a", "completion", 30),
                ("b", "prompt", 4), ("b", "completion", 16),
                ("c", "prompt", 1), ("d", "completion", 1))}
        for letter, expected in (("H", {"a": 0, "b": -50}),
                                 ("I", {"a": 0, "b": -30})):
            self.check(("holysheep-compare", "Models of each relay", letter),
                       series, expected, volume="3")

    def test_prompts_are_compared_with_what_is_expected(self):
        name = "endpoint:holysheep_prompt_tokens"
        series = {f'{name}:{what}{{relay="{relay}",model="m",'
                  f'endpoint="chat/completions"}}': f"{tokens}x60"
                  for what, relay, tokens in (
                      ("median1h", "a", 16), ("expected", "a", 8),
                      ("median1h", "b", 8), ("expected", "b", 8),
                      ("median1h", "c", 8))}
        self.check(("holysheep-compare", "Tokens of the prompt, "
                    "relative to what is expected", "A"), series,
                   {"a": 2, "b": 1})

    def test_traces_are_a_fraction_of_all_answers(self):
        labels = 'relay="{}",instance="{}",endpoint="chat/completions",model="m"'
        series = {'holysheep_vendor_traces_total{%s,vendor="aws"}'
                  % labels.format("a", "x"): "0+1x60"}
        series |= {'holysheep_requests_total{%s,status="200"}'
                   % labels.format(relay, host): "0+2x60"
                   for relay in "ab" for host in "xy"}
        self.check(("holysheep-compare", "Traces of vendors", "A"), series,
                   {"a": 25})

    def test_charges_are_compared_with_prices_if_both_are_known(self):
        series = {'holysheep_budget_spent_usd_total{relay="a",instance="x"}':
                  "0+3x60",
                  'holysheep_budget_spent_usd_total{relay="b",instance="x"}':
                  "0+3x60"}
        series |= {f'holysheep_cost_usd_total{{relay="a",instance="{host}"}}':
                   "0+1x60" for host in "xy"}
        self.check(("holysheep-compare",
                    "Charged, relative to the configured prices", "A"),
                   series, {"a": 1.5})


def skip_under_checkers(test):
    if not timing():
        test.skipTest("what is under test is no program")


class PanelData(TestCase):
    """On the real stack: one host with two relays. `main` has met all kinds of
    faults; the key of `other` is rejected."""

    EMPTY = {
        # Availability needs whole hours of data.
        ("holysheep-fleet", "Availability over 30 days, by fault"),
        # A relay is compared with another one or with its own last days.
        ("holysheep-compare",
         "Tokens of the prompt, relative to what is expected"),
        # The only host is the majority.
        ("holysheep-fleet", "Hosts that differ from the majority"),
        # The stand-in relay's answers are too short to tell their speed.
        ("holysheep-relay", "Tokens per second"),
        ("holysheep-compare", "Tokens per second"),
        ("holysheep-compare", "Models of each relay", "E"),
        # Only a rate of twenty minutes tells when nothing will be left.
        ("holysheep-relay", "Empty in"),
        # No alert of one host fires, and none about `main` for certain.
        ("holysheep-monitor", "Alerts firing", "A"),
        ("holysheep-relay", "Alerts firing"),
    }

    def setUp(self):
        skip_under_checkers(self)
        self.relay = self.start_relay(balance=100, price=10000,
                                      first_token=20, token=5)
        for name, value in (("limit", "500"), ("remaining", "440"),
                            ("reset", "12s")):
            self.relay.header(f"x-ratelimit-{name}-requests", value)
        self.relay.header("x-groq-region", "fra")
        self.other = self.start_relay(key="sk-another")
        self.collectd = self.make_collectd(plugin_block(
            relay_block("main", self.relay.tls_url, "Interval 0.5",
                        "RetryInterval 0.5", "Timeout 1500",
                        f'CACert "{self.relay.ca}"', 'KeyExpires "2035-01-31"',
                        "Reference true", BLOCKS,
                        key_file=self.key_file()),
            relay_block("other", self.other.url, "RetryInterval 1",
                        key_file=self.key_file())), interval=0.5)
        self.prometheus = self.start_prometheus(
            f"127.0.0.1:{self.collectd.port}", rules=True)
        self.prometheus.wait_query("up", 15)  # starts slowly
        self.collectd.start()
        self.addCleanup(self.stop_clean, self.collectd)

    def ask(self, target, **values):
        """The current result; for range queries the last value of the last two
        minutes."""
        expression = filled_in(target["expr"], "10s", **values)
        if not target.get("instant"):
            expression = f"last_over_time(({expression})[2m:1s])"
        return self.prometheus.query(expression)

    def provoke(self, fault, count, endpoint=CHAT):
        """Waits until that many requests have met the fault."""
        self.relay.fault(fault, endpoint)
        self.collectd.wait_for(
            lambda: self.relay.journal(endpoint=endpoint, fault=fault), 60,
            f"{count} times {fault}", lambda seen: len(seen) >= count)
        self.relay.heal()

    def run_scenario(self):
        self.collectd.wait_for(
            lambda: self.relay.journal(endpoint=CHAT, status=200), 30,
            "some completions", lambda seen: len(seen) >= 8)
        self.provoke("hang", 2)
        self.provoke("malformed", 3)
        self.relay.balance(150)
        self.provoke("invalid_key", 2, "models")
        self.collectd.wait_verdict("main", "models", "ok")
        self.collectd.wait_verdict("main", CHAT, "ok")
        self.collectd.wait_verdict("other", "models", "key_rejected")
        self.relay.header("Retry-After", "600", endpoint="billing")
        self.relay.fault("rate_limited", "billing")
        self.collectd.wait_verdict("main", "billing", "rate_limited")

    def without_data(self, expected):
        return {where for where in expected if not self.ask(
            targets()[where],
            relay="main" if where[0] == "holysheep-relay" else ".*")}

    def test_every_panel_has_data(self):
        self.run_scenario()
        left = {where for where in targets()
                if where[:2] not in self.EMPTY and where not in self.EMPTY}

        def look():
            left.intersection_update(self.without_data(left))
            return left
        wait_for(look, 120, "data for", lambda empty: not empty)


class PanelAccuracy(test_prometheus.QueryResults):
    """The article's panels compared with the relay's journal. A 200 with an
    invalid body is not a success."""

    PANELS = {
        "success": ("Request Success Rate", "A"),
        "p95": ("P95 Latency (ms)", "A"),
        "prompt_tokens": ("Token Usage by Model", "A"),
        "completion_tokens": ("Token Usage by Model", "B"),
        "errors": ("Error Breakdown", "A"),
        "budget": ("Remaining Budget ($)", "A"),
    }

    def setUp(self):
        skip_under_checkers(self)
        super().setUp()

    def expressions(self):
        found = targets()
        return {name: filled_in(
            found[("holysheep-monitor", *where)]["expr"], "5m")
            for name, where in self.PANELS.items()}

    def run_scenario(self):
        self.provoke("malformed", 2)
        super().run_scenario()

    def status(self, entry):
        return (entry["fault"] if entry["fault"] == "malformed"
                else super().status(entry))

    def check_success(self, answer):
        good = sum(n for (_, s), n in self.statuses.items() if s == "200")
        self.assertAlmostEqual(self.one(answer),
                               100 * good / len(self.journal))

    def check_p95(self, answer):
        super().check_p95([(labels, value / 1000) for labels, value in answer
                           if labels["endpoint"] == CHAT])

    def check_prompt_tokens(self, answer):
        self.assert_close(self.one(answer), self.completions * 8)

    def check_completion_tokens(self, answer):
        self.assert_close(self.one(answer), self.completions * 10)

    def check_errors(self, answer):
        found = {labels["error_type"]: value for labels, value in answer}
        for kind, statuses in (("ServerError", "500"), ("Unauthorized", "401"),
                               ("InvalidResponse", "malformed"),
                               ("Timeout", "timeout")):
            self.assert_close(found.pop(kind), sum(
                n for (_, s), n in self.statuses.items() if s == statuses))
        self.assertEqual(found, {})
