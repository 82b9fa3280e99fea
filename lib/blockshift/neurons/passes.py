"""One pass of samples through any torch classifier: what its activations receive, and what comes without them.

Layers are found by watching: every call of an activation (`relu`, `tanh`, ...) is a layer, in the order of the
calls, whether a module makes it or a function, and whatever is around it (skips, branches, normalisation,
convolution). What the call receives is the local field of the layer. Batch-norm before an activation is part of the
field.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch.nn import functional
from torch.nn.modules.batchnorm import _BatchNorm
from torch.overrides import TorchFunctionMode

from blockshift import errors

#: Every function here is an activation: one call of it is one layer.
ACTIVATIONS = frozenset(
    {
        torch.relu, torch.Tensor.relu, functional.relu, functional.relu6, functional.leaky_relu, functional.hardtanh,
        torch.tanh, torch.Tensor.tanh, functional.tanh, torch.sigmoid, torch.Tensor.sigmoid, functional.sigmoid,
        functional.gelu, functional.silu, functional.mish, functional.elu, functional.selu, functional.celu,
        functional.softplus, functional.hardswish, functional.hardsigmoid, functional.softsign, functional.prelu,
        torch.erf, torch.Tensor.erf,
    }
)  # fmt: skip
MAX_POOLS = frozenset({functional.max_pool1d, functional.max_pool2d, torch.max_pool1d, torch.max_pool2d})

#: What batch-norm divides by: the running statistics, or those of the samples at hand.
BATCH_NORMS = ("running", "batch")

#: Samples in one call of the classifier.
CHUNK = 2000


class Pass(TorchFunctionMode):
    """A pass in which activations are counted, and from layer `linear_from` on replaced by the identity.

    Max-pooling above that layer is not linear either; it becomes the mean over the same windows.
    """

    def __init__(self, linear_from: int | None = None, at: int | None = None, fields=None):
        super().__init__()
        self.linear_from, self.at, self.given = linear_from, at, fields
        self.layers = 0
        self.seen: torch.Tensor | None = None

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if func in ACTIVATIONS:
            self.layers += 1
            field = kwargs.pop("input") if "input" in kwargs else args[0]
            if self.layers == self.at:
                self.seen = field.detach().clone() if self.given is None else None
                field = field if self.given is None else self.given.reshape(field.shape)
            if self.linear_from is not None and self.layers >= self.linear_from:
                return field
            if "inplace" in kwargs:
                kwargs["inplace"] = False
            return func(field, *args[1:], **kwargs)
        if func in MAX_POOLS and self.linear_from is not None and self.layers >= self.linear_from:
            return _mean_pool(func, *args, **kwargs)
        return func(*args, **kwargs)


def _mean_pool(func, input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """The mean over the windows of a max-pooling."""
    pool = functional.avg_pool1d if func in (functional.max_pool1d, torch.max_pool1d) else functional.avg_pool2d
    return pool(input, kernel_size, stride or kernel_size, padding, ceil_mode, False)


@contextmanager
def prepared(model, batch_norm: str = "running") -> Iterator[None]:
    """The model as it is asked questions: no dropout, batch-norm as said, afterwards everything as before."""
    if batch_norm not in BATCH_NORMS:
        raise errors.UnknownName(f"`batch_norm` is {batch_norm!r}; there are {', '.join(map(repr, BATCH_NORMS))}.")
    modes = [(module, module.training) for module in model.modules()]
    norms = [module for module in model.modules() if isinstance(module, _BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    counts = [norm.num_batches_tracked for norm in norms]
    tracked = [None if count is None else count.clone() for count in counts]
    model.eval()
    try:
        if batch_norm == "batch":
            for norm in norms:
                norm.train()
                norm.momentum = 0.0
        yield
    finally:
        for module, mode in modes:
            module.training = mode
        for norm, momentum, count, was in zip(norms, momenta, counts, tracked, strict=True):
            norm.momentum = momentum
            if count is not None and was is not None:
                count.copy_(was)


def as_tensor(model, X) -> torch.Tensor:
    """Samples in the precision of the model."""
    kind = next((p.dtype for p in model.parameters()), torch.get_default_dtype())
    return torch.as_tensor(np.asarray(X) if not isinstance(X, torch.Tensor) else X).to(kind)


def outputs(model, X, *, batch_norm: str = "running", linear_from: int | None = None) -> np.ndarray:
    """What the classifier gives for each sample, shape (m, classes), with layers from `linear_from` on made linear."""
    X = as_tensor(model, X)
    size = len(X) if batch_norm == "batch" else CHUNK
    with prepared(model, batch_norm), torch.no_grad():
        parts = []
        for chunk in torch.split(X, max(size, 1)):
            with Pass(linear_from=linear_from):
                parts.append(model(chunk))
    found = torch.cat(parts)
    if found.ndim != 2:
        raise errors.ShapeMismatch(
            f"the classifier gives outputs of shape {tuple(found.shape)}; expected (samples, classes)."
        )
    return found.numpy()


def answers(model, X, batch_norm: str = "running") -> np.ndarray:
    """The class that is chosen for each sample, shape (m,)."""
    return outputs(model, X, batch_norm=batch_norm).argmax(1)


def layers(model, X) -> int:
    """The number of activations that a sample meets."""
    watch = Pass()
    with prepared(model), torch.no_grad(), watch:
        model(as_tensor(model, X)[:1])
    return watch.layers


def fields(model, X, layer: int, *, batch_norm: str = "running", units=None) -> np.ndarray:
    """The local fields of one layer, shape (m, units), flattened if the layer has channels and places."""
    X = as_tensor(model, X)
    parts = []
    with prepared(model, batch_norm), torch.no_grad():
        for chunk in torch.split(X, len(X) if batch_norm == "batch" else CHUNK):
            watch = Pass(at=layer)
            with watch:
                model(chunk)
            if watch.seen is None:
                raise errors.BadArgument(f"layer {layer} was asked for; the classifier has layers 1 to {watch.layers}.")
            seen = watch.seen.flatten(1)
            parts.append(seen if units is None else seen[:, units])
    return torch.cat(parts).numpy()


def linear_map(model, X, layer: int, classes) -> np.ndarray:
    """The derivative of outputs by the fields of a layer, with the layers from there on made linear: (classes, units).

    It is taken at the first sample, and with everything linear it is the same at each.
    """
    X, classes = as_tensor(model, X[:1]), list(classes)
    with prepared(model):
        # Copy k of the sample answers for class k, so one pass backwards gives all rows.
        given = _leaf(model, X.expand(len(classes), *X.shape[1:]), layer)
        with Pass(linear_from=layer, at=layer, fields=given):
            found = model(X.expand(len(classes), *X.shape[1:]))
        (rows,) = torch.autograd.grad(found[range(len(classes)), classes].sum(), given)
    return rows.flatten(1).numpy()


def mean_gradient(model, X, layer: int, classes) -> np.ndarray:
    """The derivative of outputs by the fields of a layer as the network is, averaged over samples: (classes, units)."""
    X, rows = as_tensor(model, X), []
    with prepared(model):
        for chunk in torch.split(X, CHUNK):
            given = _leaf(model, chunk, layer)
            with Pass(at=layer, fields=given):
                found = model(chunk)
            rows.append([torch.autograd.grad(found[:, k].sum(), given, retain_graph=True)[0].sum(0) for k in classes])
    return np.stack([(sum(parts) / len(X)).flatten().numpy() for parts in zip(*rows, strict=True)])


def _leaf(model, X, layer: int) -> torch.Tensor:
    """The fields of a layer, as something to differentiate by."""
    watch = Pass(at=layer)
    with torch.no_grad(), watch:
        model(X)
    if watch.seen is None:
        raise errors.BadArgument(f"layer {layer} was asked for; the classifier has layers 1 to {watch.layers}.")
    return watch.seen.requires_grad_()


def from_fields(model, X, layer: int, h) -> np.ndarray:
    """The outputs with these fields in the layer, the layers from there on made linear, the rest as for `X`."""
    with prepared(model), torch.no_grad(), Pass(linear_from=layer, at=layer, fields=as_tensor(model, h)):
        return model(as_tensor(model, X)).numpy()


def set_statistics(model, X) -> None:
    """Give batch-norm the statistics of these samples as its running ones."""
    norms = [module for module in model.modules() if isinstance(module, _BatchNorm) and module.running_var is not None]
    found = {}

    def keep(norm, given):
        sides = [side for side in range(given[0].ndim) if side != 1]
        found[norm] = given[0].mean(sides), given[0].var(sides, correction=0)

    hooks = [norm.register_forward_pre_hook(keep) for norm in norms]
    with prepared(model, "batch"), torch.no_grad():
        model(as_tensor(model, X))
    for hook in hooks:
        hook.remove()
    for norm, (mean, variance) in found.items():
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
