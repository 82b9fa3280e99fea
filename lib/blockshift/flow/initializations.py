"""Starts by name: where a run of gradient flow begins, and what each beginning makes simple.

- *aligned*: the singular vectors of consecutive layers match each other and those of ``Sigma``; the flow falls apart
  into one chain of scalars for each singular value (claim P1-C21). *Decoupled* is the same with trivial hidden bases.
- *zero balanced*: all conserved matrices vanish, and the end-to-end map has an equation of its own (claim P1-C22).
- *delta balanced*: they are at most ``delta`` (claim P1-C25).
- *lambda balanced*: for two layers, the conserved matrix is a multiple of the identity (claim O-S1).
- *small*: independent normal numbers, of which nothing is known but their size.

`start` is the door to all of them.
"""

import inspect
from collections.abc import Callable, Sequence

import numpy as np

from blockshift import errors
from blockshift.flow import balanced_starts, gradient, singular_bases
from blockshift.graph import blocks
from blockshift.graph.network import Network


def aligned(widths: Sequence[int], sigma, *, rng: np.random.Generator, factors=None, product=None) -> Network:
    """A network with ``W_j = Q_j D_j Q_{j-1}^T``, diagonal ``D_j``, and outer bases of singular vectors of ``Sigma``.

    Parameters
    ----------
    widths : sequence of int, length h + 1
    sigma : array_like
        The matrix ``Sigma``, shape ``(d_h, d_0)``, or its singular values. A diagonal one keeps its own basis.
    rng : Generator
        Draws the orthogonal hidden bases ``Q_1, ..., Q_{h-1}``.
    factors : array_like, broadcast to shape (h, r), optional
        The diagonals: item ``[j - 1, i]`` is the factor of mode ``i`` in layer ``j``, for ``r = min(widths)`` modes,
        the largest singular value first. A number gives all the same, a row one each mode, a column one each layer.
    product : array_like, broadcast to shape (r,), optional
        Instead of `factors`, the product of each mode, not negative: each layer has its ``h``-th root.

    Returns
    -------
    Network

    Raises
    ------
    BadArgument
        If not exactly one of `factors` and `product` is given, or a product is negative.
    ShapeMismatch
        If they do not fit the widths.

    Source: [saxe2014exact]; INFERRED for [wendin2026gradient]; claim P1-C21.

    Examples
    --------
    >>> net = aligned((2, 3, 2), [2, 1], rng=np.random.default_rng(0), product=[0.25, 0.01])
    >>> net.product().round(12) + 0.0
    array([[0.25, 0.  ],
           [0.  , 0.01]])
    """
    widths = blocks.as_widths(widths)
    bases = [balanced_starts.orthonormal(d, d, rng) for d in widths[1:-1]]
    return _of_bases(widths, sigma, bases, factors, product)


def decoupled(widths: Sequence[int], sigma, *, factors=None, product=None) -> Network:
    """An aligned network whose hidden bases are the coordinates: for diagonal ``Sigma`` all layers are diagonal.

    Parameters and errors are those of `aligned`; nothing is drawn.

    Source: [saxe2014exact]; INFERRED for [wendin2026gradient]; claim P1-C21.

    Examples
    --------
    >>> [W.tolist() for W in decoupled((2, 1, 2), [2, 1], factors=[[0.5], [0.25]]).weights]
    [[[0.5, 0.0]], [[0.25], [0.0]]]
    """
    widths = blocks.as_widths(widths)
    return _of_bases(widths, sigma, [np.eye(d) for d in widths[1:-1]], factors, product)


def small(widths: Sequence[int], *, rng: np.random.Generator, scale: float = 1e-3) -> Network:
    """A network whose weights are independent normal numbers of standard deviation `scale`."""
    return Network.random(widths, rng=rng, scale=scale)


