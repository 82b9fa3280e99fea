"""A chapter runs where nothing was: in what a Binder makes of a clean clone, and in Colab's copy (minutes)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bookbinding import launch

ROOT = Path(__file__).resolve().parents[2]
#: One that is quick, and one that reads what is stored in chapters/data.
CHAPTERS = ("graph/one-matrix", "flow/benchmark-of-integrators")
#: Seconds for an installation, and for a chapter.
PATIENCE, TURN = 900, 300
#: What names this checkout, or would have its packages seen.
OURS = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")


def call(*command, cwd, path=None, timeout=TURN):
    """What a command does in an environment that knows nothing of this one, with its programs found first."""
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    environment["PATH"] = os.pathsep.join(filter(None, (path and str(path), environment["PATH"])))
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=timeout)


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clean clone of what is committed."""
    place = tmp_path_factory.mktemp("clone") / "book"
    done = call("git", "clone", "-q", ROOT, place, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return place


@pytest.fixture(scope="module")
def programs(clone, tmp_path_factory):
    """Where the programs are of an environment that was empty, after what a Binder does."""
    place = tmp_path_factory.mktemp("environment")
    made = call(sys.executable, "-m", "venv", place, cwd=place)
    assert made.returncode == 0, made.stderr
    found = place / "bin"
    tool = next(pin for pin in (ROOT / "requirements.lock").read_text().split() if pin.startswith("wheel=="))
    asked = call(found / "pip", "download", "-q", "--no-deps", "--retries", "1", "-d", place / "one", tool, cwd=place)
    if asked.returncode:
        pytest.skip(f"no packages can be had here: {asked.stderr.strip().splitlines()[-1]}")
    done = call(clone / "binder" / "postBuild", cwd=clone, path=found, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return found


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_runs_in_what_a_binder_makes(chapter, clone, programs):
    done = call(programs / "jupyter", "execute", clone / "chapters" / f"{chapter}.ipynb", cwd=clone, path=programs)
    assert done.returncode == 0, done.stderr
    asked = call(programs / "python", "-c", "import blockshift; print(blockshift.__file__)", cwd=programs)
    assert Path(asked.stdout.strip()).is_relative_to(clone)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_copy_for_colab_runs_where_there_is_no_library(chapter, clone, programs, tmp_path):
    # Colab has NumPy, torch and their like, and not this package.
    assert call(programs / "pip", "uninstall", "-q", "-y", "blockshift", cwd=tmp_path).returncode == 0
    assert call(programs / "python", "-c", "import blockshift", cwd=tmp_path).returncode != 0
    commit = call("git", "rev-parse", "HEAD", cwd=clone).stdout.strip()
    notebook = json.loads((clone / "chapters" / f"{chapter}.ipynb").read_text("utf-8"))
    copy = tmp_path / "copy.ipynb"
    copy.write_text(json.dumps(launch.for_colab(notebook, f"chapters/{chapter}", clone.as_uri(), commit)), "utf-8")
    done = call(programs / "jupyter", "execute", copy, cwd=tmp_path, path=programs, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "src" / "blockshift" / "chapters" / "data").is_dir()
