"""The Jacobian of the active subnetwork beside automatic differentiation, and what λ costs: jacobians.json.

    python -m chapters.data.jacobians              all that is not recorded yet; goes on where it stopped
    python -m chapters.data.jacobians squeezenet   this network only
    python -m chapters.data.jacobians outputs      λ of all 1,000 outputs of SqueezeNet only, timed

Of each network of the list, at its first pictures: rows of the Jacobian as `Tangent` has them, against the gradients
that torch finds by going back through the network's own module. Both in double precision, in which no neuron is close
enough to its kink to be on for one and off for the other; an error is the largest difference in a row over the largest
entry. A file of ONNX brings no module: there torch goes back through the layered graph that was read from the file.

Single precision, in which large networks are studied, is compared too, whole rows by their lengths. There a neuron at
its kink may be on for one and off for the other, so that is counted, and the rows are compared once more with the
neurons and winners of double precision.
The whole list takes about two minutes on one core. Seconds are of the clock and of the processor, on the machine on
which the record was made, whatever else it did.
"""

import argparse
import copy
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

import blockshift as bs
from blockshift.claims import report

FILE = Path(__file__).with_name("jacobians.json")
COMMAND = "python -m chapters.data.jacobians"
#: Pictures of each network, and outputs at each: the largest, and others spread evenly.
PICTURES, OUTPUTS = 2, 5
#: λ of all outputs of the network on a photograph: as anyone would ask for it.
QUESTION = "monotonicity --model squeezenet --images 1 --outputs 1000 --json -"
TIMED = "outputs"


def through_module(module, x, outputs):
    """Gradients of some outputs of a module, one back-propagation each, shape ``(r, C, H, W)``."""
    given = torch.from_numpy(x)[None].requires_grad_()
    return _gradients(module(given), given, outputs)[:, 0]


def through_graph(dag, x, outputs):
    """The same through a layered graph."""
    given = torch.from_numpy(x).requires_grad_()
    states = dag.forward(given)
    return _gradients([states[place][1] for place in dag.outputs], given, outputs)


def _gradients(answers, given, outputs):
    """Gradients of some entries of what came out of an input."""
    answers = answers if isinstance(answers, (list, tuple)) else [answers]
    flat = torch.cat([answer.reshape(-1) for answer in answers])
    rows = [torch.autograd.grad(flat[int(k)], given, retain_graph=True)[0] for k in outputs]
    return torch.stack(rows).numpy()


def largest_error(rows, expected):
    """The largest difference in a row over the largest entry that is expected in it, over all rows."""
    sides = tuple(range(1, expected.ndim))
    size = np.abs(expected).max(axis=sides)
    difference = np.abs(rows - expected).max(axis=sides)
    # A row of zeros is met or it is not.
    return float(np.max(np.divide(difference, size, out=np.where(difference > 0, np.inf, 0.0), where=size > 0)))


def measured(name, pictures=PICTURES, outputs=OUTPUTS):
    """The errors of one network, the largest over its pictures, by what it is compared with."""
    model = bs.model(name)
    module = None if model.module is None else copy.deepcopy(model.module).double()
    dag = bs.trace(model.file if module is None else module, model.input_shape, check=False)
    single = dag if module is None else bs.trace(model.module, model.input_shape, check=False)
    errors = {"module": [], "graph": [], "single": [], "single, same neurons": []}
    others = 0
    for x in bs.pictures(model, count=pictures).inputs.astype(np.float64):
        seen = bs.Tangent.at(dag, x)
        spread = np.linspace(0, seen.outputs - 1, outputs).astype(int)[: outputs - 1]
        chosen = np.unique([int(seen.y.argmax()), *spread])
        rows = seen.jacobian(chosen)
        expected = through_graph(dag, x, chosen)
        errors["graph"].append(largest_error(rows, expected))
        if module is not None:
            expected = through_module(module, x, chosen)
            errors["module"].append(largest_error(rows, expected))
        rough = bs.Tangent.at(single, x.astype(np.float32))
        alike = replace(rough, slopes=tuple(s.float() for s in seen.slopes), winners=seen.winners, _kept={})
        others += sum(int((a != b).sum()) for a, b in zip(rough.active, seen.active, strict=True))
        for road, other in (("single", rough), ("single, same neurons", alike)):
            difference = np.linalg.norm(other.jacobian(chosen) - expected)
            errors[road].append(float(difference / np.linalg.norm(expected)))
    return {"nodes": dag.nodes, "pictures": pictures, "rows": len(rows), "other neurons": others} | {
        road: max(found) if found else None for road, found in errors.items()
    }


def all_outputs():
    """What the command line needs for λ of all outputs, search for the order and walks included; and λ alone."""
    words = [sys.executable, "-m", "blockshift", *QUESTION.split()]
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    answer = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    whole, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    model = bs.model(answer["model"])
    dag = bs.trace(model.module, model.input_shape)
    x, order = bs.pictures(model, count=1).inputs[0], bs.Order.of(dag, np.ones(dag.nodes, np.int8))
    start = time.process_time()
    found = bs.coefficients(bs.Tangent.at(dag, x), order)
    alone = time.process_time() - start
    return {
        "command": f"blockshift {QUESTION}", "outputs": len(found.outputs), "cores": os.cpu_count(),
        "threads": torch.get_num_threads(), "seconds": round(whole, 1),
        "processor seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        "processor seconds of λ alone": round(alone, 1),
        "λ": answer["images"][0]["lambda"]["jacobian"],
    }  # fmt: skip


def recorded(path=FILE):
    """What has been measured so far."""
    if path.exists():
        return json.loads(path.read_text(encoding="utf-8"))
    return {"command": COMMAND, "networks": {}}


def main():
    """Does what is missing, or what is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help=f"networks, or {TIMED!r}")
    parser.add_argument("--to", type=Path, default=FILE, help="the record (the stored one)")
    chosen = parser.parse_args()
    known = recorded(chosen.to)
    done = {*known["networks"], *known}
    for part in chosen.parts or [p for p in (*bs.models().installed, TIMED) if p not in done]:
        begin = time.perf_counter()
        known = recorded(chosen.to)
        if part == TIMED:
            known[TIMED] = all_outputs()
        else:
            known["networks"][part] = measured(part)
        known["versions"] = {"numpy": np.__version__, "torch": torch.__version__}
        report.write(known, chosen.to)
        print(f"{part}, {time.perf_counter() - begin:.1f} s: {known.get(part) or known['networks'][part]}", flush=True)


if __name__ == "__main__":
    main()
