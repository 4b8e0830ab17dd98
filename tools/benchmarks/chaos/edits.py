"""Faults of configuration: edits of the file, good and bad, each followed by HUP."""

import os
import signal

from benchmarks.chaos.commands import RELOAD_ENDS, end_of
from benchmarks.chaos.fault import Broken, fault

GOOD = ['max-body = "4MiB"', 'log-level = "debug"', 'rebalance = false', 'lend-after = "0"', "# nothing",
        'access-log-format = "json"', 'offload-after = "5ms"', 'min-rate = 100', 'max-fields = 90']
BAD = ["max-boddy = 3", "= =", 'header-timeout = 30', "workers = 7", 'driver = "horse"', "max-body = -1",
       '"\\x"', 'access-log-format = "xml"', "[table", 'listen = "127.0.0.1:1"', "\0", "x" * 2000,
       'max-body = "1MiB"\nmax-body = 5', 'access-log = "/nowhere/at/all"']


def edited(text, line):
    """With the line, instead of one for the same key."""
    key = line.partition(" =")[0]
    return "".join(f"{each}\n" for each in [*text.splitlines(), line]
                   if each is line or not each.startswith(key + " ="))


def hup_with(world, line):
    """The end of the reload that the line leads to; the file is afterwards as it was."""
    said = world.victim.words_from_now()
    world.victim.config.write_text(edited(world.victim.usual, line))
    try:
        os.kill(world.victim.main, signal.SIGHUP)
        return end_of(world, said, RELOAD_ENDS, f"a reload with {line!r}").group()
    finally:
        world.victim.config.write_text(world.victim.usual)


@fault("edit-good", "reload: good edit of the file, then HUP")
def good(world):
    line = world.draw.choice(GOOD)
    told = hup_with(world, line)
    if told != "reload: new processes serve":
        raise Broken(f"{line!r}: {told}")
    return "new processes serve with it"


@fault("edit-bad", "reload: bad file, then HUP")
def bad(world):
    line = world.draw.choice(BAD)
    told = hup_with(world, line)
    if not told.startswith("reload refused, "):
        raise Broken(f"{line!r}: {told}")
    return "refused with the reason, those from before go on"


@fault("file-gone", "reload: the file is gone, then HUP")
def gone(world):
    said = world.victim.words_from_now()
    world.victim.config.unlink()
    try:
        os.kill(world.victim.main, signal.SIGHUP)
        told = end_of(world, said, RELOAD_ENDS, "a reload without its file").group()
    finally:
        world.victim.config.write_text(world.victim.usual)
    if not told.startswith("reload refused, "):
        raise Broken(told)
    return "refused with the reason, those from before go on"


FAULTS = [good, bad, gone]
