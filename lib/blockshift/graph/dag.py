"""A feed-forward network as a layered signed graph of operators: layers of nodes, links that are layer maps.

A *layer* is a stack of feature maps, one node for each channel of each pixel; its activation acts node by node and has
no weights. A *link* is a linear map from one layer to a later one. Skip edges are links like any others, and where
channels are concatenated several links lead to ranges of channels. So the adjacency matrix A of any feed-forward
network has one block for each link, and is never written down: ``J = A + A^T`` acts through convolutions. Links that
join the same two nodes count as parallel edges, each with its own weight; in A they add up.

The weights come from *banks*, the parameters of the network: links that share weights share a bank. A bank holds the
weights as trained; the scale of a batch-norm that is folded into them is kept apart as `gain`, so that a null model can
shuffle one without the other.

Biases are kept for running the network. They are no edges: as in the paper, they do not count in the frustration.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp

from blockshift import errors
from blockshift.graph.layers import SPARSE_EDGES, LayerMap
from blockshift.graph.links import Layer, Link
from blockshift.graph.network import Network


@dataclass(frozen=True, eq=False, repr=False)
class Dag:
    """A feed-forward network as a layered signed graph of operators.

    Parameters
    ----------
    layers : tuple of Layer
        Every link leads from a layer to a later one.
    links : tuple of Link
    banks : dict of str to ndarray
        The weights by the names of the parameters, as trained, shape ``(out, in / groups, k_1, k_2)``.
    outputs : tuple of int
        Places of the layers that the network returns; the last one if left out.
    conventions : dict of str to str
        How what has more than one reading was read: pooling, batch-norm, what was left out.
    name : str

    Raises
    ------
    ShapeMismatch
        If a link does not fit its layers.
    EmptyNetwork
        If there is no layer.

    Source: [wendin2025frustration], graph of a convolutional network.

    Examples
    --------
    >>> dag = Dag.from_network(Network.from_weights([[[1, -2]], [[3]]]))
    >>> dag
    Dag(3 layers, 4 nodes, 3 edges, 1 negative)
      layer 0  2×1×1  input
      layer 1  1×1×1  dense from layer 0, 2 edges, 50.0 % negative
      layer 2  1×1×1  dense from layer 1, 1 edge, 0.0 % negative
    >>> dag.fields(np.ones(4))
    array([ 1., -2.,  2.,  3.])
    """

    layers: tuple[Layer, ...]
    links: tuple[Link, ...]
    banks: Mapping[str, np.ndarray] = field(default_factory=dict)
    outputs: tuple[int, ...] = ()
    conventions: Mapping[str, str] = field(default_factory=dict)
    name: str = ""

    def __post_init__(self):
        if not self.layers:
            raise errors.EmptyNetwork("the network has no layer; expected at least an input.")
        for link in self.links:
            self._check(link)
        if not self.outputs:
            object.__setattr__(self, "outputs", (len(self.layers) - 1,))

    def _check(self, link: Link) -> None:
        """That a link fits its layers."""
        if not 0 <= link.source < link.target < len(self.layers):
            raise errors.BadArgument(
                f"link {link.name!r} leads from layer {link.source} to layer {link.target} of {len(self.layers)}; "
                f"links lead from a layer to a later one."
            )
        for place, part, shape in (
            (link.source, link.reads, link.map.shape_in),
            (link.target, link.writes, link.map.shape_out),
        ):
            layer = self.layers[place]
            if part.stop > layer.shape[0] or tuple(shape[1:]) != tuple(layer.shape[1:]):
                raise errors.ShapeMismatch(
                    f"link {link.name!r} has shape {shape} from channel {part.start} on at layer {layer.name!r}, whose "
                    f"shape is {layer.shape}; height and width must agree and the channels must exist."
                )

    @classmethod
    def from_network(cls, net: Network) -> "Dag":
        """The layered graph of a deep linear network."""
        layers = tuple(Layer(f"layer {i}", (d, 1, 1)) for i, d in enumerate(net.widths))
        banks = {f"W_{i}": np.asarray(W, np.float64)[:, :, None, None] for i, W in enumerate(net.weights, 1)}
        links = [Link(i, i + 1, LayerMap.dense(W), bank=name, name=name) for i, (name, W) in enumerate(banks.items())]
        return cls(layers, tuple(links), banks)

    @cached_property
    def offsets(self) -> np.ndarray:
        """Where the nodes of each layer begin in the flat order, and the number of all nodes at the end."""
        return np.concatenate([[0], np.cumsum([layer.nodes for layer in self.layers])])

    @property
    def nodes(self) -> int:
        """The number of nodes n."""
        return int(self.offsets[-1])

    @cached_property
    def edges(self) -> int:
        """The number of edges with a nonzero weight."""
        return sum(link.map.edges for link in self.links)

    @cached_property
    def negative_edges(self) -> int:
        """The number of edges with a negative weight."""
        return sum(link.map.negative_edges for link in self.links)

    @cached_property
    def total_weight(self) -> float:
        """The sum of the absolute weights of all edges."""
        return float(sum(link.map.weight for link in self.links))

    @cached_property
    def into(self) -> tuple[tuple[Link, ...], ...]:
        """The links that lead into each layer."""
        return tuple(tuple(k for k in self.links if k.target == i) for i in range(len(self.layers)))

    @cached_property
    def out_of(self) -> tuple[tuple[Link, ...], ...]:
        """The links that lead out of each layer."""
        return tuple(tuple(k for k in self.links if k.source == i) for i in range(len(self.layers)))

    def split(self, s: np.ndarray) -> list[np.ndarray]:
        """Flat values of shape ``(n,)`` or ``(n, r)`` as one view a layer, shape ``(C, H, W)`` or ``(r, C, H, W)``.

        Flat order: layer by layer, pixel by pixel, the channels of a pixel together.
        """
        s = np.asarray(s)
        if s.ndim not in (1, 2) or len(s) != self.nodes:
            raise errors.ShapeMismatch(
                f"values of shape {s.shape} were given; expected ({self.nodes},) or with r more."
            )
        views = []
        for layer, begin, end in zip(self.layers, self.offsets, self.offsets[1:], strict=False):
            c, height, width = layer.shape
            block = s[begin:end].reshape(height, width, c, *s.shape[1:])
            views.append(block.transpose(2, 0, 1) if s.ndim == 1 else block.transpose(3, 2, 0, 1))
        return views

    def join(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """One array a layer, shape ``(C, H, W)`` or ``(r, C, H, W)``, as flat values: the inverse of `split`."""
        flat = []
        for part in parts:
            last = np.moveaxis(np.asarray(part), -3, -1)  # channels last
            flat.append(last.reshape(-1) if last.ndim == 3 else np.moveaxis(last, 0, -1).reshape(-1, len(last)))
        return np.concatenate(flat)

    def field(self, parts: Sequence[np.ndarray] | Mapping[int, np.ndarray], place: int) -> np.ndarray:
        """``J s`` at the nodes of one layer, from values split by layers; shape ``(C, H, W)`` or ``(r, C, H, W)``.

        Only the layer itself and those that are linked to it have to be there.
        """
        total = np.zeros_like(np.asarray(parts[place]), order="C")
        for link in self.into[place]:
            total[..., link.writes, :, :] += link.map.apply(parts[link.source][..., link.reads, :, :])
        for link in self.out_of[place]:
            total[..., link.reads, :, :] += link.map.transpose(parts[link.target][..., link.writes, :, :])
        return total

    def fields(self, s: np.ndarray) -> np.ndarray:
        """``J s`` for ``J = A + A^T``, shape ``(n,)`` or ``(n, r)``, in the dtype of `s` (float32 or float64)."""
        s = np.asarray(s)
        parts = self.split(s if s.dtype in (np.float32, np.float64) else s.astype(np.float64))
        totals = [np.zeros(part.shape, part.dtype) for part in parts]
        for link in self.links:
            totals[link.target][..., link.writes, :, :] += link.map.apply(parts[link.source][..., link.reads, :, :])
            totals[link.source][..., link.reads, :, :] += link.map.transpose(parts[link.target][..., link.writes, :, :])
        return self.join(totals)

    def forward(self, x) -> list[tuple[Any, Any]]:
        """Sums and activations of every layer, as tensors, for inputs of shape ``(..., C, H, W)``: the network itself.

        Here max-pooling takes maxima, and biases and activations act.
        """
        import torch

        x = torch.as_tensor(x)
        states: list[tuple[Any, Any]] = [(x, self.layers[0].activation(x))]
        for place, layer in enumerate(self.layers[1:], 1):
            total = x.new_zeros((*x.shape[:-3], *layer.shape))
            for link in self.into[place]:
                source = states[link.source][1][..., link.reads, :, :]
                total[..., link.writes, :, :] += _pooled(link.map, source)
            if layer.bias is not None:
                total = total + torch.as_tensor(layer.bias, dtype=x.dtype, device=x.device)[:, None, None]
            states.append((total, layer.activation(total)))
        return states

    def adjacency(self) -> sp.csr_array:
        """The adjacency matrix, shape ``(n, n)``, ``A[v, u]`` for the edge u → v, nodes in the flat order.

        Raises
        ------
        TooLarge
            Beyond 5 * 10^7 edges.
        """
        if self.edges > SPARSE_EDGES:
            raise errors.TooLarge(
                f"the adjacency matrix has {self.edges:.2e} entries; it is made up to {SPARSE_EDGES:.0e}. Use fields, "
                f"which needs no matrix, or trace the network with a smaller input."
            )
        n, rows, columns, values = self.nodes, [], [], []
        for link in self.links:
            block = link.map.sparse().tocoo()
            rows.append(self._numbers(link.target, link.writes)[block.coords[0]])
            columns.append(self._numbers(link.source, link.reads)[block.coords[1]])
            values.append(block.data)
        if not self.links:
            return sp.csr_array((n, n))
        entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
        return sp.coo_array(entries, (n, n)).tocsr()

    def _numbers(self, place: int, channels: slice) -> np.ndarray:
        """The flat numbers of the nodes in a range of channels of a layer."""
        c, height, width = self.layers[place].shape
        return (self.offsets[place] + np.arange(height * width * c).reshape(-1, c)[:, channels]).ravel()

    def replaced(self, banks: Mapping[str, np.ndarray]) -> "Dag":
        """The same network with other weights in the named banks; the gains of folded batch-norms stay.

        Raises
        ------
        UnknownName
            If there is no such bank.
        ShapeMismatch
            If a bank has another shape.
        """
        for name in banks:
            if name not in self.banks:
                raise errors.UnknownName(f"no bank is called {name!r}; there are {', '.join(self.banks)}.")
        links = tuple(
            link.replaced(banks[link.bank]) if link.bank is not None and link.bank in banks else link
            for link in self.links
        )
        return replace(self, links=links, banks={**self.banks, **banks})

    def folded(self) -> "Dag":
        """The same network with the gains of batch-norms absorbed into the banks.

        A bank that is read with two different gains becomes two, the second one with ``@2`` after its name.
        """
        banks: dict[str, np.ndarray] = {}
        filled: dict[str, np.ndarray] = {}
        links = []
        for link in self.links:
            if link.bank is None:
                links.append(link)
                continue
            count, name = 1, link.bank
            while name in banks:
                known = banks[name][link.part], filled[name][link.part]
                if np.array_equal(known[0][known[1]], link.map.kernel[known[1]]):
                    break
                count, name = count + 1, f"{link.bank}@{count + 1}"
            if name not in banks:
                banks[name] = np.zeros_like(self.banks[link.bank])
                filled[name] = np.zeros(banks[name].shape, bool)
            banks[name][link.part], filled[name][link.part] = link.map.kernel, True
            links.append(replace(link, bank=name, gain=None))
        return replace(self, links=tuple(links), banks=banks)

    def signed(self) -> "Dag":
        """The same network with the sign of every weight in its place, all of them without banks."""
        links = tuple(replace(k, map=k.map.signed, bank=None, gain=None) for k in self.links)
        return replace(self, links=links, banks={}, conventions={**self.conventions, "weights": "signs only"})

    def __repr__(self) -> str:
        title = f"{self.name}: " if self.name else ""
        lines = [
            f"Dag({title}{len(self.layers)} layers, {self.nodes:,} nodes, {self.edges:,} edges, "
            f"{self.negative_edges:,} negative)"
        ]
        wide = max(len(layer.name) for layer in self.layers)
        shapes = ["×".join(map(str, layer.shape)) for layer in self.layers]
        broad = max(map(len, shapes))
        for place, (layer, shape) in enumerate(zip(self.layers, shapes, strict=True)):
            sources = [self._described(link) for link in self.into[place]]
            if layer.activation.name != "identity":
                sources.append(layer.activation.name)
            lines.append(f"  {layer.name:<{wide}}  {shape:<{broad}}  {'; '.join(sources) or 'input'}".rstrip())
        return "\n".join(lines)

    def _described(self, link: Link) -> str:
        """A link in a few words."""
        m = link.map
        kernel = (
            "" if m.kernel.shape[2:] == (1, 1) or m.kind == "dense" else f" {m.kernel.shape[2]}×{m.kernel.shape[3]}"
        )
        step = f", stride {m.stride[0]}" if m.stride != (1, 1) else ""
        edges = f"{m.edges:,} edge{'s' * (m.edges != 1)}"
        share = f", {m.negative_edges / max(1, m.edges):.1%}".replace("%", " %") + " negative" if link.bank else ""
        return f"{m.kind}{kernel}{step} from {self.layers[link.source].name}, {edges}{share}"


def _pooled(m: LayerMap, x):
    """A map as the network runs it: maxima where it stands for a max-pooling."""
    if m.kind != "max pooling":
        return m.apply(x)
    from torch.nn import functional

    left, right, top, bottom = m._padding
    padded = functional.pad(x.reshape(-1, *x.shape[-3:]), (left, right, top, bottom), value=float("-inf"))
    taken = functional.max_pool2d(padded, m.kernel.shape[2:], m.stride, 0, m.dilation)
    return taken.reshape(*x.shape[:-3], *m.base_out)
