"""holysheep-check --discover against the stand-in relay: its output, its
requests, and whether the plugin accepts the printed block."""

import re
import textwrap
import time

from check import KEY
from harness import TestCase, build, plugin_block, private_folder, timing
from test_causes import BILLING, CHAT, MODELS
from test_check import CheckTestCase

LINE = re.compile(r"holysheep-check \S+: discovering \S+|(found|missing|hint)"
                  r" +\S.*|There is nothing to configure; .*")


class DiscoverTestCase(CheckTestCase):
    def discover(self, relay, *arguments, **options):
        """The exit code says whether a block was printed."""
        seen = self.run_check("--discover", "--base-url", relay.url,
                              *arguments, **options)
        for line in seen.err.splitlines():
            self.assertRegex(line, rf"\A(?:{LINE.pattern})\Z")
        self.assertIn(seen.code, (0, 1), seen.err)
        self.assertEqual(bool(seen.out), seen.code == 0)
        return seen

    def start_relay(self, responses=False, **options):
        """Unless a test says so, with no other API than Chat, nor models for
        any."""
        options.setdefault("model", ["gpt-4o-mini", "gpt-4o"])
        relay = super().start_relay(**options)
        if not responses:
            relay.fault("no_page", endpoint="responses")
        return relay

    def missing(self, seen):
        """The lines about what is missing, other than the API that is not
        there unless a test says so."""
        return [line for line in self.lines_with_mark(seen, "missing")
                if ", POST /responses: " not in line]

    def lines_with_mark(self, seen, mark):
        return [line for line in seen.err.splitlines()
                if line.startswith(mark + " ")]

    def check_block(self, seen, relay, *inside):
        """The block contains these lines after the URL and key."""
        lines = [f'<Relay "{relay.url.split("/")[2]}">',
                 f'  BaseURL "{relay.url}"',
                 '  APIKeyEnv "HOLYSHEEP_API_KEY"',
                 *("  " + line for line in inside), "</Relay>"]
        self.assertEqual(seen.out, "\n".join(lines) + "\n", seen.err)

    def check_accepted(self, seen, *endpoints):
        """collectd accepts the block, and each of its probes succeeds."""
        collectd = self.make_collectd(
            plugin_block(seen.out), arguments=("-T",),
            env={"HOLYSHEEP_API_KEY": KEY})
        collectd.start(ready=False)
        self.assertEqual(collectd.wait(60 * build.slack()), 0,
                         collectd.explain())
        self.check_reports(collectd)
        verdicts = [re.search(r'Relay "\S+": (\S+)[^:]*: (\w+)', line)
                    for line in collectd.log_lines(r", \d+\.\d+ s$")]
        self.assertEqual(sorted(v.groups() for v in verdicts),
                         sorted((e, "ok") for e in endpoints),
                         collectd.explain())


MODELS_BLOCK = ("<Models>", '  Path "/models"', "</Models>")


def billing_block(preset):
    return f'<Billing "{preset}">', "</Billing>"


def chat_block(model="gpt-4o-mini", *inside):
    return f'<Chat "{model}">', *("  " + line for line in inside), "</Chat>"


