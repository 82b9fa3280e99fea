"""`trace`: from a module or a file to a layered signed graph of operators."""

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from typing import Any

import numpy as np
import torch
from torch import fx, nn

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.tracing import axes, operations, symbolic, vocabulary
from blockshift.graph.tracing.assembly import Assembly
from blockshift.graph.tracing.functions import Place, refused
from blockshift.graph.tracing.signals import Signal

#: How far the traced network may be from the module, relative to the largest output: rounding in another order.
ROUNDING = {torch.float32: 1e-3, torch.float64: 1e-9}


def trace(
    network: nn.Module | str | PathLike,
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
    >>> conv = nn.Conv2d(1, 2, 3, bias=False)
    >>> conv.weight.data[:] = torch.tensor([1.0, -1.0])[:, None, None, None]
    >>> trace(nn.Sequential(conv, nn.ReLU(), nn.MaxPool2d(2)), (1, 6, 6))
    Dag(Sequential: 3 layers, 76 nodes, 320 edges, 144 negative)
      input  1×6×6  input
      0      2×4×4  convolution 3×3 from input, 288 edges, 50.0 % negative; relu
      2      2×2×2  max pooling 2×2, stride 2 from 0, 32 edges
    """
    if isinstance(network, (str, PathLike)):
        raise errors.BadArgument(f"{str(network)!r} was given; expected a module of torch.")
    if not isinstance(network, nn.Module):
        raise errors.BadArgument(
            f"a {type(network).__name__} was given; expected a module of torch, or the path of an ONNX file."
        )
    if input_shape is None:
        raise errors.BadArgument(
            "a module was given without an input shape; expected (channels, height, width), as in trace(net, "
            "(3, 224, 224))."
        )
    shape = _shape(input_shape)
    single = any(p.dtype != torch.float64 for p in network.parameters())
    assembly = Assembly(pooling, batch_norm, np.float32 if single else np.float64)
    example = _example(network, shape)
    title = name or type(network).__name__
    if symbolic.is_leaf(network):
        network = nn.Sequential(OrderedDict([(title.lower(), network)]))
    graph = symbolic.recorded(network, example)
    outputs = _carried_out(graph, assembly, network, shape)
    signals = [operations.whole(assembly, signal, "output") for signal, _ in outputs]
    dag = assembly.finished(signals, title)
    if check:
        _checked(dag, example, [(signal, value) for signal, (_, value) in zip(signals, outputs, strict=True)])
    return dag


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


def _example(network: nn.Module, shape: tuple[int, ...]) -> torch.Tensor:
    """One input, always the same."""
    first = next((p for p in network.parameters() if p.is_floating_point()), torch.zeros(()))
    values = np.random.default_rng(0).random((1, *shape))
    return torch.as_tensor(values).to(dtype=first.dtype, device=first.device)


def _carried_out(
    graph: fx.Graph, assembly: Assembly, network: nn.Module, shape: tuple[int, ...]
) -> list[tuple[Signal, torch.Tensor]]:
    """The calls of a graph as operations on signals: the outputs, with their values."""
    banks = {id(p): name for name, p in network.named_parameters(remove_duplicate=True)}
    needed = _needed(graph)
    uses = Counter(
        arg for node in needed for arg in symbolic.flat((node.args, node.kwargs)) if isinstance(arg, fx.Node)
    )
    known: dict[fx.Node, Any] = {}
    values: dict[fx.Node, Any] = {}
    inputs = [node for node in needed if node.op == "placeholder"]
    if len(inputs) != 1:
        raise errors.BadArgument(
            f"the network reads {len(inputs)} inputs; expected one. Wrap it in a module that reads one tensor."
        )
    for node in needed:
        if node.op == "output":
            continue
        values[node] = node.meta["value"]
        args, kwargs = fx.node.map_arg((node.args, node.kwargs), known.__getitem__)
        if node.op == "placeholder":
            known[node] = _shared(assembly.input(shape), uses[node])
        elif not any(isinstance(a, Signal) for a in symbolic.flat((args, kwargs))):
            known[node] = node.meta["value"]
        else:
            found = _called(node, Place(assembly, _name(node), banks), network, args, kwargs)
            known[node] = _shared(found, uses[node])
            if isinstance(found, Signal) and found.dropped:
                values[node] = values[node.all_input_nodes[0]]
    returned = [a for a in symbolic.flat(needed[-1].args) if isinstance(a, fx.Node) and isinstance(known[a], Signal)]
    if not returned:
        raise errors.BadArgument("what the network returns does not depend on its input.")
    return [(known[a], values[a]) for a in returned]


def _needed(graph: fx.Graph) -> list[fx.Node]:
    """The calls that the outputs depend on, in order."""
    nodes = list(graph.nodes)
    found, waiting = {nodes[-1]}, [nodes[-1]]
    while waiting:
        for before in waiting.pop().all_input_nodes:
            if before not in found:
                found.add(before)
                waiting.append(before)
    return [node for node in nodes if node in found]


def _shared(found: Any, uses: int) -> Any:
    """The same, marked where several operations read it."""
    if uses < 2:
        return found
    if isinstance(found, Signal):
        return replace(found, shared=True)
    if isinstance(found, (tuple, list)):
        return tuple(_shared(item, uses) for item in found)
    return found


def _name(node: fx.Node) -> str:
    """The path of the module, or where a function is called inside of one."""
    if node.op == "call_module":
        return str(node.target)
    stack = [path for path in node.meta.get("nn_module_stack", {}) if path]
    word = vocabulary.usual(_word(node))
    return f"{stack[-1]}.{word}" if stack else word


def _word(node: fx.Node) -> str:
    """The name of the function or method that is called."""
    return node.target if isinstance(node.target, str) else node.target.__name__


def _called(node: fx.Node, place: Place, network: nn.Module, args: tuple, kwargs: dict) -> Any:
    """What a call gives for signals."""
    if node.op == "call_module":
        return vocabulary.applied(place, network.get_submodule(str(node.target)), args, kwargs)
    word = _word(node)
    found = vocabulary.function(word)
    if found is None:
        raise refused(place, vocabulary.usual(word))
    try:
        return found(place, *args, **kwargs)
    except (TypeError, AttributeError) as problem:
        raise errors.BadArgument(
            f"{place.name!r} calls {word} in a way that is not known here ({problem}); write it in the usual form."
        ) from problem


def _checked(dag: Dag, example: torch.Tensor, outputs: Sequence[tuple[Signal, torch.Tensor]]) -> None:
    """That the graph computes what the module does."""
    with torch.no_grad():
        states = dag.forward(example.reshape(1, *dag.layers[0].shape))
    for signal, value in outputs:
        found = tensor(signal, states)
        scale = max(1.0, float(value.abs().max()))
        gap = float((found.reshape(value.shape) - value).abs().max())
        if not gap <= ROUNDING.get(value.dtype, 1e-2) * scale:
            raise errors.BadArgument(
                f"the traced graph gives other values than the module (by {gap:.1e}, where the largest is "
                f"{scale:.1e}): the module does something that tracing does not see, such as a hook. Remove it, or "
                f"trace a part; check=False skips this comparison."
            )


def tensor(signal: Signal, states: Sequence[tuple[Any, Any]]) -> torch.Tensor:
    """What a signal holds when the network has run, in the shape that the module gives it, for a batch of one."""
    maps = []
    for owner, channel in zip(signal.owner, signal.channel, strict=True):
        place = signal.stacks[owner].place
        maps.append(states[place][1][0, channel])
    flat = torch.stack(maps).reshape(-1)
    factors = tuple(f for axis in signal.axes for f in axis)
    order = axes.places(factors, (signal.height * signal.width, signal.width, 1))
    return flat[torch.from_numpy(order).to(flat.device)].reshape(signal.shape)
