"""Statements about gradient flow written out at one shape: what must be zero, as matrices of polynomials.

One function for each claim. It takes the widths and the same keyword that spoils the derivation, and returns the
differences that the statement says are zero, for all weights and all Sigma at once. It is written from the statement,
with nothing that proves it.
"""

from collections.abc import Sequence
from itertools import pairwise

from sympy.polys.matrices import DomainMatrix

from blockshift import errors
from blockshift.flow.symbols.words import Affine, h
from blockshift.reruns import letters as given
from blockshift.reruns.letters import Letters

Differences = list[DomainMatrix]


def _cut(last: Affine) -> int:
    """How many terms of the sum over j are missing."""
    return (h - last).constant


def _number(value, ring) -> DomainMatrix:
    """A single polynomial as a matrix."""
    return DomainMatrix([[value]], (1, 1), ring).to_sparse()


def _looped(net: Letters, grade: int) -> DomainMatrix:
    """The adjacency matrix; with a loop at every node where the grade is 0."""
    A = net.adjacency
    return A + given.identity(A.shape[0], net.ring) if grade == 0 else A


def nilpotency(widths: Sequence[int], *, grade: int = 1) -> Differences:
    """P1-C1: ``A^(h+1)``, and ``A^h`` without its corner ``W_h ... W_1``."""
    net = given.letters(widths)
    A = _looped(net, grade)
    top = A**net.depth
    return [top * A, top - given.corner(net.product, widths)]


def spectrum(widths: Sequence[int], *, grade: int = 1) -> Differences:
    """P1-C4: ``tr A^k`` for k = 1, ..., n, and what the flow would add outside of the layers' blocks."""
    net = given.letters(widths)
    A, V = _looped(net, grade), given.flow(net)
    traces, power = [], A
    for _ in range(A.shape[0]):
        dok = power.to_dok()
        traces.append(_number(sum((v for (i, j), v in dok.items() if i == j), net.ring.zero), net.ring))
        power = power * A
    blocks = [given.block(V, k + 1, k, widths) for k in range(net.depth)]
    return [*traces, V - given.assemble(blocks, widths)]


def gradient(widths: Sequence[int], *, last: Affine = h) -> Differences:
    """P1-C2: the sum of powers, plus the derivative of the loss by each weight (twice both)."""
    net = given.letters(widths)
    twice = given.squared(net.residual)
    slopes = [W.applyfunc(lambda w: twice.diff(w) if w else w) for W in net.weights]
    return [2 * given.flow(net, missing=_cut(last)) + given.assemble(slopes, widths)]


def loss_is_layerwise(widths: Sequence[int], *, grade: Affine = h) -> Differences:
    """P1-C3: ``|E - A^h|^2 - |Sigma - W|^2``."""
    net = given.letters(widths)
    R = given.corner(net.Sigma, widths, net.depth - _cut(grade)) - net.adjacency**net.depth
    return [_number(given.squared(R) - given.squared(net.Sigma - net.product), net.ring)]


def degree(widths: Sequence[int], *, less: int = 1) -> Differences:
    """P1-C5: the degree in the weights of the right side, minus ``2h - 1``."""
    net = given.letters(widths)
    numbers = range(sum(a * b for a, b in pairwise(widths)))
    found = max(
        sum(monomial[k] for k in numbers) for entry in given.flow(net).to_dok().values() for monomial in entry.monoms()
    )
    return [_number(net.ring(found - (2 * net.depth - less)), net.ring)]


def _conserved(layers: Sequence[DomainMatrix], moved: Sequence[DomainMatrix], sign: int = -1) -> Differences:
    """``W_i V_i^T + sign V_{i+1}^T W_{i+1}`` and its transpose: the rate of change of the conserved matrices."""
    halves = [
        W * V.transpose() + sign * (U.transpose() * Y)
        for (W, V), (U, Y) in pairwise(zip(layers, moved, strict=True))
        for U, Y in [(Y, U)]
    ]
    return [X + X.transpose() for X in halves]


