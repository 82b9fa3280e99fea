"""Buttons that open a chapter on Binder or Colab, where the build knows the public address of the repository.

Binder makes its environment from the repository itself, by ``binder/postBuild``, at the very commit of the page. Colab
makes none: it opens a notebook as it stands on GitHub, in an environment of its own. So the book has copies of its
chapters, in the folder ``COPIES``, with one cell more, which brings the library; they are on GitHub where the built
book is, and the button leads there. Without an address there are no buttons, and the colophon says so.
"""

from __future__ import annotations

import json
import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ConfigError

from blockshift import errors
from blockshift.claims import colophon

#: A name that begins as that of Sphinx's own folders.
COPIES = "_colab"
#: The chapters read what is stored beside them, so the page is run where it stands in the repository.
SET_UP = """\
#@title The library, from its repository, at the commit of this page
%pip install -q mlxtend --src src -e "git+{address}@{commit}#egg=blockshift"
import os, sys
sys.path.insert(0, os.path.abspath("src/blockshift/lib"))
os.chdir("src/blockshift/{folder}")"""


@dataclass(frozen=True)
class Elsewhere:
    """Where the repository is.

    Parameters
    ----------
    address : str
        ``https://github.com/OWNER/NAME``.
    commit : str
    branch : str or None
        The one that has the built book.
    """

    address: str
    commit: str
    branch: str | None

    @classmethod
    def known(cls) -> Elsewhere | None:
        """What this build knows, if it knows enough."""
        made = colophon.colophon()
        commit = made.commit.removesuffix("+")
        return cls(made.repository, commit, made.branch) if made.repository and commit != "unknown" else None

    @property
    def name(self) -> str:
        """The owner and the name."""
        return "/".join(self.address.split("/")[-2:])

    def binder(self, page: str) -> str:
        """The address that opens a page on Binder."""
        return (
            f"https://mybinder.org/v2/gh/{self.name}/{self.commit}?urlpath={quote(f'lab/tree/{page}.ipynb', safe='')}"
        )

    def colab(self, page: str) -> str:
        """The address that opens the copy of a page on Colab."""
        place = quote(f"{self.branch}/{COPIES}/{page}.ipynb")
        return f"https://colab.research.google.com/github/{self.name}/blob/{place}"

    def buttons(self, page: str) -> list[dict[str, str]]:
        """What the theme makes buttons of."""
        shown = [("Binder", self.binder(page), "logo_binder.svg")]
        shown += [("Colab", self.colab(page), "logo_colab.png")] if self.branch else []
        return [
            {"type": "link", "text": name, "tooltip": f"Run on {name}", "icon": f"_static/images/{icon}", "url": url}
            for name, url, icon in shown
        ]


def for_colab(notebook: dict[str, Any], page: str, address: str, commit: str) -> dict[str, Any]:
    """The notebook of a page with one cell more, after its title, that brings the library; nothing else is changed."""
    source = SET_UP.format(address=address, commit=commit, folder=posixpath.dirname(page))
    cell = {
        "cell_type": "code",
        "execution_count": None,
        "id": "colab-set-up",
        "metadata": {"cellView": "form"},
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }
    return {**notebook, "cells": [*notebook["cells"][:1], cell, *notebook["cells"][1:]]}


def look(app: Sphinx) -> None:
    """See once what the build knows."""
    try:
        app.elsewhere = Elsewhere.known() if app.builder.format == "html" else None
    except errors.BadArgument as problem:
        raise ConfigError(str(problem)) from None


def add(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """The buttons of a page that is a notebook, and its copy for Colab."""
    source = Path(app.env.doc2path(page))
    if app.elsewhere is None or doctree is None or source.suffix != ".ipynb":
        return
    buttons = app.elsewhere.buttons(page)
    group = {"type": "group", "tooltip": "Run this page elsewhere", "icon": "fas fa-rocket", "buttons": buttons}
    context["header_buttons"].append({**group, "label": "launch-buttons"})
    if app.elsewhere.branch:
        copy = Path(app.outdir, COPIES, f"{page}.ipynb")
        copy.parent.mkdir(parents=True, exist_ok=True)
        notebook = for_colab(json.loads(source.read_text("utf-8")), page, app.elsewhere.address, app.elsewhere.commit)
        copy.write_text(json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


def setup(app: Sphinx) -> dict[str, object]:
    """Tell Sphinx about the buttons."""
    app.connect("builder-inited", look)
    # After the theme has made room for its own (500) and put them there (501).
    app.connect("html-page-context", add, priority=502)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
