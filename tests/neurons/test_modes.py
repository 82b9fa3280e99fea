"""The modes of any torch classifier: fields, the linear substitution map and its error, turned pairs."""

import numpy as np
import pytest
import torch
from torch import nn

from blockshift import errors
from blockshift.neurons import modes, orders, passes, training
from neurons import nets, neurons_oracle

#: Single precision, sums over at most some thousand terms.
CLOSE = 2e-5


def dense(widths=(7, 9, 8, 3), seed=0, batch_norm=True, activation="tanh"):
    """A classifier whose batch-norm has seen something, with samples and labels."""
    rng = np.random.default_rng(seed)
    model = training.dense(widths, rng=rng, activation=activation, batch_norm=batch_norm)
    X = rng.standard_normal((60, widths[0])).astype(np.float32)
    if batch_norm:
        with torch.no_grad():
            for norm in model.norm:
                norm.weight.copy_(torch.as_tensor(rng.uniform(-2, 2, norm.weight.shape)))
                norm.bias.copy_(torch.as_tensor(rng.uniform(-1, 1, norm.bias.shape)))
        model.train()
        model(torch.as_tensor(X))
    return model.eval(), X, np.arange(60) % widths[-1]


def by_hand(model, X, linear_from=99):
    """Fields of all layers and outputs of a dense batch-normalised classifier, as matrices."""
    found, x = [], X.astype(float)
    for place, (linear, norm) in enumerate(zip(model.linear[:-1], model.norm, strict=True), 1):
        x = x @ linear.weight.detach().double().numpy().T + linear.bias.detach().double().numpy()
        mean, var = norm.running_mean.double().numpy(), norm.running_var.double().numpy()
        x = (x - mean) / np.sqrt(
            var + norm.eps
        ) * norm.weight.detach().double().numpy() + norm.bias.detach().double().numpy()
        found.append(x)
        x = x if place >= linear_from else np.tanh(x)
    end = model.linear[-1]
    return found, x @ end.weight.detach().double().numpy().T + end.bias.detach().double().numpy()


def test_oracle_fields_and_truncated_outputs_are_those_of_matrices():
    model, X, _ = dense()
    fields, full = by_hand(model, X)
    assert passes.layers(model, X) == 2
    for layer in (1, 2):
        assert np.allclose(passes.fields(model, X, layer), fields[layer - 1], atol=CLOSE)
        assert np.allclose(passes.outputs(model, X, linear_from=layer), by_hand(model, X, layer)[1], atol=CLOSE)
    assert np.allclose(passes.outputs(model, X), full, atol=CLOSE)


