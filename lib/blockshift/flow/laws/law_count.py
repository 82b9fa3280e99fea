"""How many conservation laws gradient flow has, exactly.

A *law* is a function of the weights that every gradient flow of the network keeps constant, whatever
the data and the loss. All these flows are spanned, at each point, by the gradients of the coordinates
of what the weights mean (``flow.laws.weight_fields``). Near a generic point the number of independent local
laws is therefore D minus the rank of the Lie algebra which these fields generate (Frobenius).

**Two certificates, one for each side.** A rank modulo a prime, at any point whatever, is at most the
generic rank over the rationals. So

* lower: rank_p(gradients of the listed laws) <= their generic rank <= total. In a scalar stretch all
  that is normal to its one velocity counts as listed (theorem 3 of ``flow.laws.law_formulas``);
* upper: rank_p(fields and some brackets) <= generic rank of the Lie algebra = D - total.

Where the two meet total is proved, and chance decides only how soon they do. Where they do not, the
upper bound is still proved. If moreover random brackets of one more field added nothing, then the
distribution is involutive at this point, and total is *probably* the upper bound: each such test errs
with probability of order (degree of the brackets) / p, and it is repeated with a second point and
prime. If even that was not seen, total is the number of laws known to us.

The formulas, their proofs and the conjecture stand in ``flow.laws.law_formulas``. This module does not
find the laws, and local laws need not extend to all weights.
"""

from dataclasses import dataclass
from itertools import product as tuples

import numpy as np

from blockshift.flow.laws import jets, law_formulas, weight_fields

#: Parameters up to which laws are counted: seconds, a minute at the worst.
LARGEST = 4000
#: Fields in the longest bracket that is tried; the cost grows exponentially with it.
LONGEST = 14


@dataclass(frozen=True)
class Certificate:
    """The ranks modulo one prime at one point: what a proof of the count consists of.

    ``known`` is the rank of the quadratic laws, ``lower`` the number of laws proved, with those of scalar
    stretches; ``ranks`` has the rank of the fields, then that with brackets of two, of three, and so on;
    ``involutive`` tells that the last of these were seen to add nothing.
    """

    prime: int
    point: tuple
    known: int
    lower: int
    ranks: tuple
    involutive: bool

    def __repr__(self):
        ranks = " → ".join(map(str, self.ranks))
        return f"Certificate(mod {self.prime}: {self.lower} laws; fields and brackets of rank {ranks})"


@dataclass(frozen=True)
class LawCount:
    """The number of conservation laws of all gradient flows of one network, with its proof.

    ``known`` is the generic rank of the quadratic laws, ``total`` the number of independent local laws;
    ``lower <= total <= upper`` is proved.
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

    @property
    def stretches(self):
        """The scalar stretches that add laws: pairs of layers of width 1. Only linear networks have any."""
        if self.net != "linear" or self.biases:
            return ()
        pairs = law_formulas.scalar_stretches(self.shape)
        return tuple((i, j) for i, j in pairs if law_formulas.extra_laws(self.shape[i : j + 1]))

    def report(self):
        """The count in a few lines, for a terminal."""
        word = "conjectured" if self.method == "closed form" else "probable"
        sure = "proved from both sides" if self.certain else f"{word}; proved: {self.lower} to {self.upper}"
        lines = [
            f"{'-'.join(map(str, self.shape))}, {self.net}{' with biases' * self.biases}: {self.parameters} parameters",
            f"known (quadratic) laws: {self.known}",
            f"all laws:               {self.total}, by {self.method}; {sure}",
        ]
        for i, j in self.stretches:
            missing = law_formulas.extra_laws(self.shape[i : j + 1])
            lines.append(f"not quadratic: {missing}, from the stretch between layers {i} and {j}, both of width 1")
        return "\n".join([*lines, *(f"  {c!r}" for c in self.certificates)])

    def __repr__(self):
        net = "→".join(map(str, self.shape)) + f" {self.net}" + " with biases" * self.biases
        which = "all quadratic" if self.complete else f"{self.known} of them quadratic"
        sure = "certain" if self.certain else f"probable, certainly {self.lower} to {self.upper}"
        return f"LawCount({net}, {self.parameters} parameters: {self.total} laws, {which}; {sure}, by {self.method})"


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


def laws(shape, net="linear", biases=False, *, rng, largest=LARGEST):
    """The number of independent local conservation laws of all gradient flows of a network.

    Parameters
    ----------
    shape : sequence of int, length L + 1
        Widths ``n_0, ..., n_L``, input first.
    net : {"linear", "relu"}
    biases : bool
        Whether the hidden neurons have biases.
    rng : numpy.random.Generator
        Chooses points and brackets. It can leave a count uncertain, never make a certain one wrong.
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

    Source: [marcotte2023abide] for the bracket criterion; the certificates are ours.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> laws((3, 4, 3), rng=rng)
    LawCount(3→4→3 linear, 24 parameters: 10 laws, all quadratic; certain, by exact ranks)
    >>> laws((1, 2, 2, 1), rng=rng)
    LawCount(1→2→2→1 linear, 8 parameters: 7 laws, 6 of them quadratic; certain, by exact ranks)
    >>> laws((2, 3, 1), "relu", rng=rng)
    LawCount(2→3→1 relu, 9 parameters: 3 laws, all quadratic; certain, by exact ranks)
    """
    shape, biases = law_formulas.checked(shape, net), bool(biases)
    size, known = law_formulas.parameters(shape, biases), law_formulas.known_laws(shape, net, biases)
    if size > largest:
        lower, upper = law_formulas.bounds(shape, net, biases)
        return LawCount(shape, net, biases, size, known, lower, lower, upper, "closed form")
    certificates, lower, upper = [], 0, size
    for prime in jets.PRIMES:
        if lower < upper:
            certificates.append(_certificate(shape, net, biases, prime, rng))
            lower = max(lower, certificates[-1].lower)
            upper = min(upper, size - certificates[-1].ranks[-1])
    total = upper if all(c.involutive for c in certificates) else lower
    return LawCount(shape, net, biases, size, known, total, lower, upper, "exact ranks", tuple(certificates))


def scan(widths=((2, 3), (3, 3), (4, 2)), net="linear", biases=False, *, rng):
    """The law counts of all small shapes.

    Parameters
    ----------
    widths : sequence of (int, int)
        Pairs ``L, n``: all shapes with L layers and widths 1 to n.
    net : {"linear", "relu"}
    biases : bool
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
    return Scan(tuple(laws(shape, net, biases, rng=rng) for shape in shapes))


