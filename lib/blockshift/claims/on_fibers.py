"""Claims about the quotient: orbits, fibers and their dimensions (P1-C12, P1-C13, O-Q1 to O-Q4)."""

from collections import defaultdict
from fractions import Fraction
from itertools import combinations, pairwise, product

import numpy as np

from blockshift.claims.evidence import Certificate, Residual
from blockshift.claims.ledger import claim
from blockshift.claims.on_graph import PAPER
from blockshift.flow import conservation, gradient, quotient
from blockshift.flow.landscape import construction
from blockshift.flow.quotient import subspaces
from blockshift.flow.symbols import expansions
from blockshift.graph.network import Network

CHAPTER = "flow/fibers"
OURS = {"source": "ours", "status": "ours", "part": "flow", "chapter": CHAPTER}

#: One layer, width one, a bottleneck, layers that are not square, and up to four layers of weights.
SHAPES = ((2, 2), (1, 1, 1), (2, 2, 2), (2, 1, 2), (3, 2, 2), (1, 2, 1, 1), (2, 2, 2, 2), (2, 3, 2, 3, 2))


def _sigma(widths, values) -> np.ndarray:
    """The diagonal matrix of exact values, as many as fit."""
    Sigma = np.full((widths[-1], widths[0]), Fraction(0), dtype=object)
    for i, value in zip(range(min(Sigma.shape)), values, strict=False):
        Sigma[i, i] = Fraction(value)
    return Sigma


def _chains(widths, r, rng) -> dict:
    """Random chains that fill layers of these widths, r of them whole and no other one whole."""
    left = [d - r for d in widths]
    found = {(0, len(widths) - 1): r}
    for place, room in enumerate(left):
        for _ in range(room):
            end = place
            while (
                end + 1 < len(widths)
                and left[end + 1]
                and rng.random() < 0.4
                and (place, end + 1) != (0, len(left) - 1)
            ):
                end += 1
            for i in range(place, end + 1):
                left[i] -= 1
            if left[place] < 0:
                left[place] += 1
                break
            found[place, end] = found.get((place, end), 0) + 1
    return found


def _candidates(widths, Sigma, rng, count: int):
    """Networks of chains, the whole ones from any input to any output with any singular value; not all critical."""
    values = [Sigma[i, i] for i in range(min(Sigma.shape))]
    for _ in range(count):
        r = int(rng.integers(0, min(widths) + 1))
        net = quotient.network_of_intervals(_chains(widths, r, rng), len(widths) - 1)
        layers = [W * Fraction(1) for W in net.weights]
        for k in range(r):  # whole chains begin last in the input
            layers[0][:, widths[0] - 1 - k] *= values[int(rng.integers(len(values)))]
        layers[0] = layers[0][:, rng.permutation(widths[0])]
        layers[-1] = layers[-1][rng.permutation(widths[-1])]
        yield Network(tuple(layers))


def _rests(net: Network, Sigma) -> bool:
    """Whether the gradient is zero, exactly."""
    return not any(np.any(V != 0) for V in gradient.velocity(net, Sigma))


def _saddles(widths, Sigma):
    """For each set of singular values, the critical point whose chains are whole or a single node."""
    p = sum(bool(Sigma[i, i]) for i in range(min(Sigma.shape)))
    for r in range(min(p, *widths) + 1):
        for S in combinations(range(p), r):
            layers = []
            for i, (c, d) in enumerate(pairwise(widths)):
                W = np.full((d, c), Fraction(0), dtype=object)
                for k, place in enumerate(S):
                    row = place if i == len(widths) - 2 else k
                    column = place if i == 0 else k
                    W[row, column] = Sigma[place, place] if i == 0 else Fraction(1)
                layers.append(W)
            yield S, Network(tuple(layers))


