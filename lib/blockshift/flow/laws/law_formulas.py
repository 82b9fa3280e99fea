"""How many laws there are by formula, with proofs: n_0, ..., n_L are the widths and D the parameters.

**Theorem 1 (known laws, linear).** At a generic point the entries of ``W_(i+1)^T W_(i+1) - W_i W_i^T``,
0 < i < L, have rank ``sum_i n_i (n_i + 1) / 2 - k_i (k_i + 1) / 2``, ``k_i = max(0, n_i - n_(i-1) - n_(i+1))``.
*Proof.* Symmetric S_i combine the gradients to zero when ``S_i W_i = W_i S_(i-1)`` for 0 < i <= L, where
S_0 = S_L = 0. Transposed at i + 1 this gives ``S_i W_(i+1)^T = W_(i+1)^T S_(i+1)``, hence S_i commutes with
``B_i = W_(i+1)^T W_(i+1)``. Suppose ``W_i S_(i-1) = 0``, which is so for i = 1. Then S_i vanishes on im W_i,
so on the smallest B_i-invariant space around it. Generically the non-zero eigenvalues of B_i are distinct
and im W_i has a part along each of their eigenvectors, so this space is ``im W_i + im W_(i+1)^T``. In
particular ``W_(i+1) S_i = 0``, and the argument climbs to i + 1. So S_i is a symmetric form on the
orthogonal complement, which has dimension k_i; and all such choices solve the equations. With biases
``b_i b_i^T`` is subtracted too, ``S_i b_i = 0`` joins, and k_i is ``max(0, n_i - n_(i-1) - n_(i+1) - 1)``.

**Theorem 2 (two layers).** For L = 2, without biases, the known laws are all. *Proof.* On ``Z = [W_2; W_1^T]``
the fields are linear, ``Z -> [[0, S], [S^T, 0]] Z``; with their commutators they span so(n_2, n_0), whose
element ``A diag(1, -1)``, A skew, kills Z when A vanishes on a space of dimension min(n, n_1), n = n_0 + n_2.
So the orbits have dimension ``n (n - 1) / 2 - m (m - 1) / 2``, ``m = max(0, n - n_1)``, generically, which
is D minus the number in theorem 1.

**Theorem 3 (scalar stretches).** Let ``n_i = n_j = 1``, i < j, with no width 1 between, D_s weights and N_s
known laws between them. A linear network without biases has ``D_s - 1 - N_s`` laws besides the known ones
for each such stretch; for widths 1, a, b, 1 that is ``min(a, b) - 1``. *Proof.* The network is a column times
a number s times a row, and s is the only factor in which the stretch occurs. So every field, seen in the stretch,
is a multiple of grad s: one direction, whose ``D_s - 1`` local first integrals are laws. The known laws
at the hidden layers of width 1 link the pieces of the network in a chain; each is moved, by Euler's
identity, by the field of either piece it links, so they stay independent of all laws inside pieces.

**Theorem 4 (ReLU).** The laws are as many as the hidden neurons H, with or without biases. *Proof.* The
gradient of a path product is its value times (indicator of its edges / weights), so where no weight is
zero the rank is that of the path-edge incidence matrix. Paths span all flows on the graph (add all
paths, often enough to make a flow positive; then peel off paths), a space of dimension D - H: one
equation for each hidden neuron, and these are independent since every neuron is reached from an input.
A bias is one more edge from an input. The H laws ``|in|^2 + b^2 - |out|^2`` are independent likewise.

**Theorem 5 (what is missing from 1, a, b, 1).** Let ``r = min(a, b)``, s_i the singular values of W_2, and
u_i, v_i the components of W_3^T and W_1 along their singular vectors. Along grad s, ``s_i' = u_i v_i``. The
characteristic polynomials of the conserved ``W_2^T W_2 - W_1 W_1^T`` and ``W_2 W_2^T - W_3^T W_3``, divided by
``prod (z - s_i^2)``, have the residues v_i^2 and u_i^2 (up to powers of z), so
``(u_i v_i)^2 = P(s_i^2) / prod_(k != i) (s_i^2 - s_k^2)^2``, where P is their product, over ``z^|a - b|``:
conserved. By Lagrange's identity ``sum_i s_i^(2 m) / prod_(k != i) (s_i^2 - s_k^2) = 0``, m <= r - 2, the sums
``sum_i e_i integral^(s_i) x^(2 m) dx / sqrt(P(x^2))``, with e_i the sign of ``u_i v_i prod_(k != i) (s_i^2 - s_k^2)``,
are constant: r - 1 laws, hyperelliptic integrals, exactly as many as are missing. They are independent, and of
the known laws: those leave a level set of dimension ``D - N = r``, on which the s_i are local coordinates (given
them and the conserved matrices, there are finitely many choices of signs for W_1, W_3 and the singular
vectors), and there the gradients of the sums are a Vandermonde matrix in s_i^2 with scaled columns.

**Conjecture.** Linear networks without biases have no laws but those of theorems 1 and 3. It holds for
L = 2, for one input and one output, and for every shape that ``flow.laws.law_count`` has certified.
"""

