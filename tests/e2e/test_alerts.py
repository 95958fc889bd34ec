"""Which alerts the real stack fires for each fault of a relay."""

import re
from typing import NamedTuple

from harness import (TestCase, network_library, plugin_block, relay_block,
                     timing)
from plugin_tables import meanings
from prometheus import RULES

TESTS = RULES.parent / "tests"

# Their summaries say why; the others' names do.
NAMES_CAUSE = {"HolySheepAPIDown", "HolySheepEndpointFailing"}

MODELS, BILLING, CHAT = "models", "billing", "chat/completions"
MODEL = "gpt-4o-mini"
FAST = ("Interval 1", "RetryInterval 1")
BRIEF = "Timeout 2000"  # for faults that hang
LONG = "Timeout 30000"  # for all others: a busy machine is no fault


class Alert(NamedTuple):
    name: str
    severity: str
    labels: dict
    cause: str

    @property
    def key(self):
        return alert_key({"alertname": self.name, "severity": self.severity,
                          **self.labels})


def alert_key(labels):
    return tuple(sorted((k, v) for k, v in labels.items()
                        if k != "alertstate"))


def shape(labels):
    """A series without the label values that carry no information."""
    return (labels["__name__"], labels.get("endpoint"), *sorted(labels))


def informative_labels(labels):
    """The labels whose values carry information."""
    told = {(label, labels[label]) for label in ("status", "le")
            if label in labels}
    if "cause" in labels:
        told.add((labels["cause"], labels["fault"]))
    return told


