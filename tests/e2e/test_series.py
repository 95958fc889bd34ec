"""The number of series, and how fast new ones are published."""

import collections
import http.server
import itertools
import re
import threading
import time

from harness import (TestCase, free_port, plugin_block, private_folder,
                     relay_block, timing, wait_for)

ENDPOINTS = ("models", "billing", "chat/completions")
MODELS = '<Models>\n  Path "/models"\n</Models>'
BUDGET = 180  # for a healthy relay with the default probes
SERIES = 150  # approximately what it has


class SeriesCount(TestCase):
    def test_healthy_relay_with_default_probes(self):
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.tls_url, f'CACert "{relay.ca}"',
            'KeyExpires "2035-01-31"', key_file=self.key_file())))
        for endpoint in ENDPOINTS:
            collectd.wait_verdict("main", endpoint, "ok")
        page = collectd.wait_scrape(
            lambda s: s.all("holysheep_tls_cert_expiry_timestamp_seconds")
            and s.all("holysheep_budget_remaining"), 15, "every series")
        series = page.series("main")
        self.assertLessEqual(len(series), BUDGET)
        self.assertEqual(len(series), len(page.samples), "a series twice")
        self.assertEqual(collectd.scrape().series("main"), series)

    def test_relay_cannot_create_more_than_causes_and_statuses(self):
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, "Interval 0.5", "RetryInterval 0.5", MODELS,
            key_file=self.key_file())), interval=0.5)
        collectd.wait_verdict("main", "models", "ok")
        before = collectd.wait_scrape(
            lambda s: s.all("holysheep_models") and s.all(
                "holysheep_request_phase_seconds", phase="transfer"), 5,
            "what comes with the first answer").series()
        for fault, cause in (("invalid_key", "key_rejected"),
                             ("teapot", "client_error"),
                             ("status_422", "client_error"),
                             ("cloudflare_520", "upstream"),
                             ("status_999", "malformed"),
                             ("redirect", "redirected")):
            relay.fault(fault)
            after = collectd.wait_verdict("main", "models", cause).series()
            relay.heal()
            collectd.wait_verdict("main", "models", "ok")
        names = [identity[0] for identity in after - before]
        self.assertEqual(set(names),
                         {"holysheep_verdict", "holysheep_requests_total"})
        self.assertEqual(names.count("holysheep_verdict"), 6)
        self.assertEqual(names.count("holysheep_requests_total"), 5)
        self.assertLessEqual(before, after)


class GradualPublishing(TestCase):
    """write_prometheus needs longer for a new series the more there are, so
    many relays are published one after the other."""

    alone = True
    RELAYS, WHOLE, RATE = 50, 20, 500

    def test_relays_are_published_gradually(self):
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(*[relay_block(
            f"{number}", relay.url, key_file=self.key_file())
            for number in range(self.RELAYS)]), interval=10)
        seen, looks = set(), []

        def look():
            begin = time.monotonic()
            series = collectd.scrape().series()
            self.assertEqual(seen - series, set(), "a series went away")
            seen.update(series)
            looks.append((begin, time.monotonic(), len(series)))
            return len(series)

        collectd.wait_for(look, 60, "every relay's series",
                          lambda count: count > self.RELAYS * 140)
        self.assertGreater(len(relay.journal()), self.RELAYS * 2)
        if timing():
            self.check_rate(looks, SERIES)

    def check_rate(self, looks, each):
        """After the first relays, the number of new series per second is
        limited."""
        begun = [look for look in looks if look[2] > self.WHOLE * each]
        for begin, _, before in begun:
            for _, end, after in begun:
                if 1 <= end - begin:
                    self.assertLessEqual(
                        after - before,
                        self.RATE * (end - begin + 1) + 2 * each)


# Another plugin's value every second, in the same queue.
_WRITE_HTTP = """\
<LoadPlugin load>
  Interval 1
</LoadPlugin>
LoadPlugin write_http
<Plugin write_http>
  <Node "writer">
    URL "{url}"
    BufferSize 1024
  </Node>
</Plugin>
"""


APART = 0.99  # s; nominally 1 between two updates of a relay


