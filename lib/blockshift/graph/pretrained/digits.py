"""Three small networks that we train ourselves on handwritten digits, with what they were before, and on the way.

The training set is the first 400 pictures of each digit, the test set the last 100, of the 5,000 in ``images()``. All
three are trained alike: He's initialisation, stochastic gradient descent with Nesterov momentum 0.9, steps that fall to
zero along a cosine, weight decay 5e-4 on all parameters, cross-entropy, batches of 125, 64 epochs, pictures shifted at
random by up to one pixel. NumPy draws every random number, so that a seed means the same start and the same order of
pictures everywhere; the sums of a library of linear algebra may differ in the last bits, and training makes them grow.

Kept are the state at the start and at the end for every seed, and for seed 0 twelve states in all, after 0, 1/16, 1/8,
..., 64 epochs. ``python -m chapters.data.digit_networks`` makes the files again.
"""

import functools
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from blockshift import errors
from blockshift.graph import architectures, images

#: How many of the 500 pictures of each digit are for training.
TRAINING = 400
BATCH = 125
MOMENTUM = 0.9
WEIGHT_DECAY = 5e-4
#: Pixels by which pictures are shifted at most.
SHIFT = 1
EPOCHS = 64
#: After how many epochs a state is kept: twice as long each time.
CHECKPOINTS = (0.0, *(2.0**k for k in range(-4, 7)))
SEEDS = (0, 1, 2)
#: Makes the files again.
REMAKE = "python -m chapters.data.digit_networks"


@dataclass(frozen=True)
class Recipe:
    """How one of the three networks is trained.

    Parameters
    ----------
    architecture, about : str
    parameters : int
    rate : float
        Length of the first step.
    """

    architecture: str
    about: str
    parameters: int
    rate: float


RECIPES = {
    "mnist-mlp": Recipe("digit-mlp", "three dense layers trained on 4,000 digits of MNIST", 39_578, 0.1),
    "mnist-cnn": Recipe("digit-cnn", "three convolutions trained on 4,000 digits of MNIST", 23_754, 0.05),
    "mnist-resnet": Recipe("digit-resnet", "two residual blocks trained on 4,000 digits of MNIST", 28_410, 0.1),
}


@dataclass(frozen=True, eq=False)
class State:
    """A network on its way.

    Parameters
    ----------
    seed : int
    epoch : float
    values : ndarray of float32, shape (n,)
        The state dict, one tensor after the other.
    loss : float
        Mean over the test set.
    accuracy : float
        On the test set.
    """

    seed: int
    epoch: float
    values: np.ndarray
    loss: float
    accuracy: float


def path_of(name: str) -> Path:
    """Where the states of that network are kept."""
    return Path(__file__).resolve().parents[4] / "chapters" / "data" / f"{name}.npz"


def _recipe(name: str) -> Recipe:
    """How the network of that name is trained."""
    if name not in RECIPES:
        raise errors.UnknownName(f"no network trained here is called {name!r}; there are {', '.join(RECIPES)}.")
    return RECIPES[name]


@functools.cache
def split() -> tuple[np.ndarray, np.ndarray]:
    """The places of the training pictures and of the test pictures among the 5,000."""
    labels = images.images("mnist-5k").labels
    places = [np.flatnonzero(labels == digit) for digit in range(10)]
    return np.concatenate([p[:TRAINING] for p in places]), np.concatenate([p[TRAINING:] for p in places])


def _parts(module: Any) -> Iterator[Any]:
    """The tensors of real numbers in a state dict, in its order."""
    return (tensor for tensor in module.state_dict().values() if tensor.is_floating_point())


def flat(module: Any) -> np.ndarray:
    """The state of a module as one vector of float32."""
    return np.concatenate([tensor.detach().numpy().ravel() for tensor in _parts(module)]).astype(np.float32)


def filled(module: Any, values: np.ndarray) -> Any:
    """The same module with the state that a vector holds, in evaluation mode.

    Raises
    ------
    ShapeMismatch
        If the vector is too long or too short.
    """
    import torch

    sizes = [tensor.numel() for tensor in _parts(module)]
    if sum(sizes) != len(values):
        raise errors.ShapeMismatch(f"{len(values)} numbers were given for a network whose state has {sum(sizes)}.")
    with torch.no_grad():
        for tensor, part in zip(_parts(module), np.split(values, np.cumsum(sizes)[:-1]), strict=True):
            tensor.copy_(torch.from_numpy(np.array(part)).reshape(tensor.shape))
    return module.eval().requires_grad_(False)


def _measured(module: Any, inputs: Any, labels: Any) -> tuple[float, float]:
    """Mean cross-entropy and share of right answers, in evaluation mode."""
    import torch
    from torch.nn import functional

    module.eval()
    with torch.no_grad():
        scores = module(inputs)
        return float(functional.cross_entropy(scores, labels)), float((scores.argmax(1) == labels).double().mean())


