"""What ties the second part to the third: order that units turn, and frustration, of the same networks (O-N2)."""

import json
from pathlib import Path

from scipy import stats

from blockshift import errors
from blockshift.claims.evidence import Bound
from blockshift.claims.ledger import claim

FILE = Path(__file__).resolve().parents[3] / "chapters" / "data" / "modes-and-frustration.json"
REMAKE = "python chapters/data/modes_and_frustration.py"
#: The epoch from which on the second phase is counted; seen in the records, not foreseen.
SECOND_PHASE = 0.5


def states(network: str, path=FILE) -> list[dict]:
    """What was measured of the states of one network, seed 0, in the order of training.

    Raises
    ------
    BadArgument
        If there is no such record.
    """
    try:
        records = json.loads(Path(path).read_text(encoding="utf-8"))["records"]
        return sorted((r for r in records if (r["network"], r["seed"]) == (network, 0)), key=lambda r: r["epoch"])
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise errors.BadArgument(f"{str(path)!r} cannot be read ({fault}); {REMAKE} makes it.") from None


@claim(
    "O-N2",
    source="ours",
    status="ours",
    part="neurons",
    chapter="neurons/depth-and-width",
    statement="After the first half epoch, the less frustrated a network becomes, the more pairs of samples its "
    "activations turn: along training the two have a rank correlation of at most -0.6, in three networks.",
    control={"phase": "first"},
    empirical=True,
)
def less_frustration_goes_with_more_order_turned(*, phase="second"):
    """Stored states of three networks; the control looks at the first half epoch, where both fall."""
    related = {}
    for network in ("mnist-mlp", "mnist-cnn", "mnist-resnet"):
        late = [r for r in states(network) if (r["epoch"] >= SECOND_PHASE) == (phase == "second")]
        columns = [[r[key] for r in late] for key in ("turned", "frustration")]
        related[network] = float(stats.spearmanr(*columns).statistic)
    worst = max(related, key=lambda name: related[name])
    scope = "mnist-mlp, mnist-cnn, mnist-resnet, one seed, eight states each; the correlation nearest to zero is of "
    return Bound(related[worst], -1.0, -0.6, scope + worst)
