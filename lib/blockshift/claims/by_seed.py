"""Stored runs as tables: a seed a row, so that every number of a claim has one value a seed."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from scipy import stats

from blockshift.claims.measured import Runs


def table(runs: Runs, quantity: str, cases: Iterable[Mapping[str, Any]], *at: int) -> np.ndarray:
    """One quantity of the runs, a seed a row, a case a column; `at` picks a number out of a quantity of many."""
    return np.stack([runs.column(quantity, **case)[_all_seeds(at)] for case in cases], axis=1)


def _all_seeds(at: tuple[int, ...]) -> Any:
    """The index of one number in every row."""
    return (slice(None), *at)


def rank_correlations(rows, others) -> np.ndarray:
    """Spearman's correlation of each row with its partner, or with the one row that is the partner of all.

    Examples
    --------
    >>> rank_correlations([[1, 2, 9], [3, 2, 1]], [10, 20, 30])
    array([ 1., -1.])
    """
    rows = np.atleast_2d(np.asarray(rows, dtype=float))
    partners = np.broadcast_to(np.asarray(others, dtype=float), rows.shape)
    return np.array([stats.spearmanr(a, b).statistic for a, b in zip(rows, partners, strict=True)])


def settings(runs: Runs) -> list[dict]:
    """The cases that differ in learning rate and batch size."""
    return [case for case in runs.cases if "rate" in case]
