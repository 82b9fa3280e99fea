"""Which claims can be derived again in any Python, and what that finds: all in plain values that travel as JSON.

Two roads to each. The derivation is the one of the register, for all sizes. The statement written out is at one shape,
in SymPy's polynomials; what is left over of it, counted in terms, is zero or the statement is false.
"""

import json
import math
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from blockshift import errors
from blockshift.flow.symbols import derivations
from blockshift.flow.symbols.transcripts import Derivation
from blockshift.flow.symbols.words import h
from blockshift.reruns import written_out

#: The largest number of paths from an input to an output. The slowest claim then takes seconds, and in a browser
#: ten times as long.
MOST_PATHS = 48
MOST_WIDTHS = 8
#: Terms of a polynomial that are shown.
SHOWN = 3


@dataclass(frozen=True)
class Entry:
    """A claim that can be derived again.

    Parameters
    ----------
    id : str
    spoiling : str
        What breaks the statement, in words.
    control : mapping
        The same as keyword arguments: those of the register.
    derive : callable or None
        The derivation for all sizes; None where there is only the expansion.
    expand : callable or None
        What must be zero at a shape; None where there is only the derivation.
    shape : tuple of int
        The shape to begin with.
    """

    id: str
    spoiling: str
    control: Mapping[str, Any]
    derive: Callable[..., Derivation] | None
    expand: Callable[..., written_out.Differences] | None = None
    shape: tuple[int, ...] = ()


_EARLY = ("leave out the last term of the sum", {"last": h - 1})
_SIGN = ("flip a sign", {"sign": +1})
_LOOPS = ("give every node a loop", {"grade": 0})

#: All of them, by id.
ENTRIES = {
    entry.id: entry
    for entry in (
        Entry("P1-C1", *_LOOPS, derivations.nilpotency, written_out.nilpotency, (3, 4, 3)),
        Entry("P1-C4", *_LOOPS, derivations.spectrum, written_out.spectrum, (3, 4, 3)),
        Entry("P1-C2", *_EARLY, derivations.gradient, written_out.gradient, (3, 4, 3)),
        Entry(
            "P1-C3",
            "put the data one block off",
            {"grade": h - 1},
            derivations.loss_is_layerwise,
            written_out.loss_is_layerwise,
            (3, 4, 3),
        ),
        Entry("P1-C5", "claim a degree one lower", {"less": 2}, None, written_out.degree, (3, 4, 3)),
        Entry("P1-C6", *_SIGN, derivations.conserved_matrices, written_out.conserved_matrices, (3, 4, 3)),
        Entry("P1-C7", *_SIGN, derivations.commutator, written_out.commutator, (3, 4, 3)),
        Entry("P1-C8", *_SIGN, derivations.loss_decrease, written_out.loss_decrease, (3, 4, 3)),
        Entry("S6", *_EARLY, derivations.norm_law, written_out.norm_law, (3, 4, 3)),
        Entry("S10", *_EARLY, derivations.necessary_conditions, written_out.necessary_conditions, (3, 4, 3)),
        Entry("S18", "count each pair once", {"factor": 1}, derivations.hessian, written_out.hessian, (2, 2, 2, 2)),
        Entry(
            "P1-C14",
            "change the basis of inputs and outputs too",
            {"outer": False},
            derivations.hidden_change_of_basis,
            written_out.hidden_change_of_basis,
            (2, 3, 2),
        ),
        Entry(
            "P1-C22",
            "leave the balance",
            {"balanced": False},
            derivations.balanced_end_to_end,
            written_out.balanced_end_to_end,
            (2, 3, 2),
        ),
        Entry(
            "P1-C30",
            "forget the second order",
            {"second": False},
            derivations.descent_drift,
            written_out.descent_drift,
            (2, 3, 2),
        ),
        Entry("P1-C31", *_SIGN, derivations.general_loss, written_out.general_loss, (3, 4, 3)),
        Entry(
            "E1",
            "let Σ have no inverse",
            {"invertible": False},
            derivations.origin_is_alone,
            written_out.origin_is_alone,
            (2, 3, 2),
        ),
        Entry("O-R4", "forget the bend of the step before", {"lag": False}, derivations.heavy_ball),
        Entry("P1-C18", "claim it for two layers too", {"least": 2}, derivations.origin_is_flat),
        Entry("P1-C19", "leave the balance", {"balanced": False}, derivations.both_mirrors),
        Entry("S21", *_EARLY, derivations.equal_sizes),
        Entry("S22", *_EARLY, derivations.ties),
    )
}


