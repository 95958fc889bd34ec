"""The dashboards' panels have data and show correct values, on the real
stack."""

import re

import test_prometheus
from grafana import CHAT, dashboards, filled_in, targets
from harness import TestCase, plugin_block, relay_block, timing, wait_for

# Data for each panel: a required model, a balance with a limit, completions.
BLOCKS = """\
    <Models>
      Require "gpt-4o-mini"
    </Models>
    <Billing>
      Path "/credits"
      LimitKey "data/total_credits"
      UsedKey "data/total_usage"
    </Billing>
""" + test_prometheus.COMPLETIONS


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
        self.check_endpoints()

    def check_endpoints(self):
        """Grafana chooses the first endpoint that is offered."""
        query, = [v["query"]["query"] for v
                  in dashboards()["holysheep-relay"]["templating"]["list"]
                  if v["name"] == "endpoint"]
        offered = self.prometheus.query(filled_in(
            re.fullmatch(r"query_result\((.*)\)", query)[1], relay="main"))
        self.assertEqual([each["endpoint"] for each, _ in offered],
                         [CHAT, "responses", "billing", "models"])


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
