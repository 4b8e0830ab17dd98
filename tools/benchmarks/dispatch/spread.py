"""How evenly workers are busy after two seconds, with equal connections and with hot ones."""

import json
import statistics
import subprocess
import time

from benchmarks import rounds
from benchmarks.dispatch.contenders import contenders
from benchmarks.figures import spread, table, verdict
from benchmarks.generators import Kind, asking
from benchmarks.machine import Trouble

NAMES = ["shoal", "shoal epoll", "shoal baseline"]
CONNECTIONS = 1000
RATE = 3000  # of requests that hold their worker for a millisecond: 3 of 8 workers
KINDS = (Kind("one", "/block/1", body="blocked 1 ms\n"),)
LOADS = {"all equal": ((), 1.15), "10 % of them 10 times hotter": (("--hot", "0.1:10"), 1.25)}


def busy_seconds(options, server):
    """Of each worker since its start, as `shoal status` says."""
    command = [str(options.build / "tools/shoal/shoal"), "status", "--json", "--pid",
               str(server.process.pid)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise Trouble(f"shoal status failed: {done.stderr.strip()}")
    told = json.loads(done.stdout)
    return [worker["busy_seconds"] for worker in told["servers"][0]["workers"]]


def once(options, server, more):
    after, window = (0.5, 1) if options.smoke else (2, 3)
    with asking(options, server, KINDS, RATE, after + window, "-c", str(CONNECTIONS), "--cpus", "1", *more,
                pick=("--pick", "round-robin"), warm_up=0) as seen:
        time.sleep(after)
        before = busy_seconds(options, server)
        time.sleep(window)
        busy = [b - a for a, b in zip(before, busy_seconds(options, server))]
    mean = statistics.mean(busy)
    return rounds.summarize(seen[0]) | {"max_by_mean": max(busy) / mean, "share": mean / window}


def run(options):
    results, right = {}, True
    for text, (more, goal) in LOADS.items():
        chosen = contenders(options, NAMES, options.workers)
        by_name = rounds.measure(options, chosen, text, lambda server: once(options, server, more))
        print(f"{options.workers} workers, {CONNECTIONS:,} keep-alive connections ({text}), {RATE:,} "
              "requests/s that block for 1 ms; median (min-max)\n")
        table(["contender", "busiest / mean busy share, after 2 s", "mean busy share", "p99, ms", "errors"],
              [[name, spread([r["max_by_mean"] for r in runs], 2), spread([r["share"] for r in runs], 2),
                spread(rounds.of(runs, "all", "p99"), 1),
                sum(r["errors"] + r["timeouts"] for r in runs)] for name, runs in by_name.items()])
        for name in ("shoal", "shoal epoll"):
            print(verdict(f"{name}, busiest / mean",
                          [r["max_by_mean"] for r in by_name.get(name, [])], goal, 2))
        print()
        results[text] = by_name
        right = right and rounds.right(by_name)
    return {"runs": results, "right": right}
