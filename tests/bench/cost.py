"""The cost of a probe: CPU time and memory, compared with bare libcurl and
with the same number of constant values."""

import functools

from subjects import (ENDPOINTS, Fleet, Stage, bundle, identities,
                      start_bare, start_constant, start_plugin, watch,
                      watch_fleet)
from table import Line, at_most, mb, ms

RELAYS, INTERVAL, ROUNDS = 100, 2, 6
SERIES = 180  # at most, for a healthy relay
SERIES_KIB = 2
CPU_LIMIT = MEMORY_LIMIT = 1.2
WIRES = (("http", None), ("TLS, one certificate", lambda relay: relay.ca),
         ("TLS, the system's bundle", bundle))


def healthy_relay(ca):
    """The series of one relay whose probes all succeed."""
    with Stage() as stage:
        relay = stage.start_relay()
        collectd = start_plugin(
            stage, Fleet(relay, 1, 1, relay.ca if ca else None), writer=True)
        for endpoint in ENDPOINTS:
            collectd.wait_verdict("0", endpoint, "ok")
        series = []

        def look():
            series.append(list(identities(collectd.scrape())))
            return [len(each) for each in series[-40:]]

        collectd.wait_for(look, 20, "every series", lambda last:
                          len(last) == 40 and len(set(last)) == 1)
        return series[-1]


@functools.cache
def fleet_window(ca, keep, start):
    with Stage() as stage:
        relay = stage.start_relay()
        fleet = Fleet(relay, RELAYS, INTERVAL, ca and ca(relay), keep)
        return watch_fleet(start(stage, fleet), fleet, ROUNDS)


def dispatch_cost(series):
    """CPU seconds to dispatch one probe's share of the values."""
    with Stage() as stage:
        collectd = start_constant(stage, series, RELAYS, INTERVAL)
        watch(collectd, 2 * INTERVAL)  # until collectd has cached them all
        cpu = watch(collectd, ROUNDS * INTERVAL).cpu
    return cpu / (RELAYS * len(ENDPOINTS) * ROUNDS)


def per_probe(window):
    return window.cpu / len(window.entries)


def cpu_line(what, plugin, bare, dispatch):
    cost, least = per_probe(plugin), per_probe(bare) + dispatch
    return Line(f"CPU of a probe, {what}", ms(cost),
                f"{ms(least)}: libcurl {ms(per_probe(bare))}, "
                f"dispatch {ms(dispatch)}",
                **at_most(cost / least, CPU_LIMIT))


def memory_line(what, plugin, bare, series):
    allowed = MEMORY_LIMIT * bare.rss + SERIES_KIB * RELAYS * len(series)
    return Line(f"memory of {RELAYS} relays, {what}", mb(plugin.rss),
                f"{mb(allowed)}: {MEMORY_LIMIT} x libcurl's {mb(bare.rss)}, "
                f"{SERIES_KIB} KiB a series",
                **at_most(plugin.rss / allowed, 1))


def dispatch_line(dispatch, series):
    values = RELAYS * len(series)
    share = dispatch * len(ENDPOINTS) / len(series)
    return Line(f"CPU of {values} constant values", ms(share * values),
                f"{share * 1e6:.1f} us a value")


def rows():
    series = {tls: healthy_relay(tls) for tls in (False, True)}
    yield Line("series of a healthy relay", f"{len(series[True])}",
               goal=f"at most {SERIES}", met=len(series[True]) <= SERIES)
    dispatch = dispatch_cost(series[False])
    yield dispatch_line(dispatch, series[False])
    for name, ca in WIRES:
        mine = series[ca is not None]
        for keep in (False, True):
            what = f"{name}, {'kept' if keep else 'new'} connections"
            bare = fleet_window(ca, keep, start_bare)
            plugin = fleet_window(ca, keep, start_plugin)
            yield cpu_line(what, plugin, bare,
                           dispatch * len(mine) / len(series[False]))
            yield memory_line(what, plugin, bare, mine)
