"""Name resolution: when names are looked up, and how long it takes."""

from harness import (STREAM, TestCase, network_library, plugin_block,
                     private_folder, relay_block)

MODELS = '<Models>\n  Path "/models"\n</Models>'
OFTEN = ("Interval 0.5", "RetryInterval 0.5", "AllowPlainHTTP true")
SLOW = 0.3  # seconds, as in preload_network.c


class NameResolution(TestCase):
    def setUp(self):
        self.relay = self.start_relay()
        self.written = private_folder() / "look-ups"

    def start(self, name, *lines):
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", f"http://{name}:{self.relay.port}/v1", *OFTEN, *lines,
            key_file=self.key_file())), preload=[network_library()],
            env={"HOLYSHEEP_LOOK_UPS": str(self.written)})
        collectd.wait_scrape(lambda s: self.requests(s) >= 4, 30,
                             "four answers")
        return collectd.scrape()

    def requests(self, page):
        return sum(s.value for s in page.all("holysheep_requests_total",
                                             status="200"))

    def look_ups(self):
        """Look-ups of the relay's name; the metrics page causes one as
        well."""
        return self.written.read_text().splitlines().count("slow.test")

    def test_each_request_looks_up_its_name(self):
        page = self.start("slow.test", MODELS)
        self.assertGreaterEqual(self.look_ups(), self.requests(page))

    def test_reused_connection_needs_no_lookup(self):
        self.start("slow.test", "KeepAlive true", MODELS)
        self.assertEqual(self.look_ups(), 1)
        self.assertEqual(self.relay.connections()["accepted"], 1)

    def test_results_are_cached_for_a_minute(self):
        """The result of the previous look-up is reused."""
        self.relay.header("Connection", "close")
        self.start("slow.test", "KeepAlive true", MODELS)
        self.assertEqual(self.look_ups(), 1)
        self.assertGreaterEqual(self.relay.connections()["accepted"], 4)

    def test_address_needs_no_lookup(self):
        page = self.start("127.0.0.1", MODELS)
        self.assertIsNone(page.get("holysheep_request_phase_seconds",
                                   phase="dns"))

    def test_only_the_proxys_name_is_looked_up(self):
        self.start("nobody.test", MODELS,
                   f'Proxy "http://slow.test:{self.relay.port}"')
        self.assertGreater(self.look_ups(), 0)
        self.assertNotIn("nobody.test", self.written.read_text())

    def test_lookup_time_is_part_of_the_duration(self):
        page = self.start("slow.test", STREAM)
        for family, labels in (
                ("holysheep_request_phase_seconds", {"phase": "dns"}),
                ("holysheep_request_duration_seconds", {}),
                ("holysheep_time_to_first_token_seconds_sum", {})):
            with self.subTest(family):
                self.assertGreaterEqual(page.value(family, **labels), SLOW)

    def test_hanging_lookup_delays_no_other(self):
        collectd = self.start_collectd(plugin_block(*[
            relay_block(name, f"http://{name}.test:{self.relay.port}/v1",
                        *OFTEN, "Timeout 600000", MODELS,
                        key_file=self.key_file())
            for name in ("hang", "slow")]), preload=[network_library()])
        page = collectd.wait_scrape(lambda s: self.requests(s) >= 4, 30,
                                    "four answers")
        self.assertEqual(page.value("holysheep_probes_in_flight",
                                    relay="hang"), 1)

    def test_lookups_by_address_family(self):
        """Each relay gets the addresses of its AddressFamily, although all
        share one name."""
        url = f"http://dual.test:{self.relay.port}/v1"
        collectd = self.start_collectd(plugin_block(*[
            relay_block(family, url, *OFTEN, f'AddressFamily "{family}"',
                        MODELS, key_file=self.key_file())
            for family in ("any", "ipv4", "ipv6")]),
            preload=[network_library()])
        for family, cause in (("any", "ok"), ("ipv4", "ok"),
                              ("ipv6", "connection")):
            collectd.wait_verdict(family, "models", cause)
