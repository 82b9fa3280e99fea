"""Measures for tests of sweeps, where a worker process can import them."""

import os
import signal
import time
from pathlib import Path


def numbers(cell, rng):
    """A few numbers that depend on the cell's generator."""
    return {"name": cell[0], "values": rng.standard_normal(3), "draw": int(rng.integers(10**9))}


def slow(cell, rng):
    """The same, a little later."""
    time.sleep(0.05)
    return numbers(cell, rng)


class Touching:
    """Numbers, after a mark for each cell that was computed."""

    def __init__(self, folder, pause=0.0):
        self.folder, self.pause = Path(folder), pause

    def mark(self, cell):
        with open(self.folder / "-".join(map(str, cell)), "a") as file:
            file.write(".")

    def __call__(self, cell, rng):
        self.mark(cell)
        time.sleep(self.pause)
        return numbers(cell, rng)

    def computed(self):
        """How often each cell was computed."""
        return {file.name: len(file.read_text()) for file in self.folder.iterdir()}


class Failing(Touching):
    """The cell with the number 2 fails so often; then it is as all others."""

    def __init__(self, folder, times):
        super().__init__(folder)
        self.times = times

    def __call__(self, cell, rng):
        self.mark(cell)
        if cell[1] == 2 and self.computed()["-".join(map(str, cell))] <= self.times:
            raise RuntimeError("no luck\nat all")
        return numbers(cell, rng)


class Dying(Failing):
    """As before, but the whole process dies."""

    def __call__(self, cell, rng):
        self.mark(cell)
        if cell[1] == 2 and self.computed()["-".join(map(str, cell))] <= self.times:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.05)
        return numbers(cell, rng)
