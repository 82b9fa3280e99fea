"""An exported program as a module that calls torch's usual functions, by their usual names, one after the other.

What ``torch.export`` writes down are operators of torch's core, with arguments in the order of the core. Here each
becomes the function of torch that a person would have called, so that whoever reads networks has one language to know.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import fx, nn
from torch.nn import functional

from blockshift import errors


def _batch_norm(x, weight, bias, mean, variance, training, momentum, eps, *_):
    """Batch-norm with its arguments in the order of the core."""
    return functional.batch_norm(x, mean, variance, weight, bias, False, momentum, eps)


#: Operators whose function has another name or another order of arguments.
OTHERWISE: dict[str, Callable] = {
    "batch_norm": _batch_norm,
    "_native_batch_norm_legit_no_training": _batch_norm,
    "hardtanh": functional.hardtanh,
    "pad": functional.pad,
    "constant_pad_nd": functional.pad,
    "view": torch.reshape,
    "_unsafe_view": torch.reshape,
    "dropout": lambda x, *_: x,
    "alias": lambda x: x,
    "clone": lambda x, **_: x,
}


#: What an operator on tensors takes first.
TENSORS = ("Tensor", "List[Tensor]")


class Exported(nn.Module):
    """A module that carries out the calls of a program, in their order.

    Parameters
    ----------
    program : torch.fx.GraphModule
        What ``ExportedProgram.module()`` gives.

    Raises
    ------
    BadArgument
        If it calls something that is no function of torch, or returns more than one value.
    """

    def __init__(self, program: fx.GraphModule):
        super().__init__()
        self._names: dict[str, str] = {}
        self._calls: list[tuple[str, Callable, tuple, dict]] = []
        for node in program.graph.nodes:
            if node.op == "placeholder":
                self._input = node.name
            elif node.op == "get_attr":
                self._names[node.name] = str(node.target)
                self._hold(str(node.target), _found(program, str(node.target)))
            elif node.op == "call_function":
                self._calls.append((node.name, function_of(node.target), node.args, node.kwargs))
            elif node.op == "output":
                results = [value for value in node.args[0] if value is not None]
                if len(results) != 1:
                    raise errors.BadArgument(f"the network returns {len(results)} values; export it with one.")
                self._output = results[0].name

    def _hold(self, name: str, tensor: torch.Tensor) -> None:
        """Keeps a tensor under the name that it had."""
        place: nn.Module = self
        *path, last = name.split(".")
        for step in path:
            if step not in place._modules:
                place.add_module(step, nn.Module())
            place = place._modules[step]  # type: ignore[assignment]
        if isinstance(tensor, nn.Parameter):
            place.register_parameter(last, tensor)
        else:
            place.register_buffer(last, tensor)

    def forward(self, x):
        values = {self._input: x}
        values.update({node: _found(self, name) for node, name in self._names.items()})
        for name, call, args, kwargs in self._calls:
            args, kwargs = fx.node.map_arg((args, kwargs), lambda node: values[node.name])
            values[name] = call(*args, **kwargs)
        return values[self._output]


def _found(module: nn.Module, name: str) -> Any:
    """The tensor of that name in a module."""
    found: Any = module
    for step in name.split("."):
        found = getattr(found, step)
    return found


def function_of(target: Any) -> Callable:
    """The function of torch that does what an operator of its core does.

    Raises
    ------
    BadArgument
        If there is none, or the operator is not one on tensors.
    """
    if not isinstance(target, torch._ops.OpOverload):
        return target
    name = target._schema.name.removeprefix("aten::").removesuffix("_")
    first = str(target._schema.arguments[0].type) if target._schema.arguments else ""
    if first not in TENSORS:  # such as an operator that opens a file
        raise errors.BadArgument(f"the network calls {target}, which takes no tensor; export it without that.")
    for found in (OTHERWISE.get(name), getattr(functional, name, None), getattr(torch, name, None)):
        if found is not None:
            return found
    raise errors.BadArgument(
        f"the network calls {target}, for which torch has no function; export what comes before it."
    )
