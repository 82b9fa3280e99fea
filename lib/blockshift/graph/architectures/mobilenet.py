"""Two networks of depthwise convolutions: MobileNetV1, and MobileNetV2 with names of parameters as in torchvision."""

from torch import nn

#: MobileNetV1: channels and stride of each depthwise pair
PAIRS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
    (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
)  # fmt: skip
#: MobileNetV2: widening inside a block, channels, blocks, stride of the first
STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def _convolution(into: int, out: int, size: int, stride: int = 1, groups: int = 1, bound: float = 6.0) -> nn.Sequential:
    """A convolution that keeps its picture centred, batch-norm, and ReLU up to a bound (6) or without one."""
    return nn.Sequential(
        nn.Conv2d(into, out, size, stride, size // 2, groups=groups, bias=False),
        nn.BatchNorm2d(out),
        nn.ReLU6() if bound == 6.0 else nn.ReLU(),
    )


class MobileNetV1(nn.Module):
    """MobileNetV1 of full width: pictures ``(m, 3, 224, 224)`` to scores ``(m, classes)``.

    Source: [howard2017mobilenets]; ReLU without an upper bound, padding the same on all sides.
    """

    def __init__(self, classes: int = 1000):
        super().__init__()
        found = [_convolution(3, 32, 3, 2, bound=float("inf"))]
        width = 32
        for wider, stride in PAIRS:
            found.append(_convolution(width, width, 3, stride, groups=width, bound=float("inf")))
            found.append(_convolution(width, wider, 1, bound=float("inf")))
            width = wider
        self.features = nn.Sequential(*found)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(width, classes)

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


class Inverted(nn.Module):
    """A block that widens, convolves each channel by itself, and narrows again without a non-linearity."""

    def __init__(self, into: int, out: int, stride: int, widening: int):
        super().__init__()
        hidden = into * widening
        widen = [] if widening == 1 else [_convolution(into, hidden, 1)]
        narrow = [nn.Conv2d(hidden, out, 1, bias=False), nn.BatchNorm2d(out)]
        self.conv = nn.Sequential(*widen, _convolution(hidden, hidden, 3, stride, groups=hidden), *narrow)
        self.skips = stride == 1 and into == out

    def forward(self, x):
        return x + self.conv(x) if self.skips else self.conv(x)


class MobileNetV2(nn.Module):
    """MobileNetV2 of full width: pictures ``(m, 3, 224, 224)`` to scores ``(m, classes)``.

    Source: [sandler2018mobilenetv2].
    """

    def __init__(self, classes: int = 1000):
        super().__init__()
        found: list[nn.Module] = [_convolution(3, 32, 3, 2)]
        width = 32
        for widening, out, blocks, stride in STAGES:
            for i in range(blocks):
                found.append(Inverted(width, out, stride if i == 0 else 1, widening))
                width = out
        found.append(_convolution(width, 1280, 1))
        self.features = nn.Sequential(*found)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, classes))

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)).flatten(1))
