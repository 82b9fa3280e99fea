"""Keep the built book free of addresses outside itself.

Two things in a classic Jupyter Book call other servers: MathJax, which draws the formulas, and sphinx-thebe, which
would run code on one. The first is copied into the book from the package ``sphinx-mathjax-offline``; the second,
which Jupyter Book always loads, is unhooked. No page then needs a network, nor even a server: the book can be
read straight from the disk.
"""

from __future__ import annotations

from html import escape
from importlib.util import find_spec
from pathlib import Path
from shutil import copy2

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

PACKAGE = "sphinx-mathjax-offline"
# Beside the script itself: its fonts, the TeX packages it loads when a formula asks for one (as \cancel does), and
# what its menu loads when a reader asks to explore formulas by keyboard or to have them spoken in English. For the
# latter MathJax has to read MathML too: without that part the reader's wish would leave the pages without formulas.
PARTS = (
    "tex-mml-chtml.js",
    "output/chtml/fonts/woff-v2/*.woff",
    "input/tex/extensions/*.js",
    "a11y/*.js",
    "sre/mathmaps/base.json",
    "sre/mathmaps/en.json",
)
OUTSIDE = ("http://", "https://", "//")


def mathjax_folder() -> Path:
    """The folder of MathJax inside the installed package."""
    # NB: the package's name has hyphens, so it can be found but never imported by a statement.
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise ConfigError(
            f"The package {PACKAGE} is not installed, so formulas could not be shown without a network. "
            "Install what requirements.txt names."
        )
    return Path(found.origin).parent / "static" / "mathjax"


def unhook(app: Sphinx, config: Config) -> None:
    """Take out sphinx-thebe, and any style sheet that lies on another server."""
    for listeners in app.events.listeners.values():
        listeners[:] = [item for item in listeners if not is_of_thebe(item.handler)]
    app.registry.css_files[:] = [
        item for item in app.registry.css_files if item[0] != "sphinx-thebe.css" and not item[0].startswith(OUTSIDE)
    ]


def is_of_thebe(handler: object) -> bool:
    """Whether an event's listener belongs to sphinx-thebe."""
    return (getattr(handler, "__module__", None) or "").split(".")[0] == "sphinx_thebe"


def copy_mathjax(app: Sphinx) -> None:
    """Copy the parts of MathJax that a page may load to where ``mathjax_path`` says they are."""
    if app.builder.format != "html":
        return
    source = mathjax_folder()
    target = Path(app.outdir, "_static", app.config.mathjax_path).parent
    for part in PARTS:
        files = sorted(source.glob(part))
        if not files:
            raise ConfigError(f"{PACKAGE} has no {part}: its layout has changed, see {Path(__file__).name}")
        for file in files:
            copy = target / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            if not copy.exists() or copy.stat().st_size != file.stat().st_size:
                copy2(file, copy)


def write_front_page(app: Sphinx, exception: Exception | None) -> None:
    """Write the ``index.html`` that leads to the first page, where the first page is another one.

    Jupyter Book would write one too, but bare: with no title, no language, nothing to click, and a browser asks for
    an icon that is not there.
    """
    page = app.builder.get_target_uri(app.config.root_doc) if app.builder.format == "html" else "index.html"
    if exception is None and page != "index.html":
        title = escape(app.config.html_title)
        Path(app.outdir, "index.html").write_text(
            f"""<!DOCTYPE html>
<html lang="{escape(app.config.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={page}">
<title>{title}</title>
<link rel="icon" href="_static/{Path(app.config.html_favicon).name}">
</head>
<body>
<main><h1><a href="{page}">{title}</a></h1></main>
</body>
</html>
""",
            encoding="utf-8",
        )


def setup(app: Sphinx) -> dict[str, object]:
    """Tell Sphinx about the hooks."""
    # After the other extensions have registered theirs, and before any of these is called.
    app.connect("config-inited", unhook, priority=900)
    app.connect("builder-inited", copy_mathjax)
    app.connect("build-finished", write_front_page)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
