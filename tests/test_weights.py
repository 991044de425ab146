"""Canonical weights: one file format, read with suspicion."""

from __future__ import annotations

import json
import os
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

import modelspec
from modelspec import weights as canonical
from modelspec.diagnostics import SpecError

SMALL = {"input_shape": [40, 48, 3], "num_classes": 4}


@pytest.fixture(scope="module")
def graph() -> modelspec.Graph:
    return modelspec.elaborate("xception", SMALL)


def codes(error: SpecError) -> set[str]:
    return {finding.code for finding in error.diagnostics}


def test_a_file_gives_back_what_was_written(graph: modelspec.Graph, tmp_path: Path) -> None:
    arrays = canonical.initialize(graph, seed=1)
    path = canonical.write(tmp_path / "w.safetensors", arrays, graph.name)
    found = canonical.fit(graph, canonical.read(path))
    assert list(found) == list(graph.weights)
    assert all(np.array_equal(found[key], arrays[key]) and found[key].dtype == np.float32 for key in arrays)


def test_the_order_of_the_arrays_does_not_show_in_the_bytes(graph: modelspec.Graph, tmp_path: Path) -> None:
    arrays = canonical.initialize(graph, seed=1)
    one = canonical.write(tmp_path / "one.safetensors", arrays, graph.name)
    two = canonical.write(tmp_path / "two.safetensors", dict(reversed(arrays.items())), graph.name)
    assert one.read_bytes() == two.read_bytes()


def test_a_file_says_which_model_it_is_for(graph: modelspec.Graph, tmp_path: Path) -> None:
    data = canonical.write(tmp_path / "w.safetensors", canonical.initialize(graph), graph.name).read_bytes()
    header = json.loads(data[8 : 8 + struct.unpack("<Q", data[:8])[0]])
    assert header["__metadata__"] == {"modelspec": '{"format_version":1,"model":"xception"}'}


def test_weights_do_not_depend_on_the_size_of_the_image_or_the_head() -> None:
    small = canonical.initialize(modelspec.elaborate("xception", SMALL), seed=5)
    large = canonical.initialize(modelspec.elaborate("xception"), seed=5)
    assert small.keys() == large.keys()
    assert all(np.array_equal(small[key], large[key]) for key in small if not key.startswith("predictions"))


def test_everything_that_does_not_fit_is_reported_at_once(graph: modelspec.Graph) -> None:
    arrays: dict[str, Any] = canonical.initialize(graph)
    del arrays["conv/conv2d/bias"]
    arrays["conv/conv2d/bais"] = np.zeros(32, np.float32)
    arrays["predictions/kernel"] = np.zeros((1024, 10), np.float32)
    arrays["predictions/bias"] = np.zeros(4, np.int32)
    with pytest.raises(SpecError) as caught:
        canonical.fit(graph, arrays, "w.safetensors")
    assert codes(caught.value) == {"MS602"}
    text = str(caught.value)
    assert 'the weight "conv/conv2d/bias" [32] is missing\n  hint: did you mean "conv/conv2d/bais"?' in text
    assert 'the weight "predictions/kernel" has the shape [1024, 10]; the model needs [1024, 4]' in text
    assert 'the weight "predictions/bias" is int32' in text
    assert 'the model has no weight "conv/conv2d/bais"' in text
    assert len(caught.value.diagnostics) == 4


def tensors_file(header: str | bytes, body: bytes = b"") -> bytes:
    encoded = header.encode() if isinstance(header, str) else header
    return struct.pack("<Q", len(encoded)) + encoded + body


