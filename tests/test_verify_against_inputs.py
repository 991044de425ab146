"""What two files are compared on: inputs that both take, drawn without knowing what they mean."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from foreign_models import RELU, Compare, held, of, value
from onnx import ModelProto, TensorProto, helper

from modelspec.diagnostics import SpecError
from modelspec.tensors import Symbol, TensorType
from modelspec.verify.blind import MAX_BYTES, blind_probes
from modelspec.verify.foreign import FileVerifier
from modelspec.verify.interfaces import Interface, paired
from modelspec.verify.probes import KINDS


@pytest.fixture(scope="module")
def verifier() -> Iterator[FileVerifier]:
    with FileVerifier() as made:
        yield made


@pytest.fixture
def compare(verifier: FileVerifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compare:
    monkeypatch.chdir(tmp_path)
    return held(verifier)


class TestInputs:
    """What files are compared on."""

    def test_a_batch_that_is_fixed_is_kept(self, compare: Compare) -> None:
        for size, batches in ((1, 8), (3, 3), (8, 1), (11, 1)):
            kind = {"x": (TensorProto.FLOAT, [size, 3])}
            found = compare(of(("Relu", ["x"], ["y"]), inputs=kind), of(("Relu", ["x"], ["y"]), inputs=kind))
            assert found.is_equal
            assert [len(it) for it in found.probes.values()] == [size] * batches
            assert {it for examples in found.probes.values() for it in examples} == {*KINDS}

    def test_a_size_that_one_file_fixes_is_that_of_both_and_said(self, compare: Compare) -> None:
        found = compare(of(("Relu", ["x"], ["y"]), inputs={"x": (TensorProto.FLOAT, [2, 3])}), RELU)
        assert found.is_equal
        assert found.notes == ('the input "x" is compared at [2, 3]: one of the files takes no other size',)

    def test_sizes_on_which_the_other_file_does_not_run_are_left_out(self, compare: Compare) -> None:
        inputs = {"x": (TensorProto.FLOAT, ["n", "size"])}
        five = of(("MatMul", ["x", "w"], ["y"]), inputs=inputs, weights={"w": np.ones((5, 2), np.float32)})
        seven = of(("MatMul", ["x", "w"], ["y"]), inputs=inputs, weights={"w": np.ones((7, 2), np.float32)})
        assert compare(five, five).is_equal
        with pytest.raises(SpecError, match=r"MS803 model\.onnx, all kinds: the model fails on these inputs"):
            compare(five, seven)

    def test_a_file_that_fails_where_the_other_runs_is_a_finding(self, compare: Compare) -> None:
        one = of(("Reshape", ["x", "shape"], ["y"]), weights={"shape": np.array([1, 3])})
        two = of(("Reshape", ["x", "shape"], ["y"]), weights={"shape": np.array([-1, 3])})
        with pytest.raises(SpecError, match=r"MS803 model\.onnx, all kinds: the model fails on these inputs"):
            compare(one, two)

    def test_files_that_run_on_nothing_are_a_finding(self, compare: Compare) -> None:
        never = of(
            ("Reshape", ["x", "shape"], ["y"]),
            inputs={"x": (TensorProto.FLOAT, ["n", "size"])},
            weights={"shape": np.array([100_003, 7])},
        )
        with pytest.raises(SpecError, match="MS803 no size that is tried fits"):
            compare(never, never)

    def test_no_inputs_at_all(self, compare: Compare) -> None:
        def fixed(number: float) -> ModelProto:
            constant = helper.make_node("Constant", [], ["y"], value_floats=[number])
            graph = helper.make_graph([constant], "g", [], [value("y", TensorProto.FLOAT, [1])])
            return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)

        assert compare(fixed(1.0), fixed(1.0)).is_equal
        assert not compare(fixed(1.0), fixed(2.0)).is_equal

    def test_huge_inputs_are_not_drawn(self) -> None:
        side = math.isqrt(MAX_BYTES // 8) + 1
        with pytest.raises(SpecError, match="MS803 one batch of inputs takes"):
            blind_probes({"x": TensorType((side, side), "float32")}, {"x": None}, 0, lambda _: pytest.fail("it was drawn"))

    def test_large_inputs_are_drawn_in_smaller_batches(self) -> None:
        kind = TensorType((MAX_BYTES // 8 // 3,), "float32")
        drawn = blind_probes({"x": kind}, {"x": None}, 0, lambda _: True)
        assert {len(it.examples) for it in drawn} == {1, 2}
        assert {it for probe in drawn for it in probe.examples} == {*KINDS}

    def test_types_of_numbers(self) -> None:
        kinds = {name: TensorType((2,), name) for name in ("float16", "float64", "uint8", "int32", "int64", "bool")}
        several = {**kinds, "rank 1": TensorType((), "bool"), "rank 1 too": TensorType((), "float32")}
        (first, *_) = blind_probes(several, dict.fromkeys(several), 0, lambda _: True)
        assert {name: it.dtype.name for name, it in first.inputs.items() if name in kinds} == {name: name for name in kinds}
        assert first.inputs["int64"].min() >= 0
        assert first.inputs["uint8"].max() > 100
        assert first.inputs["rank 1"].shape == (8,)


class TestInterfaces:
    """What is compared takes and returns the same."""

    x = Interface("one.onnx", {"x": TensorType((Symbol("size"), 3), "float32")}, {"x": None}, ("y",))

    @pytest.mark.parametrize(
        ("inputs", "outputs", "words"),
        [
            ({"x": TensorType((4, 3), "int32")}, ("y",), 'the input "x" is float32 in one.onnx and int32 in two.onnx'),
            ({"x": TensorType((4, 4), "float32")}, ("y",), "is [batch, size, 3] in one.onnx and [batch, 4, 4] in two.onnx"),
            ({"x": TensorType((3,), "float32")}, ("y",), "is [batch, size, 3] in one.onnx and [batch, 3] in two.onnx"),
            ({"x": x.inputs["x"], "z": x.inputs["x"]}, ("y",), 'the inputs are "x" in one.onnx and "x", "z" in two.onnx'),
            ({}, ("y",), 'the inputs are "x" in one.onnx and none in two.onnx'),
            ({"x": x.inputs["x"]}, ("y", "z"), 'the outputs are "y" in one.onnx and "y", "z" in two.onnx'),
        ],
    )
    def test_what_differs_is_said(self, inputs: dict[str, TensorType], outputs: tuple[str, ...], words: str) -> None:
        with pytest.raises(SpecError) as caught:
            paired(self.x, Interface("two.onnx", inputs, dict.fromkeys(inputs), outputs))
        assert words in str(caught.value)
        assert {it.code for it in caught.value.diagnostics} == {"MS808"}

    def test_all_that_differs_is_said_at_once(self) -> None:
        two = Interface("two.onnx", {"x": TensorType((4,), "int32")}, {"x": None}, ())
        with pytest.raises(SpecError) as caught:
            paired(self.x, two)
        assert len(caught.value.diagnostics) == 3

    def test_several_inputs_are_never_matched_by_position(self) -> None:
        kind = TensorType((3,), "float32")
        one = Interface("one.onnx", {"a": kind, "b": kind}, {"a": None, "b": None}, ("y",))
        two = Interface("two.onnx", {"a": kind, "c": kind}, {"a": None, "c": None}, ("y",))
        with pytest.raises(SpecError, match="MS808"):
            paired(one, two)
        assert paired(one, one).theirs == {"a": "a", "b": "b"}

    def test_batches_that_differ(self) -> None:
        kind = {"x": TensorType((3,), "float32")}
        with pytest.raises(SpecError, match=r"is \[1, 3\] in one.onnx and \[2, 3\] in two.onnx"):
            paired(Interface("one.onnx", kind, {"x": 1}, ("y",)), Interface("two.onnx", kind, {"x": 2}, ("y",)))
