"""``blockshift monotonicity``: a trained network at real pictures, in the order that its frustration determines."""

import argparse
import os
import time
from dataclasses import asdict
from typing import Any

from blockshift import console, errors, null_commands

#: What is printed of each variant, by its key in the summary.
SHOWN = {
    "lambda": "λ in the order of the network", "own_lambda": "λ in the picture's own order",
    "pairs": "share of monotone pairs", "share": "frustration of the active subnetwork",
    "own_share": "the same after its own descent",
}  # fmt: skip


def monotonicity(options: argparse.Namespace) -> int:
    """The exit status of ``blockshift monotonicity``."""
    if options.seed < 0 or min(options.images, options.outputs, options.directions) < 1 or options.sweeps < 0:
        raise errors.BadArgument(
            f"--seed {options.seed} --images {options.images} --outputs {options.outputs} --directions "
            f"{options.directions} --sweeps {options.sweeps} were given; expected a seed and sweeps from 0 up, the "
            f"others from 1 up."
        )
    if options.jobs is not None and options.jobs < 1:
        raise errors.BadArgument(f"--jobs is {options.jobs}; expected 1 or more.")

    from blockshift.graph.pretrained import doors, pictures
    from blockshift.graph.tracing import networks
    from blockshift.signs import against_chance
    from blockshift.signs.monotonicity import portraits, studies, variants
    from blockshift.signs.progress import Bar

    asked = against_chance.requested(options.nulls or (), also=(variants.UNTRAINED, variants.INITIAL))
    begin = time.perf_counter()
    console.progress(f"reading {options.model}")
    model = doors.model(options.model)
    if model.module is None:
        raise errors.BadArgument(
            f"{options.model} is a file of ONNX; expected a network whose module runs here, such as "
            f"squeezenet; 'blockshift models' lists them."
        )
    shown = pictures.pictures(model, options.collection, count=options.images)
    console.progress(f"tracing {model.name}")
    dag = networks.trace(model.module, model.input_shape)
    initial = None if model.initial is None else networks.trace(model.initial, model.input_shape)
    effort = studies.PortraitEffort(
        outputs=options.outputs, directions=options.directions, sweeps=options.sweeps
    )  # fmt: skip
    name = os.path.basename(options.model)
    console.progress(f"looking for the order of {dag.nodes:,} nodes")
    found = portraits.portraits(
        {name: dag}, {name: shown}, asked, seed=options.seed, effort=effort,
        initial={} if initial is None else {name: initial}, checkpoint=options.checkpoint,
        n_jobs=options.jobs or null_commands.cores(), progress=Bar(),
    )  # fmt: skip
    missing = null_commands.unfinished(found, options)
    if (name, variants.TRAINED, 0) not in found.table.results:
        return console.undone(str(missing))
    result = {
        "model": options.model,
        "collection": shown.collection,
        "nodes": dag.nodes,
        "edges": dag.edges,
        "effort": asdict(effort),
        **_variant(found, (name, variants.TRAINED, 0), shown),
        "nulls": [
            {"kind": cell[1], "number": cell[2], **_variant(found, cell, shown)}
            for cell in found.table.results
            if cell[1] != variants.TRAINED
        ],
        "seed": options.seed,
        "seconds": round(time.perf_counter() - begin, 3),
    }
    console.deliver(result, options.json, text(result))
    return console.DONE if missing is None else console.undone(missing)


def _variant(found, cell, shown) -> dict[str, Any]:
    """What is said of one variant: its frustrated share, what each picture shows, and means."""
    from blockshift.signs.monotonicity.portrait_measure import finite

    record = found.table[cell]
    images = [
        {"name": name, "label": None if shown.labels is None else int(shown.labels[k]), **numbers}
        for k, (name, numbers) in enumerate(zip(shown.names, record["images"], strict=True))
    ]
    return {
        "fraction": record["share"],
        "images": images,
        "overlap": record["overlap"],
        "twice": record["twice"],
        "summary": finite(found.summary(*cell)),
    }


def text(result: dict[str, Any]) -> str:
    """The findings: the network in some lines, and the same of each variant."""
    lines = [
        f"{result['model']}: {result['nodes']:,} nodes, {result['edges']:,} edges, frustrated share "
        f"{result['fraction']:.4f}; means over {len(result['images'])} pictures of {result['collection']}, interval of "
        f"95 %",
        *_lines(result["summary"], result["effort"]),
    ]
    for null in result["nulls"]:
        lines += [
            f"{null['kind']} {null['number']}: frustrated share {null['fraction']:.4f}",
            *_lines(null["summary"], result["effort"]),
        ]
    return "\n".join(lines)


def _lines(means: dict[str, Any], effort: dict[str, Any]) -> list[str]:
    """The means of one variant."""
    width = max(map(len, SHOWN.values()))
    lines = [f"  {word:<{width}}  {_interval(means[key])}" for key, word in SHOWN.items()]
    for kind in effort["kinds"]:
        cells = [
            f"step {size:g}: {_interval(mean)}"
            for size, mean in zip(effort["sizes"], means["agreement"][kind], strict=True)
        ]
        lines.append(f"  outputs up, {kind}: " + "; ".join(cells))
    return lines


def _interval(mean) -> str:
    """A mean with its interval, as far as there are any."""
    if mean[0] is None:
        return "nothing moved"
    return f"{mean[0]:.3f}" + ("" if mean[1] is None else f" [{mean[1]:.3f}, {mean[2]:.3f}]")
