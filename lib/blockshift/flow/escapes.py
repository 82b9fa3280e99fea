"""When each mode is learnt: predicted from where it starts, and read off a run.

On a balanced and aligned start the modes do not know of one another, and the strength ``s`` of each in the end-to-end
map follows ``ds/dt = h s^(2 - 2/h) (sigma - s)``. From a small start it waits, and then it escapes: the time to any
share of ``sigma`` is an integral that is written down here without approximation. For two layers a small start that
is random instead has for each mode a strength that acts like a balanced one, and this is computed as well.
"""

from dataclasses import dataclass

import numpy as np
import scipy.integrate

from blockshift import errors
from blockshift.flow import gradient
from blockshift.graph.network import Network

#: Singular values that differ by less than this share are one value with several modes, and below it there is none.
SAME = 1e-12


def escape_times(sigma, depth: int, start, *, share: float = 0.5) -> np.ndarray:
    """The times at which balanced, aligned modes reach a share of their singular values.

    Parameters
    ----------
    sigma : array_like, shape (p,)
        Singular values above 0.
    depth : int
        ``h``.
    start : array_like, shape () or (p,)
        The strength of each mode in the end-to-end map at time 0: with layers of size ``a``, ``a^h``.
    share : float
        Between 0 and 1.

    Returns
    -------
    ndarray, shape (p,)
        0 where the mode has that strength already; infinite where depth is 2 or more and the strength not above 0:
        such a mode rests, or goes to rest, at the saddle.

    Raises
    ------
    BadArgument
        If an argument is out of range.
    ShapeMismatch
        If there are neither one nor as many starting strengths as singular values.

    Source: INFERRED for [wendin2026gradient], [saxe2014exact] for two layers; claims P1-C28, O-R2.

    Examples
    --------
    For two layers, ``log(sigma / s - 1) / (2 sigma)``:

    >>> escape_times([3, 2, 1], 2, 1e-4).round(3)
    array([1.718, 2.476, 4.605])

    For three, nearly ``s^(-1/3) / sigma``: the wait is longer by far, and inverse to the singular value.

    >>> escape_times([3, 2, 1], 3, 1e-6).round(2)
    array([33.14, 49.66, 99.15])
    """
    values = np.atleast_1d(np.asarray(sigma, dtype=np.float64))
    if values.ndim != 1 or not (np.isfinite(values) & (values > 0)).all():
        raise errors.BadArgument(f"the singular values are {values.tolist()}; expected finite numbers above 0.")
    if isinstance(depth, bool) or depth != int(depth) or depth < 1:
        raise errors.BadArgument(f"depth is {depth}; expected an integer from 1 up.")
    if not 0 < share < 1:
        raise errors.BadArgument(f"share is {share}; a mode reaches any share between 0 and 1, and 1 itself never.")
    strengths = np.asarray(start, dtype=np.float64)
    if strengths.shape not in ((), (1,), values.shape):
        raise errors.ShapeMismatch(
            f"{strengths.shape} starting strengths were given for {len(values)} singular values; give one for all or "
            f"one for each."
        )
    if not np.isfinite(strengths).all():
        raise errors.BadArgument("a starting strength is NaN or infinite; expected finite numbers.")
    each = zip(values, np.broadcast_to(strengths, values.shape), strict=True)
    return np.array([_escape(float(s), float(s0), int(depth), share) for s, s0 in each])


def _escape(sigma: float, s0: float, h: int, share: float) -> float:
    """The time from strength s0 to the share of sigma, for one mode."""
    if s0 >= share * sigma:
        return 0.0
    if h == 1:
        return float(np.log((sigma - s0) / (sigma - share * sigma)))
    if s0 <= 0:
        return float("inf")
    if h == 2:
        return float(np.log(share / (1 - share)) + np.log(sigma / s0 - 1)) / (2 * sigma)
    # With s = sigma x^h it is an integral of x^(1-h) / (1 - x^h) = x^(1-h) + x / (1 - x^h): the first part is the wait,
    # however small the start, and the second is smooth.
    a, b = (s0 / sigma) ** (1 / h), share ** (1 / h)
    wait = (a ** (2 - h) - b ** (2 - h)) / (h - 2)
    climb, _ = scipy.integrate.quad(lambda x: x / (1 - x**h), a, b, epsabs=1e-13, epsrel=1e-13)
    return float((wait + climb) * sigma ** (2 / h - 2))


