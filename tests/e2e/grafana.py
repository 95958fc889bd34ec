"""Reads the dashboards."""

import json
import re

import build

GRAFANA = build.SRCDIR / "dashboards" / "grafana"
CHAT = "chat/completions"


def dashboards():
    """Each dashboard by its file's name."""
    return {path.stem: json.loads(path.read_text())
            for path in sorted(GRAFANA.glob("*.json"))}


def in_rows(dashboard):
    """The rows of panels: those that are open, and each collapsed one."""
    return [dashboard["panels"]] + [
        p["panels"] for p in dashboard["panels"] if p.get("collapsed")]


def panels(dashboard):
    return [p for row in in_rows(dashboard) for p in row
            if p["type"] != "row"]


def every_panel():
    return [((name, panel["title"]), panel)
            for name, dashboard in dashboards().items()
            for panel in panels(dashboard)]


def targets():
    """Each query, by dashboard, panel and ref id."""
    return {(*where, target["refId"]): target
            for where, panel in every_panel() for target in panel["targets"]}


def objects(value, key):
    """All objects with that key, at any depth."""
    if isinstance(value, dict):
        if key in value:
            yield value[key]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from objects(each, key)


def filled_in(expression, interval="1m", **values):
    """The expression with Grafana's variables substituted; other variables
    match everything."""
    values = {"__rate_interval": interval, "__interval": interval,
              "relay": ".*", "instance": ".*", "endpoint": CHAT,
              "__range": "1h", "volume": "1", **values}
    return re.sub(r"\$(?:\{(\w+)(?::\w+)?\}|(\w+))",
                  lambda m: values[m[1] or m[2]], expression)
