"""Which worker serves what, under loads that are not even: shoal beside its baselines and peers.

1 skew (light requests beside blocking ones, at two loads, and the price of a central queue),
2 fresh (a connection for each request), 3 even (what looking at load costs where it cannot help),
4 stuck (a worker blocked for seconds), 5 spread (busy shares), 6 sticky (keys keep their workers),
7 churn (descriptors after kills and moves), 8 counts (what a request takes, by perf).
"""

from benchmarks import clusters, series
from benchmarks.dispatch import churn, counts, even, fresh, skew, spread, sticky, stuck

FIGURES = {"skew": skew, "fresh": fresh, "even": even, "stuck": stuck, "spread": spread,
           "sticky": sticky, "churn": churn, "counts": counts}


def run(options):
    return series.run(options, FIGURES)


def describe(sub):
    series.describe(sub)
    sub.add_argument("--workers", type=int, default=8, help="where a figure does not say two")
    sub.add_argument("--rate", type=float, default=2000, help="requests a second, 5 %% of which block "
                     "their worker for 20 ms")
    sub.add_argument("--churn", type=float, default=120, metavar="SECONDS",
                     help="of kills and moves, in all; 600 before a release")
    clusters.describe(sub)
