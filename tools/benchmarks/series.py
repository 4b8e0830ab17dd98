"""Figures that one command makes, all or those that are asked for."""

from benchmarks.figures import chosen, save
from benchmarks.machine import check_machine, environment, stay_ahead, watch_steal


def run(options, figures, first=1):
    """`figures`: modules by name, numbered from `first`. Returns the exit code."""
    if options.smoke:
        options.rounds, options.seconds = 1, 1
    names = list(chosen(figures, options.only, first))
    check_machine(options)
    facts = environment(options, options.node)
    stay_ahead(options.realtime)
    results = {}
    with watch_steal():
        for name in names:
            results[name] = figures[name].run(options)
    save(options, facts, results)
    return 0 if all(figure["right"] for figure in results.values()) else 3


def describe(sub):
    sub.add_argument("--only", action="append", metavar="FIGURE",
                     help="its number or its name; may be repeated")
    sub.add_argument("--rounds", type=int, default=5)
    sub.add_argument("--seconds", type=float, default=8, help="for each measurement")
    sub.add_argument("--smoke", action="store_true", help="one round of a second: does it run?")
