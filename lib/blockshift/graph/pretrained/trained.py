"""A trained network: the module, what it takes in, and where it comes from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from blockshift import errors
from blockshift.graph.pretrained.preprocessing import Preprocessing

#: Pictures that go through a network at a time; more would only need more memory.
BATCH = 20


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """A trained network.

    Parameters
    ----------
    name : str
    about : str
        What it is and what it was trained for, in a few words.
    input_shape : tuple of int
        ``(c, H, W)``.
    parameters : int
        Weights and biases, batch-norm's included.
    module : torch.nn.Module or None
        In evaluation mode. None for a network that comes as a file of ONNX.
    file : Path or None
        The file of ONNX.
    preprocessing : Preprocessing or None
        None where only the owner of the file knows it.
    classes : tuple of str or None
        What the outputs stand for.
    source, licence : str
        The package with its version, or the file; and under what licence it says it comes.
    initial : torch.nn.Module or None
        The same network before training, where that was kept.
    batch : int or None
        How many inputs the module takes at a time, where it takes no other number: an exported one.
    """

    name: str
    about: str
    input_shape: tuple[int, int, int]
    parameters: int
    module: Any = None
    file: Path | None = None
    preprocessing: Preprocessing | None = None
    classes: tuple[str, ...] | None = None
    source: str = ""
    licence: str = ""
    initial: Any = None
    batch: int | None = None

    def scores(self, inputs: np.ndarray) -> np.ndarray:
        """What the network answers, one row or stack for each input.

        Parameters
        ----------
        inputs : ndarray, shape (m, c, H, W)
            Preprocessed.

        Raises
        ------
        ShapeMismatch
            If the inputs do not fit.
        BadArgument
            If the network is no module but a file.
        """
        if self.module is None:
            raise errors.BadArgument(
                f"{self.name!r} is a file of ONNX, not a torch module; trace it: the graph of it runs with forward()."
            )
        import torch

        inputs = np.asarray(inputs, dtype=np.float32)
        if inputs.ndim != 4 or inputs.shape[1:] != self.input_shape:
            raise errors.ShapeMismatch(
                f"inputs of shape {inputs.shape} were given; expected (m, {', '.join(map(str, self.input_shape))})."
            )
        if not len(inputs):
            raise errors.ShapeMismatch("no inputs were given; expected one at least.")
        at_a_time = self.batch or BATCH
        idle = -len(inputs) % at_a_time if self.batch else 0
        filled = np.concatenate([inputs, np.zeros((idle, *self.input_shape), dtype=np.float32)])
        with torch.no_grad():
            parts = [self.module(torch.tensor(filled[i : i + at_a_time])) for i in range(0, len(filled), at_a_time)]
        return torch.cat(parts).numpy()[: len(inputs)]

    def __repr__(self) -> str:
        shape = "×".join(map(str, self.input_shape))
        return f"Model({self.name}: {self.about}, {self.parameters:,} parameters, input {shape})"


def count(module: Any) -> int:
    """The number of parameters of a module, each counted once."""
    return sum(parameter.numel() for parameter in module.parameters())
