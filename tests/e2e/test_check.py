"""holysheep-check against the stand-in relay: every fault, relays that accept
what they should reject, and usage errors."""

import concurrent.futures
import http.server
import pty
import re
import subprocess
import threading
import unicodedata

import test_causes
from check import KEY, run_check
from harness import TestCase, build, network_library, timing
from test_causes import BILLING, CAUSES, CHAT, HTTP, MODELS, Case

SCENARIO = {CHAT: "normal request", MODELS: "list of models",
            BILLING: "balance"}
NAMES = ["normal request", "wrong key", "unknown model", "list of models",
         "balance"]
# What a healthy relay may answer for a model that does not exist.
REFUSALS = ("model_not_found", "client_error", "forbidden")
TIMEOUT = max(2, build.slack())  # s, of faults that hang


def width(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in line)


def fragments(key):
    """All eight-byte fragments of a key. None of them may be shown."""
    return {key[i:i + 8] for i in range(len(key) - 7)}


class CheckTestCase(TestCase):
    def run_check(self, *arguments, key=KEY, **options):
        """Runs it: the key does not appear in the output and no checker
        reports anything."""
        seen = run_check(*arguments, key=key, **options)
        self.assertEqual(seen.report, "")
        for piece in fragments(key or KEY):
            self.assertNotIn(piece, (seen.out or "") + seen.err)
        return seen

    def check_text(self, seen):
        self.assertEqual(seen.err, "")
        for line in seen.out.splitlines():
            self.assertLessEqual(width(line), 80, line)
            self.assertNotIn("\033", line)
        marks = re.findall(r"(?m)^(PASS|FAIL)  (.{14})  \S", seen.out)
        self.assertEqual([name.strip() for _, name in marks], NAMES)
        self.assertEqual(seen.code, any(m == "FAIL" for m, _ in marks))

    def check_json(self, seen):
        self.assertEqual(seen.err, "")
        scenarios = seen.json["scenarios"]
        self.assertEqual([s["scenario"] for s in scenarios], NAMES)
        passed = [s["passed"] for s in scenarios]
        self.assertEqual((seen.json["passed"], seen.code),
                         (all(passed), 0 if all(passed) else 1))
        for scenario in scenarios:
            for word in ("meaning", "advice"):
                self.assertEqual(scenario[word] is None, scenario["passed"])

    def check_case(self, seen, case):
        """The scenario reports the same cause as the plugin's verdict."""
        held = seen.scenario(SCENARIO[case.endpoint])
        self.assertEqual(
            (held["cause"], held["fault"], held["passed"]),
            (case.cause, case.whose or CAUSES[case.cause][1],
             case.cause == "ok"))
        if case.status.isdigit():
            self.assertEqual(held["http_status"], int(case.status))


class Faults(CheckTestCase):
    """Faults of requests that reach the relay; each has a key of its own."""

    def setUp(self):
        self.relay = self.start_relay()

    def run_text_and_json(self, number, cases):
        key = f"sk-test-{number:02}Vw8Zr3Xt6Bn5"
        self.relay.fault(cases[0].fault, key=key, ms=cases[0].ms)
        hangs = any(case.cause == "timeout" for case in cases)
        options = ("--base-url", self.relay.url,
                   "--timeout", TIMEOUT if hangs else 60)
        return (self.run_check(*options, "--json", key=key),
                self.run_check(*options, key=key) if timing() else None)

    def check_both(self, seen, text, cases):
        self.check_json(seen)
        if text:  # too slow under a checker, and covered there by other tests
            self.check_text(text)
        for case in cases:
            self.check_case(seen, case)
        self.assertEqual(seen.scenario("wrong key")["cause"], "key_rejected")
        unknown = seen.scenario("unknown model")
        self.assertEqual(unknown["passed"], unknown["cause"] in REFUSALS)

    def test_each_fault(self):
        groups = {}
        for case in HTTP:
            groups.setdefault((case.fault, case.ms), []).append(case)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            runs = {fault: pool.submit(self.run_text_and_json, number, cases)
                    for number, (fault, cases) in enumerate(groups.items())}
            for fault, cases in groups.items():
                with self.subTest(fault):
                    self.check_both(*runs[fault].result(), cases)


