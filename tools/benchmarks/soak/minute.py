"""A minute of load, and what the server holds when it is over."""

import dataclasses

from benchmarks.descriptors import descriptors, segments, settle
from benchmarks.generators import asking, load
from benchmarks.servers import memory

CONNECTIONS, NEW_SHARE, NEW_MOST = 64, 0.1, 500
HALF, RATE_MOST = 0.5, 8000  # what the generator by the clock can keep up with beside a server
KINDS = ("--class", "light,90,/plaintext", "--expect", "light=Hello, World!",
         "--class", "user,8,/users/7", "--expect", "user=user 7\n",
         "--class", "nap,2,/sleep/5", "--expect", "nap=slept 5 ms\n")


@dataclasses.dataclass(frozen=True)
class Minute:
    rss: int  # bytes of all processes, when nobody asks
    descriptors: int
    segments: int
    left: int  # connections that the server still has, when nobody asks
    answers: int
    faults: int  # lost, wrong, late by 10 s, or refused
    p50_ms: float  # of requests on kept connections
    p99_ms: float
    light_p99_ms: float
    late_ms: float  # the generator, p99


def half_load(options, server, seconds=3):
    """Requests a second."""
    run = load(options, server, seconds, "-c", str(CONNECTIONS))
    return min(run["answers"] / run["seconds"] * HALF, RATE_MOST)


def faults_of(report):
    return sum(report["all"]["errors"].values()) + report["all"]["timeouts"] + report["refused"]


def measure(options, server, rate, wanted):
    """`wanted`: descriptors of each process before any load."""
    new = min(rate * NEW_SHARE, NEW_MOST)
    with asking(options, server, KINDS, rate - new, options.minute, "--cpu", "1", "-c", str(CONNECTIONS),
                warm_up=0) as kept, \
         asking(options, server, KINDS, new, options.minute, "--cpu", "1", "--choice", "fresh", warm_up=0) as fresh:
        pass
    counts, left = settle(server, wanted)
    all_kinds, light = kept[0]["all"]["latency_ns"], kept[0]["classes"]["light"]["latency_ns"]
    return Minute(memory(server.pids(), "Rss"), sum(counts), segments(server), left,
                  sum(each[0]["all"]["answers"] for each in (kept, fresh)),
                  sum(faults_of(each[0]) for each in (kept, fresh)), all_kinds["p50"] / 1e6, all_kinds["p99"] / 1e6,
                  light["p99"] / 1e6, kept[0]["lateness_ns"]["p99"] / 1e6)


def begin(server):
    """Descriptors of each process before any load."""
    return settle(server, descriptors(server))[0]
