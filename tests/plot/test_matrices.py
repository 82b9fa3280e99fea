"""The matrix: what is drawn is A and its powers, and the last one is empty."""

from fractions import Fraction

import numpy as np
import pytest

from blockshift import errors
from blockshift.graph import blocks
from blockshift.graph.network import Network
from blockshift.plot import matrices

RNG = np.random.default_rng(0)
EXACT = Network.from_weights([np.array([[Fraction(1, 2), 2]], dtype=object), np.array([[-3]], dtype=object)])

NETWORKS = {
    "one layer, width one": Network.from_weights([[[2]]]),
    "a chain": Network.from_weights([[[2]], [[-3]]]),
    "small": Network.from_weights([[[1, 2], [0, -1]], [[3, 1]]]),
    "only zeros": Network.from_weights([[[0, 0]], [[0]]]),
    "fractions": EXACT,
    "wide": Network.random((30, 12, 12, 3), rng=RNG),
    "deep": Network.random((2, 3, 3, 4, 4, 3, 3, 2, 2), rng=RNG),
    "lopsided": Network.random((784, 30, 10), rng=RNG),
}


@pytest.mark.parametrize("net", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("by", ["sign", "layer"])
def test_the_adjacency_matrix_is_drawn(net, by):
    drawing = matrices.adjacency(net, by=by)
    assert np.array_equal(drawing.data["A"], net.adjacency().astype(float))
    assert drawing.data["widths"].tolist() == list(net.widths)
    assert len(drawing.axes[0].images) == net.depth
    assert drawing.png()


def test_each_block_lies_where_its_rows_and_columns_are():
    net = NETWORKS["wide"]
    for picture, (rows, columns) in zip(
        matrices.adjacency(net).axes[0].images, blocks.positions(net.widths), strict=True
    ):
        assert picture.get_extent() == [columns.start, columns.stop, rows.stop, rows.start]


def test_alt_counts_sizes_and_signs():
    alt = matrices.adjacency(NETWORKS["small"]).alt
    assert "5 by 5, cut into 3 by 3 blocks" in alt
    assert "W_1 of 2 by 2, W_2 of 1 by 2, with 4 positive and 1 negative" in alt


def test_numbers_are_written_where_they_are_short_and_exact():
    written = {text.get_text() for text in matrices.adjacency(EXACT).axes[0].texts}
    assert {"1/2", "2", "−3", "$W_{1}$", "$W_{2}$"} <= written
    random = {text.get_text() for text in matrices.adjacency(Network.random((2, 2), rng=RNG)).axes[0].texts}
    assert random == {"$W_{1}$"}


def test_a_dark_cell_is_a_large_weight():
    (picture,) = matrices.adjacency(Network.from_weights([[[4, 1, 0]]])).axes[0].images
    large, small, none = picture.get_array()[0].sum(axis=-1)
    assert large < small < none


@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "lopsided"])
def test_oracle_powers_are_those_of_the_dense_matrix(name):
    net = NETWORKS[name]
    drawing = matrices.powers(net)
    A = net.adjacency().astype(float)
    assert list(drawing.data) == [f"A^{k}" for k in range(1, net.depth + 2)]
    for k in range(1, net.depth + 2):
        assert np.allclose(drawing.data[f"A^{k}"], np.linalg.matrix_power(A, k))
    assert drawing.png()


def test_the_power_after_the_last_is_empty():
    drawing = matrices.powers(NETWORKS["small"])
    *others, last = drawing.axes
    assert [len(ax.images) for ax in others] == [2, 1]
    assert not last.images
    assert not drawing.data["A^3"].any()
    assert [text.get_text() for text in last.texts] == ["$0$"]
    assert "$A^{3}$" in last.get_title()
    assert drawing.alt.endswith("A to the power 3 is zero.")


def test_refuses_more_nodes_than_pixels():
    with pytest.raises(errors.TooLarge, match="pixel"):
        matrices.adjacency(Network.from_weights([np.ones((1, 1000))]))


def test_refuses_more_powers_than_fit():
    with pytest.raises(errors.TooLarge, match="13 powers"):
        matrices.powers(Network.from_weights([[[1]]] * 12))


def test_refuses_the_wrong_number_of_axes():
    axes = matrices.powers(NETWORKS["small"]).axes
    with pytest.raises(errors.BadArgument, match="need 2"):
        matrices.powers(NETWORKS["one layer, width one"], axes=axes)


def test_refuses_colours_that_are_not_known():
    with pytest.raises(errors.UnknownName, match="mood"):
        matrices.powers(NETWORKS["small"], by="mood")
