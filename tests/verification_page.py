"""docs/verification.md: what ``verify`` compares, every mutation and what was found of it, and what the networks took.

``cd tests && python verification_page.py`` makes every mutation, writes ``benchmarks/results/mutations.json`` and the page;
``--only-page`` writes the page from what was measured before. ``tests/test_mutations.py`` holds it to be fresh.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mutations import BY_ID, FAMILIES, STEPS, Mutation, made
from workers import BACKENDS

import modelspec
from modelspec import plugins
from modelspec.verify import Verification, Verifier, conditioning, gates, jobs, traps
from modelspec.verify.probes import EXAMPLES, KINDS, MAX_SIZE
from modelspec.verify.reports import wording
from modelspec.verify.tiers import TIERS, Precision

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "verification.md"
RESULTS = ROOT / "benchmarks" / "results" / "mutations.json"
COST = ROOT / "benchmarks" / "results" / "verify_cost.json"
NAMES = {"keras": "Keras", "onnx": "ONNX", "torch": "PyTorch"}
Json = dict[str, Any]


def measured() -> Json:
    """Return what verify says of every mutation, and what it ran on."""
    rows: dict[str, Json] = {}
    with Verifier(BACKENDS) as verifier:
        for mutation in BY_ID.values():
            with made(mutation, verifier.workers[mutation.backend]):
                found = verifier.verify(modelspec.elaborate(mutation.document), train=STEPS if mutation.trained else 0)
            rows[mutation.id] = _row(found)
            print(mutation.id, json.dumps(rows[mutation.id]), flush=True)
        versions = {name: number for backend in found.backends for name, number in backend.versions.items()}
    return {"environment": {**found.environment, "versions": versions}, "mutations": rows}


def _row(found: Verification) -> Json:
    """Return the first thing that differs: in inference, else in training."""
    it = found.divergence
    if it is None:
        first = next(it for it in found.training if not it.passes)
        named = {"layer": first.layer, "odd": [first.backend], "tier": first.kind}
        return {**named, "error": wording.number(first.error), "guess": ""}
    return {
        "layer": it.layer,
        "odd": list(it.odd),
        "tier": it.tier,
        "error": wording.number(it.deviation.error),
        "guess": it.guesses[0].trap if it.guesses else "",
    }


def page(results: Json, cost: Json | None) -> str:
    """Return the page, of what was measured."""
    lines = ["# Verification", "", "Written by `python tests/verification_page.py`; see [architecture](architecture.md).", ""]
    lines += [*_compared(), *_read(), *_files(), *_mutations(results), *_figures(cost)]
    return "\n".join(lines) + "\n"


def _compared() -> list[str]:
    kinds = ", ".join(KINDS)
    lines = [
        "## What is compared",
        "",
        "`modelspec verify` compiles a spec with every backend, each in a process of its own, gives all of them the same"
        " weights and inputs, and compares what every layer makes, not the outputs alone.",
        "",
        f"- **Semantics**: float64 against float64. The largest difference over the largest value, example by example, is"
        f" {_number(gates.SEMANTICS)} at most; ONNX computes float64 in its reference evaluator.",
        f"- **Rounding**: a narrower type against the backend's own float64, in relative L2. A backend may be"
        f" {_number(gates.ROUNDING_RATIO)} times as far off as the worst of the others, and a little more; an output is held to"
        " a cap besides.",
        f"- **Training**, where `--train` asks for it: losses of every step, gradients of the first one, and weights and"
        f" statistics after the first and the last, in float64, between the backends that train. In relative L2,"
        f" {_number(gates.TRAINING)} at most. Steps are plain gradient descent on {EXAMPLES} random examples at most, towards"
        " random targets; regularizers add to the loss, and constraints hold after each step. The rate is at most"
        f" {jobs.RATE}, and such that a step takes {_number(jobs.DESCENT)} of the loss off at most, were the slope"
        " straight: longer steps amplify rounding. Dropout and noise are off: two backends draw different masks from one seed."
        f" Where an error is larger, the reference trains {conditioning.DRAWS} times more with weights that are moved by a"
        f" rounding, and {_number(gates.ROUNDING_RATIO)} times the most that this changes is allowed.",
        "",
        "| what is computed in | a little more | cap on outputs |",
        "|---|---:|---:|",
    ]
    for tier in [tier for tier in TIERS.values() if tier.precision != "float64"]:
        lines.append(f"| {tier} | {_of(gates.ROUNDING_FLOOR, tier.precision)} | {_of(gates.ROUNDING_CAP, tier.precision)} |")
    lines += [
        "",
        f"What a layer makes counts as {_number(gates.CANCELLED)} of what it reads where it is smaller: digits that cancelled"
        " tell nothing. Where a layer fails, it is run alone in float64 on inputs and weights that are moved by a rounding,"
        f" {conditioning.DRAWS} times, and what that changes is allowed; nothing else widens a bound, but for what a framework"
        " is known to compute less exactly in float64, where the bound of the layers after it is"
        f" {gates.AFTER_INEXACT:g} times that:",
        "",
        "| backend | what | off by | why |",
        "|---|---|---:|---|",
    ]
    for backend in BACKENDS:
        for name, (error, reason) in plugins.describe(backend).inexact.items():
            lines.append(f"| {NAMES[backend]} | {name} | {_number(error)} | {reason} |")
    return [
        *lines,
        "",
        f"**Inputs** are batches of {len(KINDS)} kinds ({kinds}) and a batch of one. Sizes that are free are odd and even in"
        f" turn, and the least that the layers take (up to {MAX_SIZE} is tried). Masks let the first element attend.",
        "",
        "**Weights** are the initial ones, but those that would hide something (zeros, ones) are drawn at random.",
        "",
    ]


def _read() -> list[str]:
    return [
        "## How to read a failure",
        "",
        "1. The layer that is named is the first one that differs; those before it are equal. The backend that is named is the"
        " one that the others do not agree with; of two, the one that is not the reference.",
        "2. *Alone, on the same inputs*: the layer as a graph of its own. Where it differs there too, its lowering is wrong."
        " Where it does not, and the reference makes the same of what the layer got, it shows what rounding before it did;"
        " otherwise it is lowered wrongly beside those layers alone.",
        f"3. *As if*: {len(traps.TRAPS)} known mistakes are tried on the reference. One is named where it makes what the odd"
        f" backend made: what is left is within the gate, and {_number(traps.SHARE)} of the error at most.",
        "4. `--reproducer FOLDER` writes the smallest spec that was found to show it, with inputs, weights and the command.",
        "5. Equal is said only where at least two backends were compared in every tier that was asked for; one that was skipped"
        " has to be allowed (`--allow-skipped`).",
        "",
    ]


def _files() -> list[str]:
    return [
        "## A file against another",
        "",
        "`modelspec verify MODEL.onnx --against ORIGINAL.onnx` holds the outputs of an optimised or a quantised file against"
        " those of its original, each on ONNX Runtime in a process of its own. Nothing is known of what stands inside: inputs"
        f" are of the same {len(KINDS)} kinds, for what may be a picture as pixels too, and free sizes are those on which the"
        " original runs; `--input` gives others.",
        "",
        f"- An output may be {_of(gates.ROUNDING_CAP, 'float32')} off in relative L2 ({_of(gates.ROUNDING_CAP, 'float16')} in"
        f" float16), and no more than {_number(gates.TELLING)} of what it varies by between the inputs, of which rounding"
        f" ({_number(gates.file_bound('float32', 0.0))}, {_number(gates.file_bound('float16', 0.0))}) is always allowed: the"
        " scores of an untrained network are nearly the same whatever is shown. Whole numbers are the same.",
        "- `--tolerance X` is what the user of a quantised file accepts, in the place of all that.",
        "- NaN and infinities, shapes and types are the same whatever is accepted, and an output without values is not equal."
        " Files that do not take the same inputs, or return as many outputs, are not compared (MS808).",
        "- The report says of each output how far it is off, in which input, what the largest difference is, and how often the"
        " class of the highest score is the same; and that an output says little, where it hardly depends on the input.",
        "",
    ]


def _mutations(results: Json) -> list[str]:
    rows: Mapping[str, Json] = results["mutations"]
    lines = [
        "## What is found",
        "",
        f"The proof has to be able to fail. {len(BY_ID)} lowerings are made wrong on purpose (`tests/mutations`), each in one"
        " backend and in a small spec with innocent layers around it. Every one is found, in its layer and in its backend, and"
        " every spec is equal without it (`tests/test_mutations.py`). The error is one in float64 unless float32 is said; it"
        f" is infinite where the shape is another. What shows in training alone is found by {STEPS} steps of it, by the"
        " first loss, gradient or weight that differs.",
        "",
    ]
    for family, mutations in FAMILIES.items():
        lines += [f"### {family.capitalize()}", "", "| frameworks differ in | made wrong | in | found in | error | as if |"]
        lines += ["|---|---|---|---|---:|---|"]
        said = ""
        for mutation in mutations:
            row = "" if mutation.row == said else mutation.row
            said = mutation.row
            lines.append(_found(mutation, row, rows[mutation.id]))
        lines.append("")
    return [*lines, _measured_on(results["environment"]), ""]


def _found(mutation: Mutation, row: str, found: Json) -> str:
    kinds = {it["name"]: it["type"] for it in mutation.document["layers"]}
    named = [f"{kinds[found['layer']]} `{found['layer']}`"] if found["layer"] else []
    shown = {"semantics": [], "loss": ["loss"], "gradient": ["gradient"], "weight": ["weight after a step"]}
    where = ", ".join([*named, *shown.get(found["tier"], [wording.short_title(found["tier"])])])
    return _line([row, mutation.wrong, NAMES[mutation.backend], where, found["error"], found["guess"]])


def _figures(cost: Json | None) -> list[str]:
    lines = ["## Figures", ""]
    if cost is None:
        return [*lines, "`benchmarks/verify_cost.py` has not been run yet."]
    networks: Mapping[str, Json] = cost["networks"]
    lines += [
        "The shipped networks. Errors are the largest of all layers and examples: in float64 over the largest value, in float32"
        f" relative L2 from float64. Training is {cost['steps']} steps of Keras against PyTorch in float64, at the sizes that"
        " `benchmarks/verify_cost.py` has.",
        "",
        _line(["spec", "equal", "layers", "examples", "seconds", "load before", *(f"{NAMES[it]}, MiB" for it in BACKENDS)]),
        "|---|---|---:|---:|---:|---:|" + "---:|" * len(BACKENDS),
    ]
    for name, row in networks.items():
        memory = [row["peak_mib"][backend] for backend in BACKENDS]
        lines.append(_line([name, _yes(row["equal"]), row["layers"], row["examples"], row["seconds"], row["load"], *memory]))
    head = [f"{NAMES[backend]}, {type_}" for type_ in ("float64", "float32") for backend in BACKENDS]
    lines += ["", _line(["largest error", *head]), "|---|" + "---:|" * len(head)]
    for name, row in networks.items():
        errors = [row["worst"][tier][backend] for tier in ("semantics", "rounding") for backend in BACKENDS]
        lines.append(_line([name, *map(_number, errors)]))
    kinds = list(dict.fromkeys(kind for row in networks.values() for kind in row["training"]))
    lines += ["", _line(["trained", "equal", "seconds", *kinds]), "|---|---|---:|" + "---:|" * len(kinds)]
    for name, row in networks.items():
        errors = [_number(row["training"][kind]) if kind in row["training"] else "" for kind in kinds]
        lines.append(_line([name, _yes(row["trains_equal"]), row["seconds_trained"], *errors]))
    machine = cost["environment"]
    where = {
        "processor": machine["cpu"],
        **{name: machine[name] for name in ("cores", "system", "python", "versions")},
    }
    return [*lines, "", _measured_on(where)]


def _measured_on(machine: Json) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return (
        f"Measured on {machine['processor']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']};"
        f" {versions}."
    )


def _yes(equal: bool) -> str:
    return "yes" if equal else "no"


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else wording.number(value)


def _of(bounds: Mapping[Precision, float], precision: Precision) -> str:
    return _number(bounds[precision])


def _line(cells: Sequence[Any]) -> str:
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"


def written() -> str:
    """Return the page of the results that lie in files."""
    cost = json.loads(COST.read_text(encoding="utf-8")) if COST.exists() else None
    return page(json.loads(RESULTS.read_text(encoding="utf-8")), cost)


if __name__ == "__main__":
    if sys.argv[1:] != ["--only-page"]:
        RESULTS.write_text(json.dumps(measured(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(written(), encoding="utf-8")
