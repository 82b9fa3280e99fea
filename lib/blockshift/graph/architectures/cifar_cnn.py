"""Six convolutions and three dense layers on pictures of 32×32, with batch-norm after each ReLU.

After a ReLU, batch-norm cannot be absorbed into the convolution before it: its scale, sign included, belongs to the
edges that leave the ReLU.
"""

from torch import nn

#: channels of the six convolutions of 3×3 without padding; a 2×2 maximum pooling follows the second and the fourth
WIDTHS = (64, 64, 128, 128, 64, 64)


class CifarCNN(nn.Module):
    """A convolutional network: pictures ``(m, 3, 32, 32)`` to scores ``(m, classes)``, which end in a ReLU as well."""

    def __init__(self, classes: int = 10):
        super().__init__()
        found: list[nn.Module] = []
        width = 3
        for place, wider in enumerate(WIDTHS):
            found += [nn.Conv2d(width, wider, 3), nn.ReLU(), nn.BatchNorm2d(wider, eps=1e-3)]
            if place in (1, 3):
                found.append(nn.MaxPool2d(2))
            width = wider
        self.features = nn.Sequential(*found)
        self.classifier = nn.Sequential(
            nn.Linear(width, 1024), nn.ReLU(), nn.Dropout(0.2),
            nn.Linear(1024, 512), nn.ReLU(), nn.Dropout(0.2),
            nn.Linear(512, classes), nn.ReLU(),
        )  # fmt: skip

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))
