"""The basic case: a relay, its three probes, their values, a clean stop."""

import json

from harness import TestCase, plugin_block, relay_block, timing

ENDPOINTS = ("models", "billing", "chat/completions")


class Smoke(TestCase):
    smoke = True

    def test_three_probes_of_a_healthy_relay(self):
        relay = self.start_relay(balance=12.5)
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, key_file=self.key_file())), interval=10)

        page = collectd.wait_scrape(
            lambda s: s.get("holysheep_budget_remaining", relay="main"),
            15, "the three probes to have ended")
        for endpoint in ENDPOINTS:
            page = collectd.wait_verdict("main", endpoint, "ok", "none")
        for endpoint in ENDPOINTS:
            with self.subTest(endpoint):
                self.check_probe(page, endpoint)
        self.assertAlmostEqual(
            page.value("holysheep_budget_remaining", relay="main"), 12.5,
            delta=0.1)
        for kind in ("prompt", "completion"):
            self.assertGreater(page.value("holysheep_tokens_total",
                                          model="gpt-4o-mini", type=kind), 0)
        self.assertEqual(
            sum(s.value for s in page.all("holysheep_errors_total")), 0)
        self.check_wire(relay)

        seconds = self.stop_clean(collectd)
        if timing():
            self.assertLess(seconds, 10)
        self.assertEqual(collectd.log_lines(r"\[(error|warning)\] holysheep"),
                         [])

    def check_probe(self, page, endpoint):
        labels = {"relay": "main", "endpoint": endpoint, "instance": "e2e"}
        self.assertEqual(page.value("holysheep_up", **labels), 1)
        self.assertEqual(
            page.value("holysheep_consecutive_failures", **labels), 0)
        self.assertGreaterEqual(page.value("holysheep_requests_total",
                                           status="200", **labels), 1)
        self.assertGreater(
            page.value("holysheep_request_duration_seconds", **labels), 0)
        count = page.value("holysheep_request_latency_seconds_count",
                           **labels)
        self.assertEqual(page.value(
            "holysheep_request_latency_seconds_bucket", le="+Inf", **labels),
            count)
        self.assertLessEqual(page.value(
            "holysheep_request_latency_seconds_bucket", le="0.5", **labels),
            count)

    def check_wire(self, relay):
        """Each request has the key and what the API requires, and nothing
        else."""
        seen = {entry["endpoint"]: entry for entry in relay.journal()}
        self.assertEqual(set(seen), set(ENDPOINTS))
        self.assertEqual({e["key"] for e in seen.values()}, {"sk-test-main"})
        self.assertEqual([seen[e]["method"] for e in ENDPOINTS],
                         ["GET", "GET", "POST"])
        self.assertEqual(json.loads(seen["chat/completions"]["body"]), {
            "model": "gpt-4o-mini", "max_tokens": 16,
            "messages": [{"role": "user", "content": "ping"}]})
