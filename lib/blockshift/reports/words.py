"""What a report says in words, written from the numbers, and what these mean and do not mean."""

from collections.abc import Mapping
from typing import Any

from blockshift.reports.samples import NOISE
from blockshift.signs import nulls

MEASURES = {
    "lambda": "λ in the order of the network",
    "own_lambda": "λ in the input's own order",
    "pairs": "share of monotone pairs of input and output",
    "share": "frustration of the active subnetwork",
    "own_share": "the same after a descent of its own",
}

#: For each part: what its numbers mean, and what they do not.
MEANING = {
    "graph": (
        "Every number the network multiplies with is an edge with a sign, once for each use: a kernel laid on a "
        "thousand places makes a thousand times as many edges. Pooling and skip edges are edges too.",
        "Biases are no edges and count nowhere below. The share of negative edges says little by itself: turning the "
        "signs around at one neuron changes it, and changes nothing else.",
    ),
    "frustration": (
        "Give every node a sign. An edge is frustrated if it is negative between equal signs or positive between "
        "different ones. The frustration is the least share of the absolute weight on such edges that any choice of "
        "signs leaves: 0 for a network that is, up to these signs, made of positive weights; never above 0.5. With "
        "activations that never decrease, 0 makes the network monotone.",
        "It is not a measure of accuracy, size or quality. The upper end was attained, a better search may lower it; "
        "the lower end was not attained, and is as good as its guarantee says. The truth lies in between.",
    ),
    "nulls": (
        "A null draw is the same network with its weights dealt out at random, keeping exactly what its kind says. "
        "'Certainly above' counts draws whose lower end is above the network's upper end: those are more frustrated "
        "than the network however good or bad the searches were. z and p compare upper ends, found with one effort.",
        "Less frustrated than one kind of chance is not less than another: each keeps something else. With n draws "
        "p cannot fall below 1 / (n + 1), however far away they are. And nothing here says why a network differs.",
    ),
    "layers": (
        "The frustrated weight of the whole, shared out over the links that lead into each layer, under the one "
        "switching that was found. 'Flipped' is the share of the nodes with sign -1.",
        "Another switching with the same total may share it out otherwise, so that a single row is a description of "
        "this switching and not a property of the layer.",
    ),
    "near_monotonicity": (
        "The signs put an order on inputs and outputs: each input has a direction that counts as up. λ is 1 where an "
        "output is monotone near the input, 0 where as much weight is against it as for it, -1 where it falls. The "
        "direct test walks up and counts which of the moving outputs move up: 0.5 is no more than chance.",
        "A value at a few inputs is no statement about all of them; the interval is over these inputs alone. Low "
        "frustration does not imply λ near 1, least of all in deep networks.",
    ),
    "modes": (
        "Take two samples and one output. A pair is turned by a layer if the order of the two at the output changes "
        "when that layer gets its activation back, everything above it being linear. Kept pairs belong to the "
        "order-preserving mode, turned ones to the other. A slope of a rank distribution is 0 where a layer does not "
        "know the classes, and grows with what it knows.",
        "The linear map above a layer is an approximation, worse the more lies above. The measure of turned pairs is "
        "ours. Shares over few samples are rough, and over random inputs they are about random inputs.",
    ),
}  # fmt: skip


def percent(share: float) -> str:
    """A share in per cent.

    Examples
    --------
    >>> percent(0.1234)
    '12.3 %'
    """
    return f"{100 * share:.1f} %"


def number(value: float | None, form: str) -> str:
    """A number, or a dash where there is none.

    Examples
    --------
    >>> number(0.25, ".1f"), number(None, ".1f")
    ('0.2', '–')
    """
    return "–" if value is None else format(value, form)


def mean(values) -> tuple[str, str]:
    """A mean and its interval, with dashes for what is not defined.

    Examples
    --------
    >>> mean((0.5, 0.25, 0.75)), mean((0.5, None, None))
    (('0.500', '0.250 to 0.750'), ('0.500', '–'))
    """
    value, low, high = values
    return number(value, ".3f"), "–" if low is None else f"{low:.3f} to {high:.3f}"


