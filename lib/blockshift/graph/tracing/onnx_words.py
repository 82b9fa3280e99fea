"""The words of ONNX: what each kind of node does to signals. Constants are arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np

from blockshift.graph.tracing import activations, arithmetic, functions, onnx_nodes, operations, shapes
from blockshift.graph.tracing.onnx_nodes import Node
from blockshift.graph.tracing.signals import Signal

#: Names under which the same is refused in torch.
REFUSED = {
    "LRN": "local_response_norm", "InstanceNormalization": "instance_norm", "LayerNormalization": "layer_norm",
    "GroupNormalization": "group_norm", "LpNormalization": "normalize", "Attention": "scaled_dot_product_attention",
    "MultiHeadAttention": "scaled_dot_product_attention", "Einsum": "einsum", "Pow": "pow",
}  # fmt: skip


def _reshape(node: Node) -> Signal:
    wanted, given = [int(n) for n in node.constant(1, "shape")], node.x.shape
    if not node.given.get("allowzero"):
        wanted = [given[i] if n == 0 else n for i, n in enumerate(wanted)]
    batch = node.place.assembly.batch
    if batch > 1 and wanted and wanted[0] == batch and -1 in wanted[1:]:
        wanted[0] = 1
    return shapes.reshape(node.place, node.x, wanted)


def _flatten(node: Node) -> Signal:
    axis = node.given.get("axis", 1) % len(node.x.axes)
    if axis == 1:
        return shapes.flatten(node.place, node.x, 1)
    return shapes.reshape(node.place, node.x, (int(np.prod(node.x.shape[:axis])), -1))


def _squeeze(node: Node) -> Signal:
    over = node.constant(1, "axes")
    return shapes.squeeze(node.place, node.x, None if over is None else [int(d) for d in over])


def _unsqueeze(node: Node) -> Signal:
    y, over = node.x, [int(d) for d in node.constant(1, "axes")]
    for d in sorted(d % (len(y.axes) + len(over)) for d in over):
        y = shapes.unsqueeze(node.place, y, d)
    return y


def _transpose(node: Node) -> Signal:
    return shapes.permute(node.place, node.x, node.given.get("perm") or list(range(len(node.x.axes)))[::-1])


def _sum(node: Node) -> Any:
    total = node.inputs[0]
    for other in node.inputs[1:]:
        total = arithmetic.add(node.place, total, other)
    return total


def _pad(node: Node) -> Signal:
    pads, value = [int(n) for n in node.constant(1, "pads")], node.constant(2, "value", 0.0)
    rank, over = len(node.x.axes), node.constant(3, "axes")
    over = list(range(rank)) if over is None else [int(d) % rank for d in over]
    both = {d: (pads[i], pads[i + len(over)]) for i, d in enumerate(over)}
    order = [n for d in reversed(range(rank)) for n in both.get(d, (0, 0))]
    if any(order[-2:]):
        raise functions.refused(node.place, "a padding of the batch")
    return shapes.pad(node.place, node.x, order[:-2], node.given.get("mode", "constant"), float(np.ravel(value)[0]))


def _split(node: Node) -> tuple[Signal, ...]:
    axis = node.given.get("axis", 0) % len(node.x.axes)
    total, parts = node.x.shape[axis], node.constant(1, "split")
    if parts is None:
        count = node.given.get("num_outputs", node.outputs)
        return shapes.split(node.place, node.x, -(-total // count), axis)
    return shapes.split(node.place, node.x, [int(n) for n in parts], axis)


def _slice(node: Node) -> Signal:
    starts, ends = node.constant(1, "starts"), node.constant(2, "ends")
    over = node.constant(3, "axes", range(len(starts)))
    steps = node.constant(4, "steps", [1] * len(starts))
    index = [slice(None)] * len(node.x.axes)
    for start, end, d, step in zip(starts, ends, over, steps, strict=True):
        index[int(d)] = slice(int(start), int(end), int(step))
    return shapes.getitem(node.place, node.x, tuple(index))


def _resize(node: Node) -> Signal:
    first = node.word == "Upsample"
    scales, size = node.constant(1 if first else 2, "scales"), None if first else node.constant(3, "sizes")
    if not first and len(node.inputs) == 2:  # the first version of Resize took scales as its second input
        scales = node.constant(1, "scales")
    given, mode = node.x.shape, node.given.get("mode", "nearest")
    if size is None or not len(size):
        size = [int(np.floor(n * f)) for n, f in zip(given, scales, strict=True)]
    size = [int(n) for n in size]
    if tuple(size[:2]) != tuple(given[:2]):
        raise functions.refused(node.place, "a resizing of channels")
    if not first and mode == "nearest":
        for n, m in zip(given[2:], size[2:], strict=True):
            if m % n or not _repeats(node, n, m):
                raise functions.refused(node.place, "a resizing that does not repeat every pixel equally often")
    return shapes.interpolate(node.place, node.x, size=size[2:], mode=mode)


def _repeats(node: Node, n: int, m: int) -> bool:
    """Whether the nearest of n pixels for each of m is what repeating gives."""
    place, factor = np.arange(m), m / n
    how = node.given.get("coordinate_transformation_mode", "half_pixel")
    at = {
        "asymmetric": place / factor,
        "half_pixel": (place + 0.5) / factor - 0.5,
        "pytorch_half_pixel": (place + 0.5) / factor - 0.5 if m > 1 else 0 * place,
        "align_corners": place * (n - 1) / max(1, m - 1),
    }.get(how)
    if at is None:
        return False
    rule = node.given.get("nearest_mode", "round_prefer_floor")
    nearest = {
        "floor": np.floor(at),
        "ceil": np.ceil(at),
        "round_prefer_floor": np.ceil(at - 0.5),
        "round_prefer_ceil": np.floor(at + 0.5),
    }[rule]
    return bool((np.clip(nearest, 0, n - 1) == place // (m // n)).all())


def _reduce_mean(node: Node) -> Signal:
    over = node.constant(1, "axes")
    over = None if over is None else [int(d) for d in over]
    return functions.mean(node.place, node.x, over, bool(node.given.get("keepdims", 1)))


def _depth_to_space(node: Node) -> Signal:
    factor, x = node.given["blocksize"], node.x
    if node.given.get("mode", "DCR") == "DCR":
        order = np.arange(x.channels).reshape(factor**2, -1).T.ravel()
        x = shapes.chosen(node.place, x, order)
    return shapes.pixel_shuffle(node.place, x, factor)


def _space_to_depth(node: Node) -> Signal:
    factor = node.given["blocksize"]
    y = shapes.pixel_unshuffle(node.place, node.x, factor)
    return shapes.chosen(node.place, y, np.arange(y.channels).reshape(-1, factor**2).T.ravel())


def _clip(node: Node) -> Signal:
    low, high = node.constant(1, "min"), node.constant(2, "max")
    bounds = {key: float(np.ravel(v)[0]) for key, v in (("min", low), ("max", high)) if v is not None and np.size(v)}
    if not bounds:
        return node.x
    if bounds == {"min": 0.0, "max": 6.0}:
        return functions.activated("relu6")(node.place, node.x)
    return functions.activated("clamp", "min", "max")(node.place, node.x, **bounds)


def _hard_sigmoid(node: Node) -> Signal:
    act = activations.hard_sigmoid(node.given.get("alpha", 0.2), node.given.get("beta", 0.5))
    return operations.activated(node.place.assembly, node.x, act, node.place.name)


def _activation(name: str, **renamed: tuple[str, Any]) -> Callable:
    """An activation; its parameters by their names in torch: that in ONNX, and what they are if left out."""

    def call(node: Node) -> Signal:
        values = {key: node.given.get(word, default) for key, (word, default) in renamed.items()}
        return functions.activated(name, *renamed)(node.place, node.x, **values)

    return call


def _thresholded(node: Node) -> Signal:
    bound = node.given.get("alpha", 1.0)
    return functions.activated("threshold", "threshold", "value")(node.place, node.x, threshold=bound, value=0.0)


def _selu(node: Node) -> Signal:
    alpha, gamma = node.given.get("alpha", 1.67326), node.given.get("gamma", 1.0507)
    if not np.allclose((alpha, gamma), (1.67326, 1.0507), rtol=1e-4):
        raise functions.refused(node.place, f"a SELU with alpha {alpha} and gamma {gamma}")
    return functions.activated("selu")(node.place, node.x)


def _two(function: Callable) -> Callable:
    return lambda node: function(node.place, node.inputs[0], node.inputs[1])


#: By the name of the operator.
WORDS: dict[str, Callable[[Node], Any]] = {
    "Conv": onnx_nodes.conv,
    "ConvTranspose": onnx_nodes.conv_transpose,
    "Gemm": onnx_nodes.gemm,
    "MatMul": _two(functions.matmul),
    "BatchNormalization": onnx_nodes.batch_norm,
    "MaxPool": onnx_nodes.pool(True),
    "AveragePool": onnx_nodes.pool(False),
    "GlobalMaxPool": onnx_nodes.pool_all(True),
    "GlobalAveragePool": onnx_nodes.pool_all(False),
    "ReduceMean": _reduce_mean,
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Transpose": _transpose,
    "Concat": lambda node: arithmetic.cat(node.place, node.inputs, node.given["axis"]),
    "Add": _sum,
    "Sum": _sum,
    "Sub": _two(arithmetic.sub),
    "Mul": _two(arithmetic.mul),
    "Div": _two(arithmetic.div),
    "Neg": lambda node: arithmetic.neg(node.place, node.x),
    "Pad": _pad,
    "Split": _split,
    "Slice": _slice,
    "Upsample": _resize,
    "Resize": _resize,
    "DepthToSpace": _depth_to_space,
    "SpaceToDepth": _space_to_depth,
    "Clip": _clip,
    "PRelu": lambda node: functions.prelu(node.place, node.x, node.constant(1, "slope")),
    "LeakyRelu": _activation("leaky_relu", negative_slope=("alpha", 0.01)),
    "Elu": _activation("elu", alpha=("alpha", 1.0)),
    "Celu": _activation("celu", alpha=("alpha", 1.0)),
    "Selu": _selu,
    "HardSigmoid": _hard_sigmoid,
    "ThresholdedRelu": _thresholded,
    "Gelu": lambda node: functions.gelu(node.place, node.x, node.given.get("approximate", "none")),
    "Softmax": lambda node: functions.softmax(node.place, node.x),
    "LogSoftmax": lambda node: functions.softmax(node.place, node.x),
    **{
        word: _activation(word.lower())
        for word in (
            "Relu Sigmoid Tanh Softplus Softsign HardSwish Mish Erf Abs Exp Atan Sinh Asinh Sin Cos Sign Floor Ceil"
        ).split()
    },
    **dict.fromkeys(("Identity", "Cast", "Dropout"), lambda node: node.x),
}
