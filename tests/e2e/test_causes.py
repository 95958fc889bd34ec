"""Each cause, from the wire to the metric. Every fault has its own key,
<Relay> block and probe, so that one collectd sees them all at once."""

import pathlib
import socket
import threading
import urllib.parse
from typing import NamedTuple

from harness import (TestCase, build, free_port, network_library,
                     plugin_block, private_folder, relay_block, wait_for)

MODELS, BILLING, CHAT = "models", "billing", "chat/completions"
BLOCKS = {MODELS: '<Models>\n  Path "/models"\n</Models>',
          BILLING: '<Billing>\n  Path "/billing"\n</Billing>',
          CHAT: '<Chat "gpt-4o-mini">\n  MaxTokens 5\n</Chat>'}
TIMEOUT = max(3000, 600 * build.slack())  # ms, of faults that hang
ONCE = ("Interval 3600", "RetryInterval 3600")
BRIEF = (*ONCE, f"Timeout {TIMEOUT}")
# Under valgrind or sanitizers a handshake takes seconds.
LONG = (*ONCE, "Timeout 60000")

# error_type and fault of each cause, as documented.
CAUSES = {
    "ok": (None, "none"),
    "timeout": ("Timeout", "relay"),
    "dns": ("DNSError", "network"),
    "connection": ("ConnectionError", "relay"),
    "tls_expired": ("TLSError", "relay"),
    "tls_name": ("TLSError", "relay"),
    "tls_issuer": ("TLSError", "relay"),
    "tls": ("TLSError", "relay"),
    "key_rejected": ("Unauthorized", "account"),
    "key_expired": ("Unauthorized", "account"),
    "forbidden": ("Forbidden", "account"),
    "quota": ("QuotaExhausted", "account"),
    "rate_limited": ("RateLimited", "account"),
    "model_not_found": ("ModelNotFound", "relay"),
    "client_error": ("ClientError", "relay"),
    "redirected": ("UnexpectedRedirect", "relay"),
    "server_error": ("ServerError", "relay"),
    "upstream": ("UpstreamError", "relay"),
    "malformed": ("InvalidResponse", "relay"),
    "too_large": ("ResponseTooLarge", "relay"),
    "balance_unknown": ("UnknownBalance", "relay"),
    "empty_answer": ("EmptyAnswer", "relay"),
    "unexpected_answer": ("UnexpectedAnswer", "relay"),
    "stream_cut": ("StreamError", "relay"),
    "stream_stalled": ("StreamError", "relay"),
    "stream_error": ("StreamError", "relay"),
    "ca_unreadable": ("LocalError", "local"),
}


class Case(NamedTuple):
    fault: str
    cause: str
    status: str
    endpoint: str = MODELS
    ms: int = None
    whose: str = None  # exceptions


