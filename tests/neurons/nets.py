"""Small torch classifiers for the tests: written out by hand, as a reader's own might be."""

import torch
from torch import nn
from torch.nn import functional


def seeded(build, seed=0):
    """A model with weights that a seed decides, in evaluation mode; torch's own state is left alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build().eval()


class Conv(nn.Module):
    """Two convolutions, batch-norm, max-pooling, and a dense end; the second activation is a function, not a module."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 3, 3, padding=1)
        self.norm = nn.BatchNorm2d(3)
        self.relu = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool2d(2)
        self.second = nn.Conv2d(3, 4, 3)
        self.end = nn.Linear(4 * 2 * 2, 3)

    def forward(self, x):
        x = self.pool(self.relu(self.norm(self.first(x))))
        return self.end(functional.relu(self.second(x)).flatten(1))


class WithLayerNorm(nn.Module):
    """Something that no substitution makes linear."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.end = nn.Linear(4, 6), nn.Linear(6, 6), nn.Linear(6, 3)
        self.norm = nn.LayerNorm(6)

    def forward(self, x):
        return self.end(self.norm(self.second(torch.relu(self.first(x)))))


class Residual(nn.Module):
    """A block with a skip round its second activation."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.end = nn.Linear(4, 5), nn.Linear(5, 5), nn.Linear(5, 3)

    def forward(self, x):
        a = torch.tanh(self.first(x))
        return self.end(a + torch.tanh(self.second(a)))


def step_classifier():
    """Two classes by the sign of the first coordinate: outputs (-x, x)."""
    model = nn.Sequential(nn.Linear(1, 1, bias=False), nn.ReLU(), nn.Linear(1, 2))
    with torch.no_grad():
        model[0].weight.fill_(1.0)
        model[2].weight.copy_(torch.tensor([[-1.0], [1.0]]))
        model[2].bias.copy_(torch.tensor([0.5, -0.5]))
    return model.eval()
