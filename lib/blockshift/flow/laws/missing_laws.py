"""The laws of a scalar network with two hidden layers that no polynomial of degree two shows.

A network of widths 1, a, b, 1 has ``r - 1`` laws besides the quadratic ones, ``r = min(a, b)``. They are sums of
hyperelliptic integrals: for each singular value ``s_i`` of W_2 one integral up to it, of

    x^(2 m) dx / sqrt(P(x^2)),    P(z) = det(z - W_2^T W_2 + W_1 W_1^T) det(z - W_2 W_2^T + W_3^T W_3) / z^|a - b|,

where P is made of conserved matrices only. Along every gradient flow the integrals move, and for
``m <= r - 2`` their sum with signs does not; for ``m = r - 1`` the sum is a clock, it grows like the time of
the flow of the product ``W_3 W_2 W_1`` itself. The proof is theorem 5 of ``flow.laws.law_formulas``.

Here these sums are followed along a computed run, by quadrature that knows the start's conserved matrices,
the singular values and the signs, and nothing else of the run. Where an integrand becomes infinite, at a branch
point, the singular value turns around, and its integral goes on along the other root. One turn of each singular
value between two times of the run is followed; more would show as a drift.
"""

from dataclasses import dataclass

import numpy as np

from blockshift import errors
from blockshift.flow import conservation

#: Nodes of Gauss quadrature between two neighbouring times: full precision unless a branch point is very near.
NODES = 24
#: Two singular values nearer than this, relatively, make the integrals meaningless in floating point.
TOO_NEAR = 1e-9


@dataclass(frozen=True, eq=False, repr=False)
class MissingLaws:
    """The hyperelliptic integrals along a run, and their sums.

    Parameters
    ----------
    widths : tuple of int, (1, a, b, 1)
    t : ndarray, shape (m,)
    singular_values : ndarray, shape (m, r)
        Of W_2, decreasing.
    turns : int
        How often a singular value came to a branch point and turned around.
    terms : ndarray, shape (r, m, r)
        ``terms[k, :, i]`` is the integral of ``x^(2 k) dx / sqrt(P(x^2))`` from ``s_i(0)`` to ``s_i(t)``, with sign.
    """

    widths: tuple
    t: np.ndarray
    singular_values: np.ndarray
    turns: int
    terms: np.ndarray

    @property
    def sums(self):
        """The sums that are constant, shape (r - 1, m); zero at the start."""
        return self.terms[:-1].sum(axis=2)

    @property
    def clock(self):
        """The sum for the last power, which grows like the time of the flow of the product, shape (m,)."""
        return self.terms[-1].sum(axis=1)

    @property
    def drift(self):
        """How far the sums have moved, in units of how far their terms have."""
        return float(np.abs(self.sums).max() / np.abs(self.terms[:-1]).max())

    def __repr__(self):
        laws = "1 law" if len(self.sums) == 1 else f"{len(self.sums)} laws"
        moved = np.ptp(self.terms[:-1], axis=1).max()
        return (
            f"MissingLaws({'→'.join(map(str, self.widths))}, {laws}: terms move by {moved:.2g}, "
            f"sums by {np.abs(self.sums).max():.0e})"
        )


def missing_laws(run):
    """The laws which the quadratic ones leave out, followed along a run of a network of widths 1, a, b, 1.

    Parameters
    ----------
    run : Trajectory

    Returns
    -------
    MissingLaws

    Raises
    ------
    BadArgument
        If the widths are others, or two singular values of W_2 coincide.

    Source: ours; theorem 5 of ``flow.laws.law_formulas``; claim O-L5.

    Examples
    --------
    >>> from blockshift.flow import integrators
    >>> from blockshift.graph.network import Network
    >>> start = Network.from_weights([[[1], [0.5]], [[1, 0.2], [0.1, 0.6]], [[1, 0.3]]])
    >>> missing_laws(integrators.integrate(start, [4], t_end=1)).drift < 1e-8
    True
    """
    widths = run.final.widths
    if len(widths) != 4 or widths[0] != 1 or widths[3] != 1 or min(widths[1:3]) < 2:
        raise errors.BadArgument(
            f"the run has widths {widths}; laws are missing from (1, a, b, 1) with a and b at least 2, "
            f"and only there this formula is known."
        )
    s, signs = _modes(run)
    P, branches = _curve(run.network(0))
    terms = np.zeros((s.shape[1], *s.shape))
    for k, i in np.ndindex(len(s) - 1, s.shape[1]):
        (here, there), (before, after) = s[k : k + 2, i], signs[k : k + 2, i]
        middle = branches[np.argmin(abs(branches - (here + there) / 2))]
        if before == after:
            step = before * _integrals(P, middle, here, there, s.shape[1])
        else:
            out, back = (_integrals(P, middle, x, middle, s.shape[1]) for x in (here, there))
            step = before * out - after * back
        terms[:, k + 1, i] = terms[:, k, i] + step
    if not np.isfinite(terms).all():
        raise errors.BadArgument(
            "the run turns between two of its times in a way that cannot be followed; ask for more."
        )
    return MissingLaws(widths, run.t, s, int((signs[1:] != signs[:-1]).sum()), terms)


def _modes(run):
    """The singular values of W_2 along the run, and the signs of their integrals."""
    values, signs = [], []
    for k in range(len(run.t)):
        W1, W2, W3 = run.network(k).weights
        U, s, Vt = np.linalg.svd(W2, full_matrices=False)
        gaps = s[:, None] ** 2 - s**2 + np.eye(len(s))
        values.append(s)
        signs.append(np.sign((W3 @ U)[0] * (Vt @ W1)[:, 0] * gaps.prod(axis=1)))
    s = np.array(values)
    if (np.diff(-s, axis=1) <= TOO_NEAR * s[:, :1]).any():
        raise errors.BadArgument("two singular values of W_2 coincide along the run; start elsewhere.")
    return s, np.array(signs)


def _integrals(P, branch, start, end, powers):
    """The integrals of ``x^(2 m) dx / sqrt(P(x^2))``, m < powers; ``x = branch ± y^2`` takes the infinity away."""
    side = 1.0 if start + end >= 2 * branch else -1.0
    low, high = (np.sqrt(max(side * (x - branch), 0.0)) for x in (start, end))
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    y = (low + high) / 2 + (high - low) / 2 * nodes
    x = branch + side * y**2
    with np.errstate(invalid="ignore", divide="ignore"):
        density = weights * (high - low) * side * y / np.sqrt(P(x**2))
    return np.array([(density * x ** (2 * m)).sum() for m in range(powers)])


def _curve(net):
    """P as a function, and where ``P(x^2)`` branches, from the conserved matrices of a network of widths 1, a, b, 1."""
    C1, C2 = conservation.conserved(net)
    roots = [np.linalg.eigvalsh(-C1), np.linalg.eigvalsh(C2)]
    spare = max(0, abs(len(C1) - len(C2)) - 1)
    # Zeros which the larger matrix has by its size alone, and z divides out; one more division is left if a != b.
    roots = [x[np.argsort(abs(x))][spare * (len(x) > min(len(C1), len(C2))) :] for x in roots]
    zeros = np.concatenate(roots)

    def P(z):
        return np.prod([z - root for root in zeros], axis=0) / (z if len(C1) != len(C2) else 1.0)

    # Through x = 0 a singular value passes to -x, which is x again with the other sign.
    return P, np.sqrt(np.append(zeros[zeros > 0], [0.0] * (len(C1) == len(C2))))