ALL = (MODELS, BILLING, CHAT)
EVERYWHERE = [  # faults that every kind of probe must classify
    ("invalid_key", "key_rejected", "401"),
    ("quota_429", "quota", "429"),
    ("status_502", "upstream", "502"),
    ("html", "malformed", "200"),
    ("error_200", "server_error", "200"),
    ("empty", "malformed", "200"),
    ("malformed", "malformed", "200"),
    ("truncated_json", "malformed", "200"),
    ("deep", "malformed", "200"),
    ("deep_64", "ok", "200"),
    ("big_token", "too_large", "200"),
    ("gzip", "malformed", "200"),
    ("endless_body", "too_large", "200"),
    ("endless_space", "too_large", "200"),
    ("truncated", "connection", "connection_error"),
    ("hang", "timeout", "timeout"),
]
HTTP = [Case(*row, endpoint) for row in EVERYWHERE for endpoint in ALL] + [
    Case("invalid_key_newapi", "key_rejected", "401"),
    Case("key_expired", "key_expired", "401"),
    Case("key_expired_newapi", "key_expired", "401"),
    Case("key_expired_gateway", "key_expired", "400", CHAT),
    Case("invalid_key_nested", "key_rejected", "400", CHAT),
    Case("invalid_key_success", "key_rejected", "200", BILLING),
    Case("error_echoes_key", "key_rejected", "401"),
    Case("control_chars", "key_rejected", "401"),
    Case("forbidden", "forbidden", "403"),
    Case("quota_402", "quota", "402"),
    Case("quota_403_newapi", "quota", "403", CHAT),
    Case("quota_401_newapi", "quota", "401", CHAT),
    Case("quota_400", "quota", "400", CHAT),
    Case("billing_limit", "quota", "429", CHAT),
    Case("pre_consume", "quota", "403", CHAT),
    Case("rate_limited", "rate_limited", "429", CHAT),
    Case("slow_down", "rate_limited", "503", CHAT),
    Case("error_200_rate", "rate_limited", "200", CHAT),
    Case("error_200_key_expired", "key_expired", "200", BILLING),
    Case("model_not_found", "model_not_found", "404", CHAT),
    Case("model_not_found_400", "model_not_found", "400", CHAT),
    Case("no_channel", "model_not_found", "503", CHAT),
    Case("model_in_list", "model_not_found", "404", CHAT),
    Case("wrong_path", "client_error", "404", CHAT, whose="local"),
    Case("no_page", "client_error", "404", CHAT),
    Case("bad_request", "client_error", "400", CHAT, whose="local"),
    Case("status_408", "upstream", "408"),
    Case("status_413", "client_error", "413", CHAT),
    Case("status_422", "client_error", "422", CHAT, whose="local"),
    Case("teapot", "client_error", "4xx"),
    Case("redirect", "redirected", "3xx"),
    Case("server_error", "server_error", "500"),
    Case("upstream_500", "upstream", "500", CHAT),
    Case("upstream_429", "upstream", "429", CHAT),
    Case("overloaded", "upstream", "503", CHAT),
    Case("status_503", "upstream", "503"),
    Case("status_504", "upstream", "504"),
    Case("cloudflare_520", "upstream", "5xx"),
    Case("wrong_shape", "malformed", "200", MODELS),
    Case("wrong_shape", "malformed", "200", CHAT),
    Case("wrong_shape", "balance_unknown", "200", BILLING),
    Case("models_bare", "ok", "200", MODELS),
    Case("empty_answer", "empty_answer", "200", CHAT),
    Case("blank_answer", "empty_answer", "200", CHAT),
    Case("no_choices", "empty_answer", "200", CHAT),
    Case("content_parts", "ok", "200", CHAT),
    Case("reasoning_silent", "ok", "200", CHAT),
    Case("finish_filter", "ok", "200", CHAT),
    Case("finish_error", "server_error", "200", CHAT),
    Case("finish_resource", "server_error", "200", CHAT),
    Case("big_number", "too_large", "200"),
    Case("long_key", "too_large", "200"),
    Case("balance_null", "balance_unknown", "200", BILLING),
    Case("balance_nan", "balance_unknown", "200", BILLING),
    Case("balance_1e400", "balance_unknown", "200", BILLING),
    Case("balance_object", "balance_unknown", "200", BILLING),
    Case("balance_word", "balance_unknown", "200", BILLING),
    Case("balance_missing", "balance_unknown", "200", BILLING),
    Case("balance_text", "ok", "200", BILLING),
    Case("balance_negative", "ok", "200", BILLING),
    Case("slow", "ok", "200", ms=500),
    Case("slow_body", "ok", "200", CHAT, ms=500),
    Case("drip", "timeout", "timeout", CHAT, ms=1000),
    Case("hang_after_headers", "timeout", "timeout"),
    Case("gzip_bomb", "malformed", "200"),
    Case("header_flood", "too_large", "200"),
    Case("long_header", "too_large", "200"),
    Case("reset", "connection", "connection_error"),
    Case("close_early", "connection", "connection_error"),
    Case("reset_in_body", "connection", "connection_error"),
    Case("not_http", "malformed", "protocol_error"),
    Case("http09", "malformed", "protocol_error"),
    Case("bad_chunk", "malformed", "protocol_error"),
    Case("status_999", "malformed", "protocol_error"),
    Case("status_101", "malformed", "protocol_error"),
]


