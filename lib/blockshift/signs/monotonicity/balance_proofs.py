"""Balance implies order: what has to be looked at to know that a network is monotone everywhere.

If a switching leaves no edge frustrated and every activation increases, then ``x <= x'`` at the inputs implies the same
at every layer. By induction along the layers: for a node v with edges from nodes u of earlier layers

    s_v (z'_v - z_v) = sum_u (s_v A[v, u] s_u) (s_u (x'_u - x_u)),

because ``s_u s_u = 1`` and the bias cancels; every factor on the right is non-negative. An increasing function keeps
the order of two numbers, and its reverse. A maximum over a window keeps the order if all its nodes and its result have
one sign, which is what its edges, being positive, ask for; averages, batch-norms and skips are edges like others.

So there are two things to check: each edge, and each activation. Edges are checked without unrolling them, by their
signs, in exact integers. A frustrated edge refutes nothing: the converse is false.
"""

from dataclasses import dataclass

import numpy as np

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.signs.monotonicity.orders import Order


@dataclass(frozen=True, eq=False, repr=False)
class BalanceProof:
    """Whether balance proves a network monotone in the order of a switching, everywhere and at any size of step.

    Attributes
    ----------
    order : Order
        The order at the two ends.
    frustrated : dict of str to int
        For each link with edges that the switching leaves frustrated, how many.
    decreasing : tuple of str
        The layers whose activation may decrease.
    """

    order: Order
    frustrated: dict[str, int]
    decreasing: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.frustrated and not self.decreasing

    def __repr__(self) -> str:
        if self.holds:
            return "BalanceProof(monotone at every input: no edge is frustrated, every activation increases)"
        reasons = [f"{count} frustrated edges in {name}" for name, count in self.frustrated.items()]
        reasons += [f"the activation of {name} may decrease" for name in self.decreasing]
        more = f" and {len(reasons) - 3} more" if len(reasons) > 3 else ""
        return f"BalanceProof(proves nothing: {'; '.join(reasons[:3])}{more})"


def monotone_by_balance(dag: Dag, switching) -> BalanceProof:
    """Whether a switching proves a network monotone, and what stands in the way if not.

    Parameters
    ----------
    dag : Dag
    switching : array_like of ±1, shape (n,)

    Raises
    ------
    BadArgument
        If it is not a switching.

    Source: ours, from the definitions of [wendin2025frustration]; claims P2-T1 and P2-C14.

    Examples
    --------
    >>> from blockshift.graph.perceptrons import perceptron
    >>> dag = perceptron([[[1, -2], [-1, 2]], [[1, -1]]])
    >>> monotone_by_balance(dag, [1, -1, 1, -1, 1]).holds
    True
    >>> monotone_by_balance(dag, [1, -1, 1, 1, 1])
    BalanceProof(proves nothing: 2 frustrated edges in W_1; 1 frustrated edges in W_2)
    """
    s = np.asarray(switching)
    if s.shape != (dag.nodes,) or not np.isin(s, (-1, 1)).all():
        raise errors.BadArgument(f"a switching is one sign, 1 or -1, for each of the {dag.nodes} nodes.")
    parts = dag.split(s.astype(np.float64))
    frustrated: dict[str, int] = {}
    for place, link in enumerate(dag.links):
        # Sums of signs are integers below 2^53, and so exact.
        signs = link.map.signed.with_kernel(link.map.signed.kernel.astype(np.float64))
        pulled = signs.apply(np.ascontiguousarray(parts[link.source][link.reads]))
        balance = float((pulled * parts[link.target][link.writes]).sum())
        count = round((link.map.edges - balance) / 2)
        if count:
            name = link.name or link.bank or f"link {place}"
            frustrated[name] = frustrated.get(name, 0) + count
    decreasing = tuple(layer.name for layer in dag.layers if not layer.activation.monotone)
    return BalanceProof(Order.of(dag, s), frustrated, decreasing)
