"""The register on paper: a record of one verification, and whether it still speaks of this library.

A record is JSON with the commit, the versions, hashes of the library's source and of the stored measurements that some
claims read, and one entry for each claim. It is *fresh* while both hashes are those of the files at hand, *stale* when
it is not, and *absent* where nothing was verified: a page that shows it never shows green for what it does not know.
"""

import hashlib
import json
import os
import platform
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from blockshift import errors
from blockshift.claims.ledger import DID_NOT_FAIL, FAILS, HOLDS, NOT_REPRODUCED, OPEN, Verdict

PACKAGES = ("blockshift", "numpy", "scipy", "sympy", "torch", "matplotlib")
FRESH, STALE, ABSENT = "fresh", "stale", "not verified in this build"


def source_root() -> Path:
    """The folder of the package, whose source is what a record judges."""
    return Path(__file__).resolve().parents[1]


def source_hash(root: Path | None = None) -> str:
    """The SHA-256 of the library's source: every ``.py`` file with its place, in order."""
    root = root or source_root()
    digest = hashlib.sha256()
    for file in sorted(root.rglob("*.py")):
        digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def data_hash(folder: Path | None = None) -> str:
    """The SHA-256 of the stored measurements of the checkout, every file with its place; of nothing without them."""
    folder = folder or source_root().parents[1] / "chapters" / "data"
    digest = hashlib.sha256()
    for file in sorted(file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def commit(root: Path | None = None) -> str:
    """The commit of the checkout that holds the library, with ``+`` if files differ from it; or "unknown"."""
    folder = str(root or source_root())

    def git(*words: str) -> str:
        done = subprocess.run(["git", "-C", folder, *words], capture_output=True, text=True, check=True, timeout=20)
        return done.stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "--", folder) else "")
    except (OSError, subprocess.SubprocessError):
        return "unknown"


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that numbers depend on."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "absent"
    return found


def entry(verdict: Verdict) -> dict:
    """One claim of a record."""
    claim = verdict.claim
    return {
        "id": claim.id,
        "statement": claim.statement,
        "source": claim.source,
        "status": claim.status,
        "part": claim.part,
        "chapter": claim.chapter,
        "uses": list(claim.uses),
        "figures": list(claim.figures),
        "kind": verdict.kind,
        "scope": verdict.scope,
        "evidence": verdict.evidence.summary if verdict.evidence else "",
        "verdict": verdict.verdict,
        **_both_times(verdict),
        "control": verdict.control,
        "controlled_by": {k: str(v) for k, v in claim.control.items()},
        "seconds": round(verdict.seconds, 3),
    }


def _both_times(verdict: Verdict) -> dict[str, str]:
    """What was found on the first seeds and on fresh ones, where a claim was asked twice."""
    names = ("on_first_seeds", "on_fresh_seeds")
    return {name: getattr(verdict.evidence, name) for name in names if hasattr(verdict.evidence, name)}


def sound(claim: dict) -> bool:
    """Whether nothing is wrong with an entry, as `Verdict.sound` has it."""
    return claim["verdict"] != FAILS and claim["control"] != DID_NOT_FAIL


def record(verdicts: Iterable[Verdict | dict], *, complete: bool) -> dict:
    """The record of a verification, from verdicts or their entries; `complete` if no claim was left out."""
    claims = [v if isinstance(v, dict) else entry(v) for v in verdicts]
    count = {word: sum(c["verdict"] == word for c in claims) for word in (HOLDS, NOT_REPRODUCED, FAILS, OPEN)}
    loose = [c["id"] for c in claims if c["control"] == DID_NOT_FAIL]
    return {
        "commit": commit(),
        "source": source_hash(),
        "data": data_hash(),
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "complete": complete,
        "claims": claims,
        "summary": {
            "claims": len(claims),
            **count,
            "controls that did not fail": loose,
            "seconds": round(sum(c["seconds"] for c in claims), 3),
        },
    }


def write(content: dict, path: str | os.PathLike) -> None:
    """Write JSON whole or not at all: to a file beside it first, which then takes its place.

    Raises
    ------
    BadArgument
        If the folder does not exist or cannot be written to.
    """
    path = Path(path)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    except OSError as problem:
        raise errors.BadArgument(
            f"cannot write {path}: {problem.strerror}; give a path in an existing folder."
        ) from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1, ensure_ascii=False)
            file.write("\n")
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read(path: str | os.PathLike) -> dict | None:
    """The record at a path, or None where there is none that can be read."""
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("claims"), list) else None


def freshness(found: dict | None) -> str:
    """Whether a record speaks of the files at hand: "fresh", "stale", or "not verified in this build"."""
    if found is None:
        return ABSENT
    return FRESH if (found.get("source"), found.get("data")) == (source_hash(), data_hash()) else STALE


def line(claim: dict) -> str:
    """One claim of a record as a line for a terminal."""
    mark = {HOLDS: "✓", FAILS: "✗", NOT_REPRODUCED: "≠", OPEN: "○"}[claim["verdict"]]
    text = f"{mark} {claim['id']:7} {claim['verdict']:14} {claim['kind']:11} control {claim['control']}"
    return f"{text}\n  {claim['statement']}\n  {claim['scope']}: {claim['evidence']}"


def closing(found: dict) -> str:
    """The last line of a report."""
    s = found["summary"]
    counts = ", ".join(f"{s[word]} {word}" for word in (HOLDS, NOT_REPRODUCED, FAILS, OPEN) if s[word])
    loose: Sequence[str] = s["controls that did not fail"]
    text = f"{s['claims']} claims: {counts or 'none'}; {s['seconds']:.1f} s"
    if found.get("kept"):
        count = len(found["kept"])
        text += f"; {count} {'verdict was' if count == 1 else 'verdicts were'} there already"
    return text + (f"; controls that did not fail: {', '.join(loose)}" if loose else "")
