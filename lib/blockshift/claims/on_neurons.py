"""Claims about the order that neurons keep (P3-C1 to P3-C7, P3-C10).

The body of the paper was read second-hand: what is not in its abstract is marked inferred.
"""

from fractions import Fraction

import numpy as np

from blockshift.claims import by_seed
from blockshift.claims.again import and_again
from blockshift.claims.evidence import Certificate, Measured, Repeats
from blockshift.claims.ledger import claim
from blockshift.claims.measured import measured
from blockshift.neurons import orders, piecewise

PAPER = "lin2025dynamics"
PAGE = "neurons/modes"
#: The two phases along training are read off where the gap stays above this share of right answers.
GAP = 0.01
SCOPE = "784-512-10 on 4,000 or fewer digits of MNIST, 1,000 for testing, 1,200 steps of Adam"


def _ends(quantity: str, samples: int) -> np.ndarray:
    """The last number of each seed."""
    return measured("size").column(quantity, samples=samples)[:, -1]


def _gaps(samples: int) -> dict[str, np.ndarray]:
    """How much more the tanh network has right than its linear twin and than its own linear map."""
    tanh = _ends("tanh test", samples)
    return {
        "tanh less linear twin": tanh - _ends("identity test", samples),
        "tanh less its linear map": tanh - _ends("substituted test", samples),
    }


@claim(
    "P3-C1",
    source=PAPER,
    status="inferred",
    part="neurons",
    chapter=PAGE,
    figures=("fig-strings",),
    statement="A single unit with a monotone activation keeps the weak order of all fields; a Gaussian unit, or "
    "two opposed monotone units added, do not.",
    control={"opposed": False},
)
def one_monotone_unit_keeps_the_order_and_two_opposed_do_not(*, opposed=True):
    """Exact for rectifiers; by all pairs of 401 fields for smooth units. The control adds two that do not oppose."""
    way = -1 if opposed else 1
    h = np.linspace(-4, 4, 401)
    smooth = {"tanh": np.tanh(h), "rectifier": np.maximum(h, 0), "identity": h}
    pair = np.tanh(h + 2) + np.tanh(way * h + 2)
    witness = {
        "alone": [piecewise.rectifiers([w], [b], [w]) for w in (1, 3) for b in (-2, 0, 5)],
        "together": piecewise.rectifiers([1, way], [2, 2], [1, 1]),
        "kept": [int(orders.pairs(h, y).turned) for y in smooth.values()],
        "turned": [int(orders.pairs(h, y).turned) for y in (np.exp(-h * h), pair)],
    }

    def one_unit_keeps_and_two_opposed_units_fold(found):
        fold = found["together"].fold(Fraction(-4), Fraction(4))
        folds = fold is not None and fold[0] < fold[1] and found["together"](fold[0]) > found["together"](fold[1])
        return (
            all(y.fold() is None for y in found["alone"]) and folds and not any(found["kept"]) and all(found["turned"])
        )

    return Certificate(
        witness, one_unit_keeps_and_two_opposed_units_fold, "rectifiers exactly, smooth units on 401 fields"
    )


@claim(
    "P3-C2",
    source=PAPER,
    status="inferred",
    part="neurons",
    chapter=PAGE,
    figures=("fig-size",),
    statement="Trained on few samples, a tanh network, its linear twin and the linear substitution map of the "
    "tanh network are right equally often, within 0.01.",
    control={"samples": (4000,)},
    empirical=True,
)
@and_again
def with_few_samples_a_tanh_network_is_as_good_as_a_linear_one(*, samples=(50, 200)):
    """Both gaps at 50 and at 200 samples; the control asks at 4,000."""
    found = [Measured(f"{name}, {n} samples", gap, -GAP, GAP) for n in samples for name, gap in _gaps(n).items()]
    return Repeats(found, SCOPE)


@claim(
    "P3-C3",
    source=PAPER,
    status="inferred",
    part="neurons",
    chapter=PAGE,
    figures=("fig-size",),
    statement="With more samples the tanh network is better than both its linear twin and its linear substitution"
    " map, and the two gaps open at about the same size of the training set: neither at 200, both at "
    "4,000.",
    control={"large": 200},
    empirical=True,
)
@and_again
def with_more_samples_both_gaps_open(*, large=4000):
    """Both gaps above 0.01 at the larger size and not at 200; the control takes 200 for large."""
    found = [Measured(f"{name}, {large} samples", gap, lower=GAP) for name, gap in _gaps(large).items()]
    found += [Measured(f"{name}, 200 samples", gap, upper=GAP) for name, gap in _gaps(200).items()]
    return Repeats(found, SCOPE)


