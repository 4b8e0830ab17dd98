"""Faults of who serves: nodes that rest and workers fewer than there are, kills amid them, and reloads that try their processes first."""

import contextlib

from benchmarks.chaos.commands import succeeds
from benchmarks.chaos.edits import hup_with
from benchmarks.chaos.fault import Broken, fault
from benchmarks.chaos.processes import kill_one

CANARY = 'canary-share = 30\ncanary-window = "1s"\ncanary-p99 = 100'


@contextlib.contextmanager
def until_back(world, *words):
    """Whatever comes, all serve at the end."""
    try:
        yield
    finally:
        succeeds(world, *words)


def perhaps_kill(world):
    return world.draw.random() < 0.5 and kill_one(world) is not None


@fault("drain", "a node rests, and is called back; a process dies meanwhile")
def drain(world):
    node = str(world.draw.randrange(world.victim.nodes))
    with until_back(world, "undrain", node):
        succeeds(world, "drain", node)
        killed = perhaps_kill(world)
    return "drained and called back" + (", with a kill in it" if killed else "")


@fault("scale", "fewer workers, and all again; a process dies meanwhile")
def scale(world):
    with until_back(world, "scale", str(world.victim.nodes)):
        for _ in range(world.draw.randrange(1, 4)):
            succeeds(world, "scale", str(world.draw.randrange(1, world.victim.nodes + 1)))
        killed = perhaps_kill(world)
    return "fewer and all again" + (", with a kill in it" if killed else "")


@fault("canary", "reload: new processes are tried on a share of the connections first")
def canary(world):
    told = hup_with(world, CANARY)
    if told != "reload: new processes serve":
        raise Broken(told)
    return "tried, and then they serve"


FAULTS = [drain, scale, canary]
