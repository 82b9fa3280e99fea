"""Claims about gradient flow: its equation, and what it keeps (P1-C2, P1-C3, P1-C5 to P1-C8, E1)."""

from fractions import Fraction
from itertools import pairwise

import numpy as np

from blockshift.claims.evidence import Identity, Proof, Residual
from blockshift.claims.ledger import claim
from blockshift.claims.on_graph import PAPER, SHAPES, integer_network
from blockshift.flow import conservation, gradient, integrators
from blockshift.flow.symbols import derivations, expansions
from blockshift.flow.symbols.words import Affine, h
from blockshift.graph import blocks
from blockshift.graph.network import Network

#: Exact instances draw integers from -1000 to 1000. A polynomial of degree D that is not zero vanishes at such a
#: point with probability at most D / 2001 (Schwartz, Zippel); 8 shapes and every entry are tried.
AT_RANDOM = "exact integers at 8 random points (8 shapes)"


def _points(seed: int):
    """A network with integer weights and a full integer matrix Sigma, for each shape."""
    rng = np.random.default_rng(seed)
    for widths in SHAPES:
        Sigma = rng.integers(-1000, 1001, (widths[-1], widths[0])).astype(object)
        yield integer_network(widths, rng=rng), Sigma


def _total(arrays) -> int | Fraction:
    """The sum of the absolute values of all entries, exactly."""
    return sum((abs(entry) for array in arrays for entry in np.asarray(array).flat), 0)


def _difference(form, net: Network, V):
    """The derivative of a quadratic function of the layers in direction V, exactly: half its central difference."""
    plus = form([W + D for W, D in zip(net.weights, V, strict=True)])
    minus = form([W - D for W, D in zip(net.weights, V, strict=True)])
    return [(p - m) * Fraction(1, 2) for p, m in zip(plus, minus, strict=True)]


def _slope(net: Network, Sigma, V) -> Fraction:
    """The derivative of the loss in direction V, exactly: W_1, ..., W_h and L as polynomials in the step s."""
    degree = 2 * net.depth
    steps = [Fraction(k) for k in range(degree + 1)]
    moved = (Network(tuple(W + k * D for W, D in zip(net.weights, V, strict=True))) for k in range(degree + 1))
    values = [gradient.loss(step, Sigma) for step in moved]
    return _derivative_at_zero(steps, values)


def _derivative_at_zero(nodes, values) -> Fraction:
    """The derivative at 0 of the polynomial through the given points, by Lagrange's formula; nodes[0] is 0."""
    result = values[0] * sum((-1 / x for x in nodes[1:]), Fraction(0))
    for k in range(1, len(nodes)):
        others = [x for m, x in enumerate(nodes) if m not in (0, k)]
        weight = Fraction(1)
        for x in others:
            weight *= -x / (nodes[k] - x)
        result += values[k] * weight / nodes[k]
    return result


@claim(
    "P1-C2",
    source=PAPER,
    status="confirmed",
    part="flow",
    chapter="flow/the-equation",
    statement="-∇L = Σ_j (A^(h-j))ᵀ (E - A^h) (A^(j-1))ᵀ, and this is block-shift.",
    control={"last": h - 1},
)
def the_gradient_is_a_sum_of_powers(*, last: Affine = h):
    """Derived from the first variation; the code against the matrix formula, and against the slope of the loss."""
    missing = (h - last).constant
    formula, slope = {}, {}
    for net, Sigma in _points(2):
        A, E = net.adjacency(), blocks.assemble([Sigma], net.widths, net.depth)
        powers = [np.eye(net.nodes, dtype=object)]
        for _ in range(net.depth):
            powers.append(powers[-1] @ A)
        R = E - powers[-1]
        steps = range(1, net.depth + 1 - missing)
        flow = sum((powers[net.depth - j].T @ R @ powers[j - 1].T for j in steps), 0 * A)
        V = gradient.velocity(net, Sigma)
        formula[f"{net.widths}"] = _total([flow - blocks.assemble(V, net.widths)])
        slope[f"{net.widths}"] = _slope(net, Sigma, V) + _total([D * D for D in V])
    instances = [
        Residual(formula, bound=0, scope=f"fast code minus matrix formula, {AT_RANDOM}"),
        Residual(slope, bound=0, scope="slope of the loss along it plus its squared norm"),
    ]
    return Proof(derivations.gradient(last=last), instances)


