"""Repair the markup of theorems, proofs and exercises.

The extensions for them give every proof of a page the same id, and every statement's body another one, so that no
page with two theorems is valid HTML and a link may land on the wrong one. A proof's opening word is plain text, out
of a style sheet's reach. Both are put right when a page is about to be written; numbers and references are then
settled already and stay what they are.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

# These stand for a kind of block, not for one block, and nothing links to them.
SHARED_IDS = {"proof", "proof-content", "exercise-content", "solution-content"}
OPENING = "Proof. "


class DistinctBlocks(SphinxPostTransform):
    """Ids that name one block each, and proofs whose opening word can be styled."""

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


def mark_opening(proof: nodes.admonition) -> None:
    """Turn a proof's opening word, where it has one, into an element of its own."""
    first = next(iter(proof.findall(nodes.Text)), None)
    if first is not None and first.startswith(OPENING):
        word = nodes.inline("", OPENING.strip(), classes=["proof-opening"])
        first.parent.replace(first, [word, nodes.Text(" " + first[len(OPENING) :])])


def setup(app: Sphinx) -> dict[str, object]:
    """Tell Sphinx about the repairs."""
    app.add_post_transform(DistinctBlocks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
