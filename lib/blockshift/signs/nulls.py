"""Null models: networks drawn at random that keep of a given network exactly what their name says.

To be less frustrated than chance means little until chance is named. Here each kind is a line of `KINDS`: which
weights are exchanged with which, or what they are drawn from anew. All of them work on the banks of a `Dag`, so a
kernel that is used at a thousand pixels stays one kernel, shared as before: weight sharing is kept by every kind.
What is no parameter is never touched: pooling, skip edges, and batch-norm scales that stand as layers of their own.

A *unit* is one output channel of a bank, which in a dense layer is one neuron. A *kernel* is the slice of a bank that
joins one input channel to one output channel; its entries are *taps*. A weight that is zero is no edge and has no sign.

===============  =======================  ====================  ====================  ================
kind             magnitudes               signs                 negative weights      zeros
===============  =======================  ====================  ====================  ================
sign-shuffle     in place                 exchanged in a bank   of each bank          in place
sign-random      in place                 fair coins            not kept              in place
row-count        in place                 exchanged in a unit   of each unit [1]_     in place
tap-count        in place                 exchanged at a tap    of each neuron        in place
weight-shuffle   exchanged in a bank      with the magnitudes   of each bank          in place
layer-shuffle    exchanged in a layer     with the magnitudes   of each layer         in place
row-shuffle      exchanged in a unit      with the magnitudes   of each unit [1]_     in place
kernel-shuffle   exchanged in a kernel    with the magnitudes   of each kernel        in place
channel-shuffle  kernels exchanged whole  with the magnitudes   of each bank          with the kernels
gaussian         drawn, moments kept      drawn with them       not kept              in place
uniform          drawn, moments kept      drawn with them       not kept              in place
reinitialised    drawn, 2 / fan-in        fair coins            not kept              in place
torch-default    drawn, 1 / (3 fan-in)    fair coins            not kept              in place
===============  =======================  ====================  ====================  ================

.. [1] A neuron whose window the border cuts sees a part of its unit, and keeps its count in expectation only; in dense
   layers, and in convolutions without padding, every neuron keeps it. With "tap-count" all neurons keep it, always.

Two endings change what counts as a weight:

"-folded"
    A batch-norm that follows a convolution multiplies a scale into its weights. Without the ending the weights as
    trained are exchanged and each unit keeps its scale; with it, what stands in the graph is, scales included.
"-unshared"
    Every edge has a weight of its own (``unsharing``): the control that breaks weight sharing, for small networks.

The two fresh networks have weights of the given variance, normal and uniform, where the fan-in is the number of nonzero
weights that a neuron adds up; their batch-norms are fresh as well, with scales of 1.
Moments are the mean and the variance of the nonzero weights of a bank; draws match them in expectation.

Source: [wendin2025frustration] compares with several null models, which our copies do not name; these are ours.
"""

from dataclasses import dataclass, replace

import numpy as np

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.links import Link
from blockshift.signs import exchanges, unsharing

#: Endings of the name of a kind: the scales of batch-norms count as weights; every edge has a weight of its own.
FOLDED, UNSHARED = "-folded", "-unshared"


@dataclass(frozen=True)
class NullModel:
    """A kind of random network.

    Parameters
    ----------
    name : str
    summary : str
        What is changed, in a few words.
    keeps : tuple of str
        What a draw has in common with the network, exactly: of "magnitudes in place", "signs in place", "weights",
        "negative weights", each perhaps followed by where: "in each bank", "layer", "unit", "kernel", "neuron"; and
        "zeros in place".
    change : Change
        From the banks of one layer and a generator to their new weights.
    by_layer : bool
        Whether weights go from bank to bank within a layer.
    fresh : bool
        Whether the scales of folded batch-norms are drawn anew, that is, 1.
    """

    name: str
    summary: str
    keeps: tuple[str, ...]
    change: exchanges.Change
    by_layer: bool = False
    fresh: bool = False

    def __repr__(self) -> str:
        return f"NullModel({self.name}: {self.summary}; keeps {', '.join(self.keeps) or 'shapes only'})"


