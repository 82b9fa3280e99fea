"""The same networks a second time, out of the same files, in NumPy: slow, literal, channels last as in the files.

Nothing of the library is used, and no pickle is opened: its numbers are found by listing its instructions.
"""

import pickletools

import h5py
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def convolution(x, kernel, bias, stride=1):
    """x of shape (H, W, C), kernel (h, w, C, K), no padding."""
    windows = sliding_window_view(x, kernel.shape[:2], axis=(0, 1))[::stride, ::stride]
    return np.tensordot(windows, kernel, axes=([3, 4, 2], [0, 1, 2])) + bias


def maximum(x, size, stride):
    """Maximum over windows; a window that the border cuts counts with what it has."""
    rows = range(0, x.shape[0] - size + stride, stride)
    columns = range(0, x.shape[1] - size + stride, stride)
    return np.array([[x[i : i + size, j : j + size].max(axis=(0, 1)) for j in columns] for i in rows])


def relu(x):
    return np.maximum(x, 0)


def cifar_scores(path, picture):
    """Scores for a picture (32, 32, 3) from 0 to 255."""
    with h5py.File(path) as file:

        def array(layer, name):
            return file[f"model_weights/{layer}/{layer}/{name}:0"][:].astype(float)

        x = picture.astype(float)
        for i, end in enumerate(["", "_1", "_2", "_3", "_4", "_5"]):
            x = relu(convolution(x, array("conv2d" + end, "kernel"), array("conv2d" + end, "bias")))
            norm = "batch_normalization" + end
            x = (x - array(norm, "moving_mean")) / np.sqrt(array(norm, "moving_variance") + 1e-3)
            x = x * array(norm, "gamma") + array(norm, "beta")
            if i in (1, 3):
                x = maximum(x, 2, 2)
        x = x.reshape(-1)
        for layer in ("dense", "dense_1", "dense_2"):
            x = relu(x @ array(layer, "kernel") + array(layer, "bias"))
    return x


def numbers_in_pickle(content):
    """The float32 arrays in a pickle of a dictionary of pairs (kernel, bias), by name, flat."""
    found, name, parts = {}, None, []
    for operation, argument, _ in pickletools.genops(content):
        if operation.name == "BINUNICODE" and argument[:4] in ("conv", "fire"):
            name, parts = argument, []
            found[name] = parts
        if operation.name in ("BINBYTES", "SHORT_BINBYTES") and len(argument) > 4:
            parts.append(np.frombuffer(argument, dtype="<f4"))
    return found


def squeezenet_scores(content, picture):
    """Scores for a picture (H, W, 3), blue first, minus the mean."""
    numbers = numbers_in_pickle(content)

    def layer(x, name, stride=1, pad=0):
        kernel, bias = numbers[name]
        size = 3 if name == "conv1" or name.endswith("3x3") else 1
        kernel = kernel.reshape(size, size, -1, len(bias)).astype(float)
        x = np.pad(x, ((pad, pad), (pad, pad), (0, 0)))
        return relu(convolution(x, kernel, bias.astype(float), stride))

    x = maximum(layer(picture.astype(float), "conv1", stride=2), 3, 2)
    for fire in range(2, 10):
        x = layer(x, f"fire{fire}/squeeze1x1")
        x = np.concatenate([layer(x, f"fire{fire}/expand1x1"), layer(x, f"fire{fire}/expand3x3", pad=1)], axis=2)
        if fire in (3, 5):
            x = maximum(x, 3, 2)
    return layer(x, "conv10").mean(axis=(0, 1))
