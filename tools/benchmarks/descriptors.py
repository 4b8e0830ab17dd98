"""What the processes of a server hold: descriptors, shared memory, connections, and what is left of it."""

import contextlib
import os
import time
from pathlib import Path

SETTLING = 10  # seconds
CLOSED_BY_THE_PEER = ("01", "08")  # ESTABLISHED and CLOSE_WAIT in /proc/net/tcp
MEMORY = "/memfd:"


def links_of(pid):
    """Where each of its descriptors leads."""
    for number in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            yield number, os.readlink(f"/proc/{pid}/fd/{number}")


def descriptors(server):
    """Of the supervisor and of each node process, without files: whoever names the functions on a stack
    keeps the program's file open.
    """
    counts = [0 for _ in server.pids()]
    for i, pid in enumerate(server.pids()[:len(counts)]):
        with contextlib.suppress(OSError):  # it is being replaced
            counts[i] = sum(not link.startswith("/") or link.startswith(MEMORY) for _, link in links_of(pid))
    return counts


def names_of(server):
    """What each process holds, for whoever looks for a leak."""
    return [f"{pid}/{number} {link}" for pid in server.pids() for number, link in links_of(pid)]


def segments(server):
    """Pieces of shared memory that the supervisor has in its address space."""
    return sum(MEMORY in line or "/dev/shm/" in line
               for line in Path(f"/proc/{server.main}/maps").read_text().splitlines())


def sockets_left(server):
    """Connections of the server that are still open, whoever holds them."""
    ours = f":{server.port:04X}"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(line[1].endswith(ours) and line[3] in CLOSED_BY_THE_PEER for line in lines)


def settle(server, wanted):
    """Waits for as many descriptors as before; more of them than that are a leak."""
    deadline = time.monotonic() + SETTLING
    while time.monotonic() < deadline:
        counts, left = descriptors(server), sockets_left(server)
        if counts == wanted and left == 0:
            break
        time.sleep(0.1)
    return counts, left
