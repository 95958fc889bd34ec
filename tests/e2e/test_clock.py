"""The host's wall clock is stepped while collectd runs."""

from harness import (TestCase, plugin_block, preload_library, private_folder,
                     relay_block)

HOUR = 3600
MODELS = '<Models>\n  Path "/models"\n</Models>'
FAST = ("Interval 0.5", "RetryInterval 0.5")


class ClockStep(TestCase):
    idle = True  # an incident ends after a minute

    def start(self):
        self.step = private_folder() / "step"
        self.step.write_text("0")
        self.relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", self.relay.url, *FAST, MODELS, key_file=self.key_file())),
            preload=[preload_library("clock")],
            env={"CLOCK_STEP": str(self.step)})
        collectd.wait_verdict("main", "models", "ok")
        return collectd

    def set_clock(self, seconds):
        """Replaces the file atomically, because it is read all the time."""
        fresh = self.step.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.rename(self.step)

    def test_outage_duration_across_a_clock_step(self):
        collectd = self.start()
        self.relay.fault("server_error")
        collectd.wait_log("plugin: .* models: server_error")
        self.set_clock(HOUR)
        self.relay.heal()
        line, = collectd.wait_log("plugin: .* ok again", 90)
        self.assertRegex(line, r"after [1-9]\d* s of failures .*: models$")

    def test_collectd_stalls_when_the_clock_is_set_back(self):
        """All of collectd stalls and its series expire, as documented;
        HolySheepProbesSilent detects that."""
        collectd = self.start()
        self.set_clock(-HOUR)
        collectd.wait_scrape(lambda s: not s.samples, 20, "an empty page")
        self.stop_clean(collectd)
