"""Claims about networks and their null models (P2-C1, P2-C2), as stored draws answer them, and what is certain."""

import numpy as np

from blockshift.claims import chance
from blockshift.claims.evidence import Bound, Certificate
from blockshift.claims.ledger import claim
from blockshift.signs.comparisons import RESOLUTION

PAPER = "wendin2025frustration"
PAGE = "signs/against-chance"


@claim(
    "P2-C1",
    source=PAPER,
    status="confirmed",
    part="signs",
    chapter=PAGE,
    figures=("fig-against-chance",),
    statement="Every trained network examined is less frustrated than all of its null models: below every draw of "
    "every kind.",
    control={"of": "a draw"},
    empirical=True,
)
def trained_networks_are_less_frustrated_than_chance(*, of="the network"):
    """Stored upper ends by one effort; the control puts the last draw of a kind in the place of the network."""
    pairs = chance.last_comparisons().pairs()
    below = {pair: _below(found, of) for pair, found in pairs.items()}
    others = sorted({f"{name} ({kind})" for (name, kind), yes in below.items() if not yes})
    networks = len({name for name, _ in pairs})
    shown = ", ".join(others[:6]) + (f" and {len(others) - 6} more" if len(others) > 6 else "") or "none"
    draws = sum(found.count for found in pairs.values())
    scope = f"{networks} networks with their null models, {draws} draws, stored; not so for {shown}"
    return Bound(sum(below.values()), len(below), len(below), scope)


def _below(found, of: str) -> bool:
    """Whether the network, or the last draw in its place, is below all draws."""
    if of == "the network":
        return bool(found.network[1] < found.least)
    return bool(found.upper[-1] < found.upper[:-1].min(initial=np.inf))


@claim(
    "P2-C2",
    source=PAPER,
    status="confirmed",
    part="signs",
    chapter=PAGE,
    figures=("fig-against-chance",),
    statement="Less disorder than in the null Ising models: where magnitudes stay in place and signs are exchanged, "
    "the ground-state energy for each unit of weight, -(1 - 2ζ), is lower for every trained network than for every "
    "draw.",
    control={"signs": "turned"},
    empirical=True,
)
def the_ground_state_is_lower_than_in_models_with_the_same_magnitudes(*, signs="as they are"):
    """Energies from the stored upper ends of sign-shuffle and row-count; the control turns the sign of the energy."""
    turn = -1 if signs == "turned" else 1
    least = np.inf
    pairs = {k: f for k, f in chance.last_comparisons().pairs().items() if k[1] in ("sign-shuffle", "row-count")}
    for found in pairs.values():
        energies = -turn * (1 - 2 * found.upper)
        least = min(least, float((energies + turn * (1 - 2 * found.network[1])).min()))
    scope = f"{len({name for name, _ in pairs})} networks, {sum(f.count for f in pairs.values())} draws, stored"
    return Bound(least, RESOLUTION, 2.0, f"{scope}; the least distance in energy")


@claim(
    "O-N1",
    source="ours",
    status="ours",
    part="signs",
    chapter=PAGE,
    figures=("fig-against-chance",),
    statement="The comparison with chance can be certain: every stored draw of a plain convolutional network trained "
    "on digits, signs and weights exchanged or drawn anew, has a lower bound above the network's upper bound.",
    control={"network": "of a draw"},
    empirical=True,
)
def some_comparisons_are_certain(*, network="trained"):
    """Both ends of all intervals of mnist-cnn; the control compares a draw with the others."""
    record = chance.last_comparisons()
    pairs = {kind: f for (name, kind), f in record.pairs().items() if name == "mnist-cnn"}

    def each_draw_is_certainly_more_frustrated(found) -> bool:
        upper = {kind: (f.network[1] if network == "trained" else f.upper[0]) for kind, f in found.items()}
        return bool(found) and all((f.lower > upper[kind] + RESOLUTION).all() for kind, f in found.items())

    draws = sum(f.count for f in pairs.values())
    return Certificate(pairs, each_draw_is_certainly_more_frustrated, f"mnist-cnn and its {draws} stored draws")
