"""Streams: accepted and rejected variants, and their timing."""

from harness import STREAM, plugin_block, relay_block, timing
from test_causes import (CHAT, LONG, TIMEOUT, Case, CausesTestCase,
                         differences)

PLAIN = '<Chat "gpt-4o-mini">\n  MaxTokens 10\n</Chat>'
FIRST = "holysheep_time_to_first_token_seconds"

GOOD = [
    "stream_crlf", "stream_cr", "stream_bytes", "stream_crlf_bytes",
    "stream_bom", "stream_comments", "stream_fields", "stream_tight",
    "stream_lines", "stream_until_close", "stream_text_type",
    "stream_no_choice", "stream_reasoning", "stream_tool_calls",
    "stream_usage_early", "stream_usage_running", "stream_no_done",
    "stream_no_done_close", "stream_no_done_break", "stream_done_open",
    "model_dated", "usage_null", "usage_missing", "content_parts",
]

BAD = [Case(*row, CHAT) for row in [
    ("stream_no_done_open", "stream_stalled", "timeout"),
    ("stream_cut", "stream_cut", "200"),
    ("stream_cut_close", "stream_cut", "200"),
    ("stream_cut_break", "stream_cut", "connection_error"),
    ("stream_cut_at_role", "stream_cut", "200"),
    ("empty_answer", "empty_answer", "200"),
    ("blank_answer", "empty_answer", "200"),
    ("finish_error", "stream_error", "200"),
    ("finish_resource", "stream_error", "200"),
    ("stream_empty", "malformed", "200"),
    ("stream_done_only", "malformed", "200"),
    ("stream_stall", "stream_stalled", "timeout"),
    ("stream_stall_at_role", "stream_stalled", "timeout"),
    ("stream_stall_at_head", "timeout", "timeout"),
    ("stream_pings", "stream_stalled", "timeout"),
    ("stream_endless_line", "too_large", "200"),
    ("stream_endless_event", "too_large", "200"),
    ("stream_long_comment", "too_large", "200"),
    ("stream_error", "stream_error", "200"),
    ("stream_error_first", "stream_error", "200"),
    ("stream_error_event", "stream_error", "200"),
    ("stream_error_chunk", "upstream", "200"),
    ("stream_error_text", "stream_error", "200"),
    ("stream_error_rate", "rate_limited", "200"),
    ("stream_error_quota", "quota", "200"),
    ("stream_error_expired", "key_expired", "200"),
    ("stream_error_comment", "rate_limited", "200"),
    ("stream_error_words", "quota", "200"),
    ("stream_malformed", "malformed", "200"),
    ("stream_gzip", "malformed", "200"),
    ("stream_ignored", "malformed", "200"),
    ("invalid_key", "key_rejected", "401"),
    ("hang", "timeout", "timeout"),
]] + [Case("stream_error_field", "client_error", "200", CHAT, whose="local")]


class StreamVariants(CausesTestCase):
    def test_accepted_variants(self):
        cases = [Case(name, "ok", "200", CHAT) for name in GOOD]
        for case, page in self.check_all(cases, STREAM):
            self.check_figures(page, case.fault)

    def check_figures(self, page, name):
        self.assertEqual(page.value(FIRST + "_count", relay=name), 1)
        self.assertEqual(page.value("holysheep_model_mismatch_total",
                                    relay=name), 0)
        used = page.value("holysheep_tokens_total", relay=name,
                          type="completion")
        self.assertEqual(used, 0 if name.startswith("usage") else 10)

    def test_rejected_variants(self):
        for _ in self.check_all(BAD, STREAM):
            pass

    def test_empty_stream_has_no_first_token(self):
        """A stream without text has no first token, but its cost counts."""
        cases = [Case(name, "empty_answer", "200", CHAT)
                 for name in ("empty_answer", "blank_answer")]
        for case, page in self.check_all(cases, STREAM):
            self.assertEqual(page.value(FIRST + "_count", relay=case.fault), 0)
            self.assertEqual(page.value(
                "holysheep_errors_total", relay=case.fault,
                error_type="EmptyAnswer"), 1)
            self.assertEqual(page.value(
                "holysheep_tokens_total", relay=case.fault, type="prompt"), 8)

    def test_endless_stream(self):
        """Slow or stalled, depending on the longest pause."""
        case = Case("stream_endless", "timeout", "timeout", CHAT)
        cases = [case, case._replace(cause="stream_stalled")]
        collectd = self.start_all([case], STREAM)
        collectd.wait_scrape(
            lambda s: None in [differences(s, case.fault, c) for c in cases],
            40, f"{cases}")

    def test_unrequested_stream(self):
        case = Case("stream_unasked", "malformed", "200", CHAT)
        for _ in self.check_all([case], PLAIN):
            pass


class StreamTiming(CausesTestCase):
    """Compared with the stand-in relay's journal. The stream is so slow that
    delays of a busy machine do not matter."""

    def test_first_token_rate_and_gap(self):
        relay = self.start_relay(first_token=3000, token=200)
        relay.fault("stream_gap", ms=4000)
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, *LONG, STREAM, key_file=self.key_file())))
        page = self.check(collectd, "main", Case("", "ok", "200", CHAT))
        entry = relay.journal()[0]
        self.assertEqual(entry["tokens"], 10)
        first = page.value(FIRST + "_sum")
        gap = page.value("holysheep_stream_max_gap_seconds")
        speed = page.value("holysheep_output_tokens_per_second")
        span = entry["last_token_seconds"] - entry["first_token_seconds"]
        self.assertGreaterEqual(first, entry["first_token_seconds"])
        self.assertEqual(page.value(FIRST + "_bucket", le="2.5"), 0)
        self.assertEqual(page.value(FIRST + "_bucket", le="+Inf"), 1)
        if timing():
            self.assertAlmostEqual(first, entry["first_token_seconds"],
                                   delta=0.5)
            self.assertAlmostEqual(gap, entry["largest_gap_seconds"],
                                   delta=0.5)
            self.assertAlmostEqual(speed * span, 9, delta=1)


class StreamSeries(CausesTestCase):
    def test_request_of_a_stream(self):
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, *LONG, STREAM, key_file=self.key_file())))
        self.check(collectd, "main", Case("", "ok", "200", CHAT))
        body = relay.journal()[0]["body"]
        self.assertIn('"stream":true', body)
        self.assertIn('"stream_options":{"include_usage":true}', body)

    def test_no_stream_series_without_streams(self):
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, *LONG, PLAIN, key_file=self.key_file())))
        page = self.check(collectd, "main", Case("", "ok", "200", CHAT))
        for family in (FIRST + "_count", "holysheep_stream_max_gap_seconds",
                       "holysheep_output_tokens_per_second"):
            self.assertEqual(page.all(family), [])

    def test_stream_on_a_reused_connection(self):
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, "Interval 0.5", "RetryInterval 0.5",
            f"Timeout {TIMEOUT}", "KeepAlive true", STREAM,
            key_file=self.key_file())), interval=0.5)
        collectd.wait_scrape(lambda s: s.value(FIRST + "_count") >= 3, 20,
                             "three streams")
        self.assertEqual(relay.connections()["accepted"], 1)
