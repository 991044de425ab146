"""The rules about what is declared and written twice, and the ``lint`` keys that keep rules quiet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from nets import RELU, Json, calls, conv, dense, net

from modelspec.diagnostics import Diagnostic
from modelspec.loading import load
from modelspec.rules import RULES_OF_DOCUMENTS, Selection
from modelspec.rules.subject import Written
from modelspec.validation import Checks, validate, validate_bytes

INTEGER: Json = {"type": "integer", "default": 10}
SHAPE: Json = {"type": "shape", "default": [8, 8, 3]}


def found(spec: Json, code: str = "MS9", **checks: Any) -> list[Diagnostic]:
    findings = validate_bytes(json.dumps(spec).encode(), Path("net.json"), Checks(lint=Selection((code,)), **checks)).findings
    assert not [str(finding) for finding in findings if finding.severity == "error"]
    return list(findings)


BLOCK: Json = {"parameters": {"n": INTEGER}, "layers": [dense("${n}")]}

FIRES: list[tuple[str, Json, str, str]] = [
    ("MS942", net(RELU, parameters={"n": INTEGER}), "/parameters/n", 'nothing reads the parameter "n"'),
    ("MS942", net({"block": "b"}, blocks={"b": {**BLOCK, "layers": [RELU]}}), "/blocks/b/parameters/n", '"n"'),
    (
        "MS942",
        net({"block": "b"}, parameters={"n": INTEGER}, blocks={"b": BLOCK}),
        "/parameters/n",
        "nothing reads",
    ),
    ("MS943", net(RELU, blocks={"b": {"layers": [RELU]}}), "/blocks/b", 'nothing calls the block "b"'),
    (
        "MS944",
        net(dense("${num_classes}"), dense(10), parameters={"num_classes": INTEGER}),
        "/layers/1/units",
        'units is 10, as the parameter "num_classes"',
    ),
    ("MS945", net(RELU, *[conv(4)] * 4), "/layers/1", "this step stands here 4 times in a row"),
    ("MS945", net(*[conv(4), RELU] * 5), "/layers/0", "these 2 steps stand here 5 times in a row"),
    ("MS945", net(*[conv(4, name=f"c{i}") for i in range(6)]), "/layers/0", "6 times"),
    ("MS945", net({"block": "b"}, blocks={"b": {"layers": [conv(4)] * 4}}), "/blocks/b/layers/0", "4 times"),
    ("MS946", net(RELU, {"if": True, "then": [RELU]}), "/layers/1/if", "the condition is always true"),
    ("MS946", net(RELU, {"for": "i", "in": [], "layers": [RELU]}), "/layers/1/in", "over nothing"),
    ("MS946", net({"for": "i", "in": [3], "layers": [dense("${i}")]}), "/layers/0/in", "over one value"),
    ("MS946", net({"for": "i", "in": {"range": 1}, "layers": [RELU]}), "/layers/0/in", "over one value"),
    (
        "MS946",
        net(dense("${n}"), parameters={"n": {**INTEGER, "choices": [10]}}),
        "/parameters/n/choices",
        'the parameter "n" has one choice',
    ),
]

QUIET: list[tuple[str, Json]] = [
    ("MS942", net(dense("${n}"), parameters={"n": INTEGER})),
    ("MS942", net(dense("${m}"), parameters={"n": INTEGER, "m": {"type": "integer", "default": "${2 * n}"}})),
    ("MS942", net(RELU, parameters={"size": SHAPE}, inputs={"x": {"shape": "${size}"}})),
    ("MS942", net({"if": "${n > 3}", "then": [RELU]}, RELU, parameters={"n": INTEGER})),
    ("MS943", net({"block": "a"}, blocks={"a": {"layers": [{"block": "b"}]}, "b": {"layers": [RELU]}})),
    (
        "MS943",
        net({"if": "${n > 3}", "then": [{"block": "b"}]}, RELU, parameters={"n": INTEGER}, blocks={"b": {"layers": [RELU]}}),
    ),
    ("MS944", net(dense("${num_classes}"), parameters={"num_classes": INTEGER})),
    ("MS944", net(dense("${width}"), dense(10), parameters={"width": INTEGER})),
    ("MS945", net(*[conv(4)] * 3)),
    ("MS945", net(*[conv(number) for number in range(1, 9)])),
    ("MS946", net({"if": "${n > 3}", "then": [RELU]}, RELU, parameters={"n": INTEGER})),
    ("MS946", net({"for": "i", "in": "${n}", "layers": [RELU]}, RELU, parameters={"n": {"type": "list", "default": [1]}})),
    ("MS946", net({"for": "i", "in": {"range": [0, 2]}, "layers": [RELU]})),
    ("MS946", net({"for": "i", "in": {"range": [1, 2]}, "layers": [RELU]})),
]


@pytest.mark.parametrize(("code", "spec", "pointer", "words"), FIRES)
def test_it_is_found_once_at_its_place(code: str, spec: Json, pointer: str, words: str) -> None:
    (finding,) = found(spec, code)
    assert finding.pointer == pointer
    assert words in finding.message
    assert finding.hint


@pytest.mark.parametrize(("code", "spec"), QUIET)
def test_what_is_meant_is_left_alone(code: str, spec: Json) -> None:
    assert [str(finding) for finding in found(spec, code)] == []


def test_every_rule_is_tried_both_ways() -> None:
    codes = {rule.code for rule in RULES_OF_DOCUMENTS}
    assert {code for code, *_ in FIRES} == {code for code, _ in QUIET} == codes


def test_a_block_that_only_a_useless_block_calls_is_useless() -> None:
    blocks = {"a": {"layers": [{"block": "b"}]}, "b": {"layers": [RELU]}}
    assert {it.pointer for it in found(net(RELU, blocks=blocks), "MS943")} == {"/blocks/a", "/blocks/b"}


def test_a_shape_that_is_written_out_beside_its_parameter() -> None:
    inputs = {"x": {"shape": [8, 8, 3]}, "y": {"shape": "${size}"}}
    spec = net({"type": "Add", "inputs": ["x", "y"]}, parameters={"size": SHAPE}, inputs=inputs)
    (finding,) = found(spec, "MS944")
    assert (finding.pointer, finding.hint) == ("/inputs/x/shape", 'write "${size}"')


@pytest.mark.parametrize("rule", RULES_OF_DOCUMENTS, ids=lambda rule: rule.code)
def test_the_work_grows_with_the_steps(rule: Any) -> None:
    def work(count: int) -> int:
        steps = [step for number in range(count) for step in (conv(1 + number % 5), RELU)]
        parameters = {f"p{number}": INTEGER for number in range(count)}
        spec = load(net(*steps, parameters=parameters))
        (document,) = spec.documents
        return calls(lambda: list(rule.check(Written(*document, spec.source))))

    few, many = work(50), work(200)
    assert many < 6 * few + 2_000


EVEN = {**conv(4), "kernel_size": 2, "padding": "same"}


def ignoring(step: Json, *codes: str) -> Json:
    return {**step, "lint": {"ignore": [*codes], "reason": "a test"}}


def test_a_lint_key_holds_for_all_that_is_inside() -> None:
    loop = ignoring({"for": "i", "in": [1, 2], "layers": [EVEN]}, "MS921")
    assert found(net(loop)) == found(net(ignoring(EVEN, "MS92"))) == []
    assert found({**net(EVEN), "lint": {"ignore": ["MS921"]}}) == []


def test_a_lint_key_on_a_call_holds_for_that_call() -> None:
    blocks = {"b": {"layers": [EVEN]}}
    assert found(net(ignoring({"block": "b"}, "MS921"), blocks=blocks)) == []
    (finding,) = found(net(ignoring({"block": "b"}, "MS921"), {"block": "b"}, blocks=blocks))
    assert (finding.code, finding.pointer) == ("MS921", "/blocks/b/layers/0/kernel_size")


def test_a_lint_key_without_effect_is_remarked_on() -> None:
    (finding,) = found(net(ignoring(conv(4), "MS921")))
    assert (finding.code, finding.pointer) == ("MS949", "/layers/0/lint/ignore/0")
    assert finding.fix is not None
    two = found(net(ignoring(EVEN, "MS921", "MS922")))
    assert [it.pointer for it in two] == ["/layers/0/lint/ignore/1"]


def test_a_lint_key_of_steps_that_are_not_taken_is_not_judged() -> None:
    step = {"if": "${n > 99}", "then": [ignoring(conv(4), "MS921")]}
    spec = net(RELU, step, parameters={"n": INTEGER})
    assert found(spec) == []
    assert [it.code for it in found({**spec, "parameter_sets": {"big": {"n": 100}}})] == ["MS949"]


def test_a_lint_key_that_one_parameter_set_needs_stays() -> None:
    step = ignoring({**EVEN, "kernel_size": "${k}"}, "MS921")
    spec = net(step, parameters={"k": {"type": "integer", "default": 3}}, parameter_sets={"even": {"k": 2}})
    assert found(spec) == []
    assert [it.code for it in found(spec, parameters={"k": 3})] == ["MS949"]


def test_rules_that_are_not_selected_say_nothing_and_their_lint_keys_stay() -> None:
    checks = Checks(lint=Selection(("MS9",), ("MS921",)))
    text = json.dumps(net(EVEN, ignoring(EVEN, "MS921"))).encode()
    assert validate_bytes(text, Path("net.json"), checks).findings == ()


def test_block_files_are_linted_alone_and_with_the_spec_that_uses_them(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text(
        json.dumps({"format_version": 1, "parameters": {"n": INTEGER}, "layers": [EVEN, ignoring(RELU, "MS922")]})
    )
    (tmp_path / "net.json").write_text(json.dumps(net({"block": "b"}, blocks={"b": {"use": "b.json"}})))
    alone = validate(tmp_path / "b.json").findings
    assert [it.code for it in alone] == ["MS942"]
    used = validate(tmp_path / "net.json").findings
    assert {(it.code, Path(it.place.file).name) for it in used if it.place} == {
        ("MS942", "b.json"),
        ("MS921", "b.json"),
        ("MS949", "b.json"),
    }


@pytest.mark.parametrize("lint", [{"ignore": ["MS203"]}, {"ignore": []}, {"ignore": "MS921"}, {"ignor": ["MS921"]}, ["MS921"]])
def test_a_lint_key_that_is_wrong_is_an_error(lint: Any) -> None:
    findings = validate_bytes(json.dumps(net({**EVEN, "lint": lint})).encode(), Path("net.json")).findings
    assert [it.severity for it in findings] == ["error"] * len(findings)
    assert findings
    assert all(it.pointer.startswith("/layers/0/lint") for it in findings)
