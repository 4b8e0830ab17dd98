"""Faults of all kinds against one running server under load, drawn from a seed; what must hold is checked.

Node processes are killed and stopped, reloaded, restarted and upgraded, configurations edited, disks
filled, descriptors and memory taken away, the control socket and the port fed with garbage, while an open
load of kept and of new connections has all its answers checked. After each fault all processes must serve
again, counters of /metrics must not have fallen, and no client may have noticed but those whose
connection was inside a killed process. docs/testing.md has the list. Needs root for the disk and the cgroup.
"""

import random

from benchmarks.chaos import campaign
from benchmarks.figures import save
from benchmarks.machine import check_machine, environment, stay_ahead, watch_steal

SMOKE_SECONDS = 14


def run(options):
    if options.smoke:
        options.minutes, options.stretch = SMOKE_SECONDS / 60, SMOKE_SECONDS
    check_machine(options)
    facts = environment(options)
    stay_ahead(options.realtime)
    with watch_steal():
        results = campaign.run(options)
    save(options, facts, results)
    return 0 if results["right"] else 3


def describe(sub):
    sub.add_argument("--minutes", type=float, default=30)
    sub.add_argument("--seed", type=int, default=random.randrange(1 << 30), help="of the faults and all they draw")
    sub.add_argument("--only", default="", metavar="FAULT,...", help="these kinds alone")
    sub.add_argument("--faults", type=int, default=1 << 30, metavar="N", help="end after the first N")
    sub.add_argument("--nodes", type=int, default=3, help="node processes")
    sub.add_argument("--driver", default="auto", help="uring or epoll")
    sub.add_argument("--stretch", type=float, default=20, metavar="SECONDS",
                     help="of load at a time; between two of them memory and descriptors are looked at")
    sub.add_argument("--smoke", action="store_true", help="one short stretch: does it run?")
