"""Archives of torch.export: the plain ones are read, and whatever could run is refused or left behind."""

import json
import pathlib
import pickle
import zipfile

import numpy as np
import pytest
import torch

from blockshift import errors
from blockshift.graph import architectures
from blockshift.graph.pretrained import doors, exported

GRAPH = "models/model.json"
WEIGHTS, CONSTANTS = exported.CONFIGURATIONS


@pytest.fixture(scope="module")
def module():
    return architectures.named("digit-mlp").build()


@pytest.fixture(scope="module")
def archive(module, tmp_path_factory):
    path = tmp_path_factory.mktemp("exported") / "network.pt2"
    torch.export.save(torch.export.export(module, (torch.zeros(3, 1, 28, 28),)), path)
    return path


def changed(archive, path, **changes):
    """A copy of an archive in which some files are others; the function of each gets the old content."""
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(path, "w") as new:
        root = old.namelist()[0].split("/")[0]
        for name in old.namelist():
            change = changes.get(name.removeprefix(f"{root}/"), lambda content: content)
            content = change(old.read(name))
            if content is not None:
                new.writestr(name, content)
    return path


def in_json(change):
    """A function of bytes out of one that changes what they say in JSON."""

    def inner(content):
        value = json.loads(content)
        change(value)
        return json.dumps(value).encode()

    return inner


def first_entry(**values):
    return in_json(lambda found: next(iter(found["config"].values())).update(values))


def test_the_network_answers_as_before_it_was_exported(module, archive):
    network = doors.model(archive)
    assert network.input_shape == (1, 28, 28)
    assert network.parameters == 39_578
    x = np.random.default_rng(0).random((7, 1, 28, 28), dtype=np.float32)  # it was exported for three at a time
    with torch.no_grad():
        np.testing.assert_allclose(network.scores(x), module(torch.tensor(x)).numpy(), atol=1e-6)  # float32 sums


def test_sample_inputs_are_left_behind_unread(archive, tmp_path):
    trap = tmp_path / "trap"

    class Trap:
        def __reduce__(self):
            return pathlib.Path.touch, (trap,)

    path = changed(archive, tmp_path / "trapped.pt2", **{"data/sample_inputs/model.pt": lambda _: pickle.dumps(Trap())})
    assert doors.model(path).parameters == 39_578
    assert not trap.exists()


def test_compiled_code_is_left_behind(archive, tmp_path):
    path = tmp_path / "more.pt2"
    path.write_bytes(archive.read_bytes())
    with zipfile.ZipFile(path, "a") as file:
        root = file.namelist()[0].split("/")[0]
        file.writestr(f"{root}/data/aotinductor/model/library.so", b"code")
    with zipfile.ZipFile(exported.cleaned(path)) as copy:
        assert not [name for name in copy.namelist() if "aotinductor" in name]


@pytest.mark.parametrize(
    "entry", [{"use_pickle": True}, {"path_name": "custom_obj_0"}, {"path_name": "opaque_obj_0"}, {"path_name": "../x"}]
)
def test_refuses_weights_that_are_more_than_numbers(archive, tmp_path, entry):
    path = changed(archive, tmp_path / "pickled.pt2", **{WEIGHTS: first_entry(**entry)})
    with pytest.raises(errors.UnsafeFile, match="more than plain numbers"):
        doors.model(path)


def test_refuses_a_constant_that_is_a_pickle(archive, tmp_path):
    entry = {"obj": {"path_name": "opaque_obj_0", "is_param": False, "use_pickle": True, "tensor_meta": None}}
    path = changed(archive, tmp_path / "constant.pt2", **{CONSTANTS: in_json(lambda c: c["config"].update(entry))})
    with pytest.raises(errors.UnsafeFile, match="opaque_obj_0"):
        doors.model(path)


@pytest.mark.parametrize("target", ["torch.load", "builtins.eval", "torch.ops.aten", "torch.ops.prim.x.y", "os.system"])
def test_refuses_a_call_of_anything_but_an_operator(archive, tmp_path, target):
    def call(graph):
        graph["graph_module"]["graph"]["nodes"][0]["target"] = target

    path = changed(archive, tmp_path / "calls.pt2", **{GRAPH: in_json(call)})
    with pytest.raises(errors.UnsafeFile, match=target):
        doors.model(path)


def test_refuses_a_formula(archive, tmp_path):
    def formula(graph):
        value = next(iter(graph["graph_module"]["graph"]["tensor_values"].values()))
        value["sizes"][0] = {"as_expr": {"expr_str": "__import__('os').system('true')", "hint": None}}

    path = changed(archive, tmp_path / "formula.pt2", **{GRAPH: in_json(formula)})
    with pytest.raises(errors.UnsafeFile, match="export it for one size"):
        doors.model(path)


@pytest.mark.parametrize("missing", [GRAPH, WEIGHTS, "data/weights/weight_0"])
def test_refuses_an_archive_that_lacks_something(archive, tmp_path, missing):
    path = changed(archive, tmp_path / "lacking.pt2", **{missing: lambda _: None})
    with pytest.raises(errors.BadArgument, match=r"torch\.export\.save makes one"):
        doors.model(path)


def test_refuses_an_archive_that_torch_cannot_put_together(archive, tmp_path, capfd):
    path = changed(archive, tmp_path / "cut.pt2", **{"data/weights/weight_0": lambda content: content[:-3]})
    with pytest.raises(errors.BadArgument, match="export the network again"):
        doors.model(path)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("content", [b"", b"text", b"PK\5\6" + b"\0" * 18])
def test_refuses_what_is_no_archive(tmp_path, content):
    (tmp_path / "network.pt2").write_bytes(content)
    with pytest.raises(errors.BadArgument, match=r"no archive of torch\.export"):
        doors.model(tmp_path / "network.pt2")


def test_refuses_a_network_that_takes_two_inputs(tmp_path):
    class Sum(torch.nn.Module):
        def forward(self, x, y):
            return x + y

    program = torch.export.export(Sum(), (torch.zeros(1, 2), torch.zeros(1, 2)))
    torch.export.save(program, tmp_path / "sum.pt2")
    with pytest.raises(errors.BadArgument, match="2 inputs"):
        doors.model(tmp_path / "sum.pt2")


def test_refuses_another_size_than_the_one_it_was_exported_for(archive):
    with pytest.raises(errors.BadArgument, match="exported for"):
        doors.model(archive, input_size=32)