def conserved_matrices(widths: Sequence[int], *, sign: int = -1) -> Differences:
    """P1-C6: ``d/dt (W_i W_i^T - W_{i+1}^T W_{i+1})`` along the flow."""
    net = given.letters(widths)
    return _conserved(net.weights, given.velocities(net), sign)


def commutator(widths: Sequence[int], *, sign: int = -1) -> Differences:
    """P1-C7: ``d/dt (A A^T - A^T A) - M - M^T``."""
    net = given.letters(widths)
    A, V, R = net.adjacency, given.flow(net), net.residual
    top = (A**net.depth).transpose()
    M = R * top - top * R
    half = V * A.transpose() + sign * (V.transpose() * A)
    return [half + half.transpose() - M - M.transpose()]


def loss_decrease(widths: Sequence[int], *, sign: int = -1) -> Differences:
    """P1-C8: the slope of the loss along the flow, minus ``-|dA/dt|^2`` (twice both)."""
    net = given.letters(widths)
    V, twice = given.velocities(net), given.squared(net.residual)
    slope = net.ring.zero
    for W, D in zip(net.weights, V, strict=True):
        moving = D.to_dok()
        slope += sum((twice.diff(w) * moving[at] for at, w in W.to_dok().items() if at in moving), net.ring.zero)
    speed = sum((given.squared(D) for D in V), net.ring.zero)
    return [_number(slope - 2 * sign * speed, net.ring)]


def norm_law(widths: Sequence[int], *, last: Affine = h) -> Differences:
    """S6: ``<W_i, dW_i/dt> - <Sigma - W, W>`` for each layer."""
    net = given.letters(widths)
    common = given.inner(net.Sigma - net.product, net.product)
    V = given.velocities(net, missing=_cut(last))
    return [_number(given.inner(W, D) - common, net.ring) for W, D in zip(net.weights, V, strict=True)]


def necessary_conditions(widths: Sequence[int], *, last: Affine = h) -> Differences:
    """S10: ``W_1^T dW_1/dt - W^T (Sigma - W)`` and ``dW_h/dt W_h^T - (Sigma - W) W^T``.

    The left terms are zero where the flow rests, so the right ones are.
    """
    net = given.letters(widths)
    V, W = given.velocities(net, missing=_cut(last)), net.product
    gap = net.Sigma - W
    return [
        net.weights[0].transpose() * V[0] - W.transpose() * gap,
        V[-1] * net.weights[-1].transpose() - gap * W.transpose(),
    ]


def hessian(widths: Sequence[int], *, factor: int = 2) -> Differences:
    """S18: the second derivative of the loss along a line, minus a square and `factor` times the pairs (twice all)."""
    net = given.letters(widths, directions=True, single=("s",))
    s, V = net.others["s"], given.assemble(net.others["V"], widths)
    A, depth = net.adjacency, net.depth
    line = [W + s * D for W, D in zip(net.weights, net.others["V"], strict=True)]
    along = given.squared(net.Sigma - given.chain(line))
    bent = along.diff(s).diff(s).evaluate(s, 0).set_ring(along.ring)
    powers = [A**k for k in range(depth + 1)]
    zero = DomainMatrix.zeros(A.shape, net.ring)
    X = sum((powers[depth - j] * V * powers[j - 1] for j in range(1, depth + 1)), zero)
    pairs = sum(
        (
            powers[depth - i] * V * powers[i - j - 1] * V * powers[j - 1]
            for i in range(1, depth + 1)
            for j in range(1, i)
        ),
        zero,
    )
    return [_number(bent - 2 * (given.squared(X) - factor * given.inner(net.residual, pairs)), net.ring)]


