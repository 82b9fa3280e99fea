"""Claims about what a network is: one nilpotent matrix (P1-C1, P1-C4)."""

import numpy as np

from blockshift.claims.evidence import Proof, Residual
from blockshift.claims.ledger import claim
from blockshift.flow import integrators
from blockshift.flow.symbols import derivations
from blockshift.graph.network import Network

PAPER = "wendin2026gradient"

#: Widths at which the code is compared with the definition, exactly: one layer, width one, bottlenecks, all sizes.
SHAPES = ((1, 1), (2, 3), (1, 1, 1), (3, 4, 2), (2, 1, 3), (3, 4, 5, 3), (2, 2, 2, 2, 2), (1, 3, 1, 3, 1, 2))


def integer_network(widths, *, rng: np.random.Generator, size: int = 1000) -> Network:
    """A network with integer weights between -size and size, kept as Python's exact integers."""
    draw = Network.random(widths, rng=rng)
    return Network(tuple(rng.integers(-size, size + 1, W.shape).astype(object) for W in draw.weights))


@claim(
    "P1-C1",
    source=PAPER,
    status="confirmed",
    part="graph",
    chapter="graph/one-matrix",
    figures=("fig-powers",),
    statement="A^h has one nonzero block, the end-to-end product W_h...W_1, and A^(h+1) = 0.",
    control={"grade": 0},
)
def the_adjacency_matrix_is_nilpotent(*, grade=1):
    """Derived by grading; the matrix powers multiplied out in integers. Grade 0 adds loops, and is not nilpotent."""
    rng = np.random.default_rng(1)
    left_over, corner = {}, {}
    for widths in SHAPES:
        net = integer_network(widths, rng=rng)
        A = net.adjacency() + (np.eye(net.nodes, dtype=object) if grade == 0 else 0)
        powers = [A]
        for _ in range(net.depth):
            powers.append(powers[-1] @ A)
        product = net.weights[0]
        for W in net.weights[1:]:
            product = W @ product
        # The corner is sliced by hand: the conventions of `blocks` are part of what is judged.
        expected = np.zeros_like(A)
        expected[-widths[-1] :, : widths[0]] = product
        left_over[f"A^(h+1), widths {widths}"] = int(np.abs(powers[-1]).sum())
        corner[f"A^h, widths {widths}"] = int(np.abs(powers[-2] - expected).sum())
    instances = [Residual({**left_over, **corner}, bound=0, scope="powers multiplied out at random integer weights")]
    return Proof(derivations.nilpotency(grade=grade), instances)


@claim(
    "P1-C4",
    source=PAPER,
    status="confirmed",
    part="graph",
    chapter="graph/one-matrix",
    statement="All eigenvalues of A(t) are zero at all times: the flow is isospectral.",
    control={"grade": 0},
    uses=("P1-C1", "P1-C2"),
)
def the_spectrum_is_zero(*, grade=1):
    """Derived from nilpotency; the characteristic polynomial along a run, in exact arithmetic on its floats.

    The test is on exact traces, not on computed eigenvalues: rounding of size e moves those by e^(1/(h+1)).
    """
    rng = np.random.default_rng(4)
    traces: dict[str, float] = {}
    for widths in ((2, 2, 2), (3, 4, 2, 3)):
        start = Network.random(widths, rng=rng)
        run = integrators.integrate(start, [2, 1], t_end=5.0)
        for k in np.linspace(0, len(run.t) - 1, 4).astype(int):
            A = run.network(int(k)).adjacency() + (np.eye(start.nodes) if grade == 0 else 0)
            traces |= {f"{widths}, t = {run.t[k]:.2f}, power {m}": abs(v) for m, v in enumerate(_power_sums(A), 1)}
    instances = [Residual(traces, bound=0, scope="traces of the powers 1 to n of A(t) along two runs")]
    return Proof(derivations.spectrum(grade=grade), instances)


def _power_sums(A: np.ndarray) -> list[float]:
    """``tr A, tr A^2, ..., tr A^n``: by Newton's identities all eigenvalues are zero exactly if these are."""
    sums, power = [], np.eye(len(A))
    for _ in range(len(A)):
        power = power @ A
        sums.append(float(np.trace(power)))
    return sums