@claim(
    "P3-C4",
    source=PAPER,
    status="inferred",
    part="neurons",
    chapter=PAGE,
    figures=("fig-size",),
    statement="With few samples the rank distributions of the tanh network and its linear twin have nearly the "
    "same slope, within 0.2 of about 2.7; with 4,000 samples the linear twin is steeper.",
    control={"swapped": True},
    empirical=True,
)
@and_again
def the_linear_twin_becomes_the_steeper_one(*, swapped=False):
    """Slope of the twin less slope of the tanh network; the control swaps the two."""
    sign = -1 if swapped else 1
    gap = {n: sign * (_ends("identity slope", n) - _ends("tanh slope", n)) for n in (50, 4000)}
    found = [
        Measured("twin less tanh, 50 samples", gap[50], -0.2, 0.2),
        Measured("twin less tanh, 4,000 samples", gap[4000], lower=0.1),
    ]
    return Repeats(found, SCOPE)


@claim(
    "P3-C5",
    source=PAPER,
    status="inferred",
    part="neurons",
    chapter=PAGE,
    figures=("fig-time",),
    statement="In training, the slope of the hidden layer starts at zero, rises to a peak, and then declines.",
    control={"until": 8},
    empirical=True,
)
@and_again
def the_slope_rises_to_a_peak_and_declines(*, until=None):
    """The start, the rise, and the fall from the peak to the end; the control stops looking after 20 steps."""
    slopes = measured("size").column("tanh slope", samples=4000)[:, :until]
    peak = slopes.max(axis=1)
    found = [
        Measured("slope at the start", slopes[:, 0], -0.1, 0.1),
        Measured("rise to the peak", peak - slopes[:, 0], lower=1.0),
        Measured("fall after the peak", peak - slopes[:, -1], lower=0.1),
    ]
    return Repeats(found, SCOPE)


@claim(
    "P3-C6",
    source=PAPER,
    status="inferred",
    part="neurons",
    chapter=PAGE,
    figures=("fig-time",),
    statement="Along training, the tanh network parts from its linear twin and from its linear substitution map "
    "at the same moment, within a factor of 2 of the number of steps, and not before step 100.",
    control={"delayed": 8},
    empirical=True,
)
@and_again
def both_gaps_open_at_the_same_moment_of_training(*, delayed=1):
    """The first step from which each gap stays above 0.01; the control delays one of them eightfold."""
    runs = measured("size")
    steps = runs.column("steps", samples=4000)[0]
    tanh = runs.column("tanh test", samples=4000)
    opens = [_opens(tanh - runs.column(name, samples=4000), steps) for name in ("identity test", "substituted test")]
    found = [
        Measured("log2 of the ratio of the two moments", np.log2(delayed * opens[1] / opens[0]), -1.0, 1.0),
        Measured("first moment", np.minimum(*opens), lower=100),
    ]
    return Repeats(found, SCOPE)


def _opens(gaps: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """For each seed the first recorded step from which the gap stays open; infinite if it is not open at the end."""
    closed = gaps <= GAP
    last = np.where(closed.any(axis=1), gaps.shape[1] - 1 - closed[:, ::-1].argmax(axis=1), -1)
    return np.append(steps, np.inf)[last + 1]


@claim(
    "P3-C7",
    source=PAPER,
    status="inferred",
    part="neurons",
    chapter=PAGE,
    figures=("fig-phases",),
    statement="In a deep network the profile of slopes turns: after the first steps early layers are steeper than"
    " deep ones (phase I), later deep ones are steeper than early ones (phase II).",
    control={"reversed_layers": True},
    empirical=True,
)
@and_again
def the_profile_of_slopes_turns_to_rising_with_depth(*, reversed_layers=False):
    """Rank correlation of slope with depth after 6 and after 60 steps; the control counts layers from the other end."""
    slopes = measured("delay").column("slopes", batch=100, depth=12)
    if reversed_layers:
        slopes = slopes[..., ::-1]
    layers = range(slopes.shape[-1])
    found = [
        Measured("slope with depth after 6 steps", by_seed.rank_correlations(slopes[:, 1], layers), upper=0.0),
        Measured("after 60 steps", by_seed.rank_correlations(slopes[:, -1], layers), lower=0.5),
    ]
    return Repeats(found, "784-64×12-10, batch-norm, batches of 100, Adam, 4,000 digits")


@claim(
    "P3-C10",
    source=PAPER,
    status="inferred",
    part="neurons",
    chapter=PAGE,
    figures=("fig-truncated",),
    statement="With the identity from layer l on, a trained network becomes better as l rises, and reaches the "
    "full network well before the last layer: late layers are linear in effect.",
    control={"early": 1},
    empirical=True,
)
@and_again
def late_layers_are_linear_in_effect(*, early=7):
    """What is missing with the identity from layer 7 of 10 on; the control makes all layers linear."""
    right = measured("depth").column("truncated", width=128, depth=10, activation="relu")
    found = [
        Measured(f"missing with layers from {early} on linear", right[:, -1] - right[:, early - 1], upper=0.006),
        Measured("missing with all layers linear", right[:, -1] - right[:, 0], lower=0.1),
    ]
    return Repeats(found, "784-128×10-10, batch-norm, 12 epochs of Adam on 4,000 digits")
