"""The share of pairs that each layer turns, from the traced graph of a network alone: a file of ONNX is enough.

The same question as in ``modes``: pairs of samples whose order in an output changes when a layer gets its activation
back, everything above it being linear. There a module of torch is watched while it runs; here the layered graph runs,
with the identity in the place of activations and means in the place of maxima.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.links import IDENTITY
from blockshift.neurons import orders

#: Outputs at most whose pairs are counted, spread evenly over all.
OUTPUTS = 1000


@dataclass(frozen=True)
class TurnedLayer:
    """One layer with an activation.

    Parameters
    ----------
    name, activation : str
    turned : float
        The share of pairs of samples whose order at the outputs the activation of this layer changes, on average over
        outputs.
    """

    name: str
    activation: str
    turned: float

    @property
    def kept(self) -> float:
        """The share of the other pairs."""
        return 1 - self.turned


def turned_shares(dag: Dag, X, *, progress: Callable[[str], None] = lambda doing: None) -> tuple[TurnedLayer, ...]:
    """What each activation of a network does to the order of samples at the outputs, from the input up.

    Parameters
    ----------
    dag : Dag
        Traced with ``pooling="average"``: above a layer, max-pooling counts as the mean over its windows.
    X : array_like, shape (m, C, H, W)
        At least two samples.
    progress : callable, optional
        Called with what is being done.

    Raises
    ------
    ShapeMismatch
        If the samples do not fit, or there is no pair of them.
    BadArgument
        If the network has no activation, or its pooling was traced otherwise.

    Source: ours, after [lin2025dynamics], read second-hand; claim P3-C1.

    Examples
    --------
    A rectifier ties what is below zero and turns nothing; two that face each other bend the line, and turn a pair.

    >>> from blockshift.graph.perceptrons import perceptron
    >>> X = np.array([-2.0, -1.0, 1.0, 3.0]).reshape(4, 1, 1, 1)
    >>> turned_shares(perceptron([[[1]], [[1]]]), X)
    (TurnedLayer(name='layer 1', activation='relu', turned=0.0),)
    >>> [layer.turned for layer in turned_shares(perceptron([[[1], [-1]], [[1, 0.5]]]), X)]  # one pair of six
    [0.16666666666666666]
    """
    X = np.asarray(X, dtype=np.float32)
    if X.ndim != 4 or X.shape[1:] != dag.layers[0].shape or len(X) < 2:
        raise errors.ShapeMismatch(
            f"samples of shape {X.shape} were given; expected (m, {', '.join(map(str, dag.layers[0].shape))}) with m "
            f"from 2 up: a pair takes two."
        )
    from blockshift.graph.tracing import pooling  # behind it is torch, which takes seconds to come

    if dag.conventions.get("pooling") == pooling.MAX_POOLING["ones"]:
        raise errors.BadArgument(
            "the network was traced with pooling='ones', so that its max-pooling has no mean to stand for it; trace it "
            "with pooling='average'."
        )
    places = [place for place, layer in enumerate(dag.layers) if layer.activation.function is not None]
    if not places:
        raise errors.BadArgument("the network has no activation; a linear network turns no pair.")
    progress(f"running {len(X)} samples through {len(places)} layers")
    above, found = outputs(dag, X), []
    for place in reversed(places):
        progress(f"order of samples at {dag.layers[place].name}")
        linear = outputs(linear_from(dag, place), X)
        share = float(orders.pairs(linear.T, above.T).turned_share.mean())
        found.append(TurnedLayer(dag.layers[place].name, dag.layers[place].activation.name, share))
        above = linear
    return tuple(reversed(found))


def linear_from(dag: Dag, place: int) -> Dag:
    """The network with the identity in the place of the activations from one layer on, means above it for maxima."""
    layers = tuple(replace(k, activation=IDENTITY) if i >= place else k for i, k in enumerate(dag.layers))
    links = tuple(
        replace(k, map=replace(k.map, kind="average pooling"))
        if k.source >= place and k.map.kind == "max pooling"
        else k
        for k in dag.links
    )
    return replace(dag, layers=layers, links=links)


def outputs(dag: Dag, X: np.ndarray) -> np.ndarray:
    """What the network gives for each sample, shape ``(m, outputs)``, one sample at a time; at most `OUTPUTS`."""
    rows = []
    for x in X:
        states = dag.forward(x)
        rows.append(np.concatenate([states[place][1].numpy().ravel() for place in dag.outputs]))
    found = np.stack(rows)
    if found.shape[1] <= OUTPUTS:
        return found
    return found[:, np.linspace(0, found.shape[1] - 1, OUTPUTS).astype(int)]
