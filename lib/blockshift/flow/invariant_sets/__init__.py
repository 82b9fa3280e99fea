"""What falls into a saddle and what comes out of it: stable and unstable sets, also where the Hessian is silent."""

from blockshift.flow.invariant_sets.new_chains import NewChain, new_chain
from blockshift.flow.invariant_sets.one_mode import EqualRays, TieSet, chain_network, limit, limit_signs, slow_size
from blockshift.flow.invariant_sets.two_layers import TwoLayerSet

__all__ = [
    "EqualRays",
    "NewChain",
    "TieSet",
    "TwoLayerSet",
    "chain_network",
    "limit",
    "limit_signs",
    "new_chain",
    "slow_size",
]
