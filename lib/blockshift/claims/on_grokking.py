"""Claims about delayed evaluation and about grokking (P3-C17 to P3-C22)."""

import numpy as np

from blockshift.claims import by_seed
from blockshift.claims.again import and_again
from blockshift.claims.evidence import Measured, Repeats
from blockshift.claims.ledger import claim
from blockshift.claims.measured import measured

PAPER = "lin2025dynamics"
PAGE = "neurons/grokking"
DEEP = "784-64×12-10, batch-norm, batches of 2,000, Adam, 4,000 digits"
OMNIGROK = "784-200-200-10, squares, AdamW with decay 0.2, 1,000 digits, a start eight times as large, 12,000 steps"


def worst_delay(**case) -> np.ndarray:
    """For each seed, how far the accuracy with running statistics ever lies below that with those of the batch."""
    runs = measured("delay")
    return (runs.column("test batch", **case) - runs.column("test", **case)).max(axis=1)


@claim(
    "P3-C17",
    source=PAPER,
    status="inferred",
    part="neurons",
    chapter=PAGE,
    figures=("fig-delay",),
    statement="In deep networks trained in large batches, the running statistics of batch-norm alone hold the "
    "measured accuracy near chance while the network is already good: evaluation is delayed, on "
    "training samples as well.",
    control={"momentum": 1.0},
    empirical=True,
)
@and_again
def running_statistics_delay_the_evaluation(*, momentum=0.1):
    """The worst gap in test and training accuracy; in the control only the last batch counts."""
    runs = measured("delay")
    case = {"batch": 2000, "depth": 12, "momentum": momentum}
    trained = (runs.column("train batch", **case) - runs.column("train", **case)).max(axis=1)
    found = [Measured("worst gap, test", worst_delay(**case), lower=0.4), Measured("training", trained, lower=0.4)]
    return Repeats(found, DEEP)


@claim(
    "P3-C18",
    source=PAPER,
    status="inferred",
    part="neurons",
    chapter=PAGE,
    figures=("fig-delay",),
    statement="With the statistics of the last batch in the place of the running ones, the delay is gone.",
    control={"momentum": 0.1},
    empirical=True,
)
@and_again
def statistics_of_the_last_batch_end_the_delay(*, momentum=1.0):
    """The worst gap over all epochs after the first; the control averages over the past again."""
    runs = measured("delay")
    case = {"batch": 2000, "depth": 12, "momentum": momentum}
    gaps = (runs.column("test batch", **case) - runs.column("test", **case))[:, 1:].max(axis=1)
    return Repeats([Measured("worst gap", gaps, upper=0.05)], DEEP)


@claim(
    "P3-C19",
    source=PAPER,
    status="inferred",
    part="neurons",
    chapter=PAGE,
    figures=("fig-delay-small",),
    statement="The delay needs a switch of phases as well as running statistics: in small batches, where deep "
    "layers are steeper at the end of every epoch, there is none, whether one looks after each epoch or"
    " in the first steps.",
    control={"batch": 2000},
    empirical=True,
    uses=("P3-C7", "P3-C17"),
)
@and_again
def without_a_switch_of_phases_there_is_no_delay(*, batch=100):
    """Rising slopes after an epoch, and the worst gap by epoch and by step; the control has large batches."""
    runs = measured("delay")
    case = {"batch": batch, "momentum": 0.1, "depth": 12 if batch == 2000 else 10}
    slopes = runs.column("slopes", **case)[:, 1]
    rising = by_seed.rank_correlations(slopes, range(slopes.shape[1]))
    gaps = (runs.column("test batch", **case) - runs.column("test", **case))[:, 1:].max(axis=1)
    found = [
        Measured("slopes with depth", rising, lower=0.8),
        Measured("worst gap after an epoch", gaps, upper=0.05),
        Measured("worst gap in the first 60 steps", worst_delay(batch=100, depth=12, momentum=0.1), upper=0.05),
    ]
    return Repeats(found, "784-128×10-10 and 784-64×12-10, batch-norm, batches of 100, Adam, 4,000 digits")


