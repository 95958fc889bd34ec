"""Answers that have to contain a random word."""

import json
import re

from harness import TestCase, plugin_block, relay_block
from test_causes import LONG, TIMEOUT

OFTEN = ("Interval 3600", "RetryInterval 2", "Timeout 60000")

CHAT = "chat/completions"
KINDS = {CHAT: '<Chat "gpt-4o-mini">', "messages": '<Messages "gpt-4o-mini">',
         "responses": '<Responses "gpt-4o-mini">'}


def block(endpoint, *lines):
    start = KINDS[endpoint]
    return "\n  ".join((start, 'Prompt "Reply with exactly this word: %r"',
                        'Expect "%r"', *lines)) + f"\n</{start[1:].split()[0]}>"


class Expect(TestCase):
    def start(self, *probes, fault=None, pace=LONG):
        """A relay's block for each probe, named by its number."""
        relay = self.start_relay()
        if fault:
            relay.fault(fault)
        return relay, self.start_collectd(plugin_block(*(
            relay_block(f"{i}", relay.url, *pace, probe,
                        key_file=self.key_file())
            for i, probe in enumerate(probes))))

    def start_all(self, **options):
        kinds = [(endpoint, lines) for endpoint in KINDS
                 for lines in ((), ("Stream true",))]
        _, collectd = self.start(*(block(endpoint, *lines)
                                   for endpoint, lines in kinds), **options)
        for i, (endpoint, lines) in enumerate(kinds):
            with self.subTest(endpoint, lines=lines):
                yield f"{i}", endpoint, collectd

    def test_word_comes_back(self):
        for relay, endpoint, collectd in self.start_all():
            collectd.wait_verdict(relay, endpoint, "ok")

    def test_canned_answer(self):
        for relay, endpoint, collectd in self.start_all(
                fault="canned_answer", pace=OFTEN):
            page = collectd.wait_verdict(relay, endpoint, "unexpected_answer")
            self.assertGreater(page.value("holysheep_errors_total",
                                          error_type="UnexpectedAnswer",
                                          relay=relay), 0)
            collectd.wait_log(
                f'Relay "{relay}".*unexpected_answer.*HTTP 200, code '
                '(stop|end_turn|completed), "Pong! How can I help you with this test '
                'today[?]", request id', 60)

    def test_each_request_has_another_word(self):
        relay, collectd = self.start(block(CHAT), pace=("Interval 0.2",))
        collectd.wait_for(lambda: len(relay.journal()) >= 5, 30, "5 requests")
        prompts = [json.loads(entry["body"])["messages"][0]["content"]
                   for entry in relay.journal()[:5]]
        words = [re.fullmatch("Reply with exactly this word: ([a-z]{8})",
                              prompt).group(1) for prompt in prompts]
        self.assertEqual(len(set(words)), 5, words)
        collectd.wait_verdict("0", CHAT, "ok")

    def test_answer_is_cut_off(self):
        """Before the word was complete; the advice names the keys."""
        _, collectd = self.start(block(CHAT, "MaxTokens 1"), pace=OFTEN)
        collectd.wait_verdict("0", CHAT, "unexpected_answer")
        collectd.wait_log("code length.*raise MaxTokens", 60)


class FirstToken(TestCase):
    """FirstTokenTimeout, whatever is sent in place of a token."""
    LINES = ("Stream true", f"FirstTokenTimeout {TIMEOUT}")
    # Of Messages, there are a ping and other events before it.
    SILENCES = [(endpoint, fault, ms) for endpoint in KINDS for fault, ms in
                (("stream_slow_first", 50000), ("stream_stall_at_head", None),
                 ("stream_stall_at_role", None))]

    def test_silence(self):
        relay, blocks = self.start_relay(), []
        for i, (endpoint, fault, ms) in enumerate(self.SILENCES):
            key = f"sk-test-silence-{i}"
            relay.fault(fault, key=key, ms=ms)
            blocks.append(relay_block(f"{i}", relay.url, *OFTEN,
                                      block(endpoint, *self.LINES),
                                      key_file=self.key_file(key)))
        collectd = self.start_collectd(plugin_block(*blocks))
        for i, (endpoint, fault, _) in enumerate(self.SILENCES):
            with self.subTest(fault, endpoint=endpoint):
                self.check_silence(collectd, f"{i}")

    def check_silence(self, collectd, relay):
        endpoint = self.SILENCES[int(relay)][0]
        page = collectd.wait_verdict(relay, endpoint, "timeout", timeout=30)
        name = "holysheep_request_latency_seconds"
        count = page.value(name + "_count", relay=relay)
        self.assertEqual(page.value(name + "_sum", relay=relay),
                         count * TIMEOUT / 1000)
        self.assertGreater(page.value("holysheep_requests_total", relay=relay,
                                      status="timeout"), 0)
        collectd.wait_log(f'Relay "{relay}".*timeout.*no token within '
                          f"{TIMEOUT / 1000:g} s", 60)

    def test_timely_token(self):
        """The rest may take longer than that."""
        relay = self.start_relay()
        relay.fault("stream_gap", ms=TIMEOUT + 500)
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, *OFTEN, block(CHAT, *self.LINES),
            key_file=self.key_file())))
        page = collectd.wait_verdict("main", CHAT, "ok", timeout=30)
        self.assertGreater(page.value("holysheep_stream_max_gap_seconds"),
                           TIMEOUT / 1000)
