"""Three times as much work as the cores can do, for half a minute, and then half as much.

The work has a deadline, after which nobody waits for it. What is refused at once is no fault; what is taken
must be done in time, and light requests on other connections must not notice.
"""

import contextlib
import math
import threading
import time
from pathlib import Path

from benchmarks import clusters, rounds, timeline
from benchmarks.calibration import iterations_of_each
from benchmarks.figures import save, spread, table, verdict
from benchmarks.generators import LIGHT, RANDOM, Kind, asking, late_ms, load
from benchmarks.machine import check_machine, environment, stay_ahead, watch_steal
from benchmarks.servers import memory

NAMES = ["shoal", "shoal epoll", "node rr"]
WORKERS = 2
DEADLINE_MS = 500  # of the playground's /job
OVER, UNDER = 3, 0.5  # times the capacity: during the overload, before it and after it
LIGHT_RATE = 300
BEFORE, SETTLING = 3, 5  # seconds before the overload, and of it until its memory is taken for its level


POOL = ("--pick", "idle")  # as from a client's pool


def jobs(path):
    return (Kind("job", path, may_refuse=True),)


@contextlib.contextmanager
def watching(server):
    """[(when, resident bytes)], twice a second."""
    seen, over = [], threading.Event()

    def look():
        while not over.wait(0.5):
            seen.append((time.monotonic(), memory(server.pids(), "Rss")))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def capacity(options, server, path):
    """Jobs a second, as fast as they come: eight clients that ask again once they are answered."""
    run = load(options, server, min(options.seconds, 5), "-c", "8", path=path)
    return run["answers"] / run["seconds"]


def worked(request):
    return request.fate == "answered" and request.ms <= DEADLINE_MS


def recovery(requests, end):
    """Seconds from the end of the overload to the last request that was refused, late or lost after it."""
    return max((each.due + each.ms / 1000 - end for each in requests if each.due >= end and not worked(each)),
               default=0)


def growth(levels, begin, end):
    """Bytes, from its level once the overload had begun to its end."""
    within = [size for when, size in levels if begin + min(SETTLING, (end - begin) / 2) <= when < end]
    return within[-1] - within[0] if within else 0


def account(requests, light, levels, most):
    """What the logs of both kinds say about the time before, during and after the overload."""
    steady, extra = requests
    begin, end = extra[0].due, extra[-1].due
    during = timeline.between(steady, begin, end) + extra
    answered = [each for each in during if each.fate == "answered"]
    done = [each for each in steady + extra
            if worked(each) and begin <= each.due + each.ms / 1000 < end]
    refused = [each for each in during if each.fate == "refused"]
    times = sorted(each.ms for each in refused)
    return {"capacity": most, "asked": len(during) / (end - begin),
            "goodput": len(done) / (end - begin) / most,
            "admitted_ms": timeline.percentile(answered, 0.99),
            "refused": len(refused) / len(during),
            "refusal_ms": times[int(len(times) * 0.99)] if times else math.nan,
            "light_before_ms": timeline.percentile(timeline.between(light, 0, begin), 0.99),
            "light_ms": timeline.percentile(timeline.between(light, begin, end), 0.99),
            "recovery": recovery(steady, end), "grown": growth(levels, begin, end) / 2**20,
            "failed": sum(each.fate in ("failed", "timed_out") for each in steady + extra + light)}


def once(options, server, path):
    most = capacity(options, server, path)
    log = {name: Path(server.directory.name, name) for name in ("steady", "extra", "light")}
    whole = BEFORE + options.seconds + options.after

    def generator(kinds, pick, rate, seconds, name, connections):
        return asking(options, server, kinds, rate, seconds, "--log", str(log[name]), "-c", str(connections),
                      pick=pick, warm_up=0)

    with watching(server) as levels, \
         generator(LIGHT, RANDOM, LIGHT_RATE, whole, "light", 16) as light, \
         generator(jobs(path), POOL, UNDER * most, whole, "steady", 64):
        time.sleep(BEFORE)
        with generator(jobs(path), POOL, (OVER - UNDER) * most, options.seconds, "extra", 512):
            pass
    read = {name: timeline.read(path) for name, path in log.items()}
    return account((read["steady"], read["extra"]), read["light"], levels, most) | {
        "late_ms": late_ms(light[0])}


COLUMNS = {"capacity": ("capacity, jobs/s", 1), "asked": ("asked, jobs/s", 0),
           "goodput": ("done in time, of capacity", 3), "admitted_ms": ("p99 of the admitted, ms", 0),
           "refused": ("refused", 2), "refusal_ms": ("p99 of refusals, ms", 1),
           "light_before_ms": ("light p99 before, ms", 2), "light_ms": ("light p99, ms", 2),
           "recovery": ("recovered after, s", 2), "grown": ("RSS grown, MiB", 1),
           "failed": ("failed", 0), "late_ms": ("generator late, p99", 2)}
GOALS = {"goodput": (0.9, True), "admitted_ms": (DEADLINE_MS, False), "light_ms": (3, False),
         "recovery": (2, False), "grown": (1, False), "failed": (0, False)}


def run(options):
    if options.smoke:
        options.rounds, options.seconds, options.after = 1, 2, 1
    check_machine(options)
    facts = environment(options, options.node)
    stay_ahead(options.realtime)
    with watch_steal():
        chosen = clusters.contenders(options, NAMES, WORKERS)
        iterations = iterations_of_each(options, chosen, options.ms)
        by_name = rounds.measure(options, chosen, "overload", lambda server: once(
            options, server, f"/job/{iterations[server.contender.needs]}"))
    print(f"{WORKERS} workers; jobs of {options.ms:g} ms that must be done within {DEADLINE_MS} ms: {OVER} times the "
          f"capacity for {options.seconds:g} s, {UNDER} times before and after;\nbeside them {LIGHT_RATE}/s of "
          "/plaintext; median (min-max) of the rounds\n")
    table(["", *by_name], [[head, *(spread([run[key] for run in runs if not math.isnan(run[key])], digits)
                                    for runs in by_name.values())] for key, (head, digits) in COLUMNS.items()])
    for name in [name for name in by_name if name.startswith("shoal")]:
        for key, (goal, at_least) in GOALS.items():
            head, digits = COLUMNS[key]
            print(verdict(f"{name}, {head}", [run[key] for run in by_name[name]], goal, digits, at_least))
    print()
    save(options, facts, by_name)
    return 3 if any(run["failed"] for name, runs in by_name.items() for run in runs
                    if name.startswith("shoal")) else 0


def describe(sub):
    sub.add_argument("--rounds", type=int, default=3)
    sub.add_argument("--seconds", type=float, default=30, help="of overload")
    sub.add_argument("--after", type=float, default=10, help="seconds after it")
    sub.add_argument("--smoke", action="store_true", help="one round of two seconds: does it run?")
    sub.add_argument("--ms", type=float, default=20, help="that a job computes")
    clusters.describe(sub)
