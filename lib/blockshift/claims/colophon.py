"""What a number of this book rests on besides its source: the commit, the versions, the machine, the threads."""

import os
import platform
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from blockshift import errors
from blockshift.claims import report
from blockshift.claims.benches import Table

#: As in CITATION.cff.
TITLE, YEAR = "blockshift: deep networks as one matrix", 2026
#: Where a build is told the public address of the repository, and the branch of it that has the built book.
REPOSITORY, BRANCH = "BLOCKSHIFT_REPOSITORY", "BLOCKSHIFT_PAGES"
GITHUB = re.compile(r"(https://github\.com/[\w.-]+/[\w.-]+?)(?:\.git)?/?")


@dataclass(frozen=True, repr=False)
class Colophon:
    """Where and with what this was computed.

    Attributes
    ----------
    commit : str
        Of the checkout, with ``+`` if files of the library differ from it; "unknown" without one.
    source : str
        Digits of the library's source, as in the record of a verification.
    system : str
    threads : str
        What was asked of the numerical libraries; "as they like" if nothing was.
    versions : dict of str to str
    repository : str or None
        Its public address, where the build knows it.
    branch : str or None
        The branch of the repository that has the built book, where the build knows it.
    """

    commit: str
    source: str
    system: str
    threads: str
    versions: dict[str, str]
    repository: str | None = None
    branch: str | None = None

    @property
    def table(self) -> Table:
        """All of it, a line for each."""
        rows = [("commit", self.commit), ("repository", self.repository or "its address is not known to this build")]
        rows += [("source of the library", self.source), ("system", self.system)]
        rows += [("threads", self.threads), *self.versions.items()]
        return Table(("part", "as it was"), tuple(rows))

    @property
    def bibtex(self) -> str:
        """An entry that cites this very build of the book."""
        changed = ", with changes" if self.commit.endswith("+") else ""
        known = {
            "author": "{The blockshift authors}",
            "title": TITLE,
            "year": YEAR,
            "version": self.versions.get("blockshift", "absent"),
            "howpublished": "Executable book and Python library",
            "note": f"Commit {self.commit[:12]}{changed}" if self.commit != "unknown" else None,
            "url": self.repository,
        }
        rows = [f"  {name:12} = {{{what}}}" for name, what in known.items() if what]
        return f"@misc{{blockshift{YEAR},\n" + ",\n".join(rows) + "\n}"

    @property
    def elsewhere(self) -> str:
        """Which buttons the pages have for running them elsewhere, and how to get those they lack.

        Examples
        --------
        >>> Colophon("0", "0", "", "1", {}, "https://github.com/owner/name").elsewhere.splitlines()[0]
        'The buttons open this very commit of https://github.com/owner/name on Binder.'
        """
        if self.repository is None:
            return (
                "The public address of the repository is not known to this build,\n"
                "so its pages have no buttons for Binder and Colab. To get them:\n"
                f"{REPOSITORY}=https://github.com/OWNER/NAME \\\n{BRANCH}=BRANCH make book"
            )
        if self.branch is None:
            return (
                f"The buttons open this very commit of {self.repository} on Binder.\n"
                "For Colab, name the branch of it where the built book is published:\n"
                f"{BRANCH}=BRANCH make book"
            )
        return (
            f"The buttons open this very commit of {self.repository} on Binder,\n"
            f"and on Colab the copies of the chapters on its branch {self.branch}."
        )

    def _repr_html_(self) -> str:
        return self.table._repr_html_()

    def __repr__(self) -> str:
        return f"Colophon(commit {self.commit[:12]}, Python {self.versions['python']}, {self.system})"


def colophon() -> Colophon:
    """Where and with what numbers are computed here and now.

    Examples
    --------
    >>> "numpy" in colophon().versions
    True
    """
    return Colophon(
        report.commit(),
        report.source_hash(),
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        os.environ.get("OMP_NUM_THREADS", "as they like"),
        report.versions(),
        repository(),
        os.environ.get(BRANCH) or None,
    )


def repository(root: Path | None = None) -> str | None:
    """The public address of the repository: what the environment says, or else the remote ``origin`` if on GitHub.

    Nothing else is taken for one: a folder, a private host, or an address with a name and a key in it.

    Raises
    ------
    BadArgument
        If the environment says something else than such an address.
    """
    if given := os.environ.get(REPOSITORY):
        found = GITHUB.fullmatch(given)
        if found is None:
            raise errors.BadArgument(
                f"{REPOSITORY} is {given!r}; expected https://github.com/OWNER/NAME, which Binder and Colab can open."
            )
        return found[1]
    git = ["git", "-C", str(root or report.source_root()), "remote", "get-url", "origin"]
    try:
        origin = subprocess.run(git, capture_output=True, text=True, timeout=20).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
    found = GITHUB.fullmatch(origin)
    return found[1] if found else None
