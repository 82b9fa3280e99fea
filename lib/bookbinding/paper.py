"""The book on paper: what the LaTeX builder gets where a page shows what only a page can.

Cells that show HTML show its words. The captions of the table of contents become parts. Chapters and figures carry the
numbers that they have on the pages, so that "Figure 7" is the same one everywhere.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform

from bookbinding.from_html import converted


class KeepCaptions(SphinxTransform):
    """The captions of the table of contents, put where the builder of one long document does not lose them."""

    # Before the tables of contents are taken out of the page (Sphinx keeps them apart when the page has been read).
    default_priority = 500

    def apply(self, **kwargs: Any) -> None:
        """Go through the tables of the page."""
        for toctree in self.document.findall(addnodes.toctree):
            if isinstance(toctree.parent, nodes.compound) and toctree.get("caption"):
                toctree.parent["part"] = toctree["caption"]


class OnPaper(SphinxPostTransform):
    """Words for the HTML, parts for the captions."""

    # After the markup has been repaired (300), before figures get their own words (310).
    default_priority = 305
    formats = ("latex",)

    def run(self, **kwargs: Any) -> None:
        """Go through the whole book, which is one document here."""
        for raw in list(self.document.findall(nodes.raw)):
            if "html" in raw["format"].split() and isinstance(raw.parent, nodes.Element):
                inline = isinstance(raw.parent, nodes.TextElement)
                raw.parent.replace(raw, [] if inline else converted(raw.astext(), page_of(raw, self.env.docname)))
        for wrapper in list(self.document.findall(nodes.compound)):
            if "part" in wrapper:
                wrapper.insert(0, nodes.raw("", rf"\part{{{wrapper['part']}}}", format="latex"))
        first = next(iter(self.document.findall(nodes.section)), None)
        if first is not None:
            make_chapter(first)


def page_of(node: nodes.Node, first: str) -> str:
    """The page that a node of the long document came from; the first page holds all others."""
    above = node.parent
    while above is not None and not isinstance(above, addnodes.start_of_file):
        above = above.parent
    return above["docname"] if above is not None else first


def make_chapter(first: nodes.section) -> None:
    """Make the first page, whose title the book takes, a chapter like the others, and its sections no chapters."""
    title = first.next_node(nodes.title)
    if title is not None:
        first.insert(first.index(title) + 1, nodes.raw("", rf"\chapter{{{title.astext()}}}", format="latex"))
    for section in [child for child in first.children if isinstance(child, nodes.section)]:
        heading, *rest = section.children
        first.replace(section, [nodes.rubric("", "", *heading.children), *rest])


def setup(app: Sphinx) -> dict[str, object]:
    """Tell Sphinx about the book on paper."""
    app.add_transform(KeepCaptions)
    app.add_post_transform(OnPaper)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
