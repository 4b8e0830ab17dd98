"""How requests fared over time, from the log that the generator writes."""

import collections
import math
from pathlib import Path

# A measured request: when it was due (seconds, as time.monotonic), how long it took, what became of it, on
# which port of the client's (0: on none).
Request = collections.namedtuple("Request", "kind due ms fate port", defaults=(0,))

NO_REQUEST = "-"  # the kind of a connection that the server has ended, with nothing out


def lines_of(path):
    for line in Path(path).read_text().splitlines():
        kind, due, ms, fate, port = line.split("\t")
        yield Request(kind, float(due), float(ms), fate, int(port))


def read(path):
    return sorted((each for each in lines_of(path) if each.kind != NO_REQUEST), key=lambda each: each.due)


def ended_connections(path):
    return [each for each in lines_of(path) if each.kind == NO_REQUEST]


def between(requests, begin, end, kind=None):
    return [each for each in requests if begin <= each.due < end and kind in (None, each.kind)]


def percentile(requests, share):
    """Milliseconds; a request that was not answered took for ever."""
    times = sorted(each.ms if each.fate == "answered" else math.inf for each in requests)
    return times[min(len(times) - 1, int(len(times) * share))] if times else math.nan


def slices(requests, begin, end, width):
    """(begin, the requests that were due in it), one for each `width` seconds."""
    count = max(0, math.floor((end - begin) / width + 1e-9))
    cut = [(begin + i * width, []) for i in range(count)]
    for each in requests:
        i = math.floor((each.due - begin) / width)
        if 0 <= i < count:
            cut[i][1].append(each)
    return cut


def first_of(seen, length):
    """When the first of `length` truths in a row came, of pairs (when, whether); never is infinity."""
    for i in range(len(seen) - length + 1):
        if all(good for _, good in seen[i:i + length]):
            return seen[i][0]
    return math.inf


def calm_after(requests, begin, end, width, limit_ms, in_a_row=3):
    """Seconds from `begin` to the first of some slices in a row whose p99 is within the limit."""
    return first_of([(when, percentile(each, 0.99) <= limit_ms)
                     for when, each in slices(requests, begin, end, width)], in_a_row) - begin
