"""Trained networks by name or out of a file: ``bs.model`` and ``bs.models``."""

import os
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

from blockshift import errors
from blockshift.graph import architectures
from blockshift.graph.pretrained import converters, digits, entries, own_files
from blockshift.graph.pretrained.entries import Entry
from blockshift.graph.pretrained.packages import INSTALL
from blockshift.graph.pretrained.trained import Model


@dataclass(frozen=True, repr=False)
class Catalogue:
    """The networks that are known by name.

    Parameters
    ----------
    entries : tuple of Entry
    """

    entries: tuple[Entry, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All names, the default first."""
        return tuple(entry.name for entry in self.entries)

    @property
    def installed(self) -> tuple[str, ...]:
        """The names of those that can be read here and now."""
        return tuple(entry.name for entry in self.entries if entry.installed)

    def __getitem__(self, name: str) -> Entry:
        """What is known of one network.

        Raises
        ------
        UnknownName
            If nothing is.
        """
        if name not in self.names:
            raise errors.UnknownName(
                f"no network is called {name!r}, and no file; there are {', '.join(self.names)}, "
                f"and files ending in {', '.join(own_files.ENDINGS)}."
            )
        return self.entries[self.names.index(name)]

    def as_json(self) -> list[dict[str, Any]]:
        """The same in plain values."""
        return [
            {
                "name": entry.name, "about": entry.about, "parameters": entry.parameters,
                "input_shape": [_channels(entry), entry.size, entry.size],
                "preprocessing": entry.preprocessing.as_json(), "source": entry.source, "licence": entry.licence,
                "installed": entry.installed, "install": entry.install, "default": entry.name == entries.DEFAULT,
            }
            for entry in self.entries
        ]  # fmt: skip

    def _rows(self) -> list[tuple[str, ...]]:
        """A heading and a row for each network."""
        rows: list[tuple[str, ...]] = [("name", "what it is", "parameters", "from", "here")]
        for entry in self.entries:
            here = "yes" if entry.installed else entry.install
            rows.append((entry.name, entry.about, f"{entry.parameters:,}", entry.source, here))
        return rows

    def _repr_html_(self) -> str:
        head, *rows = self._rows()
        top = "".join(f"<th>{escape(word)}</th>" for word in head)
        body = "".join("<tr>" + "".join(f"<td>{escape(word)}</td>" for word in row) + "</tr>" for row in rows)
        table = f'<table class="table"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'
        return f'<div class="pst-scrollable-table-container">{table}</div>'

    def __repr__(self) -> str:
        rows = self._rows()
        wide = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        lines = ["  ".join(word.ljust(n) for word, n in zip(row, wide, strict=True)).rstrip() for row in rows]
        if len(self.installed) < len(self.names):
            lines.append(f"All at once: {INSTALL}")
        return "\n".join(lines)


def models() -> Catalogue:
    """The networks that are known by name, whether they are installed, and how to install them.

    Examples
    --------
    >>> models()["squeezenet"].parameters
    1235496
    """
    return Catalogue(tuple(entries.ENTRIES.values()))


def model(
    name: str | os.PathLike = entries.DEFAULT,
    *,
    architecture: str | None = None,
    input_size: int | None = None,
    seed: int | None = None,
    epoch: float | None = None,
) -> Model:
    """The trained network of that name, or in that file.

    A name is one of ``models()``. A file is ONNX, an archive of ``torch.export``, or a state dict, in safetensors or as
    torch saves it, with the name of its architecture. Nothing that would have to be unpickled as code is read, and no
    file of a package whose SHA-256 is not the one that is known.

    Parameters
    ----------
    name : str or path
    architecture : str, optional
        For a state dict: one of ``blockshift.graph.architectures.KNOWN``.
    input_size : int, optional
        Side of the pictures, where it is not the usual one.
    seed : int, optional
        Which run, of the networks that were trained here; 0 if left out.
    epoch : float, optional
        After which epoch, of the networks that were trained here; the last one if left out.

    Raises
    ------
    UnknownName
        If neither a network nor a file has that name, or no architecture that one.
    NotInstalled
        If the package that carries it is not here.
    UnsafeFile
        If a file could be read only by running code that is in it.
    BadArgument
        If a file is not what it should be, or an option does not belong to what was named.

    Examples
    --------
    >>> model("mnist-mlp")
    Model(mnist-mlp: three dense layers trained on 4,000 digits of MNIST, 39,578 parameters, input 1×28×28)
    """
    if input_size is not None and (not isinstance(input_size, int) or input_size < 1):
        raise errors.BadArgument(f"the input size is {input_size!r}; expected the side of a picture, such as 224.")
    known = entries.ENTRIES.get(name) if isinstance(name, str) else None
    if known is None:
        path = Path(name)
        if path.suffix.lower() not in own_files.ENDINGS or not path.is_file():
            if path.is_file():
                raise errors.BadArgument(
                    f"{path} has an ending that says nothing; expected one of {', '.join(own_files.ENDINGS)}."
                )
            models()[os.fspath(name)]
        if (seed, epoch) != (None, None):
            raise errors.BadArgument(f"{path} is a file; a seed and an epoch belong to the networks trained here.")
        return own_files.read(path, architecture, input_size)
    if architecture is not None:
        raise errors.BadArgument(
            f"{name!r} is a network by name and brings its architecture; leave {architecture!r} out, or name a file."
        )
    if input_size is not None and input_size % known.multiple:
        raise errors.BadArgument(f"the input size is {input_size}; {name!r} wants a multiple of {known.multiple}.")
    if known.asset is None:
        return _trained_here(known, seed or 0, epoch, input_size)
    if (seed, epoch) != (None, None):
        raise errors.BadArgument(f"{name!r} was trained elsewhere; a seed and an epoch belong to {_ours()}.")
    return _from_package(known, input_size)


def _ours() -> str:
    """The names of the networks that were trained here."""
    return ", ".join(digits.RECIPES)


def _channels(entry: Entry) -> int:
    """How many channels the pictures of a network have."""
    return len(entry.preprocessing.mean)


def _described(entry: Entry, size: int | None) -> Model:
    """What a network is, before there is a module."""
    side = size or entry.size
    return Model(
        entry.name, entry.about, (_channels(entry), side, side), entry.parameters, preprocessing=entry.preprocessing,
        classes=entries.classes_of(entry.classes), source=entry.source, licence=entry.licence,
    )  # fmt: skip


def _from_package(entry: Entry, size: int | None) -> Model:
    """A network that ships in a package."""
    assert entry.asset is not None
    content = entry.asset.read()
    if not entry.architecture:
        return replace(_described(entry, size), file=entry.asset.path)
    state = getattr(converters, entry.reader)(content)
    module = architectures.named(entry.architecture).fill(state, size=size or entry.size)
    return replace(_described(entry, size), module=module)


def _trained_here(entry: Entry, seed: int, epoch: float | None, size: int | None) -> Model:
    """A network that was trained here, and what it was before."""
    if size not in (None, entry.size):
        raise errors.BadArgument(f"the input size is {size}; {entry.name!r} takes pictures of {entry.size} only.")
    made = [
        digits.filled(architectures.named(entry.architecture).build(), digits.state(entry.name, seed, when).values)
        for when in (epoch, 0)
    ]
    return replace(_described(entry, None), module=made[0], initial=made[1])
