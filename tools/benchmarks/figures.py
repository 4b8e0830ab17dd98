"""From runs to figures: medians with their ends, tables, verdicts."""

import json
import statistics
from pathlib import Path

from benchmarks.machine import Trouble


def spread(values, digits=0):
    """median (min-max)"""
    if not values:
        return "-"
    middle, low, high = (f"{v:,.{digits}f}" for v in
                         (statistics.median(values), min(values), max(values)))
    return f"{middle} ({low}-{high})"


def table(head, rows):
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    for i, row in enumerate([head, *rows]):
        print("| " + " | ".join(str(cell).ljust(width) for cell, width in zip(row, widths)) + " |")
        if i == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    print()


def chosen(figures, words, first=1):
    """Names of those that `words` ask for, by number or name; all of them if there are no words."""
    names = list(figures)
    for word in words or names:
        if word.isdecimal() and first <= int(word) < first + len(names):
            word = names[int(word) - first]
        if word not in figures:
            raise Trouble(f"'{word}' is not a figure; there are {first} to {first + len(names) - 1}: "
                          + ", ".join(names))
        yield word


def orders(items, rounds):
    """Rotates, and turns round every other time, so that nobody always follows the same one."""
    for i in range(rounds):
        at = i // 2 % len(items)
        order = items[at:] + items[:at]
        yield i, order if i % 2 == 0 else order[::-1]


def save(options, facts, results):
    if options.json:
        Path(options.json).write_text(json.dumps({"environment": facts, "results": results}, indent=1))
        print(f"written: {options.json}")


def verdict(name, values, goal, digits=0, at_least=False):
    """A line that says whether the median reaches a goal, an upper bound unless `at_least`."""
    if not values:
        return f"{name}: not measured, goal {goal}"
    middle = statistics.median(values)
    met = middle >= goal if at_least else middle <= goal
    return f"{name}: {spread(values, digits)}, goal {goal}: {'met' if met else 'not met'}"
