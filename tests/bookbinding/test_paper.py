"""The book on paper, in a book of two chapters: everything of ours comes through the LaTeX builder, and through TeX."""

import base64
import io
import json
import shutil
import subprocess
import warnings
from pathlib import Path

import numpy as np
import pytest
import yaml
from docutils import nodes
from myst_nb.core.render import base_render_priority
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from blockshift import plot
from blockshift.claims import LEDGER, ledger, report, verify
from blockshift.graph.network import Network
from blockshift.plot import frames
from bookbinding import paper, typeset

ROOT = Path(__file__).resolve().parents[2]
BOOK = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["sphinx"]["config"]
CONF = f"""
extensions = ["sphinx_proof", "bookbinding.markup", "bookbinding.evidence", "bookbinding.figures", "bookbinding.reruns",
              "bookbinding.paper"]
html_theme = "basic"
project = author = "a"
master_doc = root_doc = "page"
numfig = True
evidence_record = "verification.json"
evidence_register = "register"
latex_engine = "xelatex"
latex_use_xindy = False
latex_domain_indices = False
latex_elements = {BOOK["latex_elements"]!r}
latex_documents = [("page", "{typeset.BOOK}.tex", "A book", "a", "manual")]
"""
PAGE = """
A book
======

Letters of every kind: ℓ ᵀ ↻ ✓ ✗ ⟨x⟩ σ ≤ ∇ ₁ ⁴, **ℓ ᵀ ✓**, *ℓ ᵀ ⟨x⟩*, ``ℓ ᵀ ✓ ∇``.

Inside
------

.. toctree::
   :caption: The first & last part

   part/other
   register
"""
OTHER = (
    r"""
Another page
============

.. prf:theorem:: The conserved matrices
   :label: p1-c6

   :math:`W_i W_i^\T - W_{i+1}^\T W_{i+1}` is.

.. prf:proof::

   It is, :math:`\norm{0} = 0`.

.. raw:: html

   <div class="derivation"><p>Derived, see <a href="../register.html#claim-p1-c6">P1-C6</a>.</p>
   <ol><li>a rule <div class="math">\[\tr A = 0\]</div></li></ol></div>
   <svg><text>drawn</text></svg>

.. image:: /frames.png

.. list-table::
   :header-rows: 1

   * - WHAT
     - what it is said to be
   * - LETTERS
     - REPEATED
""".replace("WHAT", "w" * 30)
    .replace("LETTERS", "l" * 40)
    .replace("REPEATED", "many words " * 12)
)
REGISTER = """
The register
============

.. raw:: html

   <form>choose</form><section id="claim-p1-c6"><p><a href="part/other.html#p1-c6">P1-C6</a>
   <span class="verdict">holds</span></p><details><summary>evidence</summary><dl><dt>found</dt>
   <dd>so &amp; so, <a href="#claim-p1-c6">here</a></dd></dl>
   </details></section>
"""


