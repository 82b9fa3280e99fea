"""The stage equations of an implicit method, solved to rounding by compiled loops.

The unknowns are the velocities ``K`` at the ``s`` stages, one row a weight and one column (a *lane*) a stage; always
eight lanes, of which those beyond ``s`` stay zero, so that one vector register holds a row. One iteration is

    K  <-  K - (I - dt J x a)^(-1) (K - f(x + dt a K))

with a model ``J`` of the Jacobian of the flow. In bases of the layers in which all weights and the residual are
diagonal, the Jacobian falls apart into symmetric blocks: entry ``(a, b)`` of a layer moves only entries ``(a, b)``
and ``(b, a)`` of the others, so a block has at most ``2 h`` rows. It is built from

    - L_k(a) B_k(b) L_j(a) B_j(b)     between (a, b) of layers k and j: the Gauss-Newton part,
    R(a) L_k(a) M_kj(b) B_j(a)        between (a, b) of layer k and (b, a) of layer j < k: the part of the residual,

where L, M, B are products of diagonal entries behind, between and before the layers. Its eigenvectors do away with the
dimension of the block, those of the matrix ``a`` with the stages; what is left are complex numbers.
"""

import numpy as np

from blockshift.compiled import compiled

#: The number of lanes: as many doubles as the widest vector register holds, and as many stages as any method here has.
LANES = 8

#: Pairs of complex conjugate eigenvalues that a method with so many stages has.
PAIRS = 4


@compiled
def velocities(Y, Sigma, widths, offsets, F, ahead, pulled, spare):
    """Write into F the velocities at the columns of Y, all lanes at once; ahead, pulled and spare are room for it."""
    h, inputs = len(widths) - 1, widths[0]
    begin = 0
    last = 0
    for j in range(1, h):  # ahead holds W_2 W_1, W_3 W_2 W_1, ..., one after the other
        rows, inner, o = widths[j + 1], widths[j], offsets[j]
        for a in range(rows):
            for b in range(inputs):
                z = begin + a * inputs + b
                for i in range(LANES):
                    ahead[z, i] = 0.0
                for k in range(inner):
                    x, y = o + a * inner + k, k * inputs + b
                    if j == 1:
                        for i in range(LANES):
                            ahead[z, i] += Y[x, i] * Y[y, i]
                    else:
                        for i in range(LANES):
                            ahead[z, i] += Y[x, i] * ahead[last + y, i]
        last = begin
        begin += rows * inputs
    for z in range(widths[h] * inputs):
        for i in range(LANES):
            pulled[z, i] = Sigma[z] - (ahead[last + z, i] if h > 1 else Y[z, i])
    for j in range(h - 1, 0, -1):  # pulled is (W_h ... W_{j+2})^T R, counted from 1
        rows, columns, o = widths[j + 1], widths[j], offsets[j]
        if j > 1:
            last -= columns * inputs
        for a in range(rows):
            for b in range(columns):
                z = o + a * columns + b
                for i in range(LANES):
                    F[z, i] = 0.0
                for k in range(inputs):
                    x, y = a * inputs + k, b * inputs + k
                    if j == 1:
                        for i in range(LANES):
                            F[z, i] += pulled[x, i] * Y[y, i]
                    else:
                        for i in range(LANES):
                            F[z, i] += pulled[x, i] * ahead[last + y, i]
        for a in range(columns):
            for b in range(inputs):
                z = a * inputs + b
                for i in range(LANES):
                    spare[z, i] = 0.0
                for k in range(rows):
                    x, y = o + k * columns + a, k * inputs + b
                    for i in range(LANES):
                        spare[z, i] += Y[x, i] * pulled[y, i]
        for z in range(columns * inputs):
            for i in range(LANES):
                pulled[z, i] = spare[z, i]
    for z in range(widths[1] * inputs):
        for i in range(LANES):
            F[z, i] = pulled[z, i]


@compiled
def wide_velocities(Y, Sigma, widths, offsets, F, stages):
    """The same lane by lane with BLAS, which is faster from a dozen nodes a layer on."""
    h = len(widths) - 1
    lanes = np.ascontiguousarray(Y.T)
    target = Sigma.reshape(widths[h], widths[0])
    for i in range(stages):
        ahead = [lanes[i, : offsets[1]].reshape(widths[1], widths[0])]
        for j in range(1, h):
            W = lanes[i, offsets[j] : offsets[j + 1]].reshape(widths[j + 1], widths[j])
            ahead.append(np.dot(W, ahead[j - 1]))
        pulled = target - ahead[h - 1]
        for j in range(h - 1, 0, -1):
            W = lanes[i, offsets[j] : offsets[j + 1]].reshape(widths[j + 1], widths[j])
            F[offsets[j] : offsets[j + 1], i] = np.dot(pulled, ahead[j - 1].T).reshape(-1)
            pulled = np.dot(W.T, pulled)
        F[: offsets[1], i] = pulled.reshape(-1)


