"""Kept connections and new ones at the same time, by the clock, with a log of every request."""

import contextlib
from pathlib import Path

from benchmarks import timeline
from benchmarks.generators import LIGHT, NEW, RANDOM, WRONG, asking, late_ms, refused

CONNECTIONS, KEPT_RATE, NEW_RATE = 64, 1500, 200
KINDS = ("kept", "new")


class Seen:
    """What both generators tell: reports, requests and connections that the server ended, by kind."""

    def __init__(self):
        self.reports, self.requests, self.ended = {}, {}, {}

    def all_requests(self):
        return [each for kind in KINDS for each in self.requests[kind]]

    def counts(self):
        both_of_them = [self.reports[kind] for kind in KINDS]
        lost = {kind: self.reports[kind]["errors"]["lost"] for kind in KINDS}
        return {"answers": sum(each["answers"] for each in both_of_them),
                "lost": sum(lost.values()), "lost_kept": lost["kept"],
                "closed": self.reports["kept"]["connections_ended"] + lost["kept"],
                "wrong": sum(each["errors"][what] for each in both_of_them for what in WRONG),
                "timeouts": sum(each["errors"]["timeouts"] for each in both_of_them),
                "refused": sum(refused(each) for each in both_of_them),
                "late_ms": max(late_ms(each) for each in both_of_them)}


@contextlib.contextmanager
def both(options, server, seconds, kept_rate=KEPT_RATE, new_rate=NEW_RATE):
    """Yields a Seen that is filled at the end."""
    seen = Seen()
    log = {kind: Path(server.directory.name, f"{kind}.log") for kind in KINDS}

    # Processes come and go meanwhile: nobody watches their CPU time.
    def generator(kind, rate, pick):
        return asking(options, server, LIGHT, rate, seconds, "--cpus", "1", "--log", str(log[kind]), pick=pick,
                      warm_up=0, watch=False)

    with generator("kept", kept_rate, (*RANDOM, "-c", str(CONNECTIONS))) as kept, \
         generator("new", new_rate, NEW) as new:
        yield seen
    for kind, told in (("kept", kept), ("new", new)):
        seen.reports[kind] = told[0]
        seen.requests[kind] = timeline.read(log[kind])
        seen.ended[kind] = timeline.ended_connections(log[kind])
