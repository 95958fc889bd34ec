"""An incident is logged once, with everything needed to act on it; a single
failure when it is over."""

from harness import TestCase, plugin_block, relay_block

MODELS = '<Models>\n  Path "/models"\n</Models>'
FAST = ("Interval 0.5", "RetryInterval 0.5", "Timeout 30000")
# Excludes lines about the configuration, logged at start.
WARNING = r"\[warning\] holysheep plugin: (?!.* is not shorter than )"
NOTICE = r"\[notice\] holysheep plugin: "


class Incidents(TestCase):
    idle = True  # an incident ends after a minute

    def setUp(self):
        self.relay = self.start_relay()
        self.collectd = self.start_collectd(plugin_block(relay_block(
            "main", self.relay.url, *FAST, MODELS,
            key_file=self.key_file())), interval=0.5)
        self.collectd.wait_verdict("main", "models", "ok")

    def fail(self, fault, cause):
        """Makes the probe fail until that is logged."""
        self.relay.fault(fault)
        self.collectd.wait_verdict("main", "models", cause)
        self.collectd.wait_log(WARNING + ".*" + cause, 60)

    def recover(self):
        self.relay.heal()
        self.collectd.wait_verdict("main", "models", "ok")

    def test_failure_and_recovery_are_logged_once(self):
        self.fail("model_not_found", "model_not_found")
        self.recover()
        self.collectd.wait_log(NOTICE, 90)
        self.collectd.wait_scrape(
            lambda s: s.value("holysheep_requests_total", status="200") >= 4,
            20, "more good answers")
        warnings = self.collectd.log_lines(WARNING)
        self.assertEqual(len(warnings), 1, warnings)
        failed = [e for e in self.relay.journal() if e["status"] == 404]
        for part in ("main", "models", "model_not_found", "404",
                     "The model `gpt-4o-mini` does not exist"):
            self.assertIn(part, warnings[0])
        self.assertRegex(warnings[0], r"req[-_\w]+")
        self.assertGreaterEqual(len(failed), 3)

        notices = self.collectd.log_lines(NOTICE)
        self.assertEqual(len(notices), 1, notices)
        for part in ("main", "models"):
            self.assertIn(part, notices[0])
        self.assertRegex(notices[0], r"\d+(\.\d+)? ?s")

    def test_single_failure_is_logged_when_it_is_over(self):
        """And is no incident."""
        self.relay.fault("server_error")
        self.collectd.wait_verdict("main", "models", "server_error")
        self.recover()
        self.collectd.wait_scrape(
            lambda s: s.value("holysheep_requests_total", status="200") >= 20,
            30, "more good answers")
        line, = self.collectd.log_lines(
            r"\[info\] holysheep plugin: .*ok again after")
        self.assertRegex(line, r'Relay "main": models: ok again after \d+ '
                         r"failures? in \d+ s: server_error \(fault relay\), "
                         r"HTTP 500, .*req[-_\w]+$")
        self.assertEqual(self.collectd.log_lines(WARNING), [])
        self.assertEqual(self.collectd.log_lines(NOTICE), [])

    def test_new_problem_is_logged(self):
        self.fail("server_error", "server_error")
        self.fail("invalid_key", "key_rejected")
        self.recover()
        self.collectd.wait_log(NOTICE, 90)
        warnings = self.collectd.log_lines(WARNING)
        self.assertEqual(len(warnings), 2, warnings)
        self.assertIn('"main": error: models: server_error', warnings[0])
        self.assertIn('"main": now key: models: key_rejected', warnings[1])
        self.assertEqual(len(self.collectd.log_lines(NOTICE)), 1)

    def test_relay_text_is_logged_as_one_printable_line(self):
        self.fail("control_chars", "key_rejected")
        said = self.collectd.log_lines(WARNING)
        self.assertEqual(len(said), 1, said)
        text = self.collectd.log.read_bytes().decode("utf-8", "strict")
        for character in "\r\x1b\x07\x00\u202e\u2066\u200f":
            self.assertNotIn(character, text)
        begun = [line for line in text.splitlines()
                 if line and not line.startswith("[")]
        self.assertEqual(begun, [])

    def test_chinese_text_is_kept(self):
        self.fail("no_channel", "model_not_found")
        self.assertIn("无可用渠道", self.collectd.log_lines(WARNING)[0])


class Start(TestCase):
    def test_one_line_per_relay(self):
        relay = self.start_relay()
        file = self.key_file()
        collectd = self.start_collectd(plugin_block(
            relay_block("main", relay.url, key_file=file),
            relay_block("other", relay.url, "Interval 30", MODELS,
                        'APIKey "sk-test-other"')), interval=10)
        lines = collectd.wait_for(
            lambda: collectd.log_lines(r"\[info\] holysheep plugin: Relay"),
            15, "two lines", lambda seen: len(seen) == 2)
        for part in ("main", relay.url, "models", "billing",
                     "chat/completions", "gpt-4o-mini", "10", "60",
                     str(file)):
            self.assertIn(part, lines[0])
        # about 24 tokens, 1,440 times a day
        self.assertRegex(lines[0], r"tokens per day")
        for part in ("other", "30", "APIKey"):
            self.assertIn(part, lines[1])
        self.assertNotIn("sk-test-other", lines[1])
        self.assertNotIn("tokens", lines[1])
