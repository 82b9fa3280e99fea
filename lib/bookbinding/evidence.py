"""The evidence beside each statement: its claim's id, a badge, and links to what was checked.

A statement is a numbered block whose label is a claim's id in lower case. When a page is about to be written, each
of them is given what the last verification says of its claim, and where that can be looked at: the entry in the
register, the paper, the check and the derivation in the library's own source, the tests, the figures. All of it is
read off the register, its record and the code; chapters say nothing of it.

A record that does not speak of these very sources turns the badges grey. A statement without a claim and a claim
without a statement are warnings, and so stop the build.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from blockshift.claims import ledger, pages, report
from blockshift.claims.badges import anchor, badge
from bookbinding import code_pages
from bookbinding.trail import Place, Trail, trail

KINDS = {"theorem", "proposition", "lemma", "corollary", "conjecture"}
STATUS = {
    "confirmed": "confirmed in a public copy",
    "inferred": "as we read it",
    "ours": "this book's own",
    "open": "nobody's yet",
}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verified:
    """What the last verification says of each claim, by the label of its statement."""

    register: pages.Register
    rows: dict[str, tuple[ledger.Claim, dict | None, str]] = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> Verified:
        """The verification in a file, or what is shown where there is none."""
        register = pages.Register(report.read(path))
        return cls(register, {row[0].id.lower(): row for row in register.shown()})

    @property
    def fingerprint(self) -> str:
        """A digest of everything that the badges depend on."""
        parts = (report.source_hash(), report.data_hash(), repr(self.register.record))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class BesideStatements(SphinxPostTransform):
    """The evidence at the end of every statement of a page."""

    # After the markup has been repaired (300).
    default_priority = 400

    def run(self, **kwargs: Any) -> None:
        """Go through the statements of the page."""
        for block in statements(self.document):
            row = self.app.evidence.rows.get(block["label"])
            if row is None:
                continue
            if self.app.builder.format == "html":
                text = Beside(self.app, self.env.docname, row, trail(row[0])).html()
                block += nodes.raw("", text, format="html")
            else:
                block += nodes.paragraph("", f"{row[0].id}: {row[2]}. {scope(self.app.evidence, row)}")


def statements(document: nodes.document) -> Iterator[nodes.Element]:
    """The blocks of a page that state a claim."""
    for block in document.findall(nodes.Element):
        if block.get("realtype") in KINDS and block.get("label"):
            yield block


def scope(verified: Verified, row: tuple) -> str:
    """What the evidence is and for what, in words that need no colour."""
    claim, entry, word = row
    if entry is None:
        return "No verification was found beside this book."
    if claim.check is None:
        return "No check has been written yet; the register keeps the gap."
    text = f"{entry['kind']}: {entry['scope']}"
    if word == report.STALE:
        commit = (verified.register.record or {}).get("commit", "")[:12]
        return f"The library or its data have changed since commit {commit}, where it said “{entry['verdict']}”. {text}"
    return text


@dataclass(frozen=True)
class Beside:
    """The evidence of one claim, for one page."""

    app: Sphinx
    page: str
    row: tuple[ledger.Claim, dict | None, str]
    trail: Trail

    def html(self) -> str:
        """The badge, the links, and folded below them the numbers and the code; unfolded where it does not hold."""
        claim, entry, word = self.row
        id_ = self._to(self.app.config.evidence_register, anchor(claim.id), claim.id)
        head = f'<p class="evidence-verdict">{id_} {badge(word)} '
        head += f'<span class="evidence-scope">{escape(scope(self.app.evidence, self.row))}</span></p>'
        links = "".join(f"<li>{item}</li>" for item in self._links())
        list_ = f'<ul class="evidence-links" aria-label="Evidence of {escape(claim.id)}">{links}</ul>'
        if entry is None or claim.check is None:
            return f'<div class="evidence">{head}{list_}</div>'
        rows = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in self._facts(entry))
        unfolded = "" if word == ledger.HOLDS else " open"
        return (
            f'<div class="evidence">{head}{list_}<details{unfolded}>'
            f"<summary>how it was checked</summary><dl>{rows}</dl></details></div>"
        )

    def _links(self) -> Iterator[str]:
        """What one may want to look at, a link each."""
        claim = self.row[0]
        yield f"{self._source()} <span>({STATUS[claim.status]})</span>"
        if self.trail.check:
            yield self._code(self.trail.check, "check")
        yield from (self._code(at, f"derivation {at.name}") for at in self.trail.derivations)
        if self.trail.tests:
            yield self._code(self.trail.tests[0], "test")
        yield from filter(None, map(self._figure, claim.figures))

    def _facts(self, entry: dict) -> Iterator[tuple[str, str]]:
        """The numbers and the code."""
        assert self.trail.check is not None
        yield "found", escape(entry["evidence"])
        yield "control", escape(f"{pages.arguments(entry['controlled_by'])} {entry['control']}")
        yield "check", self._code(self.trail.check)
        for name in ("derivations", "library", "tests"):
            if places := getattr(self.trail, name):
                yield name, ", ".join(map(self._code, places))
        record = self.app.evidence.register.record
        yield "verified", escape(f"{record['when'][:10]}, commit {record['commit'][:12]}, {entry['seconds']:.2f} s")

    def _to(self, page: str, place: str, text: str) -> str:
        """A link to a place in the book."""
        uri = self.app.builder.get_relative_uri(self.page, page)
        return f'<a href="{escape(uri)}#{escape(place)}">{escape(text)}</a>'

    def _code(self, at: Place, text: str | None = None) -> str:
        """A link to a line of the source, by what is to be seen there, or by the name of what begins there."""
        shown = text or f"{Path(at.file).stem}.{at.name}"
        return self._to(code_pages.page(at.file), code_pages.line(at.line), shown)

    def _source(self) -> str:
        """The paper, linked to its entry in the bibliography."""
        key = self.row[0].source
        domain = self.app.env.domains.get("cite")
        for citation in domain.citations if domain else ():
            if citation.key == key:
                label = f"[{citation.formatted_entry.label}]"
                return "paper " + self._to(citation.bibliography_key.docname, citation.citation_id, label)
        return escape(key)

    def _figure(self, name: str) -> str:
        """A figure by its number, where the book has it."""
        page, place = self.app.env.get_domain("std").anonlabels.get(name, ("", ""))
        if not page:
            return ""
        number = self.app.env.toc_fignumbers.get(page, {}).get("figure", {}).get(place, ())
        return self._to(page, place, f"Figure {'.'.join(map(str, number))}".strip())


def read_record(app: Sphinx) -> None:
    """Read the last verification before the first page is."""
    app.evidence = Verified.read(Path(app.srcdir, app.config.evidence_record))


def reread(app: Sphinx, env: BuildEnvironment, added: set, changed: set, removed: set) -> list[str]:
    """The register's page, which shows the record in a cell, where the record or the library has changed."""
    page = app.config.evidence_register
    return [page] if page in env.found_docs and is_new(app, env) else []


