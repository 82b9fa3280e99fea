"""Architectures of convolutional networks by name, in our own words, with the parameter names that weight files use.

Those that torchvision has take its state dicts as they are. The rooms below import torch; this one does not, so that
the table can be read without it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from blockshift import errors


@dataclass(frozen=True)
class Architecture:
    """What has to be known of an architecture before a module of it is made.

    Parameters
    ----------
    name : str
    room, kind : str
        The room below this one, and the class in it.
    head : str
        The parameter whose first axis counts the classes; empty where there is none.
    classes : int
        As published.
    channels, size : int
        Of the pictures it was made for.
    arguments : tuple
        What tells this member of a family from the others.
    sized : bool
        Whether the module depends on the size of the picture.
    unused : tuple of str
        Beginnings of names that a state dict may have besides.
    """

    name: str
    room: str
    kind: str
    head: str = ""
    classes: int = 1000
    channels: int = 3
    size: int = 224
    arguments: tuple = ()
    sized: bool = False
    unused: tuple[str, ...] = ()

    def build(self, *, classes: int | None = None, size: int | None = None):
        """A new module of this architecture, in evaluation mode, with whatever weights torch begins with."""
        options: dict[str, Any] = {"classes": classes or self.classes} if self.head else {}
        if self.sized:
            options["size"] = size or self.size
        made = getattr(import_module(f"blockshift.graph.architectures.{self.room}"), self.kind)
        return made(*self.arguments, **options).eval()

    def fill(self, state: Mapping[str, Any], *, size: int | None = None):
        """A module of this architecture that holds the tensors of a state dict, in evaluation mode.

        Raises
        ------
        ShapeMismatch
            If the names or the shapes are those of another architecture.
        """
        wanted = {name: tensor for name, tensor in state.items() if not name.startswith(self.unused or ("\0",))}
        classes = len(wanted[self.head]) if self.head in wanted and wanted[self.head].ndim else None
        module = self.build(classes=classes, size=size)
        try:
            module.load_state_dict(wanted)
        except RuntimeError:
            raise errors.ShapeMismatch(self._difference(module.state_dict(), wanted)) from None
        return module.requires_grad_(False)

    def _difference(self, own: Mapping[str, Any], given: Mapping[str, Any]) -> str:
        """The first way in which a state dict is not one of this architecture."""
        missing = [name for name in own if name not in given and not name.endswith("num_batches_tracked")]
        strange = [name for name in given if name not in own]
        other = [name for name in own if name in given and own[name].shape != given[name].shape]
        if missing:
            what = f"lacks {missing[0]!r} and {len(missing) - 1} more"
        elif strange:
            what = f"has {strange[0]!r} and {len(strange) - 1} more that it should not"
        else:
            what = f"has {other[0]!r} of shape {tuple(given[other[0]].shape)}, not {tuple(own[other[0]].shape)}"
        return f"the weights {what} for the architecture {self.name!r}; name the architecture they were made for."


def _known() -> dict[str, Architecture]:
    """All architectures by name."""
    found = [
        Architecture("alexnet", "alexnet", "AlexNet", "classifier.6.weight"),
        Architecture("googlenet", "googlenet", "GoogLeNet", "fc.weight", unused=("aux1.", "aux2.")),
        Architecture("mobilenet-v1", "mobilenet", "MobileNetV1", "classifier.weight"),
        Architecture("mobilenet-v2", "mobilenet", "MobileNetV2", "classifier.1.weight"),
        Architecture("squeezenet", "squeezenet", "SqueezeNet", "classifier.1.weight"),
        Architecture("vgg16-trunk", "vgg", "Trunk"),
        Architecture("cifar-cnn", "cifar_cnn", "CifarCNN", "classifier.6.weight", classes=10, size=32),
    ]
    for depth in (18, 34, 50):
        found.append(Architecture(f"resnet-{depth}", "resnet", "ResNet", "fc.weight", arguments=(depth,)))
    for depth in (11, 13, 16, 19):
        for ending, norm in (("", False), ("-bn", True)):
            found.append(
                Architecture(f"vgg{depth}{ending}", "vgg", "VGG", "classifier.6.weight", arguments=(depth, norm))
            )
    for variant, size in enumerate((224, 240, 260)):
        found.append(
            Architecture(
                f"efficientnet-lite{variant}", "efficientnet_lite", "EfficientNetLite", "_fc.weight",
                size=size, arguments=(variant,), sized=True,
            )
        )  # fmt: skip
    for name, kind, head in (
        ("digit-mlp", "DigitMLP", "layers.5.weight"),
        ("digit-cnn", "DigitCNN", "classifier.weight"),
        ("digit-resnet", "DigitResNet", "classifier.weight"),
    ):
        found.append(Architecture(name, "digit_networks", kind, head, classes=10, channels=1, size=28))
    return {architecture.name: architecture for architecture in sorted(found, key=lambda a: a.name)}


#: Every architecture that is known, by name.
KNOWN = _known()


def named(name: str) -> Architecture:
    """The architecture of that name.

    Raises
    ------
    UnknownName
        If there is none.

    Examples
    --------
    >>> named("resnet-18").size
    224
    """
    if name not in KNOWN:
        raise errors.UnknownName(f"no architecture is called {name!r}; there are {', '.join(KNOWN)}.")
    return KNOWN[name]
