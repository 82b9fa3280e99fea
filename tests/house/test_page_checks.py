"""Each check of the built pages can fail: pages broken on purpose, one fault each, are refused."""

from inspect import signature

import pytest

from built import checks

SOUND = """<!DOCTYPE html>
<html lang="en"><head><title>A page</title><link rel="stylesheet" href="style.css">
<script defer src="mathjax/tex.js"></script></head>
<body><img class="logo__image" src="logo.svg" alt="the logo">
<article><h1 id="top">A page</h1><p>Text with <span class="math">\\(x\\)</span>, <a href="#top">a link</a>
and <a href="other.html#there">another</a>.</p><h2>Below</h2>
<div class="cell_input"><pre>np.nan</pre></div>
<div class="cell_output"><figure><img src="logo.svg" alt="A line that rises from zero to one.">
<figcaption><span class="caption-text">A line.</span></figcaption></figure></div>
<div class="citation"><a href="https://doi.org/10.1000/1">doi</a></div></article></body></html>"""


def write(folder, page=SOUND, style="p { background: url(logo.svg) }"):
    """A small book of two pages with everything they need, the first page as given."""
    fonts = folder / "mathjax/output/chtml/fonts/woff-v2/MathJax_Main-Regular.woff"
    fonts.parent.mkdir(parents=True)
    (folder / "mathjax/input/tex/extensions").mkdir(parents=True)
    front = '<meta http-equiv="Refresh" content="0; url=page.html">'
    terms = 'Search.setIndex({"terms": {"nilpot": 0}, "titleterms": {}})'
    other = '<html lang="en"><title>Other</title><article><h1 id="there">Other</h1></article></html>'
    files = {"page.html": page, "other.html": other, "index.html": front, "style.css": style, "searchindex.js": terms}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    for file in (fonts, folder / "logo.svg", folder / "mathjax/tex.js"):
        file.touch()
    return checks.Book(folder)


def complaints(check, book):
    """What a check of one page says about the first page of a book."""
    page = book.page("page.html")
    return check(page, book) if len(signature(check).parameters) == 2 else check(page)


# A check, a piece of the sound page, what it becomes, and a word of the complaint.
BROKEN = [
    (checks.nameless, ' lang="en"', "", "no lang"),
    (checks.nameless, "<title>A page</title>", "", "no title"),
    (checks.nameless, "<title>A page</title>", "<title>&lt;no title&gt; - A book</title>", "no title"),
    (checks.outside_loads, 'href="style.css"', 'href="https://fonts.example/a.css"', "fonts.example"),
    (checks.outside_loads, 'src="mathjax/tex.js"', 'src="//cdn.example/m.js"', "cdn.example"),
    (checks.outside_loads, 'src="logo.svg" alt="A', 'src="http://img.example/a.png" alt="A', "img.example"),
    (checks.outside_loads, "<p>", '<iframe src="https://video.example/"></iframe><p>', "video.example"),
    (checks.outside_loads, "<p>", '<p style="background: url(//img.example/b.png)">', "img.example"),
    (checks.outside_loads, "<p>", '<style>@import "https://css.example/c.css";</style><p>', "css.example"),
    (checks.outside_loads, "<p>", '<script>const URL = "https://run.example/x.js"</script><p>', "run.example"),
    (checks.outside_loads, "<p>", '<img srcset="a.png 1x, https://img.example/c.png 2x"><p>', "img.example"),
    (checks.outside_loads, "<head>", '<head><meta content="0; url=https://go.example/">', "go.example"),
    (checks.outside_links, 'href="#top"', 'href="https://blog.example/"', "blog.example"),
    (checks.outside_links, 'href="#top"', 'href="https://doi.org/10.1000/1"', "doi.org"),
    (checks.outside_links, "https://doi.org/10.1000/1", "https://shop.example/", "shop.example"),
    (checks.outside_links, 'href="#top"', 'href="https://mybinder.org/v2/gh/a/b/c"', "mybinder.org"),
    (checks.broken_links, "other.html#there", "nowhere.html", "no file"),
    (checks.broken_links, "other.html#there", "../../etc.html", "no file"),
    (checks.broken_links, "other.html#there", "other.html#nowhere", "no place"),
    (checks.broken_links, 'href="#top"', 'href="#bottom"', "no place"),
    (checks.broken_links, 'src="logo.svg" alt="A', 'src="gone.png" alt="A', "no file"),
    (checks.undescribed_images, 'alt="A line that rises from zero to one."', "", "no alt"),
    (checks.undescribed_images, 'alt="A line that rises from zero to one."', 'alt=" "', "no alt"),
    (checks.undescribed_images, 'alt="A line that rises from zero to one."', 'alt="logo.svg"', "its own name"),
    (checks.undescribed_images, 'alt="A line that rises from zero to one."', 'alt="A line."', "alone"),
    (checks.undescribed_images, 'alt="the logo"', 'alt=""', "no alt"),
    (checks.uncaptioned_figures, "A line.</span>", "</span>", "no caption"),
    (checks.uncaptioned_figures, "figcaption>", "div>", "no caption"),
    (checks.uncaptioned_figures, "figure>", "p>", "no caption"),
    (checks.leaks, "Text with", "Traceback (most recent call last):", "Traceback"),
    (checks.leaks, "Text with", "Unknown", "Unknown"),
    (checks.leaks, "Text with", "the value nan,", "nan"),
    (checks.raw_source, "Text with", r"Text with \begin{align}", "begin"),
    (checks.raw_source, "Text with", "Text with $$ x $$", "$$"),
    (checks.raw_source, '<span class="math">\\(x\\)</span>', "\\(x\\)", r"\(x\)"),
    (checks.raw_source, "Text with", "Text with {prf:ref}`a`", "prf:ref"),
    (checks.heading_faults, '<h1 id="top">A page</h1>', '<a id="top"></a>', "first level"),
    (checks.heading_faults, "<h2>Below</h2>", "<h1>Below</h1>", "first level"),
    (checks.heading_faults, "<h2>Below</h2>", "<h3>Below</h3>", "h3 after h1"),
    (checks.repeated_ids, "<h2>", '<h2 id="top">', "'top'"),
    (checks.untypeset_formulas, '<script defer src="mathjax/tex.js"></script>', "", "no MathJax"),
    (checks.untypeset_formulas, "mathjax/tex.js", "https://cdn.example/mathjax.js", "cdn.example"),
    (checks.untypeset_formulas, "mathjax/tex.js", "mathjax/gone.js", "no file"),
    (checks.doubtful_verdicts, "Text with", '<span class="verdict verdict-fails">fails</span>', "fails"),
    (checks.doubtful_verdicts, "Text with", '<span class="verdict verdict-stale">stale</span>', "stale"),
    (checks.doubtful_verdicts, "Text with", '<span class="verdict verdict-unverified">not verified</span>', "not"),
]


