"""Light requests beside handlers that compute or block.

2 saturated (all cores compute), 3 undeclared (5 % of the requests block and no route says so), 4 turning (a
route becomes heavy at run time, and light again). 1 is `tools/bench article`, 5 `tools/bench overload`.
"""

from benchmarks import apache_bench, clusters
from benchmarks.figures import chosen, save
from benchmarks.machine import check_machine, environment, stay_ahead, watch_steal
from benchmarks.mixed import saturated, turning, undeclared

FIGURES = {"saturated": saturated, "undeclared": undeclared, "turning": turning}
FIRST = 2


def run(options):
    if options.smoke:
        options.rounds, options.seconds = 1, 1
    figures = list(chosen(FIGURES, options.only, FIRST))
    apache_bench.check()
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
    sub.add_argument("--workers", type=int, default=8, help="of 3 and 4; 2 has two")
    sub.add_argument("--rate", type=float, default=2000, help="requests a second, in 3 and 4")
    sub.add_argument("--ms", type=float, default=20, help="that a request of 2 computes")
    clusters.describe(sub)
