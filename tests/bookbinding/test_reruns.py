"""The strip below a statement, and what the book serves for it."""

import hashlib
import json
import subprocess
import sys
import zipfile
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from docutils import nodes

from blockshift.reruns import entries
from bookbinding import reruns, runtime

ENTRY = entries.ENTRIES["P1-C6"]


@pytest.fixture
def fetched(tmp_path):
    """A folder as `runtime` leaves it, with small parts."""
    folder = tmp_path / "fetched"
    folder.mkdir()
    for name in (*reruns.FETCHED, *reruns.IMPORTED):
        (folder / name).write_text(name)
    return folder


@pytest.fixture
def served(fetched, tmp_path):
    folder = tmp_path / "served"
    folder.mkdir()
    return folder, reruns.lay_out(folder, fetched)


def test_all_that_a_page_loads_is_laid_out_and_described(served):
    folder, size = served
    described = json.loads((folder / "files.json").read_text("utf-8"))["files"]
    assert [file["name"] for file in described] == list(reruns.FETCHED)
    for file in described:
        content = (folder / file["name"]).read_bytes()
        assert file["bytes"] == len(content)
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
    assert size == sum((folder / name).stat().st_size for name in (*reruns.FETCHED, *reruns.IMPORTED))
    assert {path.name for path in folder.iterdir()} == {
        *reruns.FETCHED, *reruns.IMPORTED, *reruns.OURS, "files.json",
    }  # fmt: skip


def test_our_package_goes_along_as_it_is_now(served, tmp_path):
    with zipfile.ZipFile(served[0] / "blockshift.zip") as archive:
        assert archive.read("blockshift/reruns/entries.py").decode("utf-8").startswith('"""Which claims')
        assert not [name for name in archive.namelist() if "claims" in name or "graph" in name]
        archive.extractall(tmp_path / "house")
    # In a Python that has neither NumPy nor the rest of the package, what was packed is enough.
    code = f"""
import sys
class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in ('numpy', 'scipy', 'torch', 'numba', 'matplotlib'):
            raise ImportError(name)
sys.meta_path.insert(0, Wall())
sys.path.insert(0, {str(tmp_path / "house")!r})
from blockshift.reruns import entries
assert entries.__file__.startswith({str(tmp_path)!r}), entries.__file__
assert entries.rerun('P1-C6', '2-2-2')['holds']
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_a_strip_says_what_the_script_needs():
    box = BeautifulSoup(reruns.strip(ENTRY, 17_859_922), "html.parser").div
    assert box["data-claim"] == "P1-C6"
    assert box["data-shape"] == "3-4-3"
    assert box["data-megabytes"] == "18"
    assert box["data-control"] == "flip a sign (sign = 1)"
    assert "blockshift verify P1-C6" in box.get_text()


def test_without_the_python_a_strip_says_so_and_gives_the_command():
    box = BeautifulSoup(reruns.strip(ENTRY, None), "html.parser").div
    assert not box.has_attr("data-megabytes")  # by which the script knows where to begin
    assert "built without the Python" in box.get_text()
    assert "blockshift verify P1-C6" in box.get_text()


def placed(names, size=None):
    """The elements of a page with statements of these names, after the strips were put in."""
    section = nodes.section()
    for name in names:
        section += nodes.admonition("", nodes.paragraph(text="A statement."), ids=[name])
    transform = reruns.PlaceStrips.__new__(reruns.PlaceStrips)
    env = SimpleNamespace(app=SimpleNamespace(rerun_bytes=size))
    transform.document = SimpleNamespace(findall=section.findall, settings=SimpleNamespace(env=env))
    transform.run()
    return section.children


def test_a_strip_comes_right_after_each_statement_of_the_table_and_no_other():
    children = placed(["p1-c6", "def-conserved", "p1-c1"], size=1_000_000)
    assert [child.get(reruns.MARK) for child in children] == [None, "P1-C6", None, None, "P1-C1"]


class Builder:
    """As much of Sphinx as the hooks ask for."""

    def __init__(self, folder, kind="html"):
        self.outdir, self.builder, self.added = folder, SimpleNamespace(format=kind), []
        self.add_css_file = self.add_js_file = self.added.append


def test_without_the_python_the_build_says_so(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(runtime, "is_ready", lambda: False)
    monkeypatch.setattr(reruns.LOG, "info", said.append)
    app = Builder(tmp_path)
    reruns.prepare(app)
    assert app.rerun_bytes is None
    assert "built without" in said[0]
    assert [path.name for path in (tmp_path / "_static" / "rerun").iterdir()] == ["control.css"]


@pytest.mark.parametrize(
    ("size", "added"), [(None, ["rerun/control.css"]), (9, ["rerun/control.css", "rerun/control.js"])]
)
def test_a_page_gets_the_script_where_there_is_something_to_run(tmp_path, size, added):
    app = Builder(tmp_path)
    app.rerun_bytes = size
    page = nodes.section()
    page += nodes.raw("", "a strip")
    reruns.add_script(app, "page", "page.html", {}, page)
    assert not app.added
    page[0][reruns.MARK] = "P1-C6"
    reruns.add_script(app, "page", "page.html", {}, page)
    assert app.added == added
    reruns.add_script(app, "genindex", "genindex.html", {}, None)
    assert app.added == added


def test_a_book_on_paper_has_no_strips(tmp_path):
    app = Builder(tmp_path, kind="latex")
    reruns.prepare(app)
    assert app.rerun_bytes is None
    assert not list(tmp_path.iterdir())
