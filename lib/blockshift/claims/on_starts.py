"""Claims about special starts: chains, balance, and closed forms (P1-C21, P1-C23 to P1-C25, O-S1, O-S2)."""

from fractions import Fraction

import numpy as np

from blockshift.claims.evidence import Bound, Residual
from blockshift.claims.ledger import claim
from blockshift.claims.on_graph import PAPER
from blockshift.flow import (
    balanced_starts,
    end_to_end,
    exact_solutions,
    gradient,
    initializations,
    integrators,
    reduced,
    two_layers,
)
from blockshift.graph.network import Network

PAGE = "flow/special-starts"

#: A run at the tightest tolerance of its method stays within this of the exact flow, for weights of a few units.
RUN = 1e-10
TIGHTEST = 3e-14

#: The orthogonal matrices with rational entries from which exact instances are made.
ROTATIONS = (
    [[Fraction(3, 5), Fraction(-4, 5)], [Fraction(4, 5), Fraction(3, 5)]],
    [[Fraction(5, 13), Fraction(12, 13)], [Fraction(-12, 13), Fraction(5, 13)]],
    [[Fraction(8, 17), Fraction(15, 17)], [Fraction(-15, 17), Fraction(8, 17)]],
)


def _turn(width: int, number: int) -> np.ndarray:
    """An orthogonal matrix of fractions: plane rotations of neighbours, one after the other."""
    Q = np.eye(width, dtype=int).astype(object)
    for k in range(width - 1):
        Q[:, k : k + 2] = Q[:, k : k + 2] @ np.array(ROTATIONS[(number + k) % len(ROTATIONS)], dtype=object)
    return Q


def _diagonal(rows: int, columns: int, values) -> np.ndarray:
    """A diagonal matrix of fractions, not square."""
    D = np.zeros((rows, columns), dtype=int).astype(object)
    for k, value in enumerate(values):
        D[k, k] = value
    return D


def _exactly(total) -> float:
    """0 for a sum of absolute values that is exactly 0; anything else is too large for any bound."""
    return 0.0 if total == 0 else max(1.0, float(total))


def _run(start: Network, sigma, times) -> list[Network]:
    """The networks at times after 0, by a run that ends at each."""
    found, now = [], 0.0
    for t in times:
        start = integrators.integrate(start, sigma, t - now, rtol=TIGHTEST, rest=0).final
        found.append(start)
        now = t
    return found


def _distance(nets, others) -> float:
    """The largest difference of two weights."""
    pairs = zip(nets, others, strict=True)
    return max(float(np.abs(W - V).max()) for a, b in pairs for W, V in zip(a.weights, b.weights, strict=True))


