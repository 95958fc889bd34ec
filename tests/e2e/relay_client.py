"""A client for the stand-in relay."""

import http.client
import json
import re
import socket
from typing import NamedTuple
from urllib.parse import urlsplit

KEY = "sk-test-main"
MODEL = "gpt-4o-mini"
CHAT = "/chat/completions"


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self):
        return json.loads(self.body)

    def events(self):
        """The data of each server-sent event."""
        return events(self.body)

    def chunks(self):
        """The JSON of each event except [DONE]."""
        return [json.loads(data) for data in self.events()
                if data != "[DONE]"]


def events(body):
    """Parses events as in the WHATWG standard; an unfinished event is
    ignored."""
    lines = re.split("\r\n|\n|\r", body.decode("utf-8-sig"))
    found, data = [], []
    for line in lines[:-1]:
        name, _, value = line.partition(":")
        if line == "" and data:
            found.append("\n".join(data))
            data = []
        elif name == "data":
            data.append(value.removeprefix(" "))
    return found


def chat(**members):
    """The body of a completion request."""
    return {"model": MODEL,
            "messages": [{"role": "user", "content": "ping"}], **members}


def streaming(**members):
    return chat(stream=True, stream_options={"include_usage": True},
                **members)


def connect(relay):
    url = urlsplit(relay.url)
    return http.client.HTTPConnection(url.hostname, url.port, timeout=20)


def ask(relay, path, body=None, key=KEY, connection=None):
    """Sends one request, on a new connection unless one is given."""
    used = connection or connect(relay)
    try:
        used.request("GET" if body is None else "POST",
                     urlsplit(relay.url).path + path,
                     body and json.dumps(body),
                     {"Authorization": f"Bearer {key}"})
        answer = used.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        if connection is None:
            used.close()


def request_bytes(path, body=None, key=KEY):
    """The bytes of a request."""
    text = b"" if body is None else json.dumps(body).encode()
    return (f"{'GET' if body is None else 'POST'} /v1{path} HTTP/1.1\r\n"
            f"Host: relay\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Length: {len(text)}\r\n\r\n").encode() + text


def send(relay, path, body=None, key=KEY):
    """Sends a request and returns its socket."""
    sock = socket.create_connection(("127.0.0.1", relay.port), timeout=20)
    sock.sendall(request_bytes(path, body, key))
    return sock


def read_until(sock, enough):
    """Reads until enough(bytes so far) is true or the relay closes."""
    seen = b""
    while not enough(seen):
        more = sock.recv(65536)
        if not more:
            break
        seen += more
    return seen
