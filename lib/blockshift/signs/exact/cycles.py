"""Cycle inequalities that a fractional answer violates, found as short paths in the doubled graph.

Let ``x_e`` say whether edge ``e`` is frustrated. Along a negative cycle an odd number of edges is, so at least one.
More generally, for a set ``F`` of edges of a cycle, odd in number if the cycle is positive and even if it is
negative, not all of ``F`` can be frustrated with the rest of the cycle satisfied:

    sum of x_e over the cycle without F  +  sum of (1 - x_e) over F  >=  1.

Such a cycle of least left side through ``v`` is a shortest path from ``(v, +)`` to ``(v, -)`` in the doubled graph,
in which each edge costs ``x_e``, changing sides if it is negative, or ``1 - x_e``, changing sides if it is positive.
"""

import numpy as np

from blockshift.compiled import compiled

#: A cost for each step that makes short cycles win among equals; long cycles make weak inequalities.
STEP = 1e-6
#: Only what is violated by more than this is worth a row: ten times what the linear programs leave open.
VIOLATION = 1e-6


@compiled
def violated(starts, heads, edges, negative, x, flipping, sources):
    """One violated inequality for each node of `sources` that has one: simple cycles, one after another.

    Returns where each row ends, its edges, and whether each is in F. With `flipping` false
    only empty sets ``F`` are looked for, which is enough where no edge is fixed.
    """
    n = len(starts) - 1
    far = 4.0
    distance = np.full(2 * n, far)
    settled = np.zeros(2 * n, dtype=np.bool_)
    before = np.full(2 * n, -1, dtype=np.int64)
    by = np.full(2 * n, -1, dtype=np.int64)
    touched = np.empty(2 * n, dtype=np.int64)
    keys = np.empty(8 * len(heads) + 16)
    states = np.empty(8 * len(heads) + 16, dtype=np.int64)
    room = 64 * len(sources) + 4 * n
    row_ends = np.empty(len(sources), dtype=np.int64)
    row_edges = np.empty(room, dtype=np.int64)
    row_flips = np.empty(room, dtype=np.bool_)
    rows, filled = 0, 0
    walk_edges = np.empty(4 * n + 4, dtype=np.int64)
    walk_flips = np.empty(4 * n + 4, dtype=np.bool_)
    walk_nodes = np.empty(4 * n + 4, dtype=np.int64)
    place = np.full(n, -1, dtype=np.int64)
    parity = np.empty(4 * n + 4, dtype=np.int64)
    for root in sources:
        count = 1
        touched[0] = 2 * root
        distance[2 * root] = 0.0
        size = 1
        keys[0] = 0.0
        states[0] = 2 * root
        best, meet_a, meet_b, meet_edge, meet_flip = 1.0 - VIOLATION, -1, -1, -1, False
        while size and 2.0 * keys[0] < best:
            # Take the least from the heap.
            key, state = keys[0], states[0]
            size -= 1
            last_key, last_state = keys[size], states[size]
            hole = 0
            while True:
                child = 2 * hole + 1
                if child >= size:
                    break
                if child + 1 < size and keys[child + 1] < keys[child]:
                    child += 1
                if keys[child] >= last_key:
                    break
                keys[hole], states[hole] = keys[child], states[child]
                hole = child
            keys[hole], states[hole] = last_key, last_state
            if settled[state]:
                continue
            settled[state] = True
            a, side = state // 2, state % 2
            for j in range(starts[a], starts[a + 1]):
                e = edges[j]
                for flip in (False, True):
                    if flip and not flipping:
                        break
                    cost = key + STEP + ((1.0 - x[e]) if flip else x[e])
                    if cost >= best:
                        continue
                    after = 2 * heads[j] + (side ^ (negative[e] != flip))
                    # The mirror image of a path from the root leads back to its other side.
                    closed = cost + distance[after ^ 1]
                    if closed < best and by[after ^ 1] != e:
                        best, meet_a, meet_b, meet_edge, meet_flip = closed, state, after ^ 1, e, flip
                    if 2.0 * cost < best and cost < distance[after]:
                        if distance[after] == far:
                            touched[count] = after
                            count += 1
                        distance[after] = cost
                        before[after] = state
                        by[after] = e if not flip else -2 - e
                        slot = size
                        size += 1
                        while slot and keys[(slot - 1) // 2] > cost:
                            keys[slot], states[slot] = keys[(slot - 1) // 2], states[(slot - 1) // 2]
                            slot = (slot - 1) // 2
                        keys[slot], states[slot] = cost, after
        if meet_edge >= 0:
            # The closed walk: from the root to one end of the meeting edge, over it, and back from the other end.
            length = 0
            state = meet_a
            while before[state] >= 0:
                length += 1
                state = before[state]
            state = meet_a
            for k in range(length - 1, -1, -1):
                code = by[state]
                walk_edges[k], walk_flips[k] = (code, False) if code >= 0 else (-2 - code, True)
                walk_nodes[k + 1] = state // 2
                state = before[state]
            walk_nodes[0] = root
            walk_edges[length], walk_flips[length] = meet_edge, meet_flip
            walk_nodes[length + 1] = meet_b // 2
            length += 1
            state = meet_b
            while before[state] >= 0:
                code = by[state]
                walk_edges[length], walk_flips[length] = (code, False) if code >= 0 else (-2 - code, True)
                length += 1
                state = before[state]
                walk_nodes[length] = state // 2
            # The first stretch between two visits of a node with odd parity is a simple cycle; even ones are cut out.
            height = 0
            place[root] = 0
            parity[0] = 0
            for k in range(length):
                e, f, y = walk_edges[k], walk_flips[k], walk_nodes[k + 1]
                odd = parity[height] ^ (1 if negative[e] != f else 0)
                walk_edges[height], walk_flips[height] = e, f
                if place[y] < 0:
                    height += 1
                    place[y] = height
                    parity[height] = odd
                    walk_nodes[height] = y
                    continue
                first = place[y]
                if odd == parity[first]:
                    for h in range(first + 1, height + 1):
                        place[walk_nodes[h]] = -1
                    height = first
                    continue
                value = 0.0
                for h in range(first, height + 1):
                    value += (1.0 - x[walk_edges[h]]) if walk_flips[h] else x[walk_edges[h]]
                size_of_row = height + 1 - first
                if value < 1.0 - VIOLATION and size_of_row >= 3 and filled + size_of_row <= room:
                    for h in range(first, height + 1):
                        row_edges[filled], row_flips[filled] = walk_edges[h], walk_flips[h]
                        filled += 1
                    row_ends[rows] = filled
                    rows += 1
                break
            for h in range(height + 1):
                place[walk_nodes[h]] = -1
        for k in range(count):
            state = touched[k]
            distance[state] = far
            settled[state] = False
            before[state] = -1
            by[state] = -1
    return row_ends[:rows], row_edges[:filled], row_flips[:filled]
