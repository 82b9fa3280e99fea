"""The register as the book shows it: verdicts as cards, the last verification as a table."""

import os
from collections import Counter
from dataclasses import dataclass
from html import escape
from itertools import groupby

from blockshift.claims import ledger, report
from blockshift.claims.badges import anchor, badge
from blockshift.claims.uses import Mark, Uses

#: What the parts are called on paper.
PARTS = {"graph": "the network as a graph", "flow": "gradient flow", "signs": "signs", "neurons": "neurons"}


@dataclass(frozen=True, repr=False)
class Card:
    """The verdict on one claim, found now, as a page shows it."""

    verdict: ledger.Verdict

    def _repr_html_(self) -> str:
        v = self.verdict
        rows = (
            ("evidence", f"{escape(v.kind)}, for {escape(v.scope)}"),
            ("found", escape(v.evidence.summary) if v.evidence else "nothing has been checked yet"),
            ("control", f"{escape(arguments(v.claim.control))} {escape(v.control)}"),
        )
        list_ = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in rows)
        head = f"<strong>{escape(v.claim.id)}</strong> {badge(v.verdict)}"
        return f'<div class="evidence-card"><p>{head}</p><dl>{list_}</dl></div>'

    def __repr__(self) -> str:
        return repr(self.verdict)


def verdict(name: str) -> Card:
    """The verdict on the claim of that id, found now: its check is run, and its control.

    Raises
    ------
    UnknownName
        If no claim has that id.

    Examples
    --------
    >>> verdict("P1-C1").verdict.verdict
    'holds'
    """
    return Card(ledger.verify(ledger.LEDGER[name]))


@dataclass(frozen=True, repr=False)
class Register:
    """The last verification, and whether it still speaks of this library.

    Parameters
    ----------
    record : dict or None
        As `report.record` made it.
    """

    record: dict | None

    @property
    def state(self) -> str:
        """``"fresh"``, ``"stale"``, or ``"not verified in this build"``."""
        return report.freshness(self.record)

    def shown(self) -> list[tuple[ledger.Claim, dict | None, str]]:
        """Every claim of the ledger, its entry in the record, and the word it is shown with.

        That is the verdict only in a fresh record that has the claim.
        """
        entries = {c["id"]: c for c in self.record["claims"]} if self.record else {}
        state = self.state  # every file of the library is read for it
        found = []
        for claim in ledger.LEDGER:
            entry = entries.get(claim.id)
            word = report.ABSENT if entry is None else entry["verdict"] if state == report.FRESH else state
            found.append((claim, entry, word))
        return found

    @property
    def uses(self) -> Uses:
        """Which claim uses which, each with the word it is shown with."""
        marks = [Mark(claim.id, claim.statement, word) for claim, _, word in self.shown()]
        return Uses(marks, {claim.id: claim.uses for claim in ledger.LEDGER})

    def __repr__(self) -> str:
        words = Counter(word for _, _, word in self.shown())
        return f"Register({', '.join(f'{n} {word}' for word, n in words.items())})"

    def _repr_html_(self) -> str:
        shown = self.shown()
        parts = "".join(
            f'<h2 class="part">On {escape(PARTS.get(part, part))}</h2>'
            f'<div class="register">{"".join(map(_entry, rows))}</div>'
            for part, rows in groupby(shown, key=lambda row: row[0].part)
        )
        return f"<p>{self._heading()}</p>{_filter(shown)}{parts}"

    def _heading(self) -> str:
        if self.record is None:
            return f"{badge(report.ABSENT)} No verification was found beside this page: run <code>make verify</code>."
        r = self.record
        with_ = ", ".join(f"{escape(name)} {escape(version)}" for name, version in r["versions"].items())
        line = (
            f"Verified {escape(r['when'][:10])} at commit <code>{escape(r['commit'][:12])}</code>, "
            f"in {r['summary']['seconds']:.1f} s, with {with_}."
        )
        if self.state == report.STALE:
            line += f" {badge(report.STALE)} The library has changed since: run <code>make verify</code>."
        return line


def last_verification(path: str | os.PathLike = "verification.json") -> Register:
    """The register as the last verification left it, by default beside the page that shows it.

    Examples
    --------
    >>> last_verification("there is no such file").state
    'not verified in this build'
    """
    return Register(report.read(path))


def _facets(row) -> dict[str, str]:
    """What an entry can be chosen by."""
    claim, entry, word = row
    return {"part": PARTS.get(claim.part, claim.part), "evidence": entry["kind"] if entry else "none", "verdict": word}


def _filter(shown) -> str:
    """A form that leaves the entries of one part, kind or verdict; hidden until a script is there to answer it."""
    fields = []
    facets = list(map(_facets, shown))
    for name in ("part", "evidence", "verdict"):
        counts = Counter(facet[name] for facet in facets)
        options = f'<option value="">all ({len(facets)})</option>'
        options += "".join(f'<option value="{escape(v)}">{escape(v)} ({n})</option>' for v, n in counts.items())
        fields.append(f'<label>{name} <select name="{name}">{options}</select></label>')
    return (
        f'<form class="register-filter" aria-label="Choose claims" hidden>{"".join(fields)}'
        '<button type="reset">show all</button><p role="status"></p></form>'
    )


def _entry(row) -> str:
    """One claim of the register."""
    claim, entry, word = row
    begin = (
        f'<section id="{anchor(claim.id)}" '
        + " ".join(f'data-{k}="{escape(v)}"' for k, v in _facets(row).items())
        + ">"
    )
    link = f'<a href="{escape(claim.chapter)}.html#{claim.id.lower()}">{escape(claim.id)}</a>'
    text = f"<p>{link} {badge(word)} {escape(claim.statement)}</p>"
    if entry is None:
        return f"{begin}{text}</section>"
    # What "holds" covers is part of the verdict, so it is never folded away.
    scope = f"<p class='scope'>{escape(entry['kind'])}: {escape(entry['scope'])}</p>" if claim.check else ""
    facts = [
        ("source", f"{claim.source}, {claim.status}"),
        ("found", entry["evidence"]),
        ("control", f"{arguments(entry['controlled_by'])} {entry['control']}"),
        ("rests on", ", ".join(claim.uses) or "no other claim"),
        ("took", f"{entry['seconds']:.2f} s"),
    ]
    list_ = "".join(f"<dt>{name}</dt><dd>{escape(fact)}</dd>" for name, fact in facts)
    return f"{begin}{text}{scope}<details><summary>evidence</summary><dl>{list_}</dl></details></section>"


def arguments(control) -> str:
    """The keyword arguments of a control, as one would write them."""
    return "(" + ", ".join(f"{k} = {v}" for k, v in control.items()) + ")"
