"""Minute after minute, a line for each, and the verdicts."""

import dataclasses

from benchmarks import clusters
from benchmarks.chaos.tally import growth, growth_told
from benchmarks.clusters import CORES
from benchmarks.figures import verdict
from benchmarks.machine import weigh_more
from benchmarks.servers import Server
from benchmarks.soak import minute, slopes

MIB = 1 << 20
WARM_UP = 1  # minutes that are no part of the series: caches fill
# (what, how it is shown, in which unit, how much it may grow, whether that decides)
SERIES = [("rss", lambda value: value / MIB, "memory, MiB", 0.02, True),
          ("descriptors", float, "descriptors", 0, True),
          ("p50_ms", float, "p50, ms", 0.2, False),
          ("light_p99_ms", float, "p99 of light requests, ms", 0.2, False)]


def line_of(number, one):
    return (f"{number:>4}  {one.rss / MIB:8.2f} MiB {one.descriptors:>5} descriptors  p50 {one.p50_ms:7.3f} ms  p99 "
            f"{one.p99_ms:8.3f} ms, light {one.light_p99_ms:8.3f} ms  {one.answers:>9,} answers  {one.faults} faults  "
            f"generator late {one.late_ms:.2f} ms")


def measure(options, server):
    rate = options.rate or minute.half_load(options, server)
    print(f"{rate:,.0f} requests/s, {options.nodes} node processes, a line for each {options.minute:g} s\n")
    wanted, found = minute.begin(server), []
    for _ in range(max(1, round(options.minutes))):
        found.append(minute.measure(options, server, rate, wanted))
        print(line_of(len(found), found[-1]), flush=True)
    return rate, found


def verdicts(options, found):
    """Whether all is as it must be."""
    right = True
    for key, shown, text, most, decides in SERIES:
        values = [shown(getattr(one, key)) for one in found[WARM_UP:]]
        rise = slopes.slope(values, options.minute / 3600)
        print(f"{text}: slope {rise:+.3f} an hour; {growth_told(values, most)}"
              + ("" if decides else " (the machine's calm is in it)"))
        right = right and not (decides and growth(values) > most)
    for key, text in (("faults", "requests lost, wrong, late or refused"), ("left", "connections left")):
        print(verdict(text, [sum(getattr(one, key) for one in found)], 0))
        right = right and not any(getattr(one, key) for one in found)
    return right and found[0].segments == found[-1].segments


def run(options):
    contender = clusters.shoal(options, "shoal", options.nodes, options.nodes)
    with Server(contender, options.realtime, CORES, weigh_more) as server:
        before = server.pids()
        rate, found = measure(options, server)
        same = server.pids() == before
    print()
    right = verdicts(options, found) and same
    print(f"processes: {'those of the beginning' if same else 'not those of the beginning: not met'}\n")
    return {"rate": rate, "minutes": [dataclasses.asdict(one) for one in found], "right": right}
