"""What the tests of an API for completions share. The test of an API derives
its classes from these, and from one with

    ENDPOINT        as in a series,
    PLAIN, STREAM   a block that probes it,
    OPTIONS         of holysheep-check,
    GOOD, BAD       what the relay may answer, beyond the faults below,
    BAD_STREAMS     and how a stream may end."""

from check import KEY
from harness import plugin_block, relay_block
from test_causes import LONG, Case, CausesTestCase
from test_check import CheckTestCase
from test_streams import FIRST

BAD = [
    ("invalid_key", "key_rejected", "401"),
    ("model_not_found", "model_not_found", "404"),
    ("empty_answer", "empty_answer", "200"),
    ("truncated_json", "malformed", "200"),
]
GOOD_STREAMS = ["stream_crlf", "stream_bytes", "stream_comments",
                "stream_reasoning", "stream_tool_calls", "stream_done_open",
                "stream_until_close", "usage_missing"]
BAD_STREAMS = [
    ("stream_no_done", "stream_cut", "200"),
    ("stream_no_done_close", "stream_cut", "200"),
    ("stream_no_done_break", "stream_cut", "connection_error"),
    ("stream_no_done_open", "stream_stalled", "timeout"),
    ("stream_cut", "stream_cut", "200"),
    ("stream_cut_break", "stream_cut", "connection_error"),
    ("stream_cut_at_role", "stream_cut", "200"),
    ("stream_stall", "stream_stalled", "timeout"),
    ("stream_error_event", "stream_error", "200"),
    ("empty_answer", "empty_answer", "200"),
    ("stream_ignored", "malformed", "200"),
    ("stream_empty", "malformed", "200"),
]


class Plain(CausesTestCase):
    def start(self, fault=None, *lines):
        relay = self.start_relay()
        if fault:
            relay.fault(fault)
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, *LONG, *lines, self.PLAIN,
            key_file=self.key_file())))
        return relay, collectd.wait_verdict("main", self.ENDPOINT, "ok")

    def check_usage(self, page):
        used = {s.labels["type"]: s.value
                for s in page.all("holysheep_tokens_total")}
        self.assertEqual(used, {"prompt": 8, "completion": 10})
        self.assertEqual(page.value("holysheep_model_mismatch_total"), 0)

    def test_substituted_model(self):
        _, page = self.start("model_other")
        self.assertEqual(page.value("holysheep_model_mismatch_total"), 1)

    def test_accepted_answers(self):
        for _ in self.check_all([Case(name, "ok", "200", self.ENDPOINT)
                                 for name in self.GOOD], self.PLAIN):
            pass

    def test_failures(self):
        for _ in self.check_all([Case(*row, self.ENDPOINT)
                                 for row in BAD + self.BAD], self.PLAIN):
            pass


class Streams(CausesTestCase):
    def test_accepted_variants(self):
        cases = [Case(name, "ok", "200", self.ENDPOINT)
                 for name in GOOD_STREAMS]
        for case, page in self.check_all(cases, self.STREAM):
            self.assertEqual(page.value(FIRST + "_count", relay=case.fault), 1)
            used = page.value("holysheep_tokens_total", relay=case.fault,
                              type="completion")
            self.assertEqual(used, 0 if "usage" in case.fault else 10)

    def test_rejected_variants(self):
        for _ in self.check_all([Case(*row, self.ENDPOINT) for row in
                                 BAD_STREAMS + self.BAD_STREAMS], self.STREAM):
            pass


class Check(CheckTestCase):
    def test_healthy_relay(self):
        relay = self.start_relay()
        seen = self.run_check("--base-url", relay.url, *self.OPTIONS)
        self.check_text(seen)
        self.assertEqual(seen.code, 0, seen.out)
        self.assertIn(f"POST /{self.ENDPOINT}", " ".join(seen.out.split()))
        self.assertEqual([e["endpoint"] for e in relay.journal()][:3],
                         [self.ENDPOINT] * 3)

    def check_advice(self, relay, fault, advice, *options):
        """What is said of an answer of another API."""
        relay.fault(fault, key=KEY)
        seen = self.run_check("--base-url", relay.url, "--json",
                              *(options or self.OPTIONS))
        self.check_json(seen)
        normal = seen.scenario("normal request")
        self.assertEqual(normal["cause"], "malformed")
        self.assertIn(advice, normal["advice"])
