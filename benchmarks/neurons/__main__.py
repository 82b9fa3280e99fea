"""``python -m benchmarks.neurons NAME ...``: make the runs that are missing in the records of these experiments.

Without names, all of them: about an hour on one thread. Stop it whenever you like; it goes on where it was.
NAME-again is the second run of NAME: fresh seeds, which nobody had seen when the criteria of the claims were fixed.
"""

import sys

from benchmarks.neurons import classes, data_size, delay, depth, descent, pretrained, records

FIRST = {
    experiment.name: experiment
    for experiment in (
        data_size.SIZE, depth.DEPTH, classes.CLASSES, delay.DELAY, delay.GROKKING, depth.KNOBS, depth.WIDTH,
        depth.START, depth.HUNDRED, depth.PHASES, descent.DESCENT,
        pretrained.PRETRAINED,
    )
}  # fmt: skip
AGAIN = {e.again.name: e.again for e in FIRST.values() if e.again.cases}
EXPERIMENTS = FIRST | AGAIN

if __name__ == "__main__":
    unknown = set(sys.argv[1:]) - set(EXPERIMENTS)
    if unknown:
        sys.exit(f"no experiment is called {sorted(unknown)[0]!r}; there are {', '.join(EXPERIMENTS)}.")
    for name in sys.argv[1:] or EXPERIMENTS:
        records.write(EXPERIMENTS[name])
