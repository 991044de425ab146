"""A verification as one page of HTML that needs nothing else: no script, no file, no network."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from xml.etree.ElementTree import Element

from modelspec.reports import count
from modelspec.verify.reports import wording
from modelspec.verify.reports.histogram import caption, histogram
from modelspec.verify.reports.markup import Child, element, html, number, table
from modelspec.verify.reports.plot import plot, series, swatch
from modelspec.verify.results import BackendResult, Deviation, Divergence, LayerResult, Verification

STYLE = Path(__file__).with_name("page.css")


def render(found: Verification) -> str:
    """Return the page."""
    return framed(f"{found.name}: {wording.verdict(found)}", [*_header(found), *_sections(found)])


def framed(title: str, content: Iterable[Element]) -> str:
    """Return a page; its policy lets a browser load nothing, run nothing, and apply this style alone."""
    style = STYLE.read_text(encoding="utf-8")
    made = element("style")
    made.text = style
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        made,
    )
    return html(element("html", head, element("body", *content), lang="en"))


def _header(found: Verification) -> Iterator[Element]:
    mark, colour = ("✓", "good") if found.is_equal else ("✗", "bad")
    between = f": {' = '.join(found.compared)}" if found.is_equal else ""
    yield element("h1", f"modelspec verify {found.name}")
    yield element("p", f"{mark} {wording.verdict(found)}{between}", class_=f"verdict {colour}")
    yield element("p", wording.extent(found))
    if found.missing:
        yield element("p", wording.not_compared(found), class_="bad")
    if not found.is_trained:
        yield element("p", wording.not_trained(found), class_="bad")
    if (first := wording.first_in_training(found)) is not None:
        yield element("p", wording.in_training(first), class_="bad")
    if found.divergence is not None:
        yield _divergence(found.divergence)


def _sections(found: Verification) -> Iterator[Element]:
    parts = (
        ("What was compared", _given(found)),
        ("Files" if found.against else "Backends", _backends(found)),
        ("Outputs", _outputs(found)),
        ("Error by depth", _plots(found)),
        ("The worst output", _histograms(found)),
        (f"Training, {count(found.steps, 'step')}", _training(found)),
        ("Layers", _layers(found)),
        ("Environment", [_pairs(found.environment)] if found.environment else []),
    )
    for title, shown in parts:
        elements = list(shown)
        if elements:
            yield element("section", element("h2", title), *elements)


def _pairs(values: Mapping[str, Child]) -> Element:
    return element("dl", *(part for name, value in values.items() for part in (element("dt", name), element("dd", value))))


def _given(found: Verification) -> Iterator[Element]:
    given = {name: json.dumps(value, ensure_ascii=False, default=str) for name, value in found.parameters.items()}
    pairs: dict[str, Child] = {"spec": found.file, "weights": found.weights} if found.file else {"weights": found.weights}
    if found.against:
        pairs = {"file": found.file, "against": found.against}
    if given:
        pairs["parameters"] = ", ".join(f"{name} = {value}" for name, value in given.items())
    inputs = {f"inputs, {name}": ", ".join(examples) for name, examples in found.probes.items()}
    yield _pairs({**pairs, **inputs})


def _named(found: Verification, backend: str) -> Element:
    return element("td", swatch(series(found, backend)), backend)


def _verdict(passes: bool) -> Element:
    return element("td", "✓ ok" if passes else "✗ fails", class_="good" if passes else "bad")


def _backends(found: Verification) -> Iterator[Element]:
    rows = [
        [
            _named(found, it.name),
            _status(found, it),
            element("td", _versions(it), class_="wrapped"),
            *map(number, wording.cost(it)),
        ]
        for it in found.backends
    ]
    yield table(["backend", "", "versions", ("seconds",), ("memory, MiB",)], rows)
    worst = [
        [_named(found, name), wording.title(tier), *_measured(it), layer.name, it.example]
        for name in found.compared
        for tier in wording.tiers(found)
        for layer, it in filter(None, [wording.worst(found, tier, name)])
    ]
    if worst and not found.against:
        yield element("h3", "The layer that is closest to its bound, or furthest beyond it")
        yield table(["backend", "tier", ("error",), ("at most",), "", "layer", "input"], worst)


def _status(found: Verification, backend: BackendResult) -> Element:
    if backend.status != "compared":
        return element("td", _skipped(backend.status, is_missing=backend.name in found.missing), element("pre", backend.reason))
    notes: list[Element] = []
    for tier, why in backend.skipped_tiers.items():
        said = f"{wording.title(tier)}: skipped"
        notes += [_skipped(said, is_missing=f"{backend.name}:{tier}" in found.missing), element("pre", why)]
    return element("td", element("div", "✓ compared", class_="good"), *notes)


def _skipped(text: str, *, is_missing: bool) -> Element:
    return element("div", f"✗ {text}" if is_missing else f"{text}, which is allowed", class_="bad" if is_missing else "faint")


def _versions(backend: BackendResult) -> str:
    return ", ".join(f"{name} {version}" for name, version in backend.versions.items())


def _measured(it: Deviation) -> tuple[Element, Element, Element]:
    return number(wording.number(it.error)), number(wording.number(it.bound)), _verdict(it.passes)


def _plots(found: Verification) -> Iterator[Element]:
    tiers = [] if found.against else wording.tiers(found)
    if not tiers:
        return
    names = [element("span", swatch(series(found, name)), name) for name in found.compared]
    dashes = element("span", "dashed: how far it may be off", class_="faint")
    outlines = element("span", "outlined: further than that", class_="faint")
    yield element("p", *names, dashes, outlines, class_="legend")
    for tier in tiers:
        yield element("h3", wording.title(tier))
        yield element("div", plot(found, tier), class_="scroll", tabindex="0")


def _histograms(found: Verification) -> Iterator[Element]:
    figures = [
        element("figure", element("figcaption", caption(it)), histogram(it, series(found, it.backend)))
        for it in found.histograms
    ]
    if figures:
        yield element("div", *figures, class_="figures")


def _divergence(found: Divergence) -> Element:
    it = found.deviation
    where: dict[str, Child] = {
        "layer": f"{found.kind} {found.layer}",
        "in": element("code", found.place or "no place in a file"),
        "backends": f"{', '.join(found.odd)} from {found.reference}",
        "tier": wording.title(found.tier),
        "error": f"{wording.number(it.error)} where {wording.number(it.bound)} is allowed",
        "input": f"{it.example} ({it.probe})",
    }
    if found.alone:
        alone = ", ".join(f"{name} {wording.number(error)}" for name, error in found.alone.items())
        where["alone, on the same inputs"] = "; ".join(filter(None, [alone, wording.seen_alone(found)]))
    if found.guesses:
        guesses = (element("div", f"as if {it.trap} (then {wording.number(it.error)} off)") for it in found.guesses)
        where["guess"] = element("div", *guesses)
    if found.reproducer:
        where["reproducer"] = element("code", wording.reproducer(found))
    return element("div", element("h2", "The first layer that differs"), _pairs(where), class_="first-difference")


def _outputs(found: Verification) -> Iterator[Element]:
    rows = [
        [
            output.name,
            output.other,
            f"{output.dtype} {layer.shape}",
            *_measured(it),
            number(wording.number(output.largest)),
            wording.best(output),
            f"{it.example} ({it.probe})",
        ]
        for output, layer in zip(found.outputs, found.layers, strict=False)
        for tier in layer.deviations.values()
        for it in tier.values()
    ]
    if rows:
        heads = ("in the other", "type", ("relative L2",), ("at most",), "", ("largest difference",), "same class", "input")
        yield table(["output", *heads], rows)
    for note in found.notes:
        yield element("p", note)


def _training(found: Verification) -> Iterator[Element]:
    rows = [
        [
            it.kind,
            it.name,
            f"{it.backend} from {it.reference}",
            number(wording.number(it.error)),
            number(wording.number(it.bound)),
            _verdict(it.passes),
            element("code", it.place),
        ]
        for it in found.training
    ]
    if rows:
        yield table(["", "of", "in", ("error",), ("at most",), "", "place"], rows)


def _layers(found: Verification) -> Iterator[Element]:
    if not found.layers or found.against:
        return
    columns = [(tier, name) for tier in wording.tiers(found) for name in wording.compared_in(found, tier)]
    heads = [(element("span", name, element("br"), wording.short_title(tier)),) for tier, name in columns]
    rows = [
        [
            number(f"{at}"),
            layer.name,
            layer.kind,
            layer.shape,
            *_errors(layer, columns),
            element("code", layer.place),
        ]
        for at, layer in enumerate(found.layers, 1)
    ]
    yield table([("#",), "layer", "type", "shape", *heads, "place"], rows)


def _errors(layer: LayerResult, columns: list[tuple[str, str]]) -> Iterator[Element]:
    for tier, name in columns:
        it = layer.deviations.get(tier, {}).get(name)
        if it is None:
            yield number("merged" if name in layer.merged else "")
            continue
        title = f"at most {wording.number(it.bound)}; input: {it.example} ({it.probe})"
        text = wording.number(it.error) if it.passes else f"✗ {wording.number(it.error)} > {wording.number(it.bound)}"
        yield number(text, title=title, class_="number" if it.passes else "number bad")
