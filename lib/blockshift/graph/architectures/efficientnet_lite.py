"""EfficientNet-Lite 0, 1 and 2: inverted residual blocks with ReLU6, without squeeze and excitation.

A convolution with stride pads as TensorFlow's "same" does: to ``ceil(size / stride)`` pixels, and where the number of
zeros is odd, the odd one to the right and below. How many that are depends on the size of the picture, so a network is
made for one size. Names of parameters as in the published weights.
"""

import math

from torch import nn

#: kernel, stride of the first block, widening, channels, blocks
STAGES = (
    (3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3), (5, 1, 6, 112, 3), (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)  # fmt: skip
#: variant: factor of widths, factor of depths
VARIANTS = {0: (1.0, 1.0), 1: (1.0, 1.1), 2: (1.1, 1.2)}
STEM, HEAD = 32, 1280


def _norm(channels: int) -> nn.BatchNorm2d:
    """Batch-norm with TensorFlow's constants."""
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


def _same(size: int, kernel: int, stride: int) -> nn.Module:
    """The zeros around a picture of that size before a convolution that keeps ``ceil(size / stride)`` pixels."""
    zeros = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
    return nn.ZeroPad2d((zeros // 2, zeros - zeros // 2, zeros // 2, zeros - zeros // 2))


def _wider(channels: int, factor: float) -> int:
    """That many channels times a factor, to the nearest multiple of 8, and not below nine tenths of what was asked."""
    wanted = channels * factor
    found = max(8, int(wanted + 4) // 8 * 8)
    return found + 8 if found < 0.9 * wanted else found


class Block(nn.Module):
    """Widen, convolve each channel by itself, narrow; a skip around all where the shape stays."""

    def __init__(self, into: int, out: int, kernel: int, stride: int, widening: int, size: int):
        super().__init__()
        hidden = into * widening
        self.widens = widening != 1
        if self.widens:
            self._expand_conv = nn.Conv2d(into, hidden, 1, bias=False)
            self._bn0 = _norm(hidden)
        self.pad = _same(size, kernel, stride)
        self._depthwise_conv = nn.Conv2d(hidden, hidden, kernel, stride, groups=hidden, bias=False)
        self._bn1 = _norm(hidden)
        self._project_conv = nn.Conv2d(hidden, out, 1, bias=False)
        self._bn2 = _norm(out)
        self.relu = nn.ReLU6()
        self.skips = stride == 1 and into == out

    def forward(self, x):
        y = x
        if self.widens:
            y = self.relu(self._bn0(self._expand_conv(y)))
        y = self.relu(self._bn1(self._depthwise_conv(self.pad(y))))
        y = self._bn2(self._project_conv(y))
        return x + y if self.skips else y


class EfficientNetLite(nn.Module):
    """EfficientNet-Lite 0, 1 or 2 for pictures ``(m, 3, size, size)``, to scores ``(m, classes)``.

    Source: [tan2019efficientnet] scaled and simplified as in the published Lite variants.
    """

    def __init__(self, variant: int, classes: int = 1000, size: int = 224):
        super().__init__()
        wide, deep = VARIANTS[variant]
        self.pad = _same(size, 3, 2)
        self._conv_stem = nn.Conv2d(3, STEM, 3, 2, bias=False)
        self._bn0 = _norm(STEM)
        size, width = math.ceil(size / 2), STEM
        blocks: list[nn.Module] = []
        for place, (kernel, stride, widening, channels, count) in enumerate(STAGES):
            # The first stage and the last one keep their number of blocks; stem and head keep their width.
            repeated = count if place in (0, len(STAGES) - 1) else math.ceil(count * deep)
            out = _wider(channels, wide)
            for i in range(repeated):
                blocks.append(Block(width, out, kernel, stride if i == 0 else 1, widening, size))
                size, width = math.ceil(size / stride) if i == 0 else size, out
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = nn.Conv2d(width, HEAD, 1, bias=False)
        self._bn1 = _norm(HEAD)
        self.relu = nn.ReLU6()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(0.2)
        self._fc = nn.Linear(HEAD, classes)

    def forward(self, x):
        x = self.relu(self._bn0(self._conv_stem(self.pad(x))))
        for block in self._blocks:
            x = block(x)
        x = self.relu(self._bn1(self._conv_head(x)))
        return self._fc(self.dropout(self.avgpool(x).flatten(1)))
