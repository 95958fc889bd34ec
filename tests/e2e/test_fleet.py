"""Many hosts: with federated Prometheus servers, with an aggregator, of
several versions; and a sandboxed collectd."""

import http.server
import os
import pathlib
import re
import shutil
import subprocess
import threading
import unittest

from harness import (Collectd, TestCase, build, free_port, plugin_block,
                     private_folder, relay_block, timing)
from prometheus import SHIPPED
from test_documentation import documented

FAST = ("Interval 1", "RetryInterval 1")
CHAT = "chat/completions"
HOSTS = ("web1", "web2", "web3")
MANUAL = build.SRCDIR / "doc" / "collectd-holysheep.pod.in"

# The families that the rules in causes.yml require. An agent of another
# version may lack all others.
NEEDED = ("up", "verdict", "verdict_since_timestamp_seconds",
          "consecutive_failures", "last_probe_timestamp_seconds",
          "probe_interval_seconds", "build_info")


class StaticPage(http.server.ThreadingHTTPServer):
    """Serves the metrics page that a function returns."""

    daemon_threads = True

    def __init__(self, page):
        super().__init__(("127.0.0.1", 0), PageHandler)
        self.page = page
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self.server_port}"


class PageHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = self.server.page().encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def older(page):
    """The page of an older version: only what the rules require."""
    return "".join(
        line for line in page.splitlines(keepends=True)
        if not (name := re.search(r"collectd_holysheep_holysheep_(\w+)", line))
        or name[1] in NEEDED)


def newer(page):
    """The page of a newer version: two series that differ only in an unknown
    label."""
    return re.sub(
        r'(?m)^(collectd_holysheep_holysheep_requests_total{.*type=")(.*?)'
        r'(".*)$', r"\1\2,zone=a\3\n\1\2,zone=b\3", page)


def federation_config():
    """The shipped configuration with its jobs replaced by doc/fleet.md's
    federation job."""
    head, _ = SHIPPED.read_text().split("scrape_configs:\n")
    job, = [block for block in documented("yaml").values()
            if "/federate" in block]
    return head + re.sub(r"prometheus\.example\.com:9090", "localhost:9103",
                         job)


class FleetTestCase(TestCase):
    def start_hosts(self, relay, *lines):
        return {host: self.start_collectd(plugin_block(relay_block(
            "main", relay.url, *FAST, *lines, key_file=self.key_file())),
            host=host) for host in HOSTS}

    def serve(self, page):
        pages = StaticPage(page)
        self.addCleanup(pages.server_close)
        self.addCleanup(pages.shutdown)
        return pages.address

    def watch(self, *targets, **options):
        return self.start_prometheus('", "'.join(targets), rules=True,
                                     **options)

    def wait_hosts(self, prometheus, *hosts):
        prometheus.wait_query(
            f'holysheep_up{{endpoint="{CHAT}"}} == 1', 30,
            lambda seen: {labels["instance"] for labels, _ in seen}
            == set(hosts))

    def wait_alert(self, prometheus, name):
        return prometheus.wait_query(
            f'ALERTS{{alertname="{name}",alertstate="firing"}}', 30)

    def check_quiet(self, prometheus):
        """No alert is pending or firing except the watchdog."""
        self.assertLessEqual({each["labels"]["alertname"]
                              for each in prometheus.alerts()},
                             {"HolySheepWatchdog"})


@unittest.skipUnless(timing(), "figures of time mean nothing")
class Federation(FleetTestCase):
    """The rules work in a Prometheus that federates the series from
    another."""

    def test_rules_on_federated_series(self):
        relay = self.start_relay()
        hosts = self.start_hosts(relay)
        near = self.start_prometheus('", "'.join(
            f"127.0.0.1:{each.port}" for each in hosts.values()))
        far = self.watch(f"127.0.0.1:{near.port}", config=federation_config())
        self.wait_hosts(far, *HOSTS)
        self.check_quiet(far)
        relay.fault("key_expired")
        self.wait_alert(far, "HolySheepKeyRejected")
        alerts = [each["labels"] for each in far.alerts()
                  if each["labels"].get("relay") == "main"
                  and each["state"] == "firing"]
        self.assertEqual([each["alertname"] for each in alerts],
                         ["HolySheepKeyRejected"])
        self.stop_clean(hosts["web3"])
        far.wait_query(
            "group by (instance) (holysheep_verdict)", 30,
            lambda seen: {labels["instance"] for labels, _ in seen}
            == {"web1", "web2"})


@unittest.skipUnless(timing(), "figures of time mean nothing")
class Rollout(FleetTestCase):
    """Hosts are upgraded and downgraded one by one."""

    def test_hosts_of_an_older_version(self):
        relay = self.start_relay()
        hosts = self.start_hosts(relay)
        version = {host: older for host in HOSTS}
        pages = [self.serve(lambda host=host: version[host](
            hosts[host].page())) for host in HOSTS]
        prometheus = self.watch(*pages)
        self.wait_hosts(prometheus, *HOSTS)
        for step, host in enumerate(HOSTS, 1):
            version[host] = str
            self.wait_with(prometheus, "holysheep_budget_remaining", step)
            self.check_quiet(prometheus)
        version["web1"] = older
        self.wait_with(prometheus, "holysheep_budget_remaining", 2)
        relay.fault("key_expired")
        self.wait_alert(prometheus, "HolySheepKeyRejected")
        prometheus.wait_query(
            "count by (endpoint) (instance_endpoint:holysheep_incident:since) "
            f"== {len(HOSTS)}", 30, lambda seen: len(seen) == 3)

    def wait_with(self, prometheus, family, count):
        prometheus.wait_query(f"count({family})", 30,
                              lambda seen: seen and seen[0][1] == count)

    def test_unknown_label_of_a_newer_version(self):
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, *FAST, key_file=self.key_file())))
        prometheus = self.start_prometheus(
            self.serve(lambda: newer(collectd.page())))
        seen = prometheus.wait_query(
            f'holysheep_requests_total{{endpoint="{CHAT}",status="200"}}',
            20, lambda seen: len(seen) > 1)
        self.assertEqual({labels["zone"] for labels, _ in seen}, {"a", "b"})


