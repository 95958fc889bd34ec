"""What the rules cost Prometheus in a large fleet, next to the rules of before
they counted votes."""

import collections
import http.server
import json
import shutil
import statistics
import subprocess
import threading
import time
from typing import NamedTuple

from harness import Prometheus, build, private_folder, wait_for
from prometheus import RULES, SHIPPED
from subjects import ENDPOINTS, Fleet, Stage, cpu_seconds, start_plugin
from table import Line, mb, percent

HOSTS, RELAYS, INTERVAL = 300, 5, 10
# Groups, the seconds that one evaluation may take, and how many times less
# than before.
LIMITS = {"holysheep-causes": 0.5, "holysheep-quality": 5}
TIMES_LESS = 3
SETTLE, SECONDS = 75, 240  # before and while evaluations are timed

# The last commit with the rules of before.
FORMER = "21e4c8f"

# What rules look back at: raw series and their recorded sums for an hour, and a
# recorded series at this time of the last days.
HISTORY = ("holysheep_(up|verdict|requests_total|"
           "request_latency_seconds_(bucket|count))")
TOTALS = (
    ("requests", {"__name__": "holysheep_requests_total"}),
    ("successes", {"__name__": "holysheep_requests_total", "status": "200"}),
    ("answers", {"__name__": "holysheep_request_latency_seconds_count"}),
    ("fast_answers", {"__name__": "holysheep_request_latency_seconds_bucket",
                      "le": "5"}))
MEDIAN = "latency_seconds:median1h"
DAY, HOUR, MINUTE = 86400, 3600, 60

NAME = b'instance="e2e"'


def named(text, number):
    """The text of the host, with another host's name."""
    return text.replace(NAME, b'instance="web-%d"' % number)


class Hosts:
    """One page for each host, at a path of its own: each is that of a single
    collectd."""

    def __init__(self, collectd):
        self._collectd = collectd
        self._lock = threading.Lock()
        self._page, self._time = b"", 0
        hosts = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                page = named(hosts.page(), int(self.path.strip("/")))
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """A Prometheus that ends resets its connections."""

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever,
                         daemon=True).start()

    def page(self):
        with self._lock:
            if time.monotonic() - self._time > INTERVAL / 2:
                self._page = self._collectd.page().encode()
                self._time = time.monotonic()
            return self._page

    def targets(self):
        """For a scrape job, instead of its single target."""
        return "".join(
            f'      - targets: ["127.0.0.1:{self._server.server_port}"]\n'
            f"        labels: {{instance: web-{number}, "
            f"__metrics_path__: /{number}}}\n" for number in range(HOSTS))

    def close(self):
        self._server.shutdown()
        self._server.server_close()


# --- history -----------------------------------------------------------------

def sample_lines(labels, value, times):
    inside = ",".join(f"{name}={json.dumps(text)}"
                      for name, text in sorted(labels.items())
                      if name != "__name__")
    head = f"{labels['__name__']}{{{inside}}} {value:g} "
    return "".join(f"{head}{t}\n" for t in times)


def write_blocks(lines, database):
    """Blocks of these lines, once for each host."""
    path = private_folder() / "history"
    with open(path, "wb") as file:
        for number in range(HOSTS):
            file.write(named(lines.encode(), number))
        file.write(b"# EOF\n")
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics",
                    "--quiet", path, database], check=True,
                   stdout=subprocess.DEVNULL)
    path.unlink()


def recorded(labels, name):
    """The labels of a probe's recorded series."""
    return {"__name__": f"instance_endpoint:holysheep_{name}",
            **{each: labels[each] for each in
               ("instance", "relay", "endpoint", "model") if each in labels}}


def totals(series):
    sums = collections.Counter()
    for labels, value in series:
        for name, matchers in TOTALS:
            if matchers.items() <= labels.items():
                sums[tuple(recorded(labels, f"{name}:total").items())] += value
    return [(dict(labels), value) for labels, value in sums.items()]


def write_history(series, database):
    """A database as if this had run for a week, with a sample a minute."""
    now = int(time.time())
    write_blocks("".join(
        sample_lines(labels, value, range(now - HOUR - 5 * MINUTE, now, MINUTE))
        for labels, value in series + totals(series)), database)
    completions = [labels for labels, _ in series
                   if labels["__name__"] == "holysheep_up"
                   and labels.get("model")]
    write_blocks("".join(
        sample_lines(recorded(probe, MEDIAN), 0.5,
                     [t for day in range(7, 0, -1) for t in
                      range(now - day * DAY - 5 * MINUTE,
                            now - day * DAY + 10 * MINUTE, MINUTE)])
        for probe in completions), database)