def train(name: str, *, seed: int, epochs: float = EPOCHS) -> Iterator[State]:
    """The states of one training run at its checkpoints, up to an epoch; nothing before it depends on where that is.

    Raises
    ------
    UnknownName
        If it is none of the three.

    Source: [he2015delving] for the start, [lecun1998gradient] for the digits.
    """
    import torch
    from torch.nn import functional

    from blockshift.graph.architectures import digit_networks

    recipe = _recipe(name)
    rng = np.random.default_rng(seed)
    module = digit_networks.start(architectures.named(recipe.architecture).build(), rng=rng)
    data = images.images("mnist-5k")
    pixels = torch.tensor(data.pixels, dtype=torch.float32).reshape(-1, 1, 28, 28)
    labels = torch.tensor(data.labels)
    training, test = split()
    steps_in_epoch = len(training) // BATCH
    last = round(epochs * steps_in_epoch)
    wanted = {round(epoch * steps_in_epoch): epoch for epoch in CHECKPOINTS}
    optimizer = torch.optim.SGD(
        module.parameters(), recipe.rate, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY, nesterov=True
    )  # fmt: skip
    order = training
    for step in range(last + 1):
        if step in wanted:
            loss, accuracy = _measured(module, pixels[test], labels[test])
            yield State(seed, wanted[step], flat(module), loss, accuracy)
        if step == last:
            return
        if step % steps_in_epoch == 0:
            order = rng.permutation(training)
        start = step % steps_in_epoch * BATCH
        batch = order[start : start + BATCH]
        module.train()
        optimizer.param_groups[0]["lr"] = recipe.rate * (1 + np.cos(np.pi * step / (EPOCHS * steps_in_epoch))) / 2
        error = functional.cross_entropy(module(_shifted(pixels[batch], rng=rng)), labels[batch])
        optimizer.zero_grad()
        error.backward()
        optimizer.step()


def _shifted(pictures: Any, *, rng: np.random.Generator) -> Any:
    """Each picture moved by up to `SHIFT` pixels, zeros following."""
    import torch
    from torch.nn import functional

    size = pictures.shape[-1]
    padded = functional.pad(pictures, (SHIFT,) * 4)
    moves = rng.integers(0, 2 * SHIFT + 1, (len(pictures), 2))
    return torch.stack([padded[i, :, y : y + size, x : x + size] for i, (y, x) in enumerate(moves.tolist())])


def write(name: str, states: list[State], path: Path) -> None:
    """Writes states, which :func:`states` reads."""
    np.savez(
        path, values=np.stack([state.values for state in states]), seed=np.array([state.seed for state in states]),
        epoch=np.array([state.epoch for state in states]), loss=np.array([state.loss for state in states]),
        accuracy=np.array([state.accuracy for state in states]),
    )  # fmt: skip


@functools.lru_cache(maxsize=8)
def states(name: str, path: Path | None = None) -> tuple[State, ...]:
    """All states that are kept of one of the three networks, by seed and epoch.

    Raises
    ------
    UnknownName
        If it is none of the three.
    NotInstalled
        If the file is not there.
    BadArgument
        If it is not what `write` wrote.
    """
    _recipe(name)
    path = path or path_of(name)
    try:
        with np.load(path, allow_pickle=False) as file:
            columns = [file[key] for key in ("seed", "epoch", "values", "loss", "accuracy")]
    except FileNotFoundError:
        raise errors.NotInstalled(f"{path} is not there; {REMAKE} in a checkout of the project makes it.") from None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as problem:
        raise errors.BadArgument(f"{path} does not hold states of {name!r} ({problem}); {REMAKE} makes it.") from None
    columns[2].flags.writeable = False
    return tuple(
        State(int(seed), float(epoch), values, float(loss), float(accuracy))
        for seed, epoch, values, loss, accuracy in zip(*columns, strict=True)
    )


def state(name: str, seed: int = 0, epoch: float | None = None) -> State:
    """The state of one network with that seed after that epoch, at the end of training if none is named.

    Raises
    ------
    BadArgument
        If no such state is kept; the message says which are.
    """
    epoch = EPOCHS if epoch is None else epoch
    kept = states(name)
    for found in kept:
        if (found.seed, found.epoch) == (seed, epoch):
            return found
    epochs = [f"{s.epoch:g}" for s in kept if s.seed == seed]
    what = f"epochs {', '.join(epochs)}" if epochs else f"seeds {', '.join(map(str, sorted({s.seed for s in kept})))}"
    raise errors.BadArgument(
        f"no state of {name!r} with seed {seed} after epoch {epoch:g} is kept; there are {what}. "
        f"digits.train({name!r}, seed={seed}) makes others."
    )
