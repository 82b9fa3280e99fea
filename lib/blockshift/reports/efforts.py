"""How many null draws fit: decided by what one was seen to cost, before the rest is begun."""

#: Seconds that a whole page may take where the network is small and nothing else is said.
PAGE = 55.0
#: Draws of each kind at most: then p can come down to 1 / 21, and the spread is known to a sixth.
MOST = 20
#: Fewer than this say nothing about a spread.
FEWEST = 3
#: Seconds by which a few draws of one kind may be late: a page without any is worth less than a page a little later.
GRACE = 45.0
#: Kinds that are drawn where none are asked for, the one that asks the least first.
KINDS = ("sign-shuffle", "weight-shuffle", "gaussian")


def plan(kinds: tuple[str, ...], seconds: float, left: float, grace: float = 0.0) -> dict[str, int]:
    """The number of draws of each kind, from the seconds that one draw takes and those that are left.

    All kinds as long as each gets a few draws; then the first one alone, which may be late by `grace`; then none.

    Examples
    --------
    >>> plan(("sign-shuffle", "gaussian"), 0.5, 12.0)
    {'sign-shuffle': 12, 'gaussian': 12}
    >>> plan(("sign-shuffle", "gaussian"), 3.0, 12.0)
    {'sign-shuffle': 4}
    >>> plan(("sign-shuffle", "gaussian"), 30.0, 12.0)
    {}
    >>> plan(("sign-shuffle", "gaussian"), 5.0, 12.0, grace=10.0)
    {'sign-shuffle': 3}
    """
    for chosen in (kinds, kinds[:1]):
        count = int(left / max(seconds * len(chosen), 1e-9)) if chosen else 0
        if count >= FEWEST:
            return dict.fromkeys(chosen, min(MOST, count))
    return dict.fromkeys(kinds[:1], FEWEST) if FEWEST * seconds <= left + grace else {}
