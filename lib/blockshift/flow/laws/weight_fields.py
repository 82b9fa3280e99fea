"""The vector fields that gradient flow can follow, and the gradients of its quadratic laws.

Whatever the data and the loss, the weights move along a combination of the gradients of what the
network means: the entries of ``W_L ... W_1`` for a linear network, the products of weights along
paths for a ReLU network; with biases, also those along paths that begin at a node which always
carries 1. Everything here is drawn at random and evaluated modulo a prime, in jets, for a
whole batch at a time. What the ranks of such rows mean is told in ``flow.laws.law_count``.
"""

from itertools import pairwise

import numpy as np

from blockshift.flow.laws import jets

#: Longest bracket that is nested from the right only; longer ones branch, which costs far less.
RIGHT_NORMED = 8


class Slots:
    """Where the weights stand: a vector of D parameters as L matrices, and back.

    With biases each layer but the last gets one more node that always carries 1, and the bias is the
    weight from it. The entries of the matrices which are then fixed to 0 or 1 have no slot.

    Parameters
    ----------
    shape : tuple of int, length L + 1
    biases : bool
        Whether the hidden neurons have biases.

    Attributes
    ----------
    size : int
        The number D of parameters.
    ends : ndarray of int, shape (L + 1,)
        Layer i has the parameters ``ends[i - 1]`` to ``ends[i]``, biases included.

    Source: ours.

    Examples
    --------
    >>> slots = Slots((1, 2, 1), biases=True)
    >>> slots.size
    6
    >>> slots.matrices(np.arange(1.0, 7.0)[None, None])[0][0, 0]  # rows: weight and bias of a neuron, then 0 1
    array([[1., 2.],
           [3., 4.],
           [0., 1.]])
    """

    def __init__(self, shape, biases):
        self.shape, self.biases = shape, bool(biases)
        self.free, self._fixed = [], []
        for i, (before, after) in enumerate(pairwise(shape)):
            hidden = self.biases and i < len(shape) - 2
            free = np.zeros((after + hidden, before + self.biases), dtype=bool)
            free[:after, : before + hidden] = True
            fixed = np.zeros(free.shape)
            fixed[after:, before:] = 1
            self.free.append(free)
            self._fixed.append(fixed)
        self.ends = np.cumsum([0, *(int(free.sum()) for free in self.free)])
        self.size = int(self.ends[-1])

    def matrices(self, points):
        """The layer matrices of points of shape (2**k, batch, D), each with its fixed entries."""
        found = []
        for free, fixed, (start, end) in zip(self.free, self._fixed, pairwise(self.ends), strict=True):
            layer = np.zeros((*points.shape[:2], *free.shape))
            layer[0] = fixed
            layer[:, :, free] = points[..., start:end]
            found.append(layer)
        return found

    def vector(self, layers):
        """The free entries of layer matrices, in one row: shape (2**k, batch, D)."""
        return np.concatenate([layer[..., free] for layer, free in zip(layers, self.free, strict=True)], axis=-1)


def gradient(layers, start, sensitivity, p):
    """The gradient of ``<sensitivity, W_L ... W_1 start>`` with respect to each layer.

    Parameters
    ----------
    layers : list of ndarray, shapes (2**k, batch, n_i, n_(i-1))
    start : ndarray, shape (1, batch or 1, n_0, m)
    sensitivity : ndarray, shape (1, batch or 1, n_L, m)
    p : int

    Returns
    -------
    list of ndarray, shapes of layers

    Source: [marcotte2023abide] for linear networks; by backpropagation.

    Examples
    --------
    >>> one = np.ones((1, 1, 1, 1))
    >>> [int(g.item()) for g in gradient([2 * one, 3 * one, 5 * one], one, one, 101)]
    [15, 10, 6]
    """
    forward = [start]
    for layer in layers[:-1]:
        forward.append(jets.product(layer, forward[-1], p))
    gradients = []
    for layer, state in zip(reversed(layers), reversed(forward), strict=True):
        gradients.append(jets.product(sensitivity, np.swapaxes(state, -1, -2), p))
        sensitivity = jets.product(np.swapaxes(layer, -1, -2), sensitivity, p)
    return gradients[::-1]


