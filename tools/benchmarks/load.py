"""What `shoal load` costs beside wrk, h2load and ab, and how late it sends by the clock.

Every generator keeps the same connections busy against the same server, each run for itself and all
in turns; what counts is the generator's own CPU for an answer (user and system time of its process,
from its start to its end).
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from benchmarks.figures import orders, save, spread, table, verdict
from benchmarks.machine import (GENERATOR_CORE, Trouble, check_machine, environment, take_the_core,
                                watch_steal)
from benchmarks.servers import Server, choose, contenders

MOST_OF_WRK = 0.6  # of its CPU for an answer
MOST_LATE_US = 50  # at the median


def run_and_weigh(options, command):
    """(output, CPU seconds) of a process on the generator's core."""
    def prepare():
        os.sched_setaffinity(0, [GENERATOR_CORE])
        take_the_core(options.realtime)

    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, preexec_fn=prepare)
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    if process.returncode != 0:
        raise Trouble(f"{command[0]} failed ({process.returncode}): {text[-300:].strip()}")
    return text, used.ru_utime + used.ru_stime


def number(pattern, text, program):
    found = re.search(pattern, text)
    if not found:
        raise Trouble(f"{program}'s report lacks '{pattern}': {text[-300:].strip()}")
    return int(found[1])


def of_shoal(text):
    return json.loads(text.splitlines()[-1])["answers"]


def of_wrk(text):
    if "Socket errors" in text or "Non-2xx" in text:
        raise Trouble(f"wrk met errors: {text.strip()}")
    return number(r"(\d+) requests in", text, "wrk")


def of_h2load(text):
    if number(r"(\d+) failed", text, "h2load") != 0:
        raise Trouble(f"h2load met errors: {text.strip()}")
    return number(r"(\d+) succeeded", text, "h2load")


def of_ab(text):
    if number(r"Failed requests: +(\d+)", text, "ab") != 0:
        raise Trouble(f"ab met errors: {text.strip()}")
    return number(r"Complete requests: +(\d+)", text, "ab")


def generators(options, url):
    """Name, program, arguments and reader of the report, for those that are there."""
    c, seconds = str(options.connections), str(options.seconds)
    shoal = str(options.build / "tools/shoal/shoal")
    known = [
        ("shoal load", [shoal, "load", url, "-c", c, "-d", seconds, "-w", "0", "--json"], of_shoal),
        ("shoal load, epoll", [shoal, "load", url, "-c", c, "-d", seconds, "-w", "0", "--json",
                               "--driver", "epoll"], of_shoal),
        ("shoal load --gather 0", [shoal, "load", url, "-c", c, "-d", seconds, "-w", "0", "--json",
                                   "--gather", "0"], of_shoal),
        ("wrk", ["wrk", "-t1", f"-c{c}", f"-d{seconds}s", url], of_wrk),
        ("h2load", ["h2load", "--h1", "-t1", f"-c{c}", "-D", seconds, url], of_h2load),
        ("ab", ["ab", "-q", "-k", "-c", c, "-t", seconds, "-n", "100000000", url], of_ab),
    ]
    return [each for each in known if shutil.which(each[1][0])]


def compare(options, contender):
    """CPU for an answer in microseconds, by generator and round."""
    by_name = {}
    for i, order in orders(generators(options, ""), options.rounds):
        for name, *_ in order:
            with Server(contender, options.realtime) as server:
                url = f"http://127.0.0.1:{server.port}/plaintext"
                _, command, answers_of = next(g for g in generators(options, url) if g[0] == name)
                text, cpu = run_and_weigh(options, command)
            answers = answers_of(text)
            by_name.setdefault(name, []).append(
                {"answers": answers, "us": cpu * 1e6 / max(answers, 1), "cpu": cpu})
            if options.verbose:
                print(f"round {i + 1}, {name}: {by_name[name][-1]}", file=sys.stderr)
    return by_name


def ratios(by_name, name, other="wrk"):
    return [a["us"] / b["us"] for a, b in zip(by_name.get(name, []), by_name.get(other, []))]


def print_costs(options, contender, by_name):
    print(f"closed loop, {options.connections} connections, against {contender.name}; median (min-max) "
          "of the rounds\n")
    table(["generator", "CPU for an answer, us", "of wrk's, by round", "answers/s"],
          [[name, spread([r["us"] for r in runs], 2), spread(ratios(by_name, name), 2),
            spread([r["answers"] / options.seconds for r in runs])]
           for name, runs in by_name.items()])
    if "wrk" in by_name:
        print(verdict("shoal load / wrk", ratios(by_name, "shoal load"), MOST_OF_WRK, 2))
    print()


def send_lag(options, contender, rate, driver):
    with Server(contender, options.realtime) as server:
        command = [str(options.build / "tools/shoal/shoal"), "load",
                   f"http://127.0.0.1:{server.port}/plaintext", "-c", str(options.connections), "--rate",
                   str(rate), "--arrivals", "poisson", "-d", str(options.seconds), "--driver", driver,
                   "--json"]
        seen = json.loads(run_and_weigh(options, command)[0].splitlines()[-1])
    lag = seen["generator"]["send_lag"]
    return {"p50": lag["p50_ns"] / 1000, "p99": lag["p99_ns"] / 1000,
            "busy": seen["generator"]["busy"], "reasons": seen["generator"]["reasons"]}


def by_the_clock(options, contender):
    """Send lags by rate and driver, printed."""
    cases = [(rate, driver) for rate in options.rates for driver in ("uring", "epoll")]
    by_case = {case: [] for case in cases}
    for _, order in orders(cases, options.rounds):
        for case in order:
            by_case[case].append(send_lag(options, contender, *case))
    print("by the clock, Poisson arrivals: from the planned time to the sending\n")
    table(["requests/s", "driver", "p50, us", "p99, us", "of its core"],
          [[f"{rate:,}", driver, *(spread([r[key] for r in runs], digits)
                                   for key, digits in (("p50", 1), ("p99", 0), ("busy", 2)))]
           for (rate, driver), runs in by_case.items()])
    for (rate, driver), runs in by_case.items():
        print(verdict(f"{rate:,}/s, {driver}, late at p50, us", [r["p50"] for r in runs], MOST_LATE_US, 1))
    print()
    return {f"{rate}/s {driver}": runs for (rate, driver), runs in by_case.items()}


def run(options):
    check_machine(options)
    contender = choose(contenders(options.build), [options.server])[0]
    facts = environment(options)
    with watch_steal():
        costs = compare(options, contender)
        print_costs(options, contender, costs)
        lags = by_the_clock(options, contender)
    save(options, facts, {"costs": costs, "send lag": lags})
    return 0


def describe(sub):
    sub.add_argument("--server", default="shoal uring", help="'shoal epoll' or 'nginx' as well")
    sub.add_argument("--rounds", type=int, default=7)
    sub.add_argument("--seconds", type=int, default=2, help="for each measurement")
    sub.add_argument("--connections", type=int, default=64)
    sub.add_argument("--rates", type=int, nargs="*", default=[2000, 10000], help="by the clock")
    sub.add_argument("--verbose", action="store_true", help="each measurement to stderr")
