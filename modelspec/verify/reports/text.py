"""A verification as text: a table of backends and tiers, and what is known of the first layer that diverges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from modelspec.diagnostics import printable
from modelspec.verify.reports import wording
from modelspec.verify.reports.wording import number
from modelspec.verify.results import Divergence, Verification

_HEAD = ("backend", "s", "MiB", "tier", "worst error", "at most", "verdict", "where")
_RIGHT = {"s", "MiB", "worst error", "at most"}
"""The columns of numbers."""
_COLOURS = {"ok": "32", "FAILS": "1;31", "skipped": "33", "failed": "1;31"}

Row = tuple[str, ...]


def text(found: Verification, *, coloured: bool = False) -> str:
    """Return the lines of a verification, each of them safe to print; ``coloured`` with the colours of a terminal."""
    head = ("file", *_HEAD[1:]) if found.against else _HEAD
    lines = [*_table([head, *_rows(found)], coloured=coloured), *map(printable, _notes(found))]
    last = printable(_summary(found))
    if coloured:
        last = f"\x1b[{'1;32' if found.is_equal else '1;31'}m{last}\x1b[0m"
    return "".join(f"{line}\n" for line in [*lines, last])


def _rows(found: Verification) -> Iterator[Row]:
    for backend in found.backends:
        if backend.status != "compared":
            yield (backend.name, *wording.cost(backend), "", "", "", backend.status, "")
            continue
        start: Row = (backend.name, *wording.cost(backend))
        for tier in wording.tiers(found):
            measured = wording.worst(found, tier, backend.name)
            if measured is not None:
                layer, it = measured
                mark = "ok" if it.passes else "FAILS"
                yield (*start, wording.title(tier), number(it.error), number(it.bound), mark, f"{layer.name}, {it.example}")
                start = ("", "", "")
        for tier in backend.skipped_tiers:
            yield (*start, wording.title(tier), "", "", "skipped", "")
            start = ("", "", "")
        if start[0]:
            yield (*start, "", "", "", "", "")
    start = ("training", "", "")
    for it in wording.worst_of_training(found):
        mark = "ok" if it.passes else "FAILS"
        yield (*start, it.kind, number(it.error), number(it.bound), mark, it.name)
        start = ("", "", "")


def _table(rows: Sequence[Row], *, coloured: bool) -> Iterator[str]:
    """Yield rows with their columns aligned; the last one is as long as it is."""
    rows = [tuple(map(printable, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for at, row in enumerate(rows):
        mark = row[_HEAD.index("verdict")]
        cells: list[str] = []
        for cell, width, name in zip(row, widths, _HEAD, strict=True):
            colour = "2" if at == 0 else _COLOURS.get(mark, "") if name == "verdict" else ""
            shown = f"\x1b[{colour}m{cell}\x1b[0m" if coloured and colour else cell
            space = " " * (width - len(cell))
            cells.append(space + shown if name in _RIGHT else shown + space)
        yield "  ".join(cells).rstrip()


def _notes(found: Verification) -> Iterator[str]:
    for backend in found.backends:
        if backend.reason:
            yield f"{backend.name}: {backend.status}"
            yield from (f"  {line}" for line in backend.reason.splitlines())
        yield from (f"{backend.name}, {wording.title(tier)}: skipped: {why}" for tier, why in backend.skipped_tiers.items())
    if merged := wording.merged(found):
        yield merged
    yield from _outputs(found)
    if found.divergence is not None:
        yield from _divergence(found.divergence)
    if (first := wording.first_in_training(found)) is not None:
        yield wording.in_training(first)
    if found.missing:
        yield wording.not_compared(found)
    if not found.is_trained:
        yield wording.not_trained(found)


def _outputs(found: Verification) -> Iterator[str]:
    """Yield how far each output of files is off, and how they were compared."""
    for output, layer in zip(found.outputs, found.layers, strict=False):
        called = f" ({output.other} in the other)" if output.other != output.name else ""
        yield f"output {output.name}{called}, {output.dtype} {layer.shape}{'' if layer.passes else ': FAILS'}"
        for it in (it for tier in layer.deviations.values() for it in tier.values()):
            yield f"  relative L2 {number(it.error)} where {number(it.bound)} is allowed; input: {it.example} ({it.probe})"
        same = f"; the highest class is the same in {best}" if (best := wording.best(output)) else ""
        yield f"  largest difference {number(output.largest)}{same}"
    yield from found.notes


def _summary(found: Verification) -> str:
    compared = f"{' = '.join(found.compared)}: " if found.is_equal else ""
    return f"{found.name}: {wording.verdict(found)}: {compared}{wording.extent(found)}"


def _divergence(found: Divergence) -> Iterator[str]:
    where = f"{found.place}: " if found.place else ""
    yield f"{where}{found.kind} {found.layer} is the first layer that differs: {', '.join(found.odd)} from {found.reference}"
    deviation = found.deviation
    yield f"  {deviation.error:.3g} where {deviation.bound:.3g} is allowed; input: {deviation.example} ({deviation.probe})"
    if found.alone:
        alone = ", ".join(f"{name} {error:.2g}" for name, error in found.alone.items())
        yield f"  alone, on the same inputs: {alone}"
    if remark := wording.seen_alone(found):
        yield f"  {remark}"
    for guess in found.guesses:
        yield f"  as if {guess.trap} (then {guess.error:.2g} off)"
    if found.reproducer:
        yield f"  reproducer: {wording.reproducer(found)}"
