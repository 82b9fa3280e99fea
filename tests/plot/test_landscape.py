"""Pictures of the landscape: what they drew is what is so."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.flow import integrators
from blockshift.flow.landscape import visits
from blockshift.graph.network import Network
from blockshift.plot import landscape


@pytest.fixture(scope="module")
def run():
    start = Network.random((2, 2, 2, 2), rng=np.random.default_rng(0), scale=0.05)
    return integrators.integrate(start, [3.0, 1.0], 600)


def test_the_minima_of_the_surface_have_loss_zero():
    found = landscape.surface(2.0).data
    assert np.allclose(found["minima"][:, 0] * found["minima"][:, 1], 2.0)
    assert found["loss"].min() < 1e-3
    assert found["loss"][80, 80] == pytest.approx(2.0)


def test_every_set_is_a_place_at_its_loss():
    found = landscape.critical_points((2, 2, 2), [1, 2]).data
    assert found["loss"].tolist() == [2.5, 0.5, 2.0, 0.0]
    assert found["learnt"].tolist() == [[0, 0], [1, 0], [0, 1], [1, 1]]
    assert found["minima"].tolist() == [0, 0, 0, 1]
    assert not found["nonstrict"].any()


def test_a_bottleneck_leaves_out_what_does_not_fit():
    found = landscape.critical_points((2, 1, 1, 2), [2, 1])
    assert found.data["loss"].tolist() == [2.5, 0.5, 2.0]
    assert found.data["minima"].tolist() == [0, 1, 0]
    assert "Learnt 1, loss 0.5: 1 global minimum" in found.alt


def test_one_layer_has_one_critical_point():
    assert landscape.critical_points((2, 2), [2, 1]).data["loss"].tolist() == [0.0]


def test_half_of_the_loss_is_gone_when_the_data_say_so():
    chain = integrators.integrate(Network.from_weights([[[0.1]], [[0.1]]]), [1], 50)
    half = landscape.escapes({"two": chain}).data["half"][0]
    assert np.interp(half, chain.t, chain.loss) < 0.25 <= chain.loss[0]


def test_a_run_that_rests_has_no_half(run):
    rest = integrators.integrate(Network.from_weights([[[1e-3]], [[1e-3]]]), [1], 0.5)
    assert np.isnan(landscape.escapes({"resting": rest}).data["half"][0])


def test_bars_are_at_the_values_of_the_stays(run):
    stays = visits.visited(run, [3.0, 1.0])
    found = landscape.itinerary(run, [3.0, 1.0], stays)
    assert found.data["critical"].tolist() == [5.0, 0.5, 0.0]
    assert found.data["learnt"].tolist() == [0, 1, 2]
    assert (found.data["begin"][1:] > found.data["end"][:-1]).all()
    assert "a nonstrict saddle with 1 learnt" in found.alt
    assert len(landscape.itinerary(run, [3.0, 1.0], stays, log=False).png()) > 1000


@pytest.mark.parametrize(
    ("draw", "word"),
    [
        (lambda: landscape.surface(0.0), "positive"),
        (lambda: landscape.critical_points((2, 2, 2), [1, 1]), "different"),
        (lambda: landscape.critical_points((2, 2, 2), [1]), "expected 2"),
        (lambda: landscape.critical_points((6,) * 6, range(6, 0, -1)), "told apart"),
        (lambda: landscape.escapes({}), "no run"),
    ],
)
def test_refuses_what_makes_no_picture(draw, word):
    with pytest.raises(errors.BadArgument, match=word):
        draw()


def test_refuses_a_run_that_lingers_nowhere(run):
    with pytest.raises(errors.BadArgument, match="nowhere"):
        landscape.itinerary(run, [3.0, 1.0], [])
