"""Another plugin sets a locale with a decimal comma for the whole process."""

import re
import shutil
import subprocess

from harness import (TestCase, build, plugin_block, preload_library,
                     private_folder, relay_block)

LOCALE = "de_DE.UTF-8"
PRICES = "PromptPrice 0.15\nCompletionPrice 0.6\nMaxCostPerDay 0.5"


def make_locale(test):
    """Compiles a locale and returns its folder; Debian's may not be
    installed."""
    folder = private_folder()
    localedef = shutil.which("localedef")
    if localedef is None or subprocess.run(
            [localedef, "--no-archive", "-i", "de_DE", "-f", "UTF-8",
             folder / LOCALE], capture_output=True, check=False).returncode:
        test.skipTest("a locale cannot be made here")
    return folder


class DecimalComma(TestCase):
    def test_numbers_use_decimal_points(self):
        if build.MODE == "valgrind":
            self.skipTest("p11-kit loses the locale that it makes then")
        locales = make_locale(self)
        relay = self.start_relay(balance=12.99)
        collectd = self.make_collectd(
            plugin_block(relay_block(
                "main", relay.url, f'<Chat "gpt-4o-mini">\n{PRICES}\n</Chat>',
                "<Billing>\n  Scale 0.5\n</Billing>",
                "<Models>\n  Interval 0.5\n</Models>",
                key_file=self.key_file())),
            preload=[preload_library("locale")],
            env={"LOCPATH": str(locales), "LC_ALL": LOCALE})
        collectd.start(ready=False)
        self.addCleanup(self.stop_clean, collectd)
        page = self.wait_page(collectd, "_budget_remaining")
        # this value is printed by collectd itself, with a comma
        self.assertRegex(self.lines(page, "_budget_remaining"), r" 6,49\d* ")
        buckets = self.lines(page, "latency_seconds_bucket")
        self.assertIn("le=0.05", buckets)
        self.assertNotIn("le=0,05", buckets)
        relay.fault("invalid_key")
        collectd.wait_log("models: key_rejected")
        relay.heal()
        line, = collectd.wait_log("ok again after .* models", 90)

    def wait_page(self, collectd, name):
        """The page as text, because collectd's own values have commas."""
        return collectd.wait_for(collectd.page, 15, name,
                                 lambda page: self.lines(page, name))

    @staticmethod
    def lines(page, name):
        return "\n".join(re.findall(
            rf"(?m)^collectd_holysheep_\S*{name}.*$", page))
