"""Claims derived for all sizes with the larger calculus (S6, S10, S18, P1-C14, P1-C22, P1-C30, P1-C31)."""

from fractions import Fraction
from itertools import pairwise

import numpy as np

from blockshift.claims.evidence import Proof, Residual
from blockshift.claims.ledger import claim
from blockshift.claims.on_graph import PAPER, SHAPES
from blockshift.flow import conservation, gradient
from blockshift.flow.laws import finite_field
from blockshift.flow.symbols import derivations
from blockshift.flow.symbols.words import Affine, h
from blockshift.graph import blocks
from blockshift.graph.network import Network

CHAPTER = "flow/derivations-for-all-sizes"

#: A polynomial of degree D that is not zero passes at a point with probability at most D / (2^61 - 1) (Schwartz,
#: Zippel). With h <= 5 and widths <= 5 no D below is above 130, reached where inverses are multiplied out.
IN_FIELD = "entry by entry at 8 random points modulo 2^61 - 1 (8 shapes, each missed with probability < 1e-16)"


def _points(seed: int):
    """A network and a full matrix Sigma over the prime field, for each shape."""
    rng = np.random.default_rng(seed)
    for widths in SHAPES:
        layers = _chain(widths, rng)
        yield Network(layers), finite_field.draw(widths[-1], widths[0], rng=rng), rng


def _chain(widths, rng) -> tuple[np.ndarray, ...]:
    """Random layers over the prime field."""
    return tuple(finite_field.draw(d, c, rng=rng) for c, d in pairwise(widths))


def _velocity(net: Network, Sigma, last: Affine = h):
    """The library's velocity modulo p, without its last layers where the sum over j ends early."""
    V = [finite_field.residue(X) for X in gradient.velocity(net, Sigma)]
    kept = net.depth - (h - last).constant
    return [X if j < kept else 0 * X for j, X in enumerate(V)]


def _moved(net: Network, V, step: int) -> Network:
    """The network a number of steps along V."""
    return Network(tuple(finite_field.residue(W + step * D) for W, D in zip(net.weights, V, strict=True)))


def _numbers(net: Network) -> range:
    """The numbers of the layers of weights, 1 to h."""
    return range(1, net.depth + 1)


def _powers(A: np.ndarray, depth: int) -> list[np.ndarray]:
    """``A^0, ..., A^h`` modulo p."""
    powers = [np.eye(len(A), dtype=int).astype(object)]
    for _ in range(depth):
        powers.append(finite_field.residue(powers[-1] @ A))
    return powers


@claim(
    "S6",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=CHAPTER,
    statement="d/dt ‖W_i‖² = 2⟨Σ - W, W⟩, the same for every layer, and d/dt ‖A‖² = 2h⟨R, A^h⟩.",
    control={"last": h - 1},
    uses=("P1-C2",),
)
def all_layers_grow_alike(*, last: Affine = h):
    """Derived word by word; rates of the squared norms along the code's velocity, over a prime field."""
    rates = {}
    for net, Sigma, _ in _points(106):
        V, W = _velocity(net, Sigma, last), net.product()
        common = 2 * ((Sigma - W) * W).sum()
        each = [2 * (X * D).sum() - common for X, D in zip(net.weights, V, strict=True)]
        rates[f"{net.widths}"] = finite_field.nonzero(*each, sum(each))
    return Proof(derivations.norm_law(last=last), [Residual(rates, bound=0, scope=IN_FIELD)])


@claim(
    "S10",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=CHAPTER,
    statement="At a critical point (A^h)ᵀR = 0 and R(A^h)ᵀ = 0: WᵀΣ = WᵀW and ΣWᵀ = WWᵀ.",
    control={"last": h - 1},
    uses=("P1-C2",),
)
def the_residual_is_orthogonal_to_what_is_learnt(*, last: Affine = h):
    """Derived from the words at both ends; that these words are multiples of the velocity, over a prime field."""
    differences = {}
    for net, Sigma, _ in _points(110):
        V, W = _velocity(net, Sigma, last), net.product()
        left = net.weights[0].T @ V[0] - W.T @ (Sigma - W)
        right = V[-1] @ net.weights[-1].T - (Sigma - W) @ W.T
        differences[f"{net.widths}"] = finite_field.nonzero(left, right)
    scope = f"(A^h)ᵀR = W_1ᵀ dW_1/dt and R(A^h)ᵀ = dW_h/dt W_hᵀ, {IN_FIELD}"
    return Proof(derivations.necessary_conditions(last=last), [Residual(differences, bound=0, scope=scope)])


