"""What the graph of a module is made of: layers, links, banks, conventions; and what is refused."""

import pickle

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import blockshift as bs
from blockshift import errors
from graph.tracing import jacobians_oracle, small_networks

Written, IMAGE = small_networks.Written, small_networks.IMAGE


def integers(module):
    """The module with small integer weights and no biases, in double precision: all its sums are exact."""
    generator = torch.Generator().manual_seed(2)
    for p in module.parameters():
        p.data = torch.randint(-3, 4, p.shape, generator=generator).double()
    return module.double()


@pytest.mark.parametrize(
    ("module", "kept"),
    [
        (nn.Conv2d(2, 3, (3, 2), stride=(2, 1), padding=(1, 1), dilation=(1, 2)), 1),
        (nn.Conv2d(2, 4, 3, groups=2), 1),
        (nn.ConvTranspose2d(2, 4, 3, stride=2, padding=1, groups=2), 1),
        (nn.AvgPool2d(2), 1),
        (nn.Upsample(scale_factor=2), 1),
        (nn.Sequential(nn.ZeroPad2d((1, 0, 2, 0)), nn.Conv2d(2, 2, 3)), 1),
    ],
    ids=str,
)
def test_oracle_one_block_of_the_adjacency_matrix_is_the_derivative_of_the_module(module, kept):
    module = integers(module)
    dag = bs.trace(module, IMAGE)
    expected = jacobians_oracle.matrix(module, IMAGE)
    A = dag.adjacency().toarray()
    n = dag.layers[0].nodes
    assert len(dag.layers) == kept + 1
    assert np.array_equal(A[n:, :n], expected.numpy())
    assert not A[:n].any()
    assert not A[n:, n:].any()


def test_oracle_the_blocks_of_a_residual_network_are_the_derivatives_of_its_parts():
    m = integers(small_networks.Residual(2, 3, 2))
    for norm in (m.bn1, m.bn2, m.downsample[1]):
        norm.running_var.fill_(4.0 - norm.eps)
    dag = bs.trace(m, IMAGE)
    n0, n1, _ = (layer.nodes for layer in dag.layers)
    A = dag.adjacency().toarray()
    first = jacobians_oracle.matrix(lambda x: m.bn1.eval()(m.conv1(x)), IMAGE).numpy()
    second = jacobians_oracle.matrix(lambda x: m.bn2.eval()(m.conv2(x)), dag.layers[1].shape).numpy()
    around = jacobians_oracle.matrix(m.downsample.eval(), IMAGE).numpy()
    assert np.allclose(A[n0 : n0 + n1, :n0], first, atol=1e-12)
    assert np.allclose(A[n0 + n1 :, n0 : n0 + n1], second, atol=1e-12)
    assert np.allclose(A[n0 + n1 :, :n0], around, atol=1e-12)


BLOCKS = st.sampled_from(
    ["conv", "strided", "norm", "relu", "max", "average", "skip", "branch", "shuffle", "pad", "up", "depthwise"]
)


class Drawn(nn.Module):
    """A chain of blocks, whose sizes follow from what arrives."""

    def __init__(self, blocks):
        super().__init__()
        self.blocks, self.parts, c = blocks, nn.ModuleList(), 2
        for block in blocks:
            out = {"conv": 4, "strided": 6, "branch": c + 2}.get(block, c)
            make = {
                "conv": lambda c=c: nn.Conv2d(c, 4, 3, padding=1),
                "strided": lambda c=c: nn.Conv2d(c, 6, 2, stride=2, padding=1, groups=2),
                "norm": lambda c=c: nn.BatchNorm2d(c),
                "relu": nn.ReLU,
                "max": lambda: nn.MaxPool2d(2, 2, 1, ceil_mode=True),
                "average": lambda: nn.AvgPool2d(3, 2, 1, ceil_mode=True),
                "skip": lambda c=c: nn.Conv2d(c, c, 3, padding=1),
                "branch": lambda c=c: nn.Conv2d(c, 2, 1),
                "depthwise": lambda c=c: nn.Conv2d(c, c, 3, padding=1, groups=c),
                "up": lambda: nn.Upsample(scale_factor=2),
            }.get(block, nn.Identity)
            self.parts.append(make())
            c = out

    def forward(self, x):
        for block, part in zip(self.blocks, self.parts, strict=True):
            if block == "skip":
                x = x + part(x)
            elif block == "branch":
                x = torch.cat([part(x), x], 1)
            elif block == "shuffle":
                x = F.channel_shuffle(x, 2)
            elif block == "pad":
                x = F.pad(x, (1, 0, 0, 1))
            else:
                x = part(x)
        return x


