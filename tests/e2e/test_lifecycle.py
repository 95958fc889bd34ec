"""Start, stop and restart."""

import signal
import time

from harness import (TestCase, build, network_library, plugin_block,
                     relay_block, timing)

# Seconds; test_outage, which runs alone, requires 2.
STOP = 10
FAST = ("Interval 0.5", "RetryInterval 0.5", "Timeout 30000")
MODELS = '<Models>\n  Path "/models"\n</Models>'
ENDPOINTS = ("models", "billing", "chat/completions")


class Blocks(TestCase):
    def test_two_plugin_blocks(self):
        relay = self.start_relay()
        collectd = self.start_collectd(
            plugin_block(relay_block("one", relay.url, *FAST, MODELS,
                                     key_file=self.key_file("sk-test-1")))
            + plugin_block(relay_block("two", relay.url, *FAST, MODELS,
                                       key_file=self.key_file("sk-test-2"))))
        for name in ("one", "two"):
            collectd.wait_verdict(name, "models", "ok")
        self.assertEqual({e["key"] for e in relay.journal()},
                         {"sk-test-1", "sk-test-2"})

    def test_same_relay_name_in_two_plugin_blocks(self):
        block = plugin_block(relay_block("main", "https://relay.test/v1",
                                         key_file=self.key_file()))
        collectd = self.make_collectd(block + block, interval=10)
        collectd.start(ready=False)
        self.assertNotEqual(collectd.wait(20 * build.slack()), 0)
        said = collectd.log_lines("holysheep plugin: ")
        self.assertEqual(len(said), 1, said)
        self.assertIn('Relay "main": another Relay', said[0])

    def test_plugin_block_before_loadplugin(self):
        """collectd drops the block, and its warning is often lost because log
        plugins are loaded later."""
        collectd = self.start_collectd(
            globals_=plugin_block(relay_block("main", "http://127.0.0.1:9",
                                              key_file=self.key_file())))
        collectd.wait_log(r"\[warning\] holysheep plugin: no <Relay> is "
                          ".* before its LoadPlugin")


class Pending(TestCase):
    def test_series_before_the_first_result(self):
        relay = self.start_relay()
        relay.fault("hang")
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, "Interval 3600", "Timeout 60000", MODELS,
            key_file=self.key_file())))
        labels = {"relay": "main", "endpoint": "models"}
        born = ("200", "401", "402", "403", "404", "429", "500", "502", "503",
                "timeout", "connection_error")
        # collectd writes the values of one moment one after the other
        page = collectd.wait_scrape(
            lambda s: s.verdict("main", "models") == ("pending", "none")
            and s.get("holysheep_probes_in_flight", relay="main") == 1
            and s.get("holysheep_last_success_timestamp_seconds",
                      **labels) is not None
            and len(s.all("holysheep_requests_total", **labels)) >= len(born),
            15, "a first probe in flight")
        for absent in ("holysheep_up",
                       "holysheep_last_probe_timestamp_seconds",
                       "holysheep_request_duration_seconds",
                       "holysheep_budget_remaining"):
            self.assertEqual(page.all(absent), [])
        self.assertEqual(page.value(
            "holysheep_last_success_timestamp_seconds", **labels), 0)
        self.assertEqual(
            {s.labels["status"]: s.value
             for s in page.all("holysheep_requests_total", **labels)},
            dict.fromkeys(born, 0))


class Restart(TestCase):
    def test_restart_during_an_outage(self):
        relay = self.start_relay()
        relay.fault("hang", endpoint="models")
        config = plugin_block(relay_block(
            "main", relay.url, "Interval 0.5", "Timeout 60000",
            key_file=self.key_file()))
        first = self.start_collectd(config)
        first.wait_verdict("main", "billing", "ok")
        self.assertEqual(first.scrape().verdict("main", "models"),
                         ("pending", "none"))
        seconds = self.stop_clean(first)
        if timing():
            self.assertLess(seconds, STOP)
        relay.heal()
        second = self.start_collectd(config)
        page = second.wait_verdict("main", "models", "ok")
        self.assertEqual(sum(
            s.value for s in page.all("holysheep_errors_total")), 0)

    def test_sigterm_at_any_time_during_startup(self):
        relay = self.start_relay()
        config = plugin_block(*[relay_block(
            f"{number}", relay.url, key_file=self.key_file())
            for number in range(20)])
        for wait in (0.01, 0.02, 0.03, 0.05, 0.08, 0.13, 0.21, 0.34):
            with self.subTest(wait):
                collectd = self.make_collectd(config)
                collectd.start(ready=False)
                time.sleep(wait * build.slack())
                seconds, code = collectd.stop()
                # Before collectd installs its handler, the signal kills it:
                # memory allocated then is not a leak.
                self.assertIn(code, (0, -signal.SIGTERM))
                if code == 0:
                    self.check_reports(collectd)
                if timing():
                    self.assertLess(seconds, STOP)


class TestRun(TestCase):
    """collectd -T runs one full round and logs each verdict."""

    def run_once(self, *blocks, **options):
        collectd = self.make_collectd(plugin_block(*blocks),
                                      arguments=("-T",), **options)
        collectd.start(ready=False)
        code = collectd.wait(60 * build.slack())
        self.assertEqual(code, 0, collectd.explain())
        self.check_reports(collectd)
        return collectd

    def verdicts(self, collectd, relay, cause):
        return [line for line in collectd.log_lines("holysheep plugin: ")
                if f'"{relay}"' in line and cause in line]

    def test_test_run_logs_each_verdict(self):
        relay = self.start_relay()
        relay.fault("invalid_key", key="sk-test-bad")
        relay.fault("slow", key="sk-test-slow", ms=2500)
        collectd = self.run_once(
            relay_block("good", relay.url,
                        key_file=self.key_file("sk-test-good")),
            relay_block("bad", relay.url,
                        key_file=self.key_file("sk-test-bad")),
            relay_block("slow", relay.url,
                        key_file=self.key_file("sk-test-slow")))
        for name, cause in (("good", "ok"), ("slow", "ok"),
                            ("bad", "key_rejected")):
            lines = self.verdicts(collectd, name, cause)
            for endpoint in ENDPOINTS:
                with self.subTest(name, endpoint=endpoint):
                    self.assertTrue([line for line in lines
                                     if endpoint in line],
                                    collectd.explain())
        for name in ("good", "bad", "slow"):
            sent = relay.journal(key=f"sk-test-{name}")
            self.assertEqual(sorted(e["endpoint"] for e in sent),
                             sorted(ENDPOINTS))

    def test_test_run_ends_after_the_longest_timeout(self):
        relay = self.start_relay()
        relay.fault("hang")
        begin = time.monotonic()
        collectd = self.run_once(
            relay_block("main", relay.url, "Timeout 1500",
                        key_file=self.key_file()),
            relay_block("unknown", "http://hang.test/v1", "Timeout 1500",
                        "AllowPlainHTTP true", key_file=self.key_file()),
            preload=[network_library()])
        if timing():
            self.assertLess(time.monotonic() - begin, 20)
        for name in ("main", "unknown"):
            self.assertTrue(self.verdicts(collectd, name, "timeout"),
                            collectd.explain())

    def test_test_run_sends_no_notifications(self):
        """Not even for probes suppressed by the user's own limits."""
        relay = self.start_relay()
        relay.fault("invalid_key")
        collectd = self.run_once(relay_block(
            "main", relay.url, "MaxRequests 1 60", key_file=self.key_file()))
        self.assertTrue(collectd.log_lines("MaxRequests"))
        self.assertEqual(collectd.log_lines("Notification:"), [])
