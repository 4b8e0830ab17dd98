"""Contenders as everywhere, with every handler on its worker's loop: these figures are about workers."""

from benchmarks import clusters


def contenders(options, names, workers, nodes=1, more=()):
    return clusters.contenders(options, names, workers, nodes, (*clusters.inline(options), *more))
