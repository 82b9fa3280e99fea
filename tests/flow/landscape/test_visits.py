"""Saddles that runs linger at: by hand, and along runs whose saddles are known."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from blockshift import errors
from blockshift.flow import integrators
from blockshift.flow.landscape import kinds, visits
from blockshift.graph.network import Network


def small_run(values, depth=3, seed=0, scale=0.01, t_end=400.0):
    d = len(values)
    start = Network.random((d,) * (depth + 1), rng=np.random.default_rng(seed), scale=scale)
    return integrators.integrate(start, values, t_end)


@pytest.fixture(scope="module")
def run():
    return small_run([4.0, 2.0, 1.0])


def test_a_run_visits_the_saddles_in_the_order_in_which_it_learns(run):
    stays = visits.visited(run, [4.0, 2.0, 1.0])
    assert [s.learnt for s in stays if s.kind != kinds.NOT_CRITICAL] == [(), (1,), (1, 2), (1, 2, 3)]
    assert [s.kind for s in stays[::2]] == [kinds.NONSTRICT] * 3 + [kinds.MINIMUM]
    assert {s.kind for s in stays[1::2]} == {kinds.NOT_CRITICAL}


def test_stays_cover_the_run_and_do_not_overlap(run):
    stays = visits.visited(run, [4.0, 2.0, 1.0])
    assert (stays[0].begin, stays[-1].end) == (run.t[0], run.t[-1])
    assert all(a.end < b.begin for a, b in itertools.pairwise(stays))
    assert all(s.begin <= s.slowest <= s.end for s in stays)


def test_every_stay_has_a_certificate_that_holds(run):
    for stay in visits.visited(run, [4.0, 2.0, 1.0]):
        if stay.kind == kinds.NOT_CRITICAL:
            assert stay.point.certificate is None
        else:
            assert stay.point.certificate.verify([4.0, 2.0, 1.0])
            assert stay.apart < 0.2
            assert stay.margin > 5


def test_two_layers_linger_at_strict_saddles():
    run = small_run([4.0, 1.0], depth=2, scale=1e-4, t_end=60)
    stays = [s for s in visits.visited(run, [4.0, 1.0]) if s.kind != kinds.NOT_CRITICAL]
    assert [(s.learnt, s.kind) for s in stays] == [((), kinds.STRICT), ((1,), kinds.STRICT), ((1, 2), kinds.MINIMUM)]


def test_a_large_layer_in_the_middle_makes_the_saddle_strict():
    # W_2 is large and the others small: the critical point beside it has an open pair of layers 1 and 3.
    nets = [Network.from_weights([[[1e-4]], [[1.0]], [[1e-4]]])]
    (stay,) = visits.visited(SimpleNamespace(t=[0.0], network=nets.__getitem__), [4])
    assert stay.kind == kinds.STRICT
    assert stay.point.certificate.verify([4])


def test_the_right_map_is_not_enough_where_the_weights_move():
    nets = [Network.from_weights([[[0.0]], [[3.0]], [[3.0]]])]
    (stay,) = visits.visited(SimpleNamespace(t=[0.0], network=nets.__getitem__), [4])
    assert stay.kind == kinds.NOT_CRITICAL


def test_modes_that_are_nearly_equal_are_learnt_as_a_mixture():
    c, s = np.cos(0.6), np.sin(0.6)
    layer = np.array([[c, s], [0, 0]])
    nets = [Network((layer, layer.T))]  # a projection onto a direction between the two modes
    holder = SimpleNamespace(t=[0.0], network=nets.__getitem__)
    (blurred,) = visits.visited(holder, [1.0, 0.95])
    assert (blurred.learnt, blurred.kind) == ((1,), kinds.STRICT)
    (sharp,) = visits.visited(holder, [1.0, 0.95], blur=0.01)
    assert sharp.kind == kinds.NOT_CRITICAL


def test_as_many_modes_of_a_group_are_named_as_are_learnt():
    layer = np.diag([1.0, 1.0, 0.0])
    nets = [Network((layer, layer))]
    (stay,) = visits.visited(SimpleNamespace(t=[0.0], network=nets.__getitem__), [1.0, 0.97, 0.94])
    assert stay.learnt == (1, 2)


def test_refuses_shares_that_are_none_and_data_that_are_zero(run):
    with pytest.raises(errors.BadArgument, match="shares"):
        visits.visited(run, [4.0, 2.0, 1.0], slow=1.5)
    with pytest.raises(errors.BadArgument, match="nothing to learn"):
        visits.visited(run, [0.0])


def test_the_sentence_says_when_and_where(run):
    stays = visits.visited(run, [4.0, 2.0, 1.0])
    assert repr(stays[0]).startswith("Stay(0 ≤ t ≤ ")
    assert repr(stays[0]).endswith("nonstrict saddle, learnt: nothing)")
    assert repr(stays[1]).endswith("not critical)")