@claim(
    "S18",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=CHAPTER,
    statement="D²L[V,V] = ‖Σ_j A^(h-j) V A^(j-1)‖² - 2⟨R, Σ_(i>j) A^(h-i) V A^(i-j-1) V A^(j-1)⟩.",
    control={"factor": 1},
    uses=("P1-C3",),
)
def the_hessian_is_a_square_minus_pairs(*, factor=2):
    """Derived by varying twice; the formula against the loss interpolated along a random line, over a prime field."""
    differences = {}
    for net, Sigma, rng in _points(118):
        D, depth = _chain(net.widths, rng), net.depth
        A, V = net.adjacency(), blocks.assemble(D, net.widths)
        powers = _powers(A, depth)
        R = blocks.assemble([Sigma], net.widths, depth) - powers[depth]
        X = sum((powers[depth - j] @ V @ powers[j - 1] for j in range(1, depth + 1)), 0 * A)
        pairs = 0 * A
        for i in range(1, depth + 1):
            for j in range(1, i):
                pairs = pairs + powers[depth - i] @ V @ powers[i - j - 1] @ V @ powers[j - 1]
        formula = (X * X).sum() - factor * (R * pairs).sum()
        doubled = [2 * gradient.loss(_moved(net, D, s), Sigma) for s in range(2 * depth + 1)]
        differences[f"{net.widths}"] = finite_field.nonzero(finite_field.coefficients(doubled)[2] - formula)
    return Proof(derivations.hessian(factor=factor), [Residual(differences, bound=0, scope=IN_FIELD)])


@claim(
    "P1-C14",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=CHAPTER,
    statement="A hidden change of basis A → PAP⁻¹ keeps the loss and maps critical points to critical points.",
    control={"outer": False},
    uses=("P1-C2", "P1-C3"),
)
def a_hidden_change_of_basis_keeps_loss_and_criticality(*, outer=True):
    """Derived with two rules for P; losses, velocities and a critical point moved by random P over a prime field."""
    losses, slopes, rests = {}, {}, {}
    for net, Sigma, rng in _points(114):
        bases = [finite_field.draw(d, d, rng=rng) for d in net.widths]
        if outer:
            bases[0], bases[-1] = (np.eye(d, dtype=int).astype(object) for d in (net.widths[0], net.widths[-1]))
        back = [finite_field.inverse(B) for B in bases]

        def change(point, bases=bases, back=back):
            pairs = enumerate(point.weights, 1)
            return Network(tuple(finite_field.residue(bases[i] @ W @ back[i - 1]) for i, W in pairs))

        moved, name = change(net), f"{net.widths}"
        losses[name] = finite_field.nonzero(2 * gradient.loss(moved, Sigma) - 2 * gradient.loss(net, Sigma))
        V, U = _velocity(net, Sigma), _velocity(moved, Sigma)
        slopes[name] = finite_field.nonzero(*(U[i - 1] - back[i].T @ V[i - 1] @ bases[i - 1].T for i in _numbers(net)))
        saddle, target = _saddle(net.widths, rng)
        rests[name] = finite_field.nonzero(*_velocity(saddle, target), *_velocity(change(saddle), target))
    instances = [
        Residual(losses, bound=0, scope=f"loss, {IN_FIELD}"),
        Residual(slopes, bound=0, scope="velocity at PAP⁻¹ minus the velocity at A carried over"),
        Residual(rests, bound=0, scope="velocities at a critical point and at its image"),
    ]
    return Proof(derivations.hidden_change_of_basis(outer=outer), instances)


