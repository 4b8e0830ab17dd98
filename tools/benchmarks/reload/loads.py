"""Kept connections and new ones at the same time, by the clock, with a log of every request."""

import contextlib
from pathlib import Path

from benchmarks import timeline
from benchmarks.generators import LIGHT, asking

CONNECTIONS, KEPT_RATE, NEW_RATE = 64, 1500, 200
KINDS = ("kept", "new")
ANSWER = ("status", "framing", "body")


class Seen:
    """What both generators tell: reports, requests and connections that the server ended, by kind."""

    def __init__(self):
        self.reports, self.requests, self.ended = {}, {}, {}

    def all_requests(self):
        return [each for kind in KINDS for each in self.requests[kind]]

    def counts(self):
        alls = [self.reports[kind]["all"] for kind in KINDS]
        lost = {kind: self.reports[kind]["all"]["errors"]["lost"] for kind in KINDS}
        return {"answers": sum(each["answers"] for each in alls),
                "lost": sum(lost.values()), "lost_kept": lost["kept"],
                "closed": self.reports["kept"]["ended"] + lost["kept"],
                "wrong": sum(each["errors"][what] for each in alls for what in ANSWER),
                "timeouts": sum(each["timeouts"] for each in alls),
                "refused": sum(self.reports[kind]["refused"] for kind in KINDS),
                "late_ms": max(self.reports[kind]["lateness_ns"]["p99"] for kind in KINDS) / 1e6}


@contextlib.contextmanager
def both(options, server, seconds, kept_rate=KEPT_RATE, new_rate=NEW_RATE):
    """Yields a Seen that is filled at the end."""
    seen = Seen()
    log = {kind: Path(server.directory.name, f"{kind}.log") for kind in KINDS}

    def generator(kind, rate, *more):
        return asking(options, server, LIGHT, rate, seconds, "--cpu", "1", "--log", str(log[kind]), *more, warm_up=0)

    with generator("kept", kept_rate, "-c", str(CONNECTIONS)) as kept, \
         generator("new", new_rate, "--choice", "fresh") as new:
        yield seen
    for kind, told in (("kept", kept), ("new", new)):
        seen.reports[kind] = told[0]
        seen.requests[kind] = timeline.read(log[kind])
        seen.ended[kind] = timeline.ended_connections(log[kind])
