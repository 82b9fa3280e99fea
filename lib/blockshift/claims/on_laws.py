"""Claims about the number of conservation laws (O-L1 to O-L8); all but one are ours.

Where a statement is about all widths its proof stands in the book, in words; no machine has followed it. So no claim
here has the kind `Proof`: what is checked are the counts at named shapes, exactly, and the scopes say which.
"""

from itertools import product

import numpy as np

from blockshift.claims.evidence import Certificate, Residual
from blockshift.claims.ledger import LEDGER, Claim, claim
from blockshift.flow import integrators
from blockshift.flow.laws import jets, law_check, law_count, law_formulas, missing_laws, published_laws
from blockshift.graph.network import Network

PAGE = "flow/how-many-laws"

#: All shapes of L layers and widths 1 to n, as pairs L, n: where the conjecture has been tried.
TRIED = ((2, 6), (3, 4), (4, 3), (5, 2), (6, 2))
#: The shapes of widths 1 to 3 (two and three layers) and 1 to 2 (four layers) with more than the quadratic laws.
EXCEPTIONS = ("1221", "1231", "1321", "1331", "11221", "12211", "12212", "21221", "12221")


@claim(
    "O-L1",
    source="ours",
    status="ours",
    part="flow",
    chapter=PAGE,
    statement="The quadratic laws of a linear network have the rank Σ d_i(d_i+1)/2 - k_i(k_i+1)/2 over the hidden "
    "layers, k_i = max(0, d_i - d_(i-1) - d_(i+1)), at every depth.",
    control={"spare": False},
)
def the_rank_of_the_quadratic_laws(*, spare=True):
    """The gradients of all entries, by the rule of Leibniz at a random point; the control forgets the k_i."""
    p, rng = jets.PRIMES[0], np.random.default_rng(1)
    shapes = [shape for layers in (1, 2, 3, 4) for shape in product((1, 2, 5), repeat=layers + 1)]
    differences = {}
    for shape in shapes:
        point = rng.integers(1, p, size=law_formulas.parameters(shape))
        entries = law_check.law_gradients(shape, point, p)
        formula = law_formulas.known_laws(shape) if spare else len(entries)
        differences[f"{shape}"] = formula - (law_check.rank(entries, p) if len(entries) else 0)
    return Residual(differences, 0, f"exact ranks at {len(shapes)} shapes, depth 1 to 4")


@claim(
    "O-L2",
    source="ours",
    status="ours",
    part="flow",
    chapter=PAGE,
    statement="A linear network of two layers has no laws but the quadratic ones.",
    control={"layers": 3},
    uses=("O-L1",),
)
def two_layers_have_the_quadratic_laws_only(*, layers=2):
    """Every shape of widths 1 to 4, on both roads; with three layers it is false."""
    found = law_count.scan([(layers, 4)], rng=np.random.default_rng(2))

    def counts_are_proved_and_complete(scan):
        return all(count.complete and law_check.confirms(count) for count in scan.counts)

    return Certificate(found, counts_are_proved_and_complete, f"{len(found.counts)} shapes")


@claim(
    "O-L3",
    source="ours",
    status="ours",
    part="flow",
    chapter=PAGE,
    statement="Of the 140 linear networks with widths 1 to 3 (two, three layers) or 1 to 2 (four) just nine have more "
    "than the quadratic laws: 1-2-2-1, 1-2-3-1, 1-3-2-1, 1-3-3-1, 1-1-2-2-1, 1-2-2-1-1, 1-2-2-1-2, 2-1-2-2-1, "
    "1-2-2-2-1; all owe them to a scalar stretch.",
    control={"biases": True},
    uses=("O-L1",),
)
def nine_exceptions(*, biases=False):
    """The scan, each count confirmed on the second road. With biases the exceptions are gone."""
    found = law_count.scan(biases=biases, rng=np.random.default_rng(3))

    def counts_are_proved_and_the_exceptions_are_these(scan):
        exceptions = {"".join(map(str, count.shape)) for count in scan.exceptions}
        extra = all(count.total == count.known + law_formulas.extra_laws(count.shape) for count in scan.counts)
        return exceptions == set(EXCEPTIONS) and extra and all(map(law_check.confirms, scan.counts))

    return Certificate(found, counts_are_proved_and_the_exceptions_are_these, f"{len(found.counts)} shapes")


