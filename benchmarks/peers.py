"""The contestants of the benchmark of integrators: other people's solvers, and the methods of this library.

A contestant is prepared for a problem and a tolerance, which is not timed (other packages compile), and then runs. The
states it returns are those at the problem's times, which every solver steps onto, where it can, instead of
interpolating. Absolute tolerances are the relative one times the largest weight at the start, for all. What a
contestant cannot do it says in words: a package that is not installed, a problem that is too large for the method.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module, metadata
from inspect import signature

import numpy as np
import scipy.integrate

from benchmarks.problems import Problem

#: Up to this many weights a solver that needs the Jacobian as a dense matrix is asked at all.
DENSE = 2000
#: The same inside JAX, where each stage factors it anew.
DENSE_JAX = 500
#: heyoka writes out every product of two numbers: compile times of minutes above this.
SCALARS = 800


@dataclass(frozen=True)
class Run:
    """What a run gave: states at the problem's times, shape ``(m, N)``, and what it counted, where it counts."""

    states: np.ndarray
    calls: int | None
    steps: int | None


@dataclass(frozen=True)
class Contestant:
    """A solver under a name.

    Parameters
    ----------
    name : str
    package : str
        The distribution that brings it.
    prepare : callable
        ``prepare(problem, rtol)`` gives a function without arguments that makes the run.
    largest : int
        The largest problem it is given, in weights.
    because : str
        Why no larger one.
    """

    name: str
    package: str
    prepare: Callable[[Problem, float], Callable[[], Run]]
    largest: int = 10**9
    because: str = ""

    def refuses(self, problem: Problem) -> str:
        """Why it does not take part, or nothing."""
        try:
            metadata.version(self.package)
        except metadata.PackageNotFoundError:
            return f"{self.package} is not installed"
        if problem.size > self.largest:
            return f"{problem.size:,} weights: {self.because}"
        return ""


def absolute(problem: Problem, rtol: float) -> float:
    """The absolute tolerance that belongs to a relative one."""
    return rtol * float(np.abs(problem.start).max())


def _scipy(method: str, with_jacobian: bool):
    """A method of SciPy, one leg after the other: its interpolants are less accurate than its steps."""

    def prepare(problem, rtol):
        tolerances = {"rtol": rtol, "atol": absolute(problem, rtol)}
        if with_jacobian:
            tolerances["jac"] = problem.jacobian
        make = getattr(scipy.integrate, method)

        def run():
            t, state, states, calls, steps, first = 0.0, problem.start, [], 0, 0, None
            for until in problem.times:
                solver = make(problem.velocity, t, state, until, first_step=first, **tolerances)
                while solver.status == "running":
                    fault = solver.step()
                    if fault is not None:
                        raise ArithmeticError(fault)
                    steps += 1
                    if solver.status == "running":
                        first = solver.step_size
                t, state, calls = until, solver.y, calls + solver.nfev
                first = None if first is None else min(first, problem.times[0])
                states.append(state)
            return Run(np.array(states), calls, steps)

        return run

    return prepare


def _lsoda(problem, rtol):
    """LSODA of SciPy in one sweep: it would forget its history at every new leg, and interpolates by its own."""

    def run():
        solver = scipy.integrate.LSODA(
            problem.velocity, 0.0, problem.start, problem.t_end, rtol=rtol, atol=absolute(problem, rtol),
            jac=problem.jacobian,
        )  # fmt: skip
        states, steps = [], 0
        while solver.status == "running":
            fault = solver.step()
            if fault is not None:
                raise ArithmeticError(fault)
            steps += 1
            due = problem.times[(problem.times > solver.t_old) & (problem.times <= solver.t)]
            if len(due):
                between = solver.dense_output()
                states += [between(t) for t in due]
        return Run(np.array(states), solver.nfev, steps)

    return run


def _torchdiffeq(method: str):
    """A method of torchdiffeq, on a flat tensor, without gradients."""

    def prepare(problem, rtol):
        torch, torchdiffeq = import_module("torch"), import_module("torchdiffeq")
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
                states = torchdiffeq.odeint(
                    velocity, start, times, rtol=rtol, atol=absolute(problem, rtol), method=method,
                    options={"step_t": times[1:-1]},
                )  # fmt: skip
            return Run(states[1:].numpy(), calls, None)

        return run

    return prepare


def _diffrax(method: str, stages: int | None):
    """A method of diffrax on a tuple of matrices, compiled for the problem; the compilation is not timed."""

    def prepare(problem, rtol):
        os.environ.setdefault("JAX_PLATFORMS", "cpu")
        os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
        jax, diffrax = import_module("jax"), import_module("diffrax")
        jax.config.update("jax_enable_x64", True)
        program = _compiled(jax, diffrax, method, problem)
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


def _compiled(jax, diffrax, method, problem):
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
        controller = diffrax.ClipStepSizeController(diffrax.PIDController(rtol=rtol, atol=atol), step_ts=at)
        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(velocity), getattr(diffrax, method)(), 0.0, t_end, None, start,
            saveat=diffrax.SaveAt(ts=at), stepsize_controller=controller, max_steps=2**22, throw=False,
        )  # fmt: skip
        return solution.ys, solution.stats["num_steps"], solution.result == diffrax.RESULTS.successful

    return _PROGRAMS.setdefault((method, problem.name), jax.jit(solve))


def _heyoka(problem, rtol):
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


def _ours(method: str):
    """A method of this library, through its door; runs do not end early at rest, since the others do not."""

    def prepare(problem, rtol):
        integrators, network = import_module("blockshift.flow.integrators"), import_module("blockshift.graph.network")
        start = network.Network(tuple(problem.layers(problem.start)))

        def run():
            found = integrators.integrate(
                start, problem.Sigma, problem.t_end, method=method, rtol=rtol, at=problem.times, rest=0
            )
            return Run(found.states, found.calls, found.steps)

        return run

    return prepare


NEEDS_JACOBIAN = "it would need the Jacobian as a dense matrix"

#: Every peer by name.
PEERS = {
    peer.name: peer
    for peer in (
        Contestant("scipy RK45", "scipy", _scipy("RK45", False)),
        Contestant("scipy DOP853", "scipy", _scipy("DOP853", False)),
        Contestant("scipy Radau", "scipy", _scipy("Radau", True), DENSE, NEEDS_JACOBIAN),
        Contestant("scipy LSODA", "scipy", _lsoda, DENSE, NEEDS_JACOBIAN),
        Contestant("torchdiffeq dopri5", "torchdiffeq", _torchdiffeq("dopri5")),
        Contestant("torchdiffeq dopri8", "torchdiffeq", _torchdiffeq("dopri8")),
        Contestant("diffrax Tsit5", "diffrax", _diffrax("Tsit5", 6)),
        Contestant("diffrax Dopri8", "diffrax", _diffrax("Dopri8", 13)),
        Contestant("diffrax Kvaerno5", "diffrax", _diffrax("Kvaerno5", None), DENSE_JAX, NEEDS_JACOBIAN),
        Contestant("heyoka Taylor", "heyoka", _heyoka, SCALARS, "it writes out every product of two numbers"),
    )
}


def ours() -> dict[str, Contestant]:
    """The methods of this library by the names it answers to, first the one it takes when none is named."""
    integrators = import_module("blockshift.flow.integrators")
    default = signature(integrators.integrate).parameters["method"].default
    return {name: Contestant(name, "blockshift", _ours(name)) for name in dict.fromkeys((default, *integrators.METHODS))}
