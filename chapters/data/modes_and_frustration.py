"""Order of units, frustration and monotonicity of the same networks: modes-and-frustration.json.

    python chapters/data/modes_and_frustration.py

The three networks trained here, at every state that was kept. Of each: the share of pairs of digits whose order the
activations of a layer turn, averaged over layers, and the slope of the rank distribution likewise; the upper end of the
frustration by one fixed search; and, in the order of the switching found, λ averaged over ten outputs at twenty digits.
Five minutes on one core.
"""

from pathlib import Path

import numpy as np

import blockshift as bs
from blockshift.claims import report
from blockshift.graph.pretrained import digits
from blockshift.signs import frustration
from blockshift.signs.annealing import Schedule

FILE = Path(__file__).with_name("modes-and-frustration.json")
RESTARTS, SWEEPS, SAMPLES, PICTURES, UNITS = 1, 300, 500, 20, 300


def states():
    """Network, seed and epoch of every state that was kept."""
    for name in digits.RECIPES:
        yield from ((name, 0, epoch) for epoch in digits.CHECKPOINTS)
        yield from ((name, seed, epoch) for seed in digits.SEEDS[1:] for epoch in (0.0, float(digits.EPOCHS)))


def measured(name: str, seed: int, epoch: float) -> dict:
    """All that is measured of one state."""
    model, rng = bs.model(name, seed=seed, epoch=epoch), np.random.default_rng([seed, round(16 * epoch)])
    shown = bs.pictures(model, count=SAMPLES)
    modes = bs.profile(model.module, shown.inputs, shown.labels, units=UNITS, rng=rng)
    dag = bs.trace(model.module, model.input_shape)
    found = frustration.upper_bound(dag, rng=rng, restarts=RESTARTS, schedule=Schedule(SWEEPS))
    order = bs.Order.of(dag, found.switching)
    lambdas = [bs.coefficients(bs.Tangent.at(dag, x), order).jacobian.mean() for x in shown.inputs[:PICTURES]]
    return {
        "network": name, "seed": seed, "epoch": epoch, "accuracy": modes.accuracy,
        "turned": float(modes.turned.mean()), "slope": float(modes.slopes.mean()),
        "frustration": found.value / dag.total_weight, "lambda": float(np.mean(lambdas)),
    }  # fmt: skip


if __name__ == "__main__":
    records = []
    for state in states():
        records.append(measured(*state))
        print(records[-1], flush=True)
        about = {"command": "python chapters/data/modes_and_frustration.py", "samples": SAMPLES, "pictures": PICTURES}
        report.write({**about, "sweeps": SWEEPS, "records": records}, FILE)
