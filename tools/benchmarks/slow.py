"""Latencies of normal connections beside thousands of slow ones."""

import contextlib
import json
import resource
import statistics
import subprocess
from pathlib import Path

from benchmarks.figures import orders, save, spread, table
from benchmarks.generators import faults, load, server_seconds
from benchmarks.machine import GENERATOR_CORE, Trouble, environment
from benchmarks.servers import Server, check_contenders, memory


@contextlib.contextmanager
def slow_clients(options, server):
    """Some that drip a header and some that never read, all connected. Yields what they tell at the end."""
    command = [str(options.build / "bench/slow/slow_clients"), "--cpu", str(GENERATOR_CORE),
               "-c", str(options.slow), "--ramp", str(options.ramp), f"127.0.0.1:{server.port}",
               "/plaintext"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    told = {}
    try:
        if process.stdout.readline().strip() != f"holding {options.slow}":
            raise Trouble(f"{server.contender.name} did not take {options.slow} slow connections: "
                          + process.stderr.read())
        yield told
    finally:
        out, error = process.communicate()
    if process.returncode != 0:
        raise Trouble(f"slow_clients: {error.strip()}")
    told.update(json.loads(out))


def kernel_bytes():
    """What the kernel keeps for all TCP sockets of the machine: queues, in pages."""
    line = next(l for l in Path("/proc/net/sockstat").read_text().splitlines() if l.startswith("TCP:"))
    return int(line.split()[-1]) * resource.getpagesize()


def measure_slow(options, contender, attacked):
    """Latencies of normal connections, beside slow ones or alone."""
    normal = ["-c", str(options.connections), "--rate", str(options.rate)]
    with Server(contender, options.realtime) as server:
        load(options, server, 0.5, *normal)
        before, queued = memory(server.pids(), "Rss"), kernel_bytes()
        told = {"open": 0, "ended": 0}
        with slow_clients(options, server) if attacked else contextlib.nullcontext(told) as told:
            run = load(options, server, options.seconds, *normal)
            after, queued = memory(server.pids(), "Rss"), kernel_bytes() - queued
    return {"p50_us": run["latency"]["p50_ns"] / 1000, "p99_us": run["latency"]["p99_ns"] / 1000,
            "rate": run["answers"] / run["seconds"], "share": server_seconds(run) / run["seconds"],
            "errors": faults(run), "grown": after - before, "queued": queued,
            "open": told["open"], "ended": told["ended"]}


def print_slow(options, contender, rounds):
    calm, attacked = ([pair[i] for pair in rounds] for i in (0, 1))
    table([contender.name, "p50, us", "p99, us", "answers/s", "CPU share", "errors"],
          [[name, *(spread([r[key] for r in runs], digits) for key, digits in
                    (("p50_us", 0), ("p99_us", 0), ("rate", 0), ("share", 2))),
            sum(r["errors"] for r in runs)]
           for name, runs in (("alone", calm), ("beside slow ones", attacked))])
    for key in ("p50_us", "p99_us"):
        found = [a[key] / c[key] for c, a in rounds]
        goal = ""
        if key == "p99_us":
            goal = ", goal 1.5: " + ("met" if statistics.median(found) <= 1.5 else "not met")
        print(f"{key[:3]} beside slow ones / alone, by round: {spread(found, 2)}{goal}")
    for key, text in (("grown", "RSS"), ("queued", "in the kernel's queues")):
        each = [(a[key] - c[key]) / options.slow for c, a in rounds]
        print(f"bytes for a slow connection, {text}: {spread(each)}")
    print(f"thrown out by the server: {spread([a['ended'] for a in attacked])}, and they came back; "
          f"open at the end: {spread([a['open'] for a in attacked])}\n")


def run(options):
    chosen = check_contenders(options, options.contenders.split(","))
    facts = environment(options)
    print(f"{options.connections} normal connections, {options.rate:g} requests/s by the clock; "
          f"{options.slow} slow ones,\nhalf of which drip a header and half never read; median "
          "(min-max) of the rounds\n")
    results = {c.name: [] for c in chosen}
    for i, order in orders(chosen, options.rounds):
        for contender in order:
            pair = [measure_slow(options, contender, attacked) for attacked in
                    ((False, True) if i % 2 == 0 else (True, False))]
            results[contender.name].append(pair if i % 2 == 0 else pair[::-1])
    for contender in chosen:
        print_slow(options, contender, results[contender.name])
    save(options, facts, results)
    return 3 if any(r["errors"] for rounds in results.values() for pair in rounds for r in pair) else 0


def describe(sub):
    sub.add_argument("--rounds", type=int, default=5)
    sub.add_argument("--seconds", type=float, default=10, help="for each measurement")
    sub.add_argument("--slow", type=int, default=5000, metavar="N", help="slow connections")
    sub.add_argument("--ramp", type=float, default=10,
                     help="seconds over which they connect; 10, the server's time for a header, lets "
                     "it strike them one after another")
    sub.add_argument("--connections", type=int, default=64, help="normal ones")
    sub.add_argument("--rate", type=float, default=2000, help="requests a second on these, in all")
    sub.add_argument("--contenders", default="shoal uring,shoal epoll", help="separated by commas")