@claim(
    "P1-C3",
    source=PAPER,
    status="confirmed",
    part="flow",
    chapter="flow/the-equation",
    statement="½‖E - A^h‖² is the loss ½‖Σ - W_h...W_1‖² of the layers.",
    control={"grade": h - 1},
    uses=("P1-C1",),
)
def the_loss_is_layerwise(*, grade: Affine = h):
    """Derived by grading; both losses in integers. At another grade the data miss the corner."""
    differences = {}
    for net, Sigma in _points(3):
        A, k = net.adjacency(), net.depth - (h - grade).constant
        places = list(blocks.positions(net.widths, k))
        E = 0 * A
        rows, columns = places[0]
        height, width = min(rows.stop - rows.start, len(Sigma)), min(columns.stop - columns.start, Sigma.shape[1])
        E[rows.start : rows.start + height, columns.start : columns.start + width] = Sigma[:height, :width]
        R = E - np.linalg.matrix_power(A, net.depth)
        differences[f"{net.widths}"] = (R * R).sum() - 2 * gradient.loss(net, Sigma)
    instances = [Residual(differences, bound=0, scope=AT_RANDOM)]
    return Proof(derivations.loss_is_layerwise(grade=grade), instances)


@claim(
    "P1-C5",
    source=PAPER,
    status="confirmed",
    part="flow",
    chapter="flow/the-equation",
    statement="The right side of gradient flow is a polynomial of degree 2h - 1 in the weights.",
    control={"less": 2},
    uses=("P1-C2",),
)
def the_flow_is_polynomial(*, less=1):
    """Every entry expanded by SymPy, its degree read off, and the formula compared with differentiation."""
    differences = {}
    for widths in ((1, 1), (2, 3), (1, 1, 1), (2, 2, 2), (2, 1, 3), (1, 1, 1, 1), (1, 2, 2, 1), (1, 1, 1, 1, 1)):
        depth = len(widths) - 1
        formula, derivative = expansions.entrywise_flow(widths)
        differences[f"degree at {widths}"] = expansions.flow_degree(widths) - (2 * depth - less)
        differences[f"derivative at {widths}"] = sum(map(abs, (formula - derivative).expand()))
    return Identity(differences, scope="all weights and all Σ, at 8 shapes with h = 1, 2, 3, 4")


@claim(
    "P1-C6",
    source=PAPER,
    status="confirmed",
    part="flow",
    chapter="flow/what-is-kept",
    figures=(
        "fig-kept",
        "fig-kept-digits",
    ),
    statement="W_i W_iᵀ - W_{i+1}ᵀ W_{i+1} is constant along the flow, for every hidden layer.",
    control={"sign": +1},
    uses=("P1-C2", "P1-C7"),
)
def interior_gram_differences_are_conserved(*, sign=-1):
    """Derived by telescoping and grading; the code's conserved matrices differentiated along the code's velocity."""
    rates = {}
    for net, Sigma in _points(6):
        V = gradient.velocity(net, Sigma)
        if sign == -1:
            form = conservation.conserved
        else:

            def form(layers):
                return tuple(W @ W.T + sign * U.T @ U for W, U in pairwise(layers))

        rates[f"{net.widths}"] = _total(_difference(form, net, V))
    instances = [Residual(rates, bound=0, scope=f"d/dt of the library's conserved matrices, {AT_RANDOM}")]
    return Proof(derivations.conserved_matrices(sign=sign), instances)


