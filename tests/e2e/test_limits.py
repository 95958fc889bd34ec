"""The relay's limits and our own: what suppresses probes, and how that is
reported."""

import time

from harness import TestCase, plugin_block, relay_block, timing
from test_causes import BILLING, BLOCKS, CHAT, LONG, MODELS

FAST = ("Interval 0.5", "RetryInterval 0.5", "Timeout 30000")
SUPPRESSED = "holysheep_probe_suppressed"
SKIPPED = "holysheep_probes_skipped_total"
UNTIL = "holysheep_retry_until_timestamp_seconds"


class RetryAfter(TestCase):
    def start(self, *lines):
        self.relay = self.start_relay()
        return self.start_collectd(plugin_block(relay_block(
            "main", self.relay.url, *FAST, *lines, key_file=self.key_file())),
            interval=0.5)

    def sent(self, endpoint):
        return self.relay.journal(endpoint=endpoint)

    def check_suppressed(self, fault, cause, seconds):
        """Only that probe is suppressed, and its verdict remains."""
        collectd = self.start(BLOCKS[MODELS], BLOCKS[CHAT])
        collectd.wait_verdict("main", CHAT, "ok")
        self.relay.fault(fault, endpoint=CHAT, ms=seconds * 1000)
        page = collectd.wait_verdict("main", CHAT, cause)
        page = collectd.wait_scrape(lambda s: s.get(
            SUPPRESSED, endpoint=CHAT, reason="retry_after") == 1, 5, "held")
        until = page.value(UNTIL, endpoint=CHAT)
        self.assertEqual(page.value(UNTIL, endpoint=MODELS), 0)
        self.assertEqual(page.value(SUPPRESSED, endpoint=MODELS,
                                    reason="retry_after"), 0)
        held = self.sent(CHAT)[-1]
        self.assertAlmostEqual(until, held["t"] + seconds, delta=1.5)
        self.relay.heal()
        before = len(self.sent(MODELS))
        page = collectd.wait_verdict("main", CHAT, "ok", timeout=seconds + 10)
        following = [e for e in self.sent(CHAT) if e["n"] > held["n"]]
        if timing():
            self.assertGreaterEqual(following[0]["mono"] - held["mono"],
                                    seconds - 0.1)
        self.assertGreater(len(self.sent(MODELS)), before)
        self.assertEqual(page.value(UNTIL, endpoint=CHAT), 0)
        page = collectd.wait_scrape(
            lambda s: s.value(SKIPPED, reason="retry_after") > 0, 5,
            "turns that were skipped")
        self.assertEqual(page.value(SUPPRESSED, endpoint=CHAT,
                                    reason="retry_after"), 0)

    def test_seconds_with_a_429(self):
        self.check_suppressed("rate_limited", "rate_limited", 6)

    def test_seconds_with_a_503(self):
        self.check_suppressed("retry_503", "upstream", 6)

    def test_delay_expires_before_the_next_probe(self):
        self.relay = self.start_relay()
        self.relay.fault("retry_503", ms=10000)
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", self.relay.url, *LONG, BLOCKS[MODELS],
            key_file=self.key_file())), interval=0.5)
        collectd.wait_scrape(lambda s: s.value(
            SUPPRESSED, reason="retry_after") == 1, 15, "held")
        collectd.wait_scrape(
            lambda s: s.value(SUPPRESSED, reason="retry_after") == 0
            and s.value(UNTIL) == 0, 30, "no longer")
        self.assertEqual(len(self.relay.journal()), 1)

    def test_http_date(self):
        collectd = self.start(BLOCKS[CHAT])
        collectd.wait_verdict("main", CHAT, "ok")
        self.relay.fault("retry_date", ms=60000)
        page = collectd.wait_scrape(lambda s: s.value(UNTIL) > 0, 10,
                                    "the date")
        self.assertAlmostEqual(page.value(UNTIL),
                               self.sent(CHAT)[-1]["t"] + 60, delta=2)

    def test_milliseconds(self):
        collectd = self.start(BLOCKS[CHAT])
        collectd.wait_verdict("main", CHAT, "ok")
        self.relay.header("retry-after-ms", "60250")
        self.relay.fault("rate_limited", endpoint=CHAT, ms=5000)
        page = collectd.wait_scrape(lambda s: s.value(UNTIL) > 0, 10,
                                    "a moment")
        self.assertAlmostEqual(page.value(UNTIL),
                               self.sent(CHAT)[-1]["t"] + 60.25, delta=2)

    def test_ignored_values(self):
        """Delays of days, dates in the past, invalid text, and successful
        responses."""
        for fault in ("retry_days", "retry_huge", "retry_past", "retry_zero",
                      "retry_garbage", "retry_negative"):
            with self.subTest(fault):
                collectd = self.start(BLOCKS[CHAT])
                self.relay.fault(fault)
                page = collectd.wait_scrape(
                    lambda s: s.value("holysheep_consecutive_failures") >= 3,
                    10, "three failures")
                self.assertEqual(page.value(UNTIL), 0)
                lines = collectd.log_lines("Retry-After")
                self.assertEqual(len(lines), fault == "retry_days", lines)
                self.stop_clean(collectd)


