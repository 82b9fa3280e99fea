"""The look: nothing global changes, colours can be told apart, a drawing shows itself once."""

import base64
import io
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import image as reader
from matplotlib.colors import to_rgb

from blockshift import errors, plot
from blockshift.graph.network import Network
from blockshift.plot import matrices, networks, style

NET = Network.from_weights([[[1, 2], [0, -1]], [[3, 1]]])


def contrast(colour, back="white"):
    """The contrast of two colours by the Web Content Accessibility Guidelines."""
    lighter, darker = sorted((style._luminance(to_rgb(c)) for c in (colour, back)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def without_green_cones(colour):
    """How a colour looks to a deuteranope: Machado, Oliveira and Fernandes 2009, severity 1, on linear light."""
    linear = np.array([c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)])
    matrix = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    return np.clip(np.array(matrix) @ linear, 0, 1)


LETTERS = [style.INK, style.QUIET, style.ACCENT, style.POSITIVE, style.NEGATIVE, *style.LAYERS, *style.sequence(9)]


@pytest.mark.parametrize("colour", LETTERS)
def test_letters_have_a_contrast_of_four_and_a_half_on_white(colour):
    assert contrast(colour) >= 4.5


def test_the_two_signs_differ_for_eyes_without_green_cones():
    blue, orange = without_green_cones(style.POSITIVE), without_green_cones(style.NEGATIVE)
    assert np.linalg.norm(blue - orange) > 0.3


#: What a program that draws finds changed afterwards; in a process of its own, where nothing was drawn before.
PROGRAM = """
import sys
import matplotlib as mpl
before = mpl.rcParams.copy()  # other ways of reading ask for the backend, which imports pyplot
from blockshift.graph.network import Network
from blockshift.plot import conserved, images, matrices, networks, runs
networks.network(Network.from_weights([[[1]]])).png()
matrices.powers(Network.from_weights([[[1]]])).png()
after = mpl.rcParams.copy()
print([name for name in before if after[name] != before[name]], "matplotlib.pyplot" in sys.modules)
"""


def test_drawing_changes_no_global_setting_and_does_not_import_pyplot():
    done = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[] False"


def test_every_public_name_is_a_function_that_draws():
    assert all(callable(getattr(plot, name)) for name in plot.__all__)


def test_a_drawing_shows_itself_as_one_picture_with_its_words_and_size():
    drawing = networks.network(NET)
    bundle, about = drawing._repr_mimebundle_()
    assert set(bundle) == {"image/png", "text/plain"}
    assert bundle["text/plain"] == drawing.alt
    pixels = reader.imread(io.BytesIO(base64.b64decode(bundle["image/png"])), format="png")
    assert about["image/png"]["width"] == round(pixels.shape[1] / 2)
    assert np.allclose(pixels[0], 1), "the margin is white"


def test_the_same_drawing_gives_the_same_bytes_and_says_what_it_shows():
    drawing = matrices.adjacency(NET)
    assert drawing.png() == drawing.png() == matrices.adjacency(NET).png()
    assert b"The adjacency matrix A, 5 by 5" in drawing.png()


def test_repr_is_a_short_sentence():
    assert repr(networks.network(NET)) == "Drawing(1 panel, data: edges, weights, nodes)"


@pytest.mark.parametrize("name", ["net.svg", "net.png"])
def test_a_drawing_is_saved_as_the_same_bytes_each_time(tmp_path, name):
    files = []
    for _ in range(2):
        networks.network(NET).save(tmp_path / name)
        files.append((tmp_path / name).read_bytes())
    assert files[0] == files[1]
    assert (b"<svg" if name.endswith("svg") else b"PNG") in files[0][:600]


def test_refuses_kinds_of_file_it_does_not_know(tmp_path):
    with pytest.raises(errors.BadArgument, match="neither"):
        networks.network(NET).save(tmp_path / "net.gif")


@given(st.lists(st.floats(0, 10), min_size=1, max_size=8).map(sorted), st.floats(0.01, 2))
def test_law_labels_spread_keep_their_order_and_distance(places, least):
    at = style.spread(places, least)
    assert len(at) == len(places)
    assert (np.diff(at) >= least * (1 - 1e-9)).all()
    assert np.isclose(at.mean(), np.mean(places))


@given(st.lists(st.floats(0, 10), min_size=1, max_size=8).map(sorted), st.floats(0.01, 2))
def test_law_groups_hold_every_place_once_and_break_at_gaps(places, least):
    groups = style.grouped(places, least)
    assert [i for group in groups for i in group] == list(range(len(places)))
    starts = [group[0] for group in groups[1:]]
    assert all((places[i] - places[i - 1] >= least) == (i in starts) for i in range(1, len(places)))