@pytest.mark.parametrize("check", sorted({row[0] for row in BROKEN}, key=lambda check: check.__name__))
def test_a_sound_page_draws_no_complaint(check, tmp_path):
    assert complaints(check, write(tmp_path)) == []


@pytest.mark.parametrize(("check", "piece", "fault", "word"), BROKEN)
def test_refuses_a_page_with_one_fault(check, piece, fault, word, tmp_path):
    assert piece in SOUND
    found = complaints(check, write(tmp_path, page=SOUND.replace(piece, fault)))
    assert any(word in complaint for complaint in found), found


def test_every_check_of_a_page_is_shown_to_fail():
    shown = {row[0] for row in BROKEN}
    of_pages = {
        value
        for value in vars(checks).values()
        if callable(value) and str(getattr(value, "__annotations__", {}).get("return")) == "list[str]"
    }
    of_books = {
        checks.missing_pages,
        checks.stray_pages,
        checks.front_page_faults,
        checks.outside_styles,
        checks.missing_terms,
        checks.badge_faults,
    }
    # Needs the chapter beside the page: below.
    of_books |= {checks.download_faults}
    # Needs a picture that carries its words; it is broken on purpose in tests/bookbinding/test_figures.py.
    of_pictures = {checks.figures_without_own_words}
    assert of_pages - of_books - of_pictures == shown


def test_refuses_a_book_that_lacks_a_page_of_its_toc(tmp_path):
    toc = tmp_path / "_toc.yml"
    toc.write_text("root: page\nparts: [{chapters: [{file: other.ipynb, sections: [{file: deep/gone}]}]}]\n")
    promised = checks.toc_pages(toc)
    assert promised == {"page.html", "other.html", "deep/gone.html"}
    (tmp_path / "html").mkdir()
    assert checks.missing_pages(write(tmp_path / "html"), promised) == ["deep/gone.html: not built"]


def test_refuses_a_page_that_the_toc_does_not_name(tmp_path):
    book = write(tmp_path)
    assert checks.stray_pages(book, {"page.html", "other.html"}) == []
    assert checks.stray_pages(book, {"page.html"}) == ["other.html: not in _toc.yml"]