@claim(
    "P1-C21",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=PAGE,
    figures=(
        "fig-chains",
        "fig-not-aligned",
    ),
    statement="On W_j = Q_j D_j Q_{j-1}ᵀ with Q_0, Q_h of Σ, the flow stays there: each mode is a chain "
    "u_j' = (σ - u_h...u_1) Π_(k≠j) u_k.",
    control={"matched": False},
    uses=("P1-C2",),
)
def an_aligned_start_decouples(*, matched=True):
    """The velocity in the bases is diagonal with the entries of the chains, in exact fractions; and whole runs.

    If the two sides of one hidden layer are turned against each other, both break.
    """
    rng = np.random.default_rng(21)
    exact, runs = {}, {}
    for widths in ((1, 1), (2, 3), (1, 1, 1), (3, 4, 2), (2, 1, 3), (3, 4, 5, 3), (2, 2, 2, 2, 2)):
        depth, modes = len(widths) - 1, min(widths)
        Q = [_turn(d, k) for k, d in enumerate(widths)]
        U, V = (Q[-1], Q[0]) if matched else (_turn(widths[-1], 2), _turn(widths[0], 1))
        u = rng.integers(-9, 10, (depth, modes)).astype(object)
        sigma = sorted(rng.integers(1, 10, min(widths[0], widths[-1])).tolist(), reverse=True)
        Sigma = U @ _diagonal(widths[-1], widths[0], sigma) @ V.T
        layers = [Q[j + 1] @ _diagonal(widths[j + 1], widths[j], u[j]) @ Q[j].T for j in range(depth)]
        velocity = gradient.velocity(Network(tuple(layers)), Sigma)
        left = [s - np.prod(u[:, i]) for i, s in enumerate(sigma[:modes])]
        total = 0
        for j, X in enumerate(velocity):
            others = [k for k in range(depth) if k != j]
            expected = [left[i] * np.prod(u[others, i]) for i in range(modes)]
            off = Q[j + 1].T @ X @ Q[j] - _diagonal(widths[j + 1], widths[j], expected)
            total += sum(abs(entry) for entry in off.flat)
        exact[f"{widths}"] = total
    times = (0.5, 2.0, 5.0)
    for widths in ((3, 4, 3), (3, 4, 5, 3), (4, 2, 3), (2, 2, 2, 2, 2)):
        data = rng.standard_normal((widths[-1], widths[0]))
        factors = rng.uniform(0.1, 0.8, (len(widths) - 1, min(widths)))
        start = initializations.aligned(widths, data, rng=rng, factors=factors)
        if not matched:
            start = Network((_turn(widths[1], 0).astype(float) @ start.weights[0], *start.weights[1:]))
        chains = reduced.chains(start, data, tol=np.inf).run(times)
        runs[f"{widths}"] = _distance(_run(start, data, times), [chains.network(k) for k in range(len(times))])
    values = {"exact velocities off the chains": _exactly(sum(exact.values())), **runs}
    return Residual(values, RUN, f"{len(exact)} shapes in exact fractions, {len(runs)} runs of weights against chains")


@claim(
    "P1-C23",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=PAGE,
    figures=("fig-growth",),
    statement="Aligned and balanced: s' = h s^(2-2/h) (σ - s); for h = 2, s = σ/(1 + (σ/s_0 - 1) e^(-2σt)).",
    control={"power": Fraction(1)},
    uses=("P1-C21", "P1-C22"),
)
def balanced_modes_grow_by_the_law(*, power=Fraction(2)):
    """The law in exact fractions for ``s = q^h``; the modes of whole networks along runs against the closed forms.

    The control is another power of s, with the closed form that belongs to it: that of depth 2 for every depth.
    """
    law, modes = {}, {}
    for depth in (1, 2, 3, 4, 5):
        for q, sigma in ((Fraction(1, 3), 2), (Fraction(5, 4), 3)):
            chain = Network(tuple(np.array([[q]], dtype=object) for _ in range(depth)))
            V = gradient.velocity(chain, np.array([[sigma]], dtype=object))
            rate = sum(X.item() * q ** (depth - 1) for X in V)
            exponent = int(power * depth) - 2
            law[f"depth {depth}, q = {q}"] = rate - depth * q**exponent * (sigma - q**depth)
    rng, times = np.random.default_rng(23), (0.3, 1.0, 3.0)
    for depth in (2, 3, 4):
        widths = (3, *[4] * (depth - 1), 3)
        values, product = [3.0, 2.0, 1.0], [0.02, 0.05, 0.1]
        run = _run(initializations.aligned(widths, values, rng=rng, product=product), values, times)
        for i, (value, s0) in enumerate(zip(values, product, strict=True)):
            found = np.array([net.product()[i, i] for net in run])
            told = exact_solutions.balanced_mode(times, value, s0, depth if power == 2 else 2)
            modes[f"depth {depth}, σ = {value:g}"] = float(np.abs(found - told).max())
    wrong = _exactly(sum(map(abs, law.values())))
    return Residual({"exact rates off the law": wrong, **modes}, RUN, "depths 1 to 5 in fractions, 3 runs with 3 modes")


