"""Which fault is next, from a seed alone: how fast the machine is changes how many come, not which."""

import random

from benchmarks.chaos import commands, duties, edits, hostile, processes, resources
from benchmarks.machine import Trouble

FAULTS = [*processes.FAULTS, *commands.FAULTS, *duties.FAULTS, *edits.FAULTS, *resources.FAULTS, *hostile.FAULTS]


def chosen(names):
    known = {each.name: each for each in FAULTS}
    for name in names:
        if name not in known:
            raise Trouble(f"'{name}' is not a fault; there are {', '.join(known)}")
    return [known[name] for name in names] or FAULTS


def deal(seed, faults):
    """(number, fault, its own source of randomness), for ever: each once before any comes again."""
    number = 0
    while True:
        order = list(faults)
        random.Random(f"{seed}/deck/{number}").shuffle(order)
        for each in order:
            yield number, each, random.Random(f"{seed}/{number}")
            number += 1
