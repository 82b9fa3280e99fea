"""A study as one page of HTML that asks nobody for anything: no script, no font, no picture from elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from blockshift.reports import charts, look, words

TITLES = {
    "graph": "What it is",
    "frustration": "Frustration",
    "nulls": "Against chance",
    "layers": "Layer by layer",
    "near_monotonicity": "Near-monotone?",
    "modes": "Order kept, order turned",
    "again": "Make it again",
}


def html(found: Mapping[str, Any]) -> str:
    """The page of a study."""
    name = found["network"]["name"]
    sections = [
        _graph(found), _frustration(found), _nulls(found), _layers(found), _near_monotonicity(found), _modes(found),
        _again(found),
    ]  # fmt: skip
    links = "".join(f'<li><a href="#{key}">{title}</a></li>' for key, title in TITLES.items())
    warning = ""
    if found["stopped"]:
        warning = _missing(f"This page is not complete: it was interrupted in the part {TITLES[found['stopped']]!r}.")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{look.POLICY}">
<title>{escape(name)}: frustration, order and modes</title>
<style>{look.STYLE}</style>
</head>
<body>
<header>
<h1>{escape(name)}</h1>
<p class="about">{escape(found["network"]["about"])}. A report of blockshift.</p>
</header>
<nav aria-label="Parts"><ul>{links}</ul></nav>
<main>
{warning}<p class="lead">{escape(words.lead(found))}</p>
{"".join(sections)}
</main>
</body>
</html>
"""


def _section(key: str, *parts: str) -> str:
    """A part of the page under its heading."""
    return f'<section id="{key}" aria-labelledby="{key}-title">\n<h2 id="{key}-title">{TITLES[key]}</h2>\n' + (
        "\n".join(part for part in parts if part) + "\n</section>\n"
    )


def _p(text: str) -> str:
    """A paragraph."""
    return f"<p>{escape(text)}</p>"


def _missing(why: str) -> str:
    """What is not there, and why."""
    return f'<p class="missing">{escape(why[:1].upper() + why[1:])}{"" if why.endswith(".") else "."}</p>\n'


def _meaning(key: str) -> str:
    """What the numbers of a part mean, and what they do not."""
    yes, no = words.MEANING[key]
    return f"<h3>What it means</h3>\n{_p(yes)}\n<h3>What it does not mean</h3>\n{_p(no)}"


def _figure(chart: str, caption: str) -> str:
    """A chart with its caption."""
    return f"<figure>{chart}<figcaption>{escape(caption)}</figcaption></figure>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], caption: str, columns_of_words: int = 1) -> str:
    """A table that scrolls by itself where it is wider than the page."""

    def cell(tag: str, k: int, text: str) -> str:
        scope = ' scope="col"' if tag == "th" else ""
        left = ' class="words"' if k < columns_of_words else ""
        return f"<{tag}{scope}{left}>{escape(text)}</{tag}>"

    top = "".join(cell("th", k, text) for k, text in enumerate(head))
    body = "".join("<tr>" + "".join(cell("td", k, text) for k, text in enumerate(row)) + "</tr>\n" for row in rows)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption, quote=True)}"><table><caption>'
        f"{escape(caption)}</caption><thead><tr>{top}</tr></thead><tbody>\n{body}</tbody></table></div>"
    )


def _graph(found: Mapping[str, Any]) -> str:
    """What the network is."""
    net, graph = found["network"], found["graph"]
    rows = [
        ("given as", net["model"]),
        ("source", net["source"] or "not said"),
        ("input", "×".join(map(str, net["input_shape"]))),
        ("parameters", f"{net['parameters']:,}"),
        ("layers of nodes, the input among them", f"{graph['layers']:,}"),
        ("links between layers", f"{graph['links']:,}"),
        ("nodes", f"{graph['nodes']:,}"),
        ("edges", f"{graph['edges']:,}"),
        ("negative edges", f"{graph['negative_edges']:,} ({words.percent(graph['negative_share'])})"),
        ("sum of the absolute weights", f"{graph['total_weight']:.6g}"),
        ("activations", ", ".join(graph["activations"]) or "none: the network is linear"),
        *((f"convention: {key.replace('_', ' ')}", str(value)) for key, value in graph["conventions"].items()),
    ]
    return _section(
        "graph", _table(("quantity", "value"), rows, "The network as a signed graph", 2), _p(words.activations(graph)),
        _meaning("graph"),
    )  # fmt: skip


def _frustration(found: Mapping[str, Any]) -> str:
    """The interval."""
    part = found["frustration"]
    if "missing" in part:
        return _section("frustration", _missing(part["missing"]))
    own = part["fraction_lower"], part["fraction_upper"]
    draws = found["nulls"].get("comparisons", [])
    chart, _ = charts.intervals(own, draws)
    caption = "The interval of the network: a band, whose right end was attained." + (
        " Below it the null draws of each kind: dots are upper ends, ticks lower ends." * bool(draws)
    )
    return _section(
        "frustration", _p(words.interval(part)), _figure(chart, caption), _p(words.certificate(part)),
        _meaning("frustration"),
    )  # fmt: skip


