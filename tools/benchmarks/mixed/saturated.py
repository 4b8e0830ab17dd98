"""Light requests by the clock while ab keeps every core busy, and what that costs the computing ones."""

import itertools
import time

from benchmarks import rounds
from benchmarks.apache_bench import hammer, hammering
from benchmarks.calibration import iterations_of_each
from benchmarks.clusters import contenders
from benchmarks.figures import spread, table, verdict
from benchmarks.generators import LIGHT, ask

NAMES = ["shoal", "shoal epoll", "shoal inline", "node rr"]
CLIENTS, RATE = 20, 300
MARGIN = 1  # seconds of ab before and after the window in which light requests are measured


def once(options, server, path, alone_first):
    """Both on one server, which has the same temperature then: the heavy ones alone and beside light ones."""
    length = options.seconds + 2 * MARGIN
    words = ("-k", "-c", str(CLIENTS), "-t", str(round(length)), "-n", "1000000")

    def alone():
        return hammer(options, server, path, *words), None

    def beside():
        with hammering(options, server, path, *words) as heavy:
            time.sleep(0.2)  # until it is at work
            light = ask(options, server, LIGHT, RATE, options.seconds, warm_up=MARGIN)
        return heavy[0], light

    halves = [alone, beside] if alone_first else [beside, alone]
    found = {half: half() for half in halves}
    (calm, _), (heavy, light) = found[alone], found[beside]
    seen = rounds.summarize(light)
    return seen | {"alone": calm["rate"], "beside": heavy["rate"], "kept": heavy["rate"] / calm["rate"],
                   "heavy_longest_ms": heavy["longest_ms"],
                   "errors": seen["errors"] + calm["errors"] + heavy["errors"]}


def run(options):
    chosen = contenders(options, NAMES, 2)
    iterations = iterations_of_each(options, chosen, options.ms)
    alone_first = itertools.cycle((True, False))
    by_name = rounds.measure(options, chosen, "cores that compute", lambda server: once(
        options, server, f"/cpu/{iterations[server.contender.needs]}", next(alone_first)))
    rounds.print_latencies(by_name, f"2 workers, ab -k -c {CLIENTS} on a handler that computes for "
                           f"{options.ms:g} ms; beside it {RATE}/s of /plaintext by the clock", ("light",))
    table(["contender", "heavy requests/s alone", "beside light ones", "kept, by round", "longest, ms"],
          [[name, *(spread([run[key] for run in runs], digits) for key, digits in
                    (("alone", 1), ("beside", 1), ("kept", 3), ("heavy_longest_ms", 0)))]
           for name, runs in by_name.items()])
    for name in ("shoal", "shoal epoll"):
        runs = by_name.get(name, [])
        print(verdict(f"{name}, light p99, ms", rounds.of(runs, "light", "p99"), 3, 2))
        print(verdict(f"{name}, heavy throughput beside / alone", [run["kept"] for run in runs], 0.95, 3, True))
    print()
    return {"runs": by_name, "right": rounds.right(by_name)}
