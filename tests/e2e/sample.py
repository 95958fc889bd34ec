#!/usr/bin/env python3
"""Samples the real stack for the rule tests: collectd with its default
intervals, scraped every 15 s through stories of a few minutes. Fills in the
input_series of dashboards/prometheus/tests/sampled-*.yml, in which the relay's
fault begins one minute after the start. All stories run at once."""

import itertools
import re
import sys
import threading
import time

sys.dont_write_bytecode = True

from harness import (Collectd, Prometheus, Relay, build,  # noqa: E402
                     plugin_block, private_folder, relay_block, wait_for)

TESTS = build.SRCDIR / "dashboards" / "prometheus" / "tests"
STEP, LENGTH = 15, 420
FAMILIES = ("up|verdict|verdict_since_timestamp_seconds|consecutive_failures|"
            "last_probe_timestamp_seconds|probe_interval_seconds|"
            "requests_total|budget_.*|build_info")


class Story:
    """Hosts that probe their own stand-in relay. `acts` are pairs of a time
    and an action."""

    lines = ()
    hosts = 1
    acts = ()

    def __init__(self):
        self.over = threading.Event()
        self.name = re.sub("(?<!^)(?=[A-Z])", "-", type(self).__name__).lower()
        self.relay = Relay(private_folder()).start()
        self.collectds = [self.make(f"{self.name}-{number + 1}")
                          for number in range(self.hosts)]
        for collectd in self.collectds:
            collectd.start()

    def block(self, name, host):
        key = private_folder() / "key"
        key.write_text(f"sk-test-{host}\n")
        key.chmod(0o600)
        return relay_block(name, self.relay.url, *self.lines, key_file=key)

    def make(self, host, relays=("main",)):
        return Collectd(private_folder(), plugin_block(
            *[self.block(name, host) for name in relays]), host=host,
            interval=10)

    def play(self, begin):
        """Processes end with the thread that started them, so it waits."""
        for when, act in self.acts:
            time.sleep(max(0, begin + when - time.time()))
            getattr(self, act)()
        self.over.wait()

    # --- what can happen ---

    def expire(self):
        self.relay.fault("key_expired")

    def refuse(self):
        self.relay.fault("refuse")

    def answer_502(self):
        self.relay.fault("status_502")

    def answer_html(self):
        self.relay.fault("html")

    def hang(self):
        self.relay.fault("hang")

    def hang_chat(self):
        self.relay.fault("hang", endpoint="chat/completions")

    def fail_once(self):
        self.fail_each("models")

    def fail_round(self):
        self.fail_each("models", "billing", "chat/completions")

    def fail_each(self, *endpoints):
        """One request to each endpoint fails."""
        for endpoint in endpoints:
            self.relay.fault("server_error", endpoint=endpoint)
        for endpoint in endpoints:
            wait_for(lambda: self.relay.journal(
                endpoint=endpoint, fault="server_error"), 60, endpoint)
            self.relay.heal(endpoint=endpoint)

    def fail_first_host(self):
        self.relay.fault("status_502", key=f"sk-test-{self.name}-1")

    def heal(self):
        self.relay.heal()

    def restart(self, relays=("main",)):
        """Restarts it on the same port, which Prometheus scrapes."""
        old = self.collectds[0]
        old.stop()
        new = self.make(f"{self.name}-1", relays)
        new.conf.write_text(re.sub(r'Port "\d+"', f'Port "{old.port}"',
                                   new.conf.read_text()))
        self.collectds[0] = new.start(ready=False)

    def add_relay(self):
        self.restart(("main", "added"))


class Expired(Story):
    acts = ((60, "expire"), (240, "heal"))


class ExpiredEachMinute(Story):
    lines = ("Interval 60",)
    acts = ((60, "expire"), (240, "heal"))


class Down(Story):
    acts = ((60, "refuse"), (135, "answer_502"), (210, "answer_html"),
            (300, "heal"))


class Hang(Story):
    acts = ((60, "hang"), (240, "heal"))


class HangOfChat(Story):
    acts = ((60, "hang_chat"), (240, "heal"))


class Restart(Story):
    acts = ((60, "restart"),)


class RestartInOutage(Story):
    acts = ((60, "expire"), (180, "restart"), (300, "heal"))


class Once(Story):
    acts = ((60, "fail_once"), (150, "fail_round"))


class OneOfThree(Story):
    hosts = 3
    acts = ((60, "fail_first_host"), (300, "heal"))


class Added(Story):
    acts = ((60, "add_relay"), (180, "restart"))


# --- from Prometheus into a test file ----------------------------------------


def series_name(labels):
    labels = dict(labels)
    name = labels.pop("__name__")
    return name + "{" + ",".join(f'{k}="{v}"' for k, v in labels.items()) + "}"


def shifted(name, value, begin):
    """The test's time starts at 0; a timestamp of 0 still means never."""
    number = float(value)
    if "timestamp_seconds" in name and number > 0:
        number = round(number - begin, 3)
    return f"{number:.10g}"


def notation(values):
    """In promtool's notation: runs, gaps, and the end of a series."""
    words, before = [], None
    for value, run in itertools.groupby(values):
        count = len(list(run))
        if value is None:
            if before is not None:
                words.append("stale")
                count -= 1
            words += [f"_x{count}"] if count > 0 else []
        else:
            words.append(value if count == 1 else f"{value}x{count - 1}")
        before = value
    return " ".join(words)


def sampled(prometheus, story, begin):
    lines = []
    selector = (f'{{__name__=~"holysheep_({FAMILIES})",'
                f'instance=~"{story.name}-[0-9]"}}')
    for labels, row in prometheus.query_range(selector, begin,
                                              begin + LENGTH, STEP):
        name = labels["__name__"]
        seen = {round((when - begin) / STEP): shifted(name, value, begin)
                for when, value in row}
        values = [seen.get(at) for at in range(LENGTH // STEP + 1)]
        lines.append(f"      - series: '{series_name(labels)}'\n"
                     f"        values: '{notation(values)}'\n")
    return "".join(sorted(lines))


def write(story, text):
    path = TESTS / f"sampled-{story.name}.yml"
    before = path.read_text()
    head, mark, rest = before.partition("    input_series:\n")
    tail = rest[re.search(r"(?m)^    \w", rest).start():]
    path.write_text(head + mark + text + tail)


def main():
    stories = [kind() for kind in Story.__subclasses__()]
    prometheus = Prometheus(
        private_folder(), '", "'.join(
            f"127.0.0.1:{c.port}" for s in stories for c in s.collectds),
        interval=f"{STEP}s").start()
    prometheus.wait_query('sum(holysheep_up)', 120, lambda seen: seen and
                          seen[0][1] == 3 * sum(s.hosts for s in stories))
    begin = time.time()
    threads = [threading.Thread(target=s.play, args=(begin,))
               for s in stories]
    for thread in threads:
        thread.start()
    time.sleep(LENGTH + STEP)
    for story in stories:
        write(story, sampled(prometheus, story, begin))
        story.over.set()


if __name__ == "__main__":
    main()
