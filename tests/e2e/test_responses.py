"""Probes of OpenAI's newer API: the plugin and holysheep-check against the
stand-in relay."""

from check import KEY
from harness import plugin_block, relay_block
from test_causes import CHAT, LONG, MODELS, Case, CausesTestCase
from test_check import CheckTestCase
from test_discover import MODELS_BLOCK, DiscoverTestCase, billing_block
from test_streams import FIRST

RESPONSES = "responses"
MODEL = "gpt-4o-mini"
PLAIN = (f'<Responses "{MODEL}">\n  PromptPrice 2\n  CompletionPrice 8\n'
         "</Responses>")
STREAM = f'<Responses "{MODEL}">\n  Stream true\n</Responses>'

GOOD = ["response_refusal", "reasoning_silent", "finish_filter", "model_dated"]
BAD = [Case(*row, RESPONSES) for row in [
    ("invalid_key", "key_rejected", "401"),
    ("quota_429", "quota", "429"),
    ("rate_limited", "rate_limited", "429"),
    ("model_not_found", "model_not_found", "404"),
    ("server_error", "server_error", "500"),
    ("error_200", "server_error", "200"),
    ("response_failed", "server_error", "200"),
    ("finish_error", "server_error", "200"),
    ("empty_answer", "empty_answer", "200"),
    ("blank_answer", "empty_answer", "200"),
    ("chat_at_responses", "malformed", "200"),
    ("truncated_json", "malformed", "200"),
]]

GOOD_STREAMS = ["stream_crlf", "stream_bytes", "stream_comments",
                "stream_reasoning", "stream_tool_calls", "stream_done_open",
                "stream_until_close", "usage_missing"]
BAD_STREAMS = [Case(*row, RESPONSES) for row in [
    ("stream_no_done", "stream_cut", "200"),
    ("stream_cut", "stream_cut", "200"),
    ("stream_cut_break", "stream_cut", "connection_error"),
    ("stream_cut_at_role", "stream_cut", "200"),
    ("stream_stall", "stream_stalled", "timeout"),
    ("stream_failed", "stream_error", "200"),
    ("stream_failed_rate", "rate_limited", "200"),
    ("stream_error_members", "stream_error", "200"),
    ("stream_error_event", "stream_error", "200"),
    ("stream_error_quota", "quota", "200"),
    ("empty_answer", "empty_answer", "200"),
    ("stream_ignored", "malformed", "200"),
    ("stream_empty", "malformed", "200"),
]]


class Plain(CausesTestCase):
    def test_response(self):
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, *LONG, PLAIN, key_file=self.key_file())))
        page = collectd.wait_verdict("main", RESPONSES, "ok")
        [request] = relay.journal()
        self.assertEqual((request["endpoint"], request["body"]), (
            RESPONSES, '{"model":"gpt-4o-mini","input":"ping",'
            '"max_output_tokens":16,"store":false}'))
        used = {s.labels["type"]: s.value
                for s in page.all("holysheep_tokens_total")}
        self.assertEqual(used, {"prompt": 8, "completion": 10})
        self.assertAlmostEqual(page.value("holysheep_cost_usd_total"), 96e-6)
        self.assertEqual(page.value("holysheep_prompt_tokens",
                                    endpoint=RESPONSES), 8)
        self.assertEqual(page.value("holysheep_model_mismatch_total"), 0)

    def test_substituted_model(self):
        relay = self.start_relay()
        relay.fault("model_other")
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, *LONG, PLAIN, key_file=self.key_file())))
        page = collectd.wait_verdict("main", RESPONSES, "ok")
        self.assertEqual(page.value("holysheep_model_mismatch_total"), 1)

    def test_accepted_answers(self):
        for _ in self.check_all([Case(name, "ok", "200", RESPONSES)
                                 for name in GOOD], PLAIN):
            pass

    def test_failures(self):
        for _ in self.check_all(BAD, PLAIN):
            pass


class Streams(CausesTestCase):
    def test_accepted_variants(self):
        cases = [Case(name, "ok", "200", RESPONSES) for name in GOOD_STREAMS]
        for case, page in self.check_all(cases, STREAM):
            self.assertEqual(page.value(FIRST + "_count", relay=case.fault), 1)
            used = page.value("holysheep_tokens_total", relay=case.fault,
                              type="completion")
            self.assertEqual(used, 0 if "usage" in case.fault else 10)

    def test_rejected_variants(self):
        for _ in self.check_all(BAD_STREAMS, STREAM):
            pass

    def test_limit_that_is_too_low(self):
        """The refusal is told with the key to change."""
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, "Interval 1", "RetryInterval 1",
            f'<Responses "{MODEL}">\n  MaxTokens 15\n</Responses>',
            key_file=self.key_file())))
        line = collectd.wait_log("integer_below_min_value")[0]
        self.assertIn("Change MaxTokens", line)


class Check(CheckTestCase):
    OPTIONS = ("--api", "responses")

    def test_healthy_relay(self):
        relay = self.start_relay()
        seen = self.run_check("--base-url", relay.url, *self.OPTIONS)
        self.check_text(seen)
        self.assertEqual(seen.code, 0, seen.out)
        self.assertEqual([e["endpoint"] for e in relay.journal()][:3],
                         [RESPONSES] * 3)

    def test_answer_of_another_api(self):
        relay = self.start_relay()
        for fault, api, advice in [
                ("chat_at_responses", "responses", "use <Chat>"),
                ("responses_at_chat", "chat", "use <Responses>")]:
            relay.fault(fault, key=KEY)
            seen = self.run_check("--base-url", relay.url, "--json",
                                  "--api", api)
            self.check_json(seen)
            normal = seen.scenario("normal request")
            self.assertEqual(normal["cause"], "malformed")
            self.assertIn(advice, normal["advice"])

    def test_usage(self):
        seen = self.run_check("--help")
        self.assertIn("Chat, Messages, Responses, Embeddings\n", seen.out)


class Discover(DiscoverTestCase):
    def test_only_this_api(self):
        relay = self.start_relay(responses=True)
        seen = self.discover(relay, "--api", "responses")
        self.check_block(seen, relay, *MODELS_BLOCK,
                         *billing_block("holysheep"),
                         f'<Responses "{MODEL}">', "  Stream true",
                         "</Responses>")
        self.assertEqual(relay.journal(endpoint=CHAT), [])

    def test_relay_without_it(self):
        """One request tells."""
        relay = self.start_relay()
        seen = self.discover(relay)
        self.assertNotIn("<Responses", seen.out)
        self.assertRegex(seen.err, "missing +streamed completion of "
                         f"{MODEL}, POST /responses: client_error")
        self.assertEqual(len(relay.journal(endpoint=RESPONSES)), 1)
