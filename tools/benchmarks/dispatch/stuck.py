"""One worker blocked for five seconds: how all the others' requests fare meanwhile."""

import socket
import time

from benchmarks import rounds
from benchmarks.dispatch.contenders import contenders
from benchmarks.figures import verdict
from benchmarks.generators import LIGHT, WARM_UP, asking

NAMES = ["shoal", "shoal epoll", "shoal baseline", "asio shared", "asio reuseport", "node rr"]


def once(options, server):
    """A request that blocks its worker comes on a connection of its own, when the window begins."""
    ms = 1000 if options.smoke else 5000
    with asking(options, server, LIGHT, options.rate, ms / 1000, "--cpus", "1") as seen:
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            time.sleep(WARM_UP)
            client.settimeout(30)
            client.sendall(f"GET /block/{ms} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            answered = client.recv(4096).startswith(b"HTTP/1.1 200")
    result = rounds.summarize(seen[0])
    result["errors"] += 0 if answered else 1
    return result


def run(options):
    chosen = contenders(options, NAMES, options.workers)
    by_name = rounds.measure(options, chosen, "a stuck worker", lambda server: once(options, server))
    rounds.print_latencies(by_name, f"{options.workers} workers, one of them blocked for 5 s; 64 keep-alive "
                           f"connections, {options.rate:,.0f} light requests/s", ("light",))
    for name in ("shoal", "shoal epoll"):
        print(verdict(f"{name}, p99 of all others, ms",
                      rounds.of(by_name.get(name, []), "light", "p99"), 30, 2))
    print()
    return {"runs": by_name, "right": rounds.right(by_name)}
