"""``blockshift report MODEL``: one page about somebody's own network."""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from blockshift import console, errors, null_commands

#: What else names a network, as options of the command line.
READINGS = ("architecture", "input-size", "pooling", "batch-norm")


def report(options: argparse.Namespace) -> int:
    """The exit status of ``blockshift report``."""
    if options.seed < 0:
        raise errors.BadArgument(f"--seed is {options.seed}; expected an integer from 0 up.")
    if options.time_limit is not None and not options.time_limit > 0:
        raise errors.BadArgument(f"--time-limit is {options.time_limit:g}; expected seconds, more than 0.")
    asked = _draws(options)
    out = _place(options)

    import blockshift as bs
    from blockshift.reports import page, samples, study
    from blockshift.reports.settings import Settings
    from blockshift.signs import nulls

    console.progress(f"reading {options.model}")
    model = bs.model(options.model, architecture=options.architecture, input_size=options.input_size)
    shown = samples.samples(model, options.images, seed=options.seed)
    console.progress(f"tracing {model.name}")
    dag = model.trace(pooling=options.pooling or "average", batch_norm=options.batch_norm or "fold")
    for kind in asked or ():
        nulls.check(dag, kind)
    named = {name: getattr(options, name.replace("-", "_")) for name in READINGS}
    settings = Settings(
        options.model, options.seed, asked, options.images, options.checkpoint, options.jobs or 1, options.time_limit,
        {name: str(value) for name, value in named.items() if value is not None},
    )  # fmt: skip
    found = study.study(model, dag, shown, settings, _now_and_then())
    write(out, page.html(found))
    console.deliver(found, options.json, f"{_summary(found)}\nwritten to {out}")
    return _status(found, out, options)


def _draws(options: argparse.Namespace) -> dict[str, int] | None:
    """How many draws of each kind; None where the cost of one decides, nothing where none are wanted."""
    if options.jobs is not None and options.jobs < 1:
        raise errors.BadArgument(f"--jobs is {options.jobs}; expected 1 or more.")
    if not options.nulls:
        return None
    if options.nulls == ["none"]:
        return {}
    return null_commands.kinds(options)


def _place(options: argparse.Namespace) -> Path:
    """Where the page goes, found out before anything is computed."""
    out = Path(options.out or f"{Path(options.model).stem}-report.html")
    folder = out.parent
    if out.is_dir() or not folder.is_dir():
        raise errors.BadArgument(f"--out is {out}, which cannot be a file; expected a name in a folder that exists.")
    if not os.access(folder, os.W_OK):
        raise errors.BadArgument(f"nothing can be written into {folder}; give --out a name in another folder.")
    return out


def write(path: Path, text: str) -> None:
    """Write a page, whole or not at all.

    Raises
    ------
    NotSaved
        If there is no room for it.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        # What `mkstemp` makes is for its owner only; a page is for whoever may read in that folder.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, path)
    except OSError as problem:
        raise errors.NotSaved(f"cannot write {path}: {problem.strerror}; give --out another name.") from None
    finally:
        if os.path.exists(name):
            os.unlink(name)


def _now_and_then() -> Callable[[str], None]:
    """Progress, a few times a second."""
    shown = 0.0

    def progress(doing: str) -> None:
        nonlocal shown
        if time.monotonic() - shown > 0.2:
            shown = time.monotonic()
            console.progress(doing)

    return progress


def _summary(found) -> str:
    """The first paragraph of the page."""
    from blockshift.reports import words

    return words.lead(found)


def _status(found, out: Path, options: argparse.Namespace) -> int:
    """Done; or what is missing on the page, in one line."""
    draws = found["nulls"]
    if found["stopped"]:
        again = (
            f"the same command continues with the draws in {options.checkpoint}"
            if options.checkpoint
            else "with --checkpoint FILE the next time can continue"
        )
        return console.undone(f"interrupted in the part {found['stopped']}; what was done is in {out}; {again}")
    if draws.get("failures"):
        return console.undone(f"{len(draws['failures'])} draws failed, {draws['failures'][0]}; the rest is in {out}")
    return console.DONE