def hidden_change_of_basis(widths: Sequence[int], *, outer: bool = True) -> Differences:
    """P1-C14: loss and velocities at ``P A P^-1``, minus those at A carried over; P is a matrix of whole numbers.

    With `outer` the first and the last block of P are identities, as the statement asks.
    """
    net = given.letters(widths)
    ring, depth = net.ring, net.depth
    # One input and one output that both changed their sign would leave the loss as it is.
    pairs = [_unimodular(d, ring, outer and k in (0, depth), -1 if k else 1) for k, d in enumerate(widths)]
    moved = Letters(
        net.widths, tuple(pairs[k + 1][0] * W * pairs[k][1] for k, W in enumerate(net.weights)), net.Sigma, {}
    )
    V, U = given.velocities(net), given.velocities(moved)
    turned = [pairs[k + 1][1].transpose() * D * pairs[k][0].transpose() for k, D in enumerate(V)]
    losses = given.squared(moved.Sigma - moved.product) - given.squared(net.Sigma - net.product)
    return [_number(losses, ring), *(X - Y for X, Y in zip(U, turned, strict=True))]


def _unimodular(size: int, ring, plain: bool, sign: int = -1) -> tuple[DomainMatrix, DomainMatrix]:
    """A matrix of whole numbers and its inverse, which is one too; the identity if `plain`, `sign` if of size 1."""
    P = back = given.identity(size, ring)
    if plain:
        return P, back
    one = ring.one
    for k in range(size):
        turn = {i: {i: one} for i in range(size)}
        undo = {i: {i: one} for i in range(size)}
        if size == 1:
            turn[0][0] = undo[0][0] = sign * one
        else:
            turn[k][(k + 1) % size], undo[k][(k + 1) % size] = one * (k + 2), -one * (k + 2)
        P = DomainMatrix(turn, (size, size), ring) * P
        back = back * DomainMatrix(undo, (size, size), ring)
    return P, back


def balanced_end_to_end(widths: Sequence[int], *, balanced: bool = True) -> Differences:
    """P1-C22: the end-to-end equation with Gram matrices for all weights, then with roots for 0-balanced ones."""
    net = given.letters(widths)
    W, numbers = net.product, range(net.depth)
    rate, grams = DomainMatrix.zeros(W.shape, net.ring), DomainMatrix.zeros(W.shape, net.ring)
    for j, D in enumerate(given.velocities(net)):
        after, before = _outer(net.weights[j + 1 :], widths[-1], net.ring), _outer(net.weights[:j], widths[0], net.ring)
        rate += after * D * before
        grams += after * after.transpose() * (net.Sigma - W) * before.transpose() * before
    layers, left, right, Sigma = _balanced(widths, balanced)
    W, gap = given.chain(layers), Sigma - given.chain(layers)
    known = Letters(tuple(widths), tuple(layers), Sigma)
    speeds = [
        _outer(layers[j + 1 :], widths[-1], Sigma.domain) * D * _outer(layers[:j], widths[0], Sigma.domain)
        for j, D in enumerate(given.velocities(known))
    ]
    zero = DomainMatrix.zeros(W.shape, Sigma.domain)
    closed = sum((left ** (net.depth - 1 - j) * gap * right**j for j in numbers), zero)
    return [
        rate - grams,
        left**net.depth - W * W.transpose(),
        right**net.depth - W.transpose() * W,
        sum(speeds, zero) - closed,
        *(X * X.transpose() - Y.transpose() * Y for X, Y in pairwise(layers)),
    ]


def _outer(layers: Sequence[DomainMatrix], size: int, ring) -> DomainMatrix:
    """The product of some layers; the identity if there are none."""
    return given.chain(layers) if layers else given.identity(size, ring)


