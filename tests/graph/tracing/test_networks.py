"""Traced modules against the modules themselves: every operation, and networks made of them."""

import numpy as np
import pytest
import torch

import blockshift as bs
from graph.tracing import small_networks

#: A traced float64 network differs from its module by the order of sums only.
ROUNDING = 1e-9


@pytest.mark.parametrize("name", small_networks.MODULES)
def test_oracle_a_traced_network_computes_what_its_module_does(name):
    made, shape = small_networks.MODULES[name]
    torch.manual_seed(1)
    module = small_networks.unsettled(made()).double().eval()
    dag = bs.trace(module, shape, check=False)
    x = torch.from_numpy(np.random.default_rng(3).standard_normal((2, *shape)))
    with torch.no_grad():
        states = dag.forward(x.reshape(2, *dag.layers[0].shape))
        expected = module(x)
    found = torch.cat([states[place][1] for place in dag.outputs], dim=1)
    assert found.numel() == expected.numel()
    assert torch.allclose(found.reshape(expected.shape), expected, rtol=0, atol=ROUNDING)
