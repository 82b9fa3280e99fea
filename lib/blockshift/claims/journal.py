"""A verification that can be stopped and continued: verdicts are kept on disk as they come.

The journal is a checkpoint as sweeps write them: a verdict is on the disk before the next claim is begun, and a process
that is killed loses the claim it was at and no other. It speaks of one library: the fingerprint of the source, of the
stored runs that claims read, and the versions of the packages stand in its first line, and a journal of anything else
is refused, so that no verdict is ever taken from another library. Only sound verdicts are kept: what failed, and
whatever a check raised, is checked again.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from blockshift.claims import measured, report
from blockshift.claims.ledger import Claim, verify
from blockshift.signs import checkpoints

#: So many digits of a fingerprint are shown where two differ; 64 bits tell any two libraries apart.
DIGITS = 16


def settings() -> dict:
    """All that verdicts depend on."""
    return {
        "what": "verdicts on claims",
        "source of the library": report.source_hash()[:DIGITS],
        "stored runs": stored_runs(measured.folder())[:DIGITS],
        **{f"version of {name}": version for name, version in report.versions().items()},
    }


def stored_runs(folder: Path) -> str:
    """The SHA-256 of the records that claims read: every file of the folder with its place, in order."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix in (".json", ".npz")):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


class Journal:
    """The verdicts of one verification, from the journal where they are there, else by checking; see `opened`.

    Attributes
    ----------
    kept : list of str
        The claims whose verdicts were there already.
    interrupted : callable
        Whether somebody wants this to end: a search that is interrupted gives what it has, which is no verdict.
    """

    def __init__(self, checkpoint: checkpoints.Checkpoint):
        self.checkpoint = checkpoint
        self.interrupted: Callable[[], bool] = lambda: False
        self.kept: list[str] = []

    def entries(self, chosen: Iterable[Claim], begin: Callable[[Claim], None]) -> Iterator[dict]:
        """The verdict on each claim, as `report.entry` has it.

        Parameters
        ----------
        chosen : iterable of Claim
        begin : callable
            Called with each claim that is going to be checked.
        """
        for claim in chosen:
            known = self.checkpoint.finished.get((claim.id,))
            if known is not None:
                self.kept.append(claim.id)
                yield known
                continue
            begin(claim)
            verdict = verify(claim)
            if self.interrupted():
                raise KeyboardInterrupt
            found = report.entry(verdict)
            if verdict.sound:
                self.checkpoint.add((claim.id,), found)
            yield found

    @property
    def said(self) -> str:
        """What a reader who interrupts is told."""
        if self.checkpoint.path is None:
            return "nothing was written, and files that were there are as they were; --checkpoint FILE keeps verdicts"
        count = len(self.checkpoint.finished)
        words = "verdict is" if count == 1 else "verdicts are"
        return f"{count} {words} kept in {self.checkpoint.path}, and the same command goes on from there"


@contextmanager
def opened(path: str | os.PathLike | None) -> Iterator[Journal]:
    """The journal at a path, made if there is none; without a path it is in memory alone.

    Raises
    ------
    BadCheckpoint
        If the file is no journal, is corrupt, is in use, or speaks of another library.
    NotSaved
        If it cannot be made or written.
    """
    with checkpoints.opened(path, {} if path is None else settings()) as checkpoint:
        yield Journal(checkpoint)
