"""The list of models, and responses from other models than requested."""

from harness import TestCase, plugin_block, relay_block
from test_causes import CHAT, LONG, MODELS

FAST = ("Interval 0.5", "RetryInterval 0.5", "Timeout 30000")
REQUIRE = ('<Models>\n  Require "gpt-4o" "claude-3-5-sonnet"\n'
           '  Require "gpt-5/turbo"\n</Models>')


class ModelList(TestCase):
    def start(self, fault=None, *lines):
        relay = self.start_relay()
        if fault:
            relay.fault(fault)
        return self.start_collectd(plugin_block(relay_block(
            "main", relay.url, *LONG, *lines, key_file=self.key_file())))

    def wait_list(self, collectd):
        """Waits for all families, which are dispatched one by one."""
        collectd.wait_verdict("main", MODELS, "ok")
        return collectd.wait_scrape(
            lambda s: len(self.available(s)) == 3, 10, "the list")

    def available(self, page):
        return {s.labels["model"]: s.value
                for s in page.all("holysheep_model_available")}

    def test_required_models(self):
        page = self.wait_list(self.start(None, REQUIRE))
        self.assertEqual(page.value("holysheep_models"), 4)
        self.assertEqual(self.available(page), {
            "gpt-4o": 1, "claude-3-5-sonnet": 1, "gpt-5/turbo": 0})

    def test_ten_thousand_models(self):
        page = self.wait_list(self.start("models_many", REQUIRE))
        self.assertEqual(page.value("holysheep_models"), 10004)
        self.assertEqual(self.available(page)["gpt-4o"], 1)

    def test_list_that_is_too_large(self):
        collectd = self.start("models_too_many", REQUIRE)
        page = collectd.wait_verdict("main", MODELS, "too_large")
        self.assertEqual(page.all("holysheep_models"), [])
        self.assertEqual(self.available(page), {})

    def test_empty_list(self):
        page = self.wait_list(self.start("models_none", REQUIRE))
        self.assertEqual(page.value("holysheep_models"), 0)
        self.assertEqual(set(self.available(page).values()), {0})


class Mismatch(TestCase):
    def check(self, fault, counted, *lines):
        relay = self.start_relay()
        relay.fault(fault)
        block = '<Chat "gpt-4o-mini">\n  {}\n</Chat>'.format(
            "\n  ".join(("MaxTokens 5",) + lines))
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, *LONG, block, key_file=self.key_file())))
        collectd.wait_verdict("main", CHAT, "ok")
        collectd.wait_scrape(
            lambda s: s.value("holysheep_tokens_total", type="prompt") > 0
            and s.value("holysheep_model_mismatch_total") == counted, 10,
            f"{counted} of other models")

    def test_mismatch_in_a_plain_response(self):
        self.check("model_other", 1)

    def test_mismatch_in_a_stream(self):
        self.check("model_other", 1, "Stream true")

    def test_dated_name_matches(self):
        self.check("model_dated", 0)

    def test_missing_name_is_not_a_mismatch(self):
        self.check("model_missing", 0)
        self.check("model_null", 0)


class SixCompletions(TestCase):
    """Of each kind, plain and streamed, with the same prompt."""
    ENDPOINTS = {"Chat": CHAT, "Messages": "messages",
                 "Responses": "responses"}

    def start(self, fault, *headers):
        relay = self.start_relay()
        if fault:
            relay.fault(fault)
        for name in headers:
            relay.header(name, "1")
        blocks = [f'<{kind} "gpt-4o-mini">\n  Stream {stream}\n'
                  f'  Label "{kind} {stream}"\n</{kind}>'
                  for kind in self.ENDPOINTS for stream in ("true", "false")]
        return self.start_collectd(plugin_block(relay_block(
            "main", relay.url, *LONG, *blocks, key_file=self.key_file())))


