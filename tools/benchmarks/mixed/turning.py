"""A route that becomes heavy while it runs, and light again: how soon its handler runs where it should.

A twentieth of the requests go to it. What others notice is in the log of the generator; where its handler
runs is in its own answers, which a connection of its own asks for.
"""

import http.client
import statistics
import threading
import time
from pathlib import Path

from benchmarks import rounds, timeline
from benchmarks.clusters import contenders
from benchmarks.figures import spread, table, verdict
from benchmarks.generators import Kind, asking

NAMES = ["shoal", "shoal epoll", "shoal inline"]
KINDS = (Kind("light", "/plaintext", 95, "Hello, World!"), Kind("work", "/work", 5, alone=True))
LIGHT_US, HEAVY_US = 50, 5000
SLICE = 0.1  # seconds, of some 190 light requests
FACTOR, LEAST_MS = 2, 1.4  # what counts as calm: that factor of what it was, and at least the goal of `undeclared`
LOOKS, IN_A_ROW = 0.02, 5  # seconds between two looks at where the handler runs


class Looker(threading.Thread):
    """Asks /work again and again. `seen` has (when, the name of the thread that it ran on)."""

    def __init__(self, port):
        super().__init__()
        self.client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self.seen = []
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(LOOKS):
            asked = time.monotonic()
            self.client.request("GET", "/work")
            self.seen.append((asked, self.client.getresponse().read().decode().split()[-1]))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *unused):
        self.over.set()
        self.join()
        self.client.close()


def set_cost(server, us):
    """When it was done."""
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    client.request("POST", f"/cost/{us}")
    if client.getresponse().status != 200:
        raise ConnectionError("the cost of /work was not taken")
    client.close()
    return time.monotonic()


def on_worker(thread):
    return thread.startswith("shoal-w")


def moved_after(seen, begin, end, inline):
    """Seconds from the change of cost to the first of some looks in a row that find the handler at its place."""
    looks = [(when, on_worker(thread) == inline) for when, thread in seen if begin <= when < end]
    return timeline.first_of(looks, IN_A_ROW) - begin


def once(options, server):
    phase = max(1, options.seconds / 2)
    log = Path(server.directory.name, "requests")
    set_cost(server, LIGHT_US)
    with asking(options, server, KINDS, options.rate, 3 * phase, "--cpus", "1", "--log", str(log),
                warm_up=1) as seen, Looker(server.port) as looker:
        time.sleep(1 + phase)
        heavy = set_cost(server, HEAVY_US)
        time.sleep(phase)
        light = set_cost(server, LIGHT_US)
        time.sleep(phase / 2)  # the log must hold what comes after the change; the rest is waited for anyway
    requests = [each for each in timeline.read(log) if each.kind == "light"]
    end = light + phase / 2
    before = statistics.median(timeline.percentile(each, 0.99) for _, each in
                               timeline.slices(requests, heavy - phase / 2, heavy, SLICE))
    limit = max(LEAST_MS, FACTOR * before)
    calm = [timeline.calm_after(requests, begin, until, SLICE, limit)
            for begin, until in ((heavy, light), (light, end))]
    return rounds.summarize(seen[0]) | {
        "before_ms": before, "heavy_ms": timeline.percentile(timeline.between(requests, heavy + phase / 2, light), 0.99),
        "calm_after_heavy": calm[0], "calm_after_light": calm[1],
        "offloaded_after": moved_after(looker.seen, heavy, light, inline=False),
        "inline_after": moved_after(looker.seen, light, end, inline=True)}


def run(options):
    chosen = contenders(options, NAMES, options.workers)
    by_name = rounds.measure(options, chosen, "a route that turns", lambda server: once(options, server))
    print(f"{options.workers} workers, {options.rate:,.0f} requests/s of which 5 % are for a route that takes "
          f"{LIGHT_US} us,\nthen {HEAVY_US:,} us, then {LIGHT_US} us; median (min-max), inf: not before the end\n")
    columns = {"before_ms": "light p99 before, ms", "heavy_ms": "while heavy, ms",
               "calm_after_heavy": "heavy: light p99 calm after, s", "offloaded_after": "off the loop after, s",
               "calm_after_light": "light again: calm after, s", "inline_after": "on the loop after, s"}
    table(["contender", *columns.values(), "errors"],
          [[name, *(spread([run[key] for run in runs], 2) for key in columns), sum(run["errors"] for run in runs)]
           for name, runs in by_name.items()])
    for name in ("shoal", "shoal epoll"):
        for key in list(columns)[2:]:
            print(verdict(f"{name}, {columns[key]}", [run[key] for run in by_name.get(name, [])], 1, 2))
    print()
    return {"runs": by_name, "right": rounds.right(by_name)}
