"""Whether a series goes up: the straight line through it."""

import math


def slope(values, step_hours):
    """By which the straight line through them rises in an hour."""
    count = len(values)
    if count < 2:
        return math.nan
    middle, mean = (count - 1) / 2, sum(values) / count
    rise = sum((i - middle) * (value - mean) for i, value in enumerate(values))
    return rise / sum((i - middle) ** 2 for i in range(count)) / step_hours
