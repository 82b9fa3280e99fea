"""The figures of the book by name: where each is drawn, and what its cell needs of the cells before it.

A chapter is a notebook, and a figure is what a cell with a name in its metadata shows. To draw it again, not all cells
before it have to run: what the cell reads is followed to where it comes from. A statement is kept if it binds a name
that is needed, or if it may change what is behind one: a call of a method of it, an assignment into it, and any
statement that hands it to a call. So what is left draws the same picture, and what a chapter asserts on the way, or
shows, costs nothing.
"""

import ast
import builtins
import io
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blockshift import errors

#: The variable that says where the chapters are, where they are not beside the package.
VARIABLE = "BLOCKSHIFT_CHAPTERS"
#: A folder is that of the chapters if this is in it.
FIRST = "index.ipynb"


@dataclass(frozen=True)
class Figure:
    """A figure of the book.

    Parameters
    ----------
    name : str
    caption : str
    chapter : str
        The path of the notebook below the chapters, without its ending.
    cells : tuple of str
        The sources of all code cells up to the one that draws it.
    """

    name: str
    caption: str
    chapter: str
    cells: tuple[str, ...]

    @property
    def program(self) -> str:
        """The statements that the figure needs, in order; the value of the last one is the figure."""
        return ast.unparse(ast.Module(needed(list(self.cells)), []))


def folder(given: str | os.PathLike | None = None) -> Path:
    """Where the chapters are: as given, or as the environment says, or beside the package in a checkout.

    Raises
    ------
    NotInstalled
        If they are not there.
    """
    said = given or os.environ.get(VARIABLE)
    path = Path(said) if said else Path(__file__).resolve().parents[2] / "chapters"
    if not (path / FIRST).is_file():
        raise errors.NotInstalled(
            f"the chapters of the book are not in {path}; they come with its repository and not with the package. Name "
            f"their folder with --chapters or in {VARIABLE}."
        )
    return path


def figures(given: str | os.PathLike | None = None) -> tuple[Figure, ...]:
    """All figures of the book, chapter by chapter.

    Raises
    ------
    NotInstalled
        If the chapters are not there.
    """
    at = folder(given)
    return tuple(figure for path in sorted(at.rglob("*.ipynb")) for figure in _drawn_in(path, at))


def figure(name: str, given: str | os.PathLike | None = None) -> Figure:
    """The figure of that name.

    Raises
    ------
    UnknownName
        If there is none.
    """
    known = {found.name: found for found in figures(given)}
    if name not in known:
        raise errors.UnknownName(f"no figure is called {name!r}; there are {', '.join(sorted(known))}.")
    return known[name]


def _drawn_in(path: Path, at: Path) -> Iterator[Figure]:
    """The figures of one chapter."""
    if ".ipynb_checkpoints" in path.parts:
        return
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError):
        raise errors.BadArgument(f"{path} is no notebook; expected the chapters as they came.") from None
    before: list[str] = []
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        before.append("".join(cell["source"]))
        about = cell["metadata"].get("mystnb", {}).get("figure")
        if about:
            chapter = path.relative_to(at).with_suffix("").as_posix()
            yield Figure(about["name"], about["caption"], chapter, tuple(before))


def drawn(found: Figure, given: str | os.PathLike | None = None) -> Any:
    """The figure, drawn anew.

    Raises
    ------
    BlockshiftError
        If a statement of its chapter cannot be carried out here, as that statement says.
    """
    statements = needed(list(found.cells))
    space: dict[str, Any] = {"__name__": "__main__"}
    # What a chapter prints on the way is for its readers.
    with _inside((folder(given) / found.chapter).parent), redirect_stdout(io.StringIO()):
        exec(compile(ast.Module(statements[:-1], []), found.chapter, "exec"), space)
        last = statements[-1]
        assert isinstance(last, ast.Expr)
        return eval(compile(ast.Expression(last.value), found.chapter, "eval"), space)


@contextmanager
def _inside(place: Path) -> Iterator[None]:
    """The folder of a chapter as the working folder, as when a notebook runs."""
    before = Path.cwd()
    os.chdir(place)
    try:
        yield
    finally:
        os.chdir(before)