# --- the two sets of rules ---------------------------------------------------

def shipped_rules(folder):
    shutil.copytree(RULES, folder)


def former_rules(folder):
    """False if this is not a clone with that commit."""
    folder.mkdir()
    top = RULES.relative_to(build.SRCDIR)
    archive = subprocess.run(
        ["git", "-C", build.SRCDIR, "archive", FORMER, top],
        capture_output=True)
    return archive.returncode == 0 and subprocess.run(
        ["tar", "-x", "-C", folder,
         f"--strip-components={len(top.parts)}"],
        input=archive.stdout).returncode == 0


class Cost(NamedTuple):
    groups: dict  # the seconds of each evaluation, by group
    cores: float
    rss: int      # KiB
    series: int

    def median(self, group):
        return statistics.median(self.groups[group])


def watch_groups(prometheus, seconds):
    """The seconds of each evaluation that ends in that time."""
    seen, end = {}, time.monotonic() + seconds
    while time.monotonic() < end:
        for group in prometheus.groups():
            seen.setdefault(group["name"], {})[
                group["lastEvaluation"]] = group["evaluationTime"]
        time.sleep(1)
    # The first may be from before.
    return {name: list(each.values())[1:] for name, each in seen.items()}


def measure(stage, hosts, series, add_rules):
    """The cost of Prometheus with the rules that are added to its folder; None
    if there are none."""
    folder = private_folder()
    if add_rules(folder / "rules") is False:
        return None
    write_history(series, folder / "prometheus.tsdb")
    prometheus = stage.start(Prometheus(
        folder, "", interval=None, config=SHIPPED.read_text().replace(
            '      - targets: ["localhost:9103"]\n', hosts.targets())))
    prometheus.wait_query("count(holysheep_up)", 120, lambda seen: seen and
                          seen[0][1] == HOSTS * RELAYS * len(ENDPOINTS))
    time.sleep(SETTLE)
    begin, before = time.monotonic(), cpu_seconds(prometheus)
    groups = watch_groups(prometheus, SECONDS)
    cost = Cost(groups, (cpu_seconds(prometheus) - before)
                / (time.monotonic() - begin),
                prometheus.status("VmRSS"), prometheus.head_series())
    prometheus.kill()
    shutil.rmtree(folder)
    return cost


def relabelled(stage, collectd):
    """The host's series with history, as the scrape job names them, once
    all are there."""
    prometheus = stage.start(Prometheus(
        private_folder(), f"127.0.0.1:{collectd.port}"))
    prometheus.wait_query("sum(holysheep_up)", 60, lambda seen: seen and
                          seen[0][1] == RELAYS * len(ENDPOINTS))
    counts = []

    def settled():
        counts.append(len(prometheus.series('{__name__=~"holysheep_.+"}')))
        return len(counts) > 60 and len(set(counts[-60:])) == 1

    wait_for(settled, 60, "every series", explain=prometheus.explain)
    series = prometheus.query(f'{{__name__=~"{HISTORY}"}}')
    prometheus.kill()
    return series


# --- the table ---------------------------------------------------------------

def group_line(group, now, former):
    seconds, limit = now.median(group), LIMITS[group]
    less = former.median(group) / seconds if former else None
    return Line(
        f"rules of {HOSTS} hosts x {RELAYS} relays: {group}",
        f"{seconds:.2f} s, {max(now.groups[group]):.2f} s at worst of "
        f"{len(now.groups[group])}",
        f"{former.median(group):.2f} s: the rules of before" if former else "",
        ratio=1 / less if former else None,
        goal=f"under {limit} s, {TIMES_LESS} times less",
        met=seconds < limit and (not former or less >= TIMES_LESS))


def needs(cost):
    return (f"{cost.series} series, {percent(cost.cores)} of a core, "
            f"{mb(cost.rss)}")


def rows():
    with Stage() as stage:
        collectd = start_plugin(
            stage, Fleet(stage.start_relay(), RELAYS, INTERVAL), writer=True)
        series = relabelled(stage, collectd)
        hosts = Hosts(collectd)
        stage.addCleanup(hosts.close)
        former = measure(stage, hosts, series, former_rules)
        now = measure(stage, hosts, series, shipped_rules)
    for group in LIMITS:
        yield group_line(group, now, former)
    yield Line(f"Prometheus of {HOSTS} hosts x {RELAYS} relays",
               needs(now), needs(former) if former else "")
