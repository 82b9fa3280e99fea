"""Give every figure of the book the words that were computed with it, and the command that draws it again.

A drawing of the library writes its description, made from the numbers it shows, into its PNG file. Here that text
becomes the alternative text of the picture on the page, so that it changes with the data and cannot grow stale; what an
author wrote in the cell is for tools that do not know of it. Under the caption a folded line says how to make just this
figure.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from PIL import Image, UnidentifiedImageError
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
#: Where PNG keeps the words of a picture.
KEY = "Description"
SUMMARY = "Draw this figure yourself"


class DescribedFigures(SphinxPostTransform):
    """Figures that a cell drew: their own words, and their command."""

    default_priority = 310

    def run(self, **kwargs: Any) -> None:
        """Go through the figures of the page."""
        for figure in list(self.document.findall(nodes.figure)):
            image = next(iter(figure.findall(nodes.image)), None)
            name = next(iter(figure["names"]), None) or next(iter(figure["ids"]), None)
            if image is None or name is None or not is_drawn(figure):
                continue
            words = described(image, Path(self.env.srcdir))
            if words is None:
                LOGGER.warning("%s carries no words of its own; it was not drawn by blockshift.plot", name)
            else:
                image["alt"] = words
            figure += again(name) if self.app.builder.format == "html" else again_on_paper(name)


def is_drawn(figure: nodes.figure) -> bool:
    """Whether a figure is the output of a cell."""
    parent = figure.parent
    while parent is not None:
        if "cell_output" in parent.get("classes", ()):
            return True
        parent = parent.parent
    # MyST-NB puts the figure around the output or into it.
    return any("cell_output" in node.get("classes", ()) for node in figure.findall(nodes.container))


def described(image: nodes.image, root: Path, key: str = KEY) -> str | None:
    """The words in the file of a picture, or nothing."""
    place = image.get("candidates", {}).get("image/png") or image["uri"]
    file = root / str(place).lstrip("/")
    try:
        with Image.open(file) as picture:
            words = " ".join(str(getattr(picture, "text", {}).get(key, "")).split())
    except (OSError, UnidentifiedImageError):
        return None
    return words or None


def again(name: str) -> nodes.legend:
    """The folded line with the command for a figure."""
    command = nodes.literal_block("", f"$ blockshift figure {name}", language="console")
    return nodes.legend(
        "",
        nodes.raw("", f'<details class="figure-again"><summary>{SUMMARY}</summary>', format="html"),
        command,
        nodes.raw("", "</details>", format="html"),
    )


def again_on_paper(name: str) -> nodes.legend:
    """The same where nothing folds."""
    return nodes.legend("", nodes.paragraph("", "", nodes.literal("", f"blockshift figure {name}")))


def setup(app: Sphinx) -> dict[str, object]:
    """Tell Sphinx about the figures."""
    app.add_post_transform(DescribedFigures)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
