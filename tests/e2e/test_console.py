"""The page that Prometheus serves, in a real Chromium: what it says, whatever
relays are called and whatever is missing; and that it needs nothing but this
Prometheus."""

import html
import json
import re
import subprocess
import urllib.parse
import urllib.request

from browser import Browser
from exporter import Exporter
from harness import (TestCase, build, free_port, plugin_block, private_folder,
                     relay_block, timing)
from plugin_tables import families, family_of
from prometheus import SHIPPED, in_rules, skip_without_rules
from test_rules import OTHER_LABELS, grouped_by, series_in

PAGE = build.SRCDIR / "dashboards" / "consoles" / "holysheep.html"
PHONE = {"width": 390, "height": 844}
# Nothing of this may act: in the page's markup, in a link, in an expression.
HOSTILE = ('<script>alert(1)</script><img src=x onerror=alert(2)>'
           '"\'`\\{{.}}\u2028javascript:дом ' + "x" * 300)
FAST = ("Interval 1", "RetryInterval 1", "<Billing>\n Interval 1\n</Billing>",
        '<Chat "gpt-4o-mini">\n Interval 1\n</Chat>')
ROW = "Array.from(document.querySelectorAll('#relays tr[data-relay]'))"
ROWS = (ROW + ".map(row => [row.dataset.relay, ...Array.from("
        "row.querySelectorAll('.state, [data-name]'),"
        " cell => cell.innerText.trim())])")
COLUMNS = ("relay", "state", "since", "cause", "hosts", "success", "p95",
           "balance", "empty in", "alerts")


def escaped(text):
    """As a label's value on a metrics page."""
    return (text.replace("\\", r"\\").replace('"', r'\"')
            .replace("\n", r"\n"))


def failing(relay, endpoint="chat/completions", model="m"):
    """What a host sends of a relay that refuses connections."""
    relay, endpoint, model = map(escaped, (relay, endpoint, model))
    of = f'instance="web1",relay="{relay}"'
    probe = f'{of},endpoint="{endpoint}",model="{model}"'
    return "".join(f"{line}\n" for line in (
        f'holysheep_build_info{{{of},version="1"}} 1',
        f"holysheep_network_lost_since_timestamp_seconds{{{of}}} 0",
        f"holysheep_probe_failing{{{probe}}} 1",
        f'holysheep_incident{{{probe},problem="error"}} 1',
        f"holysheep_incident_since_timestamp_seconds{{{probe}}} 1700000000",
        f'holysheep_verdict{{{probe},cause="connection",fault="relay"}} 1',
        f"holysheep_last_success_timestamp_seconds{{{probe}}} 0",
        f"holysheep_up{{{probe}}} 0"))


