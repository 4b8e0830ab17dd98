"""A few requests block and no route says so: what the light ones notice once the first second has passed."""

from benchmarks import rounds
from benchmarks.clusters import contenders
from benchmarks.figures import verdict
from benchmarks.generators import MIXED, ask

NAMES = ["shoal", "shoal epoll", "shoal inline", "asio shared", "node rr"]
LEARNING = 1  # second


def run(options):
    chosen = contenders(options, NAMES, options.workers)
    by_name = rounds.measure(options, chosen, "undeclared", lambda server: rounds.summarize(
        ask(options, server, MIXED, options.rate, options.seconds, "--cpus", "1", warm_up=LEARNING)))
    rounds.print_latencies(by_name, f"{options.workers} workers, 64 keep-alive connections, {options.rate:,.0f} "
                           f"requests/s of which 5 % block for 20 ms; after {LEARNING} s")
    for name in ("shoal", "shoal epoll"):
        runs = by_name.get(name, [])
        print(verdict(f"{name}, light p50, ms", rounds.of(runs, "light", "p50"), 0.5, 2))
        print(verdict(f"{name}, light p99, ms", rounds.of(runs, "light", "p99"), 1.4, 2))
    print()
    return {"runs": by_name, "right": rounds.right(by_name)}
