"""All of it: stretches of load until the time is over, the end of the server, and the verdicts."""

import contextlib
import os
import signal
import time

from benchmarks.chaos import deck, stretch
from benchmarks.chaos.disk import Disk
from benchmarks.chaos.fault import Broken
from benchmarks.chaos.tally import CLIENTS, FLAT, Tally, growth
from benchmarks.chaos.victim import Victim, wait_until
from benchmarks.chaos.world import World
from benchmarks.descriptors import descriptors, settle
from benchmarks.figures import verdict
from benchmarks.reload import kills
from benchmarks.servers import memory

MIB = 1 << 20


def stretches(options, world, tally):
    """Yields (what clients have seen, bytes of memory) of one after the other."""
    dealt = deck.deal(options.seed, tally.faults)
    settle(world.victim, descriptors(world.victim))
    held = kills.holdings(world.victim)
    end, number = time.monotonic() + options.minutes * 60, -1
    while time.monotonic() + options.stretch / 2 < end and number + 1 < options.faults:
        number, counts = stretch.under_load(options, world, dealt, tally, options.stretch)
        rss, held = stretch.at_rest(world, held, tally, number)
        yield counts, rss


def end_all(world, tally):
    """The supervisor dies: nobody may stay behind."""
    os.kill(world.victim.main, signal.SIGKILL)
    if not wait_until(lambda: not world.victim.family()):
        tally.breaks(0, "supervisor", f"processes that outlive it: {world.victim.family()}")


def verdicts(options, tally, sums, rss):
    for key, text in CLIENTS.items():
        print(verdict(text, [sums.get(key, 0)], 0))
    grown = growth(rss)
    met = "too short to tell" if grown != grown else "met" if grown <= FLAT else "not met"
    print(f"memory of all processes at rest: {rss[0] / MIB:.1f} MiB at first, {rss[-1] / MIB:.1f} at last, "
          f"{min(rss) / MIB:.1f} to {max(rss) / MIB:.1f}; first quarter to last {grown:+.1%}, goal {FLAT:.0%}: {met}")
    print(f"invariants: {'all hold' if not tally.broken else f'{len(tally.broken)} broken'}")
    print(f"again: tools/bench chaos --seed {options.seed}" + (f" --only {options.only}" if options.only else ""))
    return not tally.broken and not grown > FLAT


def run(options):
    faults = deck.chosen([each for each in options.only.split(",") if each])
    tally, sums, rss = Tally(faults), {}, []
    print(f"--seed {options.seed}: {options.nodes} node processes under {stretch.KEPT_RATE} requests/s on kept connections "
          f"and {stretch.NEW_RATE} new connections/s\n", flush=True)
    with contextlib.closing(Disk()) as disk, Victim(options, disk.log) as victim:
        world = World(victim, disk)
        try:
            rss.append(memory(victim.pids(), "Rss"))
            for counts, now in stretches(options, world, tally):
                kills.add(sums, counts)
                rss.append(now)
            end_all(world, tally)
        except Broken as what:
            tally.breaks(0, "server", str(what), victim.words_from_now().before(3000))
    tally.show()
    print(f"answers: {sums.get('answers', 0):,}; lost inside of killed processes: "
          f"{sums.get('lost', 0) - sums.get('unexcused_lost', 0)} of {sums.get('inside', 0)} connections\n")
    right = verdicts(options, tally, sums, rss[1:] or rss)
    return {"seed": options.seed, "sums": sums, "rss": rss, "broken": tally.broken, "right": right,
            "seen": {name: dict(seen) for name, seen in tally.seen.items()}}
