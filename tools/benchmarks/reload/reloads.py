"""Ten reloads or upgrades, one a second: what clients notice."""

import math
import os
import re
import time

from benchmarks import rounds, timeline
from benchmarks.figures import spread, table, verdict
from benchmarks.reload import loads
from benchmarks.reload.contenders import contenders, signal_of
from benchmarks.reload.upgrades import upgrade_of
from benchmarks.servers import processes_of

EVERY = 1  # seconds
PATIENCE = 5  # for processes from before, after the last reload
LOOK = 0.002
SERVING = re.compile(r"(?:reload: new processes serve|upgrade: process \d+ serves) since ([\d.]+) (us|ms|s) after")
MILLISECONDS = {"us": 1e-3, "ms": 1, "s": 1e3}


class Reload:
    """One, from the signal until the processes from before are gone."""

    def __init__(self, server):
        self.server, self.old = server, set(processes_of(server.main))
        self.began, self.ended = time.monotonic(), math.inf
        os.kill(server.main, signal_of(server.contender))

    def look(self):
        if not self.old & set(processes_of(self.server.main)):
            self.ended = time.monotonic()


def again_and_again(begin_one, server, times):
    """All of them, on time whether the last one has ended or not."""
    begin, done = time.monotonic(), []
    end = begin + times * EVERY
    while True:
        now = time.monotonic()
        if len(done) < times and now >= begin + len(done) * EVERY:
            done.append(begin_one(server))
        for each in done:
            if each.ended == math.inf:
                each.look()
        over = all(each.ended < math.inf for each in done) or now > end + PATIENCE
        if now >= end and over:
            return done
        time.sleep(LOOK)


def within(requests, spans):
    return [each for each in requests if any(begin <= each.due < end for begin, end in spans)]


def account(seen, before, reloads, serving_ms):
    """`before`: (begin, end) of the time whose p99 is compared with; `reloads`: (begin, end) of each."""
    found = seen.counts() | {"reload_ms": [(end - begin) * 1000 for begin, end in reloads], "serving_ms": serving_ms}
    first, last = reloads[0][0], reloads[-1][0] + EVERY
    for kind in loads.KINDS:
        requests = seen.requests[kind]
        calm = timeline.percentile(within(requests, [before]), 0.99)
        during = timeline.percentile(within(requests, reloads), 0.99)
        found[kind] = {"before_ms": calm, "during_ms": during, "ratio": during / calm,
                       "all_ms": timeline.percentile(within(requests, [(first, last)]), 0.99)}
    return found


def once(options, server):
    whole = options.before + options.reloads * EVERY + 1
    with loads.both(options, server, whole) as seen:
        began = time.monotonic()
        time.sleep(options.before)
        begin_one = upgrade_of(server.contender) if options.upgrades else Reload
        done = again_and_again(begin_one, server, options.reloads)
    serving = [float(number) * MILLISECONDS[unit] for number, unit in SERVING.findall(server.words())]
    return account(seen, (began + options.before / 2, done[0].began), [(each.began, each.ended) for each in done],
                   serving)


def all_of(runs, key):
    return [value for run in runs for value in run[key]]


def print_counts(by_name):
    keys = {"lost": "requests lost", "closed": "kept connections closed", "refused": "connections refused",
            "wrong": "answers wrong", "timeouts": "timeouts"}
    table(["contender", *keys.values(), "answers", "until new ones serve, ms", "until those before are gone, ms",
           "generator late, p99, ms"],
          [[name, *(spread([run[key] for run in runs]) for key in keys), spread([run["answers"] for run in runs]),
            spread(all_of(runs, "serving_ms"), 1), spread(all_of(runs, "reload_ms"), 1),
            spread([run["late_ms"] for run in runs], 2)] for name, runs in by_name.items()])


def print_latencies(by_name):
    keys = {"before_ms": "p99 before", "during_ms": "meanwhile", "ratio": "ratio",
            "all_ms": "over all of these seconds"}
    table(["contender", "connections", *keys.values()],
          [[name, kind, *(spread([run[kind][key] for run in runs], 2) for key in keys)]
           for name, runs in by_name.items() for kind in loads.KINDS])


def print_goals(name, runs):
    for key, text in (("lost", "requests lost"), ("closed", "connections closed"), ("wrong", "answers wrong")):
        print(verdict(f"{name}, {text}", [max(run[key] for run in runs)], 0))
    for kind in loads.KINDS:
        print(verdict(f"{name}, p99 on {kind} connections meanwhile / before",
                      [run[kind]["ratio"] for run in runs], 3, 2))


def run(options):
    chosen = contenders(options)
    what = "upgrades" if options.upgrades else "reloads"
    by_name = rounds.measure(options, chosen, what, lambda server: once(options, server))
    print(f"{options.reloads} {what}, one every {EVERY} s, under {loads.KEPT_RATE:,} requests/s on "
          f"{loads.CONNECTIONS} kept connections\nand {loads.NEW_RATE} new connections/s; median (min-max) of "
          f"{options.rounds} rounds\n")
    print_counts(by_name)
    print_latencies(by_name)
    shoals = {name: runs for name, runs in by_name.items() if name.startswith("shoal")}
    for name, runs in shoals.items():
        print_goals(name, runs)
    print()
    faults = sum(run[key] for runs in shoals.values() for run in runs
                 for key in ("lost", "closed", "refused", "wrong", "timeouts"))
    return {"runs": by_name, "right": faults == 0}
