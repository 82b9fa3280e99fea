"""Variants of a network: what each changes, and that each is drawn by a generator of its own, the same for ever."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.signs import nulls
from blockshift.signs.monotonicity import variants
from signs.monotonicity.networks import dag_of, integers


def network(seed=0):
    return dag_of(integers((4, 6, 5, 3), np.random.default_rng(seed)))


def weights(dag):
    return np.concatenate([W.ravel() for W in dag.banks.values()])


def test_the_trained_network_is_itself_and_draws_nothing():
    dag, rng = network(), np.random.default_rng(0)
    assert variants.variant(dag, "trained", rng=rng) is dag
    assert variants.variant(dag, "initial", rng=rng, initial=network(1)).nodes == dag.nodes
    assert rng.random() == np.random.default_rng(0).random()


def test_the_state_before_training_is_the_one_that_was_given():
    before = network(1)
    assert variants.variant(network(), "initial", rng=np.random.default_rng(0), initial=before) is before


def test_a_null_is_the_draw_of_its_name_and_keeps_the_biases():
    dag = network()
    found = variants.variant(dag, "sign-shuffle", rng=np.random.default_rng(3))
    assert np.array_equal(weights(found), weights(nulls.draw(dag, "sign-shuffle", rng=np.random.default_rng(3))))
    assert np.array_equal(found.layers[1].bias, dag.layers[1].bias)


def test_an_untrained_network_has_fresh_weights_and_no_bias():
    dag = network()
    found = variants.variant(dag, "untrained", rng=np.random.default_rng(3))
    assert not any(layer.bias is not None for layer in found.layers)
    assert np.array_equal(weights(found), weights(nulls.draw(dag, "reinitialised", rng=np.random.default_rng(3))))


@pytest.mark.parametrize(
    ("kind", "number", "seeds"),
    [
        ("trained", 0, [0, 0]),
        ("sign-shuffle", 0, [0, 1]),
        ("weight-shuffle", 0, [0, 2]),
        ("untrained", 0, [0, 3]),
        ("initial", 0, [0, 4]),
        ("sign-shuffle", 1, [1, 0]),
        ("untrained", 2, [2, 2]),
    ],
)
def test_the_stored_study_can_be_drawn_again(kind, number, seeds):
    expected = np.random.default_rng([*seeds, 9]).random()
    assert variants.generator("mnist-mlp", kind, number).random() == expected
    assert variants.generator("mnist-mlp", kind, number, seed=1).random() != expected


def test_every_variant_has_a_generator_of_its_own():
    kinds = ("sign-shuffle", "weight-shuffle", "untrained", "gaussian", "row-count", *variants.OWN)
    # The trained network and the state before training have one number, 0.
    rest = [variants.generator("net", kind, k, s).random() for kind in kinds[:5] for k in range(3) for s in (0, 1)]
    assert len(set(rest)) == len(rest) == 30
    assert len({variants.generator("net", kind, 0).random() for kind in kinds}) == len(set(kinds))


def test_refuses_what_cannot_be_had():
    dag = network()
    for refuse in (lambda k: variants.variant(dag, k, rng=np.random.default_rng(0)), lambda k: variants.check(dag, k)):
        with pytest.raises(errors.BadArgument, match="not kept"):
            refuse("initial")
        with pytest.raises(errors.UnknownName, match="no null model"):
            refuse("wild")
    variants.check(dag, "initial", dag)
    variants.check(dag, "untrained")
