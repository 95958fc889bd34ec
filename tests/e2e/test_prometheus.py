"""From the real collectd to the real Prometheus with the shipped scrape job:
documented names and labels, and correct query results."""

import collections
import re
import subprocess

from plugin_tables import families
from harness import TestCase, plugin_block, relay_block, wait_for
from prometheus import SHIPPED, skip_without_rules

CHAT = "chat/completions"
RAW = "collectd_holysheep_holysheep_"

# The same page without our relabel rules: other plugins' series must be
# identical.
PLAIN = """\
scrape_configs:
  - job_name: plain
    honor_timestamps: false
    static_configs:
      - targets: ["localhost:9103"]
"""

# Relay names as users choose them, and as written in collectd.conf.
NAMES = {
    "main": "main",
    "eu/west/1//b/": "eu/west/1//b/",
    "100%25 %2F%%": "100%25 %2F%%",
    "日本 ünï;code $1": "日本 ünï;code $1",
    '100% "best" \\ one': r"100% \"best\" \\ one",
    "type=x,endpoint=y": "type=x,endpoint=y",
}
MODELS = ("gpt-4o-mini", "a/b/c/d/e:free@9%", "50%/%2525 日本 'q'")

# One that is streamed and has prices, and one prompt streamed and not.
COMPLETIONS = """\
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

CURL_JSON = """\
<Plugin curl_json>
  <URL "{url}/connections">
    Instance "stand/in"
    <Key "accepted">
      Type "gauge"
    </Key>
  </URL>
</Plugin>
"""


def cleaned(name):
    """The plugin replaces `,` and `=`."""
    return re.sub("[,=]", "_", name)


def identity(labels):
    return tuple(sorted((k, v) for k, v in labels.items() if k != "job"))


class Labels(TestCase):
    """Every series appears under its documented name."""

    @classmethod
    def chats(cls):
        return ['<Chat "{}">\n  MaxTokens 5\n</Chat>'.format(model)
                for model in MODELS]

    def setUp(self):
        self.relay = self.start_relay(model=list(MODELS))
        self.collectd = self.start_collectd(
            plugin_block(*[relay_block(
                written, self.relay.url, "Interval 3600",
                '<Models>\n  Path "/models"\n</Models>',
                '<Billing>\n  Path "/billing"\n</Billing>', *self.chats(),
                key_file=self.key_file()) for written in NAMES.values()])
            + CURL_JSON.format(url=self.relay.addresses["control"]),
            plugins=("load", "cpu", "curl_json"))
        self.collectd.wait_scrape(self.settled, 30, "every probe's outcome")

    def settled(self, page):
        """All probes have finished, and the other plugins have reported."""
        done = [s for s in page.all("holysheep_up") if s.value == 1]
        late = page.all("holysheep_probe_lateness_seconds")
        return (len(done) == len(NAMES) * (2 + len(MODELS))
                and all(s.value == 0 for s in late)
                and all(any(s.name.startswith(f"collectd_{plugin}")
                            for s in page.raw)
                        for plugin in ("load", "cpu", "curl_json")))

    def prometheus(self, honor_labels):
        config = SHIPPED.read_text().replace("scrape_configs:\n", PLAIN)
        return self.start_prometheus(
            f"127.0.0.1:{self.collectd.port}", config=config,
            honor_labels=honor_labels)

    def wait_stable(self, look):
        """Polls until look() returns the same set twice."""

        def difference():
            left, right = look()
            if len(right) <= 10:
                return "nothing was scraped yet"
            return sorted(left - right)[:5], sorted(right - left)[:5]

        self.collectd.wait_for(difference, 20, "no difference",
                               lambda seen: seen == ([], []))

    def ours(self, prometheus):
        """Our series in Prometheus, with their values."""
        return {(*identity(labels), value) for labels, value in
                prometheus.query('{__name__=~"holysheep_.*"}')}

    def documented(self):
        """The same series as on collectd's page."""
        return {(*identity({"__name__": s.name, **s.labels}), s.value)
                for s in self.collectd.scrape().samples}

    def foreign_series(self, prometheus, job, ours):
        return {identity(labels) for labels in prometheus.series(
            f'{{job="{job}", __name__!~"{ours}.*"}}')}

    def check(self, honor_labels):
        prometheus = self.prometheus(honor_labels)
        self.wait_stable(lambda: (self.ours(prometheus), self.documented()))
        self.wait_stable(lambda: (
            self.foreign_series(prometheus, "collectd", "holysheep_"),
            self.foreign_series(prometheus, "plain", RAW)))
        self.check_others(prometheus, honor_labels)
        self.check_names(prometheus)

    def check_others(self, prometheus, honor_labels):
        host = "instance" if honor_labels else "exported_instance"
        for name in ("collectd_load_shortterm", "collectd_cpu_total",
                     "collectd_curl_json_gauge"):
            seen = prometheus.series(f'{name}{{job="collectd"}}')
            self.assertTrue(seen, name)
            self.assertEqual({labels[host] for labels in seen}, {"e2e"})

    def check_names(self, prometheus):
        for name in NAMES:
            for model in MODELS:
                labels = {"relay": cleaned(name), "endpoint": CHAT,
                          "model": cleaned(model)}
                self.check_one(prometheus, "holysheep_requests_total",
                               status="200", **labels)
                self.check_one(
                    prometheus, "holysheep_request_latency_seconds_bucket",
                    le="+Inf", **labels)
                self.check_one(
                    prometheus, "holysheep_tokens_total", type="prompt",
                    relay=cleaned(name), model=cleaned(model))
            self.check_one(prometheus, "holysheep_budget_remaining",
                           relay=cleaned(name))

    def check_one(self, prometheus, family, **labels):
        """The family has exactly these labels and the common ones."""
        wanted = {"__name__": family, "job": "collectd", "instance": "e2e",
                  **labels}
        wait_for(lambda: prometheus.series(family), 20, str(wanted),
                 lambda seen: wanted in seen)

    def test_with_honor_labels(self):
        self.check(True)

    def test_without_honor_labels(self):
        self.check(False)


