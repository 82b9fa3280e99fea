"""Several pictures in one: a network beside its matrix, and the whole of the first part at a glance."""

from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from blockshift import errors
from blockshift.flow import integrators
from blockshift.graph.network import Network
from blockshift.plot import matrices, networks, runs, style

#: Inches: 1600 pixels for the first page of the repository, half of that as it is shown there.
WIDTH = 8.0

#: Layers of weights up to which the powers beneath the matrix are large enough to be seen.
DEEPEST = 6


def beside(net: Network, *, by: str = "sign", shown: int = 12, numbers: bool | None = None) -> style.Drawing:
    """A network and its matrix in one picture, in the same colours: an edge at the left is a cell at the right.

    Parameters
    ----------
    net : Network
    by : {"sign", "layer"}
    shown : int
        The most nodes drawn for a layer of the graph; see `networks.network`.
    numbers : bool, optional
        As in `matrices.adjacency`.

    Returns
    -------
    Drawing
        `data` holds what both pictures hold.

    Examples
    --------
    >>> beside(Network.from_weights([[[2]], [[-3]]]))
    Drawing(2 panels, data: edges, weights, nodes, A, widths)
    """
    matrices.check(net, by)
    with style.style():
        left, right = style.panels(1, 2, 7.0, 3.3, width_ratios=[1.12, 1])
        graph = networks.network(net, by=by, shown=shown, ax=left)
        matrix = matrices.adjacency(net, by=by, numbers=numbers, ax=right)
    return style.Drawing((left, right), graph.data | matrix.data, f"Left: {graph.alt} Right: {matrix.alt}")


def overview(
    net: Network, run: integrators.Trajectory, sigma, *, by: str = "sign", shown: int = 8, log: bool = False
) -> style.Drawing:
    """A network, its matrix with the powers, and the loss of a run, from left to right.

    Parameters
    ----------
    net : Network
        The network to draw; ``run.final`` shows what training has made of it.
    run : Trajectory
    sigma : array_like
        As the run had it.
    by : {"sign", "layer"}
        What the colours of weights stand for.
    shown : int
        The most nodes drawn for a layer of the graph.
    log : bool
        Time on a logarithmic axis.

    Returns
    -------
    Drawing
        `data` holds what the three pictures hold.

    Raises
    ------
    TooLarge
        If the network is too deep or too wide for the room there is.
    """
    matrices.check(net, by)
    if net.depth > DEEPEST:
        raise errors.TooLarge(
            f"the network has depth {net.depth}, and the powers of at most {DEEPEST} layers fit beneath its matrix; "
            f"draw the parts by themselves: beside, matrices.powers, runs.staircase."
        )
    with style.style():
        layout = ConstrainedLayoutEngine(w_pad=0.05, h_pad=0.05, wspace=0.03)
        figure = Figure(figsize=(WIDTH, 3.7), layout=layout)
        left, middle, right = figure.subfigures(1, 3, squeeze=False, width_ratios=[1, 1.2, 1.24]).flat
        graph_ax = left.subplots()
        count = net.depth + 1
        grid = middle.add_gridspec(2, net.depth, height_ratios=[2.1, 1])
        large = middle.add_subplot(grid[0, :])
        small = [middle.add_subplot(grid[1, k]) for k in range(net.depth)]
        loss_ax = right.subplots()

        graph = networks.network(net, by=by, shown=shown, ax=graph_ax)
        A = matrices.adjacency(net, by=by, ax=large)
        powers = {}
        for k, ax in enumerate(small, start=2):
            powers[f"A^{k}"] = matrices.matrix(ax, net, k, by, False, 0.8)
            ax.set_title(matrices.power_name(k) + ("$\\,=\\,0$" if k == count else ""), fontsize=11.5, pad=3)
        loss = runs.staircase(run, sigma, log=log, ax=loss_ax)
    data = graph.data | A.data | powers | loss.data
    alt = (
        f"Three pictures. Left: {graph.alt} Middle: {A.alt} Beneath it the powers up to A to the power {count}, "
        f"which is zero. Right: {loss.alt}"
    )
    return style.Drawing((graph_ax, large, *small, loss_ax), data, alt)
