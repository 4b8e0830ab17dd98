"""Node processes killed at random, every fifth one while a reload or an upgrade is under way: who notices."""

import contextlib
import os
import random
import re
import signal
import statistics
import time

from benchmarks import clusters
from benchmarks.clusters import CORES
from benchmarks.descriptors import descriptors, names_of, segments, settle
from benchmarks.figures import spread, table, verdict
from benchmarks.machine import Trouble, preference
from benchmarks.reload import killing, loads
from benchmarks.reload.upgrades import SHOAL_SERVES
from benchmarks.servers import Server, choose, lives, processes_of

NAMES = ["shoal", "shoal epoll"]
NODES = 4
DURING_A_RELOAD, DURING_AN_UPGRADE = 0.1, 0.1  # of the kills
WITH_UPGRADES = 0.5  # of the kills, where these are asked for
EXCUSED_FOR = 2  # seconds: a client may hear late of the end of its connection, and ports come again
PATIENCE = 20
LOOK = 0.001
BESIDE = re.compile(r"is started beside this program \(pid (\d+)\)")
ENDS = ("reload: new processes serve", "reload: not all new processes serve", "reload failed")


class Log:
    """What the supervisor says from now on."""

    def __init__(self, server):
        self.server, self.begin = server, os.fstat(server.log.fileno()).st_size

    def said(self):
        return os.pread(self.server.log.fileno(), 1 << 20, self.begin).decode(errors="replace")

    def has(self, *words):
        said = self.said()
        return any(word in said for word in words)

    def pid(self, pattern):
        """That it names; None: it does not yet."""
        found = pattern.search(self.said())
        return int(found[1]) if found else None


def wait_for(server, what):
    deadline = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > deadline:
            raise Trouble(f"{server.contender.name} does not come back after a kill: " + server.last_words())
        time.sleep(LOOK)


def children(server):
    return processes_of(server.main)


class Killer:
    """Kills at random and waits until all is well again."""

    def __init__(self, server, draw, in_upgrades=DURING_AN_UPGRADE):
        self.server, self.draw, self.in_upgrades = server, draw, in_upgrades
        self.kills, self.recovery_ms, self.in_reload_ms, self.in_upgrade_ms = [], [], [], []
        self.reload_seconds = self.upgrade_seconds = 0.1  # what they take, as far as is known
        self.upgraded = 0

    def kill_one(self):
        return killing.kill(self.draw.choice(children(self.server)))

    def calm(self, log):
        return log.has(*ENDS) and len(children(self.server)) == NODES

    def now(self):
        log = Log(self.server)
        if done := self.kill_one():
            wait_for(self.server, lambda: log.has(" is ready, "))
            self.kills.append(done)
            self.recovery_ms.append((time.monotonic() - done.when) * 1000)

    def during_a_reload(self):
        log, began = Log(self.server), time.monotonic()
        os.kill(self.server.main, signal.SIGHUP)
        time.sleep(self.draw.uniform(0, self.reload_seconds))
        done = self.kill_one()
        wait_for(self.server, lambda: self.calm(log))
        self.reload_seconds = (self.reload_seconds * 3 + min(time.monotonic() - began, 1)) / 4
        if done:
            self.kills.append(done)
            self.in_reload_ms.append((time.monotonic() - done.when) * 1000)

    def kill_one_of_both(self, heir):
        """Of the old program's processes and of the new one's, but neither supervisor."""
        with contextlib.suppress(FileNotFoundError):  # one of them has ended
            both = processes_of(self.server.main) + (processes_of(heir) if heir else [])
            return killing.kill(self.draw.choice([each for each in both if each != heir]))

    def upgrade_is_over(self, log, heir):
        if log.has("upgrade failed"):
            return len(children(self.server)) == NODES
        if log.pid(SHOAL_SERVES) is None or lives(self.server.main):
            return False
        self.server.main = heir
        self.upgraded += 1
        return True

    def during_an_upgrade(self):
        log, began = Log(self.server), time.monotonic()
        os.kill(self.server.main, signal.SIGUSR2)
        wait_for(self.server, lambda: log.pid(BESIDE) is not None)
        heir = log.pid(BESIDE)
        time.sleep(self.draw.uniform(0, self.upgrade_seconds))
        done = self.kill_one_of_both(heir if lives(heir) else None)
        wait_for(self.server, lambda: self.upgrade_is_over(log, heir))
        wait_for(self.server, lambda: len(children(self.server)) == NODES)
        self.upgrade_seconds = (self.upgrade_seconds * 3 + min(time.monotonic() - began, 1)) / 4
        if done:
            self.kills.append(done)
            self.in_upgrade_ms.append((time.monotonic() - done.when) * 1000)

    def one_more(self):
        chance = self.draw.random()
        if chance < self.in_upgrades:
            return self.during_an_upgrade()
        return self.during_a_reload() if chance < self.in_upgrades + DURING_A_RELOAD else self.now()

    def go_on(self, seconds, most):
        end = time.monotonic() + seconds
        while time.monotonic() < end and len(self.kills) < most:
            time.sleep(self.draw.uniform(0.02, 0.4))
            self.one_more()


