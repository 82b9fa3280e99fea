"""Weights out of a file of one's own: safetensors, or a state dict that torch reads without running code.

Which architecture they are for, a state dict does not say: its reader must.
"""

import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from blockshift import errors

#: Endings of files that torch wrote.
TORCH = (".pt", ".pth", ".bin", ".ckpt", ".tar")
#: Under which a checkpoint keeps its state dict among other things.
INSIDE = ("state_dict", "model_state_dict", "model")
#: What wrappers that train on several devices write before each name.
WRAPPED = "module."
#: What to do with a file that has code in it.
REMEDY = (
    "it was not read. Where it comes from somebody you trust, load it yourself and save what is in it: "
    "torch.save(module.state_dict(), 'weights.pth'), or safetensors, or ONNX"
)


def state_dict(path: Path) -> dict[str, Any]:
    """The tensors in a file of safetensors or of torch, by name.

    Raises
    ------
    UnsafeFile
        If the file could be read only by running code that is in it.
    BadArgument
        If it is broken, or holds no state dict.
    NotFinite
        If a weight is NaN or infinite.
    """
    found = _safetensors(path) if path.suffix == ".safetensors" else _torch(path)
    for key in INSIDE:
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    import torch

    if not isinstance(found, Mapping) or not found or not all(isinstance(v, torch.Tensor) for v in found.values()):
        raise errors.BadArgument(
            f"{path} holds no state dict; expected tensors by name, as module.state_dict() has them."
        )
    for name, tensor in found.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise errors.NotFinite(f"{name!r} in {path} has entries that are not finite; train it again, or mend them.")
    return {str(name).removeprefix(WRAPPED): tensor for name, tensor in found.items()}


def _safetensors(path: Path) -> Any:
    """The tensors of a file of safetensors, which can hold nothing else."""
    import safetensors
    import safetensors.torch

    try:
        return safetensors.torch.load(path.read_bytes())
    except safetensors.SafetensorError as problem:
        raise errors.BadArgument(f"{path} is no file of safetensors ({problem}); expected tensors by name.") from None


def _torch(path: Path) -> Any:
    """What torch reads in a file without running code."""
    import torch

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it warns of becomes one of the errors below
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as problem:  # a broken file may fail in as many ways as a pickle has instructions
        said = str(problem)
        if "TorchScript" in said:
            raise errors.UnsafeFile(f"{path} is an archive of TorchScript, a program; {REMEDY}.") from None
        if isinstance(problem, pickle.UnpicklingError) and "Unsupported" in said:
            raise errors.UnsafeFile(f"{path} holds more than tensors; {REMEDY}.") from None
        raise errors.BadArgument(f"{path} is no file of torch; expected a state dict.") from None
