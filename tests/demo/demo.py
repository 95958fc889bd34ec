#!/usr/bin/env python3
"""Demonstrates the whole stack: collectd with the plugin probes the stand-in
relay, which runs through a short story (or the real relay if HOLYSHEEP_API_KEY
is set); holysheep-check runs the article's requests once; Prometheus evaluates
the rules, Alertmanager pages, and this program plays the person on call. Ends
after --seconds or on Ctrl-C, and leaves nothing behind."""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import build  # noqa: E402
from alertmanager import Alertmanager, Receiver  # noqa: E402
from collectd import Collectd, plugin_block, relay_block  # noqa: E402
from harness import private_folder  # noqa: E402
from process import Process  # noqa: E402
from prometheus import Prometheus  # noqa: E402
from relay import Relay  # noqa: E402

ENDPOINTS = ("models", "billing", "chat/completions")
ACT = 10  # seconds, unless --seconds is less

# The faults of the stand-in relay, and the line printed for each.
STORY = [
    (None, None, "relay: healthy"),
    ("slow", 800, "relay: slow, 0.8 s for each answer"),
    ("key_expired", None, "relay: the API key has expired"),
    ("hang", None, "relay: accepts requests but never answers"),
    (None, None, "relay: healthy again"),
]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, metavar="N",
                        help="end after this many seconds")
    return parser.parse_args()


BEGIN = time.monotonic()


def say(text):
    minutes, seconds = divmod(int(time.monotonic() - BEGIN), 60)
    print(f"{minutes:02}:{seconds:02} {text}", flush=True)


class Verdicts:
    """Prints a probe's verdict whenever it changes."""

    def __init__(self, collectd, relay):
        self._collectd = collectd
        self._relay = relay
        self._held = {}

    def look(self):
        page = self._collectd.scrape()
        for endpoint in ENDPOINTS:
            try:
                held = page.verdict(self._relay, endpoint)
            except LookupError:  # the page was made during a change
                continue
            if held not in (None, self._held.get(endpoint)):
                self._held[endpoint] = held
                say(f"  {self._describe(page, endpoint, held)}")

    def _describe(self, page, endpoint, held):
        cause, fault = held
        words = [f"{endpoint:16}", cause]
        if fault != "none":
            words.append(f"(fault: {fault})")
        seconds = page.get("holysheep_request_duration_seconds",
                           relay=self._relay, endpoint=endpoint)
        if seconds is not None:
            words.append(f"{seconds:.3f} s")
        left = page.get("holysheep_budget_remaining", relay=self._relay)
        if endpoint == "billing" and cause == "ok" and left is not None:
            words.append(f"${left:.2f} left")
        return "  ".join(words)

    def durations(self):
        page = self._collectd.scrape()
        seen = [(endpoint, page.get("holysheep_request_duration_seconds",
                                    relay=self._relay, endpoint=endpoint))
                for endpoint in ENDPOINTS]
        return ", ".join(f"{endpoint} {seconds:.3f} s"
                         for endpoint, seconds in seen if seconds is not None)


class Pages:
    """Prints the notifications that the person on call would get."""

    def __init__(self, receiver):
        self._receiver = receiver
        self._told = 0

    def look(self):
        messages = self._receiver.of("slack")
        for message in messages[self._told:]:
            page = message["attachments"][0]
            kind, _, what = page["title"].partition(": ")
            said = page["text"].splitlines()[0].strip("*")
            said = said.removeprefix(":white_check_mark: ")
            say(f"{'PAGE' if kind == 'CRITICAL' else kind.lower()} {what}: "
                f"{said}")
        self._told = len(messages)


def watch(watchers, until):
    """Polls the watchers until then, or for ever."""
    while until is None or time.monotonic() < until:
        for looker in watchers:
            looker.look()
        time.sleep(0.2)


def run_check_scenarios(relay, key):
    """The article's four requests, and the balance."""
    say("holysheep-check: requests that must succeed or be rejected")
    done = subprocess.run([build.built("holysheep-check"), "--json",
                           "--base-url", relay.url, "--key-file", key],
                          stdout=subprocess.PIPE, text=True)
    for each in json.loads(done.stdout)["scenarios"]:
        say(f"  {each['scenario']:16}  {each['cause']}"
            f"  {each['duration_seconds']:.3f} s"
            f"  {'as' if each['passed'] else 'NOT as'} expected:"
            f" {each['expected']}")


def run_story(relay, key, watchers, begin, seconds):
    act = min(ACT, seconds / len(STORY)) if seconds else ACT
    for number, (fault, ms, text) in enumerate(STORY, 1):
        say(text)
        relay.heal()
        if fault:
            relay.fault(fault, ms=ms)
        watch(watchers, begin + number * act)
        say(f"  took: {watchers[0].durations()}")
        if number == 1:
            run_check_scenarios(relay, key)


def start_stand_in(folder):
    """Starts the stand-in relay; its configuration reports changes quickly."""
    relay = Relay(folder, balance=20, delay=50).start()
    key = folder / "key"
    key.write_text("sk-test-demo\n")
    key.chmod(0o600)
    return relay, key, relay_block("demo", relay.url, "Interval 1",
                                   "RetryInterval 1", "Timeout 1500",
                                   key_file=key)


def real_relay():
    """The real relay with all defaults. collectd gets the key in its
    environment."""
    return relay_block("holysheep", None), {
        "HOLYSHEEP_API_KEY": os.environ["HOLYSHEEP_API_KEY"]}


def start_alerting(folder, collectd, receiver):
    """Nothing waits for these. The page comes first: it says what matters."""
    alertmanager = Alertmanager(folder, receiver)
    prometheus = Prometheus(folder, f"127.0.0.1:{collectd.port}", rules=True,
                            alertmanager=f"127.0.0.1:{alertmanager.port}")
    for process in (alertmanager, prometheus):
        Process.start(process)
    print(f"the page:     {prometheus.url}/consoles/holysheep.html\n"
          f"metrics page: {collectd.address}\n"
          f"prometheus:   {prometheus.url}/alerts\n"
          f"alertmanager: {alertmanager.url}", flush=True)
    return [prometheus, alertmanager]


def run(arguments, folder, receiver):
    begin = time.monotonic()
    end = begin + arguments.seconds if arguments.seconds else None
    relay, key, env, name = None, None, {}, "holysheep"
    if os.environ.get("HOLYSHEEP_API_KEY"):
        block, env = real_relay()
    else:
        relay, key, block = start_stand_in(folder)
        name = "demo"
    running = [relay] if relay else []
    try:
        collectd = Collectd(folder, plugin_block(block), env=env,
                            interval=1 if relay else 10)
        running.insert(0, collectd)
        collectd.start()
        running[1:1] = start_alerting(folder, collectd, receiver)
        watchers = [Verdicts(collectd, name), Pages(receiver)]
        if relay:
            print(f"relay:        {relay.url}", flush=True)
            run_story(relay, key, watchers, begin, arguments.seconds)
        if end is None:
            say("The demo keeps running; see the metrics page. Ctrl-C ends it.")
        watch(watchers, end)
    finally:
        for process in running:
            process.stop()


def main():
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    receiver = Receiver()
    try:
        run(arguments, private_folder(), receiver)
    except KeyboardInterrupt:
        print()
    finally:
        receiver.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