def _nulls(found: Mapping[str, Any]) -> str:
    """The network among its draws."""
    part = found["nulls"]
    if not part.get("comparisons"):
        return _section("nulls", _missing(part.get("missing", "no draw was finished")))
    rows = [
        (
            entry["kind"], f"{entry['count']}", f"{entry['mean']:.4f}", words.number(entry["sd"], ".4f"),
            f"{entry['min']:.4f}", words.number(entry["z"], ".1f"), f"{entry['p']:.3g}",
            f"{entry['separated']} of {entry['count']}", f"{entry['separated_p']:.3g}",
        )
        for entry in part["comparisons"]
    ]  # fmt: skip
    head = ("kind", "draws", "mean", "spread", "least", "z", "p", "certainly above", "certain p")
    short = _missing(f"{part['done']} of {part['cells']} runs were finished") if part["done"] < part["cells"] else ""
    own = part["comparisons"][0]
    same = _p(
        f"Network and draws were searched with one effort, which is less than that of the interval above: here the "
        f"network lies between {own['network_lower']:.4f} and {own['network_upper']:.4f}."
    )
    kinds = "".join(f"<dt>{escape(key)}</dt><dd>{escape(text)}</dd>" for key, text in words.kinds(part))
    return _section(
        "nulls", short, _table(head, rows, "Frustration of the null draws, upper ends"), same,
        *map(_p, words.separation(part)), f"<dl>{kinds}</dl>", _meaning("nulls"),
    )  # fmt: skip


def _layers(found: Mapping[str, Any]) -> str:
    """Where the frustration sits."""
    part = found["frustration"]
    if "missing" in part:
        return _section("layers", _missing(part["missing"]))
    rows = [row for row in part["layers"] if row["edges"]]
    if not rows:
        return _section("layers", _missing("the network has no edge"))
    chart, _ = charts.bars(
        [(row["name"], row["fraction"]) for row in rows], "frustrated share of the weight into it", 0.5,
        (0, 0.1, 0.2, 0.3, 0.4, 0.5),
    )  # fmt: skip
    table = _table(
        ("layer", "kind", "nodes", "edges", "negative", "weight", "frustrated", "flipped"),
        (
            (row["name"], row["kind"], f"{row['nodes']:,}", f"{row['edges']:,}",
             words.percent(row["negative_edges"] / row["edges"]), f"{row['weight']:.4g}", f"{row['fraction']:.4f}",
             f"{row['flipped']:.3f}")
            for row in rows
        ),
        "The links that lead into each layer, under the switching that was found", 2,
    )  # fmt: skip
    caption = "Frustrated share of the weight that leads into each layer, under the switching that was found."
    return _section("layers", _figure(chart, caption), table, _meaning("layers"))


def _near_monotonicity(found: Mapping[str, Any]) -> str:
    """λ and the steps."""
    part = found["near_monotonicity"]
    if "missing" in part:
        return _section("near_monotonicity", _missing(part["missing"]))
    means, effort = part["summary"], part["effort"]
    rows = [(label, *words.mean(means[key])) for key, label in words.MEASURES.items()]
    agreement = means["agreement"]
    chart, _ = charts.steps(
        effort["sizes"], {kind: [m[0] for m in row] for kind, row in agreement.items()},
        {kind: [None if m[1] is None else (m[1], m[2]) for m in row] for kind, row in agreement.items()},
    )  # fmt: skip
    caption = (
        "Outputs that move when the input moves up: the share of them that moves up, by kind and length of the step. "
        "The line is one half, what an order that knows nothing would give."
    )
    return _section(
        "near_monotonicity", _p(words.seen_at(found)),
        _table(("at the inputs", "mean", "interval of 95 %"), rows, f"Means over {len(part['images'])} inputs"),
        _figure(chart, caption), _meaning("near_monotonicity"),
    )  # fmt: skip


def _modes(found: Mapping[str, Any]) -> str:
    """Pairs and ranks."""
    part = found["modes"]
    if "missing" in part:
        return _section("modes", _missing(part["missing"]))
    most = max(0.1, *(row["turned"] for row in part["layers"]))
    top = next(end for end in (0.1, 0.2, 0.5, 1.0) if most <= end)
    chart, _ = charts.bars(
        [(row["name"], row["turned"]) for row in part["layers"]], "share of pairs that it turns", top,
        (0, top / 2, top),
    )  # fmt: skip
    rows = [
        (row["name"], row["activation"], words.percent(row["kept"]), words.percent(row["turned"]))
        for row in part["layers"]
    ]
    ranks, below = part["ranks"], ""
    if "missing" in ranks:
        below = _missing(ranks["missing"])
    else:
        below = _table(
            ("layer", "slope", "units", "right if linear from here", "chooses as the network"),
            (
                (f"{row['layer']}", f"{row['slope']:.3f}", f"{row['units']:,}", words.percent(row["accuracy"]),
                 words.percent(row["agreement"]))
                for row in ranks["layers"]
            ),
            f"Rank distributions of {part['samples']} samples of {ranks['classes']} classes; the network itself is "
            f"right for {words.percent(ranks['accuracy'])}",
        )  # fmt: skip
    caption = "Share of the pairs of samples whose order at the outputs the activation of each layer turns."
    return _section(
        "modes", _p(words.pairs_of(found)), _figure(chart, caption),
        _table(("layer", "activation", "kept", "turned"), rows, "Pairs of samples at the outputs", 2), below,
        _meaning("modes"),
    )  # fmt: skip


def _again(found: Mapping[str, Any]) -> str:
    """Commands, seed, versions."""
    titles = {"report": "This page, with these draws", **TITLES}
    parts = [
        f"<h3>{titles[key]}</h3>\n"
        f'<pre tabindex="0" aria-label="{escape(titles[key])}"><code>{escape(text)}</code></pre>'
        for key, text in found["commands"].items()
    ]
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return _section(
        "again", _p(words.repeatable(found)), *parts,
        f'<p class="fine">Seed {found["seed"]}; {escape(versions)}; commit {escape(found["commit"])}; '
        f"{found['seconds']:.0f} seconds.</p>",
    )  # fmt: skip
