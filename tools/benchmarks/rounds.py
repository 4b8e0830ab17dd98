"""Rounds of a load by the clock against several contenders, and the table of what they show."""

import sys

from benchmarks.clusters import CORES
from benchmarks.figures import orders, spread, table
from benchmarks.generators import failed, late_ms, ms, server_seconds
from benchmarks.machine import preference
from benchmarks.servers import Server

ON_TIME = 0.99  # of as many requests as came due must be answered within the window
LATE_MS = 1  # above it the generator itself was late


def summarize(run):
    """Milliseconds, shares and sums of one report."""
    cpu = server_seconds(run)
    return {
        "ms": {kind["name"]: ms(kind["latency"]) for kind in run["kinds"]} | {"all": ms(run["latency"])},
        "answers": run["answers"],
        "errors": failed(run),
        "timeouts": run["errors"]["timeouts"],
        "achieved": run["rate"] * run["seconds"] / max(run["planned"], 1),
        "cpu": cpu,
        "per_cpu_second": run["answers"] / max(cpu, 0.001),
        "late_ms": late_ms(run),
        "generator": run["generator"]["cpu_seconds"] / run["seconds"],
    }


def measure(options, chosen, text, once):
    """`once(server)` for each contender in every round; what it returns, by name."""
    by_name = {c.name: [] for c in chosen}
    for i, order in orders(chosen, options.rounds):
        for contender in order:
            with Server(contender, options.realtime, CORES, preference(options)) as server:
                by_name[contender.name].append(once(server))
            progress(f"round {i + 1} of {options.rounds}: {text}, {contender.name}")
    progress("")
    return by_name


def progress(text):
    if sys.stderr.isatty():
        print(f"\r{text}\033[K", end="", file=sys.stderr, flush=True)


def of(runs, kind, key):
    return [run["ms"][kind][key] for run in runs]


def print_latencies(by_name, text, kinds=("light", "all")):
    """A row for each contender."""
    print(f"{text}; ms, median (min-max) of the rounds\n")
    rows = []
    for name, runs in by_name.items():
        late = spread([r["late_ms"] for r in runs], 2)
        rows.append([name, *(spread(of(runs, kind, key), 2) for kind in kinds for key in ("p50", "p99")),
                     spread(of(runs, "all", "p99.9"), 1),
                     sum(r["errors"] for r in runs), sum(r["timeouts"] for r in runs),
                     spread([r["cpu"] for r in runs], 2),
                     late + (" !" if any(r["late_ms"] > LATE_MS for r in runs) else ""),
                     spread([r["achieved"] for r in runs], 2)
                     + (" !" if any(r["achieved"] < ON_TIME for r in runs) else "")])
    table(["contender", *(f"{key}, {kind}" for kind in kinds for key in ("p50", "p99")), "p99.9, all",
           "errors", "timeouts", "server CPU, s", "generator late, p99", "answered in time"], rows)
    if any(row[-1].endswith("!") or row[-2].endswith("!") for row in rows):
        print("! the generator was late, or answers came slower than they were asked for: the server, or\n"
              "  the machine, could not keep up.\n")


def right(by_name):
    """shoal answered all; what a peer does not manage is a figure and no fault."""
    return all(r["errors"] + r["timeouts"] == 0 for name, runs in by_name.items()
               for r in runs if name.startswith("shoal"))
