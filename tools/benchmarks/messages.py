"""Messages between two workers: how many a second, inside a process and between processes.

One worker sends 32 bytes as fast as the other's queue takes them, each on its own core; then the two
send one message to and fro, both asleep between. The goals: 1,000,000 a second inside a process and
200,000 between processes. Beside them texts that are encoded: of 200 bytes, which lie in the queue, and
of 4,000, which lie on sheets beside it.
"""

import subprocess

from benchmarks.figures import save, spread, table, verdict
from benchmarks.machine import (Trouble, build_what_is_measured, environment, take_the_core,
                                watch_steal)

GOALS = {"inside": 1_000_000, "between": 200_000}
NAMES = {"inside": "two workers of one process", "between": "workers of two processes"}


ENCODED = (200, 4000)  # bytes


def measure(options, program, where, size):
    done = subprocess.run([program, where, str(options.seconds), *size], capture_output=True, text=True,
                          preexec_fn=lambda: take_the_core(options.realtime))
    if done.returncode != 0:
        raise Trouble(f"{program} failed: {done.stderr.strip()}")
    sent, returned = (float(figure) for figure in done.stdout.split())
    return {"messages_per_s": sent, "returns_per_s": returned}


def name_of(where):
    place, _, size = where.partition(", ")
    return NAMES[place] + (f", text of {int(size):,} bytes" if size else "")


def run(options):
    build_what_is_measured(options.build)
    program = options.build / "bench/messages/message_bench"
    if not program.exists():
        raise Trouble(f"there is no {program}: build it with -Dbenchmarks=true")
    facts = environment(options)
    results = {where: [] for where in GOALS} | {f"{where}, {size}": [] for where in GOALS for size in ENCODED}
    with watch_steal():
        for _ in range(options.rounds):
            for where, runs in results.items():
                place, _, size = where.partition(", ")
                runs.append(measure(options, program, place, [size] if size else []))
    print("Messages of 32 bytes that are copied, and encoded texts; median (min-max)\n")
    table(["between", "messages a second", "to and fro a second"],
          [[name_of(where), spread([r["messages_per_s"] for r in runs]),
            spread([r["returns_per_s"] for r in runs])]
           for where, runs in results.items()])
    for where, goal in GOALS.items():
        print(verdict(f"messages a second, {NAMES[where]}", [r["messages_per_s"] for r in results[where]],
                      goal, at_least=True))
    save(options, facts, results)
    return 0


def describe(sub):
    sub.add_argument("--rounds", type=int, default=5)
    sub.add_argument("--seconds", type=float, default=2)
