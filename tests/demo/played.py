"""A story of the simulator, played into a Prometheus as if it had just happened:
hours of it are there at once."""

import json
import re
import subprocess
import time

import yaml

import build
from exporter import Exporter
from prometheus import RULES, Prometheus

SERIES = re.compile(r"- series: '(\w+)(\{.*\})'\n *values: '(.*)'\n")
# Times, which the simulator counts from the beginning of the story.
TIMES = re.compile(r"holysheep_\w+_timestamp_seconds$")
# What the pages show of the past.
RECORDED = ("instance_endpoint:holysheep_failing:vote",
            "endpoint:holysheep_failing:ratio",
            "instance_endpoint:holysheep_incident:since",
            "relay:holysheep_hosts:failing",
            "endpoint:holysheep_latency_buckets:rate5m",
            "relay:holysheep_budget_remaining:latest")


class Played:
    """`now` is when the story ends."""

    def __init__(self, story):
        self.until = json.loads(story.read_text())["until"]
        self.sample = json.loads(story.read_text())["sample"]
        self.now = int(time.time())
        self.begin = self.now - self.until
        done = subprocess.run(
            [build.built("holysheep-sim"), story], check=True,
            stdout=subprocess.PIPE, text=True)
        self._series = SERIES.findall(done.stdout)

    def _value(self, name, value):
        if TIMES.match(name) and float(value) > 0:
            return repr(float(value) + self.begin)
        return value

    def _lines(self):
        for name, labels, values in self._series:
            for number, value in enumerate(values.split()):
                if value not in ("_", "stale"):
                    yield (f"{name}{labels} {self._value(name, value)} "
                           f"{self.begin + number * self.sample}\n")

    def write_past(self, path):
        """In the format that promtool makes blocks of."""
        with open(path, "w") as file:
            file.writelines(self._lines())
            file.write("# EOF\n")

    def present(self):
        """What the hosts send at the end."""
        last = ((name, labels, values.rsplit(None, 1)[-1])
                for name, labels, values in self._series)
        return "".join(f"{name}{labels} {self._value(name, value)}\n"
                       for name, labels, value in last
                       if value not in ("_", "stale"))


def inlined(names):
    """Recording rules of which none depends on another: promtool evaluates
    each over the past by itself."""
    rules = {rule["record"]: rule for path in RULES.glob("*.yml")
             for group in yaml.safe_load(path.read_text())["groups"]
             for rule in group["rules"] if "record" in rule}

    def expand(text):
        return re.sub(r"[a-z_]+:holysheep_\w+:\w+",
                      lambda m: f"({expand(rules[m[0]]['expr'])})", text)
    return {"groups": [{"name": "past", "interval": "1m", "rules": [
        {"record": name, "expr": expand(rules[name]["expr"])}
        for name in names]}]}


def prometheus_with(story, folder, **options):
    """A Prometheus that has seen all of the story, and the exporter of what its
    hosts send now."""
    played = Played(story)
    played.write_past(folder / "past.txt")
    storage = folder / "prometheus.tsdb"
    promtool("tsdb", "create-blocks-from", "openmetrics", folder / "past.txt",
             storage)
    exporter = Exporter(played.present())
    rules = folder / "past.yml"
    rules.write_text(yaml.safe_dump(inlined(RECORDED)))
    before = Prometheus(folder, "127.0.0.1:9", interval="1h").start()
    promtool("tsdb", "create-blocks-from", "rules",
             f"--start={played.begin}", f"--end={played.now}",
             f"--url=http://127.0.0.1:{before.port}", f"--output-dir={storage}",
             rules)
    before.stop()
    return Prometheus(folder, f"127.0.0.1:{exporter.port}", rules=True,
                      **options), exporter


def promtool(*arguments):
    subprocess.run(["promtool", *map(str, arguments)], check=True,
                   stdout=subprocess.DEVNULL)
