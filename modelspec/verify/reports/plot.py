"""The errors of a tier by depth, as SVG: a point for each layer in each backend, and how far each may be off."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.etree.ElementTree import Element

from modelspec.verify.reports import wording
from modelspec.verify.reports.markup import element
from modelspec.verify.results import Deviation, LayerResult, Verification

LEFT, RIGHT, TOP, BOTTOM = 76, 16, 46, 46
"""The margins, in units of the drawing, which are pixels where it is not scaled."""
HEIGHT, LEAST_WIDTH, LAYER_WIDTH = 340, 960, 7
LANE = 30
"""The height of the lanes for what a logarithm has no place for: 0 below, infinities and NaN above."""
SERIES = 6
"""How many colours and markers there are; further backends begin again."""
MARKERS = (
    "m-3.2,0a3.2,3.2 0 1,0 6.4,0a3.2,3.2 0 1,0 -6.4,0z",
    "m-3,-3h6v6h-6z",
    "m0,-3.8l3.8,6.6h-7.6z",
    "m0,-4.2l4.2,4.2l-4.2,4.2l-4.2,-4.2z",
    "m0,3.8l3.8,-6.6h-7.6z",
    "m-1.2,-3.6h2.4v2.4h2.4v2.4h-2.4v2.4h-2.4v-2.4h-2.4v-2.4h2.4z",
)
"""A circle, a square, triangles, a diamond, a cross: backends are told apart without colours too."""


def series(found: Verification, backend: str) -> int:
    """Return the number of a backend's colour and marker."""
    return next((at for at, it in enumerate(found.backends) if it.name == backend), 0) % SERIES


def swatch(number: int) -> Element:
    """Return the marker of a series, for a legend."""
    marker = element("path", d=f"M7,7{MARKERS[number]}")
    return element("svg", marker, class_=f"swatch s{number}", viewBox="0 0 14 14", width=14, height=14, aria_hidden="true")


@dataclass(frozen=True)
class Axes:
    """Where a layer and an error stand in the drawing."""

    count: int
    low: int
    high: int
    """Powers of ten."""
    has_odd: bool
    has_zero: bool

    @classmethod
    def of(cls, layers: Sequence[LayerResult], tier: str) -> Axes:
        """Return axes that show all errors and bounds of a tier."""
        found = [it for layer in layers for it in layer.deviations.get(tier, {}).values()]
        shown = [size for it in found for size in (it.error, it.bound) if 0 < size < math.inf] or [1.0]
        low, high = math.floor(math.log10(min(shown))), math.ceil(math.log10(max(shown)))
        odd = any(not math.isfinite(it.error) for it in found)
        return cls(len(layers), low, max(high, low + 2), odd, any(it.error == 0 for it in found))

    @property
    def width(self) -> float:
        """The width of the whole drawing."""
        return max(LEAST_WIDTH, LEFT + RIGHT + LAYER_WIDTH * self.count)

    @property
    def step(self) -> float:
        """The width of a layer."""
        return (self.width - LEFT - RIGHT) / max(1, self.count)

    @property
    def top(self) -> float:
        """Where the logarithmic part begins."""
        return TOP + LANE * self.has_odd

    @property
    def bottom(self) -> float:
        """Where the logarithmic part ends."""
        return HEIGHT - BOTTOM - LANE * self.has_zero

    def x(self, at: int) -> float:
        """Return the middle of a layer."""
        return LEFT + self.step * (at + 0.5)

    def y(self, value: float) -> float:
        """Return where an error stands."""
        if value == 0:
            return HEIGHT - BOTTOM - LANE / 2
        if not math.isfinite(value):
            return TOP + LANE / 2
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.bottom - share * (self.bottom - self.top)


def plot(found: Verification, tier: str) -> Element:
    """Return the drawing of a tier."""
    axes = Axes.of(found.layers, tier)
    backends = wording.compared_in(found, tier)
    label = f"Error by depth, {wording.title(tier)}: {', '.join(backends)}; the numbers are in the table of layers"
    return element(
        "svg",
        *_grid(axes, tier),
        *_bounds(found, tier, backends, axes),
        *_divergence(found, tier, axes),
        *(_series(found, tier, name, at - (len(backends) - 1) / 2, axes) for at, name in enumerate(backends)),
        class_="plot",
        viewBox=f"0 0 {axes.width:.10g} {HEIGHT}",
        width=axes.width,
        height=HEIGHT,
        role="img",
        aria_label=label,
    )


def ticks(low: float, high: float, most: int) -> list[int]:
    """Return whole numbers from low to high, ``most`` of them or fewer, in steps of 1, 2 or 5 times a power of ten."""
    steps = (factor * 10**power for power in range(12) for factor in (1, 2, 5))
    step = next(step for step in steps if (high - low) / step <= most)
    return list(range(math.ceil(low / step) * step, math.floor(high) + 1, step))


