"""What a report is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Shares of a time limit: for the interval, and until the draws have to end.
INTERVAL, DRAWS = 0.35, 0.7


@dataclass(frozen=True)
class Settings:
    """What was asked for.

    Parameters
    ----------
    model : str
        As it was named.
    seed : int
    nulls : dict of str to int, optional
        Draws of each kind; decided by what one costs if left out, none if empty.
    images : str, optional
        The file of inputs.
    checkpoint : str, optional
    jobs : int
    time_limit : float, optional
        Seconds for all of it, about.
    options : dict of str to str
        What else names the network, as words of the command line: its architecture, its conventions.
    """

    model: str
    seed: int = 0
    nulls: Mapping[str, int] | None = None
    images: str | None = None
    checkpoint: str | None = None
    jobs: int = 1
    time_limit: float | None = None
    options: Mapping[str, str] = field(default_factory=dict)
