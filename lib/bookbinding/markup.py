"""Repair the markup of theorems, proofs, exercises and formulas.

The extensions for them give every proof of a page the same id, and every statement's body another one, so that no
page with two theorems is valid HTML and a link may land on the wrong one. A proof's opening word is plain text, out
of a style sheet's reach. And a browser may break a line between a formula and the comma after it. All three are put
right when a page is about to be written; numbers and references are then settled already and stay what they are.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

# These stand for a kind of block, not for one block, and nothing links to them.
SHARED_IDS = {"proof", "proof-content", "exercise-content", "solution-content"}
OPENING = "Proof. "
# What never begins a line when it follows a formula: punctuation, the rest of a word ("-th", "'s") and its ending.
TAIL = re.compile(r"[,.;:!?)\]’'”\"-][^\s]*")


class CleanMarkup(SphinxPostTransform):
    """Ids that name one block each, proofs that can be styled, formulas that keep their comma."""

    # After the titles of exercises and solutions have been filled in (20 and 21).
    default_priority = 300

    def run(self, **kwargs: Any) -> None:
        """Go through the page once for each repair."""
        for block in self.document.findall(nodes.Element):
            if SHARED_IDS.intersection(block.get("ids", ())):
                block["ids"] = [name for name in block["ids"] if name not in SHARED_IDS]
        for block in self.document.findall(nodes.admonition):
            if "proof" in block["classes"]:
                mark_opening(block)
        for title in self.document.findall(nodes.title):
            if "solution" in title.parent["classes"]:
                free_space(title)
        for formula in list(self.document.findall(nodes.math)):
            keep_tail(formula)


def mark_opening(proof: nodes.admonition) -> None:
    """Turn a proof's opening word, where it has one, into an element of its own."""
    first = next(iter(proof.findall(nodes.Text)), None)
    if first is not None and first.startswith(OPENING):
        word = nodes.inline("", OPENING.strip(), classes=["proof-opening"])
        first.parent.replace(first, [word, nodes.Text(" " + first[len(OPENING) :])])


def free_space(title: nodes.title) -> None:
    """Move the space before "Exercise" in a solution's title out of the link, so that it is not underlined."""
    link = next(iter(title.findall(nodes.reference)), None)
    if link is not None and link.children and link.astext().startswith(" "):
        first = link.children[0]
        link.replace(first, nodes.Text(first.astext().lstrip()))
        title.insert(title.index(link), nodes.Text(" "))


def keep_tail(formula: nodes.math) -> None:
    """Put a formula and the punctuation right after it into one unbreakable element."""
    after = formula.next_node(descend=False, siblings=True)
    found = TAIL.match(after) if isinstance(after, nodes.Text) else None
    if found is None:
        return
    formula.parent.replace(after, nodes.Text(after[found.end() :]))
    together = nodes.inline("", "", classes=["together"])
    formula.parent.replace(formula, together)
    together += [formula, nodes.Text(found.group())]


def setup(app: Sphinx) -> dict[str, object]:
    """Tell Sphinx about the repairs."""
    app.add_post_transform(CleanMarkup)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
