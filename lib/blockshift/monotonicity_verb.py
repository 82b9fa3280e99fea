"""``blockshift monotonicity``: a trained network at real pictures, in the order that its frustration determines."""

import argparse
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from blockshift import errors


def result(options: argparse.Namespace, progress: Callable[[str], None]) -> tuple[dict[str, Any], str]:
    """What is found, in plain values, and as text.

    Raises
    ------
    BadArgument
        If a number is out of range, or the network is not a module that can be traced.
    UnknownName
        If there is no such network, collection or null.
    """
    if options.seed < 0 or min(options.images, options.outputs, options.directions) < 1 or options.sweeps < 0:
        raise errors.BadArgument(
            f"--seed {options.seed} --images {options.images} --outputs {options.outputs} --directions "
            f"{options.directions} --sweeps {options.sweeps} were given; expected a seed and sweeps from 0 up, the "
            f"others from 1 up."
        )

    import numpy as np

    from blockshift.graph.pretrained import doors, pictures
    from blockshift.graph.tracing import networks
    from blockshift.signs import nulls
    from blockshift.signs.monotonicity import gauges, studies

    begin = time.perf_counter()
    model = doors.model(options.model)
    if model.module is None:
        raise errors.BadArgument(
            f"{options.model} is a file of ONNX; expected a network whose module runs here, such as "
            f"squeezenet; 'blockshift models' lists them."
        )
    shown = pictures.pictures(model, options.collection, count=options.images)
    rng = np.random.default_rng(options.seed)
    dag = networks.trace(model.module, model.input_shape)
    if options.null is not None:
        dag = nulls.draw(dag, options.null, rng=rng)
    effort = studies.Effort(outputs=options.outputs, directions=options.directions, sweeps=options.sweeps)
    progress(f"looking for the order of {dag.nodes:,} nodes")
    switching = studies.global_switching(dag, effort, rng=rng)
    share = gauges.frustrated_weight(dag, switching.astype(studies.precision(dag))) / dag.total_weight
    portraits = []
    for k, x in enumerate(shown.inputs):
        progress(f"picture {k + 1} of {len(shown)}: {shown.names[k]}")
        portraits.append(studies.portrait(dag, x, switching, effort, rng=rng).numbers)
    means = studies.summary(portraits, effort)
    images = [
        {"name": name, "label": None if shown.labels is None else int(shown.labels[k]), **numbers}
        for k, (name, numbers) in enumerate(zip(shown.names, portraits, strict=True))
    ]
    found = {
        "model": options.model,
        "null": options.null,
        "collection": shown.collection,
        "nodes": dag.nodes,
        "edges": dag.edges,
        "fraction": share,
        "effort": asdict(effort),
        "images": images,
        "summary": means,
        "seed": options.seed,
        "seconds": round(time.perf_counter() - begin, 3),
    }
    return plain(found), text(found)


def plain(value: Any) -> Any:
    """The same for JSON, which has no NaN: there it is null.

    Examples
    --------
    >>> plain({"a": (1.5, float("nan"))})
    {'a': [1.5, None]}
    """
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return None if isinstance(value, float) and value != value else value


def text(found: dict[str, Any]) -> str:
    """The findings in a few lines."""
    means, effort = found["summary"], found["effort"]
    null = f", null model {found['null']}" if found["null"] else ""
    lines = [
        f"{found['model']}{null}: {found['nodes']:,} nodes, {found['edges']:,} edges, frustrated share "
        f"{found['fraction']:.4f}; means over {len(found['images'])} pictures of {found['collection']}, interval of "
        f"95 %"
    ]
    names = {
        "lambda": "λ in the order of the network", "own_lambda": "λ in the picture's own order",
        "pairs": "share of monotone pairs", "share": "frustration of the active subnetwork",
        "own_share": "the same after its own descent",
    }  # fmt: skip
    width = max(map(len, names.values()))
    lines += [f"  {word:<{width}}  {_interval(means[key])}" for key, word in names.items()]
    for kind in effort["kinds"]:
        cells = [
            f"step {size:g}: {_interval(mean)}"
            for size, mean in zip(effort["sizes"], means["agreement"][kind], strict=True)
        ]
        lines.append(f"  outputs up, {kind}: " + "; ".join(cells))
    return "\n".join(lines)


def _interval(mean: tuple[float, float, float]) -> str:
    """A mean with its interval, where there is one."""
    return f"{mean[0]:.3f}" + ("" if mean[1] != mean[1] else f" [{mean[1]:.3f}, {mean[2]:.3f}]")
