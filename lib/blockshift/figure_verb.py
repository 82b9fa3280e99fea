"""``blockshift figure NAME``: one figure of the book, made again."""

import argparse
from pathlib import Path

from blockshift import chapters, console, errors

ENDINGS = (".svg", ".png", ".pdf")


def figure(options: argparse.Namespace) -> int:
    """The exit status of ``blockshift figure``."""
    if options.list == (options.name is not None):
        raise errors.BadArgument(
            "expected the NAME of a figure, or --list to see all of them; one of the two, such as 'blockshift figure "
            "fig-kept'."
        )
    if options.list:
        return _listed(options)
    found = chapters.figure(options.name, options.chapters)
    out = Path(options.out or f"{found.name}.svg").absolute()
    if out.suffix not in ENDINGS:
        raise errors.BadArgument(f"--out is {options.out}; expected a name that ends in {', '.join(ENDINGS)}.")
    if not out.parent.is_dir():
        raise errors.BadArgument(f"--out is {options.out}; expected a name in a folder that exists.")
    console.progress(f"drawing {found.name}")
    drawing = chapters.drawn(found, options.chapters)
    try:
        drawing.save(out)
    except OSError as problem:
        raise errors.NotSaved(f"cannot write {options.out or out.name}: {problem.strerror}; name another.") from None
    result = {
        "name": found.name, "chapter": found.chapter, "caption": found.caption, "alt": drawing.alt,
        "program": found.program, "file": str(options.out or out.name),
    }  # fmt: skip
    console.deliver(
        result, options.json, f"{found.name} of the chapter {found.chapter}: {result['file']}\n{drawing.alt}"
    )
    return console.DONE


def _listed(options: argparse.Namespace) -> int:
    """All figures with their chapters."""
    known = chapters.figures(options.chapters)
    rows = [{"name": found.name, "chapter": found.chapter, "caption": found.caption} for found in known]
    wide = max(len(found.name) for found in known)
    lines = [f"{found.name:<{wide}}  {found.chapter}" for found in known]
    console.deliver({"figures": rows}, options.json, "\n".join(lines))
    return console.DONE
