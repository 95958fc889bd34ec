"""Tests against other software that speaks several APIs: the vendors' own
client libraries in front of the stand-in relay, and a mock server that is
probed in its place. They are installed like those of test_interop."""

import json
import os
import subprocess
from typing import NamedTuple

from check import run_check
from harness import build, free_port, private_folder, relay_block
from relay_client import ask
from test_causes import CHAT, LONG, Case
from test_interop import INSTALLED, InteropTestCase, node
from test_streams import FIRST

HALVES = "Pong! How can I help", " you with this test today?"
SAID = "".join(HALVES)


class Api(NamedTuple):
    name: str
    prompt: str  # the members of its usage
    completion: str


APIS = [
    Api(CHAT, "prompt_tokens", "completion_tokens"),
    Api("messages", "input_tokens", "output_tokens"),
    Api("responses", "input_tokens", "output_tokens"),
]


def essence(answer):
    """Without what differs between any two answers, and what the libraries
    add."""
    if isinstance(answer, list):
        return [essence(each) for each in answer]
    if not isinstance(answer, dict):
        return answer
    return {name: essence(member) for name, member in answer.items()
            if member is not None and name not in ("id", "created", "created_at")}


class Clients(InteropTestCase):
    """They accept what the stand-in relay sends, and it is what the tests of
    the plugin take it for."""

    def setUp(self):
        self.relay = self.start_relay()

    def call(self, api, fault=None, stream=False, key=None, **request):
        key = key or f"sk-test-{fault}"
        if fault:
            self.relay.fault(fault, key=key)
        return {"api": api, "key": key, "stream": stream, "request": request}

    def outcomes(self, *calls):
        script = build.SRCDIR / "tests" / "interop" / "clients.cjs"
        done = subprocess.run(
            ["node", script, self.relay.url.removesuffix("/v1"),
             json.dumps(calls)], capture_output=True, text=True,
            timeout=60 * build.slack(),
            env={"PATH": os.environ["PATH"], "NODE_PATH": str(INSTALLED)})
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_answers(self):
        for api in APIS:
            with self.subTest(api.name):
                plain, stream = self.outcomes(
                    self.call(api.name), self.call(api.name, stream=True))
                self.assertEqual(essence(stream["answer"]),
                                 essence(plain["answer"]))
                self.assertIn(SAID, json.dumps(plain))
                usage = plain["answer"]["usage"]
                self.assertEqual((usage[api.prompt], usage[api.completion]),
                                 (8, 10))

    def test_blocks_of_messages(self):
        """An application loses the deltas of a block that has not begun."""
        cases = {
            "stream_reasoning": [
                {"type": "thinking", "thinking": HALVES[0],
                 "signature": "c3RhbmRpbg=="},
                {"type": "text", "text": HALVES[1]}],
            "stream_tool_calls": [
                {"type": "tool_use", "name": "answer", "input": {"text": SAID}}],
            "empty_answer": [],
        }
        seen = self.outcomes(*[self.call("messages", fault, stream=True)
                               for fault in cases])
        for outcome, (fault, content) in zip(seen, cases.items()):
            with self.subTest(fault):
                self.assertEqual(essence(outcome["answer"]["content"]),
                                 content)

    def test_items_of_responses(self):
        """The library rejects events of an item or part that has not begun."""
        cases = {
            "stream_reasoning": [
                {"type": "reasoning", "summary": [
                    {"type": "summary_text", "text": HALVES[0]}]},
                {"type": "message", "role": "assistant", "content": [
                    {"type": "output_text", "text": HALVES[1],
                     "annotations": []}]}],
            "stream_tool_calls": [
                {"type": "function_call", "name": "answer",
                 "call_id": "call_standin",
                 "arguments": json.dumps({"text": SAID},
                                         separators=(",", ":"))}],
            "empty_answer": [],
        }
        seen = self.outcomes(*[self.call("responses", fault, stream=True)
                               for fault in cases])
        for outcome, (fault, output) in zip(seen, cases.items()):
            with self.subTest(fault):
                items = essence(outcome["answer"]["output"])
                self.assertEqual({item.pop("status") for item in items},
                                 {"completed"} if items else set())
                self.assertEqual(items, output)

    def test_vectors(self):
        """The library asks for base64 and decodes it, the plugin does not."""
        [decoded] = self.outcomes(self.call("embeddings"))
        plain = ask(self.relay, "/embeddings",
                    {"model": "gpt-4o-mini", "input": "ping"}).json()
        [vector], [wanted] = ([each["embedding"] for each in answer["data"]]
                              for answer in (decoded["answer"], plain))
        self.assertEqual(len(vector), len(wanted))
        self.assertTrue(any(vector))
        for number, exact in zip(vector, wanted):
            self.assertAlmostEqual(number, exact, places=6)

    def check_errors(self, cases):
        seen = self.outcomes(*[call for call, _ in cases])
        for (call, wanted), outcome in zip(cases, seen):
            with self.subTest(call):
                error = outcome.get("error", {})
                self.assertEqual((error.get("name"), error.get("status"),
                                  error.get("type")), wanted)

    def test_errors_of_chat(self):
        def chat(*arguments, **options):
            return self.call(CHAT, *arguments, **options)

        self.check_errors([
            (chat(key="sk-wrong"),
             ("AuthenticationError", 401, "invalid_request_error")),
            (chat(model="none"),
             ("NotFoundError", 404, "invalid_request_error")),
            (chat("rate_limited"), ("RateLimitError", 429, "requests")),
            (chat("server_error"),
             ("InternalServerError", 500, "server_error")),
            (chat("stream_error", stream=True),
             ("APIError", None, "server_error")),
            (chat("stream_cut", stream=True), ("OpenAIError", None, None)),
        ])

    def test_errors_of_messages(self):
        def messages(*arguments, **options):
            return self.call("messages", *arguments, **options)

        self.check_errors([
            (messages(key="sk-wrong"),
             ("AuthenticationError", 401, "authentication_error")),
            (messages(model="none"), ("NotFoundError", 404, "not_found_error")),
            (messages(max_tokens=None),
             ("BadRequestError", 400, "invalid_request_error")),
            (messages("permission_error"),
             ("PermissionDeniedError", 403, "permission_error")),
            (messages("request_too_large"),
             ("ContentTooLargeError", 413, "request_too_large")),
            (messages("overloaded_529"),
             ("OverloadedError", 529, "overloaded_error")),
            (messages("stream_overloaded", stream=True),
             ("APIError", None, "overloaded_error")),
            (messages("stream_cut", stream=True),
             ("AnthropicError", None, None)),
        ])

    def test_errors_of_responses(self):
        def responses(*arguments, **options):
            return self.call("responses", *arguments, **options)

        self.check_errors([
            (responses(key="sk-wrong"),
             ("AuthenticationError", 401, "invalid_request_error")),
            (responses(max_output_tokens=8),
             ("BadRequestError", 400, "invalid_request_error")),
            (responses("quota_429"),
             ("RateLimitError", 429, "insufficient_quota")),
        ])


