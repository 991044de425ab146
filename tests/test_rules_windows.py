"""The rules about windows, sizes and what nothing reads: what they find, and what they leave alone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from nets import RELU, Json, calls, dense, net

from modelspec.diagnostics import CODES, Diagnostic
from modelspec.elaboration import elaborate_whole
from modelspec.loading import load
from modelspec.rules import RULES, RULES_OF_DOCUMENTS, RULES_OF_MODELS, Selection
from modelspec.rules.subject import Model
from modelspec.validation import Checks, validate, validate_bytes

ROOT = Path(__file__).parent.parent
MINE = ("MS92", "MS93", "MS94")
GLOBAL: Json = {"type": "GlobalAveragePooling2D"}


def conv(kernel: Any = 3, filters: Any = 4, **fields: Any) -> Json:
    return {"type": "Conv2D", "filters": filters, "kernel_size": kernel, "padding": "same", **fields}


def pool(size: Any, **fields: Any) -> Json:
    return {"type": "MaxPooling2D", "pool_size": size, **fields}


def image(*shape: Any) -> Json:
    return {"x": {"shape": [*shape, 3]}}


def found(spec: Json, code: str = "") -> list[Diagnostic]:
    checks = Checks(lint=Selection((code or "MS9",)), with_plugins=False)
    findings = validate_bytes(json.dumps(spec).encode(), Path("net.json"), checks).findings
    assert not [str(finding) for finding in findings if finding.severity == "error"]
    return list(findings)


FIRES: list[tuple[str, Json, str, str]] = [
    ("MS921", net(conv(2)), "/layers/0/kernel_size", "a kernel of 2x2"),
    ("MS921", net(conv([3, 4])), "/layers/0/kernel_size", "a kernel of 3x4"),
    (
        "MS921",
        net({"type": "Conv1D", "filters": 2, "kernel_size": 2, "padding": "same"}, inputs={"x": {"shape": [9, 3]}}),
        "/layers/0/kernel_size",
        "moves",
    ),
    ("MS922", net(conv(2, strides=3)), "/layers/0/strides", "strides of 3x3 skip elements that no window of 2x2 reads"),
    ("MS922", net(pool(2, strides=3)), "/layers/0/strides", "3x3"),
    ("MS923", net(pool(5, strides=1, padding="same"), inputs=image(3, 3)), "/layers/0/pool_size", "5x5 over 3x3 reads 64%"),
    ("MS923", net(conv(9), inputs=image(4, 4)), "/layers/0/kernel_size", "9x9 over 4x4 reads 80%"),
    ("MS924", net(conv(3), inputs=image(1, 9)), "/layers/0/kernel_size", "the input is 1x9: 3 of the 9 weights"),
    ("MS924", net(conv(3), inputs=image(1, 1)), "/layers/0/kernel_size", "1 of the 9 weights"),
    ("MS925", net(conv(3), RELU, GLOBAL, inputs=image(8, 8)), "/layers/2/type", "has seen 3x3 of the 8x8 input"),
    ("MS925", net(conv(3), pool(2), conv(3), GLOBAL, inputs=image(64, 4)), "/layers/3/type", "8x8 of the 64x4"),
    ("MS926", net(pool(2, padding="same"), inputs=image(1, 1)), "/layers/0/type", "one value"),
    ("MS926", net({**GLOBAL, "keepdims": True}, inputs=image(1, 1)), "/layers/0/type", "pools one value"),
    ("MS927", net(pool(2), inputs=image(7, 8)), "/layers/0/type", "1 of 7 rows"),
    ("MS927", net(conv(3, strides=4, padding="valid"), inputs=image(10, 10)), "/layers/0/padding", "2 of 10"),
    ("MS928", net(conv(1, dilation_rate=2)), "/layers/0/dilation_rate", "a dilation of 2x2"),
    ("MS928", net(conv([1, 3], dilation_rate=[2, 1])), "/layers/0/dilation_rate", "2x1"),
    (
        "MS931",
        net({"type": "Flatten"}, dense(200, activation="relu"), dense(2), inputs=image(256, 256)),
        "/layers/1/units",
        "39,321,600 weights, 100% of the model",
    ),
    ("MS932", net(conv(3), dense(10, activation="softmax")), "/layers/1/type", "[8, 8, 10]"),
    ("MS932", net(conv(3), dense(10), {"type": "Softmax"}), "/layers/1/type", "last axis only"),
    ("MS933", net(conv(3), inputs={"x": {"shape": [3, 32, 32]}}), "/inputs/x/shape", "looks like channels_first"),
    ("MS933", net(RELU, conv(3), inputs={"x": {"shape": [1, "h", 32]}}), "/inputs/x/shape", "looks like"),
    ("MS933", net(conv(3, data_format="channels_first"), inputs=image(32, 32)), "/inputs/x/shape", "looks like channels_last"),
    ("MS941", net(dense(3, name="lost"), dense(2, inputs="x")), "/layers/0/type", 'nothing reads "lost"'),
    ("MS941", net(dense(3), RELU, RELU, dense(2, inputs="x")), "/layers/2/type", "nor the 2 layers that lead to it"),
]

QUIET: list[tuple[str, Json]] = [
    ("MS921", net(conv(2, padding="valid"))),
    ("MS921", net(conv(4, strides=4))),
    ("MS921", net(conv(4, strides=2))),
    ("MS921", net(pool(2, padding="same", strides=1))),
    ("MS922", net(conv(1, strides=2))),
    ("MS922", net(conv(2, strides=2))),
    ("MS922", net(pool(3, strides=2))),
    ("MS922", net({"type": "Conv2D", "filters": 2, "kernel_size": 2, "strides": 2})),
    ("MS923", net(conv(3), inputs=image(2, 2))),
    ("MS923", net(pool(9, padding="same"), inputs=image("h", "w"))),
    ("MS923", net(pool(8, padding="valid"))),
    ("MS924", net(conv(1), inputs=image(1, 1))),
    ("MS924", net(conv([1, 3]), inputs=image(1, 9))),
    ("MS924", net(conv(3), inputs=image("h", "w"))),
    ("MS925", net(conv(5), conv(5), GLOBAL)),
    ("MS925", net(conv(3), GLOBAL, inputs=image("h", "w"))),
    ("MS925", net(conv(3), {**GLOBAL, "keepdims": True}, conv(3), conv(3), conv(3), {"type": "Flatten"})),
    ("MS925", net(conv(3), {"type": "Resizing", "height": 4, "width": 4}, GLOBAL)),
    ("MS926", net(pool(2), inputs=image(2, 2))),
    ("MS926", net(GLOBAL)),
    ("MS926", net(GLOBAL, inputs=image("h", "w"))),
    ("MS927", net(pool(2, padding="same"), inputs=image(7, 7))),
    ("MS927", net(pool(2), inputs=image(31, 31))),
    ("MS927", net(pool(2), inputs=image("h", 8))),
    ("MS928", net(conv(3, dilation_rate=2))),
    ("MS931", net({"type": "Flatten"}, dense(2), inputs=image(256, 256))),
    ("MS931", net(dense(5000), RELU, dense(5000), inputs={"x": {"shape": [3]}})),
    ("MS932", net(conv(3), dense(10), RELU, conv(3))),
    ("MS932", net(dense(10), inputs={"x": {"shape": [9, 3]}})),
    ("MS933", net(conv(3), inputs={"x": {"shape": [3, 3, 3]}})),
    ("MS933", net(conv(3), inputs=image(32, 32))),
    ("MS933", net(conv(3), inputs={"x": {"shape": [3, 32, 64]}}, data_format="channels_first")),
    ("MS941", net(dense(3, name="a"), dense(2, name="b", inputs="x"), outputs=["a", "b"])),
]


@pytest.mark.parametrize(("code", "spec", "pointer", "words"), FIRES)
def test_it_is_found_once_at_its_field(code: str, spec: Json, pointer: str, words: str) -> None:
    (finding,) = found(spec, code)
    assert finding.pointer == pointer
    assert words in finding.message
    assert finding.hint


@pytest.mark.parametrize(("code", "spec"), QUIET)
def test_what_is_meant_is_left_alone(code: str, spec: Json) -> None:
    assert [str(finding) for finding in found(spec, code)] == []


def test_every_rule_is_tried_both_ways() -> None:
    codes = {rule.code for rule in RULES_OF_MODELS if rule.code.startswith(MINE)}
    assert {code for code, *_ in FIRES} == {code for code, _ in QUIET} == codes


def test_a_squeeze_and_excite_block_is_not_short_sighted() -> None:
    squeeze = [{**GLOBAL, "keepdims": True}, conv(1, activation="sigmoid", name="gate")]
    spec = net(conv(3, name="c"), *squeeze, {"type": "Multiply", "inputs": ["c", "gate"]}, GLOBAL, inputs=image(64, 64))
    assert found(spec, "MS925") == []


def test_two_branches_see_as_far_as_the_farther() -> None:
    branches = [conv(3, name="near"), conv(7, name="far", inputs="x"), {"type": "Add", "inputs": ["near", "far"]}, GLOBAL]
    assert found(net(*branches, inputs=image(7, 7)), "MS925") == []
    assert "7x7 of the 9x9" in found(net(*branches, inputs=image(9, 9)), "MS925")[0].message


@pytest.mark.parametrize("rule", [rule for rule in RULES_OF_MODELS if rule.code.startswith(MINE)], ids=lambda rule: rule.code)
def test_the_work_grows_with_the_layers(rule: Any) -> None:
    def work(count: int) -> int:
        steps = [conv(3, name=f"c{i}", inputs=f"c{i - 1}" if i else "x") for i in range(count)]
        lost = [conv(3, name=f"l{i}", inputs="x") for i in range(count)]
        spec = load(net(*steps, *lost, outputs=steps[-1]["name"]))
        model = Model(spec, elaborate_whole(spec))
        return calls(lambda: list(rule.check(model)))

    few, many = work(40), work(160)
    assert many < 6 * few + 2_000


def test_the_shipped_specs_have_no_remark() -> None:
    files = [*sorted((ROOT / "specs").rglob("*.json")), ROOT / "examples" / "attentive.json"]
    for file in files:
        assert [str(finding) for finding in validate(file).findings] == []


def test_the_table_of_rules_is_complete() -> None:
    text = (ROOT / "docs" / "lint.md").read_text()
    rows = re.findall(r"^\| \[(MS\d+)\]\(errors/\1\.md\) \| (\w+) \| (.+) \|$", text, re.M)
    assert rows == sorted((rule.code, rule.severity, CODES[rule.code]) for rule in RULES)


def test_every_code_of_lint_is_a_rule() -> None:
    assert {rule.code for rule in RULES} == {code for code in CODES if code.startswith("MS9")}
    assert len(RULES_OF_DOCUMENTS) >= 5