class Unreachable(CheckTestCase):
    """Faults of the relay's ports and of the network."""

    def run_at(self, url, case, **options):
        arguments = ("--base-url", url,
                     "--timeout", TIMEOUT if case.cause == "timeout" else 60)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            text = pool.submit(self.run_check, *arguments, **options)
            seen = self.run_check(*arguments, "--json", **options)
            self.check_text(text.result())
        self.check_json(seen)
        self.check_case(seen, case)
        return seen

    def trusting(self, ca):
        """A command prefix that makes these the system's CA certificates."""
        bundle = subprocess.run(["curl-config", "--ca"], check=True,
                                capture_output=True, text=True).stdout.strip()
        prefix = ["unshare", "--user", "--map-root-user", "--mount", "sh",
                  "-c", 'mount --bind "$1" "$2" && shift 2 && exec "$@"',
                  "sh", ca, bundle]
        tried = subprocess.run([*prefix, "true"], capture_output=True,
                               text=True)
        if tried.returncode:
            self.skipTest(f"no namespace of our own: {tried.stderr}")
        return prefix

    def test_port_faults(self):
        for case in [*test_causes.Connection.CASES, Case("", "ok", "200")]:
            with self.subTest(case.fault):
                relay = self.start_relay()
                if case.fault:
                    relay.fault(case.fault)
                seen = self.run_at(relay.tls_url, case,
                                   prefix=self.trusting(relay.ca))
                phases = seen.scenario("list of models")["phases"]
                shaken = case.fault in ("", "tls_alert")
                self.assertEqual(phases["tls"] is not None, shaken)

    def test_network_faults(self):
        env = {"LD_PRELOAD": network_library()}
        if build.is_sanitized(build.built("holysheep-check")):
            self.skipTest("the sanitizer has to be the first library")
        for url, cause, status, whose in (
                ("https://relay.test/v1", "dns", "dns_error", None),
                ("https://hang.test/v1", "timeout", "timeout", "network"),
                ("https://192.0.2.1/v1", "connection", "connection_error",
                 "network"),
                (test_causes.Network.black_hole(self), "timeout", "timeout",
                 "network")):
            with self.subTest(url):
                self.run_at(url, Case("", cause, status, whose=whose), env=env)


class Files(CheckTestCase):
    def test_no_file_descriptor_left(self):
        """The failure is the local host's fault."""
        if not timing():
            self.skipTest("a checker needs files of its own")
        seen = self.run_check(
            "--base-url", "http://127.0.0.1:9", "--json",
            env={"LD_PRELOAD": network_library(), "HOLYSHEEP_NO_FILES": "1"})
        for scenario in seen.json["scenarios"]:
            self.assertEqual(
                (scenario["cause"], scenario["fault"], scenario["detail"]),
                ("internal", "local", "Too many open files"))


class Echo(http.server.BaseHTTPRequestHandler):
    """A relay that sends the first request's key in every response."""

    def answer(self):
        self.server.first = getattr(self.server, "first", None) or (
            self.headers["Authorization"])
        body = ('{"error": {"message": "no %s", "code": "%s"}}' % (
            (self.server.first,) * 2)).encode()
        self.send_response(401)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Request-Id", self.server.first)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


