"""The walls of the house: who imports whom, what is declared, what no file may say."""

import ast
import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import blockshift
from house import notebooks

ROOT = Path(__file__).resolve().parents[2]
LIB = ROOT / "lib" / "blockshift"
MODULES = sorted(LIB.rglob("*.py"))
SYMBOLIC = [
    "errors",
    *(f"flow.symbols.{room}" for room in "words calculus transcripts derivations expansions".split()),
    "reruns.entries",
]
#: Rooms of the hall that are about modules of torch, each behind a door that opens without it.
ROOMS_OF_TORCH = ("tracing", "pretrained", "architectures")
#: Import names that differ from the name of the package that brings them.
BRINGS = {
    "bs4": "beautifulsoup4",
    "yaml": "jupyter-book",
    "nbformat": "nbval",
    "sphinx": "jupyter-book",
    "myst_nb": "jupyter-book",
    "docutils": "jupyter-book",
    "PIL": "pillow",
}


def tree(file):
    return ast.parse(file.read_text(encoding="utf-8"))


def imported(node):
    """The top-level packages that a piece of code imports."""
    for n in ast.walk(node):
        if isinstance(n, ast.Import):
            yield from (alias.name.split(".")[0] for alias in n.names)
        elif isinstance(n, ast.ImportFrom) and n.module and not n.level:
            yield n.module.split(".")[0]


def test_the_import_contracts_hold():
    script = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([sys.executable, script, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("package", "rooms"),
    [
        ("sympy", {"flow/symbols/expansions.py", *(f"reruns/{p.name}" for p in (LIB / "reruns").glob("*.py"))}),
        ("matplotlib", {f"plot/{p.name}" for p in (LIB / "plot").glob("*.py")}),
        (
            "torch",
            {
                "signs/heat_bath.py",
                *(f"neurons/{room}.py" for room in ("passes", "nets", "basins", "training")),
                *(f"graph/{name}.py" for name in ("layers", "dag", "tangents", "perceptrons")),
                *(
                    p.relative_to(LIB).as_posix()
                    for room in ROOMS_OF_TORCH
                    for p in (LIB / "graph" / room).rglob("*.py")
                ),
            },
        ),
    ],
)
def test_a_big_dependency_lives_in_its_room(package, rooms):
    users = {file.relative_to(LIB).as_posix() for file in MODULES if package in imported(tree(file))}
    assert users <= rooms


@pytest.mark.parametrize("file", sorted((ROOT / "tests").rglob("*oracle*.py")), ids=lambda f: f.name)
def test_an_oracle_imports_no_room(file):
    assert "blockshift" not in set(imported(tree(file)))


def blocked(names, code):
    """A Python that runs `code` and in which the named packages cannot be imported."""
    wall = f"""
import sys
class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in {names!r}:
            raise ImportError(name + ' is behind the wall')
sys.meta_path.insert(0, Wall())
"""
    return subprocess.run([sys.executable, "-c", wall + code], capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("module", SYMBOLIC)
def test_a_symbolic_room_opens_without_numpy_scipy_torch_and_matplotlib(module):
    done = blocked(["numpy", "scipy", "torch", "matplotlib"], f"import blockshift, blockshift.{module}")
    assert done.returncode == 0, done.stderr


def test_the_front_door_opens_without_torch_and_finds_its_rooms():
    names = [name for name in blockshift.__all__ if name != "plot"]
    code = f"import blockshift as bs; [getattr(bs, name) for name in {names!r}]"
    assert blocked(["torch", "matplotlib"], code).returncode == 0


def test_the_wall_of_these_tests_is_one():
    assert blocked(["json"], "import json").returncode != 0


@pytest.mark.parametrize("folder", [".", "chapters", "chapters/flow"])
def test_the_package_is_found_from_any_folder(folder):
    done = subprocess.run([sys.executable, "-c", "import blockshift"], cwd=ROOT / folder, timeout=60)
    assert done.returncode == 0


def test_the_front_door_refuses_a_name_it_does_not_have():
    with pytest.raises(AttributeError, match="there are"):
        _ = blockshift.frustrated
    assert set(dir(blockshift)) == set(blockshift.__all__)


def test_no_module_is_named_for_nothing_or_too_long():
    assert not [f for f in MODULES if f.stem in {"utils", "util", "helpers", "misc", "core", "common"}]
    assert not [f for f in MODULES if len(f.read_text(encoding="utf-8").splitlines()) > 400]


@pytest.mark.parametrize("file", MODULES, ids=lambda f: f.relative_to(LIB).as_posix())
def test_whatever_is_public_says_what_it_is_in_a_sentence(file):
    module = tree(file)
    documented = [module, *(n for n in module.body if isinstance(n, ast.FunctionDef | ast.ClassDef))]
    for node in documented:
        name = getattr(node, "name", file.stem)
        if name.startswith("_") and not isinstance(node, ast.Module):
            continue
        first = (ast.get_docstring(node) or "").split("\n\n")[0].strip()
        assert first.endswith((".", ":", "?")), f"{file.name}: {name}"


def pins(name):
    lines = (ROOT / name).read_text().splitlines()
    return dict(line.split("==") for line in lines if "==" in line and not line.startswith("#"))


def test_requirements_lock_and_installation_agree():
    direct, lock = pins("requirements.txt"), pins("requirements.lock")
    below = {name.lower().replace("_", "-"): version for name, version in lock.items()}
    for name, version in direct.items():
        assert name == "torch" or below[name.lower()] == version, name
    for name, version in (lock | direct).items():
        assert metadata.version(name).split("+")[0] == version, name


def test_the_lock_holds_no_torch_and_no_addresses():
    text = (ROOT / "requirements.lock").read_text()
    assert "torch==" not in text
    assert not re.search(r"https?://|file://| @ |\+cpu|nvidia", text)


def test_what_is_imported_is_declared():
    declared = set(pins("requirements.txt"))
    here = {
        "blockshift",
        *(p.stem for p in (ROOT / "tests").rglob("*.py")),
        *(p.name for p in (ROOT / "tests").iterdir()),
    }
    used = {
        name for folder in ("lib", "tests") for file in (ROOT / folder).rglob("*.py") for name in imported(tree(file))
    }
    for file in (ROOT / "chapters").rglob("*.ipynb"):
        for cell in notebooks.code_cells(json.loads(file.read_text(encoding="utf-8"))):
            used.update(imported(ast.parse(notebooks.source(cell))))
    ours = here | {"bookbinding", "chapters"}
    foreign = {BRINGS.get(name, name) for name in used - set(sys.stdlib_module_names) - ours}
    assert foreign <= declared


def test_no_file_speaks_of_the_place_where_it_was_written():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a checkout")
    place = str(ROOT.parent) + "/"
    for name in listed.stdout.splitlines():
        if name.endswith((".png", ".svg", ".npz")):
            continue
        text = (ROOT / name).read_text(encoding="utf-8")
        assert place not in text, name
