"""The register by the door: every claim, and what we saw of it.

Importing this room enters all claims; `LEDGER` holds them.
"""

# The register lists claims in the order of the book, which is the order of these lines.
# isort: off
from blockshift.claims import on_graph
from blockshift.claims import on_convolutions
from blockshift.claims import on_flow
from blockshift.claims import on_derivations
from blockshift.claims import on_laws
from blockshift.claims import on_starts
from blockshift.claims import on_rates
from blockshift.claims import on_steps
from blockshift.claims import on_landscape
from blockshift.claims import on_shared_losses
from blockshift.claims import on_invariant_sets
from blockshift.claims import on_fibers
from blockshift.claims import on_signs
from blockshift.claims import on_frustration
from blockshift.claims import on_chance
from blockshift.claims import on_trained
from blockshift.claims import on_order
from blockshift.claims import on_neurons
from blockshift.claims import on_basins
from blockshift.claims import on_grokking
from blockshift.claims import on_depth
from blockshift.claims import on_order_and_frustration

# isort: on
from blockshift.claims.ledger import LEDGER, Claim, Verdict, verify
from blockshift.claims.near_monotone import last_study
from blockshift.claims.pages import last_verification, verdict

__all__ = [
    "LEDGER",
    "Claim",
    "Verdict",
    "last_study",
    "last_verification",
    "on_basins",
    "on_chance",
    "on_convolutions",
    "on_depth",
    "on_derivations",
    "on_fibers",
    "on_flow",
    "on_frustration",
    "on_graph",
    "on_grokking",
    "on_invariant_sets",
    "on_landscape",
    "on_laws",
    "on_neurons",
    "on_order",
    "on_order_and_frustration",
    "on_rates",
    "on_shared_losses",
    "on_signs",
    "on_starts",
    "on_steps",
    "on_trained",
    "verdict",
    "verify",
]
