"""The words of torch: function, method and module names, and what each of them does to signals."""

from collections.abc import Callable
from typing import Any

from torch import nn

from blockshift.graph.tracing import arithmetic, shapes
from blockshift.graph.tracing import functions as f
from blockshift.graph.tracing.functions import Place, activated

#: By name, without the underscore that says "in place".
FUNCTIONS: dict[str, Callable] = {
    "conv1d": f.convolved(flat=True),
    "conv2d": f.convolved(flat=False),
    "conv_transpose1d": f.transposed(flat=True),
    "conv_transpose2d": f.transposed(flat=False),
    "linear": f.linear,
    "matmul": f.matmul,
    "mm": f.matmul,
    "batch_norm": f.batch_norm,
    "max_pool1d": f.max_pooled(flat=True),
    "max_pool2d": f.max_pooled(flat=False),
    "avg_pool1d": f.averaged(flat=True),
    "avg_pool2d": f.averaged(flat=False),
    "adaptive_avg_pool1d": f.adaptive(flat=True, maximum=False),
    "adaptive_avg_pool2d": f.adaptive(flat=False, maximum=False),
    "adaptive_max_pool1d": f.adaptive(flat=True, maximum=True),
    "adaptive_max_pool2d": f.adaptive(flat=False, maximum=True),
    "mean": f.mean,
    "gelu": f.gelu,
    "prelu": f.prelu,
    "softmax": f.softmax,
    "log_softmax": f.softmax,
    "dropout": f.dropout,
    "feature_dropout": f.dropout,
    "alpha_dropout": f.dropout,
    "dropout1d": f.dropout,
    "dropout2d": f.dropout,
    "cat": arithmetic.cat,
    "concat": arithmetic.cat,
    "concatenate": arithmetic.cat,
    "add": arithmetic.add,
    "sub": arithmetic.sub,
    "mul": arithmetic.mul,
    "div": arithmetic.div,
    "neg": arithmetic.neg,
    "reshape": shapes.reshape,
    "view": shapes.reshape,
    "flatten": shapes.flatten,
    "ravel": shapes.flatten,
    "unflatten": shapes.unflatten,
    "permute": shapes.permute,
    "transpose": shapes.transpose,
    "swapaxes": shapes.transpose,
    "squeeze": shapes.squeeze,
    "unsqueeze": shapes.unsqueeze,
    "channel_shuffle": shapes.channel_shuffle,
    "pixel_shuffle": shapes.pixel_shuffle,
    "pixel_unshuffle": shapes.pixel_unshuffle,
    "chunk": shapes.chunk,
    "split": shapes.split,
    "narrow": shapes.narrow,
    "getitem": shapes.getitem,
    "pad": shapes.pad,
    "interpolate": shapes.interpolate,
    "hardtanh": activated("hardtanh", "min_val", "max_val"),
    "clamp": activated("clamp", "min", "max"),
    "clip": activated("clamp", "min", "max"),
    "clamp_min": activated("clamp", "min"),
    "clamp_max": activated("clamp", "max"),
    "leaky_relu": activated("leaky_relu", "negative_slope"),
    "elu": activated("elu", "alpha"),
    "celu": activated("celu", "alpha"),
    "softplus": activated("softplus", "beta", "threshold"),
    "threshold": activated("threshold", "threshold", "value"),
    "hardshrink": activated("hardshrink", "lambd"),
    "softshrink": activated("softshrink", "lambd"),
    **{
        name: activated(name)
        for name in (
            "relu relu6 selu tanh sigmoid hardsigmoid logsigmoid softsign tanhshrink silu mish hardswish abs square "
            "atan sinh asinh erf exp sin cos sign floor ceil round"
        ).split()
    },
}
FUNCTIONS |= dict.fromkeys(
    ("contiguous", "clone", "detach", "to", "float", "type_as", "identity", "alias"), f.unchanged
)
#: Other names of the same.
SYNONYMS = {
    "iadd": "add", "isub": "sub", "imul": "mul", "truediv": "div", "itruediv": "div", "subtract": "sub",
    "multiply": "mul", "divide": "div", "true_divide": "div", "negative": "neg", "upsample": "interpolate",
    "upsample_nearest": "interpolate", "swapdims": "transpose", "absolute": "abs", "arctan": "atan",
    "expit": "sigmoid", "native_batch_norm": "batch_norm",
}  # fmt: skip


def usual(name: str) -> str:
    """The usual name of a function or method."""
    name = name.strip("_")
    return SYNONYMS.get(name, name)


def function(name: str) -> Callable | None:
    """What a function or method of that name does to signals."""
    return FUNCTIONS.get(usual(name))


def applied(place: Place, module: nn.Module, args: tuple, kwargs: dict) -> Any:
    """What a module of torch does to a signal.

    Raises
    ------
    BadArgument
        If it is not known.
    """
    for kind in type(module).__mro__:
        if kind in MODULES:
            return MODULES[kind](place, module, *args, **kwargs)
    raise f.refused(place, type(module).__name__)


