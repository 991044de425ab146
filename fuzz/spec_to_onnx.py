"""Atheris: bytes, out of which a document is made and compiled to ONNX.

``python fuzz/spec_to_onnx.py CORPUS [libFuzzer's options]``.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["modelspec", "modelspec_onnx"]):
    import compiling
    import documents
    from instrumented import import_all

    import_all("modelspec")
    import_all("modelspec_onnx")


def one_input(data: bytes) -> None:
    """Check the document that bytes decide on."""
    compiling.check(documents.Choices(atheris.FuzzedDataProvider(data).ConsumeIntInRange))


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
