"""Special starts from the definition: another integrator, quadrature, the one-shot formula. No room imported."""

import itertools
from fractions import Fraction

import numpy as np
import scipy.integrate
import scipy.linalg
import scipy.optimize

import oracles


def product(layers):
    """``W_h ... W_1``."""
    W = layers[0]
    for layer in layers[1:]:
        W = layer @ W
    return W


def flow(layers, Sigma, times):
    """The layers at increasing times: gradient flow by SciPy at its tightest, a new run from each time to the next."""
    shapes = [W.shape for W in layers]
    ends = np.cumsum([0, *(a * b for a, b in shapes)])

    def cut(y):
        return [y[i:j].reshape(s) for i, j, s in zip(ends, ends[1:], shapes, strict=False)]

    def velocity(t, y):
        W = cut(y)
        R, parts = Sigma - product(W), []
        for j in range(len(W)):
            after = product([np.eye(W[j].shape[0]), *W[j + 1 :]])
            before = product([np.eye(Sigma.shape[1]), *W[:j]])
            parts.append((after.T @ R @ before.T).ravel())
        return np.concatenate(parts)

    y, now, found = np.concatenate([W.ravel() for W in layers]), 0.0, []
    for t in times:
        if t > now:
            atol = 1e-14 * max(np.abs(y).max(), 1e-300)
            run = scipy.integrate.solve_ivp(velocity, (now, t), y, method="DOP853", rtol=3e-14, atol=atol)
            y, now = run.y[:, -1], t
        found.append(cut(y))
    return found


def chain_rate(s, sigma, factors):
    """``ds/dt`` of a chain where its product is `s`: the squares of its factors keep their differences."""
    squares = [u * u for u in factors]
    low = min(squares)

    def excess(x):
        return np.prod([x + q - low for q in squares]) - s * s

    high = 1.0
    while excess(high) < 0:
        high *= 2
    x = scipy.optimize.brentq(excess, 0.0, high, xtol=1e-300, rtol=9e-16) if s else 0.0
    now = [x + q - low for q in squares]
    return (sigma - s) * sum(np.prod(now[:j] + now[j + 1 :]) for j in range(len(now)))


def chain_time(s0, s, sigma, factors):
    """The time from `s0` to `s`, both on one side of 0, by adaptive quadrature in the logarithm of the product."""
    sign = np.sign(s0)

    def integrand(y):
        x = sign * np.exp(y)
        return x / chain_rate(x, sigma, factors)

    ends = np.log(abs(s0)), np.log(abs(s))
    return scipy.integrate.quad(integrand, *ends, epsabs=0, epsrel=1e-12, limit=400)[0]


def one_shot(first, second, Sigma, lam, t):
    """``M(t) = e^(Ft) Q_0 N^-1 Q_0^T e^(Ft)``, letter by letter; it overflows where |F| t is large."""
    (hidden, inputs), outputs = first.shape, len(second)
    n = inputs + outputs
    F = np.zeros((n, n))
    F[inputs:, :inputs], F[:inputs, inputs:] = Sigma, Sigma.T
    F -= lam / 2 * np.diag([1.0] * inputs + [-1.0] * outputs)
    Q = np.vstack([first.T, second])
    # The exponential of [[2F, I], [0, 0]] holds the integral of e^(2Fs) in its corner.
    block = np.zeros((2 * n, 2 * n))
    block[:n, :n], block[:n, n:] = 2 * F * t, t * np.eye(n)
    integral = scipy.linalg.expm(block)[:n, n:]
    moved = scipy.linalg.expm(F * t) @ Q
    return moved @ np.linalg.inv(np.eye(hidden) + Q.T @ integral @ Q) @ moved.T


def riccati_series(first, second, Sigma, lam, order):
    """The coefficients of ``M(t)`` in powers of t by the closed form, exactly: all factors multiplied out as series."""
    inputs, outputs = len(first[0]), len(second)
    n = inputs + outputs
    F = oracles.zeros(n, n)
    for v, u in itertools.product(range(outputs), range(inputs)):
        F[inputs + v][u] = F[u][inputs + v] = Sigma[v][u]
    for k in range(n):
        F[k][k] = Fraction(lam) / 2 * (-1 if k < inputs else 1)
    Q = [*oracles.transpose(first), *second]
    size = len(first)

    def scaled(X, c):
        return [[c * x for x in row] for row in X]

    def series_product(a, b):
        return [
            total([oracles.times(a[i], b[k - i]) for i in range(k + 1)]) for k in range(min(len(a), len(b)))
        ]  # fmt: skip

    def total(matrices):
        result = matrices[0]
        for X in matrices[1:]:
            result = oracles.combine(result, X)
        return result

    powers, factorial = [oracles.identity(n)], [Fraction(1)]
    for k in range(order):
        powers.append(oracles.times(powers[-1], F))
        factorial.append(factorial[-1] * (k + 1))
    moved = [oracles.times(scaled(powers[k], 1 / factorial[k]), Q) for k in range(order + 1)]
    N = [oracles.identity(size)]
    for k in range(order):
        inner = oracles.times(oracles.transpose(Q), oracles.times(powers[k], Q))
        N.append(scaled(inner, Fraction(2) ** k / factorial[k] / (k + 1)))
    inverse = [oracles.identity(size)]
    for k in range(1, order + 1):
        inverse.append(scaled(total([oracles.times(N[i], inverse[k - i]) for i in range(1, k + 1)]), -1))
    back = [oracles.transpose(X) for X in moved]
    return series_product(series_product(moved, inverse), back)


def flow_series(first, second, Sigma, order):
    """The coefficients of ``Q Q^T`` in powers of t, from the power series of the flow itself."""
    one, two = oracles.taylor([first, second], Sigma, order)
    Q = [[*oracles.transpose(a), *b] for a, b in zip(one, two, strict=True)]
    result = []
    for k in range(order + 1):
        terms = [oracles.times(Q[i], oracles.transpose(Q[k - i])) for i in range(k + 1)]
        whole = terms[0]
        for X in terms[1:]:
            whole = oracles.combine(whole, X)
        result.append(whole)
    return result
