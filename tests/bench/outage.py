"""Six of twenty relays hang: the effect on the others."""

import time

from subjects import ENDPOINTS, Fleet, Stage, start_plugin
from table import Line, percent
from test_outage import (HANGING, LOAD, RELAYS, STOP, PageWatcher,
                         latenesses)

INTERVAL, SECONDS = 2, 30
LATE = 0.065  # seconds


def make_six_hang(fleet):
    for number in range(HANGING):
        fleet.relay.fault("hang", key=fleet.key(number))


def healthy(fleet, begin):
    """The requests since `begin` to the relays that do not hang."""
    hanging = {fleet.key(number) for number in range(HANGING)}
    return [e for e in fleet.relay.journal()
            if e["mono"] >= begin and e["key"] not in hanging]


def share_of_healthy(fleet, entries, seconds):
    due = (fleet.count - HANGING) * len(ENDPOINTS) * seconds / fleet.interval
    return len(entries) / due


def load_gap(pages):
    """The longest time between two values of another plugin, in seconds."""
    times = sorted({s.time for page in pages for s in page.foreign(LOAD)})
    return max(b - a for a, b in zip(times, times[1:]))


def lost_series(pages):
    seen, lost = set(), set()
    for page in pages:
        lost |= seen - page.series()
        seen |= page.series()
    return len(lost)


def rows():
    with Stage() as stage:
        fleet = Fleet(stage.start_relay(), RELAYS, INTERVAL)
        collectd = start_plugin(stage, fleet, writer=True, plugins=("load",))
        for number in range(RELAYS):
            for endpoint in ENDPOINTS:
                collectd.wait_verdict(str(number), endpoint, "ok")
        time.sleep(2 * INTERVAL)  # until probes are spread out
        make_six_hang(fleet)
        begin = time.monotonic()
        look = PageWatcher(collectd)
        look.start()
        time.sleep(SECONDS)
        look.end()
        entries = [e for e in healthy(fleet, begin)
                   if e["mono"] < begin + SECONDS]
        stop, _ = collectd.stop()
    share = share_of_healthy(fleet, entries, SECONDS)
    worst = max(latenesses(entries, INTERVAL).values())
    gap = load_gap(look.pages)
    lost = lost_series(look.pages)
    yield Line(
        f"{HANGING} of {RELAYS} relays hang: the others' probes",
        f"{percent(share)} made, {worst * 1000:.0f} ms late at worst",
        f"load every {gap:.2f} s at worst of {INTERVAL}; {lost} series lost; "
        f"stops in {stop:.1f} s",
        goal=f"all, within {LATE * 1000:.0f} ms; stop within {STOP} s",
        met=(round(share, 2) >= 1 and worst <= LATE and stop <= STOP
             and lost == 0 and gap < 1.5 * INTERVAL))