def test_oracle_the_substitution_map_is_the_product_of_the_layers_with_batch_norm_folded():
    model, X, _ = dense((5, 6, 7, 4, 3), seed=3)
    matrices = [linear.weight.detach().numpy() for linear in model.linear]
    scales = [(norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach().numpy() for norm in model.norm]
    for layer in (1, 2, 3):
        slow = neurons_oracle.substitution_map(matrices, scales, layer)
        assert np.allclose(modes.linear_map(model, X, layer), slow, atol=CLOSE)
    assert np.allclose(
        modes.linear_map(model, X, 1, classes=[2, 0]),
        neurons_oracle.substitution_map(matrices, scales, 1)[[2, 0]],
        atol=CLOSE,
    )


def test_oracle_the_profile_of_a_small_network_is_that_of_loops():
    model, X, y = dense()
    found = modes.profile(model, X, y, bins=6)
    fields, full = by_hand(model, X)
    for layer in (1, 2):
        signs = modes.linear_map(model, X, layer)
        slow = neurons_oracle.rank_histograms(fields[layer - 1].tolist(), signs.tolist(), y.tolist(), 6)
        assert np.allclose(found.layers[layer - 1].distribution.density, slow, atol=1e-12)
        one, above = by_hand(model, X, layer)[1], by_hand(model, X, layer + 1)[1]
        counts = np.array([neurons_oracle.pair_counts(a, b) for a, b in zip(one.T, above.T, strict=True)])
        assert np.isclose(found.turned[layer - 1], (counts[:, 2] / counts.sum(1)).mean(), atol=2e-3)
    assert np.isclose(found.accuracy, (full.argmax(1) == y).mean())
    assert found.truncated[-1] == found.accuracy


def test_convolutions_skips_and_functions_are_layers_like_others():
    conv = nets.seeded(nets.Conv)
    X = np.random.default_rng(0).standard_normal((20, 1, 8, 8)).astype(np.float32)
    assert passes.layers(conv, X) == 2
    assert passes.fields(conv, X, 1).shape == (20, 3 * 8 * 8)
    assert passes.fields(conv, X, 2).shape == (20, 4 * 2 * 2)
    M = modes.linear_map(conv, X, 1)
    # The map leads from the fields to the outputs, up to what does not depend on them.
    h, out = passes.fields(conv, X, 1), passes.outputs(conv, X, linear_from=1)
    assert np.allclose(h @ M.T - (h @ M.T)[:1], out - out[:1], atol=1e-4)
    found = modes.profile(conv, X, np.arange(20) % 3, units=30, rng=np.random.default_rng(1))
    assert [layer.distribution.units for layer in found.layers] == [30, 16]


def test_a_skip_is_part_of_the_map():
    model = nets.seeded(nets.Residual)
    X = np.random.default_rng(0).standard_normal((9, 4))
    second, end = (getattr(model, name).weight.detach().numpy() for name in ("second", "end"))
    assert np.allclose(modes.linear_map(model, X, 1), end @ (np.eye(5) + second), atol=CLOSE)
    assert np.allclose(modes.linear_map(model, X, 2), end, atol=CLOSE)


def test_max_pooling_above_the_layer_becomes_a_mean_and_below_it_stays():
    model = nn.Sequential(nn.ReLU(), nn.MaxPool1d(2), nn.Flatten(), nn.ReLU(), nn.Linear(2, 2, bias=False)).eval()
    with torch.no_grad():
        model[4].weight.copy_(torch.eye(2))
    X = np.array([[[1.0, 3.0, 5.0, 9.0]]])
    assert passes.outputs(model, X, linear_from=1).tolist() == [[2.0, 7.0]]
    assert passes.outputs(model, X, linear_from=2).tolist() == [[3.0, 9.0]]


def test_the_linear_twin_turns_nothing_and_its_map_is_perfect():
    model, X, y = dense(activation="identity")
    found = modes.profile(model, X, y)
    assert not found.turned.any()
    for layer in found.layers:
        assert layer.substitution.agreement == 1.0
        assert layer.substitution.residual < 1e-5
        assert layer.substitution.wrong_signs == 0.0
    assert (found.truncated == found.accuracy).all()


def test_the_last_layer_has_the_right_signs_and_a_residual_if_it_bends():
    model, X, y = dense(batch_norm=False)
    found = modes.profile(model, 3 * X, y)
    assert found.layers[-1].substitution.wrong_signs == 0.0
    assert 0 < found.layers[-1].substitution.residual < found.layers[0].substitution.residual


def test_one_unit_alone_never_turns_a_pair_and_two_opposed_ones_do():
    alone = nn.Sequential(nn.Linear(1, 1), nn.Tanh(), nn.Linear(1, 2)).eval()
    X, y = np.linspace(-3, 3, 30)[:, None], np.arange(30) % 2
    assert modes.profile(nets.seeded(lambda: alone), X, y).turned.tolist() == [0.0]
    two = nn.Sequential(nn.Linear(1, 2), nn.Tanh(), nn.Linear(2, 2)).eval()
    with torch.no_grad():
        two[0].weight.copy_(torch.tensor([[1.0], [-1.0]]))
        two[0].bias.copy_(torch.tensor([2.0, 2.0]))
        two[2].weight.copy_(torch.tensor([[1.0, 0.5], [-1.0, 0.25]]))
    assert modes.profile(two, X, y).turned[0] > 0.1


def test_statistics_of_the_batch_are_those_that_batch_norm_would_use():
    model, X, y = dense(seed=5)
    X = 3 * X + 1
    copied = modes.recalibrated(model, X)
    assert np.allclose(passes.outputs(copied, X), passes.outputs(model, X, batch_norm="batch"), atol=CLOSE)
    assert not np.allclose(passes.outputs(copied, X), passes.outputs(model, X), atol=1e-2)
    assert modes.profile(model, X, y, batch_norm="batch").accuracy == modes.profile(copied, X, y).accuracy


@pytest.mark.parametrize("batch_norm", ["running", "batch"])
def test_a_model_is_left_as_it_was(batch_norm):
    model, X, y = dense()
    model.train()
    model.norm[0].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    modes.profile(model, X, y, batch_norm=batch_norm)
    passes.outputs(model, X, batch_norm=batch_norm)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert [m.training for m in model.norm] == [False, True]
    assert model.norm[0].momentum == 0.1


def test_a_network_of_a_hundred_layers_has_a_profile():
    rng = np.random.default_rng(0)
    model = training.dense((8, *[12] * 100, 3), rng=rng, batch_norm=True, residual=True)
    X, y = rng.standard_normal((30, 8)), np.arange(30) % 3
    found = modes.profile(model, X, y, batch_norm="batch")
    assert len(found.layers) == 100
    assert np.isfinite(found.slopes).all()
    assert np.isfinite([layer.substitution.residual for layer in found.layers]).all()


def test_untrained_layers_are_flat():
    model, *_ = dense((30, 400, 10), batch_norm=False)
    X = np.random.default_rng(0).standard_normal((200, 30))
    assert abs(modes.profile(model, X, np.arange(200) % 10).slopes[0]) < 0.1


def test_refuses_what_is_no_classifier_of_this_kind():
    model, X, y = dense()
    with pytest.raises(errors.BadArgument, match="layers 1 to 2"):
        passes.fields(model, X, 3)
    with pytest.raises(errors.BadArgument, match="needs `rng`"):
        modes.profile(model, X, y, units=3)
    with pytest.raises(errors.ShapeMismatch, match="one label a sample"):
        modes.profile(model, X, y[:5])
    with pytest.raises(errors.BadArgument, match="no activation"):
        modes.profile(nets.seeded(lambda: nn.Linear(7, 3)), X, y)
    with pytest.raises(errors.UnknownName, match="'running'"):
        passes.outputs(model, X, batch_norm="both")
    with pytest.raises(errors.NotAffine, match="up to its logits"):
        modes.profile(
            nets.seeded(nets.WithLayerNorm), np.random.default_rng(0).standard_normal((9, 4)), np.arange(9) % 3
        )
    with pytest.raises(errors.ShapeMismatch, match="samples, classes"):
        passes.outputs(nets.seeded(lambda: nn.Sequential(nn.ReLU())), X[:, :, None])


def test_the_share_of_turned_pairs_does_not_see_a_change_of_scale():
    a, b = np.random.default_rng(0).standard_normal((2, 4, 30))
    assert np.array_equal(orders.pairs(a, b).turned, orders.pairs(5 * a, b**3).turned)
