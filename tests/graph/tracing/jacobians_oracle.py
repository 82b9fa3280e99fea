"""The adjacency matrix of a network without activations, from its derivatives: one column for each node of a layer."""

import torch


def matrix(module, shape):
    """The matrix of an affine module between flattened maps, channels of a pixel together, shape ``(out, in)``."""
    x = torch.zeros((1, *shape), dtype=torch.float64)
    columns = []
    constant = _flat(module(x))
    for row in range(shape[1]):
        for column in range(shape[2]):
            for channel in range(shape[0]):
                x[0, channel, row, column] = 1.0
                columns.append(_flat(module(x)) - constant)
                x[0, channel, row, column] = 0.0
    return torch.stack(columns, dim=1)


def _flat(maps):
    """Maps pixel by pixel, the channels of a pixel together."""
    return maps.detach()[0].permute(1, 2, 0).reshape(-1)
