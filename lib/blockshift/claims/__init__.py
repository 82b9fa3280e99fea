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
from blockshift.claims import on_invariant_sets
from blockshift.claims import on_fibers
from blockshift.claims import on_signs
from blockshift.claims import on_frustration

# isort: on
from blockshift.claims.ledger import LEDGER, Claim, Verdict, verify
from blockshift.claims.pages import last_verification, verdict

__all__ = [
    "LEDGER",
    "Claim",
    "Verdict",
    "last_verification",
    "on_convolutions",
    "on_derivations",
    "on_fibers",
    "on_flow",
    "on_frustration",
    "on_graph",
    "on_invariant_sets",
    "on_landscape",
    "on_laws",
    "on_rates",
    "on_signs",
    "on_starts",
    "on_steps",
    "verdict",
    "verify",
]
