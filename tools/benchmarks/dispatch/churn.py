"""Descriptors before and after a time of kills, moves and new connections under load."""

import os
import random
import signal
import time

from benchmarks.clusters import CORES
from benchmarks.descriptors import descriptors, names_of, settle
from benchmarks.dispatch.contenders import contenders
from benchmarks.figures import table
from benchmarks.generators import MIXED, NEW, WRONG, asking
from benchmarks.machine import preference
from benchmarks.servers import Server

NAMES = ["shoal", "shoal epoll", "shoal cbpf", "shoal handoff", "shoal shared", "shoal sticky",
         "shoal random", "shoal baseline"]
NODES = 4


def kill_now_and_then(server, seconds, draw):
    kills, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(draw.uniform(0.2, 1.5))
        node = draw.choice(server.pids()[1:] or [0])
        if node:
            os.kill(node, signal.SIGKILL)
            kills += 1
    return kills


def measure(options, contender, seconds, draw):
    with Server(contender, options.realtime, CORES, preference(options)) as server:
        time.sleep(0.5)
        before, _ = settle(server, descriptors(server))
        with asking(options, server, MIXED, options.rate, seconds, "--cpus", "1", warm_up=0, watch=False) as kept, \
             asking(options, server, MIXED, options.rate / 10, seconds, "--cpus", "1", pick=NEW, warm_up=0,
                    watch=False) as fresh:
            kills = kill_now_and_then(server, seconds, draw)
        after, left = settle(server, before)
        if sorted(after) != sorted(before):
            print(f"{contender.name} holds\n  " + "\n  ".join(names_of(server)))
    runs = [kept[0], fresh[0]]
    wrong = sum(run["errors"][key] for run in runs for key in WRONG)
    return {"seconds": seconds, "kills": kills, "answers": sum(run["answers"] for run in runs),
            "lost": sum(run["errors"]["lost"] for run in runs), "wrong": wrong,
            "timeouts": sum(run["errors"]["timeouts"] for run in runs), "before": before, "after": after,
            "left": left}


def run(options):
    seed = int(os.environ.get("SHOAL_SEED", random.randrange(1 << 30)))
    draw = random.Random(seed)
    results = {}
    chosen = contenders(options, NAMES, options.workers, NODES)
    seconds = 3 if options.smoke else options.churn / len(chosen)
    for contender in chosen:
        results[contender.name] = measure(options, contender, seconds, draw)
    print(f"{options.workers} workers in {NODES} processes, which are killed at random (SHOAL_SEED={seed}); "
          f"{options.rate:,.0f} requests/s on 64 connections and a tenth as many on new ones\n")
    table(["contender", "seconds", "kills", "answers", "lost with a process", "wrong", "timeouts",
           "descriptors before", "after", "connections left"],
          [[name, f"{r['seconds']:.0f}", r["kills"], f"{r['answers']:,}", r["lost"], r["wrong"], r["timeouts"],
            "+".join(map(str, r["before"])), "+".join(map(str, r["after"])), r["left"]]
           for name, r in results.items()])
    kept = all(sorted(r["before"]) == sorted(r["after"]) and r["left"] == 0 for r in results.values())
    print(f"descriptors lost or left: {'none' if kept else 'some'}\n")
    return {"runs": results, "right": kept and all(r["wrong"] == 0 for r in results.values())}
