"""Near-monotonicity of trained networks, of their nulls and of untrained ones, on real pictures: near_monotone.json.

    python -m chapters.data.near_monotone                      all networks; resumes where it stopped
    python -m chapters.data.near_monotone mnist-mlp mnist-cnn  these only
    python -m chapters.data.near_monotone --images 5           fewer pictures of each
    python -m chapters.data.near_monotone mnist-mlp --images 2 --variants sign-shuffle --draws 1 --to PATH
                                                               a small part of it, somewhere else

All variants of a network are treated alike, by `blockshift.signs.monotonicity.portraits`: the least frustrated of some
switchings of the whole network, each by some sweeps with heat and a descent, and at each picture a portrait. The effort
stands below, and is larger for small networks. Variants: the trained network; three draws with its signs shuffled
within each bank of weights; three with its weights shuffled within each bank; three untrained networks, fresh weights
without biases; and, where it was kept, the state in which training began. Large networks get one draw of each. What is
recorded already is not computed again; what is finished of the rest is kept in ``_build`` if the run is ended. Numbers
keep five digits. Fewer pictures, variants or draws leave the numbers of the others as they are, but for what compares
all pictures with each other and for the two orders that are looked for after the last of them.
"""

import argparse
import json
import sys
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import numpy as np

import blockshift as bs
from blockshift.signs.monotonicity import variants
from blockshift.signs.progress import Bar

FILE = Path(__file__).with_name("near_monotone.json")
KEPT = FILE.parents[2] / "_build"
EFFORT = bs.PortraitEffort(outputs=20, directions=8, sizes=(0.001, 0.1, 1.0), noise=(0.01, 0.1))
#: Name: draws of each null, runs and sweeps for the switching.
NETWORKS = {
    "mnist-mlp": (3, 10, 400), "mnist-cnn": (3, 10, 400), "mnist-resnet": (3, 10, 400), "cifar10-cnn": (3, 4, 150),
    "squeezenet": (1, 1, 100), "efficientnet-lite0": (1, 1, 60),
}  # fmt: skip
KINDS = ("sign-shuffle", "weight-shuffle", variants.UNTRAINED)
IMAGES = 20


def load(name, initial=False):
    """A network by its name, as it was trained or as its training began."""
    model = bs.model(name)
    return bs.trace(model.initial if initial else model.module, model.input_shape)


def plain(value):
    """Five digits."""
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return float(f"{value:.5g}") if isinstance(value, (float, np.floating)) else value


def records(path=FILE):
    """What is recorded: from a text of network, kind and number to what was found."""
    return json.loads(path.read_text(encoding="utf-8"))["records"] if path.exists() else {}


def write(found, path=FILE):
    """All records, one a line, at once."""
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(found[key])}" for key in sorted(found))
    head = json.dumps({"effort": asdict(EFFORT)})[1:-1]
    part = path.with_suffix(".part")
    part.write_text(f'{{\n{head},\n"records": {{\n{lines}\n}}\n}}\n', encoding="utf-8")
    part.replace(path)


def asked(model, kinds=None, draws=None):
    """How many draws of which variants: all that there are of the network, unless fewer are asked for."""
    most = NETWORKS[model.name][0]
    found = dict.fromkeys(KINDS, most) | ({variants.INITIAL: 1} if model.initial is not None else {})
    return {kind: min(n, draws or n) for kind, n in found.items() if kinds is None or kind in kinds}


def studied(name, images=IMAGES, jobs=1, kept=None, known=(), kinds=None, draws=None):
    """The records of one network that are not known, by cell; whether all are there, and what is wrong if not."""
    model = bs.model(name)
    _, runs, sweeps = NETWORKS[name]
    checkpoint = None if kept is None else kept / f"near-monotone-{name}-{images}.cells"
    return bs.portraits(
        {name: partial(load, name)}, {name: bs.pictures(model, count=images)}, asked(model, kinds, draws), seed=0,
        effort=replace(EFFORT, runs=runs, sweeps=sweeps), without=known, checkpoint=checkpoint, n_jobs=jobs,
        initial={name: partial(load, name, initial=True)} if model.initial is not None else {}, progress=Bar(),
    ).table  # fmt: skip


def main():
    """Run what is missing; 1 if something is missing in the end."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("networks", nargs="*", default=list(NETWORKS))
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--jobs", type=int, default=1, help="processes (1)")
    every = (*KINDS, variants.INITIAL)
    parser.add_argument("--variants", nargs="+", choices=every, help="beside the trained network (all)")
    parser.add_argument("--draws", type=int, help="of each null, where fewer are wanted")
    parser.add_argument("--to", type=Path, default=FILE, help="the record (the stored one)")
    chosen = parser.parse_args()
    kept = KEPT if chosen.to == FILE else chosen.to.parent
    kept.mkdir(parents=True, exist_ok=True)
    missing = 0
    for name in chosen.networks:
        known = [
            (net, kind, int(number))
            for net, kind, number, found in ((*key.split(), r) for key, r in records(chosen.to).items())
            if net == name and len(found["images"]) >= chosen.images
        ]
        table = studied(name, chosen.images, chosen.jobs, kept, known, chosen.variants, chosen.draws)
        found = {" ".join(map(str, cell)): plain(result) for cell, result in table.results.items()}
        write(records(chosen.to) | found, chosen.to)
        print(f"{name}: {table}", flush=True)
        missing += table.stopped != "finished"
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main())
