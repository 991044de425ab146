"""What a model's file from elsewhere may hold: nothing that makes ONNX Runtime open another file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx
from google.protobuf.message import DecodeError, Message

from modelspec.diagnostics import SpecError, shown
from modelspec.weights import Arrays
from modelspec_onnx import beside

MAX_BYTES = 2**31 - 1
"""What protobuf holds in one message."""


def checked(model: bytes, name: str, file: Path | None = None) -> tuple[bytes, Arrays]:
    """Return a model as ONNX Runtime may see it, and the tensors of its graph that it keeps in the one ``file`` that it may.

    Raises SpecError for bytes that are no ONNX model (MS801), and for a model with weights in other files (MS807). ``name`` is
    what errors call the model. No file that it names is opened, and no weight is copied more than once.
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
    kept = [it for it in root.graph.initializer if file is not None and _lies_in(it, file)]
    allowed = {id(it) for it in kept}
    for tensor in _tensors(root):
        if (tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data) and id(tensor) not in allowed:
            raise SpecError.of(
                "MS807",
                f"the tensor {shown(tensor.name)} of {name} lies in another file, {shown(beside.location(tensor))}, "
                "which is never opened",
                "save the model as one file: onnx.save(onnx.load(MODEL), FILE), where you trust it",
            )
    if file is None or not kept:
        return model, {}
    weights = beside.arrays(kept, file, name)
    for tensor in kept:
        del tensor.external_data[:]  # ONNX Runtime is given the numbers, and no name of a file
    return root.SerializeToString(), weights


def _lies_in(tensor: Any, file: Path) -> bool:
    return tensor.data_location == onnx.TensorProto.EXTERNAL and beside.location(tensor) == file.name


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
