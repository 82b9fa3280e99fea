"""Layers of a network drawn at once from their conditional distribution: many restarts side by side, on any device.

The nodes of one layer are not joined to each other, so given all other layers their signs are independent: at
temperature T node i is plus with probability ``1 / (1 + exp(-2 h_i / T))``. A sweep draws layer after layer anew, each
with one convolution and one transposed convolution for a whole batch of switchings. At temperature zero this is descent
by whole layers, which ends where the row flips end or worse; it needs the noise.

On a processor flips one by one (``annealing``) are quicker, because a sweep flips few nodes. This form is for large
batches of restarts, and for devices that do whole layers at once. It runs where its tensors are.
"""

from typing import TYPE_CHECKING

import numpy as np

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.signs.network_couplings import NetworkCouplings

if TYPE_CHECKING:
    import torch


def heat_bath(
    dag: Dag, temperatures: np.ndarray, restarts: int, *, rng: np.random.Generator, device: str = "cpu"
) -> np.ndarray:
    """The switchings that a batch of heat baths ends with, shape ``(restarts, n)``, int8.

    Parameters
    ----------
    dag : Dag
    temperatures : array_like
        One for each sweep, in units of the rms field of each layer; 0 sets every sign to that of its field.
    restarts : int
        Switchings, all of them begun at random.
    rng : numpy.random.Generator
        Seeds the generator of the device: the same numbers on the same device and version of torch.
    device : str
        As torch names it.

    Raises
    ------
    BadArgument
        If there is no restart, or a temperature is negative or not a number.

    Examples
    --------
    >>> from blockshift.graph.network import Network
    >>> dag = Dag.from_network(Network.from_weights([[[-1, 2]], [[3]]]))
    >>> s = heat_bath(dag, np.linspace(1, 0, 20), 5, rng=np.random.default_rng(0))
    >>> s.shape, min(NetworkCouplings(dag).frustration(t) for t in s)
    ((5, 4), 0.0)
    """
    import torch

    temperatures = np.asarray(temperatures, float)
    if restarts < 1 or not (temperatures >= 0).all():
        raise errors.BadArgument(
            f"{restarts} restarts and temperatures {temperatures}; expected at least 1 restart, and numbers from 0 up."
        )
    units = NetworkCouplings(dag).units[np.minimum(dag.offsets[:-1], max(0, dag.nodes - 1))]
    chance = torch.Generator(device).manual_seed(int(rng.integers(2**63)))

    def uniform(layer):
        return torch.rand((restarts, *layer.shape), generator=chance, device=device)

    parts = [torch.where(uniform(layer) < 0.5, -1.0, 1.0) for layer in dag.layers]
    with torch.no_grad():
        for T in temperatures:
            for place, unit in enumerate(units):
                field = _field(dag, parts, place)
                if T == 0:
                    parts[place] = torch.where(field == 0, parts[place], torch.sign(field))
                    continue
                plus = torch.sigmoid(field * (2 / (T * unit)))
                parts[place] = torch.where(uniform(dag.layers[place]) < plus, 1.0, -1.0)
    return dag.join([part.cpu().numpy().astype(np.int8) for part in parts]).T


def _field(dag: Dag, parts: "list[torch.Tensor]", place: int) -> "torch.Tensor":
    """``J s`` at the nodes of one layer, for a batch, on the device of the tensors."""
    import torch

    total = torch.zeros_like(parts[place])
    for link in dag.into[place]:
        total[:, link.writes] += link.map.apply(parts[link.source][:, link.reads])
    for link in dag.out_of[place]:
        total[:, link.reads] += link.map.transpose(parts[link.target][:, link.writes])
    return total
