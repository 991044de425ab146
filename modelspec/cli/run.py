"""``modelspec run``: a model or a spec on a photo or an array, by ONNX Runtime."""

from __future__ import annotations

import json
import os
import sys
import time
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelspec import compiler, foreign
from modelspec.backend import Session
from modelspec.cli.arguments import (
    Options,
    Verbs,
    add_reading,
    add_tuning,
    add_weights,
    count,
    load,
    log,
    refuse_spec_options,
    say,
    tuning,
    values,
    verb,
)
from modelspec.cli.terminal import progress_bar
from modelspec.diagnostics import SpecError
from modelspec.layers.initializers import Constant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modelspec.layers.base import Weight
    from modelspec.weights import Array


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "run", run, "run a model or a spec on a photo or an array")
    parser.add_argument("model", metavar="MODEL|SPEC", help="an .onnx file, a spec file, or the name of a shipped spec")
    parser.add_argument(
        "--input",
        action="append",
        required=True,
        metavar="[NAME=]FILE",
        help="a photo (.jpg, .png, ...), an array (.npy) or a folder of photos; again for the next one of a batch, or, with its"
        " name, for another input",
    )
    parser.add_argument("--top", type=count, default=5, metavar="K", help="how many classes to print (default: 5)")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write the outputs to an .npz file, by name, or the only one to a picture (.png, .jpg, ...)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--threads", type=count, metavar="N", help="how many threads to use (default: a core each)")
    folder = parser.add_argument_group(
        "for a folder of photos", "the output is a table (-o FILE.csv, .jsonl, .json or .parquet), a row a photo"
    )
    folder.add_argument("--batch", type=count, default=8, metavar="N", help="how many photos run at once (default: 8)")
    folder.add_argument("--labels", metavar="FILE", help="the names of the classes, a line each")
    folder.add_argument("--resume", action="store_true", help="go on with a table: photos that have a row are left out")
    add_tuning(parser)
    add_reading(parser)
    add_weights(parser)


def run(options: Options) -> int:
    """Run and print what each output says."""
    session = _session(options)
    from modelspec import feeds

    if _is_folder(options):
        return _photos(session, options)
    inputs, examples = feeds.batch(session.inputs, options.input)
    _require_batch(session, len(examples))
    log(f"running on {session.provider} ...")
    outputs = dict(zip(session.outputs, session.run(None, inputs), strict=True))
    if options.output:
        feeds.write(options.output, outputs)
    if options.json:
        print(json.dumps({name: _as_json(value, options.top, examples) for name, value in outputs.items()}, indent=2))
    else:
        for name, value in outputs.items():
            _print(name, value, options.top, examples)
    return 0


def _require_batch(session: Session, count_: int) -> None:
    """Raise SpecError (MS803) for several files where a model takes another number of examples."""
    fixed = next((it for it in session.batches.values() if it), None)
    if count_ and fixed and fixed != count_:
        raise SpecError.of(
            "MS803", f"the model takes batches of {fixed}, and the files have {count_} examples", "run a folder of them"
        )


def _photos(session: Session, options: Options) -> int:
    """Run a folder of photos into a table; 1 where one of them cannot be read."""
    from modelspec import feeds, photos, tables

    (folder,) = options.input
    if not options.output:
        raise SpecError.of(
            "MS704", f"{folder} is a folder, and its rows need a file", "give -o FILE.csv, .jsonl, .json or .parquet"
        )
    table = tables.Table(options.output, options.top, tables.labels(options.labels), resume=options.resume)
    done = table.photos
    names = [it for it in feeds.below(folder, feeds.PHOTOS, "photo") if it not in done]
    threads, bar, start = options.threads or os.cpu_count() or 1, progress_bar(), time.perf_counter()
    count_, failed = 0, 0
    for rows in photos.rows(session, folder, names, batch=options.batch, threads=threads, top=options.top):
        table.add(rows)
        count_, failed = count_ + len(rows), failed + sum(bool(row.error) for row in rows)
        if bar:
            bar(count_ / len(names), f"{count_} of {len(names)} photos")
    if bar:
        bar(1.0, "")
    table.finish()
    rate = count_ / max(1e-9, time.perf_counter() - start)
    skipped = f", {len(done)} were there" if done else ""
    print(f"modelspec: {count_} photos, {rate:.1f} a second; {failed} cannot be read{skipped}", file=sys.stderr)
    say(options.output)
    return 1 if failed else 0


def _is_folder(options: Options) -> bool:
    return len(options.input) == 1 and Path(options.input[0]).is_dir()


def _session(options: Options) -> Session:
    runtime = foreign.runtime("modelspec run")
    decodes = _is_folder(options) and "threads" not in runtime.providers.get(options.provider, ())
    how = tuning(options, None if decodes else options.threads)
    if foreign.is_model(options.model):
        refuse_spec_options(options)
        return foreign.opened(options.model, options.provider, tuning=how)
    spec = load(options.model, options)
    model = compiler.compile(
        spec,
        "onnx",
        parameters=values(spec, options),
        weights=options.weights,
        seed=options.seed,
        progress=lambda stage: log(f"{stage} ..."),
    )
    if options.weights is None and any(_is_untrained(bound.weight) for bound in model.graph.weights.values()):
        print("modelspec: no --weights: the model runs with untrained ones, and its answers mean nothing", file=sys.stderr)
    return runtime.session(model, options.provider, options.model, how)


def _is_untrained(weight: Weight) -> bool:
    """Return whether a weight starts from something else than numbers that stand in the spec."""
    return not isinstance(weight.initializer, Constant)


def _as_json(value: Array, top: int, examples: Sequence[str]) -> dict[str, Any]:
    from modelspec.photos import best

    shown: dict[str, Any] = {"shape": list(value.shape), "dtype": value.dtype.name}
    if len(examples) == len(value):
        shown["examples"] = examples
    if not value.size:
        return shown
    if value.ndim == 2 and value.shape[1] > 1:
        return {
            **shown,
            "top": [[{"class": index, "score": _finite(score)} for index, score in best(row, top)] for row in value],
        }
    if value.ndim == 2:
        return {**shown, "score": [_finite(row[0]) for row in value]}
    return {**shown, "minimum": _finite(value.min()), "mean": _finite(value.mean()), "maximum": _finite(value.max())}


def _finite(number: float) -> float | None:
    """Return a number as JSON has it: NaN and the infinities are null."""
    return float(number) if isfinite(number) else None


def _print(name: str, value: Array, top: int, examples: Sequence[str]) -> None:
    from modelspec.photos import best

    say(f"{name} {list(value.shape)} {value.dtype}")
    if not value.size:
        return
    if value.ndim != 2:
        print(f"  minimum {value.min():.6g}, mean {value.mean():.6g}, maximum {value.max():.6g}")
        return
    numbers = [f"[{number}]" for number in range(len(value))] if len(value) > 1 else [""]
    labels = examples if len(examples) == len(value) else numbers
    width = max(map(len, labels), default=0)
    for label, row in zip(labels, value, strict=True):
        said = f"  {label:{width}}" if label else " "
        if len(row) == 1:
            say(f"{said} {row[0]:.6f}")
        else:
            for index, score in best(row, top):
                say(f"{said} class {index:<5} {score:.6f}")
