"""What every report says alike: titles, numbers, verdicts, and which layer is the worst."""

from __future__ import annotations

import math
from collections.abc import Mapping

from modelspec.reports import count
from modelspec.verify.results import (
    BackendResult,
    Deviation,
    Divergence,
    LayerResult,
    OutputResult,
    TrainingResult,
    Verification,
)
from modelspec.verify.tiers import TIERS

TITLES: Mapping[str, str] = {
    **{name: f"{tier} against float64" for name, tier in TIERS.items()},
    "files": "outputs against the other file",
}
"""What the tiers compare; one that is not listed is its own title."""
MEASURES: Mapping[str, str] = {"semantics": "largest difference / largest value"}
"""What an error is, by tier."""
RELATIVE_L2 = "L2 norm of the difference / L2 norm of the values"
"""What an error is in any other tier."""


def title(tier: str) -> str:
    """Return what a tier compares."""
    return TITLES.get(tier, f"{tier} against float64")


def short_title(tier: str) -> str:
    """Return what a tier computes in, where there is little space."""
    return title(tier).partition(" against ")[0]


def compared_in(found: Verification, tier: str) -> list[str]:
    """Return the backends that were compared in a tier."""
    return [name for name in found.compared if any(name in it.deviations.get(tier, {}) for it in found.layers)]


def number(value: float) -> str:
    """Return an error or a bound, with two digits."""
    if math.isinf(value):
        return "infinite" if value > 0 else "-infinite"
    return "not a number" if math.isnan(value) else f"{value:.2g}"


def cost(backend: BackendResult) -> tuple[str, str]:
    """Return what a backend took: seconds, and MiB where the system tells; nothing where it did nothing."""
    if not backend.seconds:
        return "", ""
    return f"{backend.seconds:.1f}", f"{backend.peak_mib:.0f}" if math.isfinite(backend.peak_mib) else "-"


def tiers(found: Verification) -> list[str]:
    """Return the tiers that were compared, in their order."""
    return list(dict.fromkeys(tier for layer in found.layers for tier in layer.deviations))


def worst(found: Verification, tier: str, backend: str) -> tuple[LayerResult, Deviation] | None:
    """Return the layer where a backend is closest to its bound, or furthest beyond it; None where there is none."""
    measured = [(it, it.deviations[tier][backend]) for it in found.layers if backend in it.deviations.get(tier, {})]
    return max(measured, key=lambda it: it[1].share, default=None)


def worst_of_training(found: Verification) -> list[TrainingResult]:
    """Return of each kind of what was compared in training the one that is closest to its bound, or furthest beyond it."""
    by_kind: dict[str, list[TrainingResult]] = {}
    for it in found.training:
        by_kind.setdefault(it.kind, []).append(it)
    return [max(some, key=lambda it: (not it.passes, it.error / it.bound if it.bound else 0.0)) for some in by_kind.values()]


def first_in_training(found: Verification) -> TrainingResult | None:
    """Return what is the first to differ in training, which is where to look; None where nothing does."""
    return next((it for it in found.training if not it.passes), None)


def in_training(it: TrainingResult) -> str:
    """Return that something is the first to differ in training, and by how much."""
    where = f"{it.place}: " if it.place else ""
    what = {"loss": f"the loss of {it.name}", "gradient": f"the gradient of {it.name}", "weight": it.name}[it.kind]
    first = f"{where}{what} is the first that differs in training: {it.backend} from {it.reference}"
    return f"{first}, {number(it.error)} where {number(it.bound)} is allowed"


def not_trained(found: Verification) -> str:
    """Return that training was not compared though it was asked for; empty where it was."""
    return "" if found.is_trained else "training was not compared: fewer than two of the backends that were compared trained"


def verdict(found: Verification) -> str:
    """Return whether the backends are equal, in words."""
    if found.is_equal:
        return "equal"
    return "NOT equal" if len(found.compared) > 1 else "nothing to compare with"


def extent(found: Verification) -> str:
    """Return how much was compared, in words."""
    examples = sum(map(len, found.probes.values()))
    return f"{amount(found)}, {count(examples, 'example')}, {found.seconds:.1f} s"


def amount(found: Verification) -> str:
    """Return how many layers were compared, or outputs of files."""
    return count(len(found.layers), "output" if found.against else "layer")


def best(found: OutputResult) -> str:
    """Return in how many examples an output has the same class; empty where it does not look like scores."""
    return "" if found.rows is None else f"{found.agreeing} of {count(found.rows, 'example')}"


def merged(found: Verification) -> str:
    """Return how many layers a backend merged into others, so that nothing of them is compared; empty where none did."""
    by_backend = {name: sum(name in it.merged for it in found.layers) for name in found.compared}
    several = ", ".join(f"{name} merged {count(number, 'layer')}" for name, number in by_backend.items() if number)
    return f"-O{found.optimize}: {several} into others, where nothing of them can be compared" if several else ""


def seen_alone(found: Divergence) -> str:
    """Return what it says that the layer alone is the same in every backend; empty where it is not."""
    if found.is_amplified:
        return "alone it is the same in every backend: it amplifies the rounding of the layers before it"
    if found.is_misplaced:
        return "alone it is the same in every backend: it is wrong only among the other layers"
    return ""


def reproducer(found: Divergence) -> str:
    """Return the folder of the reproducer, and its layers where there are several; empty where there is none."""
    return f"{found.reproducer} ({', '.join(found.layers)})" if len(found.layers) > 1 else found.reproducer


def not_compared(found: Verification) -> str:
    """Return which backends are missing, and what accepts that; empty where none is."""
    missing = found.missing
    return f"not compared: {', '.join(missing)} (--allow-skipped {','.join(missing)} accepts that)" if missing else ""