class MaxRequests(TestCase):
    def test_free_probes_take_precedence(self):
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, *FAST, "MaxRequests 3 4",
            key_file=self.key_file())), interval=0.5)
        page = collectd.wait_verdict("main", CHAT, "suppressed", "none")
        collectd.wait_scrape(lambda s: not s.all(
            "holysheep_up", endpoint=CHAT), 10, "no word on whether it is up")
        self.assertEqual(page.value(SUPPRESSED, endpoint=CHAT,
                                    reason="rate_limit"), 1)
        collectd.wait_scrape(
            lambda s: s.value(SKIPPED, reason="rate_limit") >= 8, 20,
            "probes that were held back")
        sent = relay.journal()
        times = [e["mono"] for e in sent]
        for first, fourth in zip(times, times[3:]):
            self.assertGreater(fourth - first, 4 - 1)
        counts = {e: sum(x["endpoint"] == e for x in sent)
                  for e in (MODELS, BILLING, CHAT)}
        self.assertGreater(counts[MODELS], counts[BILLING])
        self.assertGreaterEqual(counts[BILLING], counts[CHAT])
        self.assertEqual(len(collectd.log_lines("Relay .*chat.*suppressed")), 1)

    def test_limit_below_one_round_warns_at_start(self):
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, "Interval 1", "MaxRequests 60 60",
            BLOCKS[MODELS], BLOCKS[CHAT], key_file=self.key_file())))
        [line] = collectd.wait_log("will never be sent")
        self.assertRegex(line, r"\[warning\] holysheep plugin: Relay "
                         r'"main": chat/completions gpt-4o-mini: ')

    def test_limit_equal_to_the_need(self):
        """No probe is skipped because it was due slightly too early, except in
        the first round, where all start at once."""
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, "Interval 1", "MaxRequests 3 1",
            key_file=self.key_file())))
        page = collectd.wait_scrape(
            lambda s: sum(x.value for x in s.all(
                "holysheep_requests_total")) >= 60, 60, "sixty requests")
        self.assertLess(page.value(SKIPPED, reason="rate_limit"), 15)
        times = [e["mono"] for e in relay.journal()]
        for first, fourth in zip(times, times[3:]):
            self.assertGreater(fourth - first, 1 - 0.5)

    def test_unneeded_second_request_does_not_count(self):
        """A balance may take two requests, so both must fit into the limit; a
        request that is not sent does not count."""
        relay = self.start_relay()
        relay.unlimited()
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, "Interval 1", "MaxRequests 6 1",
            '<Billing "new-api">\n  Interval 1\n</Billing>',
            key_file=self.key_file())))
        page = collectd.wait_scrape(
            lambda s: (s.get("holysheep_requests_total", status="200")
                       or 0) >= 9, 30, "nine requests")
        self.assertEqual(page.value(SKIPPED, reason="rate_limit"), 0)

    def test_limit_above_the_need(self):
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, "Interval 1", "MaxRequests 9 2",
            key_file=self.key_file())))
        page = collectd.wait_scrape(
            lambda s: (s.get("holysheep_requests_total", status="200",
                             endpoint=CHAT) or 0) >= 3, 20, "completions")
        self.assertEqual(page.value(SKIPPED, reason="rate_limit"), 0)


