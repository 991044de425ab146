"""Specs with mistakes: each finding at its place, with its hint and its trail, all of them at once, none of them twice."""

from __future__ import annotations

import json
from typing import Any, get_args

import mistakes_in_layers
import mistakes_in_text
import mistakes_in_values
import mistakes_of_beginners
import pydantic
import pytest
from mistakes import MARK, RELU, Mistake, spec

import modelspec
from modelspec import SpecError, compiler, document
from modelspec.diagnostics import CODES, Diagnostic
from modelspec.documentation import field_docs
from modelspec.findings import MAX_FINDINGS
from modelspec.layer_types import ELSEWHERE
from modelspec.layers import LAYERS
from modelspec.layers.fields import Strict
from modelspec.schema import json_schema

MISTAKES = (
    *mistakes_in_text.MISTAKES,
    *mistakes_in_values.MISTAKES,
    *mistakes_in_layers.MISTAKES,
    *mistakes_of_beginners.MISTAKES,
)


def findings(text: str, given: dict[str, Any] | None = None) -> tuple[Diagnostic, ...]:
    with pytest.raises(SpecError) as caught:
        compiler.elaborate(compiler.loads(text.encode("utf-8", "surrogateescape"), "net.json"), given)
    return caught.value.diagnostics


def marked(text: str) -> tuple[str, list[str]]:
    """Return the text without its marks, and where they stood as ``net.json:line:column``."""
    places: list[str] = []
    clean, *rest = text.split(MARK)
    for part in rest:
        line = clean.count("\n") + 1
        places.append(f"net.json:{line}:{len(clean) - clean.rfind(chr(10))}")
        clean += part
    return clean, places


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.id)
def test_a_mistake_is_found_where_it_is(mistake: Mistake) -> None:
    text, places = marked(mistake.text)
    found = findings(text, dict(mistake.given))
    places = places * len(mistake.findings) if len(places) == 1 else places
    wanted = [(item.code, place, item.pointer) for item, place in zip(mistake.findings, places, strict=True)]
    assert [(item.code, str(item.place), item.pointer) for item in found] == wanted
    for item, said in zip(mistake.findings, found, strict=True):
        assert item.words in said.message
        assert item.hint in said.hint
        assert tuple(frame.text for frame in said.trail) == item.trail
        assert all(frame.place is not None and frame.place.file == "net.json" for frame in said.trail)
        assert said.severity == "error"


def test_the_ids_are_distinct() -> None:
    assert len({mistake.id for mistake in MISTAKES}) == len(MISTAKES)


def test_every_code_of_a_spec_is_found_in_some_mistake() -> None:
    possible = {code for code in CODES if code <= "MS512"}
    assert {finding.code for mistake in MISTAKES for finding in mistake.findings} == possible


def test_a_finding_is_printed_with_its_trail_and_hint() -> None:
    mistake = next(mistake for mistake in MISTAKES if mistake.id == "computed_argument")
    text, [place] = marked(mistake.text)
    loop, call = text.index('{"for"'), text.index('{"block": "b"')
    assert str(findings(text)[0]).splitlines() == [
        f"{place}: MS307 n is 3.0; it must be an integer",
        f'  in block "b" with n=3.0 (net.json:{_place(text, call)})',
        f"  in repetition 1 (i = 6) (net.json:{_place(text, loop)})",
        "  hint: divide with // to get an integer",
    ]


def _place(text: str, offset: int) -> str:
    return f"{text.count(chr(10), 0, offset) + 1}:{offset - text.rfind(chr(10), 0, offset)}"


def test_a_shape_that_does_not_fit_says_where_it_was_made() -> None:
    first, second = (
        '{"type": "Conv2D", "filters": 9, "kernel_size": 1}',
        '{"type": "Conv2D", "filters": 9, "kernel_size": 1, "groups": 2}',
    )
    text = spec('{"type": "MaxPooling2D"}', first, second)
    [found] = findings(text)
    assert found.code == "MS501"
    assert found.hint == f'"conv2d" makes [4, 4, 9] float32 (net.json:{_place(text, text.index(first))})'


def test_the_way_back_passes_what_keeps_a_shape_and_ends_at_an_input() -> None:
    first = '{"type": "Conv2D", "name": "a", "filters": 9, "kernel_size": 1}'
    text = spec(first, RELU, '{"type": "Dropout", "name": "b", "rate": 0.5}', '{"type": "Add", "inputs": ["b", "x"]}')
    [found] = findings(text)
    assert found.hint == (
        "branches that meet need the same strides, padding and filters; "
        f'"a" makes [8, 8, 9] float32 (net.json:{_place(text, text.index(first))}); '
        f'the input "x" is [8, 8, 3] float32 (net.json:{_place(text, text.index(chr(34) + "x" + chr(34)))})'
    )