def times(threshold: float) -> np.ndarray:
    """For each seed the first recorded step at which the test accuracy has gone a share of its way."""
    runs = measured("grokking")
    tests, steps = runs.column("test", scale=8.0), runs.column("steps", scale=8.0)[0]
    solved = learnt()
    return np.array([steps[np.argmax(row >= row[s] + threshold * (row[-1] - row[s]))]
                     for row, s in zip(tests, solved, strict=True)])  # fmt: skip


def learnt() -> np.ndarray:
    """For each seed the place in the record at which the training samples are learnt, 99 of 100."""
    return (measured("grokking").column("train", scale=8.0) >= 0.99).argmax(axis=1)


@claim(
    "P3-C20",
    source=PAPER,
    status="inferred",
    part="neurons",
    chapter=PAGE,
    figures=("fig-grokking",),
    statement="Grokking is the moment at which the mean basin grows past the distance from test to training "
    "samples: the crossing lies between a tenth and nine tenths of the rise of the test accuracy.",
    control={"factor": 4.0},
    empirical=True,
)
@and_again
def grokking_is_when_the_basin_reaches_the_test_samples(*, factor=1.0):
    """The step at which the basin crosses the distance, in units of the rise; the control takes a longer distance."""
    runs = measured("grokking")
    basin, steps = runs.column("basin", scale=8.0), runs.column("steps", scale=8.0)[0]
    beyond = basin > factor * runs.column("distance", scale=8.0)[:, None]
    crossing = np.where(beyond.any(axis=1), steps[beyond.argmax(axis=1)], np.inf)
    begin, end = times(0.1), times(0.9)
    after = np.where(np.isfinite(crossing), crossing - begin, -1.0)
    before = np.where(np.isfinite(crossing), end - crossing, -1.0)
    first = basin[np.arange(len(basin)), learnt()] / runs.column("distance", scale=8.0)
    found = [
        Measured("steps from a tenth of the rise to the crossing", after, lower=0.0),
        Measured("steps from the crossing to nine tenths", before, lower=0.0),
        Measured("basin by distance when the training samples are learnt", first, upper=1.0),
    ]
    return Repeats(found, OMNIGROK)


@claim(
    "P3-C21",
    source=PAPER,
    status="inferred",
    part="neurons",
    chapter=PAGE,
    figures=("fig-grokking-slopes",),
    statement="Before grokking the slopes of both hidden layers are small, below 0.2, after it they are larger, "
    "above 0.2, and the norm of the weights falls meanwhile.",
    control={"swapped": True},
    empirical=True,
)
@and_again
def slopes_rise_and_the_norm_falls_with_grokking(*, swapped=False):
    """Slopes when the training samples are learnt and at the end; the control swaps before and after."""
    runs = measured("grokking")
    slopes, norm = runs.column("slopes", scale=8.0), runs.column("norm", scale=8.0)
    rows = np.arange(len(slopes))
    before, after = slopes[rows, learnt()], slopes[:, -1]
    if swapped:
        before, after = after, before
    found = [
        Measured("slope of layer 1 before", before[:, 0], upper=0.2),
        Measured("slope of layer 2 before", before[:, 1], upper=0.2),
        Measured("slope of layer 1 after", after[:, 0], lower=0.2),
        Measured("slope of layer 2 after", after[:, 1], lower=0.2),
        Measured("norm after by norm before", norm[:, -1] / norm[rows, learnt()], upper=0.5),
    ]
    return Repeats(found, OMNIGROK)


@claim(
    "P3-C22",
    source=PAPER,
    status="inferred",
    part="neurons",
    chapter=PAGE,
    figures=("fig-grokking-slopes",),
    statement="After grokking the slopes decline again.",
    control={"need": 10.0},
    empirical=True,
)
@and_again
def slopes_decline_after_grokking(*, need=0.05):
    """How far the slopes at the end lie below their peaks; the control asks for more than there is."""
    slopes = measured("grokking").column("slopes", scale=8.0)
    fall = slopes.max(axis=1) - slopes[:, -1]
    return Repeats([Measured(f"fall of layer {i + 1}", fall[:, i], lower=need) for i in range(2)], OMNIGROK)
