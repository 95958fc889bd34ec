"""The stand-in relay itself works as its --help says."""

import email.utils
import json
import time

from harness import TestCase, wait_for
from relay_client import CHAT, KEY, MODEL, ask, chat, send, streaming

CONNECTION_FAULTS = {"accept_hang", "tls_hang", "tls_garbage", "tls_expired",
                     "tls_name", "tls_issuer", "refuse"}
SUBSCRIPTION = "/dashboard/billing/subscription"
USAGE = "/dashboard/billing/usage"
TOKEN = "/../api/usage/token/"


class Faults(TestCase):
    """Which fault applies to a request, and that it affects no other."""

    def test_most_specific_fault_wins(self):
        relay = self.start_relay()
        relay.fault("teapot")
        relay.fault("forbidden", endpoint="billing")
        relay.fault("status_502", path=USAGE)
        relay.fault("invalid_key", key="sk-test-one")
        relay.fault("rate_limited", key="sk-test-one", path=USAGE)
        for path, key, status in [("/models", KEY, 418),
                                  ("/billing", KEY, 403),
                                  (USAGE, KEY, 502),
                                  ("/billing", "sk-test-one", 401),
                                  (USAGE, "sk-test-one", 429)]:
            with self.subTest(path, key=key):
                self.assertEqual(ask(relay, path, key=key).status, status)
        relay.heal(key="sk-test-one", path=USAGE)
        self.assertEqual(ask(relay, USAGE, key="sk-test-one").status, 401)
        relay.heal(path=USAGE)
        self.assertEqual(ask(relay, USAGE).status, 403)
        relay.heal()
        self.assertEqual(ask(relay, USAGE).status, 200)

    def test_each_fault_applies_at_once(self):
        relay = self.start_relay()
        names = {line.split()[0] for line in relay.faults().splitlines()}
        names -= CONNECTION_FAULTS
        sockets = []
        for name in names:
            relay.fault(name, key=f"sk-test-{name}")
            for path, body in [("/models", None), ("/billing", None),
                               (CHAT, chat()), (CHAT, streaming()),
                               ("/messages", chat()),
                               ("/responses", {"input": "a"}),
                               ("/embeddings", {"input": "a"})]:
                sockets.append(send(relay, path, body, f"sk-test-{name}"))
        wait_for(lambda: {e["fault"] for e in relay.journal()}, 20,
                 "each fault to be met", until=names.issubset)
        self.assertEqual(ask(relay, "/models").status, 200)
        for sock in sockets:
            sock.close()
        wait_for(relay.connections, 20, "the relay to let go of all",
                 until=lambda seen: seen["open"] == 0)
        self.assertEqual(relay.stop()[1], 0, relay.explain())
        self.assertEqual(relay.err.read_text(), "")


class ModelList(TestCase):
    """The list of models."""

    def listed(self, relay):
        answer = ask(relay, "/models")
        self.assertEqual(answer.status, 200)
        return [m["id"] for m in answer.json()["data"]], len(answer.body)

    def test_lists_below_and_above_8_mib(self):
        relay = self.start_relay(model=["one", "two"])
        relay.fault("models_many")
        models, size = self.listed(relay)
        self.assertEqual(len(set(models)), 10002)
        self.assertEqual(models[-2:], ["one", "two"])
        self.assertLess(size, 8 << 20)
        relay.fault("models_too_many")
        self.assertGreater(self.listed(relay)[1], 8 << 20)

    def test_unlisted_model_answers(self):
        relay = self.start_relay(model=["one", "two"])
        relay.fault("model_unlisted")
        self.assertEqual(self.listed(relay)[0], ["two"])
        self.assertEqual(ask(relay, CHAT, {**chat(), "model": "one"}).status,
                         200)
        relay.fault("models_none")
        self.assertEqual(self.listed(relay)[0], [])


