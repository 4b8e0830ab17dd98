"""Even light load, where looking at load cannot help: what it costs."""

from benchmarks.dispatch import rounds
from benchmarks.dispatch.contenders import contenders
from benchmarks.figures import spread, table, verdict
from benchmarks.generators import LIGHT, ask

NAMES = ["shoal", "shoal baseline"]
RATE = 6000
LOADS = {"64 keep-alive connections": (), "a new connection for each request": ("--choice", "fresh")}


def run(options):
    results, right = {}, True
    for text, more in LOADS.items():
        chosen = contenders(options, NAMES, 2)
        by_name = rounds.measure(options, chosen, text, lambda server: rounds.summarize(
            ask(options, server, LIGHT, RATE, options.seconds, "--arrivals", "constant", "--cpu", "1",
                *more)))
        print(f"2 workers, {RATE:,} requests/s of /plaintext, {text}; median (min-max)\n")
        table(["contender", "requests per server-CPU-second", "p50, ms", "p99, ms", "errors"],
              [[name, spread([r["per_cpu_second"] for r in runs]),
                spread(rounds.of(runs, "all", "p50"), 2), spread(rounds.of(runs, "all", "p99"), 2),
                sum(r["errors"] + r["timeouts"] for r in runs)] for name, runs in by_name.items()])
        pairs = zip(by_name.get("shoal", []), by_name.get("shoal baseline", []))
        print(verdict("shoal / baseline, by round",
                      [a["per_cpu_second"] / b["per_cpu_second"] for a, b in pairs], 0.98, 3, True))
        print()
        results[text] = by_name
        right = right and rounds.right(by_name)
    return {"runs": results, "right": right}
