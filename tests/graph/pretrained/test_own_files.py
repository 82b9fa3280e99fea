"""Networks out of files of one's own: weights with an architecture by name, and ONNX."""

import numpy as np
import onnx
import pytest
import safetensors.torch
import torch
from onnx import TensorProto, helper, numpy_helper

from blockshift import errors
from blockshift.graph import architectures
from blockshift.graph.pretrained import doors, preprocessing


@pytest.fixture(scope="module")
def module():
    return architectures.named("digit-cnn").build()


def onnx_file(path, shape, kind=TensorProto.FLOAT, *, more=()):
    """A network in ONNX: one convolution of 1×1 from two channels to one, or a product with a matrix."""
    weight = np.ones((1, 2, 1, 1) if len(shape) == 4 else (2, 1), dtype=np.float32)
    node = helper.make_node("Conv" if len(shape) == 4 else "MatMul", ["x", "w"], ["y"])
    given = [helper.make_tensor_value_info("x", kind, shape), *more]
    out = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    graph = helper.make_graph([node], "small", given, out, [numpy_helper.from_array(weight, "w")])
    onnx.save(helper.make_model(graph), path)
    return path


@pytest.mark.parametrize("ending", [".pth", ".safetensors"])
def test_weights_and_the_name_of_their_architecture_make_a_network(tmp_path, module, ending):
    path = tmp_path / f"weights{ending}"
    (safetensors.torch.save_file if ending == ".safetensors" else torch.save)(module.state_dict(), path)
    network = doors.model(path, architecture="digit-cnn")
    assert (network.input_shape, network.parameters) == ((1, 28, 28), 23_754)
    assert network.source == str(path)
    assert repr(network) == f"Model(weights{ending}: digit-cnn, 23,754 parameters, input 1×28×28)"
    x = np.random.default_rng(0).random((2, 1, 28, 28), dtype=np.float32)
    with torch.no_grad():
        np.testing.assert_array_equal(network.scores(x), module(torch.tensor(x)).numpy())


def test_pictures_are_prepared_as_published_weights_of_the_architecture_want_them(tmp_path):
    for name, expected in (("squeezenet", preprocessing.TORCHVISION), ("googlenet", preprocessing.HALVES)):
        torch.save(architectures.named(name).build().state_dict(), tmp_path / "weights.pth")
        network = doors.model(tmp_path / "weights.pth", architecture=name, input_size=96)
        assert network.preprocessing == expected
        assert network.input_shape == (3, 96, 96)


def test_another_number_of_classes_is_found_in_the_weights(tmp_path):
    torch.save(architectures.named("squeezenet").build(classes=3).state_dict(), tmp_path / "three.pth")
    network = doors.model(tmp_path / "three.pth", architecture="squeezenet", input_size=64)
    assert network.scores(np.zeros((1, 3, 64, 64))).shape == (1, 3)


def test_refuses_weights_without_an_architecture(tmp_path, module):
    torch.save(module.state_dict(), tmp_path / "weights.pth")
    with pytest.raises(errors.BadArgument, match="resnet-50"):
        doors.model(tmp_path / "weights.pth")


def test_refuses_weights_of_another_architecture(tmp_path, module):
    torch.save(module.state_dict(), tmp_path / "weights.pth")
    with pytest.raises(errors.ShapeMismatch, match="lacks"):
        doors.model(tmp_path / "weights.pth", architecture="resnet-18")


def test_a_file_of_onnx_stays_a_file(tmp_path):
    network = doors.model(onnx_file(tmp_path / "small.onnx", [1, 2, 5, 7]))
    assert (network.input_shape, network.parameters) == ((2, 5, 7), 2)
    assert (network.module, network.file) == (None, tmp_path / "small.onnx")
    with pytest.raises(errors.BadArgument, match="trace it"):
        network.scores(np.zeros((1, 2, 5, 7)))


def test_a_vector_is_a_picture_of_one_pixel(tmp_path):
    assert doors.model(onnx_file(tmp_path / "dense.onnx", ["m", 2])).input_shape == (2, 1, 1)


def test_a_size_is_asked_for_where_the_file_leaves_it_open(tmp_path):
    path = onnx_file(tmp_path / "small.onnx", ["m", 2, "h", "w"])
    assert doors.model(path, input_size=9).input_shape == (2, 9, 9)
    with pytest.raises(errors.BadArgument, match="input_size=224"):
        doors.model(path)


@pytest.mark.parametrize("shape", [[1], [1, 2, 3], ["m", "c", 4, 4]])
def test_refuses_onnx_that_takes_no_pictures(tmp_path, shape):
    with pytest.raises(errors.BadArgument, match=r"expected one of shape \(m, c, H, W\)"):
        doors.model(onnx_file(tmp_path / "odd.onnx", shape))


def test_refuses_onnx_with_two_inputs(tmp_path):
    second = helper.make_tensor_value_info("z", TensorProto.FLOAT, [1, 2, 3, 3])
    with pytest.raises(errors.BadArgument, match="2 inputs"):
        doors.model(onnx_file(tmp_path / "two.onnx", [1, 2, 3, 3], more=[second]))


@pytest.mark.parametrize("content", [b"\xff\xff\xff", b"text"])
def test_refuses_what_is_no_onnx(tmp_path, content):
    (tmp_path / "broken.onnx").write_bytes(content)
    with pytest.raises(errors.BadArgument, match="no file of ONNX"):
        doors.model(tmp_path / "broken.onnx")


def test_refuses_an_architecture_where_the_file_brings_one(tmp_path):
    with pytest.raises(errors.BadArgument, match="leave 'resnet-18' out"):
        doors.model(onnx_file(tmp_path / "small.onnx", [1, 2, 5, 7]), architecture="resnet-18")
