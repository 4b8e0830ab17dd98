"""What each fault has led to, and the table of it."""

import collections
import math
import statistics

from benchmarks.figures import spread, table

# What a client may never see, by the name of a count of one stretch of load.
CLIENTS = {"refused": "connections refused", "unexcused_lost": "requests lost outside of killed processes",
           "unexcused_ended": "connections closed outside of killed processes", "wrong": "answers wrong",
           "timeouts": "requests without an answer in time"}
FLAT = 0.02  # of the memory in the first quarter


class Tally:
    def __init__(self, faults):
        self.faults = faults
        self.seen = {each.name: collections.Counter() for each in faults}
        self.skipped = {each.name: collections.Counter() for each in faults}
        self.recovery_ms = {each.name: [] for each in faults}
        self.broken = []

    def happened(self, name, seen, ms):
        self.seen[name][seen] += 1
        self.recovery_ms[name].append(ms)

    def skip(self, name, why):
        self.skipped[name][why] += 1

    def breaks(self, number, name, what, evidence=""):
        self.broken.append({"number": number, "fault": name, "what": what, "evidence": evidence})
        print(f"BROKEN after fault {number} ({name}): {what}\n{evidence}", flush=True)

    def broken_by(self, name):
        return sum(each["fault"] == name for each in self.broken)

    def times(self, name):
        return self.seen[name].total() + self.broken_by(name)

    def row(self, fault):
        words = [f"{what}: {times}" for what, times in self.seen[fault.name].most_common()]
        words += [f"not possible: {why}" for why in self.skipped[fault.name]]
        return [fault.name, fault.what, self.times(fault.name), self.skipped[fault.name].total(),
                "; ".join(words) or "-", spread(self.recovery_ms[fault.name]), self.broken_by(fault.name)]

    def show(self):
        table(["fault", "in the words of the fault table", "injected", "skipped", "seen", "all serve again after, ms",
               "broken"], [self.row(each) for each in self.faults])
        for each in self.broken:
            print(f"broken after fault {each['number']} ({each['fault']}): {each['what']}")


def client_faults(counts):
    """What is wrong with a stretch of load, in words."""
    return [f"{counts[key]:,} {text}" for key, text in CLIENTS.items() if counts[key]]


def quarters(values):
    """Medians of the first and of the last quarter; at least one value each."""
    share = max(1, len(values) // 4)
    return statistics.median(values[:share]), statistics.median(values[-share:])


def growth(values):
    """From the first to the last quarter, as a share of the first; not a number before there are four."""
    if len(values) < 4:
        return math.nan
    first, last = quarters(values)
    return last / first - 1


def growth_told(values, most):
    grown = growth(values)
    if math.isnan(grown):
        return f"first quarter to last -, goal {most:.0%}: too short to tell"
    return f"first quarter to last {grown:+.1%}, goal {most:.0%}: " + ("met" if grown <= most else "not met")
