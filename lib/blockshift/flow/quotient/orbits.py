"""A hidden change of basis, and what it leaves alone: complete invariants, representatives, a test with certificate.

The group is ``GL(d_1) x ... x GL(d_{h-1})``; it acts by ``W_i -> P_i W_i P_{i-1}^{-1}`` with ``P_0`` and ``P_h`` the
identity, that is by ``A -> P A P^{-1}``. Two networks lie in one orbit exactly if they share (claim O-Q1)

- the end-to-end map ``W``,
- the kernels ``ker(W_i ... W_1)`` in the input, one for each hidden layer,
- the images ``im(W_h ... W_{i+1})`` in the output, one for each hidden layer,
- the ranks of all partial products.

The proof is the construction of `chains.bases`: both networks are brought into chains, with the same bases
outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from blockshift import errors
from blockshift.flow.quotient import chains, subspaces
from blockshift.graph.network import Network

#: Up to this, relative to their size, two maps or two subspaces of floats are the same.
SAME = 1e-7


def hidden_change(net: Network, bases: Sequence) -> Network:
    """The network after a hidden change of basis, with layers ``P_i W_i P_{i-1}^{-1}``.

    Parameters
    ----------
    net : Network
    bases : sequence of array_like
        ``P_1, ..., P_{h-1}``, invertible, ``P_i`` of shape ``(d_i, d_i)``. The outer layers keep their basis.

    Raises
    ------
    ShapeMismatch
        If there are not h - 1 of them, or a shape is another.
    BadArgument
        If one has no inverse.

    Source: INFERRED for [wendin2026gradient]; claim P1-C14.

    Examples
    --------
    >>> hidden_change(Network.from_weights([[[2]], [[3]]]), [[[2]]]).weights
    (array([[4.]]), array([[1.5]]))
    """
    given = [np.asarray(P) for P in bases]
    hidden = net.widths[1:-1]
    if [P.shape for P in given] != [(d, d) for d in hidden]:
        raise errors.ShapeMismatch(
            f"bases of shapes {[P.shape for P in given]} were given for hidden layers of widths {list(hidden)}; "
            f"expected one square matrix for each, first hidden layer first."
        )
    layers = list(net.weights)
    for i, P in enumerate(given):
        exact = subspaces.is_exact(layers[i]) and P.dtype.kind in "iO"
        P = P.astype(object) if exact else P.astype(float)
        layers[i] = P @ layers[i]
        layers[i + 1] = layers[i + 1] @ subspaces.inverse(P)
    return Network(tuple(layers))


def scrambled(net: Network, *, rng: np.random.Generator) -> Network:
    """The network after a random hidden change of basis; exact networks stay exact, by matrices of determinant 1.

    Examples
    --------
    >>> net = chains.network_of_intervals({(0, 3): 2}, 3)
    >>> (scrambled(net, rng=np.random.default_rng(0)).product() == net.product()).all()
    np.True_
    """
    chosen = []
    for d in net.widths[1:-1]:
        if subspaces.is_exact(*net.weights):
            lower, upper = (np.tril(rng.integers(-2, 3, (d, d)), -1) + np.eye(d, dtype=int) for _ in range(2))
            chosen.append((lower @ upper.T).astype(object))
        else:
            chosen.append(rng.standard_normal((d, d)))
    return hidden_change(net, chosen)


@dataclass(frozen=True, eq=False, repr=False)
class Invariants:
    """What a hidden change of basis leaves alone; complete, by claim O-Q1.

    Parameters
    ----------
    product : ndarray, shape (d_h, d_0)
        ``W``.
    kernels : tuple of ndarray
        Bases of ``ker(W_i ... W_1)``, ``0 < i < h``, each of shape ``(d_0, d_0 - rank)``.
    images : tuple of ndarray
        Bases of ``im(W_h ... W_{i+1})``, ``0 < i < h``, each of shape ``(d_h, rank)``.
    ranks : ndarray of int, shape (h + 1, h + 1)
        As `chains.ranks` has them.
    """

    product: np.ndarray
    kernels: tuple[np.ndarray, ...]
    images: tuple[np.ndarray, ...]
    ranks: np.ndarray
    scale: float

    def differs_from(self, other: "Invariants", *, tolerance: float = SAME) -> str:
        """The name of the first invariant that two orbits do not share, or the empty string.

        Maps and subspaces of floats are the same up to `tolerance`; exact ones up to nothing.
        """
        scale = max(self.scale, other.scale)
        if not subspaces.same_map(self.product, other.product, tolerance, scale):
            return "end-to-end map"
        h = len(self.ranks) - 1
        for j in range(h):
            for i in range(j + 1, h + 1):
                if self.ranks[i, j] != other.ranks[i, j]:
                    first = f"W_{i} ... W_{j + 1}" if i > j + 1 else f"W_{i}"
                    return f"rank of {first}: {self.ranks[i, j]} and {other.ranks[i, j]}"
        for i, (U, V) in enumerate(zip(self.kernels, other.kernels, strict=True), start=1):
            if subspaces.gap(U, V) > tolerance:
                return f"kernel of {f'W_{i} ... W_1' if i > 1 else 'W_1'}"
        for i, (U, V) in enumerate(zip(self.images, other.images, strict=True), start=1):
            if subspaces.gap(U, V) > tolerance:
                return f"image of {f'W_{h} ... W_{i + 1}' if i + 1 < h else f'W_{h}'}"
        return ""

    def __repr__(self) -> str:
        h = len(self.ranks) - 1
        down = ", ".join(str(U.shape[1]) for U in self.kernels) or "none"
        up = ", ".join(str(U.shape[1]) for U in self.images) or "none"
        return f"Invariants(W of rank {self.ranks[h, 0]}, kernels of dimensions {down}, images of dimensions {up})"


def invariants(net: Network, *, tolerance: float = chains.SMALL) -> Invariants:
    """The complete invariants of a network under hidden changes of basis.

    Parameters
    ----------
    net : Network
    tolerance : float
        For the ranks, as in `chains.ranks`; not used where the weights are exact.

    Source: ours; claim O-Q1.

    Examples
    --------
    >>> invariants(Network.from_weights([[[1, 0]], [[0], [0]]]))
    Invariants(W of rank 0, kernels of dimensions 1, images of dimensions 0)
    """
    h, table = net.depth, chains.ranks(net, tolerance=tolerance)
    kernels = (subspaces.kernel(chains.partial(net, i, 0), net.widths[0] - int(table[i, 0])) for i in range(1, h))
    images = (subspaces.image(chains.partial(net, h, i), int(table[h, i])) for i in range(1, h))
    W, scale = net.product(), subspaces.norms(net.weights)
    return Invariants(W * Fraction(1) if W.dtype == object else W, tuple(kernels), tuple(images), table, scale)


def outer_bases(found: Invariants, *, canonical: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Bases of input and output that fit the kernels and images; the canonical ones depend on nothing else.

    The others are as orthogonal as they can be, and bear noise better.
    """
    W, h = found.product, len(found.ranks) - 1
    exact = subspaces.is_exact(W)
    inputs, outputs = (np.eye(d, dtype=int).astype(object) if exact else np.eye(d) for d in (W.shape[1], W.shape[0]))
    rank = int(found.ranks[h, 0])
    flag = [inputs[:, :0], *found.kernels, subspaces.kernel(W, W.shape[1] - rank), inputs]
    first = [_completed(inner, outer, canonical) for inner, outer in pairwise(flag)]
    through = W @ first[-1]
    flag = [subspaces.image(through, rank), *found.images, outputs]
    last = [_completed(inner, outer, canonical) for inner, outer in pairwise(flag)]
    left, right = np.hstack(first), np.hstack([through, *last])
    if left.shape[1] != left.shape[0] or right.shape[1] != right.shape[0]:
        raise errors.BadArgument(
            "kernels and images of these floats do not fit together: a rank is decided by rounding. "
            "Give exact weights, or another tolerance."
        )
    return left, right


