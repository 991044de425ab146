"""A verification as text: a line for each backend and tier, and what is known of the first layer that diverges."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.diagnostics import printable
from modelspec.verify.results import BackendResult, Divergence, Verification
from modelspec.verify.tiers import TIERS

TITLES = {name: f"{tier} against float64" for name, tier in TIERS.items()}


def text(found: Verification) -> str:
    """Return the lines of a verification, each of them safe to print."""
    return "".join(f"{printable(line)}\n" for line in _lines(found))


def _lines(found: Verification) -> Iterator[str]:
    for backend in found.backends:
        yield from _backend(found, backend)
    if found.divergence is not None:
        yield from _divergence(found.divergence)
    if found.missing:
        yield f"not compared: {', '.join(found.missing)} (--allow-skipped {','.join(found.missing)} accepts that)"
    count, examples = len(found.layers), sum(map(len, found.probes.values()))
    verdict = "equal" if found.is_equal else "NOT equal" if len(found.compared) > 1 else "nothing to compare with"
    compared = f"{' = '.join(found.compared)}: " if found.is_equal else ""
    yield f"{found.name}: {verdict}: {compared}{count} layers, {examples} examples, {found.seconds:.1f} s"


def _backend(found: Verification, backend: BackendResult) -> Iterator[str]:
    yield f"{backend.name}: {backend.status}, {backend.seconds:.1f} s, {backend.peak_mib:.0f} MiB"
    yield from (f"  {line}" for line in backend.reason.splitlines())
    for tier, title in TITLES.items():
        if tier in backend.skipped_tiers:
            yield f"  {title}: skipped: {backend.skipped_tiers[tier]}"
        by_layer = [
            (it, it.deviations[tier][backend.name]) for it in found.layers if backend.name in it.deviations.get(tier, {})
        ]
        if by_layer:
            layer, worst = max(by_layer, key=lambda it: it[1].error / it[1].bound)
            mark = "ok" if worst.passes else "FAILS"
            yield f"  {title}: {worst.error:.2g} (at most {worst.bound:.2g}) at {layer.name}, {worst.example}: {mark}"


def _divergence(found: Divergence) -> Iterator[str]:
    where = f"{found.place}: " if found.place else ""
    yield f"{where}{found.kind} {found.layer} is the first layer that differs: {', '.join(found.odd)} from {found.reference}"
    deviation = found.deviation
    yield f"  {deviation.error:.3g} where {deviation.bound:.3g} is allowed; input: {deviation.example} ({deviation.probe})"
    if found.alone:
        alone = ", ".join(f"{name} {error:.2g}" for name, error in found.alone.items())
        yield f"  alone, on the same inputs: {alone}"
    if found.is_amplified:
        yield "  alone it is the same in every backend: it amplifies the rounding of the layers before it"
    for guess in found.guesses:
        yield f"  as if {guess.trap} (then {guess.error:.2g} off)"
    if found.reproducer:
        yield f"  reproducer: {found.reproducer}"