def _saddle(widths, rng):
    """A critical point that has learnt the first value of a diagonal Sigma only, and this Sigma.

    All products of its layers but the whole one live on the first coordinates, where the residual is zero. A single
    layer has no such point: there it has learnt everything.
    """
    Sigma = np.zeros((widths[-1], widths[0]), dtype=object)
    for at in range(min(widths[0], widths[-1])):
        Sigma[at, at] = int(finite_field.draw(1, 1, rng=rng)[0, 0])
    if len(widths) == 2:
        return Network((Sigma,)), Sigma
    layers = [np.zeros((d, c), dtype=object) for c, d in pairwise(widths)]
    for W in layers:
        W[0, 0] = 1
    layers[0][0, 0] = Sigma[0, 0]
    return Network(tuple(layers)), Sigma


@claim(
    "P1-C22",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=CHAPTER,
    statement="On 0-balanced networks dW/dt = Σ_j (WWᵀ)^((h-j)/h) (Σ - W) (WᵀW)^((j-1)/h).",
    control={"balanced": False},
    uses=("P1-C2", "P1-C6"),
)
def balance_closes_the_end_to_end_equation(*, balanced=True):
    """Derived for all networks, then for 0-balanced ones; the general equation over a prime field, the balanced one
    on rational networks with exact roots.
    """
    general, closed, rng = {}, {}, np.random.default_rng(122)
    for net, Sigma, _ in _points(122):
        V, W = _velocity(net, Sigma), net.product()
        grams = sum((_before(net, j) @ (Sigma - W) @ _after(net, j) for j in _numbers(net)), 0 * W)
        general[f"{net.widths}"] = finite_field.nonzero(_product_rule(net, V) - grams)
    for widths in SHAPES:
        net, left, right = _rational_balanced(widths, rng, balanced)
        depth, W = net.depth, net.product()
        Sigma = rng.integers(-9, 10, W.shape).astype(object)
        power = np.linalg.matrix_power
        differences = [
            # `left` and `right` are the roots: symmetric, positive semidefinite by construction.
            power(left, depth) - W @ W.T,
            power(right, depth) - W.T @ W,
            _product_rule(net, gradient.velocity(net, Sigma))
            - sum((power(left, depth - j) @ (Sigma - W) @ power(right, j - 1) for j in _numbers(net)), 0 * W),
            *conservation.conserved(net),
        ]
        closed[f"{widths}"] = sum(int(entry != 0) for X in differences for entry in X.flat)
    instances = [
        Residual(general, bound=0, scope=f"general equation, {IN_FIELD}"),
        Residual(closed, bound=0, scope="balanced equation with exact roots, 8 rational 0-balanced networks"),
    ]
    return Proof(derivations.balanced_end_to_end(balanced=balanced), instances)


def _before(net: Network, j: int) -> np.ndarray:
    """The Gram matrix of ``W_h ... W_{j+1}``."""
    product = np.eye(net.widths[-1], dtype=int).astype(object)
    for W in reversed(net.weights[j:]):
        product = product @ W
    return product @ product.T


def _after(net: Network, j: int) -> np.ndarray:
    """The Gram matrix of ``W_{j-1} ... W_1``, on the input."""
    product = np.eye(net.widths[0], dtype=int).astype(object)
    for W in net.weights[: j - 1]:
        product = W @ product
    return product.T @ product


def _product_rule(net: Network, V) -> np.ndarray:
    """The derivative of ``W_h ... W_1`` along V."""
    value, slope = net.weights[0], V[0]
    for W, D in zip(net.weights[1:], V[1:], strict=True):
        value, slope = W @ value, D @ value + W @ slope
    return slope


