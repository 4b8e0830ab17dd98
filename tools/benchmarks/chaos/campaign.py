"""All of it: stretches of load until the time is over, the end of the server, and the verdicts."""

import contextlib
import dataclasses
import os
import signal
import time

from benchmarks.chaos import deck, stretch
from benchmarks.chaos.disk import Disk
from benchmarks.chaos.fault import Broken
from benchmarks.chaos.tally import CLIENTS, FLAT, Tally, growth, growth_told
from benchmarks.chaos.victim import Victim, wait_until
from benchmarks.chaos.world import World
from benchmarks.descriptors import descriptors, settle
from benchmarks.figures import verdict
from benchmarks.reload import kills

MIB = 1 << 20
LATE_MS = 50


def stretches(options, world, tally):
    """Yields (what clients have seen, stretch.Memory) of one after the other."""
    dealt = deck.deal(options.seed, tally.faults)
    settle(world.victim, descriptors(world.victim))
    held = kills.holdings(world.victim)
    end, number = time.monotonic() + options.minutes * 60, -1
    while time.monotonic() + options.stretch / 2 < end and number + 1 < options.faults:
        number, counts = stretch.under_load(options, world, dealt, tally, options.stretch)
        held, used = stretch.at_rest(world, held, tally, number)
        yield counts, used


def end_all(world, tally):
    """The supervisor dies: nobody may stay behind."""
    os.kill(world.victim.main, signal.SIGKILL)
    if not wait_until(lambda: not world.victim.family()):
        tally.breaks(0, "supervisor", f"processes that outlive it: {world.victim.family()}")


def mib(values):
    return f"{min(values) / MIB:.1f} to {max(values) / MIB:.1f} MiB"


def memory_verdict(driver, used):
    """Whether it is flat, as far as can be told."""
    fresh = [each.fresh for each in used]
    print(f"memory of all processes, driver {driver}: {mib([each.worn for each in used])} after a stretch, "
          f"{mib(fresh)} with fresh processes, of these {growth_told(fresh, FLAT)}")
    return not growth(fresh) > FLAT


def verdicts(options, tally, sums, used):
    for key, text in CLIENTS.items():
        print(verdict(text, [sums.get(key, 0)], 0))
    flat = all([memory_verdict(driver, [each for each in used if each.driver == driver])
                for driver in sorted({each.driver for each in used})])
    print(f"invariants: {'all hold' if not tally.broken else f'{len(tally.broken)} broken'}")
    print(f"again: tools/bench chaos --seed {options.seed}" + (f" --only {options.only}" if options.only else ""))
    return flat and not tally.broken


def run(options):
    faults = deck.chosen([each for each in options.only.split(",") if each])
    tally, sums, used, late_ms = Tally(faults), {}, [], 0
    print(f"--seed {options.seed}: {options.nodes} node processes under {stretch.KEPT_RATE} requests/s on kept "
          f"connections and {stretch.NEW_RATE} new connections/s\n", flush=True)
    with contextlib.closing(Disk()) as disk, Victim(options, disk.log) as victim:
        world = World(victim, disk)
        try:
            for counts, now in stretches(options, world, tally):
                late_ms = max(late_ms, counts.pop("late_ms"))
                kills.add(sums, counts)
                used.append(now)
            end_all(world, tally)
        except Broken as what:
            tally.breaks(0, "server", str(what), victim.words_from_now().before(3000))
    tally.show()
    if late_ms > LATE_MS:
        print(f"the generator itself was late, p99 up to {late_ms:.0f} ms: others had the cores, and what is said of "
              "time is theirs; try --realtime, or a calmer machine")
    print(f"answers: {sums.get('answers', 0):,}; lost inside of killed processes: "
          f"{sums.get('lost', 0) - sums.get('unexcused_lost', 0)} of {sums.get('inside', 0)} connections\n")
    right = verdicts(options, tally, sums, used)
    return {"seed": options.seed, "sums": sums, "memory": [dataclasses.asdict(each) for each in used],
            "broken": tally.broken, "right": right,
            "seen": {name: dict(seen) for name, seen in tally.seen.items()}}
