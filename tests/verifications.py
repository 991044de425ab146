"""Verifications made by hand, as reports are to show them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from modelspec.verify.results import (
    BackendResult,
    Deviation,
    Divergence,
    Guess,
    Histogram,
    LayerResult,
    OutputResult,
    TrainingResult,
    Verification,
)

BACKENDS = ("keras", "torch", "onnx")
KINDS = ("Conv2D", "BatchNormalization", "ReLU", "SeparableConv2D", "Add")
PROBES: Mapping[str, tuple[str, ...]] = {
    "all kinds": ("random", "smooth", "extremes", "a constant"),
    "a batch of one": ("random",),
}


def layer(at: int, count: int, backends: Sequence[str] = BACKENDS) -> LayerResult:
    """A layer whose errors grow with the depth; those of the reference are 0 in float64."""
    deviations: dict[str, dict[str, Deviation]] = {"semantics": {}, "rounding": {}}
    for number, backend in enumerate(backends):
        wave = 1 + 0.7 * math.sin(at * (number + 2.3) + number)
        semantics = 3e-16 * number * wave * (1 + at / 8)
        rounding = 9e-8 * (1 + number / 3) * wave * (1 + at / 20)
        deviations["semantics"][backend] = Deviation(semantics, 1e-10, "all kinds", "random")
        deviations["rounding"][backend] = Deviation(rounding, 1e-6 + 5e-7 * (1 + at / 20), "all kinds", "smooth")
    return LayerResult(
        name=f"block{at // 5}_{KINDS[at % 5].lower()}",
        kind=KINDS[at % 5],
        shape=f"(batch, {max(1, 64 - at)}, {max(1, 64 - at)}, 32)",
        place=f"specs/net.json:{at + 7}:5",
        pointer=f"/layers/{at}",
        is_output=at == count - 1,
        reference="keras",
        deviations=deviations,
    )


def histogram(tier: str, backend: str, first: float) -> Histogram:
    edges = tuple(first + step / 4 for step in range(13))
    counts = (1, 2, 5, 9, 22, 41, 60, 44, 30, 12, 3, 1)
    return Histogram(tier, "predictions", backend, "keras in float64", edges, counts, equal=17, odd=0)


def equal(count: int = 12) -> Verification:
    return Verification(
        name="net",
        file="specs/net.json",
        parameters={"classes": 10, "activation": "relu"},
        weights="drawn from seed 0",
        probes=PROBES,
        backends=(
            BackendResult(
                "keras",
                "compared",
                versions={"keras": "3.15.1", "tensorflow": "2.21.0", "numpy": "2.4.6"},
                seconds=6.71,
                peak_mib=655.0,
            ),
            BackendResult(
                "torch", "compared", versions={"torch": "2.13.0+cpu", "numpy": "2.4.6"}, seconds=4.33, peak_mib=251.0
            ),
            BackendResult(
                "onnx", "compared", versions={"onnx": "1.23.2", "onnxruntime": "1.27.0"}, seconds=0.94, peak_mib=106.0
            ),
        ),
        layers=tuple(layer(at, count) for at in range(count)),
        histograms=(histogram("semantics", "torch", -17.0), histogram("rounding", "onnx", -9.0)),
        environment={"modelspec": "0.1.0", "python": "3.11.7", "system": "Linux x86_64", "processor": "Some CPU", "cores": "2"},
        seconds=8.8,
    )


def with_error(found: Verification, at: int, tier: str, backend: str, error: float) -> Verification:
    """The same where a backend is further off in a layer."""
    changed = found.layers[at]
    by_backend = {**changed.deviations[tier], backend: replace(changed.deviations[tier][backend], error=error)}
    changed = replace(changed, deviations={**changed.deviations, tier: by_backend})
    return replace(found, layers=(*found.layers[:at], changed, *found.layers[at + 1 :]))


def diverging(count: int = 12) -> Verification:
    """Torch differs from the fourth layer on, in both tiers."""
    found = equal(count)
    for at in range(3, count):
        found = with_error(found, at, "semantics", "torch", 2.5e-3 * (1 + at / 10))
    odd = found.layers[3]
    return replace(
        found,
        divergence=Divergence(
            tier="semantics",
            layer=odd.name,
            kind=odd.kind,
            place=odd.place,
            odd=("torch",),
            reference="keras",
            deviation=odd.deviations["semantics"]["torch"],
            alone={"keras": 0.0, "torch": 2.4e-3},
            guesses=(Guess("epsilon is 1e-5, PyTorch's and ONNX's default", 3e-16),),
            reproducer="reproducer",
        ),
    )


def skipped(*, allowed: Sequence[str] = ()) -> Verification:
    """Onnx is not installed."""
    found = equal()
    backends = (*found.backends[:2], BackendResult("onnx", "skipped", "MS702 onnx needs onnx, not installed here\n  hint: pip"))
    layers = tuple(layer(at, 12, BACKENDS[:2]) for at in range(12))
    return replace(found, backends=backends, layers=layers, allowed=tuple(allowed))


def without_a_tier(*, allowed: Sequence[str] = ()) -> Verification:
    """Onnx does not compute in bfloat16."""
    found = equal()
    last = replace(found.backends[2], skipped_tiers={"bfloat16": "MS703 no bfloat16"})
    return replace(found, backends=(*found.backends[:2], last), allowed=tuple(allowed))


def trained(*, error: float = 3e-14) -> Verification:
    conv = ("torch", "keras", "block0_conv2d", "specs/net.json:7:5")
    results = (
        TrainingResult("step 1", "loss", 2e-16, 1e-9, "torch", "keras"),
        TrainingResult("block0_conv2d/kernel", "gradient", error, 1e-9, *conv),
        TrainingResult("block0_conv2d/kernel after step 1", "weight", 4e-15, 1e-9, *conv),
        TrainingResult("step 3", "loss", 4e-15, 1e-9, "torch", "keras"),
        TrainingResult("block0_conv2d/kernel after step 3", "weight", 5e-15, 1e-9, *conv),
    )
    return replace(equal(), training=results, steps=3)


def files(*, error: float = 2e-6) -> Verification:
    """A file that is held against another, which calls an output otherwise."""
    found = equal()
    worst = Deviation(error, 1e-4, "all kinds", "smooth")
    layers = tuple(
        replace(
            layer(11, 12),
            name=name,
            kind="output",
            place="",
            pointer="",
            reference="net.onnx",
            deviations={"files": {"net.int8.onnx": it}},
        )
        for name, it in (("scores", worst), ("mask", Deviation(0.0, 0.0, "all kinds", "random")))
    )
    backends = tuple(replace(found.backends[2], name=name) for name in ("net.int8.onnx", "net.onnx"))
    scores = OutputResult("scores", "probabilities", "float32", 3e-3, rows=5, agreeing=4)
    mask = OutputResult("mask", "mask", "bool", 0, rows=None, agreeing=None)
    return replace(
        found,
        name="net.int8",
        file="small/net.int8.onnx",
        against="net.onnx",
        parameters={},
        backends=backends,
        layers=layers,
        outputs=(scores, mask),
        notes=('the output "scores" is "probabilities" in net.onnx: matched by position',),
        histograms=(replace(histogram("files", "net.int8.onnx", -9.0), layer="scores", reference="net.onnx"),),
    )


def not_finite() -> Verification:
    """Errors that are no numbers, and a backend whose memory nobody knows."""
    found = with_error(with_error(equal(), 5, "semantics", "onnx", math.inf), 6, "rounding", "torch", math.nan)
    broken = Histogram("semantics", "predictions", "onnx", "keras in float64", (), (), equal=3, odd=9)
    backends = (replace(found.backends[0], peak_mib=math.nan), *found.backends[1:])
    return replace(found, backends=backends, histograms=(broken,))


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></title><svg onload=alert(1)>",
    "' onmouseover='alert(1)",
    "]]>&lt;&#60;javascript:alert(1)",
    "::error::x",
    "##[error]x",
    "\x1b[31mred\x00\x07\u202ereversed\u2028\ud800\ufffe",
    "new\nline\r::warning::x",
)
"""What a name, a path or a message must not be able to do."""


def hostile(text: str, against: str = "") -> Verification:
    """A text of a stranger wherever one may stand."""
    found = diverging(6)
    assert found.divergence
    deviation = replace(found.divergence.deviation, error=1.0, probe=text, example=text)
    layers = tuple(
        replace(
            it, name=f"{text}{at}", kind=text, shape=text, place=f"{text}:3:4", pointer=text,
            deviations={tier: {**by, "torch": deviation} for tier, by in it.deviations.items()},
        )
        for at, it in enumerate(found.layers)
    )  # fmt: skip
    return replace(
        found,
        name=text,
        file=text,
        against=against,
        parameters={text: [text, {text: text}]},
        weights=text,
        probes={text: (text,)},
        backends=(*(replace(it, versions={text: text}) for it in found.backends), BackendResult(text, "failed", text)),
        layers=layers,
        divergence=replace(
            found.divergence, layer=layers[3].name, kind=text, place=f"{text}:3:4", odd=(text,), guesses=(Guess(text, 0.0),),
            reproducer=text, alone={text: 1.0},
        ),
        training=(TrainingResult(text, "weight", 1.0, 0.5, text, text, text, f"{text}:3:4"),),
        histograms=tuple(replace(it, layer=text, reference=text) for it in found.histograms),
        environment={text: text},
        outputs=(OutputResult(text, text + text, text, math.inf, 2, 1),),
        notes=(text,),
    )  # fmt: skip
