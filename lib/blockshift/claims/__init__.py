"""The register by the door: every claim, and what we saw of it.

Importing this room enters all claims; `ledger.LEDGER` holds them.
"""

from blockshift.claims import on_flow, on_graph
from blockshift.claims.ledger import LEDGER, Claim, Ledger, Verdict, verify

__all__ = ["LEDGER", "Claim", "Ledger", "Verdict", "on_flow", "on_graph", "verify"]
