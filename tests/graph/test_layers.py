"""Layer maps against their matrices, against a loop over all weights, and against torch's own layers."""

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from blockshift import errors
from blockshift.graph.layers import LayerMap


def weights_one_by_one(m: LayerMap) -> np.ndarray:
    """The matrix of the base convolution, from the definition: one entry for each output and each tap inside."""
    (c_in, height, width), (c_out, out_height, out_width) = m.base_in, m.base_out
    A = np.zeros((out_height * out_width * c_out, height * width * c_in))
    in_each, out_each = c_in // m.groups, c_out // m.groups
    for o, y, x in np.ndindex(c_out, out_height, out_width):
        for i, a, b in np.ndindex(*m.kernel.shape[1:]):
            row = y * m.stride[0] - m.padding[0] + a * m.dilation[0]
            column = x * m.stride[1] - m.padding[1] + b * m.dilation[1]
            if 0 <= row < height and 0 <= column < width:
                factor = (1 if m.rows is None else m.rows[y]) * (1 if m.columns is None else m.columns[x])
                channel = (o // out_each) * in_each + i
                place = ((y * out_width + x) * c_out + o, (row * width + column) * c_in + channel)
                A[place] += float(m.kernel[o, i, a, b]) * factor
    return A.T if m.transposed else A


@st.composite
def maps(draw) -> LayerMap:
    """Convolutions of all kinds, small: strides, padding, dilation, groups, factors, transposed or not."""
    groups = draw(st.integers(1, 3))
    c_in, c_out = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    window = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    stride, dilation = (draw(st.tuples(st.integers(1, 2), st.integers(1, 2))) for _ in range(2))
    padding = tuple(draw(st.integers(0, 2)) for _ in range(4))
    height, width = (d * (k - 1) + draw(st.integers(1, 3)) for d, k in zip(dilation, window, strict=True))
    entries = st.integers(-3, 3)
    size = c_out * (c_in // groups) * window[0] * window[1]
    K = np.array(draw(st.lists(entries, min_size=size, max_size=size)), float).reshape(c_out, c_in // groups, *window)
    m = LayerMap.convolution(K, (c_in, height, width), stride=stride, padding=padding, dilation=dilation, groups=groups)
    if draw(st.booleans()):
        m = LayerMap(
            m.kernel, m.base_in, m.base_out, stride, m.padding, dilation, groups, rows=np.arange(1.0, m.base_out[1] + 1)
        )
    return m.T if draw(st.booleans()) else m


def flat(x: np.ndarray) -> np.ndarray:
    """A stack of feature maps as flat values, channels last."""
    return x.transpose(1, 2, 0).ravel()


@given(maps(), st.integers(0, 10**6))
@settings(max_examples=150, deadline=None)
def test_oracle_a_map_and_its_transpose_are_the_matrix_of_the_definition(m, seed):
    A = weights_one_by_one(m)
    rng = np.random.default_rng(seed)
    x, y = rng.integers(-3, 4, m.shape_in).astype(float), rng.integers(-3, 4, m.shape_out).astype(float)
    assert np.array_equal(m.sparse().toarray(), A)
    assert np.array_equal(flat(m.apply(x)), A @ flat(x))
    assert np.array_equal(flat(m.transpose(y)), A.T @ flat(y))
    assert np.array_equal(m.T.apply(y), m.transpose(y))
    assert (m.edges, m.negative_edges) == ((A != 0).sum(), (A < 0).sum())
    assert m.weight == np.abs(A).sum()
    assert np.array_equal(m.absolute.sparse().toarray(), np.abs(A))
    assert np.array_equal(m.signed.sparse().toarray(), np.sign(A))


@given(maps(), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_law_a_gain_scales_the_channels_of_the_output(m, seed):
    gain = np.random.default_rng(seed).integers(-2, 3, m.shape_out[0]).astype(float)
    assert np.array_equal(
        m.scaled(gain).sparse().toarray(),
        np.tile(gain, m.shape_out[1] * m.shape_out[2])[:, None] * m.sparse().toarray(),
    )


@pytest.mark.parametrize(
    ("made", "layer", "shape"),
    [
        (
            lambda K, s: LayerMap.convolution(K, s, stride=(2, 2), padding=(1, 1)),
            torch.nn.Conv2d(2, 4, 3, 2, 1),
            (2, 7, 6),
        ),
        (
            lambda K, s: LayerMap.convolution(K, s, padding=(2, 2), dilation=(2, 2), groups=2),
            torch.nn.Conv2d(2, 4, 3, 1, 2, 2, 2),
            (2, 5, 6),
        ),
        (
            lambda K, s: LayerMap(K, (4, 7, 11), s, (2, 2), (1, 1), transposed=True),
            torch.nn.ConvTranspose2d(2, 4, 3, 2, 1),
            (2, 4, 6),
        ),
    ],
)
def test_oracle_a_map_is_the_layer_of_torch(made, layer, shape):
    x = torch.arange(float(np.prod(shape))).reshape(1, *shape) % 7
    with torch.no_grad():
        expected = layer(x) - layer.bias[:, None, None]
    found = made(layer.weight.detach().numpy(), shape).apply(x)
    assert torch.allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(("counted", "weight"), [(False, "average"), (True, "full")])
def test_oracle_average_pooling_is_that_of_torch(counted, weight):
    x = torch.arange(50.0).reshape(2, 5, 5)
    m = LayerMap.pooling((2, 5, 5), (3, 3), stride=(2, 2), padding=(1, 1), weight=weight)
    expected = torch.nn.functional.avg_pool2d(x, 3, 2, 1, count_include_pad=counted)
    assert torch.allclose(m.apply(x), expected)


def test_pooling_with_ones_adds_up_its_window():
    m = LayerMap.pooling((1, 2, 4), (2, 2), stride=(2, 2), weight="ones")
    assert m.apply(np.arange(8.0).reshape(1, 2, 4)).ravel().tolist() == [10.0, 18.0]


def test_a_batch_goes_through_at_once_and_the_dtype_is_kept():
    m = LayerMap.dense(np.array([[1.0, 2.0], [0.0, -1.0]], np.float32))
    x = np.ones((3, 5, 2, 1, 1), np.float32)
    found = m.apply(x)
    assert (found.shape, found.dtype) == ((3, 5, 2, 1, 1), np.float32)
    assert m.apply(x.astype(np.float64)).dtype == np.float64


def test_pixels_that_a_stride_never_reads_have_no_edge():
    m = LayerMap.convolution(np.ones((1, 1, 1, 1)), (1, 1, 4), stride=(1, 2))
    assert m.transpose(np.ones((1, 1, 2))).ravel().tolist() == [1, 0, 1, 0]


def test_a_map_survives_being_sent_to_another_process():
    m = LayerMap.convolution(np.ones((1, 1, 2, 2)), (1, 3, 3))
    m.apply(np.ones((1, 3, 3)))
    assert np.array_equal(pickle.loads(pickle.dumps(m)).sparse().toarray(), m.sparse().toarray())


def test_refuses_a_kernel_that_does_not_belong_to_the_channels():
    with pytest.raises(errors.ShapeMismatch, match="3 channels"):
        LayerMap(np.ones((2, 2, 1, 1)), (3, 1, 1), (2, 1, 1))


def test_refuses_a_window_larger_than_its_image():
    with pytest.raises(errors.ShapeMismatch, match="does not fit"):
        LayerMap.convolution(np.ones((1, 1, 3, 3)), (1, 2, 2))


def test_refuses_weights_that_are_not_finite():
    with pytest.raises(errors.NotFinite, match="NaN"):
        LayerMap.dense([[np.nan]])


def test_refuses_an_input_of_another_shape():
    with pytest.raises(errors.ShapeMismatch, match="was given"):
        LayerMap.dense([[1.0]]).apply(np.ones((2, 1, 1)))


def test_refuses_a_matrix_that_would_fill_the_memory():
    m = LayerMap.convolution(np.ones((64, 64, 3, 3), np.float32), (64, 224, 224), padding=(1, 1))
    with pytest.raises(errors.TooLarge, match=r"1\.84e\+09"):
        m.sparse()
