"""What a layered graph of operators is made of: layers of nodes, their activations, links between them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from blockshift import errors
from blockshift.graph.layers import LayerMap, Shape


@dataclass(frozen=True)
class Activation:
    """What a node does with the sum it receives.

    Parameters
    ----------
    name : str
    function : callable, optional
        From tensor to tensor, entry by entry; nothing for the identity.
    monotone : bool
        Whether it never decreases: then it keeps the order of its inputs, and balance implies monotonicity.
    """

    name: str = "identity"
    function: Callable[[Any], Any] | None = None
    monotone: bool = True

    def __call__(self, t):
        return t if self.function is None else self.function(t)


IDENTITY = Activation()


@dataclass(frozen=True, eq=False)
class Layer:
    """Nodes: one for each channel of each pixel.

    Parameters
    ----------
    name : str
    shape : tuple of int
        ``(channels, height, width)``.
    activation : Activation
    bias : ndarray, shape (channels,), optional
    """

    name: str
    shape: Shape
    activation: Activation = IDENTITY
    bias: np.ndarray | None = None

    @property
    def nodes(self) -> int:
        """Their number."""
        return int(np.prod(self.shape))


@dataclass(frozen=True, eq=False)
class Link:
    """Edges from one layer to a later one.

    Parameters
    ----------
    source, target : int
        Places of the layers.
    map : LayerMap
        Reads the channels of the source from `source_channel` on, adds to those of the target from `target_channel` on.
    source_channel, target_channel : int
    bank : str, optional
        Name of the parameter that the kernel comes from; none for weights that are no parameters, such as skip edges.
    part : pair of slice
        Which rows and columns (first two axes) of the bank the kernel is.
    gain : ndarray, shape (channels out,), optional
        Scale on the outputs that has been multiplied into the kernel: a batch-norm's.
    name : str
    """

    source: int
    target: int
    map: LayerMap
    source_channel: int = 0
    target_channel: int = 0
    bank: str | None = None
    part: tuple[slice, slice] = (slice(None), slice(None))
    gain: np.ndarray | None = None
    name: str = ""

    @property
    def reads(self) -> slice:
        """The channels of the source."""
        return slice(self.source_channel, self.source_channel + self.map.shape_in[0])

    @property
    def writes(self) -> slice:
        """The channels of the target."""
        return slice(self.target_channel, self.target_channel + self.map.shape_out[0])

    def replaced(self, bank: np.ndarray) -> "Link":
        """The same link with the weights of another bank."""
        kernel = np.asarray(bank)[self.part].astype(self.map.kernel.dtype)
        if kernel.shape != self.map.kernel.shape:
            raise errors.ShapeMismatch(
                f"bank {self.bank!r} gives link {self.name!r} a kernel of shape {kernel.shape}; expected "
                f"{self.map.kernel.shape}."
            )
        made = self.map.with_kernel(kernel)
        return replace(self, map=made if self.gain is None else made.scaled(self.gain))