@claim(
    "P1-C24",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=PAGE,
    figures=("fig-growth",),
    statement="For h = 2, s' = √(c² + 4s²) (σ - s) with c = w_1² - w_2² kept: more unbalanced is faster.",
    control={"sign": -1},
    uses=("P1-C21", "P1-C6"),
)
def unbalance_speeds_up(*, sign=+1):
    """The square of the law in exact fractions; and along runs from one product the larger c is ahead at every time."""
    law = {}
    for w, v, sigma in ((Fraction(1, 3), 2, 1), (3, -1, 2), (Fraction(2, 5), Fraction(2, 5), 3), (0, 2, 5)):
        chain = Network(tuple(np.array([[x]], dtype=object) for x in (w, v)))
        first, second = gradient.velocity(chain, np.array([[sigma]], dtype=object))
        rate, s, c = first.item() * v + second.item() * w, w * v, w * w - v * v
        law[f"{w}, {v}"] = rate**2 - (4 * s * s + sign * c * c) * (sigma - s) ** 2
    times, ahead = np.linspace(0.05, 2.0, 20), []
    for ratio in (1.0, 2.0, 5.0, 20.0):
        root = 0.1
        start = Network((np.array([[root * ratio]]), np.array([[root / ratio]])))
        ahead.append([net.product().item() for net in _run(start, [2.0], times)])
    order = np.diff(np.array(ahead), axis=0)
    values = {"square of the law": _exactly(sum(map(abs, law.values()))), "overtaken": float(max(-order.min(), 0.0))}
    return Residual(values, 0, "4 pairs of weights in fractions, 4 runs from one product with c = 0 to 4")


@claim(
    "P1-C25",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=PAGE,
    statement="‖WWᵀ - (W_hW_hᵀ)^h‖₂ ≤ ½h(h-1) δ m^(2(h-1)) with δ = max ‖C_i‖₂, m = max ‖W_j‖₂.",
    control={"share": 0.98},
)
def nearly_balanced_is_nearly_a_power(*, share=1.0):
    """The worst ratio of gap and bound over starts of all kinds; chains of width one attain the bound in the limit."""
    rng, worst = np.random.default_rng(25), 0.0
    nets = []
    for _ in range(400):
        widths = tuple(rng.integers(1, 6, rng.integers(2, 7)).tolist())
        nets.append(Network.random(widths, rng=rng, scale=float(10 ** rng.uniform(-2, 2))))
    nets += [balanced_starts.delta_balanced((3, 4, 4, 3), delta, rng=rng) for delta in (1e-3, 0.1, 1.0, 10.0)]
    # Squares that grow by delta from layer to layer: every step of the proof is then as lossy as it can be.
    for depth in (2, 3, 4, 5, 6):
        squares = 1 - 1e-3 * np.arange(depth)[::-1]
        nets.append(Network(tuple(np.array([[np.sqrt(q)]]) for q in squares)))
    for net in nets:
        found = end_to_end.balance_gap(net)
        if found.bound > 0:
            worst = max(worst, found.gap / found.bound)
    # The ratio of two numbers that are equal at depth 2, each to rounding.
    return Bound(worst, 0.0, share * (1 + 1e-12), f"gap / bound, worst of {len(nets)} networks of depth 1 to 6")