def excused(one, kills):
    """The connection was inside a process that was killed just before."""
    ended = one.due + one.ms / 1000
    return any(one.port in kill.ports and kill.when <= ended <= max(kill.when, kill.until) + EXCUSED_FOR for kill in kills)


def blame(seen, kills):
    """Lost requests and ended connections: all, and those that no kill excuses."""
    lost = [each for each in seen.all_requests() if each.fate == "failed"]
    ended = [each for kind in loads.KINDS for each in seen.ended[kind]]
    return {"unexcused_lost": sum(not excused(each, kills) for each in lost),
            "ended": len(ended), "unexcused_ended": sum(not excused(each, kills) for each in ended),
            "inside": sum(len(kill.ports) for kill in kills)}


def add(sums, more):
    for key, value in more.items():
        sums[key] = sums.get(key, 0) + value


def holdings(server):
    """Descriptors of the supervisor, of all node processes, segments, processes."""
    counts = descriptors(server)
    return {"supervisor": counts[0], "processes": sorted(counts[1:]), "segments": segments(server),
            "children": len(counts) - 1}


def measure(options, contender, draw):
    sums = {}
    with Server(contender, options.realtime, CORES, preference(options)) as server:
        time.sleep(0.5)
        counts, _ = settle(server, descriptors(server))
        before = holdings(server)
        killer = Killer(server, draw, WITH_UPGRADES if options.upgrades else DURING_AN_UPGRADE)
        while len(killer.kills) < options.kills:
            known = len(killer.kills)
            with loads.both(options, server, options.batch) as seen:
                time.sleep(0.5)
                killer.go_on(options.batch - 1, options.kills)
            add(sums, seen.counts() | blame(seen, killer.kills[known:]))
        _, left = settle(server, counts)
        after = holdings(server)
        if after != before:
            print(f"{contender.name} holds\n  " + "\n  ".join(names_of(server)))
    return sums | {"kills": len(killer.kills), "in_reloads": len(killer.in_reload_ms), "left": left,
                   "in_upgrades": len(killer.in_upgrade_ms), "upgraded": killer.upgraded,
                   "recovery_ms": killer.recovery_ms, "in_reload_ms": killer.in_reload_ms,
                   "in_upgrade_ms": killer.in_upgrade_ms,
                   "before": before, "after": after}


def right(run):
    faults = ("refused", "unexcused_lost", "unexcused_ended", "wrong", "timeouts", "left")
    return all(run[key] == 0 for key in faults) and run["before"] == run["after"]


def show(held):
    return (f"{held['supervisor']} + {'+'.join(map(str, held['processes']))} descriptors, "
            f"{held['segments']} segments")


def run(options):
    draw = random.Random(options.seed)
    names = options.contenders.split(",") if options.contenders else NAMES
    known = {name: clusters.shoal(options, name, NODES, NODES) for name in names if name in clusters.WAYS}
    results = {each.name: measure(options, each, draw) for each in choose(known, names)}
    share = "three of five" if options.upgrades else "a fifth"
    print(f"kill -9 of random node processes of {NODES}, {share} of them during reloads and upgrades (--seed {options.seed}),\nunder "
          f"{loads.KEPT_RATE:,} requests/s\non {loads.CONNECTIONS} kept connections and {loads.NEW_RATE} new "
          "connections/s\n")
    table(["contender", "kills", "in reloads", "in upgrades", "that succeeded", "refused", "lost", "not inside a killed one", "closed", "not inside one",
           "wrong", "timeouts", "all serve again, ms", "and the reload is over, ms", "and the upgrade is over, ms", "answers"],
          [[name, *(f"{r[key]:,}" for key in ("kills", "in_reloads", "in_upgrades", "upgraded", "refused", "lost", "unexcused_lost", "ended",
                                              "unexcused_ended", "wrong", "timeouts")),
            spread(r["recovery_ms"], 1), spread(r["in_reload_ms"], 1), spread(r["in_upgrade_ms"], 1),
            f"{r['answers']:,}"]
           for name, r in results.items()])
    for name, r in results.items():
        print(f"{name}: before {show(r['before'])}; after {show(r['after'])}; connections left: {r['left']}")
        print(verdict(f"{name}, refused", [r["refused"]], 0))
        print(verdict(f"{name}, lost outside of killed processes", [r["unexcused_lost"] + r["unexcused_ended"]], 0))
        print(verdict(f"{name}, median recovery, ms", [statistics.median(r["recovery_ms"] or [0])], 100, 1))
        print(f"{name}, leaked: {'nothing: met' if r['before'] == r['after'] and r['left'] == 0 else 'something: not met'}")
    print()
    return {"runs": results, "right": all(right(run) for run in results.values())}
