"""kill -9 of a node process under load."""

import json
import os
import signal
import subprocess
import time

from benchmarks.figures import save, spread, table
from benchmarks.generators import generator_command
from benchmarks.machine import Trouble, environment
from benchmarks.servers import READY_SECONDS, Server, check_contenders


def kill_once(server):
    """Kills the node process; seconds until a request that arrived right after is answered."""
    node = server.pids()[-1]
    began = time.monotonic()
    os.kill(node, signal.SIGKILL)
    while True:  # a connection that the dying process had accepted is lost with it: once more
        try:
            server.ask("/plaintext")
            return time.monotonic() - began
        except ConnectionRefusedError:
            raise
        except OSError:
            if time.monotonic() - began > READY_SECONDS:
                raise Trouble(f"no answer for {READY_SECONDS} s after a kill: " + server.last_words())


def kill_under_load(options, contender):
    seconds = options.kills * options.pause + 1
    with Server(contender) as server:
        command = generator_command(options, server, "-w", "0", "-d", str(seconds),
                                    "-c", str(options.connections))
        generator = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        time.sleep(0.5)
        ready, refused = [], 0
        for _ in range(options.kills):
            try:
                ready.append(kill_once(server))
            except ConnectionRefusedError:
                refused += 1
            time.sleep(options.pause)
        seen = json.loads(generator.communicate()[0])
    errors = seen["errors"]
    return {"ready_ms": [r * 1000 for r in ready], "refused": refused + errors["refused"], "lost": errors["lost"],
            "other": errors["unopened"] + errors["status"] + errors["framing"], "answers": seen["answers"]}


def run(options):
    chosen = check_contenders(options, ["shoal uring", "shoal epoll"])
    facts = environment(options)
    results = {c.name: kill_under_load(options, c) for c in chosen}
    print(f"kill -9 of the node process under load, {options.kills} times, "
          f"{options.connections} connections\n")
    table(["contender", "refused", "ready again, ms", "requests lost", "of at most", "other errors",
           "answers"],
          [[name, r["refused"], spread(r["ready_ms"], 1), r["lost"],
            options.kills * options.connections, r["other"], f"{r['answers']:,}"]
           for name, r in results.items()])
    save(options, facts, results)
    return 3 if any(r["refused"] or r["other"] for r in results.values()) else 0


def describe(sub):
    sub.add_argument("--kills", type=int, default=20)
    sub.add_argument("--pause", type=float, default=0.3, help="seconds between two kills")
    sub.add_argument("--connections", type=int, default=64)
