"""How many conservation laws gradient flow has, exactly.

A *law* is a function of the weights that every gradient flow of the network keeps constant, whatever
the data and the loss. All those flows are spanned, at each point, by the gradients of the coordinates
of what the weights mean: the entries of ``W_L ... W_1`` for a linear network, the path products for a
ReLU network. Near a generic point the number of independent local laws is therefore D minus the rank
of the Lie algebra which these fields generate (Frobenius).

**Two certificates, one for each side.** Let ``rank_p`` be a rank modulo a prime at any point.

* lower: ``rank_p(gradients of the listed laws) <= their generic rank <= total``;
* upper: ``rank_p(fields and some brackets) <= generic rank of the Lie algebra = D - total``.

Where the two meet, total is proved: chance decides only how soon they meet. Where they do not, the upper
side is still proved and the answer is still the upper bound. It is then probable, not certain: a
level of brackets at a random point added nothing (so the distribution is involutive there, unless
the point or the prime was unlucky, probability below ``(number of brackets + 1) L / p``), twice.

**Theorem 1 (known laws, linear).** At a generic point the entries of ``W_(i+1)^T W_(i+1) - W_i W_i^T``,
``0 < i < L``, have rank ``sum_i n_i (n_i + 1) / 2 - k_i (k_i + 1) / 2`` with ``k_i = max(0, n_i -
n_(i-1) - n_(i+1))``. *Proof.* Symmetric S_i give a dependent combination when ``S_i W_i = W_i S_(i-1)``
for all i, where ``S_0 = S_L = 0``. Transposing, S_i commutes with ``W_(i+1)^T W_(i+1)``, whose non-zero
eigenvalues are generically distinct. Now let ``S_(i-1) W_(i-1) = 0`` and suppose ``W_i S_(i-1) = 0``, as
is so for i = 1. Then S_i vanishes on im W_i, hence on the smallest ``W_(i+1)^T W_(i+1)``-invariant space
around it, which generically is ``im W_i + im W_(i+1)^T``: a generic vector has a part along every
eigenvector. Hence ``W_(i+1) S_i = 0``, and the argument climbs to i + 1. So S_i is any symmetric form
on the orthogonal complement of that space, of dimension k_i, and all such choices are solutions.
With biases ``b_i b_i^T`` is subtracted too, ``S_i b_i = 0``, and k_i is one smaller (if not zero).

**Theorem 2 (two layers).** For L = 2 the known laws are all. *Proof.* On ``Z = [W_2; W_1^T]`` the fields
are linear, ``Z -> [[0, S], [S^T, 0]] Z``; their commutators give so(n_2, n_0), whose orbit through a
generic Z has dimension ``n (n - 1) / 2 - m (m - 1) / 2``, ``n = n_0 + n_2``, ``m = max(0, n - n_1)``.
That is D minus the number in theorem 1.

**Theorem 3 (scalar stretches).** Let ``n_i = n_j = 1``, no width between them 1, and the weights between
them be D_s many with N_s known laws. Then there are ``D_s - 1 - N_s`` laws more than the known ones, for
each such stretch; for widths 1, a, b, 1 this is ``min(a, b) - 1``. *Proof.* The network is a column times a
number s times a row, so every field, seen in the stretch, is a multiple of the gradient of s: one
direction, and the ``D_s - 1`` local first integrals of it are laws. The known laws at the hidden layers
of width 1 link neighbouring stretches in a chain, are moved by each of the two fields they link, and so
stay independent of all the others.

**Conjecture.** Linear networks have no other laws. Theorem 2 settles L = 2, theorem 3 the networks from
one input to one output with no hidden layer of width 1; the count certifies each shape it is asked.

**Theorem 4 (ReLU).** The laws are as many as the hidden neurons, with or without biases. *Proof.* The
gradient of a path product is its value times the indicator of its edges divided by the weights, so
the rank, where no weight is zero, is that of the path-edge incidence matrix. Path indicators span all
flows on the graph (add all paths often enough to make a flow positive, then peel off paths), of
dimension D - H: one equation a hidden neuron, independent as each neuron is reached from the input.
A bias is one more edge from an input. The H laws |in|^2 - |out|^2 are independent by the same argument.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from itertools import product as tuples

import numpy as np

from blockshift import errors
from blockshift.flow import jets


@dataclass(frozen=True)
class Certificate:
    """The ranks found modulo one prime at one point: what a proof of the count consists of.

    ``known`` is the rank of the listed quadratic laws, ``lower`` the number of laws proved (listed ones,
    and those of scalar stretches), ``ranks`` the rank of the fields, then with single brackets, then
    with double ones, and so on; ``involutive`` tells that the last level was seen to add nothing.
    """

    prime: int
    point: tuple
    known: int
    lower: int
    ranks: tuple
    involutive: bool

    def __repr__(self):
        ranks = " → ".join(map(str, self.ranks))
        return f"Certificate(mod {self.prime}: {self.lower} laws proved, fields and brackets of rank {ranks})"


@dataclass(frozen=True)
class LawCount:
    """The number of conservation laws of all gradient flows of one network, with its proof.

    ``known`` is the generic rank of the quadratic laws, ``total`` the number of independent local
    laws; ``lower <= total <= upper`` is proved.
    """

    shape: tuple
    net: str
    biases: bool
    parameters: int
    known: int
    total: int
    lower: int
    upper: int
    method: str
    certificates: tuple = ()

    @property
    def complete(self):
        """Whether the quadratic laws are all laws."""
        return self.known == self.total

    @property
    def certain(self):
        """Whether total is proved, from below and from above."""
        return self.lower == self.upper

    def __repr__(self):
        which = "all quadratic" if self.complete else f"{self.known} of them quadratic"
        sure = "certain" if self.certain else f"probable, certainly {self.lower} to {self.upper}"
        net = f"{self.net} with biases" if self.biases else self.net
        return (
            f"LawCount({_arrows(self.shape)} {net}, {self.parameters} parameters: {self.total} laws, {which}; {sure})"
        )


@dataclass(frozen=True)
class Scan:
    """The counts of many shapes, and among them the exceptions."""

    counts: tuple

    @property
    def exceptions(self):
        """The counts in which the quadratic laws are not all laws."""
        return tuple(count for count in self.counts if not count.complete)

    @property
    def certain(self):
        """Whether every count is proved."""
        return all(count.certain for count in self.counts)

    def __repr__(self):
        sure = "all certain" if self.certain else "not all certain"
        return f"Scan({len(self.counts)} shapes, {len(self.exceptions)} with more than the quadratic laws, {sure})"


def laws(shape, net="linear", biases=False, *, rng, largest=4000):
    """The number of independent local conservation laws of all gradient flows of a network.

    Parameters
    ----------
    shape : tuple of int, length L + 1
        Widths ``n_0, ..., n_L``, input first.
    net : {"linear", "relu"}
    biases : bool
        Whether the hidden neurons have biases.
    rng : numpy.random.Generator
        Chooses the points and the brackets. It can make a count less certain, never wrong and certain.
    largest : int
        Networks with more parameters than this get the closed form.

    Returns
    -------
    LawCount

    Raises
    ------
    EmptyNetwork
        If there are fewer than two widths, or one is not positive.
    BadArgument
        If a width is not an integer, or the kind of network is unknown.

    Source: [marcotte2023abide] for the question and the bracket criterion; the count is ours.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> laws((3, 4, 3), rng=rng)
    LawCount(3→4→3 linear, 24 parameters: 10 laws, all quadratic; certain)
    >>> laws((1, 2, 2, 1), rng=rng)
    LawCount(1→2→2→1 linear, 8 parameters: 7 laws, 6 of them quadratic; certain)
    >>> laws((2, 3, 1), "relu", rng=rng)
    LawCount(2→3→1 relu, 9 parameters: 3 laws, all quadratic; certain)
    """
    shape = _checked(shape, net)
    slots = _Slots(shape, biases)
    known = known_laws(shape, net, biases)
    if slots.size > largest:
        return _closed_form(shape, net, biases, slots.size, known)
    certificates = []
    for prime in jets.PRIMES:
        certificates.append(_certificate(slots, net, prime, rng))
        lower = max(c.lower for c in certificates)
        upper = slots.size - max(c.ranks[-1] for c in certificates)
        if lower == upper:
            break
    return LawCount(
        shape, net, biases, slots.size, known, upper, lower, upper, "exact ranks modulo a prime", tuple(certificates)
    )


def known_laws(shape, net="linear", biases=False):
    """The generic rank of the quadratic laws, in closed form.

    For linear networks ``sum_i n_i (n_i + 1) / 2 - k_i (k_i + 1) / 2`` over the hidden layers, with
    ``k_i = max(0, n_i - n_(i-1) - n_(i+1) - [biases])``; for ReLU networks the number of hidden neurons.

    Parameters
    ----------
    shape : tuple of int, length L + 1
    net : {"linear", "relu"}
    biases : bool

    Returns
    -------
    int

    Source: ours; proof in the module docstring, theorems 1 and 4.

    Examples
    --------
    >>> known_laws((1, 4, 2))  # 10 entries, and one of them spare: k = 4 - 1 - 2
    9
    >>> known_laws((1, 4, 2), "relu")
    4
    """
    shape = _checked(shape, net)
    if net == "relu":
        return sum(shape[1:-1])
    spare = [max(0, here - before - after - biases) for before, here, after in zip(shape, shape[1:], shape[2:])]
    return sum(math.comb(n + 1, 2) - math.comb(k + 1, 2) for n, k in zip(shape[1:-1], spare, strict=True))


def scalar_stretches(shape):
    """The stretches between consecutive layers of width 1, as pairs of layer numbers.

    Parameters
    ----------
    shape : tuple of int, length L + 1

    Returns
    -------
    tuple of (int, int)

    Source: ours; theorem 3 in the module docstring.

    Examples
    --------
    >>> scalar_stretches((2, 1, 2, 2, 1))
    ((1, 4),)
    """
    return tuple(pairwise(i for i, width in enumerate(shape) if width == 1))


def extra_laws(shape):
    """The number of laws of a linear network which are proved and not quadratic.

    Parameters
    ----------
    shape : tuple of int, length L + 1

    Returns
    -------
    int
        The sum over scalar stretches of their parameters, less one, less their known laws.

    Source: ours; theorem 3 in the module docstring.

    Examples
    --------
    >>> extra_laws((1, 2, 2, 1)), extra_laws((1, 3, 4, 1)), extra_laws((1, 5, 1)), extra_laws((2, 2, 2))
    (1, 2, 0, 0)
    """
    stretches = [shape[i : j + 1] for i, j in scalar_stretches(shape)]
    return sum(_Slots(s, False).size - 1 - known_laws(s) for s in stretches)


def scan(widths=((2, 3), (3, 3), (4, 2)), net="linear", *, rng):
    """The law counts of all small shapes.

    Parameters
    ----------
    widths : sequence of (int, int)
        Pairs ``L, n``: all shapes with L layers and widths 1 to n.
    net : {"linear", "relu"}
    rng : numpy.random.Generator

    Returns
    -------
    Scan

    Source: ours.

    Examples
    --------
    >>> scan([(2, 2)], rng=np.random.default_rng(0))
    Scan(8 shapes, 0 with more than the quadratic laws, all certain)
    """
    shapes = [shape for layers, widest in widths for shape in tuples(range(1, widest + 1), repeat=layers + 1)]
    return Scan(tuple(laws(shape, net, rng=rng) for shape in shapes))


def _checked(shape, net):
    """The shape as a tuple of int, or an error that says what to do."""
    try:
        widths = tuple(shape)
    except TypeError:
        widths = (shape,)
    if isinstance(shape, str) or not all(isinstance(n, int | np.integer) for n in widths):
        raise errors.BadArgument(f"`shape` is {shape!r}; widths are integers; write for example (3, 4, 3).")
    if len(widths) < 2 or min(widths) < 1:
        raise errors.EmptyNetwork(
            f"`shape` is {widths}; a network has two widths or more, each positive; write for example (3, 4, 3)."
        )
    if net not in ("linear", "relu"):
        raise errors.BadArgument(f"`net` is {net!r}; the networks counted are 'linear' and 'relu'; choose one.")
    return tuple(int(n) for n in widths)


def _arrows(shape):
    """A shape as people write it."""
    return "→".join(map(str, shape))


def _closed_form(shape, net, biases, size, known):
    """The count by theorems 1 to 4 alone; its upper side is proved for ReLU, two layers, one field."""
    lower = known + (extra_laws(shape) if net == "linear" and not biases else 0)
    narrow = min(shape)
    upper = size - narrow * (shape[0] + shape[-1] - narrow)  # the rank of the fields without brackets
    if net == "relu" or (len(shape) == 3 and not biases):
        upper = lower
    return LawCount(shape, net, biases, size, known, lower, lower, upper, "closed form")


class _Slots:
    """Where the weights stand: a vector of D parameters as L matrices, and back.

    With biases every layer but the last gets one more node that always carries 1; the bias is the
    weight from it. The entries which are then fixed to 0 or 1 have no slot.
    """

    def __init__(self, shape, biases):
        self.shape = shape
        self.extra = int(biases)
        self.free, self.fixed = [], []
        for i, (before, after) in enumerate(pairwise(shape)):
            last = i == len(shape) - 2
            free = np.zeros((after + self.extra * (not last), before + self.extra), dtype=bool)
            fixed = np.zeros(free.shape)
            free[:after, :before] = True
            if self.extra and not last:
                free[:after, before] = True
                fixed[after, before] = 1
            self.free.append(free)
            self.fixed.append(fixed)
        self.ends = np.cumsum([0, *(int(free.sum()) for free in self.free)])
        self.size = int(self.ends[-1])

    def matrices(self, points):
        """The layer matrices of points of shape (2**k, batch, D), each with its fixed entries."""
        found = []
        for free, fixed, start, end in zip(self.free, self.fixed, self.ends, self.ends[1:], strict=False):
            layer = np.zeros((*points.shape[:2], *free.shape))
            layer[0] = fixed
            layer[:, :, free] = points[..., start:end]
            found.append(layer)
        return found

    def vector(self, layers):
        """The free entries of layer matrices, in one row."""
        return np.concatenate([layer[..., free] for layer, free in zip(layers, self.free, strict=True)], axis=-1)


def _velocity(layers, start, sensitivity, p):
    """The gradient of ``<sensitivity, W_L ... W_1 start>`` with respect to each layer."""
    forward = [start]
    for layer in layers[:-1]:
        forward.append(jets.product(layer, forward[-1], p))
    gradients = []
    for layer, state in zip(reversed(layers), reversed(forward), strict=True):
        gradients.append(jets.product(sensitivity, np.swapaxes(state, -1, -2), p))
        sensitivity = jets.product(np.swapaxes(layer, -1, -2), sensitivity, p)
    return gradients[::-1]


def _draw_field(slots, net, batch, p, rng):
    """A random combination of the coordinate gradients, another one for each item of the batch.

    Linear: of the entries of ``W_L ... W_1`` with the coefficients S. ReLU: of the path products, where
    the coefficient of a path is itself a product along the path; such coefficients span all.
    """
    inputs, outputs = slots.free[0].shape[1], slots.shape[-1]
    if net == "linear":
        sensitivity = rng.integers(p, size=(1, batch, outputs, inputs)).astype(float)
        start = np.eye(inputs)[None, None]
        return lambda w: slots.vector(_velocity(slots.matrices(w), start, sensitivity, p))

    scales = [rng.integers(p, size=(1, batch, *free.shape)) * free + (1.0 - free) for free in slots.free]
    start, sensitivity = np.ones((1, 1, inputs, 1)), np.ones((1, 1, outputs, 1))

    def field(w):
        layers = [jets.residue(c * layer, p) for c, layer in zip(scales, slots.matrices(w), strict=True)]
        gradients = _velocity(layers, start, sensitivity, p)
        return slots.vector([jets.residue(c * g, p) for c, g in zip(scales, gradients, strict=True)])

    return field


def _draw_brackets(slots, net, level, batch, point, p, rng):
    """Values at the point of random brackets of level + 1 fields, shape (batch, D)."""
    fields = [_draw_field(slots, net, batch, p, rng) for _ in range(level + 1)]
    return jets.bracket(fields, np.broadcast_to(point, (1, batch, slots.size)), p)[0]


def _draw_known(slots, net, batch, point, p, rng):
    """Gradients of random combinations ``sum_i <S_i, W_(i+1)^T W_(i+1) - W_i W_i^T> / 2``, shape (batch, D).

    S_i is symmetric, for ReLU diagonal, and 0 at input, output and the nodes that carry 1.
    """
    forms = []
    for i, width in enumerate(slots.shape):
        nodes = slots.free[i].shape[1] if i < len(slots.free) else width
        form = np.zeros((1, batch, nodes, nodes))
        if 0 < i < len(slots.free):
            draw = rng.integers(p, size=(batch, width, width)).astype(float)
            draw = draw * np.eye(width) if net == "relu" else draw + np.swapaxes(draw, -1, -2)
            form[0, :, :width, :width] = jets.residue(draw, p)
        forms.append(form)
    layers = slots.matrices(point)
    gradients = [
        jets.product(W, before, p) - jets.product(after, W, p)
        for W, before, after in zip(layers, forms, forms[1:], strict=False)
    ]
    return jets.residue(slots.vector(gradients)[0], p)


def _stretched(rows, slots, point, p):
    """Law gradients as seen after adding all laws of the scalar stretches, and the number of these.

    In a stretch those laws span all that is normal to its one velocity; of a gradient only its product with
    that velocity is left.
    """
    columns, added, reached = [], 0, 0
    for i, j in scalar_stretches(slots.shape):
        start, end = slots.ends[i], slots.ends[j]
        velocity = _velocity(slots.matrices(point)[i:j], np.ones((1, 1, 1, 1)), np.ones((1, 1, 1, 1)), p)
        line = np.concatenate([part.reshape(1, -1) for part in velocity], axis=-1).T
        columns += [rows[:, reached:start], jets.matmul(rows[:, start:end], line, p)]
        added, reached = added + int(end - start) - 1, end
    return np.concatenate([*columns, rows[:, reached:]], axis=1), added


def _certificate(slots, net, p, rng):
    """Both one-sided certificates modulo p at a random point."""
    size = slots.size
    values = rng.integers(1, p, size=size)
    point = values.astype(float)[None, None]
    rows = _draw_known(slots, net, known_laws(slots.shape, net, slots.extra) + 2, point, p, rng)
    known = lower = _rank(rows, p)
    if net == "linear" and not slots.extra:
        rows, added = _stretched(rows, slots, point, p)
        lower = added + _rank(rows, p)

    limit, space, ranks, involutive = size - lower, jets.RowSpace(size, p), [0], False
    while space.rank < limit and not involutive:
        level = len(ranks) - 1
        while space.rank < limit:
            batch = min(64, limit - space.rank + 2)
            if space.add(_draw_brackets(slots, net, level, batch, point, p, rng)) < batch:
                break  # random combinations of this level that add nothing: the level is exhausted
        involutive = space.rank == ranks[-1]
        ranks.append(space.rank)
    return Certificate(p, tuple(int(x) for x in values), known, lower, tuple(ranks[1:]) or (0,), involutive)


def _rank(rows, p):
    """The rank of a matrix modulo p."""
    space = jets.RowSpace(rows.shape[1], p)
    return space.add(rows)