class StreamUsage(SixCompletions):
    def check(self, fault, counted):
        expected = {
            (name, self.ENDPOINTS[kind], f"{kind} {stream}"): tokens
            for kind in self.ENDPOINTS for name, stream, tokens in (
                ("holysheep_prompt_tokens", "true", counted),
                ("holysheep_prompt_tokens", "false", 8),
                ("holysheep_plain_prompt_tokens", "true", 8))}
        self.start(fault).wait_scrape(lambda s: expected == {
            (name, of.labels["endpoint"], of.labels["model"]): of.value
            for name in {name for name, _, _ in expected}
            for of in s.all(name)}, 20, "the sizes of prompts")

    def test_a_stream_counts_as_much_as_a_plain_answer(self):
        self.check(None, 8)

    def test_a_stream_counts_more(self):
        self.check("usage_doubled", 16)


class VendorTraces(SixCompletions):
    def traces(self, page):
        return {(s.labels["endpoint"], s.labels["model"], s.labels["vendor"]):
                s.value for s in page.all("holysheep_vendor_traces_total")}

    def all_of(self, vendors):
        return {(endpoint, f"{kind} {stream}", vendor): 1
                for kind, endpoint in self.ENDPOINTS.items()
                for stream in ("true", "false")
                for vendor in vendors.get(kind, ())}

    def check(self, collectd, wanted):
        collectd.wait_scrape(
            lambda s: len(s.all("holysheep_up")) == 6
            and self.traces(s) == wanted, 20, "traces of vendors")

    def test_an_id_of_another_vendor(self):
        self.check(self.start("id_bedrock"),
                   self.all_of(dict.fromkeys(self.ENDPOINTS, ["aws"])))

    def test_a_field_of_another_vendor(self):
        self.check(self.start("usage_ticks"), self.all_of({"Chat": ["xai"]}))

    def test_headers_of_other_vendors(self):
        collectd = self.start(None, "anthropic-organization-id", "x-groq-region",
                              "x-amzn-requestid")
        self.check(collectd, self.all_of({
            "Chat": ["anthropic", "groq"], "Messages": ["groq"],
            "Responses": ["anthropic", "groq"]}))

    def test_each_apis_own_form_has_none(self):
        collectd = self.start(None)
        page = collectd.wait_scrape(
            lambda s: len(s.all("holysheep_up")) == 6, 20, "all six")
        self.assertEqual(self.traces(page), {})


class Requests(TestCase):
    def start(self, *lines, fault=None):
        self.relay = self.start_relay()
        if fault:
            self.relay.fault(fault)
        block = '<Chat "gpt-4o-mini">\n  {}\n</Chat>'.format(
            "\n  ".join(lines))
        return self.start_collectd(plugin_block(relay_block(
            "main", self.relay.url, *FAST, block, key_file=self.key_file())),
            interval=0.5)

    def test_max_completion_tokens(self):
        collectd = self.start("MaxCompletionTokens 50",
                              fault="max_tokens_refused")
        collectd.wait_verdict("main", CHAT, "ok")
        body = self.relay.journal()[0]["body"]
        self.assertIn('"max_completion_tokens":50', body)
        self.assertNotIn('"max_tokens"', body)

    def test_error_names_the_configuration_key_to_use(self):
        collectd = self.start("MaxTokens 5", fault="max_tokens_refused")
        collectd.wait_verdict("main", CHAT, "client_error")
        line = collectd.wait_log("client_error")[0]
        self.assertIn("Set MaxCompletionTokens in <Chat>", line)

    def test_prompt_defeats_caches(self):
        collectd = self.start('Prompt "at %t, ping %"')
        collectd.wait_scrape(
            lambda s: (s.get("holysheep_requests_total", status="200")
                       or 0) >= 4, 15, "four completions")
        bodies = {e["body"] for e in self.relay.journal()}
        self.assertGreater(len(bodies), 1)
        for body in bodies:
            self.assertRegex(
                body, r'"at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, ping %"')
