"""What each way of sharing takes for a request: system calls, futexes, switches of threads, locks.

Counted by perf on a load by the clock, not timed: locks that everybody takes and threads that wake each
other cost little on two cores and decide on sixty-four.
"""

import contextlib
import os
import re
import shutil
import subprocess
import time

from benchmarks.clusters import CORES
from benchmarks.dispatch.contenders import contenders
from benchmarks.figures import table
from benchmarks.generators import LIGHT, asking
from benchmarks.machine import preference
from benchmarks.servers import Server

NAMES = ["shoal", "shoal epoll", "shoal baseline", "asio shared", "asio reuseport"]
RATE, SECONDS = 2000, 2
LIBC = "/lib/x86_64-linux-gnu/libc.so.6"
LOCKS = "probe_libc:pthread_mutex_lock"
EVENTS = {"raw_syscalls:sys_enter": "system calls", "syscalls:sys_enter_futex": "of these, futexes",
          "context-switches": "switches of threads", LOCKS: "mutexes locked"}


@contextlib.contextmanager
def lock_probe():
    done = subprocess.run(["perf", "probe", "-q", "-x", LIBC, LOCKS.split(":")[1]],
                          stderr=subprocess.DEVNULL)
    try:
        yield done.returncode == 0
    finally:
        subprocess.run(["perf", "probe", "-q", "-d", LOCKS], stderr=subprocess.DEVNULL)


def count(options, server, events):
    """Events for a request, while requests come evenly."""
    with asking(options, server, LIGHT, RATE, SECONDS + 2, arrivals="constant", warm_up=0):
        time.sleep(1)
        command = ["perf", "stat", "-x,", "-e", ",".join(events), "-p", ",".join(map(str, server.pids())), "sleep",
                   str(SECONDS)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    found = {}
    for line in done.stderr.splitlines():
        if match := re.match(r"(\d+),[^,]*,([\w:-]+),", line):
            found[EVENTS[match[2]]] = int(match[1]) / (RATE * SECONDS)
    return found


def run(options):
    if os.geteuid() != 0 or not shutil.which("perf"):
        print("left out: what a request takes (perf and root are needed)\n")
        return {"right": True}
    results = {}
    with lock_probe() as probed:
        events = [event for event in EVENTS if probed or event != LOCKS]
        for workers in (2, options.workers):
            for contender in contenders(options, NAMES, workers):
                with Server(contender, options.realtime, CORES, preference(options)) as server:
                    results[f"{contender.name}, {workers} workers"] = count(options, server, events)
    columns = [EVENTS[event] for event in events]
    print(f"for a request, of {RATE:,} even ones a second on 64 connections\n")
    table(["contender", *columns],
          [[name, *(f"{found.get(column, float('nan')):.1f}" for column in columns)]
           for name, found in results.items()])
    return {"runs": results, "right": True}
