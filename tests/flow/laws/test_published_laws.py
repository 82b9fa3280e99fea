"""The published tables: replayed from the random stream of their authors."""

import numpy as np

from blockshift.flow.laws import law_formulas, published_laws
from flow.laws import laws_oracle


def test_oracle_the_linear_shapes_are_those_of_the_tests():
    assert [shape for shape, _ in published_laws.LINEAR.shapes] == laws_oracle.published_linear_shapes()
    assert not any(biases for _, biases in published_laws.LINEAR.shapes)


def test_oracle_the_relu_shapes_are_those_of_the_random_stream():
    stream, drawn = np.random.RandomState(0), []
    for _ in range(50):  # the authors' stream: depth, widths, coin for biases, one point
        depth = stream.randint(2, 5)
        shape = tuple(int(stream.randint(2, 10)) for _ in range(depth + 1))
        biases = bool(stream.random_sample() < 0.5)
        stream.rand(law_formulas.parameters(shape, biases))
        drawn.append((shape, biases))
    assert list(published_laws.RELU.shapes) == drawn


def test_the_sentence_says_time_and_cores():
    assert repr(published_laws.LINEAR) == "Published(50 linear networks, 34:23 min on 64 cores)"
    assert repr(published_laws.RELU) == "Published(50 relu networks, 113:11 min on 64 cores)"