def played():
    """What a notebook gets of a figure with a slider that begins at its second position."""

    def draw(width):
        return plot.network(Network.random((1, width, 1), rng=np.random.default_rng(0)))

    return frames.frames(draw, {"width": [1, 2]}, begin=[1])._repr_mimebundle_()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder of a book for TeX, its text, and what Sphinx warned of."""
    place = tmp_path_factory.mktemp("paper")
    for name, text in {"conf.py": CONF, "page.rst": PAGE, "part/other.rst": OTHER, "register.rst": REGISTER}.items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_text(text, "utf-8")
    (place / "frames.png").write_bytes(base64.b64decode(played()["image/png"]))
    (place / "verification.json").write_text(json.dumps(report.record([verify(LEDGER["P1-C6"])], complete=False)))
    one = ledger.Ledger()
    one.enter(LEDGER["P1-C6"])
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, patch_docutils(), docutils_namespace(), warnings.catch_warnings():
        # What the tools of the book call by old names is not ours to mend.
        warnings.simplefilter("ignore")
        patch.setattr(ledger, "LEDGER", one)
        patch.setattr(report, "commit", lambda: "0123456789abcdef+")
        folders = (place, place, place / "latex", place / "trees")
        Sphinx(*folders, "latex", status=io.StringIO(), warning=said).build()
    return place / "latex", (place / "latex" / f"{typeset.BOOK}.tex").read_text("utf-8"), said.getvalue()


def body(tex):
    return tex.partition(r"\begin{document}")[2]


def test_no_node_is_unknown_to_the_builder(built):
    assert built[2] == ""


def test_captions_become_parts_and_the_first_page_a_chapter(built):
    tex = body(built[1])
    found = [
        tex.index(text) for text in (r"\chapter{A book}", r"\part{The first \& last part}", r"\chapter{Another page}")
    ]
    assert found == sorted(found)
    assert r"\chapter{Inside}" not in tex


def test_what_is_folded_is_unfolded_and_what_is_pressed_is_left_out(built):
    tex = " ".join(body(built[1]).split())
    assert r"\sphinxstyleemphasis{found}: so \& so, {\hyperref[\detokenize{register:claim-p1-c6}]" in tex
    assert r"\sphinxstylestrong{holds}" in tex
    for word in ("choose", "drawn", "<", "summary"):
        assert word not in tex


def test_links_within_the_book_lead_from_page_to_page(built):
    tex = body(built[1])
    for place in ("register:claim-p1-c6", "part/other:p1-c6"):
        assert rf"\hyperref[\detokenize{{{place}}}]" in tex
    assert r"\label{\detokenize{register:claim-p1-c6}}" in tex


def test_a_cell_shows_its_picture_or_else_its_html_or_else_its_words():
    order = base_render_priority()["latex"]
    order |= {kind: place for builder, kind, place in BOOK["nb_mime_priority_overrides"] if builder == "latex"}
    assert order["image/png"] < order["text/html"] < order["text/plain"]


def test_a_statement_says_its_verdict_in_words(built):
    assert "P1\\sphinxhyphen{}C6: holds. Proof: every depth" in body(built[1])


def test_a_proof_is_text_that_ends_with_a_square(built):
    before, _, after = body(built[1]).partition(r"\sphinxstyleemphasis{Proof.}")
    assert before.count(r"\begin{sphinxadmonition}") == before.count(r"\end{sphinxadmonition}") == 1
    assert after.index(r"\square") < after.index("Derived")


def test_a_formula_of_a_machine_fits_the_line(built):
    assert r"\[\adjustbox{max width=\linewidth}{$\displaystyle \tr A = 0$}\]" in body(built[1])


def test_a_wide_table_shares_the_line_and_a_narrow_one_is_left_alone(built):
    assert r"\begin{tabular}[t]{\X{40}{82}\X{42}{82}}" in body(built[1])
    narrow = nodes.table(
        "",
        nodes.tgroup(
            "",
            nodes.colspec("", colwidth=1),
            nodes.tbody("", nodes.row("", nodes.entry("", nodes.paragraph("", "a")))),
            cols=1,
        ),
        classes=["colwidths-auto"],
    )
    paper.share_width(narrow)
    assert narrow["classes"] == ["colwidths-auto"]


def test_one_picture_stands_for_all_and_says_so(built):
    tex = " ".join(body(built[1]).split())
    assert tex.count(r"\sphinxincludegraphics") == 1
    assert tex.index("includegraphics") < tex.index("One of 2 pictures, with width 2. On the page")


def test_the_title_names_the_commit_and_no_date(built):
    assert r"\date{Commit 0123456789ab, with changes}" in built[1]


def test_tex_sets_it_with_every_letter(built):
    if subprocess.run([ROOT / ".ci" / "tex"], capture_output=True).returncode:
        pytest.skip("TeX is not on this machine; .ci/tex says how to get it")
    status, log = typeset.typeset(built[0])
    assert (status, log.faults) == (0, [])
    assert shutil.which("xelatex")
    assert (built[0] / f"{typeset.BOOK}.pdf").stat().st_size > 10_000
