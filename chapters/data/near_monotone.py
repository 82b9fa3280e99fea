"""Near-monotonicity of trained networks, of their nulls and of untrained ones, on real pictures: near_monotone.json.

    python -m chapters.data.near_monotone                      all networks; resumes where it stopped
    python -m chapters.data.near_monotone mnist-mlp mnist-cnn  these only
    python -m chapters.data.near_monotone --images 5           fewer pictures of each

All variants of a network are treated alike: the least frustrated of some switchings of the whole network, each by some
sweeps with heat and a descent, and at each picture the portrait of `blockshift.signs.monotonicity.studies`. The effort
stands below, and is larger for small networks. Variants: the trained
network; three draws with its signs shuffled within each bank of weights; three with its weights shuffled within each
bank; three untrained networks, fresh weights without biases. Large networks get one draw of each. Records are written
after each variant, so an interrupted run loses one at most. Numbers keep five digits.
"""

import argparse
import json
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

import blockshift as bs
from blockshift.signs import nulls
from blockshift.signs.monotonicity import gauges, studies

FILE = Path(__file__).with_name("near_monotone.json")
EFFORT = studies.Effort(outputs=20, directions=8, sizes=(0.001, 0.1, 1.0), noise=(0.01, 0.1))
#: Name: draws of each null, runs and sweeps for the switching.
NETWORKS = {
    "mnist-mlp": (3, 10, 400), "mnist-cnn": (3, 10, 400), "mnist-resnet": (3, 10, 400), "cifar10-cnn": (3, 4, 150),
    "squeezenet": (1, 1, 100), "efficientnet-lite0": (1, 1, 60),
}  # fmt: skip
VARIANTS = ("trained", "sign-shuffle", "weight-shuffle", "untrained")
IMAGES = 20
#: Pictures at which the order is found twice from independent random starts, to see how well it is known at all.
TWICE = 2


def variant_of(dag, kind, rng):
    """The network in that variant."""
    if kind == "trained":
        return dag
    if kind == "untrained":
        return studies.without_biases(nulls.draw(dag, "reinitialised", rng=rng))
    return nulls.draw(dag, kind, rng=rng)


def studied(dag, pictures, effort, rng):
    """The record of one variant."""
    begin = time.process_time()
    switching = studies.global_switching(dag, effort, rng=rng)
    share = gauges.frustrated_weight(dag, switching.astype(studies.precision(dag))) / dag.total_weight
    portraits = [studies.portrait(dag, x, switching, effort, rng=rng) for x in pictures.inputs]
    pairs = []
    for i, a in enumerate(portraits):
        for j, b in enumerate(portraits[:i]):
            same = pictures.labels is not None and bool(pictures.labels[i] == pictures.labels[j])
            pairs.append((same, gauges.overlap(a.tangent, a.switching, b.tangent, b.switching)))
    twice = []
    for p in portraits[:TWICE]:
        found = [gauges.settled_gauge(p.tangent, rng=rng, sweeps=effort.sweeps, dtype=np.float32) for _ in range(2)]
        twice.append(gauges.overlap(p.tangent, found[0].switching, p.tangent, found[1].switching))
    return {
        "share": share,
        "runs": effort.runs,
        "sweeps": effort.sweeps,
        "overlap": [[same, o.nodes, o.inputs, o.common] for same, o in pairs],
        "overlap_layers": [_mean(v) for v in zip(*(o.layers for _, o in pairs), strict=True)] if pairs else [],
        "twice": [[o.nodes, o.inputs] for o in twice],
        "layers": [layer.name for layer in dag.layers],
        "seconds": time.process_time() - begin,
        "images": [p.numbers for p in portraits],
    }


def _mean(values):
    """The mean of what is a number."""
    kept = [v for v in values if np.isfinite(v)]
    return float(np.mean(kept)) if kept else None


def plain(value):
    """Five digits, and null for what is no number."""
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (bool, str, int)) or value is None:
        return value
    return float(f"{float(value):.5g}") if np.isfinite(value) else None


def write(records):
    """All records, one a line, at once."""
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(records[key])}" for key in sorted(records))
    head = json.dumps({"effort": asdict(EFFORT)})[1:-1]
    part = FILE.with_suffix(".part")
    part.write_text(f'{{\n{head},\n"records": {{\n{lines}\n}}\n}}\n', encoding="utf-8")
    part.replace(FILE)


def main():
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("networks", nargs="*", default=list(NETWORKS))
    parser.add_argument("--images", type=int, default=IMAGES)
    chosen = parser.parse_args()
    for name in chosen.networks:
        model = bs.model(name)
        pictures = bs.pictures(model, count=chosen.images)
        dag = bs.trace(model.module, model.input_shape)
        draws, runs, sweeps = NETWORKS[name]
        effort = replace(EFFORT, runs=runs, sweeps=sweeps)
        for draw in range(draws):
            for place, kind in enumerate(VARIANTS if draw == 0 else VARIANTS[1:]):
                records = json.loads(FILE.read_text())["records"] if FILE.exists() else {}
                key = f"{name} {kind} {draw}"
                if key in records and len(records[key]["images"]) >= chosen.images:
                    continue
                rng = np.random.default_rng([draw, place, len(name)])
                records[key] = plain(studied(variant_of(dag, kind, rng), pictures, effort, rng))
                write(records)
                print(f"{key}: {records[key]['seconds']:.0f} s", flush=True)


if __name__ == "__main__":
    main()