def rewrite(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Every page with a statement, where the record or the library has changed; and completeness, looked at."""
    stated = getattr(env, "proof_list", {})
    for label, found in stated.items():
        if found["realtype"] in KINDS and label not in app.evidence.rows:
            log.warning("the statement %r has no claim in the register", label, location=found["docname"])
    for label, (claim, _, _) in app.evidence.rows.items():
        if label not in stated:
            log.warning("claim %s has no statement: no numbered block is labelled %r", claim.id, label)
    fresh = is_new(app, env)
    env.evidence_fingerprint = app.evidence.fingerprint
    return sorted({found["docname"] for label, found in stated.items() if label in app.evidence.rows}) if fresh else []


def is_new(app: Sphinx, env: BuildEnvironment) -> bool:
    """Whether the badges of the last build would say something else."""
    return getattr(env, "evidence_fingerprint", "") != app.evidence.fingerprint


def setup(app: Sphinx) -> dict[str, object]:
    """Tell Sphinx about the evidence."""
    app.add_config_value("evidence_record", "chapters/verification.json", "env", (str,))
    app.add_config_value("evidence_register", "chapters/register", "env", (str,))
    app.add_post_transform(BesideStatements)
    app.connect("builder-inited", read_record)
    app.connect("env-get-outdated", reread)
    app.connect("env-updated", rewrite)
    app.connect("html-collect-pages", code_pages.collect)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