def differences(page, relay, case):
    """The differences between a relay's series and the case's expectations."""
    labels = {"relay": relay, "endpoint": case.endpoint}
    error_type, whose = CAUSES[case.cause]
    held = page.verdict(relay, case.endpoint)
    if held != (case.cause, case.whose or whose):
        return f"verdict {held}"
    if page.get("holysheep_up", **labels) != (case.cause == "ok"):
        return "holysheep_up"
    requests = {s.labels["status"]: s.value
                for s in page.all("holysheep_requests_total", **labels)
                if s.value != 0}
    if set(requests) != {case.status}:
        return f"requests {requests}"
    errors = {s.labels["error_type"]: s.value
              for s in page.all("holysheep_errors_total", relay=relay)
              if s.value != 0}
    wanted = {error_type: requests[case.status]} if error_type else {}
    if errors != wanted:
        return f"errors {errors}, wanted {wanted}"
    counted = page.get("holysheep_request_latency_seconds_count", **labels)
    observed = case.status in ("200", "timeout")
    return None if bool(counted) == observed else f"histogram {counted}"


def pace(case):
    """The intervals and timeouts in a case's block."""
    return BRIEF if case.status == "timeout" else LONG


class CausesTestCase(TestCase):
    def check(self, collectd, relay, case, timeout=40):
        seen = []

        def look():
            seen[:] = [collectd.scrape()]
            return differences(seen[0], relay, case)

        wait_for(look, timeout, f"{relay} {case.endpoint}: {case}",
                 lambda difference: difference is None, collectd.explain)
        return seen[0]

    def start_all(self, cases, block):
        """A relay with this block for each case."""
        relay, blocks = self.start_relay(), []
        for case in cases:
            key = f"sk-test-{case.fault}"
            relay.fault(case.fault, key=key)
            blocks.append(relay_block(case.fault, relay.url, *pace(case),
                                      block, key_file=self.key_file(key)))
        return self.start_collectd(plugin_block(*blocks))

    def check_all(self, cases, block):
        """Checks all of them at once; yields each with what it exposes."""
        collectd = self.start_all(cases, block)
        for case in cases:
            with self.subTest(case.fault):
                page = self.check(collectd, case.fault, case)
                yield case, page


class Http(CausesTestCase):
    """Causes of requests that reached the relay."""

    def test_each_cause(self):
        relay = self.start_relay()
        blocks = []
        for number, case in enumerate(HTTP):
            key = f"sk-test-case-{number}"
            relay.fault(case.fault, key=key, ms=case.ms)
            blocks.append(relay_block(
                f"{number}", relay.url, *pace(case), BLOCKS[case.endpoint],
                key_file=self.key_file(key)))
        collectd = self.start_collectd(plugin_block(*blocks))
        for number, case in enumerate(HTTP):
            with self.subTest(case.fault, endpoint=case.endpoint):
                page = self.check(collectd, f"{number}", case)
                self.check_budget(page, f"{number}", case)
                if case.cause == "timeout":
                    self.check_timeout(page, f"{number}", case)

    def check_budget(self, page, relay, case):
        """An unknown balance is never exported as 0."""
        wanted = {"balance_text": 12.34, "balance_negative": -0.5}
        budget = page.get("holysheep_budget_remaining", relay=relay)
        if case.fault in wanted:
            self.assertEqual(budget, wanted[case.fault])
        elif case.cause != "ok":
            self.assertIsNone(budget)

    def check_timeout(self, page, relay, case):
        """A timeout is recorded as exactly the configured timeout."""
        labels = {"relay": relay, "endpoint": case.endpoint}
        family = "holysheep_request_latency_seconds"
        count = page.value(family + "_count", **labels)
        self.assertEqual(page.value(family + "_sum", **labels),
                         count * TIMEOUT / 1000)
        self.assertEqual(page.value(family + "_bucket",
                                    le=f"{TIMEOUT // 1000}", **labels), count)
        self.assertEqual(page.value(family + "_bucket", le="2", **labels), 0)


