"""What the plugin's own tables say."""

import functools
import re
import subprocess
from typing import NamedTuple

import build


class Family(NamedTuple):
    kind: str  # gauge, counter or histogram
    labels: tuple  # besides relay and instance


@functools.cache
def families():
    """Each family of metrics, by its name."""
    done = subprocess.run([build.built("tables"), "manual"], check=True,
                          input="@families@\n", capture_output=True, text=True)
    rows = re.findall(r"(?m)^=item B<(\w+)> \((\w+)(?:; (.*))?\)$",
                      done.stdout)
    return {name: Family(kind, tuple(filter(None, labels.split(", "))))
            for name, kind, labels in rows}