@compiled
def jacobian_blocks(state, Sigma, widths, members, starts, Q, squares, rates):
    """Write the eigenvectors of the blocks of the model at a state into Q, their eigenvalues into rates.

    Row m of members is (layer, row, column) of the weight that comes m-th when weights are sorted by blocks; block p
    has the rows from starts[p], its eigenvectors begin at squares[p]. False where something is not finite.
    """
    h, d = len(widths) - 1, np.max(widths)
    D, R = np.zeros((h, d)), np.zeros(d)
    product, begin = np.eye(widths[0]), 0
    for j in range(h):
        stop = begin + widths[j + 1] * widths[j]
        W = state[begin:stop].reshape(widths[j + 1], widths[j])
        for a in range(min(widths[j], widths[j + 1])):
            D[j, a] = W[a, a]
        product = np.dot(W, product)
        begin = stop
    for a in range(min(widths[0], widths[h])):
        R[a] = Sigma[a, a] - product[a, a]
    if not (np.isfinite(D).all() and np.isfinite(R).all()):
        return False
    behind, before, between = np.ones((h, d)), np.ones((h, d)), np.ones((h, h, d))
    for j in range(h - 2, -1, -1):
        behind[j] = behind[j + 1] * D[j + 1]
    for j in range(1, h):
        before[j] = before[j - 1] * D[j - 1]
    for j in range(h):
        for k in range(j + 2, h):
            between[k, j] = between[k - 1, j] * D[k - 1]
    for p in range(len(starts) - 1):
        o = starts[p]
        n = starts[p + 1] - o
        J = np.zeros((n, n))
        for x in range(n):
            k, a, b = members[o + x, 0], members[o + x, 1], members[o + x, 2]
            for y in range(x + 1):
                j, c, e = members[o + y, 0], members[o + y, 1], members[o + y, 2]
                entry = 0.0
                if a == c and b == e:
                    entry -= behind[k, a] * before[k, b] * behind[j, a] * before[j, b]
                if a == e and b == c:
                    if k > j:
                        entry += R[a] * behind[k, a] * between[k, j, b] * before[j, a]
                    elif j > k:
                        entry += R[b] * behind[j, b] * between[j, k, a] * before[k, b]
                J[x, y] = entry
                J[y, x] = entry
        found, vectors = np.linalg.eigh(J)
        for x in range(n):
            rates[o + x] = found[x]
            for y in range(n):
                Q[squares[p] + x * n + y] = vectors[x, y]
    return True


@compiled
def correct(K, residual, dt, spectrum, places, starts, Q, squares, rates, room):
    """K minus (I - dt J x a)^(-1) residual, in place, with the model J."""
    lam_r, lam_i, T_r, T_i, V_r, V_i = spectrum
    c_r, c_i = np.empty(PAIRS), np.empty(PAIRS)
    for p in range(len(starts) - 1):
        o, q = starts[p], squares[p]
        n = starts[p + 1] - o
        for x in range(n):
            for i in range(LANES):
                room[x, i] = 0.0
            for y in range(n):
                v, z = Q[q + y * n + x], places[o + y]
                for i in range(LANES):
                    room[x, i] += v * residual[z, i]
        for x in range(n):
            rate = dt * rates[o + x]
            for m in range(PAIRS):
                c_r[m], c_i[m] = 0.0, 0.0
            for i in range(LANES):
                for m in range(PAIRS):
                    c_r[m] += V_r[i, m] * room[x, i]
                    c_i[m] += V_i[i, m] * room[x, i]
            for m in range(PAIRS):
                g_r, g_i = 1.0 - rate * lam_r[m], -rate * lam_i[m]
                size = g_r * g_r + g_i * g_i
                v_r, v_i = c_r[m], c_i[m]
                c_r[m], c_i[m] = (v_r * g_r + v_i * g_i) / size, (v_i * g_r - v_r * g_i) / size
            for i in range(LANES):
                room[x, i] = 0.0
            for m in range(PAIRS):
                for i in range(LANES):
                    room[x, i] += T_r[m, i] * c_r[m] - T_i[m, i] * c_i[m]
        for x in range(n):
            z = places[o + x]
            for y in range(n):
                v = Q[q + x * n + y]
                for i in range(LANES):
                    K[z, i] -= v * room[y, i]


@compiled
def solve(K, x, Sigma, dt, a, stages, spectrum, shape, blocks, grain, stalled, most, room):
    """Iterate in place until the stage equations hold to rounding: iterations, last change in grains, and success.

    a: transposed matrix of the method in lanes; grain: the rounding of each weight; stalled: how many grains the
    change may measure when it no longer shrinks; most: when to give up.
    """
    widths, offsets, narrow = shape
    places, starts, Q, squares, rates = blocks
    Y, F, ahead, pulled, spare, small = room
    n = len(x)
    before, stalls = np.inf, 0
    for count in range(1, most + 1):
        for z in range(n):
            for i in range(LANES):
                Y[z, i] = 0.0
            for j in range(stages):
                for i in range(LANES):
                    Y[z, i] += a[j, i] * K[z, j]
            for i in range(LANES):
                Y[z, i] = x[z] + dt * Y[z, i]
        if narrow:
            velocities(Y, Sigma, widths, offsets, F, ahead, pulled, spare)
        else:
            wide_velocities(Y, Sigma, widths, offsets, F, stages)
        for z in range(n):
            for i in range(LANES):
                F[z, i] = K[z, i] - F[z, i] if i < stages else 0.0
                Y[z, i] = K[z, i]
        correct(K, F, dt, spectrum, places, starts, Q, squares, rates, small)
        change = 0.0
        for z in range(n):
            for i in range(stages):
                moved = abs(K[z, i] - Y[z, i]) * dt / grain[z]
                if not moved <= change:
                    change = moved
        if not change < 1e300:
            return count, change, False
        stalls = stalls + 1 if change > 0.9 * before else 0
        if change <= 1.0 or (change <= stalled and (stalls >= 2 or change >= before)):
            return count, change, True
        if stalls >= 4:
            return count, change, False
        before = change
    return most, change, False
