"""Descriptors before and after a time of kills, moves and new connections under load."""

import contextlib
import os
import random
import signal
import time
from pathlib import Path

from benchmarks.clusters import CORES
from benchmarks.dispatch.contenders import contenders
from benchmarks.figures import table
from benchmarks.generators import MIXED, asking
from benchmarks.machine import preference
from benchmarks.servers import Server

NAMES = ["shoal", "shoal epoll", "shoal cbpf", "shoal handoff", "shoal shared", "shoal sticky",
         "shoal random", "shoal baseline"]
NODES = 4
SETTLING = 10  # seconds
CLOSED_BY_THE_PEER = ("01", "08")  # ESTABLISHED and CLOSE_WAIT in /proc/net/tcp


def descriptors(server):
    """Of the supervisor and of each node process, without files: whoever names the functions on a stack
    keeps the program's file open.
    """
    counts = [0 for _ in server.pids()]
    for i, pid in enumerate(server.pids()[:len(counts)]):
        with contextlib.suppress(OSError):  # it is being replaced
            links = [os.readlink(f"/proc/{pid}/fd/{number}") for number in os.listdir(f"/proc/{pid}/fd")]
            counts[i] = sum(not link.startswith("/") for link in links)
    return counts


def names_of(server):
    """What each process holds, for whoever looks for a leak."""
    names = []
    for pid in server.pids():
        for number in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                names.append(f"{pid}/{number} {os.readlink(f'/proc/{pid}/fd/{number}')}")
    return names


def sockets_left(server):
    """Connections of the server that are still open, whoever holds them."""
    ours = f":{server.port:04X}"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(line[1].endswith(ours) and line[3] in CLOSED_BY_THE_PEER for line in lines)


def settle(server, wanted):
    """Waits for as many descriptors as before; more of them than that are a leak."""
    deadline = time.monotonic() + SETTLING
    while time.monotonic() < deadline:
        counts, left = descriptors(server), sockets_left(server)
        if counts == wanted and left == 0:
            break
        time.sleep(0.1)
    return counts, left


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
        with asking(options, server, MIXED, options.rate, seconds, "--cpu", "1", warm_up=0) as kept, \
             asking(options, server, MIXED, options.rate / 10, seconds, "--cpu", "1", "--choice", "fresh",
                    warm_up=0) as fresh:
            kills = kill_now_and_then(server, seconds, draw)
        after, left = settle(server, before)
        if sorted(after) != sorted(before):
            print(f"{contender.name} holds\n  " + "\n  ".join(names_of(server)))
    runs = [kept[0]["all"], fresh[0]["all"]]
    wrong = sum(run["errors"][key] for run in runs for key in ("status", "framing", "body"))
    return {"seconds": seconds, "kills": kills, "answers": sum(run["answers"] for run in runs),
            "lost": sum(run["errors"]["lost"] for run in runs), "wrong": wrong,
            "timeouts": sum(run["timeouts"] for run in runs), "before": before, "after": after,
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
