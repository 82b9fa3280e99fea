"""The same criteria on fresh seeds: what was seen first, and what was seen when nothing could be chosen any more.

Many criteria of the third part were fixed after runs on the first seeds had been seen. So the experiments were made
again, unchanged, with seeds that nobody had looked at, and each check is asked a second time, of those runs alone. A
claim holds if it does both times.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ClassVar

from blockshift.claims.evidence import Evidence
from blockshift.claims.measured import NotRunAgain, fresh_seeds


@dataclass(frozen=True)
class Twice:
    """Evidence from the first seeds and from fresh ones.

    Parameters
    ----------
    first : Evidence
    fresh : Evidence or None
        None if the experiment was not made again.

    Examples
    --------
    >>> from blockshift.claims.evidence import Bound
    >>> seen = Twice(Bound(1, 0, 2, "one run"), Bound(3, 0, 2, "another"))
    >>> seen.holds, seen.on_fresh_seeds
    (False, 'does not hold')
    """

    kind: ClassVar[str] = "Repeats"
    first: Evidence
    fresh: Evidence | None

    @property
    def holds(self) -> bool:
        """Whether it does on the first seeds, and on fresh ones if there are any."""
        return self.first.holds and (self.fresh is None or self.fresh.holds)

    @property
    def scope(self) -> str:
        """That of the first."""
        return self.first.scope

    @property
    def on_first_seeds(self) -> str:
        """Whether it holds on the seeds that had been seen."""
        return "holds" if self.first.holds else "does not hold"

    @property
    def on_fresh_seeds(self) -> str:
        """Whether it holds on those that had not."""
        return "not run again" if self.fresh is None else "holds" if self.fresh.holds else "does not hold"

    @property
    def summary(self) -> str:
        """Both, in words."""
        first = f"First seeds, {self.on_first_seeds}: {self.first.summary}"
        if self.fresh is None:
            return f"{first}. Not run again with fresh seeds"
        return f"{first}. Fresh seeds, {self.on_fresh_seeds}: {self.fresh.summary}"


def and_again(check: Callable[..., Evidence]) -> Callable[..., Twice]:
    """A check that is asked of the first runs, and then of those with fresh seeds, with the same arguments."""

    @wraps(check)
    def both(**arguments) -> Twice:
        first = check(**arguments)
        try:
            with fresh_seeds():
                return Twice(first, check(**arguments))
        except NotRunAgain:
            return Twice(first, None)

    return both
