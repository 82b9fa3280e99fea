"""Three small networks for digits of 28×28: dense, convolutional, and residual with batch-norm. No maximum pooling.

They begin as He's initialisation does: weights are independent normal numbers of variance ``2 / fan-in``, biases zero,
batch-norm the identity. The random numbers are NumPy's, so that a seed gives the same start everywhere.
"""

import numpy as np
import torch
from torch import nn


class DigitMLP(nn.Module):
    """Dense layers 784 → 48 → 32 → classes with ReLU between them."""

    def __init__(self, classes: int = 10):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(), nn.Linear(784, 48), nn.ReLU(), nn.Linear(48, 32), nn.ReLU(), nn.Linear(32, classes)
        )  # fmt: skip

    def forward(self, x):
        return self.layers(x)


class DigitCNN(nn.Module):
    """Three convolutions with ReLU, average pooling after the first two, and one dense layer."""

    def __init__(self, classes: int = 10):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.AvgPool2d(2),
            nn.Conv2d(8, 16, 5, padding=2), nn.ReLU(), nn.AvgPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(),
        )  # fmt: skip
        self.classifier = nn.Linear(32 * 7 * 7, classes)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


class Residual(nn.Module):
    """Two convolutions with batch-norm and the identity beside them."""

    def __init__(self, width: int):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(y)) + x)


class DigitResNet(nn.Module):
    """Two residual blocks, each after a convolution with stride 2, then the mean over the picture and a dense layer."""

    def __init__(self, classes: int = 10):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), Residual(16),
            nn.Conv2d(16, 32, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(), Residual(32),
            nn.AvgPool2d(7),
        )  # fmt: skip
        self.classifier = nn.Linear(32, classes)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


def start(module: nn.Module, *, rng: np.random.Generator) -> nn.Module:
    """The same module, at He's initialisation.

    Source: [he2015delving].
    """
    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            weight = part.weight
            scale = np.sqrt(2 / weight[0].numel())
            with torch.no_grad():
                weight.copy_(torch.from_numpy(scale * rng.standard_normal(tuple(weight.shape))))
            if part.bias is not None:
                nn.init.zeros_(part.bias)
    return module