class Features(DiscoverTestCase):
    """Relays with and without certain features."""

    def test_all_features(self):
        relay = self.start_relay(responses=True)
        seen = self.discover(relay)
        sent = relay.journal()
        self.assertEqual([e["endpoint"] for e in sent],
                         [MODELS, CHAT, "responses", BILLING])
        for request in sent[1:3]:
            self.assertIn('"stream":true', request["body"])
        self.check_block(seen, relay, *MODELS_BLOCK,
                         *billing_block("holysheep"),
                         *chat_block("gpt-4o-mini", "Stream true"),
                         '<Responses "gpt-4o-mini">',
                         '  Label "Responses gpt-4o-mini"', "  Stream true",
                         "</Responses>")
        self.assertEqual(len(self.lines_with_mark(seen, "found")), 4)
        self.assertEqual(self.lines_with_mark(seen, "missing"), [])
        self.assertIn("12.34 USD", seen.err)
        self.assertIn("the variable HOLYSHEEP_API_KEY as well", seen.err)
        self.check_accepted(seen, MODELS, CHAT, "responses", BILLING)

    def presets(self):
        mistake = self.run_check("--billing", "?")
        return [preset for preset in re.findall(r'"(\S+)"', mistake.err)
                if preset != "auto"]

    def path_of(self, preset):
        """The path of a billing preset."""
        relay = self.start_relay()
        self.discover(relay, "--billing", preset)
        return relay.journal(endpoint=BILLING)[0]["path"]

    def test_each_billing_preset(self):
        """The first preset that works is used."""
        relay = self.start_relay()
        presets = self.presets()
        self.assertEqual(presets[0], "holysheep")
        for preset in presets:
            with self.subTest(preset):
                seen = self.discover(relay)
                self.check_block(seen, relay, *MODELS_BLOCK,
                                 *billing_block(preset),
                                 *chat_block("gpt-4o-mini", "Stream true"))
                self.check_accepted(seen, MODELS, CHAT, BILLING)
            relay.fault("teapot", path=self.path_of(preset))

    def test_no_billing_endpoint(self):
        relay = self.start_relay()
        relay.fault("teapot", endpoint=BILLING)
        seen = self.discover(relay)
        self.check_block(seen, relay, *MODELS_BLOCK,
                         *chat_block("gpt-4o-mini", "Stream true"))
        missing = self.missing(seen)
        self.assertEqual(len(missing), len(relay.journal(endpoint=BILLING)))
        for line in missing:
            self.assertRegex(line, r"balance as \S+, GET /\S+: .*HTTP 418")
        self.assertIn("set Path and RemainingKey", seen.err)
        self.check_accepted(seen, MODELS, CHAT)

    def test_billing_presets_stop_after_a_hang_or_limit(self):
        """Further presets would hang too, or exceed the relay's limit."""
        for fault in "hang", "rate_limited", "status_503":
            with self.subTest(fault):
                relay = self.start_relay()
                relay.fault(fault, endpoint=BILLING)
                seen = self.discover(relay, "--timeout", build.slack())
                self.assertEqual(len(relay.journal(endpoint=BILLING)), 1)
                self.check_block(seen, relay, *MODELS_BLOCK,
                                 *chat_block("gpt-4o-mini", "Stream true"))

    def test_only_the_given_billing_preset(self):
        relay = self.start_relay()
        seen = self.discover(relay, "--billing", "deepseek")
        self.check_block(seen, relay, *MODELS_BLOCK,
                         *billing_block("deepseek"),
                         *chat_block("gpt-4o-mini", "Stream true"))
        self.assertEqual(len(relay.journal(endpoint=BILLING)), 1)
        relay.fault("balance_yuan", endpoint=BILLING)
        seen = self.discover(relay, "--billing", "deepseek")
        self.assertNotIn("Billing", seen.out)
        self.assertIn("set Scale in <Billing>", seen.err)

    def test_unlimited_key(self):
        relay = self.start_relay()
        relay.unlimited()
        seen = self.discover(relay, "--billing", "new-api")
        self.assertIn("the key has no limit", seen.err)
        self.assertIn('<Billing "new-api">', seen.out)

    def test_rate_limits(self):
        relay = self.start_relay()
        relay.fault("ratelimit_near", endpoint=CHAT)
        seen = self.discover(relay)
        self.assertIn("found    limit: 500 requests\n", seen.err)
        self.assertIn("\n  # MaxRequests 500 60\n", seen.out)
        self.check_accepted(seen, MODELS, CHAT, BILLING)
        seen = seen._replace(out=seen.out.replace("# Max", "Max"))
        self.check_accepted(seen, MODELS, CHAT, BILLING)


class Documentation(DiscoverTestCase):
    """The block in the manual is what the tool prints."""

    MANUAL = build.SRCDIR / "doc" / "holysheep-check.pod"

    def test_manual_shows_the_real_block(self):
        relay = self.start_relay()
        relay.fault("teapot", path="/v1/billing")
        key = self.key_file(KEY)
        seen = self.discover(relay, "--key-file", key, key=None)
        block = seen.out.replace(relay.url, "https://gateway.example.com/v1")
        block = block.replace(relay.url.split("/")[2], "gateway.example.com")
        block = block.replace(str(key), "/etc/collectd/gateway.key")
        manual = self.MANUAL.read_text()
        [shown] = re.findall(r"(?ms)^(  <Relay .*?)\n\n", manual)
        self.assertEqual(textwrap.dedent(shown).strip(), block.strip())
        head = seen.err.splitlines()[0].replace(
            relay.url, "https://gateway.example.com/v1")
        self.assertIn(f"\n  {head}\n", manual)