def draw_field(slots, net, batch, p, rng):
    """A random combination of the coordinate gradients, another one for each item of a batch.

    Linear: of the entries of ``W_L ... W_1``, with random coefficients. ReLU: of the path products, where the
    coefficient of a path is a product along the path too; such combinations span all, because different
    paths give different monomials.

    Parameters
    ----------
    slots : Slots
    net : {"linear", "relu"}
    batch : int
    p : int
    rng : numpy.random.Generator

    Returns
    -------
    callable
        A field for ``jets.bracket``: from points of shape (2**k, batch, D) to vectors of that shape.

    Source: [marcotte2023abide] for the fields; the product-form coefficients are ours.

    Examples
    --------
    For widths 1, 1, 1 the field is a multiple of (w_2, w_1).

    >>> field = draw_field(Slots((1, 1, 1), False), "linear", 1, 101, np.random.default_rng(0))
    >>> v = field(np.array([[[2.0, 4.0]]]))[0, 0]
    >>> bool(v[0] == (2 * v[1]) % 101)
    True
    """
    inputs, outputs = slots.free[0].shape[1], slots.shape[-1]
    if net == "linear":
        start = np.eye(inputs)[None, None]
        sensitivity = rng.integers(p, size=(1, batch, outputs, inputs)).astype(float)
        return lambda w: slots.vector(gradient(slots.matrices(w), start, sensitivity, p))

    scales = [rng.integers(p, size=(1, batch, *free.shape)) * free + (1.0 - free) for free in slots.free]
    start, sensitivity = np.ones((1, 1, inputs, 1)), np.ones((1, 1, outputs, 1))

    def field(w):
        layers = [jets.residue(c * layer, p) for c, layer in zip(scales, slots.matrices(w), strict=True)]
        gradients = gradient(layers, start, sensitivity, p)
        return slots.vector([jets.residue(c * g, p) for c, g in zip(scales, gradients, strict=True)])

    return field


def draw_nested(slots, net, length, batch, p, rng):
    """A random nested bracket of fields, itself a field.

    Up to RIGHT_NORMED fields it is ``[X_1, [X_2, ... [X_(m-1), X_m]]]``, and such brackets span the whole level;
    longer ones branch at random, which costs exponentially less and stays in the Lie algebra.

    Parameters
    ----------
    slots : Slots
    net : {"linear", "relu"}
    length : int
        The number of fields.
    batch : int
    p : int
    rng : numpy.random.Generator

    Returns
    -------
    callable

    Source: ours.

    Examples
    --------
    One field alone has no bracket with itself.

    >>> field = draw_nested(Slots((1, 2, 1), False), "linear", 2, 1, 101, np.random.default_rng(0))
    >>> field(np.array([[[1.0, 2.0, 3.0, 4.0]]]))
    array([[[0., 0., 0., 0.]]])
    """
    if length == 1:
        return draw_field(slots, net, batch, p, rng)
    first = 1 if length <= RIGHT_NORMED else int(rng.integers(1, length // 2 + 1))
    X, Y = (draw_nested(slots, net, part, batch, p, rng) for part in (first, length - first))
    return lambda w: jets.bracket(X, Y, w, p)


def draw_known(slots, net, batch, point, p, rng):
    """Gradients of random quadratic laws at a point.

    The laws are ``sum_i <S_i, W_(i+1)^T W_(i+1) - W_i W_i^T - b_i b_i^T> / 2`` over the hidden layers, with S_i
    symmetric, for ReLU diagonal; their gradients with respect to W_i are ``W_i S_(i-1) - S_i W_i``.

    Parameters
    ----------
    slots : Slots
    net : {"linear", "relu"}
    batch : int
    point : ndarray, shape (1, 1, D)
    p : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (batch, D)

    Source: [marcotte2023abide].

    Examples
    --------
    For widths 1, 1, 1 the law is a multiple of w_2^2 - w_1^2.

    >>> rng = np.random.default_rng(0)
    >>> g = draw_known(Slots((1, 1, 1), False), "linear", 1, np.array([[[2.0, 4.0]]]), 101, rng)[0]
    >>> bool(g[1] == (-2 * g[0]) % 101)
    True
    """
    forms = []
    for i, width in enumerate(slots.shape):
        hidden = 0 < i < len(slots.free)
        nodes = slots.free[i].shape[1] if i < len(slots.free) else width
        form = np.zeros((1, batch, nodes, nodes))
        if hidden:
            draw = rng.integers(p, size=(batch, width, width)).astype(float)
            draw = draw * np.eye(width) if net == "relu" else draw + np.swapaxes(draw, -1, -2)
            form[0, :, :width, :width] = jets.residue(draw, p)
        forms.append(form)
    rows = [
        jets.product(W, before, p) - jets.product(after, W, p)
        for W, (before, after) in zip(slots.matrices(point), pairwise(forms), strict=True)
    ]
    return jets.residue(slots.vector(rows)[0], p)
