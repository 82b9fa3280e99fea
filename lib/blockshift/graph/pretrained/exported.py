"""Networks out of archives of ``torch.export`` without trusting them.

Such an archive is a graph in JSON, tensors as plain bytes, and places where pickles, compiled code and formulas that
get evaluated may stand. torch reads all of it. So an archive is taken apart here first: what is plain is copied into a
new archive in memory, what is not is refused, and torch is given the copy.
"""

import io
import json
import logging
import re
import zipfile
from pathlib import Path
from typing import Any

from blockshift import errors
from blockshift.graph.pretrained.weight_files import REMEDY

#: A function that a node of the graph may call: one of torch's own operators on tensors, or plain indexing.
CALLS = re.compile(r"(torch\.ops\.aten\.\w+\.\w+|_operator\.getitem)")
#: What is copied besides the graph and the tensors that it lists.
PLAIN = ("archive_format", "archive_version", "byteorder", ".data/version", ".data/serialization_id")
CONFIGURATIONS = ("data/weights/model_weights_config.json", "data/constants/model_constants_config.json")


def load(path: Path) -> tuple[Any, tuple[int, int, int, int]]:
    """The module in an archive of ``torch.export``, and the shape ``(m, c, H, W)`` of what it takes in.

    Raises
    ------
    UnsafeFile
        If the archive has a pickle, compiled code or a formula that it needs, or calls anything but torch's operators.
    BadArgument
        If it is no such archive, or its network does not take one picture.
    """
    import torch

    copy = cleaned(path)
    log = logging.getLogger("torch.export")
    before, log.disabled = log.disabled, True  # what torch would print here, the error below says in a line
    try:
        program = torch.export.load(copy)
    except Exception as problem:  # torch has no error of its own for archives that do not fit together
        raise errors.BadArgument(
            f"{path} cannot be read by torch {torch.__version__} ({type(problem).__name__}); export the network again."
        ) from None
    finally:
        log.disabled = before
    inputs = [node for node in program.graph.nodes if node.name in program.graph_signature.user_inputs]
    shape = tuple(inputs[0].meta["val"].shape) if len(inputs) == 1 else ()
    if len(shape) not in (2, 4):
        raise errors.BadArgument(
            f"the network in {path} has {len(inputs)} inputs, of shape {shape}; expected one of shape (m, c, H, W)."
        )
    return program.module(), (*shape, 1, 1)[:4]


def cleaned(path: Path) -> io.BytesIO:
    """The same archive with nothing but a graph and tensors in it."""
    copy = io.BytesIO()
    try:
        with zipfile.ZipFile(path) as archive, zipfile.ZipFile(copy, "w") as new:
            names = archive.namelist()
            roots = {name.split("/", 1)[0] for name in names}
            if len(roots) != 1 or len(set(names)) != len(names):
                raise errors.BadArgument(f"{path} is no archive of torch.export: it has {len(roots)} roots.")
            root = roots.pop()

            def inside(name: str) -> bytes:
                return archive.read(f"{root}/{name}")

            graph = inside("models/model.json")
            _only_operators(json.loads(graph), path)
            kept = {"models/model.json": graph, "data/sample_inputs/model.pt": b""}
            for configuration in CONFIGURATIONS:
                kept[configuration] = inside(configuration)
                for tensor in _only_tensors(json.loads(kept[configuration]), path):
                    name = f"{configuration.rsplit('/', 1)[0]}/{tensor}"
                    kept[name] = inside(name)
            kept.update((name, inside(name)) for name in PLAIN if f"{root}/{name}" in names)
            for name, content in kept.items():
                new.writestr(f"{root}/{name}", content)
    except OSError as problem:
        raise errors.BadArgument(
            f"cannot open {path} ({problem.strerror}); expected an archive of torch.export."
        ) from None
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError) as problem:
        if isinstance(problem, errors.BlockshiftError):
            raise
        raise errors.BadArgument(
            f"{path} is no archive of torch.export with one network in it; torch.export.save makes one."
        ) from None
    copy.seek(0)
    return copy


def _only_tensors(configuration: dict, path: Path) -> list[str]:
    """The names of the files of tensors that a configuration lists, which must be plain."""
    entries = list(configuration["config"].values())
    for entry in entries:
        name = entry["path_name"]
        if entry["use_pickle"] or not re.fullmatch(r"(weight|tensor)_\d+", name):
            raise errors.UnsafeFile(f"{name!r} in {path} is more than plain numbers; {REMEDY}.")
    return list(dict.fromkeys(entry["path_name"] for entry in entries))


def _only_operators(found: Any, path: Path) -> None:
    """Refuses a graph that calls what is no operator, or in which a formula stands."""
    if isinstance(found, dict):
        target = found.get("target")
        if isinstance(target, str) and "inputs" in found and not CALLS.fullmatch(target):
            raise errors.UnsafeFile(f"the graph in {path} calls {target!r}, which is no operator on tensors; {REMEDY}.")
        if found.get("expr_str") is not None:
            raise errors.UnsafeFile(
                f"the graph in {path} has a formula ({str(found['expr_str'])[:40]!r}) where a size should be; "
                f"export it for one size."
            )
    for part in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
        _only_operators(part, path)
