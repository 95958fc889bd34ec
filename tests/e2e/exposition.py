"""Parses what write_prometheus serves, and translates it to the documented
names."""

import re
from typing import NamedTuple

_LINE = re.compile(r'^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: (-?\d+))?$')
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')
_PREFIX = "collectd_holysheep_"


class Sample(NamedTuple):
    name: str
    labels: dict
    value: float
    time: float  # seconds, or None

    def matches(self, name, labels):
        return self.name == name and all(
            self.labels.get(label) == value
            for label, value in labels.items() if value is not None)


def _unescape(text):
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], text)


def parse(text):
    """Parses an exposition into raw samples. Raises ValueError for an invalid
    line."""
    samples = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        match = _LINE.match(line)
        if not match:
            raise ValueError(f"not a sample: {line!r}")
        name, labels, value, time = match.groups()
        samples.append(Sample(
            name,
            {k: _unescape(v) for k, v in _LABEL.findall(labels or "")},
            float(value), int(time) / 1000 if time else None))
    return samples


def documented(sample):
    """Our sample with the names that the scrape job gives it; None for other
    plugins' samples."""
    if not sample.name.startswith(_PREFIX):
        return None
    name = re.sub(r"_(bucket|count)_total$", r"_\1",
                  sample.name.removeprefix(_PREFIX))
    labels = {"instance": sample.labels["instance"],
              "relay": _decode(sample.labels["holysheep"])}
    for pair in filter(None, sample.labels.get("type", "").split(",")):
        label, _, value = pair.partition("=")
        labels[label] = _decode(value)
    return Sample(name, labels, sample.value, sample.time)


def _decode(value):
    return value.replace("%2F", "/").replace("%25", "%")


class Scrape:
    """One scrape of the metrics page. Look-ups use the documented names of
    families and labels; a label given as None matches anything."""

    def __init__(self, text):
        self.raw = parse(text)
        self.samples = [s for s in map(documented, self.raw) if s]

    def all(self, family, **labels):
        return [s for s in self.samples if s.matches(family, labels)]

    def one(self, family, **labels):
        found = self.all(family, **labels)
        if len(found) != 1:
            raise LookupError(f"{len(found)} series of {family}{labels}: "
                              f"{[s.labels for s in found]}")
        return found[0]

    def value(self, family, **labels):
        return self.one(family, **labels).value

    def get(self, family, **labels):
        """The value, or None if there is no such series."""
        found = self.all(family, **labels)
        return found[0].value if len(found) == 1 else None

    def foreign(self, name):
        """Another plugin's samples by raw name."""
        return [s for s in self.raw if s.name == name]

    def verdict(self, relay, endpoint, model=None):
        """The current cause and fault; None before the first verdict."""
        held = [s.labels for s in self.all("holysheep_verdict", relay=relay,
                                           endpoint=endpoint, model=model)
                if s.value == 1]
        if len(held) > 1:
            raise LookupError(f"more than one verdict: {held}")
        return (held[0]["cause"], held[0]["fault"]) if held else None

    def series(self, relay=None):
        """The identities of our series."""
        return {(s.name, *sorted(s.labels.items())) for s in self.samples
                if relay in (None, s.labels["relay"])}
