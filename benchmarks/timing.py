"""Process times of several roads, measured alternately, and the ratios of their medians."""

import time
from collections.abc import Callable, Mapping
from statistics import median


def medians(roads: Mapping[str, Callable[[], object]], rounds: Mapping[str, int]) -> dict[str, float]:
    """The median process time of each road in seconds.

    Runs alternate: a round runs every road that has rounds left, so that a machine that slows down slows all. A road
    too quick for the clock is repeated until it has taken 20 ms, and the time divided.
    """
    times: dict[str, list[float]] = {name: [] for name in roads}
    for turn in range(max(rounds.values())):
        for name, road in roads.items():
            if turn < rounds[name]:
                times[name].append(_time(road))
    return {name: median(found) for name, found in times.items()}


def _time(road: Callable[[], object]) -> float:
    """Process time of one run."""
    runs, begin = 0, time.process_time()
    while True:
        road()
        runs += 1
        taken = time.process_time() - begin
        if taken > 0.02:
            return taken / runs
