"""Debian's Prometheus with the shipped scrape job."""

import functools
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import urllib.parse
import urllib.request

import build
from process import Process, free_port, wait_for

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
SHIPPED = build.SRCDIR / "dashboards" / "prometheus" / "prometheus.yml"
RULES = SHIPPED.parent / "rules"


# The newest feature that the rules use.
KEEP_FIRING = """\
groups:
  - name: probe
    rules:
      - alert: Probe
        expr: vector(1)
        keep_firing_for: 1m
"""


@functools.cache
def takes_rules():
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        file.write(KEEP_FIRING)
        file.flush()
        return subprocess.run(["promtool", "check", "rules", file.name],
                              capture_output=True).returncode == 0


def skip_without_rules():
    """Skips the test if the distribution's Prometheus is too old for the
    rules."""
    if not takes_rules():
        raise unittest.SkipTest("this Prometheus does not know "
                                "keep_firing_for: it is older than 2.42")


def in_rules(field):
    """The values of a field in the shipped rules."""
    return {value for path in RULES.glob("*.yml") for value in re.findall(
        rf"(?m)^ *(?:- )?{field}: '?([^'\n]+)", path.read_text())}


def without_jobs(text, *jobs):
    """Removes jobs from a configuration."""
    for job in jobs:
        text = re.sub(rf"(?ms)^  - job_name: {job}\n.*?(?=^  - )", "", text)
    return text


def paced(text, keys, interval):
    """Replaces the durations of these keys; with None, leaves them."""
    if interval is None:
        return text
    return re.sub(rf"(?m)^(\s*(?:-\s+)?(?:{keys}):).*$", rf"\1 {interval}",
                  text)


def shortened(text, target, interval, honor_labels=None, alertmanager=None):
    """The shipped configuration with another target and, unless `interval` is
    None, other intervals. Prometheus and Alertmanager are not scraped, so that
    tests do not reach the host's own."""
    text = without_jobs(text, "prometheus", "alertmanager")
    text = text.replace("localhost:9103", target)
    text = text.replace("localhost:9093", alertmanager or "127.0.0.1:9")
    text = paced(text, r"(?:scrape|evaluation)_interval|scrape_timeout",
                 interval)
    if honor_labels is not None:
        text = re.sub(r"(?m)^\s*honor_labels:.*\n", "", text)
        text = re.sub(r"(?m)^(\s*)- job_name:(.*)$",
                      rf"\1- job_name:\2\n\1  honor_labels: "
                      rf"{str(honor_labels).lower()}", text)
    return text


def copy_rules(folder, interval):
    """Copies the shipped rules with another interval."""
    folder.mkdir()
    for path in RULES.glob("*.yml"):
        (folder / path.name).write_text(
            paced(path.read_text(), "interval", interval))


class Prometheus(Process):
    """`target` is host:port of a metrics page. The configuration loads rules
    from the folder beside it; `rules` copies them there."""

    def __init__(self, folder, target, *, name="prometheus", interval="1s",
                 honor_labels=None, config=None, rules=False,
                 alertmanager=None, external_path=""):
        folder = pathlib.Path(folder)
        if rules:
            copy_rules(folder / "rules", interval)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}{external_path}"
        conf = folder / f"{name}.yml"
        conf.write_text(shortened(config or SHIPPED.read_text(), target,
                                  interval, honor_labels, alertmanager))
        program = shutil.which("prometheus")
        if program is None:
            raise FileNotFoundError("prometheus: apt-get install prometheus")
        super().__init__(name, [
            program, f"--config.file={conf}",
            f"--storage.tsdb.path={folder / name}.tsdb",
            f"--web.console.templates={SHIPPED.parents[1] / 'consoles'}",
            f"--web.user-assets={SHIPPED.parents[1]}",
            f"--web.external-url={self.url}",
            f"--web.listen-address=127.0.0.1:{self.port}"], folder)

    def start(self):
        super().start()
        wait_for(lambda: self._get("/-/ready"), 30, "Prometheus",
                 lambda _: True, self.explain)
        return self

    def _get(self, path, **query):
        if self.code is not None:
            raise AssertionError(f"Prometheus ended with {self.code}\n"
                                 f"{self.explain()}")
        url = f"{self.url}{path}"
        if query:
            url += "?" + urllib.parse.urlencode(query, doseq=True)
        with _direct.open(url, timeout=30) as answer:
            return answer.read().decode()

    def query(self, expression):
        """The current vector of an expression: pairs of labels and value."""
        answer = json.loads(self._get("/api/v1/query", query=expression))
        return [(each["metric"], float(each["value"][1]))
                for each in answer["data"]["result"]]

    def query_range(self, expression, start, end, step):
        """Like query(), but each value is a list of (time, value) pairs."""
        answer = json.loads(self._get(
            "/api/v1/query_range", query=expression, start=start, end=end,
            step=step))
        return [(each["metric"], each["values"])
                for each in answer["data"]["result"]]

    def groups(self):
        """The loaded groups of rules, with their last evaluation."""
        return json.loads(self._get("/api/v1/rules"))["data"]["groups"]

    def rules(self):
        """The loaded rules by group name."""
        return {group["name"]: group["rules"] for group in self.groups()}

    def head_series(self):
        """The number of series in memory."""
        answer = json.loads(self._get("/api/v1/status/tsdb"))
        return answer["data"]["headStats"]["numSeries"]

    def alerts(self):
        """The pending and firing alerts."""
        return json.loads(self._get("/api/v1/alerts"))["data"]["alerts"]

    def series(self, selector='{__name__!=""}'):
        """The labels of all current series."""
        return [labels for labels, _ in self.query(selector)]

    def wait_query(self, expression, timeout, until=bool):
        return wait_for(lambda: self.query(expression), timeout, expression,
                        until, self.explain)