class Model(DiscoverTestCase):
    """Which model is chosen."""

    def asked(self, relay):
        return [re.search(r'"model":"((?:\\.|[^"\\])*)"', entry["body"])[1]
                for entry in relay.journal(endpoint=CHAT)]

    def test_first_listed_model(self):
        relay = self.start_relay(model=["vendor/one", "gpt-4o"])
        seen = self.discover(relay)
        self.assertEqual(self.asked(relay), ["vendor/one"])
        self.assertIn('  <Chat "vendor/one">\n', seen.out)
        self.check_accepted(seen, MODELS, CHAT, BILLING)

    def test_default_model_at_any_position(self):
        relay = self.start_relay(model=["gpt-4o", "gpt-4o-mini"])
        self.discover(relay)
        self.assertEqual(self.asked(relay), ["gpt-4o-mini"])

    def test_given_model(self):
        relay = self.start_relay(model=["first", "second"])
        seen = self.discover(relay, "--model", "second")
        self.assertEqual(self.asked(relay), ["second"])
        self.assertNotIn("not listed", seen.err)

    def test_traces_of_another_vendor(self):
        relay = self.start_relay()
        relay.header("x-groq-region", "fra")
        self.assertRegex(self.discover(relay).err, r"completion of \S+: .*, "
                         r"tokens \d+ \+ \d+; traces of another vendor: groq\n")

    def test_given_model_is_not_listed(self):
        relay = self.start_relay(model=["first", "gpt-4o-mini"])
        relay.fault("model_unlisted", endpoint=MODELS)
        seen = self.discover(relay, "--model", "first")
        self.assertEqual(self.asked(relay), ["first"])
        self.assertIn("completion of first, which is not listed: ", seen.err)
        self.assertIn('  <Chat "first">\n', seen.out)
        seen = self.discover(relay, "--model", "none")
        self.assertNotIn("<Chat", seen.out)
        self.assertRegex(seen.err, "missing +streamed completion of none, "
                         "which is not listed: model_not_found")
        self.assertIn("hint     the block has no completion", seen.err)

    def test_no_model_list(self):
        relay = self.start_relay()
        relay.fault("html", endpoint=MODELS)
        seen = self.discover(relay)
        self.assertEqual(self.asked(relay), ["gpt-4o-mini"])
        self.check_block(seen, relay, *billing_block("holysheep"),
                         *chat_block("gpt-4o-mini", "Stream true"))
        self.check_accepted(seen, CHAT, BILLING)

    def test_unsafe_model_names_are_skipped(self):
        """So are names that contain a part of the key."""
        relay = self.start_relay(model=[
            'a"></Chat>', "b\\", 'c\nAPIKey "sk-d', "e\u202e", "x" * 300,
            KEY, "of-" + KEY[:10], "good"])
        seen = self.discover(relay)
        self.assertEqual(self.asked(relay), ["good"])
        self.check_block(seen, relay, *MODELS_BLOCK,
                         *billing_block("holysheep"),
                         *chat_block("good", "Stream true"))

    def test_no_usable_model_name(self):
        relay = self.start_relay(model=['a"b'])
        seen = self.discover(relay)
        self.assertEqual(self.asked(relay), ["gpt-4o-mini"])
        self.assertNotIn("<Chat", seen.out)

    def test_model_name_that_needs_a_label(self):
        name = "accounts/fireworks/models/llama-v3p1-405b-instruct-turbo"
        relay = self.start_relay(model=[name])
        seen = self.discover(relay)
        self.assertIn('Label "llama-v3p1-405b-instruct-turbo"', seen.out)
        self.check_accepted(seen, MODELS, CHAT, BILLING)


class Completions(DiscoverTestCase):
    """Which form of completion request works."""

    def completions(self, relay, fault):
        """The completion lines of the block, and the number of requests
        answered with 200."""
        relay.fault(fault, endpoint=CHAT)
        seen = self.discover(relay)
        paid = relay.journal(endpoint=CHAT, status=200)
        self.assertLessEqual(len(paid), 2)
        return seen

    def test_relay_without_streaming(self):
        for fault in "stream_ignored", "stream_cut", "stream_error":
            with self.subTest(fault):
                relay = self.start_relay()
                seen = self.completions(relay, fault)
                self.check_block(seen, relay, *MODELS_BLOCK,
                                 *billing_block("holysheep"), *chat_block())
                self.assertRegex(seen.err, r"missing +streamed completion "
                                 r".*[^.]\nfound +plain completion")
                self.check_accepted(seen, MODELS, CHAT, BILLING)

    def test_reasoning_model(self):
        relay = self.start_relay()
        seen = self.completions(relay, "reasoning_model")
        self.check_block(
            seen, relay, *MODELS_BLOCK, *billing_block("holysheep"),
            *chat_block("gpt-4o-mini", "Stream true",
                        "MaxCompletionTokens 64"))
        self.check_accepted(seen, MODELS, CHAT, BILLING)

    def test_no_completion_works(self):
        """The last failure's cause and advice are printed."""
        for fault, cause, tried in (("quota_402", "quota", 1),
                                    ("rate_limited", "rate_limited", 1),
                                    ("server_error", "server_error", 2),
                                    ("html", "malformed", 2)):
            with self.subTest(fault):
                relay = self.start_relay()
                seen = self.completions(relay, fault)
                self.check_block(seen, relay, *MODELS_BLOCK,
                                 *billing_block("holysheep"))
                missing = self.missing(seen)
                self.assertEqual(len(missing), tried)
                self.assertRegex(missing[-1], rf": {cause} \(fault .*\w\.$")
                self.assertIn("the block has no completion", seen.err)
                self.check_accepted(seen, MODELS, BILLING)


