"""kill -9 of a process, and whose connections were inside."""

import contextlib
import ctypes
import dataclasses
import os
import signal
import socket
import time
from pathlib import Path

PIDFD_GETFD = 438  # the same on every architecture
STOPPING = 1  # seconds

libc = ctypes.CDLL(None, use_errno=True)


@dataclasses.dataclass(frozen=True)
class Kill:
    pid: int
    when: float
    ports: frozenset  # of clients whose connections died with it
    until: float = 0  # the latest that it can have died, where `when` is only the earliest


def stopped(pid):
    states = [Path(stat).read_text().rpartition(")")[2].split()[0] for stat in Path(f"/proc/{pid}/task").glob("*/stat")]
    return all(state in "TtZX" for state in states)


def stop(pid):
    """What it holds does not change any more."""
    os.kill(pid, signal.SIGSTOP)
    deadline = time.monotonic() + STOPPING
    while not stopped(pid) and time.monotonic() < deadline:
        pass


def client_port(process, number):
    """Of the connection that is its descriptor of that number; None: it is something else."""
    copy = libc.syscall(PIDFD_GETFD, process, number, 0)
    if copy < 0:
        return None
    try:
        with socket.socket(fileno=copy) as one:
            return one.getpeername()[1]
    except (OSError, IndexError, TypeError):  # no socket, a listener, a channel
        with contextlib.suppress(OSError):
            os.close(copy)
        return None


def ports_inside(pid):
    process = os.pidfd_open(pid)
    try:
        numbers = [int(number) for number in os.listdir(f"/proc/{pid}/fd")
                   if os.readlink(f"/proc/{pid}/fd/{number}").startswith("socket:")]
        ports = (client_port(process, number) for number in numbers)
        return frozenset(port for port in ports if port)
    finally:
        os.close(process)


def kill(pid):
    """None: it has ended by itself before."""
    try:
        stop(pid)
        ports = ports_inside(pid)
        when = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        return Kill(pid, when, ports)
    except (ProcessLookupError, FileNotFoundError):
        return None
