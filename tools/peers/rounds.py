"""Medians, spreads and geometric means of the rounds."""

import math
import statistics


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "rounds": list(values)}


def ratios(ours, theirs):
    """Round by round, so that what slows the machine down for a while slows both."""
    return spread([a / b for a, b in zip(ours, theirs, strict=True)])


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(v) for v in values))


def best(rates):
    """The name with the highest median, or None."""
    return max(rates, key=lambda name: rates[name]["median"], default=None)
