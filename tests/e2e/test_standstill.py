"""collectd stands still for longer than a probe may take: a host that is
suspended or overloaded, read threads that others hold."""

import os
import signal
import time

from harness import TestCase, plugin_block, relay_block

ENDPOINTS = ("models", "billing", "chat/completions")
DELAY = 4  # s, an answer
TIMEOUT = 8
STILL = TIMEOUT + 1


class Standstill(TestCase):
    def stand_still(self, **faults):
        """Amid three requests."""
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

    def test_what_came_meanwhile_came_in_time(self):
        collectd = self.stand_still()
        for endpoint in ENDPOINTS:
            page = collectd.wait_verdict("main", endpoint, "ok")
            self.assertLess(page.value("holysheep_request_duration_seconds",
                                       endpoint=endpoint), TIMEOUT)
        for sample in page.all("holysheep_requests_total", status="timeout"):
            self.assertEqual(sample.value, 0, sample)

    def test_what_hangs_has_its_time_and_no_more(self):
        collectd = self.stand_still(name="hang")
        for endpoint in ENDPOINTS:
            page = collectd.wait_verdict("main", endpoint, "timeout",
                                         timeout=TIMEOUT + 15)
            self.assertEqual(page.value("holysheep_request_duration_seconds",
                                        endpoint=endpoint), TIMEOUT)
