#!/usr/bin/env python3
"""Makes the pictures of the dashboards. The simulator plays a story of three
hosts and four relays; its series are served in real time to a Prometheus with
the rules; after ten minutes, DRAW, a program of yours, is called for
each picture with a dashboard, the host:port of the Prometheus, the picture to
write and the seconds that it is to show."""

import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import build  # noqa: E402
from harness import private_folder  # noqa: E402
from prometheus import Prometheus  # noqa: E402

GRAFANA = build.SRCDIR / "dashboards" / "grafana"
PICTURES = "holysheep-monitor", "holysheep-relay"
HOSTS = "web1", "web2", "web3"
RELAYS = "holysheep", "openrouter", "deepseek", "backup"
SAMPLE, SECONDS = 5, 600
SERIES = re.compile(r" *- series: '(.*)'\n *values: '(.*)'\n")

BLOCK = """\
<Relay "%s">
  APIKey "sk-demo"
  <Models>
    Require "gpt-4o-mini"
  </Models>
  <Billing>
    Path "/billing"
  </Billing>
  <Chat "gpt-4o-mini">
    Stream true
  </Chat>
</Relay>
"""


def error(status, message, code):
    return {"answer": {"status": status, "body": json.dumps(
        {"error": {"message": message, "code": code}})}}


EXPIRED = error(401, "This API key has expired", "api_key_expired")
REFUSED = {"break": {"kind": "refused"}}
COMPLETIONS = {"endpoint": "chat/completions"}


def event(begin, end, relay, what, **where):
    return {"from": begin, "to": end, "relay": relay, **where, **what}


STORY = {
    "seed": 1, "until": SECONDS + 240, "sample": SAMPLE,
    "hosts": [{"name": host, "interval": 10,
               "config": "".join(BLOCK % relay for relay in RELAYS)}
              for host in HOSTS],
    "events": [
        event(0, None, "backup", {"healthy": {"balance": 3.2}}),
        event(0, None, "openrouter", {"healthy": {"delay": 0.6}}),
        event(100, 150, "deepseek", error(502, "bad gateway", "upstream"),
              **COMPLETIONS),
        event(190, 260, "deepseek", EXPIRED),
        event(280, 330, "backup", {"break": {"kind": "hang"}}, **COMPLETIONS),
        event(380, None, "openrouter", EXPIRED, host="web3"),
        event(420, None, "holysheep", REFUSED, host="web1"),
        event(420, None, "holysheep", REFUSED, host="web2"),
        event(460, None, "backup", error(500, "internal", "internal"),
              endpoint="billing"),
    ],
}


def play(folder):
    """The series of the story: name, values, and whether it is a time."""
    file = folder / "story.json"
    file.write_text(json.dumps(STORY))
    done = subprocess.run([build.built("holysheep-sim"), file],
                          stdout=subprocess.PIPE, text=True, check=True)
    return [(name, values.split(), "_timestamp_seconds" in name)
            for name, values in SERIES.findall(done.stdout)]


class Page(http.server.BaseHTTPRequestHandler):
    """What the hosts send at this moment of the story."""

    series, begin = (), 0.0

    def do_GET(self):
        now = int((time.time() - self.begin) / SAMPLE)
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        for name, values, is_time in self.series:
            if now < len(values) and values[now] not in ("_", "stale"):
                value = float(values[now])
                if is_time and value > 0:
                    value += self.begin
                self.wfile.write(f"{name} {value!r}\n".encode())

    def log_message(self, *_):
        pass


def main():
    draw = os.environ.get("DRAW")
    if not draw:
        sys.exit("Set DRAW to a program that draws: it is called with a "
                 "dashboard, a Prometheus, a picture and the seconds to show.")
    folder = private_folder()
    Page.series, Page.begin = play(folder), time.time()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    prometheus = Prometheus(folder, f"127.0.0.1:{server.server_port}",
                            interval=f"{SAMPLE}s", honor_labels=True,
                            rules=True).start()
    try:
        print(f"prometheus: http://127.0.0.1:{prometheus.port}, pictures in "
              f"{SECONDS} s", flush=True)
        time.sleep(SECONDS)
        for name in PICTURES:
            subprocess.run([draw, GRAFANA / f"{name}.json",
                            f"127.0.0.1:{prometheus.port}",
                            GRAFANA / "pictures" / f"{name}.png",
                            str(SECONDS)], check=True)
    finally:
        prometheus.stop()
        server.shutdown()


if __name__ == "__main__":
    main()