class Header(CausesTestCase):
    """Endless headers: slow to detect when curl runs under a checker."""

    def test_endless_100_continue(self):
        self.check_after_100("endless_100")

    def test_endless_status_line_after_100_continue(self):
        self.check_after_100("long_status")

    def check_after_100(self, fault):
        relay = self.start_relay()
        relay.fault(fault)
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, *LONG, BLOCKS[MODELS],
            key_file=self.key_file())))
        self.check(collectd, "main", Case("", "too_large", "1xx"))


class Connection(CausesTestCase):
    """Faults of a relay's ports affect all keys, so each has a relay of its
    own."""

    CASES = [
        Case("tls_expired", "tls_expired", "tls_error"),
        Case("tls_name", "tls_name", "tls_error"),
        Case("tls_issuer", "tls_issuer", "tls_error"),
        Case("tls_garbage", "tls", "tls_error"),
        Case("tls_alert", "tls", "tls_error"),
        Case("tls_hang", "timeout", "timeout"),
        Case("accept_hang", "timeout", "timeout"),
        Case("refuse", "connection", "connection_error"),
    ]

    def test_each_cause(self):
        blocks = []
        for case in self.CASES:
            relay = self.start_relay()
            relay.fault(case.fault)
            blocks.append(relay_block(
                case.fault, relay.tls_url, *pace(case), BLOCKS[MODELS],
                f'CACert "{relay.ca}"', key_file=self.key_file()))
        collectd = self.start_collectd(plugin_block(*blocks))
        for case in self.CASES:
            with self.subTest(case.fault):
                self.check(collectd, case.fault, case)

    def test_unreadable_ca_certificates(self):
        """Files that disappeared after collectd started, or that contain no
        certificate."""
        relay = self.start_relay()
        relay.fault("refuse")
        lost, garbage = private_folder() / "lost", private_folder() / "garbage"
        lost.write_text(pathlib.Path(relay.ca).read_text())
        garbage.write_text("no certificate\n")
        collectd = self.start_collectd(plugin_block(*[
            relay_block(path.name, relay.tls_url, "RetryInterval 1",
                        f'CACert "{path}"', BLOCKS[MODELS],
                        key_file=self.key_file())
            for path in (lost, garbage)]))
        collectd.wait_verdict("lost", MODELS, "connection", timeout=40)
        lost.unlink()
        relay.heal()
        for path in (lost, garbage):
            collectd.wait_verdict(path.name, MODELS, "ca_unreadable", "local",
                                  timeout=40)
            collectd.wait_log(f"models: ca_unreadable.*{path}")

    def test_trusted_certificate_is_accepted(self):
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.tls_url, *LONG, BLOCKS[MODELS],
            f'CACert "{relay.ca}"', key_file=self.key_file())))
        page = self.check(collectd, "main", Case("", "ok", "200"))
        expiry = page.value("holysheep_tls_cert_expiry_timestamp_seconds")
        now = page.value("holysheep_last_probe_timestamp_seconds")
        self.assertGreater(expiry, now)
        for phase in ("connect", "tls", "server"):
            self.assertGreater(page.value("holysheep_request_phase_seconds",
                                          phase=phase), 0)

    def test_certificate_checks_can_be_disabled(self):
        relay = self.start_relay()
        relay.fault("tls_issuer")
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.tls_url, *LONG, BLOCKS[MODELS],
            "VerifyPeer false", "VerifyHost false",
            key_file=self.key_file())))
        self.check(collectd, "main", Case("", "ok", "200"))