#: Every start by its name.
STARTS: dict[str, Callable[..., Network]] = {
    "aligned": aligned,
    "decoupled": decoupled,
    "zero balanced": balanced_starts.zero_balanced,
    "delta balanced": balanced_starts.delta_balanced,
    "lambda balanced": balanced_starts.lambda_balanced,
    "small": small,
}


def start(name: str, widths: Sequence[int], sigma=None, *, rng: np.random.Generator, **options) -> Network:
    """The start of a name.

    Parameters
    ----------
    name : {"aligned", "decoupled", "zero balanced", "delta balanced", "lambda balanced", "small"}
        With a blank, a hyphen or an underscore.
    widths : sequence of int, length h + 1
    sigma : array_like, optional
        Needed by those that are made for a ``Sigma``; the others only check that it fits.
    rng : Generator
    **options
        `factors` or `product` for aligned and decoupled starts; `product` or `scale` for balanced ones; `delta` for
        delta balanced, `lam` for lambda balanced ones; `scale` for small ones.

    Returns
    -------
    Network

    Raises
    ------
    UnknownName
        If there is no start of that name.
    BadArgument
        If an option is missing or is not one of that start.
    ShapeMismatch
        If something does not fit the widths.

    Examples
    --------
    >>> start("lambda-balanced", (2, 1, 3), rng=np.random.default_rng(0), lam=1.0)
    Network(2→1→3, 5 weights, 3 negative)
    """
    known = name.replace("-", " ").replace("_", " ") if isinstance(name, str) else name
    if known not in STARTS:
        raise errors.UnknownName(f"no start is called {name!r}; there are {', '.join(STARTS)}.")
    make, given = STARTS[known], dict[str, object](options)
    takes = inspect.signature(make).parameters
    if sigma is not None:
        gradient.target(sigma, blocks.as_widths(widths))
        if "sigma" in takes:
            given["sigma"] = sigma
    if "rng" in takes:
        given["rng"] = rng
    strange = sorted(set(given) - set(takes))
    missing = [word for word, p in takes.items() if p.default is p.empty and word not in (*given, "widths")]
    if strange or missing:
        wrong = [f"has no option {word!r}" for word in strange] + [f"cannot do without {word!r}" for word in missing]
        arguments = ", ".join(word for word in takes if word not in ("widths", "rng"))
        raise errors.BadArgument(f"the start {known!r} {' and '.join(wrong)}; its arguments are {arguments}.")
    return make(widths, **given)


def _of_bases(widths, sigma, hidden, factors, product) -> Network:
    """The aligned network with the given hidden bases."""
    Sigma = np.asarray(gradient.target(sigma, widths), dtype=float)
    depth, modes = len(widths) - 1, min(widths)
    if (factors is None) == (product is None):
        raise errors.BadArgument("an aligned start needs either `factors` or `product`; give one of the two.")
    if factors is None:
        factors = _filled("product", product, (modes,))
        if (factors < 0).any():
            raise errors.BadArgument("a `product` is negative; give `factors`, which may have signs, in its place.")
        factors = factors ** (1 / depth)
    else:
        factors = np.asarray(factors, dtype=float)
    D = _filled("factors", factors, (depth, modes))
    U, _, V = singular_bases.singular_bases(Sigma)
    Q = [X[:, :modes] for X in (V, *hidden, U)]
    return Network(tuple((Q[j + 1] * D[j]) @ Q[j].T for j in range(depth)))


def _filled(name: str, given, shape) -> np.ndarray:
    """An array broadcast to a shape, or a refusal."""
    try:
        array = np.broadcast_to(np.asarray(given, dtype=float), shape)
    except ValueError as problem:
        raise errors.ShapeMismatch(
            f"`{name}` has shape {np.shape(given)}; expected a number, or what broadcasts to {shape}."
        ) from problem
    if not np.isfinite(array).all():
        raise errors.NotFinite(f"`{name}` holds NaN or infinite numbers; all must be finite.")
    return array
