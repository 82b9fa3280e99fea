"""Small classifiers: what they compute, and that a seed decides everything about them."""

import numpy as np
import pytest
import torch

from blockshift import errors
from blockshift.graph.images import Images
from blockshift.neurons import passes, training


def clouds(rng, m=60):
    """Three clouds in four dimensions."""
    y = np.arange(m) % 3
    return (3 * np.eye(4)[y] + rng.standard_normal((m, 4))).astype(np.float32), y


def run(recipe=training.Recipe(epochs=5, batch=20), seed=0, **options):  # noqa: B008
    rng = np.random.default_rng(seed)
    X, y = clouds(rng)
    model = training.dense((4, 8, 3), rng=rng, **options)
    return training.train(model, X, y, recipe, rng=rng), X, y


def test_a_seed_decides_every_weight_also_with_dropout():
    for options in ({}, {"dropout": 0.5}, {"batch_norm": True}):
        (one, *_), (again, *_), (other, *_) = run(**options), run(**options), run(seed=1, **options)
        same = [torch.equal(a, b) for a, b in zip(one.parameters(), again.parameters(), strict=True)]
        assert all(same)
        assert not torch.equal(one.linear[0].weight, other.linear[0].weight)


def test_torchs_own_generator_and_threads_are_left_alone():
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    run(dropout=0.5)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads


def test_the_start_is_uniform_in_one_over_the_root_of_the_fan_in():
    model = training.dense((400, 300, 10), rng=np.random.default_rng(0), scale=2.0)
    W = model.linear[0].weight.detach().numpy()
    assert np.abs(W).max() <= 2 / 20
    assert np.isclose(W.std(), 2 / 20 / np.sqrt(3), rtol=0.01)


def test_training_lowers_the_error_with_every_optimizer_and_loss():
    for optimizer in training.OPTIMIZERS:
        for loss in training.LOSSES:
            model, X, y = run(training.Recipe(optimizer, 0.05, 20, 20, 0.0, loss))
            assert (passes.outputs(model, X).argmax(1) == y).mean() > 0.8, (optimizer, loss)


def test_one_step_of_gradient_descent_is_the_one_of_the_formula():
    rng = np.random.default_rng(0)
    X, y = clouds(rng, 6)
    model = training.dense((4, 3), rng=rng)
    W, b = (p.detach().double().numpy() for p in model.linear[0].parameters())
    logits = X @ W.T + b
    soft = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    expected = W - 0.5 * (soft - np.eye(3)[y]).T @ X / 6
    training.train(model, X, y, training.Recipe("sgd", 0.5, 6, 1), rng=rng)
    assert np.allclose(model.linear[0].weight.detach().numpy(), expected, atol=1e-6)


def test_the_linear_twin_is_linear_and_its_layers_are_seen():
    model = training.dense((4, 5, 3), rng=np.random.default_rng(0), activation="identity")
    X = np.random.default_rng(1).standard_normal((3, 4))
    a, b, c = (passes.outputs(model, x[None]) for x in (X[0], X[1], (X[0] + X[1]) / 2))
    assert np.allclose(c, (a + b) / 2, atol=1e-6)
    assert passes.layers(model, X) == 1


def test_a_watch_sees_the_start_the_ends_of_epochs_and_the_steps_asked_for():
    seen = []
    rng = np.random.default_rng(0)
    X, y = clouds(rng, 60)
    model = training.dense((4, 5, 3), rng=rng)
    recipe = training.Recipe(epochs=2, batch=20)
    training.train(
        model, X, y, recipe, rng=rng, watch=lambda step, model: seen.append((step, model.training)), at_steps={1, 5}
    )
    assert seen == [(0, False), (1, False), (3, False), (5, False), (6, False)]


def test_looking_does_not_change_the_run():
    one, *_ = run(dropout=0.3, batch_norm=True)
    rng = np.random.default_rng(0)
    X, y = clouds(rng)
    model = training.dense((4, 8, 3), rng=rng, dropout=0.3, batch_norm=True)
    watch = lambda step, model: passes.outputs(model, X, batch_norm="batch")  # noqa: E731
    training.train(model, X, y, training.Recipe(epochs=5, batch=20), rng=rng, watch=watch)
    assert all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), model.state_dict().values(), strict=True))


def test_a_split_is_balanced_disjoint_and_decided_by_the_seed():
    labels = np.repeat(np.arange(3), 10)
    images = Images(np.arange(30.0)[:, None], labels, (1, 1), "some")
    X, y, X_test, y_test = training.split(images, 18, 9, rng=np.random.default_rng(0))
    assert np.bincount(y).tolist() == [6, 6, 6]
    assert np.bincount(y_test).tolist() == [3, 3, 3]
    assert not set(X.ravel()) & set(X_test.ravel())
    assert (labels[X.ravel().astype(int)] == y).all()


def test_a_last_batch_of_one_waits_for_batch_norm():
    rng = np.random.default_rng(0)
    X, y = clouds(rng, 21)
    training.train(training.dense((4, 5, 3), rng=rng, batch_norm=True), X, y, training.Recipe(batch=20), rng=rng)


def test_refuses_recipes_and_widths_that_make_no_sense():
    with pytest.raises(errors.UnknownName, match="'adam'"):
        training.Recipe("momentum")
    with pytest.raises(errors.BadArgument, match="at least 1"):
        training.Recipe(batch=0)
    with pytest.raises(errors.EmptyNetwork, match="inputs"):
        training.dense((4,), rng=np.random.default_rng(0))
    with pytest.raises(errors.UnknownName, match="'relu'"):
        training.dense((4, 5, 3), rng=np.random.default_rng(0), activation="swish")
    with pytest.raises(errors.ShapeMismatch, match="one each"):
        training.train(
            training.dense((4, 3), rng=np.random.default_rng(0)), np.ones((5, 4)), [0], training.Recipe(), rng=None
        )
    images = Images(np.zeros((5, 1)), np.arange(5) % 2, (1, 1), "few")
    with pytest.raises(errors.BadArgument, match="there are 5 in few"):
        training.split(images, 5, 1, rng=np.random.default_rng(0))