@given(st.lists(BLOCKS, min_size=1, max_size=7), st.sampled_from(["fold", "diagonal"]), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_law_any_chain_of_blocks_computes_what_its_module_does(blocks, batch_norm, seed):
    torch.manual_seed(seed)
    module = small_networks.unsettled(Drawn(blocks)).double().eval()
    dag = bs.trace(module, (2, 5, 4), batch_norm=batch_norm, check=False)
    x = torch.randn(1, 2, 5, 4, dtype=torch.float64)
    states = dag.forward(x)
    with torch.no_grad():
        expected = module(x)
    found = torch.cat([states[place][1] for place in dag.outputs], dim=1)
    assert torch.allclose(found, expected, rtol=0, atol=1e-9 * max(1.0, float(expected.abs().max())))
    assert pickle.loads(pickle.dumps(dag)).edges == dag.edges


@pytest.mark.parametrize("name", small_networks.MODULES)
def test_every_graph_can_be_sent_to_another_process_and_its_banks_replaced_by_themselves(name):
    made, shape = small_networks.MODULES[name]
    dag = bs.trace(small_networks.unsettled(made()), shape, batch_norm="diagonal" if len(name) % 2 else "fold")
    again = pickle.loads(pickle.dumps(dag)).replaced(dag.banks)
    for one, other in zip(dag.links, again.links, strict=True):
        assert np.allclose(one.map.kernel, other.map.kernel, rtol=1e-5, atol=1e-6)


def test_a_batch_norm_is_folded_into_the_gain_with_its_sign_and_the_bank_stays_as_trained():
    net = nn.Sequential(nn.Conv2d(2, 3, 1, bias=False), nn.BatchNorm2d(3, eps=0.0))
    net[1].weight.data = torch.tensor([2.0, -3.0, 0.5])
    net[1].running_var[:] = 4.0
    dag = bs.trace(net, IMAGE)
    (link,) = dag.links
    assert link.bank == "0.weight"
    assert np.allclose(link.gain, [1.0, -1.5, 0.25])
    assert np.array_equal(dag.banks["0.weight"], net[0].weight.detach().numpy())
    assert np.allclose(link.map.kernel, link.gain[:, None, None, None] * dag.banks["0.weight"])
    apart = bs.trace(net, IMAGE, batch_norm="diagonal")
    assert [link.map.kind for link in apart.links] == ["convolution", "diagonal"]
    assert apart.links[1].bank == "1.weight"
    assert np.allclose(apart.links[1].gain, 0.5)


def test_a_batch_norm_that_two_read_before_is_not_folded():
    net = Written(lambda m, x: (lambda y: m.norm(y) + y)(m.conv(x)), conv=nn.Conv2d(2, 3, 1), norm=nn.BatchNorm2d(3))
    dag = bs.trace(net, IMAGE)
    assert [link.map.kind for link in dag.links] == ["convolution", "diagonal", "identity"]


def test_a_module_called_twice_is_one_bank_and_several_layers():
    dag = bs.trace(small_networks.shared(), IMAGE)
    assert [link.bank for link in dag.links] == ["0.weight", "1.weight", "1.weight", "1.weight"]
    assert [layer.name for layer in dag.layers] == ["input", "0", "1", "1@2", "1@3"]
    assert dag.links[2].gain is not None


def test_tied_parameters_are_one_bank():
    assert list(bs.trace(small_networks.tied(), (5,)).banks) == ["0.weight"]


def test_a_sum_is_one_layer_in_which_convolutions_and_skip_edges_end():
    dag = bs.trace(small_networks.Residual(3, 3), (3, 5, 5))
    assert [layer.name for layer in dag.layers] == ["input", "conv1", "add"]
    assert sorted(link.map.kind for link in dag.into[2]) == ["convolution", "identity"]
    assert dag.layers[2].activation.name == "relu"


def test_concatenation_flatten_and_dropout_are_no_layers():
    net = nn.Sequential(small_networks.Fire(2, 2, 3), nn.Dropout(), nn.Flatten(), nn.Linear(6 * 42, 2))
    dag = bs.trace(net, IMAGE)
    assert [layer.name for layer in dag.layers] == ["input", "0.squeeze", "0.one", "0.three", "3"]
    assert [link.map.kernel.shape for link in dag.into[4]] == [(2, 3, 7, 6), (2, 3, 7, 6)]
    assert [link.part[1] for link in dag.into[4]] == [slice(0, 3, 1), slice(3, 6, 1)]


def test_a_shuffle_of_channels_in_three_groups_is_read_by_three_links():
    dag = bs.trace(small_networks.Shuffled(), IMAGE)
    place = next(i for i, layer in enumerate(dag.layers) if layer.name == "depthwise")
    assert len(dag.into[place]) == 3


def test_the_pooling_convention_changes_the_weights_of_maxima_only():
    net = nn.Sequential(nn.MaxPool2d(2, stride=1), nn.AvgPool2d(2))
    average, ones = (bs.trace(net, (1, 5, 5), pooling=how) for how in ("average", "ones"))
    assert [float(link.map.kernel.max()) for link in average.links] == [0.25, 0.25]
    assert [float(link.map.kernel.max()) for link in ones.links] == [1.0, 0.25]
    assert average.conventions["pooling"] != ones.conventions["pooling"]


def test_a_trailing_softmax_is_left_out_and_noted():
    dag = bs.trace(nn.Sequential(nn.Linear(4, 3), nn.LogSoftmax(1)), (4,))
    assert dag.layers[-1].activation.name == "identity"
    assert "left out" in dag.conventions["softmax"]


def test_activations_that_decrease_somewhere_are_noted():
    dag = bs.trace(nn.Sequential(nn.Linear(4, 3), nn.SiLU(), nn.Linear(3, 2), nn.ReLU()), (4,))
    assert [layer.activation.monotone for layer in dag.layers] == [True, False, True]
    assert dag.conventions["not monotone"] == "silu"


def test_tracing_leaves_the_module_as_it_was():
    net = nn.Sequential(nn.Conv2d(2, 2, 1), nn.BatchNorm2d(2), nn.Dropout(), nn.BatchNorm2d(2).eval())
    names, mean = set(dir(net)), net[1].running_mean.clone()
    bs.trace(net, IMAGE)
    assert [m.training for m in net] == [True, True, True, False]
    assert torch.equal(net[1].running_mean, mean)
    assert set(dir(net)) == names


def test_a_hook_that_changes_values_is_found_out():
    net = nn.Sequential(nn.Conv2d(2, 2, 1), nn.ReLU())
    net[0].register_forward_hook(lambda module, given, out: 2 * out)
    with pytest.raises(errors.BadArgument, match="other values"):
        bs.trace(net, IMAGE)
    assert bs.trace(net, IMAGE, check=False).edges


class Chooses(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


REFUSED = {
    "layer norm": (nn.Sequential(nn.Flatten(), nn.LayerNorm(84)), "LayerNorm|layer_norm"),
    "group norm": (nn.GroupNorm(1, 2), "statistics of the signal"),
    "gate": (Written(lambda m, x: x * torch.sigmoid(m.c(x)), c=nn.Conv2d(2, 2, 1)), "product of two signals"),
    "attention": (Written(lambda m, x: x @ x.transpose(-1, -2)), "matmul"),
    "choice": (Chooses(), "depends on the values"),
    "sort": (Written(lambda m, x: torch.sort(x, 1)[0]), "sort"),
    "softmax inside": (nn.Sequential(nn.Softmax(1), nn.Conv2d(2, 1, 1)), "softmax"),
    "reflection": (nn.Conv2d(2, 1, 3, padding=1, padding_mode="reflect"), "reflect|pad"),
    "bilinear": (nn.Upsample(scale_factor=2, mode="bilinear"), "nearest"),
    "uneven windows": (nn.AdaptiveAvgPool2d(4), "different sizes"),
    "batch statistics": (nn.BatchNorm2d(2, track_running_stats=False), "running statistics"),
    "wrong size": (nn.Conv2d(3, 1, 1), "does not run"),
    "constant": (Written(lambda m, x: torch.ones(3)), "does not depend"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_by_name(name):
    module, word = REFUSED[name]
    with pytest.raises(errors.BlockshiftError, match=word):
        bs.trace(module, IMAGE)


def test_refuses_arguments_that_make_no_sense():
    net = nn.Conv2d(2, 1, 1)
    for shape in ((), (2, 0, 3), (1, 2, 3, 4, 5), "abc", (2, 2, 3, 4)):
        with pytest.raises(errors.ShapeMismatch):
            bs.trace(net, shape)
    with pytest.raises(errors.BadArgument, match="input shape"):
        bs.trace(net)
    with pytest.raises(errors.UnknownName, match="pooling"):
        bs.trace(net, IMAGE, pooling="sum")
    with pytest.raises(errors.UnknownName, match="batch_norm"):
        bs.trace(net, IMAGE, batch_norm="drop")
    with pytest.raises(errors.BadArgument, match="module of torch"):
        bs.trace(42, IMAGE)
    assert bs.trace(net, (1, *IMAGE)).layers[0].shape == IMAGE
