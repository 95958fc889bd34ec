"""What panels query is right, whatever series there are."""

import json
import subprocess

from grafana import filled_in, targets
from harness import TestCase, private_folder


class RareSeries(TestCase):
    """Panel queries over series that are rarely present."""

    def check(self, where, series, expected, function="max", by="relay",
              step=1, **values):
        """Expected: the value by that label, after 60 steps, in minutes."""
        folder = private_folder()
        expression = filled_in(targets()[where]["expr"], **values)
        (folder / "test.json").write_text(json.dumps({"tests": [{
            "interval": f"{step}m",
            "input_series": [{"series": name, "values": each}
                             for name, each in series.items()],
            "promql_expr_test": [{
                "expr": f"{function} by ({by}) ({expression})",
                "eval_time": f"{60 * step}m",
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