def _completed(inner: np.ndarray, outer: np.ndarray, canonical: bool) -> np.ndarray:
    """Vectors of the larger subspace that complete the smaller one."""
    if canonical:
        return subspaces.complement(inner, outer)
    return subspaces.extension(inner, outer, outer.shape[1] - inner.shape[1])


def representative(net: Network, *, tolerance: float = chains.SMALL) -> Network:
    """The one network of an orbit that depends on its invariants alone.

    Its hidden nodes are the chains, in the order of birth and end: all layers but the first and the last are zeros
    and ones, the first reads off the kernels, and the last writes the images, in reduced echelon form.

    Parameters
    ----------
    net : Network
    tolerance : float
        For the ranks, as in `chains.ranks`.

    Raises
    ------
    BadArgument
        If kernels and images of floats do not fit together at this tolerance.

    Source: ours; claim O-Q1.

    Examples
    --------
    >>> representative(Network.from_weights([[[2.0]], [[3.0]]])).weights
    (array([[1.]]), array([[6.]]))
    """
    if net.depth == 1:
        return net
    found = invariants(net, tolerance=tolerance)
    left, right = outer_bases(found, canonical=True)
    layers = list(chains.network_of_intervals(chains.multiplicities(found.ranks), net.depth).weights)
    if not subspaces.is_exact(*net.weights):
        layers = [W.astype(float) for W in layers]
    layers[0] = layers[0] @ subspaces.inverse(left)
    layers[-1] = right @ layers[-1]
    return Network(tuple(layers))


