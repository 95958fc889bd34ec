"""Who is notified of which alert, and what the notification looks like."""

import datetime
import email
import email.policy
import json
import re
import subprocess

import yaml

from alertmanager import (Alertmanager, Receiver, configuration_with,
                          copy_configuration, skip_without_configuration)
from harness import TestCase, private_folder, wait_for

ROUTES = [
    ({"alertname": "HolySheepAPIDown", "severity": "critical",
      "relay": "main"}, "everybody"),
    ({"alertname": "HolySheepAPIDown", "severity": "warning",
      "would_be": "critical", "relay": "main"}, "slack"),
    ({"alertname": "HolySheepLowBudget", "severity": "warning",
      "relay": "main"}, "slack"),
    ({"alertname": "HolySheepWatchdog", "severity": "none"}, "heartbeat"),
    ({"alertname": "OfAnotherRule"}, "slack"),
]


def alert(name, severity="critical", ended=False, hosts=None, summary=None,
          **labels):
    """An alert that has just started: for older ones Alertmanager does not
    wait for the rest of the group."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return {
        "labels": {"alertname": name, "severity": severity, **labels},
        "annotations": {
            "summary": summary
            or f"Relay {labels.get('relay')} does not work.",
            **({"hosts": hosts} if hosts else {}),
            "description": "Applications get errors. Make a new key.",
            "runbook_url": f"http://localhost/runbooks/{name}.md",
            "dashboard_url": "http://localhost/d/holysheep-relay"},
        "startsAt": now.isoformat(),
        **({"endsAt": now.isoformat()} if ended else {}),
    }


def seconds(duration):
    number, unit = re.fullmatch(r"(\d+)([smh])", duration).groups()
    return int(number) * {"s": 1, "m": 60, "h": 3600}[unit]


def title(of):
    labels = of["labels"]
    return "{}: {}: {}".format(labels["severity"].upper(),
                               labels["alertname"],
                               labels.get("relay") or labels["instance"])


def shape(of):
    """The alert's labels, which identify it."""
    return tuple(sorted(of["labels"].items()))


