"""Parts on their own: the programs of bench/micro."""

import os
import subprocess

from benchmarks.machine import SERVER_CORE, Trouble, environment


def run(options):
    environment(options)
    programs = sorted(p for p in (options.build / "bench/micro").glob("*")
                      if p.is_file() and os.access(p, os.X_OK))
    if not programs:
        raise Trouble(f"{options.build}/bench/micro holds no programs")
    worst = 0
    for program in programs:
        print(f"{program.name}:", flush=True)
        worst = max(worst, subprocess.run(["taskset", "-c", str(SERVER_CORE), program]).returncode)
        print()
    return 1 if worst else 0


def describe(sub):
    del sub  # nothing to choose