class Page(TestCase):
    def setUp(self):
        if not timing():
            self.skipTest("what is under test is no program")
        self.browser = Browser(private_folder())
        self.addCleanup(self.browser.close)

    def start_exporter(self, text):
        exporter = Exporter(text)
        self.addCleanup(exporter.stop)
        return exporter

    def start_prometheus(self, target, **options):
        self.prometheus = super().start_prometheus(target, **options)
        return self.prometheus

    def open(self, **screen):
        """Opens the page, and waits until it has drawn what it draws."""
        self.browser.look(**screen)
        self.browser.open(f"{self.prometheus.url}/consoles/{PAGE.name}")
        if screen.get("script", True):
            self.browser.wait("document.getElementById('past')"
                              "?.dataset.drawn")

    def rows(self):
        return [dict(zip(COLUMNS, row)) for row in self.browser.run(ROWS)]

    def wait_row(self, relay, **columns):
        """Opens the page until the relay's row has such columns."""
        def look():
            self.open()
            return [row for row in self.rows() if row["relay"] == relay
                    and all(re.fullmatch(pattern, row[name], re.S)
                            for name, pattern in columns.items())]
        return self.browser.wait_for(look, f"{relay}: {columns}",
                                     explain=self.rows)[0]

    def check_peaceful(self):
        """No error, no dialog, no request to anywhere else."""
        self.assertEqual(self.browser.complaints, [])
        own = urllib.parse.urlsplit(self.prometheus.url).netloc
        self.assertTrue(self.browser.requests)
        for url in self.browser.requests:
            if not url.startswith("data:"):
                self.assertEqual(urllib.parse.urlsplit(url).netloc, own)

    def check_fits(self):
        self.assertLessEqual(self.browser.run(
            "document.documentElement.scrollWidth"), PHONE["width"])

    def note(self):
        return self.browser.run(
            "Array.from(document.querySelectorAll('.note, h1'),"
            " each => each.innerText).join(' ')")

    def test_healthy_then_broken(self):
        relay = self.start_relay(balance=12.5)
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, *FAST, key_file=self.key_file())), interval=1)
        self.start_prometheus(f"127.0.0.1:{collectd.port}", rules=True)
        self.browser.hurry()
        row = self.wait_row("main", state="✔ up", balance=r"\$12\.50",
                            success="100%", hosts="0 of 1",
                            p95=r"0\.\d\d s")
        self.assertEqual(row["since"] + row["cause"] + row["alerts"], "")
        self.assertIn("No relay is down", self.note())
        self.assertEqual(self.browser.run("document.title"), "Relays")
        self.browser.wait("document.querySelectorAll('#past path').length")
        self.check_peaceful()

        self.open(**PHONE)
        relay.fault("key_expired")
        # The page changes by itself.
        self.browser.wait("document.title", "main rejects the API key · Relays"
                          .__eq__)
        self.browser.wait(
            "document.querySelector('#alerts .summary')?.textContent",
            lambda text: text in [alert["annotations"]["summary"]
                                  for alert in self.prometheus.alerts()])
        self.browser.wait("document.getElementById('past').innerText",
                          lambda text: "key " in text)
        self.check_fits()
        self.check_peaceful()
        row = self.wait_row("main", state="✖ key rejected", hosts="1 of 1",
                            alerts="KeyRejected", cause="key_expired .*",
                            since=r"\d\d:\d\d UTC (\d+m )?\d+s")
        self.check_runbook("HolySheepKeyRejected")
        self.check_without_script(row)

        self.open()
        self.prometheus.stop()
        self.browser.wait("document.body.innerText",
                          lambda text: "does not answer" in text)

    def check_runbook(self, alert):
        url = self.browser.run("document.querySelector("
                               f"'#alerts li[data-alert={alert}] a').href")
        with urllib.request.urlopen(url, timeout=30) as answer:
            self.assertIn(f"# {alert}", answer.read().decode())

    def check_without_script(self, row):
        self.open(script=False)
        self.browser.wait(ROWS, bool)
        shown, = self.rows()
        self.assertEqual(shown["state"], row["state"])

    def test_names_full_of_markup(self):
        exporter = self.start_exporter(
            failing(HOSTILE, HOSTILE + "e", HOSTILE + "m")
            + failing("b", model=HOSTILE))
        self.start_prometheus(f"127.0.0.1:{exporter.port}", rules=True,
                              external_path="/some/path")
        self.wait_row(HOSTILE, state="✖ down", hosts="1 of 1",
                      alerts="APIDown")
        self.wait_row("b", alerts="APIDown")
        self.open(**PHONE)
        summaries = self.browser.wait(
            "Array.from(document.querySelectorAll('#alerts .summary'),"
            " each => each.textContent)", lambda texts: all(texts))
        self.assertTrue([text for text in summaries if HOSTILE in text])
        self.assertEqual(self.browser.run(
            "document.querySelectorAll('#now :is(script, img), #past"
            " :is(script, img)').length"), 0)
        self.assertEqual(self.browser.run(
            ROW + ".map(row => row.querySelector('th').textContent)"),
            sorted((HOSTILE, "b")))
        self.assertIn(HOSTILE, self.browser.run("document.title"))
        self.check_fits()
        self.check_peaceful()
        self.check_links()

    def check_links(self):
        """They lead to pages of this Prometheus, below its path; and the
        expression of the first to the relay's verdicts."""
        links = self.browser.run("Array.from(document.links, a => a.href)")
        self.assertTrue(links)
        for link in links:
            self.assertTrue(link.startswith(self.prometheus.url + "/"), link)
        expression = urllib.parse.parse_qs(
            urllib.parse.urlsplit(links[0]).query)["g0.expr"][0]
        self.assertEqual(self.prometheus.query(expression)[0][0]["relay"],
                         HOSTILE)

    def test_empty(self):
        self.start_prometheus(f"127.0.0.1:{free_port()}", rules=True)
        self.prometheus.wait_query("up == 0 and on () ALERTS", 30)
        self.open(**PHONE)
        self.assertIn("No relay is known", self.note())
        self.assertIn("127.0.0.1", self.note())
        self.assertNotIn("rules are not loaded", self.note())
        self.assertEqual(self.rows(), [])
        self.check_fits()
        self.check_peaceful()

    def test_scraped_but_not_relabelled(self):
        exporter = self.start_exporter(
            'collectd_holysheep_holysheep_build_info{holysheep="main"} 1\n')
        config = SHIPPED.read_text().partition("metric_relabel_configs:")[0]
        self.start_prometheus(f"127.0.0.1:{exporter.port}", config=config)
        self.prometheus.wait_query("collectd_holysheep_holysheep_build_info",
                                   30)
        self.open()
        self.assertIn("metric_relabel_configs", self.note())

    def test_without_rules(self):
        exporter = self.start_exporter(failing("main"))
        self.start_prometheus(f"127.0.0.1:{exporter.port}")
        # What began before yesterday has a date.
        self.wait_row("main", state="▲ reported", hosts="1 of 1",
                      since="2023-11-14 22:13 UTC .*")
        self.assertNotIn("no problem", self.browser.run(
            "document.getElementById('past').innerText"))
        self.assertIn("rules are not loaded", self.note())
        self.check_peaceful()


class Expressions(TestCase):
    """What the page asks parses, and names series that exist; and the file
    itself."""

    def expressions(self):
        text = PAGE.read_text()
        settings = re.search(r'(?s)id="settings">(.*?)</script>', text)[1]
        return (re.findall(r"query `([^`]*)`", text)
                + list(json.loads(html.unescape(settings))["queries"].values()))

    def test_lines_are_short(self):
        """lintian takes a file with long ones for one without its source."""
        self.assertLess(max(map(len, PAGE.read_text().splitlines())), 300)

    def test_promtool_accepts_them(self):
        skip_without_rules()
        rules = private_folder() / "rules.json"
        rules.write_text(json.dumps({"groups": [{"name": "all", "rules": [
            {"record": f"expression_{number}", "expr": expression}
            for number, expression in enumerate(self.expressions())]}]}))
        done = subprocess.run(["promtool", "check", "rules", rules],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_names_exist(self):
        recorded = in_rules("record") | {
            "ALERTS", "ALERTS_FOR_STATE",
            "collectd_holysheep_holysheep_build_info"}
        labels = OTHER_LABELS | {"at", "rank"} | {
            label for family in families().values() for label in family.labels}
        self.assertGreater(len(self.expressions()), 15)
        for expression in self.expressions():
            with self.subTest(expression):
                for series in series_in(expression):
                    self.assertTrue(family_of(series) or series in recorded,
                                    series)
                self.assertLessEqual(grouped_by(expression), labels)