def every_point_rests_and_the_norms_leave_every_ball(witness) -> bool:
    """Exactly: no velocity along the path, and ``|A|^2 = x t^2 + y + z / t^2`` with x > 0, from t = 1, 2, 4, 8."""
    for Sigma, path in witness:
        if not all(_rests(net, Sigma) for net in path.values()):
            return False
        squares = {t: sum(w * w for W in net.weights for w in W.flat) for t, net in path.items()}
        # Three values of t solve for x, y, z; the fourth confirms the form.
        M = np.array([[Fraction(t) ** k for k in (2, 0, -2)] for t in (1, 2, 4)], dtype=object)
        x, y, z = subspaces.inverse(M) @ np.array([squares[t] for t in (1, 2, 4)], dtype=object)
        if not (x > 0 and squares[8] == 64 * x + y + z / 64):
            return False
    return bool(witness)


@claim(
    "P1-C12",
    source=PAPER,
    status="confirmed",
    part="flow",
    chapter=CHAPTER,
    figures=("fig-hyperbolas",),
    statement="The critical points over each critical map are unbounded, for h ≥ 2, but for the origin of E1.",
    control={"alone": True},
    uses=("P1-C14", "E1"),
)
def critical_sets_are_unbounded(*, alone=False):
    """A path for every set of learnt singular values, in fractions; the control rescales a point that is alone (E1)."""
    witness = []
    for widths, values in product(SHAPES[1:], ((3, 2, 1), (1, 0, 0), (0, 0, 0))):
        Sigma = _sigma(widths, values)
        for _, net in _saddles(widths, Sigma):
            if quotient.is_alone(net, Sigma):
                if alone:
                    hidden = np.eye(widths[1], dtype=int).astype(object)
                    witness.append((Sigma, {t: quotient.hidden_change(net, [t * hidden]) for t in (1, 2, 4, 8)}))
                continue
            witness.append((Sigma, {t: quotient.unbounded_path(net, Sigma, t) for t in (1, 2, 4, 8)}))
    scope = (
        f"{len(witness)} critical points: all sets of learnt values at 7 shapes, Σ of full rank, of rank 1, and zero"
    )
    return Certificate(witness, every_point_rests_and_the_norms_leave_every_ball, scope)


@claim(
    "P1-C13",
    source=PAPER,
    status="confirmed",
    part="flow",
    chapter=CHAPTER,
    figures=("fig-tower",),
    statement="Up to the end-to-end map (Q1) each critical value is taken once, if sums of squares of σ_i all differ.",
    control={"values": (5, 4, 3)},
    uses=("S10", "P1-C14"),
)
def each_critical_value_is_taken_once(*, values=(4, 2, 1)):
    """Points that are critical by construction, and random chains whose gradient is zero: as many maps as values."""
    rng, differences, kept = np.random.default_rng(13), {}, 0
    for widths in ((3, 3, 3), (3, 1, 3), (3, 2, 3, 3), (2, 2, 2), (3, 2, 2, 2, 3)):
        Sigma = _sigma(widths, values)
        maps = defaultdict(set)
        p = min(Sigma.shape)
        built = [
            construction.random(widths, Sigma, [i + 1 for i in S], rng=rng, exact=True)
            for r in range(min(p, *widths) + 1)
            for S in combinations(range(p), r)
            for _ in range(4)
        ]
        for net in (*_candidates(widths, Sigma, rng, 300), *built):
            if _rests(net, Sigma):
                kept += 1
                moved = quotient.scrambled(net, rng=rng)
                maps[gradient.loss(moved, Sigma)].add(tuple(moved.product().flat))
        differences[f"{widths}"] = sum(len(found) - 1 for found in maps.values())
        differences[f"{widths}, listed"] = len(maps) - len(quotient.critical_classes(Sigma, widths))
    return Residual(differences, bound=0, scope=f"{kept} exact critical points of many ranks, 5 shapes, σ = {values}")


def _pool(rng, widths, count: int):
    """Networks of zeros and a few ones."""
    for _ in range(count):
        yield Network(tuple(rng.choice([0, 0, 0, 1, -1], (d, c)).astype(object) for c, d in pairwise(widths)))


