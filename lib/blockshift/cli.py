"""The door: ``blockshift verify``, ``flow``, ``laws``, ``frustration``, ``monotonicity``, ``models``, ``report``,
``figure``.

Exit status 0: done and true. 1: done, and something does not hold. 2: could not be done, with one line on
standard error that says what was given, what was expected, and what to do. Results go to standard output,
progress to standard error, and only where that is a terminal. Rooms are imported when a verb needs them, so
that ``--help`` answers at once.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence

from blockshift import console, errors, syntax

INTERRUPTED = "interrupted; nothing was written, and files that were there are as they were"


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status of one call."""
    options = syntax.parser().parse_args(arguments)
    try:
        return VERBS[options.verb](options)
    except errors.BlockshiftError as problem:
        return console.undone(" ".join(str(problem).split()))
    except KeyboardInterrupt:
        return console.undone(INTERRUPTED)
    except SystemError as problem:
        # What arrives while machine code is loaded or running comes wrapped; Numba is not there before it is needed.
        from blockshift import compiled

        if not compiled.was_interrupted(problem):
            raise
        return console.undone(INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has had enough. Python would complain once more when it flushes on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return syntax.UNDONE


def _verify(options: argparse.Namespace) -> int:
    """``blockshift verify``."""
    from blockshift.claims import LEDGER, journal, report

    chosen = LEDGER.select(options.ids, options.part, slow=options.all)
    entries = []
    with journal.opened(options.checkpoint) as kept:
        try:
            with console.prompt(lambda: f"interrupted; {kept.said}") as pressed:
                kept.interrupted = pressed
                for entry in kept.entries(chosen, lambda claim: console.progress(f"checking {claim.id}")):
                    entries.append(entry)
                    if options.json != "-" and not (options.quiet and report.sound(entry)):
                        console.progress("")
                        print(report.line(entry), flush=True)
        except KeyboardInterrupt:
            return console.undone(f"interrupted; {kept.said}")
    found = report.record(entries, complete=len(chosen) == len(LEDGER)) | {"kept": kept.kept}
    console.deliver(found, options.json, report.closing(found))
    return console.DONE if all(map(report.sound, entries)) else console.UNTRUE


def _flow(options: argparse.Namespace) -> int:
    """``blockshift flow``."""
    widths = syntax.shape_of(options.shape)
    values = syntax.numbers_of(options.singular_values, "--singular-values")

    import numpy as np

    from blockshift.flow import gradient, integrators, landscape
    from blockshift.graph.network import Network

    sigma = gradient.target(values, widths)
    if options.weights is not None:
        net = _read_weights(options.weights, widths)
    elif options.seed < 0:
        raise errors.BadArgument(f"--seed is {options.seed}; expected an integer from 0 up.")
    else:
        net = Network.random(widths, rng=np.random.default_rng(options.seed), scale=options.scale)

    shown = time.monotonic()

    def progress(t, loss):
        nonlocal shown
        if time.monotonic() - shown > 0.2:
            shown = time.monotonic()
            console.progress(f"t = {t:.4g} of {options.t_end:g}, loss {loss:.6g}")

    begin = time.perf_counter()
    run = integrators.integrate(net, sigma, options.t_end, method=options.method, progress=progress)
    seconds = time.perf_counter() - begin
    kind, why = "undecided", None
    learnt, distance = [], None
    try:
        point = landscape.critical_point(run.final, sigma)
        kind, learnt, distance = point.kind, list(point.learnt), point.distance
        why = point.certificate.reason if point.certificate else None
    except errors.BadArgument as problem:  # the run is there all the same, and what hides its limit is said
        why = str(problem)
    result = {
        "shape": list(widths),
        "singular_values": sorted(values, reverse=True),
        "method": run.method,
        "loss_start": float(run.loss[0]),
        "loss_end": float(run.loss[-1]),
        "invariant_drift": run.worst_drift,
        "time_end": float(run.t[-1]),
        "steps": run.steps,
        "stopped": run.stopped,
        "limit": kind,
        "limit_reason": why,
        "learnt": learnt,
        "speed_end": float(run.speed[-1]),
        "distance_to_limit": distance,
        "seconds": round(seconds, 3),
    }
    because = f" ({why})" if why else ""
    console.deliver(
        result,
        options.json,
        f"{run}\nlimit: {kind}{because}; singular values learnt: {', '.join(map(str, learnt)) or 'none'}",
    )
    if run.stopped == "interrupted":
        kept = f"written to {options.json}" if options.json not in (None, "-") else "printed"
        return console.undone(f"interrupted at t = {run.t[-1]:g}; the run up to there was kept and {kept}")
    return console.DONE


def _read_weights(path: str, widths: tuple[int, ...]):
    """The network in an ``.npz`` file, which must have the given widths."""
    import zipfile

    import numpy as np

    from blockshift.graph.network import Network

    names = [f"W{i}" for i in range(1, len(widths))]
    expected = f"an .npz file with the arrays {', '.join(names)}"
    try:
        with np.load(path, allow_pickle=False) as file:
            if sorted(file.files) != sorted(names):
                raise errors.ShapeMismatch(
                    f"{path} holds {', '.join(file.files) or 'nothing'}; for widths {widths} expected {expected}."
                )
            weights = [file[name] for name in names]
    except errors.BlockshiftError:
        raise
    except OSError as problem:
        raise errors.BadArgument(f"cannot open {path} ({problem.strerror}); expected {expected}.") from None
    except (ValueError, AttributeError, EOFError, zipfile.BadZipFile):
        # NumPy's own words here recommend to unpickle, which is just what a weights file must not make us do.
        raise errors.BadArgument(f"{path} is not an archive of plain arrays; expected {expected}.") from None
    net = Network.from_weights(weights)
    if net.widths != widths:
        raise errors.ShapeMismatch(f"{path} holds a network with widths {net.widths}; SHAPE says {widths}.")
    return net


def _laws(options: argparse.Namespace) -> int:
    """``blockshift laws``."""
    shape = syntax.shape_of(options.shape)
    if options.seed < 0:
        raise errors.BadArgument(f"--seed is {options.seed}; expected an integer from 0 up.")

    import numpy as np

    from blockshift.flow.laws import law_count

    begin = time.perf_counter()
    console.progress(f"counting the laws of {options.shape}")
    found = law_count.laws(shape, options.net, options.biases, rng=np.random.default_rng(options.seed))
    seconds = time.perf_counter() - begin
    result = {
        "shape": list(shape),
        "net": found.net,
        "biases": found.biases,
        "parameters": found.parameters,
        "known": found.known,
        "total": found.total,
        "complete": found.complete,
        "method": found.method,
        "certain": found.certain,
        "lower": found.lower,
        "upper": found.upper,
        "scalar_stretches": [list(stretch) for stretch in found.stretches],
        "certificates": [
            {"prime": c.prime, "known": c.known, "lower": c.lower, "ranks": list(c.ranks)} for c in found.certificates
        ],
        "seed": options.seed,
        "seconds": round(seconds, 3),
    }
    console.deliver(result, options.json, found.report())
    return console.DONE


def _frustration(options: argparse.Namespace) -> int:
    """``blockshift frustration``."""
    if options.model is not None:
        from blockshift import model_commands

        return model_commands.frustration(options)
    if options.graph is None:
        raise errors.BadArgument(
            "no graph was given; expected GRAPH, a file with an edge a line, or --model. 'blockshift frustration "
            "--help' says more."
        )
    for name in ("input_size", "architecture", "signs", "pooling", "batch_norm", "nulls", "checkpoint", "jobs"):
        if getattr(options, name):
            raise errors.BadArgument(f"--{name.replace('_', '-')} is about networks; give --model, or leave it out.")
    if options.seed < 0:
        raise errors.BadArgument(f"--seed is {options.seed}; expected an integer from 0 up.")

    import numpy as np

    from blockshift.signs import edge_lists, intervals

    graph = edge_lists.read(options.graph)
    shown = time.monotonic()

    def progress(lower, upper):
        nonlocal shown
        if time.monotonic() - shown > 0.2:
            shown = time.monotonic()
            console.progress(f"frustration between {lower:g} and {upper:g}")

    found = intervals.frustration(
        graph, rng=np.random.default_rng(options.seed), exact=options.exact, time_limit=options.time_limit,
        restarts=options.restarts, progress=progress,
    )  # fmt: skip
    result = {
        "nodes": graph.n,
        "edges": graph.m,
        "negative_edges": graph.negative,
        "total_weight": graph.total_weight,
        "lower": found.lower,
        "upper": found.upper,
        "fraction_lower": found.fraction_lower,
        "fraction_upper": found.fraction_upper,
        "certified": found.certified,
        "switching": found.switching,
        "method": found.method,
        "stopped": found.stopped,
        "seconds": round(found.seconds, 3),
        "seed": options.seed,
    }
    minus = [name for name, sign in found.switching.items() if sign < 0]
    shown_minus = ", ".join(map(str, minus[:20])) + (f" and {len(minus) - 20} more" if len(minus) > 20 else "")
    console.deliver(result, options.json, f"{graph}\n{found}\nswitched by -1: {shown_minus or 'none'}")
    if found.stopped == "interrupted":
        kept = f"written to {options.json}" if options.json not in (None, "-") else "printed"
        return console.undone(f"interrupted; the interval from {found.lower:g} to {found.upper:g} was kept and {kept}")
    return console.UNTRUE if options.exact and not found.certified else console.DONE


def _models(options: argparse.Namespace) -> int:
    """``blockshift models``."""
    from blockshift.graph.pretrained import doors

    known = doors.models()
    console.deliver({"models": known.as_json()}, options.json, str(known))
    return console.DONE


def _monotonicity(options: argparse.Namespace) -> int:
    """``blockshift monotonicity``."""
    from blockshift import monotonicity_verb

    return monotonicity_verb.monotonicity(options)


def _report(options: argparse.Namespace) -> int:
    """``blockshift report``."""
    from blockshift import report_verb

    return report_verb.report(options)


def _figure(options: argparse.Namespace) -> int:
    """``blockshift figure``."""
    from blockshift import figure_verb

    return figure_verb.figure(options)


#: What each verb does.
VERBS = {
    "verify": _verify, "flow": _flow, "laws": _laws, "frustration": _frustration, "monotonicity": _monotonicity,
    "models": _models, "report": _report, "figure": _figure,
}  # fmt: skip
