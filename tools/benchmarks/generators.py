"""The generator, `shoal load`: as fast as answers come, or by the clock; and what its report says."""

import contextlib
import dataclasses
import json
import math
import subprocess
import tempfile

from benchmarks.machine import GENERATOR_CORE, Trouble, beside, take_the_core


def generator_command(options, server, *more, path="/plaintext"):
    return [str(options.build / "tools/shoal/shoal"), "load", "--json", "--cpus", str(GENERATOR_CORE), *more,
            f"http://127.0.0.1:{server.port}{path}"]


def watched(server):
    return [word for pid in server.pids() for word in ("--watch-pid", str(pid))]


def result_of(server, returncode, out, error):
    if returncode not in (0, 3):
        raise Trouble(f"the generator failed against {server.contender.name}: {error.strip()}")
    return json.loads(out)


def load(options, server, seconds, *more, path="/plaintext"):
    """One load in a closed loop, unless there is a --rate: what it reports."""
    command = generator_command(options, server, "-d", str(seconds), *watched(server), *more, path=path)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          preexec_fn=lambda: take_the_core(options.realtime))
    return result_of(server, done.returncode, done.stdout, done.stderr)


@dataclasses.dataclass(frozen=True)
class Kind:
    """Of requests, as a plan of `shoal load` says it (docs/load.md)."""
    name: str
    path: str
    weight: float = 1
    body: str = None  # that every answer must have; None: any
    alone: bool = False
    may_refuse: bool = False


LIGHT = (Kind("light", "/plaintext", body="Hello, World!"),)
MIXED = (Kind("light", "/plaintext", 95, "Hello, World!"),
         Kind("heavy", "/block/20", 5, "blocked 20 ms\n", alone=True))


def plan_of(kinds):
    """The text of a plan. A string of JSON is one of TOML as well."""
    text = ""
    for kind in kinds:
        members = {"name": kind.name, "path": kind.path, "weight": kind.weight, "expect-status": 200,
                   "alone": kind.alone, "may-refuse": kind.may_refuse}
        if kind.body is not None:
            members["expect-body"] = kind.body
        text += "[[request]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in members.items())
    return text


WARM_UP = 2  # seconds: Node compiles what is hot only then
OPENING = 0.1  # seconds at least, so that connections are open before anything counts
NEW = ("--pick", "new", "-c", "1000")  # a connection for each request, so many at a time
RANDOM = ("--pick", "random")  # each connection is a client of its own


@contextlib.contextmanager
def asking(options, server, kinds, rate, seconds, *more, pick=RANDOM, arrivals="poisson", warm_up=WARM_UP,
           watch=True):
    """A load by the clock while the caller does something else; its report is in the list at the end."""
    seen = []
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as plan:
        plan.write(plan_of(kinds))
        plan.flush()
        # The server has the generator's core too: whatever that spins would be the server's.
        command = [str(options.build / "tools/shoal/shoal"), "load", "--json", "--plan", plan.name, "--rate",
                   str(rate), "--arrivals", arrivals, "--spin", "0", *pick, "-d", str(seconds), "-w",
                   str(max(warm_up, OPENING)), *(watched(server) if watch else ()), *more,
                   f"http://127.0.0.1:{server.port}"]
        # Before the server's threads: it must be on time whatever they do.
        with beside(options, command, 2) as ended:
            yield seen
    seen.append(result_of(server, *ended[0]))


def ask(options, server, kinds, rate, seconds, *more, **how):
    """The same to its end: what it reports."""
    with asking(options, server, kinds, rate, seconds, *more, **how) as seen:
        pass
    return seen[0]


WRONG = ("status", "framing", "length", "body")  # answers


def failed(report):
    """Requests without a right answer, but for those that were given up."""
    return sum(report["errors"][what] for what in ("lost", *WRONG))


def faults(report):
    """All errors; a connection that broke is there as the requests that it lost. With NEW, one that could not be
    opened is there twice, with its request."""
    return sum(count for what, count in report["errors"].items() if what != "broken")


def refused(report):
    """Connections that could not be opened."""
    return report["errors"]["refused"] + report["errors"]["unopened"]


def server_seconds(report):
    """CPU time of the processes that were watched; not a number if there were none, or one has gone."""
    return report["server"]["cpu_seconds"] if report["server"] else math.nan


def ms(latency):
    return {name: latency[member] / 1e6 for name, member in
            (("p50", "p50_ns"), ("p99", "p99_ns"), ("p99.9", "p999_ns"), ("max", "max_ns"))}


def late_ms(report):
    """How late the generator itself was, by the clock, p99."""
    return report["generator"]["send_lag"]["p99_ns"] / 1e6
