"""Reads the plugin's own tables."""

import functools
import json
import re
import subprocess
from typing import NamedTuple

import build


class Family(NamedTuple):
    kind: str  # gauge, counter or histogram
    labels: tuple  # besides relay and instance


def _tables(command, text=""):
    return subprocess.run([build.built("tables"), command], check=True,
                          input=text, capture_output=True, text=True).stdout


@functools.cache
def families():
    """The metric families by name."""
    rows = re.findall(r"(?m)^=item B<(\w+)> \((\w+)(?:; (.*))?\)$",
                      _tables("manual", "@families@\n"))
    return {name: Family(kind, tuple(filter(None, labels.split(", "))))
            for name, kind, labels in rows}


def family_of(series):
    """The family that a series belongs to, or None."""
    if series in families():
        return None if families()[series].kind == "histogram" else series
    name = re.sub("_(bucket|sum|count)$", "", series)
    family = families().get(name)
    return name if family and family.kind == "histogram" else None


@functools.cache
def names(kind):
    """All names of a kind: causes, faults, statuses, endpoints ..."""
    return set(re.findall(rf"(?m)^{kind} (.+)$", _tables("names")))


@functools.cache
def meanings():
    """What each cause means, in words."""
    return {cause["name"]: cause["meaning"]
            for cause in json.loads(_tables("json"))["causes"]}
