"""The pattern: matrices cut into blocks by the layers of a network.

A network with widths ``d_0, ..., d_h`` has ``n = d_0 + ... + d_h`` nodes, ordered layer by layer,
and every ``n`` by ``n`` matrix falls into ``(h + 1) x (h + 1)`` blocks. Block ``(i, j)`` maps layer
``j`` to layer ``i``. The conventions of the whole library are fixed here, once:

- ``A[v, u]`` is the weight of the edge *from* ``u`` *to* ``v``, so that ``A`` acts on columns of
  node values from the left, and layer ``i``, ``W_i`` of shape ``(d_i, d_{i-1})``, is block
  ``(i, i - 1)``: *below* the diagonal.
- The *grade* ``k`` of a block is its row minus its column. ``blk_k(B_1, B_2, ...)`` is the matrix
  whose blocks of grade ``k`` are ``B_1, B_2, ...`` from the top, and which is zero elsewhere.
  The adjacency matrix is ``A = blk_1(W_1, ..., W_h)``: a *block-shift* matrix.

Main results: grades add under multiplication, hence ``A^k = blk_k(partial products)`` and
``A^{h+1} = 0`` (claim P1-C1).

Entries are 64-bit floats, or Python's exact numbers (``int``, ``Fraction``) in arrays of dtype
``object``: then every identity of this room holds with ``==``.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise

import numpy as np
import scipy.sparse as sp

from blockshift import errors

Widths = tuple[int, ...]


def as_widths(widths: Iterable[int]) -> Widths:
    """The widths as a tuple of positive integers, at least two of them.

    Raises
    ------
    EmptyNetwork
        If there are fewer than two layers of nodes, or a layer without nodes.
    BadArgument
        If a width is not an integer.

    Examples
    --------
    >>> as_widths([3, 4, 2])
    (3, 4, 2)
    """
    given = tuple(widths)
    if any(isinstance(d, bool) or not isinstance(d, (int, np.integer)) for d in given):
        raise errors.BadArgument(
            f"widths {given} are not all integers; give one positive integer for each layer of nodes."
        )
    if len(given) < 2 or min(given) < 1:
        raise errors.EmptyNetwork(
            f"widths {given} do not make a network; give at least two positive integers, input width first."
        )
    return tuple(int(d) for d in given)


def as_matrix(matrix, name: str = "matrix") -> np.ndarray:
    """A two-dimensional finite array: exact if it was exact (dtype object), float64 if not."""
    try:
        array = np.asarray(matrix)
        if array.dtype != object:
            if np.iscomplexobj(array):
                raise errors.BadArgument(f"`{name}` is complex; weights are real numbers.")
            array = array.astype(np.float64, copy=False)
    except (TypeError, ValueError) as problem:
        if isinstance(problem, errors.BlockshiftError):
            raise
        raise errors.BadArgument(
            f"`{name}` is not a matrix of numbers ({problem}); give rows of equal length."
        ) from None
    if array.ndim != 2:
        raise errors.ShapeMismatch(
            f"`{name}` has {array.ndim} dimensions, shape {array.shape}; a layer is a matrix of shape (out, in)."
        )
    if 0 in array.shape:
        raise errors.EmptyNetwork(f"`{name}` has shape {array.shape}; every layer needs at least one node.")
    finite = all(map(_is_finite, array.flat)) if array.dtype == object else bool(np.isfinite(array).all())
    if not finite:
        raise errors.NotFinite(f"`{name}` holds a value that is NaN or infinite; clean it before building a network.")
    return array


def _is_finite(number) -> bool:
    """Whether an exact or floating number is neither NaN nor infinite."""
    return number == number and abs(number) != float("inf")


def offsets(widths: Sequence[int]) -> tuple[int, ...]:
    """Where each layer begins among the nodes, and where the last one ends.

    Examples
    --------
    >>> offsets((3, 4, 2))
    (0, 3, 7, 9)
    """
    return (0, *accumulate(as_widths(widths)))


def positions(widths: Sequence[int], k: int = 1) -> Iterator[tuple[slice, slice]]:
    """Row and column slices of the blocks of grade ``k``, from the top.

    Examples
    --------
    >>> list(positions((1, 1, 1), 2))
    [(slice(2, 3, None), slice(0, 1, None))]
    """
    at = offsets(widths)
    layers = [slice(a, b) for a, b in pairwise(at)]
    for j in range(len(layers)):
        if 0 <= j + k < len(layers):
            yield layers[j + k], layers[j]


def assemble(blocks: Sequence, widths: Sequence[int] | None = None, k: int = 1, *, sparse: bool = False):
    """The block-shift matrix ``blk_k(blocks)``.

    Parameters
    ----------
    blocks : sequence of array_like
        The blocks of grade `k` from the top; for ``k = 1`` these are the layers ``W_1, ..., W_h``,
        ``W_i`` of shape ``(d_i, d_{i-1})``.
    widths : sequence of int, length h + 1, optional
        The widths ``d_0, ..., d_h``. For ``k = 1`` they can be read off the layers and left out.
    k : int
        The grade: block row minus block column. Negative grades lie above the diagonal.
    sparse : bool
        Return a ``scipy.sparse.csr_array`` in place of a dense array.

    Returns
    -------
    ndarray or csr_array, shape (n, n)
        ``n = sum(widths)``.

    Raises
    ------
    ShapeMismatch
        If the blocks do not fit the widths or one another.
    EmptyNetwork, NotFinite
        If there is no block, an empty one, or one with NaN or infinity.

    Source: [wendin2026gradient], adjacency matrix; claim P1-C1.

    Examples
    --------
    >>> assemble([[[2]], [[3]]])
    array([[0., 0., 0.],
           [2., 0., 0.],
           [0., 3., 0.]])
    >>> assemble([[[6]]], (1, 1, 1), k=2)
    array([[0., 0., 0.],
           [0., 0., 0.],
           [6., 0., 0.]])
    """
    matrices = [as_matrix(b, f"blocks[{i}]") for i, b in enumerate(blocks)]
    if widths is None:
        if k != 1:
            raise errors.BadArgument(f"widths cannot be read off blocks of grade {k}; give `widths`.")
        widths = widths_of(matrices)
    widths = as_widths(widths)
    places = list(positions(widths, k))
    if len(matrices) != len(places):
        raise errors.ShapeMismatch(
            f"{len(matrices)} blocks were given, but widths {widths} have {len(places)} blocks of grade {k}."
        )
    n = sum(widths)
    for i, (matrix, (rows, columns)) in enumerate(zip(matrices, places, strict=True)):
        expected = (rows.stop - rows.start, columns.stop - columns.start)
        if matrix.shape != expected:
            raise errors.ShapeMismatch(
                f"`blocks[{i}]` has shape {matrix.shape}, but at grade {k} of widths {widths} it must be {expected}."
            )
    if sparse:
        if any(m.dtype == object for m in matrices):
            raise errors.BadArgument("sparse matrices hold floats only; leave `sparse` out for exact entries.")
        return _assemble_sparse(matrices, places, n)
    exact = any(m.dtype == object for m in matrices)
    A = np.zeros((n, n), dtype=object if exact else np.float64)
    for matrix, (rows, columns) in zip(matrices, places, strict=True):
        A[rows, columns] = matrix
    return A


def _assemble_sparse(matrices, places, n):
    """The same in compressed rows; entries that are zero are not stored."""
    rows, columns, values = [], [], []
    for matrix, (r, c) in zip(matrices, places, strict=True):
        i, j = np.nonzero(matrix)
        rows.append(i + r.start)
        columns.append(j + c.start)
        values.append(matrix[i, j])
    if not matrices:
        return sp.csr_array((n, n))
    at = (np.concatenate(rows), np.concatenate(columns))
    return sp.csr_array((np.concatenate(values), at), shape=(n, n))


def widths_of(layers: Sequence[np.ndarray]) -> Widths:
    """The widths that a chain of layers has: ``d_0`` from the first, ``d_i`` from layer ``i``.

    Raises
    ------
    ShapeMismatch
        If a layer starts from another number of nodes than the one before it ends in.

    Examples
    --------
    >>> widths_of([np.ones((3, 2)), np.ones((1, 3))])
    (2, 3, 1)
    """
    if not len(layers):
        raise errors.EmptyNetwork("no layer was given; a network needs at least one weight matrix.")
    for i in range(1, len(layers)):
        starts, ends = layers[i].shape[1], layers[i - 1].shape[0]
        if starts != ends:
            raise errors.ShapeMismatch(
                f"`weights[{i}]` starts from {starts} nodes but `weights[{i - 1}]` ends in {ends}; "
                f"consecutive layers share a width. W_i has shape (d_i, d_(i-1))."
            )
    return (layers[0].shape[1], *(layer.shape[0] for layer in layers))


def split(A, widths: Sequence[int], k: int = 1) -> tuple:
    """The blocks of grade ``k`` of a matrix, from the top; the inverse of `assemble`.

    Parameters
    ----------
    A : ndarray, shape (n, n)
        Any matrix over the nodes; ``n = sum(widths)``.
    widths : sequence of int, length h + 1
    k : int

    Returns
    -------
    tuple of ndarray
        Read-only views into `A`.

    Raises
    ------
    ShapeMismatch
        If `A` is not ``n`` by ``n``.

    Examples
    --------
    >>> split(np.diag([5.0, 7.0], -1), (1, 1, 1))
    (array([[5.]]), array([[7.]]))
    """
    A = _over_nodes(A, widths)
    blocks = tuple(A[rows, columns] for rows, columns in positions(widths, k))
    for block in blocks:
        block.flags.writeable = False
    return blocks


def project(A, widths: Sequence[int], k: int = 1) -> np.ndarray:
    """The part of a matrix that has grade ``k``; everything else is set to zero.

    Examples
    --------
    >>> project(np.ones((3, 3)), (1, 1, 1), 2)
    array([[0., 0., 0.],
           [0., 0., 0.],
           [1., 0., 0.]])
    """
    A = _over_nodes(A, widths)
    part = np.zeros_like(A)
    for rows, columns in positions(widths, k):
        part[rows, columns] = A[rows, columns]
    return part


def grades(A, widths: Sequence[int]) -> frozenset[int]:
    """The grades at which a matrix has a nonzero entry.

    A block-shift matrix has grades within ``{1}``, its ``k``-th power within ``{k}``.

    Examples
    --------
    >>> A = assemble([[[2]], [[3]]])
    >>> grades(A, (1, 1, 1)), grades(A @ A, (1, 1, 1)), grades(A @ A @ A, (1, 1, 1))
    (frozenset({1}), frozenset({2}), frozenset())
    """
    A = _over_nodes(A, widths)
    layer = np.repeat(np.arange(len(widths)), as_widths(widths))
    rows, columns = np.nonzero(A)
    return frozenset(int(g) for g in layer[rows] - layer[columns])


def is_block_shift(A, widths: Sequence[int]) -> bool:
    """Whether all nonzero entries of a matrix have grade 1."""
    return grades(A, widths) <= {1}


def partial_products(layers: Sequence[np.ndarray], k: int) -> tuple[np.ndarray, ...]:
    """The blocks of ``A^k``: the products ``W_{i+k} ... W_{i+1}`` of ``k`` consecutive layers.

    Parameters
    ----------
    layers : sequence of ndarray
        ``W_1, ..., W_h``.
    k : int
        At least 0; for 0 these are identities, for ``k > h`` there is none.

    Returns
    -------
    tuple of ndarray
        ``h + 1 - k`` matrices, the one at place ``i`` of shape ``(d_{i+k}, d_i)``.

    Source: [wendin2026gradient], powers of the adjacency matrix; claim P1-C1.

    Examples
    --------
    >>> partial_products([np.array([[2.0]]), np.array([[3.0]])], 2)
    (array([[6.]]),)
    """
    if not isinstance(k, (int, np.integer)):
        raise errors.BadArgument(f"the power {k!r} is not an integer; A^k is a product of k matrices.")
    if k < 0:
        raise errors.BadArgument(f"the power {k} is negative; A is nilpotent, so only powers from 0 up exist.")
    dtype = np.result_type(*layers)
    products = tuple(np.eye(d, dtype=dtype) for d in widths_of(layers))
    for step in range(k):
        products = tuple(layers[i + step] @ products[i] for i in range(len(products) - 1))
    return products


def _over_nodes(A, widths) -> np.ndarray:
    """The array `A`, checked to be a matrix over the nodes of `widths`."""
    A = np.asarray(A)
    n = sum(as_widths(widths))
    if A.shape != (n, n):
        raise errors.ShapeMismatch(
            f"the matrix has shape {A.shape}, but widths {tuple(widths)} have {n} nodes; it must be ({n}, {n})."
        )
    return A
