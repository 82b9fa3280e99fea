"""The mirrored layers: rules, and the equation with concrete matrices."""

import numpy as np
import pytest

from blockshift.flow import gradient
from blockshift.flow.symbols import reflections
from blockshift.flow.symbols.words import Word
from blockshift.graph.network import Network


@pytest.mark.parametrize("sign", [1, -1])
def test_the_derivation_holds_for_both_signs_and_breaks_without_a_hypothesis(sign):
    assert reflections.mirrored(sign=sign).holds
    assert not reflections.mirrored(sign=sign, balanced=False).holds
    assert not reflections.mirrored(sign=sign, modes=False).holds


def test_the_sign_of_the_linear_equation_follows_the_sign_of_the_mirror():
    assert r"\dot U = \Sigma_p" in reflections.mirrored().statement
    assert r"\dot U = -\Sigma_p" in reflections.mirrored(sign=-1).statement


def test_rules_apply_again_and_again():
    word = Word.of((reflections.u, 1), (reflections.SIGMA, 1), (reflections.SIGMA.T, 1))
    assert reflections.rewritten(word) == Word.of((reflections.D, 2), (reflections.u, 1))
    assert reflections.rewritten(word, modes=False) == word


@pytest.mark.parametrize("sign", [1, -1])
def test_oracle_the_equation_holds_for_numbers(sign):
    rng = np.random.default_rng(1)
    # Balanced: W_2 is W_1^T with a rotated range, so that both Gram matrices are G.
    W1 = rng.standard_normal((3, 4))
    W2 = np.linalg.qr(rng.standard_normal((5, 4)))[0] @ W1.T
    U, V = np.linalg.qr(rng.standard_normal((5, 2)))[0], np.linalg.qr(rng.standard_normal((4, 2)))[0]
    D = np.diag([2.0, 1.0])
    first, second = gradient.velocity(Network((W1, W2)), U @ D @ V.T)
    mirror, G = U.T @ W2 + sign * V.T @ W1.T, W1 @ W1.T
    assert np.allclose(U.T @ second + sign * V.T @ first.T, sign * D @ mirror - mirror @ G)