class Completions(TestCase):
    """Plain completions and their requests."""

    def check_refused(self, relay, request, param, code):
        answer = ask(relay, CHAT, request)
        self.assertEqual(answer.status, 400)
        error = answer.json()["error"]
        self.assertEqual((error["param"], error["code"]), (param, code))
        return error["message"]

    def test_both_token_limits_apply(self):
        relay = self.start_relay()
        for limit in ("max_tokens", "max_completion_tokens"):
            with self.subTest(limit):
                answer = ask(relay, CHAT, chat(**{limit: 3})).json()
                self.assertEqual(answer["usage"]["completion_tokens"], 3)
                self.assertEqual(answer["choices"][0]["finish_reason"],
                                 "length")
                self.check_refused(relay, chat(**{limit: 0}), limit,
                                   "integer_below_min_value")
        self.check_refused(
            relay, chat(max_tokens=3, max_completion_tokens=3), "max_tokens",
            None)
        self.check_refused(relay, chat(stream_options={}), "stream_options",
                           None)

    def test_max_tokens_rejected(self):
        relay = self.start_relay()
        relay.fault("max_tokens_refused")
        message = self.check_refused(relay, chat(max_tokens=10), "max_tokens",
                                     "unsupported_parameter")
        self.assertEqual(message, "Unsupported parameter: 'max_tokens' is not "
                         "supported with this model. Use "
                         "'max_completion_tokens' instead.")
        for request in (chat(max_completion_tokens=1), chat()):
            self.assertEqual(ask(relay, CHAT, request).status, 200)

    def test_reasoning_model(self):
        relay = self.start_relay()
        relay.fault("reasoning_model")
        self.check_refused(relay, chat(max_tokens=100), "max_tokens",
                           "unsupported_parameter")
        message = self.check_refused(relay, chat(max_completion_tokens=1),
                                     None, None)
        self.assertIn("Please try again with higher max_tokens.", message)
        self.assertEqual(
            ask(relay, CHAT, chat(max_completion_tokens=16)).status, 200)
        relay.fault("reasoning_silent")
        answer = ask(relay, CHAT, chat(max_completion_tokens=1)).json()
        self.assertEqual(answer["choices"][0]["message"]["content"], "")
        self.assertEqual(answer["choices"][0]["finish_reason"], "length")
        details = answer["usage"]["completion_tokens_details"]
        self.assertEqual(details["reasoning_tokens"], 1)

    def test_empty_answers(self):
        relay = self.start_relay()
        for fault, content, finish in (
                ("empty_answer", "", "stop"),
                ("blank_answer", "\n" * 10, "stop"),
                ("finish_filter", "", "content_filter"),
                ("finish_error", "Pong!", "error")):
            with self.subTest(fault):
                relay.fault(fault)
                choice = ask(relay, CHAT, chat()).json()["choices"][0]
                said = choice["message"]["content"]
                self.assertEqual(said[:len(content)] if content else said,
                                 content)
                self.assertEqual(choice["finish_reason"], finish)
        relay.fault("content_parts")
        choice = ask(relay, CHAT, chat()).json()["choices"][0]
        part, = choice["message"]["content"]
        self.assertEqual(part["type"], "text")
        self.assertTrue(part["text"].startswith("Pong!"))

    def test_model_in_the_response(self):
        relay = self.start_relay()
        for fault, model in [("model_other", "gpt-3.5-turbo"),
                             ("model_dated", MODEL + "-2024-07-18"),
                             ("model_null", None), ("model_missing", "-")]:
            with self.subTest(fault):
                relay.fault(fault)
                plain = ask(relay, CHAT, chat()).json()
                self.assertEqual(plain.get("model", "-"), model)
                chunks = ask(relay, CHAT, streaming()).chunks()
                self.assertEqual({c.get("model", "-") for c in chunks},
                                 {model})

    def test_usage_in_the_response(self):
        relay = self.start_relay()
        for fault, usage in [("usage_null", None), ("usage_missing", "-"),
                             ("usage_total", {"total_tokens": 18})]:
            with self.subTest(fault):
                relay.fault(fault)
                plain = ask(relay, CHAT, chat()).json()
                self.assertEqual(plain.get("usage", "-"), usage)
                last = ask(relay, CHAT, streaming()).chunks()[-1]
                self.assertEqual(last.get("usage", "-"), usage)
        for fault in ("usage_text", "usage_negative", "usage_huge"):
            relay.fault(fault)
            self.assertEqual(set(ask(relay, CHAT, chat()).json()["usage"]),
                             {"prompt_tokens", "completion_tokens",
                              "total_tokens"})