@pytest.mark.parametrize("target", ["gone.html", "https://elsewhere.example/page.html", ""])
def test_refuses_a_front_page_that_leads_nowhere(target, tmp_path):
    book = write(tmp_path)
    assert checks.front_page_faults(book) == []
    (tmp_path / "index.html").write_text(f'<meta http-equiv="Refresh" content="0; url={target}">')
    assert checks.front_page_faults(checks.Book(tmp_path))


def test_refuses_a_book_without_a_front_page(tmp_path):
    assert checks.front_page_faults(checks.Book(tmp_path)) == ["index.html: not built"]


@pytest.mark.parametrize(
    "style",
    [
        '@import "https://a.example/x.css";',
        "@import url(//a.example/x.css);",
        "p { src: url('http://a.example/b') }",
    ],
)
def test_refuses_a_style_sheet_that_asks_another_server(style, tmp_path):
    assert any("a.example" in complaint for complaint in checks.outside_styles(write(tmp_path, style=style)))


def test_accepts_a_style_sheet_with_a_picture_of_its_own(tmp_path):
    style = "p { background: url(\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>\") }"
    assert checks.outside_styles(write(tmp_path, style=style)) == []


def test_refuses_a_search_that_lacks_a_word(tmp_path):
    book = write(tmp_path)
    assert checks.missing_terms(book, ["nilpotent"]) == []
    assert checks.missing_terms(book, ["conserved"]) == ["searchindex.js: no 'conserved'"]
    (tmp_path / "searchindex.js").unlink()
    assert checks.missing_terms(book, ["nilpotent"]) == ["searchindex.js: not built"]


def test_refuses_formulas_whose_fonts_are_missing(tmp_path):
    book = write(tmp_path)
    next(tmp_path.rglob("*.woff")).unlink()
    assert any("fonts" in complaint for complaint in checks.untypeset_formulas(book.page("page.html"), book))


STATED = """<html lang="en"><article><div class="proof theorem" id="p9-c9"><div class="evidence">
<p><a href="register.html">P9-C9</a>
<span class="verdict">holds</span> <span class="evidence-scope">Proof: all</span></p>
<ul><li><a href="c.html">check</a></li><li><a href="t.html">test</a></li></ul></div></div></article></html>"""
RECORD = {"claims": [{"id": "P9-C9", "verdict": "holds", "scope": "all"}]}


def test_accepts_a_statement_with_its_evidence(tmp_path):
    assert checks.badge_faults(write(tmp_path, page=STATED), RECORD) == []


@pytest.mark.parametrize(
    ("piece", "fault", "word"),
    [
        ('id="p9-c9"', 'id="p9-c8"', "stated 0 times"),
        ('id="p9-c9"', 'id="p9-c8"', "of no claim"),
        ("<article>", '<article><div class="proof" id="p9-c9"></div>', "stated 2 times"),
        ('<span class="verdict">holds</span>', "", "shows []"),
        (">holds<", ">stale<", "the record says 'holds'"),
        ("Proof: all", "", "for what"),
        ("Proof: all", "Proof", "for what"),
        ('<a href="c.html">check</a>', "", "'check'"),
        ('<a href="t.html">test</a>', "", "'test'"),
        (">P9-C9<", "><", "'P9-C9'"),
    ],
)
def test_refuses_a_statement_whose_evidence_has_one_fault(piece, fault, word, tmp_path):
    assert piece in STATED
    found = checks.badge_faults(write(tmp_path, page=STATED.replace(piece, fault)), RECORD)
    assert any(word in complaint for complaint in found), found


def test_a_button_may_lead_to_a_machine_elsewhere(tmp_path):
    menu = '<div class="dropdown-launch-buttons"><a href="https://mybinder.org/v2/gh/a/b/c">Binder</a></div><article>'
    assert complaints(checks.outside_links, write(tmp_path, SOUND.replace("<article>", menu))) == []


def test_a_page_must_offer_its_very_notebook(tmp_path):
    menu = '<div class="dropdown-download-buttons"><a href="page.ipynb">.ipynb</a></div><article>'
    chapters = tmp_path / "book"
    for name in ("book/page.ipynb", "html/book/page.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")

    def found(page):
        (tmp_path / "html/book/page.html").write_text(page)
        book = checks.Book(tmp_path / "html")
        return checks.download_faults(book.page("book/page.html"), book, chapters)

    assert found(SOUND.replace("<article>", menu)) == []
    assert "offers no notebook" in found(SOUND)[0]
    (chapters / "page.ipynb").write_text('{"cells": []}')
    assert "is not page.ipynb" in found(SOUND.replace("<article>", menu))[0]
