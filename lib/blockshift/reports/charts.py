"""The pictures of a report, as SVG inside the page: lines, marks and letters in the colours that the page has.

Every chart comes with its words, written from the numbers that it shows. Sizes are those of a phone; a wide page shows
the same larger.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

#: Units across a chart, and what is kept at the left for names and at the right for the end of the scale.
WIDTH, LEFT, RIGHT = 400.0, 104.0, 14.0
#: Units from one line to the next.
LINE = 20.0
#: Letters of a name that fit beside a line.
LETTERS = 15


def svg(height: float, body: Sequence[str], words: str) -> str:
    """A chart with its words: what a screen reader says, and what is shown when the pointer rests on it."""
    text = escape(words, quote=True)
    return (
        f'<svg role="img" viewBox="0 0 {WIDTH:g} {height:g}" aria-label="{text}"><title>{text}</title>'
        f"{''.join(body)}</svg>"
    )


def _x(value: float, low: float, high: float) -> float:
    """Where a value lies across the chart."""
    return LEFT + (WIDTH - LEFT - RIGHT) * (value - low) / (high - low)


def _axis(low: float, high: float, ticks: Sequence[float], bottom: float, label: str) -> list[str]:
    """Rules with their numbers, and what is counted."""
    parts = []
    for tick in ticks:
        x = _x(tick, low, high)
        parts.append(f'<line class="rule" x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{bottom:.1f}"/>')
        parts.append(f'<text class="quiet" x="{x:.1f}" y="{bottom + 13:.1f}" text-anchor="middle">{tick:g}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    return [*parts, f'<text class="quiet" x="{middle:.1f}" y="{bottom + 28:.1f}" text-anchor="middle">{label}</text>']


def _name(text: str, y: float) -> str:
    """A name beside its line, cut where it is too long; whole for whoever asks."""
    short = text if len(text) <= LETTERS else "…" + text[-(LETTERS - 1) :]
    whole = escape(text)
    return f'<text x="{LEFT - 8:.1f}" y="{y + 4:.1f}" text-anchor="end"><title>{whole}</title>{escape(short)}</text>'


def intervals(own: tuple[float, float], draws: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """The network's interval as a band, the null draws of each kind as marks on a line, and the words for both.

    Parameters
    ----------
    own : pair of float
    draws : sequence of mapping
        ``kind``, and ``lower`` and ``upper``, one share a draw.
    """
    bottom = LINE * (len(draws) + 1) + 8
    low, high = 0.0, 0.5
    a, b = _x(own[0], low, high), _x(own[1], low, high)
    parts = _axis(low, high, (0, 0.1, 0.2, 0.3, 0.4, 0.5), bottom, "share of the weight on frustrated edges")
    parts.append(f'<rect class="band" x="{a:.2f}" y="4" width="{max(0.6, b - a):.2f}" height="{bottom - 4:.1f}"/>')
    parts.append(f'<line class="own" x1="{b:.2f}" x2="{b:.2f}" y1="4" y2="{bottom:.1f}"/>')
    parts.append(_name("the network", LINE / 2 + 4))
    told = [f"The frustration of the network lies between {own[0]:.4f} and {own[1]:.4f} of the weight, at most 0.5"]
    for row, entry in enumerate(draws, 1):
        y = LINE * (row + 0.5) + 4
        parts.append(_name(entry["kind"], y))
        ends = _x(min(entry["lower"]), low, high), _x(max(entry["upper"]), low, high)
        parts.append(f'<line class="span" x1="{ends[0]:.2f}" x2="{ends[1]:.2f}" y1="{y:.1f}" y2="{y:.1f}"/>')
        for share in entry["lower"]:
            x = _x(share, low, high)
            parts.append(f'<line class="tick" x1="{x:.2f}" x2="{x:.2f}" y1="{y - 5:.1f}" y2="{y + 5:.1f}"/>')
        parts += [
            f'<circle class="draw" cx="{_x(share, low, high):.2f}" cy="{y:.1f}" r="3"/>' for share in entry["upper"]
        ]
        count = len(entry["upper"])
        above = sum(x > own[1] for x in entry["lower"])
        told.append(
            f"{count} draw{'s' * (count != 1)} of {entry['kind']} have upper ends from {min(entry['upper']):.4f} to "
            f"{max(entry['upper']):.4f}, {above} of them certainly above the network"
        )
    return svg(bottom + 34, parts, "; ".join(told) + "."), "; ".join(told) + "."


def bars(rows: Sequence[tuple[str, float]], label: str, high: float, ticks: Sequence[float]) -> tuple[str, str]:
    """A bar for each named share, from 0 to `high`, and the words for them."""
    bottom = LINE * len(rows) + 8
    parts = _axis(0.0, high, ticks, bottom, label)
    for row, (name, value) in enumerate(rows):
        y = LINE * row + 8
        end = _x(min(max(value, 0.0), high), 0.0, high)
        parts.append(_name(name, y + LINE / 2 - 4))
        parts.append(f'<rect class="bar" x="{LEFT:g}" y="{y:.1f}" width="{end - LEFT:.2f}" height="{LINE - 7:g}"/>')
    least, most = min(rows, key=lambda r: r[1]), max(rows, key=lambda r: r[1])
    words = f"Bars for {len(rows)} layer{'s' * (len(rows) != 1)}, {label}: "
    if len(rows) == 1:
        words += f"{most[1]:.4f} in {most[0]}."
    else:
        words += f"the largest is {most[1]:.4f} in {most[0]}, the smallest {least[1]:.4f} in {least[0]}."
    return svg(bottom + 34, parts, words), words


def steps(sizes: Sequence[float], shares: Mapping[str, Sequence[float]], ranges) -> tuple[str, str]:
    """For each kind of step and each size a mark with its interval, around a half; and the words for them.

    Parameters
    ----------
    sizes : sequence of float
    shares : mapping of str to sequence of float
    ranges : mapping of str to sequence of pair
        Ends of the intervals; None where there are none.
    """
    lines = [(f"{kind}, {size:g}", shares[kind][z], ranges[kind][z]) for kind in shares for z, size in enumerate(sizes)]
    bottom = LINE * len(lines) + 8
    parts = _axis(0.0, 1.0, (0, 0.25, 0.5, 0.75, 1), bottom, "share of the moving outputs that move up")
    half = _x(0.5, 0.0, 1.0)
    parts.append(f'<line class="own" x1="{half:.1f}" x2="{half:.1f}" y1="4" y2="{bottom:.1f}"/>')
    for row, (name, share, ends) in enumerate(lines):
        y = LINE * (row + 0.5) + 4
        parts.append(_name(name, y))
        if share is None:
            continue
        if ends is not None:
            a, b = (_x(min(max(end, 0.0), 1.0), 0.0, 1.0) for end in ends)
            parts.append(f'<line class="span" x1="{a:.2f}" x2="{b:.2f}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<circle class="draw" cx="{_x(share, 0.0, 1.0):.2f}" cy="{y:.1f}" r="3.4"/>')
    told = []
    for kind, line in shares.items():
        if line[0] is not None and line[-1] is not None:
            told.append(f"{kind} from {line[0]:.3f} at a step of {sizes[0]:g} to {line[-1]:.3f} at {sizes[-1]:g}")
    words = "Share of the moving outputs that move up with the input, by the length of the step, against one half: "
    return svg(bottom + 34, parts, words + "; ".join(told) + "."), words + "; ".join(told) + "."
