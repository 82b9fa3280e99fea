"""Frustration from initialisation to convergence, for the three networks trained here: through-training.json.

    python -m chapters.data.through_training                all three; goes on where it stopped
    python -m chapters.data.through_training mnist-mlp      this one only

Every state that was kept is done: twelve of seed 0, the first and the last of the other seeds. The first and the last
are also done with their signs shuffled within each bank of weights, and with signs in the place of weights. All go down
one road with one effort: annealing runs of so many sweeps, and the semidefinite bound. A record is written after each
state, so that an interrupted run loses one at most.
"""

import argparse
import json
from pathlib import Path

import numpy as np

import blockshift as bs
from blockshift.claims import report
from blockshift.graph.pretrained import digits

FILE = Path(__file__).with_name("through-training.json")
RESTARTS, SWEEPS = 2, 300
#: Draws with shuffled signs, of each state at the ends.
DRAWS = 3
#: Steps of descent in an epoch.
STEPS = 10 * digits.TRAINING // digits.BATCH


def cases(name):
    """What is to be done for one network: seed, epoch, variant and number of the draw."""
    ends = (0.0, float(digits.EPOCHS))
    states = [(0, epoch) for epoch in digits.CHECKPOINTS]
    states += [(seed, epoch) for seed in digits.SEEDS[1:] for epoch in ends]
    yield from ((name, seed, epoch, "as it is", 0) for seed, epoch in states)
    at_ends = [(seed, epoch) for seed in digits.SEEDS for epoch in ends]
    yield from ((name, seed, epoch, "signs alone", 0) for seed, epoch in at_ends)
    yield from ((name, seed, epoch, "sign-shuffle", k) for seed, epoch in at_ends for k in range(DRAWS))


def measured(name, seed, epoch, variant, draw):
    """The record of one case."""
    model = bs.model(name, seed=seed, epoch=epoch)
    dag = bs.trace(model.module, model.input_shape)
    for_draw, for_search = np.random.default_rng([seed, round(16 * epoch), draw]).spawn(2)
    if variant == "sign-shuffle":
        dag = bs.nulls.draw(dag, variant, rng=for_draw)
    found = bs.frustration(
        dag, rng=for_search, signs=variant == "signs alone", restarts=RESTARTS, schedule=bs.Schedule(SWEEPS)
    )
    if found.stopped == "interrupted":
        raise KeyboardInterrupt
    state = digits.state(name, seed, epoch)
    return {
        "network": name, "seed": seed, "epoch": epoch, "step": round(STEPS * epoch), "variant": variant, "draw": draw,
        "loss": state.loss, "accuracy": state.accuracy, "edges": dag.edges, "negative_edges": dag.negative_edges,
        "lower": found.fraction_lower, "upper": found.fraction_upper, "guarantee": found.guarantee,
        "links": [
            {"name": k.name, "kind": k.kind, "weight": k.weight, "frustrated": k.frustrated} for k in found.links
        ],
    }  # fmt: skip


def main():
    """Does what is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", help=f"of {', '.join(digits.RECIPES)}; all if none is given")
    chosen = parser.parse_args().networks or list(digits.RECIPES)
    records = json.loads(FILE.read_text(encoding="utf-8"))["records"] if FILE.exists() else []
    done = {(r["network"], r["seed"], r["epoch"], r["variant"], r["draw"]) for r in records}
    for case in (case for name in chosen for case in cases(name) if case not in done):
        records.append(measured(*case))
        about = {"command": "python -m chapters.data.through_training", "restarts": RESTARTS, "sweeps": SWEEPS}
        report.write({**about, "records": records}, FILE)
        print(*case, f"[{records[-1]['lower']:.4f}, {records[-1]['upper']:.4f}]", flush=True)


if __name__ == "__main__":
    main()