ENTRY = '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
HOSTILE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "header length"),
    "short": (b"\x01\x00\x00", "header length"),
    "header longer than the file": (struct.pack("<Q", 10**6) + b"{}", "header length"),
    "header of 2**63": (struct.pack("<Q", 2**63) + b"{}", "header length"),
    "header that is not JSON": (tensors_file("{a}"), "its header is not JSON"),
    "header nested too deeply": (tensors_file("[" * 100_000), "its header is not JSON"),
    "a key twice": (tensors_file(f'{{"a":{ENTRY},"a":{ENTRY}}}', bytes(4)), "a key stands twice"),
    "a field twice": (
        tensors_file('{"a":{"dtype":"F32","dtype":"I32","shape":[1],"data_offsets":[0,4]}}', bytes(4)),
        "a key stands twice",
    ),
    "offsets beyond the end": (tensors_file('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', bytes(4)), ""),
    "overlapping arrays": (tensors_file(f'{{"a":{ENTRY},"b":{ENTRY}}}', bytes(4)), ""),
    "a shape that is not the size": (tensors_file('{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,4]}}', bytes(4)), ""),
    "a list": (tensors_file("[1]"), "its header is not an object"),
    "a type that NumPy does not have": (
        tensors_file('{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}', bytes(4)),
        "BF16, which NumPy does not have",
    ),
    "bytes after the arrays": (tensors_file(f'{{"a":{ENTRY}}}', bytes(5)), ""),
    "an entry that is none": (tensors_file('{"a":4}', bytes(4)), ""),
    "an unknown type": (tensors_file('{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}', bytes(4)), ""),
    "a zip archive": (b"PK\x03\x04" + bytes(100), "a zip archive"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(100), "an HDF5 file"),
    "a pickle": (pickle.dumps({"a": 1}), ""),
    "a torch pickle": (b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", "a PyTorch pickle"),
    "a NumPy array": (b"\x93NUMPY\x01\x00" + bytes(100), "a NumPy array"),
    "a Git LFS pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_files_that_are_no_weights(name: str, tmp_path: Path) -> None:
    data, words = HOSTILE[name]
    path = tmp_path / "w.safetensors"
    path.write_bytes(data)
    with pytest.raises(SpecError) as caught:
        canonical.read(path)
    assert codes(caught.value) == {"MS601"}
    assert words in str(caught.value)


TYPES = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64", "bool"]


def test_every_type_is_read_as_the_library_reads_it(tmp_path: Path) -> None:
    arrays = {name: np.arange(6).reshape(2, 3).astype(name) for name in [*TYPES, "complex64"]}
    arrays |= {"scalar": np.array(0.5), "nothing": np.zeros((0, 3), np.float32)}
    path = canonical.write(tmp_path / "w.safetensors", arrays, "m")
    found = canonical.read(path)
    for name, wanted in load_file(path).items():
        assert found.kind(name) == (list(wanted.shape), wanted.dtype.name)
        assert found[name].dtype == wanted.dtype
        np.testing.assert_array_equal(found[name], wanted)
    assert found.keys() == arrays.keys()


def test_no_array_is_read_to_see_whether_a_file_fits(graph: modelspec.Graph, tmp_path: Path) -> None:
    path = canonical.write(tmp_path / "w.safetensors", canonical.initialize(graph), graph.name)
    found = canonical.read(path)
    os.truncate(path, path.stat().st_size - 4)
    fitted = canonical.fit(graph, found)
    last = max(graph.weights, key=lambda key: found._entries[key]["data_offsets"])
    others = [key for key in fitted if key != last]
    assert all(fitted[key].shape == graph.weights[key].weight.shape for key in others)
    with pytest.raises(SpecError, match=f'MS601 .*it was cut while it was read, and "{last}" is no longer in it'):
        _ = fitted[last]


def test_a_file_that_is_replaced_is_read_as_it_was(tmp_path: Path) -> None:
    path = canonical.write(tmp_path / "w.safetensors", {"a": np.ones(3, np.float32)}, "m")
    found = canonical.read(path)
    canonical.write(path, {"a": np.zeros(5, np.float32)}, "m")
    np.testing.assert_array_equal(found["a"], [1, 1, 1])


def test_a_header_that_begins_like_a_pickle_is_read(tmp_path: Path) -> None:
    """A header of 640 bytes begins with 0x80 0x02, as protocol 2 does."""
    for padding in range(600):
        arrays = {"a" * (padding + 1): np.zeros(1, np.float32)}
        path = canonical.write(tmp_path / "w.safetensors", arrays, "m")
        if path.read_bytes()[:2] == b"\x80\x02":
            assert list(canonical.read(path)) == list(arrays)
            return
    pytest.fail("no header had 640 bytes")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"MS801 .*gone\.safetensors cannot be read: No such file"):
        canonical.read(tmp_path / "gone.safetensors")
