"""Claims about data where critical points share a loss, and about bottlenecks (E2 to E4)."""

from fractions import Fraction

import numpy as np
import scipy.optimize

from blockshift.claims.evidence import Certificate, Residual
from blockshift.claims.ledger import claim
from blockshift.flow import gradient
from blockshift.flow.landscape import construction, hessian, modes
from blockshift.graph.network import Network

CHAPTER = "flow/landscape"


@claim(
    "E2",
    source="ours",
    status="ours",
    part="flow",
    chapter=CHAPTER,
    statement="Different sets of learnt singular values can share one critical value: 5² = 4² + 3².",
    control={"values": (5, 4, 2)},
    uses=("P1-C11",),
)
def two_sets_can_share_a_value(*, values=(5, 4, 3)):
    """Two critical points in integers whose maps differ and whose losses do not."""
    points = [construction.prescribed((3, 3, 3), values, places, exact=True) for places in ((1,), (2, 3))]

    def critical_with_one_loss_and_two_maps(found):
        sigma = modes.rational(values)
        at_rest = not any(V.any() for net in found for V in gradient.velocity(net, sigma))
        one, two = (gradient.loss(net, sigma) for net in found)
        return at_rest and one == two and (found[0].product() != found[1].product()).any()

    return Certificate(points, critical_with_one_loss_and_two_maps, scope=f"singular values {values}, widths 3, 3, 3")


@claim(
    "E3",
    source="ours",
    status="ours",
    part="flow",
    chapter=CHAPTER,
    statement="Where a singular value is repeated, the critical maps of one critical value form a continuum.",
    control={"values": (2, 1)},
    uses=("P1-C10",),
)
def repeated_values_make_a_continuum(*, values=(1, 1)):
    """Rational points of the continuum: mixtures in the directions (1 - q², 2q) with many q, all critical."""
    points = []
    for q in (Fraction(k, 7) for k in range(7)):
        v = np.array([[1 - q * q], [2 * q]], dtype=object) * (1 / (1 + q * q))
        points.append(Network((values[0] * v.T, v)))

    def critical_with_one_loss_and_all_maps_different(found):
        sigma = modes.rational(values)
        at_rest = not any(V.any() for net in found for V in gradient.velocity(net, sigma))
        losses = {gradient.loss(net, sigma) for net in found}
        return at_rest and len(losses) == 1 and len({tuple(net.product().flat) for net in found}) == len(found)

    return Certificate(points, critical_with_one_loss_and_all_maps_different, scope=f"σ = {values}, widths 2, 1, 2")


@claim(
    "E4",
    source="ours",
    status="ours",
    part="flow",
    chapter=CHAPTER,
    statement="Where the narrowest width d is less than p, the least loss is ½ Σ_(i>d) σ_i², which is not zero.",
    control={"room": 1},
    uses=("P1-C11",),
)
def a_bottleneck_leaves_a_loss(*, room=0):
    """The least loss reached by minimisation from random starts, against the formula; none may be below."""
    rng, residuals = np.random.default_rng(4), {}
    for widths in ((3, 1, 3), (3, 2, 3), (4, 3, 2, 4)):
        values = list(range(min(widths[0], widths[-1]), 0, -1))
        sigma = gradient.target(values, widths)
        expected = 0.5 * sum(v * v for v in values[min(widths) + room :])
        reached = min(_descended(Network.random(widths, rng=rng), sigma) for _ in range(12))
        residuals[f"{widths}"] = reached - expected
    # The minimiser stops at a slope of 1e-8, which leaves the loss within 1e-12 or so of where it would end.
    return Residual(residuals, bound=1e-8, scope="12 random starts at each of 3 shapes with a bottleneck, seed 4")


def _descended(start: Network, sigma) -> float:
    """The loss where a minimiser comes to rest."""

    def loss(vector):
        layers = hessian.unstacked(vector, start.widths)
        rate = -hessian.stacked(gradient.layer_velocities(layers, sigma))
        return gradient.loss(Network(layers), sigma), rate

    first = hessian.stacked(start.weights)
    return float(scipy.optimize.minimize(loss, first, jac=True, method="BFGS", options={"gtol": 1e-8}).fun)
