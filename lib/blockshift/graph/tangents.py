"""The network that one input sees: slopes of the activations, winners of the maxima, and the linear map they leave.

At an input x a network of rectifiers is a linear network. Neurons that are switched off are gone, each maximum is an
edge from its winner, batch-norms are factors, skips stay skips. That is the *active subnetwork* of x. Its weights are
``B[v, u] = slope_v * A[v, u]`` between active nodes, so the sum over paths of products of its weights is exactly the
Jacobian of the network at x. Nothing is unrolled: B acts through the layer maps with slopes and winners before and
after them.

Three things follow from the same arrays: the Jacobian and its transpose applied to batches, both also for absolute
weights; the symmetric couplings ``B + B^T``, whose frustration is that of the active subnetwork; and, for small
networks, B itself.

At a kink the slope is the one that torch's automatic differentiation takes, 0 for a rectifier at 0.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.links import Activation, Link

#: Rows of the Jacobian that are computed together: their gradients at all layers are held at once.
BATCH = 16


@dataclass(frozen=True, eq=False, repr=False)
class Tangent:
    """The active subnetwork of an input, and the Jacobian of the network there.

    Parameters
    ----------
    dag : Dag
    x : ndarray, shape (C, H, W)
        The input; its dtype, float32 or float64, is that of all that follows.
    slopes : tuple of tensor
        The derivative of the activation at each node, one tensor of shape ``(C, H, W)`` a layer.
    winners : dict of int to tensor
        For each max-pooling, by its place among the links, the pixel of the padded source that each output takes.
    y : ndarray, shape (K,)
        What the network answers: the output layers one after the other, channels first.

    Source: [wendin2025frustration], active subnetworks; the weights of its edges are our reading.

    Examples
    --------
    >>> from blockshift.graph.perceptrons import perceptron
    >>> seen = Tangent.at(perceptron([[[2, -1], [-3, 1]], [[1, 5]]]), np.array([1.0, 1.0]))
    >>> seen
    Tangent(4 of 5 nodes active, output 1)
    >>> seen.jacobian()
    array([[[[ 2.]],
            [[-1.]]]])
    """

    dag: Dag
    x: np.ndarray
    slopes: tuple[Any, ...]
    winners: dict[int, Any]
    y: np.ndarray
    _kept: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def at(cls, dag: Dag, x) -> "Tangent":
        """The tangent of a network at an input of shape ``(C, H, W)``, or of as many numbers.

        Raises
        ------
        ShapeMismatch
            If the input has not as many numbers as the first layer has nodes.
        NotFinite
            If one of them is NaN or infinite.
        """
        import torch

        x = np.asarray(x)
        x = x.astype(x.dtype if x.dtype in (np.float32, np.float64) else np.float64)
        if x.size != dag.layers[0].nodes:
            raise errors.ShapeMismatch(
                f"the input has shape {x.shape}; the network reads {dag.layers[0].shape} (channels, height, width)."
            )
        if not np.isfinite(x).all():
            raise errors.NotFinite("the input has an entry that is NaN or infinite; expected finite numbers.")
        x = x.reshape(dag.layers[0].shape)
        with torch.no_grad():
            states = dag.forward(torch.from_numpy(x))
            winners = {
                place: _winners(link, states[link.source][1][link.reads])
                for place, link in enumerate(dag.links)
                if link.map.kind == "max pooling"
            }
        slopes = tuple(_slopes(layer.activation, states[i][0]) for i, layer in enumerate(dag.layers))
        y = np.concatenate([states[place][1].numpy().ravel() for place in dag.outputs])
        return cls(dag, x, slopes, winners, y)

    @cached_property
    def active(self) -> tuple[np.ndarray, ...]:
        """Which nodes are switched on, one array of booleans a layer, shape ``(C, H, W)``."""
        return tuple((slope != 0).numpy() for slope in self.slopes)

    @property
    def nodes(self) -> int:
        """The number of nodes of the whole network, active or not: switchings keep their length."""
        return self.dag.nodes

    @property
    def outputs(self) -> int:
        """The number of outputs K."""
        return len(self.y)

    def jvp(self, v: np.ndarray, *, absolute: bool = False) -> np.ndarray:
        """``J v`` for directions of shape ``(..., C, H, W)``; shape ``(..., K)``.

        With `absolute` all weights and slopes are replaced by their absolute values.
        """
        import torch

        start = self._tensor(v)
        batch = start.shape[:-3]
        states = [start * self._slope(0, absolute)]
        with torch.no_grad():
            for place, layer in enumerate(self.dag.layers[1:], 1):
                total = start.new_zeros((*batch, *layer.shape))
                for link in self.dag.into[place]:
                    source = states[link.source][..., link.reads, :, :]
                    total[..., link.writes, :, :] += self._forward(link, source, absolute)
                states.append(total * self._slope(place, absolute))
        return np.concatenate([states[place].reshape(*batch, -1).numpy() for place in self.dag.outputs], axis=-1)

    def vjp(self, w: np.ndarray, *, absolute: bool = False) -> np.ndarray:
        """``J^T w`` for covectors of shape ``(..., K)``; shape ``(..., C, H, W)``."""
        import torch

        given = self._tensor(w)
        batch, layers = given.shape[:-1], self.dag.layers
        totals: dict[int, Any] = {}
        begin = 0
        for place in self.dag.outputs:
            part = given[..., begin : begin + layers[place].nodes].reshape(*batch, *layers[place].shape)
            totals[place] = totals[place] + part if place in totals else part
            begin += layers[place].nodes
        with torch.no_grad():
            for place in range(len(layers) - 1, 0, -1):
                if place not in totals:
                    continue
                total = totals.pop(place) * self._slope(place, absolute)
                for link in self.dag.into[place]:
                    if link.source not in totals:
                        totals[link.source] = given.new_zeros((*batch, *layers[link.source].shape))
                    source = totals[link.source]
                    source[..., link.reads, :, :] += self._backward(link, total[..., link.writes, :, :], absolute)
        found = totals.get(0, given.new_zeros((*batch, *layers[0].shape))) * self._slope(0, absolute)
        return found.numpy()

    def rows(
        self, outputs: Sequence[int] | np.ndarray | None = None, *, batch: int = BATCH
    ) -> Iterator[tuple[np.ndarray, Any]]:
        """Rows of the Jacobian, some at a time: their outputs, and an array of shape ``(r, C, H, W)``.

        Raises
        ------
        BadArgument
            If there is no output of such a number.
        """
        chosen = np.arange(self.outputs) if outputs is None else np.asarray(outputs, dtype=int).reshape(-1)
        if len(chosen) and not (chosen.min() >= 0 and chosen.max() < self.outputs):
            raise errors.BadArgument(
                f"outputs {chosen.min()} to {chosen.max()} were asked for; the network has outputs 0 to "
                f"{self.outputs - 1}."
            )
        for begin in range(0, len(chosen), batch):
            part = chosen[begin : begin + batch]
            w = np.zeros((len(part), self.outputs), self.x.dtype)
            w[np.arange(len(part)), part] = 1
            yield part, self.vjp(w)

    def jacobian(self, outputs: Sequence[int] | np.ndarray | None = None) -> np.ndarray:
        """The Jacobian, or some of its rows, shape ``(K, C, H, W)``."""
        found = [rows for _, rows in self.rows(outputs)]
        return np.concatenate(found) if found else np.zeros((0, *self.x.shape), self.x.dtype)

    def split(self, s: np.ndarray) -> list[np.ndarray]:
        """Flat values as one array a layer; see `Dag.split`."""
        return self.dag.split(s)

    def join(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """The inverse of `split`."""
        return self.dag.join(parts)

    def field(self, parts: Sequence[np.ndarray], place: int) -> np.ndarray:
        """``(B + B^T) s`` at the nodes of one layer, from values split by layers; 0 where a node is switched off."""
        import torch

        total = torch.zeros(self.dag.layers[place].shape, dtype=self.slopes[0].dtype)
        with torch.no_grad():
            for link in self.dag.into[place]:
                source = self._masked(parts, link.source)[link.reads]
                total[link.writes] += self._slope(place, False)[link.writes] * self._forward(link, source, False)
            for link in self.dag.out_of[place]:
                target = self._slope(link.target, False) * self._tensor(parts[link.target])
                total[link.reads] += self._backward(link, target[link.writes], False)
        return (total * self._mask(place)).numpy()

    def fields(self, s: np.ndarray) -> np.ndarray:
        """``(B + B^T) s``, shape ``(n,)``."""
        parts = self.split(np.asarray(s))
        return self.join([self.field(parts, place) for place in range(len(parts))])

    @cached_property
    def total_weight(self) -> float:
        """The sum of the absolute weights of the edges of the active subnetwork."""
        import torch

        sums = []
        with torch.no_grad():
            for link in self.dag.links:
                reached = self._forward(link, self._mask(link.source)[link.reads], True)
                sums.append(float((self._slope(link.target, True)[link.writes] * reached).double().sum()))
        return float(np.sum(sums))

    def adjacency(self) -> sp.csr_array:
        """B as a sparse matrix, shape ``(n, n)``, ``B[v, u]`` for the edge u → v, nodes in the flat order.

        Raises
        ------
        TooLarge
            As `Dag.adjacency` does.
        """
        dag = self.dag
        pools = [place for place, link in enumerate(dag.links) if link.map.kind == "max pooling"]
        kept = tuple(link for place, link in enumerate(dag.links) if place not in pools)
        A = Dag(dag.layers, kept, outputs=dag.outputs).adjacency().tocoo()
        rows, columns, values = [A.coords[0]], [A.coords[1]], [A.data]
        for place in pools:
            link = dag.links[place]
            numbers = [np.arange(begin, end) for begin, end in zip(dag.offsets, dag.offsets[1:], strict=False)]
            source, target = (
                n.reshape(*dag.layers[k].shape[1:], -1).transpose(2, 0, 1)
                for k, n in ((link.source, numbers[link.source]), (link.target, numbers[link.target]))
            )
            taken = self._forward(link, self._tensor(source[link.reads].astype(np.float64)), False, exact=True)
            rows.append(target[link.writes].ravel())
            columns.append(taken.numpy().astype(int).ravel())
            values.append(np.ones(rows[-1].size))
        entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
        whole = sp.coo_array(entries, (dag.nodes, dag.nodes)).tocsr()
        slope = dag.join([s.numpy().astype(np.float64) for s in self.slopes])
        mask = dag.join([m.astype(np.float64) for m in self.active])
        made = (sp.diags_array(slope) @ whole @ sp.diags_array(mask)).tocsr()
        made.eliminate_zeros()
        return made

    def _tensor(self, values):
        """An array as a tensor of the right type."""
        import torch

        return torch.as_tensor(np.ascontiguousarray(values)).to(self.slopes[0].dtype)

    def _slope(self, place: int, absolute: bool):
        """The slopes of a layer."""
        return self.slopes[place].abs() if absolute else self.slopes[place]

    def _mask(self, place: int):
        """One where a node is active, zero where not."""
        key = f"mask {place}"
        if key not in self._kept:
            self._kept[key] = (self.slopes[place] != 0).to(self.slopes[place].dtype)
        return self._kept[key]

    def _masked(self, parts: Sequence[np.ndarray], place: int):
        """The values of the active nodes of a layer."""
        return self._tensor(parts[place]) * self._mask(place)

    def _forward(self, link: Link, source, absolute: bool, exact: bool = False):
        """A batch through a link, maxima from their winners."""
        if link.map.kind != "max pooling":
            return (link.map.absolute if absolute else link.map).apply(source)
        taken = self.winners[self._place(link)]
        source = source.double() if exact else source
        padded = _padded(link, source).flatten(-2)
        index = taken.flatten(-2).expand(*padded.shape[:-1], -1)
        return padded.gather(-1, index).reshape(*source.shape[:-3], *link.map.base_out)

    def _backward(self, link: Link, target, absolute: bool):
        """A batch back through a link."""
        from torch.nn import functional

        if link.map.kind != "max pooling":
            return (link.map.absolute if absolute else link.map).transpose(target)
        taken, pads = self.winners[self._place(link)], link.map._padding
        channels, height, width = link.map.base_in
        size = (height + pads[2] + pads[3], width + pads[0] + pads[1])
        flat = target.flatten(-2)
        full = target.new_zeros((*target.shape[:-3], channels, size[0] * size[1]))
        full.scatter_add_(-1, taken.flatten(-2).expand(*flat.shape[:-1], -1), flat)
        return functional.pad(full.reshape(*full.shape[:-1], *size), tuple(-p for p in pads))

    def _place(self, link: Link) -> int:
        """Where a link stands among the links."""
        if "places" not in self._kept:
            self._kept["places"] = {id(known): place for place, known in enumerate(self.dag.links)}
        return self._kept["places"][id(link)]

    def __repr__(self) -> str:
        on = sum(int(mask.sum()) for mask in self.active)
        outputs = "output" if self.outputs == 1 else "outputs"
        return f"Tangent({on:,} of {self.nodes:,} nodes active, {outputs} {_few(self.y)})"


def _few(values: np.ndarray) -> str:
    """The first numbers of an array in three digits."""
    shown = ", ".join(f"{value:.3g}" for value in values[:4])
    return shown + (", …" if len(values) > 4 else "")


def _padded(link: Link, source, value: float = 0.0):
    """The source with the border that a pooling sees."""
    from torch.nn import functional

    return functional.pad(source, link.map._padding, value=value)


def _winners(link: Link, source):
    """For each output of a max-pooling the pixel of the padded source that it takes, shape ``(C, H, W)``."""
    from torch.nn import functional

    m = link.map
    padded = _padded(link, source, float("-inf"))
    _, taken = functional.max_pool2d(padded[None], m.kernel.shape[2:], m.stride, 0, m.dilation, return_indices=True)
    return taken[0]


def _slopes(activation: Activation, sums):
    """The derivative of an activation at each sum; torch's own at a kink."""
    import torch

    if activation.function is None:
        return torch.ones_like(sums)
    with torch.enable_grad():
        z = sums.detach().clone().requires_grad_(True)
        (slope,) = torch.autograd.grad(activation(z).sum(), z, allow_unused=True)
    return torch.zeros_like(sums) if slope is None else slope.detach()
