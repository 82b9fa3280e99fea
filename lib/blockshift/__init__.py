"""Deep networks as one block-shift matrix: gradient flow, frustration and order.

``import blockshift as bs`` costs nothing: each public name is fetched from its room when it is first used, so
that the symbolic rooms work where NumPy is absent, and everything but images and pictures without matplotlib.

    net = bs.Network.from_weights([W1, W2, W3])   # the network
    A = net.adjacency()                           # the one matrix
    run = bs.integrate(net, sigma, t_end=20.0)    # its training
    bs.laws((1, 2, 2, 1), rng=rng)                # how many quantities its training conserves
    bs.verdict("P1-C6")                           # a claim, checked now
"""

from importlib import import_module
from typing import Any

#: Public name: the room that holds it.
_ROOMS = {
    "Network": "graph.network",
    "Dag": "graph.dag",
    "LayerMap": "graph.layers",
    "trace": "graph.tracing.networks",
    "images": "graph.images",
    "model": "graph.pretrained.doors",
    "models": "graph.pretrained.doors",
    "pictures": "graph.pretrained.pictures",
    "correlations": "flow.correlations",
    "loss": "flow.gradient",
    "velocity": "flow.gradient",
    "speed": "flow.gradient",
    "conserved": "flow.conservation",
    "is_balanced": "flow.conservation",
    "integrate": "flow.integrators",
    "Trajectory": "flow.trajectories",
    "integrate_many": "flow.batches",
    "descend": "flow.descent",
    "Descent": "flow.descent",
    "sharpness": "flow.curvature",
    "stable_step": "flow.curvature",
    "tangent_spectrum": "flow.curvature",
    "balanced_spectrum": "flow.curvature",
    "rate_bound": "flow.rates",
    "weight_bound": "flow.rates",
    "escape_times": "flow.escapes",
    "starting_strengths": "flow.escapes",
    "learning_times": "flow.escapes",
    "critical_point": "flow.landscape",
    "start": "flow.initializations",
    "chains": "flow.reduced",
    "two_layers": "flow.two_layers",
    "end_to_end": "flow.end_to_end",
    "balance_gap": "flow.end_to_end",
    "chain_time": "flow.chain_times",
    "visited": "flow.landscape.visits",
    "survey": "flow.landscape.survey",
    "laws": "flow.laws.law_count",
    "scan": "flow.laws.law_count",
    "missing_laws": "flow.laws.missing_laws",
    "SignedGraph": "signs.signed_graph",
    "balance": "signs.balance",
    "frustration": "signs.door",
    "row_flips": "signs.descent",
    "chain_flips": "signs.descent",
    "crossing": "signs.descent",
    "annealed": "signs.annealing",
    "Schedule": "signs.annealing",
    "upper_bound": "signs.frustration",
    "spectral_bound": "signs.bounds.spectral",
    "semidefinite_bound": "signs.bounds.semidefinite",
    "greedy_packing": "signs.bounds.packing",
    "packing_bound": "signs.bounds.packing",
    "highland_tribes": "signs.known_graphs",
    "spin_glass": "signs.known_graphs",
    "against_chance": "signs.against_chance",
    "Comparison": "signs.comparisons",
    "sweep": "signs.sweeps",
    "gauged": "signs.channel_gauges",
    "perceptron": "graph.perceptrons",
    "Tangent": "graph.tangents",
    "Order": "signs.monotonicity.orders",
    "coefficients": "signs.monotonicity.coefficients",
    "order_trials": "signs.monotonicity.trials",
    "monotone_over_box": "signs.monotonicity.boxes",
    "monotone_by_balance": "signs.monotonicity.balance_proofs",
    "settled_gauge": "signs.monotonicity.gauges",
    "overlap": "signs.monotonicity.gauges",
    "portrait": "signs.monotonicity.studies",
    "PortraitEffort": "signs.monotonicity.studies",
    "portraits": "signs.monotonicity.portraits",
    "pairs": "neurons.orders",
    "rectifiers": "neurons.piecewise",
    "rank_distribution": "neurons.ranks",
    "profile": "neurons.modes",
    "linear_map": "neurons.modes",
    "turned_shares": "neurons.turned",
    "sample_basin": "neurons.basins",
    "sample_radii": "neurons.basins",
    "weight_basin": "neurons.basins",
    "rays": "neurons.rays",
    "chords": "neurons.rays",
    "verdict": "claims",
    "last_verification": "claims",
    "colophon": "claims.colophon",
    "measured": "claims.measured",
    "last_benchmark": "claims.benches",
    "last_study": "claims.near_monotone",
    "last_comparisons": "claims.chance",
}
#: Rooms that are public as a whole.
_DOORS = {
    "blocks": "graph.blocks",
    "closed_forms": "flow.exact_solutions",
    "interval_chains": "flow.landscape.chains",
    "construction": "flow.landscape.construction",
    "hessian": "flow.landscape.hessian",
    "quotient": "flow.quotient",
    "invariant_sets": "flow.invariant_sets",
    "convolutions": "graph.convolutions",
    "words": "flow.symbols.words",
    "calculus": "flow.symbols.calculus",
    "derivations": "flow.symbols.derivations",
    "polynomials": "flow.symbols.polynomials",
    "expansions": "flow.symbols.expansions",
    "nulls": "signs.nulls",
    "training": "neurons.training",
    "plot": "plot",
}

__all__ = [*_ROOMS, *_DOORS, "errors"]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return getattr(import_module(f"blockshift.{_ROOMS[name]}"), name)
    if name in _DOORS or name == "errors":
        return import_module(f"blockshift.{_DOORS.get(name, name)}")
    raise AttributeError(f"blockshift has no public name {name!r}; there are {', '.join(sorted(__all__))}.")


def __dir__() -> list[str]:
    return sorted(__all__)
