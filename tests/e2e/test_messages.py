"""Probes of Anthropic's API: the plugin and holysheep-check against the
stand-in relay."""

import completion_api
from test_discover import MODELS_BLOCK, DiscoverTestCase, billing_block
from test_causes import MODELS

MODEL = "claude-3-5-sonnet"


class Api:
    ENDPOINT = "messages"
    PLAIN = f'<Messages "{MODEL}">\n  MaxTokens 10\n</Messages>'
    STREAM = f'<Messages "{MODEL}">\n  Stream true\n</Messages>'
    OPTIONS = ("--api", "messages", "--model", MODEL)
    GOOD = ["reasoning_silent", "finish_filter", "model_dated"]
    BAD = [
        ("permission_error", "forbidden", "403"),
        ("quota_400", "quota", "400"),
        ("request_too_large", "client_error", "413"),
        ("overloaded_529", "upstream", "5xx"),
        ("chat_at_messages", "malformed", "200"),
    ]
    BAD_STREAMS = [
        ("stream_overloaded", "upstream", "200"),
        ("stream_error_rate", "rate_limited", "200"),
    ]


class Plain(Api, completion_api.Plain):
    def test_message(self):
        """The stand-in refuses requests without Anthropic's headers."""
        relay, page = self.start()
        self.assertIn('"max_tokens":10', relay.journal()[0]["body"])
        self.check_usage(page)

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


class Streams(Api, completion_api.Streams):
    pass


class Check(Api, completion_api.Check):
    def test_answer_of_another_api(self):
        self.check_advice(self.start_relay(), "chat_at_messages", "use <Chat>")


class Discover(DiscoverTestCase):
    def test_listed_model(self):
        relay = self.start_relay(model=["gpt-4o-mini", MODEL])
        seen = self.discover(relay)
        self.check_block(seen, relay, *MODELS_BLOCK,
                         *billing_block("holysheep"),
                         '<Chat "gpt-4o-mini">', "  Stream true", "</Chat>",
                         f'<Messages "{MODEL}">', "  Stream true",
                         "</Messages>")
        self.check_accepted(seen, MODELS, "chat/completions", Api.ENDPOINT,
                            "billing")

    def test_same_model_by_two_apis(self):
        relay = self.start_relay(model=[MODEL])
        seen = self.discover(relay)
        self.assertIn(f'<Chat "{MODEL}">\n    Stream true', seen.out)
        self.assertIn(f'    Label "Messages {MODEL}"\n', seen.out)
        self.check_accepted(seen, MODELS, "chat/completions", Api.ENDPOINT,
                            "billing")
