"""The cost of probes, and the balance for each billing preset."""

import time

from harness import (TestCase, build, plugin_block, preload_library,
                     private_folder, relay_block, timing)
from test_causes import CHAT, LONG

FAST = ("Interval 0.5", "RetryInterval 0.5", "Timeout 30000")
MODELS = '<Models>\n  Path "/models"\n</Models>'
DAY = 86400
PRICES = "PromptPrice 150\n  CompletionPrice 600"
COST = "holysheep_cost_usd_total"
EACH = (8 * 150 + 10 * 600) / 1e6  # dollars per completion


def chat(*lines):
    return '<Chat "gpt-4o-mini">\n  {}\n</Chat>'.format("\n  ".join(lines))


class Cost(TestCase):
    def setUp(self):
        left = DAY - time.time() % DAY
        if left < 60:  # the day would end during the test
            time.sleep(left + 1)

    def start(self, *lines, relay=None, **options):
        self.relay = relay or self.start_relay()
        return self.start_collectd(plugin_block(relay_block(
            "main", self.relay.url, *FAST, chat(PRICES, *lines),
            key_file=self.key_file())), interval=0.5, **options)

    def wait_cost(self, collectd, count, each):
        """Waits until at least `count` completions have cost `each`."""
        def cost(page):
            sent = page.value("holysheep_requests_total", status="200")
            return (sent >= count
                    and abs(page.value(COST) - sent * each) < 1e-9)
        return collectd.wait_scrape(cost, 10, f"{count} times {each} $")

    def test_cost_of_each_completion(self):
        collectd = self.start()
        page = self.wait_cost(collectd, 3, EACH)
        self.assertEqual(
            {s.labels["type"]: s.value for s in page.all(
                "holysheep_price_usd_per_million_tokens")},
            {"prompt": 150, "completion": 600})

    def test_missing_usage_is_estimated(self):
        relay = self.start_relay()
        relay.fault("usage_missing")
        collectd = self.start("MaxTokens 100", relay=relay)
        self.wait_cost(collectd, 1, (8 * 150 + 100 * 600) / 1e6)

    def test_daily_limit_suppresses_probes(self):
        collectd = self.start(f"MaxCostPerDay {EACH * 3.5:.6f}")
        page = collectd.wait_verdict("main", CHAT, "suppressed", "none")
        collectd.wait_scrape(
            lambda s: s.value("holysheep_probes_skipped_total",
                              reason="daily_cost") >= 3, 10, "skipped probes")
        self.assertEqual(len(self.relay.journal()), 3)
        self.assertEqual(page.value("holysheep_probe_suppressed",
                                    reason="daily_cost"), 1)
        collectd.wait_scrape(lambda s: not s.all("holysheep_up"), 10,
                             "no word on whether it is up")
        self.assertEqual(len(collectd.log_lines(
            "holysheep plugin: .* MaxCostPerDay is reached")), 1)

    def state_file(self):
        return private_folder() / "state"

    def block_with(self, file, *lines):
        return plugin_block(f'StateFile "{file}"\n', relay_block(
            "main", self.relay.url, *FAST, *lines,
            chat(PRICES, "MaxTokens 10",
                 f"MaxCostPerDay {EACH * 3.5:.6f}"),
            key_file=self.key_file()))

    def start_with(self, file):
        return self.start_collectd(self.block_with(file), interval=0.5)

    def test_spending_survives_a_restart(self):
        self.relay = self.start_relay()
        file = self.state_file()
        first = self.start_with(file)
        first.wait_verdict("main", CHAT, "suppressed")
        self.stop_clean(first)
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        second = self.start_with(file)
        second.wait_verdict("main", CHAT, "suppressed")
        self.assertEqual(len(self.relay.journal()), 3)

    def test_completion_in_flight_counts_after_a_crash(self):
        """collectd was killed before the response arrived."""
        self.relay = self.start_relay()
        self.relay.fault("hang")
        file = self.state_file()
        for count in range(3):
            collectd = self.make_collectd(self.block_with(file), interval=0.5)
            collectd.start()
            collectd.wait_for(lambda: len(self.relay.journal()), 20,
                              "a completion", lambda seen: seen > count)
            _, line, *_ = file.read_text().split("\n")  # already written
            self.assertEqual(int(line.split("\t")[1]),
                             round((count + 1) * EACH * 1e12))
            collectd.kill()
        fourth = self.start_with(file)
        fourth.wait_verdict("main", CHAT, "suppressed")
        self.assertEqual(len(self.relay.journal()), 3)

    def test_spending_of_an_earlier_day_is_ignored(self):
        self.relay = self.start_relay()
        file = self.state_file()
        yesterday = int(time.time() // 86400) - 1
        file.write_text("collectd-holysheep state 1\n"
                        f"{yesterday}\t9000000000000\t7200000000\t"
                        "main\tgpt-4o-mini\n")
        collectd = self.start_with(file)
        collectd.wait_verdict("main", CHAT, "ok")

    def test_state_file_of_a_later_version(self):
        """After a downgrade the day's budget is not spent twice."""
        self.relay = self.start_relay()
        file = self.state_file()
        file.write_text("collectd-holysheep state 3\nwho knows\n")
        collectd = self.start_with(file)
        collectd.wait_verdict("main", CHAT, "suppressed")
        self.assertEqual(self.relay.journal(), [])
        self.stop_clean(collectd)
        self.assertEqual(len(collectd.log_lines(
            r"\[warning\].*StateFile.* was written by a newer version: "
            "completions with MaxCostPerDay are suppressed until midnight UTC")),
            1)
        self.assertIn("state 3\nwho knows", file.read_text())

    def test_unknown_state_file_is_not_overwritten(self):
        """The file remains unchanged, however often there is something to
        write."""
        self.relay = self.start_relay()
        file = self.key_file()
        before = file.stat().st_ino, file.read_bytes()
        collectd = self.start_with(file)
        collectd.wait_verdict("main", CHAT, "suppressed")
        self.stop_clean(collectd)
        lines = collectd.log_lines(r"\[warning\].*StateFile")
        self.assertEqual(len(lines), 1, lines)
        self.assertIn("is not a state file of this plugin", lines[0])
        self.assertEqual((file.stat().st_ino, file.read_bytes()), before)
        self.assertEqual(list(file.parent.iterdir()), [file])

    def test_test_run_does_not_write_the_state_file(self):
        self.relay = self.start_relay()
        file = self.state_file()
        collectd = self.make_collectd(self.block_with(file),
                                      arguments=("-T",))
        collectd.start(ready=False)
        self.assertEqual(collectd.wait(60 * build.slack()), 0)
        self.assertEqual(len(self.relay.journal()), 1)
        self.assertEqual(list(file.parent.iterdir()), [])

    def test_hanging_disk(self):
        """It delays completions, but not for long; it delays neither other
        probes nor the shutdown of collectd."""
        self.relay = self.start_relay()
        hangs = private_folder() / "hangs"
        hangs.touch()
        file = self.state_file()
        collectd = self.start_collectd(
            self.block_with(file, MODELS), interval=0.5,
            preload=[preload_library("disk")], env={"DISK_HANGS": str(hangs)})
        collectd.wait_for(lambda: self.sent("models"), 20, "other probes",
                          lambda count: count >= 5)
        self.assertEqual(self.sent(CHAT), 0)
        collectd.wait_verdict("main", CHAT, "suppressed")
        self.assertEqual(self.sent(CHAT), 3)
        lines = collectd.log_lines(r"\[warning\].*StateFile")
        self.assertEqual(len(lines), 1, lines)
        self.assertIn("the disk has not responded for 5 s", lines[0])
        if timing():
            self.assertLess(self.stop_clean(collectd), 2)

    def sent(self, endpoint):
        return len(self.relay.journal(endpoint=endpoint))

    def test_missing_state_folder(self):
        self.relay = self.start_relay()
        collectd = self.start_with(self.state_file() / "nowhere" / "state")
        collectd.wait_verdict("main", CHAT, "suppressed")
        lines = collectd.log_lines(r"\[warning\].*StateFile")
        self.assertEqual(len(lines), 1, lines)


class BillingPresets(TestCase):
    """Each preset has its own paths; all report the same balance."""

    BALANCE, USED = 7.5, 2.5

    def start(self, *blocks, fault=None, path=None, lines=LONG):
        self.relay = self.start_relay(balance=self.BALANCE)
        self.relay.balance(self.BALANCE, used=self.USED)
        if fault:
            self.relay.fault(fault, path=path)
        base = self.relay.url.removesuffix("/v1")
        urls = {"new-api": self.relay.url, "holysheep": self.relay.url,
                "openrouter": self.relay.url, "deepseek": base,
                "sub2api": self.relay.url, "siliconflow": self.relay.url,
                "moonshot": self.relay.url}
        return self.start_collectd(plugin_block(*[relay_block(
            name, urls[name], *lines,
            f'<Billing "{name}">\n  {line}\n</Billing>',
            key_file=self.key_file()) for name, line in blocks]))

    def all(self):
        return [(name, "Scale 1") for name in (
            "holysheep", "new-api", "openrouter", "deepseek", "sub2api",
            "siliconflow", "moonshot")]

    def test_each_preset_finds_the_balance(self):
        collectd = self.start(*self.all())
        for name, _ in self.all():
            with self.subTest(name):
                page = collectd.wait_verdict(name, "billing", "ok")
                self.assertAlmostEqual(page.value(
                    "holysheep_budget_remaining", relay=name), self.BALANCE)
        page = collectd.scrape()
        for name in ("new-api", "openrouter", "sub2api"):
            self.assertAlmostEqual(page.value(
                "holysheep_budget_limit", relay=name),
                self.BALANCE + self.USED)
            self.assertAlmostEqual(page.value(
                "holysheep_budget_used", relay=name), self.USED)
        self.assertEqual(page.value("holysheep_budget_unlimited",
                                    relay="new-api"), 0)
        self.assertEqual(page.all("holysheep_budget_unlimited",
                                  relay="holysheep"), [])
        self.assertEqual(page.value("holysheep_requests_total",
                                    relay="new-api", status="200"), 2)

    def test_unlimited_key(self):
        relay = self.start_relay()
        relay.unlimited()
        for preset in "new-api", "sub2api":
            with self.subTest(preset):
                collectd = self.start_collectd(plugin_block(relay_block(
                    "main", relay.url, *LONG,
                    f'<Billing "{preset}">\n  Scale 1\n</Billing>',
                    key_file=self.key_file())))
                page = collectd.wait_verdict("main", "billing", "ok")
                self.assertEqual(page.value("holysheep_budget_unlimited"), 1)
                self.assertEqual(page.all("holysheep_budget_remaining"), [])
                self.assertEqual(page.all("holysheep_budget_limit"), [])

    def test_key_expiry(self):
        for at, wanted in ((2000000000, 2000000000), (0, None), (-1, None)):
            with self.subTest(at):
                relay = self.start_relay()
                relay.expires(at)
                collectd = self.start_collectd(plugin_block(relay_block(
                    "main", relay.url, *LONG,
                    '<Billing "new-api">\n  Scale 1\n</Billing>',
                    key_file=self.key_file())))
                page = collectd.wait_verdict("main", "billing", "ok")
                self.assertEqual(page.get(
                    "holysheep_key_expiry_timestamp_seconds"), wanted)

    def test_second_request_fails(self):
        collectd = self.start(("new-api", "Scale 1"), fault="server_error",
                              path="/usage")
        page = collectd.wait_verdict("new-api", "billing", "server_error")
        self.assertEqual(page.all("holysheep_budget_remaining"), [])

    def test_key_removed_between_two_requests(self):
        self.relay = self.start_relay()
        self.relay.fault("slow", path="/subscription", ms=8000)
        key = self.key_file()
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", self.relay.url, *LONG,
            '<Billing "new-api">\n  Scale 1\n</Billing>', key_file=key)))
        collectd.wait_scrape(lambda s: s.value("holysheep_probes_in_flight"),
                             10, "the first request")
        key.unlink()
        collectd.wait_verdict("main", "billing", "key_unreadable", timeout=30)
        self.assertEqual(len(self.relay.journal()), 1)

    def test_invalid_balance_is_not_exported(self):
        """A site that answers every request with 200."""
        for fault, cause in (("wrong_shape", "balance_unknown"),
                             ("error_200", "server_error"),
                             ("html", "malformed")):
            with self.subTest(fault):
                collectd = self.start(*self.all(), fault=fault)
                for name, _ in self.all():
                    page = collectd.wait_verdict(name, "billing", cause)
                for family in ("remaining", "limit", "used"):
                    self.assertEqual(page.all("holysheep_budget_" + family),
                                     [])

    def test_other_currency(self):
        collectd = self.start(("deepseek", "Scale 1"), fault="balance_yuan",
                              lines=("Interval 1", "RetryInterval 1"))
        page = collectd.wait_verdict("deepseek", "billing", "balance_unknown")
        self.assertEqual(page.all("holysheep_budget_remaining"), [])
        collectd.wait_log("balance_unknown.*set Scale in <Billing>")
        collectd = self.start(("deepseek", "Scale 0.14"),
                              fault="balance_yuan")
        page = collectd.wait_verdict("deepseek", "billing", "ok")
        self.assertAlmostEqual(page.value("holysheep_budget_remaining"), 15.4)

    def test_custom_paths(self):
        relay = self.start_relay()
        relay.balance(self.BALANCE, used=self.USED)
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, *LONG,
            '<Billing>\n  Path "/credits"\n  LimitKey "data/total_credits"\n'
            '  UsedKey "data/total_usage"\n  Scale 0.5\n</Billing>',
            key_file=self.key_file())))
        page = collectd.wait_verdict("main", "billing", "ok")
        self.assertAlmostEqual(page.value("holysheep_budget_remaining"),
                               self.BALANCE / 2)


