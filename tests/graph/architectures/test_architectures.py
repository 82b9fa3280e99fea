"""Our own definitions of known architectures: parameters counted, shapes, and the names that weight files use."""

import hashlib
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from blockshift import errors
from blockshift.graph import architectures
from blockshift.graph.architectures import digit_networks, efficientnet_lite

# (name, parameters as published)
PARAMETERS = [
    ("alexnet", 61_100_840),
    ("vgg11", 132_863_336),
    ("vgg11-bn", 132_868_840),
    ("vgg13", 133_047_848),
    ("vgg13-bn", 133_053_736),
    ("vgg16", 138_357_544),
    ("vgg16-bn", 138_365_992),
    ("vgg19", 143_667_240),
    ("vgg19-bn", 143_678_248),
    ("resnet-18", 11_689_512),
    ("resnet-34", 21_797_672),
    ("resnet-50", 25_557_032),
    ("googlenet", 6_624_904),
    ("mobilenet-v1", 4_231_976),
    ("mobilenet-v2", 3_504_872),
    ("squeezenet", 1_235_496),
    ("efficientnet-lite0", 4_652_008),
    ("efficientnet-lite1", 5_416_680),
    ("efficientnet-lite2", 6_092_072),
    ("vgg16-trunk", 14_714_688),
    ("cifar-cnn", 968_394),
    ("digit-mlp", 784 * 48 + 48 + 48 * 32 + 32 + 32 * 10 + 10),
    ("digit-cnn", 25 * 8 + 8 + 25 * 8 * 16 + 16 + 9 * 16 * 32 + 32 + 1568 * 10 + 10),
    ("digit-resnet", 9 * 16 + 4 * 16 + 18 * 256 + 2 * 16 + 9 * 512 + 6 * 32 + 18 * 1024 + 330),
]
#: SHA-256 of the lines "name shape" of a state dict, computed once with torchvision 0.28.0 and with the published
#: EfficientNet-Lite; on random weights, these definitions and those gave the same scores to the last bit.
NAMES = {
    "alexnet": "9c198ebdae1863e4",
    "resnet-18": "84fb10d9c6905a1c",
    "resnet-34": "28f9096d51307499",
    "resnet-50": "d7e4f8bb0a536344",
    "googlenet": "f66489fa14bd9d5a",
    "mobilenet-v2": "37bbbce8932fd0c4",
    "squeezenet": "1d365589393f9c1e",
    "vgg11": "cb3dc23f2a13e182",
    "vgg11-bn": "8b6717e727c0ecf9",
    "vgg13": "67c1dc8b57fde74b",
    "vgg13-bn": "f6b0597d18a7e4d2",
    "vgg16": "35c4623e0cd4a39d",
    "vgg16-bn": "347371586a8ea365",
    "vgg19": "4723255af8f6c485",
    "vgg19-bn": "fc3ff6fab2b5cc09",
}


def on_paper(name, **options):
    """A module without numbers: only its shapes are there, so that the largest one costs nothing."""
    with torch.device("meta"):
        return architectures.named(name).build(**options)


def test_every_architecture_is_counted_here():
    assert sorted(name for name, _ in PARAMETERS) == sorted(architectures.KNOWN)


@pytest.mark.parametrize(("name", "parameters"), PARAMETERS, ids=[name for name, _ in PARAMETERS])
def test_it_has_as_many_parameters_as_published(name, parameters):
    assert sum(p.numel() for p in on_paper(name).parameters()) == parameters


@pytest.mark.parametrize("name", NAMES)
def test_names_and_shapes_are_those_of_published_state_dicts(name):
    lines = "\n".join(f"{key} {tuple(tensor.shape)}" for key, tensor in on_paper(name).state_dict().items())
    assert hashlib.sha256(lines.encode()).hexdigest()[:16] == NAMES[name]


@pytest.mark.parametrize("name", architectures.KNOWN)
def test_a_picture_becomes_one_score_for_each_class(name):
    plan = architectures.named(name)
    scores = on_paper(name)(torch.empty(2, plan.channels, plan.size, plan.size, device="meta"))
    assert scores.shape == ((2, 512, 14, 14) if name == "vgg16-trunk" else (2, plan.classes))


@pytest.mark.parametrize("name", sorted(set(architectures.KNOWN) - {"vgg16-trunk"}))
def test_the_number_of_classes_is_that_of_the_head(name):
    plan = architectures.named(name)
    module = on_paper(name, classes=7)
    assert len(module.state_dict()[plan.head]) == 7
    assert module(torch.empty(1, plan.channels, plan.size, plan.size, device="meta")).shape == (1, 7)


@pytest.mark.parametrize("name", architectures.KNOWN)
def test_it_is_in_evaluation_mode(name):
    assert not any(part.training for part in on_paper(name).modules())


