"""Claims about order: balance implies monotone, and what stays of it in trained networks (P2-T1, P2-C3 to C7, ...)."""

from itertools import count, pairwise, product

import numpy as np

from blockshift.claims import near_monotone
from blockshift.claims.evidence import Bound, Certificate, Counterexample, Proof, Residual
from blockshift.claims.ledger import claim
from blockshift.flow.symbols import polynomials
from blockshift.flow.symbols.transcripts import Derivation, Line
from blockshift.graph.dag import Dag
from blockshift.graph.perceptrons import perceptron
from blockshift.graph.tangents import Tangent
from blockshift.signs.balance import balance
from blockshift.signs.monotonicity.balance_proofs import monotone_by_balance
from blockshift.signs.monotonicity.boxes import monotone_over_box
from blockshift.signs.monotonicity.coefficients import READINGS, coefficients
from blockshift.signs.monotonicity.gauges import frustrated_weight
from blockshift.signs.monotonicity.orders import Order
from blockshift.signs.monotonicity.trials import order_trials
from blockshift.signs.signed_graph import SignedGraph

PAPER = "wendin2025frustration"
PAGE, NEAR, SAME = "signs/monotone", "signs/near-monotone", "signs/same-or-other-order"

#: Widths of the balanced networks that are constructed.
WIDTHS = ((2, 2, 1), (3, 5, 4), (4, 6, 5, 3), (3, 4, 4, 4, 2))
#: Integers of this size keep every sum of the networks below 2^53, so that floats are exact.
SIZE = 3


def _balanced(widths, rng, flipped: int = 0) -> tuple[Dag, np.ndarray]:
    """A network of small integers that a hidden switching makes positive, with biases that keep every neuron on.

    A number of edges into the first node of the last layer are flipped.
    """
    signs = [rng.choice([-1, 1], d) for d in widths]
    weights = [t[:, None] * rng.integers(1, SIZE + 1, (len(t), len(s))) * s for s, t in pairwise(signs)]
    weights[-1][0, :flipped] *= -1
    biases = [rng.integers(0, 5, len(t)) * 10**k for k, t in enumerate(signs[1:])]
    return perceptron(weights, biases), np.concatenate(signs)


def _term_by_term(squared: int) -> bool:
    """Whether ``s A (x' - x) = (s A u)(u (x' - x))`` where ``u u = 1``: the difference is a multiple of ``1 - u^k``."""
    number = count()
    s, A, u, x, y, one = (polynomials.variables(1, 1, number) for _ in range(6))
    rise = polynomials.combine(y, x, -1)
    left = polynomials.product(polynomials.product(s, A), rise)
    switched = polynomials.product(polynomials.product(polynomials.product(s, A), u), polynomials.product(u, rise))
    power = one
    for _ in range(squared):
        power = polynomials.product(power, u)
    # `one` stands for 1: it multiplies whatever has a degree less.
    found = polynomials.combine(polynomials.product(left, one), polynomials.product(switched, _unit()), -1)
    expected = polynomials.product(left, polynomials.combine(one, power, -1))
    return _at_one(found) == _at_one(expected)


def _unit():
    """The polynomial 1."""
    return [[{0: 1}]]


def _at_one(X) -> dict[int, int]:
    """A polynomial with its sixth variable set to 1."""
    shift, mask = 5 * polynomials.BITS, (1 << polynomials.BITS) - 1
    found: dict[int, int] = {}
    for monomial, c in X[0][0].items():
        rest = monomial & ~(mask << shift)
        found[rest] = found.get(rest, 0) + c
    return {m: c for m, c in found.items() if c}