import math
from itertools import pairwise

from blockshift import errors


def parameters(shape, biases=False):
    """The number D of parameters; biases stand at the hidden neurons.

    Parameters
    ----------
    shape : tuple of int, length L + 1
    biases : bool

    Returns
    -------
    int

    Source: definition.

    Examples
    --------
    >>> parameters((3, 4, 2)), parameters((3, 4, 2), biases=True)
    (20, 24)
    """
    return sum(a * b for a, b in pairwise(shape)) + biases * sum(shape[1:-1])


def known_laws(shape, net="linear", biases=False):
    """The generic rank of the quadratic laws.

    For linear networks ``sum_i n_i (n_i + 1) / 2 - k_i (k_i + 1) / 2`` over the hidden layers, with
    ``k_i = max(0, n_i - n_(i-1) - n_(i+1))``, one less with biases; for ReLU the number of hidden neurons.

    Parameters
    ----------
    shape : tuple of int, length L + 1
    net : {"linear", "relu"}
    biases : bool

    Returns
    -------
    int

    Source: ours; theorems 1 and 4 of this module.

    Examples
    --------
    >>> known_laws((1, 4, 2))  # 10 entries; k = 4 - 1 - 2, so one of them is spare
    9
    >>> known_laws((1, 4, 2), "relu")
    4
    """
    if net == "relu":
        return sum(shape[1:-1])
    count = 0
    for before, width, after in zip(shape, shape[1:], shape[2:], strict=False):
        spare = max(0, width - before - after - biases)
        count += math.comb(width + 1, 2) - math.comb(spare + 1, 2)
    return count


def scalar_stretches(shape):
    """The stretches between consecutive layers of width 1, as pairs of layer numbers.

    Parameters
    ----------
    shape : tuple of int, length L + 1

    Returns
    -------
    tuple of (int, int)

    Source: ours; theorem 3 of this module.

    Examples
    --------
    >>> scalar_stretches((2, 1, 2, 2, 1))
    ((1, 4),)
    """
    return tuple(pairwise(i for i, width in enumerate(shape) if width == 1))


def extra_laws(shape):
    """The number of laws which the scalar stretches of a linear network add to the known ones.

    Parameters
    ----------
    shape : tuple of int, length L + 1

    Returns
    -------
    int

    Source: ours; theorem 3 of this module.

    Examples
    --------
    >>> extra_laws((1, 2, 2, 1)), extra_laws((1, 3, 4, 1)), extra_laws((1, 5, 1)), extra_laws((2, 2, 2))
    (1, 2, 0, 0)
    """
    stretches = [shape[i : j + 1] for i, j in scalar_stretches(shape)]
    return sum(parameters(stretch) - 1 - known_laws(stretch) for stretch in stretches)


def bounds(shape, net="linear", biases=False):
    """The least and the largest number of laws that these theorems leave open.

    The upper one is D minus the rank of the fields without brackets, ``r (n_0 + n_L - r)`` with r the smallest
    width, wherever no theorem gives more.

    Parameters
    ----------
    shape : tuple of int, length L + 1
    net : {"linear", "relu"}
    biases : bool

    Returns
    -------
    tuple of (int, int)

    Source: ours.

    Examples
    --------
    >>> bounds((2, 3, 2)), bounds((2, 2, 2, 2)), bounds((1, 2, 2, 1))
    ((6, 6), (6, 8), (7, 7))
    """
    lower = known_laws(shape, net, biases)
    if net == "linear" and not biases:
        lower += extra_laws(shape)
    if net == "relu" or (len(shape) == 3 and not biases):
        return lower, lower
    narrow = min(shape)
    return lower, parameters(shape, biases) - narrow * (shape[0] + shape[-1] - narrow)


def checked(shape, net="linear"):
    """The shape as a tuple of int, if it is one and the kind of network is known.

    Parameters
    ----------
    shape : sequence of int
    net : str

    Returns
    -------
    tuple of int

    Raises
    ------
    EmptyNetwork
        If there are fewer than two widths, or one is not positive.
    BadArgument
        If a width is not an integer, or the kind of network is unknown.

    Source: ours.

    Examples
    --------
    >>> checked([3, 4, 3])
    (3, 4, 3)
    """
    try:
        widths = tuple(n.__index__() for n in shape)
    except (TypeError, AttributeError):
        raise errors.BadArgument(
            f"`shape` is {shape!r}; it is a sequence of integers, input width first; write for example (3, 4, 3)."
        ) from None
    if len(widths) < 2 or min(widths) < 1:
        raise errors.EmptyNetwork(
            f"`shape` is {widths}; a network has two widths or more, each positive; write for example (3, 4, 3)."
        )
    if net not in ("linear", "relu"):
        raise errors.BadArgument(f"`net` is {net!r}; laws are counted for 'linear' and 'relu'; choose one of them.")
    return widths
