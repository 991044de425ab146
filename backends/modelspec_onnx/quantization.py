"""A model in 8-bit integers, by ONNX Runtime's static quantizer.

Activations are unsigned, with one scale for each tensor, and weights signed, with one for each channel; QuantizeLinear and
DequantizeLinear stand around what runs in integers. Source: Jacob et al. 2018, "Quantization and Training of Neural Networks
for Efficient Integer-Arithmetic-Only Inference"; the scales come from the least and the largest value that calibration sees.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import onnx

from modelspec.diagnostics import Diagnostic, SpecError, did_you_mean
from modelspec.weights import Array
from modelspec_onnx import runtime


def quantized(model: onnx.ModelProto, batches: Iterable[Mapping[str, Array]], keep: Collection[str]) -> onnx.ModelProto:
    """Return a model in 8-bit integers, calibrated on batches of its inputs.

    ``keep`` names layers that stay as they are. Raises SpecError: MS702 without ONNX Runtime, MS704 for a layer that the model
    does not have.
    """
    runtime.installed()
    kept = _nodes_of(model, keep)
    from onnxruntime import quantization

    class Reader(quantization.CalibrationDataReader):
        def __init__(self) -> None:
            self.batches = iter(batches)

        def get_next(self) -> Any:
            return next((dict(batch) for batch in self.batches), None)

    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)  # it asks for a preparation that folding has done
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.onnx"
            quantization.quantize_static(
                model,
                path,
                Reader(),
                quant_format=quantization.QuantFormat.QDQ,
                per_channel=True,
                activation_type=quantization.QuantType.QUInt8,
                weight_type=quantization.QuantType.QInt8,
                nodes_to_exclude=kept,
            )
            made = onnx.load(path, load_external_data=False)
    finally:
        logger.setLevel(level)
    del made.metadata_props[:]
    made.metadata_props.add(key="modelspec.precision", value="int8")
    return made


def _nodes_of(model: onnx.ModelProto, layers: Collection[str]) -> list[str]:
    """Return the names of the nodes that layers were lowered to; a layer's parts are named below it."""
    owners: dict[str, str] = {}
    for node in model.graph.node:
        for item in node.metadata_props:
            if item.key == "modelspec.layer":
                owners[node.name] = item.value
    names = {owner.partition("/")[0]: None for owner in owners.values()} | dict.fromkeys(owners.values())
    unknown = [layer for layer in layers if not any(_is_of(owner, layer) for owner in owners.values())]
    if unknown:
        raise SpecError(
            Diagnostic("MS704", f'there is no layer "{layer}" to keep in float32', did_you_mean(layer, names))
            for layer in unknown
        )
    return [node for node, owner in owners.items() if any(_is_of(owner, layer) for layer in layers)]


def _is_of(owner: str, layer: str) -> bool:
    return owner == layer or owner.startswith(f"{layer}/")
