"""Probes of OpenAI's newer API: the plugin and holysheep-check against the
stand-in relay."""

import completion_api
from harness import plugin_block, relay_block
from test_causes import CHAT
from test_discover import MODELS_BLOCK, DiscoverTestCase, billing_block

MODEL = "gpt-4o-mini"


class Api:
    ENDPOINT = "responses"
    PLAIN = (f'<Responses "{MODEL}">\n  PromptPrice 2\n  CompletionPrice 8\n'
             "</Responses>")
    STREAM = f'<Responses "{MODEL}">\n  Stream true\n</Responses>'
    OPTIONS = ("--api", "responses")
    GOOD = ["response_refusal", "reasoning_silent", "finish_filter",
            "model_dated"]
    BAD = [
        ("quota_429", "quota", "429"),
        ("rate_limited", "rate_limited", "429"),
        ("server_error", "server_error", "500"),
        ("error_200", "server_error", "200"),
        ("response_failed", "server_error", "200"),
        ("finish_error", "server_error", "200"),
        ("blank_answer", "empty_answer", "200"),
        ("chat_at_responses", "malformed", "200"),
    ]
    BAD_STREAMS = [
        ("stream_failed", "stream_error", "200"),
        ("stream_failed_rate", "rate_limited", "200"),
        ("stream_error_members", "stream_error", "200"),
        ("stream_error_quota", "quota", "200"),
    ]


class Plain(Api, completion_api.Plain):
    def test_response(self):
        relay, page = self.start()
        [request] = relay.journal()
        self.assertEqual((request["endpoint"], request["body"]), (
            self.ENDPOINT, '{"model":"gpt-4o-mini","input":"ping",'
            '"max_output_tokens":16,"store":false}'))
        self.check_usage(page)
        self.assertAlmostEqual(page.value("holysheep_cost_usd_total"), 96e-6)
        self.assertEqual(page.value("holysheep_prompt_tokens",
                                    endpoint=self.ENDPOINT), 8)


class Streams(Api, completion_api.Streams):
    def test_limit_that_is_too_low(self):
        """The refusal is told with the key to change."""
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, "Interval 1", "RetryInterval 1",
            f'<Responses "{MODEL}">\n  MaxTokens 15\n</Responses>',
            key_file=self.key_file())))
        line = collectd.wait_log("integer_below_min_value")[0]
        self.assertIn("Change MaxTokens", line)


class Check(Api, completion_api.Check):
    def test_answer_of_another_api(self):
        relay = self.start_relay()
        self.check_advice(relay, "chat_at_responses", "use <Chat>")
        self.check_advice(relay, "responses_at_chat", "use <Responses>",
                          "--api", "chat")

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
        self.assertEqual(len(relay.journal(endpoint=Api.ENDPOINT)), 1)
