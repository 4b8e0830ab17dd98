"""A new connection for each request: what is decided when a connection comes is all there is."""

from benchmarks import rounds
from benchmarks.dispatch.contenders import contenders
from benchmarks.figures import verdict
from benchmarks.generators import MIXED, NEW, ask

NAMES = ["shoal ebpf", "shoal cbpf", "shoal random", "shoal baseline", "asio shared", "node rr"]
GOALS = {"shoal ebpf": 3, "shoal cbpf": 10}


def run(options):
    chosen = contenders(options, NAMES, options.workers)
    by_name = rounds.measure(options, chosen, "new connections", lambda server: rounds.summarize(
        ask(options, server, MIXED, options.rate, options.seconds, "--cpus", "1", pick=NEW)))
    rounds.print_latencies(by_name, f"{options.workers} workers, a new connection for each request, "
                           f"{options.rate:,.0f}/s of which 5 % block for 20 ms")
    for name, goal in GOALS.items():
        print(verdict(f"{name}, light p99, ms", rounds.of(by_name.get(name, []), "light", "p99"), goal, 2))
    print()
    return {"runs": by_name, "right": rounds.right(by_name)}
