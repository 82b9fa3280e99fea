"""What only a browser sees of a built page: its scripts, its formulas, its width, its colours.

A `Window` is a headless Chromium that looks at a folder through a server on this machine. `Window.look` opens a page at
a width and in a mode and returns a `Look`; the checks are functions from a look to complaints, as in ``checks``.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

#: Names under which Chromium is found on a path, the first that is there.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Bytes a page may weigh before anything is pressed, its texts packed as every public host packs them.
HEAVIEST = 2_000_000
PACKED = (".html", ".js", ".css", ".svg", ".json")
#: A phone and a desk, in pixels; the mode of each, so that colours are seen in both.
VIEWS = ((1280, "light"), (420, "dark"))
#: What the theme does on every page, and what docutils writes around citations: not ours to mend.
KNOWN = {"label-content-name-mismatch", "region"}
KNOWN_BESIDE_CITATIONS = {"aria-required-children", "aria-deprecated-role", "aria-allowed-role"}
#: Milliseconds that formulas and scripts may take.
PATIENCE = 30_000

READY = """async () => {
    if (window.MathJax && MathJax.startup && MathJax.startup.promise) await MathJax.startup.promise;
    await document.fonts.ready;
}"""

SEEN = r"""() => {
    const root = document.documentElement, article = document.querySelector("article") || document.body;
    const beyond = [...document.querySelectorAll("body *")].filter(e => {
        const box = e.getBoundingClientRect();
        if (box.width === 0 || box.right <= root.clientWidth + 1) return false;
        for (let up = e.parentElement; up && up !== document.body; up = up.parentElement)
            if (getComputedStyle(up).overflowX !== "visible") return false;
        return true;
    }).map(e => e.tagName.toLowerCase() + "." + e.className);
    const left = [], walk = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
    for (let at; (at = walk.nextNode());)
        if (!at.parentElement.closest("pre, code, script, style, mjx-container, textarea")
            && /\$\$|\\\(|\\\[|\\begin\{/.test(at.data)) left.push(at.data.trim().slice(0, 60));
    return {
        overflow: root.scrollWidth > root.clientWidth ? beyond.slice(0, 4) : null,
        left, theme: root.dataset.theme, citations: !!document.querySelector(".citation-list, .citation"),
        faults: [...document.querySelectorAll("mjx-merror")].map(e => e.textContent),
        formulas: document.querySelectorAll("mjx-container").length,
        promised: document.querySelectorAll(".math").length,
    };
}"""


def found_browser() -> str | None:
    """The browser to use: the one that ``BLOCKSHIFT_BROWSER`` names, or the first on the path."""
    named = os.environ.get("BLOCKSHIFT_BROWSER", "")
    names = BROWSERS if named in ("", "required") else (named,)
    return next(filter(None, map(shutil.which, names)), None)


class _Silent(SimpleHTTPRequestHandler):
    """Serves files and says nothing about it."""

    def log_message(self, format, *args):
        pass


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder, on this machine, as long as it is asked for."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()


@cache
def packed(file: Path) -> int:
    """The bytes of a file on its way to a reader: texts are packed, pictures and fonts are so already."""
    data = file.read_bytes()
    return len(gzip.compress(data, 6)) if file.suffix in PACKED else len(data)


@dataclass
class Look:
    """What was seen of one page in one view."""

    name: str
    width: int
    mode: str
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    weight: int = 0
    seen: dict[str, Any] = field(default_factory=dict)
    barriers: list[tuple[str, str]] = field(default_factory=list)

    @property
    def where(self) -> str:
        """The page and the view, to begin a complaint with."""
        return f"{self.name} ({self.width} px, {self.mode})"


class Window:
    """A headless browser before a folder of pages."""

    def __init__(self, playwright, path: str, folder: Path, address: str):
        self.folder, self.address = folder, address
        self.browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
        )
        self.axe = (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")

    @contextlib.contextmanager
    def opened(self, name: str, width: int = 1280, mode: str = "light") -> Iterator[tuple[Any, Look]]:
        """A page that has come to rest, and what was noted on the way."""
        look = Look(name, width, mode)
        context = self.browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=mode, reduced_motion="reduce"
        )
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda said: look.errors.append(said.text[:200]) if said.type == "error" else None)
        page.on("pageerror", lambda error: look.errors.append(str(error)[:200]))
        page.on("requestfailed", lambda asked: look.errors.append(f"no answer: {asked.url}"))
        page.on("request", lambda asked: None if self._inside(asked.url) else look.outside.append(asked.url))
        page.on("response", partial(self._weighed, look))
        try:
            page.goto(self.address + name, wait_until="load")
            page.evaluate(READY)
            yield page, look
        finally:
            context.close()

    def look(self, name: str, width: int = 1280, mode: str = "light") -> Look:
        """What there is to see of a page at rest, barriers to readers included."""
        with self.opened(name, width, mode) as (page, look):
            look.seen = page.evaluate(SEEN)
            page.evaluate(self.axe)
            # Not asked to fetch style sheets again: axe resolves what they import against the page, and finds nothing.
            found = page.evaluate("() => axe.run(document, {resultTypes: ['violations'], preload: false})")
            for fault in found["violations"]:
                spots = "; ".join(" ".join(map(str, node["target"])) for node in fault["nodes"][:3])
                look.barriers.append((fault["id"], spots))
        return look

    def close(self) -> None:
        """The end."""
        self.browser.close()

    def _inside(self, url: str) -> bool:
        return url.startswith((self.address, "data:", "blob:", "about:"))

    def _weighed(self, look: Look, answer) -> None:
        if answer.status >= 400:
            look.errors.append(f"{answer.status}: {answer.url}")
        file = self.folder / unquote(urlsplit(answer.url).path).lstrip("/")
        if self._inside(answer.url) and file.is_file():
            look.weight += packed(file)


def script_errors(look: Look) -> list[str]:
    """What the browser's console complains of, and files that are not there."""
    return [f"{look.where}: {error}" for error in look.errors]


def outside_requests(look: Look) -> list[str]:
    """Requests that leave the book's own server."""
    return [f"{look.where} asks {url}" for url in look.outside]


def unset_formulas(look: Look) -> list[str]:
    """Formulas that were left as source, or that the typesetter could not read."""
    seen = look.seen
    found = [f"{look.where}: left as source: {text}" for text in seen["left"]]
    found += [f"{look.where}: formula not understood: {text}" for text in seen["faults"]]
    if seen["formulas"] < seen["promised"]:
        found.append(f"{look.where}: {seen['formulas']} of {seen['promised']} formulas typeset")
    return found


def overflows(look: Look) -> list[str]:
    """Pages that have to be pushed sideways to be read."""
    wide = look.seen["overflow"]
    return [] if wide is None else [f"{look.where} is wider than the window: {', '.join(wide)}"]


def wrong_mode(look: Look) -> list[str]:
    """Pages that do not take the mode the reader's system asks for."""
    theme = look.seen["theme"]
    return [] if theme == look.mode else [f"{look.where} is shown in mode {theme}"]


def heavy(look: Look) -> list[str]:
    """Pages that weigh too much before anything is pressed."""
    return [f"{look.where} weighs {look.weight:,} bytes, above {HEAVIEST:,}"] if look.weight > HEAVIEST else []


def barriers(look: Look) -> list[str]:
    """What axe finds in the way of readers, contrast included, except what is known of the theme."""
    known = KNOWN | (KNOWN_BESIDE_CITATIONS if look.seen["citations"] else set())
    return [f"{look.where}: {fault}: {spots}" for fault, spots in look.barriers if fault not in known]


CHECKS = (script_errors, outside_requests, unset_formulas, overflows, wrong_mode, heavy, barriers)