@dataclass(frozen=True, eq=False, repr=False)
class Equivalence:
    """The answer to whether two networks are one up to a hidden change of basis, and what decides it.

    Parameters
    ----------
    same : bool
    bases : tuple of ndarray
        ``P_1, ..., P_{h-1}`` with ``P_i W_i = V_i P_{i-1}``; empty where the networks are not equivalent.
    residual : number
        The largest entry of ``P_i W_i - V_i P_{i-1}``; exactly 0 for exact networks.
    differs : str
        The invariant that differs; empty where they are equivalent.
    """

    same: bool
    bases: tuple[np.ndarray, ...]
    residual: float | Fraction
    differs: str

    def __repr__(self) -> str:
        if not self.same:
            return f"Equivalence(no: they differ in the {self.differs})"
        noun = "matrix" if len(self.bases) == 1 else "matrices"
        return f"Equivalence(yes, by {len(self.bases)} {noun}, to within {float(self.residual):.0e})"


def equivalence(net: Network, other: Network, *, tolerance: float = SAME, small: float = chains.SMALL) -> Equivalence:
    """Whether a hidden change of basis turns one network into another, with the matrices or with what differs.

    Parameters
    ----------
    net, other : Network
        Of the same widths.
    tolerance : float
        Up to which maps and subspaces of floats are the same, and what the matrices may leave; exact networks need
        none.
    small : float
        The tolerance of the ranks, as in `chains.ranks`.

    Raises
    ------
    ShapeMismatch
        If the widths differ.

    Source: ours; claim O-Q1.

    Examples
    --------
    >>> one = Network.from_weights([[[2]], [[3]]])
    >>> equivalence(one, Network.from_weights([[[1]], [[6]]])).bases
    (array([[0.5]]),)
    >>> equivalence(one, Network.from_weights([[[2]], [[1]]]))
    Equivalence(no: they differ in the end-to-end map)
    """
    if net.widths != other.widths:
        raise errors.ShapeMismatch(
            f"widths {net.widths} and {other.widths} differ; a hidden change of basis keeps all of them."
        )
    if subspaces.is_exact(*net.weights) != subspaces.is_exact(*other.weights):
        net, other = (Network(tuple(W.astype(float) for W in x.weights)) for x in (net, other))
    mine, theirs = (invariants(x, tolerance=small) for x in (net, other))
    differs = mine.differs_from(theirs, tolerance=tolerance)
    if differs:
        return Equivalence(False, (), 0, differs)
    if net.depth == 1:
        return Equivalence(True, (), 0, "")
    # Both are chains over the same outer bases; those of the first network serve for both.
    outer = outer_bases(mine)
    pairs = zip(chains.bases(net, mine.ranks, *outer), chains.bases(other, mine.ranks, *outer), strict=True)
    found = tuple(B @ subspaces.inverse(A) for A, B in list(pairs)[1:-1])
    left, size = _left_over(net, other, found)
    if left > (0 if subspaces.is_exact(*net.weights) else tolerance * size):
        return Equivalence(False, (), left, f"invariants by no more than rounding, yet {float(left):.0e} is left over")
    return Equivalence(True, found, left, "")


def _left_over(net: Network, other: Network, found: Sequence[np.ndarray]):
    """The largest entry of ``P_i W_i - V_i P_{i-1}``, and the largest of its summands."""
    left, size = 0, 0
    outer = [np.eye(d, dtype=int).astype(net.weights[0].dtype) for d in (net.widths[0], net.widths[-1])]
    P = [outer[0], *found, outer[1]]
    for i, (W, V) in enumerate(zip(net.weights, other.weights, strict=True), start=1):
        left = max(left, *np.abs(P[i] @ W - V @ P[i - 1]).flat)
        size = max(size, *np.abs(P[i] @ W).flat)
    return left, size