class NetworkSecurity(TestCase):
    """An aggregator that accepts values only with a known password."""

    def block(self, number, port, password):
        """The agent's or the aggregator's block in the manual."""
        blocks = re.findall(r"(?s)  <Plugin network>\n.*?  </Plugin>\n",
                            MANUAL.read_text())
        file = private_folder() / "auth"
        file.write_text(f"web: {password}\n")
        block = blocks[number].replace("/etc/collectd/network.auth", str(file))
        block = re.sub('Password ".*"', f'Password "{password}"', block)
        return re.sub('(Server|Listen) ".*?" ".*?"',
                      rf'\1 "127.0.0.1" "{port}"', block)

    def start_pair(self, level, password="secret"):
        port = free_port()
        aggregator = self.start_collectd(
            self.block(1, port, "secret").replace("Encrypt", level),
            plugins=("network",), host="aggregator")
        relay = self.start_relay()
        self.start_collectd(
            plugin_block(relay_block("main", relay.url, *FAST,
                                     key_file=self.key_file()))
            + self.block(0, port, password).replace("Encrypt", level),
            plugins=("network",), host="web1")
        return aggregator

    def test_encrypted_and_signed_values_arrive(self):
        for level in ("Encrypt", "Sign"):
            with self.subTest(level):
                aggregator = self.start_pair(level)
                page = aggregator.wait_verdict("main", CHAT, "ok")
                self.assertEqual({s.labels["instance"]
                                  for s in page.samples}, {"web1"})

    def test_wrong_password_is_rejected(self):
        aggregator = self.start_pair("Encrypt", "guessed")
        aggregator.wait_log("network plugin: .*(checksum|[Dd]ecrypt|hash)")
        self.assertEqual(aggregator.scrape().samples, [])


USER = 65534


def sandbox_unavailable():
    """Why a sandbox is not possible here; None if it is."""
    if os.geteuid() != 0:
        return "only root may confine"
    done = subprocess.run(["unshare", "--mount", "true"],
                          capture_output=True, text=True)
    return None if done.returncode == 0 else done.stderr.strip()


class SandboxedCollectd(Collectd):
    """A collectd that may only write to its own folder."""

    def __init__(self, folder, config):
        super().__init__(
            folder, config,
            env={"TMPDIR": os.environ.get("TMPDIR", "/tmp")},
            prefix=[build.SRCDIR / "tests" / "e2e" / "systemd_sandbox.sh",
                    str(USER), folder])
        for path in (folder, *folder.iterdir()):
            os.chown(path, USER, USER)

    def _load(self, lines):
        """Makes the configuration readable for that user."""
        self.plugin = pathlib.Path(shutil.copy(self.plugin, self.conf.parent))
        return super()._load(lines)


@unittest.skipUnless(sandbox_unavailable() is None, sandbox_unavailable())
@unittest.skipUnless(timing(), "checkers write where they are not let")
class Sandboxed(TestCase):
    """collectd as an unprivileged user without capabilities, with the whole
    host read-only except for its own folder."""

    def setUp(self):
        self.folder = private_folder()
        self.key = self.folder / "key"
        self.key.write_text("sk-test-main\n")
        self.key.chmod(0o600)

    def make(self, relay):
        collectd = SandboxedCollectd(self.folder, plugin_block(relay_block(
            "main", relay.url, '<Chat "gpt-4o-mini">\n'
            "  PromptPrice 1\n  CompletionPrice 1\n  MaxCostPerDay 1\n"
            "</Chat>", key_file=self.key)))
        self.addCleanup(collectd.kill)
        return collectd

    def test_probes_and_keeps_state(self):
        collectd = self.make(self.start_relay()).start()
        collectd.wait_verdict("main", CHAT, "ok")
        self.assertEqual(collectd.status("Uid"), USER)
        self.assertEqual(collectd.status("NoNewPrivs"), 1)
        state = self.folder / "holysheep.state"
        self.assertEqual((state.stat().st_uid, state.stat().st_mode & 0o777),
                         (USER, 0o600))
        self.stop_clean(collectd)
        self.assertEqual(collectd.log_lines(r"\[(warning|error)\] holy"), [])

    def test_unreadable_key_of_another_user(self):
        collectd = self.make(self.start_relay())
        os.chown(self.key, 0, 0)
        collectd.start(ready=False)
        self.assertNotEqual(collectd.wait(60), 0)
        collectd.wait_log('holysheep plugin: .*APIKeyFile ".*": .*'
                          "Permission denied")


@unittest.skipUnless(shutil.which("systemd-analyze"), "no systemd-analyze")
class Unit(TestCase):
    """The manual's systemd drop-in for Debian's unit."""

    def test_systemd_accepts_the_drop_in(self):
        text = MANUAL.read_text()
        shown = re.search(r"(?ms)^  \[Service\]\n(  User=.*?)^$", text)[1]
        folder = private_folder()
        unit = folder / "collectd.service"
        unit.write_text("[Service]\nExecStart=/bin/true\n" + "\n".join(
            line.strip() for line in shown.splitlines()
            if not line.strip().startswith(("User", "Group"))) + "\n")
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit],
                              capture_output=True, text=True)
        self.assertNotIn("collectd.service", done.stderr)
