"""What falls into a saddle and what comes out of it: stable and unstable sets, also where the Hessian is silent."""

from blockshift.flow.invariant_sets.new_chains import NewChain, new_chain
from blockshift.flow.invariant_sets.one_mode import EqualRays, TieSet, limit, slow_size
from blockshift.flow.invariant_sets.two_layers import TwoLayerSet

__all__ = ["EqualRays", "NewChain", "TieSet", "TwoLayerSet", "limit", "new_chain", "slow_size"]