def starting_strengths(net: Network, sigma) -> np.ndarray:
    """For two layers: the strength at which each mode would have to start, balanced and aligned, to escape alike.

    Near the origin the weights of mode ``i`` grow along ``z_i = W_1 v_i + W_2^T u_i``, a direction in the hidden layer,
    and a balanced start would have strength ``|z_i|^2 / 4``. Modes that escape earlier take their directions out of
    those that escape later, so that what counts is the part of ``z_i`` orthogonal to all earlier ones.

    Parameters
    ----------
    net : Network
        Of depth 2, with small weights: the error of the times goes to zero with them.
    sigma : array_like
        A diagonal ``Sigma``, shape ``(d_2, d_0)``, or its singular values, of which those above 0 are the modes.

    Returns
    -------
    ndarray, shape (p,)
        In the order of the modes; zero for modes that find no room in the hidden layer.

    Raises
    ------
    BadArgument
        If the network has another depth, or `sigma` is not diagonal.

    Source: ours; claim O-R2.

    Examples
    --------
    >>> starting_strengths(Network.from_weights([[[0.02]], [[0.04]]]), [3])
    array([0.0009])
    """
    if net.depth != 2:
        raise errors.BadArgument(
            f"the network has depth {net.depth}; only near the origin of two layers do modes grow on their own from a "
            f"random start. For other depths take a balanced, aligned start, and its strengths themselves."
        )
    values = _modes(sigma, net.widths)
    into, out = (np.asarray(W, dtype=np.float64) for W in net.weights)
    Z = [into[:, i] + out[i] for i in range(len(values))]
    found, left = np.zeros(len(values)), list(range(len(values)))
    for _ in range(min(len(values), net.widths[1])):
        strengths = np.array([Z[i] @ Z[i] / 4 for i in left])
        place = int(escape_times(values[left], 2, strengths).argmin())
        first = left.pop(place)
        found[first] = strengths[place]
        if found[first] == 0:
            break
        for i in left:
            Z[i] = Z[i] - Z[first] * (Z[first] @ Z[i]) / (Z[first] @ Z[first])
    return found


def _modes(sigma, widths) -> np.ndarray:
    """The singular values above 0 of a diagonal Sigma, decreasing."""
    Sigma = np.asarray(gradient.target(sigma, widths), dtype=np.float64)
    values, rest = np.diag(Sigma).copy(), Sigma.copy()
    np.fill_diagonal(rest, 0.0)
    if rest.any() or (values < 0).any() or (np.diff(values) > 0).any():
        raise errors.BadArgument(
            "`sigma` is not diagonal with decreasing entries ≥ 0; pass the singular values of the data and turn the "
            "outer layers into their bases."
        )
    return values[values > SAME * values.max(initial=0.0)]


@dataclass(frozen=True, repr=False)
class LearningTimes:
    """When each mode of a run was learnt.

    Parameters
    ----------
    sigma : ndarray, shape (p,)
        Singular values above 0, decreasing.
    times : ndarray, shape (p,)
        When its strength first passed the share of its singular value; NaN where it never did. Of modes that share a
        singular value any orthogonal mixture may be learnt: their times are those of the singular values of their
        common block.
    share : float
    """

    sigma: np.ndarray
    times: np.ndarray
    share: float

    @property
    def order(self) -> tuple[int, ...]:
        """The places of the modes, counted from 1, in the order in which they were learnt."""
        learnt = np.flatnonzero(~np.isnan(self.times))
        return tuple(int(i) + 1 for i in learnt[np.argsort(self.times[learnt], kind="stable")])

    @property
    def in_order(self) -> bool:
        """Whether all modes were learnt, the largest singular value first."""
        return self.order == tuple(range(1, len(self.sigma) + 1))

    def __repr__(self) -> str:
        when = ", ".join(f"{i} at {self.times[i - 1]:.4g}" for i in self.order) or "none"
        missing = len(self.sigma) - len(self.order)
        return f"LearningTimes(modes {when}{f'; {missing} not learnt' if missing else ''})"


def learning_times(run, sigma, *, share: float = 0.5) -> LearningTimes:
    """The times at which each mode of a run passed a share of its singular value.

    Parameters
    ----------
    run : Trajectory or Descent
        Anything with times ``t`` and ``products()``; between its times strengths are interpolated along straight lines.
    sigma : array_like
        A diagonal ``Sigma``, shape ``(d_h, d_0)``, or its singular values, as the run had it.
    share : float
        Between 0 and 1.

    Raises
    ------
    BadArgument
        If the share is out of range, or `sigma` is not diagonal.

    Source: INFERRED for [wendin2026gradient]; claim P1-C28.

    Examples
    --------
    >>> from blockshift.flow import integrators
    >>> start = Network.from_weights([[[0.01]], [[0.01]]])
    >>> at = np.linspace(0, 4, 401)
    >>> learning_times(integrators.integrate(start, [3], 4.0, at=at), [3])
    LearningTimes(modes 1 at 1.718)
    """
    if not 0 < share < 1:
        raise errors.BadArgument(f"share is {share}; expected a number between 0 and 1.")
    values, products = _modes(sigma, run.final.widths), run.products()
    strengths = np.empty((len(run.t), len(values)))
    first = 0
    while first < len(values):
        same = int((values[first:] >= values[first] * (1 - SAME)).sum())
        places = slice(first, first + same)
        block = products[:, places, places]
        strengths[:, places] = block[:, :, 0] if same == 1 else np.linalg.svd(block, compute_uv=False)
        first += same
    each = zip(strengths.T, values, strict=True)
    return LearningTimes(values, np.array([_crossing(run.t, along, share * value) for along, value in each]), share)


def _crossing(t, along, level: float) -> float:
    """When a curve first reaches a level, NaN if it never does."""
    above = along >= level
    if not above.any():
        return float("nan")
    k = int(above.argmax())
    if k == 0:
        return float(t[0])
    return float(t[k - 1] + (level - along[k - 1]) / (along[k] - along[k - 1]) * (t[k] - t[k - 1]))