class Tunnel:
    """An HTTP proxy that supports only CONNECT."""

    def __init__(self, url):
        self._target = urllib.parse.urlsplit(url)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:{}".format(
            self._server.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self._server.close()

    def _serve(self):
        while True:
            try:
                client, _ = self._server.accept()
                client.recv(4096)
                relay = socket.create_connection(
                    (self._target.hostname, self._target.port))
                client.sendall(b"HTTP/1.1 200 Established\r\n\r\n")
            except OSError:
                return
            for ends in ((client, relay), (relay, client)):
                threading.Thread(target=self._copy, args=ends,
                                 daemon=True).start()

    @staticmethod
    def _copy(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Network(CausesTestCase):
    """Requests that never reach the relay are the network's fault."""

    def black_hole(self):
        """An address that neither accepts nor refuses connections: its accept
        queue is full."""
        server = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.addCleanup(server.close)
        while True:
            client = socket.socket()
            self.addCleanup(client.close)
            client.settimeout(0.5)
            try:
                client.connect(server.getsockname())
            except socket.timeout:  # Python 3.9 raises this class
                return "http://127.0.0.1:{}/v1".format(
                    server.getsockname()[1])

    def refusing_proxy(self):
        """A proxy that answers every request with 407."""
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)

        def refuse():
            while True:
                try:
                    connection, _ = server.accept()
                    connection.recv(4096)
                    connection.sendall(b"HTTP/1.1 407 No\r\n"
                                       b"Content-Length: 0\r\n\r\n")
                    connection.close()
                except OSError:
                    return

        threading.Thread(target=refuse, daemon=True).start()
        return "http://127.0.0.1:{}".format(server.getsockname()[1])

    def test_proxy_failure_is_not_the_relays_fault(self):
        proxies = {"dead": f"http://127.0.0.1:{free_port()}",
                   "refusing": self.refusing_proxy()}
        collectd = self.start_collectd(plugin_block(*[
            relay_block(name, "https://localhost:1/v1", *LONG,
                        f'Proxy "{proxy}"', BLOCKS[MODELS],
                        key_file=self.key_file())
            for name, proxy in proxies.items()]))
        for name in proxies:
            with self.subTest(name):
                self.check(collectd, name, Case(
                    "", "connection", "connection_error", whose="network"))

    def test_relay_behind_a_reused_tunnel(self):
        """If the relay is silent, it is not the network's fault, although no
        CONNECT was made."""
        relay = self.start_relay()
        tunnel = Tunnel(relay.tls_url)
        self.addCleanup(tunnel.close)
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.tls_url, f'CACert "{relay.ca}"', "KeepAlive true",
            f'Proxy "{tunnel.url}"', "Interval 1", "RetryInterval 1",
            f"Timeout {TIMEOUT}", BLOCKS[MODELS], key_file=self.key_file())))
        collectd.wait_verdict("main", MODELS, "ok", timeout=40)
        relay.fault("hang")
        first = collectd.wait_log(r"models: timeout", 40)[0]
        self.assertIn("(fault relay)", first)

    def test_unroutable_address_does_not_set_the_cause(self):
        """A relay that refuses connections exists, whatever happened with its
        last address."""
        cases = {
            f"http://dual.test:{free_port()}/v1": Case(
                "refused", "connection", "connection_error"),
            "http://[2001:db8::1]/v1": Case(
                "unroutable", "connection", "connection_error",
                whose="network"),
        }
        relay = self.start_relay()
        cases[f"http://dual.test:{relay.port}/v1"] = Case("good", "ok", "200")
        collectd = self.start_collectd(plugin_block(*[
            relay_block(case.fault, url, *LONG, "AllowPlainHTTP true",
                        BLOCKS[MODELS], key_file=self.key_file())
            for url, case in cases.items()]), preload=[network_library()])
        for case in cases.values():
            with self.subTest(case.fault):
                self.check(collectd, case.fault, case)

    def test_each_cause(self):
        cases = {
            "http://relay.test/v1": Case("unknown name", "dns", "dns_error"),
            "http://hang.test/v1": Case(
                "a name that hangs", "timeout", "timeout", whose="network"),
            "http://192.0.2.1/v1": Case(
                "no route", "connection", "connection_error",
                whose="network"),
            self.black_hole(): Case(
                "no answer", "timeout", "timeout", whose="network"),
        }
        collectd = self.start_collectd(plugin_block(*[
            relay_block(case.fault, url, *pace(case), "AllowPlainHTTP true",
                        BLOCKS[MODELS], key_file=self.key_file())
            for url, case in cases.items()]), preload=[network_library()])
        for case in cases.values():
            with self.subTest(case.fault):
                self.check(collectd, case.fault, case)
