"""Probes for embeddings: the plugin and holysheep-check against the stand-in
relay."""

import completion_api
from check import KEY
from harness import plugin_block, relay_block
from test_causes import LONG, MODELS, Case, CausesTestCase
from test_discover import MODELS_BLOCK, DiscoverTestCase, billing_block

EMBEDDINGS = "embeddings"
MODEL = "text-embedding-3-small"
BLOCK = '<Embeddings "gpt-4o-mini">\n  PromptPrice 2\n</Embeddings>'
BAD = [Case(*row, EMBEDDINGS) for row in [
    ("vector_none", "empty_answer", "200"),
    ("vector_empty", "empty_answer", "200"),
    ("vector_zeros", "empty_answer", "200"),
    ("vector_nulls", "empty_answer", "200"),
    ("vector_base64", "empty_answer", "200"),
    ("invalid_key", "key_rejected", "401"),
    ("quota_429", "quota", "429"),
    ("model_not_found", "model_not_found", "404"),
    ("truncated_json", "malformed", "200"),
]]


class Embeddings(CausesTestCase):
    def test_vector(self):
        relay = self.start_relay()
        collectd = self.start_collectd(plugin_block(relay_block(
            "main", relay.url, *LONG, BLOCK, key_file=self.key_file())))
        page = collectd.wait_verdict("main", EMBEDDINGS, "ok")
        [request] = relay.journal()
        self.assertEqual((request["endpoint"], request["body"]), (
            EMBEDDINGS, '{"model":"gpt-4o-mini","input":"ping"}'))
        self.assertEqual([(s.labels["type"], s.value) for s in
                          page.all("holysheep_tokens_total")],
                         [("prompt", 1)])
        self.assertAlmostEqual(page.value("holysheep_cost_usd_total"), 2e-6)
        self.assertEqual(page.value("holysheep_prompt_tokens",
                                    endpoint=EMBEDDINGS), 1)
        self.assertEqual(page.all("holysheep_reasoning_tokens_total"), [])

    def test_failures(self):
        for _ in self.check_all(BAD, BLOCK):
            pass


class Check(completion_api.Check):
    ENDPOINT = EMBEDDINGS
    OPTIONS = ("--api", "embeddings", "--model", "gpt-4o-mini")

    def test_vector_without_content(self):
        relay = self.start_relay()
        relay.fault("vector_zeros", key=KEY)
        seen = self.run_check("--base-url", relay.url, "--json",
                              *self.OPTIONS)
        self.check_json(seen)
        normal = seen.scenario("normal request")
        self.assertEqual((normal["endpoint"], normal["cause"]),
                         (EMBEDDINGS, "empty_answer"))

    def test_unknown_api(self):
        seen = self.run_check("--api", "vectors")
        self.assertEqual((seen.code, seen.out), (2, ""))
        self.assertIn("must be one of Chat, Messages, Responses, Embeddings",
                      seen.err)


class Discover(DiscoverTestCase):
    def block(self):
        return f'<Embeddings "{MODEL}">', "</Embeddings>"

    def test_listed_model(self):
        relay = self.start_relay(model=["gpt-4o-mini", MODEL])
        seen = self.discover(relay)
        self.check_block(seen, relay, *MODELS_BLOCK,
                         *billing_block("holysheep"),
                         '<Chat "gpt-4o-mini">', "  Stream true", "</Chat>",
                         *self.block())
        self.assertIn(f"vector of {MODEL}, POST /embeddings", seen.err)
        self.check_accepted(seen, MODELS, "chat/completions", EMBEDDINGS,
                            "billing")

    def test_only_this_api(self):
        relay = self.start_relay(model=["gpt-4o-mini", MODEL])
        seen = self.discover(relay, "--api", "embeddings")
        self.check_block(seen, relay, *MODELS_BLOCK,
                         *billing_block("holysheep"), *self.block())
        self.assertEqual(relay.journal(endpoint="chat/completions"), [])
