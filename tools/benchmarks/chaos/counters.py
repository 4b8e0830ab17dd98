"""Counters of /metrics: they never fall, and never go away, while one supervisor lives."""

import re

SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(\{.*\})? (\S+)$")
MONOTONE = ("_bucket", "_count", "_sum")


def counters_of(text):
    """{series: value} of all counters and histograms."""
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
    found = {}
    for line in text.splitlines():
        sample = SAMPLE.match(line)
        if not sample:
            continue
        name, labels, value = sample.groups()
        base = name.rpartition("_")[0] if name.endswith(MONOTONE) else ""
        if types.get(name) == "counter" or types.get(base) == "histogram":
            found[name + (labels or "")] = float(value)
    return found


def sum_of(counters, name):
    return sum(value for series, value in counters.items() if series.partition("{")[0] == name)


def falls(before, after):
    """What is wrong from one look to the next, a line each."""
    gone = [f"{series} is gone" for series in before if series not in after]
    return gone + [f"{series} fell from {before[series]:g} to {value:g}" for series, value in after.items()
                   if value < before.get(series, 0)]


class Counters:
    def __init__(self):
        self.now, self.looks = {}, 0

    def begin_anew(self):
        self.now = {}

    def look(self, text):
        seen = counters_of(text)
        wrong = falls(self.now, seen)
        self.now, self.looks = seen, self.looks + 1
        return wrong
