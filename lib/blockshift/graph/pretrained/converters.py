"""Weights as their packages hold them, as state dicts of our architectures: other names, other orders of axes.

Keras and TensorFlow keep a kernel as (height, width, in, out) and a dense matrix as (in, out); torch keeps them as
(out, in, height, width) and (out, in). Nothing else is changed: not one number.
"""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from blockshift.graph.pretrained import plain_arrays

#: State dict of SqueezeNet: where the eight fire modules stand.
FIRES = {2: 3, 3: 4, 4: 6, 5: 7, 6: 9, 7: 10, 8: 11, 9: 12}
#: Convolutions in the blocks of VGG16.
VGG16 = (2, 2, 3, 3, 3)


def _turned(kernel: np.ndarray) -> Any:
    """A kernel or a dense matrix of Keras as torch has it."""
    import torch

    kernel = np.asarray(kernel, dtype=np.float32)
    return torch.tensor(np.ascontiguousarray(kernel.transpose(3, 2, 0, 1) if kernel.ndim == 4 else kernel.T))


def _vector(values: Any) -> Any:
    """A vector of Keras as torch has it."""
    import torch

    return torch.tensor(np.asarray(values, dtype=np.float32))


def state_dict(content: bytes) -> Mapping[str, Any]:
    """The tensors of a state dict of torch; nothing in the file but tensors is looked at."""
    import torch

    return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)


def squeezenet(content: bytes) -> dict[str, Any]:
    """SqueezeNet 1.1 out of a pickle of arrays: kernel and bias under each name of Caffe's."""
    names = {"conv1": "features.0", "conv10": "classifier.1"}
    for fire, place in FIRES.items():
        for part in ("squeeze1x1", "expand1x1", "expand3x3"):
            names[f"fire{fire}/{part}"] = f"features.{place}.{'squeeze' if part == 'squeeze1x1' else part}"
    arrays = plain_arrays.load(content)
    found = {}
    for theirs, ours in names.items():
        kernel, bias = arrays[theirs]
        found[f"{ours}.weight"], found[f"{ours}.bias"] = _turned(kernel), _vector(bias)
    return found


def vgg16_trunk(content: bytes) -> dict[str, Any]:
    """The convolutions of VGG16 out of a file of Keras 3."""
    import h5py

    found = {}
    place = 0
    with h5py.File(io.BytesIO(content), "r") as file:
        for block, count in enumerate(VGG16, 1):
            for i in range(count):
                group = file[f"block{block}/layers/conv2d{f'_{i}' if i else ''}/vars"]
                found[f"features.{place}.weight"] = _turned(group["0"][:])
                found[f"features.{place}.bias"] = _vector(group["1"][:])
                place += 2
            place += 1
    return found


def cifar_cnn(content: bytes) -> dict[str, Any]:
    """The six convolutions, six batch-norms and three dense layers out of a file of Keras 2."""
    import h5py

    found = {}
    norm = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}
    with h5py.File(io.BytesIO(content), "r") as file:

        def array(layer: str, values: str) -> np.ndarray:
            return file[f"model_weights/{layer}/{layer}/{values}:0"][:]

        for i in range(6):
            ending = f"_{i}" if i else ""
            place = 3 * i + (i > 1) + (i > 3)
            found[f"features.{place}.weight"] = _turned(array(f"conv2d{ending}", "kernel"))
            found[f"features.{place}.bias"] = _vector(array(f"conv2d{ending}", "bias"))
            for theirs, ours in norm.items():
                found[f"features.{place + 2}.{ours}"] = _vector(array(f"batch_normalization{ending}", theirs))
        for i in range(3):
            ending = f"_{i}" if i else ""
            found[f"classifier.{3 * i}.weight"] = _turned(array(f"dense{ending}", "kernel"))
            found[f"classifier.{3 * i}.bias"] = _vector(array(f"dense{ending}", "bias"))
    return found