@given(st.integers(1, 400), st.sampled_from([3, 5]), st.sampled_from([1, 2]))
def test_law_padding_keeps_the_quotient_rounded_up_and_puts_the_odd_zero_last(size, kernel, stride):
    left, right, top, bottom = efficientnet_lite._same(size, kernel, stride).padding
    assert (left, right) == (top, bottom)
    assert right - left in (0, 1)
    assert (size + left + right - kernel) // stride + 1 == math.ceil(size / stride)
    # No zero too many: without the last one a window would be lost, or there is none at all.
    assert right == 0 or (size + left + right - 1 - kernel) // stride + 1 < math.ceil(size / stride)


def test_an_efficientnet_made_for_another_size_pads_otherwise_and_has_the_same_names():
    usual, other = on_paper("efficientnet-lite0"), on_paper("efficientnet-lite0", size=225)
    assert list(usual.state_dict()) == list(other.state_dict())
    assert usual.pad.padding == (0, 1, 0, 1)
    assert other.pad.padding == (1, 1, 1, 1)


def test_widths_are_multiples_of_eight_and_lose_at_most_a_tenth():
    assert [efficientnet_lite._wider(c, 1.1) for c in (16, 24, 40, 80, 112, 192, 320)] == [
        16, 24, 48, 88, 120, 208, 352,
    ]  # fmt: skip
    assert efficientnet_lite._wider(10, 1.0) == 16  # 8 would be below nine tenths of 10


def test_fill_takes_the_state_dict_of_the_same_architecture_and_of_no_other():
    plan = architectures.named("digit-cnn")
    state = plan.build(classes=3).state_dict()
    filled = plan.fill(state)
    assert filled.classifier.out_features == 3
    assert torch.equal(filled.features[3].weight, state["features.3.weight"])
    assert not any(p.requires_grad for p in filled.parameters())


def test_fill_leaves_out_what_only_training_used():
    plan = architectures.Architecture(
        "small", "digit_networks", "DigitMLP", "layers.5.weight", 10, 1, 28, unused=("aux1.",)
    )
    state = plan.build().state_dict()
    plan.fill(state | {"aux1.conv.weight": torch.zeros(1)})
    with pytest.raises(errors.ShapeMismatch, match=r"aux2\.conv"):
        plan.fill(state | {"aux2.conv.weight": torch.zeros(1)})


def test_refuses_weights_of_another_architecture():
    mlp, cnn = (architectures.named(f"digit-{kind}") for kind in ("mlp", "cnn"))
    with pytest.raises(errors.ShapeMismatch, match=r"lacks 'features\.0\.weight' and 7 more"):
        cnn.fill(mlp.build().state_dict())
    state = mlp.build().state_dict()
    with pytest.raises(errors.ShapeMismatch, match=r"shape \(3, 784\), not \(48, 784\)"):
        mlp.fill(state | {"layers.1.weight": torch.zeros(3, 784)})


def test_refuses_an_unknown_architecture():
    with pytest.raises(errors.UnknownName, match="resnet-50"):
        architectures.named("resnet-51")


@pytest.mark.parametrize("name", ["digit-mlp", "digit-cnn", "digit-resnet"])
def test_the_start_is_that_of_he(name):
    module = digit_networks.start(architectures.named(name).build(), rng=np.random.default_rng(5))
    scaled = []
    for part in module.modules():
        if isinstance(part, torch.nn.Conv2d | torch.nn.Linear):
            fan_in = part.weight[0].numel()
            scaled.append(part.weight.detach().numpy().ravel() * math.sqrt(fan_in / 2))
            assert part.bias is None or not part.bias.any()
    values = np.concatenate(scaled)
    # Mean 0 and variance 1: five standard errors, 1 / sqrt(n) and sqrt(2 / n).
    assert abs(values.mean()) < 5 / math.sqrt(len(values))
    assert abs(values.var() - 1) < 5 * math.sqrt(2 / len(values))


def test_the_start_depends_on_the_seed_alone():
    starts = [
        digit_networks.start(architectures.named("digit-cnn").build(), rng=np.random.default_rng(seed)).state_dict()
        for seed in (0, 0, 1)
    ]
    assert torch.equal(starts[0]["features.0.weight"], starts[1]["features.0.weight"])
    assert not torch.equal(starts[0]["features.0.weight"], starts[2]["features.0.weight"])


def test_a_residual_block_that_computes_nothing_is_the_identity_on_what_is_not_negative():
    block = digit_networks.Residual(2).eval()
    torch.nn.init.zeros_(block.conv2.weight)
    x = torch.arange(18.0).reshape(1, 2, 3, 3)
    assert torch.equal(block(x), x)
