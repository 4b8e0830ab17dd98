"""Which worker serves what, under loads that are not even: shoal beside its baselines and peers.

1 skew (light requests beside blocking ones, at two loads, and the price of a central queue),
2 fresh (a connection for each request), 3 even (what looking at load costs where it cannot help),
4 stuck (a worker blocked for seconds), 5 spread (busy shares), 6 sticky (keys keep their workers),
7 churn (descriptors after kills and moves), 8 counts (what a request takes, by perf).
"""

from benchmarks import clusters
from benchmarks.dispatch import churn, counts, even, fresh, skew, spread, sticky, stuck
from benchmarks.figures import chosen, save
from benchmarks.machine import check_machine, environment, stay_ahead, watch_steal

FIGURES = {"skew": skew, "fresh": fresh, "even": even, "stuck": stuck, "spread": spread,
           "sticky": sticky, "churn": churn, "counts": counts}


def run(options):
    if options.smoke:
        options.rounds, options.seconds = 1, 1
    figures = list(chosen(FIGURES, options.only))
    check_machine(options)
    facts = environment(options, options.node)
    stay_ahead(options.realtime)
    results = {}
    with watch_steal():
        for name in figures:
            results[name] = FIGURES[name].run(options)
    save(options, facts, results)
    return 0 if all(figure["right"] for figure in results.values()) else 3


def describe(sub):
    sub.add_argument("--only", action="append", metavar="FIGURE",
                     help="its number or its name; may be repeated")
    sub.add_argument("--rounds", type=int, default=5)
    sub.add_argument("--seconds", type=float, default=8, help="for each measurement")
    sub.add_argument("--smoke", action="store_true", help="one round of a second: does it run?")
    sub.add_argument("--workers", type=int, default=8, help="where a figure does not say two")
    sub.add_argument("--rate", type=float, default=2000, help="requests a second, 5 %% of which block "
                     "their worker for 20 ms")
    sub.add_argument("--churn", type=float, default=120, metavar="SECONDS",
                     help="of kills and moves, in all; 600 before a release")
    clusters.describe(sub)