class MockCase(NamedTuple):
    """What the mock server says of a model of that name, and the verdict on
    the plain and on the streamed answer."""
    model: str
    fixture: dict
    verdict: tuple = ("ok", "200")
    stream_verdict: tuple = None  # if it is another


REPLY = {"content": SAID, "usage": {"input_tokens": 8, "output_tokens": 10}}
MOCK_CASES = [
    MockCase("text", {"response": REPLY}),
    MockCase("thinking", {"response": {
        **REPLY, "reasoning": "A ping.", "redactedThinking": ["c3RhbmRpbg=="]}}),
    MockCase("tools", {"response": {
        "toolCalls": [{"name": "answer", "arguments": '{"text": "Pong!"}'}]}}),
    MockCase("overloaded", {"response": {"status": 529, "error": {
        "message": "Overloaded", "type": "overloaded_error"}}},
        ("upstream", "5xx")),
    MockCase("limited", {"response": {"status": 429, "error": {
        "message": "Too many requests", "type": "rate_limit_error"}}},
        ("rate_limited", "429")),
    MockCase("cut", {"response": REPLY, "truncateAfterChunks": 4},
             stream_verdict=("stream_cut", "connection_error")),
]


class Mock(InteropTestCase):
    """@copilotkit/aimock speaks all of these APIs."""

    KEY = "sk-test-main"
    BLOCKS = {CHAT: "Chat", "messages": "Messages",
              "responses": "Responses"}  # by endpoint

    def setUp(self):
        folder, port = private_folder(), free_port()
        (folder / "fixtures.json").write_text(json.dumps({"fixtures": [
            {"match": {"model": case.model}, "chunkSize": 8, "latency": 5,
             **case.fixture} for case in MOCK_CASES]}))
        self.url = self.serve(node(
            "aimock", folder, INSTALLED / "@copilotkit/aimock/dist/cli.js",
            "--port", str(port), "--fixtures", folder / "fixtures.json",
            AIMOCK_API_KEYS=self.KEY), port)

    def block(self, name, *lines, key=KEY):
        return relay_block(name, self.url, *LONG, *lines,
                           key_file=self.key_file(key))

    def check_all(self, endpoint, stream):
        kind, lines = self.BLOCKS[endpoint], "Stream true\n" if stream else ""
        collectd = self.probe(*[self.block(
            case.model, f'<{kind} "{case.model}">\n{lines}</{kind}>')
            for case in MOCK_CASES])
        for case in MOCK_CASES:
            verdict = stream and case.stream_verdict or case.verdict
            with self.subTest(f"{endpoint} {case.model}", stream=stream):
                page = self.check(collectd, case.model,
                                  Case("", *verdict, endpoint))
        return page

    def test_plain(self):
        for endpoint in self.BLOCKS:
            self.check_usage(self.check_all(endpoint, stream=False))

    def test_streams(self):
        for endpoint in self.BLOCKS:
            page = self.check_all(endpoint, stream=True)
            self.check_usage(page)
            for model in ("text", "thinking", "tools"):
                with self.subTest(f"{endpoint} {model}"):
                    self.assertEqual(page.value(FIRST + "_count",
                                                relay=model), 1)

    def check_usage(self, page):
        for kind, count in (("prompt", 8), ("completion", 10)):
            self.assertEqual(page.value("holysheep_tokens_total", relay="text",
                                        type=kind), count)
        self.assertEqual(page.value("holysheep_model_mismatch_total",
                                    relay="text"), 0)

    def test_embeddings(self):
        collectd = self.probe(
            self.block("good", '<Embeddings "any">\n</Embeddings>'),
            self.block("bad", '<Embeddings "any">\n</Embeddings>',
                       key="sk-test-bad"))
        self.check(collectd, "good", Case("", "ok", "200", "embeddings"))
        self.check(collectd, "bad",
                   Case("", "key_rejected", "401", "embeddings"))

    def test_check(self):
        for api in ("chat", "messages", "responses"):
            with self.subTest(api):
                seen = run_check("--base-url", self.url, "--json", "--api",
                                 api, "--model", "text", key=self.KEY)
                self.assertEqual(
                    [s["cause"] for s in seen.json["scenarios"][:4]],
                    ["ok", "key_rejected", "client_error", "ok"])
