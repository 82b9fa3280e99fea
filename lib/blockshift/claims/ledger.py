"""The register: every claim by its id, what supports it, and what must not.

A claim is a function that returns evidence. Beside it stands its *control*: keyword arguments under which
the statement is false. Verifying a claim runs both, and the verdict is computed from what they return:

- ``holds``: the evidence does.
- ``fails``: it does not, though we expected it to. This turns the build red.
- ``not reproduced``: an empirical claim of a paper that our evidence, at our size, contradicts.
- ``open``: nobody has checked it yet; the entry shows the gap.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from blockshift import compiled, errors
from blockshift.claims.evidence import Broken, Evidence

#: Where a statement comes from: a public copy of the paper, our reading of it, ourselves, or nobody yet.
STATUSES = ("confirmed", "inferred", "ours", "open")
HOLDS, NOT_REPRODUCED, FAILS, OPEN = "holds", "not reproduced", "fails", "open"
FAILS_AS_IT_MUST, DID_NOT_FAIL, NO_CONTROL = "fails as it must", "did not fail", "none"


@dataclass(frozen=True)
class Claim:
    """An entry of the register.

    Parameters
    ----------
    id : str
        Such as ``"P1-C6"``; also the label of the numbered statement in the book, in lower case.
    statement : str
    source : str
        A key of the bibliography, or "ours".
    status : {"confirmed", "inferred", "ours", "open"}
    part : str
        The room it is about: "graph", "flow", ...
    chapter : str
        The page of the book that states it.
    check : callable or None
        Returns evidence; None for what is open.
    control : mapping
        Keyword arguments that make the statement false.
    cost : {"seconds", "minutes"}
    empirical : bool
        Whether it is an observation, which may be not reproduced, rather than mathematics, which may not.
    uses : tuple of str
        The claims it rests on.
    figures : tuple of str
        The names of the book's figures that show it.
    """

    id: str
    statement: str
    source: str
    status: str
    part: str
    chapter: str
    check: Callable[..., Evidence] | None
    control: Mapping[str, Any] = field(default_factory=dict)
    cost: str = "seconds"
    empirical: bool = False
    uses: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()

    def __post_init__(self):
        if self.status not in STATUSES:
            raise errors.BadArgument(f"claim {self.id} has status {self.status!r}; expected one of {STATUSES}.")
        if (self.check is None) != (self.status == "open"):
            raise errors.BadArgument(f"claim {self.id}: exactly the open claims have no check.")
        if self.check is not None and not self.control:
            raise errors.BadArgument(f"claim {self.id} has no control; name an instance on which it is false.")


@dataclass(frozen=True)
class Verdict:
    """What verifying one claim found."""

    claim: Claim
    verdict: str
    control: str
    seconds: float
    evidence: Evidence | None = None
    counter: Evidence | None = None

    @property
    def kind(self) -> str:
        """The kind of evidence."""
        return self.evidence.kind if self.evidence else "none"

    @property
    def scope(self) -> str:
        """For which networks."""
        return self.evidence.scope if self.evidence else "nothing checked yet"

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong: no failure, and no control that passed."""
        return self.verdict != FAILS and self.control != DID_NOT_FAIL

    def __repr__(self) -> str:
        if self.evidence is None:
            return f"{self.claim.id} is open: {self.claim.statement}"
        spoiled = ", ".join(f"{k}={v}" for k, v in self.claim.control.items())
        return (
            f"{self.claim.id} {self.verdict}. {self.kind} for {self.scope}: {self.evidence.summary}. "
            f"Control ({spoiled}) {self.control}."
        )


class Ledger:
    """The claims in the order in which they were entered, each id once."""

    def __init__(self):
        self._claims: dict[str, Claim] = {}

    def enter(self, claim: Claim) -> None:
        """Add a claim.

        Raises
        ------
        BadArgument
            If the id is taken.
        """
        if claim.id in self._claims:
            raise errors.BadArgument(f"claim {claim.id} is in the register already; ids are unique.")
        self._claims[claim.id] = claim

    def __iter__(self):
        return iter(self._claims.values())

    def __len__(self) -> int:
        return len(self._claims)

    def __getitem__(self, name: str) -> Claim:
        known = {key.upper(): claim for key, claim in self._claims.items()}
        if name.upper() not in known:
            raise errors.UnknownName(
                f"no claim is called {name!r}; expected one of {', '.join(self._claims)}. "
                f"'blockshift verify --help' says more."
            )
        return known[name.upper()]

    def select(self, ids: Iterable[str] = (), part: str | None = None, slow: bool = False) -> list[Claim]:
        """The claims of the given ids, or of a part, or all; the slow ones only if named or asked for."""
        ids = list(ids)
        parts = sorted({c.part for c in self})
        if part is not None and part not in parts:
            raise errors.UnknownName(f"no part is called {part!r}; expected one of {', '.join(parts)}.")
        chosen = [self[name] for name in dict.fromkeys(ids)] if ids else list(self)
        return [c for c in chosen if (part is None or c.part == part) and (slow or ids or c.cost == "seconds")]


LEDGER = Ledger()


def claim(id: str, **entry) -> Callable[[Callable[..., Evidence]], Callable[..., Evidence]]:
    """A decorator that enters a function into the register as the check of a claim; see `Claim`."""

    def enter(check: Callable[..., Evidence]) -> Callable[..., Evidence]:
        LEDGER.enter(Claim(id=id, check=check, **entry))
        return check

    return enter


def verify(entry: Claim) -> Verdict:
    """The verdict on one claim: its check is run, then its control.

    A check that raises is a check that fails, and its reason is kept. A control that raises has not failed
    *as it must*: it should return evidence that does not hold.
    """
    if entry.check is None:
        return Verdict(entry, OPEN, NO_CONTROL, 0.0)
    begin = time.perf_counter()
    evidence = _evidence(entry.check, {})
    counter = _evidence(entry.check, entry.control)
    verdict = HOLDS if evidence.holds else NOT_REPRODUCED if entry.empirical else FAILS
    broken = isinstance(counter, Broken) or counter.holds
    control = DID_NOT_FAIL if broken else FAILS_AS_IT_MUST
    return Verdict(entry, verdict, control, time.perf_counter() - begin, evidence, counter)


def _evidence(check: Callable[..., Evidence], arguments: Mapping[str, Any]) -> Evidence:
    """What a check returns; whatever it raises becomes evidence of nothing, but an interruption stays one."""
    try:
        return check(**arguments)
    except Exception as problem:
        if compiled.was_interrupted(problem):
            raise KeyboardInterrupt from problem
        return Broken(f"{type(problem).__name__}: {problem}")
