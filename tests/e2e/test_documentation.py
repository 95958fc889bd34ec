"""The examples in the documentation work as described."""

import re

from harness import (TestCase, build, free_port, plugin_block,
                     private_folder, relay_block, timing)
from smtp_server import MailServer

EXAMPLES = build.SRCDIR / "collectd.conf.d"
MODELS = '<Models>\n  Path "/models"\n</Models>'
TYPES = "/usr/share/collectd/types.holysheep.db"


def pages():
    """The README and the pages it links to."""
    return [build.SRCDIR / "README.md",
            *sorted((build.SRCDIR / "doc").glob("*.md"))]


def documented(language):
    """The code blocks in that language, by location."""
    return {f"{path.name}, block {number}": block for path in pages()
            for number, block in enumerate(re.findall(
                rf"(?ms)^```{language}\n(.*?)^```", path.read_text()), 1)}


def configurations():
    """All configurations with a relay, by location."""
    shown = {path.name: path.read_text() for path in EXAMPLES.glob("*.conf")}
    shown |= documented("apache")
    return {name: block for name, block in shown.items() if "<Relay" in block}


class Blocks(TestCase):
    """Each relay in an example is up if its address is replaced by the
    stand-in relay's, with the requested models."""

    def test_each_block_is_accepted_and_works(self):
        shown = configurations()
        self.assertGreaterEqual(len(shown), 3)
        for name, block in shown.items():
            with self.subTest(name):
                self.check(block)

    def check(self, block):
        models = (re.findall(r'<(?!Relay|Billing)\w+ "(.*)">', block)
                  or ["gpt-4o-mini"])
        relay = self.start_relay(model=models)
        collectd = self.start_collectd(self.on_this_host(block, relay),
                                       interval=10)
        names = set(re.findall(r'<Relay "(.*)">', block))
        collectd.wait_scrape(lambda s: self.relays_up(s) == names, 20,
                             f"every probe of {names} to succeed")
        self.stop_clean(collectd)
        self.assertEqual(
            collectd.log_lines(r"\[(warning|error)\] holysheep"), [])

    def on_this_host(self, block, relay):
        """The block with the parts that do not exist on this host replaced.
        The plugin is already loaded."""
        block = re.sub(r' *(BaseURL|APIKeyFile|CACert) ".*"\n', "", block)
        block = re.sub(r"(?s)<LoadPlugin.*?</LoadPlugin>\n", "", block)
        block = re.sub(r"(?m)^LoadPlugin.*\n", "", block)
        return re.sub(r'(<Relay ".*">\n)', rf'\1    BaseURL "{relay.url}"\n'
                      f'    APIKeyFile "{self.key_file()}"\n'
                      f'    CACert "{relay.ca}"\n', block)

    @staticmethod
    def relays_up(page):
        """The relays whose probes have all succeeded."""
        held = [s for s in page.all("holysheep_verdict") if s.value == 1]
        return ({s.labels["relay"] for s in held}
                - {s.labels["relay"] for s in held
                   if s.labels["cause"] != "ok"})


class Writers(TestCase):
    """The filter chain keeps the values from all writers but one."""

    def setUp(self):
        if not timing():
            self.skipTest("collectd itself loses memory when it loads a match")
        self.relay = self.start_relay()

    def written(self, chain):
        """What the csv plugin has written once the metrics page is
        complete."""
        folder = private_folder()
        collectd = self.start_collectd(
            plugin_block(relay_block("main", self.relay.url, MODELS,
                                     key_file=self.key_file()))
            + f'<Plugin csv>\n  DataDir "{folder}"\n</Plugin>\n',
            plugins=("csv", "load"), globals_=chain)
        collectd.wait_verdict("main", "models", "ok")
        collectd.wait_scrape(lambda s: s.foreign("collectd_load_shortterm"),
                             15, "the values of load")
        collectd.wait_for(lambda: list(folder.glob("*/load/load-*")), 15,
                          "load's file")
        self.stop_clean(collectd)
        return {path.name for path in folder.glob("*/*")}

    def test_with_the_filter_chain(self):
        chain = (EXAMPLES / "other-writers.conf").read_text()
        self.assertEqual(self.written(chain), {"load"})

    def test_without_the_filter_chain(self):
        self.assertEqual(self.written(""), {"load", "holysheep-main"})