def draw(dag: Dag, kind: str, *, rng: np.random.Generator) -> Dag:
    """A random network that keeps of a given one what the kind says.

    Parameters
    ----------
    dag : Dag
    kind : str
        A key of `KINDS`, perhaps with one of the endings "-folded" and "-unshared".
    rng : numpy.random.Generator
        The same generator gives the same draw.

    Raises
    ------
    UnknownName
        If there is no such kind.
    BadArgument
        If the network has no weights that the kind could change, or uses one bank in two ways.
    TooLarge
        If weight sharing is to be broken and the network written out does not fit.

    Examples
    --------
    >>> from blockshift.graph.network import Network
    >>> dag = Dag.from_network(Network.from_weights([[[1, -2, 3]], [[-4]]]))
    >>> drawn = draw(dag, "sign-shuffle", rng=np.random.default_rng(0))
    >>> [bank.ravel().tolist() for bank in drawn.banks.values()]
    [[1.0, 2.0, -3.0], [-4.0]]
    """
    null, ending = named(kind)
    if null.fresh:
        dag = replace(dag, links=tuple(_without_scale(link) for link in dag.links))
    if ending == FOLDED:
        dag = dag.folded()
    elif ending == UNSHARED:
        dag = unsharing.unshared(dag)
    banks = exchanges.used_banks(dag)
    if not banks:
        raise errors.BadArgument(
            "the network has no bank of weights, so a null model has nothing to change; expected one that was traced "
            "or made from weights. Draw first where only signs are wanted, and take the signs of the draw."
        )
    if null.change is TAPS and all(bank.weights[0, 0].size == 1 for bank in banks.values()):
        raise errors.BadArgument(
            f"{kind!r} exchanges taps within kernels, and all kernels of the network have one tap; expected larger. "
            f"Take another kind, such as 'weight-shuffle'."
        )
    drawn: dict[str, np.ndarray] = {}
    together: dict[object, list[str]] = {}
    for name, bank in banks.items():
        together.setdefault(bank.layer if null.by_layer else name, []).append(name)
    for names in together.values():
        changed = null.change([banks[name] for name in names], rng)
        drawn |= {name: W.astype(banks[name].weights.dtype) for name, W in zip(names, changed, strict=True)}
    made = dag.replaced(drawn)
    return replace(made, conventions={**made.conventions, "null model": kind})


def _without_scale(link: Link) -> Link:
    """The link with a fresh batch-norm, whose scales are 1."""
    if link.map.kind == "diagonal":
        return replace(link, map=link.map.with_kernel(np.ones_like(link.map.kernel)), bank=None, gain=None)
    return replace(link, gain=None) if link.bank is not None else link


def named(kind: str) -> tuple[NullModel, str]:
    """The null model that a name means, and the ending of the name, which may be empty.

    Raises
    ------
    UnknownName
        If there is none.

    Examples
    --------
    >>> named("sign-random-folded")
    (NullModel(sign-random: a fair coin for each sign; keeps magnitudes in place, zeros in place), '-folded')
    """
    ending = next((end for end in (FOLDED, UNSHARED) if kind.endswith(end)), "")
    name = kind.removesuffix(ending)
    if name not in KINDS:
        raise errors.UnknownName(
            f"no null model is called {kind!r}; expected one of {', '.join(KINDS)}, perhaps with {FOLDED!r} or "
            f"{UNSHARED!r} after it."
        )
    return KINDS[name], ending


#: The change that needs kernels of more than one tap.
TAPS = exchanges.weights_exchanged(exchanges.kernels)
_IN_PLACE = ("magnitudes in place", "zeros in place")
#: Null models by name.
KINDS: dict[str, NullModel] = {
    null.name: null
    for null in (
        NullModel(
            "sign-shuffle", "signs exchanged within each bank",
            (*_IN_PLACE, "negative weights in each bank"), exchanges.signs_exchanged(),
        ),
        NullModel("sign-random", "a fair coin for each sign", _IN_PLACE, exchanges.by_bank(exchanges.signs_drawn)),
        NullModel(
            "row-count", "signs exchanged within each unit",
            (*_IN_PLACE, "negative weights in each unit"), exchanges.signs_exchanged(exchanges.units),
        ),
        NullModel(
            "tap-count", "signs exchanged between the input channels at each tap of each unit",
            (*_IN_PLACE, "negative weights in each neuron"), exchanges.signs_exchanged(exchanges.taps_of_units),
        ),
        NullModel(
            "weight-shuffle", "weights exchanged within each bank", ("zeros in place", "weights in each bank"),
            exchanges.weights_exchanged(),
        ),
        NullModel(
            "layer-shuffle", "weights exchanged within all banks that lead into one layer",
            ("zeros in place", "weights in each layer"),
            exchanges.layer_exchanged, by_layer=True,
        ),
        NullModel(
            "row-shuffle", "weights exchanged within each unit", ("zeros in place", "weights in each unit"),
            exchanges.weights_exchanged(exchanges.units),
        ),
        NullModel(
            "kernel-shuffle", "taps exchanged within each kernel", ("zeros in place", "weights in each kernel"),
            TAPS,
        ),
        NullModel(
            "channel-shuffle", "kernels exchanged whole within each bank",
            ("kernels as they are", "weights in each bank"), exchanges.by_bank(exchanges.kernels_exchanged),
        ),
        NullModel(
            "gaussian", "nonzero weights normal with the mean and variance of their bank", ("zeros in place",),
            exchanges.moments_kept(exchanges.normal),
        ),
        NullModel(
            "uniform", "nonzero weights uniform with the mean and variance of their bank", ("zeros in place",),
            exchanges.moments_kept(exchanges.uniform),
        ),
        NullModel(
            "reinitialised", "a fresh network: normal weights, variance 2 / fan-in, fresh batch-norms",
            ("zeros in place",), exchanges.initialised(2.0, exchanges.normal), fresh=True,
        ),
        NullModel(
            "torch-default", "a fresh network: uniform weights up to 1 / sqrt(fan-in), fresh batch-norms",
            ("zeros in place",), exchanges.initialised(1.0 / 3.0, exchanges.uniform), fresh=True,
        ),
    )
}  # fmt: skip
