"""Memory of idle connections, and of a process at its start."""

import contextlib
import resource
import select
import socket
import time

from benchmarks.figures import orders, save, spread, table
from benchmarks.generators import load
from benchmarks.machine import Trouble, environment
from benchmarks.servers import Server, check_contenders, memory


ANSWER_SECONDS = 10


def allow_descriptors():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def one_answer(server):
    """A connection on which one request has been answered."""
    client = socket.create_connection(("127.0.0.1", server.port), timeout=ANSWER_SECONDS)
    try:
        client.sendall(b"GET /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n")
        if not client.recv(4096).startswith(b"HTTP/1.1 200"):
            raise ConnectionError("a connection was closed, or its answer was wrong")
    except BaseException:
        client.close()
        raise
    return client


def is_open(client):
    """Nothing has come since: no end."""
    look = select.poll()
    look.register(client, select.POLLIN)
    return not look.poll(0)


@contextlib.contextmanager
def holding(server, connections):
    """Connections that have had an answer each, and stay open and idle."""
    allow_descriptors()
    with contextlib.ExitStack() as held:
        try:
            clients = [held.enter_context(one_answer(server)) for _ in range(connections)]
        except OSError as problem:
            raise Trouble(f"{server.contender.name} did not take {connections} connections: {problem}") from problem
        yield
        closed = sum(not is_open(client) for client in clients)
    if closed:
        raise Trouble(f"{server.contender.name} closed {closed} idle connections")


def measure_idle(options, contender):
    with Server(contender) as server:
        at_start = memory(server.pids()[-1:], "Rss")  # the youngest: a node process, or a worker
        load(options, server, 0.3, "-w", "0")
        before = memory(server.pids(), "Pss")
        with holding(server, options.connections):
            time.sleep(0.2)
            after = memory(server.pids(), "Pss")
    return {"bytes": (after - before) / options.connections, "start_mib": at_start / 2**20}


def run(options):
    peers = [p for p in options.peers.split(",") if p]
    chosen = check_contenders(options, ["shoal uring", "shoal epoll", *peers])
    facts = environment(options)
    results = {c.name: [] for c in chosen}
    for _, order in orders(chosen, options.rounds):
        for contender in order:
            results[contender.name].append(measure_idle(options, contender))
    print(f"{options.connections} connections that each made one request; median (min-max)\n")
    table(["contender", "bytes of user memory for an idle connection",
           "RSS of a process with one worker at start, MiB"],
          [[name, spread([r["bytes"] for r in runs]), spread([r["start_mib"] for r in runs], 1)]
           for name, runs in results.items()])
    save(options, facts, results)
    return 0


def describe(sub):
    sub.add_argument("--rounds", type=int, default=3)
    sub.add_argument("--connections", type=int, default=8000)
    sub.add_argument("--peers", default="nginx", help="separated by commas; '' for none")
