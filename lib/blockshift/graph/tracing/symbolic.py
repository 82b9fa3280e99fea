"""A module as a list of calls, by torch's symbolic tracing, run once on real numbers.

Each call is recorded and carried out, so that shapes are numbers while the module is traced: modules that compute with
the sizes of their inputs can be traced as they are. Where a value is changed in place, later readers read the new one.
"""

import operator
from collections.abc import Callable
from typing import Any

import torch
from torch import fx, nn

from blockshift import errors


class Measured(fx.Proxy):
    """A value in the trace that knows what it was when the module ran."""

    @property
    def value(self) -> Any:
        """What it was."""
        return self.node.meta["value"]

    @property
    def shape(self):
        """The shape as numbers."""
        return self.value.shape

    @property
    def ndim(self):
        """The number of axes."""
        return self.value.ndim

    def size(self, dim=None):
        """The shape as numbers, or one of them."""
        return self.value.shape if dim is None else self.value.shape[dim]

    def dim(self):
        """The number of axes."""
        return self.value.ndim

    def numel(self):
        """The number of entries."""
        return self.value.numel()

    def __len__(self):
        return len(self.value)

    def __iter__(self):
        return iter(
            [self.tracer.create_proxy("call_function", operator.getitem, (self, i), {}) for i in range(len(self))]
        )

    def __getattr__(self, name):
        value = getattr(self.value, name)
        if torch.is_tensor(value):
            return self.tracer.create_proxy("call_function", getattr, (self, name), {})
        return super().__getattr__(name) if callable(value) else value


def is_leaf(m: nn.Module) -> bool:
    """Whether the module is one of torch's, with torch's own forward."""
    own = [getattr(type(m), name, None) for name in ("forward", "_conv_forward")]
    ours = all(method is None or method.__module__.startswith("torch.nn.modules") for method in own)
    return ours and not isinstance(m, (nn.Sequential, nn.ModuleList, nn.ModuleDict))


class Recorder(fx.Tracer):
    """The tracer: modules of torch are calls, all others are looked into.

    Parameters
    ----------
    example : Tensor
        What the network is run on, with a batch of one.
    """

    def __init__(self, example: torch.Tensor):
        super().__init__()
        self.example = example
        self._constants: dict[int, fx.Node] = {}
        self._running = False

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Whether the module is a call and not looked into."""
        return is_leaf(m)

    def proxy(self, node: fx.Node) -> fx.Proxy:
        """A value that is measured."""
        return Measured(node, self)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict) -> Any:
        """Attributes of modules are what they are; what is computed from parameters alone is a constant."""
        return attr_val

    def create_arg(self, a: Any) -> Any:
        """Tensors are constants in the graph, and leave no trace in the module."""
        if not torch.is_tensor(a):
            return super().create_arg(a)
        if id(a) not in self._constants:
            node = self.create_node("get_attr", f"constant_{len(self._constants)}", (), {})
            node.meta["value"] = a
            self._constants[id(a)] = node
        return self._constants[id(a)]

    def call_module(self, m: nn.Module, forward: Callable, args: tuple, kwargs: dict) -> Any:
        """A module is carried out where it is measured, and recorded otherwise."""
        return forward(*args, **kwargs) if self._running else super().call_module(m, forward, args, kwargs)

    def create_proxy(self, kind, target, args, kwargs, *more, **named):
        """The value of a call, carried out as well as recorded."""
        made = super().create_proxy(kind, target, args, kwargs, *more, **named)
        given = [a for a in flat((args, kwargs)) if isinstance(a, Measured) and torch.is_tensor(a.value)]
        before = [a.value._version for a in given]
        values = fx.node.map_aggregate((args, kwargs), lambda a: a.value if isinstance(a, Measured) else a)
        running, self._running = self._running, True
        try:
            made.node.meta["value"] = self._carried_out(kind, target, *values)
        finally:
            self._running = running
        changed = [a.node for a, version in zip(given, before, strict=True) if a.value._version != version]
        made.node.meta["changed"] = changed
        return made

    def _carried_out(self, kind: str, target: Any, args: tuple, kwargs: dict) -> Any:
        """The value of a call."""
        if kind == "placeholder":
            return self.example
        if kind == "call_module":
            return self.root.get_submodule(target)(*args, **kwargs)
        if kind == "call_method":
            return getattr(args[0], target)(*args[1:], **kwargs)
        return target(*args, **kwargs)


def flat(given: Any) -> list:
    """All values inside tuples, lists and dictionaries."""
    found: list = []
    fx.node.map_aggregate(given, found.append)
    return found


def recorded(module: nn.Module, example: torch.Tensor) -> fx.Graph:
    """The calls of a module in evaluation mode; each node has its value as ``meta["value"]``.

    Raises
    ------
    BadArgument
        If what the module does depends on the values of its input, or it cannot run on such an input.
    """
    modes = [(m, m.training) for m in module.modules()]
    module.eval()
    try:
        with torch.no_grad():
            graph = Recorder(example).trace(module)
    except errors.BlockshiftError:
        raise
    except fx.proxy.TraceError as problem:
        raise errors.BadArgument(
            f"what {type(module).__name__} does depends on the values of its input ({problem}); a network is a fixed "
            f"graph: trace the part without such a choice."
        ) from problem
    except (RuntimeError, ValueError, TypeError, AttributeError, NotImplementedError, IndexError) as problem:
        raise errors.BadArgument(
            f"{type(module).__name__} does not run symbolically on an input of shape {tuple(example.shape)}: "
            f"{str(problem).strip().splitlines()[0] if str(problem) else type(problem).__name__}. Check the input "
            f"shape, or trace a part of it."
        ) from problem
    finally:
        for m, mode in modes:
            m.training = mode
    _rewired(graph)
    return graph


def _rewired(graph: fx.Graph) -> None:
    """After a value is changed in place, its readers read what it was changed to."""
    order = {node: i for i, node in enumerate(graph.nodes)}
    for node in graph.nodes:
        for changed in node.meta.get("changed", ()):
            for other in [m for m in graph.nodes if order[m] < order[node] and _same_memory(m, changed)]:
                later = [user for user in other.users if order[user] > order[node]]
                if later and not (_same_memory(node, changed) and _layout(node) == _layout(other)):
                    raise errors.BadArgument(
                        f"{node.name!r} changes a part of a tensor in place that is read again later; write it without "
                        f"changes in place."
                    )
                for user in later:
                    user.replace_input_with(other, node)


def _same_memory(a: fx.Node, b: fx.Node) -> bool:
    """Whether two values lie in the same memory."""
    one, other = a.meta.get("value"), b.meta.get("value")
    if not (isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor)):
        return False
    return one.untyped_storage().data_ptr() == other.untyped_storage().data_ptr()


def _layout(node: fx.Node) -> tuple:
    """How a value lies in its memory."""
    value = node.meta["value"]
    return tuple(value.shape), value.stride(), value.storage_offset()