def each_change_of_basis_is_invertible_and_carries_one_to_the_other(witness) -> bool:
    """Exactly, for every pair: ``P_i W_i = V_i P_(i-1)``, each P_i square and of full rank."""
    for net, other, bases in witness:
        ends = [np.eye(d, dtype=int).astype(object) for d in (net.widths[0], net.widths[-1])]
        P = [ends[0], *bases, ends[1]]
        if [len(X) for X in P] != list(net.widths):
            return False
        if any(expansions.exact_rank(X) < len(X) for X in P):
            return False
        if any(np.any(P[i] @ net.weights[i - 1] != other.weights[i - 1] @ P[i - 1]) for i in range(1, len(P))):
            return False
    return bool(witness)


@claim(
    "O-Q1",
    **OURS,
    statement="Networks are one up to a hidden change of basis if and only if they share W, kernels, images and ranks.",
    control={"forget": "kernels"},
    uses=("P1-C14",),
)
def map_kernels_images_and_ranks_are_complete(*, forget=""):
    """Random networks sorted by their invariants: any two in one heap get a change of basis, checked exactly."""
    rng, heaps, witness = np.random.default_rng(21), defaultdict(list), []
    for widths in ((2, 2), (1, 1, 1), (2, 2, 2), (2, 1, 2), (1, 2, 1), (2, 2, 2, 2), (1, 2, 2, 1), (2, 2, 2, 2, 1)):
        for net in _pool(rng, widths, 60):
            found = quotient.invariants(net)
            key = [widths, tuple(found.product.flat), tuple(found.ranks.flat)]
            for name, spaces in (("kernels", found.kernels), ("images", found.images)):
                if name != forget:
                    key.append(tuple(tuple(subspaces.canonical(U).flat) for U in spaces))
            heaps[tuple(key)].append(net)
    for heap in heaps.values():
        for net, other in pairwise(heap):
            witness.append((net, other, quotient.equivalence(net, other).bases))
    scope = f"{len(witness)} pairs of networks that share all of these, 8 shapes; that all are shared is by definition"
    return Certificate(witness, each_change_of_basis_is_invertible_and_carries_one_to_the_other, scope)


def _jacobian(net: Network, layers: int) -> np.ndarray:
    """The derivative of the end-to-end map by the first layers, one row for each weight."""
    after, rows = np.eye(net.widths[-1], dtype=int).astype(object), []
    for j in range(net.depth, 0, -1):
        before = np.eye(net.widths[0], dtype=int).astype(object)
        for W in net.weights[: j - 1]:
            before = W @ before
        if j <= layers:
            rows.append(np.kron(after, before.T).T)
        after = after @ net.weights[j - 1]
    return np.vstack(rows)


@claim(
    "O-Q2",
    **OURS,
    statement="The dimensions of orbits and of fibers follow from the ranks of the partial products, in closed form.",
    control={"left_out": 1},
    uses=("P1-C1", "O-Q1"),
)
def dimensions_follow_from_ranks(*, left_out=0):
    """Closed forms against exact ranks: of the Jacobian of the product, and of the change of basis to first order."""
    rng, differences = np.random.default_rng(22), {}
    for widths in ((1, 1), (3, 2), (1, 1, 1), (2, 2, 2), (2, 1, 2), (2, 3, 2, 2), (1, 2, 2, 1)):
        for k, net in enumerate((*_pool(rng, widths, 8), Network(tuple(_dense(rng, widths))))):
            found, name = quotient.dimensions(net), f"{widths}, {k}"
            rank = expansions.exact_rank(_jacobian(net, net.depth - left_out)) if net.depth > left_out else 0
            differences[f"tangent {name}"] = found.weights - found.tangent - rank
            hidden = sum(d * d for d in widths[1:-1])
            moved = expansions.exact_rank(_infinitesimal(net)) if hidden else 0
            differences[f"orbit {name}"] = found.orbit - moved
            differences[f"stabiliser {name}"] = found.stabiliser - (hidden - moved)
        differences[f"generic {widths}"] = found.fiber - found.tangent
    scope = "7 shapes, 9 networks each, the last of them generic: there the fiber has the dimension of its tangent"
    return Residual(differences, bound=0, scope=scope)


def _dense(rng, widths):
    """Layers without a zero, of small integers: generic enough to have all ranks full."""
    for c, d in pairwise(widths):
        yield (rng.integers(1, 50, (d, c))).astype(object)


