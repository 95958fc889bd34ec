"""collectd is suspended for longer than a probe's timeout, as when a host is
suspended or overloaded, or other plugins block the read threads."""

import os
import signal
import time

from harness import TestCase, plugin_block, relay_block

ENDPOINTS = ("models", "billing", "chat/completions")
DELAY = 4  # seconds per response
TIMEOUT = 8
STILL = TIMEOUT + 1


class Suspension(TestCase):
    def suspend(self, **faults):
        """Suspends collectd while three requests are in flight."""
        relay = self.start_relay(delay=1000 * DELAY)
        if faults:
            relay.fault(**faults)
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, "Interval 3600", "RetryInterval 3600",
            f"Timeout {1000 * TIMEOUT}", key_file=self.key_file())),
            interval=0.5)
        collectd.wait_scrape(
            lambda s: s.get("holysheep_probes_in_flight") == 3, DELAY,
            "three requests in flight")
        os.kill(collectd.pid, signal.SIGSTOP)
        time.sleep(STILL)
        os.kill(collectd.pid, signal.SIGCONT)
        return collectd

    def test_responses_received_meanwhile_are_in_time(self):
        collectd = self.suspend()
        for endpoint in ENDPOINTS:
            page = collectd.wait_verdict("main", endpoint, "ok")
            self.assertLess(page.value("holysheep_request_duration_seconds",
                                       endpoint=endpoint), TIMEOUT)
        for sample in page.all("holysheep_requests_total", status="timeout"):
            self.assertEqual(sample.value, 0, sample)

    def test_hanging_requests_get_exactly_their_timeout(self):
        collectd = self.suspend(name="hang")
        for endpoint in ENDPOINTS:
            page = collectd.wait_verdict("main", endpoint, "timeout",
                                         timeout=TIMEOUT + 15)
            self.assertEqual(page.value("holysheep_request_duration_seconds",
                                        endpoint=endpoint), TIMEOUT)
