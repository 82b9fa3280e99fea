"""The plain deep networks of 3×3 convolutions, VGG, with and without batch-norm. Names as in torchvision."""

from torch import nn

#: depth: 3×3 convolutions in each of the five blocks; a 2×2 maximum pooling closes a block
BLOCKS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
WIDTHS = (64, 128, 256, 512, 512)


def layers(depth: int, norm: bool) -> list[nn.Module]:
    """The convolutional layers of VGG of that depth, last pooling included."""
    found: list[nn.Module] = []
    width = 3
    for convolutions, wider in zip(BLOCKS[depth], WIDTHS, strict=True):
        for _ in range(convolutions):
            found.append(nn.Conv2d(width, wider, 3, padding=1))
            if norm:
                found.append(nn.BatchNorm2d(wider))
            found.append(nn.ReLU())
            width = wider
        found.append(nn.MaxPool2d(2))
    return found


class VGG(nn.Module):
    """VGG of depth 11, 13, 16 or 19: pictures ``(m, 3, 224, 224)`` to scores ``(m, classes)``.

    Source: [simonyan2015very].
    """

    def __init__(self, depth: int, norm: bool = False, classes: int = 1000):
        super().__init__()
        self.features = nn.Sequential(*layers(depth, norm))
        self.avgpool = nn.AdaptiveAvgPool2d(7)
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096), nn.ReLU(), nn.Dropout(),
            nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(),
            nn.Linear(4096, classes),
        )  # fmt: skip

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


class Trunk(nn.Module):
    """The thirteen convolutions of VGG16: pictures ``(m, 3, H, W)`` to feature maps ``(m, 512, H/16, W/16)``."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(*layers(16, norm=False)[:-1])

    def forward(self, x):
        return self.features(x)
