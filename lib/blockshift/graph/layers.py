"""Linear layer maps as operators: apply, transpose, absolute value, edges and weight, never a matrix unless asked.

Every linear map of a convolutional network is a convolution, or the transpose of one: a dense layer has a kernel as
large as its input, pooling a constant kernel in each channel, a skip edge the kernel 1. So there is one class. As a
block of the adjacency matrix a map has one edge for each pair of nodes that a nonzero weight joins; `edges` and
`weight` count them without making them, in a time that depends on the kernel alone.

Stacks of feature maps have shape ``(channels, height, width)``; a layer of d neurons is ``(d, 1, 1)``. Nodes are
counted pixel by pixel, rows first, the channels of a pixel one after the other.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from blockshift import errors

if TYPE_CHECKING:
    import torch

#: Edges up to which a matrix is made: 5 * 10^7 take 0.6 GB, and twice that while they are sorted.
SPARSE_EDGES = 50_000_000

Shape = tuple[int, int, int]
Pair = tuple[int, int]


@dataclass(frozen=True, eq=False, repr=False)
class LayerMap:
    """A linear map from one stack of feature maps to another, given by the kernel of a convolution.

    Parameters
    ----------
    kernel : ndarray, shape (c_out, c_in // groups, k_1, k_2)
        Of the *base* convolution; float32 or float64. Copied and made read-only, or shared where it is read-only.
    base_in, base_out : tuple of int
        Shapes ``(channels, height, width)`` between which the base convolution maps.
    stride, padding, dilation : pair of int
        Down and across. Of the padding the part above and to the left; below and to the right follow from `base_out`.
    groups : int
        Channels are read in so many groups, each by its own outputs.
    transposed : bool
        Whether the map is the transpose of the base convolution.
    rows, columns : ndarray of shape (height,) and (width,) of `base_out`, optional
        Factors on the outputs of the base convolution: averages over windows that the border cuts need them.
    kind : str
        What the map is in its network: "dense", "convolution", "depthwise", "average pooling", "max pooling",
        "identity", "diagonal" or "upsampling".

    Raises
    ------
    ShapeMismatch
        If kernel, shapes and groups do not belong together.
    NotFinite
        If a weight is NaN or infinite.

    Source: [wendin2025frustration], adjacency matrix of a convolutional network; claim P2-C10.

    Examples
    --------
    >>> blur = LayerMap.convolution([[[[1.0, 2.0, 1.0]]]], (1, 1, 4), padding=(0, 1))
    >>> blur
    LayerMap(1×1×4 → 1×1×4, convolution, 10 edges, 0 negative)
    >>> blur.apply(np.array([[[1.0, 0.0, 0.0, 2.0]]]))
    array([[[2., 1., 2., 4.]]])
    >>> blur.weight
    14.0
    """

    kernel: np.ndarray
    base_in: Shape
    base_out: Shape
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1
    transposed: bool = False
    rows: np.ndarray | None = None
    columns: np.ndarray | None = None
    kind: str = "convolution"

    def __post_init__(self):
        K = np.asarray(self.kernel)
        K = np.array(K, K.dtype if K.dtype == np.float32 else np.float64, order="C", copy=K.flags.writeable or None)
        c_out, c_in = self.base_out[0], self.base_in[0]
        if K.ndim != 4 or K.shape[0] != c_out or K.shape[1] * self.groups != c_in or c_out % self.groups:
            raise errors.ShapeMismatch(
                f"a kernel of shape {K.shape} in {self.groups} groups cannot map {c_in} channels to {c_out}; expected "
                f"(channels out, channels in / groups, height, width), and groups that divide both numbers of channels."
            )
        if not np.isfinite(K).all():
            raise errors.NotFinite("the kernel has an entry that is NaN or infinite; every weight must be finite.")
        K.flags.writeable = False
        object.__setattr__(self, "kernel", K)
        for name, size in (("rows", self.base_out[1]), ("columns", self.base_out[2])):
            factors = getattr(self, name)
            if factors is not None and np.shape(factors) != (size,):
                raise errors.ShapeMismatch(f"{name} has shape {np.shape(factors)}; expected ({size},).")

    @classmethod
    def dense(cls, W, shape_in: Shape | None = None, kind: str = "dense") -> "LayerMap":
        """The map of a matrix of shape ``(d_out, d_in)`` or ``(d_out, c, height, width)`` that reads its whole input.

        Examples
        --------
        >>> LayerMap.dense([[1.0, -2.0]]).apply(np.array([[[3.0]], [[1.0]]])).ravel()
        array([1.])
        """
        W = np.asarray(W)
        shape = shape_in or (W.shape[1:] if W.ndim == 4 else (W.shape[1], 1, 1))
        return cls(W.reshape(len(W), *shape), _shape(shape), (len(W), 1, 1), kind=kind)

    @classmethod
    def convolution(
        cls, K, shape_in: Shape, *, stride: Pair = (1, 1), padding: Sequence[int] = (0, 0), dilation: Pair = (1, 1),
        groups: int = 1,
    ) -> "LayerMap":  # fmt: skip
        """The map of a convolution; padding ``(down, across)`` on both sides or ``(top, left, bottom, right)``."""
        K = np.asarray(K)
        top, left, bottom, right = (*padding, *padding) if len(padding) == 2 else padding
        size = [
            (n + a + b - d * (k - 1) - 1) // s + 1
            for n, a, b, d, k, s in zip(
                shape_in[1:], (top, left), (bottom, right), dilation, K.shape[2:], stride, strict=True
            )
        ]
        if min(size) < 1:
            raise errors.ShapeMismatch(
                f"a kernel of {K.shape[2]} × {K.shape[3]} does not fit over {shape_in[1]} × {shape_in[2]} pixels; "
                f"make the input or the padding larger."
            )
        depthwise = groups > 1 and groups == shape_in[0]
        kind = "depthwise" if depthwise else "convolution"
        shape_out = _shape((len(K), *size))
        return cls(K, _shape(shape_in), shape_out, stride, (top, left), dilation, groups, kind=kind)

    @classmethod
    def pooling(
        cls, shape_in: Shape, window: Pair, *, stride: Pair, padding: Pair = (0, 0), dilation: Pair = (1, 1),
        shape_out: Shape | None = None, weight: str = "average", kind: str = "average pooling",
    ) -> "LayerMap":  # fmt: skip
        """The map of a pooling: weights ``1 / count`` with "average", 1 with "ones", ``1 / (k_1 k_2)`` with "full".

        The count is that of the pixels in a window which the border leaves; "full" counts the padding too.
        """
        c = shape_in[0]
        if shape_out is None:
            shape_out = cls.convolution(
                np.ones((c, 1, *window)), shape_in, stride=stride, padding=padding, dilation=dilation, groups=c
            ).base_out
        K = np.full((c, 1, *window), 1.0 if weight != "full" else 1.0 / (window[0] * window[1]), np.float32)
        plain = cls(K, _shape(shape_in), _shape(shape_out), stride, padding, dilation, c, kind=kind)
        if weight != "average":
            return plain
        counts = [taps.sum(axis=1) for taps in plain._taps]
        if all((count == k).all() for count, k in zip(counts, window, strict=True)):
            return replace(plain, kernel=K / np.float32(window[0] * window[1]))
        return replace(plain, rows=1.0 / np.maximum(counts[0], 1), columns=1.0 / np.maximum(counts[1], 1))

    @classmethod
    def diagonal(cls, d, shape: Shape, kind: str = "diagonal") -> "LayerMap":
        """The map that multiplies each channel with its own number; `d` of shape ``(channels,)``."""
        K = np.asarray(d).reshape(shape[0], 1, 1, 1)
        return cls(K, _shape(shape), _shape(shape), groups=shape[0], kind=kind)

    @classmethod
    def identity(cls, shape: Shape) -> "LayerMap":
        """The map of a skip edge: weight 1 from each node to its copy."""
        return cls.diagonal(np.ones(shape[0], np.float32), shape, kind="identity")

    @property
    def shape_in(self) -> Shape:
        """Channels, height and width of what the map reads."""
        return self.base_out if self.transposed else self.base_in

    @property
    def shape_out(self) -> Shape:
        """Channels, height and width of what the map gives."""
        return self.base_in if self.transposed else self.base_out

    @property
    def T(self) -> "LayerMap":
        """The transpose."""
        return replace(self, transposed=not self.transposed)

    @cached_property
    def absolute(self) -> "LayerMap":
        """The map with the absolute values of all weights."""
        return self.with_kernel(np.abs(self.kernel))

    @cached_property
    def signed(self) -> "LayerMap":
        """The map with the signs of all weights, factors left out."""
        return replace(self, kernel=np.sign(self.kernel), rows=None, columns=None)

    def with_kernel(self, kernel: np.ndarray) -> "LayerMap":
        """The same map with other weights."""
        return replace(self, kernel=kernel)

    def scaled(self, gain: np.ndarray) -> "LayerMap":
        """The map followed by a factor on each output channel, shape ``(channels,)``.

        Examples
        --------
        >>> LayerMap.dense([[1.0], [2.0]]).scaled(np.array([3.0, -1.0])).kernel.ravel()
        array([ 3., -2.])
        """
        gain = np.asarray(gain, self.kernel.dtype)
        if not self.transposed:
            return self.with_kernel(self.kernel * gain[:, None, None, None])
        # Of a transposed map the outputs are what the base convolution reads, a part of them in each group.
        K = self.kernel.reshape(self.groups, -1, *self.kernel.shape[1:])
        return self.with_kernel((K * gain.reshape(self.groups, 1, -1, 1, 1)).reshape(self.kernel.shape))

    def apply(self, x):
        """The image of `x`, of shape ``(..., c, H, W)``: an array for an array, a tensor for a tensor, same dtype."""
        return self._through(x, self.transposed)

    def transpose(self, y):
        """The image of `y` under the transpose, of shape ``(..., c, H, W)``."""
        return self._through(y, not self.transposed)

    def _through(self, x, backward: bool):
        """Forward or backward through the base convolution; leading axes are a batch."""
        import torch

        given = torch.is_tensor(x)
        t = x if given else torch.from_numpy(np.asarray(x))
        expected = self.base_out if backward else self.base_in
        if tuple(t.shape[-3:]) != tuple(expected):
            raise errors.ShapeMismatch(f"an input of shape {tuple(t.shape)} was given; expected (..., {expected}).")
        batch = t.shape[:-3]
        t = t.reshape(-1, *expected)
        t = self._backward(t) if backward else self._forward(t)
        t = t.reshape(*batch, *t.shape[-3:])
        return t if given else t.numpy()

    def _forward(self, t: "torch.Tensor") -> "torch.Tensor":
        """The base convolution of a batch."""
        from torch.nn import functional

        K = self._tensor(t)
        if self._scales:
            t = t * K[:, 0]
        elif self._reads_all:
            t = (t.flatten(1) @ K.flatten(1).T)[:, :, None, None]
        else:
            padded = functional.pad(t, self._padding)
            t = functional.conv2d(padded, K, None, self.stride, 0, self.dilation, self.groups)
        return self._weighed(t)

    def _backward(self, t: "torch.Tensor") -> "torch.Tensor":
        """The transpose of the base convolution of a batch."""
        from torch.nn import functional

        K, t = self._tensor(t), self._weighed(t)
        if self._scales:
            return t * K[:, 0]
        if self._reads_all:
            return (t.flatten(1) @ K.flatten(1)).reshape(-1, *self.base_in)
        full = functional.conv_transpose2d(t, K, None, self.stride, 0, 0, self.groups, self.dilation)
        return functional.pad(full, tuple(-p for p in self._padding))

    def _weighed(self, t: "torch.Tensor") -> "torch.Tensor":
        """Times the positional factors."""
        import torch

        if self.rows is not None:
            t = t * torch.as_tensor(self.rows, dtype=t.dtype, device=t.device)[:, None]
        if self.columns is not None:
            t = t * torch.as_tensor(self.columns, dtype=t.dtype, device=t.device)
        return t

    def _tensor(self, like: "torch.Tensor") -> "torch.Tensor":
        """The kernel as a tensor of the same type on the same device, kept for the next time."""
        import torch

        kept, key = self.__dict__.setdefault("_tensors", {}), (like.dtype, like.device)
        if key not in kept:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of read-only memory, which nobody writes to
                kept[key] = torch.from_numpy(self.kernel).to(dtype=like.dtype, device=like.device)
        return kept[key]

    def __getstate__(self) -> dict:
        """All but what can be made again."""
        return {k: v for k, v in self.__dict__.items() if k not in ("_tensors", "absolute", "signed")}

    @cached_property
    def _scales(self) -> bool:
        """Whether each channel is only multiplied with a number."""
        same = self.base_in == self.base_out and self.groups == self.base_in[0]
        return same and self.kernel.shape[1:] == (1, 1, 1) and self.stride == (1, 1) and self.padding == (0, 0)

    @cached_property
    def _reads_all(self) -> bool:
        """Whether every output reads every input."""
        whole = self.kernel.shape[2:] == self.base_in[1:] and self.base_out[1:] == (1, 1)
        return whole and self.groups == 1 and self.padding == (0, 0) and self.dilation == (1, 1)

    @cached_property
    def _padding(self) -> tuple[int, int, int, int]:
        """Left, right, top, bottom, as torch wants it; negative where pixels are never read."""
        ends = [
            (out - 1) * s + d * (k - 1) + 1 - n - p
            for out, s, d, k, n, p in zip(
                self.base_out[1:], self.stride, self.dilation, self.kernel.shape[2:], self.base_in[1:], self.padding,
                strict=True,
            )
        ]  # fmt: skip
        return (self.padding[1], ends[1], self.padding[0], ends[0])

    @cached_property
    def _taps(self) -> tuple[np.ndarray, np.ndarray]:
        """Down and across: whether output y reads an existing pixel through tap k, shape ``(outputs, taps)``."""
        found = []
        for axis in (0, 1):
            place = self.reads(axis)
            found.append((place >= 0) & (place < self.base_in[1 + axis]))
        return found[0], found[1]

    def reads(self, axis: int) -> np.ndarray:
        """The row (axis 0) or column (axis 1) that output y of the base convolution reads through tap k."""
        outputs = np.arange(self.base_out[1 + axis])[:, None] * self.stride[axis]
        return outputs - self.padding[axis] + np.arange(self.kernel.shape[2 + axis]) * self.dilation[axis]

    def _totals(self, kernel: np.ndarray, factors: bool) -> float:
        """The sum over all edges of what `kernel` holds, with the positional factors or without."""
        sums = []
        for taps, weights in zip(self._taps, (self.rows, self.columns), strict=True):
            sums.append(taps.sum(axis=0) if weights is None or not factors else np.asarray(weights) @ taps)
        return float(sums[0] @ kernel.sum(axis=(0, 1), dtype=np.float64) @ sums[1])

    @cached_property
    def edges(self) -> int:
        """The number of edges: pairs of nodes joined by a nonzero weight."""
        return round(self._totals(self.kernel != 0, factors=False))

    @cached_property
    def negative_edges(self) -> int:
        """The number of edges with a negative weight."""
        return round(self._totals(self.kernel < 0, factors=False))

    @cached_property
    def weight(self) -> float:
        """The sum of the absolute weights of all edges, in float64."""
        return self._totals(np.abs(self.kernel), factors=True)

    def sparse(self) -> sp.csr_array:
        """The matrix of the map, shape ``(nodes out, nodes in)``, float64.

        Raises
        ------
        TooLarge
            Beyond `SPARSE_EDGES` edges.

        Examples
        --------
        >>> LayerMap.convolution([[[[5.0, 7.0]]]], (1, 1, 3)).sparse().toarray()
        array([[5., 7., 0.],
               [0., 5., 7.]])
        """
        if self.edges > SPARSE_EDGES:
            raise errors.TooLarge(
                f"the matrix of this map has {self.edges:.2e} entries; it is made up to {SPARSE_EDGES:.0e}. Use apply "
                f"and transpose, which need no matrix, or a smaller input."
            )
        (c_in, height, width), (c_out, out_height, out_width) = self.base_in, self.base_out
        down, across, rows, columns, values = self.reads(0), self.reads(1), [], [], []
        for a, b in np.ndindex(*self.kernel.shape[2:]):
            y, x = np.flatnonzero(self._taps[0][:, a]), np.flatnonzero(self._taps[1][:, b])
            o, i = np.nonzero(self.kernel[:, :, a, b])
            source = i + (o // (c_out // self.groups)) * self.kernel.shape[1]
            factor = np.ones((len(y), len(x)))
            factor *= 1.0 if self.rows is None else np.asarray(self.rows)[y, None]
            factor *= 1.0 if self.columns is None else np.asarray(self.columns)[x]
            to = (y[:, None] * out_width + x) * c_out
            of = (down[y, a][:, None] * width + across[x, b]) * c_in
            rows.append((to[..., None] + o).ravel())
            columns.append((of[..., None] + source).ravel())
            values.append((factor[..., None] * self.kernel[o, i, a, b].astype(np.float64)).ravel())
        shape = (c_out * out_height * out_width, c_in * height * width)
        joined = [np.concatenate(part) if part else np.empty(0) for part in (values, rows, columns)]
        matrix = sp.coo_array((joined[0], (joined[1].astype(int), joined[2].astype(int))), shape).tocsr()
        return matrix.T.tocsr() if self.transposed else matrix

    def __repr__(self) -> str:
        into, out = ("×".join(map(str, shape)) for shape in (self.shape_in, self.shape_out))
        return f"LayerMap({into} → {out}, {self.kind}, {self.edges:,} edges, {self.negative_edges:,} negative)"


def _shape(shape: Sequence[int]) -> Shape:
    """Channels, height, width."""
    channels, height, width = (int(n) for n in shape)
    return channels, height, width
