"""Lower bounds on the frustration, each with the certificate that it rests on and a verifier that needs nothing else.

``spectral`` and ``semidefinite`` certify with multipliers y for which ``diag(y) - J`` is positive semidefinite,
``packing`` with negative cycles that share the weight of the edges. ``verifiers`` recompute a bound from its
certificate by another road: exactly, or with rounding on the safe side. A bound that was only estimated says so.
"""
