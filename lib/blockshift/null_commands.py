"""``blockshift frustration --model NAME --nulls KIND:COUNT``: a network among its null draws, from the command line."""

import argparse
import os

from blockshift import errors


def add_to(group) -> None:
    """The options of null models, for a parser or a group of its options."""
    group.add_argument(
        "--nulls", action="append", metavar="KIND:COUNT",
        help="compare with so many draws of a null model, such as sign-shuffle:20; may be given again",
    )  # fmt: skip
    group.add_argument(
        "--checkpoint", metavar="FILE", help="keep finished draws there; the same command continues where it ended"
    )
    group.add_argument("--jobs", type=int, metavar="N", help="processes for the draws (one for each core)")


def kinds(options: argparse.Namespace) -> dict[str, int]:
    """What null models are asked for, and how many draws of each; nothing where none is.

    Raises
    ------
    BadArgument, UnknownName
        If it cannot be read, or an option makes no sense without ``--nulls``.
    """
    if not options.nulls:
        for name in ("checkpoint", "jobs"):
            if getattr(options, name) is not None:
                raise errors.BadArgument(
                    f"--{name} is about the draws of null models, and none were asked for; expected --nulls KIND:COUNT."
                )
        return {}
    if options.jobs is not None and options.jobs < 1:
        raise errors.BadArgument(f"--jobs is {options.jobs}; expected 1 or more.")
    from blockshift.signs import against_chance

    return against_chance.requested(options.nulls)


def compared(dag, asked: dict[str, int], options: argparse.Namespace):
    """The network among its draws, with progress on standard error: an `AgainstChance`.

    Its ``to_json()`` is what stands under ``nulls`` in the result, its `repr` what is printed.
    """
    from blockshift.signs import against_chance
    from blockshift.signs.progress import Bar

    name = os.path.basename(options.model)
    return against_chance.against_chance(
        {name: dag}, asked, seed=options.seed, restarts=options.restarts, signs=options.signs,
        checkpoint=options.checkpoint, n_jobs=options.jobs or cores(), progress=Bar(),
    )  # fmt: skip


def unfinished(found, options: argparse.Namespace) -> str | None:
    """Why there are fewer draws than were asked for, and what to do; nothing if all are there."""
    table = found.table
    if table.stopped == "finished":
        return None
    done = f"{len(table.results)} of {len(table.cells)} draws"
    kept = (
        f"are kept in {options.checkpoint}, and the same command continues"
        if options.checkpoint
        else "were compared; with --checkpoint FILE the next time can continue"
    )
    if table.stopped == "interrupted":
        return f"interrupted; {done} {kept}"
    cell, why = next(iter(table.failures.items()))
    return f"{len(table.failures)} draws failed, {', '.join(map(str, cell))} with {why}; {done} {kept}"


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