def _certificate(shape, net, biases, p, rng):
    """Both one-sided certificates modulo p, at a random point."""
    slots = weight_fields.Slots(shape, biases)
    values = rng.integers(1, p, size=slots.size)
    point = values.astype(float)[None, None]

    expected = law_formulas.known_laws(shape, net, biases)
    rows = weight_fields.draw_known(slots, net, expected + 2, point, p, rng)
    known = lower = _rank(rows, p)
    if net == "linear" and not biases:
        rows, added = _without_stretches(rows, slots, point, p)
        lower = added + _rank(rows, p)

    space, limit, involutive = jets.RowSpace(slots.size, p), slots.size - lower, False
    ranks: list[int] = []
    while space.rank < limit and not involutive and len(ranks) < LONGEST:
        before = space.rank
        length = len(ranks) + 1
        _exhaust(space, limit, slots, net, length, point, p, rng)
        ranks.append(space.rank)
        involutive = space.rank == before and length <= weight_fields.RIGHT_NORMED
    return Certificate(p, tuple(int(x) for x in values), known, lower, tuple(ranks), involutive)


def _exhaust(space, limit, slots, net, length, point, p, rng):
    """Add random brackets of so many fields until a batch of them adds less than it could."""
    while space.rank < limit:
        batch = min(64, limit - space.rank + 2)
        field = weight_fields.draw_nested(slots, net, length, batch, p, rng)
        if space.add(field(np.broadcast_to(point, (1, batch, slots.size)))[0]) < batch:
            return


def _without_stretches(rows, slots, point, p):
    """Law gradients modulo the laws of all scalar stretches, and the number of these.

    In a stretch the laws span all that is normal to its velocity, so of the gradient of another law only its
    product with that velocity is left.
    """
    columns, added, reached = [], 0, 0
    layers, one = slots.matrices(point), np.ones((1, 1, 1, 1))
    for i, j in law_formulas.scalar_stretches(slots.shape):
        start, end = slots.ends[i], slots.ends[j]
        parts = weight_fields.gradient(layers[i:j], one, one, p)
        velocity = np.concatenate([part.ravel() for part in parts])[:, None]
        columns += [rows[:, reached:start], jets.matmul(rows[:, start:end], velocity, p)]
        added, reached = added + int(end - start) - 1, end
    return np.concatenate([*columns, rows[:, reached:]], axis=1), added


def _rank(rows, p):
    """The rank of a matrix modulo p."""
    return jets.RowSpace(rows.shape[1], p).add(rows)