def needed(cells: Sequence[str]) -> list[ast.stmt]:
    """The statements that the last expression of the last cell needs, in order, and that expression.

    Raises
    ------
    BadArgument
        If the last cell does not end in an expression, or something is needed that no statement binds.

    Examples
    --------
    >>> cells = ["import math, json", "a = 2\\nb = 3", "assert b", "c = [a]\\nc.append(math.pi)", "print(b)\\nc"]
    >>> print(*map(ast.unparse, needed(cells)), sep="\\n")
    import math, json
    a = 2
    c = [a]
    c.append(math.pi)
    c
    """
    body = [statement for cell in cells for statement in ast.parse(cell).body]
    if not body or not isinstance(body[-1], ast.Expr):
        raise errors.BadArgument("the last cell ends in no expression; a figure is what a cell shows.")
    chance = {name for statement in body if _makes_chance(statement) for name in bound(statement)}
    # A function that draws from a generator outside itself moves it on with each call.
    drawing = {statement.name: read(statement) & chance for statement in body if isinstance(statement, ast.FunctionDef)}

    def touched(statement: ast.stmt) -> set[str]:
        """Names that are not what they were after a statement."""
        moved = changed(statement) | {n for name in read(statement) for n in drawing.get(name, ())}
        # What is asserted changes nothing, but for the generator that it draws from.
        return moved & chance if isinstance(statement, ast.Assert) else bound(statement) | moved

    # Not only backwards: a value has two names after `y = x`, and a function may read what is bound below it.
    marks = [(touched(statement), read(statement)) for statement in body]
    wanted, before = set(marks[-1][1]), set[str]()
    while wanted != before:
        before = set(wanted)
        wanted |= {name for touches, reads in marks if touches & before for name in reads}
    kept = [statement for statement, (touches, _) in zip(body[:-1], marks, strict=False) if touches & wanted]
    kept.append(body[-1])
    missing = wanted - set().union(*map(bound, kept)) - set(dir(builtins))
    if missing:
        raise errors.BadArgument(f"{', '.join(sorted(missing))} is bound nowhere before the figure that needs it.")
    return kept


def bound(statement: ast.stmt) -> set[str]:
    """Names that a statement binds.

    Examples
    --------
    >>> sorted(bound(ast.parse("for a, b in c: d = 1").body[0]))
    ['a', 'b', 'd']
    """
    names = set()
    for node in _own(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) or (isinstance(node, ast.ExceptHandler) and node.name):
            names.add(str(node.name))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    return names


def read(statement: ast.AST) -> set[str]:
    """Names that a statement reads from outside itself; what a function or a comprehension binds is its own.

    Examples
    --------
    >>> sorted(read(ast.parse("x = [f(i, a) for i in y]").body[0]))
    ['a', 'f', 'y']
    >>> sorted(read(ast.parse("def g(u, v=w):\\n    t = u\\n    return t + z").body[0]))
    ['w', 'z']
    """
    if isinstance(statement, ast.FunctionDef | ast.Lambda):
        given = statement.args
        own = {a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg) if a}
        inner = statement.body if isinstance(statement.body, list) else [statement.body]
        for part in inner:
            own |= bound(part) if isinstance(part, ast.stmt) else set()
        outside = [*given.defaults, *(d for d in given.kw_defaults if d), *getattr(statement, "decorator_list", ())]
        return set().union(*map(read, inner), set()) - own | set().union(*map(read, outside), set())
    if isinstance(statement, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        own = {node.id for part in statement.generators for node in ast.walk(part.target) if isinstance(node, ast.Name)}
        return set().union(*map(read, ast.iter_child_nodes(statement))) - own
    if isinstance(statement, ast.Name):
        return set() if isinstance(statement.ctx, ast.Store) else {statement.id}
    return set().union(*map(read, ast.iter_child_nodes(statement)), set())


def changed(statement: ast.stmt) -> set[str]:
    """Names behind which a statement may change something: assigned into, or part of a call in a bare expression.

    Examples
    --------
    >>> sorted(changed(ast.parse("a.b[0] = c").body[0])), sorted(changed(ast.parse("d.fill(e)").body[0]))
    (['a'], ['d', 'e'])
    >>> sorted(changed(ast.parse("a = rng.random()").body[0]))
    ['rng']
    """
    names = set()
    for node in _own(statement):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            names |= _root(node)
        elif isinstance(node, ast.Call):
            # A generator of random numbers is not the same after it was used, by whomever.
            handed = [*node.args, *(keyword.value for keyword in node.keywords)]
            if isinstance(node.func, ast.Attribute):
                handed.append(node.func.value)
            for part in handed:
                names |= _root(part)
    return names - _MODULES


def _makes_chance(statement: ast.stmt) -> bool:
    """Whether a statement binds a generator of random numbers."""
    return isinstance(statement, ast.Assign) and any(
        isinstance(node, ast.Attribute) and node.attr in ("default_rng", "spawn") for node in _own(statement.value)
    )


#: Names of modules at the front of every chapter: nothing in a chapter changes them.
_MODULES = {"bs", "np"}


def _root(node: ast.AST) -> set[str]:
    """The name at the beginning of ``a.b[c].d``."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def _own(statement: ast.AST) -> Iterator[ast.AST]:
    """The parts that are carried out with a statement: no bodies of functions, no names of comprehensions."""
    yield statement
    if isinstance(statement, ast.FunctionDef | ast.Lambda | ast.ClassDef):
        return
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.comprehension):
            yield from _own(child.iter)
            for test in child.ifs:
                yield from _own(test)
        else:
            yield from _own(child)