def test_a_hostile_key_writes_nothing_to_a_terminal() -> None:
    document = json.loads(spec(RELU))
    document["layers"][0]["\x1b[31m\n::error::\u202e"] = 1
    document["layers"][0]["name"] = "\x1b[0m\r\n##[error]"
    for found in findings(json.dumps(document)):
        lines = str(found).splitlines()
        assert not any(character in line for line in lines for character in "\x1b\r\u202e")
        assert not any(line.startswith(("::", "##")) for line in lines)


def test_findings_are_listed_in_the_order_of_the_document_and_no_more_than_a_person_reads() -> None:
    found = findings(spec(*(f'{{"type": "Layer{number}"}}' for number in range(2 * MAX_FINDINGS))))
    assert len(found) == MAX_FINDINGS
    assert [item.place.line for item in found if item.place] == list(range(5, 5 + MAX_FINDINGS))
    assert len(findings(spec(*["{}"] * 2 * MAX_FINDINGS))) == MAX_FINDINGS


MODELS = [
    item for item in vars(document).values() if isinstance(item, type) and issubclass(item, Strict) and item is not Strict
]


def test_there_are_models() -> None:
    assert len(MODELS) > 12


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_models_are_strict_frozen_and_documented(model: type[Strict]) -> None:
    assert model.model_config["extra"] == ("allow" if model is document.LayerStep else "forbid")
    assert model.model_config["strict"]
    assert model.model_config["frozen"]
    assert model.__doc__
    assert {info.alias or name for name, info in model.model_fields.items()} - field_docs(model).keys() <= {"type"}


def test_parameters_and_steps_are_told_apart_by_a_discriminator() -> None:
    assert get_args(document.Parameter)[1].discriminator == "type"
    assert isinstance(get_args(document.Step)[1], pydantic.Discriminator)
    assert {"integer", "number", "boolean", "string", "shape", "list"} == {
        get_args(model.model_fields["type"].annotation)[0] for model in get_args(get_args(document.Parameter)[0])
    }


DESCRIBED: dict[str, Any] = {
    "$schema": "https://example.org/spec.schema.json",
    "format_version": 1,
    "name": "net",
    "description": "A net.",
    "data_format": "channels_last",
    "parameters": {kind: {"type": kind, "default": value, "description": f"A {kind}."} for kind, value in {
        "integer": 3, "number": 0.5, "boolean": True, "string": "relu", "shape": ["height", 8, 3], "list": [1, "a", None],
    }.items()},
    "inputs": {"x": {"shape": "${shape}", "dtype": "float64", "description": "Pixels."}},
    "blocks": {"b": {"description": "A block.", "layers": [{"type": "ReLU", "description": "A layer."}]}},
    "layers": [
        {"block": "b", "description": "A call."},
        {"for": "i", "in": {"range": 2, "description": "Twice."}, "description": "A loop.", "layers": [{"type": "ReLU"}]},
        {"if": True, "then": [{"type": "Activation", "activation": "${string}"}], "description": "A condition."},
    ],
}  # fmt: skip


def test_anything_may_be_described_and_a_document_of_python_is_one_of_json() -> None:
    made, read = modelspec.load(DESCRIBED), compiler.loads(json.dumps(DESCRIBED, indent=2).encode())
    assert made.model_dump() == read.model_dump()
    assert json.loads(made.model_dump_json(by_alias=True, exclude_unset=True)) == DESCRIBED
    graph = modelspec.elaborate(made)
    assert graph.description == "A net."
    assert [node.name for node in graph.nodes] == ["b/re_lu", "re_lu_1", "re_lu_2", "activation"]
    assert json_schema()["properties"].keys() == {field.alias or name for name, field in document.Spec.model_fields.items()}


def test_a_spec_knows_its_text() -> None:
    source = compiler.loads(spec(RELU).encode(), "net.json").source
    assert (source.file, source.text) == ("net.json", spec(RELU))
    assert document.Spec.model_validate(json.loads(spec(RELU))).source.text == ""


@pytest.mark.parametrize("name", ELSEWHERE)
def test_names_from_elsewhere_lead_to_a_layer(name: str) -> None:
    assert name not in LAYERS
    assert ELSEWHERE[name] in LAYERS
    document = {
        "format_version": 1,
        "name": "net",
        "inputs": {"x": {"shape": [4]}},
        "layers": [{"type": name}],
    }
    with pytest.raises(modelspec.SpecError, match=f'it is called "{ELSEWHERE[name]}" here'):
        modelspec.load(document)
