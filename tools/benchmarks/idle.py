"""Memory of idle connections, and of a process at its start."""

import contextlib
import subprocess
import time

from benchmarks.figures import orders, save, spread, table
from benchmarks.generators import generator_command, load
from benchmarks.machine import Trouble, environment
from benchmarks.servers import Server, check_contenders, memory


@contextlib.contextmanager
def holding(options, server, connections):
    command = generator_command(options, server, "--hold", "-d", "30", "-c", str(connections))
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
    try:
        told = holder.stdout.readline()
        if told.strip() != f"holding {connections}":
            raise Trouble(f"{server.contender.name} did not take {connections} connections: "
                          + (holder.stderr.read() if holder.poll() is not None else told))
        yield
    finally:
        error = holder.communicate()[1]
    if holder.returncode != 0:
        raise Trouble(f"{server.contender.name}: {error.strip()}")


def measure_idle(options, contender):
    with Server(contender) as server:
        at_start = memory(server.pids()[-1:], "Rss")  # the youngest: a node process, or a worker
        load(options, server, 0.3, "-w", "0")
        before = memory(server.pids(), "Pss")
        with holding(options, server, options.connections):
            time.sleep(0.2)
            after = memory(server.pids(), "Pss")
    return {"bytes": (after - before) / options.connections, "start_mib": at_start / 2**20}


def run(options):
    peers = [p for p in options.peers.split(",") if p]
    chosen = check_contenders(options, ["shoal uring", "shoal epoll", *peers])
    facts = environment(options)
    results = {c.name: [] for c in chosen}
    for _, order in orders(chosen, options.rounds):
        for contender in order:
            results[contender.name].append(measure_idle(options, contender))
    print(f"{options.connections} connections that each made one request; median (min-max)\n")
    table(["contender", "bytes of user memory for an idle connection",
           "RSS of a process with one worker at start, MiB"],
          [[name, spread([r["bytes"] for r in runs]), spread([r["start_mib"] for r in runs], 1)]
           for name, runs in results.items()])
    save(options, facts, results)
    return 0


def describe(sub):
    sub.add_argument("--rounds", type=int, default=3)
    sub.add_argument("--connections", type=int, default=8000)
    sub.add_argument("--peers", default="nginx", help="separated by commas; '' for none")
