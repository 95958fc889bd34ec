"""The number of relays that write_prometheus can handle."""

import collections
import re
import time

from subjects import Fleet, Stage, start_plugin, watch
from table import Line, mb, percent

INTERVAL = 10
LIMITS = {20: None, 200: 65, 500: 180}  # seconds until all series exist
LATE = 1  # seconds: what a value of `load` may be, beside its interval
# Seconds between scrapes. A writer that renders its page takes no values
# meanwhile, and a page of 77,000 series takes a second.
LOOK = 5

# Polled every second: shows how far written values lag behind.
LOAD = "<LoadPlugin load>\n  Interval 1\n</LoadPlugin>\n"
_LOAD_TIME = re.compile(r"^collectd_load_shortterm\S* \S+ (\d+)$", re.M)
_OURS = re.compile(r'^collectd_holysheep_\S*?[{,]holysheep="(\d+)"', re.M)


class PublishWatcher:
    """Polls a collectd's page while its series are being published."""

    def __init__(self, collectd):
        self._collectd = collectd
        self.load_late = 0
        self.counts = {}   # of series, by relay
        self.seconds = 0   # that the page took

    def look(self):
        begin, wall = time.monotonic(), time.time()
        page = self._collectd.page()
        self.seconds = time.monotonic() - begin
        found = _LOAD_TIME.search(page)
        if found:
            self.load_late = max(self.load_late,
                                 wall - int(found[1]) / 1000 - 1)
        self.counts = collections.Counter(_OURS.findall(page))
        return self.counts

    def all_there(self, relays):
        """Whether every relay has as many series as the first one has in the
        end."""
        return (len(self.counts) == relays
                and len(set(self.counts.values())) == 1)


def wait_published(watcher, relays, patience):
    """Waits, and returns the seconds it took."""
    begin = time.monotonic()
    while time.monotonic() < begin + patience:
        watcher.look()
        if watcher.all_there(relays):
            return time.monotonic() - begin
        time.sleep(LOOK)
    raise AssertionError(f"{sum(watcher.counts.values())} series of "
                         f"{len(watcher.counts)} relays after {patience} s")


def line(relays, limit, seconds, watcher, collectd):
    later = watch(collectd, INTERVAL)
    goal = f"within {limit} s, load never late" if limit else ""
    met = watcher.load_late <= LATE and seconds <= limit if limit else None
    return Line(
        f"{relays} relays, write_prometheus",
        f"{sum(watcher.counts.values())} series, all there after "
        f"{seconds:.0f} s; load up to {watcher.load_late:.1f} s late",
        f"then {percent(later.cpu / later.seconds)} of a core, "
        f"{mb(later.rss)}; a scrape {watcher.seconds * 1000:.0f} ms",
        goal=goal, met=met)


def rows():
    for relays, limit in LIMITS.items():
        with Stage() as stage:
            fleet = Fleet(stage.start_relay(), relays, INTERVAL)
            collectd = start_plugin(stage, fleet, writer=True, globals_=LOAD)
            watcher = PublishWatcher(collectd)
            seconds = wait_published(watcher, relays, 3 * (limit or 60))
            yield line(relays, limit, seconds, watcher, collectd)
