"""Trees and blossoms of a matching: what becomes of them when a pair of nodes becomes tight, or a blossom is spent.

A blossom is an odd ring of children, single nodes or blossoms. All of them but one, which holds the *base*, are matched
to a neighbour in the ring; so any single node in it can be matched outside, after a turn of the ring.
"""

from typing import NamedTuple

import numpy as np

from blockshift.compiled import compiled

FREE, OUTER, INNER = 0, 1, 2


class Forest(NamedTuple):
    """Where a matching stands. Numbers from n up are blossoms; the first n entries of an array are single nodes.

    `parent`: the blossom a node lies in, -1 if none, -2 if the number is not in use. `first`: the child of a blossom
    that holds its base. `after`, `before`: the neighbours in the ring of children; `leave` and `enter`: the edge from a
    child to the one after it. `base`: the node of a blossom that is matched outside. `own`: what a blossom, or a single
    node, has grown as a whole. `label`, `tree`: of a node that lies in no blossom, what it is and the root of its
    tree. `link_out`, `link_in`: the edge from an inner node to the outer one above it, its end there first.
    `top`: the outermost blossom of each single node; `radius`; `mate`, -1 if none; `near`: the outer node that becomes
    tight with it first.
    """

    parent: np.ndarray
    first: np.ndarray
    after: np.ndarray
    before: np.ndarray
    leave: np.ndarray
    enter: np.ndarray
    base: np.ndarray
    own: np.ndarray
    label: np.ndarray
    tree: np.ndarray
    link_out: np.ndarray
    link_in: np.ndarray
    top: np.ndarray
    radius: np.ndarray
    mate: np.ndarray
    near: np.ndarray


@compiled
def _become_outer(costs, forest, b, tree):
    """The label of an outer node, and what its nodes are near to."""
    forest.label[b] = OUTER
    forest.tree[b] = tree
    for u in range(len(forest.mate)):
        if forest.top[u] == b:
            _offer(costs, forest, u)


@compiled
def _offer(costs, forest, u):
    """The node `u` as the nearest of those to which it is nearer than what they had."""
    for v in range(len(forest.mate)):
        old = forest.near[v]
        if forest.top[v] == forest.top[u] or old < 0:
            continue
        if costs[u, v] - forest.radius[u] < costs[old, v] - forest.radius[old]:
            forest.near[v] = u


@compiled
def take_in(costs, forest, u, v):
    """A matched pair that hangs on to the tree of `u`: the end at `v` is inner, the other outer."""
    inner = forest.top[v]
    tree = forest.tree[forest.top[u]]
    forest.label[inner] = INNER
    forest.tree[inner] = tree
    forest.link_out[inner] = u
    forest.link_in[inner] = v
    _become_outer(costs, forest, forest.top[forest.mate[forest.base[inner]]], tree)


@compiled
def _above(forest, outer):
    """The next outer node on the way to the root, and the inner one between; -1 at the root."""
    mate = forest.mate[forest.base[outer]]
    if mate < 0:
        return -1, -1
    inner = forest.top[mate]
    return forest.top[forest.link_out[inner]], inner


@compiled
def close(costs, forest, u, v):
    """A blossom of the cycle that the pair closes in its tree."""
    n = len(forest.mate)
    marked = np.zeros(2 * n, dtype=np.bool_)
    b = forest.top[u]
    while b >= 0:
        marked[b] = True
        b = _above(forest, b)[0]
    meet = forest.top[v]
    while not marked[meet]:
        meet = _above(forest, meet)[0]
    new = n
    while forest.parent[new] != -2:
        new += 1
    tree = forest.tree[meet]
    # Down from where the ways meet to u, across to v, and up again.
    _hang(forest, forest.top[u], meet, False)
    _hang(forest, forest.top[v], meet, True)
    forest.after[forest.top[u]], forest.before[forest.top[v]] = forest.top[v], forest.top[u]
    forest.leave[forest.top[u]], forest.enter[forest.top[u]] = u, v
    forest.first[new], forest.base[new] = meet, forest.base[meet]
    forest.parent[new], forest.own[new] = -1, 0
    child, inner = meet, np.zeros(n, dtype=np.bool_)
    while True:
        forest.parent[child] = new
        for w in range(n):
            if forest.top[w] == child:
                inner[w] = forest.label[child] == INNER
                forest.top[w] = new
        child = forest.after[child]
        if child == meet:
            break
    forest.label[new], forest.tree[new] = OUTER, tree
    for w in range(n):
        if forest.near[w] >= 0 and forest.top[w] == new and forest.top[forest.near[w]] == new:
            forest.near[w] = -1
    for w in range(n):
        if inner[w]:
            _offer(costs, forest, w)


