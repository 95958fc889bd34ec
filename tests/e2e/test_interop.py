"""Tests against other software that implements OpenAI's API: a mock server,
and a gateway in front of the stand-in relay. `make check-interop` installs
them from the npm registry; if they are not installed, these tests are
skipped."""

import os
import shutil
import socket
import unittest

from harness import (STREAM, Process, build, free_port, plugin_block,
                     private_folder, relay_block, wait_for)
from test_causes import (BILLING, BLOCKS, CHAT, LONG, MODELS, Case,
                         CausesTestCase, pace)

INSTALLED = build.BUILDDIR / "tests" / "interop" / "node_modules"
PLAIN = '<Chat "gpt-4o-mini">\n  MaxTokens 10\n</Chat>'


def node(name, folder, script, *arguments, **environment):
    """Runs a Node.js program that may only listen on loopback."""
    shim = build.SRCDIR / "tests" / "interop" / "loopback.cjs"
    return Process(name, ["node", f"--require={shim}", script, *arguments],
                   folder, {"PATH": os.environ["PATH"], **environment})


@unittest.skipUnless(INSTALLED.is_dir() and shutil.which("node"),
                     "not installed: make check-interop")
class InteropTestCase(CausesTestCase):
    def serve(self, process, port):
        self.addCleanup(process.kill)
        process.start()
        wait_for(lambda: socket.create_connection(("127.0.0.1", port)), 60,
                 f"{process.name} to listen", explain=process.explain).close()
        return f"http://127.0.0.1:{port}/v1"

    def probe(self, *blocks):
        return self.start_collectd(plugin_block(*blocks))


class Mock(InteropTestCase):
    """@dwmkerr/mock-llm echoes the prompt, reports no usage, and sends stream
    errors as an event after a 200."""

    CONFIG = """\
streaming: {chunkSize: 1, chunkIntervalMs: 20}
rules:
  - path: "/v1/models"
    method: GET
    response:
      status: 200
      content: '{"data": [{"id": "gpt-4o-mini", "object": "model"}]}'
  - path: "/v1/chat/completions"
    match: "@"
    response:
      status: 200
      content: |
        {"id": "chatcmpl-{{timestamp}}", "object": "chat.completion",
         "model": "{{jmes request body.model}}",
         "choices": [{"message": {"role": "assistant", "content":
           "{{jmes request body.messages[-1].content}}"},
           "finish_reason": "stop"}]}
  - path: "/v1/chat/completions"
    match: "headers.authorization == 'Bearer sk-test-bad'"
    response:
      status: 401
      content: |
        {"error": {"message": "Incorrect API key provided.",
         "type": "invalid_request_error", "param": null,
         "code": "invalid_api_key"}}
"""

    def test_mock_server(self):
        folder, port = private_folder(), free_port()
        (folder / "mock.yaml").write_text(self.CONFIG)
        url = self.serve(node(
            "mock-llm", folder, INSTALLED / "@dwmkerr/mock-llm/dist/main.js",
            "--config", folder / "mock.yaml", PORT=str(port),
            HOST="127.0.0.1"), port)
        cases = {
            "models": (BLOCKS[MODELS], Case("", "ok", "200", MODELS)),
            "plain": (PLAIN, Case("", "ok", "200", CHAT)),
            "stream": (STREAM, Case("", "ok", "200", CHAT)),
            "bad": (PLAIN, Case("", "key_rejected", "401", CHAT)),
            "bad-stream": (STREAM, Case("", "key_rejected", "200", CHAT)),
        }
        collectd = self.probe(*[relay_block(
            name, url, *LONG, block,
            key_file=self.key_file("sk-test-" + name.partition("-")[0]))
            for name, (block, _) in cases.items()])
        for name, (_, case) in cases.items():
            with self.subTest(name):
                page = self.check(collectd, name, case)
        self.assertEqual(page.value("holysheep_models", relay="models"), 1)
        self.assertEqual(page.value(
            "holysheep_time_to_first_token_seconds_count", relay="stream"), 1)
        self.assertGreater(page.value("holysheep_stream_max_gap_seconds",
                                      relay="stream"), 0)
        for name in ("plain", "stream"):
            self.assertEqual(page.value("holysheep_model_mismatch_total",
                                        relay=name), 0)


