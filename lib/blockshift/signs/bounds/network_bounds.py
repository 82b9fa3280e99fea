"""Lower bounds on the frustration of a layered graph of operators, without its matrix.

For positive d and ``lambda`` at least the largest eigenvalue of ``D^(-1/2) J D^(-1/2)``, ``s^T J s <= lambda sum d``
for all signs, so of a total weight W at least ``(W - lambda sum d / 2) / 2`` is frustrated. *Semidefinite*: d are the
lengths of the fields of unit vectors at rest, the best there are. *Spectral*: d are the strengths of the nodes.

What makes it a bound is `lambda`. Where the network is small enough ``layer_elimination`` proves it; otherwise
``largest_eigenvalues`` does, but for one chance in a million over a random start, rounding included. Each bound says
which.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from scipy.sparse import linalg

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.signs.bounds import largest_eigenvalues, layer_elimination, layer_vectors, verifiers

#: Floats that the vectors of all nodes may have together, 1 GB in single precision with what is needed beside them.
FLOATS = 130_000_000
#: Most and least dimensions of the vectors, and the sweeps for networks of up to so many edges.
RANKS, SWEEPS = (8, 24), ((1_000_000, 300), (10_000_000, 100), (10**9, 15), (10**18, 10))
#: Exponent of the largest weight beyond which weights are scaled by a power of two, so single precision holds.
EXPONENT = 40
#: First margin beyond the computed eigenvalue, relative, and its growth where that is refused.
FIRST_MARGIN, GROWTH = 1e-9, 30.0
#: Relative residual asked of Lanczos: what the estimate lacks is made up for by the margin, and costs less than a
#: billionth of the weight.
RESIDUAL = 1e-6
#: How much of the total weight two estimates of one bound may differ by: both rest on their own random start.
RESOLUTION = 1e-6
#: Steps of a verification, as a multiple of those of the bound.
MORE = 1.25


@dataclass(frozen=True, eq=False, repr=False)
class NetworkBound:
    """A lower bound on the frustrated weight of a network, with the multipliers ``y = stretch * lengths``.

    Attributes
    ----------
    value : float
        In units of weight, rounded down, not below 0.
    fraction : float
        The same as a share of the total weight.
    lengths : tuple of ndarray, one a layer, shape (C, H, W), float32
    stretch : float
        At least the largest eigenvalue of ``D^(-1/2) J D^(-1/2)``.
    method : str
        "semidefinite" or "spectral".
    certified : bool
        Whether it is proved; otherwise it holds but for a chance of one in a million over the random start.
    steps : int
        Of the recurrence, where it is not proved.
    how : str
        The guarantee in words.
    """

    value: float
    fraction: float
    lengths: tuple[np.ndarray, ...]
    stretch: float
    method: str
    certified: bool
    steps: int
    how: str

    @property
    def multipliers(self) -> list[np.ndarray]:
        """y, one array of shape ``(C, H, W)`` a layer, float64."""
        return multipliers(self.lengths, self.stretch)

    def verify(self, dag: Dag, *, rng: np.random.Generator) -> verifiers.Verified:
        """What the multipliers prove, found anew: by elimination, or from another start and with more steps."""
        plain, scale = tamed(dag)
        shapes = [layer.shape for layer in plain.layers]
        if [d.shape for d in self.lengths] != shapes or not all(np.isfinite(d).all() for d in self.lengths):
            return verifiers.Verified(False, -math.inf, False, "no finite multiplier for each node")
        joined = [x > 0 for x in layer_vectors.strengths(plain)]
        if any((d < 0).any() or (d[k] == 0).any() for d, k in zip(self.lengths, joined, strict=True)):
            return verifiers.Verified(False, -math.inf, False, "a multiplier is not positive")
        if self.certified:
            good = layer_elimination.is_semidefinite(plain, self.multipliers)
            value = _value(plain, self.lengths, self.stretch) if good else -math.inf
        else:
            steps = math.ceil(MORE * self.steps)
            top = largest_eigenvalues.probable_top(plain, list(self.lengths), rng=rng, steps=steps)
            value = _value(plain, self.lengths, top.value)
        # A bound of 0 needs no certificate: no weight is negative.
        slack = 0.0 if self.certified else RESOLUTION * dag.total_weight
        accepted = self.value == 0 or value * scale >= self.value - slack
        return verifiers.Verified(bool(accepted), value * scale, self.certified and accepted, self.how)

    def __repr__(self) -> str:
        return f"NetworkBound(at least {self.value:.6g}, {self.fraction:.4f} of the weight, {self.method}, {self.how})"


PROVED = "proved by elimination, rounding included"
LIKELY = "wrong with probability at most 1e-06 over the random start, rounding included"


def semidefinite(
    dag: Dag, *, rng: np.random.Generator, rank: int | None = None, sweeps: int | None = None,
    steps: int = largest_eigenvalues.STEPS, deadline: float = math.inf,
    progress: Callable[[str], None] = lambda doing: None,
) -> NetworkBound:  # fmt: skip
    """The semidefinite lower bound on the frustrated weight of a network.

    Parameters
    ----------
    dag : Dag
    rng : numpy.random.Generator
        For the start of the vectors, and for the start that the stated chance is about.
    rank, sweeps : int, optional
        Dimensions of the vectors and passes over them; from the size of the network if left out.
    steps : int
        Of the recurrence that bounds the eigenvalue, where the network is too large for elimination.
    deadline : float
        Value of ``time.monotonic()`` at which to come to an end, soon.
    progress : callable, optional
        Called with what is being done.

    Raises
    ------
    BadArgument
        If the rank, the sweeps or the steps are not positive.

    Source: [goemans1995improved], [wang2017mixing]; in this form ours.

    Examples
    --------
    A square of two inputs and two outputs with one negative edge: 4 nodes of length ``sqrt(2)``.

    >>> from blockshift.graph.network import Network
    >>> square = Dag.from_network(Network.from_weights([[[1, 1], [1, -1]]]))
    >>> bound = semidefinite(square, rng=np.random.default_rng(0))
    >>> round(bound.value, 3), bound.how
    (0.586, 'proved by elimination, rounding included')
    """
    for name, number in (("rank", rank), ("sweeps", sweeps), ("steps", steps)):
        if number is not None and number < 1:
            raise errors.BadArgument(f"{name} is {number}; expected at least 1, or leave it out.")
    plain, scale = tamed(dag)
    rank = rank or int(np.clip(FLOATS // max(1, dag.nodes), *RANKS))
    sweeps = sweeps or next(count for most, count in SWEEPS if dag.edges <= most)
    # The eigenvalue takes as long as the vectors; it must not be left without time.
    now = time.monotonic()
    found = layer_vectors.layer_vectors(
        plain, rng=rng, rank=rank, sweeps=sweeps, deadline=now + 0.4 * (deadline - now),
        progress=lambda sweep, share: progress(f"lower bound: sweep {sweep} of {sweeps}, at most {share:.4f}"),
    )  # fmt: skip
    return _closed(plain, scale, found.lengths, "semidefinite", rng, steps, deadline, progress)


def spectral(
    dag: Dag, *, rng: np.random.Generator, steps: int = largest_eigenvalues.STEPS, deadline: float = math.inf,
    progress: Callable[[str], None] = lambda doing: None,
) -> NetworkBound:  # fmt: skip
    """The spectral lower bound on the frustrated weight of a network, its nodes scaled by their strengths.

    Examples
    --------
    >>> from blockshift.graph.network import Network
    >>> square = Dag.from_network(Network.from_weights([[[1, 1], [1, -1]]]))
    >>> round(spectral(square, rng=np.random.default_rng(0)).value, 4)
    0.5858
    """
    plain, scale = tamed(dag)
    d = [x.astype(np.float32) for x in layer_vectors.strengths(plain)]
    return _closed(plain, scale, d, "spectral", rng, steps, deadline, progress)


def tamed(dag: Dag) -> tuple[Dag, float]:
    """The network with weights that single precision holds, and the power of two by which they were divided."""
    largest = max((float(np.abs(link.map.kernel).max(initial=0.0)) for link in dag.links), default=0.0)
    exponent = int(np.frexp(largest)[1])
    if largest == 0.0 or abs(exponent) <= EXPONENT:
        return dag, 1.0
    links = tuple(
        replace(k, map=k.map.with_kernel(np.ldexp(k.map.kernel.astype(np.float64), -exponent)), bank=None, gain=None)
        for k in dag.links
    )
    return replace(dag, links=links, banks={}), math.ldexp(1.0, exponent)


def _closed(dag: Dag, scale, d, method, rng, steps, deadline, progress) -> NetworkBound:
    """The bound that the lengths give, with the eigenvalue that makes it one."""
    lengths = tuple(d)
    stretch, certified, done, how = 0.0, True, 0, PROVED
    if dag.edges and layer_elimination.fits(dag):
        progress("lower bound: elimination")
        stretch = _proved_stretch(dag, lengths, rng)
    elif dag.edges:
        top = largest_eigenvalues.probable_top(
            dag, d, rng=rng, steps=steps, deadline=deadline,
            progress=lambda step, steps: progress(f"lower bound: eigenvalue, step {step} of {steps}"),
        )  # fmt: skip
        stretch, certified, done, how = top.value, False, top.steps, LIKELY
    value = max(0.0, _value(dag, lengths, stretch))
    fraction = math.nextafter(value / dag.total_weight, 0.0) if value else 0.0
    return NetworkBound(value * scale, fraction, lengths, stretch, method, certified, done, how)


def _proved_stretch(dag: Dag, lengths, rng: np.random.Generator) -> float:
    """A stretch that elimination accepts, as little above the eigenvalue as it can be seen to be."""
    A = dag.adjacency()
    flat = dag.join([np.asarray(d, np.float64) for d in lengths])
    root = np.where(flat > 0, 1 / np.sqrt(np.where(flat > 0, flat, 1)), 0.0)
    M = layer_elimination.scaled(sp.csr_array(A + A.T), root, root)
    if dag.nodes <= 64:
        value = float(np.linalg.eigvalsh(M.toarray())[-1])
    else:
        start = rng.standard_normal(dag.nodes)
        try:
            value = float(linalg.eigsh(M, 1, which="LA", v0=start, tol=RESIDUAL, return_eigenvectors=False)[0])
        except linalg.ArpackNoConvergence:
            # Good lengths make the largest eigenvalue a multiple one, where Lanczos may stall.
            value = largest_eigenvalues.probable_top(dag, list(lengths), rng=rng).value
    margin = FIRST_MARGIN * max(1.0, abs(value))
    for _ in range(20):
        if layer_elimination.is_semidefinite(dag, multipliers(lengths, value + margin)):
            return value + margin
        margin *= GROWTH
    raise errors.SolverFailed("no stretch of the multipliers could be proved, which should not happen; report the net.")


def multipliers(lengths, stretch: float) -> list[np.ndarray]:
    """``y = stretch * d``, one array a layer, float64."""
    return [stretch * d.astype(np.float64) for d in lengths]


def _value(dag: Dag, lengths, stretch: float) -> float:
    """``(W - stretch sum d / 2) / 2``, rounded down."""
    if not math.isfinite(stretch):
        return -math.inf
    # Both are sums of positive terms: each right up to as many roundings as it has terms.
    weight = sum(k.map.weight * (1 - (k.map.kernel.size + 100) * verifiers.UNIT) for k in dag.links)
    total = sum(float(d.sum(dtype=np.float64)) * (1 + (d.size + 100) * verifiers.UNIT) for d in lengths)
    return 0.5 * (weight - 0.5 * stretch * total) - 1e-14 * weight