def lead(found: Mapping[str, Any]) -> str:
    """The page in a few sentences."""
    graph, parts = found["graph"], []
    parts.append(
        f"{found['network']['name']} is a signed graph with {graph['nodes']:,} nodes and {graph['edges']:,} edges, "
        f"{percent(graph['negative_share'])} of them negative."
    )
    frustration = found["frustration"]
    if "missing" not in frustration:
        parts.append(interval(frustration))
    parts += separation(found["nulls"])[:1] if found["nulls"].get("comparisons") else []
    near = found["near_monotonicity"]
    if "missing" not in near and near["summary"]["lambda"][0] is not None:
        parts.append(f"At {_inputs(found, len(near['images']))}, λ is {near['summary']['lambda'][0]:.3f} on average.")
    turned = found["modes"]
    if "missing" not in turned:
        worst = max(turned["layers"], key=lambda row: row["turned"])
        parts.append(f"Most pairs of samples are turned in layer {worst['name']}: {percent(worst['turned'])}.")
    return " ".join(parts)


def interval(part: Mapping[str, Any]) -> str:
    """What is known of the frustration."""
    low, high = part["fraction_lower"], part["fraction_upper"]
    if part["certified"]:
        of = f"{part['upper']:.6g} of {part['total_weight']:.6g}"
        return f"Its frustration is {high:.4f} of the weight ({of}), certified."
    if not low:
        return (
            f"Its frustration is at most {high:.4f} of the weight ({part['upper']:.6g} of {part['total_weight']:.6g}); "
            f"from below nothing is known."
        )
    return (
        f"Its frustration lies between {low:.4f} and {high:.4f} of the weight ({part['lower']:.6g} to "
        f"{part['upper']:.6g} of {part['total_weight']:.6g})."
    )


def certificate(part: Mapping[str, Any]) -> str:
    """What each end rests on."""
    stopped = {
        "time limit": " The search ended at its time limit.",
        "interrupted": " The search was interrupted; what it had is kept.",
    }
    return (
        f"The upper end is what a switching attains, found by {part['method']}. The lower end: {part['guarantee']}."
        f"{stopped.get(part['stopped'], '')}"
    )


def activations(graph: Mapping[str, Any]) -> str:
    """Whether activations keep the order."""
    if not graph["activations"]:
        return "There is no activation: the network is a linear map."
    if graph["monotone_activations"]:
        return "All activations never decrease, so that a balanced network would be a monotone one."
    return (
        "Not all activations are monotone. Even frustration 0 would not make this network monotone, and what is said "
        "below of order is about its weights."
    )


def kinds(part: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each kind of null model in words."""
    told = []
    for entry in part["comparisons"]:
        null, ending = nulls.named(entry["kind"])
        keeps = ", ".join(null.keeps) or "shapes only"
        also = {nulls.FOLDED: " Scales of batch-norms count as weights.", nulls.UNSHARED: " No weight is shared."}
        told.append((entry["kind"], f"{null.summary}; keeps {keeps}.{also.get(ending, '')}"))
    return told


def separation(part: Mapping[str, Any]) -> list[str]:
    """For each kind, what is certain."""
    told = []
    for entry in part["comparisons"]:
        count, above, below = entry["count"], entry["separated"], entry["contradicted"]
        if above == count:
            text = f"Of {_draws(count)} of {entry['kind']} every one is certainly more frustrated than the network"
        elif below == count:
            text = f"Of {_draws(count)} of {entry['kind']} every one is certainly less frustrated than the network"
        else:
            text = (
                f"Of {_draws(count)} of {entry['kind']} {above} {'is' if above == 1 else 'are'} certainly more "
                f"frustrated than the network, {below} certainly less; of the others the intervals do not tell"
            )
        told.append(f"{text}.")
    return told


def _draws(count: int) -> str:
    """A number of draws."""
    return f"{count} draw{'s' * (count != 1)}"


def _inputs(found: Mapping[str, Any], count: int) -> str:
    """Some of the inputs."""
    noun = "random input" if found["samples"]["kind"] == NOISE else "input"
    return f"{count} {noun}{'s' * (count != 1)}"


def seen_at(found: Mapping[str, Any]) -> str:
    """At what the network was looked at."""
    count = len(found["near_monotonicity"]["images"])
    first = f"The first {count} of {found['samples']['said']}."
    if found["samples"]["kind"] != NOISE:
        return first
    return first + " They show what the weights do to noise; with --images FILE the page is about your own inputs."


def pairs_of(found: Mapping[str, Any]) -> str:
    """Between what pairs are counted."""
    count = found["modes"]["samples"]
    return f"All {count * (count - 1) // 2:,} pairs of {count} samples: the first of {found['samples']['said']}."


def repeatable(found: Mapping[str, Any]) -> str:
    """What the same command gives again."""
    if found["frustration"].get("stopped") == "time limit":
        return (
            "A search with a time limit does what fits: another machine may find ends a little apart. The draws "
            "themselves, and all that is not searched for, come out the same."
        )
    return "With the same versions each of these gives the numbers above again."
