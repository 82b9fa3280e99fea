"""A network in which no two edges share a weight: the same graph, with a parameter for every edge.

In a convolution one weight stands on as many edges as there are pixels. Every null model keeps that, unless it is drawn
for the network unshared: then what stands at different pixels is exchanged and drawn on its own. The difference between
the two draws is what weight sharing alone does to frustration.

The layer maps are written out, zeros included, so this is for small networks.
"""

from dataclasses import replace

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import Layer

#: Entries of all matrices together, zeros included, up to which a network is written out: 0.2 GB in single precision.
ENTRIES = 50_000_000


def unshared(dag: Dag) -> Dag:
    """The same signed graph, nodes in the same order, in which every edge that a bank made has a weight of its own.

    Layers of d nodes have the shape ``(d, 1, 1)``, links are dense matrices with zeros where there is no edge. Scales
    of batch-norms are folded in. Weights that are no parameters, such as skip edges and pooling, still belong to no
    bank. The result has the frustration of the network; it is not made to be run.

    Raises
    ------
    TooLarge
        If the matrices have more than 5 * 10^7 entries.

    Examples
    --------
    >>> from blockshift.graph.links import Link
    >>> layers = Layer("input", (1, 1, 3)), Layer("blurred", (1, 1, 2))
    >>> K = [[[[1.0, -2.0]]]]
    >>> dag = Dag(layers, (Link(0, 1, LayerMap.convolution(K, (1, 1, 3)), bank="K"),), {"K": K})
    >>> unshared(dag).banks["link 0"][:, :, 0, 0]
    array([[ 1., -2.,  0.],
           [ 0.,  1., -2.]])
    """
    size = sum(dag.layers[k.source].nodes * dag.layers[k.target].nodes for k in dag.links)
    if size > ENTRIES:
        raise errors.TooLarge(
            f"written out, the network has matrices of {size:.1e} entries; it is done up to {ENTRIES:.0e}. Trace it "
            f"with a smaller input, or draw null models that keep weight sharing."
        )
    banks, links = {}, []
    for number, link in enumerate(dag.links):
        rows, columns = (slice(*dag.offsets[place : place + 2]) for place in (link.target, link.source))
        alone = replace(dag, links=(link,), banks={})
        W = alone.adjacency()[rows, columns].toarray().astype(link.map.kernel.dtype)[:, :, None, None]
        name = f"link {number}" if link.bank is not None and link.map.kind != "diagonal" else None
        if name is not None:
            banks[name] = W
        made = replace(
            link, map=LayerMap.dense(W), source_channel=0, target_channel=0, bank=name, part=(slice(None), slice(None)),
            gain=None,
        )  # fmt: skip
        links.append(made)
    layers = tuple(Layer(layer.name, (layer.nodes, 1, 1), layer.activation) for layer in dag.layers)
    return replace(
        dag, layers=layers, links=tuple(links), banks=banks, conventions={**dag.conventions, "weight sharing": "none"}
    )