def _infinitesimal(net: Network) -> np.ndarray:
    """The linear map ``X -> (X_i W_i - W_i X_{i-1})`` with zero outside, one row for each entry of X."""
    rows = []
    for i, d in enumerate(net.widths[1:-1], start=1):
        for entry in range(d * d):
            X = np.zeros((d, d), dtype=object)
            X.flat[entry] = 1
            moved = [0 * W for W in net.weights]
            moved[i - 1], moved[i] = X @ net.weights[i - 1], -net.weights[i] @ X
            rows.append(np.concatenate([V.ravel() for V in moved]))
    return np.array(rows)


@claim(
    "O-Q3",
    **OURS,
    statement="Over each W one orbit is closed: all its ranks are that of W. It holds the 0-balanced networks over W.",
    control={"closed": "every"},
    uses=("O-Q1", "P1-C6"),
)
def one_orbit_over_each_map_is_closed(*, closed="tight"):
    """Random chains: the balanced network over W is equivalent exactly if all ranks are; faded chains lead to it."""
    rng, differences, worst = np.random.default_rng(23), {}, 0.0
    for widths in ((1, 1, 1), (2, 2, 2), (2, 1, 2), (2, 3, 2, 2), (1, 2, 2, 1), (2, 2, 3, 2, 2)):
        Sigma = _sigma(widths, (3, 2, 1))
        for k, chains in enumerate(_candidates(widths, Sigma, rng, 12)):
            net = quotient.scrambled(chains, rng=rng)
            balanced = quotient.closed_representative(net.product(), widths)
            worst = max(worst, *(float(np.abs(C).max()) for C in conservation.conserved(balanced)))
            tight = closed == "every" or quotient.is_closed(net)
            floats = Network(tuple(W.astype(float) for W in net.weights))
            differences[f"{widths}, {k}"] = int(quotient.equivalence(floats, balanced).same != tight)
            # Every weight of the faded network is x + y t, so two values of t give its limit.
            once, twice = (quotient.towards_closed(net, t) for t in (1, 2))
            limit = Network(tuple(2 * W - V for W, V in zip(once.weights, twice.weights, strict=True)))
            reached = quotient.is_closed(limit) and quotient.same_map(limit, net)
            differences[f"limit {widths}, {k}"] = int(not (reached and quotient.equivalence(net, twice).same))
    # The balanced networks are made from a decomposition in floats; entries are at most 3.
    differences["balance"] = int(worst > 1e-12)
    return Residual(differences, bound=0, scope="72 networks of random chains, 6 shapes")


@claim(
    "O-Q4",
    **OURS,
    statement="For h = 2 and Σ invertible the critical points over each S are one orbit of Q2; for h = 3 they are not.",
    control={"invertible": False},
    uses=("O-Q1", "P1-C13"),
)
def two_layers_have_one_orbit_over_each_value(*, invertible=True):
    """Random critical points of two layers, one representative over each S; and four orbits at rest in 1-1-1-1."""
    rng, differences = np.random.default_rng(24), {}
    for widths in ((2, 2, 2), (2, 4, 2), (3, 2, 3)):
        Sigma = _sigma(widths, (4, 2, 1))
        if not invertible:
            Sigma[-1, -1] = Fraction(0)
        orbits = defaultdict(set)
        for net in (*_candidates(widths, Sigma, rng, 150), *(net for _, net in _saddles(widths, Sigma))):
            if _rests(net, Sigma):
                orbits[tuple(net.product().flat)].add(quotient.representative(net))
        differences[f"{widths}"] = sum(len(found) - 1 for found in orbits.values())
    Sigma = _sigma((1, 1, 1, 1), (2,))
    nets = (Network(tuple(np.array([[x]], dtype=object) for x in w)) for w in product((0, 1, 2), repeat=3))
    resting = {quotient.representative(net) for net in nets if _rests(net, Sigma) and not np.any(net.product())}
    differences["1-1-1-1, learnt nothing"] = len(resting) - 4
    return Residual(differences, bound=0, scope="random exact critical points at 3 shapes with h = 2, and 1-1-1-1")
