"""The rules about layers: what they find, what they leave alone, and how they are kept quiet."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lint_of_layers import BN, FIRES, FLAT, IMAGE, QUIET, VECTOR, ZEROS, Lint, act, drop, of, scaled
from nets import RELU, Json, calls, conv, dense, net

from modelspec import compiler
from modelspec.diagnostics import Diagnostic
from modelspec.elaboration import elaborate_whole
from modelspec.rules import RULES_OF_MODELS, Selection
from modelspec.rules.subject import Model
from modelspec.validation import Checks, validate_bytes

CODES = ("MS90", "MS91")
ONLY = Checks(lint=Selection(CODES), with_plugins=False)


def found(spec: Json) -> list[Diagnostic]:
    """Return what the rules about layers say of a spec without errors."""
    findings = validate_bytes(json.dumps(spec).encode(), Path("net.json"), ONLY).findings
    assert not [str(finding) for finding in findings if finding.severity == "error"]
    return list(findings)


def with_code(code: str, spec: Json) -> list[Diagnostic]:
    return [finding for finding in found(spec) if finding.code == code]


def ids(cases: tuple[Lint, ...]) -> list[str]:
    return [case.id for case in cases]


@pytest.mark.parametrize("case", FIRES, ids=ids(FIRES))
def test_it_is_found_once_at_its_field(case: Lint) -> None:
    (finding,) = with_code(case.code, case.spec)
    assert finding.pointer == f"/layers/{case.at}"
    assert case.words in finding.message
    assert finding.hint
    assert finding.severity == {rule.code: rule.severity for rule in RULES_OF_MODELS}[case.code]


@pytest.mark.parametrize("case", QUIET, ids=ids(QUIET))
def test_what_is_meant_is_left_alone(case: Lint) -> None:
    assert [str(finding) for finding in with_code(case.code, case.spec)] == []


@pytest.mark.parametrize("case", FIRES, ids=ids(FIRES))
def test_a_lint_key_keeps_it_quiet(case: Lint) -> None:
    spec = copy.deepcopy(case.spec)
    spec["layers"][int(case.at.partition("/")[0])]["lint"] = {"ignore": [case.code], "reason": "a test"}
    assert with_code(case.code, spec) == []


@pytest.mark.parametrize(
    "case", [case for case in FIRES if not case.outputs and case.code != "MS910"], ids=lambda case: case.id
)
def test_it_is_found_once_in_a_block_that_is_called_twice(case: Lint) -> None:
    block = {"inputs": ["x"], "layers": list(case.steps)}
    calls = [{"block": "b", "name": name, "inputs": "x"} for name in ("one", "two")]
    spec = net(*calls, inputs=case.inputs, blocks={"b": block}, outputs=["one", "two"])
    (finding,) = with_code(case.code, spec)
    assert finding.pointer == f"/blocks/b/layers/{case.at}"
    assert [frame.text for frame in finding.trail] == ['block "b"']


def test_every_rule_is_tried_both_ways() -> None:
    codes = {rule.code for rule in RULES_OF_MODELS if rule.code.startswith(CODES)}
    assert {case.code for case in FIRES} == {case.code for case in QUIET} == codes


def test_a_repetition_is_found_once_with_the_way_there() -> None:
    loop = {"for": "n", "in": [32, 48], "layers": [dense("${n}", use_bias=False), of("BatchNormalization", momentum=0.1)]}
    (finding,) = found(net(loop, dense(2), inputs=VECTOR))
    assert (finding.code, finding.pointer) == ("MS912", "/layers/0/layers/1/momentum")
    assert [frame.text for frame in finding.trail] == ["repetition 1 (n = 32)"]


def test_equal_seeds_of_one_step_in_a_loop_are_found() -> None:
    loop = {"for": "n", "in": [32, 48], "layers": [dense("${n}", activation="relu"), drop(seed=7)]}
    assert [finding.pointer for finding in found(net(loop, dense(2), inputs=VECTOR))] == ["/layers/0/layers/1/seed"]


def test_a_relu_that_begins_a_block_may_follow_one() -> None:
    """It changes nothing in the first call only."""
    preactivated = {"layers": [RELU, conv(4)]}
    spec = net(conv(4), RELU, {"block": "b"}, {"block": "b"}, inputs=IMAGE, blocks={"b": preactivated})
    assert found(spec) == []
    assert [it.code for it in found(net(conv(4), RELU, {"block": "b"}, inputs=IMAGE, blocks={"b": preactivated}))] == ["MS905"]


def test_a_layer_that_changes_something_in_one_call_stays() -> None:
    head = {"layers": [FLAT, dense(4, activation="tanh")]}
    assert found(net({"block": "b"}, {"block": "b"}, inputs=IMAGE, blocks={"b": head}, outputs=None)) == []


def test_each_parameter_set_is_looked_at() -> None:
    spec = net(
        dense("${classes}", activation="softmax"),
        inputs=VECTOR,
        parameters={"classes": {"type": "integer", "default": 10}},
        parameter_sets={"score": {"classes": 1}},
    )
    (finding,) = found(spec)
    assert finding.code == "MS901"
    assert [frame.text for frame in finding.trail] == ['the parameter set "score"']


def long_chains(count: int) -> Iterator[Json]:
    """Specs with many layers that a careless rule would walk along again and again."""
    dropouts = [drop(0.1, name=f"d{i}", inputs=f"d{i - 1}" if i else "x") for i in range(count)]
    last = dropouts[-1]["name"]
    readers = [act("relu", name=f"r{i}", inputs=last) for i in range(count)]
    yield net(*dropouts, *readers, inputs=VECTOR, outputs=[reader["name"] for reader in readers])
    yield net(dense(9), *dropouts[:1], *dropouts[1:], inputs=VECTOR, outputs=[step["name"] for step in dropouts])
    yield net(*[dense(9, name=f"k{i}", **ZEROS) for i in range(count)], inputs=VECTOR)
    yield net(*[scaled(1, name=f"s{i}") for i in range(count)], inputs=VECTOR)
    yield net(
        *[dense(9, name=f"s{i}", inputs="x") for i in range(count)], BN, inputs=VECTOR, outputs=[f"s{i}" for i in range(count)]
    )


@pytest.mark.parametrize("rule", [rule for rule in RULES_OF_MODELS if rule.code.startswith(CODES)], ids=lambda rule: rule.code)
def test_the_work_grows_as_the_layers_do(rule: Any) -> None:
    for short, long in zip(long_chains(60), long_chains(240), strict=True):
        work: list[int] = []
        for spec in (short, long):
            loaded = compiler.loads(json.dumps(spec).encode())
            model = Model(loaded, elaborate_whole(loaded))
            work.append(calls(lambda model=model: list(rule.check(model))))
        assert work[1] < 4 * work[0] + 1000