class WriteOrder(TestCase):
    """collectd's writer threads run in parallel: two updates of a relay in
    quick succession could change places, and its counters would decrease."""

    alone = True
    RELAYS = 5
    STATES = 6

    def start(self, folder):
        dead = f"http://127.0.0.1:{free_port()}/v1"
        collectd = self.start_collectd(plugin_block(*[relay_block(
            f"{number}", dead, "Interval 0.2", "RetryInterval 0.1",
            key_file=self.key_file()) for number in range(self.RELAYS)])
            + f'<Plugin csv>\n  DataDir "{folder}"\n</Plugin>\n',
            interval=0.2, plugins=("csv",))
        for number in range(self.RELAYS):
            collectd.wait_verdict(f"{number}", "models", "connection")
        return collectd

    def test_no_two_updates_of_a_relay_within_a_second(self):
        """However fast verdicts change and however short the plugin's interval
        is; no value expires because of it. Compares timestamps of values,
        because it is up to the machine when a writer gets to them."""
        folder = private_folder()
        collectd = self.start(folder)
        series = collectd.scrape().series()

        def look():
            self.assertEqual(series - collectd.scrape().series(), set())
            return self.times(folder)

        relays = collectd.wait_for(
            look, 30, f"{self.STATES} states of each relay",
            lambda seen: len(seen) == self.RELAYS
            and min(map(len, seen)) >= self.STATES)
        for times in map(sorted, relays):
            self.assertGreater(
                min(later - sooner for sooner, later in zip(times, times[1:])),
                APART, times)

    @staticmethod
    def times(folder):
        """The timestamps of each relay's updates, as the csv plugin recorded
        them."""
        relays = collections.defaultdict(list)
        for path in folder.glob("*/*/holysheep_probes_in_flight-*"):
            relays[path.parent] += [
                float(line.partition(",")[0])
                for line in path.read_text().splitlines()[1:]]
        return list(relays.values())


class Writer(http.server.ThreadingHTTPServer):
    """Receives values from write_http, taking that many seconds per value."""

    daemon_threads = True

    def __init__(self, seconds=0):
        super().__init__(("127.0.0.1", 0), WriterHandler)
        self.seconds = seconds
        self.values = []  # plugin and interval, in order of arrival
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/"

    @property
    def plugins(self):
        return [plugin for plugin, _ in self.values]


class WriterHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        size = int(self.headers["Content-Length"])
        text = self.rfile.read(size).decode()
        values = re.findall(
            r"(?m)^PUTVAL \S+?/([^/-]+)\S* interval=(\S+)", text)
        time.sleep(self.server.seconds * len(values))
        self.server.values += values
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class WriterTestCase(TestCase):
    def start_writer(self, seconds=0):
        writer = Writer(seconds)
        self.addCleanup(writer.server_close)
        self.addCleanup(writer.shutdown)
        return writer


class ValueInterval(WriterTestCase):
    """The interval of a value determines how long it is considered fresh: it
    is the plugin's own interval, neither collectd's nor the tick."""

    def test_interval_of_each_value(self):
        writer = self.start_writer()
        relay = self.start_relay()
        self.start_collectd(plugin_block(relay_block(
            "main", relay.url, "Interval 3", key_file=self.key_file())),
            interval=7, load="Interval 2",
            globals_=_WRITE_HTTP.format(url=writer.url))
        wait_for(lambda: writer.plugins.count("holysheep"), 30,
                 "two states of the relay",
                 lambda count: count > 2 * (SERIES - 20))
        self.assertEqual({interval for plugin, interval in writer.values
                          if plugin == "holysheep"}, {"2.000"})


class SlowWriter(WriterTestCase):
    """Relays are published no faster than the writer accepts them."""

    alone = True
    RELAYS = 20

    def test_other_plugins_do_not_wait_for_new_series(self):
        writer = self.start_writer(0.005)
        relay = self.start_relay()
        self.start_collectd(plugin_block(*[relay_block(
            f"{number}", relay.url, key_file=self.key_file())
            for number in range(self.RELAYS)]), interval=60,
            globals_=_WRITE_HTTP.format(url=writer.url))
        self.wait_all(writer)
        runs = [len(list(run)) for ours, run in itertools.groupby(
            writer.plugins, lambda plugin: plugin == "holysheep") if ours]
        self.assertLess(max(runs), 8 * SERIES, runs)

    def wait_all(self, writer):
        wait_for(lambda: writer.plugins.count("holysheep"), 60,
                 "every relay's values",
                 lambda count: count > self.RELAYS * (SERIES - 20))
