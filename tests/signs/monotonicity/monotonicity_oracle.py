"""Literal transcriptions of the definitions of near-monotonicity; slow, plain, and importing no room.

A network is a list of layers ``(W, b, slopes)`` with rows of Python numbers. Everything is a loop over indices.
"""

from fractions import Fraction
from itertools import product


def relu(z):
    return z if z > 0 else 0


def run(layers, x):
    """States before and after the activation; the last layer has none."""
    sums, values = [], [list(x)]
    for number, (W, b) in enumerate(layers):
        z = [sum(W[v][u] * values[-1][u] for u in range(len(values[-1]))) + b[v] for v in range(len(W))]
        sums.append(z)
        values.append([relu(t) for t in z] if number < len(layers) - 1 else z)
    return sums, values


def edges(layers, x):
    """The active subnetwork as a dictionary ``(layer, v, u) -> weight``."""
    sums, _ = run(layers, x)
    on = [[True] * len(x)]
    on += [[z > 0 for z in layer] for layer in sums[:-1]]
    on += [[True] * len(sums[-1])]
    found = {}
    for number, (W, _) in enumerate(layers):
        for v in range(len(W)):
            for u in range(len(W[v])):
                if on[number][u] and on[number + 1][v] and W[v][u] != 0:
                    found[number, v, u] = W[v][u]
    return found


def paths(layers, x):
    """All active paths: ``(input, output, product of weights)``."""
    alive = edges(layers, x)
    widths = [len(x)] + [len(W) for W, _ in layers]
    for path in product(*(range(d) for d in widths)):
        weight = 1
        for number in range(len(layers)):
            weight = weight * alive.get((number, path[number + 1], path[number]), 0)
        yield path[0], path[-1], weight


def jacobian(layers, x):
    """The sum over paths."""
    K = len(layers[-1][0])
    J = [[0 for _ in x] for _ in range(K)]
    for i, k, weight in paths(layers, x):
        J[k][i] += weight
    return J


def coefficient(layers, x, s_in, s_out, k):
    """λ of output k in the three readings; None where nothing moves."""
    J = jacobian(layers, x)[k]
    turned = [s_out[k] * J[i] * s_in[i] for i in range(len(x))]
    size = sum(abs(t) for t in turned)
    if size == 0:
        return None, None, None
    along = sum(abs(weight) for _, to, weight in paths(layers, x) if to == k)
    plus, minus = sum(t > 0 for t in turned), sum(t < 0 for t in turned)
    return sum(turned) / size, sum(turned) / along, (plus - minus) / (plus + minus)


def frustrated(layers, x, signs):
    """The weight that signs (one list a layer of nodes) leave frustrated in the active subnetwork, and all of it."""
    opposed = total = 0
    for (number, v, u), w in edges(layers, x).items():
        total += abs(w)
        if w * signs[number][u] * signs[number + 1][v] < 0:
            opposed += abs(w)
    return opposed, total


def scores(layers, x, s_out, steps):
    """For given steps: the mean share of outputs that move up among those that move, and the alignment."""
    before = run(layers, x)[1][-1]
    shares, gain, path = [], 0, 0
    for step in steps:
        after = run(layers, [a + d for a, d in zip(x, step, strict=True)])[1][-1]
        up = moved = 0
        for k in range(len(before)):
            rise = s_out[k] * (after[k] - before[k])
            gain, path = gain + rise, path + abs(rise)
            if rise != 0:
                moved += 1
                up += rise > 0
        if moved:
            shares.append(up / moved)
    return sum(shares) / len(shares), gain / path


def box(layers, low, high):
    """Exact bounds on the Jacobian over a box, by interval arithmetic in fractions."""
    a, b = [Fraction(v) for v in low], [Fraction(v) for v in high]
    slopes = []
    for number, (W, bias) in enumerate(layers):
        c = [sum(Fraction(w) * (a[u] if w >= 0 else b[u]) for u, w in enumerate(row)) for row in W]
        d = [sum(Fraction(w) * (b[u] if w >= 0 else a[u]) for u, w in enumerate(row)) for row in W]
        c = [t + Fraction(e) for t, e in zip(c, bias, strict=True)]
        d = [t + Fraction(e) for t, e in zip(d, bias, strict=True)]
        if number < len(layers) - 1:
            slopes.append([(1, 1) if lo > 0 else (0, 0) if hi < 0 else (0, 1) for lo, hi in zip(c, d, strict=True)])
            a, b = [relu(t) for t in c], [relu(t) for t in d]
    bounds = []
    for k in range(len(layers[-1][0])):
        row = [(Fraction(w), Fraction(w)) for w in layers[-1][0][k]]
        for number in range(len(layers) - 2, -1, -1):
            scaled = []
            for (lo, hi), (least, most) in zip(row, slopes[number], strict=True):
                corners = [lo * least, lo * most, hi * least, hi * most]
                scaled.append((min(corners), max(corners)))
            W = layers[number][0]
            row = []
            for u in range(len(W[0])):
                lo = sum(Fraction(W[v][u]) * (scaled[v][0] if W[v][u] >= 0 else scaled[v][1]) for v in range(len(W)))
                hi = sum(Fraction(W[v][u]) * (scaled[v][1] if W[v][u] >= 0 else scaled[v][0]) for v in range(len(W)))
                row.append((lo, hi))
        bounds.append(row)
    return bounds


def overlap(on_a, s, on_b, t):
    """The mean of s t over common nodes up to one turn, lists over all nodes."""
    products = [u * v for x, y, u, v in zip(on_a, on_b, s, t, strict=True) if x and y]
    return abs(sum(products)) / len(products)
