"""Special starts in pictures: what is drawn is what the rooms say."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.flow import balanced_starts, exact_solutions, initializations, integrators, reduced, two_layers
from blockshift.graph.network import Network
from blockshift.plot import starts

AT = np.linspace(0, 4, 41)
START = initializations.aligned((3, 4, 3), [3, 2, 1], rng=np.random.default_rng(0), product=0.05)
RUN = integrators.integrate(START, [3, 2, 1], 4.0, at=AT, rtol=1e-11)
CHAINS = reduced.chains(START, [3, 2, 1]).run(AT)


def flows(lams=(0.0, 2.0)):
    return [
        two_layers.two_layers(
            balanced_starts.lambda_balanced((3, 3, 3), lam, rng=np.random.default_rng(1), product=0.01 * np.eye(3)),
            [3, 2, 1],
        )
        for lam in lams
    ]


def test_lines_are_the_run_dots_are_the_chains_and_they_meet():
    drawing = starts.chains(RUN, CHAINS)
    np.testing.assert_allclose(drawing.data["run"], drawing.data["chains"], atol=1e-7)
    np.testing.assert_array_equal(drawing.data["chains"], CHAINS.strengths)
    above, below = drawing.axes
    lines = [line for line in above.lines if len(line.get_xdata()) == len(AT)]
    np.testing.assert_array_equal(np.array([line.get_ydata() for line in lines]).T, drawing.data["run"])
    np.testing.assert_array_equal(below.lines[0].get_ydata(), np.maximum(drawing.data["off"], starts.FLOOR))
    assert drawing.alt.startswith("Above, 3 modes")
    assert repr(drawing) == "Drawing(2 panels, data: t, run, chains, off)"


def test_a_start_that_is_not_aligned_is_seen_to_be_off():
    moved = Network(tuple(W + 0.02 for W in START.weights))
    run = integrators.integrate(moved, [3, 2, 1], 4.0, at=AT)
    found = reduced.chains(moved, [3, 2, 1], tol=np.inf).run(AT)
    assert starts.chains(run, found).data["off"].max() > 0.01


def test_growth_is_the_closed_forms():
    drawing = starts.growth(2.0, 0.01, depths=(2, 3), ratios=(1, 5))
    data = drawing.data
    np.testing.assert_array_equal(data["by_depth"][:, 1], exact_solutions.balanced_mode(data["t"], 2.0, 0.01, 3))
    np.testing.assert_allclose(data["by_ratio"][:, 0], exact_solutions.logistic(data["s"], 2.0, 0.01), rtol=1e-12)
    assert (data["by_ratio"][1:, 1] > data["by_ratio"][1:, 0]).all()
    assert "half is reached at t = " in drawing.alt
    assert [text.get_text() for text in drawing.axes[1].get_legend().get_texts()] == ["1 : 1", "5 : 1"]


def test_lazy_and_rich_are_loss_and_change_of_the_flows():
    made, t = flows(), np.linspace(0, 5, 21)
    data = starts.lazy_and_rich(made, t).data
    np.testing.assert_allclose(data["loss"][:, 1], made[1].loss(t))
    assert data["lambda"].tolist() == [0.0, pytest.approx(2.0)]
    assert data["change"][0].tolist() == [0.0, 0.0]
    first, second = made[1].weights(t[[0, -1]])
    moved = [first.mT @ first, second @ second.mT]
    expected = sum(np.sum((B[1] - B[0]) ** 2) for B in moved) / sum(np.sum(B[0] ** 2) for B in moved)
    assert data["change"][-1, 1] == pytest.approx(expected**0.5, rel=1e-10)
    assert data["change"][-1, 0] > 10 > 2 > data["change"][-1, 1]


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: starts.chains(RUN, reduced.chains(START, [3, 2, 1]).run([0, 1])), "41 times and the chains 2"),
        (lambda: starts.growth(1.0, 2.0), "0 < s0 < sigma"),
        (lambda: starts.lazy_and_rich([], [0, 1]), "0 flows"),
        (lambda: starts.lazy_and_rich(flows(), [1, 0]), "two at least"),
    ],
)
def test_refuses_what_cannot_be_drawn(call, word):
    with pytest.raises(errors.BadArgument, match=word):
        call()


def test_refuses_chains_that_all_rest():
    nothing = Network.from_weights([[[0.0]], [[0.0]]])
    run = integrators.integrate(nothing, [1], 1.0, at=[0.0, 1.0])
    with pytest.raises(errors.BadArgument, match="at rest"):
        starts.chains(run, reduced.chains(nothing, [1]).run([0, 1]))
