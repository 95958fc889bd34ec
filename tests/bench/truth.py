"""The difference between the exported figures and the relay's journal."""

import bisect
import collections
import statistics
import time

from subjects import ENDPOINTS, Fleet, Stage, start_bare, start_plugin
from table import Line, ms, percent

RELAYS, INTERVAL = 20, 1
DELAYS = (20, 70, 170, 370, 740)  # ms: each well inside a bucket
SECONDS = 6                       # with each
CLOSE = 0.0002                    # seconds to bare libcurl's error
FIRST_TOKEN = 0.001               # seconds that its median may be off
STREAMS = 20


def look_for(seconds, look):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        look()
        time.sleep(INTERVAL / 4)


def run_through_delays(relay, look):
    """Steps the relay through the delays, polling in between."""
    for delay in DELAYS:
        relay.delay(delay)
        look_for(SECONDS, look)


class Gauges:
    """The phase `server` of each probe seen on the page."""

    def __init__(self, collectd):
        self._collectd = collectd
        self.seen = {}  # by relay, endpoint and the probe's end

    def look(self):
        page = self._collectd.scrape()
        ends = {(s.labels["relay"], s.labels["endpoint"]): s for s in
                page.all("holysheep_last_probe_timestamp_seconds")}
        for phase in page.all("holysheep_request_phase_seconds",
                              phase="server"):
            probe = phase.labels["relay"], phase.labels["endpoint"]
            end = ends.get(probe)
            if end and end.time == phase.time:  # from one dispatch
                self.seen[(*probe, end.value)] = phase.value

    def errors(self, fleet, entries):
        """The errors relative to the last request that the relay had answered
        by then."""
        answered = collections.defaultdict(list)
        for entry in entries:
            answered[entry["key"], entry["endpoint"]].append(
                (entry["t"] + entry["server_seconds"],
                 entry["server_seconds"]))
        for (relay, endpoint, end), seconds in self.seen.items():
            times = sorted(answered[fleet.key(relay), endpoint])
            place = bisect.bisect_right(times, (end, 0)) - 1
            yield abs(seconds - times[place][1])


def bare_errors():
    """The errors of the phase, and of the rest of the duration."""
    with Stage() as stage:
        fleet = Fleet(stage.start_relay(), RELAYS, INTERVAL)
        bare = start_bare(stage, fleet, each=True)
        run_through_delays(fleet.relay, lambda: None)
        bare.kill()
        truth = {entry["n"]: entry["server_seconds"]
                 for entry in fleet.relay.journal()}
        answers = [line.split() for line in bare.out.read_text().splitlines()]
    pairs = [(truth[int(name.rpartition("-")[2])], float(server), float(total))
             for name, server, total in answers]
    return (statistics.median(abs(server - true) for true, server, _ in pairs),
            statistics.mean(total - true for true, _, total in pairs))


def histogram(page):
    """Cumulative counts by bound, and the sum, over all probes."""
    counts = collections.Counter()
    for sample in page.all("holysheep_request_latency_seconds_bucket"):
        counts[float(sample.labels["le"])] += int(sample.value)
    return counts, sum(
        sample.value
        for sample in page.all("holysheep_request_latency_seconds_sum"))


def wait_histogram(collectd, expected):
    page = collectd.wait_scrape(
        lambda scrape: histogram(scrape)[0][float("inf")] == expected, 10,
        f"{expected} answers in the histogram")
    return histogram(page)


def misplaced_share(counts, times):
    """The share of responses in another bucket than by the relay's own
    times."""
    bounds = sorted(counts)
    true = [sum(each <= bound for each in times) for bound in bounds]
    said = [counts[bound] for bound in bounds]
    single = [abs((a - b) - (c - d)) for a, b, c, d in
              zip(said, [0, *said], true, [0, *true])]
    return sum(single) / 2 / len(times)


class FirstTokens:
    """The time to first token of each stream, from the growth of the
    histogram's sum between polls."""

    FAMILY = "holysheep_time_to_first_token_seconds"

    def __init__(self, collectd):
        self._collectd = collectd
        self._last = {}
        self.seen = {}  # by relay and number of the stream, from 1

    def look(self):
        page = self._collectd.scrape()
        sums = {s.labels["relay"]: s for s in page.all(f"{self.FAMILY}_sum")}
        for count in page.all(f"{self.FAMILY}_count"):
            relay = count.labels["relay"]
            total = sums.get(relay)
            if not total or total.time != count.time:  # from two dispatches
                continue
            number, before = self._last.get(relay, (0, 0))
            if count.value == number + 1:
                self.seen[relay, int(count.value)] = total.value - before
            self._last[relay] = count.value, total.value

    def errors(self, fleet, entries):
        streams = collections.defaultdict(list)
        for entry in entries:
            streams[entry["key"]].append(entry["first_token_seconds"])
        for (relay, number), seconds in self.seen.items():
            yield abs(seconds - streams[fleet.key(relay)][number - 1])


def first_token_line():
    with Stage() as stage:
        fleet = Fleet(stage.start_relay(delay=0, token=5), STREAMS, INTERVAL,
                      stream=True)
        collectd = start_plugin(stage, fleet, writer=True)
        tokens = FirstTokens(collectd)
        for delay in DELAYS:
            fleet.relay.pace(first=delay)
            look_for(SECONDS, tokens.look)
        entries = fleet.relay.journal()
    error = statistics.median(tokens.errors(fleet, entries))
    return Line(f"error of the time to first token, median of "
                f"{len(tokens.seen)} streams", ms(error),
                goal=f"under {ms(FIRST_TOKEN)}", met=error < FIRST_TOKEN)


def rows():
    bare_phase, bare_mean = bare_errors()
    with Stage() as stage:
        fleet = Fleet(stage.start_relay(), RELAYS, INTERVAL)
        collectd = start_plugin(stage, fleet, writer=True)
        gauges = Gauges(collectd)
        run_through_delays(fleet.relay, gauges.look)
        # Responses after this point are not in the histogram.
        fleet.relay.fault("hang")
        collectd.wait_scrape(
            lambda scrape: sum(s.value for s in scrape.all(
                "holysheep_probes_in_flight")) == fleet.probes, 10,
            "every probe to hang")
        entries = fleet.relay.journal(fault=None)
        counts, total = wait_histogram(collectd, len(entries))
    phase = statistics.median(gauges.errors(fleet, entries))
    yield Line(f"error of the server phase, median of {len(gauges.seen)}",
               ms(phase), f"libcurl {ms(bare_phase)}",
               goal=f"within {ms(CLOSE)} of libcurl's",
               met=phase - bare_phase <= CLOSE)
    times = [entry["server_seconds"] for entry in entries]
    yield Line(f"histogram of {len(times)} answers",
               f"{percent(misplaced_share(counts, times))} in another bucket than "
               "the relay's; mean "
               f"{ms(total / len(times) - statistics.mean(times))} above",
               f"libcurl: mean {ms(bare_mean)} above")
    yield first_token_line()
