"""Processes that are replaced while clients are served: ten reloads, or --kills N times kill -9.

Without --kills: shoal beside nginx, HAProxy and a rolling Node cluster, each told to reload once a second
under kept connections and new ones at the same time. What is lost, closed or answered wrong is counted.
With --upgrades: each is told to put its program anew in its own place instead.
With --kills: shoal alone; a fifth of the kills fall into reloads. A request may be lost only if its
connection was inside a process that was killed.
"""

import random

from benchmarks import clusters
from benchmarks.figures import save
from benchmarks.machine import check_machine, environment, stay_ahead, watch_steal
from benchmarks.reload import kills, reloads


def run(options):
    if options.smoke:
        options.rounds, options.reloads, options.before, options.batch = 1, 2, 1, 2
        options.kills = min(options.kills, 8)
    check_machine(options)
    facts = environment(options, options.node)
    stay_ahead(options.realtime)
    with watch_steal():
        results = (kills if options.kills else reloads).run(options)
    save(options, facts, results)
    return 0 if results["right"] else 3


def describe(sub):
    sub.add_argument("--rounds", type=int, default=3)
    sub.add_argument("--reloads", type=int, default=10, metavar="N", help="one every second")
    sub.add_argument("--upgrades", action="store_true", help="upgrades in place, of the program by itself, instead; with --kills: half of these in upgrades")
    sub.add_argument("--before", type=float, default=6, metavar="SECONDS",
                     help="before the first reload; the last half of them is what p99 is compared with")
    sub.add_argument("--kills", type=int, default=0, metavar="N", help="kill so often instead")
    sub.add_argument("--batch", type=float, default=20, metavar="SECONDS", help="of load at a time, with --kills")
    sub.add_argument("--seed", type=int, default=random.randrange(1 << 30), help="of what is killed when")
    sub.add_argument("--smoke", action="store_true", help="one short round: does it run?")
    clusters.describe(sub)
