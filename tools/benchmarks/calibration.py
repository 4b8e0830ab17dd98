"""How many iterations of a server's own work take so long on this machine."""

import time

from benchmarks.clusters import CORES
from benchmarks.machine import Trouble, preference
from benchmarks.servers import Server

FIRST = 100_000
CLOSE = 0.03  # of what is wanted
ATTEMPTS = 12
ASKED = 5  # times; the fastest counts, since whatever disturbs one makes it slower


def next_guess(iterations, took, wanted):
    """Work is in proportion to its time; a first guess that is far off is not trusted with more than a factor."""
    return max(1, round(iterations * min(max(wanted / took, 0.1), 10)))


def calibrate(time_of, wanted):
    """Iterations for which `time_of(iterations)` is within CLOSE of `wanted`, the same unit for both."""
    iterations = FIRST
    for _ in range(ATTEMPTS):
        took = time_of(iterations)
        if abs(took - wanted) <= CLOSE * wanted:
            return iterations
        iterations = next_guess(iterations, took, wanted)
    raise Trouble(f"the machine is too restless: {iterations} iterations took {took:.4g}, then less or more, "
                  f"and {wanted:.4g} was wanted")


def iterations_for(server, ms, route="/cpu"):
    """For that server, which does nothing else meanwhile."""
    def time_of(iterations):
        times = []
        for _ in range(ASKED):
            began = time.perf_counter()
            server.ask(f"{route}/{iterations}")
            times.append(time.perf_counter() - began)
        return min(times)

    return calibrate(time_of, ms / 1000)


def iterations_of_each(options, contenders, ms):
    """By program: what differs among the contenders of one must not be how well their work was calibrated."""
    found = {}
    for contender in contenders:
        if contender.needs not in found:
            with Server(contender, options.realtime, CORES, preference(options)) as server:
                found[contender.needs] = iterations_for(server, ms)
    return found
