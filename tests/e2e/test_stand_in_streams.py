"""The stand-in relay's streams: well-formed ones, variants, and broken
ones."""

import gzip
import socket
import ssl
from urllib.parse import urlsplit

from harness import TestCase, wait_for
from relay_client import (CHAT, MODEL, ask, chat, connect, events,
                          read_until, request_bytes, send, streaming)

TOKENS = 10
HALF = 5


def content(chunks, member="content"):
    """The concatenated deltas."""
    deltas = [choice["delta"] for c in chunks for choice in c["choices"]]
    return "".join(delta.get(member) or "" for delta in deltas)


def finish(chunks):
    """The finish reasons of the choices."""
    return [choice["finish_reason"] for c in chunks for choice in c["choices"]
            if choice["finish_reason"]]


class WellFormed(TestCase):
    """A stream as OpenAI sends it, and its variants."""

    def setUp(self):
        self.relay = self.start_relay()
        self.plain = ask(self.relay, CHAT, chat()).json()
        self.said = self.plain["choices"][0]["message"]["content"]

    def stream(self, fault=None, **members):
        if fault:
            self.relay.fault(fault)
        answer = ask(self.relay, CHAT, streaming(**members))
        self.assertEqual(answer.status, 200)
        return answer

    def check(self, answer):
        """It has the content of the plain response and ends properly."""
        chunks = answer.chunks()
        self.assertEqual(content(chunks), self.said)
        self.assertEqual(finish(chunks), ["stop"])
        usage = [c["usage"] for c in chunks if c.get("usage")]
        self.assertEqual(usage[-1], self.plain["usage"])
        return chunks

    def test_stream_in_openais_format(self):
        answer = self.stream()
        self.assertEqual(answer.headers["Content-Type"],
                         "text/event-stream; charset=utf-8")
        self.assertEqual(answer.headers["Transfer-Encoding"], "chunked")
        self.assertEqual(answer.events()[-1], "[DONE]")
        chunks = self.check(answer)
        self.assertEqual({(c["object"], c["model"]) for c in chunks},
                         {("chat.completion.chunk", MODEL)})
        self.assertEqual({c["id"] for c in chunks},
                         {"chatcmpl-" + answer.headers["x-request-id"]})
        role, *tokens, end, usage = chunks
        self.assertEqual(role["choices"][0]["delta"]["role"], "assistant")
        self.assertEqual(content([role]), "")
        self.assertEqual(len(tokens), TOKENS)
        self.assertTrue(all(content([token]) for token in tokens))
        self.assertEqual(end["choices"][0]["delta"], {})
        self.assertEqual([c["usage"] for c in chunks[:-1]],
                         [None] * (TOKENS + 2))
        self.assertEqual(usage["choices"], [])

    def test_no_usage_unless_requested(self):
        for options in ({}, {"stream_options": {"include_usage": False}}):
            chunks = ask(self.relay, CHAT, chat(stream=True, **options)
                         ).chunks()
            self.assertEqual(content(chunks), self.said)
            self.assertEqual(len(chunks), TOKENS + 2)
            self.assertFalse(any("usage" in c for c in chunks))

    def test_token_limit_and_cost(self):
        before = ask(self.relay, "/billing").json()["remaining"]
        chunks = self.stream(max_tokens=3).chunks()
        self.assertEqual(finish(chunks), ["length"])
        self.assertEqual(chunks[-1]["usage"]["total_tokens"], 11)
        after = ask(self.relay, "/billing").json()["remaining"]
        self.assertAlmostEqual(before - after, 11e-6)

    def test_variants_have_the_same_content(self):
        for name in ("crlf", "cr", "bytes", "crlf_bytes", "bom", "comments",
                     "fields", "tight", "lines", "until_close", "text_type",
                     "no_choice", "usage_early", "usage_running", "no_done",
                     "no_done_close"):
            with self.subTest(name):
                answer = self.stream("stream_" + name)
                self.check(answer)
                self.assertEqual(answer.events()[-1] == "[DONE]",
                                 "no_done" not in name)

    def test_how_variants_differ(self):
        def body(name):
            return self.stream("stream_" + name).body
        self.assertNotRegex(body("crlf"), rb"[^\r]\n|\r[^\n]")
        self.assertNotIn(b"\n", body("cr"))
        self.assertTrue(body("bom").startswith(b"\xef\xbb\xbfdata:"))
        self.assertNotIn(b"data: ", body("tight"))
        self.assertIn(b": ping\n\n:\ndata: {", body("comments"))
        self.assertRegex(body("fields"), rb"event: message\nid: 1\n")
        self.assertRegex(body("lines"), rb'"\S+",\ndata: "')
        self.assertIsNone(self.stream("stream_until_close").headers[
            "Transfer-Encoding"])
        self.assertEqual(self.stream("stream_text_type").headers[
            "Content-Type"], "text/plain")
        self.assertEqual(self.stream("stream_no_choice").chunks()[0][
            "choices"], [])

    def test_one_chunk_per_byte(self):
        self.relay.fault("stream_crlf_bytes")
        with send(self.relay, CHAT, streaming(max_tokens=1)) as sock:
            seen = read_until(sock, lambda b: b.endswith(b"\r\n0\r\n\r\n"))
        head, _, body = seen.partition(b"\r\n\r\n")
        self.assertIn(b"chunked", head)
        self.assertRegex(body, rb"(?s)\A(1\r\n.\r\n)+0\r\n\r\n\Z")

    def test_early_and_continuous_usage(self):
        told = [c["usage"] for c in
                self.stream("stream_usage_early").chunks()]
        self.assertEqual(told, [None] * (TOKENS + 1) + [self.plain["usage"]])
        told = [c["usage"]["completion_tokens"] for c in
                self.stream("stream_usage_running").chunks()]
        self.assertEqual(told, [*range(TOKENS + 1), TOKENS, TOKENS])

    def test_reasoning_and_tool_calls(self):
        chunks = self.stream("stream_reasoning").chunks()
        self.assertEqual(
            content(chunks, "reasoning_content") + content(chunks), self.said)
        self.assertTrue(content(chunks[1:2], "reasoning_content"))
        self.assertEqual(chunks[-1]["usage"]["completion_tokens_details"][
            "reasoning_tokens"], HALF)
        chunks = self.stream("stream_tool_calls").chunks()
        self.assertEqual(content(chunks), "")
        self.assertEqual(finish(chunks), ["tool_calls"])
        call = chunks[1]["choices"][0]["delta"]["tool_calls"][0]
        self.assertEqual(call["function"]["name"], "answer")
        chunks = self.stream("reasoning_silent").chunks()
        self.assertEqual(len(chunks), 3)
        self.assertEqual(finish(chunks), ["length"])

    def test_empty_answers(self):
        chunks = self.stream("empty_answer").chunks()
        self.assertEqual(len(chunks), 3)
        self.assertEqual(finish(chunks), ["stop"])
        chunks = self.stream("blank_answer").chunks()
        self.assertEqual(content(chunks).strip("\n"), "")
        self.assertGreater(len(content(chunks)), 1)
        self.assertEqual(finish(chunks), ["stop"])
        self.assertEqual(finish(self.stream("finish_error").chunks()),
                         ["error"])
        chunks = self.stream("content_parts").chunks()
        part = chunks[1]["choices"][0]["delta"]["content"]
        self.assertEqual([part[0]["type"], part[0]["text"]],
                         ["text", "Pong!"])

    def test_connection_is_reused(self):
        before = self.relay.connections()["accepted"]
        connection = connect(self.relay)
        self.addCleanup(connection.close)
        for fault in (None, "stream_bytes", "stream_cut", "stream_error"):
            if fault:
                self.relay.fault(fault)
            ask(self.relay, CHAT, streaming(), connection=connection)
        self.assertEqual(self.relay.connections()["accepted"], before + 1)

    def test_over_tls(self):
        context = ssl.create_default_context(cafile=self.relay.ca)
        address = "127.0.0.1", urlsplit(self.relay.tls_url).port
        self.relay.pace(first=5, token=1)
        with context.wrap_socket(socket.create_connection(address, 20),
                                 server_hostname="localhost") as sock:
            sock.sendall(request_bytes(CHAT, streaming()))
            seen = read_until(sock, lambda b: b"[DONE]" in b)
        self.assertIn(b'"content":" today?"', seen)


