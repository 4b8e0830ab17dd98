"""The same key reaches the same worker, through new connections and the crash of another worker."""

import contextlib
import json
import os
import signal
import socket
import time

from benchmarks import rounds
from benchmarks.dispatch.contenders import contenders
from benchmarks.figures import spread, table, verdict
from benchmarks.generators import Kind, asking
from benchmarks.machine import Trouble

# What tells the key: the client's address, or a field of a client that comes from anywhere.
KEY_FIELDS = {"shoal sticky": None, "shoal header": "X-Client: {key}", "shoal cookie": "Cookie: a=b; client={key}",
              "shoal baseline": None}
BLOCKING = (Kind("heavy", "/block/20", body="blocked 20 ms\n", alone=True),)
BLOCKING_RATE = 20  # requests a second: a worker that computes does not lose its keys
KEYS = 1000  # the share of one of 8 workers is then known to 1 %
PATIENCE = 10  # seconds
# One worker for each process, so that a crash takes one; and it stays away for a while.
APART = ("--healthy-after", "10m", "--restart-delay", "3s")


def ask_who(server, key):
    """Worker and process that answer a client with a key of its own, on a new connection."""
    field = KEY_FIELDS[server.contender.name]
    address = (f"127.0.{1 + key // 250}.{1 + key % 250}", 0) if field is None else None
    line = field.format(key=key) + "\r\n" if field else ""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE, source_address=address) as client:
        client.sendall(f"GET /whoami HTTP/1.1\r\nHost: localhost\r\n{line}\r\n".encode())
        answer = b""
        while not answer.endswith(b"}\n"):
            more = client.recv(4096)
            if not more:
                raise ConnectionError("no whole answer")
            answer += more
    told = json.loads(answer.split(b"\r\n\r\n", 1)[1])
    return told["worker"], told["pid"]


def ask_all(server):
    """The worker of each key; None where there was no answer."""
    found = {}
    for key in range(KEYS):
        found[key] = None
        with contextlib.suppress(OSError):
            found[key] = ask_who(server, key)[0]
    return found


def moved(before, after, keys):
    return sum(before[key] != after[key] for key in keys)


def crash(server, pid):
    """Returns when the supervisor has seen it; what was given to the process dies with it."""
    os.kill(pid, signal.SIGABRT)
    deadline = time.monotonic() + PATIENCE
    while f"(pid {pid}, " not in server.words().rpartition("SIGABRT")[0]:
        if time.monotonic() > deadline:
            raise Trouble(f"{server.contender.name} did not see its process {pid} crash: "
                          + server.last_words())
        time.sleep(0.01)


def wait_until_back(server, worker, keys):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if any(ask_who(server, key)[0] == worker for key in keys):
                return
        time.sleep(0.05)


def once(options, server):
    first = ask_all(server)
    with asking(options, server, BLOCKING, BLOCKING_RATE, 3, warm_up=0):  # all to one worker: one address
        again = ask_all(server)
    victim, pid = ask_who(server, 0)
    its_own = [key for key, worker in first.items() if worker == victim]
    others = [key for key in first if key not in its_own]
    crash(server, pid)
    without = ask_all(server)
    wait_until_back(server, victim, its_own)
    back = ask_all(server)
    return {"by_reconnecting": moved(first, again, first), "others": moved(first, without, others),
            "share": moved(first, without, first) / KEYS, "at_the_end": moved(first, back, first),
            "workers": len(set(first.values())), "unanswered": list((first | without).values()).count(None)}


def run(options):
    chosen = contenders(options, list(KEY_FIELDS), options.workers, options.workers, APART)
    by_name = rounds.measure(options, chosen, "keys", lambda server: once(options, server))
    print(f"{options.workers} workers, a process each; {KEYS} clients with a key each: an address, a header or a "
          "cookie;\none worker is busy for 40 % of the time, then another crashes and comes back\n")
    table(["contender", "workers seen", "keys moved by reconnecting", "of others, by the crash",
           "share that the crash moves", "moved at the end", "unanswered"],
          [[name, *(spread([r[key] for r in runs], 3 if key == "share" else 0) for key in
                    ("workers", "by_reconnecting", "others", "share", "at_the_end", "unanswered"))]
           for name, runs in by_name.items()])
    for name in [name for name in by_name if name != "shoal baseline"]:
        runs = by_name[name]
        print(verdict(f"{name}: keys that moved without need", [r["by_reconnecting"] + r["others"] for r in runs], 0))
        print(verdict(f"{name}: share that moves when a worker goes", [r["share"] for r in runs],
                      round(1 / options.workers + 0.03, 3), 3))
    print()
    return {"runs": by_name, "right": all(r["unanswered"] == 0 for r in runs)}