@claim(
    "O-S1",
    source="ours",
    status="ours",
    part="flow",
    chapter=PAGE,
    figures=("fig-lazy",),
    statement="If W_2ᵀW_2 - W_1W_1ᵀ = λI, the flow is Q' = FQ - ½QQᵀQ and QQᵀ = e^(Ft)Q_0 N⁻¹ Q_0ᵀe^(Ft), for any "
    "widths, ranks and λ.",
    control={"half": Fraction(1)},
    uses=("P1-C2", "P1-C6"),
)
def two_layers_have_a_closed_form(*, half=Fraction(1, 2)):
    """The equation in exact fractions at lambda-balanced weights; the closed form against runs at many shapes.

    The control doubles the coefficient of lambda in F, in the exact equation only: one zero less is enough.
    """
    rng, wrong, runs = np.random.default_rng(31), Fraction(0), {}
    # Factors a, b of both layers with b^2 - a^2 = lambda.
    factors = {
        Fraction(3): ((1, Fraction(1, 4)), (2, Fraction(7, 4))),
        Fraction(-3): ((2, Fraction(-7, 4)), (1, Fraction(1, 4))),
        Fraction(0): ((1, 0), (-1, 0)),
    }
    shapes = [(lam, widths) for lam in factors for widths in ((2, 2, 2), (3, 2, 4), (4, 2, 3))]
    for lam, (inputs, hidden, outputs) in shapes:
        Q1, V, U = _turn(hidden, 0), _turn(inputs, 1), _turn(outputs, 2)
        a, b = factors[lam]
        first, second = Q1 @ _diagonal(hidden, inputs, a) @ V.T, U @ _diagonal(outputs, hidden, b) @ Q1.T
        Sigma = rng.integers(-5, 6, (outputs, inputs)).astype(object)
        one, two = gradient.velocity(Network((first, second)), Sigma)
        Q, moved = np.vstack([first.T, second]), np.vstack([one.T, two])
        signs = np.array([1] * inputs + [-1] * outputs, dtype=object)[:, None]
        data = np.vstack([Sigma.T @ Q[inputs:], Sigma @ Q[:inputs]])
        off = moved - (data - half * lam * signs * Q - Fraction(1, 2) * Q @ (Q.T @ Q))
        wrong += sum(abs(entry) for entry in off.flat)
    times = (0.3, 1.0, 3.0)
    for widths, size in (((3, 3, 3), 0.0), ((3, 4, 5), 0.7), ((5, 4, 3), -0.7), ((4, 2, 3), 2.0), ((3, 8, 4), 0.0)):
        data = rng.standard_normal((widths[2], widths[0]))
        start = balanced_starts.lambda_balanced(widths, size, rng=rng, product=0.1 * data if widths[1] > 2 else None)
        flow = two_layers.two_layers(start, data)
        runs[f"{widths}, λ = {size:g}"] = _distance(_run(start, data, times), [flow.network(t) for t in times])
    values = {"exact equation": _exactly(wrong), **runs}
    return Residual(values, RUN, f"{len(shapes)} starts in exact fractions, {len(runs)} runs of all weights")


@claim(
    "O-S2",
    source="ours",
    status="ours",
    part="flow",
    chapter=PAGE,
    statement="A two-layer mode is s = (p - c²/p)/4 with p = (ωp_0 + (2σp_0 + c²)θ)/(ω + (p_0 - 2σ)θ), "
    "ω = √(4σ² + c²), θ = tanh(ωt/2).",
    control={"sign": -1},
    uses=("P1-C24",),
)
def an_unbalanced_mode_has_a_closed_form(*, sign=+1):
    """``p = (w_1 + w_2)^2`` obeys its Riccati equation in exact fractions; the closed form against runs."""
    wrong, runs = Fraction(0), {}
    for w, v, sigma in ((Fraction(1, 3), 2, 1), (3, -1, 2), (Fraction(2, 5), Fraction(2, 5), 3), (0, 2, 5)):
        chain = Network(tuple(np.array([[x]], dtype=object) for x in (w, v)))
        first, second = gradient.velocity(chain, np.array([[sigma]], dtype=object))
        p, c = (w + v) ** 2, w * w - v * v
        rate = 2 * (w + v) * (first.item() + second.item())
        wrong += abs(rate - (2 * sigma * p - Fraction(1, 2) * (p * p - sign * c * c)))
    times = (0.2, 0.7, 2.0, 5.0)
    for pair in ((0.1, 0.5), (0.5, 0.1), (-0.2, 0.6), (1.0, 0.0), (2.0, 1.5)):
        start = Network(tuple(np.array([[x]]) for x in pair))
        found = np.array([net.product().item() for net in _run(start, [1.5], times)])
        told = exact_solutions.two_layer_mode(times, 1.5, *pair)
        runs[f"{pair}"] = float(np.abs(found - told).max())
    return Residual({"exact equation": _exactly(wrong), **runs}, RUN, "4 pairs of weights in fractions, 5 runs")
