"""The loss landscape: critical points constructed, recognised and classified, each answer with its certificate.

`chains` says which ranks the partial products of a critical point can have, `construction` makes critical points
with such ranks, `hessian` is the second variation without a matrix, `kinds` decides by ranks, `descent` makes the
curves along which the loss falls and checks them from the definition, `recognition` reads all of it off a network,
and `visits` off a trajectory.
"""

from blockshift.flow.landscape.recognition import CriticalPoint, critical_point

__all__ = ["CriticalPoint", "critical_point"]
