"""Light requests beside handlers that compute or block.

2 saturated (all cores compute), 3 undeclared (5 % of the requests block and no route says so), 4 turning (a
route becomes heavy at run time, and light again). 1 is `tools/bench article`, 5 `tools/bench overload`.
"""

from benchmarks import apache_bench, clusters, series
from benchmarks.mixed import saturated, turning, undeclared

FIGURES = {"saturated": saturated, "undeclared": undeclared, "turning": turning}
FIRST = 2


def run(options):
    apache_bench.check()
    return series.run(options, FIGURES, FIRST)


def describe(sub):
    series.describe(sub)
    sub.add_argument("--workers", type=int, default=8, help="of 3 and 4; 2 has two")
    sub.add_argument("--rate", type=float, default=2000, help="requests a second, in 3 and 4")
    sub.add_argument("--ms", type=float, default=20, help="that a request of 2 computes")
    clusters.describe(sub)
