"""The variants of a network that are looked at side by side: itself, draws of its nulls, and itself untrained.

Untrained has two senses. "untrained" is a fresh network of the same shape, weights of variance 2 / fan-in and no bias,
which every network has. "initial" is the very state from which this one was trained, where that was kept.
"""

import hashlib

import numpy as np

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.signs import nulls
from blockshift.signs.monotonicity.studies import without_biases

TRAINED, UNTRAINED, INITIAL = "trained", "untrained", "initial"
#: The kinds that are no null models.
OWN = (TRAINED, UNTRAINED, INITIAL)
#: Kinds by the numbers that stand for them in seeds. Stored studies were drawn with these.
NUMBERS = {TRAINED: 0, "sign-shuffle": 1, "weight-shuffle": 2, UNTRAINED: 3, INITIAL: 4}


def variant(dag: Dag, kind: str, *, rng: np.random.Generator, initial: Dag | None = None) -> Dag:
    """A network in one of its variants.

    Parameters
    ----------
    dag : Dag
        The trained network.
    kind : str
        "trained", "untrained", "initial", or the name of a null model.
    rng : numpy.random.Generator
        Nothing is drawn from it for "trained" and "initial".
    initial : Dag, optional
        The state before training.

    Raises
    ------
    UnknownName
        If there is no such kind.
    BadArgument
        If the state before training is asked for and was not kept.

    Examples
    --------
    >>> from blockshift.graph.perceptrons import perceptron
    >>> dag = perceptron([[[1, -2]]], [[3]])
    >>> variant(dag, "trained", rng=np.random.default_rng(0)) is dag
    True
    >>> variant(dag, "untrained", rng=np.random.default_rng(0)).layers[1].bias is None
    True
    """
    if kind == TRAINED:
        return dag
    if kind == INITIAL:
        if initial is None:
            raise errors.BadArgument(
                "the state before training was asked for, and it was not kept; it is of the networks that were trained "
                "here. Take 'untrained', a fresh network of the same shape."
            )
        return initial
    if kind == UNTRAINED:
        return without_biases(nulls.draw(dag, "reinitialised", rng=rng))
    return nulls.draw(dag, kind, rng=rng)


def check(dag: Dag, kind: str, initial: Dag | None = None) -> None:
    """Nothing, if the variant can be had; far cheaper than to try.

    Raises
    ------
    UnknownName, BadArgument, TooLarge
        As in `variant`.
    """
    if kind in (TRAINED, INITIAL):
        variant(dag, kind, rng=np.random.default_rng(0), initial=initial)
    else:
        nulls.check(dag, "reinitialised" if kind == UNTRAINED else kind)


def generator(name: str, kind: str, number: int, seed: int = 0) -> np.random.Generator:
    """The generator of one variant: of its draw, of the search for its order, and of all steps.

    It is a function of what is studied and of nothing else, but not the one that sweeps hand out: studies were stored
    before this was a sweep, and they can still be remade. Two networks with names of one length share their streams,
    which have different uses in different networks.

    Examples
    --------
    >>> generator("mnist-mlp", "trained", 0).random() == np.random.default_rng([0, 0, 9]).random()
    True
    """
    if kind in NUMBERS:
        # The stored first draws were counted with the trained network at the head of the row, later ones without it.
        place = NUMBERS[kind] - (number > 0)
    else:
        place = int.from_bytes(hashlib.sha256(kind.encode()).digest()[:4], "little") | 1 << 31
    # A seed of 0 at the end is no seed: NumPy fills what is missing with zeros.
    return np.random.default_rng([number, place, len(name), seed])
