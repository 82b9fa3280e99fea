"""How far a sweep is, and the line on the terminal that shows it."""

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far a sweep is.

    Parameters
    ----------
    done, total : int
        Finished cells, those of earlier runs included, and all.
    failed : int
        Cells that failed, and are perhaps tried again.
    seconds_left : float, optional
        An estimate, once there is something to go by.
    note : str
        What just happened, where that is worth a line of its own.
    """

    done: int
    total: int
    failed: int = 0
    seconds_left: float | None = None
    note: str = ""

    def __str__(self) -> str:
        left = "" if self.seconds_left is None else f", {duration(self.seconds_left)} left"
        return f"{self.done} of {self.total} cells{left}" + (f", {self.failed} failed" if self.failed else "")


class Bar:
    """Progress on standard error: a line that overwrites itself, where somebody is looking, and notes that stay.

    Parameters
    ----------
    stream : file, optional
        Standard error if left out. Notes are written to any stream, the line to a terminal only.
    """

    def __init__(self, stream=None):
        self.stream = sys.stderr if stream is None else stream

    def __call__(self, state: Progress) -> None:
        terminal = self.stream.isatty()
        clear = "\r\033[K" if terminal else ""
        if state.note:
            print(f"{clear}{state.note}", file=self.stream)
        if terminal:
            width = 30
            full = width * state.done // max(1, state.total)
            end = "\n" if state.done == state.total else ""
            print(f"{clear}[{'#' * full}{'.' * (width - full)}] {state}", end=end, file=self.stream)
        self.stream.flush()


def duration(seconds: float) -> str:
    """A time in words.

    Examples
    --------
    >>> [duration(s) for s in (7.4, 95, 7300)]
    ['7 s', '1 min 35 s', '2 h 1 min']
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
