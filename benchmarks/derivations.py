"""The conservation law, entry by entry: SymPy's expand, exact polynomials, a random point of a prime field, no size.

All roads check the same identity: d/dt (W_i W_i^T - W_{i+1}^T W_{i+1}) = 0 along gradient flow, for every hidden
layer of a network with h layers of width d, with Sigma a full matrix of variables. The first two are proofs for
these sizes. The third is a test that errs with probability below 1e-16. The last, the derivation with the depth a
letter, does not know the sizes at all: it is a proof for all of them, and takes the same time in every row.
"""

from itertools import count, pairwise

import numpy as np
import sympy as sp

from benchmarks import timing
from blockshift.flow import conservation, gradient
from blockshift.flow.laws import finite_field
from blockshift.flow.symbols import derivations, polynomials

#: (h, d): rounds for SymPy.
SIZES = {(2, 2): 5, (2, 3): 5, (2, 4): 5, (3, 2): 5, (3, 3): 3, (3, 4): 3}
#: What the ratios at h = 3, d = 4 must be at least.
TARGETS = {"exact polynomials": 250, "one point modulo 2^61 - 1": 10_000}


def by_sympy(h: int, d: int) -> bool:
    """Matrices of symbols, every entry of the rate expanded.

    SymPy remembers what it has expanded; a second run would read the answers of the first, so each begins anew.
    """
    sp.core.cache.clear_cache()
    layers = [sp.Matrix(d, d, lambda r, c, k=k: sp.Symbol(f"w{k}_{r}{c}")) for k in range(h)]
    behind, before = [sp.eye(d)], [sp.eye(d)]
    for W in layers:
        behind.append(W * behind[-1])
    for W in reversed(layers):
        before.append(before[-1] * W)
    residual = sp.Matrix(d, d, lambda r, c: sp.Symbol(f"s_{r}{c}")) - behind[-1]
    V = [before[h - 1 - j].T * residual * behind[j].T for j in range(h)]
    for (W, X), (D, Y) in zip(pairwise(layers), pairwise(V), strict=True):
        half = D * W.T - X.T * Y
        if not (half + half.T).expand().is_zero_matrix:
            return False
    return True


def by_polynomials(h: int, d: int) -> bool:
    """The same with monomials packed into integers."""
    number = count()
    layers = [polynomials.variables(d, d, number) for _ in range(h)]
    Sigma = polynomials.variables(d, d, number)
    return all(map(polynomials.is_zero, polynomials.conservation_defect(layers, Sigma)))


def at_a_point(h: int, d: int, rng: np.random.Generator) -> bool:
    """The library's own velocity and conserved matrices at a random point modulo 2^61 - 1."""
    layers = [finite_field.draw(d, d, rng=rng) for _ in range(h)]
    V = [finite_field.residue(D) for D in gradient.layer_velocities(layers, finite_field.draw(d, d, rng=rng))]
    moved = [W + D for W, D in zip(layers, V, strict=True)]
    points = (conservation.conserved(point) for point in (moved, layers, V))
    return not any(finite_field.nonzero(new - old - bend) for new, old, bend in zip(*points, strict=True))


def for_all_sizes() -> bool:
    """The derivation."""
    return derivations.conserved_matrices().holds


def main() -> bool:
    """Print the table; whether the targets are met."""
    print("d/dt of the conserved matrices, entry by entry: process time, ratio of medians to SymPy's expand")
    rng = np.random.default_rng(0)
    ratios: dict[str, float] = {}
    for (h, d), rounds in SIZES.items():
        roads = {
            "SymPy expand": lambda h=h, d=d: by_sympy(h, d),
            "exact polynomials": lambda h=h, d=d: by_polynomials(h, d),
            "one point modulo 2^61 - 1": lambda h=h, d=d: at_a_point(h, d, rng),
            "derivation for all sizes": for_all_sizes,
        }
        assert all(road() for name, road in roads.items() if name != "SymPy expand")
        found = timing.medians(roads, {name: rounds if name == "SymPy expand" else 7 for name in roads})
        ratios = {name: found["SymPy expand"] / seconds for name, seconds in found.items()}
        cells = "  ".join(f"{name} {1e3 * found[name]:.3g} ms ({ratios[name]:,.0f}x)" for name in roads)
        print(f"h = {h}, d = {d}:  {cells}", flush=True)
    met = {name: ratios[name] >= target for name, target in TARGETS.items()}
    for name, target in TARGETS.items():
        print(f"{'reached' if met[name] else 'MISSED'}: {name} at h = 3, d = 4, at least {target:,}x")
    return all(met.values())
