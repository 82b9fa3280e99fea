"""Trains the three small networks on handwritten digits again, and writes their states beside this file.

    python -m chapters.data.digit_networks                     all three, three seeds each: about five minutes
    python -m chapters.data.digit_networks mnist-cnn           one of them

The recipe stands in ``blockshift/graph/pretrained/digits.py``. One thread, so that a machine gives the same numbers
twice.
"""

import sys

import torch

from blockshift.graph.pretrained import digits


def main(names: list[str]) -> None:
    """Trains and writes the named networks, all three if none is named."""
    torch.set_num_threads(1)
    for name in names or digits.RECIPES:
        kept = []
        for seed in digits.SEEDS:
            for state in digits.train(name, seed=seed):
                if seed == digits.SEEDS[0] or state.epoch in (0, digits.EPOCHS):
                    kept.append(state)
                print(
                    f"{name}, seed {seed}, epoch {state.epoch:g}: loss {state.loss:.4f}, accuracy {state.accuracy:.3f}"
                )
        digits.write(name, kept, digits.path_of(name))


if __name__ == "__main__":
    main(sys.argv[1:])
