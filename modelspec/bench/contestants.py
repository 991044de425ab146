"""Who takes part in a bench: backends, providers, levels of optimization, other files; told by a word each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from modelspec import foreign, plugins
from modelspec.backend import PLAIN, Repeater, Tuning
from modelspec.diagnostics import Diagnostic, SpecError, did_you_mean


@dataclass(frozen=True)
class Contestant:
    """What is timed, in a process of its own."""

    label: str
    """What reports call it: the word that asked for it."""
    backend: str
    provider: str = "cpu"
    tuning: Tuning = PLAIN
    """How it runs on its provider; how many threads it may use is said to all contestants."""
    optimize: int = 0
    way: str = ""
    """One of the ways that its backend has to run a model; empty for the plain one."""
    file: str = ""
    """The .onnx file that is run; empty for what a backend makes of the spec."""


_WORD = re.compile(r"(?P<backend>[^-]+)(-O(?P<level>\d)|-(?P<way>.+))?")


def contestants(model: str, provider: str, against: Sequence[str], tuning: Tuning = PLAIN) -> tuple[Contestant, ...]:
    """Return who takes part: a model (an .onnx file, or a spec compiled by the backend that runs models) on a provider, and
    those of ``against``: backends (``keras``), levels (``onnx-O1``), ways to run (``torch-compile``), other providers
    (``openvino``), .onnx files. ``tuning`` goes for all that run on the provider, not for other providers.

    Raises SpecError with every one that is unknown (MS701) or not installed (MS702), or that goes with a spec where a file is
    given (MS704).
    """
    file = model if foreign.is_model(model) else ""
    runtime = foreign.runtime("modelspec bench")
    first = Contestant(model if file else foreign.BACKEND, foreign.BACKEND, provider, file=file)
    if provider != "cpu":
        first = replace(first, label=f"{first.label} on {provider}")
    found, findings = [first], list[Diagnostic]()
    for word in against:
        try:
            found.append(_contestant(word, file, provider, tuple(runtime.providers)))
        except SpecError as error:
            findings += error.diagnostics
    labels = [it.label for it in found]
    findings += [Diagnostic("MS704", f'"{it}" takes part twice') for it in dict.fromkeys(labels) if labels.count(it) > 1]
    if findings:
        raise SpecError(findings)
    return tuple(replace(it, tuning=tuning) if _runs_on(it, provider) else it for it in found)


def _runs_on(contestant: Contestant, provider: str) -> bool:
    return contestant.backend == foreign.BACKEND and contestant.provider == provider and not contestant.way


def _contestant(word: str, file: str, provider: str, providers: Sequence[str]) -> Contestant:
    if foreign.is_model(word):
        return Contestant(word, foreign.BACKEND, provider, file=word)
    if word in providers:
        return Contestant(f"{file or foreign.BACKEND} on {word}", foreign.BACKEND, word, file=file)
    parts = _WORD.fullmatch(word)
    if parts is None or parts["backend"] not in plugins.names():
        known = [*plugins.names(), *providers]
        raise SpecError.of("MS701", f'there is no backend and no provider "{word}"', did_you_mean(word, known))
    backend = parts["backend"]
    engine = plugins.load(backend)
    ways = engine.ways if isinstance(engine, Repeater) else ()
    if parts["way"] and parts["way"] not in ways:
        known = [f"{backend}-{way}" for way in ways]
        hint = did_you_mean(word, known) if known else f"the other way is {backend}-O1, a level of optimization"
        raise SpecError.of("MS701", f'the {backend} backend has no way "{parts["way"]}" to run a model', hint)
    if file:
        raise SpecError.of("MS704", f'"{word}" is made from a spec, and {file} is compiled', "give the spec, or .onnx files")
    way = parts["way"] or ""
    where = provider if backend == foreign.BACKEND else "cuda" if "cuda" in way.split("-") else "cpu"
    return Contestant(word, backend, where, optimize=int(parts["level"] or 0), way=way)
