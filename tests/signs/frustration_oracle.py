"""Frustration and balance straight from their definitions: every switching, every cycle. Imports no room."""

import itertools
from fractions import Fraction

import networkx


def weight_left(edges, s):
    """The weight of the edges (u, v, w) that signs s, a mapping, leave negative."""
    return sum((abs(Fraction(w)) for u, v, w in edges if w * s[u] * s[v] < 0), Fraction(0))


def frustration(nodes, edges):
    """The least of it over all switchings; the first node keeps its sign."""
    nodes = list(nodes)
    choices = itertools.product((1, -1), repeat=max(len(nodes) - 1, 0))
    return min(weight_left(edges, dict(zip(nodes, (1, *rest), strict=False))) for rest in choices)


def negative_cycles(edges):
    """All negative cycles, as lists of nodes; for small graphs."""
    graph = networkx.Graph()
    graph.add_weighted_edges_from(edges)
    for cycle in networkx.simple_cycles(graph):
        signs = [graph[a][b]["weight"] < 0 for a, b in zip(cycle, cycle[1:] + cycle[:1], strict=True)]
        if sum(signs) % 2:
            yield cycle


def packing_bound(edges, cycles, shares, bits):
    """What shares of negative cycles, integers over 2^bits, prove; None if they are no packing."""
    left = {frozenset((u, v)): abs(Fraction(w)) for u, v, w in edges}
    sign = {frozenset((u, v)): w < 0 for u, v, w in edges}
    total = Fraction(0)
    for cycle, share in zip(cycles, shares, strict=True):
        steps = [frozenset(pair) for pair in zip(cycle, cycle[1:] + cycle[:1], strict=True)]
        if share < 0 or len(set(cycle)) != len(cycle) or sum(sign[step] for step in steps) % 2 == 0:
            return None
        for step in steps:
            left[step] -= Fraction(share, 2**bits)
        total += Fraction(share, 2**bits)
    return None if min(left.values()) < 0 else total
