#!/usr/bin/env python3
"""Shows the plugin at work: collectd with it probes the stand-in relay,
which walks through a small story; or the real relay, where HOLYSHEEP_API_KEY
is set. Ends after --seconds, else on Ctrl-C, and leaves nothing behind."""

import argparse
import os
import pathlib
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from collectd import Collectd, plugin_block, relay_block  # noqa: E402
from harness import private_folder  # noqa: E402
from relay import Relay  # noqa: E402

ENDPOINTS = ("models", "billing", "chat/completions")
ACT = 10  # seconds, unless they are to be fewer

# What happens to the stand-in relay, and what is said of it.
STORY = [
    (None, None, "The relay is healthy."),
    ("slow", 800, "The relay is slow: 0.8 s for each answer."),
    ("key_expired", None, "The API key has expired."),
    ("hang", None, "The relay takes requests and never answers."),
    (None, None, "The relay is healthy again."),
]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, metavar="N",
                        help="end after so many")
    return parser.parse_args()


def say(text):
    print(time.strftime("%H:%M:%S"), text, flush=True)


class Verdicts:
    """Says what a probe's verdict is whenever it changes."""

    def __init__(self, collectd, relay):
        self._collectd = collectd
        self._relay = relay
        self._held = {}

    def look(self):
        page = self._collectd.scrape()
        for endpoint in ENDPOINTS:
            held = page.verdict(self._relay, endpoint)
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


def watch(verdicts, until):
    """Until then, or for ever."""
    while until is None or time.monotonic() < until:
        verdicts.look()
        time.sleep(0.2)


def tell_story(relay, verdicts, begin, seconds):
    act = min(ACT, seconds / len(STORY)) if seconds else ACT
    for number, (fault, ms, text) in enumerate(STORY, 1):
        say(text)
        relay.heal()
        if fault:
            relay.fault(fault, ms=ms)
        watch(verdicts, begin + number * act)
        say(f"  took: {verdicts.durations()}")


def stand_in(folder):
    """The stand-in relay, and a configuration that is quick to tell."""
    relay = Relay(folder, balance=20, delay=50).start()
    key = folder / "key"
    key.write_text("sk-test-demo\n")
    key.chmod(0o600)
    return relay, relay_block("demo", relay.url, "Interval 1",
                              "RetryInterval 1", "Timeout 1500",
                              key_file=key)


def real_relay():
    """With all defaults. collectd gets the key in its environment."""
    return relay_block("holysheep", None), {
        "HOLYSHEEP_API_KEY": os.environ["HOLYSHEEP_API_KEY"]}


def run(arguments, folder):
    begin = time.monotonic()
    end = begin + arguments.seconds if arguments.seconds else None
    relay, env, name = None, {}, "holysheep"
    if os.environ.get("HOLYSHEEP_API_KEY"):
        block, env = real_relay()
    else:
        relay, block = stand_in(folder)
        name = "demo"
    collectd = Collectd(folder, plugin_block(block), env=env,
                        interval=1 if relay else 10).start()
    try:
        print(f"metrics page: {collectd.address}", flush=True)
        verdicts = Verdicts(collectd, name)
        if relay:
            print(f"relay:        {relay.url}", flush=True)
            tell_story(relay, verdicts, begin, arguments.seconds)
        if end is None:
            say("Look at the metrics page; Ctrl-C ends the demo.")
        watch(verdicts, end)
    finally:
        collectd.stop()
        if relay:
            relay.stop()


def main():
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run(arguments, private_folder())
    except KeyboardInterrupt:
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
