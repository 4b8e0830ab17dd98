"""What a fault is: how it is named, what it does, and the ways in which that can end."""

import dataclasses


class Skipped(Exception):
    """It cannot be injected here; the text says why. Counted."""


class Broken(Exception):
    """Something that must hold does not. The text says what was seen."""


@dataclasses.dataclass(frozen=True)
class Fault:
    name: str  # on the command line
    what: str  # in the words of the fault table
    act: object  # act(world): what was seen, a few words, which are counted


def fault(name, what):
    """Marks a function as one."""
    return lambda act: Fault(name, what, act)
