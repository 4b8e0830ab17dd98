"""Light requests beside blocking ones on the same keep-alive connections, and what a queue costs."""

from benchmarks import rounds
from benchmarks.dispatch.central_queue import central_p99_ms
from benchmarks.dispatch.contenders import contenders
from benchmarks.figures import spread, table, verdict
from benchmarks.generators import MIXED, ask, faults, load, server_seconds
from benchmarks.servers import context_switches

NAMES = ["shoal", "shoal epoll", "shoal baseline", "asio shared", "asio reuseport", "node rr",
         "node none"]
BLOCKED = 0.05 * 0.020  # seconds of a worker for a request, on average
HIGH = 0.6


def at_rate(options, rate, text):
    chosen = contenders(options, NAMES, options.workers)
    by_name = rounds.measure(options, chosen, text, lambda server: rounds.summarize(
        ask(options, server, MIXED, rate, options.seconds, "--cpus", "1")))
    rounds.print_latencies(by_name, f"{options.workers} workers, 64 keep-alive connections, "
                           f"{rate:,.0f} requests/s of which 5 % block for 20 ms ({text})")
    return by_name


def goals(by_name, name):
    runs = by_name.get(name, [])
    print(verdict(f"{name}, light p50, ms", rounds.of(runs, "light", "p50"), 0.6, 2))
    print(verdict(f"{name}, light p99, ms", rounds.of(runs, "light", "p99"), 3, 2))
    print(verdict(f"{name}, all p99, ms", rounds.of(runs, "all", "p99"), 23, 2))


def capacity(options):
    """A closed loop of light requests on two workers: what the way of sharing costs."""
    chosen = contenders(options, ["shoal", "shoal epoll", "shoal baseline", "asio shared",
                                  "asio reuseport"], 2)

    def once(server):
        run = load(options, server, min(options.seconds, 2), "-c", "64")
        before = context_switches(server.pids())
        counted = load(options, server, 0.5, "-c", "64", "-w", "0")
        switches = context_switches(server.pids()) - before
        return {"per_cpu_second": run["answers"] / max(server_seconds(run), 0.001),
                "waits": switches / counted["answers"] * 1000,
                "rate": run["answers"] / run["seconds"], "errors": faults(run),
                "timeouts": 0, "cores": server_seconds(run) / run["seconds"]}

    by_name = rounds.measure(options, chosen, "closed loop", once)
    print("2 workers, 64 keep-alive connections, /plaintext in a closed loop; median (min-max)\n")
    table(["contender", "requests per server-CPU-second", "requests/s", "cores used",
           "waits of threads for 1,000 requests", "errors"],
          [[name, spread([r["per_cpu_second"] for r in runs]), spread([r["rate"] for r in runs]),
            spread([r["cores"] for r in runs], 2), spread([r["waits"] for r in runs]), sum(r["errors"] for r in runs)]
           for name, runs in by_name.items()])
    for name in ("shoal", "shoal epoll"):
        pairs = zip(by_name.get(name, []), by_name.get("asio shared", []))
        print(verdict(f"{name} / asio shared, requests for a CPU second, by round",
                      [a["per_cpu_second"] / b["per_cpu_second"] for a, b in pairs], 1.1, 2, True))
    print()
    return by_name


def run(options):
    low = at_rate(options, options.rate, f"{options.rate * BLOCKED / options.workers:.0%} load")
    for name in ("shoal", "shoal epoll"):
        goals(low, name)
    print()
    rate = HIGH * options.workers / BLOCKED
    high = at_rate(options, rate, f"{HIGH:.0%} load")
    central = central_p99_ms(options, rate)
    print(f"central queue of {options.workers} servers, computed: p99 of all {central:.1f} ms")
    for name in ("shoal", "shoal epoll"):
        ratio = [p99 / central for p99 in rounds.of(high.get(name, []), "all", "p99")]
        print(verdict(f"{name}, p99 of all / central queue", ratio, 2, 2))
    print()
    closed = capacity(options)
    return {"low": low, "high": high, "central_p99_ms": central, "closed": closed,
            "right": all(rounds.right(each) for each in (low, high, closed))}
