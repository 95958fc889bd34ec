#!/usr/bin/env python3
"""What the alerts make of a story, and of variations of it: other seeds, and
hosts that probe at other times. Prints when each alert fired, and how often it
began. Needs promtool.

    tests/sim/alert_starts.py --variations 5 tests/sim/stories/FILE..."""

import argparse
import collections
import concurrent.futures
import copy
import json
import os
import pathlib
import re
import subprocess
import tempfile

from rule_inputs import SERIES, SIMULATOR, SRCDIR, families_in, words

RULES = SRCDIR / "dashboards" / "prometheus" / "rules"
FIRING = 'ALERTS{alertstate="firing",severity!="none"}'
SHOWN_FIRST = "alertname", "severity"
# Seconds between the beginnings of the events of two variations.
SHIFT = 7.3


def renamed(host, number):
    return host if host == "*" or not number else f"{host}-{number}"


def variation(story, number, sample):
    """Other names of hosts are other times of probes."""
    story = copy.deepcopy(story)
    story["sample"] = sample
    story["seed"] = story.get("seed", 1) + number
    for host in story["hosts"]:
        host["name"] = renamed(host["name"], number)
    for event in story.get("events", []):
        if "host" in event:
            event["host"] = renamed(event["host"], number)
        for end in "from", "to":
            if event.get(end) is not None:
                event[end] += SHIFT * number
    return story


def input_series(story, arguments, folder):
    path = folder / "story.json"
    path.write_text(json.dumps(story))
    done = subprocess.run([arguments.simulator, path], capture_output=True,
                          text=True, check=True)
    families = {family for path in arguments.rules
                for family in families_in(path.read_text())}
    return [{"series": series, "values": " ".join(words(values.split()))}
            for series, values in SERIES.findall(done.stdout)
            if series.partition("{")[0] in families]


def firing(story, arguments, folder):
    """(time, labels) of each firing alert at each step."""
    times = range(0, int(story["until"]) + 1, arguments.step)
    test = folder / "test.yml"
    # JSON is YAML.
    test.write_text(json.dumps({
        "rule_files": [str(path.resolve()) for path in arguments.rules],
        "evaluation_interval": f"{arguments.step}s",
        "tests": [{
            "interval": f"{story['sample']}s",
            "input_series": input_series(story, arguments, folder),
            "promql_expr_test": [{"expr": FIRING, "eval_time": f"{time}s"}
                                 for time in times]}]}))
    done = subprocess.run(["promtool", "test", "rules", test],
                          capture_output=True, text=True)
    text = done.stdout + done.stderr
    shown = re.findall(r"time: (\S+),\s+exp: *\S+\s+got: *((?:\{.*\s*)+)", text)
    if not shown and "SUCCESS" not in text:
        raise SystemExit(text[:2000])
    for time, lines in shown:
        for labels in re.findall(r"\{(.*?)\} 1E\+00", lines):
            yield seconds(time), labels


def seconds(duration):
    units = {"d": 86400, "h": 3600, "m": 60, "s": 1}
    return sum(int(n) * units[u]
               for n, u in re.findall(r"(\d+)([dhms])", duration))


def spans(times, step):
    """[from, to] of each uninterrupted run."""
    found = []
    for time in sorted(times):
        if found and time - found[-1][1] <= step:
            found[-1][1] = time
        else:
            found.append([time, time])
    return found


def title(labels):
    pairs = dict(re.findall(r'(\w+)="([^"]*)"', labels))
    rest = [f"{name}={value}" for name, value in pairs.items()
            if name not in (*SHOWN_FIRST, "__name__", "alertstate")]
    return " ".join([pairs[name] for name in SHOWN_FIRST] + rest)


def play(story, number, arguments):
    with tempfile.TemporaryDirectory() as folder:
        story = variation(story, number, arguments.sample)
        times = collections.defaultdict(list)
        for time, labels in firing(story, arguments, pathlib.Path(folder)):
            times[title(labels)].append(time)
    return {name: spans(each, arguments.step) for name, each in times.items()}


def clock(time):
    return f"{time // 3600}:{time // 60 % 60:02}:{time % 60:02}"


def show(name, number, alerts):
    print(f"{name}, variation {number}")
    for alert in sorted(alerts):
        print(f"  {len(alerts[alert])} x {alert}: " + ", ".join(
            f"{clock(begin)}-{clock(end)}" for begin, end in alerts[alert]),
            flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variations", type=int, default=1)
    parser.add_argument("--sample", type=int, default=10,
                        help="seconds between two scrapes")
    parser.add_argument("--step", type=int, default=5,
                        help="seconds between two evaluations")
    parser.add_argument("--rules", type=pathlib.Path, nargs="+",
                        default=sorted(RULES.glob("*.yml")))
    parser.add_argument("--simulator", type=pathlib.Path, default=pathlib.Path(
        os.environ.get("HOLYSHEEP_BUILDDIR", ".")) / SIMULATOR)
    parser.add_argument("stories", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.simulator = arguments.simulator.resolve()

    jobs = [(path, number) for path in arguments.stories
            for number in range(arguments.variations)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        played = pool.map(
            lambda job: play(json.loads(job[0].read_text()), job[1],
                             arguments), jobs)
        for (path, number), alerts in zip(jobs, played):
            show(path.name, number, alerts)


if __name__ == "__main__":
    main()
