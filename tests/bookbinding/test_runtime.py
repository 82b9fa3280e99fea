"""The Python that runs in the page: pinned, checked, laid out at once or not at all; and the book without it."""

import hashlib
import io
import json
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from bookbinding import runtime

ROOT = Path(__file__).resolve().parents[2]
CORE = {"pyodide.mjs": b"the script", "pyodide.asm.wasm": b"the machine"}


def tarball():
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name, content in CORE.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def wheel():
    target = io.BytesIO()
    names = ("sums/__init__.py", "sums/tests/test_it.py", "sums/data.txt", "sums-1.dist-info/METADATA", "setup.py")
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, f"# {name}")
    return target.getvalue()


@pytest.fixture
def registries(tmp_path, monkeypatch):
    """Package clients that hand out small parts; what they were asked for; and the pins of these parts."""
    parts = {"core-1.tgz": tarball(), "sums-1-py3-none-any.whl": wheel()}
    asked = []

    def call(command, what):
        asked.append(what)
        if command[0] == "npm":
            # npm with a cache in a home that cannot be written never ends.
            assert Path(command[command.index("--cache") + 1]).is_relative_to(tmp_path)
        folder = Path(command[command.index("--pack-destination" if "pack" in command else "--dest") + 1])
        name = "core-1.tgz" if "pack" in command else "sums-1-py3-none-any.whl"
        (folder / name).write_bytes(parts[name])
        return ""

    monkeypatch.setattr(runtime, "call", call)
    monkeypatch.setattr(runtime, "npm", lambda: ["npm"])
    pins = {
        "core": {
            "npm": "core", "version": "1", "file": "core-1.tgz", "files": list(CORE),
            "sha512": hashlib.sha512(parts["core-1.tgz"]).hexdigest(),
        },
        "wheels": [{
            "pypi": "sums", "version": "1", "file": "sums-1-py3-none-any.whl",
            "sha256": hashlib.sha256(parts["sums-1-py3-none-any.whl"]).hexdigest(),
        }],
        "node": {"pypi": "brings-node", "version": "1"},
    }  # fmt: skip
    return pins, parts, asked


def test_the_parts_are_fetched_checked_and_laid_out(registries, tmp_path):
    pins, _, asked = registries
    folder = tmp_path / "var" / "rerun"
    assert not runtime.is_ready(folder, pins)
    runtime.make(folder, pins)
    assert asked == ["core@1", "sums==1"]
    assert {name: (folder / name).read_bytes() for name in CORE} == CORE
    with zipfile.ZipFile(folder / "packages.zip") as archive:
        assert archive.namelist() == ["sums/__init__.py"]
    assert runtime.is_ready(folder, pins)
    assert [path.name for path in folder.parent.iterdir()] == ["rerun"]


@pytest.mark.parametrize("part", ["core-1.tgz", "sums-1-py3-none-any.whl"])
def test_refuses_a_part_with_another_hash(registries, tmp_path, part):
    pins, parts, _ = registries
    parts[part] = parts[part] + b"\0"
    with pytest.raises(runtime.WrongHash, match=part):
        runtime.make(tmp_path / "rerun", pins)
    assert not (tmp_path / "rerun").exists()
    assert not list(tmp_path.iterdir())


def test_a_change_of_the_pins_makes_it_anew(registries, tmp_path):
    pins, _, _ = registries
    runtime.make(tmp_path / "rerun", pins)
    assert not runtime.is_ready(tmp_path / "rerun", {**pins, "node": {"pypi": "brings-node", "version": "2"}})


def test_the_same_parts_give_the_same_bytes(registries, tmp_path):
    pins, _, _ = registries
    for name in "ab":
        runtime.make(tmp_path / name, pins)
    first, second = ((tmp_path / name / "packages.zip").read_bytes() for name in "ab")
    assert first == second


def test_without_npm_a_python_package_brings_it(registries, tmp_path, monkeypatch):
    pins, _, _ = registries
    brought, clients = [], iter([None, ["node", "npm-cli.js"]])
    monkeypatch.setattr(runtime, "npm", lambda: next(clients))
    monkeypatch.setattr(runtime, "bring_node", lambda pins: brought.append(pins["node"]["pypi"]))
    runtime.make(tmp_path / "rerun", pins)
    assert brought == ["brings-node"]


def test_without_any_npm_it_is_not_had(registries, tmp_path, monkeypatch):
    monkeypatch.setattr(runtime, "npm", lambda: None)
    monkeypatch.setattr(runtime, "bring_node", lambda pins: None)
    with pytest.raises(runtime.NotHad, match="no npm"):
        runtime.make(tmp_path / "rerun", registries[0])
    assert not (tmp_path / "rerun").exists()


