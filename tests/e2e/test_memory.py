"""Memory use is bounded, whatever a relay sends."""

from harness import (STREAM, TestCase, build, plugin_block, preload_library,
                     private_folder, relay_block)

EACH = 64  # KiB per probe in flight, besides
CURL = 24  # libcurl's own buffers: 16 KiB to receive, and lines and headers


class MemoryTestCase(TestCase):
    """All probes meet the fault at once. libcurl's memory for that many
    requests in flight has been allocated before."""

    probes = 60
    endpoints = ("models", "billing", "chat/completions")
    lines = ()
    timeout = 60  # s: a slow machine must read any finite response

    def setUp(self):
        if build.slack() != 1:
            self.skipTest("a checker has its own memory")
        self.relay = self.start_relay(delay=300)
        self.relays = self.probes // len(self.endpoints)
        self.collectd = self.start_collectd(plugin_block(*[relay_block(
            f"{number}", self.relay.url, "Interval 1", "RetryInterval 1",
            f"Timeout {1000 * self.timeout}", *self.lines,
            key_file=self.key_file(f"sk-test-{number}"))
            for number in range(self.relays)]), interval=1)
        self.wait_all("ok")
        self.relay.fault("invalid_key")
        self.wait_all("key_rejected")

    def wait_all(self, *causes):
        def look():
            page = self.collectd.scrape()
            return {(n, e): page.verdict(f"{n}", e) for n in range(self.relays)
                    for e in self.endpoints}
        self.collectd.wait_for(
            look, 40 + self.timeout, f"every verdict to be {causes}",
            lambda seen: {v and v[0] for v in seen.values()} <= set(causes))

    def peak_growth(self, fault, *causes):
        """The growth of collectd's peak memory, in KiB, after every probe has
        met the fault at least twice."""
        before = self.collectd.status("VmHWM")
        self.relay.fault(fault, ms=1)
        self.wait_all(*causes)
        self.collectd.wait_scrape(
            lambda s: min(x.value for x in
                          s.all("holysheep_consecutive_failures")) >= 2,
            40 + self.timeout, "every probe to have failed again")
        return self.collectd.status("VmHWM") - before

    def check(self, fault, *causes):
        growth = self.peak_growth(fault, *causes)
        self.assertLess(growth, self.probes * (EACH + CURL),
                        f"KiB, by {fault}")
        self.relay.heal()
        self.wait_all("ok")


class Hostile(MemoryTestCase):
    def test_gzip_bomb(self):
        self.check("gzip_bomb", "malformed")

    def test_transfer_gzip_bomb(self):
        self.check("transfer_gzip_bomb", "malformed", "too_large")

    def test_header_flood(self):
        self.check("header_flood", "too_large")

    def test_long_header(self):
        self.check("long_header", "too_large")

    def test_thousand_levels_of_nesting(self):
        self.check("deep", "malformed")

    def test_long_string(self):
        self.check("big_token", "too_large")

    def test_long_number(self):
        self.check("big_number", "too_large")

    def test_long_member_name(self):
        self.check("long_key", "too_large")


class Endless(MemoryTestCase):
    alone = True  # half a GB per round
    timeout = 5

    def test_endless_body(self):
        self.check("endless_body", "too_large", "timeout")

    def test_endless_whitespace(self):
        self.check("endless_space", "too_large", "timeout")

    def test_endless_100_continue(self):
        self.check("endless_100", "too_large", "timeout")


class HostileStreams(MemoryTestCase):
    alone = True
    probes = 20  # each reads 8 MiB until it is too large
    endpoints = ("chat/completions",)
    lines = (STREAM,)

    def test_endless_line(self):
        self.check("stream_endless_line", "too_large")

    def test_endless_event(self):
        self.check("stream_endless_event", "too_large")

    def test_endless_comment(self):
        self.check("stream_long_comment", "too_large")


class EndlessStreams(MemoryTestCase):
    endpoints = ("chat/completions",)
    lines = (STREAM,)
    timeout = 5

    def test_endless_tokens(self):
        self.check("stream_endless", "stream_stalled", "timeout", "too_large")

    def test_stalled_stream(self):
        self.check("stream_stall", "stream_stalled")

    def test_endless_comments(self):
        self.check("stream_pings", "stream_stalled")


class AllocationFailures(TestCase):
    """Lack of memory on this host is not blamed on the relay or the
    network."""

    def setUp(self):
        if build.slack() != 1:
            self.skipTest("a checker has its own memory")

    def test_every_nth_allocation_fails(self):
        relay = self.start_relay()
        flag = private_folder() / "deny"
        block = plugin_block(relay_block(
            "main", relay.tls_url, f'CACert "{relay.ca}"', "Interval 0.1",
            "RetryInterval 0.1", '<Models>\nPath "/models"\n</Models>',
            key_file=self.key_file()))
        library = preload_library("memory")
        all_of_them = [self.start_collectd(block, preload=[library], env={
            "HOLYSHEEP_DENY_TO": "holysheep", "HOLYSHEEP_DENY_EVERY": every,
            "HOLYSHEEP_DENY_WHILE": str(flag)})
            for every in ("1", "2", "17", "101", "499")]
        for collectd in all_of_them:
            collectd.wait_verdict("main", "models", "ok")
        flag.touch()
        for collectd in all_of_them:
            collectd.wait_scrape(
                lambda s: s.value("holysheep_errors_total",
                                  error_type="LocalError") >= 20,
                40, "probes to fail")
        flag.unlink()
        for collectd in all_of_them:
            page = collectd.wait_verdict("main", "models", "ok")
            self.assertEqual({s.labels["error_type"]
                              for s in page.all("holysheep_errors_total")
                              if s.value > 0}, {"LocalError"})
