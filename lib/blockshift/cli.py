"""The door: ``blockshift verify`` and ``blockshift flow``.

Exit status 0: done and true. 1: done, and something does not hold. 2: could not be done, with one line on
standard error that says what was given, what was expected, and what to do. Results go to standard output,
progress to standard error, and only where that is a terminal. Rooms are imported when a verb needs them, so
that ``--help`` answers at once.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from typing import Any, NoReturn

from blockshift import errors

DONE, UNTRUE, UNDONE = 0, 1, 2

EPILOG = {
    "": """\
examples:
  blockshift verify                  every claim of the register, with its control
  blockshift flow 3-4-5-3 --singular-values 3,2,1
""",
    "verify": """\
A claim is checked, and then its control: an instance on which it is false, which the check must refuse.
Exit status 1 where a claim fails or a control does not.

examples:
  blockshift verify P1-C6            one claim
  blockshift verify --part flow      the claims about gradient flow
  blockshift verify --json -         the whole register as JSON
""",
    "flow": """\
SHAPE is the widths from input to output, joined by '-'. Sigma has the singular values on its diagonal, sorted
in decreasing order. The start is random normal with standard deviation SCALE, or what FILE.npz holds: arrays
W1 ... Wh, Wi of shape (d_i, d_(i-1)).

examples:
  blockshift flow 3-4-5-3 --singular-values 3,2,1 --seed 0
  blockshift flow 2-2-2 --singular-values 2,1 --scale 0.001 --t-end 60 --json run.json
""",
}


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line that begins with the program's name."""

    def error(self, message: str) -> NoReturn:
        print(f"blockshift: {message}; see '{self.prog} --help'", file=sys.stderr)
        sys.exit(UNDONE)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    raw = argparse.RawDescriptionHelpFormatter
    top = _Parser(prog="blockshift", description="Deep networks as one matrix.", epilog=EPILOG[""], formatter_class=raw)
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=_Parser)

    verify = verbs.add_parser(
        "verify", help="run the register of claims", description="Run the register of claims.",
        epilog=EPILOG["verify"], formatter_class=raw,
    )  # fmt: skip
    verify.add_argument("ids", nargs="*", metavar="ID", help="claims to check, such as P1-C6; all if none is given")
    verify.add_argument("--part", metavar="NAME", help="only the claims about one part: graph, flow")
    verify.add_argument("--all", action="store_true", help="slow claims as well")
    verify.add_argument("--quiet", action="store_true", help="print the last line only")
    verify.set_defaults(do=_verify)

    flow = verbs.add_parser(
        "flow", help="integrate one training run", description="Integrate one run of gradient flow.",
        epilog=EPILOG["flow"], formatter_class=raw,
    )  # fmt: skip
    flow.add_argument("shape", metavar="SHAPE", help="widths joined by '-', input first, such as 3-4-5-3")
    flow.add_argument("--singular-values", required=True, metavar="S,S,...", help="the diagonal of Sigma")
    flow.add_argument("--scale", type=float, default=0.3, help="standard deviation of the starting weights (0.3)")
    flow.add_argument("--seed", type=int, default=0, help="of the starting weights (0)")
    flow.add_argument("--t-end", type=float, default=20.0, metavar="T", help="when to stop at the latest (20)")
    flow.add_argument("--method", default="dop853", help="dop853, rk45, radau or lsoda (dop853)")
    flow.add_argument("--weights", metavar="FILE.npz", help="starting weights, in place of random ones")
    flow.set_defaults(do=_flow)

    for verb in (verify, flow):
        verb.add_argument("--json", metavar="PATH", help="write the result as JSON; '-' for standard output, alone")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status of one call."""
    options = parser().parse_args(arguments)
    try:
        return options.do(options)
    except errors.BlockshiftError as problem:
        return _undone(" ".join(str(problem).split()))
    except KeyboardInterrupt:
        return _undone("interrupted; nothing was written, and files that were there are as they were")
    except BrokenPipeError:
        # Whoever read our output has had enough. Python would complain once more when it flushes on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNDONE


def _undone(why: str) -> int:
    """One line on standard error, and status 2."""
    print(f"blockshift: {why}", file=sys.stderr)
    return UNDONE


def shape_of(text: str) -> tuple[int, ...]:
    """The widths that a SHAPE names.

    Examples
    --------
    >>> shape_of("3-4-5-3")
    (3, 4, 5, 3)
    """
    widths = text.split("-")
    if len(widths) < 2 or not all(w.isascii() and w.isdigit() and int(w) > 0 for w in widths):
        raise errors.BadArgument(
            f"SHAPE is {text!r}; expected at least two positive widths joined by '-', input first, such as 3-4-3."
        )
    return tuple(map(int, widths))


def numbers_of(text: str, name: str) -> list[float]:
    """The numbers of a list separated by commas.

    Examples
    --------
    >>> numbers_of("3,2,1", "--singular-values")
    [3.0, 2.0, 1.0]
    """
    try:
        return [float(word) for word in text.split(",")]
    except ValueError:
        raise errors.BadArgument(f"{name} is {text!r}; expected numbers separated by commas, such as 3,2,1.") from None


def _progress(text: str) -> None:
    """A line that overwrites itself, where somebody is looking."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def _deliver(result: dict[str, Any], path: str | None, text: str) -> None:
    """The result as JSON where that was asked for, else as text."""
    from blockshift.claims import report

    _progress("")
    if path == "-":
        print(json.dumps(result, indent=1, ensure_ascii=False))
        return
    if path is not None:
        report.write(result, path)
    print(text, flush=True)


def _verify(options: argparse.Namespace) -> int:
    """``blockshift verify``."""
    from blockshift.claims import LEDGER, report, verify

    chosen = LEDGER.select(options.ids, options.part, slow=options.all)
    verdicts = []
    for entry in chosen:
        _progress(f"checking {entry.id}")
        verdicts.append(verify(entry))
        if options.json != "-" and not options.quiet:
            _progress("")
            print(report.line(report.entry(verdicts[-1])), flush=True)
    found = report.record(verdicts, complete=len(chosen) == len(LEDGER))
    _deliver(found, options.json, report.closing(found))
    return DONE if all(v.sound for v in verdicts) else UNTRUE


def _flow(options: argparse.Namespace) -> int:
    """``blockshift flow``."""
    widths = shape_of(options.shape)
    values = numbers_of(options.singular_values, "--singular-values")

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
            _progress(f"t = {t:.4g} of {options.t_end:g}, loss {loss:.6g}")

    begin = time.perf_counter()
    run = integrators.integrate(net, sigma, options.t_end, method=options.method, progress=progress)
    seconds = time.perf_counter() - begin
    point = landscape.critical_point(run.final, sigma)
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
        "limit": point.kind,
        "learnt": list(point.learnt),
        "speed_end": float(run.speed[-1]),
        "distance_to_limit": point.distance,
        "seconds": round(seconds, 3),
    }
    learnt = ", ".join(map(str, point.learnt)) or "none"
    _deliver(result, options.json, f"{run}\nlimit: {point.kind}; singular values learnt: {learnt}")
    if run.stopped == "interrupted":
        kept = f"written to {options.json}" if options.json not in (None, "-") else "printed"
        return _undone(f"interrupted at t = {run.t[-1]:g}; the run up to there was kept and {kept}")
    return DONE


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
