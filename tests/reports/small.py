"""A small network in a file, for the tests of reports."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

#: Weights of shape (4, 3) and (2, 4): small enough for a proof.
RNG = np.random.default_rng(7)
W1 = RNG.standard_normal((4, 3)).astype(np.float32)
W2 = RNG.standard_normal((2, 4)).astype(np.float32)


def onnx_file(path, *, activation="Relu", weights=(W1, W2)):
    """A perceptron of two layers with one activation, as ONNX."""
    tensors = [numpy_helper.from_array(W, f"w{i}") for i, W in enumerate(weights)]
    d_in, d_out = weights[0].shape[1], weights[1].shape[0]
    graph = helper.make_graph(
        [
            helper.make_node("Gemm", ["x", "w0"], ["h"], transB=1, name="first"),
            helper.make_node(activation, ["h"], ["a"], name="act"),
            helper.make_node("Gemm", ["a", "w1"], ["y"], transB=1, name="second"),
        ],
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, d_in])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, d_out])],
        tensors,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)
    return str(path)