def _grid(axes: Axes, tier: str) -> Iterator[Element]:
    right, floor = axes.width - RIGHT, HEIGHT - BOTTOM
    marks = [(axes.y(10.0**power), f"1e{power}" if power else "1") for power in ticks(axes.low, axes.high, 9)]
    if axes.has_zero:
        marks.append((axes.y(0), "0"))
    if axes.has_odd:
        marks.append((axes.y(math.inf), "not finite"))
    for y, text in marks:
        yield element("line", class_="grid", x1=LEFT, x2=right, y1=y, y2=y)
        yield element("text", text, class_="tick", x=LEFT - 6, y=y + 4, text_anchor="end")
    for number in sorted({1, *ticks(1, axes.count, 14)} - {0}):
        x = axes.x(number - 1)
        yield element("line", class_="axis", x1=x, x2=x, y1=floor, y2=floor + 4)
        yield element("text", f"{number}", class_="tick", x=x, y=floor + 17, text_anchor="middle")
    yield element("path", class_="axis", d=f"M{LEFT},{TOP}V{floor}H{right:.10g}", fill="none")
    yield element("text", "layer, in order", class_="label", x=(LEFT + right) / 2, y=HEIGHT - 8, text_anchor="middle")
    measure = wording.MEASURES.get(tier, wording.RELATIVE_L2)
    yield element("text", f"{measure} (logarithmic)", class_="label", x=8, y=14)


def _bounds(found: Verification, tier: str, backends: Sequence[str], axes: Axes) -> Iterator[Element]:
    """Yield how far backends may be off: one line where that is the same for all of them."""
    of = {name: tuple(_bound(layer, tier, name) for layer in found.layers) for name in backends}
    shared = len(set(of.values())) == 1
    for name, bounds in list(of.items())[: 1 if shared else None]:
        text = "how far each may be off" if shared else f"how far {name} may be off"
        colour = "shared" if shared else f"s{series(found, name)}"
        path = element("path", element("title", text), d=_steps(bounds, axes), fill="none")
        yield element("g", path, class_=f"bound {colour}")


def _bound(layer: LayerResult, tier: str, backend: str) -> float:
    it = layer.deviations.get(tier, {}).get(backend)
    return it.bound if it else math.inf


def _steps(bounds: Sequence[float], axes: Axes) -> str:
    """Return a path that is level over each layer, with gaps where a bound is none."""
    half, parts, before = axes.step / 2, list[str](), math.inf
    for at, bound in enumerate(bounds):
        if 0 < bound < math.inf:
            y = axes.y(bound)
            lead = f"M{axes.x(at) - half:.2f},{y:.2f}" if not 0 < before < math.inf else f"V{y:.2f}"
            parts.append(f"{lead}H{axes.x(at) + half:.2f}")
        before = bound
    return "".join(parts)


def _divergence(found: Verification, tier: str, axes: Axes) -> Iterator[Element]:
    """Yield a mark at the first layer that diverges in the tier."""
    if found.divergence is None or found.divergence.tier != tier:
        return
    at = next((at for at, layer in enumerate(found.layers) if layer.name == found.divergence.layer), None)
    if at is None:
        return
    x, is_left = axes.x(at), at < axes.count / 2
    yield element("line", class_="first", x1=x, x2=x, y1=TOP - 14, y2=HEIGHT - BOTTOM)
    text = f"the first that differs: {at + 1}"
    anchor = "start" if is_left else "end"
    yield element("text", text, class_="first", x=x + (6 if is_left else -6), y=TOP - 6, text_anchor=anchor)


def _series(found: Verification, tier: str, backend: str, aside: float, axes: Axes) -> Element:
    """Return the points of a backend, a little aside of the others' so that none hides another, and the lines between them."""
    aside *= min(4.0, axes.step / 4)
    shown = [
        (axes.x(at) + aside, axes.y(it.error), at, layer, it)
        for at, layer in enumerate(found.layers)
        if (it := layer.deviations.get(tier, {}).get(backend)) is not None
    ]
    segments = [
        f"M{x:.2f},{y:.2f}L{to_x:.2f},{to_y:.2f}"
        for (x, y, at, _, it), (to_x, to_y, to, _, other) in pairwise(shown)
        if to == at + 1 and 0 < it.error < math.inf and 0 < other.error < math.inf
    ]
    number = series(found, backend)
    lines = [element("path", class_="line", d="".join(segments), fill="none")] if segments else []
    points = (_point(backend, number, at, layer, it, f"{x:.2f},{y:.2f}") for x, y, at, layer, it in shown)
    return element("g", *lines, *points, class_=f"series s{number}")


def _point(backend: str, series_: int, at: int, layer: LayerResult, it: Deviation, where: str) -> Element:
    text = f"{backend}: {at + 1} {layer.name} ({layer.kind}): {wording.number(it.error)}, at most {wording.number(it.bound)}; "
    marker = element("path", element("title", text + f"input: {it.example}"), d=f"M{where}{MARKERS[series_]}")
    marker.set("class", "point" if it.passes else "point fails")
    return marker
