"""``blockshift figure``: each figure of the book by its name, from the statements that it needs and no others."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from blockshift import chapters, cli, errors

ROOT = Path(__file__).resolve().parents[1]
FIGURES = chapters.figures(ROOT / "chapters")
#: Figures that are drawn in a moment, one for each thing that a slice has to follow: nothing at all, values made from a
#: generator, methods that change what they belong to, a loop, a function of the chapter, numbers that are stored.
QUICK = ("fig-surface", "fig-grades", "fig-triangle", "fig-strings", "fig-delay-small", "fig-powers", "fig-catalogue")


def call(capsys, *words):
    try:
        status = cli.main(["figure", *map(str, words)])
    except SystemExit as stop:
        status = stop.code
    out, err = capsys.readouterr()
    return status, out, err


def slice_of(*cells):
    return [ast.unparse(statement) for statement in chapters.needed(cells)]


def test_every_figure_of_the_book_is_listed_once(capsys):
    named = []
    for path in (ROOT / "chapters").rglob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        if ".ipynb_checkpoints" not in path.parts:
            cells = json.loads(text)["cells"]
            named += [
                c["metadata"]["mystnb"]["figure"]["name"]
                for c in cells
                if "bs.plot." in "".join(c["source"]) and c["cell_type"] == "code"
            ]
    status, out, err = call(capsys, "--list")
    assert (status, err) == (0, "")
    assert sorted(line.split()[0] for line in out.splitlines()) == sorted(named)
    assert len(set(named)) == len(named) > 60
    listed = json.loads(call(capsys, "--list", "--json", "-")[1])["figures"]
    assert {row["name"] for row in listed} == set(named)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda f: f.name)
def test_every_figure_needs_only_what_is_bound_before_it(figure):
    statements = chapters.needed(figure.cells)
    known = set(dir(__builtins__)) | set(__builtins__ if isinstance(__builtins__, dict) else ())
    for statement in statements:
        assert chapters.read(statement) <= known | chapters.bound(statement)
        known |= chapters.bound(statement)
    assert isinstance(statements[-1], ast.Expr)
    compile(figure.program, figure.name, "exec")


def whole(figure, monkeypatch):
    """The drawing that the notebook makes: all its cells up to the figure, statement by statement."""
    monkeypatch.chdir((ROOT / "chapters" / figure.chapter).parent)
    *first, last = (statement for cell in figure.cells for statement in ast.parse(cell).body)
    space = {}
    exec(compile(ast.Module(first, []), "chapter", "exec"), space)
    return eval(compile(ast.Expression(last.value), "chapter", "eval"), space)


@pytest.mark.parametrize("name", QUICK)
def test_the_figure_is_that_of_the_notebook(name, monkeypatch):
    figure = next(f for f in FIGURES if f.name == name)
    made, alone = whole(figure, monkeypatch), chapters.drawn(figure, ROOT / "chapters")
    assert alone.alt == made.alt
    assert alone.png() == made.png()


def test_the_example_is_cut_as_said():
    assert slice_of("import a\nx = 1\ny = 2", "assert y", "x") == ["x = 1", "x"]


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        (("x = {}", "x['a'] = 1", "x"), 3),
        (("x = []", "x.append(1)", "x"), 3),
        (("x = []", "for i in range(3):\n    x.append(i)", "x"), 3),
        (("x = 1", "x += 1", "x"), 3),
        (("x, y = 1, 2", "z = y", "x"), 2),
        (("def f(a):\n    return a + b", "b = 1", "c = 2", "f(1)"), 3),
        (("y = 1", "x = [y for y in range(3)]", "x"), 2),
        (("import numpy as np", "rng = np.random.default_rng(0)", "a = rng.random()", "b = rng.random()", "b"), 5),
        (("import numpy as np", "rng = np.random.default_rng(0)", "assert rng.random() < 1", "rng.random()"), 4),
        (("import numpy as np", "rng = np.random.default_rng(0)", "def f():\n    return rng.random()", "f()",
          "rng.random()"), 5),
        (("x = [2]", "assert x.pop", "x"), 2),
        (("with_ = 1", "lambda a: a + with_"), 2),
        (("x = [1]", "y = x", "x.append(2)", "y"), 4),
        (("x = [1]", "z = 2", "print(z)", "x"), 2),
    ],
)  # fmt: skip
def test_a_slice_keeps_what_binds_and_what_changes(cells, kept):
    assert len(chapters.needed(cells)) == kept


def test_refuses_what_is_bound_nowhere():
    with pytest.raises(errors.BadArgument, match="lost is bound nowhere"):
        chapters.needed(["x = lost", "x"])
    with pytest.raises(errors.BadArgument, match="no expression"):
        chapters.needed(["x = 1"])


@pytest.mark.parametrize(("ending", "begins"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_a_figure_is_written_in_the_format_of_its_name(tmp_path, capsys, ending, begins):
    out = tmp_path / f"surface.{ending}"
    status, text, err = call(capsys, "fig-surface", "--out", out)
    assert (status, err) == (0, "")
    first = out.read_bytes()
    assert first.startswith(begins)
    assert text.startswith(f"fig-surface of the chapter flow/landscape: {out}\n")
    assert call(capsys, "fig-surface", "--out", out)[0] == 0
    assert out.read_bytes() == first


def test_without_a_name_for_the_file_it_is_that_of_the_figure(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = json.loads(call(capsys, "fig-surface", "--json", "-")[1])
    assert (found["file"], found["chapter"]) == ("fig-surface.svg", "flow/landscape")
    assert (tmp_path / "fig-surface.svg").is_file()
    assert found["alt"]
    assert "bs.plot.surface" in found["program"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "expected the NAME of a figure, or --list"),
        (("fig-surface", "--list"), "one of the two"),
        (("fig-nothing",), "no figure is called 'fig-nothing'; there are fig-active, "),
        (("fig-surface", "--out", "x.jpg"), "expected a name that ends in .svg, .png, .pdf"),
        (("fig-surface", "--out", "no-folder/x.svg"), "a folder that exists"),
        (("fig-surface", "--chapters", "no-chapters"), "the chapters of the book are not in no-chapters"),
    ],
)
def test_refuses_in_one_line(capsys, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    status, out, problem = call(capsys, *arguments)
    assert (status, out) == (2, "")
    assert problem.startswith("blockshift: ")
    assert problem.count("\n") == 1
    assert message in problem
    assert not list(tmp_path.iterdir())


def test_the_environment_may_say_where_the_chapters_are(tmp_path, monkeypatch):
    monkeypatch.setenv(chapters.VARIABLE, str(tmp_path))
    with pytest.raises(errors.NotInstalled, match=re.escape(str(tmp_path))):
        chapters.figures()
    monkeypatch.setenv(chapters.VARIABLE, str(ROOT / "chapters"))
    assert len(chapters.figures()) == len(FIGURES)


def test_it_works_from_a_shell_in_another_folder(tmp_path):
    command = [sys.executable, "-m", "blockshift", "figure", "fig-hyperbolas", "--chapters", ROOT / "chapters"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "fig-hyperbolas.svg").is_file()
