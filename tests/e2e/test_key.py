"""The key is reloaded when it changes, and it never leaks."""

import http.server
import os
import threading
import time

from harness import TestCase, plugin_block, private_folder, relay_block

MODELS = '<Models>\n  Path "/models"\n</Models>'
FAST = ("Interval 0.5", "RetryInterval 0.5", "Timeout 30000")


class Rotation(TestCase):
    def setUp(self):
        self.relay = self.start_relay()
        self.file = self.key_file("sk-test-first")

    def start(self, *lines):
        return self.start_collectd(plugin_block(relay_block(
            "main", self.relay.url, *FAST, MODELS, *lines,
            key_file=self.file)), interval=0.5)

    def replace(self, key):
        """Replaces the file atomically, as secret stores do."""
        new = self.file.with_name("new")
        new.write_text(key)
        new.chmod(0o600)
        os.replace(new, self.file)

    def test_new_key_is_used_without_a_restart(self):
        collectd = self.start()
        page = collectd.wait_verdict("main", "models", "ok")
        loaded = page.value("holysheep_key_loaded_timestamp_seconds")
        collectd.wait_for(lambda: time.time() >= loaded + 1, 15,
                          "the second after that")  # whole seconds
        self.replace("sk-test-second\r\n")
        collectd.wait_for(lambda: self.relay.journal(key="sk-test-second"),
                          15, "a request with the new key")
        begin = self.relay.journal(key="sk-test-second")[0]["n"]
        collectd.wait_scrape(
            lambda s: s.value("holysheep_key_loaded_timestamp_seconds")
            > loaded, 15, "the new key's time")
        self.assertEqual({e["key"] for e in self.relay.journal(begin)},
                         {"sk-test-second"})
        page = collectd.scrape()
        self.assertEqual(page.verdict("main", "models"), ("ok", "none"))
        self.assertEqual(page.value("holysheep_consecutive_failures"), 0)

    def test_key_file_overwritten_in_place(self):
        collectd = self.start()
        collectd.wait_verdict("main", "models", "ok")
        self.file.write_text("sk-test-third")
        collectd.wait_for(lambda: self.relay.journal(key="sk-test-third"),
                          15, "a request with the new key")

    def test_bad_key_is_rejected_and_good_key_recovers(self):
        collectd = self.start()
        collectd.wait_verdict("main", "models", "ok")
        self.replace("not-a-key-of-this-relay")
        collectd.wait_verdict("main", "models", "key_rejected", "account")
        self.replace("sk-test-fourth")
        collectd.wait_verdict("main", "models", "ok")

    def check_unusable(self, make, remedy):
        """The file no longer contains a valid key, so no requests are sent."""
        collectd = self.start()
        collectd.wait_verdict("main", "models", "ok")
        make()
        page = collectd.wait_verdict("main", "models", "key_unreadable",
                                     "local")
        requests = self.requests(page)
        sent = len(self.relay.journal())
        page = collectd.wait_scrape(
            lambda s: s.value("holysheep_consecutive_failures") >= 3
            and s.value("holysheep_errors_total",
                        error_type="LocalError") >= 3, 15,
            "three failures in a row")
        self.assertEqual(len(self.relay.journal()), sent)
        self.assertEqual(self.requests(page), requests)
        remedy()
        collectd.wait_verdict("main", "models", "ok")

    @staticmethod
    def requests(page):
        return sum(s.value for s in page.all("holysheep_requests_total"))

    def test_key_file_removed(self):
        self.check_unusable(self.file.unlink,
                            lambda: self.replace("sk-test-again"))

    def test_key_file_truncated(self):
        self.check_unusable(lambda: self.file.write_text(""),
                            lambda: self.file.write_text("sk-test-again"))

    def test_key_with_an_embedded_newline(self):
        self.check_unusable(
            lambda: self.replace("sk-test-a\nX-Injected: yes\n"),
            lambda: self.replace("sk-test-again"))

    def test_key_file_replaced_by_a_pipe(self):
        def make():
            self.file.unlink()
            os.mkfifo(self.file)
        self.check_unusable(make, lambda: self.replace("sk-test-again"))

    def test_world_readable_key_file_warns(self):
        self.file.chmod(0o644)
        collectd = self.start()
        self.stop_clean(collectd)
        said = collectd.log_lines(r"\[warning\] .*can read the API key")
        self.assertEqual(len(said), 1, said)
        self.assertIn('Relay "main": ', said[0])
        self.assertIn(str(self.file), said[0])

    def test_environment_variable_is_the_default(self):
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", self.relay.url, *FAST, MODELS)), interval=0.5,
            env={"HOLYSHEEP_API_KEY": "sk-test-environment"})
        collectd.wait_verdict("main", "models", "ok")
        self.assertTrue(self.relay.journal(key="sk-test-environment"))


