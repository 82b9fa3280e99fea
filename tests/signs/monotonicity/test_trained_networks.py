"""On every trained network that is installed the active subnetwork's Jacobian is that of automatic differentiation.

Twice: through the layered graph in double precision, where the two must agree; and, where the network is a module and
no file, through the module itself in single precision, where a neuron whose sum is within rounding of a kink may be on
for one and off for the other, which moves single derivatives by more than rounding, but not
the whole.
"""

import numpy as np
import pytest
import torch

from blockshift.graph.pretrained import doors, pictures
from blockshift.graph.tangents import Tangent
from blockshift.graph.tracing.networks import trace

#: In double precision, relative to the largest derivative of the output.
CLOSE = 1e-5
#: In single precision, of the whole row, relative to its length: a few neurons at a kink among a million.
NEAR = 1e-2

INSTALLED = [entry.name for entry in doors.models().entries if entry.installed]


@pytest.mark.parametrize("name", INSTALLED)
def test_oracle_the_jacobian_is_that_of_automatic_differentiation(name):
    model = doors.model(name)
    x = pictures.pictures(model, count=1).inputs[0]
    dag = trace(model.file if model.module is None else model.module, model.input_shape, check=False)
    seen = Tangent.at(dag, x.astype(np.float64))
    k = int(seen.y.argmax())
    row = seen.jacobian([k])[0]

    given = torch.from_numpy(x.astype(np.float64)).requires_grad_()
    states = dag.forward(given)
    answers = torch.cat([states[place][1].reshape(-1) for place in dag.outputs])
    (expected,) = torch.autograd.grad(answers[k], given)
    assert np.abs(row - expected.numpy()).max() <= CLOSE * float(expected.abs().max())

    if model.module is None:
        return
    given = torch.from_numpy(x)[None].requires_grad_()
    answers = model.module(given).reshape(-1)
    (expected,) = torch.autograd.grad(answers[k], given)
    assert np.linalg.norm(row - expected[0].numpy()) <= NEAR * float(expected.norm())
