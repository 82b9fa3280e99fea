"""The three networks that are trained here: what is kept of them is what training gives."""

import numpy as np
import pytest
import torch

from blockshift import errors
from blockshift.graph import architectures, images
from blockshift.graph.architectures import digit_networks
from blockshift.graph.pretrained import digits, doors, pictures

#: The first steps of two machines differ in the last bits of float32; two to eight steps of rate 0.1 keep that small.
STEPS = 1e-4
GOOD = 0.95


def test_there_are_four_hundred_digits_of_each_kind_to_learn_from_and_a_hundred_to_test():
    training, test = digits.split()
    labels = images.images("mnist-5k").labels
    assert np.bincount(labels[training]).tolist() == [400] * 10
    assert np.bincount(labels[test]).tolist() == [100] * 10
    assert not set(training) & set(test)


@pytest.mark.parametrize("name", digits.RECIPES)
def test_twelve_states_of_one_run_are_kept_and_the_ends_of_three(name):
    kept = digits.states(name)
    assert [s.epoch for s in kept if s.seed == 0] == [0, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16, 32, 64]
    for seed in (1, 2):
        assert [s.epoch for s in kept if s.seed == seed] == [0, 64]
    assert len({s.values.tobytes() for s in kept}) == len(kept) == 16
    assert all(s.values.dtype == np.float32 and np.isfinite(s.values).all() for s in kept)


def test_the_files_are_small():
    sizes = [digits.path_of(name).stat().st_size for name in digits.RECIPES]
    assert sum(sizes) < 8_000_000


@pytest.mark.parametrize("seed", digits.SEEDS)
@pytest.mark.parametrize("name", digits.RECIPES)
def test_the_trained_network_reads_digits_and_the_one_at_the_start_does_not(name, seed):
    network = doors.model(name, seed=seed)
    shown = pictures.pictures(network)
    accuracy = (network.scores(shown.inputs).argmax(axis=1) == shown.labels).mean()
    assert accuracy >= GOOD
    assert accuracy == pytest.approx(digits.state(name, seed).accuracy, abs=0.002)  # two pictures on the fence
    with torch.no_grad():
        answers = network.initial(torch.tensor(shown.inputs)).argmax(dim=1).numpy()
    assert (answers == shown.labels).mean() < 0.35


@pytest.mark.parametrize("name", digits.RECIPES)
def test_training_again_gives_what_is_kept(name):
    epochs = 1 / 4 if name == "mnist-mlp" else 1 / 16
    for again in digits.train(name, seed=0, epochs=epochs):
        kept = digits.state(name, 0, again.epoch)
        np.testing.assert_allclose(again.values, kept.values, atol=STEPS)
        assert again.loss == pytest.approx(kept.loss, rel=1e-3)
    assert again.epoch == epochs


@pytest.mark.parametrize("seed", digits.SEEDS)
@pytest.mark.parametrize("name", digits.RECIPES)
def test_the_start_is_that_of_he_with_this_seed_to_the_last_bit(name, seed):
    module = architectures.named(digits.RECIPES[name].architecture).build()
    start = digits.flat(digit_networks.start(module, rng=np.random.default_rng(seed)))
    np.testing.assert_array_equal(start, digits.state(name, seed, 0).values)


def test_another_seed_is_another_run():
    a, b = (list(digits.train("mnist-mlp", seed=seed, epochs=1 / 16)) for seed in (3, 4))
    assert len(a) == len(b) == 2
    assert not np.allclose(a[0].values, b[0].values)


@pytest.mark.parametrize("name", digits.RECIPES)
def test_the_loss_on_the_test_set_falls_to_less_than_a_tenth(name):
    losses = [s.loss for s in digits.states(name) if s.seed == 0]
    assert losses[-1] < losses[0] / 10


def test_pictures_are_shifted_by_one_pixel_at_most_and_nothing_wraps_around():
    picture = torch.zeros(200, 1, 4, 4)
    picture[:, 0, 0, 1] = 1
    moved = digits._shifted(picture, rng=np.random.default_rng(0))
    places = {tuple(np.argwhere(m[0].numpy())[0]) if m.any() else None for m in moved}
    assert places == {None, (0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)}


def test_a_vector_fills_a_module_and_comes_back():
    module = architectures.named("digit-resnet").build()
    values = np.arange(len(digits.flat(module)), dtype=np.float32)
    np.testing.assert_array_equal(digits.flat(digits.filled(module, values)), values)
    with pytest.raises(errors.ShapeMismatch, match="3 numbers"):
        digits.filled(module, values[:3])


def test_states_are_read_as_they_were_written(tmp_path):
    state = digits.State(7, 0.5, np.float32([1, 2]), 0.25, 0.75)
    digits.write("mnist-mlp", [state], tmp_path / "own.npz")
    (found,) = digits.states("mnist-mlp", tmp_path / "own.npz")
    assert (found.seed, found.epoch, found.values.tolist(), found.loss, found.accuracy) == (7, 0.5, [1, 2], 0.25, 0.75)
    with pytest.raises(ValueError, match="read-only"):
        found.values[0] = 3


def test_refuses_a_state_that_is_not_kept_and_says_which_are():
    with pytest.raises(errors.BadArgument, match=r"epochs 0, 0\.0625, .*, 64"):
        digits.state("mnist-cnn", 0, 3)
    with pytest.raises(errors.BadArgument, match="epochs 0, 64"):
        digits.state("mnist-cnn", 1, 2)
    with pytest.raises(errors.BadArgument, match="seeds 0, 1, 2"):
        digits.state("mnist-cnn", 9)


def test_refuses_other_names():
    with pytest.raises(errors.UnknownName, match="mnist-resnet"):
        digits.states("mnist-transformer")
    with pytest.raises(errors.UnknownName, match="mnist-resnet"):
        next(digits.train("mnist-transformer", seed=0))


def test_refuses_a_file_that_is_missing_or_holds_something_else(tmp_path):
    with pytest.raises(errors.NotInstalled, match=r"chapters\.data\.digit_networks"):
        digits.states("mnist-mlp", tmp_path / "none.npz")
    for content in (b"", b"no archive"):
        (tmp_path / "broken.npz").write_bytes(content)
        digits.states.cache_clear()
        with pytest.raises(errors.BadArgument, match="does not hold states"):
            digits.states("mnist-mlp", tmp_path / "broken.npz")
    np.savez(tmp_path / "objects.npz", seed=np.array([{}], dtype=object))
    with pytest.raises(errors.BadArgument, match="does not hold states"):
        digits.states("mnist-mlp", tmp_path / "objects.npz")
