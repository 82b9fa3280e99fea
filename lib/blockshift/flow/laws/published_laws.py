"""The networks whose laws were counted in print, with the time that took.

These are the 100 random shapes of the notebooks that accompany [marcotte2023abide]
(github.com/sibyllema/Conservation_laws), input and output as there. They come out of the random stream of
the notebooks, of seed 0; for the linear ones the stream also depends on which shapes had to be counted twice, 8 by
our simulation of it. Every published count equals the number of laws known before.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """A published table: the networks, and what its computation took."""

    net: str
    shapes: tuple
    seconds: int
    cores: int

    def __repr__(self):
        minutes, seconds = divmod(self.seconds, 60)
        return f"Published({len(self.shapes)} {self.net} networks, {minutes}:{seconds:02d} min on {self.cores} cores)"


def _read(words):
    """Shapes and whether they have biases, from words of digits."""
    return tuple((tuple(map(int, word.rstrip("b"))), word.endswith("b")) for word in words.split())


#: Depth 2 to 4, widths 2 to 5, no biases.
LINEAR = Published(
    "linear",
    _read("""
    532 55445 3424 222 425 3233 24522 233 2543 2422 24344 324 453 323 552 5532 34542 523 345 35532 555 55445
    523 34323 543 254 3235 4555 325 5535 2452 3534 353 3242 333 3333 44544 452 52324 5332 2424 235 223 224
    33552 35555 53353 5522 454 425
    """),
    seconds=34 * 60 + 23,
    cores=64,
)

#: Depth 2 to 4, widths 2 to 9; those that end in b have biases.
RELU = Published(
    "relu",
    _read("""
    972 85855 88664 868 24585b 8598b 467 7345b 726b 79973 98547 7345 8736 64236 26372 97394 353b 37933b 5334b 2368
    7266b 93599 947 99888b 9932 36237 4243 74257 98485 8245b 367b 23993 456 9679b 6646 74734 9679 822b 2667 787
    7976b 266b 984b 39833b 87555b 952b 927b 27453 948b 36429b
    """),
    seconds=3600 + 53 * 60 + 11,
    cores=64,
)
