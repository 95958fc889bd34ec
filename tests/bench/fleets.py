"""The number of relays that one collectd can probe."""

import functools
from concurrent.futures import ThreadPoolExecutor

from subjects import Fleet, Stage, start_bare, start_plugin, watch_fleet
from table import Line, mb, percent
from test_outage import latenesses

INTERVAL, ROUNDS = 10, 3
ON_TIME = 0.1  # seconds


class OnTimeShare:
    """The share of probes that ran on time in a window."""

    def __init__(self, fleet, window, rounds):
        self.share = len(window.entries) / (fleet.probes * rounds)
        self.worst = max(latenesses(window.entries, fleet.interval).values())
        self.core = window.cpu / window.seconds
        self.rss = window.rss

    def __str__(self):
        return (f"{percent(self.share)} made, {self.worst * 1000:.0f} ms late "
                f"at worst, {percent(self.core)} of a core, {mb(self.rss)}")

    def good(self):
        return round(self.share, 3) >= 1 and self.worst <= ON_TIME


@functools.cache
def measure_on_time(*starters):
    """Measures several fleets at once: takes pairs of a count and a function
    that starts the fleet."""
    with Stage() as stage:
        fleets = [Fleet(stage.start_relay(), count, INTERVAL)
                  for count, _ in starters]
        processes = [start(stage, fleet)
                     for fleet, (_, start) in zip(fleets, starters)]
        with ThreadPoolExecutor() as pool:
            windows = pool.map(watch_fleet, processes, fleets,
                               [ROUNDS] * len(fleets))
            return [OnTimeShare(fleet, window, ROUNDS)
                    for fleet, window in zip(fleets, windows)]


def name(count):
    return f"{count} relay{'s' if count > 1 else ''} x 3 every {INTERVAL} s"


def rows():
    small = [(count, start_plugin) for count in (1, 10, 100)]
    for (count, _), seen in zip(small, measure_on_time(*small)):
        yield Line(name(count), str(seen))
    [bare] = measure_on_time((1000, start_bare))
    [seen] = measure_on_time((1000, start_plugin))
    yield Line(name(1000), str(seen), f"libcurl: {bare}",
               goal=f"all, within {ON_TIME * 1000:.0f} ms", met=seen.good())
