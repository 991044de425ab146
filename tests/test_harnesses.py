"""The fuzzers' own parts: what they check on fixed inputs, and that they reach every layer. Atheris is not needed here."""

from __future__ import annotations

import json
import random
import sys
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import compiling
import pytest
import reading
from documents import Choices, document, layer
from mutation import Mutator
from nets import net
from pydantic import ValidationError

from modelspec.layers import LAYERS

ROOT = Path(__file__).parent.parent
TEXTS = {
    "nothing": b"",
    "no text": b"\xff\xfe{",
    "a comma too many": b'{"format_version": 1, "name": "net", "inputs": {"x": {"shape": [3]}}, "layers": [{"type": "ReLU"},]}',
    "a block file": (ROOT / "fuzz" / "files" / "block.json").read_bytes(),
    "a block of a file": json.dumps(net({"block": "b"}, blocks={"b": {"use": "block.json"}})).encode(),
    "lint": json.dumps(
        net({"type": "Dense", "units": 1, "activation": "softmax"}, {"type": "ReLU"}, {"type": "ReLU"})
    ).encode(),
}


def source(seed: int) -> Choices:
    return Choices(random.Random(seed).randint)


@pytest.mark.parametrize("name", TEXTS)
def test_texts_hold_what_the_fuzzer_checks(name: str) -> None:
    report = reading.check(TEXTS[name])
    assert [it.code for it in report.findings] or name.startswith("a block")


@pytest.mark.parametrize("text", ["a\x1b[2J", "a\u202eb", "a\U000e0041", "::error::x", "a\n  ::error::x", "##[group]"])
def test_what_acts_where_it_is_shown_is_found(text: str) -> None:
    with pytest.raises(AssertionError):
        reading.check_harmless(text)


def test_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_CALLS", 100)
    monkeypatch.setattr(reading, "CALLS_A_BYTE", 1)
    with pytest.raises(AssertionError, match="calls for"):
        reading.check(TEXTS["lint"])


def test_documents_are_models_more_often_than_not() -> None:
    outcomes = [compiling.check(source(seed)) for seed in range(40)]
    assert outcomes.count("compiled") >= 15


def test_a_document_ends_where_choices_run_dry() -> None:
    made = document(Choices(min))
    assert len(made["layers"]) <= 1


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_is_drawn_as_its_model_takes_it(kind: str) -> None:
    def takes(made: Any) -> bool:
        try:
            LAYERS[kind].model_validate({key: it for key, it in made.items() if key != "type"})
        except ValidationError:
            return False
        return True

    assert any(takes(layer(source(seed), kind)) for seed in range(100))


def test_changes_follow_from_the_seed_and_are_mostly_documents() -> None:
    mutator = Mutator([TEXTS["lint"], TEXTS["a block of a file"]])
    made = [mutator.change(TEXTS["lint"], seed) for seed in range(100)]
    assert made == [mutator.change(TEXTS["lint"], seed) for seed in range(100)]
    assert len({it for it in made if it}) > 70
    assert sum(_is_json(it) for it in made if it) > 70


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("name", ["bytes_to_spec", "spec_to_onnx"])
def test_the_fuzzers_take_an_input(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = SimpleNamespace(
        instrument_imports=lambda **_: nullcontext(),
        FuzzedDataProvider=lambda data: SimpleNamespace(ConsumeIntInRange=random.Random(data).randint),
        Mutate=lambda data, max_size: data[:max_size],
    )
    monkeypatch.setitem(sys.modules, "atheris", stand_in)
    monkeypatch.delitem(sys.modules, name, raising=False)
    fuzzer = import_module(name)
    fuzzer.one_input(TEXTS["lint"])
    if name == "bytes_to_spec":
        assert all(len(fuzzer.mutated(TEXTS["lint"], 4000, seed)) <= 4000 for seed in range(20))
