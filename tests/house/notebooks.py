"""What the tests of the house ask of a notebook: functions that return the complaints, so that they can be tested."""

import ast
import json
import re

#: What a statement block looks like; the label is on the next line.
STATEMENT = re.compile(r"```\{prf:(theorem|proposition|lemma|corollary|conjecture)\}[^\n]*\n:label: (\S+)")
FORBIDDEN = re.compile(
    r"\bplt\.|\bpip\b|^\s*[%!]|\burllib\b|\brequests\b|https?://|\bsys\.path\b|(?<![\w.])/(?:home|root|tmp)\b", re.M
)
LINES = 15


def source(cell) -> str:
    """The text of a cell."""
    return "".join(cell["source"])


def code_cells(notebook):
    """The code cells, in order."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def tagged(cell) -> bool:
    """Whether a cell's output is stored and compared."""
    return "nbval-check-output" in cell["metadata"].get("tags", [])


def normalised(notebook) -> str:
    """The one way in which a notebook is written to disk."""
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def output_complaints(notebook):
    """Outputs are stored in tagged cells, which must have some and a count (else nbval compares nothing)."""
    for cell in code_cells(notebook):
        if tagged(cell) and not (cell["outputs"] and cell["execution_count"]):
            yield f"{cell['id']} is tagged but stores no output: it would check nothing"
        if not tagged(cell) and (cell["outputs"] or cell["execution_count"]):
            yield f"{cell['id']} stores an output without the tag"


def form_complaints(notebook):
    """Ids, length, prose before code, imports first, nothing forbidden."""
    ids = [cell.get("id") for cell in notebook["cells"]]
    if None in ids or len(set(ids)) < len(ids):
        yield "cell ids are missing or not unique"
    before = None
    for place, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code":
            text = source(cell)
            if len(text.splitlines()) > LINES:
                yield f"{cell['id']} has more than {LINES} lines"
            if before != "markdown":
                yield f"{cell['id']} is not preceded by prose"
            if FORBIDDEN.search(text):
                yield f"{cell['id']} has {FORBIDDEN.search(text).group()!r}"
            first = place == notebook["cells"].index(code_cells(notebook)[0])
            imports = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Import | ast.ImportFrom)]
            if imports and not first:
                yield f"{cell['id']} imports, but is not the first code cell"
        before = cell["cell_type"]


def names_bound(tree):
    """Names that a cell binds at top level, loop variables aside."""
    for node in tree.body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
        elif isinstance(node, ast.AnnAssign | ast.AugAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name


def redefinitions(notebook):
    """Names that two cells of a chapter bind."""
    seen = {}
    for cell in code_cells(notebook):
        for name in set(names_bound(ast.parse(source(cell)))):
            if name in seen:
                yield f"{name} is defined in {seen[name]} and again in {cell['id']}"
            seen[name] = cell["id"]


def figure_complaints(notebook):
    """Every picture has alt text, a caption and a name; one picture a cell."""
    for cell in code_cells(notebook):
        pictures = source(cell).count("bs.plot.")
        if pictures > 1:
            yield f"{cell['id']} draws {pictures} pictures"
        if pictures:
            about = cell["metadata"].get("mystnb", {})
            if len(about.get("image", {}).get("alt", "")) < 20:
                yield f"{cell['id']} draws a picture without alt text"
            if not {"caption", "name"} <= set(about.get("figure", {})):
                yield f"{cell['id']} draws a picture without caption and name"


def statements(notebook):
    """The labels of numbered statements."""
    return [
        label
        for cell in notebook["cells"]
        if cell["cell_type"] == "markdown"
        for _, label in STATEMENT.findall(source(cell))
    ]
