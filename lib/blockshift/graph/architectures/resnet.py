"""Residual networks of depth 18, 34 and 50. Names of parameters as in torchvision."""

from torch import nn

#: depth: blocks in each of the four stages
STAGES = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3)}


def _skip(into: int, out: int, stride: int) -> nn.Module | None:
    """What stands beside a block: nothing where the shape stays, else a convolution of one pixel."""
    if stride == 1 and into == out:
        return None
    return nn.Sequential(nn.Conv2d(into, out, 1, stride, bias=False), nn.BatchNorm2d(out))


class Basic(nn.Module):
    """Two convolutions of 3×3 and a skip around both."""

    expansion = 1

    def __init__(self, into: int, width: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(into, width, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.downsample = _skip(into, width, stride)

    def forward(self, x):
        beside = x if self.downsample is None else self.downsample(x)
        y = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(y)) + beside)


class Bottleneck(nn.Module):
    """A convolution of 3×3 between two of one pixel, and a skip around the three; the middle one has the stride."""

    expansion = 4

    def __init__(self, into: int, width: int, stride: int):
        super().__init__()
        out = width * self.expansion
        self.conv1 = nn.Conv2d(into, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU()
        self.downsample = _skip(into, out, stride)

    def forward(self, x):
        beside = x if self.downsample is None else self.downsample(x)
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        return self.relu(self.bn3(self.conv3(y)) + beside)


def _stage(block: type[Basic] | type[Bottleneck], into: int, width: int, count: int, stride: int) -> nn.Sequential:
    """Blocks of one width, of which the first has the stride."""
    rest = (block(width * block.expansion, width, 1) for _ in range(1, count))
    return nn.Sequential(block(into, width, stride), *rest)


class ResNet(nn.Module):
    """A residual network of depth 18, 34 or 50: pictures ``(m, 3, 224, 224)`` to scores ``(m, classes)``.

    Source: [he2016deep]; in depth 50 with the stride in the convolution of 3×3, as in torchvision.
    """

    def __init__(self, depth: int, classes: int = 1000):
        super().__init__()
        block: type[Basic] | type[Bottleneck] = Basic if depth < 50 else Bottleneck
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, padding=1)
        first, second, third, fourth = STAGES[depth]
        self.layer1 = _stage(block, 64, 64, first, 1)
        self.layer2 = _stage(block, 64 * block.expansion, 128, second, 2)
        self.layer3 = _stage(block, 128 * block.expansion, 256, third, 2)
        self.layer4 = _stage(block, 256 * block.expansion, 512, fourth, 2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(512 * block.expansion, classes)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1))
