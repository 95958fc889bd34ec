"""What collectd's notification plugins receive."""

import os
import socket
import threading
import time

from harness import (TestCase, plugin_block, private_folder, relay_block,
                     timing)

MODELS = '<Models>\n  Path "/models"\n</Models>'
FAST = ("Interval 0.5", "RetryInterval 0.5", "Timeout 30000")
ENDPOINTS = ("models", "billing", "chat/completions")

# collectd's exec plugin refuses to run anything as root.
USER = "nobody" if os.geteuid() == 0 else os.environ.get("USER", "nobody")

SCRIPT = """\
#!/bin/sh
file=$(mktemp '{folder}/XXXXXX')
cat >"$file"
mv "$file" "$file.told"
"""


def parse(text):
    """Splits the exec plugin's input into headers and message."""
    head, _, message = text.partition("\n\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines())
    return {**headers, "message": message.rstrip("\n")}


def mail_block(server):
    return f"""
<Plugin notify_email>
  SMTPServer "127.0.0.1"
  SMTPPort {server.getsockname()[1]}
  From "collectd@localhost"
  Recipient "nobody@localhost"
</Plugin>
"""


class Exec(TestCase):
    """A script of collectd's exec plugin records notifications."""

    idle = True  # an incident ends after a minute

    def start(self, *lines):
        self.relay = self.start_relay()
        self.folder = private_folder()
        script = self.folder / "tell"
        script.write_text(SCRIPT.format(folder=self.folder))
        self.make_world_executable(script)
        return self.start_collectd(plugin_block(relay_block(
            "main", self.relay.url, *FAST, *lines,
            key_file=self.key_file("sk-test-tell"))) + f"""
<Plugin exec>
  NotificationExec "{USER}" "{script}"
</Plugin>
""", interval=0.5, plugins=("exec",))

    def make_world_executable(self, script):
        """The exec plugin's user must be able to run it."""
        script.chmod(0o755)
        self.folder.chmod(0o777)
        for folder in self.folder.parents:
            if folder.name.startswith("holysheep-e2e-"):
                folder.chmod(0o711)

    def received(self):
        """The notifications, sorted by time."""
        seen = [parse(path.read_text())
                for path in self.folder.glob("*.told")]
        return sorted(seen, key=lambda n: float(n["Time"]))

    def wait_received(self, collectd, count, timeout=20):
        return collectd.wait_for(self.received, timeout,
                                 f"{count} notifications",
                                 lambda seen: len(seen) >= count)

    def test_failure_and_recovery(self):
        collectd = self.start(MODELS)
        collectd.wait_verdict("main", "models", "ok")
        self.relay.fault("error_echoes_key")
        self.wait_received(collectd, 1)
        self.relay.heal()
        received = self.wait_received(collectd, 2, 90)
        self.assertEqual(len(received), 2, received)
        down, up = received
        self.assertEqual(down["Severity"], "FAILURE")
        self.assertEqual(up["Severity"], "OKAY")
        for each in received:
            self.assertEqual(each["Plugin"], "holysheep")
            self.assertEqual(each["PluginInstance"], "main")
            self.assertEqual(each["relay"], "main")
            self.assertEqual(each["problem"], "key")
            self.assertEqual(each["endpoint"], "models")
            self.assertNotIn("model", each)
            self.assertRegex(each["message"], "^main: .*models")
            self.assertNotIn("sk-test-tell", str(each))
        self.assertEqual(down["cause"], "key_rejected")
        self.assertEqual(up["cause"], "ok")
        for part in ("the relay rejected the key", "HTTP 401",
                     "Put a valid key in the key file"):
            self.assertIn(part, down["message"])
        self.assertIn("ok again after ", up["message"])

    def test_new_problem_is_notified_and_quota_is_a_warning(self):
        """Another cause of the same problem is not."""
        collectd = self.start('<Chat "gpt-4o-mini">\n  MaxTokens 5\n</Chat>')
        collectd.wait_verdict("main", "chat/completions", "ok")
        self.relay.fault("server_error")
        self.wait_received(collectd, 1)
        self.relay.fault("html")
        collectd.wait_verdict("main", "chat/completions", "malformed")
        self.relay.fault("quota_429")
        received = self.wait_received(collectd, 2, 60)
        self.assertEqual([(n["cause"], n["Severity"]) for n in received],
                         [("server_error", "FAILURE"), ("quota", "WARNING")])
        for each in received:
            self.assertEqual(each["model"], "gpt-4o-mini")
            self.assertLess(len(each["message"].encode()), 256)
        self.assertIn("request id req", received[0]["message"])


    def test_suppression_and_its_end_are_notified(self):
        collectd = self.start("MaxRequests 1 3", MODELS)
        collectd.wait_verdict("main", "models", "suppressed")
        held, free = self.wait_received(collectd, 2)[:2]
        self.assertEqual((held["cause"], held["Severity"]),
                         ("suppressed", "WARNING"))
        self.assertIn("MaxRequests is reached", held["message"])
        self.assertEqual((free["cause"], free["Severity"]), ("ok", "OKAY"))
        self.assertIn("ok again, no longer suppressed", free["message"])


class SlowMailServer(TestCase):
    """A stop waits for the mail that is being sent, not for all those
    queued."""

    def test_stop_does_not_wait_for_all_notifications(self):
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        taken = []

        def refuse_slowly():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                time.sleep(1)
                taken.append(connection.close())

        threading.Thread(target=refuse_slowly, daemon=True).start()
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(*[relay_block(
            f"{number}", relay.url, *FAST, key_file=self.key_file())
            for number in range(20)]) + mail_block(server),
            plugins=("notify_email",))
        for number in range(20):
            for endpoint in ENDPOINTS:
                collectd.wait_verdict(f"{number}", endpoint, "ok")
        relay.fault("server_error")
        collectd.wait_for(lambda: taken, 20, "the first letter")
        self.stop_clean(collectd)
        self.assertLess(len(taken), 10)  # of 20


class SilentMailServer(TestCase):
    """A mail server that accepts connections and never answers blocks
    notifications, but not probes."""

    alone = True
    INTERVAL = 0.5

    def test_probes_continue(self):
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        relay = self.start_relay()
        collectd = self.make_collectd(plugin_block(relay_block(
            "main", relay.url, *FAST, key_file=self.key_file()))
            + mail_block(server), interval=self.INTERVAL,
            plugins=("notify_email", "load"))
        collectd.start()  # killed: a stop would wait for the server too
        for endpoint in ENDPOINTS:
            collectd.wait_verdict("main", endpoint, "ok")
        relay.fault("server_error")
        server.settimeout(20)
        connection, _ = server.accept()
        self.addCleanup(connection.close)
        first = len(relay.journal())
        sent = collectd.wait_for(
            lambda: relay.journal(first, endpoint="models"), 20,
            "the probes to go on", lambda seen: len(seen) > 10)
        times = [e["mono"] for e in sent]
        if timing():
            self.assertLess(max(b - a for a, b in zip(times, times[1:])), 4)
        relay.heal()
        collectd.wait_verdict("main", "models", "ok")
