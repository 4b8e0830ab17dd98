"""A stretch of load with faults in it, and what must be so when it is over and nobody asks any more."""

import dataclasses
import time

from benchmarks.chaos.fault import Broken, Skipped
from benchmarks.chaos.tally import client_faults
from benchmarks.chaos.victim import wait_until
from benchmarks.descriptors import names_of, settle
from benchmarks.reload import kills, loads
from benchmarks.servers import memory, processes_of

KEPT_RATE, NEW_RATE = 600, 100  # requests and connections a second
RAMP = 0.5  # seconds
LAST = 3  # seconds before its end in which nothing begins


def faults_until(end, world, dealt, tally, most):
    """The last number of a fault; ends early where the server has."""
    for number, fault, draw in dealt:
        said = world.victim.words_from_now()
        try:
            tally.happened(fault.name, *world.inject(fault, draw))
        except Skipped as why:
            tally.skip(fault.name, str(why))
        except Broken as what:
            tally.breaks(number, fault.name, str(what), said.all())
            world.check_alive()
            world.counters.begin_anew()
        if time.monotonic() > end or number + 1 >= most:
            return number
        time.sleep(draw.uniform(0, 0.3))


def when_of(seen):
    """The first requests that failed, by port and time of day."""
    shift = time.time() - time.monotonic()
    bad = [each for each in seen.all_requests() if each.fate != "answered"]
    return "".join(f"{time.strftime('%H:%M:%S', time.gmtime(each.due + shift))} port {each.port}, {each.kind}, "
                   f"{each.fate} after {each.ms:.0f} ms\n" for each in sorted(bad, key=lambda each: each.due)[:20])


def under_load(options, world, dealt, tally, seconds):
    """One stretch: (the number of its last fault, what clients have seen)."""
    known = len(world.kills)
    with loads.both(options, world.victim, seconds, KEPT_RATE, NEW_RATE) as seen:
        time.sleep(RAMP)
        number = faults_until(time.monotonic() + seconds - RAMP - LAST, world, dealt, tally, options.faults)
    counts = seen.counts() | kills.blame(seen, world.kills[known:])
    for what in client_faults(counts):
        tally.breaks(number, "clients", f"in the stretch that ended then: {what}", when_of(seen))
    return number, counts


@dataclasses.dataclass(frozen=True)
class Memory:
    """Resident bytes of all processes. They are of all ages after a stretch, and a driver has its own needs: what
    can be compared are fresh ones of one driver, and their supervisor.
    """
    driver: str
    worn: int
    fresh: int


def resident(victim):
    """Without those that have ended and are not buried yet."""
    return memory([victim.main, *processes_of(victim.main)], "Rss")


def memory_of_fresh_ones(world, tally, number):
    code, told = world.victim.shoal("reload")
    if code != 0 or not wait_until(world.victim.serves_again):
        tally.breaks(number, "rest", f"a reload that nothing disturbs ended with {code}: {told}")
    return resident(world.victim)


def at_rest(world, held, tally, number):
    """What the processes hold when nobody asks, and their memory; `held` is what they held before."""
    victim = world.victim
    wanted = [held["supervisor"], *held["processes"]]
    _, left = settle(victim, wanted)
    after = kills.holdings(victim)
    if left:
        tally.breaks(number, "rest", f"{left} connections are left")
    if after != held:
        tally.breaks(number, "rest", f"the processes hold {after}, before {held}: " + ", ".join(names_of(victim)))
    world.disk.forget_log()
    return after, Memory(victim.driver, resident(victim), memory_of_fresh_ones(world, tally, number))
