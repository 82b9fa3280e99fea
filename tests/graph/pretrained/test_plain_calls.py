"""Exported programs as calls of torch's usual functions: the same answers, the same graph, the same names."""

import operator

import numpy as np
import pytest
import torch

from blockshift import errors
from blockshift.graph import architectures
from blockshift.graph.pretrained import plain_calls
from blockshift.graph.tracing import networks


def exported(module, *inputs):
    """What an archive of the module would bring."""
    return plain_calls.Exported(torch.export.export(module.eval(), inputs).module()).eval()


@pytest.mark.parametrize("name", ["digit-resnet", "cifar-cnn", "squeezenet", "efficientnet-lite0"])
def test_it_answers_and_traces_as_the_module_that_was_exported(name):
    plan = architectures.named(name)
    size = plan.size if plan.size < 100 else 64
    module = plan.build(size=size)
    found = exported(module, torch.zeros(1, plan.channels, size, size))
    x = torch.from_numpy(np.random.default_rng(0).random((1, plan.channels, size, size), dtype=np.float32))
    with torch.no_grad():
        torch.testing.assert_close(found(x), module(x))
    ours, theirs = (networks.trace(m, (plan.channels, size, size)) for m in (found, module))
    assert (ours.nodes, ours.edges, ours.negative_edges) == (theirs.nodes, theirs.edges, theirs.negative_edges)
    assert sorted(ours.banks) == sorted(theirs.banks)


class Written(torch.nn.Module):
    """Calls that exist under other names."""

    def forward(self, x):
        y = torch.nn.functional.pad(x, (0, 1, 0, 1)).clone()
        y = torch.nn.functional.hardtanh(y, 0.0, 6.0).view(1, -1)
        return torch.cat([y, -y], 1)


def test_functions_with_other_names_do_the_same():
    x = torch.linspace(-8, 8, 12).reshape(1, 3, 2, 2)
    assert torch.equal(exported(Written(), x)(x), Written()(x))


def test_only_operators_on_tensors_have_a_function():
    assert plain_calls.function_of(operator.getitem) is operator.getitem
    assert plain_calls.function_of(torch.ops.aten.relu_.default) is torch.nn.functional.relu
    with pytest.raises(errors.BadArgument, match="takes no tensor"):
        plain_calls.function_of(torch.ops.aten.from_file.default)
    with pytest.raises(errors.BadArgument, match="no function"):
        plain_calls.function_of(torch.ops.aten.native_batch_norm_backward.default)


def test_refuses_a_network_with_two_results():
    class Two(torch.nn.Module):
        def forward(self, x):
            return x, -x

    with pytest.raises(errors.BadArgument, match="returns 2 values"):
        exported(Two(), torch.zeros(1, 3))