class Limits(TestCase):
    """Rate limit and Retry-After headers."""

    def test_ratelimit_headers(self):
        relay = self.start_relay()
        self.assertIsNone(ask(relay, CHAT, chat()).headers[
            "x-ratelimit-limit-requests"])
        cases = {"ratelimit": ("500", "499", "120ms"),
                 "ratelimit_near": ("500", "3", "59.64s"),
                 "ratelimit_spent": ("500", "0", "6m0s"),
                 "ratelimit_second": ("500", "499", "1s"),
                 "ratelimit_hours": ("500", "499", "1h2m3s"),
                 "ratelimit_plain": ("500", "499", "60"),
                 "ratelimit_requests": ("500", "499", None),
                 "ratelimit_garbage": ("many", "some", "soon"),
                 "ratelimit_negative": ("-1", "-1", "-1s"),
                 "ratelimit_huge": ("9" * 25, "9" * 25, "9" * 25 + "h")}
        for fault, wanted in cases.items():
            for request in (chat(), streaming()):
                with self.subTest(fault, stream="stream" in request):
                    relay.fault(fault)
                    answer = ask(relay, CHAT, request)
                    self.assertEqual(answer.status, 200)
                    self.assertEqual(tuple(
                        answer.headers[f"x-ratelimit-{what}-requests"]
                        for what in ("limit", "remaining", "reset")), wanted)
        self.assertEqual(answer.headers["x-ratelimit-reset-tokens"],
                         "9" * 25 + "s")

    def test_retry_after(self):
        relay = self.start_relay()
        cases = {"rate_limited": (429, "2"), "retry_503": (503, "2"),
                 "retry_200": (200, "2"), "retry_zero": (429, "0"),
                 "retry_days": (429, "864000"), "retry_huge": (429, "9" * 25),
                 "retry_garbage": (429, "soon"), "retry_negative": (429, "-5"),
                 "retry_past": (429, "Sun, 06 Nov 1994 08:49:37 GMT")}
        for fault, wanted in cases.items():
            with self.subTest(fault):
                relay.fault(fault, ms=1500 if wanted[1] == "2" else None)
                answer = ask(relay, "/models")
                self.assertEqual((answer.status,
                                  answer.headers["Retry-After"]), wanted)

    def test_retry_after_a_date(self):
        relay = self.start_relay()
        for fault, status in [("retry_date", 429), ("retry_date_503", 503)]:
            with self.subTest(fault):
                relay.fault(fault, ms=90000)
                answer = ask(relay, "/models")
                self.assertEqual(answer.status, status)
                date = email.utils.parsedate_to_datetime(
                    answer.headers["Retry-After"]).timestamp()
                came = relay.journal()[-1]["t"]
                self.assertGreaterEqual(date, came + 90)
                self.assertLess(date, came + 91)

    def test_headers_on_request(self):
        relay = self.start_relay()
        relay.header("Retry-After", "7")
        relay.header("x-ratelimit-reset-tokens", "1m", endpoint="models")
        relay.header("x-ratelimit-reset-tokens", "2m", key="sk-test-one")
        relay.fault("rate_limited", endpoint="billing")
        reset = "x-ratelimit-reset-tokens"
        self.assertEqual(ask(relay, "/models").headers[reset], "1m")
        one = ask(relay, "/models", key="sk-test-one")
        self.assertEqual(one.headers[reset], "2m")
        limited = ask(relay, "/billing")
        self.assertEqual(limited.status, 429)
        self.assertEqual(limited.headers.get_all("Retry-After"), ["7"])
        relay.fault("slow_body", ms=0)
        self.assertEqual(ask(relay, CHAT, chat()).headers["Retry-After"], "7")
        relay.clear_headers()
        self.assertIsNone(ask(relay, "/models").headers[reset])


