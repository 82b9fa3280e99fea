"""Figures to play with: a picture for each position, and the words and numbers of each."""

import re

import numpy as np
import pytest
from bs4 import BeautifulSoup

import blockshift as bs
from blockshift import errors
from blockshift.flow import exact_solutions
from blockshift.plot import frames, play


def loss_runs(depths=(1, 2), scales=(0.1, 0.5)):
    """A run for each depth and scale."""
    at = np.linspace(0, 10, 41)
    made = {(h, s): bs.Network.from_weights([s * np.eye(2)] * h) for h in depths for s in scales}
    return {key: bs.integrate(net, [2, 1], t_end=10, at=at) for key, net in made.items()}


@pytest.fixture(scope="module")
def stairs():
    return play.staircases(loss_runs(), [2, 1], knobs=("layers", "scale"), begin=(1, 0))


def test_each_combination_has_its_own_picture_and_words(stairs):
    page = BeautifulSoup(stairs.html(), "html.parser")
    pictures = page.select(".frames-shown > img")
    assert len(pictures) == 4
    assert len({picture["src"] for picture in pictures}) == len({picture["alt"] for picture in pictures}) == 4
    assert [picture.has_attr("hidden") for picture in pictures] == [True, True, False, True]
    assert pictures[2]["alt"] == stairs.alt == page.select_one(".frames-said").text
    assert [line.text.split(":")[0] for line in page.select("details li")] == [
        "layers 1, scale 0.1", "layers 1, scale 0.5", "layers 2, scale 0.1", "layers 2, scale 0.5",
    ]  # fmt: skip


def test_sliders_say_their_positions(stairs):
    layers, scale = BeautifulSoup(stairs.html(), "html.parser").select("input[type=range]")
    assert (layers["min"], layers["max"], layers["value"], layers["aria-valuetext"]) == ("0", "1", "1", "2")
    assert (scale["data-at-0"], scale["data-at-1"], scale["value"]) == ("0.1", "0.5", "0")


def test_the_data_are_stacked_in_the_order_of_the_knobs(stairs):
    assert stairs.data["layers"].tolist() == [1, 2]
    assert stairs.data["loss"].shape == (2, 2, 41)
    runs = loss_runs()
    assert np.array_equal(stairs.data["loss"][1, 0], runs[2, 0.1].loss)


def test_smaller_starts_of_deep_networks_take_their_steps_later(stairs):
    first = [float(re.search(r"half of a step at t = ([\d.]+)", d.alt)[1]) for d in stairs.drawings]
    assert first[2] > first[3]
    assert first[2] > first[0]


def test_a_run_that_goes_nowhere_takes_no_step():
    runs = {
        (h,): bs.integrate(bs.Network.from_weights([np.zeros((2, 2))] * h), [2, 1], t_end=1, at=[0, 1], rest=0)
        for h in (2, 3)
    }
    found = play.staircases(runs, [2, 1], knobs=["layers"])
    assert all("takes no step" in d.alt for d in found.drawings)


def test_oracle_imbalance_is_the_two_layer_equation_integrated():
    found = play.imbalances(2.0, 0.01, ratios=(1, 10))
    t, curves = found.drawings[0].data["t"], found.data["curve"]
    for ratio, curve in zip((1, 10), curves, strict=True):
        pair = bs.Network.from_weights([[[(0.01 * ratio) ** 0.5]], [[(0.01 / ratio) ** 0.5]]])
        run = bs.integrate(pair, [2.0], t_end=float(t[-1]), at=t, rtol=1e-10, rest=0)
        assert np.allclose([p.item() for p in run.products()], curve, atol=1e-7)
    assert np.array_equal(curves[0], found.data["balanced"][0])
    assert (curves[1][1:] > curves[0][1:]).all()
    half = exact_solutions.two_layer_time(1.0, 2.0, (0.01 * 10) ** 0.5, (0.01 / 10) ** 0.5)
    assert f"t = {half:.3g};" in found.drawings[1].alt


def test_runs_at_a_temperature_say_where_they_end():
    found = play.held({0.1: [[5, 3], [6, 4]], 2.0: [[9, 8], [9, 7]]}, 2, begin=[1])
    assert "between 3 and 4, the least on the way is 3, the optimum 2" in found.drawings[0].alt
    assert found.alt == found.drawings[1].alt
    assert {d.axes[0].get_ylim() for d in found.drawings} == {(0.0, 1.05 * 9)}


def test_it_is_saved_as_a_page_or_as_its_first_picture(stairs, tmp_path):
    stairs.save(tmp_path / "a.html")
    stairs.save(tmp_path / "a.svg")
    assert stairs.html() in (tmp_path / "a.html").read_text()
    assert (tmp_path / "a.svg").read_text().count("<svg") == 1
    with pytest.raises(errors.BadArgument, match="neither"):
        stairs.save(tmp_path / "a.txt")


def test_the_same_figure_has_the_same_bytes(stairs):
    again = play.staircases(loss_runs(), [2, 1], knobs=("layers", "scale"), begin=(1, 0))
    assert again.html() == stairs.html()


@pytest.mark.parametrize(
    ("knobs", "begin", "error", "word"),
    [
        ({}, None, errors.BadArgument, "nothing to move"),
        ({"a": [1]}, None, errors.BadArgument, "two positions"),
        ({"a": [1, 2]}, (2,), errors.BadArgument, "one index"),
        ({"a": [1, 2]}, (0, 0), errors.BadArgument, "one index"),
        ({"a": range(41)}, None, errors.TooLarge, "too many"),
    ],
)
def test_refuses_knobs_that_cannot_be_turned(knobs, begin, error, word):
    with pytest.raises(error, match=word):
        frames.frames(lambda *at: None, knobs, begin=begin)


def test_refuses_what_leaves_a_position_empty():
    runs = loss_runs()
    with pytest.raises(errors.BadArgument, match="names were given"):
        play.staircases(runs, [2, 1], knobs=["layers"])
    del runs[1, 0.1]
    with pytest.raises(errors.BadArgument, match="do not fill"):
        play.staircases(runs, [2, 1], knobs=["layers", "scale"])
    with pytest.raises(errors.BadArgument, match="empty"):
        play.held({0.1: [[]]}, 1)
    with pytest.raises(errors.BadArgument, match="ratios"):
        play.imbalances(1, 2)