class Aggregator(TestCase):
    """A collectd that receives the values from another one over the
    network."""

    UNKNOWN = "Dataset not found: "

    def setUp(self):
        self.port = free_port()

    def start_receiver(self, **options):
        receiver = self.start_collectd(
            f'<Plugin network>\n  Listen "127.0.0.1" "{self.port}"\n'
            '</Plugin>\n', plugins=("network",), host="aggregator",
            **options)
        relay = self.start_relay()
        self.start_collectd(
            plugin_block(relay_block("main", relay.url,
                                     key_file=self.key_file()))
            + f'<Plugin network>\n  Server "127.0.0.1" "{self.port}"\n'
            '</Plugin>\n', plugins=("network",), host="agent")
        return receiver

    def check(self, receiver):
        page = receiver.wait_verdict("main", "chat/completions", "ok")
        self.assertEqual({s.labels["instance"] for s in page.samples},
                         {"agent"})
        receiver.wait_scrape(
            lambda s: s.get("holysheep_request_latency_seconds_count",
                            endpoint="models"), 15, "a counter")
        self.assertEqual(receiver.log_lines(self.UNKNOWN), [])

    def test_with_types_db(self):
        types = (EXAMPLES / "aggregator.conf").read_text().replace(
            TYPES, str(build.built("types.holysheep.db")))
        self.check(self.start_receiver(load=None, globals_=types))

    def test_with_the_plugin_loaded(self):
        self.check(self.start_receiver())

    def test_without_plugin_and_types(self):
        receiver = self.start_receiver(load=None)
        receiver.wait_log(self.UNKNOWN + "holysheep_verdict")
        self.assertEqual(receiver.scrape().samples, [])


class Mail(TestCase):
    idle = True  # an incident ends after a minute

    def test_failure_and_recovery_are_mailed(self):
        if not timing():
            self.skipTest("libesmtp itself reads beyond its memory")
        server = MailServer()
        self.addCleanup(server.close)
        block = (EXAMPLES / "notify-email.conf").read_text()
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, "Interval 1", "RetryInterval 1",
            MODELS, key_file=self.key_file())),
            globals_=block.replace("SMTPPort 25", f"SMTPPort {server.port}"))
        collectd.wait_verdict("main", "models", "ok")
        relay.fault("key_expired")
        collectd.wait_verdict("main", "models", "key_expired")
        collectd.wait_for(lambda: len(server.mails), 20, "a mail",
                          lambda count: count >= 1)
        relay.heal()
        collectd.wait_for(lambda: len(server.mails), 90, "two mails",
                          lambda count: count >= 2)
        for mail, subject, text in zip(
                server.mails, ("FAILURE on e2e", "OKAY on e2e"),
                ("main: key: models: key_expired (", "main: ok again after ")):
            self.assertIn(f"Subject: {subject}", mail)
            self.assertIn(text, mail)


class Queries(TestCase):
    """The documented queries return data once all probes have run and one of
    them fails."""

    def test_each_query_returns_data(self):
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, "Interval 1", "RetryInterval 1",
            "Timeout 900", key_file=self.key_file())))
        collectd.wait_verdict("main", "billing", "ok")
        prometheus = self.start_prometheus(f"127.0.0.1:{collectd.port}")
        prometheus.wait_query("holysheep_budget_remaining", 15)
        relay.fault("hang", endpoint="models")
        queries = documented("promql")
        self.assertGreaterEqual(len(queries), 4)
        for name, query in queries.items():
            with self.subTest(name):
                prometheus.wait_query(query, 15)
