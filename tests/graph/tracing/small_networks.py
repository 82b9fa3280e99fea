"""Small networks for every operation that can be traced, by name, with the shape of an input."""

import torch
import torch.nn.functional as F
from torch import nn


class Written(nn.Module):
    """A module whose forward is a function of it and its input."""

    def __init__(self, forward, **children):
        super().__init__()
        for name, child in children.items():
            setattr(self, name, child)
        self._forward = forward

    def forward(self, x):
        return self._forward(self, x)


def unsettled(module: nn.Module) -> nn.Module:
    """The module with statistics and scales of batch-norms that are not one and zero, some of them negative."""
    for m in module.modules():
        if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d)):
            m.running_mean.normal_()
            m.running_var.uniform_(0.5, 2.0)
            if m.weight is not None:
                nn.init.normal_(m.weight)
                nn.init.normal_(m.bias)
    return module


class Residual(nn.Module):
    """Two convolutions with batch-norms beside a skip edge, changed in place as torchvision does."""

    def __init__(self, into, out, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(into, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride > 1 or into != out:
            self.downsample = nn.Sequential(nn.Conv2d(into, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        kept = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            kept = self.downsample(x)
        out += kept
        return self.relu(out)


class Before(nn.Module):
    """A residual block with batch-norm and activation before each convolution."""

    def __init__(self, channels):
        super().__init__()
        self.bn1, self.bn2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        y = self.conv1(F.relu(self.bn1(x)))
        return x + self.conv2(F.relu(self.bn2(y)))


class Fire(nn.Module):
    """Squeeze, and two expansions side by side."""

    def __init__(self, into, narrow, wide):
        super().__init__()
        self.squeeze = nn.Conv2d(into, narrow, 1)
        self.one = nn.Conv2d(narrow, wide, 1)
        self.three = nn.Conv2d(narrow, wide, 3, padding=1)
        self.activation = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.activation(self.squeeze(x))
        return torch.cat([self.activation(self.one(x)), self.activation(self.three(x))], 1)


class Inception(nn.Module):
    """Four branches, one of them a pooling."""

    def __init__(self, into):
        super().__init__()
        self.a = nn.Conv2d(into, 2, 1)
        self.b = nn.Sequential(nn.Conv2d(into, 2, 1), nn.BatchNorm2d(2), nn.ReLU(), nn.Conv2d(2, 3, 3, padding=1))
        self.c = nn.Conv2d(into, 2, 5, padding=2)
        self.d = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(into, 1, 1))

    def forward(self, x):
        return F.relu(torch.cat([self.a(x), self.b(x), torch.cat([self.c(x), self.d(x)], 1)], dim=1))


class Shuffled(nn.Module):
    """Grouped convolutions, a shuffle of channels, a depthwise convolution that reads it; half of the channels pass."""

    def __init__(self, depthwise=True):
        super().__init__()
        self.stem = nn.Conv2d(2, 12, 1)
        self.grouped = nn.Conv2d(12, 12, 1, groups=3)
        self.depthwise = nn.Conv2d(12, 12, 3, padding=1, groups=12 if depthwise else 2)
        self.last = nn.Conv2d(6, 6, 1)

    def forward(self, x):
        x = F.relu(self.grouped(F.relu(self.stem(x))))
        n, c, height, width = x.shape
        x = x.view(n, 3, c // 3, height, width).transpose(1, 2).reshape(n, c, height, width)
        left, right = self.depthwise(x).chunk(2, dim=1)
        return F.channel_shuffle(torch.cat([left, self.last(right)], 1), 2)


class Interleaved(nn.Module):
    """Channels of two layers in turn, pooled, and then every pixel a channel of its own."""

    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Conv2d(2, 2, 1), nn.Conv2d(2, 2, 1)
        self.last = nn.Conv2d(4 * 6 * 6, 3, 1)

    def forward(self, x):
        both = F.channel_shuffle(torch.cat([self.one(x), self.two(x)], 1), 2)
        pooled = F.avg_pool2d(F.relu(both), 1)[:, :, :6, :6]
        return self.last(pooled.reshape(x.shape[0], -1, 1, 1))


class SameAsSize(nn.Conv2d):
    """A convolution that computes its own padding from the size of what it reads."""

    def forward(self, x):
        height, width = x.size()[-2:]
        k, s = self.kernel_size[0], self.stride[0]
        down = max((-(-height // s) - 1) * s + k - height, 0)
        across = max((-(-width // s) - 1) * s + k - width, 0)
        if down > 0 or across > 0:
            x = F.pad(x, [across // 2, across - across // 2, down // 2, down - down // 2])
        return F.conv2d(x, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


def shared():
    """One convolution called three times, once after another batch-norm."""
    conv = nn.Conv2d(3, 3, 3, padding=1)
    return nn.Sequential(nn.Conv2d(2, 3, 1), conv, nn.ReLU(), conv, nn.BatchNorm2d(3), nn.ReLU(), conv)


def tied():
    """Two modules with one parameter."""
    net = nn.Sequential(nn.Linear(5, 5), nn.Tanh(), nn.Linear(5, 5, bias=False))
    net[2].weight = net[0].weight
    return net


def reused(m, x):
    y = m.conv(x)
    return F.relu(y) + y.abs()


def standardised(m, x):
    w = m.conv.weight
    w = (w - w.mean(dim=(1, 2, 3), keepdim=True)) / w.std(dim=(1, 2, 3), keepdim=True)
    return F.conv2d(x, w, m.conv.bias, padding=1)


def dense_block(m, x):
    a = F.relu(m.a(x))
    b = m.b(F.relu(m.norm(torch.cat([x, a], 1))))
    return m.c(torch.cat([x, a, b], 1))


def padded_channels(m, x):
    y = F.relu(m.conv(x))
    return y + F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 1, 1))


def in_place(m, x):
    y = m.conv(x)
    z = F.dropout(y, 0.5, training=m.training)
    F.relu_(y)
    return z + m.conv(x)


IMAGE = (2, 7, 6)
MODULES = {
    "dense": (lambda: nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3)), (5,)),
    "flat images": (lambda: nn.Sequential(nn.Flatten(), nn.Linear(84, 4), nn.Sigmoid(), nn.Linear(4, 2)), IMAGE),
    "plain": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Dropout(),
            nn.Linear(16, 3),
        ),
        IMAGE,
    ),
    "stride": (lambda: nn.Conv2d(2, 3, (3, 2), stride=(2, 1), padding=(1, 0)), IMAGE),
    "same": (lambda: nn.Conv2d(2, 3, (5, 3), padding="same", dilation=(1, 2)), IMAGE),
    "dilation": (lambda: nn.Conv2d(2, 3, 3, dilation=2, padding=2, bias=False), IMAGE),
    "groups": (
        lambda: nn.Sequential(nn.Conv2d(2, 4, 1), nn.Conv2d(4, 6, 3, groups=2), nn.Conv2d(6, 12, 2, groups=6)),
        IMAGE,
    ),
    "line": (
        lambda: nn.Sequential(nn.Conv1d(3, 4, 3, 2, 1), nn.BatchNorm1d(4), nn.ReLU(), nn.MaxPool1d(2), nn.AvgPool1d(2)),
        (3, 16),
    ),
    "line, then flat": (
        lambda: nn.Sequential(nn.Conv1d(3, 4, 3), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(4, 2)),
        (3, 9),
    ),
    "transposed": (
        lambda: nn.Sequential(nn.ConvTranspose2d(2, 3, 3, 2, 1, output_padding=1), nn.BatchNorm2d(3)),
        IMAGE,
    ),
    "transposed groups": (lambda: nn.ConvTranspose2d(2, 4, (3, 2), stride=(2, 3), groups=2, dilation=(1, 2)), IMAGE),
    "transposed line": (lambda: nn.ConvTranspose1d(3, 2, 4, 2, 1), (3, 5)),
    "transposed, reading two": (
        lambda: Written(
            lambda m, x: m.t(torch.cat([m.a(x), m.b(x)], 1)),
            a=nn.Conv2d(2, 3, 1),
            b=nn.Conv2d(2, 1, 1),
            t=nn.ConvTranspose2d(4, 4, 2, 2, groups=2),
        ),
        IMAGE,
    ),
    "average, ceil": (lambda: nn.AvgPool2d(3, 2, 1, ceil_mode=True), IMAGE),
    "average, inside": (lambda: nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), (2, 6, 6)),
    "average, divisor": (lambda: nn.AvgPool2d((2, 3), divisor_override=5), IMAGE),
    "average, ceil, padded": (lambda: nn.AvgPool2d((3, 2), 2, (1, 0), ceil_mode=True), (1, 6, 7)),
    "maximum": (lambda: nn.Sequential(nn.MaxPool2d(3, 2, 1, ceil_mode=True), nn.ReLU()), IMAGE),
    "maximum, dilated": (lambda: nn.MaxPool2d((2, 3), 1, (0, 1), dilation=(2, 1)), IMAGE),
    "adaptive": (lambda: nn.AdaptiveAvgPool2d((2, 3)), (2, 6, 6)),
    "adaptive, larger": (lambda: nn.AdaptiveAvgPool2d(4), (3, 2, 2)),
    "adaptive, none": (lambda: nn.Sequential(nn.Conv2d(2, 2, 1), nn.AdaptiveAvgPool2d((None, 3))), IMAGE),
    "adaptive maximum": (lambda: nn.AdaptiveMaxPool2d(1), IMAGE),
    "mean": (
        lambda: Written(lambda m, x: m.fc(F.relu(m.conv(x)).mean((2, 3))), conv=nn.Conv2d(2, 3, 1), fc=nn.Linear(3, 2)),
        IMAGE,
    ),
    "mean of rows": (lambda: Written(lambda m, x: x.mean(2, keepdim=True)), IMAGE),
    "mean of columns": (lambda: Written(lambda m, x: m.conv(x.mean(-1)), conv=nn.Conv1d(2, 3, 2)), IMAGE),
    "upsampling": (lambda: nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(2, 1, 3)), IMAGE),
    "upsampling to a size": (lambda: Written(lambda m, x: F.interpolate(x, size=(14, 18))), IMAGE),
    "residual": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 3, 3, padding=1),
            Residual(3, 3),
            Residual(3, 4, 2),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(4, 2),
        ),
        IMAGE,
    ),
    "before": (lambda: nn.Sequential(nn.Conv2d(2, 3, 3), Before(3), Before(3), nn.BatchNorm2d(3)), IMAGE),
    "fire": (
        lambda: nn.Sequential(Fire(2, 3, 4), nn.MaxPool2d(3, 2, ceil_mode=True), Fire(8, 2, 3), nn.Conv2d(6, 3, 1)),
        IMAGE,
    ),
    "inception": (lambda: nn.Sequential(Inception(2), Inception(8)), IMAGE),
    "shuffled": (Shuffled, IMAGE),
    "interleaved": (Interleaved, IMAGE),
    "shuffled, in groups": (lambda: Shuffled(False), IMAGE),
    "dense block": (
        lambda: Written(
            dense_block,
            a=nn.Conv2d(2, 3, 3, padding=1),
            b=nn.Conv2d(5, 2, 1),
            norm=nn.BatchNorm2d(5),
            c=nn.Conv2d(7, 2, 1),
        ),
        IMAGE,
    ),
    "shared": (shared, IMAGE),
    "tied": (tied, (5,)),
    "own padding": (
        lambda: nn.Sequential(SameAsSize(2, 3, 3, stride=2), nn.ReLU(), SameAsSize(3, 3, 2, stride=2)),
        IMAGE,
    ),
    "read twice": (lambda: Written(reused, conv=nn.Conv2d(2, 3, 3)), IMAGE),
    "twice itself": (lambda: Written(lambda m, x: (lambda y: y + y)(m.conv(x)), conv=nn.Conv2d(2, 3, 3)), IMAGE),
    "computed weights": (lambda: Written(standardised, conv=nn.Conv2d(2, 3, 3)), IMAGE),
    "channels padded": (lambda: Written(padded_channels, conv=nn.Conv2d(2, 4, 3, 2, 1)), IMAGE),
    "in place": (lambda: Written(in_place, conv=nn.Conv2d(2, 3, 3)), IMAGE),
    "padded": (
        lambda: nn.Sequential(
            nn.ZeroPad2d((1, 0, 2, 1)), nn.Conv2d(2, 3, 3, padding=1), nn.ZeroPad2d(1), nn.MaxPool2d(3)
        ),
        IMAGE,
    ),
    "cropped": (lambda: nn.Sequential(nn.Conv2d(2, 3, 1), nn.ZeroPad2d((-1, 1, -2, 0)), nn.ReLU()), IMAGE),
    "last channels": (
        lambda: Written(
            lambda m, x: m.fc(m.conv(x).permute(0, 2, 3, 1).flatten(1)), conv=nn.Conv2d(2, 3, 3), fc=nn.Linear(60, 4)
        ),
        IMAGE,
    ),
    "channels of pixels": (
        lambda: Written(
            lambda m, x: m.conv(F.gelu(m.fc(x.permute(0, 2, 3, 1))).permute(0, 3, 1, 2)),
            fc=nn.Linear(2, 4),
            conv=nn.Conv2d(4, 1, 3),
        ),
        IMAGE,
    ),
    "there and back": (lambda: nn.Sequential(nn.Flatten(), nn.Unflatten(1, IMAGE), nn.Conv2d(2, 3, 3)), IMAGE),
    "generator": (
        lambda: nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Unflatten(1, (2, 3, 4)), nn.ConvTranspose2d(2, 1, 3, 2)),
        (4,),
    ),
    "norm of features": (
        lambda: nn.Sequential(nn.Conv2d(2, 3, 3), nn.Flatten(), nn.BatchNorm1d(60), nn.Linear(60, 2)),
        IMAGE,
    ),
    "norm without scales": (
        lambda: nn.Sequential(nn.BatchNorm2d(2, affine=False), nn.Conv2d(2, 1, 3), nn.ReLU(), nn.BatchNorm2d(1)),
        IMAGE,
    ),
    "pixels shuffled": (
        lambda: nn.Sequential(nn.Conv2d(2, 8, 1), nn.PixelShuffle(2), nn.PixelUnshuffle(2), nn.Conv2d(8, 1, 1)),
        IMAGE,
    ),
    "shifted": (
        lambda: Written(
            lambda m, x: m.conv((x - 0.3) / torch.tensor([2.0, -0.5])[:, None, None]) * -2 + 1, conv=nn.Conv2d(2, 3, 3)
        ),
        IMAGE,
    ),
    "difference": (
        lambda: Written(
            lambda m, x: m.a(x) - m.b(x) - F.relu(m.c(x)),
            a=nn.Conv2d(2, 3, 3),
            b=nn.Conv2d(2, 3, 3),
            c=nn.Conv2d(2, 3, 3),
        ),
        IMAGE,
    ),
    "turned around": (lambda: Written(lambda m, x: 1 - m.a(x), a=nn.Conv2d(2, 3, 3)), IMAGE),
    "product": (lambda: Written(lambda m, x: x @ m.a.weight.T, a=nn.Linear(5, 3)), (5,)),
    "split": (
        lambda: Written(
            lambda m, x: torch.cat([m.a(y) for y in m.conv(x).split([1, 3, 1], 1)[1:2]] + [m.conv(x)[:, 3:]], 1),
            conv=nn.Conv2d(2, 5, 3),
            a=nn.Conv2d(3, 2, 1),
        ),
        IMAGE,
    ),
    "twice the same": (
        lambda: Written(lambda m, x: m.conv(torch.cat([x, x], 1)), conv=nn.Conv2d(4, 3, 3)),
        IMAGE,
    ),
    "sloped": (
        lambda: Written(
            lambda m, x: m.p(torch.cat([m.a(x), m.b(x)], 1)), a=nn.Conv2d(2, 3, 3), b=nn.Conv2d(2, 2, 3), p=nn.PReLU(5)
        ),
        IMAGE,
    ),
    "input activated": (lambda: nn.Sequential(nn.ReLU(), nn.ReLU6(), nn.Conv2d(2, 1, 3)), IMAGE),
}
ACTIVATIONS = [
    nn.ReLU(), nn.ReLU6(), nn.Hardtanh(-0.5, 0.7), nn.LeakyReLU(0.2), nn.PReLU(), nn.ELU(0.7), nn.SELU(), nn.CELU(1.3),
    nn.Softplus(2.0), nn.Tanh(), nn.Sigmoid(), nn.Hardsigmoid(), nn.LogSigmoid(), nn.Softsign(), nn.Threshold(0.1, 0.0),
    nn.Hardshrink(0.3), nn.Softshrink(0.2), nn.Tanhshrink(), nn.SiLU(), nn.GELU(), nn.GELU("tanh"), nn.Mish(),
    nn.Hardswish(),
]  # fmt: skip
MODULES |= {
    f"activation {a!r}": (lambda a=a: nn.Sequential(nn.Conv2d(2, 3, 2), a, nn.Conv2d(3, 1, 2)), IMAGE)
    for a in ACTIVATIONS
}
