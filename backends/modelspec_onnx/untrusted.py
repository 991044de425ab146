"""What a model's file from elsewhere may hold: nothing that makes ONNX Runtime open another file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import onnx
from google.protobuf.message import DecodeError, Message

from modelspec.diagnostics import SpecError, shown

MAX_BYTES = 2**31 - 1
"""What protobuf holds in one message."""


def check(model: bytes, name: str) -> None:
    """Raise SpecError for bytes that are no ONNX model (MS801), and for a model with weights in other files (MS807).

    ``name`` is what errors call the model. Nothing is opened, and no weight is copied more than once.
    """
    if len(model) > MAX_BYTES:
        raise SpecError.of("MS801", f"{name} is not an ONNX model: one file holds 2 GiB at most")
    try:
        root = onnx.ModelProto.FromString(model)
    except DecodeError as error:
        message = f"{name} is not an ONNX model: it is damaged, cut off, or nested too deeply"
        raise SpecError.of("MS801", message, "fetch or export it again") from error
    if not root.HasField("graph"):
        raise SpecError.of("MS801", f"{name} is not an ONNX model: it has no graph")
    for tensor in _tensors(root):
        if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
            location = next((entry.value for entry in tensor.external_data if entry.key == "location"), "")
            raise SpecError.of(
                "MS807",
                f"the tensor {shown(tensor.name)} of {name} lies in another file, {shown(location)}, which is never opened",
                "save the model as one file: onnx.save(onnx.load(MODEL), FILE), where you trust it",
            )


def _tensors(root: Message) -> Iterator[Any]:
    """Yield every tensor of a model, wherever messages hold one: in graphs, in attributes, in functions, in what is to come."""
    waiting = [root]
    while waiting:
        message = waiting.pop()
        if isinstance(message, onnx.TensorProto):
            yield message
            continue
        for field, value in message.ListFields():
            if field.message_type is not None:
                waiting += [value] if isinstance(value, Message) else value
