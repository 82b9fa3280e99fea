"""Pictures of networks and their null models: what is drawn is what was given."""

import numpy as np
import pytest

from blockshift import errors, plot

TABLE = {
    "small": {
        "network": (0.2, 0.25),
        "nulls": {
            "sign-shuffle": {"lower": [0.3, 0.31], "upper": [0.35, 0.36]},
            "gaussian": {"lower": [0.2], "upper": [0.4]},
        },
    },
    "large": {"network": (0.3, 0.33), "nulls": {"sign-shuffle": {"lower": [0.28], "upper": [0.32]}}},
}


def test_the_table_shows_every_draw_and_says_the_least():
    found = plot.against_chance(TABLE)
    assert found.data["kinds"].tolist() == ["sign-shuffle", "gaussian"]
    assert np.array_equal(found.data["least"], [[0.35, 0.4], [0.32, np.nan]], equal_nan=True)
    assert "small between 0.200 and 0.250, draws from 0.350 (sign-shuffle), 0.400 (gaussian)" in found.alt
    marks = np.concatenate([c.get_offsets() for c in found.axes[0].collections if len(c.get_offsets())])
    assert {0.3, 0.31, 0.35, 0.36, 0.2, 0.4, 0.28, 0.32} <= set(np.round(marks[:, 0], 9))


def test_one_kind_alone_can_be_shown():
    assert plot.against_chance(TABLE, kinds=["gaussian"]).data["least"].shape == (2, 1)


def test_networks_alone_have_bands_of_their_own_and_no_draws_in_words():
    table = {"one": {"network": (0.2, 0.25), "nulls": {}}, "two": {"network": (0.3, 0.33), "nulls": {}}}
    found = plot.against_chance(table)
    assert found.alt == "Frustration of networks. one between 0.200 and 0.250; two between 0.300 and 0.330."
    boxes = [c.get_datalim(found.axes[0].transData) for c in found.axes[0].collections if len(c.get_paths()[0]) > 4]
    bands = [b for b in boxes if np.isfinite(b.height) and b.width > 0.02]
    assert len(bands) == 2
    assert all(b.height > 0.9 for b in bands)
    assert bands[0].y0 > bands[1].y1
    middles = [(b.y0 + b.y1) / 2 for b in bands]
    assert np.allclose(found.axes[0].get_yticks(), middles)


def test_training_is_drawn_from_step_zero_on():
    runs = {"cnn": {"steps": [0, 10, 100], "lower": [0.3, 0.28, 0.2], "upper": [0.4, 0.38, 0.31]}}
    found = plot.through_training(runs, nulls={"cnn": 0.39})
    assert found.data["cnn"][2].tolist() == [0.4, 0.38, 0.31]
    assert "cnn from 0.400 to 0.310" in found.alt


def test_shares_are_as_wide_as_their_weight():
    rows = [{"name": "a", "weight": 3.0, "frustrated": 0.6}, {"name": "b", "weight": 1.0, "frustrated": 0.4}]
    found = plot.shares(rows)
    assert found.data["weight"].tolist() == [0.75, 0.25]
    assert np.allclose(found.data["fraction"], [0.2, 0.4])
    assert "0.250 of the weight frustrated in all" in found.alt


def test_flips_are_counted_by_layer_and_by_channel():
    one, two = np.ones((2, 2, 2)), np.ones((3, 1, 1))
    one[0, 0, 0] = two[1] = -1
    found = plot.flipped([one, two], names=["first", "last"], columns=2)
    assert np.allclose(found.data["flipped"], [1 / 8, 1 / 3])
    assert found.data["mixed"].tolist() == [0.5, 0.0]
    assert "first 12% flipped" in found.alt


@pytest.mark.parametrize("draw", [plot.against_chance, plot.through_training, plot.shares, plot.flipped])
def test_refuses_to_draw_nothing(draw):
    with pytest.raises(errors.BadArgument, match=r"there is no|nothing to draw"):
        draw({} if draw in (plot.against_chance, plot.through_training) else [])
