"""The book on paper: what the LaTeX builder gets where a page shows what only a page can.

Cells that show HTML show its words. The captions of the table of contents become parts. Chapters and figures carry the
numbers that they have on the pages, so that "Figure 7" is the same one everywhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.texescape import escape

from blockshift.claims import report
from bookbinding import figures
from bookbinding.from_html import converted

#: Letters that fit a line of a table on paper.
LINE = 84
#: Where PNG keeps what is said of a picture that stands for many.
COMMENT = "Comment"


class KeepCaptions(SphinxTransform):
    """The captions of the table of contents, put where the builder of one long document does not lose them."""

    # After the tables have been put into the page (100).
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
                shown = nodes.compound("", *([] if inline else converted(raw.astext(), page_of(raw, self.env.docname))))
                for formula in list(shown.findall(nodes.math_block)):
                    formula.replace_self(fitted(formula))
                raw.parent.replace(raw, shown.children)
        for proof in list(self.document.findall(nodes.admonition)):
            if "proof" in proof["classes"]:
                unbox(proof)
        for image in list(self.document.findall(nodes.image)):
            words = figures.described(image, Path(self.env.srcdir), COMMENT)
            if words is not None:
                standing = image.parent if isinstance(image.parent, nodes.figure) else image
                standing.parent.insert(standing.parent.index(standing) + 1, nodes.paragraph("", words))
        for table in self.document.findall(nodes.table):
            share_width(table)
        for wrapper in list(self.document.findall(nodes.compound)):
            if "part" in wrapper:
                wrapper.insert(0, nodes.raw("", rf"\part{{{escape(wrapper['part'])}}}", format="latex"))
        first = next(iter(self.document.findall(nodes.section)), None)
        if first is not None:
            make_chapter(first)


def page_of(node: nodes.Node, first: str) -> str:
    """The page that a node of the long document came from; the first page holds all others."""
    above = node.parent
    while above is not None and "docname" not in above:
        above = above.parent
    return above["docname"] if above is not None else first


def unbox(proof: nodes.admonition) -> None:
    """Set a proof as text: its box would have a bar for a title, and a proof has none."""
    for word in list(proof.findall(nodes.inline)):
        if "proof-opening" in word["classes"]:
            word.parent.replace(word, nodes.emphasis("", "", *word.children))
    parts = [part for part in proof.children if not isinstance(part, nodes.title)]
    if parts and isinstance(parts[-1], nodes.paragraph):
        parts[-1] += nodes.raw("", r"\hfill\ensuremath{\square}", format="latex")
    proof.parent.replace(proof, parts)


def fitted(formula: nodes.math_block) -> nodes.raw:
    """A displayed formula that is made smaller where it would not fit the line; a machine's are as long as they are."""
    fit = rf"\[\adjustbox{{max width=\linewidth}}{{$\displaystyle {formula.astext()}$}}\]"
    return nodes.raw("", fit, format="latex")


def share_width(table: nodes.table) -> None:
    """Give the columns of a table that would not fit a line their shares of it; what fits is left as wide as it is."""
    group = table.next_node(nodes.tgroup)
    columns = list(group.findall(nodes.colspec)) if group is not None else []
    rows = [[cell.astext() for cell in row.children] for row in table.findall(nodes.row)]
    if any(len(row) != len(columns) for row in rows):
        return
    longest = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if sum(longest) + 2 * len(longest) <= LINE:
        return
    words = [
        max((len(word) for cell in column for word in cell.split()), default=1) for column in zip(*rows, strict=True)
    ]
    for spec, most, word in zip(columns, longest, words, strict=True):
        spec["colwidth"] = max(word, min(most, LINE // len(columns)), 3)
    table["classes"] = [name for name in table["classes"] if name != "colwidths-auto"] + ["colwidths-given"]


def make_chapter(first: nodes.section) -> None:
    """Make the first page, whose title the book takes, a chapter like the others, and its sections no chapters."""
    title = first.next_node(nodes.title)
    if title is not None:
        first.insert(first.index(title) + 1, nodes.raw("", rf"\chapter{{{escape(title.astext())}}}", format="latex"))
    for section in [child for child in first.children if isinstance(child, nodes.section)]:
        heading, *rest = section.children
        first.replace(section, [nodes.rubric("", "", *heading.children), *rest])


def name_commit(app: Sphinx) -> None:
    """Put the commit on the title, where a date would be: the same source gives the same book."""
    if app.builder.format == "latex":
        commit = report.commit()
        app.builder.context["date"] = f"Commit {commit[:12]}" + (", with changes" if commit.endswith("+") else "")


def setup(app: Sphinx) -> dict[str, object]:
    """Tell Sphinx about the book on paper."""
    app.connect("builder-inited", name_commit)
    app.add_transform(KeepCaptions)
    app.add_post_transform(OnPaper)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
