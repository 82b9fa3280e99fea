"""Claims about trained networks: less frustrated than before training, and more or less so by architecture."""

import json
from pathlib import Path

import numpy as np

from blockshift import errors
from blockshift.claims.evidence import Bound, Residual
from blockshift.claims.ledger import claim
from blockshift.graph.pretrained import digits, doors
from blockshift.signs import channel_gauges, network_intervals, nulls
from blockshift.signs.network_couplings import NetworkCouplings

PAPER = "wendin2025frustration"
THROUGH, REAL = "signs/through-training", "signs/real-networks"
FILE = Path(__file__).resolve().parents[3] / "chapters" / "data" / "through-training.json"
REMAKE = "python -m chapters.data.through_training"

START, END = 0.0, float(digits.EPOCHS)
#: The network that is done anew each time: a second, where the others take many.
LIVE = "mnist-mlp"
#: Intervals nearer to each other than this count as touching; rounding is a million times smaller.
APART = 1e-9
#: What two sums of the same floats with other signs may differ by, as a share of the total weight.
ROUNDING = 1e-12


def last_training(path=FILE) -> list[dict]:
    """The records of frustration through training as their last run left them.

    Raises
    ------
    BadArgument
        If there is no such file, or it is no such record.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))["records"]
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise errors.BadArgument(
            f"{str(path)!r} cannot be read as frustration through training ({fault}); {REMAKE} makes it."
        ) from None


def _ends(name: str, seed: int, epoch: float, variant: str = "as it is") -> tuple[float, float]:
    """The stored interval of one state; over several draws the lowest of both ends."""
    rows = [
        r
        for r in last_training()
        if (r["network"], r["seed"], r["epoch"], r["variant"]) == (name, seed, epoch, variant)
    ]
    if not rows:
        raise errors.UnknownName(f"nothing is stored of {name!r}, seed {seed}, {variant!r}; {REMAKE} makes it.")
    return min(r["lower"] for r in rows), min(r["upper"] for r in rows)


def _found(seed: int, epoch: float, variant: str) -> tuple[float, float]:
    """The interval of one state of the small network, computed now."""
    model = doors.model(LIVE, seed=seed, epoch=epoch)
    dag = model.trace()
    if variant != "as it is":
        dag = nulls.draw(dag, variant, rng=np.random.default_rng(seed))
    found = network_intervals.network_frustration(dag, rng=np.random.default_rng([9, seed]))
    return found.fraction_lower, found.fraction_upper


@claim(
    "P2-C9",
    source=PAPER,
    status="confirmed",
    part="signs",
    chapter=THROUGH,
    figures=("fig-through-training",),
    statement="Training lowers the frustration: for each of three networks trained on digits and each of three seeds, "
    "the interval after training lies wholly below that of the same network before.",
    control={"after": "sign-shuffle"},
    empirical=True,
)
def training_lowers_frustration(*, after="as it is"):
    """The smallest distance between intervals, stored for all, live for one; the control shuffles final signs."""
    stored = [
        _ends(name, seed, START)[0] - _ends(name, seed, END, after)[1]
        for name in digits.RECIPES
        for seed in digits.SEEDS
    ]
    live = [_found(seed, START, "as it is")[0] - _found(seed, END, after)[1] for seed in digits.SEEDS]
    scope = f"{len(digits.RECIPES)} networks, {len(digits.SEEDS)} seeds, stored; {LIVE} computed anew"
    return Bound(min(*stored, *live), APART, 0.5, scope)


@claim(
    "P2-C8",
    source=PAPER,
    status="inferred",
    part="signs",
    chapter=THROUGH,
    figures=("fig-through-training",),
    statement="Architecture makes a difference to frustration: untrained, a residual network for digits lies with its "
    "whole interval above a plain convolutional one, whichever of three seeds are compared; trained alike, so does the "
    "best switching found, with equal effort.",
    control={"other": "mnist-cnn"},
    empirical=True,
)
def architecture_makes_a_difference(*, other="mnist-resnet"):
    """The smallest stored distance: of intervals before, of upper ends after; the control takes the plain one twice."""
    distances = [
        _ends(other, across, epoch)[end] - _ends("mnist-cnn", seed, epoch)[1]
        for epoch, end in ((START, 0), (END, 1))
        for seed in digits.SEEDS
        for across in digits.SEEDS
        if (other, across) != ("mnist-cnn", seed)
    ]
    return Bound(
        min(distances),
        APART,
        0.5,
        f"{len(distances)} pairs of networks, stored: intervals before, upper ends after training",
    )


@claim(
    "O-T2",
    source="ours",
    status="ours",
    part="signs",
    chapter=REAL,
    statement="A sign for each channel, pushed through the weights of a network, changes the frustration of no "
    "switching that is turned along; and a network with no negative weight scores 0 after it, with a certificate.",
    control={"turned": False},
)
def signs_of_channels_change_nothing(*, turned=True):
    """Three trained networks under random signs of their channels; the control does not turn the switching along."""
    rng = np.random.default_rng(22)
    differences = {}
    for name in digits.RECIPES:
        dag = doors.model(name).trace()
        signs = rng.choice([-1, 1], sum(layer.shape[0] for layer in dag.layers))
        turn = channel_gauges.expanded(dag, signs)
        s = rng.choice([-1.0, 1.0], dag.nodes)
        left = NetworkCouplings(dag).frustration(s)
        right = NetworkCouplings(channel_gauges.gauged(dag, signs)).frustration(turn * s if turned else s)
        differences[name] = (right - left) / dag.total_weight
        positive = channel_gauges.gauged(dag.folded().replaced(_absolute(dag)), signs)
        found = network_intervals.network_frustration(positive, rng=rng)
        differences[f"{name}, no weight negative"] = found.fraction_upper + (not found.certified)
    return Residual(differences, ROUNDING, f"{len(digits.RECIPES)} trained networks, random signs of all channels")


def _absolute(dag) -> dict[str, np.ndarray]:
    """The weights without their signs."""
    return {name: np.abs(bank) for name, bank in dag.folded().banks.items()}
