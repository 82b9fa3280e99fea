"""State dicts out of files, and what is refused because it could only be read by running it."""

import pathlib

import pytest
import safetensors.torch
import torch

from blockshift import errors
from blockshift.graph import architectures
from blockshift.graph.pretrained import weight_files


@pytest.fixture(scope="module")
def state():
    return architectures.named("digit-cnn").build().state_dict()


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return pathlib.Path.touch, (self.path,)


@pytest.mark.parametrize("ending", weight_files.TORCH)
def test_a_state_dict_of_torch_comes_back(tmp_path, state, ending):
    torch.save(state, tmp_path / f"weights{ending}")
    found = weight_files.state_dict(tmp_path / f"weights{ending}")
    assert list(found) == list(state)
    assert all(torch.equal(found[name], state[name]) for name in state)


def test_safetensors_come_back(tmp_path, state):
    safetensors.torch.save_file(state, tmp_path / "weights.safetensors")
    found = weight_files.state_dict(tmp_path / "weights.safetensors")
    assert sorted(found) == sorted(state)
    assert all(torch.equal(found[name], state[name]) for name in state)


@pytest.mark.parametrize("key", weight_files.INSIDE)
def test_a_checkpoint_is_opened_and_the_mark_of_several_devices_taken_off(tmp_path, state, key):
    wrapped = {f"module.{name}": tensor for name, tensor in state.items()}
    torch.save({"epoch": 3, key: wrapped}, tmp_path / "checkpoint.pth")
    assert list(weight_files.state_dict(tmp_path / "checkpoint.pth")) == list(state)


def test_refuses_a_module_in_place_of_its_weights(tmp_path):
    torch.save(architectures.named("digit-mlp").build(), tmp_path / "module.pth")
    with pytest.raises(errors.UnsafeFile, match="more than tensors"):
        weight_files.state_dict(tmp_path / "module.pth")


def test_refuses_code_without_running_it(tmp_path, state):
    trap = tmp_path / "trap"
    torch.save({"state_dict": state, "extra": Trap(trap)}, tmp_path / "weights.pth")
    with pytest.raises(errors.UnsafeFile, match="more than tensors"):
        weight_files.state_dict(tmp_path / "weights.pth")
    assert not trap.exists()


def test_refuses_an_archive_of_torchscript(tmp_path):
    with pytest.warns(DeprecationWarning, match="torch.jit"):
        torch.jit.script(torch.nn.Linear(2, 1)).save(tmp_path / "script.pt")
    with pytest.raises(errors.UnsafeFile, match="TorchScript"):
        weight_files.state_dict(tmp_path / "script.pt")


@pytest.mark.parametrize("content", [{}, [1, 2], {"a": 1}, torch.zeros(2), {"state_dict": {"a": "b"}}])
def test_refuses_what_is_no_state_dict(tmp_path, content):
    torch.save(content, tmp_path / "weights.pth")
    with pytest.raises(errors.BadArgument, match="no state dict"):
        weight_files.state_dict(tmp_path / "weights.pth")


@pytest.mark.parametrize("name", ["weights.pth", "weights.safetensors"])
@pytest.mark.parametrize("content", [b"", b"text", b"PK\3\4 broken", b"\x80\x04N."])
def test_refuses_a_broken_file(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(errors.BadArgument, match=r"no file of|no state dict"):
        weight_files.state_dict(tmp_path / name)


def test_refuses_weights_that_are_not_finite(tmp_path, state):
    torch.save(state | {"classifier.bias": torch.tensor([float("nan")] * 10)}, tmp_path / "weights.pth")
    with pytest.raises(errors.NotFinite, match=r"classifier\.bias"):
        weight_files.state_dict(tmp_path / "weights.pth")
