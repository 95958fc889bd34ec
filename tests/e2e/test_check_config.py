"""holysheep-check --config: its summary of a configuration, and one round of
probes. test_config checks that its error messages equal the plugin's,
test_config_language that it parses files like collectd."""

from check import run_check
from harness import TestCase, plugin_block, private_folder, relay_block
from test_billing_and_cost import EACH, PRICES

MODELS = '<Models>\n  Path "/models"\n</Models>'
LOAD = "LoadPlugin holysheep\n"
WARNING = "holysheep-check: warning: "
PASSED_OVER = "collectd ignores this <Plugin holysheep>: LoadPlugin " \
              "holysheep "


class ConfigTestCase(TestCase):
    def setUp(self):
        self.folder = private_folder()
        self.conf = self.folder / "collectd.conf"

    def run_config(self, text, *arguments, key=None):
        self.conf.write_text(text)
        seen = run_check("--config", self.conf, *arguments, key=key)
        self.assertEqual(seen.report, "")
        for line in seen.out.splitlines():
            self.assertLessEqual(len(line), 80)
        return seen._replace(out=" ".join(seen.out.split()))

    def block(self, *lines, name="main", url="https://relay.test/v1"):
        return plugin_block(relay_block(name, url, *lines,
                                        key_file=self.key_file()))


class Reading(ConfigTestCase):
    def check_good(self, text, warnings=(), **options):
        seen = self.run_config(text, **options)
        self.assertEqual(seen.err, "".join(
            f"{WARNING}{warning}\n" for warning in warnings))
        self.assertEqual(seen.code, 0)
        return seen.out

    def check_mistake(self, text, said):
        seen = self.run_config(text)
        self.assertEqual((seen.code, seen.out, seen.err),
                         (2, "", f"holysheep-check: {said}\n"))

    def test_summary_of_the_configuration(self):
        out = self.check_good(LOAD + self.block(MODELS))
        self.assertIn('Relay "main": https://relay.test/v1; models every 10 s',
                      out)
        self.assertTrue(out.endswith("The configuration is valid: relays: 1, "
                                     "probes: 1."))

    def test_intervals(self):
        block = self.block(MODELS)
        load = "<LoadPlugin holysheep>\n  Interval 15\n</LoadPlugin>\n"
        for text, seconds in (
                ("Interval 20\n" + LOAD, 20), (LOAD + "Interval 20\n", 10),
                ("Interval 20\n" + load, 15), ('Interval "20"\n' + LOAD, 20),
                (load + LOAD, 15), (LOAD + load, 10), ("Interval 0\n" + LOAD, 10),
                ("Interval 20\nAutoLoadPlugin true\n", 20),
                ("<LoadPlugin HolySheep>\n  interval 15\n</LoadPlugin>\n", 15)):
            with self.subTest(text):
                self.assertIn(f"models every {seconds} s",
                              self.check_good(text + block))

    def test_several_blocks_and_files(self):
        for name in "ab":
            (self.folder / f"{name}.conf").write_text(
                self.block(MODELS, name=name))
        include = (f'<Include "{self.folder}">\n  Filter "[ab].conf"\n'
                   "</Include>\n")
        out = self.check_good(LOAD + self.block(MODELS) + include)
        self.assertIn("relays: 3, probes: 3.", out)
        (self.folder / "c.conf").write_text(
            self.block("Timeout 30", name="c"))
        self.check_mistake(
            f'{LOAD}Include "{self.folder}/*.conf"\n'.replace("*", "[a-c]"),
            f'{self.folder}/c.conf:5: Relay "c": Timeout 30: is in milliseconds, '
            "did you mean 30000?")

    def test_empty_blocks_are_reported(self):
        block = self.block(MODELS)
        out = self.check_good(block, [f"{self.conf}:1: {PASSED_OVER}is "
                                      "missing before it"])
        self.assertIn("relays: 1, ", out)
        lines = block.count("\n")
        # The second block may have the same name, because collectd does not
        # see the first.
        out = self.check_good(block + LOAD + block, [
            f"{self.conf}:1: {PASSED_OVER}must come before it, not at "
            f"{self.conf}:{lines + 1}"])
        self.assertIn("relays: 1, ", out)
        bad = self.run_config(self.block("Timeout 30") + LOAD)
        self.assertEqual(bad.code, 2)
        self.assertIn("did you mean 30000?", bad.err)

    def test_collectd_ignores_empty_blocks(self):
        """collectd indeed starts and probes nothing."""
        collectd = self.make_collectd()
        text = collectd.conf.read_text()
        cut = text.index("<LoadPlugin holysheep>")
        collectd.conf.write_text(text[:cut] + self.block(MODELS) + text[cut:])
        collectd.start()
        collectd.wait_log("no <Relay> is configured, so nothing is probed")
        self.stop_clean(collectd)

    def test_unset_environment_variable(self):
        text = LOAD + plugin_block(
            '<Relay "main">\n  APIKeyEnv "OTHER_KEY"\n</Relay>\n')
        said = (f'{self.conf}:3: Relay "main": no API key: set APIKeyFile '
                '"/path", or the variable OTHER_KEY in collectd\'s '
                "environment")
        self.check_good(text, [said])
        seen = self.run_config(text, "--probe")
        self.assertEqual((seen.code, seen.err),
                         (2, f"holysheep-check: {said}\n"))

    def test_configuration_without_the_plugin(self):
        self.check_mistake("Interval 10\n", f"{self.conf}: neither this "
                           "file nor the files it includes contain LoadPlugin "
                           "holysheep or <Plugin holysheep>")
        self.check_mistake("", f"{self.conf}: is empty")
        self.check_good(LOAD, ["no <Relay> is configured, so nothing is "
                               "probed"])

    def test_errors_of_collectds_own_configuration(self):
        for text, line, said in (
                ("LoadPlugin holysheep 5\n", 1,
                 "LoadPlugin: takes one value"),
                ("<LoadPlugin holysheep>\n  Interval -1\n</LoadPlugin>\n", 2,
                 "LoadPlugin: Interval: must be a number of seconds without "
                 "quotes"),
                ("Interval 10 20\n" + LOAD, 1,
                 "Interval: takes one value"),
                (LOAD + "A /b\n", 2,
                 "a value that contains / must be in quotes")):
            with self.subTest(text):
                self.check_mistake(text, f"{self.conf}:{line}: {said}")

    def test_interval_that_is_too_short(self):
        seen = self.run_config("Interval 0.05\n" + LOAD + self.block(MODELS))
        self.assertEqual((seen.code, seen.err), (
            2, f"holysheep-check: {self.conf}:3: LoadPlugin: Interval 0.05: "
            "must be at least 0.1\n"))

    def test_usage(self):
        for arguments in (("--probe",), ("--config", "x", "--json"),
                          ("--config", "x", "--discover"),
                          ("--config", "x", "--model", "m"), ("--config",)):
            with self.subTest(arguments):
                seen = run_check(*arguments)
                self.assertEqual((seen.code, seen.out), (2, ""))
                self.assertIn("--config", seen.err)


