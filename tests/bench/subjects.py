"""The subjects of the benchmarks: the plugin in collectd, bare libcurl,
constant values; each with its own relay that responds after DELAY ms."""

import os
import pathlib
import socket
import time
from typing import NamedTuple

from harness import (STREAM, Process, TestCase, build, plugin_block,
                     private_folder, relay_block, wait_for)

DELAY = 50
ENDPOINTS = ("models", "billing", "chat/completions")
BUNDLE = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
LAST_VALUE = "holysheep_probes_in_flight"  # of those without labels
CONNECTIONS = 700  # in parallel: less than select() supports


class Stage(TestCase):
    """Owns the processes that a part of a row starts, and stops them at its
    end."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.doCleanups()

    def start_relay(self, **options):
        return super().start_relay(**{"delay": DELAY, **options})

    def start(self, process):
        self.addCleanup(process.kill)
        return process.start()


class Fleet(NamedTuple):
    """A number of relays with three probes each, every `interval` seconds. All
    are one stand-in relay; their keys tell them apart."""
    relay: object
    count: int
    interval: float
    ca: object = None  # for TLS; None for http
    keep: bool = False
    stream: bool = False  # a single streaming probe instead

    @property
    def probes(self):
        return self.count * len(ENDPOINTS)

    @property
    def url(self):
        return self.relay.tls_url if self.ca else self.relay.url

    def key(self, number):
        return f"sk-test-{number}"


def bundle(relay):
    """A CA bundle with the system's certificates and the relay's."""
    path = private_folder() / "bundle.pem"
    path.write_bytes(BUNDLE.read_bytes() + pathlib.Path(relay.ca).read_bytes())
    return path


def blocks(fleet):
    """The plugin's configuration for a fleet."""
    folder = private_folder()
    lines = [f"Interval {fleet.interval:g}"]
    lines += [f'CACert "{fleet.ca}"'] if fleet.ca else []
    lines += ["KeepAlive true"] if fleet.keep else []
    lines += [STREAM] if fleet.stream else []
    relays = []
    for number in range(fleet.count):
        key = folder / str(number)
        key.write_text(fleet.key(number))
        key.chmod(0o600)
        relays.append(relay_block(str(number), fleet.url, *lines,
                                  key_file=key))
    return plugin_block(f"  MaxConnections {CONNECTIONS}\n", *relays)


def start_plugin(stage, fleet, *, writer=False, **options):
    """collectd with the plugin. Without a writer, which is the default, all
    relays have been published when this returns."""
    control = private_folder() / "socket"
    block, plugins = blocks(fleet), options.pop("plugins", ())
    if not writer:
        block += f'<Plugin unixsock>\n  SocketFile "{control}"\n</Plugin>\n'
        plugins = (*plugins, "unixsock")
    collectd = stage.make_collectd(block, interval=fleet.interval,
                                   writer=writer, plugins=plugins, **options)
    collectd.start(ready=writer)
    if not writer:
        wait_for(lambda: is_published(control, fleet.count - 1),
                 60 + fleet.count, "the last relay's values",
                 explain=collectd.explain)
    return collectd


def is_published(control, number):
    """Whether collectd's cache has a relay's last value; `control` is
    unixsock's socket."""
    with socket.socket(socket.AF_UNIX) as wire:
        wire.connect(str(control))
        wire.sendall(
            f'GETVAL "e2e/holysheep-{number}/{LAST_VALUE}"\n'.encode())
        return wire.recv(1) == b"1"


def start_bare(stage, fleet, each=False):
    """Starts bare libcurl; with `each` it prints every measurement."""
    argv = [build.built("bare-libcurl"), "--url", fleet.url, "--relays",
            fleet.count, "--interval", fleet.interval, "--connections",
            CONNECTIONS]
    argv += ["--ca", fleet.ca] if fleet.ca else []
    argv += ["--keep"] if fleet.keep else []
    argv += ["--each"] if each else []
    return stage.start(Process("bare", argv, private_folder()))


def identities(page):
    """The type and labels of each of our series on the page of one relay."""
    known = set(build.built("types.holysheep.db").read_text().split())
    for sample in page.raw:
        name = sample.name.removeprefix("collectd_")
        if name.startswith("holysheep_"):
            name = name.removeprefix("holysheep_")
            yield (name if name in known else name.removesuffix("_total"),
                   sample.labels.get("type", ""))


def start_constant(stage, series, count, interval):
    """collectd with constant values instead of the series of `count`
    relays."""
    plugin = build.built("constant.so")
    names = private_folder() / "series"
    names.write_text("".join(
        f"{number}\t{kind}\t{labels}\n"
        for number in range(count) for kind, labels in series))
    collectd = stage.make_collectd(
        f'TypesDB "{build.built("types.holysheep.db")}"\n'
        f'PluginDir "{plugin.parent}"\nLoadPlugin constant\n'
        f'<Plugin constant>\n  File "{names}"\n</Plugin>\n',
        load=None, writer=False, interval=interval)
    return collectd.start(ready=False)


def cpu_seconds(process):
    text = pathlib.Path(f"/proc/{process.pid}/stat").read_text()
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Window(NamedTuple):
    """What a process did and used during a time."""
    seconds: float
    cpu: float
    rss: int       # KiB
    entries: list  # the relay's journal


def watch(process, seconds, relay=None, start=None):
    """The entries are `relay`'s from number `start` on."""
    begin, before = time.monotonic(), cpu_seconds(process)
    time.sleep(seconds)
    end, cpu = time.monotonic(), cpu_seconds(process) - before
    entries = relay.journal(start) if relay else []
    return Window(end - begin, cpu, process.status("VmRSS"),
                  [e for e in entries if begin <= e["mono"] < end])


def watch_fleet(process, fleet, rounds):
    """Watches a number of rounds after the first two: the second spreads the
    probes over the interval."""
    settled = 2 * fleet.probes
    wait_for(lambda: fleet.relay.journal(settled), 120,
             "the second round of probes", explain=process.explain)
    return watch(process, rounds * fleet.interval, fleet.relay, settled)