class Behaviour(CheckTestCase):
    def test_healthy_relay(self):
        relay = self.start_relay()
        seen = self.run_check("--base-url", relay.url + "/", "--model",
                              "gpt-4o")
        self.check_text(seen)
        self.assertEqual(seen.code, 0)
        self.assertIn("tokens 8 + 10", seen.out)
        self.assertIn("12.34 USD left", seen.out)
        self.assertIn("HTTP 200, 4 models", seen.out)
        self.assertTrue(seen.out.endswith("\nThe relay behaves as "
                                          "expected.\n"))
        sent = relay.journal()
        self.assertEqual([entry["endpoint"] for entry in sent],
                         [CHAT, CHAT, CHAT, MODELS, BILLING])
        self.assertEqual([entry["key"] == KEY for entry in sent],
                         [True, False, True, True, True])
        self.assertEqual(['"gpt-4o"' in entry["body"] for entry in sent[:3]],
                         [True, True, False])

    def sent_wrong_value(self, field):
        """The wrong key or the unknown model that the check sends."""
        relay = self.start_relay()
        run_check("--base-url", relay.url)
        if field == "key":
            return relay.journal()[1]["key"]
        return re.search(r'"model":"([^"]*)"', relay.journal()[2]["body"])[1]

    def check_caught(self, relay, scenario, word):
        """Only that scenario fails, although every request was answered."""
        text = self.run_check("--base-url", relay.url)
        self.check_text(text)
        self.assertRegex(text.out, f"FAIL  {scenario}  .*: ok, HTTP 200")
        self.assertIn(word, " ".join(text.out.split()))
        seen = self.run_check("--base-url", relay.url, "--json")
        self.check_json(seen)
        self.assertEqual([s["scenario"] for s in seen.json["scenarios"]
                          if not s["passed"]], [scenario])
        self.assertEqual(seen.scenario(scenario)["cause"], "ok")

    def test_relay_that_accepts_a_wrong_key(self):
        relay = self.start_relay(key=[KEY, self.sent_wrong_value("key")])
        self.check_caught(relay, "wrong key", "accepted a key that does not")

    def test_relay_that_answers_for_an_unknown_model(self):
        relay = self.start_relay(model=["gpt-4o-mini",
                                        self.sent_wrong_value("model")])
        self.check_caught(relay, "unknown model", "a model that does not")

    def test_answer_from_another_model(self):
        relay = self.start_relay()
        relay.fault("model_other")
        self.check_caught(relay, "normal request", "from a different model")
        relay.fault("model_dated")
        self.check_json(seen := self.run_check("--base-url", relay.url,
                                               "--json"))
        self.assertEqual(seen.code, 0)

    def test_traces_of_another_vendor(self):
        """Of the completion only, and no failure."""
        relay = self.start_relay()
        url = "--base-url", relay.url
        seen = self.run_check(*url, "--json")
        self.assertEqual([s["vendor_traces"] for s in seen.json["scenarios"]],
                         [[]] * 5)
        relay.header("x-groq-region", "fra")
        relay.header("x-ds-trace-id", "1")
        seen = self.run_check(*url, "--json")
        self.check_json(seen)
        self.assertEqual(seen.code, 0)
        self.assertEqual([s["vendor_traces"] for s in seen.json["scenarios"]],
                         [["deepseek", "groq"], [], [], [], []])
        self.check_text(seen := self.run_check(*url))
        self.assertEqual(re.findall(r"(?m)^.*trace.*$", seen.out), [
            22 * " " + "traces of another vendor: deepseek, groq"])

    def test_each_billing_preset(self):
        relay = self.start_relay(balance=12.34)
        for preset in ("holysheep", "new-api", "openrouter", "deepseek",
                       "sub2api", "siliconflow", "moonshot", "auto"):
            with self.subTest(preset):
                seen = self.run_check("--base-url", relay.url, "--billing",
                                      preset, "--json")
                self.assertEqual(seen.json["billing"], preset)
                self.assertAlmostEqual(
                    seen.scenario("balance")["balance_usd"], 12.34, 2)

    def test_relay_that_echoes_an_earlier_key(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = "http://127.0.0.1:{}/v1".format(server.server_address[1])
        text = self.run_check("--base-url", url)
        self.check_text(text)
        self.assertGreaterEqual(text.out.count("[secret]"), 15)
        self.check_json(self.run_check("--base-url", url, "--json"))

    def test_output_matches_the_documentation(self):
        relay = self.start_relay()
        seen = self.run_check("--base-url", relay.url, "--json").json
        names = {*seen, *seen["scenarios"][0],
                 *seen["scenarios"][0]["phases"]}
        manual = (build.SRCDIR / "doc" / "holysheep-check.pod").read_text()
        shape = manual.split("=head1 JSON")[1].split("=head1")[0]
        self.assertEqual(
            set(re.findall(r"C<(\w+)>", "\n".join(
                re.findall(r"(?m)^=item (.*)$", shape)))), names)


class Terminal(CheckTestCase):
    def colours(self, **env):
        """Whether the output to a terminal is coloured."""
        relay = self.start_relay()
        ours, theirs = pty.openpty()
        with open(ours, "rb", buffering=0) as terminal:
            with open(theirs, "wb"):
                seen = self.run_check("--base-url", relay.url, stdout=theirs,
                                      env={"TERM": "xterm", **env})
                text = b""
                while not text.endswith(b"as expected.\r\n"):
                    text += terminal.read(4096)
        self.assertEqual(seen.code, 0)
        return b"\033[" in text

    def test_colours_only_on_a_terminal(self):
        self.assertTrue(self.colours())
        self.assertTrue(self.colours(NO_COLOR=""))
        self.assertFalse(self.colours(NO_COLOR="1"))
        self.assertFalse(self.colours(TERM="dumb"))


class Key(CheckTestCase):
    REFUSED = {"a blank": "sk-test Kq7Vw8Zr3Xt6",
               "a blank in front": " sk-test-Kq7Vw8Zr3Xt6",
               "a line end": "sk-test-Kq7Vw\n8Zr3Xt6",
               "quotes": '"sk-test-Kq7Vw8Zr3Xt6"',
               "Bearer": "Bearer sk-test-Kq7Vw8Zr3Xt6"}

    def test_invalid_keys_are_refused(self):
        for what, key in self.REFUSED.items():
            with self.subTest(what):
                for place, seen in (
                        ("--key-file", self.run_check(
                            "--key-file", self.key_file(key), key=None)),
                        ("HOLYSHEEP_API_KEY", self.run_check(key=key))):
                    self.assertEqual((seen.code, seen.out), (2, ""))
                    self.assertEqual(
                        seen.err,
                        f"holysheep-check: {place}: contains a space, a "
                        "quote, a line break or another character that no "
                        "API key has; it must contain only the key, on one "
                        'line, without quotes or "Bearer"\n')

    def hints(self, key, *arguments):
        relay = self.start_relay(key=[key.strip()])
        arguments = ("--base-url", relay.url, *arguments)
        text = self.run_check(*arguments, key=key)
        self.check_text(text)
        hints = self.run_check(*arguments, "--json", key=key).json["hints"]
        shown = re.findall(r"(?m)^hint  (.*(?:\n {6}.*)*)", text.out)
        self.assertEqual([" ".join(hint.split()) for hint in shown], hints)
        return hints

    def test_key_hints(self):
        for key, word in {KEY: None, "hs-Kq7Vw8Zr3Xt6": "start with sk-",
                          "YOUR_HOLYSHEEP_API_KEY": "placeholder",
                          "export=sk-Kq7Vw8Zr3Xt6": "a variable name and =",
                          KEY + "\n": "a line break after"}.items():
            with self.subTest(key):
                hints = self.hints(key)
                self.assertEqual(len(hints), 0 if word is None else 1)
                self.assertIn(word or "", "".join(hints))

    def test_key_file_takes_precedence(self):
        relay = self.start_relay(key=[KEY])
        path = self.key_file(KEY, mode=0o644)
        seen = self.run_check("--base-url", relay.url, "--json",
                              "--key-file", path, key="sk-other-9Xc4Vb7Nm2")
        self.check_json(seen)
        self.assertEqual(seen.code, 0)
        self.assertRegex(seen.json["hints"][0], "Every user .* chmod o-r")


class Usage(CheckTestCase):
    MISTAKES = [
        (("--key", KEY), "the key must not be on the command line"),
        ((f"--key={KEY}",), "the key must not be on the command line"),
        (("--key-file", KEY), "--key-file: cannot be read: No such file"),
        ((KEY,), "only options are allowed, see --help"),
        ((f"-{KEY}",), "unknown option, see --help"),
        ((f"--{KEY}",), "unknown option, see --help"),
        (("--timeout",), "--timeout: requires a value"),
        (("--timeout", "10000"), "--timeout: must be a number of "
         "seconds from 0.1 to 600"),
        (("--timeout", "0"), "--timeout: must be a number of "
         "seconds from 0.1 to 600"),
        (("--timeout", "soon"), "--timeout: must be a number of "
         "seconds from 0.1 to 600"),
        (("--billing", "other"), '--billing: must be "holysheep", "new-api", '
         '"openrouter", "deepseek", "sub2api", "siliconflow", "moonshot" '
         'or "auto"'),
        (("--model", ""), '--model "": must not be empty'),
        (("--base-url", "http://relay.test/v1"),
         "the API key would cross the network unencrypted: use https://"),
        (("--base-url", "ftp://127.0.0.1/"), "starts with https:// or "
                                             "http://"),
        (("--base-url", "https://me:" + KEY + "@relay.test"),
         "--base-url: must not contain a user or password"),
        (("--base-url", "https://relay.test/?a"), "a URL without ? and #"),
    ]

    def check_mistake(self, seen, words):
        self.assertEqual((seen.code, seen.out), (2, ""))
        self.assertRegex(seen.err, r"\Aholysheep-check: [^\n]+\n\Z")
        self.assertIn(words, seen.err)

    def test_usage_errors(self):
        for arguments, words in self.MISTAKES:
            with self.subTest(arguments):
                self.check_mistake(self.run_check(*arguments), words)

    def test_missing_key(self):
        self.check_mistake(
            self.run_check(key=None), "no API key: use --key-file FILE or "
                                      "set the variable HOLYSHEEP_API_KEY")

    def test_help_and_version(self):
        for option, words in (("--help", "usage: holysheep-check"),
                              ("--version", "holysheep-check ")):
            seen = self.run_check(option, key=None)
            self.assertEqual((seen.code, seen.err), (0, ""))
            self.assertTrue(seen.out.startswith(words))

    def test_output_to_a_full_disk(self):
        with open("/dev/full", "w") as full:
            seen = self.run_check("--help", stdout=full)
        self.assertEqual(seen.code, 2)
        self.assertIn("standard output cannot be written", seen.err)