def _convolution(name: str) -> Callable:
    """A convolution with the parameters of a module."""

    def call(place, m, x):
        if m.padding_mode != "zeros":
            raise f.refused(place, f"a convolution with padding_mode {m.padding_mode!r}")
        return FUNCTIONS[name](place, x, m.weight, m.bias, m.stride, m.padding, m.dilation, m.groups)

    return call


def _transposed(name: str) -> Callable:
    """A transposed convolution with the parameters of a module."""

    def call(place, m, x):
        return FUNCTIONS[name](
            place, x, m.weight, m.bias, m.stride, m.padding, m.output_padding, m.groups, m.dilation
        )  # fmt: skip

    return call


def _taking(name: str, *attributes: str) -> Callable:
    """A function that takes these attributes of the module as keywords of the same name."""

    def call(place, m, x, *args):
        return FUNCTIONS[name](place, x, *args, **{key: getattr(m, key) for key in attributes})

    return call


def _batch_norm(place, m, x):
    """A batch-norm with the statistics of a module."""
    return f.batch_norm(place, x, m.running_mean, m.running_var, m.weight, m.bias, eps=m.eps)


_POOL = ("kernel_size", "stride", "padding", "ceil_mode")
_MAX = (*_POOL, "dilation", "return_indices")
_NOTHING = (nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.AlphaDropout, nn.FeatureAlphaDropout)
_SIMPLE = {
    nn.ReLU: "relu", nn.ReLU6: "relu6", nn.SELU: "selu", nn.Tanh: "tanh", nn.Sigmoid: "sigmoid",
    nn.Hardsigmoid: "hardsigmoid", nn.LogSigmoid: "logsigmoid", nn.Softsign: "softsign",
    nn.Tanhshrink: "tanhshrink", nn.SiLU: "silu", nn.Mish: "mish", nn.Hardswish: "hardswish",
    nn.Softmax: "softmax", nn.LogSoftmax: "softmax", nn.Softmax2d: "softmax",
}  # fmt: skip
#: By class: a function of the place, the module, and what it is called with.
MODULES: dict[type, Callable] = {
    nn.Conv1d: _convolution("conv1d"),
    nn.Conv2d: _convolution("conv2d"),
    nn.ConvTranspose1d: _transposed("conv_transpose1d"),
    nn.ConvTranspose2d: _transposed("conv_transpose2d"),
    nn.Linear: _taking("linear", "weight", "bias"),
    nn.BatchNorm1d: _batch_norm,
    nn.BatchNorm2d: _batch_norm,
    nn.MaxPool1d: _taking("max_pool1d", *_MAX),
    nn.MaxPool2d: _taking("max_pool2d", *_MAX),
    nn.AvgPool1d: _taking("avg_pool1d", *_POOL, "count_include_pad"),
    nn.AvgPool2d: _taking("avg_pool2d", *_POOL, "count_include_pad", "divisor_override"),
    nn.AdaptiveAvgPool1d: _taking("adaptive_avg_pool1d", "output_size"),
    nn.AdaptiveAvgPool2d: _taking("adaptive_avg_pool2d", "output_size"),
    nn.AdaptiveMaxPool1d: _taking("adaptive_max_pool1d", "output_size", "return_indices"),
    nn.AdaptiveMaxPool2d: _taking("adaptive_max_pool2d", "output_size", "return_indices"),
    nn.Flatten: _taking("flatten", "start_dim", "end_dim"),
    nn.Unflatten: lambda place, m, x: shapes.unflatten(place, x, m.dim, m.unflattened_size),
    nn.ChannelShuffle: _taking("channel_shuffle", "groups"),
    nn.PixelShuffle: _taking("pixel_shuffle", "upscale_factor"),
    nn.PixelUnshuffle: _taking("pixel_unshuffle", "downscale_factor"),
    nn.Upsample: _taking("interpolate", "size", "scale_factor", "mode"),
    nn.ZeroPad1d: lambda place, m, x: shapes.pad(place, x, m.padding),
    nn.ZeroPad2d: lambda place, m, x: shapes.pad(place, x, m.padding),
    nn.ConstantPad1d: lambda place, m, x: shapes.pad(place, x, m.padding, value=m.value),
    nn.ConstantPad2d: lambda place, m, x: shapes.pad(place, x, m.padding, value=m.value),
    nn.Hardtanh: _taking("hardtanh", "min_val", "max_val"),
    nn.LeakyReLU: _taking("leaky_relu", "negative_slope"),
    nn.ELU: _taking("elu", "alpha"),
    nn.CELU: _taking("celu", "alpha"),
    nn.Softplus: _taking("softplus", "beta", "threshold"),
    nn.Threshold: _taking("threshold", "threshold", "value"),
    nn.Hardshrink: _taking("hardshrink", "lambd"),
    nn.Softshrink: _taking("softshrink", "lambd"),
    nn.GELU: _taking("gelu", "approximate"),
    nn.PReLU: _taking("prelu", "weight"),
    **{kind: _taking(name) for kind, name in _SIMPLE.items()},
    **dict.fromkeys(_NOTHING, lambda place, m, x: x),
}
