"""Systems of chains that laws are tested on."""

import numpy as np
from hypothesis import strategies as st

from blockshift.flow.landscape import chains

SHAPES = st.lists(st.integers(1, 4), min_size=3, max_size=6).map(tuple)


@st.composite
def systems(draw):
    widths = draw(SHAPES)
    full = draw(st.integers(0, min(widths)))
    unlearnt = draw(st.integers(0, min(widths[0], widths[-1]) - full))
    return chains.random(widths, full, unlearnt, rng=np.random.default_rng(draw(st.integers(0, 10**6))))
