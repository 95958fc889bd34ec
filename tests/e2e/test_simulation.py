"""The simulator against what it simulates: one story, played by holysheep-sim
and by the real collectd, with stand-in relays and the real Prometheus."""

import itertools
import json
import re
import subprocess
import time

import build
from harness import Collectd, TestCase, plugin_block, private_folder
from process import free_port

STORY = (build.SRCDIR / "tests" / "sim" / "stories"
         / "outage-restart-and-expired-key.json")

# The story's faults, and the stand-in relay's names for them.
FAULTS = {("break", "refused"): "refuse", ("answer", 401): "key_expired"}

# Of a time, only whether it is 0 is compared.
TIMES = r"_timestamp_seconds"
# Durations and the state of an instant are the machine's, not the story's: only
# that the series exists is compared.
OF_THE_MACHINE = (r"_duration_seconds|_phase_seconds|_seconds_sum|_lateness_|"
                  r"_in_flight|_bucket\{(?!.*le=\"\+Inf\")")


# --- series and values -------------------------------------------------------


def series_name(labels):
    labels = dict(labels)
    name = labels.pop("__name__")
    return name + "{" + ",".join(
        f'{label}="{value}"' for label, value in sorted(labels.items())) + "}"


def comparable(series, value):
    """As much of a value as the story determines."""
    if re.search(OF_THE_MACHINE, series):
        return "there"
    if re.search(TIMES, series):
        return value > 0
    return round(value, 9)


def simulated():
    """The value of each series at each sample; None while there is none."""
    done = subprocess.run([build.built("holysheep-sim"), STORY],
                          capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(done.stderr)
    return {series: [None if word in ("_", "stale") else float(word)
                     for word in values.split()]
            for series, values in re.findall(
                r"series: '(.*)'\n *values: '(.*)'", done.stdout)}


def causes(named_rows):
    """The causes that held for each probe, in their order. How long the first
    answer is pending is not determined, so that is left out."""
    seen = {}
    for series, row in named_rows:
        match = re.match(r'holysheep_verdict\{cause="(\w+)",(.*)fault="\w+",'
                         r"(.*)\}", series)
        if match and match[1] != "pending":
            for at, value in row:
                if value == 1:
                    seen.setdefault(match[2] + match[3], {})[at] = match[1]
    return {probe: [cause for cause, _ in itertools.groupby(
                cause for _, cause in sorted(times.items()))]
            for probe, times in seen.items()}


# --- the story, played for real ----------------------------------------------


class Simulation(TestCase):
    def setUp(self):
        self.story = json.loads(STORY.read_text())
        self.expected = simulated()
        names = re.findall('<Relay "(.*)">', self.story["hosts"][0]["config"])
        # What the simulator's healthy relays answer.
        self.relays = {name: self.start_relay(balance=80, price=0,
                                              model="gpt-4o-mini")
                       for name in names}
        self.port = free_port()
        self.collectd = None
        self.prometheus = self.start_prometheus(f"127.0.0.1:{self.port}")

    # --- events ---

    def config(self, text):
        """The story's, with the stand-ins in place of the relays."""
        for name, relay in self.relays.items():
            text = text.replace(
                f'<Relay "{name}">',
                f'<Relay "{name}">\n  BaseURL "{relay.tls_url}"\n'
                f'  CACert "{relay.ca}"')
        return plugin_block(text)

    def start(self, host):
        self.collectd = Collectd(
            private_folder(), self.config(host["config"]),
            host=host["name"], interval=host["interval"])
        self.addCleanup(self.collectd.kill)
        conf = self.collectd.conf
        conf.write_text(re.sub(r'Port "\d+"', f'Port "{self.port}"',
                               conf.read_text()))
        self.collectd.start(ready=False)

    def stop(self):
        if self.collectd:
            self.stop_clean(self.collectd)
        self.collectd = None

    def set_faults(self, now):
        """The faults that the story has at that time."""
        for relay in self.relays.values():
            relay.heal()
        for event in self.story["events"]:
            if event["from"] <= now < event.get("to", now + 1):
                self.relays[event["relay"]].fault(self.fault(event))

    @staticmethod
    def fault(event):
        if "break" in event:
            return FAULTS["break", event["break"]["kind"]]
        return FAULTS["answer", event["answer"]["status"]]

    def changes(self):
        """The times at which something begins or ends."""
        spans = self.story["hosts"] + self.story["events"]
        times = {span.get(end) for span in spans for end in ("from", "to")}
        return sorted({0, self.story["until"], *times} - {None})

    def change(self, now):
        self.set_faults(now)
        for host in self.story["hosts"]:
            if host.get("to") == now:
                self.stop()
            if host.get("from", 0) == now:
                self.start(host)

    # --- comparison ---

    def sample(self, now):
        """What the simulator says at that time."""
        index = int(now / self.story["sample"])
        return {series: comparable(series, values[index])
                for series, values in self.expected.items()
                if values[index] is not None}

    def difference(self, now):
        """Empty once Prometheus has what the simulator says."""
        expected = self.sample(now)
        seen = {}
        for labels, value in self.prometheus.query(
                '{__name__=~"holysheep_.*"}'):
            name = series_name(labels)
            seen[name] = comparable(name, value)
        return sorted(f"{series}: {seen.get(series)}, and simulated "
                      f"{expected.get(series)}"
                      for series in {*expected, *seen}
                      if seen.get(series) != expected.get(series))

    def await_simulated(self, now):
        self.collectd.wait_for(
            lambda: self.difference(now), 60 * build.slack(),
            f"what the simulator says at {now} s", lambda seen: not seen)

    def test_real_stack_matches_the_simulator(self):
        """An event is due once the state before it is reached, whatever the
        time: the probes' retries leave 16 seconds for that."""
        begin = time.time()
        changes = self.changes()
        for now, until in zip(changes, changes[1:]):
            self.change(now)
            if self.collectd:
                self.await_simulated(until - 1)
        self.assertEqual(self.seen_causes(begin), self.simulated_causes())

    def simulated_causes(self):
        return causes((series, enumerate(values))
                      for series, values in self.expected.items())

    def seen_causes(self, begin):
        rows = self.prometheus.query_range("holysheep_verdict", begin,
                                           time.time(), 1)
        return causes((series_name(labels),
                       [(at, float(value)) for at, value in row])
                      for labels, row in rows)
