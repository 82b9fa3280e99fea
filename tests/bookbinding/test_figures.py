"""The words and the command of every figure: from the file of the picture to the page."""

import copy
from types import SimpleNamespace

import numpy as np
import pytest
from bs4 import BeautifulSoup
from docutils import nodes, utils

from blockshift.graph.network import Network
from blockshift.plot import adjacency
from bookbinding import figures
from built import checks

PAGE = """<html lang="en"><title>t</title><article><div class="cell_output"><figure id="fig-a">
<img src="a.png" alt="{alt}">
<figcaption><span class="caption-text">A.</span><div class="legend"><details class="figure-again"><summary>How</summary>
<pre>$ blockshift figure {name}</pre></details></div></figcaption></figure></div></article></html>"""


@pytest.fixture
def picture(tmp_path):
    """A drawing in a file, and its words."""
    drawing = adjacency(Network.from_weights([np.array([[1.0, -2.0]]), np.array([[3.0]])]))
    (tmp_path / "a.png").write_bytes(drawing.png())
    return tmp_path / "a.png", drawing.alt


def page_with(image, *, inside=True):
    """A document with one figure that a cell drew."""
    document = utils.new_document("page")
    figure = nodes.figure("", image, nodes.caption("", "A."), names=["fig-a"], ids=["fig-a"])
    if inside:
        document += nodes.container("", figure, classes=["cell_output"])
    else:
        document += figure
    return document


def changed(document, folder, *, builds="html"):
    """The document after the transform, for pages or for another builder."""
    transform = figures.DescribedFigures(document)
    builder = SimpleNamespace(format=builds)
    document.settings.env = SimpleNamespace(srcdir=str(folder), app=SimpleNamespace(builder=builder))
    transform.run()
    return document


def test_the_words_of_the_file_take_the_place_of_those_of_the_cell(picture):
    file, words = picture
    document = changed(page_with(nodes.image(uri="a.png", alt="By hand.")), file.parent)
    assert next(iter(document.findall(nodes.image)))["alt"] == " ".join(words.split())


def test_other_data_give_other_words(picture, tmp_path):
    other = adjacency(Network.from_weights([np.array([[1.0, 2.0]]), np.array([[3.0]])]))
    (tmp_path / "b.png").write_bytes(other.png())
    described = [figures.described(nodes.image(uri=name), tmp_path) for name in ("a.png", "b.png")]
    assert described[0] != described[1] == " ".join(other.alt.split())


def test_words_beyond_latin_letters_survive_the_file(tmp_path):
    drawing = adjacency(Network.from_weights([np.eye(2)]))
    from dataclasses import replace

    (tmp_path / "a.png").write_bytes(replace(drawing, alt="λ from 0.1 to 0.5 – ζ").png())
    assert figures.described(nodes.image(uri="a.png"), tmp_path) == "λ from 0.1 to 0.5 – ζ"


def test_under_the_figure_stands_its_command(picture):
    document = changed(page_with(nodes.image(uri="a.png")), picture[0].parent)
    (block,) = document.findall(nodes.literal_block)
    assert block.astext() == "$ blockshift figure fig-a"
    raw = "".join(node.astext() for node in document.findall(nodes.raw))
    assert raw.startswith("<details") and raw.endswith("</details>")  # noqa: PT018


def test_on_paper_the_command_stands_there_unfolded(picture):
    document = changed(page_with(nodes.image(uri="a.png")), picture[0].parent, builds="latex")
    assert [node.astext() for node in document.findall(nodes.legend)] == ["blockshift figure fig-a"]
    assert not list(document.findall(nodes.raw))


def test_a_picture_that_no_cell_drew_is_left_alone(picture):
    image = nodes.image(uri="a.png", alt="By hand.")
    document = page_with(image, inside=False)
    before = copy.deepcopy(document)
    assert changed(document, picture[0].parent).pformat() == before.pformat()


def test_a_picture_without_words_keeps_those_of_the_cell(tmp_path):
    from PIL import Image

    Image.new("L", (2, 2)).save(tmp_path / "a.png")
    assert figures.described(nodes.image(uri="a.png"), tmp_path) is None
    assert figures.described(nodes.image(uri="none.png"), tmp_path) is None


def test_the_check_of_the_built_page_can_fail(picture):
    file, words = picture

    def complaints(**given):
        text = PAGE.format(**({"alt": words.replace('"', "&quot;"), "name": "fig-a"} | given))
        (file.parent / "page.html").write_text(text, encoding="utf-8")
        return checks.figures_without_own_words(checks.Page(file.parent, "page.html"))

    assert not complaints()
    assert "not described by the words" in complaints(alt="By hand, and long ago.")[0]
    assert "how to draw" in complaints(name="fig-b")[0]
    assert BeautifulSoup(PAGE, "html.parser").find("details") is not None
