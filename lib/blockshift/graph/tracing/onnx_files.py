"""An ONNX file as a layered signed graph: its nodes as operations on signals, its constants computed beforehand."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.tracing import modules, onnx_words, operations
from blockshift.graph.tracing.assembly import Assembly
from blockshift.graph.tracing.functions import Place, refused
from blockshift.graph.tracing.signals import Signal

if TYPE_CHECKING:
    import onnx


def graph(
    path: str, shape: tuple[int, ...] | None, *, name: str, pooling: str, batch_norm: str
) -> Dag:  # fmt: skip
    """The graph of a file; what `networks.trace` says."""
    model = _loaded(path)
    constants = {tensor.name: _numbers(tensor) for tensor in model.graph.initializer}
    inputs = [given for given in model.graph.input if given.name not in constants]
    if len(inputs) != 1:
        raise errors.BadArgument(
            f"{path!r} has {len(inputs)} inputs; expected one. Export the network with one input and constants for the "
            f"rest."
        )
    batch, own = _sizes(inputs[0])
    shape = _agreed(path, own, shape)
    single = all(values.dtype != np.float64 for values in constants.values() if values.dtype.kind == "f")
    assembly = Assembly(pooling, batch_norm, np.float32 if single else np.float64)
    assembly.batch = batch
    known: dict[str, Any] = {"": None, **constants}
    uses = Counter(word for node in model.graph.node for word in node.input)
    uses.update(given.name for given in model.graph.output)
    known[inputs[0].name] = modules.shared(assembly.input(shape), uses[inputs[0].name])
    banks = {id(values): word for word, values in constants.items()}
    opsets = {given.domain: given.version for given in model.opset_import}
    for i, node in enumerate(model.graph.node):
        found = _called(node, f"{node.op_type}_{i}", known, assembly, banks, opsets)
        for word, value in zip(node.output, found, strict=False):
            banks |= {} if isinstance(value, Signal) else {id(value): word}
            known[word] = modules.shared(value, uses[word])
    outputs = [known[given.name] for given in model.graph.output]
    signals = [operations.whole(assembly, found, "output") for found in outputs if isinstance(found, Signal)]
    if not signals:
        raise errors.BadArgument(f"what {path!r} returns does not depend on its input.")
    return assembly.finished(signals, name or Path(path).stem)


def _loaded(path: str) -> "onnx.ModelProto":
    """The model in a file."""
    try:
        import onnx
    except ImportError as problem:
        raise errors.BadArgument(
            f"{path!r} cannot be read without the package onnx; install it with: pip install onnx"
        ) from problem
    if not Path(path).is_file():
        raise errors.BadArgument(f"there is no file {path!r}; check the path.")
    try:
        model = onnx.load(path)
    except Exception as problem:  # protobuf, onnx and the file system have no exception in common
        raise errors.BadArgument(
            f"{path!r} is not read as an ONNX file ({str(problem).splitlines()[0] if str(problem) else 'no reason'}); "
            f"export the network again, or give a module of torch."
        ) from problem
    if not model.graph.node:
        raise errors.BadArgument(f"{path!r} holds no network; expected an ONNX file with at least one node.")
    return model


def _numbers(tensor: "onnx.TensorProto") -> np.ndarray:
    """The values of a constant; half precision as single."""
    from onnx import numpy_helper

    values = numpy_helper.to_array(tensor)
    return values.astype(np.float32) if values.dtype.itemsize == 2 and values.dtype.kind in "fV" else values


def _sizes(given: "onnx.ValueInfoProto") -> tuple[int, tuple[int, ...] | None]:
    """The batch that a file was made for, and the shape of one input; nothing where it is open."""
    sizes = [int(size.dim_value) for size in given.type.tensor_type.shape.dim]
    batch = max(1, sizes[0]) if sizes else 1
    return batch, tuple(sizes[1:]) if len(sizes) > 1 else None


def _agreed(path: str, own: tuple[int, ...] | None, shape: tuple[int, ...] | None) -> tuple[int, ...]:
    """The shape of the input: what was asked for, if it agrees with the file; otherwise what the file says."""
    if shape is None:
        if own is None or min(own) < 1:
            raise errors.BadArgument(
                f"{path!r} leaves the size of its input open ({own}); give it, as in trace(path, (3, 224, 224))."
            )
        return own
    if own is not None and len(own) == 1 and shape == (own[0], 1, 1):
        # The same numbers as a stack of maps of one pixel each, which is how layers of a graph have them.
        return own
    if own is not None and (len(own) != len(shape) or own[0] not in (0, shape[0])):
        raise errors.ShapeMismatch(f"{path!r} reads inputs of shape {own}, but {shape} was given; channels must agree.")
    return shape


def _called(
    node: "onnx.NodeProto", number: str, known: dict[str, Any], assembly: Assembly, banks: dict[int, str],
    opsets: dict[str, int],
) -> tuple:  # fmt: skip
    """What a node gives."""
    from onnx import helper

    inputs = [known.get(word) for word in node.input]
    place = Place(assembly, _name(node, number), banks)
    if node.op_type == "Shape" and isinstance(inputs[0], Signal):
        sizes = np.array(inputs[0].shape, np.int64)
        given = {a.name: a.i for a in node.attribute}
        return (sizes[given.get("start") : given.get("end")],)
    if not any(isinstance(value, Signal) for value in inputs):
        return _computed(node, inputs, opsets)
    found = onnx_words.WORDS.get(node.op_type)
    if found is None or node.domain not in ("", "ai.onnx"):
        raise refused(place, onnx_words.REFUSED.get(node.op_type, node.op_type))
    attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    attributes = {key: value.decode() if isinstance(value, bytes) else value for key, value in attributes.items()}
    outputs = sum(bool(word) for word in node.output)
    made = found(onnx_words.Node(place, node.op_type, inputs, attributes, outputs))
    return made if isinstance(made, tuple) else (made,)


def _computed(node: "onnx.NodeProto", inputs: list[Any], opsets: dict[str, int]) -> tuple:
    """The values of a node that reads constants only, by the reference implementation of ONNX."""
    from onnx.reference import ReferenceEvaluator

    try:
        run = ReferenceEvaluator(node, opsets=opsets)
        values = {word: value for word, value in zip(node.input, inputs, strict=True) if word}
        return tuple(run.run(None, values))
    except Exception as problem:  # whatever the reference implementation cannot do
        raise errors.BadArgument(
            f"{node.op_type} of constants could not be computed ({problem}); simplify the file so that constants are "
            f"folded."
        ) from problem


def _name(node: "onnx.NodeProto", number: str) -> str:
    """The name of the layer that results: that of the module that the weight belongs to, where the file knows it."""
    for word in node.input[1:2]:
        if word.endswith(".weight"):
            return word.removesuffix(".weight")
    return node.name.strip("/").replace("/", ".") or number
