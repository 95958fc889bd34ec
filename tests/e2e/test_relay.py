"""The stand-in relay itself: that it does what its --help says."""

import http.client
import json
from typing import NamedTuple
from urllib.parse import urlsplit

from harness import TestCase

KEY = "sk-test-main"
PING = {"model": "gpt-4o-mini",
        "messages": [{"role": "user", "content": "ping"}]}


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self):
        return json.loads(self.body)


def ask(relay, path, body=None, key=KEY):
    """One request on a connection of its own, and the whole answer."""
    url = urlsplit(relay.url)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=20)
    try:
        connection.request("GET" if body is None else "POST", url.path + path,
                           body and json.dumps(body),
                           {"Authorization": f"Bearer {key}"})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


class Scope(TestCase):
    """Which fault a request meets."""

    def test_key_comes_before_path_before_endpoint_before_all(self):
        relay = self.start_relay()
        usage = "/dashboard/billing/usage"
        relay.fault("teapot")
        relay.fault("forbidden", endpoint="billing")
        relay.fault("status_502", path=usage)
        relay.fault("invalid_key", key="sk-test-one")
        relay.fault("rate_limited", key="sk-test-one", path=usage)
        for path, key, status in [("/models", KEY, 418),
                                  ("/billing", KEY, 403),
                                  (usage, KEY, 502),
                                  ("/billing", "sk-test-one", 401),
                                  (usage, "sk-test-one", 429)]:
            with self.subTest(path, key=key):
                self.assertEqual(ask(relay, path, key=key).status, status)
        relay.heal(path=usage)
        self.assertEqual(ask(relay, usage).status, 403)
        relay.heal()
        self.assertEqual(ask(relay, usage).status, 200)
