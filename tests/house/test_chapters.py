"""The chapters: as many as the table of contents says, short cells, prose first, nothing stored that is not checked."""

import copy
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

from blockshift.claims import LEDGER
from house import notebooks

ROOT = Path(__file__).resolve().parents[2]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
PAGES = [TOC["root"], *(page["file"] for part in TOC["parts"] for page in part["chapters"])]
CHAPTERS = {page: json.loads((ROOT / f"{page}.ipynb").read_text(encoding="utf-8")) for page in PAGES}

each_chapter = pytest.mark.parametrize("notebook", CHAPTERS.values(), ids=CHAPTERS.keys())

#: A chapter without fault, to be spoiled in one place at a time.
FIGURE = {"figure": {"caption": "A line.", "name": "fig"}, "image": {"alt": "A line that goes from here to there."}}


def md(id, text="Words."):
    return {"cell_type": "markdown", "id": id, "metadata": {}, "source": [text]}


def code(id, text, **metadata):
    cell = {"cell_type": "code", "id": id, "metadata": metadata, "source": [text]}
    return cell | {"execution_count": None, "outputs": []}


GOOD = {
    "cells": [
        md("a", "```{prf:theorem} P9-C9: all is one\n:label: p9-c9\n\n$1 = 1$\n```"),
        code("b", "import blockshift as bs"),
        md("c"),
        code("d", "x = 1"),
        md("e"),
        code("f", "bs.plot.network(x)", mystnb=FIGURE),
    ]
}


def spoiled(change):
    notebook = copy.deepcopy(GOOD)
    change(notebook["cells"])
    return notebook


def test_the_table_of_contents_and_the_disk_have_the_same_chapters():
    found = {p.relative_to(ROOT).with_suffix("").as_posix() for p in (ROOT / "chapters").rglob("*.ipynb")}
    assert {p for p in found if ".ipynb_checkpoints" not in p} == set(PAGES)


def test_nbval_collects_exactly_the_chapters():
    command = [sys.executable, "-m", "pytest", "chapters", "--nbval-lax", "--collect-only"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120).stdout
    collected = set(re.findall(r"^(chapters/\S+)\.ipynb::", listing, re.M))
    with_code = {page for page, notebook in CHAPTERS.items() if notebooks.code_cells(notebook)}
    assert collected == with_code
    assert len(re.findall(r"::Cell \d+$", listing, re.M)) == sum(
        len(notebooks.code_cells(notebook)) for notebook in CHAPTERS.values()
    )


@each_chapter
def test_a_chapter_is_a_valid_notebook(notebook):
    nbformat.validate(nbformat.from_dict(copy.deepcopy(notebook)))


@pytest.mark.parametrize("page", PAGES)
def test_a_chapter_is_written_in_the_one_way_that_makes_differences_readable(page):
    text = (ROOT / f"{page}.ipynb").read_text(encoding="utf-8")
    assert text == notebooks.normalised(json.loads(text))


@each_chapter
def test_outputs_are_stored_where_they_are_checked_and_nowhere_else(notebook):
    assert not list(notebooks.output_complaints(notebook))


@each_chapter
def test_cells_are_short_after_prose_and_import_first(notebook):
    assert not list(notebooks.form_complaints(notebook))


@each_chapter
def test_no_name_is_defined_twice(notebook):
    assert not list(notebooks.redefinitions(notebook))


@each_chapter
def test_every_picture_has_alt_text_caption_and_name(notebook):
    assert not list(notebooks.figure_complaints(notebook))


def test_the_book_and_the_register_list_the_same_claims():
    stated = [(label, page) for page, notebook in CHAPTERS.items() for label in notebooks.statements(notebook)]
    labels = [label for label, _ in stated]
    assert len(set(labels)) == len(labels)
    entered = {claim.id.lower(): f"chapters/{claim.chapter}" for claim in LEDGER}
    assert dict(stated) == entered


def test_every_figure_that_a_claim_names_is_in_the_book():
    drawn = {
        cell["metadata"].get("mystnb", {}).get("figure", {}).get("name")
        for notebook in CHAPTERS.values()
        for cell in notebooks.code_cells(notebook)
    }
    named = {name for claim in LEDGER for name in claim.figures}
    assert named <= drawn
    assert len(named) >= 40


@pytest.mark.parametrize(
    ("complaints", "change", "word"),
    [
        (notebooks.output_complaints, lambda c: c[3].update(outputs=[{}]), "without the tag"),
        (notebooks.output_complaints, lambda c: c[3]["metadata"].update(tags=["nbval-check-output"]), "nothing"),
        (notebooks.form_complaints, lambda c: c[3].update(id="b"), "unique"),
        (notebooks.form_complaints, lambda c: c[3].pop("id") and c[3].update(id=None), "missing"),
        (notebooks.form_complaints, lambda c: c[3].update(source=["y = 1\n"] * 16), "15 lines"),
        (notebooks.form_complaints, lambda c: c.pop(2), "prose"),
        (notebooks.form_complaints, lambda c: c[3].update(source=["import os"]), "imports"),
        (notebooks.form_complaints, lambda c: c[3].update(source=["x = plt.plot"]), "plt."),
        (notebooks.redefinitions, lambda c: c.extend([md("g"), code("h", "x, y = 2, 3")]), "again"),
        (notebooks.figure_complaints, lambda c: c[5]["metadata"]["mystnb"].pop("image"), "alt text"),
        (notebooks.figure_complaints, lambda c: c[5]["metadata"]["mystnb"].pop("figure"), "caption"),
        (notebooks.figure_complaints, lambda c: c[5].update(source=["bs.plot.a()\nbs.plot.b()"]), "2 pictures"),
    ],
)
def test_each_check_of_a_chapter_can_fail(complaints, change, word):
    assert not list(complaints(GOOD))
    assert any(word in complaint for complaint in complaints(spoiled(change)))


def test_the_label_of_a_statement_is_found():
    assert notebooks.statements(GOOD) == ["p9-c9"]