class Balance(TestCase):
    """The balance in the formats of several relays, which all agree."""

    def check(self, relay, left, used, expires, unlimited=False):
        total = left + used
        self.assertAlmostEqual(ask(relay, "/billing").json()["remaining"],
                               left)
        subscription = ask(relay, SUBSCRIPTION).json()
        limit = 1e8 if unlimited else total
        for field in ("hard", "soft", "system_hard"):
            self.assertAlmostEqual(subscription[f"{field}_limit_usd"], limit)
        self.assertEqual(subscription["access_until"], expires)
        self.assertAlmostEqual(ask(relay, USAGE).json()["total_usage"],
                               used * 100)
        token = ask(relay, TOKEN).json()["data"]
        self.assertEqual(token["total_available"], round(left * 500000))
        self.assertEqual(token["total_used"], round(used * 500000))
        self.assertEqual(token["total_granted"], token["total_available"]
                         + token["total_used"])
        self.assertEqual(token["unlimited_quota"], unlimited)
        self.assertEqual(token["expires_at"], expires)
        credit = ask(relay, "/credits").json()["data"]
        self.assertAlmostEqual(credit["total_credits"], total)
        self.assertAlmostEqual(credit["total_usage"], used)
        info = ask(relay, "/../user/balance").json()["balance_infos"][0]
        self.assertIsInstance(info["total_balance"], str)
        self.assertAlmostEqual(float(info["total_balance"]), left, places=5)
        return ask(relay, "/key").json()["data"]

    def test_all_formats_agree(self):
        relay = self.start_relay(balance=20, price=1000)
        key = self.check(relay, 20, 0, 0)
        self.assertEqual((key["limit"], key["limit_remaining"], key["usage"],
                          key["expires_at"]), (20, 20, 0, None))
        ask(relay, CHAT, chat(max_tokens=2))  # 8 and 2 tokens: one cent
        self.check(relay, 19.99, 0.01, 0)
        relay.balance(usd=5, used=7.5)
        key = self.check(relay, 5, 7.5, 0)
        self.assertEqual((key["limit"], key["limit_remaining"], key["usage"]),
                         (12.5, 5, 7.5))

    def test_key_expiry(self):
        relay = self.start_relay(balance=20)
        relay.expires(-1)
        self.assertIsNone(self.check(relay, 20, 0, -1)["expires_at"])
        at = int(time.time()) + 86400
        relay.expires(at)
        key = self.check(relay, 20, 0, at)
        self.assertEqual(key["expires_at"], time.strftime(
            "%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)))

    def test_unlimited_key(self):
        relay = self.start_relay(balance=20)
        relay.balance(usd=-1, used=3)
        self.assertEqual(ask(relay, CHAT, chat()).status, 429)
        relay.unlimited()
        key = self.check(relay, -1, 3, 0, unlimited=True)
        self.assertEqual((key["limit"], key["limit_remaining"], key["usage"]),
                         (None, None, 3))
        self.assertEqual(ask(relay, CHAT, chat()).status, 200)
        relay.unlimited(False)
        self.assertFalse(ask(relay, TOKEN).json()["data"]["unlimited_quota"])

    def test_path_without_slash_is_redirected(self):
        answer = ask(self.start_relay(), TOKEN.rstrip("/"))
        self.assertEqual(answer.status, 301)
        self.assertTrue(answer.headers["Location"].endswith(
            "/api/usage/token/"))

    def test_second_of_two_requests_can_fail(self):
        relay = self.start_relay(balance=20)
        relay.fault("error_200", path=USAGE)
        self.assertEqual(ask(relay, SUBSCRIPTION).json()["hard_limit_usd"], 20)
        self.assertIn("error", json.loads(ask(relay, USAGE).body))