class SearchedBalance(TestCase):
    """<Billing "auto">: one place after the other, and what answers is kept."""

    PLACES = {"holysheep": ["/v1/billing"],
              "new-api": ["/v1/dashboard/billing/subscription",
                          "/v1/dashboard/billing/usage"],
              "openrouter": ["/v1/credits"],
              "deepseek": ["/v1/user/balance"],
              "sub2api": ["/v1/usage"],
              "siliconflow": ["/v1/user/info"],
              "moonshot": ["/v1/users/me/balance"]}
    FIRST = [paths[0] for paths in PLACES.values()]

    def start(self, lines=LONG):
        self.key = self.key_file()
        return self.start_collectd(plugin_block(relay_block(
            "main", self.relay.url, *lines,
            '<Billing "auto">\n  Scale 1\n</Billing>', key_file=self.key)))

    def relay_without(self, *presets, fault="no_page"):
        self.relay = self.start_relay(balance=7.5)
        for preset in presets:
            self.relay.fault(fault, path=self.PLACES[preset][0])

    def asked(self):
        return [entry["path"] for entry in self.relay.journal()]

    def test_place_of_each_preset_is_found(self):
        """The search ends there, whatever the places before it said."""
        presets = list(self.PLACES)
        for count, preset in enumerate(presets):
            for fault in "no_page", "invalid_key_newapi", "html", "wrong_shape":
                if not count and fault != "html":
                    continue
                with self.subTest(preset, fault=fault):
                    self.relay_without(*presets[:count], fault=fault)
                    collectd = self.start()
                    page = collectd.wait_verdict("main", "billing", "ok")
                    self.assertEqual(page.value("holysheep_budget_remaining"),
                                     7.5)
                    wanted = self.FIRST[:count] + self.PLACES[preset]
                    self.assertEqual(self.asked(), wanted)
                    self.assertEqual(sum(s.value for s in page.all(
                        "holysheep_requests_total", endpoint="billing")),
                        len(wanted))
                    collectd.wait_log(rf"\[info\].*balance as {preset}, GET "
                                      + self.PLACES[preset][0][3:])
                    collectd.stop()

    def test_place_is_kept_until_it_is_gone(self):
        self.relay_without("holysheep", "new-api")
        collectd = self.start(FAST)
        collectd.wait_for(self.asked, 20, "requests",
                          lambda seen: len(seen) >= 6)
        self.assertEqual(self.asked()[:6], self.FIRST[:3] + 3 * self.FIRST[2:3])
        self.relay.fault("invalid_key_newapi", path="/v1/credits")
        collectd.wait_verdict("main", "billing", "key_rejected")
        self.relay.fault("status_502", path="/v1/credits")
        collectd.wait_verdict("main", "billing", "upstream")
        self.assertEqual(set(self.asked()[3:]), {"/v1/credits"})
        self.relay.balance(2.5)
        self.relay.fault("no_page", path="/v1/credits")
        page = collectd.wait_scrape(
            lambda s: s.value("holysheep_budget_remaining") == 2.5, 20,
            "the balance at another place")
        self.assertEqual(page.value("holysheep_budget_spent_usd_total"), 0)
        collectd.wait_log("balance as deepseek, GET /user/balance")
        seen = self.asked()
        at = seen.index("/v1/user/balance")
        self.assertEqual(seen[at - 2:at], 2 * ["/v1/credits"])
        self.assertEqual(len(collectd.log_lines("balance as")), 2)

    def test_no_place_has_a_balance(self):
        """Words about the key come before anything else."""
        for faults, cause in (
                ({"": "invalid_key_newapi"}, "key_rejected"),
                ({"": "key_expired"}, "key_expired"),
                ({"": "no_page", "/v1/credits": "key_expired"},
                 "key_expired"),
                ({"": "no_page"}, "balance_unknown"),
                ({"": "html"}, "balance_unknown"),
                ({"": "wrong_shape"}, "balance_unknown")):
            with self.subTest(faults):
                self.relay = self.start_relay()
                for path, fault in faults.items():
                    self.relay.fault(fault, path=path or None)
                collectd = self.start()
                page = collectd.wait_verdict("main", "billing", cause)
                self.assertEqual(self.asked(), self.FIRST)
                self.assertEqual(page.all("holysheep_budget_remaining"), [])
                counts = {s.labels["status"]: s.value for s in page.all(
                    "holysheep_requests_total", endpoint="billing") if s.value}
                self.assertEqual(sum(counts.values()), 7)
                if len(faults) == 2:
                    self.assertEqual(counts, {"401": 1, "404": 6})
                collectd.stop()

    def test_outage_ends_the_search(self):
        for fault, cause in (("status_503", "upstream"),
                             ("rate_limited", "rate_limited"),
                             ("reset", "connection")):
            with self.subTest(fault):
                self.relay = self.start_relay()
                self.relay.fault(fault)
                collectd = self.start()
                collectd.wait_verdict("main", "billing", cause)
                self.assertEqual(len(self.relay.journal()), 1)
                collectd.stop()

    def test_place_that_hangs(self):
        """A search ends within Timeout; the place that hung in it is asked
        again, with all of it, and then passed over."""
        self.relay_without("holysheep", "new-api")
        self.relay.fault("hang", path="/v1/dashboard/billing/subscription")
        timeout = max(1000, 300 * build.slack())
        collectd = self.start(("Interval 30", "RetryInterval 0.5",
                               f"Timeout {timeout}"))
        collectd.wait_verdict("main", "billing", "timeout", "relay")
        page = collectd.wait_verdict("main", "billing", "ok")
        self.assertEqual(page.value("holysheep_budget_remaining"), 7.5)
        self.assertEqual(self.asked(), self.FIRST[:2] + self.FIRST[1:3])

    def test_new_key(self):
        """Where the other places refuse any key, a good one is found, too."""
        self.relay_without()
        self.relay.fault("key_expired", key="sk-test-main")
        collectd = self.start(FAST)
        collectd.wait_verdict("main", "billing", "key_expired")
        collectd.wait_for(self.asked, 20, "requests",
                          lambda seen: len(seen) >= 10)
        self.assertEqual(self.asked()[:10], self.FIRST + self.FIRST[:3])
        for path in self.FIRST[:1] + self.FIRST[2:]:
            self.relay.fault("invalid_key_newapi", path=path,
                             key="sk-test-new")
        self.key.write_text("sk-test-new\n")
        collectd.wait_verdict("main", "billing", "ok")
        collectd.wait_log("balance as new-api")

    def test_other_currency_is_a_find(self):
        self.relay_without("holysheep", "new-api", "openrouter")
        self.relay.fault("balance_yuan", path="/v1/user/balance")
        collectd = self.start(FAST)
        collectd.wait_verdict("main", "billing", "balance_unknown")
        collectd.wait_log("balance as deepseek")
        collectd.wait_log("set Scale in <Billing>")
        self.assertEqual(set(self.asked()[3:]), {"/v1/user/balance"})
