"""From the HTML that a cell shows to what every builder understands: paragraphs, lists, tables, formulas, links.

The register, its drawing, derivations and tables are made for pages. A book on paper gets their words: what is
folded is unfolded, what can only be looked at on a screen or pressed is left out.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator

from bs4 import BeautifulSoup, NavigableString, PageElement, Tag
from docutils import nodes

LEFT_OUT = {"button", "form", "img", "input", "script", "select", "style", "summary", "svg", "template"}
BLOCKS = {"article", "details", "div", "dl", "figure", "figcaption", "main", "ol", "p", "pre", "section", "table", "ul"}
BLOCKS |= {f"h{n}" for n in range(1, 7)}
WORDS: dict[str, Callable[..., nodes.Element]] = {
    "b": nodes.strong,
    "strong": nodes.strong,
    "em": nodes.emphasis,
    "i": nodes.emphasis,
    "code": nodes.literal,
    "sub": nodes.subscript,
    "sup": nodes.superscript,
}
#: Spans whose words are said louder.
LOUD = {"verdict"}


def converted(html: str, page: str) -> list[nodes.Node]:
    """The nodes for a piece of HTML that stands on a page of the book."""
    return list(_blocks(BeautifulSoup(html, "html.parser").children, page))


def _blocks(parts: Iterable[PageElement], page: str) -> Iterator[nodes.Node]:
    """Blocks as they are; what stands between them in paragraphs."""
    line: list[nodes.Node] = []
    for part in parts:
        if isinstance(part, Tag) and part.name in BLOCKS:
            yield from _paragraph(line)
            line = []
            if not _is_left_out(part):
                yield from _block(part, page)
        else:
            line += _words(part, page)
    yield from _paragraph(line)


def _paragraph(line: list[nodes.Node]) -> Iterator[nodes.Node]:
    """A paragraph, if there is anything in it."""
    if any(part.astext().strip() for part in line):
        yield nodes.paragraph("", "", *line)


def _block(tag: Tag, page: str) -> Iterator[nodes.Node]:
    """One block, and before it its place if something may link there."""
    if tag.get("id"):
        yield nodes.target("", "", ids=[tag["id"]])
    if "math" in tag.get("class", ()):
        formula = tag.get_text().strip().removeprefix(r"\[").removesuffix(r"\]")
        yield nodes.math_block("", formula, nowrap=False, number=None, label=None)
    elif tag.name in ("ul", "ol"):
        list_ = (
            nodes.bullet_list()
            if tag.name == "ul"
            else nodes.enumerated_list("", enumtype="arabic", suffix=".", prefix="")
        )
        list_ += [nodes.list_item("", *_blocks(item.children, page)) for item in tag.find_all("li", recursive=False)]
        yield list_
    elif tag.name == "dl":
        yield _definitions(tag, page)
    elif tag.name == "table":
        yield _table(tag, page)
    elif tag.name == "pre":
        yield nodes.literal_block("", tag.get_text(), language="none")
    elif tag.name.startswith("h"):
        yield nodes.rubric("", "", *_inside(tag, page))
    else:
        yield from _blocks(tag.children, page)


def _definitions(tag: Tag, page: str) -> nodes.line_block:
    """A name and what is said of it, on each line."""
    lines = nodes.line_block()
    for name in tag.find_all("dt", recursive=False):
        said = name.find_next_sibling("dd")
        lines += nodes.line(
            "", "", nodes.emphasis("", "", *_inside(name, page)), nodes.Text(": "), *_inside(said, page)
        )
    return lines


def _table(tag: Tag, page: str) -> nodes.table:
    """A table; its first rows are its head where the page says so."""
    rows = tag.find_all("tr")
    columns = max(len(row.find_all(["td", "th"])) for row in rows)
    group = nodes.tgroup("", *(nodes.colspec("", colwidth=1) for _ in range(columns)), cols=columns)
    for part, is_head in ((nodes.thead(), True), (nodes.tbody(), False)):
        for row in rows:
            if (row.find_parent("thead") is not None) == is_head:
                cells = [nodes.entry("", *_blocks(cell.children, page)) for cell in row.find_all(["td", "th"])]
                part += nodes.row("", *cells)
        if part.children:
            group += part
    return nodes.table("", group)


def _words(part: PageElement, page: str) -> list[nodes.Node]:
    """What stands within a line."""
    if not isinstance(part, Tag):
        return [nodes.Text(str(part))] if type(part) is NavigableString else []
    if _is_left_out(part):
        return []
    if part.name == "br":
        return [nodes.Text(" ")]
    if part.name == "a" and part.get("href"):
        return [_link(part, page)]
    if "math" in part.get("class", ()):
        return [nodes.math("", part.get_text().strip().removeprefix(r"\(").removesuffix(r"\)"))]
    if part.name in WORDS:
        return [WORDS[part.name]("", "", *_inside(part, page))]
    if LOUD.intersection(part.get("class", ())):
        return [nodes.strong("", "", *_inside(part, page))]
    return _inside(part, page)


def _inside(tag: Tag, page: str) -> list[nodes.Node]:
    """The words of all that a tag holds."""
    return [word for child in tag.children for word in _words(child, page)]


def _link(tag: Tag, page: str) -> nodes.Node:
    """A link within the book, or to elsewhere."""
    address, words = tag["href"], _inside(tag, page)
    if "://" in address:
        return nodes.reference("", "", *words, refuri=address)
    file, _, place = address.partition("#")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(page), file.removesuffix(".html"))) if file else page
    return nodes.reference("", "", *words, internal=True, refuri=f"%{target}#{place}")


def _is_left_out(tag: Tag) -> bool:
    """Whether paper has no use for a tag."""
    return tag.name in LEFT_OUT or tag.has_attr("hidden") or tag.get("aria-hidden") == "true" or _is_skip(tag)


def _is_skip(tag: Tag) -> bool:
    """Whether a link only leads a keyboard past something."""
    return any(name.endswith("-skip") for name in tag.get("class", ()))
