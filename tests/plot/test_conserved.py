"""What is kept: the flat lines are the conserved matrices, and the others do move."""

import inspect

import numpy as np
import pytest

from blockshift import errors
from blockshift.flow import integrators
from blockshift.graph.network import Network
from blockshift.plot import conserved

NET = Network.random((3, 4, 4, 2), rng=np.random.default_rng(0), scale=0.5)
RUN = integrators.integrate(NET, [2, 1], t_end=5)


def test_lines_are_entries_of_the_conserved_matrices():
    drawing = conserved.kept(RUN)
    C = RUN.conserved()
    assert len(drawing.data["places"]) == 12
    for (i, u, v), line in zip(drawing.data["places"], drawing.data["kept"].T, strict=True):
        assert np.array_equal(line, C[i - 1][:, u, v])


def test_oracle_moving_entries_are_gram_matrices_of_the_incoming_weights():
    drawing = conserved.kept(RUN, contrast=True)
    for (i, u, v), line in zip(drawing.data["places"], drawing.data["moving"].T, strict=True):
        rows = [RUN.network(k).weights[i - 1] for k in range(len(RUN.t))]
        assert np.allclose(line, [W[u] @ W[v] for W in rows], rtol=0, atol=1e-14)


def test_what_is_kept_is_flat_and_what_is_not_moves():
    data = conserved.kept(RUN, contrast=True).data
    assert np.ptp(data["kept"], axis=0).max() < 1e-9
    assert np.ptp(data["moving"], axis=0).min() > 1e-2


def test_every_hidden_layer_has_its_lines():
    places = conserved.kept(RUN, entries=5).data["places"]
    assert places[:, 0].tolist() == [1, 1, 1, 2, 2, 2]
    assert (places[:, 1] <= places[:, 2]).all()


def test_the_panels_are_two_and_three_with_the_contrast():
    assert len(conserved.kept(RUN).axes) == 2
    drawing = conserved.kept(RUN, contrast=True)
    assert len(drawing.axes) == 3
    assert drawing.axes[0].get_ylim() == drawing.axes[1].get_ylim(), "one scale for both"
    assert drawing.axes[-1].get_yscale() == "log"
    assert drawing.png()


def test_the_drift_is_that_of_the_run_and_the_words_say_how_large():
    drawing = conserved.kept(RUN)
    assert np.array_equal(drawing.data["drift"], RUN.drift)
    assert f"at most {RUN.worst_drift:.3g}, below the tolerance 1e-10" in drawing.alt
    assert "above the tolerance 1e-30" in conserved.kept(RUN, tolerance=1e-30).alt


def test_the_tolerance_is_the_one_of_the_integrator():
    assert inspect.signature(integrators.integrate).parameters["rtol"].default == conserved.TOLERANCE


def test_a_run_without_any_drift_can_be_drawn():
    run = integrators.integrate(Network.from_weights([[[0]], [[0]]]), [1], at=[0, 1], t_end=1, rest=0)
    drawing = conserved.kept(run, contrast=True, log=False)
    assert not drawing.data["drift"].any()
    assert drawing.png()


def test_refuses_a_network_without_hidden_layers():
    run = integrators.integrate(Network.from_weights([[[1]]]), [2])
    with pytest.raises(errors.BadArgument, match="no hidden layer"):
        conserved.kept(run)


@pytest.mark.parametrize("wrong", [{"entries": 0}, {"tolerance": 0}])
def test_refuses_nothing_to_draw(wrong):
    with pytest.raises(errors.BadArgument, match="above 0"):
        conserved.kept(RUN, **wrong)
