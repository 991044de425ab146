"""What a short text makes its reader evaluate, and how often, is bounded however few the layers are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from nets import RELU, Json, built, calls, net

import modelspec
from modelspec.diagnostics import MANY, SpecError, did_you_mean
from modelspec.expansion import MAX_EFFORT
from modelspec.validation import Checks, Report, validate_bytes

TIMES = {"range": 9999}
SUM = "+".join(["i"] * 140)


def repeated(*steps: Json, **sections: Any) -> Json:
    return net({"for": "i", "in": TIMES, "layers": list(steps)}, **sections)


def parameters(count: int) -> Json:
    return {f"p{number}": {"type": "integer", "default": number} for number in range(count)}


MUCH: dict[str, Json] = {
    "a long expression in a field": repeated({"type": "Dropout", "rate": f"${{0 * ({SUM})}}"}),
    "a long expression in a name": repeated({**RELU, "name": f"a${{{SUM}}}"}),
    "a long condition": repeated({"if": f"${{{SUM} >= 0}}", "then": [RELU]}),
    "a list of expressions": repeated({"type": "Rescaling", "scale": ["${i + 1}"] * 150}, inputs={"x": {"shape": [150]}}),
    "the values of a call": repeated(
        {"block": "b", "with": {"values": list(range(900))}},
        blocks={"b": {"parameters": {"values": {"type": "list"}}, "layers": [RELU]}},
    ),
    "the parameters of a block": repeated({"block": "b"}, blocks={"b": {"parameters": parameters(500), "layers": [RELU]}}),
    "the values of an inner repetition": repeated({"for": "j", "in": [f"${{{SUM}}}"], "layers": [RELU]}),
    "the inputs of a layer": repeated({"type": "Add", "inputs": ["x"] * 900}),
    "the inputs of a block": repeated(
        {"block": "b", "inputs": ["x"] * 900},
        blocks={"b": {"inputs": [f"i{number}" for number in range(900)], "layers": [{**RELU, "inputs": "i0"}]}},
    ),
    "the outputs of a block": repeated(
        {"block": "b", "name": "c"}, blocks={"b": {"layers": [{**RELU, "name": "r"}], "outputs": ["r"] * 900}}
    ),
    "names in a repetition of nothing": repeated(
        {"for": "j", "in": {"range": 0}, "layers": [{**RELU, "name": f"n{number}"} for number in range(900)]}, RELU
    ),
}


@pytest.mark.parametrize("name", MUCH)
def test_much_to_evaluate_in_few_layers_is_refused(name: str) -> None:
    with pytest.raises(SpecError) as caught:
        modelspec.elaborate(MUCH[name])
    (finding,) = caught.value.diagnostics
    assert finding.code == "MS510"
    assert f"{MAX_EFFORT:,}" in finding.message


def test_what_is_evaluated_until_it_is_refused_takes_as_much_work_as_some_of_the_largest_models() -> None:
    largest = calls(lambda: built(repeated(RELU)))

    def refuse() -> None:
        with pytest.raises(SpecError):
            modelspec.elaborate(MUCH["a long expression in a field"])

    assert calls(refuse) < 20 * largest


def test_the_largest_specs_may_have_expressions() -> None:
    assert len(built(repeated({"type": "Dropout", "rate": "${i / 10000}", "name": "dropout_${i}"})).nodes) == 9999
    assert len(built(repeated({"type": "Rescaling", "scale": [2.0] * 150}, inputs={"x": {"shape": [150]}})).nodes) == 9999


def validated(spec: Json) -> Report:
    return validate_bytes(json.dumps(spec).encode(), Path("net.json"), Checks())


@pytest.mark.parametrize(
    ("sets", "count", "layers"),
    [(30_000, 1, 1), (400, 4000, 1)],
    ids=["many sets", "many parameters"],
)
def test_parameter_sets_are_checked_as_far_as_it_is_soon_done(sets: int, count: int, layers: int) -> None:
    spec = net(
        {"for": "i", "in": {"range": "${p0 + 1}"}, "layers": [RELU]},
        parameters={**parameters(count), "p0": {"type": "integer", "default": layers - 1}},
        parameter_sets={f"s{number}": {"p0": layers - 1} for number in range(sets)},
    )
    (finding,) = [it for it in validated(spec).findings if it.severity == "error"]
    assert finding.code == "MS510"
    assert "--param-set" in finding.hint
    assert finding.pointer.startswith("/parameter_sets/s")
    assert finding.place is not None


def test_a_file_takes_no_more_work_than_some_of_the_largest_models() -> None:
    spec = net(
        {"for": "i", "in": {"range": "${n}"}, "layers": [RELU]},
        parameters={"n": {"type": "integer", "default": 9000}},
        parameter_sets={f"s{number}": {"n": 9000} for number in range(300)},
    )
    one = calls(lambda: modelspec.elaborate(spec))
    assert calls(lambda: validated(spec)) < 20 * one


def test_parameter_sets_of_models_that_people_have_are_all_checked() -> None:
    spec = net(
        {"for": "i", "in": {"range": "${n}"}, "layers": [RELU]},
        parameters={"n": {"type": "integer", "default": 500}},
        parameter_sets={f"s{number}": {"n": 500 + number} for number in range(50)},
    )
    assert not validated(spec).errors


def test_outputs_of_calls_are_counted_before_they_are_named() -> None:
    block = {"layers": [{**RELU, "name": f"n{number}"} for number in range(2000)]}
    block["outputs"] = [str(it["name"]) for it in block["layers"]]
    spec = net(*[{"block": "b", "name": f"c{number}"} for number in range(2000)], blocks={"b": block})
    report: list[Report] = []
    assert calls(lambda: report.append(validated(spec))) < 5_000_000
    assert [it.code for it in report[0].findings] == ["MS510"]


def test_no_word_is_looked_for_among_very_many() -> None:
    words = [f"layer_{number}" for number in range(MANY)]
    assert did_you_mean("layr_3", words) == 'did you mean "layer_3"?'
    assert did_you_mean("layr_3", [*words, "one_more"]) == ""
