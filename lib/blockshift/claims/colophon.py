"""What a number of this book rests on besides its source: the commit, the versions, the machine, the threads."""

import os
import platform
from dataclasses import dataclass

from blockshift.claims import report
from blockshift.claims.benches import Table


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
    """

    commit: str
    source: str
    system: str
    threads: str
    versions: dict[str, str]

    @property
    def table(self) -> Table:
        """All of it, a line for each."""
        rows = [("commit", self.commit), ("source of the library", self.source), ("system", self.system)]
        rows += [("threads", self.threads), *self.versions.items()]
        return Table(("part", "as it was"), tuple(rows))

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
    )
