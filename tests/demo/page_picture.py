#!/usr/bin/env python3
"""Draws the page as a picture: what the demo tells in a minute, stretched over
six hours, with three relays more."""

import pathlib
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

from browser import Browser  # noqa: E402
from harness import private_folder  # noqa: E402
from played import prometheus_with  # noqa: E402

# What the page shows; some of it is evaluated by the minute.
AWAITED = ('ALERTS{alertname="HolySheepAPITimeout",alertstate="firing"}',
           "instance_endpoint:holysheep_success:ratio30m",
           "relay:holysheep_low_budget_usd:threshold")
PATIENCE = 120  # seconds


def draw(path):
    folder = private_folder()
    prometheus, exporter = prometheus_with(HERE / "page_picture.json", folder,
                                           interval=None)
    browser = Browser(folder)
    try:
        prometheus.start()
        for series in AWAITED:
            prometheus.wait_query(series, PATIENCE)
        browser.look(width=1280)
        browser.open(f"{prometheus.url}/consoles/holysheep.html")
        browser.wait("document.getElementById('past')?.dataset.drawn")
        browser.wait("document.querySelector('#alerts .summary')?.innerText")
        browser.shot(path)
    finally:
        browser.close()
        prometheus.stop()
        exporter.stop()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: page_picture.py FILE.png")
    draw(pathlib.Path(sys.argv[1]))
