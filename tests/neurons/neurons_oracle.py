"""Slow literal transcriptions of the definitions about neurons; imports no room.

One loop a quantifier, and nothing clever: pairs of samples are pairs, ranks are counts, a network is a list of
matrices.
"""

import math
from itertools import combinations

import numpy as np


def pair_counts(h, y):
    """How many pairs with different fields are kept, tied and turned."""
    kept = tied = turned = 0
    for a, b in combinations(range(len(h)), 2):
        if h[a] == h[b]:
            continue
        if h[a] > h[b]:
            a, b = b, a
        if y[a] < y[b]:
            kept += 1
        elif y[a] == y[b]:
            tied += 1
        else:
            turned += 1
    return kept, tied, turned


def scaled_rank(values, sample):
    """The average rank of one sample among all, from 1, less one half, by the number of samples."""
    below = sum(v < values[sample] for v in values)
    equal = sum(v == values[sample] for v in values)
    return (below + (equal + 1) / 2 - 0.5) / len(values)


def rank_histograms(h, signs, labels, bins):
    """For each class the density of the ranks of its samples, pooled over the units."""
    found = []
    for k in sorted(set(labels)):
        counts, total = [0] * bins, 0
        for i in range(len(h[0])):
            if signs[k][i] == 0:
                continue
            turned = [row[i] * (1 if signs[k][i] > 0 else -1) for row in h]
            for sample in range(len(h)):
                if labels[sample] == k:
                    counts[min(int(scaled_rank(turned, sample) * bins), bins - 1)] += 1
                    total += 1
        found.append([c * bins / total if total else 0.0 for c in counts])
    return np.array(found)


def slope_of(density):
    """The slope of the least-squares line through the middles of the bins."""
    bins = len(density)
    x = [(b + 0.5) / bins for b in range(bins)]
    mx, my = sum(x) / bins, sum(density) / bins
    return sum((a - mx) * (b - my) for a, b in zip(x, density, strict=True)) / sum((a - mx) ** 2 for a in x)


def substitution_map(matrices, scales, layer):
    """``W_L D_{L-1} W_{L-1} ... D_{l+1} W_{l+1}`` with ``D = diag(gamma / sigma)``, in loops; layers from 1."""
    M = [list(map(float, row)) for row in matrices[-1]]
    for place in range(len(matrices) - 2, layer - 1, -1):
        step = [[scales[place][i] * matrices[place][i][j] for j in range(len(matrices[place][0]))]
                for i in range(len(matrices[place]))]  # fmt: skip
        M = [[math.fsum(row[i] * step[i][j] for i in range(len(step))) for j in range(len(step[0]))] for row in M]
    return np.array(M)


def share_right(predict, X, y, noise, amplitude):
    """The share of right answers over all draws and samples, one sample at a time."""
    right = total = 0
    for draw in noise:
        for x, k, part in zip(X, y, draw, strict=True):
            right += int(predict(x + amplitude * part) == k)
            total += 1
    return right / total


def first_crossing(share, level, amplitudes):
    """The first of many amplitudes at which a share is no more than a level."""
    for amplitude in amplitudes:
        if share(amplitude) <= level:
            return amplitude
    return math.inf


def pieces(own):
    """In how many pieces a row of answers falls that are right."""
    count, inside = 0, False
    for right in own:
        count += right and not inside
        inside = right
    return int(count)