def _bias_cancels() -> bool:
    """Whether ``(A x' + b) - (A x + b) = A (x' - x)``."""
    number = count()
    A, b, x, y = (polynomials.variables(1, 1, number) for _ in range(4))
    ends = [polynomials.combine(polynomials.product(A, z), b) for z in (x, y)]
    rest = polynomials.combine(polynomials.combine(ends[1], ends[0], -1), polynomials.product(A, y))
    twice = polynomials.product([[{0: 2}]], polynomials.product(A, y))
    return polynomials.is_zero(polynomials.combine(polynomials.combine(rest, polynomials.product(A, x)), twice, -1))


def _increasing_keeps_both_orders() -> bool:
    """Whether ``s (z' - z) >= 0`` gives ``s (f(z') - f(z)) >= 0``: all increasing f on three points, both signs."""
    functions = [f for f in product(range(3), repeat=3) if f[0] <= f[1] <= f[2]]
    cases = product((-1, 1), range(3), range(3), functions)
    return all(s * (f[b] - f[a]) >= 0 for s, a, b, f in cases if s * (b - a) >= 0)


def _maximum_keeps_an_order() -> bool:
    """Whether maxima of two numbers keep one sign's order: for all orders of four points."""
    cases = product((-1, 1), product(range(4), repeat=2), product(range(4), repeat=2))
    return all(
        s * (max(b) - max(a)) >= 0 for s, a, b in cases if all(s * (q - p) >= 0 for p, q in zip(a, b, strict=True))
    )


def _derivation(squared: int) -> Derivation:
    """Balance implies order, by induction along the layers."""
    lines = (
        Line(r"s_u (x'_u - x_u) \ge 0", "for all u of earlier layers: the hypothesis at the inputs, then induction"),
        Line(r"s_v A_{vu} s_u \ge 0", "balance"),
        Line(r"z'_v - z_v = \sum_u A_{vu} (x'_u - x_u)", "the bias cancels", _bias_cancels()),
        Line(
            r"s_v (z'_v - z_v) = \sum_u (s_v A_{vu} s_u)\,(s_u (x'_u - x_u))",
            f"term by term, modulo s_u^{squared} = 1",
            _term_by_term(squared),
        ),
        Line(r"s_v (z'_v - z_v) \ge 0", "a sum of products of numbers that are not negative"),
        Line(
            r"s_v (f(z'_v) - f(z_v)) \ge 0",
            "f increases: only the order of the two numbers matters, both orders and both signs tried",
            _increasing_keeps_both_orders(),
        ),
        Line(
            r"s_v (\max_u x'_u - \max_u x_u) \ge 0",
            "where the window has one sign, which balance asks for; two at a time, all orders tried",
            _maximum_keeps_an_order(),
        ),
    )
    return Derivation(
        r"x \le x' \Rightarrow \text{every layer is ordered}", "all feed-forward networks, any widths and depth", lines
    )


@claim(
    "P2-T1",
    source=PAPER,
    status="inferred",
    part="signs",
    chapter=PAGE,
    figures=("fig-cone",),
    statement="If SAS ≥ 0 and every activation increases, then x ≤ x' at the inputs implies the same order at every "
    "layer and at the outputs, for any biases, and through maxima, averages, batch-norms and skips.",
    control={"squared": 1},
)
def balance_implies_order(*, squared=2):
    """Derived by induction; pairs of ordered integers through constructed networks. The control forgets that s² = 1."""
    rng = np.random.default_rng(201)
    violations = {}
    for widths in WIDTHS:
        dag, s = _balanced(widths, rng)
        parts = dag.split(s)
        x = rng.integers(-9, 10, (200, widths[0], 1, 1))
        y = x + parts[0] * rng.integers(0, 9, x.shape)
        low, high = (dag.forward(z.astype(np.float64)) for z in (x, y))
        against = sum(
            int((part * (b[1].numpy() - a[1].numpy()) < 0).sum()) for a, b, part in zip(low, high, parts, strict=True)
        )
        violations[f"{widths}"] = against
    instance = Residual(violations, 0, "200 ordered pairs of integers in each of 4 networks, every layer, exact")
    return Proof(_derivation(squared), [instance])