def rerun(name: str, shape: Sequence[int] | str | None = None, *, broken: bool = False) -> dict[str, Any]:
    """What deriving a claim again finds, in plain values.

    Parameters
    ----------
    name : str
        A claim of `ENTRIES`.
    shape : sequence of int or str, optional
        The widths, input first, such as ``(3, 4, 3)`` or ``"3-4-3"``; by default the entry's own.
    broken : bool
        Whether to break the statement as the register's control does.

    Returns
    -------
    dict
        ``id``, ``control`` (in words), ``broken``, ``python``, ``sympy``; ``derivation``, or None: its ``statement``,
        ``scope``, ``holds``, ``tally`` and ``lines``; ``expansion``, or None: its ``shape``, the number of ``entries``
        and ``letters``, the ``residual`` in terms, and its ``beginning``. Under ``holds``, whether all that was found
        supports the statement.

    Raises
    ------
    UnknownName
        If no entry has this name.
    BadArgument
        If the shape is not one, or the statement is not about it.
    TooLarge
        If the expansion would take too long.

    Examples
    --------
    >>> found = rerun("P1-C6", "2-2-2")
    >>> found["holds"], found["expansion"]["residual"]
    (True, 0)
    >>> rerun("P1-C6", "2-2-2", broken=True)["expansion"]["residual"]
    72
    """
    if name not in ENTRIES:
        raise errors.UnknownName(f"no claim {name!r} can be derived again here; expected one of {', '.join(ENTRIES)}.")
    entry = ENTRIES[name]
    spoil = dict(entry.control) if broken else {}
    derived = _derived(entry.derive(**spoil)) if entry.derive else None
    expanded = _expanded(entry, widths(entry.shape if shape is None else shape), spoil) if entry.expand else None
    return {
        "id": entry.id,
        "control": spoken(entry),
        "broken": broken,
        "holds": all(part["holds"] for part in (derived, expanded) if part),
        "derivation": derived,
        "expansion": expanded,
        "python": f"{platform.python_implementation()} {platform.python_version()} on {platform.machine() or 'wasm'}",
        "sympy": sympy.__version__,
    }


def spoken(entry: Entry) -> str:
    """What breaks the statement, in words and as the register has it.

    Examples
    --------
    >>> spoken(ENTRIES["P1-C6"])
    'flip a sign (sign = 1)'
    """
    return f"{entry.spoiling} ({', '.join(f'{key} = {value}' for key, value in entry.control.items())})"


def widths(shape: Sequence[int] | str) -> tuple[int, ...]:
    """The widths of a shape, as numbers or as text.

    Examples
    --------
    >>> widths("3-4-3")
    (3, 4, 3)
    """
    parts = shape.replace(",", "-").split("-") if isinstance(shape, str) else list(shape)
    try:
        found = tuple(int(part) for part in parts)
    except (TypeError, ValueError):
        raise errors.BadArgument(
            f"the shape is {shape!r}; expected whole numbers with hyphens between them; write for example 3-4-3."
        ) from None
    if not 2 <= len(found) <= MOST_WIDTHS or min(found) < 1:
        raise errors.BadArgument(
            f"the shape is {'-'.join(map(str, found))}; expected 2 to {MOST_WIDTHS} widths, each at least 1; write for "
            "example 3-4-3."
        )
    if math.prod(found) > MOST_PATHS:
        raise errors.TooLarge(
            f"the shape {'-'.join(map(str, found))} has {math.prod(found)} paths from an input to an output; up to "
            f"{MOST_PATHS} are written out here; take narrower or fewer layers."
        )
    return found


def _derived(derivation: Derivation) -> dict[str, Any]:
    """A derivation in plain values."""
    return {
        "statement": derivation.statement,
        "scope": derivation.scope,
        "holds": derivation.holds,
        "tally": derivation.tally,
        "lines": [
            {"formula": line.formula, "rule": line.rule, "status": line.status, "mark": line.mark}
            for line in derivation.lines
        ],
    }


def _expanded(entry: Entry, shape: tuple[int, ...], spoil: Mapping[str, Any]) -> dict[str, Any]:
    """The statement written out at a shape, in plain values."""
    assert entry.expand is not None
    differences = entry.expand(shape, **spoil)
    left = [value for X in differences for value in X.to_dok().values()]
    return {
        "shape": list(shape),
        "entries": sum(X.shape[0] * X.shape[1] for X in differences),
        "letters": max((len(X.domain.symbols) for X in differences), default=0),
        "residual": sum(len(value) for value in left),
        "beginning": _beginning(min(left, key=len)) if left else "0",
        # A statement about hidden layers says nothing where there are none.
        "holds": not left,
    }


def _beginning(polynomial) -> str:
    """The first terms of a polynomial."""
    terms = polynomial.terms()
    first = polynomial.ring.from_terms(terms[:SHOWN])
    return f"{first.as_expr()}{f' + … ({len(terms)} terms)' if len(terms) > SHOWN else ''}"


def answer(request: str) -> str:
    """What `rerun` finds, from and to JSON; a refusal is an answer too, under ``refused``.

    Examples
    --------
    >>> answer('{"name": "P1-C6", "shape": "3-0-3"}')
    '{"refused": "the shape is 3-0-3; expected 2 to 8 widths, each at least 1; write for example 3-4-3."}'
    """
    try:
        return json.dumps(rerun(**json.loads(request)))
    except errors.BlockshiftError as problem:
        return json.dumps({"refused": str(problem)})
