"""The source that statements link to, as pages of the book: every line can be linked to, offline.

Only files that the trail of some claim leads to are shown; they are shown whole, as they were when the book was built.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from sphinx.application import Sphinx

from bookbinding.trail import ROOT, trail

#: The name of the folder begins as that of Sphinx's own: these are no pages of the table of contents.
FOLDER = "_code"


def page(file: str) -> str:
    """The name of the page that shows a file."""
    return f"{FOLDER}/{file}"


def line(number: int) -> str:
    """The place of a line on such a page."""
    return f"line-{number}"


def files(claims: Iterable) -> list[str]:
    """The files that the trails of claims lead to."""
    found = set()
    for claim in claims:
        way = trail(claim)
        places = [way.check] if way.check else []
        found.update(at.file for at in (*places, *way.derivations, *way.library, *way.tests))
    return sorted(found)


def collect(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """A page for each of those files, in the frame of the book."""
    if app.builder.format != "html":
        return
    for file in files(claim for claim, _, _ in app.evidence.rows.values()):
        code = (ROOT / file).read_text("utf-8")
        shown = app.builder.highlighter.highlight_block(code, "python", linespans="line", lineanchors="")
        body = (
            f'<section class="code-page"><h1>{escape(file)}</h1>'
            "<p>As it was when this book was built. Statements link to its lines.</p>"
            f'<div class="highlight-python notranslate">{shown}</div></section>'
        )
        yield page(file), {"title": file, "body": body, "parents": []}, "page.html"