@claim(
    "P2-C14",
    source=PAPER,
    status="inferred",
    part="signs",
    chapter=PAGE,
    statement="A balanced network with increasing activations is monotone: λ = 1 for every output that moves, at every "
    "input, in every reading; every step up moves outputs up; and intervals certify it over a box.",
    control={"flipped": 1},
    uses=("P2-T1",),
)
def balanced_networks_pass_every_test(*, flipped=0):
    """λ, the direct test, boxes and the count of edges on constructed networks; the control flips one sign in each."""
    rng = np.random.default_rng(214)
    networks = [_balanced(widths, rng, flipped) for widths in WIDTHS]

    def everything_moves_up(networks):
        return all(_passes(dag, s) for dag, s in networks)

    return Certificate(networks, everything_moves_up, f"{len(networks)} networks, 20 inputs and one box each")


def _passes(dag: Dag, s: np.ndarray) -> bool:
    """Whether a network passes every test of monotonicity in the order of a switching."""
    rng, order = np.random.default_rng(0), Order.of(dag, s)
    shape = dag.layers[0].shape
    for x in rng.integers(-5, 6, (20, *shape)).astype(float):
        found = coefficients(Tangent.at(dag, x), order)
        # λ is a quotient of sums of integers: a numerator equal to the denominator gives 1 exactly.
        if any(not np.isnan(v) and v != 1 for name in READINGS for v in found.reading(name)):
            return False
        if order_trials(dag, x, order, rng=rng, count=4).down.any():
            return False
    box = monotone_over_box(dag, np.full(shape, -9.0), np.full(shape, 9.0), order)
    return bool(box.monotone.all()) and monotone_by_balance(dag, s).holds and frustrated_weight(dag, s) == 0


@claim(
    "O-M1",
    source="ours",
    status="ours",
    part="signs",
    chapter=PAGE,
    statement="The converse fails: 3 max(0, x₁ + x₂) - 2 max(0, x₁ + x₂) is monotone, and no switching balances its "
    "network.",
    control={"inner": 4},
)
def a_monotone_network_need_not_be_balanced(*, inner=2):
    """A negative cycle, checked as such, and slopes on both sides of the only kink; the control's slope is negative."""
    dag = perceptron([[[1, 1], [1, 1]], [[3, -inner]]])
    witness = balance(SignedGraph.from_adjacency(dag.adjacency()))

    def it_is_monotone_with_a_negative_cycle(found):
        # The function depends on the sum of its inputs alone and is linear on either side of zero.
        slopes = [Tangent.at(dag, np.array(x)).jacobian().ravel() for x in ([1.0, 1.0], [-1.0, -1.0])]
        cycle = not found.balanced and found.verify(SignedGraph.from_adjacency(dag.adjacency()))
        return cycle and all((slope >= 0).all() for slope in slopes)

    return Counterexample(witness, it_is_monotone_with_a_negative_cycle, "a network of 5 nodes, in integers")


@claim(
    "P2-C3",
    source=PAPER,
    status="confirmed",
    part="signs",
    chapter=NEAR,
    figures=("fig-lambda-nulls",),
    statement="Lower frustration goes with more monotone behaviour: in small steps up, more outputs of the trained "
    "network move up than of any of its nulls.",
    control={"of": "untrained"},
    empirical=True,
)
def trained_networks_are_more_monotone(*, of="trained"):
    """Stored portraits; in how many networks the variant is above every draw of every null."""
    return _extreme(of, "outputs up", above=True)


def _extreme(of: str, measure: str, above: bool) -> Bound:
    """In how many networks a variant lies beyond all draws of all nulls, itself left out; all are asked for."""
    study = near_monotone.last_study()
    beyond = []
    for name in study.networks:
        value = study.means(name, of, measure)[0]
        others = [m for kind in near_monotone.NULLS for m in study.means(name, kind, measure)[kind == of :]]
        beyond.append(value > max(others) if above else value < min(others))
    shown = ", ".join(name for name, yes in zip(study.networks, beyond, strict=True) if yes) or "none"
    total = len(study.networks)
    return Bound(sum(beyond), total, total, f"{total} networks, up to 20 pictures each, stored; so for {shown}")


