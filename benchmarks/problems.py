"""The problems of the benchmark of integrators: gradient flow of deep linear networks, from ordinary to very stiff.

A problem is plain data: widths, singular values, the size of the start, a seed, an end. Its right side is written here
a second time, flat, in NumPy, as someone would write it who calls a solver by themselves, with the exact Jacobian for
the implicit ones; nothing in this module comes from the library that the benchmark judges.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

#: Number of times at which states are compared, the last at the end; each is the same multiple of the one before, and
#: the first this share of the last, so that fast and slow modes are both seen on their way.
TIMES, FIRST = 10, 0.02

#: Up to this many weights a reference keeps all of them; above, a sample of `SAMPLE`, drawn once.
WHOLE, SAMPLE = 2000, 512


@dataclass(frozen=True)
class Problem:
    """One start and one target.

    Parameters
    ----------
    name : str
    widths : tuple of int, length h + 1
    sigma : tuple of float
        The diagonal of ``Sigma``, shape ``(d_h, d_0)``.
    t_end : float
    scale : float
        The standard deviation of the weights at the start, independent normal numbers of the generator with `seed`,
        layer after layer, row by row.
    seed : int
    kind : {"ordinary", "small start", "deep", "plateaus"}
    """

    name: str
    widths: tuple[int, ...]
    sigma: tuple[float, ...]
    t_end: float
    scale: float
    kind: str
    seed: int = 0

    @property
    def size(self) -> int:
        """The number of weights."""
        return sum(c * d for c, d in pairwise(self.widths))

    @cached_property
    def times(self) -> np.ndarray:
        """The times at which states are compared."""
        return self.t_end * np.geomspace(FIRST, 1.0, TIMES)

    @cached_property
    def Sigma(self) -> np.ndarray:
        """The target, shape ``(d_h, d_0)``."""
        matrix = np.zeros((self.widths[-1], self.widths[0]))
        matrix[range(len(self.sigma)), range(len(self.sigma))] = self.sigma
        return matrix

    @cached_property
    def start(self) -> np.ndarray:
        """The weights at time 0, flat."""
        return self.scale * np.random.default_rng(self.seed).standard_normal(self.size)

    @cached_property
    def _places(self) -> list[tuple[slice, tuple[int, int]]]:
        """For each layer where it stands in the flat state, and its shape."""
        ends = np.cumsum([0, *(c * d for c, d in pairwise(self.widths))]).tolist()
        return [(slice(a, b), (d, c)) for (a, b), (c, d) in zip(pairwise(ends), pairwise(self.widths), strict=True)]

    @cached_property
    def kept(self) -> np.ndarray:
        """The places of the state that a reference holds: all, or a sample of them in a large problem."""
        if self.size <= WHOLE:
            return np.arange(self.size)
        return np.sort(np.random.default_rng(1).choice(self.size, SAMPLE, replace=False))

    def layers(self, state) -> list:
        """The matrices ``W_1, ..., W_h`` in a flat state, as views."""
        return [state[place].reshape(shape) for place, shape in self._places]

    def velocity(self, t, state) -> np.ndarray:
        """The right side, flat: ``dW_j/dt = (W_h ... W_{j+1})^T R (W_{j-1} ... W_1)^T``."""
        layers = self.layers(state)
        behind = [layers[0]]
        for W in layers[1:]:
            behind.append(W @ behind[-1])
        pulled = self.Sigma - behind[-1]
        out = np.empty_like(state)
        for j in range(len(layers) - 1, 0, -1):
            place, shape = self._places[j]
            np.matmul(pulled, behind[j - 1].T, out=out[place].reshape(shape))
            pulled = layers[j].T @ pulled
        out[self._places[0][0]] = pulled.ravel()
        return out

    def jacobian(self, t, state) -> np.ndarray:
        """The derivative of the right side, shape ``(N, N)``, symmetric: minus the Hessian of the loss."""
        layers = self.layers(state)
        h = len(layers)
        before = [np.eye(self.widths[0])]  # before[j] = W_j ... W_1
        for W in layers:
            before.append(W @ before[-1])
        after = [np.eye(self.widths[-1])]  # after[j] = W_h ... W_{j+1}, once turned round
        for W in layers[::-1]:
            after.append(after[-1] @ W)
        after = after[::-1]
        R = self.Sigma - before[-1]
        J = np.empty((self.size, self.size))
        for i, (row, (a, b)) in enumerate(self._places):
            between = np.eye(a)  # W_{j} ... W_{i+2}, from layer i + 1 to layer j, zero based
            for j in range(i, h):
                column, (c, d) = self._places[j]
                block = -np.kron(after[i + 1].T @ after[j + 1], before[i] @ before[j].T)
                if j > i:
                    pulled = after[j + 1].T @ R @ before[i].T  # d_j x d_{i-1}
                    block += np.einsum("sp,rq->pqrs", between, pulled).reshape(a * b, c * d)
                    between = layers[j] @ between
                J[row, column] = block
                J[column, row] = block.T
        return J

    def drift(self, states) -> float:
        """The largest drift of ``W_i W_i^T - W_{i+1}^T W_{i+1}`` over some states, in units of ``max |W_i|^2``."""
        worst, largest = 0.0, 0.0
        first = self._kept_matrices(self.layers(self.start))
        for state in (self.start, *states):
            layers = self.layers(np.ascontiguousarray(state))
            largest = max(largest, *(float(np.sum(W * W)) for W in layers))
            now = self._kept_matrices(layers)
            worst = max(worst, *(float(np.linalg.norm(C - B)) for C, B in zip(now, first, strict=True)))
        return worst / largest

    @staticmethod
    def _kept_matrices(layers) -> list[np.ndarray]:
        """The matrices that the flow keeps."""
        return [W @ W.T - V.T @ V for W, V in pairwise(layers)]


def _values(first: float, last: float, count: int) -> tuple[float, ...]:
    """Evenly spaced singular values."""
    return tuple(np.linspace(first, last, count).tolist())


def _square(name, depth, width, t_end, scale, values, kind) -> Problem:
    """A problem with all widths equal, and singular values evenly spaced between two."""
    return Problem(name, (width,) * (depth + 1), _values(*values, width), t_end, scale, kind)


#: The plateau problems run until the slowest mode has been learnt, or nearly: a small start waits long at saddles.
PROBLEMS = {
    problem.name: problem
    for problem in (
        Problem("5-6-6-4", (5, 6, 6, 4), (4.0, 3.0, 2.0, 1.0), 20.0, 0.3, "ordinary"),
        _square("16-16-16-16", 3, 16, 20.0, 0.3, (4.0, 1.0), "ordinary"),
        _square("64-64-64-64", 3, 64, 2.0, 0.1, (4.0, 1.0), "ordinary"),
        Problem("5-6-6-4-small", (5, 6, 6, 4), (4.0, 3.0, 2.0, 1.0), 200.0, 0.02, "small start"),
        _square("16-16-16-16-small", 3, 16, 100.0, 0.02, (4.0, 1.0), "small start"),
        _square("depth-2", 2, 8, 20.0, 0.3, (4.0, 1.0), "deep"),
        _square("depth-5", 5, 8, 20.0, 0.3, (4.0, 1.0), "deep"),
        _square("depth-10", 10, 6, 20.0, 0.4, (2.0, 1.0), "deep"),
        _square("plateaus-h2-d5", 2, 5, 60.0, 1e-2, (10.0, 0.5), "plateaus"),
        _square("plateaus-h3-d5-T400", 3, 5, 400.0, 5e-2, (10.0, 0.5), "plateaus"),
        _square("plateaus-h3-d5-T4000", 3, 5, 4000.0, 1e-2, (10.0, 0.5), "plateaus"),
        _square("plateaus-h3-d20", 3, 20, 3000.0, 1e-2, (10.0, 0.5), "plateaus"),
        _square("plateaus-h4-d10", 4, 10, 4000.0, 1e-1, (10.0, 0.5), "plateaus"),
        _square("plateaus-h2-d100", 2, 100, 60.0, 1e-3, (10.0, 0.5), "plateaus"),
    )
}
