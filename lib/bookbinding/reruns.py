"""Put "Run it here" below each statement whose derivation runs in the reader's browser.

A statement's label is its claim's id in lower case, so the table of the package says which statements these are, and no
chapter has to. The strip itself is made by a script; what stands in the page without one, or without the Python that
`runtime` fetches, is a sentence with the command that does the same.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from html import escape
from pathlib import Path
from shutil import copy2
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from blockshift.reruns import entries
from bookbinding import runtime

LOG = logging.getLogger(__name__)
LIBRARY = Path(entries.__file__).parents[2]
#: What of our package the second Python gets: these files and whole rooms import nothing else of it.
ROOMS = ("__init__.py", "errors.py", "flow/__init__.py", "flow/symbols/*.py", "reruns/*.py")
OURS = ("control.css", "control.js", "python.mjs", "worker.mjs")
#: What the worker fetches itself, with its bar moving; Pyodide's two scripts are imported by name.
FETCHED = ("pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json", "packages.zip", "blockshift.zip")
IMPORTED = ("pyodide.mjs", "pyodide.asm.mjs")
#: What marks a strip in the doctree.
MARK = "rerun"


def pack_ours(archive: Path) -> None:
    """The rooms of our package that the second Python needs, in one archive."""
    home = LIBRARY / "blockshift"
    with zipfile.ZipFile(archive, "w") as target:
        for file in sorted(file for pattern in ROOMS for file in home.glob(pattern)):
            runtime.write(target, file.relative_to(LIBRARY).as_posix(), file.read_bytes())


def lay_out(folder: Path, source: Path = runtime.FOLDER) -> int:
    """Everything a page needs to run a derivation, in one folder of the book; the number of bytes of a first press."""
    for name in OURS:
        copy2(runtime.LOCK.parent / name, folder / name)
    for name in (*FETCHED[:-1], *IMPORTED):
        copy2(source / name, folder / name)
    pack_ours(folder / FETCHED[-1])
    files = [described(folder / name) for name in FETCHED]
    (folder / "files.json").write_text(json.dumps({"files": files}), "utf-8")
    return sum(file["bytes"] for file in files) + sum((folder / name).stat().st_size for name in IMPORTED)


def described(file: Path) -> dict[str, Any]:
    """A file's name, length and hash, for the worker to check."""
    content = file.read_bytes()
    return {"name": file.name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def strip(entry: entries.Entry, size: int | None) -> str:
    """The HTML below a statement: the words that stand there until the script makes the strip, or for good."""
    command = f"<code>blockshift verify {escape(entry.id)}</code>"
    if size is None:
        words = f"This copy of the book was built without the Python that runs in the page; {command} derives it again."
        return f'<div class="rerun" data-claim="{escape(entry.id)}"><p class="rerun-note">{words}</p></div>\n'
    shape = "-".join(map(str, entry.shape))
    return (
        f'<div class="rerun" data-claim="{escape(entry.id)}" data-control="{escape(entries.spoken(entry))}" '
        f'data-shape="{shape}" data-megabytes="{size / 1e6:.0f}">'
        f'<p class="rerun-note">{command} derives it on your machine.</p></div>\n'
    )


class PlaceStrips(SphinxPostTransform):
    """A strip after each statement of the table."""

    default_priority = 310
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Find the statements by their labels."""
        known = {entry.id.lower(): entry for entry in entries.ENTRIES.values()}
        for block in list(self.document.findall(nodes.Admonition)):
            entry = next((known[name] for name in block.get("ids", ()) if name in known), None)
            if entry is not None:
                html = nodes.raw("", strip(entry, self.app.rerun_bytes), format="html")
                html[MARK] = entry.id
                block.parent.insert(block.parent.index(block) + 1, html)


def prepare(app: Sphinx) -> None:
    """Lay the files out where the book has them, or say that they are not here."""
    app.rerun_bytes = None
    if app.builder.format != "html":
        return
    if not runtime.is_ready():
        LOG.info("The book is built without 'Run it here': the Python that runs in the page could not be fetched.")
    folder = Path(app.outdir, "_static", "rerun")
    folder.mkdir(parents=True, exist_ok=True)
    copy2(runtime.LOCK.parent / "control.css", folder / "control.css")
    if runtime.is_ready():
        app.rerun_bytes = lay_out(folder)


def add_script(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Give the script and the style to the pages that have a strip, and to no other."""
    if doctree is not None and any(MARK in node.attributes for node in doctree.findall(nodes.raw)):
        app.add_css_file("rerun/control.css")
        if app.rerun_bytes is not None:
            app.add_js_file("rerun/control.js")


def setup(app: Sphinx) -> dict[str, object]:
    """Tell Sphinx about the strips."""
    app.add_post_transform(PlaceStrips)
    app.connect("builder-inited", prepare)
    app.connect("html-page-context", add_script)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
