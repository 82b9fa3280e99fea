"""`trace`: from a module or a file to a layered signed graph of operators."""

from collections.abc import Sequence
from os import PathLike, fspath
from typing import Any

from blockshift import errors
from blockshift.graph.dag import Dag


def trace(
    network: Any,
    input_shape: Sequence[int] | None = None,
    *,
    pooling: str = "average",
    batch_norm: str = "fold",
    name: str = "",
    check: bool = True,
) -> Dag:
    """The layered signed graph of a feed-forward network.

    A convolution or a dense map is a layer, together with its activation. A batch-norm is folded into the map before
    it. A sum is one layer, in which convolutions and skip edges end. Pooling is a layer; concatenation, reshapes and
    dropout are none. What cannot be a signed graph is refused by name.

    Parameters
    ----------
    network : Module or path
        A module of torch, or the path of an ONNX file. Modules are traced in evaluation mode.
    input_shape : sequence of int
        ``(channels, height, width)``, ``(channels, length)`` or ``(d,)``; a batch of one may stand before it. Files may
        know their own.
    pooling : {"average", "ones"}
        Weights of a max-pooling: 1 / count, or 1. Average pooling always has 1 / count.
    batch_norm : {"fold", "diagonal"}
        Whether a batch-norm is folded into the kernel before it where there is one, or always is a layer of its own.
    name : str
    check : bool
        Whether the graph is run beside the module on one random input, and refused if it gives other values.

    Returns
    -------
    Dag

    Raises
    ------
    BadArgument
        If the network does what a signed graph cannot, or depends on the values of its input.
    ShapeMismatch
        If an input of that shape does not fit.

    Source: [wendin2025frustration], graph of a convolutional network; claim P2-C10.

    Examples
    --------
    >>> import torch
    >>> conv = torch.nn.Conv2d(1, 2, 3, bias=False)
    >>> conv.weight.data[:] = torch.tensor([1.0, -1.0])[:, None, None, None]
    >>> trace(torch.nn.Sequential(conv, torch.nn.ReLU(), torch.nn.MaxPool2d(2)), (1, 6, 6))
    Dag(Sequential: 3 layers, 76 nodes, 320 edges, 144 negative)
      input  1×6×6  input
      0      2×4×4  convolution 3×3 from input, 288 edges, 50.0 % negative; relu
      2      2×2×2  max pooling 2×2, stride 2 from 0, 32 edges
    """
    shape = None if input_shape is None else _shape(input_shape)
    conventions = {"pooling": pooling, "batch_norm": batch_norm}
    if isinstance(network, (str, PathLike)):
        raise errors.BadArgument(f"{fspath(network)!r} was given; expected a module of torch.")
    # Here, because torch takes seconds to come, and the front door opens without it.
    from blockshift.graph.tracing import modules

    return modules.graph(network, shape, name=name, check=check, **conventions)


def _shape(given: Sequence[int]) -> tuple[int, ...]:
    """The shape of one input."""
    try:
        shape = tuple(int(n) for n in given)
    except (TypeError, ValueError) as problem:
        raise errors.ShapeMismatch(f"the input shape {given!r} is no sequence of numbers.") from problem
    shape = shape[1:] if len(shape) == 4 and shape[0] == 1 else shape
    if not 1 <= len(shape) <= 3 or min(shape) < 1:
        raise errors.ShapeMismatch(
            f"the input shape {given} was given; expected (channels, height, width), (channels, length) or (d,), all "
            f"of them positive."
        )
    return shape
