"""Even light load, where looking at load cannot help: what it costs.

Measured as `wire` does, the server on one core and the generator on the other: with the threads of both on
both cores, what a request takes depends on who wakes when, by far more than the two per cent in question.
"""

from benchmarks.dispatch.contenders import contenders
from benchmarks.figures import orders, spread, table, verdict
from benchmarks.generators import load
from benchmarks.servers import Server
from benchmarks.wire import ratios, summarize

NAMES = ["shoal", "shoal baseline"]
LOADS = {"64 keep-alive connections": (), "10 requests for each connection": ("--requests-each", "10"),
         "a new connection for each request": ("--requests-each", "1")}
SECONDS = 1.5  # short rounds and many: what drifts hits both


def run(options):
    results = {}
    for text, more in LOADS.items():
        chosen = contenders(options, NAMES, 2)
        by_name = {c.name: [] for c in chosen}
        for _, order in orders(chosen, options.rounds * 2):
            for contender in order:
                with Server(contender, options.realtime) as server:
                    by_name[contender.name].append(summarize(
                        load(options, server, min(options.seconds, SECONDS), "-c", "64", *more)))
        print(f"2 workers on one core, /plaintext in a closed loop, {text}; median (min-max)\n")
        table(["contender", "requests per server-CPU-second", "CPU share", "p99, us", "errors"],
              [[name, spread([r["per_cpu_second"] for r in runs]), spread([r["share"] for r in runs], 2),
                spread([r["p99_us"] for r in runs]), sum(r["errors"] for r in runs)]
               for name, runs in by_name.items()])
        print(verdict(f"shoal / baseline, {text}, by round", ratios(by_name, "shoal", "shoal baseline"),
                      0.98, 3, True))
        print()
        results[text] = by_name
    return {"runs": results, "right": all(r["errors"] == 0 for by_name in results.values()
                                          for runs in by_name.values() for r in runs)}
