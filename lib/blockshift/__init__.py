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
    "images": "graph.images",
    "correlations": "flow.correlations",
    "loss": "flow.gradient",
    "velocity": "flow.gradient",
    "speed": "flow.gradient",
    "conserved": "flow.conservation",
    "is_balanced": "flow.conservation",
    "integrate": "flow.integrators",
    "Trajectory": "flow.trajectories",
    "critical_point": "flow.landscape",
    "laws": "flow.laws.law_count",
    "scan": "flow.laws.law_count",
    "missing_laws": "flow.laws.missing_laws",
    "verdict": "claims",
    "last_verification": "claims",
    "last_benchmark": "claims.benches",
}
#: Rooms that are public as a whole.
_DOORS = {
    "blocks": "graph.blocks",
    "words": "flow.symbols.words",
    "calculus": "flow.symbols.calculus",
    "derivations": "flow.symbols.derivations",
    "polynomials": "flow.symbols.polynomials",
    "expansions": "flow.symbols.expansions",
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
