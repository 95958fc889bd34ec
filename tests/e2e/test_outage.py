"""Some relays hang: no other probe or plugin is delayed, and collectd stops
promptly."""

import collections
import threading
import time

from harness import (STREAM, TestCase, network_library, plugin_block,
                     relay_block, timing)
from scheduling_delay import Machine

ENDPOINTS = ("models", "billing", "chat/completions")
RELAYS, HANGING = 20, 6
LATE = 0.65     # seconds: ten times what the benchmark allows
STOP = 2        # seconds from SIGTERM to the end
LOAD = "collectd_load_shortterm"


class PageWatcher(threading.Thread):
    """Polls the metrics page until it is stopped."""

    def __init__(self, collectd):
        super().__init__(daemon=True)
        self.collectd = collectd
        self.pages = []
        self.threads = 0
        self.blind = 0  # longest time between two polls, in seconds
        self._ended = threading.Event()

    def run(self):
        last = time.monotonic()
        while not self._ended.wait(0.3):
            self.pages.append(self.collectd.scrape())
            self.threads = max(self.threads, self.collectd.status("Threads"))
            now = time.monotonic()
            self.blind = max(self.blind, now - last)
            last = now

    def end(self):
        self._ended.set()
        self.join()


def latenesses(entries, interval):
    """The lateness of each request, relative to the earliest of its probe: a
    probe always runs at the same offset in its interval."""
    probes = collections.defaultdict(list)
    for entry in entries:
        probes[entry["key"], entry["endpoint"]].append(entry["mono"])
    worst = {}
    for probe, times in probes.items():
        offsets = [(t - times[0] + interval / 2) % interval for t in times]
        worst[probe] = max(offsets) - min(offsets)
    return worst


class OutageTestCase(TestCase):
    alone = True

    def setUp(self):
        self.relay = self.start_relay()

    def healthy(self, number):
        return relay_block(
            f"good-{number}", self.relay.url, "Interval 2",
            key_file=self.key_file(f"sk-test-good-{number}"))

    def start(self, *hanging, lines="", **options):
        """Starts collectd with the healthy relays and the given blocks."""
        collectd = self.start_collectd(plugin_block(
            lines, *hanging,
            *[self.healthy(n) for n in range(RELAYS - HANGING)]),
            plugins=("load",), **options)
        for number in range(RELAYS - HANGING):
            for endpoint in ENDPOINTS:
                collectd.wait_verdict(f"good-{number}", endpoint, "ok")
        collectd.wait_scrape(lambda s: s.foreign(LOAD), 10, "load")
        return collectd

    def settle(self, collectd):
        """Waits until all series exist."""
        counts = []

        def look():
            counts.append(len(collectd.scrape().series()))
            return counts[-20:]

        collectd.wait_for(look, 30, "every series", lambda last:
                          len(last) == 20 and len(set(last)) == 1)

    def watch(self, collectd, seconds):
        """Returns the healthy probes' requests and the pages of that many
        seconds."""
        begin = time.monotonic()
        series = collectd.scrape().series()
        watch, machine = self.look_for(collectd, seconds)
        for page in watch.pages:
            self.assertEqual(series - page.series(), set(), "went away")
        entries = [e for e in self.relay.journal()
                   if e["mono"] >= begin and "good" in (e["key"] or "")]
        self.check_probes(entries, seconds, machine.late)
        self.check_load(watch.pages, machine.late + watch.blind)
        return watch

    def look_for(self, collectd, seconds):
        watch = PageWatcher(collectd)
        with Machine() as machine:
            watch.start()
            time.sleep(seconds)
            watch.end()
        return watch, machine

    def check_probes(self, entries, seconds, late):
        worst = latenesses(entries, 2)
        self.assertEqual(len(worst), (RELAYS - HANGING) * len(ENDPOINTS))
        wanted = int((seconds - late) / 2) - 1
        for probe in worst:
            count = sum((e["key"], e["endpoint"]) == probe for e in entries)
            self.assertGreaterEqual(count, wanted, probe)
        if timing():
            # collectd's, and the relay's
            self.assertLess(max(worst.values()), LATE + 2 * late, worst)

    def check_load(self, pages, late):
        """Another plugin's values arrive every second. A value that was
        replaced between two polls is not counted as missing."""
        times = sorted({page.foreign(LOAD)[0].time for page in pages})
        gaps = [b - a for a, b in zip(times, times[1:])]
        self.assertTrue(gaps)
        if timing():
            self.assertLess(max(gaps), 1.5 + late)

    def stop(self, collectd):
        with Machine() as machine:
            seconds = self.stop_clean(collectd)
        if timing():
            self.assertLess(seconds, STOP + machine.late)

    def hanging(self, url, *lines, count=HANGING, timeout=30):
        return [relay_block(f"bad-{n}", url, "Interval 2",
                            f"Timeout {1000 * timeout}",
                            *lines, key_file=self.key_file(f"sk-test-bad-{n}"))
                for n in range(count)]


class Hang(OutageTestCase):
    def test_six_of_twenty_relays_hang_for_thirty_seconds(self):
        collectd = self.start(*self.hanging(self.relay.url))
        for number in range(HANGING):
            collectd.wait_verdict(f"bad-{number}", "chat/completions", "ok")
        self.settle(collectd)
        for number in range(HANGING):
            self.relay.fault("hang", key=f"sk-test-bad-{number}")
        self.watch(collectd, 34)
        for number in range(HANGING):
            collectd.wait_verdict(f"bad-{number}", "models", "timeout",
                                  "relay")
        page = collectd.scrape()
        self.assertGreater(page.value("holysheep_probes_skipped_total",
                                      relay="bad-0", reason="late"), 0)
        self.assertGreater(page.value("holysheep_probes_in_flight",
                                      relay="bad-0"), 0)
        self.stop(collectd)


