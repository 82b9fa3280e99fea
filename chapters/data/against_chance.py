"""Computes the main table of frustration against chance again, and writes it beside this file.

    python chapters/data/against_chance.py                                   four kinds, 20 draws each
    python chapters/data/against_chance.py mnist-cnn mnist-mlp --draws 100  two networks, more draws
    python chapters/data/against_chance.py squeezenet --nulls gaussian uniform-folded --draws 5

Finished draws are kept in ``_build``, so that the same command continues where it was ended; with more draws, more
null models or more networks it takes over what is there. The numbers are the same on any number of processes.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

import blockshift as bs
from blockshift.claims import report
from blockshift.signs.progress import Bar

HERE = Path(__file__).resolve().parent
KEPT = HERE.parents[1] / "_build"
#: Magnitudes kept, places of weights lost, counts of each neuron kept, and nothing but two moments kept.
KINDS = ("sign-shuffle", "weight-shuffle", "row-count", "gaussian")


def load(name: str, input_size: int | None = None):
    """The layered signed graph of a network by its name."""
    model = bs.model(name, input_size=input_size)
    return bs.trace(model.file if model.module is None else model.module, model.input_shape)


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = list(bs.models().names)
    parser.add_argument("networks", nargs="*", metavar="NAME", help=f"of {', '.join(known)}; all if none is given")
    parser.add_argument("--nulls", nargs="+", default=KINDS, metavar="KIND", help=f"null models ({' '.join(KINDS)})")
    parser.add_argument("--draws", type=int, default=20, help="of each null model (20)")
    parser.add_argument("--signs", action="store_true", help="count edges: every weight becomes 1 or -1")
    parser.add_argument("--input-size", type=int, metavar="N", help="side of the pictures, where it is not the usual")
    parser.add_argument("--restarts", type=int, help="annealing runs on each network and each draw")
    parser.add_argument("--sweeps", type=int, help="sweeps of each run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="processes (1)")
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="where finished draws are kept")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the table goes (beside this file)")
    chosen = parser.parse_args()
    chosen.networks = chosen.networks or list(bs.models().installed)
    version = "-signs" if chosen.signs else ""
    chosen.checkpoint = chosen.checkpoint or KEPT / f"against-chance{version}.cells"
    chosen.out = chosen.out or HERE / f"against-chance{version}.json"
    return chosen


def main() -> int:
    """Computes what is missing and writes the table; 1 if draws are missing in the end."""
    chosen = options()
    chosen.checkpoint.parent.mkdir(parents=True, exist_ok=True)
    found = bs.against_chance(
        {name: partial(load, name, chosen.input_size) for name in chosen.networks},
        dict.fromkeys(chosen.nulls, chosen.draws),
        seed=chosen.seed, restarts=chosen.restarts, sweeps_each=chosen.sweeps, signs=chosen.signs,
        checkpoint=chosen.checkpoint, n_jobs=chosen.jobs, progress=Bar(),
    )  # fmt: skip
    print(found)
    if found.table.stopped == "interrupted":
        print(f"interrupted; finished draws are kept in {chosen.checkpoint}", file=sys.stderr)
        return 1
    report.write({"command": "python chapters/data/against_chance.py", **found.record()}, chosen.out)
    for cell, why in found.table.failures.items():
        print(f"{', '.join(map(str, cell))} failed: {why}", file=sys.stderr)
    return int(bool(found.table.failures))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except bs.errors.BlockshiftError as problem:
        sys.exit(f"against_chance: {problem}")
