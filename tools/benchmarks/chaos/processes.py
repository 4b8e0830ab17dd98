"""Faults of processes: killed, stopped, stuck."""

import contextlib
import os
import signal
import time

from benchmarks.chaos.fault import Broken, fault
from benchmarks.reload import killing
from benchmarks.servers import lives, processes_of


def kill_one(world):
    done = killing.kill(world.draw.choice(processes_of(world.victim.main)))
    if done:
        world.kills.append(done)
    return done


@fault("kill", "node process dies: kill -9")
def kill(world):
    return "replaced" if kill_one(world) else "it had ended"  # what comes after each fault waits for it


@fault("kill-two", "two node processes die at once: kill -9")
def kill_two(world):
    victims = world.draw.sample(processes_of(world.victim.main), 2)
    world.kills += [each for each in map(killing.kill, victims) if each]
    return "both replaced"


@contextlib.contextmanager
def stopped(world, pids):
    """None of them runs meanwhile. If one is killed by somebody else, its connections went with it."""
    when, inside = time.monotonic(), {}
    try:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, FileNotFoundError):  # it has ended by itself
                killing.stop(pid)
                inside[pid] = killing.ports_inside(pid)
        yield
    finally:
        for pid, ports in inside.items():
            if lives(pid):
                os.kill(pid, signal.SIGCONT)
            else:
                world.kills.append(killing.Kill(pid, when, ports, time.monotonic()))


@fault("stop", "worker stopped: SIGSTOP of a node process, then SIGCONT")
def stop(world):
    pid = world.draw.choice(processes_of(world.victim.main))
    with stopped(world, [pid]):
        time.sleep(world.draw.uniform(0.1, 3))
    if not lives(pid):
        raise Broken("a process that was stopped for 3 s at most was killed")
    return "went on"


@fault("stop-supervisor", "supervisor hung: SIGSTOP, then SIGCONT")
def stop_supervisor(world):
    with stopped(world, [world.victim.main]):
        end = time.monotonic() + world.draw.uniform(0.3, 2)
        asked = 0
        while time.monotonic() < end:
            world.victim.ask("/plaintext")
            asked += 1
            time.sleep(0.02)
    return "new connections served meanwhile" if asked else "no time to ask"


@fault("suspend", "suspend, VM pause: all processes stopped at once")
def suspend(world):
    before = processes_of(world.victim.main)
    with stopped(world, [world.victim.main, *before]):
        time.sleep(world.draw.uniform(0.2, 3))
    time.sleep(0.3)  # for whoever takes the gap for a hang
    if set(processes_of(world.victim.main)) != set(before):
        raise Broken("a pause of all was taken for a hang")
    return "nobody was taken for hung"


@fault("stuck", "worker hung: handlers that block or compute")
def stuck(world):
    paths = [f"/block/{world.draw.randrange(50, 800)}" for _ in range(4)] + ["/cpu/100000000"] * 2
    with contextlib.ExitStack() as open_ones:
        clients = [open_ones.enter_context(world.connect()) for _ in paths]
        for client, path in zip(clients, paths):
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: chaos\r\n\r\n".encode())
        answers = [client.recv(4096) for client in clients]
    if not all(answer.startswith(b"HTTP/1.1 200 ") for answer in answers):
        raise Broken(f"a slow handler's answer was {[each[:20] for each in answers]}")
    return "all answered"


FAULTS = [kill, kill_two, stop, stop_supervisor, suspend, stuck]
