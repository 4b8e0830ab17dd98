"""Faults of what operators do: reload, restart, upgrade, by the program and by signals, and kills amid them."""

import os
import signal
import time
from pathlib import Path

from benchmarks.chaos.fault import Broken, fault
from benchmarks.chaos.processes import kill_one, stopped
from benchmarks.chaos.victim import wait_until
from benchmarks.reload import killing
from benchmarks.servers import lives, processes_of

RELOAD_ENDS = (r"reload: new processes serve", r"reload: not all new processes serve: .*",
               r"reload failed, .*", r"reload refused, .*")
HEARD = 0.1  # seconds in which the old supervisor takes note of what the new one has said before it was stopped
UPGRADE_BEGINS = r"is started beside this program \(pid (\d+)\)"
UPGRADE_SERVES = r"upgrade: process (\d+) serves"
UPGRADE_ENDS = (UPGRADE_SERVES, r"upgrade failed, .*", r"upgrade refused: .*")


def signal_supervisor(world, number):
    os.kill(world.victim.main, number)


def end_of(world, said, ends, what):
    if not wait_until(lambda: said.find(*ends)):
        raise Broken(f"{what} does not end")
    return said.find(*ends)


def succeeds(world, *words):
    code, told = world.victim.shoal(*words)
    if code != 0:
        raise Broken(f"shoal {' '.join(words)} ended with {code}: {told}")
    return "new processes serve"


@fault("reload", "reload: shoal reload, or HUP")
def reload(world):
    if world.draw.random() < 0.5:
        return succeeds(world, "reload")
    said = world.victim.words_from_now()
    signal_supervisor(world, signal.SIGHUP)
    told = end_of(world, said, RELOAD_ENDS, "a reload").group()
    if told != "reload: new processes serve":
        raise Broken(told)
    return "new processes serve"


@fault("reload-twice", "reload: second HUP meanwhile")
def reload_twice(world):
    said = world.victim.words_from_now()
    for _ in range(world.draw.randrange(2, 5)):
        signal_supervisor(world, signal.SIGHUP)
        time.sleep(world.draw.uniform(0, 0.05))
    told = end_of(world, said, RELOAD_ENDS, "a reload").group()
    return "new processes serve" if told == "reload: new processes serve" else told


@fault("restart", "shoal restart of one node process")
def restart(world):
    return succeeds(world, "restart", str(world.draw.randrange(world.victim.nodes)))


@fault("reload-kill", "reload: a process dies meanwhile")
def reload_kill(world):
    said = world.victim.words_from_now()
    signal_supervisor(world, signal.SIGHUP)
    time.sleep(world.draw.uniform(0, 0.15))
    kill_one(world)
    told = end_of(world, said, RELOAD_ENDS, "a reload with a kill in it").group()
    return "new processes serve" if told == "reload: new processes serve" else "those from before go on"


def heir_serves(world, found, old):
    """Another supervisor is ours now."""
    world.victim.main = int(found.group(1))
    world.counters.begin_anew()
    if not wait_until(lambda: not lives(old)):
        raise Broken("the old supervisor has not ended")
    return "the new program serves"


@fault("upgrade", "binary upgrade: shoal upgrade, or USR2")
def upgrade(world):
    said, old = world.victim.words_from_now(), world.victim.main
    driver = world.draw.choice(["auto", "epoll"])
    world.victim.use_driver(driver)
    if world.draw.random() < 0.5:
        succeeds(world, "upgrade")
    else:
        signal_supervisor(world, signal.SIGUSR2)
    found = end_of(world, said, UPGRADE_ENDS, "an upgrade")
    if found.re.pattern != UPGRADE_SERVES:
        raise Broken(found.group())
    return heir_serves(world, found, old) + f", driver {driver}"


def begin_upgrade(world, said):
    """The PID of the new supervisor, at some moment before or after it serves."""
    signal_supervisor(world, signal.SIGUSR2)
    heir = end_of(world, said, (UPGRADE_BEGINS, *UPGRADE_ENDS), "the begin of an upgrade")
    if heir.re.pattern != UPGRADE_BEGINS:
        raise Broken(heir.group())
    time.sleep(world.draw.uniform(0, world.draw.choice([0.05, 0.2, 1])))  # it takes from 30 ms to a second
    return int(heir.group(1))


@fault("upgrade-kill", "binary upgrade: a process of either supervisor dies meanwhile")
def upgrade_kill(world):
    said, old = world.victim.words_from_now(), world.victim.main
    heir = begin_upgrade(world, said)
    nodes = set(world.victim.family()) - {old, heir}
    done = killing.kill(world.draw.choice(sorted(nodes)))
    if done:
        world.kills.append(done)
    found = end_of(world, said, UPGRADE_ENDS, "an upgrade with a kill in it")
    if found.re.pattern == UPGRADE_SERVES:
        return heir_serves(world, found, old)
    return "the old program goes on"


@fault("upgrade-crash", "binary upgrade: the new supervisor dies before it serves")
def upgrade_crash(world):
    said, old = world.victim.words_from_now(), world.victim.main
    heir = begin_upgrade(world, said)
    others = [heir, *processes_of(heir)]
    with stopped(world, others):
        time.sleep(HEARD)
        if not said.find(UPGRADE_SERVES):
            os.kill(heir, signal.SIGKILL)
            wait_until(lambda: not any(map(lives, others)))
    found = end_of(world, said, UPGRADE_ENDS, "an upgrade whose supervisor was killed")
    if found.re.pattern == UPGRADE_SERVES:
        return heir_serves(world, found, old)
    return "the old program goes on"


@fault("upgrade-bad", "binary upgrade: new one cannot be executed, crashes, hangs")
def upgrade_bad(world):
    kind = world.draw.choice(["/bin/false", "/nowhere/at/all", "/bin/cat", "hangs"])
    binary = kind
    if kind == "hangs":
        binary = Path(world.victim.directory.name, "hangs")
        binary.write_text("#!/bin/sh\nexec sleep 60\n")
        binary.chmod(0o755)
    code, told = world.victim.shoal("upgrade", "--binary", str(binary))
    if code != 1:
        raise Broken(f"an upgrade to {kind} ended with {code}: {told}")
    return "the old program goes on"


FAULTS = [reload, reload_twice, restart, reload_kill, upgrade, upgrade_kill, upgrade_crash, upgrade_bad]