class Probing(ConfigTestCase):
    def setUp(self):
        super().setUp()
        self.relay = self.start_relay()

    def probe(self, *lines, head=LOAD):
        return self.run_config(
            head + self.block(*lines, url=self.relay.url), "--probe")

    def test_one_round_of_probes(self):
        seen = self.probe("Interval 60")
        self.assertEqual((seen.code, seen.err), (0, ""))
        for verdict in ("models: ok, HTTP 200, 4 models",
                        "billing: ok, HTTP 200, 12.34 USD left",
                        "chat/completions gpt-4o-mini: ok, HTTP 200"):
            self.assertIn(f'PASS Relay "main": {verdict}', seen.out)
        self.assertTrue(seen.out.endswith("Probes made: 3, failed: 0."))
        self.assertEqual(len(self.relay.journal()), 3)

    def test_traces_of_another_vendor(self):
        self.relay.header("x-groq-region", "fra")
        seen = self.probe("Interval 60")
        self.assertEqual(seen.code, 0)
        self.assertRegex(seen.out, r"transfer [\d.]+ traces of another vendor: "
                         "groq ")
        self.assertEqual(seen.out.count("traces"), 1)

    def test_failing_probe(self):
        self.relay.fault("key_expired", endpoint="models")
        seen = self.probe(MODELS, '<Chat "gpt-4o">\n  MaxTokens 5\n</Chat>')
        self.assertEqual((seen.code, seen.err), (1, ""))
        self.assertIn('FAIL Relay "main": models: key_expired (fault '
                      "account), HTTP 401", seen.out)
        self.assertIn('PASS Relay "main": chat/completions gpt-4o: ok',
                      seen.out)
        self.assertIn("failed: 1.", seen.out)

    def test_balance_that_is_searched_for(self):
        """All places are asked in the one round, and the find is printed."""
        auto = '<Billing "auto">\n  Interval 60\n</Billing>'
        self.relay.fault("no_page", path="/v1/billing")
        seen = self.probe(auto)
        self.assertEqual((seen.code, seen.err), (0, ""))
        self.assertIn('PASS Relay "main": billing: ok, HTTP 200, 12.34 USD '
                      "left, balance as new-api, GET "
                      "/dashboard/billing/subscription", seen.out)
        self.assertTrue(seen.out.endswith("Probes made: 1, failed: 0."))
        self.assertEqual(len(self.relay.journal()), 3)
        self.relay.fault("no_page")
        seen = self.probe(auto)
        self.assertEqual((seen.code, seen.err), (1, ""))
        self.assertIn('FAIL Relay "main": billing: balance_unknown', seen.out)
        self.assertIn("None of the places where relays report a balance has "
                      "one", seen.out)
        self.assertEqual(len(self.relay.journal()), 3 + 7)

    def with_cost_limit(self, cost):
        return f'<Chat "gpt-4o-mini">\n  {PRICES}\n  MaxCostPerDay ' \
               f'{cost:.6f}\n</Chat>'

    def test_state_file_is_not_written(self):
        seen = self.probe(self.with_cost_limit(EACH * 2),
                          head=f'BaseDir "{self.folder}"\n{LOAD}')
        self.assertEqual(seen.code, 0)
        self.assertIn("PASS", seen.out)
        self.assertFalse((self.folder / "holysheep.state").exists())

    def test_daily_cost_limit(self):
        """What collectd has already spent counts, and its record is not
        changed."""
        lines = (self.with_cost_limit(EACH * 1.5), "Interval 0.5",
                 "Timeout 400")
        collectd = self.start_collectd(
            self.block(*lines, url=self.relay.url), interval=0.5)
        collectd.wait_log("MaxCostPerDay is reached")
        self.stop_clean(collectd)
        state = collectd.conf.parent / "holysheep.state"
        before = state.read_bytes()
        sent = len(self.relay.journal())
        seen = self.probe(*lines,
                          head=f'BaseDir "{state.parent}"\n{LOAD}')
        self.assertEqual((seen.code, seen.err), (0, ""))
        self.assertIn('HELD Relay "main": chat/completions '
                      "gpt-4o-mini: suppressed: MaxCostPerDay", seen.out)
        self.assertEqual(state.read_bytes(), before)
        self.assertEqual(len(self.relay.journal()), sent)
