"""Faults of what the machine gives: descriptors, disk, memory, time."""

import contextlib
import os
import resource
import signal
import tempfile
import time
from pathlib import Path

from benchmarks.chaos.fault import Broken, Skipped, fault
from benchmarks.chaos.victim import wait_until
from benchmarks.reload import killing
from benchmarks.servers import lives, processes_of

GROUPS = Path("/sys/fs/cgroup/memory")  # version 1: there a process waits while it is decided
BODY, BODIES = 1 << 20, 32  # bytes of one, and how many at most
HEAD = b"POST /echo HTTP/1.1\r\nHost: chaos\r\nContent-Length: %d\r\n\r\n" % BODY


def first_free(pid):
    """The number that its next descriptor would have: a limit is one of numbers."""
    taken = set(map(int, os.listdir(f"/proc/{pid}/fd")))
    return next(number for number in range(len(taken) + 1) if number not in taken)


@fault("descriptors", "fd limit: prlimit of a node process under load, then back")
def descriptors(world):
    pid = world.draw.choice(processes_of(world.victim.main))
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    failures = world.count("shoal_accept_failures_total")
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (first_free(pid), before[1]))
    time.sleep(world.draw.uniform(0.2, 2))
    if not lives(pid):
        raise Broken("a process at its limit of descriptors has ended")
    resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
    more = world.count("shoal_accept_failures_total") - failures
    return "went on; accepts failed" if more else "went on; nothing came its way"


@fault("disk-full", "disk full: the access log's")
def disk_full(world):
    if world.disk.why_not:
        raise Skipped(f"no small disk: {world.disk.why_not}")
    lost = world.count("shoal_access_log_lines_lost_total")
    world.disk.fill()
    try:
        time.sleep(world.draw.uniform(0.2, 2))
    finally:
        world.disk.empty()
    counted = wait_until(lambda: world.count("shoal_access_log_lines_lost_total") > lost, 2)
    return "lines lost and counted" if counted else "no line was lost"


@fault("rotate", "log sink: moved away, then USR1 or shoal reopen")
def rotate(world):
    aside = world.disk.log.with_suffix(".1")
    world.disk.log.rename(aside)
    if world.draw.random() < 0.5:
        os.kill(world.victim.main, signal.SIGUSR1)
    else:
        code, told = world.victim.shoal("reopen")
        if code != 0:
            raise Broken(f"shoal reopen ended with {code}: {told}")
    there = wait_until(lambda: world.disk.log.exists() and world.disk.log.stat().st_size > 0)
    aside.unlink()
    if not there:
        raise Broken("nobody writes to the new log")
    return "the new file is written"


@contextlib.contextmanager
def group_of(pid, limit):
    """A cgroup with the process in it: what it takes from now on is at most `limit` bytes."""
    try:
        path = Path(tempfile.mkdtemp(prefix="shoal-chaos-", dir=GROUPS))
    except OSError as problem:
        raise Skipped(f"no cgroup of version 1 with memory: {problem.strerror}")
    try:
        (path / "memory.limit_in_bytes").write_text(str(limit))
        (path / "memory.oom_control").write_text("1")
        (path / "cgroup.procs").write_text(str(pid))
        yield path
    except OSError as problem:
        raise Skipped(f"the cgroup cannot be used: {problem.strerror}")
    finally:
        with contextlib.suppress(OSError):
            (path / "memory.oom_control").write_text("0")
            for left in (path / "cgroup.procs").read_text().split():
                (GROUPS / "cgroup.procs").write_text(left)
        wait_until(lambda: remove(path), 5)


def remove(path):
    with contextlib.suppress(OSError):
        path.rmdir()
    return not path.exists()


def waits_for_memory(group):
    return "under_oom 1" in (group / "memory.oom_control").read_text()


def send_a_body(world, open_ones, pid):
    """All but its last byte, on a connection that the process has; several tries find one."""
    for _ in range(4 * world.victim.nodes):
        client = world.connect()
        client.settimeout(0.1)
        with contextlib.suppress(OSError):  # it waits for memory, and answers nobody
            client.sendall(b"GET /whoami HTTP/1.1\r\nHost: chaos\r\n\r\n")
            if b'"pid":%d,' % pid in client.recv(4096):
                open_ones.enter_context(client)
                client.sendall(HEAD + b"x" * (BODY - 1))
                return
        client.close()


@fault("memory", "memory limit, OOM kill: cgroup around a node process")
def memory(world):
    if not os.access(GROUPS, os.W_OK):
        raise Skipped("no cgroup of version 1 with memory that we may write")
    pid = world.draw.choice(processes_of(world.victim.main))
    with contextlib.ExitStack() as open_ones, group_of(pid, 1 << 20) as group:
        for _ in range(BODIES):
            send_a_body(world, open_ones, pid)
            if waits_for_memory(group):
                break
        if not wait_until(lambda: waits_for_memory(group) or not lives(pid), 2):
            return f"made do with {BODIES} MiB of bodies"
        killing.stop(pid)  # nothing changes hands between the look and the end
        ports, when = killing.ports_inside(pid), time.monotonic()
        (group / "memory.oom_control").write_text("0")
        os.kill(pid, signal.SIGCONT)  # who waits asks once more, and is killed
        if not wait_until(lambda: not lives(pid), 5):
            raise Broken("the kernel does not kill it")
        world.kills.append(killing.Kill(pid, when, ports, time.monotonic()))
    return "killed by the kernel and replaced"


@fault("clock", "clock jump")
def clock(_world):
    raise Skipped("no clock of running processes can be moved but the machine's: a time namespace takes its "
                  "offsets before its first process, and has none for CLOCK_REALTIME")


FAULTS = [descriptors, disk_full, rotate, memory, clock]
