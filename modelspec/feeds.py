"""Inputs and outputs as files: photos are decoded, resized and laid out as a model takes them; arrays are taken as they are."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from modelspec import files, plugins
from modelspec.diagnostics import Diagnostic, SpecError, did_you_mean, listed
from modelspec.geometry import channels_first_axes
from modelspec.model import named_inputs
from modelspec.tensors import Dim, TensorType, format_shape
from modelspec.weights import Array

MAX_PIXELS = 100_000_000
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
"""The formats that are decoded: none that runs a program."""
MODES = {1: "L", 3: "RGB"}
"""The kinds of pictures by their number of channels."""
PICTURES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".bmp": "BMP", ".tif": "TIFF", ".tiff": "TIFF", ".webp": "WEBP"}
"""The formats that are written, by suffix."""
PHOTOS = (*PICTURES, ".gif")
"""What the names of photos end in."""


def read(types: Mapping[str, TensorType], given: Sequence[str]) -> dict[str, Array]:
    """Return the inputs of a model from arguments ``FILE`` or ``NAME=FILE``, or raise SpecError with all that is wrong.

    A photo becomes a batch of one, in values of 0 to 255, resized (bilinear) where height and width are fixed. Several files
    for the only input become one batch, in their order.
    """
    return batch(types, given)[0]


def batch(types: Mapping[str, TensorType], given: Sequence[str]) -> tuple[dict[str, Array], tuple[str, ...]]:
    """Return what ``read`` returns, and what each example is called, where several files are given for the only input: its
    file, with its number where the file has several. Without several files, there are no names."""
    parts: dict[str, list[tuple[str, Array]]] = {}
    findings: list[Diagnostic] = []
    for argument in given:
        name, file = _named(argument, types)
        try:
            if name not in types:
                raise SpecError.of("MS803", f'the model has no input "{name}"', did_you_mean(name, types))
            if name in parts and len(types) > 1:
                raise SpecError.of(
                    "MS803", f'the input "{name}" is given twice', f"name them: {', '.join(f'{it}=FILE' for it in types)}"
                )
            parts.setdefault(name, []).append((file, _array(file, name, types[name])))
        except SpecError as error:
            findings += error.diagnostics
    if findings:
        raise SpecError(findings)
    arrays = {name: _joined(some, name, types[name]) if len(some) > 1 else some[0][1] for name, some in parts.items()}
    several = [part for some in parts.values() if len(some) > 1 for part in some]
    names = (f"{file}[{at}]" if len(array) > 1 else file for file, array in several for at in range(len(array)))
    return named_inputs(types, arrays), tuple(names)


def _joined(parts: Sequence[tuple[str, Array]], name: str, kind: TensorType) -> Array:
    """Return one batch of several; raises SpecError (MS803) where they do not fit the input, or one another."""
    for file, array in parts:
        try:
            named_inputs({name: kind}, {name: array})
        except SpecError as error:
            raise SpecError([replace(it, message=f"{file}: {it.message}") for it in error.diagnostics]) from error
    (first, some), *others = parts
    for file, array in others:
        if array.shape[1:] != some.shape[1:]:
            sizes = f"{first} is {list(some.shape[1:])} and {file} {list(array.shape[1:])}"
            raise SpecError.of(
                "MS803",
                f'{sizes}: a batch has one size, and the input "{name}" takes any, {format_shape(kind.shape)}',
                "run them one by one, or resize them",
            )
    return np.concatenate([array for _, array in parts])


def below(folder: str, suffixes: Sequence[str], what: str) -> list[str]:
    """Return the files below a folder that end in some suffixes, by their paths from it and in order.

    Raises SpecError (MS801) where there is none; ``what`` is wanted.
    """
    root = Path(folder)
    names = sorted(it.relative_to(root).as_posix() for it in root.rglob("*") if it.suffix.lower() in suffixes and it.is_file())
    if not names:
        raise SpecError.of("MS801", f"there is no {what} in {folder}", f"their names end in {listed(suffixes)}")
    return names


def write(path: str, arrays: Mapping[str, Array]) -> None:
    """Write outputs to a file: a picture where its suffix is in PICTURES, else an .npz file, each array under its own name.

    The same bytes for the same arrays. Raises SpecError (MS805) for arrays that are no picture.
    """
    if Path(path).suffix.lower() in PICTURES:
        files.write(path, _encoded(path, arrays))
        return
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.ascontiguousarray(array), allow_pickle=False)
    files.write(path if path.endswith(".npz") else f"{path}.npz", buffer.getvalue())


def _encoded(path: str, arrays: Mapping[str, Array]) -> bytes:
    """Return the only array as an image file: values are rounded, and cut off below 0 and above 255."""
    ((name, array), *others) = arrays.items()
    if others:
        raise SpecError.of(
            "MS805", f"{path} cannot be written: a picture is one output, not {len(arrays)}", "write an .npz file"
        )
    channels = next((axis for axis in (3, 1) if array.ndim == 4 and len(array) == 1 and array.shape[axis] in MODES), None)
    if channels is None or not array.size:
        raise SpecError.of(
            "MS805",
            f'{path} cannot be written: the output "{name}" is {list(array.shape)}; a picture is [1, height, width, 1 or 3]',
            "write an .npz file",
        )
    pixels = np.moveaxis(array[0], channels - 1, -1)
    pixels = np.clip(np.rint(np.nan_to_num(pixels)), 0, 255).astype(np.uint8)
    plugins.require({"PIL": "pillow"}, "a picture", "modelspec-compiler[cpu]")
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(buffer, PICTURES[Path(path).suffix.lower()])
    return buffer.getvalue()


def _named(argument: str, types: Mapping[str, TensorType]) -> tuple[str, str]:
    if not types:
        raise SpecError.of("MS803", "the model has no inputs")
    name, equals, file = argument.partition("=")
    if equals and not Path(argument).exists():
        return name, file
    return next(iter(types)), argument


def _array(file: str, name: str, kind: TensorType) -> Array:
    data = files.read(file)
    if not data.startswith(b"\x93NUMPY"):
        return photo(data, file, name, kind)
    try:
        array: Array = np.load(io.BytesIO(data), allow_pickle=False)
    except Exception as error:  # NumPy's reader of headers raises whatever a damaged one leads it to
        hint = "numpy.save writes arrays of numbers; arrays of objects are not read"
        raise SpecError.of("MS802", f"{file} is not a NumPy array: {error}", hint) from error
    return _cast(array, np.dtype(kind.dtype), file)


def _cast(array: Array, wanted: np.dtype[Any], file: str) -> Array:
    """Return an array in another type where no value is lost but to rounding; the array itself where one might be."""
    floats = array.dtype.kind in "iuf" and wanted.kind == "f"
    if not floats and not np.can_cast(array.dtype, wanted, "safe"):
        return array
    with np.errstate(over="ignore"):
        cast = array.astype(wanted)
    if wanted.kind == "f" and np.isinf(cast).sum() > np.isinf(array).sum():
        raise SpecError.of("MS802", f"{file} has values beyond the range of {wanted.name}", "scale them down")
    return cast


def photo(data: bytes, file: str, name: str, kind: TensorType) -> Array:
    """Return a photo as a batch of one for an input of some type; raises SpecError (MS802, MS803).

    The first frame is used, turned as its EXIF orientation says, in RGB for three channels and in grey for one; the
    channels stand where the type has 3 or 1 of them, first or last.
    """
    first = kind.rank == 4 and kind.shape[-1] not in MODES
    size, channels = (kind.shape[1:], kind.shape[0]) if first else (kind.shape[:-1], kind.shape[-1])
    mode = MODES.get(channels) if kind.rank == 4 and isinstance(channels, int) else None
    if mode is None:
        raise SpecError.of(
            "MS803",
            f'the input "{name}" takes {format_shape(kind.shape)}, and a photo has height, width and 1 or 3 channels',
            "give an array (.npy)",
        )
    pixels = _decode(data, file, mode, size)
    pixels = pixels.reshape(1, *pixels.shape[:2], -1).astype(kind.dtype)
    return np.ascontiguousarray(pixels.transpose(channels_first_axes(4))) if first else pixels


def _decode(data: bytes, file: str, mode: str, size: tuple[Dim, ...]) -> Array:
    plugins.require({"PIL": "pillow"}, "a photo", "modelspec-compiler[cpu]")
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=FORMATS) as image:
            warnings.simplefilter("ignore")
            if image.mode.startswith(("I", "F")):
                raise SpecError.of("MS802", f"{file} has more than 8 bits a channel", "save it with 8, or give an array (.npy)")
            if image.width * image.height > MAX_PIXELS:
                raise SpecError.of(
                    "MS802",
                    f"{file} has {image.width} x {image.height} pixels; at most {MAX_PIXELS:,} are decoded",
                    "make it smaller",
                )
            upright: Any = ImageOps.exif_transpose(image).convert(mode)
            height, width = (dim if isinstance(dim, int) else have for dim, have in zip(size, upright.size[::-1], strict=True))
            if upright.size != (width, height):
                upright = upright.resize((width, height), Image.Resampling.BILINEAR)
            return np.asarray(upright)
    except UnidentifiedImageError as error:
        raise SpecError.of(
            "MS802", f"{file} is neither an image nor an array", "photos (.jpg, .png, ...) and .npy files are read"
        ) from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise SpecError.of("MS802", f"{file} cannot be decoded: {error}", "it is damaged or cut off: fetch it again") from error
