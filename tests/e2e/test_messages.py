"""Probes of Anthropic's API: the plugin and holysheep-check against the
stand-in relay."""

from check import KEY
from harness import plugin_block, relay_block
from test_causes import LONG, MODELS, Case, CausesTestCase
from test_check import CheckTestCase
from test_discover import MODELS_BLOCK, DiscoverTestCase, billing_block
from test_streams import FIRST

MESSAGES = "messages"
MODEL = "claude-3-5-sonnet"
PLAIN = f'<Messages "{MODEL}">\n  MaxTokens 10\n</Messages>'
STREAM = f'<Messages "{MODEL}">\n  Stream true\n</Messages>'

BAD = [Case(*row, MESSAGES) for row in [
    ("invalid_key", "key_rejected", "401"),
    ("permission_error", "forbidden", "403"),
    ("quota_400", "quota", "400"),
    ("overloaded_529", "upstream", "5xx"),
    ("model_not_found", "model_not_found", "404"),
    ("empty_answer", "empty_answer", "200"),
    ("chat_at_messages", "malformed", "200"),
    ("truncated_json", "malformed", "200"),
]] + [Case("request_too_large", "client_error", "413", MESSAGES)]

GOOD_STREAMS = ["stream_crlf", "stream_bytes", "stream_comments",
                "stream_reasoning", "stream_tool_calls",
                "stream_done_open", "stream_until_close", "usage_missing"]
BAD_STREAMS = [Case(*row, MESSAGES) for row in [
    ("stream_no_done", "stream_cut", "200"),
    ("stream_cut", "stream_cut", "200"),
    ("stream_cut_break", "stream_cut", "connection_error"),
    ("stream_cut_at_role", "stream_cut", "200"),
    ("stream_stall", "stream_stalled", "timeout"),
    ("stream_overloaded", "upstream", "200"),
    ("stream_error_event", "stream_error", "200"),
    ("stream_error_rate", "rate_limited", "200"),
    ("empty_answer", "empty_answer", "200"),
    ("stream_ignored", "malformed", "200"),
    ("stream_empty", "malformed", "200"),
]]


class Plain(CausesTestCase):
    def start(self, fault=None, *lines):
        relay = self.start_relay()
        if fault:
            relay.fault(fault)
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, *LONG, *lines, PLAIN,
            key_file=self.key_file())))
        return relay, collectd.wait_verdict("main", MESSAGES, "ok")

    def test_message(self):
        """The stand-in refuses requests without Anthropic's headers."""
        relay, page = self.start()
        self.assertIn('"max_tokens":10', relay.journal()[0]["body"])
        used = {s.labels["type"]: s.value
                for s in page.all("holysheep_tokens_total")}
        self.assertEqual(used, {"prompt": 8, "completion": 10})
        self.assertEqual(page.value("holysheep_model_mismatch_total"), 0)

    def test_own_version_header(self):
        relay, _ = self.start(None, 'Header "anthropic-version: 2099-01-01"')
        self.assertEqual([e["status"] for e in relay.journal()], [200])

    def test_rate_limits(self):
        _, page = self.start("anthropic_limits")
        self.assertEqual({(s.labels["resource"], s.value) for s in
                          page.all("holysheep_ratelimit_remaining")},
                         {("requests", 49), ("tokens", 39000)})
        self.assertEqual(
            len(page.all("holysheep_ratelimit_reset_timestamp_seconds")), 2)

    def test_substituted_model(self):
        _, page = self.start("model_other")
        self.assertEqual(page.value("holysheep_model_mismatch_total"), 1)

    def test_failures(self):
        for _ in self.check_all(BAD, PLAIN):
            pass


class Streams(CausesTestCase):
    def test_accepted_variants(self):
        cases = [Case(name, "ok", "200", MESSAGES) for name in GOOD_STREAMS]
        for case, page in self.check_all(cases, STREAM):
            self.assertEqual(page.value(FIRST + "_count", relay=case.fault), 1)
            used = page.value("holysheep_tokens_total", relay=case.fault,
                              type="completion")
            self.assertEqual(used, 0 if "usage" in case.fault else 10)

    def test_rejected_variants(self):
        for _ in self.check_all(BAD_STREAMS, STREAM):
            pass


class Check(CheckTestCase):
    OPTIONS = ("--api", "messages", "--model", MODEL)

    def test_healthy_relay(self):
        relay = self.start_relay()
        seen = self.run_check("--base-url", relay.url, *self.OPTIONS)
        self.check_text(seen)
        self.assertEqual(seen.code, 0, seen.out)
        self.assertEqual([e["endpoint"] for e in relay.journal()][:3],
                         [MESSAGES] * 3)

    def test_answer_of_another_api(self):
        relay = self.start_relay()
        relay.fault("chat_at_messages", key=KEY)
        seen = self.run_check("--base-url", relay.url, "--json",
                              *self.OPTIONS)
        self.check_json(seen)
        self.assertIn("use <Chat>", seen.scenario("normal request")["advice"])


class Discover(DiscoverTestCase):
    def test_listed_model(self):
        relay = self.start_relay(model=["gpt-4o-mini", MODEL])
        seen = self.discover(relay)
        self.check_block(seen, relay, *MODELS_BLOCK,
                         *billing_block("holysheep"),
                         '<Chat "gpt-4o-mini">', "  Stream true", "</Chat>",
                         f'<Messages "{MODEL}">', "  Stream true",
                         "</Messages>")
        self.check_accepted(seen, MODELS, "chat/completions", MESSAGES,
                            "billing")

    def test_same_model_by_two_apis(self):
        relay = self.start_relay(model=[MODEL])
        seen = self.discover(relay)
        self.assertIn(f'<Chat "{MODEL}">\n    Stream true', seen.out)
        self.assertIn(f'    Label "Messages {MODEL}"\n', seen.out)
        self.check_accepted(seen, MODELS, "chat/completions", MESSAGES,
                            "billing")
