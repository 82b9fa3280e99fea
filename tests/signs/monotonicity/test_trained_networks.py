"""On every trained network that is installed the active subnetwork's Jacobian is that of automatic differentiation.

The measurement is that of ``python -m chapters.data.jacobians``, at one picture and for the largest output; the record
of the whole one is held to the same bounds.
"""

import json

import numpy as np
import pytest
from chapters.data import jacobians

import blockshift as bs
from trained_networks import need

#: In double precision, of every entry, relative to the largest of its row; in single precision with the same neurons
#: on, of the whole row relative to its length.
CLOSE = 1e-5
#: In single precision as it is, with a few neurons at a kink among millions on for one and off for the other.
NEAR = 1e-2

STORED = json.loads(jacobians.FILE.read_text(encoding="utf-8"))
LISTED = bs.models().names


@pytest.mark.parametrize("name", LISTED)
def test_oracle_the_jacobian_is_that_of_automatic_differentiation(name):
    need(name, "imagenet", "cifar10")
    found = jacobians.measured(name, pictures=1, outputs=1)
    assert found["nodes"] == STORED["networks"][name]["nodes"]
    # Only a file of ONNX has no module.
    assert (found["module"] is None) == (bs.model(name).module is None)
    assert found["module"] is None or found["module"] <= CLOSE
    assert found["graph"] <= CLOSE
    assert found["single, same neurons"] <= CLOSE
    assert found["single"] <= NEAR


def test_the_record_has_every_network_of_the_list_within_the_bounds():
    assert set(STORED["networks"]) == set(LISTED)
    for found in STORED["networks"].values():
        assert (found["pictures"], found["rows"]) == (jacobians.PICTURES, jacobians.OUTPUTS)
        assert max(found["graph"], found["single, same neurons"], found["module"] or 0.0) <= CLOSE
        assert found["single"] <= NEAR


def test_the_record_has_all_outputs_of_one_image_in_less_than_five_minutes():
    timed = STORED[jacobians.TIMED]
    assert (timed["command"], timed["outputs"]) == (f"blockshift {jacobians.QUESTION}", 1000)
    assert timed["processor seconds of λ alone"] < timed["processor seconds"] < 300
    assert timed["seconds"] < 300
    assert abs(timed["λ"]) < 1


@pytest.mark.parametrize("road", ["through_module", "through_graph"])
def test_one_neuron_switched_off_is_found(road, monkeypatch):
    def lame(seen, outputs):
        on = int(np.flatnonzero(seen.slopes[1].numpy().ravel())[0])
        seen.slopes[1].view(-1)[on] = 0
        return whole(seen, outputs)

    whole = bs.Tangent.jacobian
    monkeypatch.setattr(bs.Tangent, "jacobian", lame)
    found = jacobians.measured("mnist-mlp", pictures=1, outputs=1)
    assert found[road.removeprefix("through_")] > CLOSE


def test_errors_are_relative_to_the_largest_entry_of_a_row():
    rows, expected = np.array([[1.0, 10.0], [0.0, 0.0]]), np.array([[1.5, 10.0], [0.0, 0.0]])
    assert jacobians.largest_error(rows, expected) == 0.05
    assert jacobians.largest_error(rows + 1e-9, expected) == np.inf