@pytest.fixture
def without_network(monkeypatch, tmp_path):
    """A main that finds nothing fetched and fetches nothing."""

    def make():
        raise runtime.NotHad("core@1: no route to the registry")

    monkeypatch.setattr(runtime, "is_ready", lambda: False)
    monkeypatch.setattr(runtime, "make", make)


def test_without_a_network_the_book_is_built_all_the_same_and_says_so(without_network, monkeypatch, capsys):
    monkeypatch.delenv("BLOCKSHIFT_RUNTIME", raising=False)
    assert runtime.main() == 0
    said = capsys.readouterr().err
    assert "no route to the registry" in said
    assert "without its buttons" in said


def test_where_it_is_required_its_absence_is_an_error(without_network, monkeypatch):
    monkeypatch.setenv("BLOCKSHIFT_RUNTIME", "required")
    assert runtime.main() == 1


def test_another_hash_is_an_error_everywhere(monkeypatch, capsys):
    def make():
        raise runtime.WrongHash("core-1.tgz has another hash")

    monkeypatch.delenv("BLOCKSHIFT_RUNTIME", raising=False)
    monkeypatch.setattr(runtime, "is_ready", lambda: False)
    monkeypatch.setattr(runtime, "make", make)
    assert runtime.main() == 1
    assert "another hash" in capsys.readouterr().err


def test_what_is_there_is_not_fetched_again(monkeypatch, capsys):
    monkeypatch.delenv("BLOCKSHIFT_RUNTIME", raising=False)
    monkeypatch.setattr(runtime, "is_ready", lambda: True)
    monkeypatch.setattr(runtime, "make", lambda: pytest.fail("fetched again"))
    assert runtime.main() == 0
    assert not capsys.readouterr().err


def test_where_it_is_required_node_is_brought(monkeypatch):
    nodes = iter([None, Path("node")])
    brought = []
    monkeypatch.setenv("BLOCKSHIFT_RUNTIME", "required")
    monkeypatch.setattr(runtime, "is_ready", lambda: True)
    monkeypatch.setattr(runtime, "node", lambda: next(nodes))
    monkeypatch.setattr(runtime, "bring_node", brought.append)
    assert runtime.main() == 0
    assert len(brought) == 1


def test_a_client_that_fails_is_quoted():
    with pytest.raises(runtime.NotHad, match="a part: lost"):
        runtime.call([sys.executable, "-c", "import sys; print('lost', file=sys.stderr); sys.exit(3)"], "a part")
    with pytest.raises(runtime.NotHad, match="a part"):
        runtime.call(["/no/such/client"], "a part")


def test_an_old_node_does_not_do(monkeypatch, tmp_path):
    (tmp_path / "node").touch()
    monkeypatch.setattr(runtime.shutil, "which", lambda name: str(tmp_path / "node"))
    monkeypatch.setattr(runtime, "_of_wheel", lambda path: None)
    monkeypatch.setattr(runtime, "call", lambda command, what: "v16.20.2\n")
    assert runtime.node() is None
    monkeypatch.setattr(runtime, "call", lambda command, what: f"v{runtime.OLDEST_NODE}.0.0\n")
    assert runtime.node() == tmp_path / "node"


def test_everything_is_pinned_by_version_and_hash():
    pins = runtime.lock()
    assert len(bytes.fromhex(pins["core"]["sha512"])) == 64
    assert all(len(bytes.fromhex(pin["sha256"])) == 32 for pin in pins["wheels"])
    assert all(pin["version"] in pin["file"] for pin in (pins["core"], *pins["wheels"]))


def test_the_second_python_has_the_same_sympy_as_the_first():
    pinned = dict(line.split("==") for line in (ROOT / "requirements.lock").read_text("utf-8").split() if "==" in line)
    assert {pin["pypi"]: pin["version"] for pin in runtime.lock()["wheels"]} == {
        name: pinned[name] for name in ("sympy", "mpmath")
    }


def test_the_package_that_brings_node_is_declared():
    pin = runtime.lock()["node"]
    assert f"{pin['pypi']}=={pin['version']}" in (ROOT / "pyproject.toml").read_text("utf-8")


@pytest.mark.parametrize("file", sorted(runtime.LOCK.parent.iterdir()), ids=lambda file: file.name)
def test_no_address_of_a_server_stands_in_what_is_ours(file):
    assert "//" not in file.read_text("utf-8").replace("// ", "").replace("//\n", "")
    assert json.loads(runtime.LOCK.read_text("utf-8")) == runtime.lock()
