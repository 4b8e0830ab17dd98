"""The experiment of the article: a handler that computes, one worker and two, beside Node.

ab asks for the same page again and again (1,000 times by 100 clients, a connection for each request) and
the page takes about 28 ms of a core.
"""

import dataclasses
import statistics
from pathlib import Path

from benchmarks import apache_bench, chart, clusters, rounds
from benchmarks.calibration import iterations_of_each
from benchmarks.figures import save, spread, table, verdict
from benchmarks.machine import check_machine, environment, stay_ahead, watch_steal

# What is started, with how many workers, and what it is called here.
TRIED = {("shoal", 1): "shoal, one worker", ("shoal", 2): "shoal, two workers",
         ("node single", 1): "Node, one process", ("node rr", 2): "Node, cluster of two"}
COLUMNS = {"seconds": ("total time, s", 2), "rate": ("requests/s", 1), "mean_ms": ("mean, ms", 0),
           "longest_ms": ("longest, ms", 0)}


def chosen(options):
    found = {}
    for workers in (1, 2):
        names = [name for name, count in TRIED if count == workers]
        for contender in clusters.contenders(options, names, workers):
            text = TRIED[contender.name, workers]
            found[text] = dataclasses.replace(contender, name=text)
    return [found[text] for text in TRIED.values() if text in found]


def ratios(by_name, two, one, key):
    return [a[key] / b[key] for a, b in zip(by_name.get(two, []), by_name.get(one, []))]


def print_article(options, by_name):
    print(f"ab -n {options.requests} -c {options.clients}, a handler that computes for about {options.ms:g} ms; "
          "median (min-max) of the rounds\n")
    table(["contender", *(head for head, _ in COLUMNS.values()), "errors"],
          [[name, *(spread([run[key] for run in runs], digits) for key, (_, digits) in COLUMNS.items()),
            sum(run["errors"] for run in runs)] for name, runs in by_name.items()])
    for who, one, two in (("shoal", "shoal, one worker", "shoal, two workers"),
                          ("Node", "Node, one process", "Node, cluster of two")):
        for key, text, goal, more in (("rate", "requests/s", 1.95, True), ("longest_ms", "longest", 0.55, False)):
            found = ratios(by_name, two, one, key)
            line = f"{who}, two / one, {text}, by round"
            print(verdict(line, found, goal, 2, more) if who == "shoal" else f"{line}: {spread(found, 2)}")
    print()


def panels(by_name):
    made = []
    for key in ("rate", "longest_ms"):
        head, digits = COLUMNS[key]
        values = {name: statistics.median(run[key] for run in runs) for name, runs in by_name.items()}
        made.append((head, [(name, value, f"{value:,.{digits}f}") for name, value in values.items()]))
    return made


def run(options):
    if options.smoke:
        options.rounds, options.requests, options.clients = 1, 40, 10
    apache_bench.check()
    check_machine(options)
    facts = environment(options, options.node)
    stay_ahead(options.realtime)
    contenders = chosen(options)

    def once(server):
        return apache_bench.hammer(options, server, f"/cpu/{iterations[server.contender.needs]}",
                                   "-n", str(options.requests), "-c", str(options.clients))

    with watch_steal():
        iterations = iterations_of_each(options, contenders, options.ms)
        by_name = rounds.measure(options, contenders, "the article", once)
        print_article(options, by_name)
    for title, rows in panels(by_name):
        print(f"{title}\n{chart.bars(rows)}\n")
    if options.svg:
        options.svg.write_text(chart.svg(panels(by_name)))
        print(f"written: {options.svg}")
    save(options, facts, by_name)
    return 3 if any(run["errors"] for runs in by_name.values() for run in runs) else 0


def describe(sub):
    sub.add_argument("--rounds", type=int, default=3)
    sub.add_argument("--requests", type=int, default=1000)
    sub.add_argument("--clients", type=int, default=100)
    sub.add_argument("--ms", type=float, default=28, help="that a request computes")
    sub.add_argument("--smoke", action="store_true", help="one round of 40 requests: does it run?")
    sub.add_argument("--svg", type=Path, metavar="FILE", help="write the medians as bars")
    clusters.describe(sub)
