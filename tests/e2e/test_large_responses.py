"""Many relays send large responses at once: healthy relays must not be
reported as failing."""

from harness import TestCase, plugin_block, relay_block, timing
from scheduling_delay import Machine

MODELS = '<Models>\n  Path "/models"\n</Models>'
LARGE = 64 if timing() else 2
STOP = 2  # seconds from SIGTERM to the end


class LargeResponses(TestCase):
    alone = True

    def block(self, name, relay, *lines):
        return relay_block(name, relay.url, MODELS, *lines,
                           key_file=self.key_file(f"sk-test-{name}"))

    def test_healthy_relay_is_not_delayed(self):
        others, healthy = self.start_relay(), self.start_relay()
        others.fault("dense")
        collectd = self.start_collectd(plugin_block(
            *[self.block(f"{number}", others, "Interval 3600",
                         "Timeout 60000") for number in range(LARGE)],
            self.block("good", healthy, "Interval 0.5", "RetryInterval 0.5",
                       "Timeout 1000" if timing() else "Timeout 30000")))
        with Machine() as machine:
            page = collectd.wait_scrape(
                lambda s: self.answers(s) >= LARGE, 100,
                "so many long answers")
        self.assertGreater(page.value("holysheep_requests_total",
                                      relay="good", status="200"), 0)
        if machine.late < 0.5:
            self.assertEqual(page.value("holysheep_requests_total",
                                        relay="good", status="timeout"), 0)
        for sample in page.all("holysheep_errors_total"):
            self.assertEqual(sample.value, 0, sample)
        with Machine() as machine:
            seconds = self.stop_clean(collectd)
        if timing():
            self.assertLess(seconds, STOP + machine.late)

    @staticmethod
    def answers(page):
        return sum(s.value for s in page.all("holysheep_requests_total",
                                             status="200")
                   if s.labels["relay"] != "good")
