"""Finished cells of a sweep on disk: a journal that survives being killed at any moment.

A checkpoint is a text file of JSON lines. The first names the settings, each other one a finished cell. A cell is
written as soon as it is finished, in one piece, and is on the disk before the sweep goes on. Each line carries a
checksum of itself. A last line without an end is what a killed process left: it is dropped and its cell computed again.
Any other line that is not what was written is refused by its number, and nothing is changed: whoever removes that line
keeps all other cells.

Cells are numbers that only make sense with the settings they were computed with. A checkpoint of other settings is
refused by the name of what differs. Inputs are checked one by one, each by a fingerprint, so that a sweep can be
continued with more of them.
"""

import json
import os
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from blockshift import errors

#: The format of the file; a change of it is a change of this number.
FORMAT = 1

Cell = tuple[str | int, ...]


class Checkpoint:
    """The finished cells of one sweep, in memory and, with a path, on disk.

    Use `opened`. Only one process at a time may have the file open.

    Attributes
    ----------
    path : Path, optional
    finished : dict
        From each cell to its record.
    dropped : bool
        Whether the file ended in the middle of a line.
    """

    def __init__(self, path: Path | None, settings: Mapping[str, Any], inputs: Mapping[str, str]):
        self.path = path
        self.settings, self.inputs = plain(dict(settings)), plain(dict(inputs))
        self.finished: dict[Cell, dict[str, Any]] = {}
        self.dropped = False
        self._file: int | None = None

    def add(self, cell: Cell, record: Mapping[str, Any]) -> None:
        """Keep a finished cell: on return it is on the disk.

        Raises
        ------
        NotSaved
            If it could not be written; the file is then as it was before, and the cell is kept in memory.
        """
        self.finished[cell] = plain(dict(record))
        if self._file is not None:
            self._append({"cell": list(cell), **self.finished[cell]})

    def _append(self, content: dict[str, Any]) -> None:
        """One line, whole or not at all."""
        assert self._file is not None
        line = _line(content)
        end = os.lseek(self._file, 0, os.SEEK_END)
        try:
            written = 0
            while written < len(line):
                written += os.write(self._file, line[written:])
            os.fsync(self._file)
        except OSError as problem:
            with suppress(OSError):  # to shorten a file needs no room
                os.ftruncate(self._file, end)
                os.fsync(self._file)
            raise errors.NotSaved(
                f"cannot write to {self.path}: {problem.strerror}. The cells finished before are kept there; make room "
                f"and give the same command again to continue."
            ) from None

    def _read(self) -> None:
        """What the file holds, and the file without an unfinished end."""
        assert self._file is not None
        content = _whole(self._file)
        *lines, rest = content.split(b"\n")
        if rest:
            self.dropped = True
        if not lines:
            raise self._corrupt(1, "has no end")
        for number, line in enumerate(lines, 1):
            entry = self._entry(number, line)
            if number == 1:
                self._check_settings(entry)
            elif "inputs" in entry:
                self._check_inputs(entry["inputs"])
            else:
                self._take(number, entry)
        if rest:
            os.ftruncate(self._file, len(content) - len(rest))

    def _entry(self, number: int, line: bytes) -> dict[str, Any]:
        """A line, if it is what was written."""
        try:
            entry = json.loads(line)
            check = entry.pop("check")
        except (ValueError, AttributeError, KeyError, TypeError):
            raise self._corrupt(number, "is no entry of a checkpoint") from None
        if _line(entry)[:-1] != line or check != _check(entry):
            raise self._corrupt(number, "does not match its checksum")
        return entry

    def _take(self, number: int, entry: dict[str, Any]) -> None:
        """A finished cell."""
        if "cell" not in entry:
            raise self._corrupt(number, "names no cell")
        cell = tuple(entry.pop("cell"))
        if cell in self.finished:
            raise self._corrupt(number, f"holds cell {named(cell)}, which is there already")
        self.finished[cell] = entry

    def _corrupt(self, number: int, why: str) -> errors.BadCheckpoint:
        """What is wrong with a line."""
        cure = (
            "remove that line to keep all other cells and compute this one again"
            if number > 1
            else "without its first line a checkpoint cannot be used; give another path"
        )
        return errors.BadCheckpoint(f"line {number} of {self.path} {why}; expected what a sweep wrote there: {cure}.")

    def _check_settings(self, first: dict[str, Any]) -> None:
        """That the file belongs to this sweep."""
        if first.get("format") != FORMAT:
            raise errors.BadCheckpoint(
                f"{self.path} is no checkpoint of format {FORMAT}; expected a file that a sweep wrote, or a path at "
                f"which there is none."
            )
        known = first.get("settings", {})
        for name in sorted({*known, *self.settings}):
            if known.get(name) != self.settings.get(name) or (name in known) != (name in self.settings):
                was, now = (
                    json.dumps(there[name], ensure_ascii=False) if name in there else "nothing"
                    for there in (known, self.settings)
                )
                raise errors.BadCheckpoint(
                    f"{self.path} was made with another setting: {name} was {was} and is now {now}. Continue with the "
                    f"same settings, or give another path."
                )

    def _check_inputs(self, known: dict[str, str]) -> None:
        """That inputs of the same name are the same."""
        for name in known:
            if name in self.inputs and self.inputs[name] != known[name]:
                raise errors.BadCheckpoint(
                    f"{self.path} was made with another {name!r}: what goes by that name is not the same any more. "
                    f"Continue with the same one, or give another path."
                )
        self._inputs_there |= known

    _inputs_there: dict[str, str]

    def _open(self) -> None:
        """Make the file if there is none, lock it, and read it."""
        assert self.path is not None
        first = {"format": FORMAT, "settings": self.settings}
        if self.path.exists() and not self.path.is_file():
            raise errors.BadCheckpoint(f"{self.path} is a folder or a device; expected a file, or a path without one.")
        try:
            if not self.path.exists() or self.path.stat().st_size == 0:
                _create(self.path, _line(first))
            self._file = os.open(self.path, os.O_RDWR | os.O_APPEND)
        except OSError as problem:
            raise errors.NotSaved(
                f"cannot open the checkpoint {self.path}: {problem.strerror}; give a path in an existing folder that "
                f"can be written to."
            ) from None
        self._lock()
        self._inputs_there = {}
        self._read()
        if more := {name: mark for name, mark in self.inputs.items() if name not in self._inputs_there}:
            self._append({"inputs": more})

    def _lock(self) -> None:
        """Keep other sweeps away, where the system has locks."""
        assert self._file is not None
        try:
            import fcntl
        except ImportError:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise errors.BadCheckpoint(
                f"another sweep is writing to {self.path}; wait for it, or give another path."
            ) from None
        except OSError:
            return  # a file system without locks

    def _close(self) -> None:
        """Give the file back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


@contextmanager
def opened(
    path: str | os.PathLike | None, settings: Mapping[str, Any], inputs: Mapping[str, str] | None = None
) -> Iterator[Checkpoint]:
    """The checkpoint of a sweep with the given settings, made if there is none; without a path it is in memory alone.

    Parameters
    ----------
    path : path, optional
    settings : dict
        All that results depend on, as JSON has it.
    inputs : dict of str to str, optional
        Fingerprints of what results depend on where they use it, by name.

    Raises
    ------
    BadCheckpoint
        If the file is no checkpoint, is corrupt, is in use, or belongs to other settings or inputs.
    NotSaved
        If the file cannot be made or written.

    Examples
    --------
    >>> with opened(None, {"seed": 0}) as checkpoint:
    ...     checkpoint.add(("squeezenet", 1), {"result": 0.25})
    ...     checkpoint.finished
    {('squeezenet', 1): {'result': 0.25}}
    """
    checkpoint = Checkpoint(None if path is None else Path(path), settings, inputs or {})
    try:
        if path is not None:
            checkpoint._open()
        yield checkpoint
    finally:
        checkpoint._close()


def plain(value: Any) -> Any:
    """A value as JSON gives it back: what is read from a file equals what was computed.

    Raises
    ------
    BadArgument
        If JSON cannot hold it: it has numbers that are not finite, or is no number, text, list or dictionary.

    Examples
    --------
    >>> import numpy as np
    >>> plain({"lower": np.float64(0.5), "shape": (2, np.int64(3))})
    {'lower': 0.5, 'shape': [2, 3]}
    """
    try:
        return json.loads(json.dumps(value, allow_nan=False, default=_unwrapped))
    except (TypeError, ValueError) as problem:
        raise errors.BadArgument(
            f"a result cannot be written as JSON ({problem}); expected finite numbers, texts, lists and dictionaries."
        ) from None


def _unwrapped(value: Any) -> Any:
    """Arrays and numbers of NumPy as Python has them."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is none of these")


def named(cell: Cell) -> str:
    """A cell in words.

    Examples
    --------
    >>> named(("squeezenet", "sign-shuffle", 3))
    'squeezenet, sign-shuffle, 3'
    """
    return ", ".join(map(str, cell))


def _check(content: dict[str, Any]) -> str:
    """Eight digits that change if anything else does."""
    return f"{zlib.crc32(json.dumps(content, ensure_ascii=False, allow_nan=False).encode()):08x}"


def _line(content: dict[str, Any]) -> bytes:
    """An entry with its checksum, as a line."""
    return json.dumps({**content, "check": _check(content)}, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def _whole(file: int) -> bytes:
    """All that a file holds."""
    os.lseek(file, 0, os.SEEK_SET)
    parts = []
    while part := os.read(file, 1 << 20):
        parts.append(part)
    return b"".join(parts)


def _create(path: Path, content: bytes) -> None:
    """A file that is there with its content, or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