@claim(
    "O-L4",
    source="ours",
    status="ours",
    part="flow",
    chapter=PAGE,
    statement="A ReLU network has as many laws as hidden neurons, with biases and without.",
    control={"net": "linear"},
)
def relu_networks_have_a_law_for_each_hidden_neuron(*, net="relu"):
    """The 50 published shapes and all small ones; both certificates must meet at the number of neurons."""
    small = [(shape, b) for n in (3, 4) for shape in product((1, 2, 3), repeat=n) for b in (False, True)]
    rng = np.random.default_rng(4)
    found = [law_count.laws(shape, net, b, rng=rng) for shape, b in (*published_laws.RELU.shapes, *small)]

    def both_bounds_are_the_number_of_hidden_neurons(counts):
        return all(count.lower == count.upper == sum(count.shape[1:-1]) for count in counts)

    scope = f"{len(found)} networks, the 50 published ones among them"
    return Certificate(found, both_bounds_are_the_number_of_hidden_neurons, scope)


@claim(
    "O-L5",
    source="ours",
    status="ours",
    part="flow",
    chapter=PAGE,
    figures=("fig-missing-law",),
    statement="For widths 1, a, b, 1 the min(a, b) - 1 missing laws are Σ_i e_i ∫^(s_i) x^(2m) dx / √P(x²), "
    "0 ≤ m ≤ min(a, b) - 2.",
    control={"power": 1},
    uses=("P1-C6", "O-L3"),
)
def the_missing_laws_are_hyperelliptic_integrals(*, power=0):
    """Along runs that pass branch points and runs that do not; the control adds to each m, up to the clock."""
    moved = {}
    for widths in ((1, 2, 2, 1), (1, 2, 3, 1), (1, 3, 3, 1), (1, 4, 4, 1)):
        for seed in (0, 1):
            start = Network.random(widths, rng=np.random.default_rng(seed), scale=0.7)
            law = missing_laws.missing_laws(integrators.integrate(start, [3.0], t_end=5.0, rtol=1e-12))
            terms = law.terms[power : len(law.terms) - 1 + power]
            moved[f"{widths}, seed {seed}"] = float(np.abs(terms.sum(axis=2)).max() / np.abs(terms).max())
    # The runs are integrated to 1e-12; a turn at a branch point costs the square root's share of that.
    return Residual(moved, 1e-8, "8 runs of 4 shapes, sums in units of their terms")


LEDGER.enter(
    Claim(
        "O-L6",
        source="ours",
        status="open",
        part="flow",
        chapter=PAGE,
        statement="Conjecture: linear networks without biases have no laws but the quadratic ones and those of scalar "
        "stretches.",
        check=None,
        uses=("O-L1", "O-L3", "O-L7"),
    )
)


@claim(
    "O-L7",
    source="ours",
    status="ours",
    part="flow",
    chapter=PAGE,
    statement="The conjecture O-L6 is true for all 907 linear networks with widths 1 to 6 (two layers), 4 (three), "
    "3 (four) and 2 (five, six); 106 of them have laws that are not quadratic.",
    control={"net": "relu"},
    uses=("O-L1", "O-L3"),
)
def the_conjecture_is_true_for_small_networks(*, net="linear"):
    """Bounds from both sides at every shape; for ReLU the formula of linear networks is false."""
    found = law_count.scan(TRIED, net, rng=np.random.default_rng(7))

    def both_bounds_are_the_formula(scan):
        formula = [law_formulas.known_laws(c.shape) + law_formulas.extra_laws(c.shape) for c in scan.counts]
        met = all(c.lower == c.upper == n for c, n in zip(scan.counts, formula, strict=True))
        return met and (len(scan.counts), len(scan.exceptions)) == (907, 106)

    return Certificate(found, both_bounds_are_the_formula, f"{len(found.counts)} shapes")


@claim(
    "O-L8",
    source="marcotte2023abide",
    status="inferred",
    part="flow",
    chapter=PAGE,
    statement="The 50 linear networks drawn in the published experiment have no laws but the known ones.",
    control={"narrow": True},
    empirical=True,
)
def the_published_linear_networks_are_complete(*, narrow=False):
    """Counted exactly, on both roads. The control puts width 1 at both ends of each."""
    shapes = [shape for shape, _ in published_laws.LINEAR.shapes]
    if narrow:
        shapes = [(1, *shape[1:-1], 1) for shape in shapes]
    rng = np.random.default_rng(8)
    found = [law_count.laws(shape, rng=rng) for shape in shapes]

    def counts_are_proved_and_complete(counts):
        return all(count.complete and law_check.confirms(count) for count in counts)

    return Certificate(found, counts_are_proved_and_complete, f"{len(shapes)} shapes, replayed from their random seed")
