"""``blockshift frustration --model``: a trained network from its name to its interval."""

import argparse
import time
from typing import Any

from blockshift import console, errors, null_commands

#: Nodes up to which the switching is written out by the names of the nodes, and up to which as signs in a row; beyond,
#: the shares of flipped nodes must do.
NAMED_NODES, WRITTEN_NODES = 100_000, 2_000_000


def frustration(options: argparse.Namespace) -> int:
    """The exit status of ``blockshift frustration --model``."""
    if options.graph is not None:
        raise errors.BadArgument(f"both GRAPH ({options.graph}) and --model were given; expected one of them.")
    if options.exact:
        raise errors.BadArgument(
            "--exact searches graphs without end, and a network has too many switchings; leave it out, or give a "
            "--time-limit. Small networks are searched anyway."
        )
    if options.seed < 0:
        raise errors.BadArgument(f"--seed is {options.seed}; expected an integer from 0 up.")
    asked = null_commands.kinds(options)
    dag = traced(options)

    import numpy as np

    from blockshift.signs import network_intervals

    shown = time.monotonic()

    def progress(doing: str) -> None:
        nonlocal shown
        if time.monotonic() - shown > 0.2:
            shown = time.monotonic()
            console.progress(doing)

    found = network_intervals.network_frustration(
        dag, rng=np.random.default_rng(options.seed), signs=options.signs, time_limit=options.time_limit,
        restarts=options.restarts, progress=progress,
    )  # fmt: skip
    result = record(found) | {"model": options.model, "seed": options.seed}
    text, missing = f"{found}\n{table(found)}", None
    if asked and found.stopped != "interrupted":
        console.progress("")
        against = null_commands.compared(dag, asked, options)
        result["nulls"], missing = against.to_json(), null_commands.unfinished(against, options)
        text += f"\n{against}"
    console.deliver(result, options.json, text)
    if missing is not None:
        return console.undone(missing)
    if found.stopped == "interrupted":
        kept = f"written to {options.json}" if options.json not in (None, "-") else "printed"
        return console.undone(
            f"interrupted; the interval from {found.fraction_lower:.4f} to {found.fraction_upper:.4f} of the weight "
            f"was kept and {kept}"
        )
    return console.DONE


def traced(options: argparse.Namespace):
    """The layered signed graph of the network that the options name."""
    import blockshift as bs

    console.progress(f"reading {options.model}")
    model = bs.model(options.model, architecture=options.architecture, input_size=options.input_size)
    console.progress(f"tracing {model.name}")
    return bs.trace(
        model.file if model.module is None else model.module, model.input_shape,
        pooling=options.pooling or "average", batch_norm=options.batch_norm or "fold",
    )  # fmt: skip


def record(found) -> dict[str, Any]:
    """An interval in plain values, with the contract's keys."""
    dag = found.dag
    return {
        "nodes": dag.nodes,
        "edges": dag.edges,
        "negative_edges": dag.negative_edges,
        "total_weight": dag.total_weight,
        "lower": found.lower,
        "upper": found.upper,
        "fraction_lower": found.fraction_lower,
        "fraction_upper": found.fraction_upper,
        "certified": found.certified,
        "guarantee": found.guarantee,
        "switching": signs_by_name(found) if dag.nodes <= NAMED_NODES else None,
        "signs": signs_by_layer(found) if dag.nodes <= WRITTEN_NODES else None,
        "method": found.method,
        "stopped": found.stopped,
        "seconds": round(found.seconds, 3),
        "conventions": dict(dag.conventions),
        "layers": [_row(part) for part in found.layers],
        "links": [_row(part) for part in found.links],
    }


def _row(part) -> dict[str, Any]:
    """What is known of one layer or link, in plain values."""
    return {
        "name": part.name, "kind": part.kind, "nodes": part.nodes, "edges": part.edges,
        "negative_edges": part.negative_edges, "weight": part.weight, "frustrated": part.frustrated,
        "fraction": part.fraction, "flipped": part.flipped,
    }  # fmt: skip


def signs_by_name(found) -> dict[str, int]:
    """The switching by the names of the nodes: layer, channel, row and column."""
    from numpy import ndenumerate

    dag = found.dag
    return {
        f"{layer.name}[{c},{y},{x}]": int(sign)
        for layer, view in zip(dag.layers, dag.split(found.switching), strict=True)
        for (c, y, x), sign in ndenumerate(view)
    }


def signs_by_layer(found) -> list[dict[str, str]]:
    """The switching as a string of ``+`` and ``-`` for each layer: pixel by pixel, the channels of a pixel together."""
    dag = found.dag
    signs = found.switching
    return [
        {"layer": layer.name, "signs": "".join("-" if x < 0 else "+" for x in signs[a:b])}
        for layer, a, b in zip(dag.layers, dag.offsets, dag.offsets[1:], strict=False)
    ]


def table(found) -> str:
    """A line for each layer: its name, what leads into it, edges, what is frustrated, how many nodes are flipped."""
    rows: list[tuple[str, ...]] = [("layer", "kind", "nodes", "edges", "frustrated", "flipped")]
    for part in found.layers:
        share = f"{part.fraction:.4f}" if part.edges else ""
        rows.append((part.name, part.kind, f"{part.nodes:,}", f"{part.edges:,}", share, f"{part.flipped:.3f}"))
    wide = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    left = {0, 1}
    return "\n".join(
        "  ".join(
            word.ljust(n) if i in left else word.rjust(n) for i, (word, n) in enumerate(zip(row, wide, strict=True))
        ).rstrip()
        for row in rows
    )
