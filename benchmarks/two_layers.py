"""The closed form of two layers against SciPy's DOP853 at rtol 1e-12: the end-to-end map at 100 times.

Both start from the same lambda-balanced network, with singular values from 10 down to 0.5, and both give the product
at 100 evenly spaced times, by which all modes are learnt. The closed form is set up anew in every run. DOP853 gives
times between its steps by interpolation, as `solve_ivp` does; since its interpolant is worse than its steps, the
agreement is measured at the ends of its steps.
"""

import numpy as np
import scipy.integrate

from benchmarks import timing
from blockshift.flow import balanced_starts, gradient, two_layers

#: Width of all three layers, lambda, and rounds of either road.
PROBLEMS = [(10, 0.0, 9), (10, 0.5, 9), (50, 0.0, 5), (50, 0.5, 5), (100, 0.0, 3), (100, 0.5, 3)]
TIMES = 100
#: DOP853 takes at least this many times as long.
TARGET = 5.0
#: The two agree to this share of the largest singular value: the error that DOP853 has at rtol 3e-14 at steps' ends.
AGREEMENT = 1e-12


def problem(d: int, lam: float):
    """The start, ``Sigma`` and the times."""
    rng = np.random.default_rng(d)
    start = balanced_starts.lambda_balanced((d, d, d), lam, rng=rng, scale=1e-3)
    turn = np.linalg.qr(rng.standard_normal((d, d)))[0]
    return start, turn @ np.diag(np.linspace(10, 0.5, d)) @ turn.T, np.linspace(0, 20, TIMES)


def exact(start, Sigma, times) -> np.ndarray:
    """The products, by the closed form."""
    return two_layers.two_layers(start, Sigma).product(times)


def right_side(start, Sigma):
    """The flow of the weights as SciPy wants it."""
    shapes, size = [W.shape for W in start.weights], start.weights[0].size

    def velocity(t, y):
        layers = (y[:size].reshape(shapes[0]), y[size:].reshape(shapes[1]))
        return np.concatenate([V.ravel() for V in gradient.layer_velocities(layers, Sigma)])

    return velocity, np.concatenate([W.ravel() for W in start.weights])


def stepped(start, Sigma, times) -> np.ndarray:
    """The products, by DOP853 and its interpolant."""
    velocity, y = right_side(start, Sigma)
    found = scipy.integrate.solve_ivp(
        velocity, (0, times[-1]), y, method="DOP853", t_eval=times, rtol=1e-12, atol=1e-15
    )
    first, second = np.split(found.y.T, [start.weights[0].size], axis=1)
    d = len(Sigma)
    return second.reshape(-1, d, d) @ first.reshape(-1, d, d)


def disagreement(start, Sigma, times) -> float:
    """The largest difference at the ends of DOP853's steps, near rounding, in units of the largest singular value."""
    velocity, y = right_side(start, Sigma)
    flow, d, size = two_layers.two_layers(start, Sigma), len(Sigma), start.weights[0].size
    solver = scipy.integrate.DOP853(velocity, 0.0, y, times[-1], rtol=3e-14, atol=1e-17)
    worst, seen = 0.0, 0
    while solver.status == "running":
        solver.step()
        seen += 1
        if seen % 8 == 0 or solver.status != "running":
            product = solver.y[size:].reshape(d, -1) @ solver.y[:size].reshape(-1, d)
            worst = max(worst, float(np.abs(product - flow.product(solver.t)).max()))
    return worst / float(np.linalg.norm(Sigma, 2))


def main() -> bool:
    """Print the table; whether every problem is solved `TARGET` times as fast and to `AGREEMENT`."""
    print(f"the product at {TIMES} times, two layers of width d: closed form against DOP853, medians of process time")
    reached = []
    for d, lam, rounds in PROBLEMS:
        given = problem(d, lam)
        roads = {"exact": lambda given=given: exact(*given), "stepped": lambda given=given: stepped(*given)}
        took = timing.medians(roads, dict.fromkeys(roads, rounds))
        ratio, off = took["stepped"] / took["exact"], disagreement(*given)
        reached.append(ratio >= TARGET and off <= AGREEMENT)
        print(
            f"d = {d}, lambda = {lam:g}: closed form {1e3 * took['exact']:.3g} ms, "
            f"DOP853 {1e3 * took['stepped']:.3g} ms, ratio {ratio:.1f}; "
            f"they agree to {off:.0e}{'' if reached[-1] else '  MISSED'}",
            flush=True,
        )
    print(f"{sum(reached)} of {len(reached)} targets reached: {TARGET:g} times as fast, agreement {AGREEMENT:.0e}")
    return all(reached)
