"""A module of torch as a layered signed graph: its calls as operations on signals, compared with the module."""

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import replace
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


def graph(
    network: nn.Module, shape: tuple[int, ...] | None, *, name: str, check: bool, pooling: str, batch_norm: str
) -> Dag:  # fmt: skip
    """The graph of a module; what `networks.trace` says."""
    if not isinstance(network, nn.Module):
        raise errors.BadArgument(
            f"a {type(network).__name__} was given; expected a module of torch, or the path of an ONNX file."
        )
    if shape is None:
        raise errors.BadArgument(
            "a module was given without an input shape; expected (channels, height, width), as in trace(net, "
            "(3, 224, 224))."
        )
    single = any(p.dtype != torch.float64 for p in network.parameters())
    assembly = Assembly(pooling, batch_norm, np.float32 if single else np.float64)
    example = _example(network, shape)
    title = name or type(network).__name__
    if symbolic.is_leaf(network):
        network = nn.Sequential(OrderedDict([(title.lower(), network)]))
    calls = symbolic.recorded(network, example)
    outputs = _carried_out(calls, assembly, network, shape)
    signals = [operations.whole(assembly, signal, "output") for signal, _ in outputs]
    dag = assembly.finished(signals, title)
    if check:
        _checked(dag, example, [(signal, value) for signal, (_, value) in zip(signals, outputs, strict=True)])
    return dag


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