class ScrapeJob(TestCase):
    """The scrape job matches the plugin's own tables."""

    def test_each_label_has_a_relabel_rule(self):
        """Rules do not depend on label names; spare ones are left for newer
        plugins."""
        rules = re.findall(r"\{(\d+)\}\(\[a-z\]", SHIPPED.read_text())
        self.assertEqual(rules, [str(n) for n in range(1, len(rules) + 1)])
        most = max(len(family.labels) for family in families().values())
        self.assertGreaterEqual(len(rules), most + 5)

    def test_promtool_accepts_it(self):
        skip_without_rules()  # promtool also reads the files named in it
        done = subprocess.run(["promtool", "check", "config", SHIPPED],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_missed_evaluations_can_be_seen(self):
        """HolySheepRulesLate needs a Prometheus that scrapes itself."""
        job = re.search(r"(?ms)^  - job_name: prometheus\n(.*?)^  - ",
                        SHIPPED.read_text())
        self.assertIn('targets: ["localhost:9090"]', job[1])


class Exposition(TestCase):
    # Money has fractions, so it cannot be a collectd counter; a histogram's
    # sum has its own family, because collectd has no histograms.
    LINT = {
        f"{RAW}budget_spent_usd_total non-counter metrics should not have "
        '"_total" suffix',
        f"{RAW}cost_usd_total non-counter metrics should not have "
        '"_total" suffix',
        *(f"{RAW}{name}_seconds_sum non-histogram and non-summary "
          'metrics should not have "_sum" suffix'
          for name in ("request_latency", "time_to_first_token")),
    }

    EVERYTHING = """\
    KeyExpires "2035-01-31"
    Reference true
    <Models>
      Require "gpt-4o"
    </Models>
    <Billing "new-api">
      Scale 1
    </Billing>
""" + COMPLETIONS

    def test_promtool_reports_only_known_problems(self):
        relay = self.start_relay(first_token=10, token=5)
        relay.fault("ratelimit", endpoint=CHAT)
        relay.header("x-groq-region", "1", endpoint=CHAT)
        relay.fault("key_expired", key="sk-test-expired")
        collectd = self.start_collectd(plugin_block(
            relay_block("main", relay.tls_url, f'CACert "{relay.ca}"',
                        self.EVERYTHING, key_file=self.key_file()),
            relay_block("expired", relay.url, "Interval 1",
                        key_file=self.key_file("sk-test-expired"))))
        collectd.wait_verdict("main", CHAT, "ok")
        collectd.wait_scrape(
            lambda s: {re.sub("_(bucket|sum|count)$", "", each.name)
                       for each in s.samples} == set(families()), 30,
            "every family")
        done = subprocess.run(["promtool", "check", "metrics"],
                              input=collectd.page(), capture_output=True,
                              text=True)
        said = set((done.stdout + done.stderr).splitlines())
        self.assertEqual(said, self.LINT)


class QueryResults(TestCase):
    """Users' own panels and rules, compared with the relay's journal.
    Prometheus sees every counter at 0 first, so that increase() is the total,
    apart from extrapolation."""

    TIMEOUT = 10.0
    LINES = ("Interval 0.5", "RetryInterval 0.5",
             f"Timeout {TIMEOUT * 1000:.0f}")
    ACCURACY = 0.08

    def setUp(self):
        self.relay = self.start_relay(delay=6000, balance=100)
        self.collectd = self.make_collectd(plugin_block(relay_block(
            "main", self.relay.url, *self.LINES, key_file=self.key_file())),
            interval=0.5)
        self.prometheus = self.start_prometheus(
            f"127.0.0.1:{self.collectd.port}")
        self.prometheus.wait_query("up", 15)  # starts slowly
        self.collectd.start()
        self.addCleanup(self.stop_clean, self.collectd)
        self.prometheus.wait_query(
            'count(holysheep_requests_total{status="200"} == 0) == 3', 60)
        self.relay.delay(20)

    def answered(self, endpoint, **fields):
        return len(self.relay.journal(endpoint=endpoint, **fields))

    def provoke(self, fault, count, endpoint=CHAT, ms=None):
        """Waits until that many requests have met the fault."""
        self.relay.fault(fault, endpoint, ms=ms)
        self.collectd.wait_for(
            lambda: self.answered(endpoint, fault=fault), 60,
            f"{count} times {fault}", lambda seen: seen >= count)
        self.relay.heal()

    def run_scenario(self):
        self.collectd.wait_for(lambda: self.answered(CHAT, status=200), 30,
                               "some completions", lambda n: n >= 8)
        self.provoke("server_error", 3)
        self.provoke("invalid_key", 2, "models")
        self.provoke("slow", 4, ms=1500)
        self.relay.balance(3.21)
        self.provoke("hang", 3)  # the last one is still in flight
        self.relay.fault("hang")

    def settled(self):
        """The journal of completed requests, once Prometheus has them all:
        each endpoint's last request hangs."""
        journal = self.relay.journal()
        seen = sum(v for _, v in self.prometheus.query(
            "holysheep_requests_total"))
        flying = sum(v for _, v in self.prometheus.query(
            "holysheep_probes_in_flight"))
        if flying != 3 or seen != len(journal) - 3:
            return None
        last = {entry["endpoint"]: entry["n"] for entry in journal}
        return [e for e in journal if e["n"] != last[e["endpoint"]]]

    def expressions(self):
        return EXPRESSIONS

    def look(self):
        """Prometheus's result and the corresponding journal."""
        journal = self.settled()
        answers = {name: self.prometheus.query(expression)
                   for name, expression in self.expressions().items()}
        return journal is not None and self.settled() == journal and (
            answers, journal)

    def test_queries_match_the_request_journal(self):
        up = f'holysheep_up{{endpoint="{CHAT}"}}'
        self.prometheus.wait_query(f"{up} == 1", 30)
        self.run_scenario()
        answers, journal = self.collectd.wait_for(
            self.look, 120, "a moment at which nothing changes")
        self.prometheus.wait_query(f"{up} == 0", 15)
        self.journal = journal
        self.statuses = collections.Counter(
            (e["endpoint"], self.status(e)) for e in journal)
        self.completions = self.statuses[CHAT, "200"]
        for name, answer in answers.items():
            with self.subTest(name):
                getattr(self, f"check_{name}")(answer)

    @staticmethod
    def status(entry):
        return "timeout" if entry["fault"] == "hang" else str(entry["status"])

    def one(self, answer):
        self.assertEqual(len(answer), 1, answer)
        return answer[0][1]

    def assert_close(self, value, truth):
        self.assertGreaterEqual(round(value, 6), truth)
        self.assertLessEqual(value, truth * (1 + self.ACCURACY))

    def check_success(self, answer):
        every = sum(n for (e, _), n in self.statuses.items() if e == CHAT)
        self.assertAlmostEqual(self.one(answer), self.completions / every)

    def check_all_success(self, answer):
        good = sum(n for (_, s), n in self.statuses.items() if s == "200")
        self.assertAlmostEqual(self.one(answer), good / len(self.journal))

    def check_p95(self, answer):
        """The quantile lies in the same bucket as the true one."""
        took = sorted(
            self.TIMEOUT if e["fault"] == "hang" else e["server_seconds"]
            for e in self.journal if e["endpoint"] == CHAT
            and self.status(e) in ("200", "timeout"))
        true = took[int(0.95 * len(took))]
        bounds = [0] + sorted(float(s.labels["le"]) for s in
                              self.collectd.scrape().all(
            "holysheep_request_latency_seconds_bucket", endpoint=CHAT))
        above = next(i for i, bound in enumerate(bounds) if true <= bound)
        self.assertLessEqual(bounds[above - 1], self.one(answer))
        self.assertLessEqual(self.one(answer), bounds[above])

    def check_prompt_tokens(self, answer):
        self.assert_close(self.one(answer) * 3600, self.completions * 8)

    def check_completion_tokens(self, answer):
        self.assert_close(self.one(answer) * 3600, self.completions * 10)

    def check_errors(self, answer):
        found = {labels["error_type"]: value for labels, value in answer}
        for kind, status in (("ServerError", "500"), ("Unauthorized", "401"),
                             ("Timeout", "timeout")):
            truth = sum(n for (_, s), n in self.statuses.items()
                        if s == status)
            self.assertGreaterEqual(truth, 2)
            self.assert_close(found.pop(kind), truth)
        self.assertGreater(len(found), 10)
        self.assertEqual(set(found.values()), {0})

    def check_timeouts(self, answer):
        timeouts = sum(n for (_, s), n in self.statuses.items()
                       if s == "timeout")
        self.assert_close(self.one(answer) * 300, timeouts)

    def check_budget(self, answer):
        self.assertAlmostEqual(self.one(answer), 3.21, places=3)


SUCCESS = (
    'sum(rate(holysheep_requests_total{{{0}status=~"2.."}}[5m])) / '
    "sum(rate(holysheep_requests_total{1}[5m]))")
EXPRESSIONS = {
    "all_success": SUCCESS.format("", ""),
    "success": SUCCESS.format(f'endpoint="{CHAT}",', f'{{endpoint="{CHAT}"}}'),
    "p95": "histogram_quantile(0.95, rate("
           f'holysheep_request_latency_seconds_bucket{{endpoint="{CHAT}"}}'
           "[5m]))",
    "prompt_tokens": 'rate(holysheep_tokens_total{type="prompt"}[1h])',
    "completion_tokens": 'rate(holysheep_tokens_total{type="completion"}[1h])',
    "errors": "sum by (error_type) (increase(holysheep_errors_total[1h]))",
    "timeouts": 'rate(holysheep_errors_total{error_type="Timeout"}[5m])',
    "budget": "holysheep_budget_remaining",
}
