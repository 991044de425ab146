"""A file held against another: an optimised one is equal, a quantised one within what is allowed, a changed one is neither."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import onnx
import pytest
from foreign_models import RELU, Compare, changed, held, of, optimised, rounded, small
from onnx import ModelProto, TensorProto, helper

from modelspec.cli import main
from modelspec.verify.foreign import FileVerifier
from modelspec.verify.probes import KINDS


@pytest.fixture(scope="module")
def original() -> ModelProto:
    return small()


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def verifier() -> Iterator[FileVerifier]:
    with FileVerifier() as made:
        yield made


@pytest.fixture
def compare(verifier: FileVerifier) -> Compare:
    return held(verifier)


class TestComparison:
    """What is equal, and what is not."""

    def test_an_optimised_file_is_equal(self, compare: Compare, original: ModelProto) -> None:
        made = optimised(original)
        assert {node.op_type for node in made.graph.node} != {node.op_type for node in original.graph.node}
        found = compare(made, original)
        assert found.is_equal
        assert found.compared == ("model.onnx", "other.onnx")
        (layer,) = found.layers
        assert (layer.name, layer.kind, layer.reference) == ("scores", "output", "other.onnx")
        assert layer.deviations["files"]["model.onnx"].bound == 1e-4
        (output,) = found.outputs
        examples = sum(map(len, found.probes.values()))
        assert (output.rows, output.agreeing) == (examples, examples)
        assert {*KINDS} <= {it for examples in found.probes.values() for it in examples}
        assert {"all kinds", "pixels, all kinds", "a batch of one"} < found.probes.keys()
        sizes = [dict(it.split("=") for it in name.split(", ")) for name in found.probes if "=" in name]
        assert {int(it["height"]) % 2 for it in sizes} == {0, 1}
        assert all(it.peak_mib > 20 and it.versions["onnxruntime"] for it in found.backends)

    def test_a_quantised_file_is_what_its_user_accepts(self, compare: Compare, original: ModelProto) -> None:
        found = compare(rounded(original), original)
        assert not found.is_equal
        error = found.layers[0].deviations["files"]["model.onnx"].error
        assert 1e-4 < error < 2e-2
        accepted = compare(rounded(original), original, tolerance=2e-2)
        assert accepted.is_equal
        assert accepted.layers[0].deviations["files"]["model.onnx"].bound == 2e-2
        assert not compare(rounded(original), original, tolerance=error / 2).is_equal

    def test_a_file_of_8_bits(self, compare: Compare) -> None:
        """A product in whole numbers, as onnxruntime.quantization writes it."""
        random = np.random.default_rng(0)
        weight = random.normal(0, 1, (3, 5)).astype(np.float32)
        scale = np.float32(np.abs(weight).max() / 127)
        eight = np.round(weight / scale).astype(np.int8)
        made = of(
            helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"]),
            helper.make_node("MatMulInteger", ["q", "w", "z"], ["product"]),
            helper.make_node("Cast", ["product"], ["real"], to=TensorProto.FLOAT),
            ("Mul", ["s", "scale"], ["both"]),
            ("Mul", ["real", "both"], ["y"]),
            weights={"w": eight, "scale": scale},
        )
        plain = of(("MatMul", ["x", "w"], ["y"]), weights={"w": weight})
        found = compare(made, plain)
        assert not found.is_equal
        assert 1e-3 < found.layers[0].deviations["files"]["model.onnx"].error < 0.2
        (output,) = found.outputs
        assert output.largest > 1e-3
        assert output.agreeing is not None
        assert output.agreeing <= (output.rows or 0)
        assert compare(made, plain, tolerance=0.2).is_equal

    def test_a_changed_weight_is_not_equal(self, compare: Compare, original: ModelProto) -> None:
        def more(array: Any) -> Any:
            array.flat[3] += 0.1
            return array

        found = compare(changed(original, "scores/kernel", more), original)
        assert not found.is_equal
        assert [it.name for it in found.layers if not it.passes] == ["scores"]
        (histogram,) = found.histograms
        assert (histogram.layer, histogram.backend, histogram.reference) == ("scores", "model.onnx", "other.onnx")

    def test_each_output_is_judged(self, compare: Compare) -> None:
        outputs = dict.fromkeys(("a", "b"), (TensorProto.FLOAT, None))
        one = of(("Relu", ["x"], ["a"]), ("Abs", ["x"], ["b"]), outputs=outputs)
        two = of(("Relu", ["x"], ["a"]), ("Neg", ["x"], ["b"]), outputs=outputs)
        found = compare(one, two)
        assert [(it.name, it.passes) for it in found.layers] == [("a", True), ("b", False)]

    def test_outputs_in_another_order_are_those_of_their_names(self, compare: Compare) -> None:
        nodes = (("Relu", ["x"], ["a"]), ("Neg", ["x"], ["b"]))
        types = dict.fromkeys(("a", "b"), (TensorProto.FLOAT, None))
        found = compare(of(*nodes, outputs=types), of(*nodes, outputs=dict(reversed(types.items()))))
        assert found.is_equal
        assert found.notes == ()

    def test_what_is_called_otherwise_is_matched_by_position_and_said(self, compare: Compare) -> None:
        nodes = of(
            ("Relu", ["in"], ["out"]),
            inputs={"in": (TensorProto.FLOAT, ["n", 3])},
            outputs={"out": (TensorProto.FLOAT, None)},
        )
        found = compare(nodes, RELU)
        assert found.is_equal
        assert found.notes == (
            'the input "in" is "x" in other.onnx: matched by position',
            'the output "out" is "y" in other.onnx: matched by position',
        )
        assert found.outputs[0].other == "y"

    @pytest.mark.parametrize("tolerance", [None, 1e9])
    def test_what_is_no_number_in_one_alone_is_never_equal(self, compare: Compare, tolerance: float | None) -> None:
        log = of(("Log", ["x"], ["y"]))
        assert compare(log, log, tolerance=tolerance).is_equal
        found = compare(log, of(("Abs", ["x"], ["z"]), ("Log", ["z"], ["y"])), tolerance=tolerance)
        assert not found.is_equal
        assert found.layers[0].deviations["files"]["model.onnx"].error == math.inf
        assert found.outputs[0].largest == math.inf

    @pytest.mark.parametrize("tolerance", [None, 0.5])
    def test_another_shape_or_type_is_never_equal_and_said(self, compare: Compare, tolerance: float | None) -> None:
        doubled = of(helper.make_node("Concat", ["x", "x"], ["y"], axis=1))
        found = compare(doubled, of(("Identity", ["x"], ["y"])), tolerance=tolerance)
        assert not found.is_equal
        assert found.notes == ('the shape of the output "y" is [8, 6] in model.onnx and [8, 3] in other.onnx (all kinds)',)
        cast = of(helper.make_node("Cast", ["x"], ["y"], to=TensorProto.DOUBLE), outputs={"y": (TensorProto.DOUBLE, None)})
        found = compare(cast, of(("Identity", ["x"], ["y"])), tolerance=tolerance)
        assert not found.is_equal
        assert found.notes == ('the type of the output "y" is float64 in model.onnx and float32 in other.onnx (all kinds)',)

    @pytest.mark.parametrize("tolerance", [None, 1.0])
    def test_an_output_without_values_is_not_compared_and_so_not_equal(self, compare: Compare, tolerance: float | None) -> None:
        none = of(
            ("Slice", ["x", "zero", "zero", "one"], ["y"]),
            weights={"zero": np.array([0]), "one": np.array([1])},
        )
        found = compare(none, none, tolerance=tolerance)
        assert not found.is_equal
        assert found.notes == ('the output "y" has no values on any input: nothing of it is compared',)

    def test_whole_numbers_are_the_same_or_not(self, compare: Compare) -> None:
        outputs = {"y": (TensorProto.INT64, None)}
        inputs = {"x": (TensorProto.INT64, ["n", 3])}

        def plus(number: int) -> ModelProto:
            weights = {"large": np.array([2**60 + number])}
            return of(("Add", ["x", "large"], ["y"]), inputs=inputs, outputs=outputs, weights=weights)

        assert compare(plus(0), plus(0)).is_equal
        found = compare(plus(1), plus(0))
        assert not found.is_equal, "float64 does not tell the two apart"
        assert found.outputs[0].rows is None
        assert compare(plus(1), plus(0), tolerance=1e-6).is_equal

    def test_a_scalar_and_an_output_without_a_batch_are_compared(self, compare: Compare) -> None:
        total = of(helper.make_node("ReduceSum", ["x"], ["y"], keepdims=0))
        found = compare(total, total)
        assert found.is_equal
        assert found.layers[0].shape == "[]"
        flat = of(("Reshape", ["x", "all"], ["y"]), weights={"all": np.array([-1])})
        assert compare(flat, flat).is_equal
        assert not compare(total, of(helper.make_node("ReduceMean", ["x"], ["y"], keepdims=0))).is_equal

    def test_a_zero_that_one_file_rounds_is_no_difference(self, compare: Compare) -> None:
        """Zeros are an example; what is added there is small against what the output is elsewhere, or it is not."""

        def plus(number: float) -> ModelProto:
            return of(("Add", ["x", "little"], ["y"]), weights={"little": np.float32(number)})

        assert compare(plus(1e-9), plus(0)).is_equal
        assert not compare(plus(1e-5), plus(0)).is_equal

    def test_an_output_that_hardly_depends_on_the_input_is_held_to_what_it_varies_by(self, compare: Compare) -> None:
        """As the scores of an untrained network are: all differences in it are small against the values."""

        def dull(factor: float) -> ModelProto:
            weights = {"w": np.float32(factor), "one": np.float32(1)}
            return of(("Mul", ["x", "w"], ["z"]), ("Add", ["z", "one"], ["y"]), weights=weights)

        found = compare(dull(1.02e-3), dull(1e-3))
        (it,) = found.layers[0].deviations["files"].values()
        assert it.bound < it.error < 1e-4
        assert not found.is_equal
        assert len(found.notes) == 1
        assert 'the output "y" hardly depends on the input, and says little' in found.notes[0]
        assert compare(dull(1.001e-3), dull(1e-3)).is_equal
        loose = compare(dull(1.02e-3), dull(1e-3), tolerance=1e-3)
        assert loose.is_equal
        assert loose.notes == found.notes
        all_is_allowed = compare(RELU, RELU, tolerance=2.0)
        assert [re.sub(r"[0-9.]+", "N", note) for note in all_is_allowed.notes] == [
            'the output "y" varies by N of its values with the input, and as much is allowed: that says little'
        ]
        assert compare(RELU, RELU, tolerance=0.1).notes == ()
        never = compare(dull(0.0), dull(0.0))
        assert never.notes == ('the output "y" is the same for all inputs: that files agree on it says little',)

    def test_float16_is_held_to_what_it_rounds(self, compare: Compare) -> None:
        def half(factor: float) -> ModelProto:
            kind = {"x": (TensorProto.FLOAT16, ["n", 3])}
            weights = {"w": np.float16(factor)}
            return of(("Mul", ["x", "w"], ["y"]), inputs=kind, outputs={"y": (TensorProto.FLOAT16, None)}, weights=weights)

        assert compare(half(1.001), half(1.0)).is_equal
        assert not compare(half(1.02), half(1.0)).is_equal


class TestCommand:
    """``modelspec verify MODEL.onnx --against OTHER.onnx``."""

    @pytest.fixture(autouse=True)
    def files(self, here: Path, original: ModelProto) -> None:
        onnx.save(original, "original.onnx")
        onnx.save(rounded(original), "rounded.onnx")

    def test_reports_and_exit_codes(self, capsys: pytest.CaptureFixture[str]) -> None:
        reports = [part for suffix in ("html", "json", "xml") for part in ("--report", f"report.{suffix}")]
        assert main(["verify", "rounded.onnx", "--against", "original.onnx", *reports]) == 1
        out = capsys.readouterr().out
        assert "output scores, float32 [8, 4]: FAILS" in out
        assert out.splitlines()[-1].startswith("rounded: NOT equal: 1 output, ")
        data = json.loads(Path("report.json").read_text())
        assert (data["is_equal"], data["file"], data["against"]) == (False, "rounded.onnx", "original.onnx")
        assert data["outputs"][0]["name"] == "scores"
        suite = ElementTree.parse("report.xml").getroot()[0]
        assert (suite.attrib["tests"], suite.attrib["failures"]) == ("4", "1")
        assert "NOT equal" in Path("report.html").read_text()
        assert main(["verify", "rounded.onnx", "--against", "original.onnx", "--tolerance", "0.02"]) == 0
        out = capsys.readouterr().out
        assert out.splitlines()[-1].startswith("rounded: equal: rounded.onnx = original.onnx: 1 output, ")

    def test_inputs_that_are_given(self, capsys: pytest.CaptureFixture[str]) -> None:
        np.save("x.npy", np.linspace(0, 255, 2 * 9 * 8 * 3, dtype=np.float32).reshape(2, 9, 8, 3))
        arguments = ["verify", "rounded.onnx", "--against", "original.onnx", "--tolerance", "1", "--input"]
        assert main([*arguments, "x.npy"]) == 0
        assert ": 1 output, 2 examples" in capsys.readouterr().out
        np.save("x.npy", np.zeros((2, 9, 8, 4), np.float32))
        assert main([*arguments, "x.npy"]) == 1
        assert "MS803" in capsys.readouterr().err

    def test_two_files_of_one_name(self, capsys: pytest.CaptureFixture[str]) -> None:
        for folder in ("a", "b"):
            Path(folder).mkdir()
            onnx.save(RELU, f"{folder}/m.onnx")
        assert main(["verify", "a/m.onnx", "--against", "b/m.onnx"]) == 0
        assert "m: equal: a/m.onnx = b/m.onnx" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("arguments", "code", "words"),
        [
            (["original.onnx"], "MS704", "--against OTHER.onnx"),
            (["original.onnx", "--against", "xception"], "MS704", "--against xception is not an .onnx file"),
            (["xception", "--against", "original.onnx"], "MS704", "xception is not an .onnx file"),
            (["xception", "--tolerance", "0.1"], "MS704", "--tolerance goes with --against"),
            (["original.onnx", "--against", "./original.onnx"], "MS704", "are the same file"),
            (["original.onnx", "--against", "m.keras"], "MS704", "modelspec weights take m.keras --spec SPEC"),
            (["m.pt2", "--against", "original.onnx"], "MS704", "modelspec weights take m.pt2 --spec SPEC"),
            (["m.pth", "--against", "original.onnx"], "MS704", "where you trust it, export it to .onnx"),
            (["m.keras"], "MS704", "is a model of Keras, which is never loaded"),
            (["gone.onnx", "--against", "original.onnx"], "MS801", "gone.onnx cannot be read"),
            (["original.onnx", "--against", "gone.onnx"], "MS801", "gone.onnx cannot be read"),
            (["original.onnx", "--against", "text.onnx"], "MS801", "text.onnx is not an ONNX model"),
            (["original.onnx", "--against", "other.onnx"], "MS808", 'the input "image" is'),
        ],
    )
    def test_what_cannot_be_compared(
        self, arguments: list[str], code: str, words: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Path("text.onnx").write_text("text")
        Path("m.keras").write_text("text")
        onnx.save(RELU, "other.onnx")
        assert main(["verify", *arguments]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert re.match(f"{code} ", err)
        assert words in err

    @pytest.mark.parametrize(
        "option",
        [
            *("--param=a=1", "--param-set=a", "--root=.", "--weights=w", "--backends=onnx"),
            *("--allow-skipped=onnx", "--dtype=float16", "--reproducer=r"),
        ],
    )
    def test_what_goes_with_a_spec_is_refused(self, option: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["verify", "rounded.onnx", "--against", "original.onnx", option]) == 1
        assert f"MS704 {option.partition('=')[0]} goes with a spec" in capsys.readouterr().err

    @pytest.mark.parametrize("text", ["nan", "-1", "inf", "much"])
    def test_a_tolerance_is_a_number(self, text: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["verify", "rounded.onnx", "--against", "original.onnx", f"--tolerance={text}"]) == 2
        assert "is not a number of at least 0" in capsys.readouterr().err