def _least(found: dict[str, float], lower: float, what: str) -> Bound:
    """The least value over the networks, which is to lie between a bound and 1."""
    least = min(found, key=lambda name: found[name])
    return Bound(found[least], lower, 1.0, f"{len(found)} networks, stored; {what}, the least in {least}")


@claim(
    "P2-C4",
    source=PAPER,
    status="confirmed",
    part="signs",
    chapter=NEAR,
    figures=(
        "fig-lambda-nulls",
        "fig-step-sizes",
    ),
    statement="Near-monotone behaviour along the order is seen for all networks considered: in small steps up, clearly "
    "more than half of the outputs that move, move up.",
    control={"of": "sign-shuffle"},
    empirical=True,
)
def all_networks_are_near_monotone(*, of="trained"):
    """Stored portraits: the lowest end, over networks, of the interval for the share of outputs that move up."""
    study = near_monotone.last_study()
    ends = {name: study.interval(name, of, "outputs up")[1] for name in study.networks}
    return _least(ends, 0.5, "lower ends of intervals")


@claim(
    "P2-C5",
    source=PAPER,
    status="inferred",
    part="signs",
    chapter=SAME,
    statement="The order depends on the input: own orders of two pictures overlap less than those of a picture and "
    "itself with one per cent of noise.",
    control={"pictures": False},
    empirical=True,
)
def the_order_depends_on_the_input(*, pictures=True):
    """Stored overlaps: the least gap over networks; the control compares the noise with itself."""
    study = near_monotone.last_study()
    gaps = {}
    for name in study.networks:
        survival = study.interval(name, "trained", "survival")[0]
        gaps[name] = survival - (study.overlaps(name)["two classes"] if pictures else survival)
    return _least(gaps, 0.01, "gaps")


@claim(
    "P2-C6",
    source=PAPER,
    status="inferred",
    part="signs",
    chapter=SAME,
    statement="The order survives perturbation: with one per cent of noise in the input, own orders found from the "
    "same start overlap by three quarters and more.",
    control={"same_start": False},
    empirical=True,
)
def the_order_survives_noise(*, same_start=True):
    """Stored overlaps: the least over networks; in the control the two orders are found from independent starts."""
    study = near_monotone.last_study()
    found = {
        name: study.interval(name, "trained", "survival")[0] if same_start else study.overlaps(name)["two runs"]
        for name in study.networks
    }
    return _least(found, 0.75, "overlaps")


@claim(
    "P2-C7",
    source=PAPER,
    status="inferred",
    part="signs",
    chapter=NEAR,
    statement="λ goes with how well outputs keep their alignment under perturbation: over outputs, its rank "
    "correlation with the alignment in steps of a tenth of the input is positive in every network.",
    control={"at_least": 0.95},
    empirical=True,
)
def lambda_goes_with_alignment(*, at_least=0.0):
    """Stored rank correlations: the lowest end of their intervals; the control asks for nearly perfect ones."""
    study = near_monotone.last_study()
    ends = {name: study.interval(name, "trained", "rank correlation, step 0.1")[1] for name in study.networks}
    return _least(ends, at_least, "lower ends of intervals, steps along rays")


@claim(
    "P2-C15",
    source=PAPER,
    status="inferred",
    part="signs",
    chapter=SAME,
    figures=("fig-active",),
    statement="Active subnetworks of trained networks are less frustrated than those of their nulls, at equal effort.",
    control={"of": "sign-shuffle"},
    empirical=True,
)
def active_subnetworks_are_less_frustrated(*, of="trained"):
    """Stored portraits; in how many networks the variant is below every draw of every null."""
    return _extreme(of, "active frustration", above=False)
