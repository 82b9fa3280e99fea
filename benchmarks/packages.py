"""Integrators of other packages: torchdiffeq, diffrax and heyoka, each called as its users call it.

Everything is imported when a run is prepared, so that whatever is not installed is missed by its own contestants only.
"""

import os
from importlib import import_module

import numpy as np

from benchmarks.contestants import Run, absolute


def torchdiffeq(method: str):
    """A method of torchdiffeq, on a flat tensor, without gradients."""

    def prepare(problem, rtol):
        torch, solvers = import_module("torch"), import_module("torchdiffeq")
        torch.set_num_threads(1)
        Sigma = torch.from_numpy(problem.Sigma)
        start = torch.from_numpy(problem.start)
        times = torch.from_numpy(np.concatenate([[0.0], problem.times]))
        calls = 0

        def velocity(t, state):
            nonlocal calls
            calls += 1
            layers = problem.layers(state)
            behind = [layers[0]]
            for W in layers[1:]:
                behind.append(W @ behind[-1])
            pulled, out = Sigma - behind[-1], []
            for j in range(len(layers) - 1, 0, -1):
                out.append((pulled @ behind[j - 1].T).ravel())
                pulled = layers[j].T @ pulled
            out.append(pulled.ravel())
            return torch.cat(out[::-1])

        def run():
            nonlocal calls
            calls = 0
            with torch.no_grad():
                states = solvers.odeint(
                    velocity, start, times, rtol=rtol, atol=absolute(problem, rtol), method=method,
                    options={"step_t": times[1:-1]},
                )  # fmt: skip
            return Run(states[1:].numpy(), calls, None)

        return run

    return prepare


def diffrax(method: str, stages: int | None):
    """A method of diffrax on a tuple of matrices, compiled for the problem; the compilation is not timed."""

    def prepare(problem, rtol):
        os.environ.setdefault("JAX_PLATFORMS", "cpu")
        os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
        jax, dfx = import_module("jax"), import_module("diffrax")
        jax.config.update("jax_enable_x64", True)
        program = _compiled(jax, dfx, method, problem)
        start = tuple(map(jax.numpy.asarray, problem.layers(problem.start)))
        jax.block_until_ready(program(start, rtol, absolute(problem, rtol), problem.t_end * 1e-6))

        def run():
            layers, steps, fine = program(start, rtol, absolute(problem, rtol), problem.t_end)
            layers = [np.asarray(W).reshape(len(problem.times), -1) for W in layers]
            if not fine:
                raise ArithmeticError("diffrax reports a failure")
            taken = int(steps)
            return Run(np.concatenate(layers, axis=1), stages * taken if stages else None, taken)

        return run

    return prepare


#: Compiled programs of JAX by method and problem: tolerances are arguments, so that each is compiled once.
_PROGRAMS: dict = {}


def _compiled(jax, dfx, method, problem):
    """The whole run as one compiled function of start, tolerances and end."""
    if (method, problem.name) in _PROGRAMS:
        return _PROGRAMS[method, problem.name]
    Sigma, shares = jax.numpy.asarray(problem.Sigma), jax.numpy.asarray(problem.times / problem.t_end)

    def velocity(t, layers, args):
        behind = [layers[0]]
        for W in layers[1:]:
            behind.append(W @ behind[-1])
        pulled, out = Sigma - behind[-1], []
        for j in range(len(layers) - 1, 0, -1):
            out.append(pulled @ behind[j - 1].T)
            pulled = layers[j].T @ pulled
        return (pulled, *out[::-1])

    def solve(start, rtol, atol, t_end):
        at = t_end * shares
        controller = dfx.ClipStepSizeController(dfx.PIDController(rtol=rtol, atol=atol), step_ts=at)
        solution = dfx.diffeqsolve(
            dfx.ODETerm(velocity), getattr(dfx, method)(), 0.0, t_end, None, start,
            saveat=dfx.SaveAt(ts=at), stepsize_controller=controller, max_steps=2**22, throw=False,
        )  # fmt: skip
        return solution.ys, solution.stats["num_steps"], solution.result == dfx.RESULTS.successful

    return _PROGRAMS.setdefault((method, problem.name), jax.jit(solve))


def heyoka(problem, rtol):
    """The Taylor integrator of heyoka, compiled for the problem and the tolerance; the compilation is not timed."""
    hy = import_module("heyoka")
    names = np.array(hy.make_vars(*(f"w{k}" for k in range(problem.size))), dtype=object)

    def product(A, B):
        return np.array([[hy.sum([a * b for a, b in zip(r, c, strict=True)]) for c in B.T] for r in A], dtype=object)

    layers = problem.layers(names)
    behind = [layers[0]]
    for W in layers[1:]:
        behind.append(product(W, behind[-1]))
    pulled, out = problem.Sigma - behind[-1], []
    for j in range(len(layers) - 1, 0, -1):
        out.append(product(pulled, behind[j - 1].T))
        pulled = product(layers[j].T, pulled)
    out.append(pulled)
    right = np.concatenate([V.ravel() for V in out[::-1]])
    system = list(zip(names.tolist(), right.tolist(), strict=True))
    # Without compact mode each statement is compiled by itself: a hundred times the compile time, the same speed.
    solver = hy.taylor_adaptive(system, problem.start, tol=rtol, compact_mode=True)

    def run():
        solver.time = 0.0
        solver.state[:] = problem.start
        states, steps = [], 0
        for until in problem.times:
            outcome, _, _, taken, *_ = solver.propagate_until(until)
            if outcome != hy.taylor_outcome.time_limit:
                raise ArithmeticError(f"heyoka stopped: {outcome}")
            steps += taken
            states.append(solver.state.copy())
        return Run(np.array(states), None, steps)

    return run