def series_of(text):
    """The labels of each series of the plugin in a rule test's input."""
    for name, inside in re.findall(r"- series: '(holysheep_\w+){(.*)}'\n",
                                   text):
        yield {"__name__": name,
               **dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', inside))}


def relay_alert(name, cause):
    return lambda relay: [Alert(name, "critical", {"relay": relay}, cause)]


def failing(cause, *endpoints):
    return lambda relay: [Alert(
        "HolySheepEndpointFailing",
        "critical" if endpoint == CHAT else "warning",
        {"relay": relay, "endpoint": endpoint,
         **({"model": MODEL} if endpoint == CHAT else {})}, cause)
        for endpoint in endpoints]


def model_unavailable(relay):
    return [Alert("HolySheepModelUnavailable", "warning",
                  {"relay": relay, "endpoint": CHAT, "model": MODEL},
                  "model_not_found")]


class Case(NamedTuple):
    fault: str
    endpoint: str  # None: all of them
    alerts: callable
    ms: int = None
    retry_after: int = None  # seconds

    @property
    def relay(self):
        return f"{self.fault}/{self.endpoint or 'all'}"


CASES = [
    Case("slow", None, lambda relay: [], ms=500),
    Case("rate_limited", CHAT, lambda relay: []),  # not within 5 minutes
    Case("key_expired", None, relay_alert("HolySheepKeyRejected",
                                          "key_expired")),
    Case("invalid_key", CHAT, relay_alert("HolySheepKeyRejected",
                                          "key_rejected")),
    # Completions are answered although this key is refused elsewhere.
    Case("invalid_key", BILLING, failing("key_rejected", BILLING)),
    Case("quota_402", CHAT, relay_alert("HolySheepQuotaExhausted", "quota")),
    Case("status_502", None, relay_alert("HolySheepAPIDown", "upstream")),
    Case("truncated", None, relay_alert("HolySheepAPIDown", "connection")),
    Case("html", None, relay_alert("HolySheepAPIDown", "malformed")),
    Case("hang", None, relay_alert("HolySheepAPITimeout", "timeout")),
    Case("hang", CHAT, relay_alert("HolySheepAPITimeout", "timeout")),
    Case("hang", BILLING, failing("timeout", BILLING)),
    Case("server_error", CHAT, failing("server_error", CHAT)),
    Case("server_error", MODELS, failing("server_error", MODELS)),
    Case("balance_null", BILLING, failing("balance_unknown", BILLING)),
    Case("forbidden", None, failing("forbidden", CHAT)),
    Case("forbidden", BILLING, failing("forbidden", BILLING)),
    Case("status_504", BILLING, failing("upstream", BILLING)),
    Case("no_channel", CHAT, model_unavailable),
    # The relay says to wait, so they fail only once.
    Case("retry_503", None, relay_alert("HolySheepAPIDown", "upstream"),
         ms=3600000),
    Case("retry_503", CHAT, failing("upstream", CHAT), ms=3600000),
    Case("quota_429", CHAT, relay_alert("HolySheepQuotaExhausted", "quota"),
         retry_after=3600),
]
# Series that a healthy relay exports.
WELL = """\
    <Models>
      Require "gpt-4o"
    </Models>
    <Billing>
      Path "/billing"
    </Billing>
    <Chat "gpt-4o-mini">
      MaxTokens 10
    </Chat>"""
# The same prompt, streamed and not.
BOTH_WAYS = """\
    <Chat "gpt-4o-mini">
      Stream true
      Label "streamed"
    </Chat>
    <Chat "gpt-4o-mini">
      Label "plain"
    </Chat>"""
# Alerts of a host with a single relay that no other host probes.
UNREACHABLE = {"nowhere": "https://nowhere.test/v1",
               "slow": "https://hang.test/v1",
               "no-route": "https://192.0.2.1/v1"}
NETWORK = [Alert("HolySheepVantageNetwork", "critical", {},
                 "connection, dns, timeout")]
KEYLESS = failing("key_unreadable", CHAT)("keyless") + [
    Alert("HolySheepEndpointFailing", "critical",
          {"relay": "agents", "endpoint": "messages", "model": MODEL},
          "key_unreadable")]
WATCHDOG = [Alert("HolySheepWatchdog", "none", {}, "")]


class FaultAlerts(TestCase):
    """One relay for each fault, all at once: exactly the expected alerts
    fire."""

    def start_fleet(self):
        self.relay = self.start_relay()
        self.relay.fault("ratelimit", CHAT, "sk-test-well")
        self.key = self.key_file()
        self.collectd = self.start_collectd(plugin_block(
            relay_block("keyless", self.relay.url, *FAST, LONG,
                        key_file=self.key),
            relay_block("agents", self.relay.url, *FAST, LONG,
                        '<Messages "gpt-4o-mini">\n</Messages>',
                        key_file=self.key),
            relay_block("well", self.relay.tls_url, 'KeyExpires "2035-01-31"',
                        "Reference true", f'CACert "{self.relay.ca}"', WELL,
                        key_file=self.key_file("sk-test-well")),
            relay_block("held", self.relay.url, *FAST, LONG,
                        "MaxRequests 1 3600",
                        key_file=self.key_file()),
            relay_block("both-ways", self.relay.url, *FAST, LONG, BOTH_WAYS,
                        key_file=self.key_file()),
            relay_block("new-api", self.relay.url, *FAST, LONG,
                        '<Billing "new-api">\n</Billing>',
                        key_file=self.key_file()),
            *[relay_block(case.relay, self.relay.url, *FAST,
                          BRIEF if case.fault == "hang" else LONG,
                          key_file=self.key_file(f"sk-test-{number}"))
              for number, case in enumerate(CASES)]))
        self.cut = self.start_collectd(plugin_block(*[relay_block(
            name, url, *FAST, BRIEF, key_file=self.key_file())
            for name, url in UNREACHABLE.items()]), host="cut",
            preload=[network_library()])
        targets = '", "'.join(f"127.0.0.1:{c.port}"
                              for c in (self.collectd, self.cut))
        self.prometheus = self.start_prometheus(targets, rules=True)

    def break_all(self):
        self.key.unlink()
        for number, case in enumerate(CASES):
            key = f"sk-test-{number}"
            if case.retry_after:
                self.relay.header("Retry-After", case.retry_after,
                                  case.endpoint, key)
            self.relay.fault(case.fault, case.endpoint, key, ms=case.ms)

    def firing(self):
        return {alert_key(alert["labels"])
                for alert in self.prometheus.alerts()
                if alert["state"] == "firing"}

    def wait_firing(self, expected):
        wanted = {alert.key for alert in expected}
        self.collectd.wait_for(
            lambda: (sorted(self.firing() - wanted),
                     sorted(wanted - self.firing())),
            60, "no unwanted and no missing alert",
            lambda seen: seen == ([], []))

    def test_each_fault_fires_exactly_its_alerts(self):
        if not timing():
            self.skipTest("a story that has its seconds")
        self.start_fleet()
        for name in ["keyless", "well", *[case.relay for case in CASES]]:
            self.collectd.wait_verdict(name, CHAT, "ok")
        self.wait_firing(NETWORK + WATCHDOG)
        self.break_all()
        expected = KEYLESS + [alert for case in CASES
                              for alert in case.alerts(case.relay)]
        self.wait_firing(expected + NETWORK + WATCHDOG)
        self.prometheus.wait_query(
            'holysheep_consecutive_failures{relay="hang/all"} >= 5', 60,
            lambda seen: len(seen) == 3)
        self.check_history(expected + NETWORK + WATCHDOG)
        self.check_texts(expected + NETWORK)
        self.check_samples()

    def check_samples(self):
        """The inputs of the rule tests only contain series that really
        occur."""
        self.collectd.wait_for(self.unexpected_samples, 30, "no odd sample",
                               lambda odd: not odd)

    def unexpected_samples(self):
        real = self.prometheus.series('{__name__=~"holysheep_.*"}')
        for collectd in (self.collectd, self.cut):
            real += [{"__name__": s.name, "job": "", **s.labels}
                     for s in collectd.scrape().raw]
        shapes = {shape(labels) for labels in real}
        values = set().union(*map(informative_labels, real))
        odd = set()
        for path in TESTS.glob("*.yml"):
            for labels in series_of(path.read_text()):
                if shape(labels) not in shapes:
                    odd.add((path.name, shape(labels)))
                odd |= {(path.name, value)
                        for value in informative_labels(labels) - values}
        return odd

    def check_history(self, expected):
        """No other alert fired, not even briefly."""
        seen = self.prometheus.series(
            'count_over_time(ALERTS{alertstate="firing"}[5m])')
        self.assertEqual({alert_key(labels) for labels in seen},
                         {alert.key for alert in expected})

    def check_texts(self, expected):
        told = {alert_key(alert["labels"]): alert["annotations"]
                for alert in self.prometheus.alerts()}
        for alert in expected:
            with self.subTest(alert.key):
                self.check_text(alert, told[alert.key])

    def check_text(self, alert, annotations):
        summary, description = (annotations["summary"],
                                annotations["description"])
        for text in annotations.values():
            self.assertNotRegex(text, "<error|<no value>|<nil>|\n|  ")
        self.assertIn(alert.labels.get("relay", ""), summary)
        self.assertRegex(summary, r"[^.]+ \d\d:\d\d UTC(, on \d+ of \d+ hosts)?"
                         r"(: [^.]*)?\.$")
        self.assertNotIn(" of 1 host", summary)
        if alert.name in NAMES_CAUSE or alert.cause == "key_expired":
            self.assertIn(meanings()[alert.cause], summary)
        self.assertRegex(description, r"^[A-Z0-9].*\.$")