@claim(
    "P1-C7",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter="flow/what-is-kept",
    statement="d/dt(AAᵀ - AᵀA) = M + Mᵀ with M = R(A^h)ᵀ - (A^h)ᵀR, which lives in the first and last block.",
    control={"sign": +1},
    uses=("P1-C2",),
)
def the_commutator_moves_at_its_ends_only(*, sign=-1):
    """Derived by telescoping; both sides as matrices of integers, and the grades of the right side."""
    differences = {}
    for net, Sigma in _points(7):
        A, V = net.adjacency(), blocks.assemble(gradient.velocity(net, Sigma), net.widths)
        top = np.linalg.matrix_power(A, net.depth)
        R = blocks.assemble([Sigma], net.widths, net.depth) - top
        M = R @ top.T - top.T @ R
        rate = V @ A.T + A @ V.T + sign * (V.T @ A + A.T @ V)
        differences[f"{net.widths}"] = _total([rate - M - M.T])
    instances = [Residual(differences, bound=0, scope=AT_RANDOM)]
    return Proof(derivations.commutator(sign=sign), instances)


@claim(
    "P1-C8",
    source=PAPER,
    status="confirmed",
    part="flow",
    chapter="flow/the-equation",
    figures=("fig-staircase",),
    statement="The loss never increases: dL/dt = -‖dA/dt‖².",
    control={"sign": +1},
    uses=("P1-C2",),
)
def the_loss_decreases(*, sign=-1):
    """Derived by the rule of Leibniz; slopes in exact integers; and the loss along a run, step by step."""
    slopes = {
        f"{net.widths}": _slope(net, Sigma, V) - sign * _total([D * D for D in V])
        for net, Sigma in _points(8)
        for V in [gradient.velocity(net, Sigma)]
    }
    start = Network.random((3, 4, 5, 3), rng=np.random.default_rng(8), scale=0.3)
    run = integrators.integrate(start, [3, 2, 1], t_end=20.0)
    rises = np.diff(-sign * run.loss)
    instances = [
        Residual(slopes, bound=0, scope=f"slope of the loss along the velocity, {AT_RANDOM}"),
        # A step has relative error 1e-10, and the loss at its start is the scale of what that can raise.
        Residual(
            {"rise": float(max(rises.max(), 0.0))}, bound=1e-9 * run.loss[0], scope="rises of the loss along a run"
        ),
    ]
    return Proof(derivations.loss_decrease(sign=sign), instances)


@claim(
    "E1",
    source="ours",
    status="ours",
    part="flow",
    chapter="marginalia",
    statement="For h = 2 and invertible Σ the origin is the only critical point that has learnt nothing.",
    control={"invertible": False},
    uses=("P1-C2",),
)
def the_origin_can_be_alone(*, invertible=True):
    """Derived by multiplying with the inverse; the kernel of the conditions has dimension 0, in exact arithmetic.

    This limits a literal reading of the statement that level sets of critical points are unbounded.
    """
    rng = np.random.default_rng(11)
    dimensions = {}
    for size in (1, 2, 3):
        for hidden in (1, 2, 4):
            while True:
                Sigma = rng.integers(-9, 10, (size, size))
                if not invertible:
                    Sigma[-1] = 0
                if invertible == (expansions.exact_rank(Sigma) == size):
                    break
            # W_2^T Sigma = 0 and Sigma W_1^T = 0, as one linear system in the entries of W_2 and W_1.
            unit = np.eye(hidden, dtype=int)
            rank = expansions.exact_rank(np.kron(Sigma.T, unit)) + expansions.exact_rank(np.kron(unit, Sigma))
            dimensions[f"widths {(size, hidden, size)}"] = 2 * size * hidden - rank
    instances = [Residual(dimensions, bound=0, scope="exact dimension of the solutions of the conditions, 9 shapes")]
    return Proof(derivations.origin_is_alone(invertible=invertible), instances)
