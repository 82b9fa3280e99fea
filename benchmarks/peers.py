"""Who takes part in the benchmark of integrators: other people's solvers, and the methods of this library.

A contestant is prepared for a problem and a tolerance, which is not timed (other packages compile), and then runs. The
states it returns are those at the problem's times, which every solver steps onto, where it can, instead of
interpolating. Absolute tolerances are the relative one times the largest weight at the start, for all. What a
contestant cannot do it says in words: a package that is not installed, a problem that is too large for the method.
"""

from importlib import import_module
from inspect import signature

import numpy as np
import scipy.integrate

from benchmarks import packages
from benchmarks.contestants import Contestant, Run, absolute

#: Up to this many weights a solver that needs the Jacobian as a dense matrix is asked at all.
DENSE = 2000
#: The same inside JAX, where each stage factors it anew.
DENSE_JAX = 150
#: heyoka writes out every product of two numbers: compile times of minutes above this.
SCALARS = 800


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
                first = first and min(first, until - t)
                solver = make(problem.velocity, t, state, until, first_step=first, **tolerances)
                while solver.status == "running":
                    fault = solver.step()
                    if fault is not None:
                        raise ArithmeticError(fault)
                    steps += 1
                    if solver.status == "running":
                        first = solver.step_size
                t, state, calls = until, solver.y, calls + solver.nfev
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


#: The default once more, with its rule for rest: the run ends when nothing moves any more, and is there at later times.
RESTING = "auto, to rest"


def _ours(method: str, rest: float | None = 0.0):
    """A method of this library, through its door; without its rule for rest, since the others have none."""
    warm: set[str] = set()
    how = {} if rest is None else {"rest": rest}

    def prepare(problem, rtol):
        integrators, network = import_module("blockshift.flow.integrators"), import_module("blockshift.graph.network")
        start = network.Network(tuple(problem.layers(problem.start)))

        def run():
            found = integrators.integrate(
                start, problem.Sigma, problem.t_end, method=method, rtol=rtol, at=problem.times, **how
            )
            return Run(found.states, found.calls, found.steps)

        if problem.name not in warm:  # what is compiled, or read from where it was kept, is so now
            run()
            warm.add(problem.name)
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
        Contestant("torchdiffeq dopri5", "torchdiffeq", packages.torchdiffeq("dopri5")),
        Contestant("torchdiffeq dopri8", "torchdiffeq", packages.torchdiffeq("dopri8")),
        Contestant("diffrax Tsit5", "diffrax", packages.diffrax("Tsit5", 6)),
        Contestant("diffrax Dopri8", "diffrax", packages.diffrax("Dopri8", 13)),
        Contestant("diffrax Kvaerno5", "diffrax", packages.diffrax("Kvaerno5", None), DENSE_JAX, NEEDS_JACOBIAN),
        Contestant("heyoka Taylor", "heyoka", packages.heyoka, SCALARS, "it writes out every product of two numbers"),
    )
}


def ours() -> dict[str, Contestant]:
    """The methods of this library by the names it answers to, first the one it takes when none is named."""
    integrators = import_module("blockshift.flow.integrators")
    default = signature(integrators.integrate).parameters["method"].default
    names = dict.fromkeys((default, *integrators.METHODS))
    resting = Contestant(RESTING, "blockshift", _ours(default, None))
    return {**{name: Contestant(name, "blockshift", _ours(name)) for name in names}, RESTING: resting}
