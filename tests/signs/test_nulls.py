"""Null models keep exactly what they say, and change the rest."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import Layer, Link
from blockshift.graph.network import Network
from blockshift.signs import exchanges, nulls, unsharing
from signs.null_networks import SHARED, everything, transposed

ENDINGS = ("", nulls.FOLDED, nulls.UNSHARED)
#: Without the one that has nothing to do where every kernel is a number.
ALL = [kind + end for kind in nulls.KINDS for end in ENDINGS if (kind, end) != ("kernel-shuffle", nulls.UNSHARED)]


def output_of(bank: exchanges.Bank, place) -> tuple:
    """The unit of a weight, spelled out."""
    if not bank.transposed:
        return (place[0],)
    per_group = len(bank.weights) // bank.groups
    return place[0] // per_group, place[1]


def sorted_by(bank, key, value):
    """For each key, in order, the sorted values of the weights that have it."""
    found = {}
    for place in np.ndindex(bank.weights.shape):
        found.setdefault(key(place), []).append(value(float(bank.weights[place])))
    return {k: sorted(v) for k, v in found.items()}


def negative(w):
    return int(w < 0)


def kept(statement: str, banks: dict) -> object:
    """What must not change if the statement is true, computed weight by weight."""

    def each(key, value):
        return {name: sorted_by(bank, partial(key, bank), value) for name, bank in banks.items()}

    def layers(value):
        found = {}
        for bank in banks.values():
            found.setdefault(bank.layer, []).extend(value(float(w)) for w in bank.weights.ravel())
        return {place: sorted(v) for place, v in found.items()}

    where = {
        "bank": lambda bank, place: 0,
        "unit": output_of,
        "kernel": lambda bank, place: place[:2],
        "neuron": lambda bank, place: (output_of(bank, place), place[2:]),
    }
    match statement.split():
        case ["magnitudes", "in", "place"]:
            return {name: np.abs(bank.weights).tolist() for name, bank in banks.items()}
        case ["zeros", "in", "place"]:
            return {name: (bank.weights == 0).tolist() for name, bank in banks.items()}
        case ["kernels", "as", "they", "are"]:
            return {
                n: sorted(k.ravel().tolist() for k in b.weights.reshape(-1, *b.weights.shape[2:]))
                for n, b in banks.items()
            }
        case ["weights", "in", "each", "layer"]:
            return layers(float)
        case ["weights", "in", "each", scope]:
            return each(where[scope], float)
        case ["negative", "weights", "in", "each", scope]:
            return each(where[scope], negative)
    raise AssertionError(statement)


@pytest.fixture(scope="module")
def network():
    return everything(np.random.default_rng(7))


def prepared(dag, ending):
    return {"": dag, nulls.FOLDED: dag.folded(), nulls.UNSHARED: unsharing.unshared(dag)}[ending]


@pytest.mark.parametrize("kind", ALL)
def test_a_draw_keeps_what_its_kind_says(network, kind):
    null, ending = nulls.named(kind)
    before = exchanges.used_banks(prepared(network, ending))
    after = exchanges.used_banks(nulls.draw(network, kind, rng=np.random.default_rng(0)))
    assert list(before) == list(after)
    for statement in null.keeps:
        assert kept(statement, before) == kept(statement, after), statement


#: What each kind does change, so that no table entry is true by doing nothing or too little.
CHANGES = {
    "sign-shuffle": ["negative weights in each unit"],
    "sign-random": ["negative weights in each bank"],
    "row-count": ["negative weights in each neuron", "negative weights in each kernel"],
    "tap-count": ["negative weights in each kernel"],
    "weight-shuffle": ["magnitudes in place", "weights in each unit", "weights in each kernel"],
    "layer-shuffle": ["weights in each bank"],
    "row-shuffle": ["magnitudes in place", "weights in each kernel"],
    "kernel-shuffle": ["magnitudes in place", "negative weights in each neuron"],
    "channel-shuffle": ["magnitudes in place", "weights in each unit"],
    "gaussian": ["weights in each layer", "negative weights in each bank"],
    "uniform": ["weights in each layer", "negative weights in each bank"],
    "reinitialised": ["weights in each layer", "negative weights in each bank"],
    "torch-default": ["weights in each layer", "negative weights in each bank"],
}


@pytest.mark.parametrize("kind", nulls.KINDS)
def test_a_draw_changes_what_its_kind_does_not_keep(network, kind):
    before = exchanges.used_banks(network)
    after = exchanges.used_banks(nulls.draw(network, kind, rng=np.random.default_rng(1)))
    for statement in CHANGES[kind]:
        assert kept(statement, before) != kept(statement, after), statement


@pytest.mark.parametrize("kind", nulls.KINDS)
def test_weights_stay_shared_and_fixed_links_stay_as_they_are(network, kind):
    drawn = nulls.draw(network, kind, rng=np.random.default_rng(2))
    for before, after in zip(network.links, drawn.links, strict=True):
        if before.bank is None or (before.map.kind == "diagonal" and not nulls.KINDS[kind].fresh):
            assert after.map is before.map
        elif after.map.kind != "diagonal":
            plain = drawn.banks[after.bank][after.part]
            expected = plain if after.gain is None else after.map.with_kernel(plain).scaled(after.gain).kernel
            assert np.array_equal(after.map.kernel, expected)
            assert after.map.kernel.dtype == before.map.kernel.dtype
    again, once_more = (k for k in drawn.links if k.bank == SHARED)
    assert again.map.kernel.shape == once_more.map.kernel.shape


@pytest.mark.parametrize("kind", ALL)
def test_the_same_generator_gives_the_same_draw_and_another_one_another(network, kind):
    one, two, other = (nulls.draw(network, kind, rng=np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert all(np.array_equal(one.banks[name], two.banks[name]) for name in one.banks)
    assert any(not np.array_equal(one.banks[name], other.banks[name]) for name in one.banks)


def test_the_network_itself_is_not_changed(network):
    before = {name: bank.copy() for name, bank in network.banks.items()}
    kernels = [link.map.kernel.copy() for link in network.links]
    for kind in nulls.KINDS:
        nulls.draw(network, kind, rng=np.random.default_rng(3))
    assert all(np.array_equal(before[name], bank) for name, bank in network.banks.items())
    assert all(np.array_equal(a, k.map.kernel) for a, k in zip(kernels, network.links, strict=True))


def test_a_neuron_keeps_its_negative_inputs_at_the_border_too_where_signs_stay_at_their_taps(network):
    def negatives(dag):
        banked = [k for k in dag.links if k.bank is not None and k.map.kind != "diagonal"]
        return sum((replace(dag, links=(k,)).adjacency() < 0).sum(axis=1) for k in banked)  # parallel edges both count

    drawn = nulls.draw(network, "tap-count", rng=np.random.default_rng(4))
    assert np.array_equal(negatives(drawn), negatives(network))
    rows = nulls.draw(network, "row-count", rng=np.random.default_rng(4))
    assert not np.array_equal(negatives(rows), negatives(network))  # the border cuts windows
    head = slice(*network.offsets[-2:])
    assert np.array_equal(negatives(rows)[head], negatives(network)[head])


def test_a_dense_network_keeps_the_negative_inputs_of_each_neuron():
    rng = np.random.default_rng(5)
    dag = Dag.from_network(Network.from_weights([rng.standard_normal((6, 5)), rng.standard_normal((4, 6))]))
    drawn = nulls.draw(dag, "row-count", rng=rng)
    A, B = dag.adjacency(), drawn.adjacency()
    assert np.array_equal((A < 0).sum(axis=1), (B < 0).sum(axis=1))
    assert not np.array_equal((A < 0).toarray(), (B < 0).toarray())


def test_the_scale_of_a_batch_norm_stays_with_its_unit_unless_it_is_folded(network):
    plain = nulls.draw(network, "weight-shuffle", rng=np.random.default_rng(6))
    folded = nulls.draw(network, "weight-shuffle-folded", rng=np.random.default_rng(6))
    before, raw, mixed = (next(k for k in dag.links if k.name == "again") for dag in (network, plain, folded))

    def magnitudes(link):
        return np.sort(np.abs(link.map.kernel), axis=None)

    assert raw.gain is before.gain
    assert mixed.gain is None
    assert not np.array_equal(magnitudes(raw), magnitudes(before))
    assert np.array_equal(magnitudes(mixed), magnitudes(before))


@pytest.mark.parametrize("kind", ["reinitialised", "torch-default", "reinitialised-folded", "torch-default-unshared"])
def test_a_fresh_network_has_fresh_batch_norms(network, kind):
    drawn = nulls.draw(network, kind, rng=np.random.default_rng(7))
    assert all(link.gain is None for link in drawn.links)
    scale = next(k for k in drawn.links if k.name == "scale")
    assert set(np.unique(scale.map.kernel)) <= {0.0, 1.0}


@pytest.mark.parametrize("kind", ["gaussian", "uniform", "reinitialised", "torch-default"])
def test_rate_the_moments_of_a_draw_are_those_that_were_promised(kind):
    rng = np.random.default_rng(8)
    K = (0.3 + 0.1 * rng.standard_normal((50, 40, 3, 3))).astype(np.float32)
    dag = Dag(
        (Layer("input", (40, 3, 3)), Layer("sums", (50, 1, 1))),
        (Link(0, 1, LayerMap.convolution(K, (40, 3, 3)), bank="K"),),
        {"K": K},
    )
    drawn = nulls.draw(dag, kind, rng=rng).banks["K"].astype(float)
    fan_in = 40 * 9
    mean, deviation = {
        "gaussian": (K.mean(), K.std()),
        "uniform": (K.mean(), K.std()),
        "reinitialised": (0.0, np.sqrt(2 / fan_in)),
        "torch-default": (0.0, np.sqrt(1 / fan_in / 3)),
    }[kind]
    # Six standard errors of 18,000 draws; the variance of a normal square is 2, that of a uniform one less.
    allowed = 6 / np.sqrt(K.size)
    assert abs(drawn.mean() - mean) < allowed * deviation
    assert abs(drawn.var() / deviation**2 - 1) < allowed * np.sqrt(2)
    fourth = np.mean(((drawn - drawn.mean()) / drawn.std()) ** 4)
    assert abs(fourth - (3.0 if kind in ("gaussian", "reinitialised") else 1.8)) < 0.3
    if kind == "torch-default":
        assert np.abs(drawn).max() <= 1 / np.sqrt(fan_in) * (1 + 1e-6)  # as single precision rounds it


def test_the_fan_in_of_a_transpose_counts_what_an_output_adds_up():
    bank = exchanges.Bank(np.ones((4, 1, 2, 2)), groups=2, transposed=True)
    assert bank.fan_in == 8  # two input channels in each group, four taps
    dag = everything(np.random.default_rng(0))
    assert exchanges.used_banks(dag)["up"].transposed
    assert transposed(dag.banks["up"]).shape_out == (2, 6, 6)


def test_the_units_of_a_transpose_are_its_output_channels():
    bank = exchanges.Bank(np.ones((4, 3, 1, 1)), groups=2, transposed=True)
    assert bank.units[:, :, 0, 0].tolist() == [[0, 1, 2], [0, 1, 2], [3, 4, 5], [3, 4, 5]]


def test_banks_that_share_a_layer_exchange_and_others_do_not(network):
    layers = {name: bank.layer for name, bank in exchanges.used_banks(network).items()}
    # The shared bank leads into layers 2 and 3, and joins with whatever leads into either.
    assert layers[SHARED] == layers["around"] == layers["grouped"]
    assert len({layers[name] for name in ("first", SHARED, "up", "parted", "head")}) == 5


def test_rate_all_orders_of_a_class_are_equally_likely():
    rng = np.random.default_rng(9)
    seen = {}
    for _ in range(6000):
        order = tuple(exchanges.exchanged(np.arange(5), np.array([0, 1, 0, 1, 0]), rng=rng).tolist())
        seen[order] = seen.get(order, 0) + 1
    assert len(seen) == 12
    # 500 each; five standard deviations of a binomial count
    assert max(abs(count - 500) for count in seen.values()) < 5 * np.sqrt(500)
    assert all({order[0], order[2], order[4]} == {0, 2, 4} for order in seen)


def test_the_unshared_network_is_the_same_graph(network):
    dag = unsharing.unshared(network)
    assert abs(dag.adjacency() - network.adjacency()).max() == 0
    assert (dag.edges, dag.negative_edges) == (network.edges, network.negative_edges)
    assert np.isclose(dag.total_weight, network.total_weight)
    assert sum(link.bank is None for link in dag.links) == sum(
        k.bank is None or k.map.kind == "diagonal" for k in network.links
    )
    s = np.random.default_rng(0).choice([-1.0, 1.0], dag.nodes)
    assert np.allclose(dag.fields(s), network.fields(s))


def test_an_unshared_draw_has_the_same_edges_and_shares_no_weight(network):
    drawn = nulls.draw(network, "sign-shuffle-unshared", rng=np.random.default_rng(0))
    A, B = network.adjacency(), drawn.adjacency()
    assert np.array_equal((A != 0).toarray(), (B != 0).toarray())
    rows = slice(*network.offsets[1:3])
    columns = slice(*network.offsets[:2])
    block = B[rows, columns].toarray().reshape(6, 6, 4, 6, 6, 2)
    middles = {block[y, x, 0, y, x, 1] for y in range(6) for x in range(6)}
    assert len(middles) == 2  # one weight of the kernel stands at all pixels; its sign now differs between them


def test_refuses_an_unshared_network_that_does_not_fit():
    shape = (8, 64, 64)
    layers = Layer("a", shape), Layer("b", shape)
    with pytest.raises(errors.TooLarge, match=r"1.1e\+09 entries"):
        unsharing.unshared(Dag(layers, (Link(0, 1, LayerMap.identity(shape)),)))


def test_refuses_an_unknown_kind(network):
    with pytest.raises(errors.UnknownName, match="'shuffle'; expected one of sign-shuffle, sign-random"):
        nulls.draw(network, "shuffle", rng=np.random.default_rng(0))


def test_refuses_a_network_without_weights(network):
    with pytest.raises(errors.BadArgument, match="no bank of weights"):
        nulls.draw(network.signed(), "sign-random", rng=np.random.default_rng(0))


def test_refuses_a_bank_that_is_used_in_two_ways():
    K = np.ones((1, 1, 1, 1))
    there = LayerMap.dense(K)
    layers = tuple(Layer(str(i), (1, 1, 1)) for i in range(3))
    dag = Dag(layers, (Link(0, 1, there, bank="K"), Link(1, 2, there.T, bank="K")), {"K": K})
    with pytest.raises(errors.BadArgument, match="bank 'K' is used in 2 ways"):
        nulls.draw(dag, "row-count", rng=np.random.default_rng(0))


def test_refuses_to_exchange_taps_where_there_is_one():
    dag = Dag.from_network(Network.from_weights([[[1.0, 2.0]]]))
    with pytest.raises(errors.BadArgument, match="all kernels of the network have one tap"):
        nulls.draw(dag, "kernel-shuffle", rng=np.random.default_rng(0))


@pytest.mark.parametrize("kind", ALL)
def test_one_weight_and_none_are_no_exception(kind):
    for K in ([[[[2.0, 0.0]]]], [[[[0.0, 0.0]]]]):
        dag = Dag(
            (Layer("a", (1, 1, 2)), Layer("b", (1, 1, 1))),
            (Link(0, 1, LayerMap.dense(K), bank="K"),),
            {"K": np.array(K)},
        )
        drawn = nulls.draw(dag, kind, rng=np.random.default_rng(0))
        assert drawn.edges == dag.edges
        assert drawn.conventions["null model"] == kind


def test_a_null_model_says_what_it_keeps():
    assert repr(nulls.KINDS["row-count"]) == (
        "NullModel(row-count: signs exchanged within each unit; keeps magnitudes in place, zeros in place, "
        "negative weights in each unit)"
    )
    assert set(nulls.KINDS) == set(CHANGES)
    assert all(f"\n{name} " in nulls.__doc__ for name in nulls.KINDS)