class Configuration(TestCase):
    def amtool(self, *arguments):
        return subprocess.run(["amtool", *map(str, arguments)], check=True,
                              capture_output=True, text=True).stdout

    def setUp(self):
        skip_without_configuration()
        self.config = copy_configuration(private_folder())

    def test_amtool_accepts_the_configuration(self):
        self.assertIn("SUCCESS", self.amtool("check-config", self.config))

    def test_routes_match_severities(self):
        for labels, wanted in ROUTES:
            with self.subTest(labels):
                said = self.amtool(
                    "config", "routes", "test", f"--config.file={self.config}",
                    *[f"{k}={v}" for k, v in labels.items()])
                self.assertEqual(said.strip(), wanted)

    def merged(self):
        """Somebody's own configuration, into which ours was merged."""
        ours = yaml.safe_load(self.config.read_text())
        ours["receivers"].append({"name": "theirs"})
        ours["route"]["receiver"] = "theirs"
        path = self.config.with_name("merged.yml")
        path.write_text(yaml.safe_dump(ours))
        return path

    def test_alerts_of_others_keep_their_receiver(self):
        merged = self.merged()
        for labels in ({"severity": "critical"}, {"severity": "warning"},
                       {"severity": "none"}, {}):
            with self.subTest(labels):
                said = self.amtool(
                    "config", "routes", "test", f"--config.file={merged}",
                    "alertname=TheirRelayIsDown", "relay=main", "instance=a",
                    *[f"{k}={v}" for k, v in labels.items()])
                self.assertEqual(said.strip(), "theirs")

    def test_inhibitions_are_between_alerts_of_this_project(self):
        rules = yaml.safe_load(self.config.read_text())["inhibit_rules"]
        for rule in rules:
            for side in ("source_matchers", "target_matchers"):
                with self.subTest(rule=rule):
                    self.assertTrue(any(
                        re.match(r'alertname =~? "?HolySheep', matcher)
                        for matcher in rule[side]))

    def test_heartbeat_is_sent_every_minute(self):
        """It is sent with the first flush after the repeat interval, so one
        flush may just miss it."""
        root = yaml.safe_load(self.config.read_text())["route"]
        [ours] = root["routes"]
        [route] = [r for r in ours["routes"] if r["receiver"] == "heartbeat"]
        flush, due = (seconds(route[key])
                      for key in ("group_interval", "repeat_interval"))
        self.assertNotEqual(due % flush, 0)
        self.assertEqual(-(-due // flush) * flush, 60)

    def test_secrets_are_read_from_files(self):
        text = self.config.read_text()
        for key in ("slack_api_url", "smtp_auth_password", "routing_key",
                    "credentials"):
            self.assertIsNone(re.search(rf"(?m)^\s*(- )?{key}:", text), key)


class Running(TestCase):
    """An Alertmanager with the shipped configuration, or that of `members`."""

    members = None

    def setUp(self):
        skip_without_configuration()
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)
        self.alertmanager = Alertmanager(
            private_folder(), self.receiver,
            text=self.members and configuration_with(self.members))
        self.addCleanup(self.alertmanager.kill)
        self.alertmanager.start()

    def wait(self, who, count=1):
        return wait_for(lambda: self.receiver.of(who), 20,
                        f"{count} messages for {who}",
                        lambda seen: len(seen) >= count,
                        self.alertmanager.explain)

    def post_and_await_silenced(self, *alerts):
        self.alertmanager.post(*alerts)
        wanted = {shape(a) for a in alerts}
        wait_for(self.alertmanager.suppressed, 20, f"{wanted} to be silenced",
                 wanted.issubset, self.alertmanager.explain)

    def check_silenced(self, source, first, silenced, told):
        """Alertmanager learns about inhibiting alerts asynchronously. So this
        waits until the source inhibits something before it posts the alerts
        that must be inhibited."""
        with self.subTest(source["labels"]["alertname"]):
            self.alertmanager.post(source)
            self.post_and_await_silenced(first)
            self.post_and_await_silenced(*silenced)
            self.alertmanager.post(*told)
            wanted = {title(a) for a in [source, *told]}
            seen = wait_for(self.titles, 20, f"{wanted} to be told",
                            wanted.issubset, self.alertmanager.explain)
            self.assertFalse(seen & {title(a) for a in silenced})

    def titles(self):
        return {m["attachments"][0]["title"]
                for m in self.receiver.of("slack")}


class Delivery(Running):
    def test_firing_and_resolved_are_notified(self):
        one = {"relay": "main", "instance": "a"}
        self.alertmanager.post(alert("HolySheepKeyRejected", **one))
        firing = self.wait("slack")[0]["attachments"][0]
        self.assertEqual(firing["title"],
                         "CRITICAL: HolySheepKeyRejected: main")
        self.assertEqual(firing["color"], "danger")
        self.assertEqual(firing["text"], (
            "*Relay main does not work.*\n"
            "Applications get errors. Make a new key.\n"
            "<http://localhost/runbooks/HolySheepKeyRejected.md|What to do> "
            "· <http://localhost/d/holysheep-relay|Dashboard>\n"))
        page = self.wait("pagerduty")[0]
        self.assertEqual(page["event_action"], "trigger")
        self.assertEqual(page["routing_key"], "test-pagerduty_key")
        self.assertEqual(page["payload"]["summary"],
                         "Relay main does not work.")
        self.alertmanager.post(alert("HolySheepKeyRejected", ended=True,
                                     **one))
        over = self.wait("slack", 2)[1]["attachments"][0]
        self.assertEqual(over["title"], "RESOLVED: HolySheepKeyRejected: main")
        self.assertEqual(over["color"], "good")
        self.assertRegex(over["text"], r"^:white_check_mark: Resolved at "
                         r"\d\d:\d\d UTC. It was: Relay main does not work."
                         r"\n$")
        self.assertEqual(self.wait("pagerduty", 2)[1]["event_action"],
                         "resolve")

    def test_mail_is_sent_with_authentication(self):
        self.alertmanager.post(alert("HolySheepKeyRejected", relay="main"))
        server = self.receiver.mail
        wait_for(lambda: server.mails, 20, "a mail", bool,
                 self.alertmanager.explain)
        self.assertEqual(server.accounts[0], (
            "alertmanager@example.com", "test-smtp_password"))
        mail = email.message_from_string(server.mails[0],
                                         policy=email.policy.default)
        self.assertEqual(mail["To"], "oncall@example.com")
        self.assertEqual(mail["Subject"],
                         "CRITICAL: Relay main does not work.")
        self.assertEqual(mail.get_body().get_content().splitlines()[:3], [
            "Relay main does not work.",
            "Applications get errors. Make a new key.",
            "What to do: http://localhost/runbooks/HolySheepKeyRejected.md"])

    def test_notification_names_the_host(self):
        self.alertmanager.post(alert("HolySheepVantageNetwork",
                                     instance="lost"))
        self.assertEqual(self.wait("slack")[0]["attachments"][0]["title"],
                         "CRITICAL: HolySheepVantageNetwork: lost")

    def test_group_shows_first_alert_and_count(self):
        self.alertmanager.post(*[
            alert("HolySheepEndpointFailing", relay="main", endpoint=endpoint)
            for endpoint in ("models", "billing")])
        wait_for(lambda: [page["payload"]["summary"]
                          for page in self.receiver.of("pagerduty")], 20,
                 "both told", lambda seen: "Relay main does not work. "
                 "(and 1 more)" in seen, self.alertmanager.explain)

    def test_many_hosts_fit_in_a_message(self):
        self.alertmanager.post(*[
            alert("HolySheepLowSuccessRate", "warning", hosts="300",
                  relay="main", endpoint=endpoint, instance=f"host{n:03}")
            for n in range(212) for endpoint in ("models", "billing")])
        seen = wait_for(
            lambda: [message["attachments"][0]
                     for message in self.receiver.of("slack")], 20,
            "212 hosts told",
            lambda seen: seen and "212 of 300" in seen[-1]["text"],
            self.alertmanager.explain)[-1]
        self.assertEqual(seen["title"], "WARNING: HolySheepLowSuccessRate: "
                         "main (on 212 of 300 hosts)")
        named = ", ".join(f"host{n:03}" for n in range(10))
        self.assertIn(f"On 212 of 300 hosts: {named} (and 202 more).\n"
                      "Endpoints: billing, models.\n", seen["text"])
        self.assertLess(len(seen["text"]), 2000)

    def test_many_pages_of_a_relay_fit_everywhere(self):
        """Longer than any that the rules can make."""
        self.alertmanager.post(*[
            alert("HolySheepEndpointFailing", relay="main", model=f"model{n}",
                  endpoint="chat/completions", summary="x" * 500)
            for n in range(300)])
        wait_for(lambda: [page["payload"]["summary"]
                          for page in self.receiver.of("pagerduty")], 20,
                 "all 300 told", lambda seen: seen and seen[-1].endswith(
                     " (and 299 more)"), self.alertmanager.explain)
        page = self.receiver.of("pagerduty")[-1]
        self.assertLess(len(page["payload"]["summary"]), 1024)
        self.assertLess(len(json.dumps(page)), 10000)
        text = self.wait("slack")[-1]["attachments"][0]["text"]
        self.assertLess(len(text), 6000)
        mails = self.receiver.mail.mails
        wait_for(lambda: mails, 20, "a mail", bool, self.alertmanager.explain)
        self.assertLess(len(mails[-1]), 10000)

    def test_another_name_updates_the_page_of_a_relay(self):
        self.alertmanager.post(
            alert("HolySheepAPITimeout", relay="main"),
            alert("HolySheepKeyRejected", relay="main"))
        pages = wait_for(
            lambda: self.receiver.of("pagerduty"), 20, "both told",
            lambda seen: seen and "(and 1 more)" in
            seen[-1]["payload"]["summary"], self.alertmanager.explain)
        self.assertEqual(len({page["dedup_key"] for page in pages}), 1)

    def test_watchdog_goes_only_to_the_heartbeat(self):
        self.alertmanager.post(alert("HolySheepWatchdog", "none"))
        self.wait("heartbeat")
        self.assertEqual(self.receiver.seen[0].authorization,
                         "Bearer test-heartbeat_token")
        self.assertEqual(self.receiver.of("slack"), [])

    def test_warning_does_not_page(self):
        self.alertmanager.post(alert("HolySheepLowBudget", "warning",
                                     relay="main"))
        seen = self.wait("slack")[0]["attachments"][0]
        self.assertEqual(seen["title"], "WARNING: HolySheepLowBudget: main")
        self.assertEqual(self.receiver.of("pagerduty"), [])

    def test_one_cause_sends_one_page(self):
        main = {"relay": "main"}
        chat = {**main, "endpoint": "chat/completions", "model": "m"}
        for source, first, silenced, told in [
            (alert("HolySheepAPIDown", **main),
             alert("HolySheepRateLimited", "warning", **chat),
             [alert("HolySheepEndpointFailing", **chat),
              alert("HolySheepLowSuccessRate", "warning", instance="a",
                    **chat),
              alert("HolySheepBalanceStale", "warning", **main),
              alert("HolySheepCertificateExpires", **main)],
             [alert("HolySheepEndpointFailing", relay="other",
                    endpoint="models"),
              alert("HolySheepKeyExpires", "warning", **main)]),
            (alert("HolySheepKeyRejected", relay="expired"),
             alert("HolySheepBalanceStale", "warning", relay="expired"),
             [alert("HolySheepKeyExpires", relay="expired")],
             [alert("HolySheepKeyExpires", relay="valid")]),
            (alert("HolySheepQuotaExhausted", relay="poor"),
             alert("HolySheepBalanceStale", "warning", relay="poor"),
             [alert("HolySheepBudgetRunsOut", relay="poor"),
              alert("HolySheepLowBudget", "warning", relay="poor")],
             [alert("HolySheepLowBudget", "warning", relay="rich")]),
            (alert("HolySheepEndpointFailing", "warning", relay="secretive",
                   endpoint="billing"),
             alert("HolySheepLowSuccessRate", "warning", relay="secretive",
                   endpoint="billing", instance="a"),
             [alert("HolySheepBalanceStale", "warning", relay="secretive")],
             [alert("HolySheepBalanceStale", "warning", relay="mute")]),
            (alert("HolySheepRateLimited", "warning", relay="busy",
                   endpoint="chat/completions", model="m"),
             alert("HolySheepRateLimitNear", "warning", relay="busy",
                   model="m", resource="requests"),
             [alert("HolySheepRateLimitNear", "warning", relay="busy",
                    model="m", resource="tokens")],
             [alert("HolySheepRateLimitNear", "warning", relay="calm",
                    model="m", resource="tokens")]),
            (alert("HolySheepHostFailing", "warning", relay="main2",
                   instance="a", problem="key"),
             alert("HolySheepLowSuccessRate", "warning", relay="main2",
                   endpoint="models", instance="a"),
             [alert("HolySheepLowSuccessRate", "warning", relay="main2",
                    endpoint="billing", instance="a")],
             [alert("HolySheepLowSuccessRate", "warning", relay="main3",
                    endpoint="billing", instance="a")]),
            (alert("HolySheepVantageNetwork", "warning", instance="lost"),
             alert("HolySheepProbesLate", "warning", instance="lost"),
             [alert("HolySheepHighLatency", "warning", relay="x",
                    endpoint="models", instance="lost")],
             [alert("HolySheepHighLatency", "warning", relay="y",
                    endpoint="models", instance="fine")]),
        ]:
            self.check_silenced(source, first, silenced, told)

    def test_what_is_staged_is_inhibited_alike(self):
        """What would be critical is a warning then."""
        staged = {"severity": "warning", "would_be": "critical"}
        chat = {"endpoint": "chat/completions", "model": "m"}
        for source, first, silenced, told in [
            (alert("HolySheepAPIDown", relay="main", **staged),
             alert("HolySheepLowSuccessRate", "warning", relay="main",
                   instance="a", **chat),
             [alert("HolySheepEndpointFailing", relay="main", **chat,
                    **staged)],
             [alert("HolySheepEndpointFailing", relay="other", **chat,
                    **staged)]),
            (alert("HolySheepBudgetRunsOut", relay="poor", **staged),
             alert("HolySheepBudgetRunsOut", "warning", relay="poor"),
             [alert("HolySheepLowBudget", "warning", relay="poor")],
             [alert("HolySheepLowBudget", "warning", relay="rich")]),
            (alert("HolySheepProbesSilent", relay="mute", **staged),
             alert("HolySheepProbesLate", "warning", relay="mute",
                   instance="a", endpoint="models"),
             [alert("HolySheepBalanceStale", "warning", relay="mute")],
             [alert("HolySheepBalanceStale", "warning", relay="loud")]),
        ]:
            self.check_silenced(source, first, silenced, told)

    def test_without_staging_a_warning_does_not_inhibit_itself(self):
        self.alertmanager.post(
            alert("HolySheepBudgetRunsOut", "warning", relay="main"),
            alert("HolySheepLowBudget", "warning", relay="main"))
        wait_for(self.titles, 20, "both told", {
            "WARNING: HolySheepBudgetRunsOut: main",
            "WARNING: HolySheepLowBudget: main"}.issubset,
            self.alertmanager.explain)

    def test_hosts_that_fail_for_different_reasons(self):
        """The first of them is named with its cause."""
        def failing(relay, *problems):
            return [alert("HolySheepHostFailing", "warning", hosts="9",
                          relay=relay, instance=f"host{n}", problem=problem)
                    for n, problem in enumerate(problems)]
        self.alertmanager.post(*failing("one", "key", "key"),
                               *failing("two", "key", "network"))
        wanted = {
            "WARNING: HolySheepHostFailing: one (on 2 of 9 hosts)",
            "WARNING: HolySheepHostFailing: two (on 2 of 9 hosts, for "
            "different reasons)"}
        wait_for(self.titles, 20, f"{wanted} to be told", wanted.issubset,
                 self.alertmanager.explain)


class Clusters(Running):
    """Each cluster has a vote of its own."""

    members = "{voteBy: ['cluster', 'relay']}"

    def test_clusters_do_not_inhibit_each_other(self):
        east, west = ({"relay": "main", "cluster": c} for c in ("east", "west"))
        chat = {"endpoint": "chat/completions", "model": "m"}
        self.alertmanager.post(alert("HolySheepAPIDown", **east))
        self.post_and_await_silenced(
            alert("HolySheepEndpointFailing", **east, **chat),
            alert("HolySheepLowSuccessRate", "warning", instance="a", **east,
                  **chat),
            alert("HolySheepBalanceStale", "warning", relay="main"))
        self.alertmanager.post(
            alert("HolySheepEndpointFailing", **west, **chat),
            alert("HolySheepLowSuccessRate", "warning", instance="a", **{
                **west, "relay": "other"}, **chat))
        wanted = {
            "CRITICAL: HolySheepAPIDown: main (cluster east)",
            "CRITICAL: HolySheepEndpointFailing: main (cluster west)",
            "WARNING: HolySheepLowSuccessRate: other (cluster west)"}
        seen = wait_for(self.titles, 20, f"{wanted} to be told",
                        wanted.issubset, self.alertmanager.explain)
        self.assertEqual(seen, wanted)
