"""Claims about attraction basins in the space of samples and in that of weights (P3-C12, C14 to C16, C23)."""

import numpy as np

from blockshift.claims import by_seed
from blockshift.claims.again import and_again
from blockshift.claims.evidence import Measured, Repeats
from blockshift.claims.ledger import claim
from blockshift.claims.measured import measured

PAPER = "lin2025dynamics"
PAGE = "neurons/basins"
DEPTHS = (2, 4, 6, 8, 10)
SCOPE = "784-128×depth-10, batch-norm, 12 epochs of Adam on 4,000 digits, noise on 500 of them"


def along_depth(space: str, level: int, depths=DEPTHS) -> np.ndarray:
    """Radii of each seed, a depth a column."""
    cases = [{"width": 128, "activation": "relu", "depth": d} for d in depths]
    return by_seed.table(measured("depth"), space, cases, level, 0)


@claim(
    "P3-C12",
    source=PAPER,
    status="inferred",
    part="neurons",
    chapter=PAGE,
    figures=("fig-basins-depth",),
    statement="With depth the basin of samples grows and the basin of weights shrinks, from 2 to 10 layers, at "
    "the levels 30, 50 and 70 %.",
    control={"depths": (10, 8, 6, 4, 2)},
    empirical=True,
)
@and_again
def with_depth_one_basin_grows_and_the_other_shrinks(*, depths=DEPTHS):
    """Rank correlation of both radii with depth; the control counts the layers from the other end."""
    found = []
    for place, level in enumerate((30, 50, 70)):
        grows, shrinks = (
            by_seed.rank_correlations(along_depth(space, place), depths) for space in ("sample", "weight")
        )
        found += [
            Measured(f"samples at {level} %", grows, lower=0.0),
            Measured(f"weights at {level} %", shrinks, upper=-0.5),
        ]
    return Repeats(found, SCOPE)


@claim(
    "P3-C14",
    source=PAPER,
    status="inferred",
    part="neurons",
    chapter=PAGE,
    statement="The two basins are not one quantity: along depth they move in opposite directions, along the "
    "training of a network that groks they grow together.",
    control={"second": "basin"},
    empirical=True,
)
@and_again
def the_two_basins_are_not_one_quantity(*, second="weight basin"):
    """Correlation of the two radii along depth and along training; the control compares one with itself in both."""
    same = second == "basin"
    deep = [along_depth(space, 1) for space in ("sample", "sample" if same else "weight")]
    opposite = by_seed.rank_correlations(*deep)
    runs = measured("grokking")
    rows = zip(runs.column("basin", scale=8.0), runs.column(second, scale=8.0), strict=True)
    together = np.concatenate([by_seed.rank_correlations(a[a > 0], b[a > 0]) for a, b in rows])
    found = [Measured("along depth", opposite, upper=0.0), Measured("along training", together, lower=0.5)]
    return Repeats(found, f"{SCOPE}; and 784-200-200-10 from a start eight times as large")


@claim(
    "P3-C15",
    source=PAPER,
    status="inferred",
    part="neurons",
    chapter=PAGE,
    figures=("fig-class-basins",),
    statement="Digits 0 and 2 have large basins and 9 a small one, and classes with larger basins have steeper "
    "rank distributions, if a class is not credited with what noise is read as.",
    control={"measure": "plain", "large": (9,), "small": (0, 2)},
    empirical=True,
)
@and_again
def classes_with_larger_basins_are_steeper(*, measure="fair", large=(0, 2), small=(9,)):
    """Radii less the median of the classes, and their correlation with slopes; the control swaps large and small."""
    runs = measured("classes")
    radii = runs.column(measure)
    over = radii - np.median(radii, axis=1, keepdims=True)
    slopes = runs.column("slopes").mean(axis=1)
    found = [Measured(f"digit {k}, radius less the median", over[:, k], lower=0.0) for k in large]
    found += [Measured(f"digit {k}, radius less the median", over[:, k], upper=0.0) for k in small]
    related = by_seed.rank_correlations(radii, slopes)
    found.append(Measured("correlation of radius and slope", related, lower=0.0))
    return Repeats(found, "784-256-256-256-10, 12 epochs of Adam on 4,000 digits, noise on 1,000 of them")


@claim(
    "P3-C16",
    source=PAPER,
    status="inferred",
    part="neurons",
    chapter=PAGE,
    figures=("fig-rays",),
    statement="The basins of single samples are cones near their tips, disconnected from each other inside a "
    "class, and mixed with those of other classes far from the tips.",
    control={"need": 1.5},
    empirical=True,
)
@and_again
def basins_of_samples_are_disconnected_and_mixed(*, need=0.05):
    """Rays that come back, and straight lines inside a class that leave it; the control asks for more than all."""
    runs = measured("classes")
    found = [
        Measured("share of rays that come back", runs.column("coming back"), lower=need),
        Measured("share of lines inside a class that leave it", 1 - runs.column("chords"), lower=need),
    ]
    return Repeats(found, "784-256-256-256-10 on 4,000 digits; 32 rays from each of 100 samples, 500 lines")


@claim(
    "P3-C23",
    source=PAPER,
    status="confirmed",
    part="neurons",
    chapter=PAGE,
    statement="A larger basin of weights, a flatter minimum, goes with better generalisation, over learning rates"
    " and batch sizes.",
    control={"sign": -1},
    empirical=True,
)
@and_again
def flatter_minima_generalise_better(*, sign=1):
    """Rank correlation of weight radius and test accuracy over nine settings; the control asks the reverse."""
    runs = measured("knobs")
    cases = by_seed.settings(runs)
    radii, tests = by_seed.table(runs, "weight", cases, 0, 0), by_seed.table(runs, "test", cases)
    related = sign * by_seed.rank_correlations(radii, tests)
    scope = "784-128×6-10, batch-norm, rates 0.0003 to 0.003 by batches of 100 to 800, 12 epochs on 4,000 digits"
    return Repeats([Measured("correlation of weight radius and accuracy", related, lower=0.0)], scope)
