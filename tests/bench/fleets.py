"""How many relays one collectd can probe."""

import functools
from concurrent.futures import ThreadPoolExecutor

from subjects import Fleet, Stage, start_bare, start_plugin, watch_fleet
from table import Line, mb, percent
from test_outage import latenesses

INTERVAL, ROUNDS = 10, 3
ON_TIME = 0.1  # seconds


class Punctuality:
    """Of the probes that were due in a window."""

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
def punctuality(*starters):
    """Of several at the same time: pairs of a count and what starts it."""
    with Stage() as stage:
        fleets = [Fleet(stage.start_relay(), count, INTERVAL)
                  for count, _ in starters]
        processes = [start(stage, fleet)
                     for fleet, (_, start) in zip(fleets, starters)]
        with ThreadPoolExecutor() as pool:
            windows = pool.map(watch_fleet, processes, fleets,
                               [ROUNDS] * len(fleets))
            return [Punctuality(fleet, window, ROUNDS)
                    for fleet, window in zip(fleets, windows)]


def name(count):
    return f"{count} relay{'s' if count > 1 else ''} x 3 every {INTERVAL} s"


def rows():
    small = [(count, start_plugin) for count in (1, 10, 100)]
    for (count, _), seen in zip(small, punctuality(*small)):
        yield Line(name(count), str(seen))
    [bare] = punctuality((1000, start_bare))
    [seen] = punctuality((1000, start_plugin))
    yield Line(name(1000), str(seen), f"libcurl: {bare}",
               goal=f"all, within {ON_TIME * 1000:.0f} ms", met=seen.good())
