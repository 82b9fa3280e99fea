"""What can be wrong with a built page, one function each.

A check takes a page, or a whole book, and returns its complaints: a list of sentences, empty when all is well. The
tests beside this file put the built book in; ``tests/house/test_page_checks.py`` puts in pages that are broken on
purpose, and demands a complaint.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml
from bs4 import BeautifulSoup, Tag

# What Sphinx and Jupyter Book write on their own, beside the pages that _toc.yml names.
GENERATED = {"genindex.html", "index.html", "prf-prf.html", "py-modindex.html", "search.html"}

# Where a reference may lead a reader who presses on it, and which licence is meant.
LIBRARIES = {
    "arxiv.org",
    "doi.org",
    "hal.science",
    "jmlr.org",
    "openreview.net",
    "papers.neurips.cc",
    "papers.nips.cc",
    "proceedings.mlr.press",
    "proceedings.neurips.cc",
    "urn.kb.se",
}
#: Where a page can be run elsewhere; only the buttons for that lead there.
MACHINES = {"mybinder.org", "colab.research.google.com"}
LICENCES = {"creativecommons.org", "opensource.org", "spdx.org"}

OUTSIDE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
OUTSIDE_IN_STYLE = re.compile(r"""(?:url\(\s*|@import\s+(?:url\(\s*)?)["']?((?:[a-z]+:)?//[^"')\s;]*)""", re.IGNORECASE)
# NB: names of XML languages look like addresses, but nothing is ever fetched from there.
OUTSIDE_IN_SCRIPT = re.compile(r"""["'](https?://(?!www\.w3\.org/)[^"'\s]*)""")

LEAKS = re.compile(r"\b(?:Traceback|Unknown|nan|NaN)\b")
RAW_SOURCE = re.compile(r"\\(?:begin|end|left|frac|mathbb)\b|\$\$|\\[(\[]|\{[a-z:]+\}`|:::|```")

# Beside its script: a font without which nothing looks right, and the packages it loads when a formula needs one.
MATHJAX_NEEDS = ("output/chtml/fonts/woff-v2/MathJax_Main-Regular.woff", "input/tex/extensions")

SHORTEST_DESCRIPTION = 20  # letters: "Figure 3" describes nothing


@dataclass(frozen=True)
class Page:
    """One HTML file of a book."""

    folder: Path
    name: str

    @cached_property
    def soup(self) -> BeautifulSoup:
        """The page, parsed."""
        return BeautifulSoup((self.folder / self.name).read_text("utf-8"), "html.parser")

    @property
    def article(self) -> Tag:
        """The part an author wrote: without menus, headers and footers."""
        return self.soup.find("article") or self.soup

    @cached_property
    def anchors(self) -> set[str]:
        """Every name that an address may end in after its ``#``."""
        named = {tag["name"] for tag in self.soup.find_all("a", attrs={"name": True})}
        return named | {tag["id"] for tag in self.soup.find_all(id=True)}


@dataclass(frozen=True)
class Book:
    """A folder of built pages."""

    folder: Path
    _pages: dict[str, Page] = field(default_factory=dict, repr=False, compare=False)

    def page(self, name: str) -> Page:
        """The page in the file of this name, parsed once."""
        return self._pages.setdefault(name, Page(self.folder, name))

    @cached_property
    def pages(self) -> list[Page]:
        """Every page of the book, with those that Sphinx writes on its own left out."""
        files = (file.relative_to(self.folder) for file in sorted(self.folder.rglob("*.html")))
        return [
            self.page(file.as_posix())
            for file in files
            if file.as_posix() not in GENERATED and not file.parts[0].startswith("_")
        ]


def toc_pages(toc: Path) -> set[str]:
    """The names of the HTML files that a ``_toc.yml`` promises."""

    def files(entry: object) -> Iterator[str]:
        if isinstance(entry, dict):
            yield from (str(entry[key]) for key in ("root", "file") if key in entry)
            entry = list(entry.values())
        if isinstance(entry, list):
            for item in entry:
                yield from files(item)

    return {re.sub(r"\.(ipynb|md)$", "", name) + ".html" for name in files(yaml.safe_load(toc.read_text("utf-8")))}


def is_outside(address: str) -> bool:
    """Whether an address names another server (``https:``, ``file:`` or the scheme-less ``//host``)."""
    return OUTSIDE.match(address) is not None


# ---- the book as a whole ---------------------------------------------------------------------------------------


def missing_pages(book: Book, promised: Iterable[str]) -> list[str]:
    """Pages that the table of contents names and the build did not write."""
    return [f"{name}: not built" for name in sorted(set(promised) - {page.name for page in book.pages})]


def stray_pages(book: Book, promised: Iterable[str]) -> list[str]:
    """Pages that were built though the table of contents does not name them."""
    return [f"{name}: not in _toc.yml" for name in sorted({page.name for page in book.pages} - set(promised))]


def front_page_faults(book: Book) -> list[str]:
    """An ``index.html`` that is absent, or does not lead to a page of the book by a relative address."""
    if not (book.folder / "index.html").exists():
        return ["index.html: not built"]
    page = book.page("index.html")
    refresh = page.soup.find("meta", attrs={"http-equiv": re.compile("^refresh$", re.IGNORECASE)})
    if refresh is None:
        return [] if page.soup.find("article") else ["index.html: neither a page nor a way to one"]
    target = str(refresh.get("content", "")).partition("url=")[2].strip()
    if is_outside(target) or not (book.folder / target).is_file():
        return [f"index.html: leads to {target!r}, which is no page of the book"]
    return []


def outside_styles(book: Book) -> list[str]:
    """Addresses outside the book in its style sheets."""
    return [
        f"{file.relative_to(book.folder).as_posix()}: {found}"
        for file in sorted(book.folder.rglob("*.css"))
        for found in OUTSIDE_IN_STYLE.findall(file.read_text("utf-8"))
    ]


def badge_faults(book: Book, record: Mapping[str, Any]) -> list[str]:
    """Claims of a record whose statement is not there once, with a badge that says in words what the record says."""
    complaints = []
    entries = {claim["id"].lower(): claim for claim in record["claims"]}
    stated = [
        (block["id"], page, block)
        for page in book.pages
        for block in page.article.select("div.proof[id]")
        if block["id"] in entries or block.select(".evidence")
    ]
    counts = Counter(label for label, _, _ in stated)
    complaints += [
        f"{claim['id']}: stated {counts[label]} times" for label, claim in entries.items() if counts[label] != 1
    ]
    for label, page, block in stated:
        claim = entries.get(label, {"verdict": "of no claim", "id": label, "scope": ""})
        badges = [tag.get_text() for tag in block.select(".evidence .verdict")]
        if badges != [claim["verdict"]]:
            complaints.append(f"{page.name}: {label} shows {badges}; the record says {claim['verdict']!r}")
        scope = " ".join(tag.get_text() for tag in block.select(".evidence-scope"))
        if not scope or (claim["verdict"] != "open" and claim["scope"] not in scope):
            complaints.append(f"{page.name}: {label} does not say for what")
        links = {link.get_text(): link["href"] for link in block.select(".evidence a")}
        wanted = [claim["id"]] + ["check", "test"] * (claim["verdict"] != "open")
        complaints += [f"{page.name}: {label} has no link {text!r}" for text in wanted if text not in links]
    return complaints


def missing_terms(book: Book, terms: Iterable[str]) -> list[str]:
    """Words that the search would not find."""
    index = book.folder / "searchindex.js"
    if not index.exists():
        return ["searchindex.js: not built"]
    # Search.setIndex({...}): the argument is JSON.
    content = json.loads(index.read_text("utf-8").partition("(")[2].rstrip().removesuffix(")"))
    known = set(content.get("terms", {})) | set(content.get("titleterms", {}))
    # The index keeps stems: "conserved" stands there as "conserv".
    return [f"searchindex.js: no {term!r}" for term in terms if not any(term[:n] in known for n in range(5, 30))]


# ---- one page --------------------------------------------------------------------------------------------------


def nameless(page: Page) -> list[str]:
    """A page that does not say its language or its title."""
    html, title = page.soup.find("html"), page.soup.find("title")
    faults = [] if html is not None and html.get("lang") else ["no lang"]
    if title is None or not title.get_text(strip=True) or "<no title>" in title.get_text():
        faults.append("no title")
    return [f"{page.name}: {fault}" for fault in faults]


def outside_loads(page: Page) -> list[str]:
    """What a browser would fetch from another server just by showing the page."""
    found = [tag[key] for key in ("src", "poster", "data") for tag in page.soup.find_all(attrs={key: True})]
    # A link may name something without loading it; these do not.
    found += [tag["href"] for tag in page.soup.find_all(["link", "use", "image"], href=True) if loads(tag)]
    for tag in page.soup.find_all(srcset=True):
        found += [part.split()[0] for part in tag["srcset"].split(",") if part.strip()]
    for tag in page.soup.find_all("meta", content=re.compile("url=", re.IGNORECASE)):
        found.append(re.split("url=", tag["content"], flags=re.IGNORECASE)[1])
    found = [address for address in found if is_outside(address)]
    styles = [tag["style"] for tag in page.soup.find_all(style=True)]
    styles += [tag.get_text() for tag in page.soup.find_all("style")]
    for style in styles:
        found += OUTSIDE_IN_STYLE.findall(style)
    for script in page.soup.find_all("script", src=False):
        found += OUTSIDE_IN_SCRIPT.findall(script.get_text())
    return [f"{page.name}: asks {address}" for address in found]


def loads(tag: Tag) -> bool:
    """Whether a tag with an ``href`` makes a browser fetch it."""
    return tag.name != "link" or not {"canonical", "license", "author"} & set(tag.get("rel") or ())


def outside_links(page: Page) -> list[str]:
    """Links to other servers that are neither references, nor the licence, nor in the footer."""
    return [
        f"{page.name}: links to {link['href']}"
        for link in page.soup.find_all("a", href=True)
        if is_outside(link["href"]) and not is_allowed(link)
    ]


def is_allowed(link: Tag) -> bool:
    """Whether a link may lead out of the book: nothing is asked until the reader presses on it."""
    host = (urlsplit(link["href"]).hostname or "").removeprefix("www.")
    in_references = link.find_parent(class_="citation") is not None
    in_footer = link.find_parent("footer", class_="bd-footer-content") is not None
    is_button = link.find_parent(class_="dropdown-launch-buttons") is not None
    if host in MACHINES:
        return is_button
    return (in_references and host in LIBRARIES) or host in LICENCES or in_footer


def download_faults(page: Page, book: Book, chapters: Path) -> list[str]:
    """A chapter whose page does not offer its very notebook for download."""
    source = chapters.parent / Path(page.name).with_suffix(".ipynb")
    if not source.is_relative_to(chapters) or not source.is_file():
        return []
    offered = {link["href"] for link in page.soup.select(".dropdown-download-buttons a[href$='.ipynb']")}
    files = [((book.folder / page.name).parent / unquote(href)).resolve() for href in offered]
    if not files:
        return [f"{page.name}: offers no notebook"]
    same = [file.is_file() and file.read_bytes() == source.read_bytes() for file in files]
    return [] if all(same) else [f"{page.name}: what it offers is not {source.name}"]


def broken_links(page: Page, book: Book) -> list[str]:
    """Addresses inside the book that lead to no file, or to no place in it."""
    complaints = []
    addresses = {tag[key] for key in ("href", "src") for tag in page.soup.find_all(attrs={key: True})}
    for address in sorted(addresses):
        parts = urlsplit(address)
        if is_outside(address) or parts.scheme or address == "#":
            continue
        target = (book.folder / page.name).parent / unquote(parts.path) if parts.path else book.folder / page.name
        target = target.resolve()
        if not target.is_file() or not target.is_relative_to(book.folder.resolve()):
            complaints.append(f"{page.name}: {address} leads to no file of the book")
        elif parts.fragment and target.suffix == ".html":
            name = target.relative_to(book.folder.resolve()).as_posix()
            if unquote(parts.fragment) not in book.page(name).anchors:
                complaints.append(f"{page.name}: {address} leads to no place on that page")
    return complaints


def undescribed_images(page: Page) -> list[str]:
    """Images without a text for those who cannot see them; the logo may have a short one."""
    complaints = []
    for image in page.soup.find_all("img"):
        text = " ".join((image.get("alt") or "").split())
        is_logo = "logo__image" in (image.get("class") or ())
        source = image.get("src", "")
        name = source.rpartition("/")[2] or source
        if not text:
            complaints.append(f"{page.name}: {name} has no alt text")
        elif text in (source, name) or text.endswith(f"/{name}"):
            complaints.append(f"{page.name}: {name} has its own name for an alt text")
        elif len(text) < SHORTEST_DESCRIPTION and not is_logo:
            complaints.append(f"{page.name}: {name} is described by {text!r} alone")
    return complaints


def uncaptioned_figures(page: Page) -> list[str]:
    """Figures drawn by a cell without a word below them."""
    complaints = []
    for image in page.article.select(".cell_output img"):
        caption = (image.find_parent("figure") or Tag(name="none")).find("figcaption")
        text = caption.find(class_="caption-text") if caption else None
        if text is None or not text.get_text(strip=True):
            complaints.append(f"{page.name}: {image.get('src', '').rpartition('/')[2]} has no caption")
    return complaints


def own_words(file: Path) -> str:
    """What a picture says of itself: the description in its PNG file, where there is one."""
    from PIL import Image

    with Image.open(file) as picture:
        return " ".join(str(getattr(picture, "text", {}).get("Description", "")).split())


def figures_without_own_words(page: Page) -> list[str]:
    """Figures drawn by a cell whose alt text is not the one computed with them, or which nobody is told how to draw."""
    complaints = []
    for image in page.article.select(".cell_output figure img, figure .cell_output img"):
        # The pictures of a slider lie in the page itself, and their words are checked where the slider is moved.
        if image.get("src", "").startswith("data:"):
            continue
        name = image.get("src", "").rpartition("/")[2]
        file = ((page.folder / page.name).parent / unquote(urlsplit(image.get("src", "")).path)).resolve()
        words = own_words(file) if file.is_file() and file.suffix == ".png" else ""
        if not words or " ".join(image.get("alt", "").split()) != words:
            complaints.append(f"{page.name}: {name} is not described by the words computed with it")
        figure = image.find_parent("figure")
        folded = figure.select_one("details.figure-again pre") if figure else None
        command = folded.get_text().split() if folded else []
        if command != ["$", "blockshift", "figure", (figure.get("id") or "") if figure else ""]:
            complaints.append(f"{page.name}: nobody is told how to draw {name}")
    return complaints


def visible_text(page: Page, without: str) -> str:
    """What a reader sees of the article, with the parts that match a selector taken out."""
    copy = BeautifulSoup(str(page.article), "html.parser")
    for tag in copy.select(f"script, style, template, {without}"):
        # A part of one that is gone already is gone too.
        if not tag.decomposed:
            tag.decompose()
    return copy.get_text(" ")


def leaks(page: Page) -> list[str]:
    """Words that a reader should never meet: a trace of an error, a value that is none."""
    # What a cell says is its author's business; what it answers is not.
    text = visible_text(page, without="div.cell_input")
    return [f"{page.name}: {excerpt(text, match)}" for match in LEAKS.finditer(text)]


def raw_source(page: Page) -> list[str]:
    """TeX and Markdown that reached the page as they were typed."""
    text = visible_text(page, without=".math, pre, code, mjx-container")
    return [f"{page.name}: {excerpt(text, match)}" for match in RAW_SOURCE.finditer(text)]


def excerpt(text: str, match: re.Match[str]) -> str:
    """A match with what stands around it, on one line."""
    return " ".join(text[max(0, match.start() - 30) : match.end() + 30].split())


def heading_faults(page: Page) -> list[str]:
    """Headings out of order: not exactly one of the first level, or a level left out on the way down."""
    headings = page.article.find_all(re.compile("^h[1-6]$"))
    levels = [int(heading.name[1]) for heading in headings]
    complaints = []
    if levels.count(1) != 1 or levels[0] != 1:
        complaints.append(f"{page.name}: {levels.count(1)} headings of the first level, or not at the top")
    for heading, before, level in zip(headings[1:], levels, levels[1:], strict=False):
        if level > before + 1:
            complaints.append(f"{page.name}: h{level} after h{before}: {heading.get_text(strip=True)!r}")
    return complaints


def repeated_ids(page: Page) -> list[str]:
    """Ids that two elements of the page share."""
    counts = Counter(tag["id"] for tag in page.soup.find_all(id=True))
    return [f"{page.name}: {count} elements with the id {name!r}" for name, count in counts.items() if count > 1]


def untypeset_formulas(page: Page, book: Book) -> list[str]:
    """A page with formulas whose MathJax is not in the book, or lacks its fonts."""
    if not page.soup.select(".math"):
        return []
    script = page.soup.find("script", src=re.compile("mathjax", re.IGNORECASE))
    if script is None:
        return [f"{page.name}: has formulas and no MathJax"]
    if is_outside(script["src"]):
        return [f"{page.name}: MathJax is at {script['src']}"]
    file = ((book.folder / page.name).parent / urlsplit(script["src"]).path).resolve()
    if not file.is_file():
        return [f"{page.name}: no file {script['src']}"]
    needed = [
        file.parent / "output/chtml/fonts/woff-v2/MathJax_Main-Regular.woff",
        file.parent / "input/tex/extensions",
    ]
    return [f"{page.name}: MathJax lacks {path.relative_to(file.parent)}" for path in needed if not path.exists()]


def doubtful_verdicts(page: Page) -> list[str]:
    """Verdicts that a published book may not show: what failed, and what nobody looked at since it changed."""
    words = (tag.get_text() for tag in page.soup.select(".verdict-fails, .verdict-stale, .verdict-unverified"))
    return [f"{page.name}: a claim is shown as {word!r}" for word in words]