@compiled
def _hang(forest, start, meet, upwards):
    """The ring between an outer node and one above it, in one direction or the other."""
    outer = start
    while outer != meet:
        above, inner = _above(forest, outer)
        mate = forest.mate[forest.base[outer]]
        if upwards:
            forest.after[outer], forest.before[inner] = inner, outer
            forest.leave[outer], forest.enter[outer] = forest.base[outer], mate
            forest.after[inner], forest.before[above] = above, inner
            forest.leave[inner], forest.enter[inner] = forest.link_in[inner], forest.link_out[inner]
        else:
            forest.after[inner], forest.before[outer] = outer, inner
            forest.leave[inner], forest.enter[inner] = mate, forest.base[outer]
            forest.after[above], forest.before[inner] = inner, above
            forest.leave[above], forest.enter[above] = forest.link_out[inner], forest.link_in[inner]
        outer = above


@compiled
def _child_with(forest, b, v):
    """The child of a blossom in which a single node lies."""
    while forest.parent[v] != b:
        v = forest.parent[v]
    return v


@compiled
def _steps_to_base(forest, child):
    """Whether an even way round its ring leads from a child to the base by `after`; else it does by `before`."""
    base, count = forest.first[forest.parent[child]], 0
    while child != base:
        child = forest.after[child]
        count += 1
    return count % 2 == 0


@compiled
def _turn(forest, b, v):
    """The matching inside a blossom so that `v` is the node to be matched outside."""
    n = len(forest.mate)
    waiting, ends = np.empty(4 * n, dtype=np.int64), np.empty(4 * n, dtype=np.int64)
    waiting[0], ends[0], count = b, v, 1
    while count:
        count -= 1
        b, v = waiting[count], ends[count]
        forest.base[b] = v
        if b < n:
            continue
        child = _child_with(forest, b, v)
        waiting[count], ends[count] = child, v
        count += 1
        forwards, at = _steps_to_base(forest, child), child
        # The even way to the old base: its second, fourth, ... edges are matched from now on.
        while at != forest.first[b]:
            one = forest.after[at] if forwards else forest.before[at]
            two = forest.after[one] if forwards else forest.before[one]
            if forwards:
                p, q = forest.leave[one], forest.enter[one]
            else:
                p, q = forest.enter[two], forest.leave[two]
            forest.mate[p], forest.mate[q] = q, p
            waiting[count], ends[count] = one, p
            waiting[count + 1], ends[count + 1] = two, q
            count += 2
            at = two
        forest.first[b] = child


@compiled
def augment(forest, u, v):
    """One more pair: the ways from u and v to the roots of their trees change places; both trees are given up."""
    n = len(forest.mate)
    gone_u, gone_v = forest.tree[forest.top[u]], forest.tree[forest.top[v]]
    for side in range(2):
        x, y = (u, v) if side == 0 else (v, u)
        while True:
            b = forest.top[x]
            mate = forest.mate[forest.base[b]]
            _turn(forest, b, x)
            forest.mate[x] = y
            if mate < 0:
                break
            inner = forest.top[mate]
            x, y = forest.link_in[inner], forest.link_out[inner]
            _turn(forest, inner, x)
            forest.mate[x] = y
            x, y = y, x
    for b in range(2 * n):
        if forest.tree[b] == gone_u or forest.tree[b] == gone_v:
            forest.label[b] = FREE
    for w in range(n):
        if forest.near[w] >= 0 and forest.label[forest.top[forest.near[w]]] != OUTER:
            forest.near[w] = -1


@compiled
def fall_apart(costs, forest, b):
    """A spent inner blossom as its children: those on the even way from its link to its base stay in the tree."""
    n = len(forest.mate)
    tree = forest.tree[b]
    entry = _child_with(forest, b, forest.link_in[b])
    forwards, base = _steps_to_base(forest, entry), forest.first[b]
    child = base
    while True:
        forest.parent[child] = -1
        forest.label[child] = FREE
        child = forest.after[child]
        if child == base:
            break
    for v in range(n):
        if forest.top[v] == b:
            t = v
            while forest.parent[t] != -1:
                t = forest.parent[t]
            forest.top[v] = t
    forest.parent[b] = -2
    forest.label[entry], forest.tree[entry] = INNER, tree
    forest.link_out[entry], forest.link_in[entry] = forest.link_out[b], forest.link_in[b]
    at = entry
    while at != base:
        one = forest.after[at] if forwards else forest.before[at]
        two = forest.after[one] if forwards else forest.before[one]
        forest.label[two], forest.tree[two] = INNER, tree
        if forwards:
            forest.link_out[two], forest.link_in[two] = forest.leave[one], forest.enter[one]
        else:
            forest.link_out[two], forest.link_in[two] = forest.enter[two], forest.leave[two]
        _become_outer(costs, forest, one, tree)
        at = two
