"""Computes the main table of frustration against chance again: one record a network, in the folder ``against-chance``.

    python chapters/data/against_chance.py                                   every network as in `PLAN`, four kinds
    python chapters/data/against_chance.py mnist-mlp --draws 200             one network, more draws
    python chapters/data/against_chance.py squeezenet --input-size 227 --nulls sign-shuffle --jobs 2

Finished draws are kept in ``_build``, so that the same command continues where it was ended; with more draws or more
null models it takes over what is there. The numbers are the same on any number of processes.
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
#: For each network the side of its pictures, where the usual one would take hours, and the number of draws.
PLAN = {
    "mnist-mlp": (None, 100),
    "mnist-cnn": (None, 20),
    "mnist-resnet": (None, 50),
    "cifar10-cnn": (None, 20),
    "squeezenet": (64, 20),
    "efficientnet-lite0": (64, 20),
    "efficientnet-lite1": (32, 20),
    "efficientnet-lite2": (32, 20),
    "vgg16-edges": (32, 20),
    "centerface": (32, 20),
}


def load(name: str, input_size: int | None = None):
    """The layered signed graph of a network by its name."""
    model = bs.model(name, input_size=input_size)
    return bs.trace(model.file if model.module is None else model.module, model.input_shape)


def options() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", metavar="NAME", help=f"of {', '.join(PLAN)}; all if none is given")
    parser.add_argument("--nulls", nargs="+", default=KINDS, metavar="KIND", help=f"null models ({' '.join(KINDS)})")
    parser.add_argument("--draws", type=int, help="of each null model, where it is not as in the plan")
    parser.add_argument("--signs", action="store_true", help="count edges: every weight becomes 1 or -1")
    parser.add_argument("--input-size", type=int, metavar="N", help="side of the pictures, where it is not as planned")
    parser.add_argument("--restarts", type=int, help="annealing runs on each network and each draw")
    parser.add_argument("--sweeps", type=int, help="sweeps of each run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="processes (1)")
    parser.add_argument("--kept", type=Path, default=KEPT, metavar="FOLDER", help="where finished draws are kept")
    parser.add_argument("--out", type=Path, default=HERE / "against-chance", metavar="FOLDER", help="for the records")
    return parser.parse_args()


def measured(name: str, chosen: argparse.Namespace) -> int:
    """Computes what is missing of one network and writes its record; 1 if draws are missing in the end."""
    size, draws = PLAN.get(name, (None, 20))
    size, draws = chosen.input_size or size, chosen.draws or draws
    mark = f"{name}{f'-{size}' if size else ''}{'-signs' if chosen.signs else ''}"
    found = bs.against_chance(
        {name: partial(load, name, size)}, dict.fromkeys(chosen.nulls, draws), seed=chosen.seed,
        restarts=chosen.restarts, sweeps_each=chosen.sweeps, signs=chosen.signs,
        checkpoint=chosen.kept / f"against-chance-{mark}.cells", n_jobs=chosen.jobs, progress=Bar(),
    )  # fmt: skip
    print(found, flush=True)
    if found.table.stopped == "interrupted":
        print(f"interrupted; finished draws are kept in {chosen.kept}", file=sys.stderr)
        return 1
    about = {
        "command": f"python chapters/data/against_chance.py {name}",
        "input": list(load(name, size).layers[0].shape),
    }
    report.write({**about, **found.record()}, chosen.out / f"{mark}.json")
    for cell, why in found.table.failures.items():
        print(f"{', '.join(map(str, cell))} failed: {why}", file=sys.stderr)
    return int(bool(found.table.failures))


def main() -> int:
    """Network by network; 1 if something is missing in the end."""
    chosen = options()
    for folder in (chosen.kept, chosen.out):
        folder.mkdir(parents=True, exist_ok=True)
    return max(measured(name, chosen) for name in chosen.networks or PLAN)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except bs.errors.BlockshiftError as problem:
        sys.exit(f"against_chance: {problem}")
