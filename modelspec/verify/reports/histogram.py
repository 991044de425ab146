"""The differences of the output that is furthest off, as SVG: a bar for each size of difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from xml.etree.ElementTree import Element

from modelspec.verify.reports import wording
from modelspec.verify.reports.markup import element
from modelspec.verify.reports.plot import ticks
from modelspec.verify.results import Histogram

WIDTH, HEIGHT = 440, 220
LEFT, RIGHT, TOP, BOTTOM = 56, 26, 26, 46
ASIDE, GAP = 50, 18
"""The width of a bar for what has no logarithm, and of the space beside it."""


def caption(shown: Histogram) -> str:
    """Return what a histogram shows, in words."""
    total = sum(shown.counts) + shown.equal + shown.odd
    which = f"output {shown.layer}, {shown.backend} from {shown.reference}"
    return f"{wording.title(shown.tier)}: {which}; {total} values in all examples"


def histogram(shown: Histogram, number: int) -> Element:
    """Return the drawing of a histogram, in the colour of a series."""
    left, right = LEFT, WIDTH - RIGHT
    extras: list[tuple[float, str, int]] = []
    if shown.equal:
        extras.append((left, "equal", shown.equal))
        left += ASIDE + GAP
    if shown.odd:
        right -= ASIDE + GAP
        extras.append((right + GAP, "not finite", shown.odd))
    most = max([*shown.counts, shown.equal, shown.odd, 1])
    bars = [bar for x, text, count in extras for bar in _aside(x, text, count, most)]
    return element(
        "svg",
        *_counts(most),
        element("g", *bars, *_bars(shown, left, right, most), class_=f"bars s{number}"),
        *_sizes(shown.edges, left, right),
        element("path", class_="axis", d=f"M{LEFT},{TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}", fill="none"),
        class_="histogram",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        width=WIDTH,
        height=HEIGHT,
        role="img",
        aria_label=caption(shown),
    )


def _y(count: float, most: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * count / most


def _bar(x: float, width: float, count: int, most: int, text: str) -> Element:
    """Return a bar that is seen however little it counts."""
    y = min(_y(count, most), HEIGHT - BOTTOM - 1.5) if count else HEIGHT - BOTTOM
    values = f"{count} value{'s' * (count != 1)}"
    height = HEIGHT - BOTTOM - y
    return element("rect", element("title", f"{text}: {values}"), class_="bar", x=x, y=y, width=width, height=height)


def _aside(x: float, text: str, count: int, most: int) -> Iterator[Element]:
    yield _bar(x + 4, ASIDE - 8, count, most, text)
    yield element("text", text, class_="tick", x=x + ASIDE / 2, y=HEIGHT - BOTTOM + 17, text_anchor="middle")


def _bars(shown: Histogram, left: float, right: float, most: int) -> Iterator[Element]:
    for (low, high), count in zip(pairwise(shown.edges), shown.counts, strict=True):
        x, end = (_x(edge, shown.edges, left, right) for edge in (low, high))
        yield _bar(x + 0.5, max(1.0, end - x - 1), count, most, f"{10.0**low:.2g} to {10.0**high:.2g}")


def _x(edge: float, edges: Sequence[float], left: float, right: float) -> float:
    return left + (right - left) * (edge - edges[0]) / (edges[-1] - edges[0])


def _sizes(edges: Sequence[float], left: float, right: float) -> Iterator[Element]:
    if edges:
        for power in ticks(edges[0], edges[-1], 6):
            x = _x(power, edges, left, right)
            yield element("line", class_="axis", x1=x, x2=x, y1=HEIGHT - BOTTOM, y2=HEIGHT - BOTTOM + 4)
            yield element(
                "text", f"1e{power}" if power else "1", class_="tick", x=x, y=HEIGHT - BOTTOM + 17, text_anchor="middle"
            )
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield element("text", "|difference| / largest value", class_="label", x=middle, y=HEIGHT - 8, text_anchor="middle")


def _counts(most: int) -> Iterator[Element]:
    for count in ticks(0, most, 4):
        y = _y(count, most)
        yield element("line", class_="grid", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y)
        yield element("text", f"{count}", class_="tick", x=LEFT - 6, y=y + 4, text_anchor="end")
    yield element("text", "values", class_="label", x=8, y=14)