class Timing(TestCase):
    """The timing of tokens, and its record in the journal."""

    def entry(self, relay, **members):
        self.assertEqual(
            ask(relay, CHAT, streaming(**members)).status, 200)
        return relay.journal()[-1]

    def test_timing_options_and_command(self):
        relay = self.start_relay(delay=20, first_token=60, token=10)
        seen = self.entry(relay)
        self.assertEqual(seen["tokens"], TOKENS)
        self.assertGreaterEqual(seen["server_seconds"], 0.02)
        self.assertGreaterEqual(
            seen["first_token_seconds"] - seen["server_seconds"], 0.06)
        self.assertGreaterEqual(
            seen["last_token_seconds"] - seen["first_token_seconds"],
            0.01 * (TOKENS - 1))
        self.assertGreaterEqual(seen["largest_gap_seconds"], 0.01)
        relay.pace(token=100)
        seen = self.entry(relay, max_tokens=2)
        self.assertGreaterEqual(
            seen["first_token_seconds"] - seen["server_seconds"], 0.06)
        self.assertGreaterEqual(seen["largest_gap_seconds"], 0.1)

    def test_timing_faults(self):
        relay = self.start_relay()
        relay.fault("stream_slow_first", ms=100)
        seen = self.entry(relay)
        self.assertGreaterEqual(seen["first_token_seconds"], 0.1)
        relay.fault("stream_slow", ms=20)
        seen = self.entry(relay)
        self.assertGreaterEqual(seen["last_token_seconds"],
                                0.02 * (TOKENS - 1))
        relay.fault("stream_gap", ms=100)
        seen = self.entry(relay)
        self.assertGreaterEqual(seen["largest_gap_seconds"], 0.1)
        relay.fault("stream_drip", ms=1)
        seen = self.entry(relay, max_tokens=1)
        self.assertGreaterEqual(seen["first_token_seconds"], 0.2)

    def test_plain_responses_have_no_timing(self):
        relay = self.start_relay()
        relay.fault("stream_ignored")
        seen = self.entry(relay)
        self.assertEqual(
            [seen[name] for name in ("tokens", "first_token_seconds",
                                     "last_token_seconds",
                                     "largest_gap_seconds")],
            [0, None, None, None])


