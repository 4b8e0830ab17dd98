"""Requests for a second of server CPU, beside floors and peers."""

import argparse
import dataclasses
import statistics
import sys

from benchmarks.figures import orders, save, spread, table
from benchmarks.generators import faults, load, server_seconds
from benchmarks.machine import environment, watch_steal
from benchmarks.servers import Server, check_contenders, contenders

BUSY = 0.9  # of the server's core: below it, something else was the limit


def summarize(run):
    cpu = server_seconds(run)
    return {
        "per_cpu_second": run["answers"] / cpu if cpu > 0 else 0.0,
        "rate": run["answers"] / run["seconds"],
        "share": cpu / run["seconds"],
        "generator": run["generator"]["cpu_seconds"] / run["seconds"],
        "p99_us": run["latency"]["p99_ns"] / 1000,
        "errors": faults(run),
    }


def ratios(by_name, name, other):
    pairs = zip(by_name.get(name, []), by_name.get(other, []))
    return [a["per_cpu_second"] / b["per_cpu_second"] for a, b in pairs if b["per_cpu_second"] > 0]


GOALS = [  # pipeline, contender, compared with, at least
    (1, "shoal uring", "floor_uring", 0.92),
    (1, "shoal epoll", "floor_epoll", 0.92),
    (16, "shoal uring", "floor_uring", 0.85),
    (1, "shoal uring", "nginx", 1.3),
    ("file", "shoal uring", "nginx", 1),
]


@dataclasses.dataclass(frozen=True)
class Row:
    """A kind of request beside the plainest one, for servers and not for floors."""
    name: str
    path: str = "/plaintext"
    connections: int = 0  # as asked for
    more: tuple = ()


ROWS = [
    Row("JSON", "/json"),
    # nginx reads it and answers something else: it has no handler that could send it back.
    Row("POST of 1 KiB", "/echo", more=("-X", "POST", "--body", "x" * 1024)),
    Row("10 requests for each connection", more=("--requests-each", "10")),
    Row("1,024 connections", connections=1024),
]


def print_wire(chosen, key, by_name, load):
    print(f"{load}; median (min-max) of the rounds\n")
    rows = []
    for c in chosen:
        runs = by_name[c.name]
        share = [r["share"] for r in runs]
        mark = "" if statistics.median(share) >= BUSY else " !"
        rows.append([c.name, spread([r["per_cpu_second"] for r in runs]),
                     spread(ratios(by_name, c.name, c.floor), 2), spread([r["rate"] for r in runs]),
                     spread(share, 2) + mark, spread([r["generator"] for r in runs], 2),
                     spread([r["p99_us"] for r in runs]), sum(r["errors"] for r in runs)])
    table(["contender", "requests per server-CPU-second", "of its floor, by round", "requests/s",
           "CPU share", "generator", "p99, us", "errors"], rows)
    if any(row[4].endswith("!") for row in rows):
        print(f"! the server's core was less than {BUSY:.0%} busy: the generator, or another load on "
              "this\n  machine, was the limit; read the first columns, not the rate.\n")
    for of, name, other, least in GOALS:
        found = ratios(by_name, name, other)
        if of == key and found:
            verdict = "met" if statistics.median(found) >= least else "not met"
            print(f"{name} / {other}: {spread(found, 2)}, goal {least}: {verdict}")
    print()


def compare(options, chosen, key, depth, text, row=Row("")):
    """All rounds of one kind of load, printed."""
    connections = row.connections or options.connections
    by_name = {c.name: [] for c in chosen}
    for i, order in orders(chosen, options.rounds):
        for contender in order:
            with Server(contender, options.realtime) as server:
                run = load(options, server, options.seconds, "-c", str(connections),
                           "-p", str(depth), *row.more, path=row.path)
            by_name[contender.name].append(summarize(run))
            if options.verbose:
                print(f"round {i + 1}, {text}, {contender.name}: {run}", file=sys.stderr)
    print_wire(chosen, key, by_name, text)
    return by_name


def run(options):
    options.rounds = options.rounds or (3 if options.quick else 7)
    options.seconds = options.seconds or (0.7 if options.quick else 2)
    peers = [p for p in options.peers.split(",") if p]
    chosen = check_contenders(
        options, ["floor_uring", "floor_epoll", "shoal uring", "shoal epoll", *peers])
    facts = environment(options)
    results = {}
    with watch_steal():
        for depth in options.pipeline:
            results[f"pipeline {depth}"] = compare(
                options, chosen, depth, depth,
                f"{options.connections} connections, {depth} in flight on each")
        if options.file_kib:
            known = contenders(options.build, options.file_kib * 1024)
            results["file"] = compare(
                options, [known[c.name] for c in chosen if c.name in known], "file", 1,
                f"file {options.file_kib} KiB, {options.connections} connections, 1 in flight on each")
        for row in ROWS if options.rows else ():
            results[row.name] = compare(
                options, [c for c in chosen if not c.name.startswith("floor")], row.name, 1,
                f"{row.name}, {row.connections or options.connections} connections, 1 in flight on each",
                row)
    save(options, facts, results)
    return 3 if any(r["errors"] for t in results.values() for runs in t.values() for r in runs) else 0


def describe(sub):
    sub.add_argument("--quick", action="store_true", help="3 rounds of 0.7 s")
    sub.add_argument("--rounds", type=int, help="7 if not given")
    sub.add_argument("--seconds", type=float, help="for each measurement, 2 if not given")
    sub.add_argument("--connections", type=int, default=64)
    sub.add_argument("--pipeline", type=int, nargs="*", default=[1, 16])
    sub.add_argument("--file-kib", type=int, default=64, help="of the file that is served; 0: none")
    sub.add_argument("--rows", action=argparse.BooleanOptionalAction, default=True,
                     help="JSON, POST, short and many connections as well")
    sub.add_argument("--peers", default="nginx", help="separated by commas; '' for none")
    sub.add_argument("--verbose", action="store_true", help="each measurement to stderr")
