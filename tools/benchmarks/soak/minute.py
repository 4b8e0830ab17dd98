"""A minute of load, and what the server holds when it is over."""

import dataclasses

from benchmarks.descriptors import descriptors, segments, settle
from benchmarks.generators import NEW, Kind, asking, failed, late_ms, load, ms, refused
from benchmarks.servers import memory

CONNECTIONS, NEW_SHARE, NEW_MOST = 64, 0.1, 500
HALF, RATE_MOST = 0.5, 8000  # what the generator by the clock can keep up with beside a server
KINDS = (Kind("light", "/plaintext", 90, "Hello, World!"), Kind("user", "/users/7", 8, "user 7\n"),
         Kind("nap", "/sleep/5", 2, "slept 5 ms\n"))


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
    return failed(report) + report["errors"]["timeouts"] + refused(report)


def measure(options, server, rate, wanted):
    """`wanted`: descriptors of each process before any load."""
    new = min(rate * NEW_SHARE, NEW_MOST)
    with asking(options, server, KINDS, rate - new, options.minute, "--cpus", "1", "-c", str(CONNECTIONS),
                warm_up=0) as kept, \
         asking(options, server, KINDS, new, options.minute, "--cpus", "1", pick=NEW, warm_up=0) as fresh:
        pass
    counts, left = settle(server, wanted)
    all_kinds, light = ms(kept[0]["latency"]), ms(kept[0]["kinds"][0]["latency"])
    return Minute(memory(server.pids(), "Rss"), sum(counts), segments(server), left,
                  sum(each[0]["answers"] for each in (kept, fresh)),
                  sum(faults_of(each[0]) for each in (kept, fresh)), all_kinds["p50"], all_kinds["p99"],
                  light["p99"], late_ms(kept[0]))


def begin(server):
    """Descriptors of each process before any load."""
    return settle(server, descriptors(server))[0]