class Unusable(DiscoverTestCase):
    """Relays for which no block is printed."""

    def check_none(self, seen, cause, advice):
        self.assertEqual((seen.code, seen.out), (1, ""))
        self.assertRegex(seen.err, rf"missing .*: {cause} \(fault")
        self.assertIn(advice, seen.err)
        self.assertIn("There is nothing to configure", seen.err)

    def test_wrong_key(self):
        relay = self.start_relay()
        for endpoint in None, CHAT:  # some lists need no key
            relay.heal()
            relay.fault("error_echoes_key", endpoint=endpoint)
            seen = self.discover(relay)
            self.check_none(seen, "key_rejected", "Put a valid key")
            self.assertIn("[secret]", seen.err)
        self.assertEqual(relay.journal(endpoint=BILLING), [])

    def test_hanging_relay(self):
        """Discovery stops after the timeout."""
        relay = self.start_relay()
        for fault in "hang", "hang_after_headers", "accept_hang":
            with self.subTest(fault):
                relay.fault(fault)
                begin = time.monotonic()
                seen = self.discover(relay, "--timeout", build.slack())
                if timing():
                    self.assertLess(time.monotonic() - begin, 15)
                self.check_none(seen, "timeout", "no complete answer")
                self.assertLessEqual(
                    len(self.lines_with_mark(seen, "missing")), 2)
                relay.heal()

    def test_connection_refused(self):
        relay = self.start_relay()
        relay.fault("refuse")
        seen = self.discover(relay)
        self.check_none(seen, "connection", "status page")
        self.assertEqual(len(self.lines_with_mark(seen, "missing")), 1)

    def test_site_that_is_not_a_relay(self):
        for fault in "html", "wrong_shape", "redirect", "endless_space":
            with self.subTest(fault):
                relay = self.start_relay()
                relay.fault(fault)
                seen = self.discover(relay)
                self.assertEqual((seen.code, seen.out), (1, ""))


class Usage(CheckTestCase):
    def check_mistake(self, words, *arguments, **options):
        seen = self.run_check("--discover", *arguments, **options)
        self.assertEqual((seen.code, seen.out), (2, ""))
        self.assertRegex(seen.err, r"\Aholysheep-check: [^\n]+\n\Z")
        self.assertIn(words, seen.err)

    def test_usage_errors(self):
        self.check_mistake("only one of them is allowed", "--json")
        for model in 'a"b', "a\\b", "a\nb", "a\u200bb", "of-" + KEY:
            with self.subTest(model):
                self.check_mistake("cannot be used in a configuration",
                                   "--model", model)
        path = private_folder() / 'a"b'
        path.write_text(KEY)
        self.check_mistake("cannot be used in a configuration",
                           "--key-file", path, key=None)
        self.check_mistake("no API key", key=None)

    def test_output_to_a_full_disk(self):
        relay = self.start_relay()
        with open("/dev/full", "w") as full:
            seen = self.run_check("--discover", "--base-url", relay.url,
                                  stdout=full)
        self.assertEqual(seen.code, 2)
        self.assertIn("standard output cannot be written", seen.err)

    def test_relative_key_file(self):
        """The block contains the path as given, because secret stores change
        the link's target."""
        relay = self.start_relay()
        folder = private_folder()
        (folder / "key-1").write_text(KEY)
        (folder / "key").symlink_to("key-1")
        for name in "key", folder / "key":
            seen = self.run_check("--discover", "--base-url", relay.url,
                                  "--key-file", name, key=None, cwd=folder)
            self.assertIn(f'  APIKeyFile "{folder}/key"\n', seen.out)
            self.assertNotIn("APIKeyEnv", seen.out + seen.err)
