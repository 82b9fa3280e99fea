"""Pictures of orders: what is drawn is what was asked for."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.claims.near_monotone import last_study
from blockshift.graph.perceptrons import perceptron
from blockshift.plot.order import against_nulls, cone, order_map, order_window, sizes_of_steps
from blockshift.signs.monotonicity.orders import Order


def test_the_cone_is_the_quadrant_above_and_the_values_are_the_networks():
    net = perceptron([[[1, -2]]])
    order = Order(np.array([1, -1]).reshape(2, 1, 1), [1])
    drawn = cone(net, order, [0.0, 0.0], reach=1.0).data
    axis = drawn["axis"]
    assert np.allclose(drawn["values"], axis - 2 * axis[:, None])
    assert np.array_equal(drawn["above"], (axis >= 0) & (axis[:, None] <= 0))


def test_a_map_of_an_order_shows_signs_and_agreement():
    order = Order(np.array([[[1, -1]]]), [1])
    found = order_map(order, np.array([[[0.0, 2.0]]]), np.array([[[3.0, 4.0]]]))
    assert found.data["signs"].tolist() == [[1, -1]]
    assert found.data["turned"].tolist() == [[3, -4]]
    assert found.data["picture"].tolist() == [[0, 1]]
    assert "50 % of which agree" in found.alt


def test_a_window_shows_each_order_from_near_and_the_row_in_the_last():
    rng = np.random.default_rng(0)
    one, other = (Order(rng.choice([-1, 1], (3, 6, 5)), [1]) for _ in range(2))
    x, row = rng.random((2, 3, 6, 5))
    found = order_window({"one": one, "other": other}, x, row, (3, 1), 2)
    assert np.allclose(found.data["one"], one.inputs.mean(axis=0)[3:5, 1:3])
    assert np.allclose(found.data["other"], other.inputs.mean(axis=0)[3:5, 1:3])
    assert np.allclose(found.data["turned"], (other.inputs * row).mean(axis=0))
    assert (found.data["picture"].min(), found.data["picture"].max()) == (0, 1)
    assert f"{(one.inputs > 0).mean():.0%}".rstrip("%") + " % up" in found.alt
    frame = found.axes[0].lines[0].get_xydata()
    assert (frame.min(axis=0).tolist(), frame.max(axis=0).tolist()) == ([0.5, 2.5], [2.5, 4.5])
    for bad in ({"corner": (5, 0)}, {"corner": (0, -1)}, {"row": row[:, 1:]}):
        with pytest.raises(errors.ShapeMismatch, match="window inside"):
            order_window({"one": one}, **{"x": x, "row": row, "corner": (0, 0), "side": 2} | bad)


def test_networks_stand_beside_their_nulls():
    study = last_study()
    drawn = against_nulls(study, ["λ"], level=0.0)
    assert drawn.data["trained, λ"].shape == (len(study.networks), 3)
    assert (drawn.data["trained, λ"][:, 0] == [study.interval(n, "trained", "λ")[0] for n in study.networks]).all()
    draws = sum(len(study.draws(n, k)) for n in study.networks for k in study.nulls)
    assert len(drawn.data["nulls, λ"]) == draws
    lines = sizes_of_steps(study, ["mnist-mlp"])
    assert lines.data["rays"].shape == (1, len(study.effort["sizes"]))


def test_refuses_planes_that_are_none_and_pictures_of_another_shape():
    with pytest.raises(errors.ShapeMismatch, match="plane"):
        cone(perceptron([[[1, 1, 1]]]), Order(np.ones((3, 1, 1)), [1]), [0, 0])
    with pytest.raises(errors.ShapeMismatch, match="expected equal"):
        order_map(Order(np.ones((1, 2, 2)), [1]), np.ones((1, 3, 3)))
