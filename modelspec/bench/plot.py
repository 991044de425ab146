"""A bench as a drawing: a bar to the median of each contestant, and a whisker from it to the 99th percentile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, tostring

from modelspec import files
from modelspec.bench.results import Bench, Standing
from modelspec.verify.reports.markup import element, number, table
from modelspec.verify.reports.page import STYLE, framed
from modelspec.verify.reports.plot import SERIES

SUFFIXES = (".html", ".svg")
WIDTH, LEFT, RIGHT, ROW, GAP, FOOT = 960, 230, 190, 26, 34, 44


def check(path: str) -> None:
    """Raise SpecError (MS704, MS805) where a drawing could not be written."""
    files.expect(path, SUFFIXES, "plot")


def write(found: Bench, path: str) -> None:
    """Write a page with the drawing and its numbers (``.html``), or the drawing alone (``.svg``)."""
    files.write(path, (page(found) if Path(path).suffix == ".html" else svg(found)).encode())


def page(found: Bench) -> str:
    """Return a page that needs nothing else."""
    machine = ", ".join(f"{name} {value}" for name, value in found.environment.items())
    content = [element("h1", f"modelspec bench {found.name}"), plot(found), *_tables(found), element("p", machine)]
    return framed(f"bench of {found.name}", content)


def svg(found: Bench) -> str:
    """Return the drawing as a file of its own."""
    drawing = plot(found)
    style = element("style")
    style.text = STYLE.read_text(encoding="utf-8")
    drawing.insert(0, style)
    drawing.set("xmlns", "http://www.w3.org/2000/svg")
    return tostring(drawing, "unicode")


def plot(found: Bench) -> Element:
    """Return the drawing; each batch size has a scale of its own."""
    height = sum(_height(found) for _ in _batches(found))
    label = f"Latency of {found.name} by batch size; the numbers are in the table"
    groups = [element("g", *_group(found, at), transform=f"translate(0,{at * _height(found)})") for at, _ in _batches(found)]
    return element("svg", *groups, class_="plot", viewBox=f"0 0 {WIDTH} {height}", width=WIDTH, height=height, role="img",
                   aria_label=label)  # fmt: skip


def _batches(found: Bench) -> list[tuple[int, int]]:
    return [(at, it.batch) for at, it in enumerate(found.standings[0].latencies)]


def _height(found: Bench) -> int:
    return GAP + ROW * len(found.standings) + FOOT


def _group(found: Bench, at: int) -> Iterator[Element]:
    """Yield what is drawn of one batch size."""
    latencies = [it.latencies[at] for it in found.standings]
    most = max(it.milliseconds(99) for it in latencies) or 1.0
    scale = (WIDTH - LEFT - RIGHT) / most
    yield element("text", f"batch {latencies[0].batch}: milliseconds, median and 99th percentile", class_="label", x=8, y=18)
    for row, (standing, it) in enumerate(zip(found.standings, latencies, strict=True)):
        y, median, high = GAP + ROW * row, it.milliseconds(50), it.milliseconds(99)
        title = element("title", f"{standing.label}: p50 {median:.3g} ms, p90 {it.milliseconds(90):.3g} ms, p99 {high:.3g} ms")
        bar = element("rect", title, class_="bar", x=LEFT, y=y + 4, width=max(1.5, median * scale), height=ROW - 10)
        middle = y + 4 + (ROW - 10) / 2
        whisker = element("line", class_="axis", x1=LEFT + median * scale, x2=LEFT + high * scale, y1=middle, y2=middle)
        yield element("text", standing.label, class_="label", x=LEFT - 8, y=middle + 4, text_anchor="end")
        yield element("g", bar, whisker, class_=f"bars s{row % SERIES}")
        text = f"{median:.3g} ms, {_rate(it.per_second)} a second"
        yield element("text", text, class_="tick", x=LEFT + high * scale + 6, y=middle + 4)
    floor = GAP + ROW * len(latencies)
    yield element("path", class_="axis", d=f"M{LEFT},{GAP - 4}V{floor}H{WIDTH - RIGHT}", fill="none")
    for share in (0.0, 0.5, 1.0):
        x = LEFT + share * most * scale
        yield element("text", f"{share * most:.3g}", class_="tick", x=x, y=floor + 17, text_anchor="middle")


def _tables(found: Bench) -> Iterator[Element]:
    head = ["contestant", *((it,) for it in ("batch", "p50 ms", "p90 ms", "p99 ms", "a second", "time over the first"))]
    yield table(head, (row for it in found.standings for row in _rows(found, it)))
    names = list(dict.fromkeys(name for it in found.standings for name in it.seconds))
    ready = (
        [it.label, *(number(_seconds(it, name)) for name in names), number(f"{it.peak_mib:.0f}")] for it in found.standings
    )
    yield table(["contestant", *((f"{name}, s",) for name in names), ("peak MiB",)], ready)


def _rows(found: Bench, it: Standing) -> Iterator[list[str | Element]]:
    for latency, base in zip(it.latencies, found.standings[0].latencies, strict=True):
        numbers = [f"{latency.milliseconds(share):.3g}" for share in (50, 90, 99)]
        cells = [f"{latency.batch}", *numbers, _rate(latency.per_second), f"{latency.over(base):.2f}"]
        yield [it.label, *map(number, cells)]


def _rate(per_second: float) -> str:
    return f"{per_second:,.0f}" if per_second >= 100 else f"{per_second:.3g}"


def _seconds(it: Standing, name: str) -> str:
    return f"{it.seconds[name]:.2f}" if name in it.seconds else ""
