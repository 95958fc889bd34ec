"""What the plugin's own tables say."""

import functools
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
    """Each family of metrics, by its name."""
    rows = re.findall(r"(?m)^=item B<(\w+)> \((\w+)(?:; (.*))?\)$",
                      _tables("manual", "@families@\n"))
    return {name: Family(kind, tuple(filter(None, labels.split(", "))))
            for name, kind, labels in rows}


def family_of(series):
    """The name of the family that a series belongs to; None without."""
    if series in families():
        return None if families()[series].kind == "histogram" else series
    name = re.sub("_(bucket|sum|count)$", "", series)
    family = families().get(name)
    return name if family and family.kind == "histogram" else None


@functools.cache
def names(kind):
    """The causes, faults, statuses, endpoints ... that there are."""
    return set(re.findall(rf"(?m)^{kind} (.+)$", _tables("names")))
