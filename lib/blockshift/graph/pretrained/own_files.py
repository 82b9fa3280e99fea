"""Networks out of files of one's own: ONNX, archives of ``torch.export``, state dicts with an architecture by name."""

import math
from pathlib import Path

from blockshift import errors
from blockshift.graph import architectures
from blockshift.graph.pretrained import exported, preprocessing, trained, weight_files
from blockshift.graph.pretrained.trained import Model

#: Endings of files that can be read.
ENDINGS = (".onnx", ".pt2", ".safetensors", *weight_files.TORCH)
#: Batch, channels, height and width.
PICTURES = 4


def read(path: Path, architecture: str | None, size: int | None) -> Model:
    """The network in a file of one's own.

    Raises
    ------
    BadArgument
        If the file is broken, or the architecture is missing, or one too many.
    UnsafeFile
        If it could be read only by running code that is in it.
    ShapeMismatch
        If the weights are those of another architecture.
    """
    ending = path.suffix.lower()
    if ending in (".onnx", ".pt2"):
        if architecture is not None:
            raise errors.BadArgument(f"{path} brings its architecture; leave {architecture!r} out.")
        return _from_onnx(path, size) if ending == ".onnx" else _from_export(path, size)
    if architecture is None:
        raise errors.BadArgument(
            f"{path} holds weights without their architecture; name one of {', '.join(architectures.KNOWN)}."
        )
    plan = architectures.named(architecture)
    module = plan.fill(weight_files.state_dict(path), size=size)
    side = size or plan.size
    usual = {"googlenet": preprocessing.HALVES}.get(architecture, preprocessing.TORCHVISION)
    return Model(
        path.name, architecture, (plan.channels, side, side), trained.count(module), module=module,
        preprocessing=usual if plan.classes == 1000 and not plan.sized else None, source=str(path),
    )  # fmt: skip


def _from_export(path: Path, size: int | None) -> Model:
    """A network out of an archive of ``torch.export``."""
    module, (batch, *rest) = exported.load(path)
    shape = (rest[0], rest[1], rest[2])
    if size is not None and shape[1:] != (size, size):
        raise errors.BadArgument(f"the network in {path} was exported for {shape}; it cannot take pictures of {size}.")
    return Model(
        path.name, "exported by torch", shape, trained.count(module), module=module, source=str(path), batch=batch
    )  # fmt: skip


def _from_onnx(path: Path, size: int | None) -> Model:
    """A network out of a file of ONNX, which stays a file."""
    import onnx

    try:
        graph = onnx.load(path, load_external_data=False).graph
    except Exception:  # protobuf has errors of its own, in a package of its own
        raise errors.BadArgument(f"{path} is no file of ONNX; export the network again.") from None
    weights = {tensor.name for tensor in graph.initializer}
    given = [value for value in graph.input if value.name not in weights and value.type.HasField("tensor_type")]
    given = [value for value in given if value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT] or given
    dims = [d.dim_value for d in given[0].type.tensor_type.shape.dim] if len(given) == 1 else []
    if len(dims) not in (2, PICTURES) or not dims[1]:
        raise errors.BadArgument(
            f"the network in {path} has {len(given)} inputs, of shape {dims}; expected one of shape (m, c, H, W)."
        )
    if len(dims) == PICTURES:
        height, width = (size, size) if size else dims[2:]
        if not height or not width:
            raise errors.BadArgument(f"the network in {path} takes pictures of any size; name one: input_size=224.")
        shape = (dims[1], height, width)
    else:
        shape = (dims[1], 1, 1)
    measured = {name for node in graph.node if node.op_type == "BatchNormalization" for name in node.input[3:]}
    tensors = [t for t in graph.initializer if t.data_type == onnx.TensorProto.FLOAT and t.name not in measured]
    count = sum(math.prod(tensor.dims) for tensor in tensors)
    return Model(path.name, "a network in ONNX", shape, count, file=path, source=str(path))