class Secrecy(TestCase):
    """The key and header values appear on the wire and nowhere else."""

    KEY = "sk-test-5eCr3tK3y0123456789abcdef"
    VALUE = "h1dd3nHeaderValue0123456789"

    def setUp(self):
        self.relay = self.start_relay()

    def start(self, *key_lines, env=None):
        return self.start_collectd(plugin_block(relay_block(
            "main", self.relay.url, *FAST, MODELS, *key_lines,
            f'Header "X-Team: {self.VALUE}"')), interval=0.5, env=env)

    def sources(self):
        return {
            "file": ([f'APIKeyFile "{self.key_file(self.KEY)}"'], {}),
            "environment": (['APIKeyEnv "RELAY_KEY"'],
                            {"RELAY_KEY": self.KEY}),
            "configuration": ([f'APIKey "{self.KEY}"'], {}),
        }

    def test_secrets_never_appear(self):
        for source, (lines, env) in self.sources().items():
            with self.subTest(source):
                self.relay.heal()
                collectd = self.start(*lines, env=env)
                pages = self.provoke(collectd)
                self.stop_clean(collectd)
                seen = "\n".join([*pages, *collectd.log_lines()])
                for secret in (self.KEY, self.VALUE):
                    # nor any half of a secret
                    self.assertNotIn(secret[:len(secret) // 2], seen)
                    self.assertNotIn(secret[len(secret) // 2:], seen)

    def provoke(self, collectd):
        """Makes the plugin log and notify; returns the metrics pages
        meanwhile."""
        pages = []
        collectd.wait_verdict("main", "models", "ok")
        sent = self.relay.journal()[-1]
        self.assertEqual(sent["key"], self.KEY)
        self.assertIn(self.VALUE, str(sent["headers"]))
        self.assertNotIn(self.KEY.encode(), collectd.command_line())
        for fault, cause in (("error_echoes_key", "key_rejected"),
                             ("redirect", "redirected"),
                             ("reset", "connection"),
                             ("control_chars", "key_rejected")):
            self.relay.heal()
            self.relay.fault(fault)
            collectd.wait_verdict("main", "models", cause)
            pages.append(collectd.page())
        collectd.wait_log(r"\[warning\] holysheep")
        return pages


class Recorder(http.server.BaseHTTPRequestHandler):
    """Records every request."""

    def do_GET(self):
        self.server.seen.append(self.requestline)
        self.send_response(200)
        self.end_headers()

    do_POST = do_CONNECT = do_GET

    def log_message(self, *_):
        pass


class Destinations(TestCase):
    """The key is sent only to the relay."""

    def setUp(self):
        self.relay = self.start_relay()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
        server.seen = []
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.other = server
        self.address = "http://127.0.0.1:%d" % server.server_port

    def start(self, *lines, env=None):
        return self.start_collectd(plugin_block(relay_block(
            "main", self.relay.url, *FAST, MODELS, *lines,
            key_file=self.key_file())), interval=0.5, env=env)

    def test_redirect_is_not_followed(self):
        self.relay.fault("redirect")
        collectd = self.start()
        collectd.wait_scrape(
            lambda s: s.value("holysheep_consecutive_failures") >= 3, 15,
            "three redirects")
        self.assertEqual({e["endpoint"] for e in self.relay.journal()},
                         {"models"})
        self.assertEqual(collectd.scrape().verdict("main", "models"),
                         ("redirected", "relay"))

    def test_proxies_from_the_environment_are_not_used(self):
        proxies = {name: self.address for name in
                   ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY",
                    "HTTPS_PROXY", "ALL_PROXY")}
        collectd = self.start(env=proxies)
        collectd.wait_verdict("main", "models", "ok")
        self.assertEqual(self.other.seen, [])

    def test_configured_proxy_is_used(self):
        collectd = self.start(f'Proxy "{self.address}"')
        collectd.wait_verdict("main", "models", "malformed")
        self.assertEqual(self.other.seen[0],
                         f"GET {self.relay.url}/models HTTP/1.1")

    def test_curlrc_and_netrc_are_not_read(self):
        """.netrc and .curlrc have no effect on requests."""
        home = private_folder()
        (home / ".netrc").write_text(
            "default login intruder password intruder\n")
        (home / ".curlrc").write_text(f"proxy = {self.address}\n")
        collectd = self.start(env={"HOME": str(home)})
        collectd.wait_verdict("main", "models", "ok")
        self.assertEqual(self.other.seen, [])
        self.assertEqual({e["key"] for e in self.relay.journal()},
                         {"sk-test-main"})