class RateLimitHeaders(TestCase):
    FAMILY = "holysheep_ratelimit_"

    def start(self, fault, headers={}):
        relay = self.start_relay()
        if fault:
            relay.fault(fault)
        for name, value in headers.items():
            relay.header(name, value)
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, *FAST, BLOCKS[CHAT],
            key_file=self.key_file())), interval=0.5)
        return collectd.wait_verdict("main", CHAT, "ok")

    def value(self, page, what, resource):
        return page.get(self.FAMILY + what, model="gpt-4o-mini",
                        resource=resource)

    def test_nearly_exhausted_limit(self):
        page = self.start("ratelimit_near")
        seen = {(what, resource): self.value(page, what, resource)
                for what in ("limit", "remaining")
                for resource in ("requests", "tokens")}
        self.assertEqual(seen, {
            ("limit", "requests"): 500, ("remaining", "requests"): 3,
            ("limit", "tokens"): 200000, ("remaining", "tokens"): 9000})

    def test_duration_formats(self):
        for fault, seconds in (("ratelimit_spent", 360),
                               ("ratelimit_second", 1),
                               ("ratelimit_hours", 3723),
                               ("ratelimit_plain", 60)):
            with self.subTest(fault):
                page = self.start(fault)
                at = self.value(page, "reset_timestamp_seconds", "requests")
                probe = page.value("holysheep_last_probe_timestamp_seconds")
                self.assertAlmostEqual(at, probe + seconds, delta=0.5)

    def test_other_header_names_and_reset_times(self):
        """Headers without a resource are about requests. A reset time is
        exported exactly, however long the response took."""
        moment = int(time.time()) + 3600
        date = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
        for limit, remaining, reset, value, resource in (
                ("x-ratelimit-limit", "x-ratelimit-remaining",
                 "x-ratelimit-reset", moment * 1000, "requests"),
                ("x-ratelimit-limit", "x-ratelimit-remaining",
                 "x-ratelimit-reset", moment, "requests"),
                ("anthropic-ratelimit-tokens-limit",
                 "anthropic-ratelimit-tokens-remaining",
                 "anthropic-ratelimit-tokens-reset", date, "tokens")):
            with self.subTest(reset, value=value):
                page = self.start(None, {limit: "60", remaining: "59",
                                         reset: str(value)})
                self.assertEqual(
                    [self.value(page, what, resource) for what in
                     ("limit", "remaining", "reset_timestamp_seconds")],
                    [60, 59, moment])

    def test_negative_limit_is_ignored(self):
        """Azure sends -1, which must not trigger an alert."""
        page = self.start(None, {"x-ratelimit-limit-requests": "250",
                                 "x-ratelimit-remaining-requests": "249",
                                 "x-ratelimit-limit-tokens": "-1",
                                 "x-ratelimit-remaining-tokens": "-1",
                                 "x-ratelimit-reset-tokens": "0"})
        self.assertEqual(self.value(page, "limit", "requests"), 250)
        self.assertEqual([s for s in page.samples
                          if s.name.startswith(self.FAMILY)
                          and s.labels.get("resource") == "tokens"], [])

    def test_invalid_numbers(self):
        for fault in ("ratelimit_garbage", "ratelimit_negative",
                      "ratelimit_huge"):
            with self.subTest(fault):
                page = self.start(fault)
                self.assertEqual([s for s in page.samples
                                  if s.name.startswith(self.FAMILY)], [])