def _rational_balanced(widths, rng, balanced):
    """A 0-balanced network of fractions with the h-th roots of ``W W^T`` and ``W^T W``; or one that is not balanced.

    Layers are ``Q_i D Q_{i-1}^T`` with the same diagonal in every D and reflections Q_i, which are rational.
    """
    turns = [_reflection(d, rng) for d in widths]
    roots = rng.integers(1, 5, min(widths))
    layers = []
    for i in range(1, len(widths)):
        D = np.full((widths[i], widths[i - 1]), Fraction(0), dtype=object)
        D[range(len(roots)), range(len(roots))] = [Fraction(int(r)) for r in roots]
        layers.append(turns[i] @ D @ turns[i - 1].T)
    left, right = layers[-1] @ layers[-1].T, layers[0].T @ layers[0]
    if not balanced and len(layers) > 1:
        layers[0], layers[1] = 2 * layers[0], layers[1] / 2
    return Network(tuple(layers)), left, right


def _reflection(d: int, rng) -> np.ndarray:
    """The reflection at the hyperplane orthogonal to a random vector of integers."""
    v = rng.integers(1, 5, (d, 1)).astype(object)
    return np.eye(d, dtype=int).astype(object) - v @ v.T * Fraction(2, int((v * v).sum()))


@claim(
    "P1-C30",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=CHAPTER,
    figures=("fig-bends",),
    statement="A step η of gradient descent changes C_i by η²(G_iG_iᵀ - G_(i+1)ᵀG_(i+1)), exactly; A stays nilpotent.",
    control={"second": False},
    uses=("P1-C2", "P1-C7"),
)
def descent_drifts_at_second_order(*, second=True):
    """Derived by multiplying out; a step of the code's velocity with random η, over a prime field."""
    drifts, left_over = {}, {}
    for net, Sigma, rng in _points(130):
        eta = int(finite_field.draw(1, 1, rng=rng)[0, 0])
        G = _velocity(net, Sigma)
        after = _moved(net, G, eta)
        triples = zip(*(conservation.conserved(point) for point in (after, net, G)), strict=True)
        drift = [new - old - (eta**2 * bend if second else 0) for new, old, bend in triples]
        drifts[f"{net.widths}"] = finite_field.nonzero(*drift)
        A = after.adjacency()
        left_over[f"{net.widths}"] = finite_field.nonzero(_powers(A, net.depth)[-1] @ A)
    instances = [
        Residual(drifts, bound=0, scope=f"drift of the library's conserved matrices, {IN_FIELD}"),
        Residual(left_over, bound=0, scope="A^(h+1) after the step"),
    ]
    return Proof(derivations.descent_drift(second=second), instances)


@claim(
    "P1-C31",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=CHAPTER,
    statement="For every differentiable loss ℓ(A^h), with -∇ℓ for R: same flow, same C_i, and dL/dt = -‖dA/dt‖².",
    control={"sign": +1},
    uses=("P1-C2", "P1-C6", "P1-C8"),
)
def any_loss_of_the_map_keeps_the_same_matrices(*, sign=-1):
    """Derived with a matrix N in the place of R; the loss ¼ Σ c W⁴ with random c, differentiated along its flow."""
    rates, slopes = {}, {}
    for net, c, _ in _points(131):
        W = net.product()
        N = finite_field.residue(-c * W**3)
        V = _velocity(net, W + N)  # the residual of the target W + N is N
        grams = [X @ X.T + sign * Y.T @ Y for X, Y in pairwise(_moved(net, V, 1).weights)]
        # What is left of a quadratic form at W + V without its values at W and at V is its slope.
        for layers in (net.weights, V):
            squares = [X @ X.T + sign * Y.T @ Y for X, Y in pairwise(layers)]
            grams = [G - S for G, S in zip(grams, squares, strict=True)]
        rates[f"{net.widths}"] = finite_field.nonzero(*grams)
        quadrupled = [(c * _moved(net, V, s).product() ** 4).sum() for s in range(4 * net.depth + 1)]
        slope = finite_field.coefficients(quadrupled)[1]
        slopes[f"{net.widths}"] = finite_field.nonzero(slope + 4 * sum((D * D).sum() for D in V))
    instances = [
        Residual(rates, bound=0, scope=f"d/dt of the conserved matrices for a quartic loss, {IN_FIELD}"),
        Residual(slopes, bound=0, scope="slope of the loss along the flow plus its squared speed"),
    ]
    return Proof(derivations.general_loss(sign=sign), instances)