def _balanced(widths: Sequence[int], balanced: bool):
    """Layers ``Q_i D Q_{i-1}^T``, the letters of D the same in all, Q_i a reflection in fractions; and the roots."""
    strengths = [f"d_{k + 1}" for k in range(min(widths))]
    net = given.letters((widths[0], widths[-1]), single=strengths, field=given.FRACTIONS)
    ring = net.ring
    turns = [_reflection(d, ring) for d in widths]
    layers = []
    for k, (c, d) in enumerate(pairwise(widths)):
        D = DomainMatrix({i: {i: net.others[name]} for i, name in enumerate(strengths)}, (d, c), ring)
        layers.append(turns[k + 1] * D * turns[k].transpose())
    left, right = layers[-1] * layers[-1].transpose(), layers[0].transpose() * layers[0]
    if not balanced and len(layers) > 1:
        layers[0], layers[1] = 2 * layers[0], ring(given.FRACTIONS(1, 2)) * layers[1]
    return layers, left, right, net.Sigma


def _reflection(size: int, ring) -> DomainMatrix:
    """The reflection at the hyperplane orthogonal to (1, 2, ..., size)."""
    v = DomainMatrix([[ring(k + 1)] for k in range(size)], (size, 1), ring).to_sparse()
    length = sum((k + 1) ** 2 for k in range(size))
    return given.identity(size, ring) - ring(given.FRACTIONS(2, length)) * (v * v.transpose())


def descent_drift(widths: Sequence[int], *, second: bool = True) -> Differences:
    """P1-C30: the change of the conserved matrices in one step eta, minus ``eta^2 (G_i G_i^T - G_{i+1}^T G_{i+1})``."""
    net = given.letters(widths, single=("eta",))
    eta, G = net.others["eta"], given.velocities(net)
    after = [W + eta * D for W, D in zip(net.weights, G, strict=True)]
    new, old, bent = (
        [X * X.transpose() - Y.transpose() * Y for X, Y in pairwise(layers)] for layers in (after, net.weights, G)
    )
    return [x - y - (eta**2 * z if second else 0 * z) for x, y, z in zip(new, old, bent, strict=True)]


def general_loss(widths: Sequence[int], *, sign: int = -1) -> Differences:
    """P1-C31: with any matrix N for the residual: the rates of the conserved matrices, and the slope of the loss."""
    net = given.letters(widths, force=True)
    N = net.others["N"]
    V = given.velocities(net, residual=given.corner(N, widths))
    moving = DomainMatrix.zeros(N.shape, net.ring)
    for j, D in enumerate(V):
        moving += _outer(net.weights[j + 1 :], widths[-1], net.ring) * D * _outer(net.weights[:j], widths[0], net.ring)
    speed = sum((given.squared(D) for D in V), net.ring.zero)
    return [*_conserved(net.weights, V, sign), _number(speed - given.inner(N, moving), net.ring)]


def origin_is_alone(widths: Sequence[int], *, invertible: bool = True) -> Differences:
    """E1: the dimension of the solutions of ``W_2^T Sigma = 0`` and ``Sigma W_1^T = 0``, for h = 2.

    Raises
    ------
    BadArgument
        If the shape is not that of two layers with as many outputs as inputs.
    """
    if len(widths) != 3 or widths[0] != widths[2]:
        raise errors.BadArgument(
            f"the shape is {'-'.join(map(str, widths))}; the statement is about two layers and a Σ with an inverse; "
            "write for example 2-3-2."
        )
    net = given.letters((widths[0], widths[0]))
    Sigma = net.Sigma if invertible else net.Sigma - _last_row(net.Sigma)
    # Each row of W_2^T and each column of W_1^T is in the kernel of Sigma, or of its transpose, on its own.
    kernel = widths[0] - Sigma.to_field().rank()
    return [_number(net.ring(2 * widths[1] * kernel), net.ring)]


def _last_row(X: DomainMatrix) -> DomainMatrix:
    """The last row where it stands, zero elsewhere."""
    kept = {j: value for (i, j), value in X.to_dok().items() if i == X.shape[0] - 1}
    return DomainMatrix({X.shape[0] - 1: kept}, X.shape, X.domain)
