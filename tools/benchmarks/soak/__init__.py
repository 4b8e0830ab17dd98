"""One server under half load for a long time: memory, descriptors and latency, minute by minute.

Half load is half of what a closed loop of 64 connections gets from the same server before, and at most 8,000/s,
what the generator by the clock keeps up with beside it, unless --rate says otherwise. Nine tenths of the
requests go to kept connections that are opened anew each minute, one tenth to a new connection each (at most
500/s). Between two minutes nobody asks, and memory and descriptors are looked at.
"""

from benchmarks.figures import save
from benchmarks.machine import check_machine, environment, stay_ahead, watch_steal
from benchmarks.soak import campaign

SMOKE = {"minutes": 3, "minute": 3}


def run(options):
    if options.smoke:
        vars(options).update(SMOKE)
    elif options.hours:
        options.minutes = options.hours * 60
    check_machine(options)
    facts = environment(options)
    stay_ahead(options.realtime)
    with watch_steal():
        results = campaign.run(options)
    save(options, facts, results)
    return 0 if results["right"] else 3


def describe(sub):
    sub.add_argument("--minutes", type=float, default=45)
    sub.add_argument("--hours", type=float, default=0, help="instead of minutes")
    sub.add_argument("--rate", type=float, default=0, metavar="N",
                     help="requests a second; 0: half of what is possible")
    sub.add_argument("--nodes", type=int, default=2, help="node processes with one worker each")
    sub.add_argument("--minute", type=float, default=60, metavar="SECONDS", help="that one line stands for")
    sub.add_argument("--smoke", action="store_true", help="three short minutes: does it run?")
