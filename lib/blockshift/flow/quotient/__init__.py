"""The quotient: networks up to what the loss cannot see, and the fibers over each critical value.

Two equivalences are candidates for the one of [wendin2026gradient], whose definition we could not confirm: the same
end-to-end map (Q1), and a hidden change of basis (Q2). Both are here, with what decides each.
"""

from blockshift.flow.quotient.chains import intervals, network_of_intervals, ranks
from blockshift.flow.quotient.closed_orbits import closed_representative, is_closed, towards_closed
from blockshift.flow.quotient.critical_fibers import CriticalClass, critical_classes, is_alone, unbounded_path
from blockshift.flow.quotient.fibers import Dimensions, dimensions, fiber_dimension, same_map
from blockshift.flow.quotient.orbits import (
    Equivalence,
    Invariants,
    equivalence,
    hidden_change,
    invariants,
    representative,
    scrambled,
)

__all__ = [
    "CriticalClass",
    "Dimensions",
    "Equivalence",
    "Invariants",
    "closed_representative",
    "critical_classes",
    "dimensions",
    "equivalence",
    "fiber_dimension",
    "hidden_change",
    "intervals",
    "invariants",
    "is_alone",
    "is_closed",
    "network_of_intervals",
    "ranks",
    "representative",
    "same_map",
    "scrambled",
    "towards_closed",
    "unbounded_path",
]