class Broken(TestCase):
    """Streams that do not end properly."""

    def setUp(self):
        self.relay = self.start_relay()

    def meet(self, fault, ms=None):
        self.relay.fault(fault, ms=ms)
        return send(self.relay, CHAT, streaming())

    def all_of(self, fault):
        """Reads until the relay closes the connection or the HTTP body
        ends."""
        with self.meet(fault) as sock:
            return read_until(sock, lambda b: b.endswith(b"\r\n0\r\n\r\n"))

    def test_truncated_stream(self):
        for fault, tokens, ended in [
                ("stream_cut", HALF, True), ("stream_cut_close", HALF, None),
                ("stream_cut_break", HALF, False),
                ("stream_cut_at_role", 0, True), ("stream_empty", 0, True),
                ("stream_no_done_break", TOKENS, False)]:
            with self.subTest(fault):
                seen = self.all_of(fault)
                self.assertNotIn(b"[DONE]", seen)
                self.assertEqual(seen.count(b'"finish_reason":"stop"'),
                                 tokens == TOKENS)
                self.assertEqual(self.relay.journal()[-1]["tokens"], tokens)
                if ended is None:
                    self.assertNotIn(b"chunked", seen)
                else:
                    self.assertIn(b"chunked", seen)
                    self.assertEqual(seen.endswith(b"\r\n0\r\n\r\n"), ended)

    def test_empty_stream_and_done_only(self):
        self.relay.fault("stream_empty")
        self.assertEqual(ask(self.relay, CHAT, streaming()).body, b"")
        self.relay.fault("stream_done_only")
        self.assertEqual(ask(self.relay, CHAT, streaming()).body,
                         b"data: [DONE]\n\n")

    def test_open_stream_ends_with_its_client(self):
        for fault, last in [("stream_stall", b" help"),
                            ("stream_stall_at_role", b"assistant"),
                            ("stream_stall_at_head", b"event-stream"),
                            ("stream_no_done_open", b"total_tokens"),
                            ("stream_done_open", b"[DONE]")]:
            with self.subTest(fault):
                with self.meet(fault) as sock:
                    seen = read_until(sock, lambda b, last=last: last in b)
                    ask(self.relay, "/models")  # everything has arrived
                    seen += self.waiting(sock)
                    self.assertFalse(seen.endswith(b"\r\n0\r\n\r\n"))
                wait_for(self.relay.connections, 20, "it to be let go",
                         until=lambda seen: seen["open"] == 0)

    def waiting(self, sock):
        """The data that has already arrived."""
        sock.setblocking(False)
        try:
            more = sock.recv(65536)
        except BlockingIOError:
            return b""
        self.assertTrue(more, "the connection is closed")
        return more

    def test_endless_streams(self):
        for fault, ms in [("stream_endless", 0), ("stream_endless_line", None),
                          ("stream_endless_event", None),
                          ("stream_long_comment", None), ("stream_pings", 0)]:
            with self.subTest(fault):
                with self.meet(fault, ms) as sock:
                    seen = read_until(sock, lambda b: len(b) > 1 << 20)
                    self.assertGreater(len(seen), 1 << 20)
                wait_for(self.relay.connections, 20, "it to be let go",
                         until=lambda seen: seen["open"] == 0)
                tokens = self.relay.journal()[-1]["tokens"]
                if fault == "stream_endless":
                    self.assertGreater(tokens, 1000)
                else:
                    self.assertEqual(tokens, HALF)

    def test_endless_stream_is_paced(self):
        with self.meet("stream_endless", ms=5) as sock:
            read_until(sock, lambda b: b.count(b'"content"') > 8)
        seen = self.relay.journal()[-1]
        self.assertGreaterEqual(
            seen["last_token_seconds"] - seen["first_token_seconds"], 0.03)

    def test_errors_in_a_stream(self):
        for fault, code, tokens in [
                ("stream_error", None, HALF), ("stream_error_first", None, 0),
                ("stream_error_event", None, HALF),
                ("stream_error_chunk", 502, HALF),
                ("stream_error_rate", "rate_limit_exceeded", HALF),
                ("stream_error_quota", "insufficient_quota", 0),
                ("stream_error_expired", None, HALF),
                ("stream_error_text", None, HALF)]:
            with self.subTest(fault):
                self.relay.fault(fault)
                answer = ask(self.relay, CHAT, streaming())
                self.assertEqual(answer.status, 200)
                *before, last = answer.chunks()
                self.assertEqual(self.relay.journal()[-1]["tokens"], tokens)
                self.assertFalse(any("error" in c for c in before))
                error = last["error"]
                if fault == "stream_error_text":
                    self.assertIsInstance(error, str)
                else:
                    self.assertEqual(error.get("code"), code)
        self.relay.fault("stream_error_event")
        self.assertIn(b"\n\nevent: error\ndata: {\"error\"",
                      ask(self.relay, CHAT, streaming()).body)

    def test_malformed_json_in_the_middle(self):
        self.relay.fault("stream_malformed")
        answer = ask(self.relay, CHAT, streaming())
        self.assertRaises(ValueError, answer.chunks)
        good = [e for e in events(answer.body) if e.endswith("}")]
        self.assertEqual(len(good), TOKENS + 3)
        self.assertEqual(answer.events()[-1], "[DONE]")

    def test_streaming_contrary_to_the_request(self):
        self.relay.fault("stream_ignored")
        answer = ask(self.relay, CHAT, streaming())
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        self.assertEqual(answer.json()["object"], "chat.completion")
        self.relay.fault("stream_unasked")
        answer = ask(self.relay, CHAT, chat())
        self.assertEqual(finish(answer.chunks()), ["stop"])

    def test_response_faults_apply_to_streams(self):
        self.relay.fault("stream_gzip")
        answer = ask(self.relay, CHAT, streaming())
        self.assertEqual(answer.headers["Content-Encoding"], "gzip")
        self.assertEqual(events(gzip.decompress(answer.body))[-1], "[DONE]")
        self.relay.fault("big_token")
        answer = ask(self.relay, CHAT, streaming())
        self.assertEqual(len(answer.chunks()[0]["token"]), 1 << 20)
        self.relay.fault("truncated_json")
        answer = ask(self.relay, CHAT, streaming())
        self.assertTrue(answer.body.startswith(b"data: {"))
        self.assertNotIn(b"[DONE]", answer.body)
        self.relay.fault("server_error")
        answer = ask(self.relay, CHAT, streaming())
        self.assertEqual((answer.status, answer.headers["Content-Type"]),
                         (500, "application/json"))
        self.relay.fault("reset_in_body")
        with send(self.relay, CHAT, streaming()) as sock:
            self.assertRaises(ConnectionResetError, read_until, sock,
                              lambda b: False)