class OtherHangs(OutageTestCase):
    """Shorter tests of all ways in which a relay can hang."""

    def check(self, collectd):
        self.settle(collectd)
        watch = self.watch(collectd, 8)
        self.stop(collectd)
        return watch

    def test_hanging_handshake(self):
        other = self.start_relay()
        other.fault("tls_hang")
        self.check(self.start(*self.hanging(
            other.tls_url, f'CACert "{other.ca}"')))

    def test_answers_that_never_end(self):
        """A byte a second, an event every 100 ms, or no more events."""
        faults = (("drip", 1000), ("stream_drip", 100), ("stream_stall", None))
        for number in range(HANGING):
            fault, ms = faults[number % len(faults)]
            self.relay.fault(fault, key=f"sk-test-bad-{number}", ms=ms)
        self.check(self.start(*self.hanging(self.relay.url, STREAM)))

    def stream(self, fault):
        """The hanging relays have streams with that fault."""
        for number in range(HANGING):
            self.relay.fault(fault, key=f"sk-test-bad-{number}")
        self.check(self.start(*self.hanging(self.relay.url, STREAM)))

    def test_stream_of_comments(self):
        self.stream("stream_pings")

    def test_endless_stream(self):
        self.stream("stream_endless")

    def test_hanging_name_lookup(self):
        self.check(self.start(
            *self.hanging("http://hang.test/v1", "AllowPlainHTTP true"),
            preload=[network_library()]))

    def test_few_free_connections(self):
        """The hanging probes use all but two of MaxConnections."""
        for number in range(HANGING):
            self.relay.fault("hang", key=f"sk-test-bad-{number}")
        self.check(self.start(
            *self.hanging(self.relay.url),
            lines=f"MaxConnections {HANGING * len(ENDPOINTS) + 2}\n"))

    def test_no_free_connections(self):
        """Probes beyond MaxConnections are late; the others run."""
        self.relay.fault("hang")
        collectd = self.start_collectd(plugin_block(
            "MaxConnections 8\n",
            *self.hanging(self.relay.url, count=10, timeout=600)),
            plugins=("load",))
        collectd.wait_for(lambda: len(self.relay.journal()), 15,
                          "as many requests as may be", lambda n: n >= 8)
        collectd.wait_scrape(
            lambda s: sum(x.value for x in s.all(
                "holysheep_probes_in_flight")) == 8, 15, "8 in flight")
        self.settle(collectd)
        watch, machine = self.look_for(collectd, 5)
        self.check_load(watch.pages, machine.late + watch.blind)
        self.assertEqual(len(self.relay.journal()), 8)
        page = collectd.scrape()
        self.assertGreater(sum(s.value for s in page.all(
            "holysheep_probes_skipped_total", reason="late")), 0)
        self.stop(collectd)


class Threads(OutageTestCase):
    def test_hanging_lookups_do_not_pile_up(self):
        """Each look-up blocks a thread for ten minutes."""
        self.check_threads([f"hang.{n}.test" for n in range(100)], 64)

    def test_concurrent_lookups_of_a_name_share_a_thread(self):
        self.check_threads(["hang.test"] * 30, 1)

    def check_threads(self, names, most):
        collectd = self.start_collectd(plugin_block(*[relay_block(
            f"{number}", f"http://{name}/v1", "AllowPlainHTTP true",
            "Interval 0.5", "RetryInterval 0.5", "Timeout 200",
            '<Models>\n  Path "/models"\n</Models>',
            key_file=self.key_file()) for number, name in enumerate(names)]),
            plugins=("load",), preload=[network_library()])
        collectd.wait_scrape(
            lambda s: sum(x.value for x in s.all(
                "holysheep_requests_total", status="timeout"))
            >= 3 * len(names), 20, "the first timeouts")
        watch, machine = self.look_for(collectd, 5)
        self.check_load(watch.pages, machine.late + watch.blind)
        # collectd's own: 5 to read, 5 to write, and a few more
        self.assertLess(watch.threads, most + 20)
        self.stop(collectd)


class SiblingProbes(TestCase):
    """When one probe's verdict changes, the relay's other probes run at
    once."""

    def test_siblings_follow_failure_and_recovery(self):
        relay = self.start_relay()
        hourly = "Interval 3600"
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, "RetryInterval 1",
            "<Models>\n  Interval 1\n</Models>",
            f"<Billing>\n  {hourly}\n</Billing>",
            f'<Chat "gpt-4o-mini">\n  {hourly}\n</Chat>',
            key_file=self.key_file())))
        for endpoint in ENDPOINTS:
            collectd.wait_verdict("main", endpoint, "ok")
        relay.fault("refuse")
        for endpoint in ENDPOINTS:
            collectd.wait_verdict("main", endpoint, "connection", "relay",
                                  timeout=10)
        relay.heal()
        for endpoint in ENDPOINTS:
            collectd.wait_verdict("main", endpoint, "ok", timeout=10)

    def test_flapping_relay_costs_few_completions(self):
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, "RetryInterval 0.1",
            "<Models>\n  Interval 0.2\n</Models>",
            '<Chat "gpt-4o-mini">\n  Interval 3600\n</Chat>',
            key_file=self.key_file())), interval=0.5)
        for _ in range(15):
            collectd.wait_verdict("main", "models", "ok")
            relay.fault("server_error", endpoint="models")
            collectd.wait_verdict("main", "models", "server_error")
            relay.heal()
        chats = relay.journal(endpoint="chat/completions")
        self.assertGreater(len(chats), 1)
        self.assertLessEqual(len(chats), 11)
