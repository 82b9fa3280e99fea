"""The reader of pickles that can make arrays and nothing else."""

import io
import os
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from blockshift import errors
from blockshift.graph.pretrained import plain_arrays

NUMBERS = arrays.arrays(
    st.sampled_from([np.float32, np.float64, np.int64, np.uint8]),
    arrays.array_shapes(min_dims=0, max_dims=4, max_side=4),
)


@given(st.dictionaries(st.text(max_size=5), st.lists(NUMBERS, max_size=3), max_size=3), st.sampled_from([3, 4]))
def test_law_arrays_come_back_as_they_were(given_arrays, protocol):
    found = plain_arrays.load(pickle.dumps(given_arrays, protocol=protocol))
    assert list(found) == list(given_arrays)
    for name, expected in given_arrays.items():
        for a, b in zip(found[name], expected, strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)


class Call:
    """Pickles as a call of a function."""

    def __init__(self, function, *arguments):
        self.reduction = function, arguments

    def __reduce__(self):
        return self.reduction


def touch(path):
    """What a malicious file would do."""
    path.write_text("was here")


@pytest.mark.parametrize(
    ("function", "arguments", "named"),
    [
        (os.system, ("true",), "system"),
        (eval, ("1 + 1",), "eval"),
        (getattr, (1, "real"), "getattr"),
        (np.load, ("x.npy",), "load"),
        (pickle.loads, (b"N.",), "loads"),
        (np.frombuffer, (b"", "f4"), "frombuffer"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_refuses_every_other_function_by_its_name(function, arguments, named):
    with pytest.raises(errors.UnsafeFile, match=named):
        plain_arrays.load(pickle.dumps({"a": [Call(function, *arguments)]}))


def test_refuses_before_anything_is_called(tmp_path):
    trap = tmp_path / "trap"
    content = pickle.dumps([np.zeros(2), Call(touch, trap)], protocol=4)
    with pytest.raises(errors.UnsafeFile):
        plain_arrays.load(content)
    assert not trap.exists()
    pickle.loads(content)  # the trap is one
    assert trap.exists()


def test_refuses_a_name_with_dots_that_leads_out_of_what_is_allowed():
    content = b"\x80\x04\x8c\x05numpy\x8c\x0edtype.__init__\x93."
    with pytest.raises(errors.UnsafeFile, match=r"dtype\.__init__"):
        plain_arrays.load(content)


@pytest.mark.parametrize(
    "content",
    [
        b"cnumpy\nndarray\n(I1000000000000\ntR.",  # numpy.ndarray(10**12)
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I1000000000\ntS'b'\ntR.",
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\ndtype\n(I0\ntS'b'\ntR.",
    ],
    ids=["a huge array", "a huge beginning", "another class"],
)
def test_refuses_to_make_memory_out_of_nothing(content):
    with pytest.raises(errors.BlockshiftError, match=r"expected"):
        plain_arrays.load(content)


def test_refuses_an_array_of_objects():
    with pytest.raises(errors.UnsafeFile, match="objects"):
        plain_arrays.load(pickle.dumps({"a": [np.array([{}, "x"], dtype=object)]}, protocol=4))


def test_refuses_what_lies_outside_of_the_pickle():
    class Elsewhere(pickle.Pickler):
        def persistent_id(self, what):
            return "elsewhere" if what == 1 else None

    buffer = io.BytesIO()
    Elsewhere(buffer).dump([1])
    with pytest.raises(errors.UnsafeFile, match="elsewhere"):
        plain_arrays.load(buffer.getvalue())


@pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps([1.0, 2.0])[:-4], b"\x80\x05\x95"])
def test_refuses_what_is_no_pickle(content):
    with pytest.raises(errors.BadArgument, match="no pickle of arrays"):
        plain_arrays.load(content)