class Gateway(InteropTestCase):
    """@portkey-ai/gateway in front of the stand-in relay; it forwards the
    relay's faults in its own format."""

    CASES = [Case(*row, CHAT) for row in [
        ("none", "ok", "200"),
        ("invalid_key", "key_rejected", "401"),
        ("key_expired", "key_expired", "401"),
        ("quota_429", "quota", "429"),
        ("rate_limited", "rate_limited", "429"),
        ("no_channel", "model_not_found", "503"),
        ("overloaded", "upstream", "503"),
        ("status_502", "upstream", "502"),
        ("html", "malformed", "200"),
        ("error_200", "server_error", "200"),
        ("error_200_rate", "rate_limited", "200"),
        ("malformed", "server_error", "500"),
        ("empty", "server_error", "500"),
        ("reset", "upstream", "500"),
        ("hang", "timeout", "timeout"),
    ]]
    STREAMS = [Case(*row, CHAT) for row in [
        ("none", "ok", "200"),
        ("invalid_key", "key_rejected", "401"),
        ("stream_no_done", "ok", "200"),
        ("stream_reasoning", "ok", "200"),
        ("stream_tool_calls", "ok", "200"),
        ("stream_comments", "ok", "200"),
        ("stream_crlf", "ok", "200"),
        ("stream_cut", "stream_cut", "200"),
        ("stream_cut_break", "stream_cut", "200"),
        ("stream_error", "stream_error", "200"),
        ("stream_error_rate", "rate_limited", "200"),
        ("stream_stall", "stream_stalled", "timeout"),
    ]]

    def setUp(self):
        folder, port = private_folder(), free_port()
        self.relay = self.start_relay()
        build_folder = INSTALLED / "@portkey-ai/gateway/build"
        self.url = self.serve(node(
            "gateway", folder, build_folder / "start-server.js",
            f"--port={port}", "--headless"), port)

    def block(self, name, *lines, key="sk-test-main", target=None):
        return relay_block(
            name, self.url, 'Header "x-portkey-provider: openai"',
            f'Header "x-portkey-custom-host: {target or self.relay.url}"',
            *lines, key_file=self.key_file(key))

    def check_all(self, cases, block):
        blocks = []
        for case in cases:
            key = f"sk-test-{case.fault}"
            if case.fault != "none":
                self.relay.fault(case.fault, key=key)
            blocks.append(self.block(case.fault, *pace(case), block, key=key))
        collectd = self.probe(*blocks)
        for case in cases:
            with self.subTest(case.fault):
                page = self.check(collectd, case.fault, case)
        return page

    def check_usage(self, page):
        for kind, count in (("prompt", 8), ("completion", 10)):
            self.assertEqual(page.value("holysheep_tokens_total",
                                        relay="none", type=kind), count)

    def test_completions(self):
        self.check_usage(self.check_all(self.CASES, PLAIN))

    def test_streams(self):
        page = self.check_all(self.STREAMS, STREAM)
        self.check_usage(page)
        self.assertEqual(page.value(
            "holysheep_time_to_first_token_seconds_count", relay="none"), 1)

    def test_models_and_balance(self):
        collectd = self.probe(
            self.block("models", *LONG, BLOCKS[MODELS]),
            self.block("billing", *LONG, BLOCKS[BILLING]),
            self.block("dead", *LONG, BLOCKS[MODELS],
                       target=f"http://127.0.0.1:{free_port()}/v1"))
        page = self.check(collectd, "models", Case("", "ok", "200", MODELS))
        self.assertEqual(page.value("holysheep_models", relay="models"), 4)
        page = self.check(collectd, "billing", Case("", "ok", "200", BILLING))
        self.assertAlmostEqual(page.value("holysheep_budget_remaining"), 12.34)
        self.check(collectd, "dead", Case("", "upstream", "500", MODELS))
