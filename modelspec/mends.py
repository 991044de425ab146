"""The one safe mend of a finding: what was meant, where the text leaves no doubt of it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping

from modelspec.diagnostics import MANY, Edit, Fix, did_you_mean, shown
from modelspec.source import MAX_INTEGER, File, Path, Source

LAYER_ALIASES: Mapping[str, str] = {
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "AvgPool3D": "AveragePooling3D",
    "Convolution1D": "Conv1D",
    "Convolution1DTranspose": "Conv1DTranspose",
    "Convolution2D": "Conv2D",
    "Convolution2DTranspose": "Conv2DTranspose",
    "Convolution3D": "Conv3D",
    "Convolution3DTranspose": "Conv3DTranspose",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalAvgPool3D": "GlobalAveragePooling3D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "GlobalMaxPool3D": "GlobalMaxPooling3D",
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
    "MaxPool3D": "MaxPooling3D",
    "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
}
"""The second names that Keras itself has for its layers."""
FIELD_ALIASES: Mapping[str, str] = {
    "bias": "use_bias",
    "dilation": "dilation_rate",
    "eps": "epsilon",
    "out_channels": "filters",
    "out_features": "units",
}
"""What PyTorch calls a field, where it means the same; ``momentum`` does not."""
CALLED: Mapping[str, Collection[str]] = {
    "bool": ("boolean",),
    "double": ("float64",),
    "float": ("number", "float32"),
    "identity": ("linear",),
    "int": ("integer", "int32"),
    "kaiming_normal": ("he_normal",),
    "kaiming_uniform": ("he_uniform",),
    "lecun": ("lecun_normal",),
    "logistic": ("sigmoid",),
    "long": ("int64",),
    "nchw": ("channels_first",),
    "nhwc": ("channels_last",),
    "none": ("linear",),
    "str": ("string",),
    "tuple": ("list",),
    "xavier": ("glorot_uniform",),
    "xavier_normal": ("glorot_normal",),
    "xavier_uniform": ("glorot_uniform",),
}
"""What a value is called elsewhere, and here, wherever one of the names is known; it need not mean quite the same."""
_SHORT = 5
"""A shorter word has too many others near it for one letter to be a slip."""

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,9})")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?")
_TOLD_APART = re.compile(r"[0-9]+|(?<![A-Za-z])[A-Za-z]{1,2}(?![A-Za-z])")
"""Numbers, and parts of one or two letters: ``conv_1`` is no slip for ``conv_2``, nor ``conv_bn`` for ``conv_in``."""


def meant(word: str, known: Collection[str], aliases: Mapping[str, str] = {}) -> str | None:
    """Return the known word that a word can only be a slip for; None where there is none, or a second one.

    A slip is another case, ``-`` or ``_`` more or less, another name for the same, or one letter too many, too few, wrong or
    changed with the next (Damerau-Levenshtein distance 1) in a word that no other known one is within 2 of.
    """
    if aliases.get(word) in known:
        return aliases[word]
    folded = [other for other in known if _folded(other) == _folded(word)]
    if folded:
        return folded[0] if len(folded) == 1 else None
    if len(word) < _SHORT or len(known) > MANY:
        return None
    near = [other for other in known if (abs(len(other) - len(word)) <= 2 and _distance(word, other) <= 2)]
    if len(near) != 1 or _distance(word, near[0]) != 1 or _TOLD_APART.findall(word) != _TOLD_APART.findall(near[0]):
        return None
    return near[0]


def named(word: object, known: Collection[str], aliases: Mapping[str, str] = {}) -> tuple[str, str | None]:
    """Return a hint at the known word that may be meant, and its JSON where no other can be."""
    if not isinstance(word, str):
        return "", None
    name = meant(word, known, aliases)
    if name is not None:
        return f'did you mean "{name}"?', json.dumps(name)
    here = next((it for it in CALLED.get(word.lower(), ()) if it in known), None)
    return (did_you_mean(word, known) if here is None else f'it is called "{here}" here'), None


def _folded(word: str) -> str:
    return word.replace("-", "").replace("_", "").lower()


def _distance(one: str, other: str) -> int:
    """Return how many letters are to be put in, taken out, changed or swapped with the next."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, its in enumerate(other, 1):
            row.append(min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != its)))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == its:
                row[j] = min(row[j], before[j - 2] + 1)
        before, last = last, row
    return last[-1]


def literal(value: object, wanted: Iterable[str]) -> str | None:
    """Return the JSON of a value that is given as text or as 3.0 where a number, an integer or true or false is wanted."""
    words = " or ".join(wanted)
    unsigned = "positive" in words or "natural" in words
    integer = "integer" in words or "natural number" in words
    if isinstance(value, float):
        whole = integer and value.is_integer() and abs(value) <= MAX_INTEGER and not (unsigned and value < 0)
        return str(int(value)) if whole else None
    if not isinstance(value, str):
        return None
    if integer and _INTEGER.fullmatch(value) and abs(int(value)) <= MAX_INTEGER and not (unsigned and value.startswith("-")):
        return value
    if re.search(r"\ba (?:finite )?number\b", words) and _NUMBER.fullmatch(value):
        return value
    if "true or false" in words and value in ("true", "True", "false", "False"):
        return value.lower()
    return None


def replacing(source: Source, path: Path, text: str, *, key: bool = False) -> Fix | None:
    """Return the mend that puts other JSON in the place of the value, or the key, at a path; None where none is written."""
    written, local = _written(source, path)
    span = (written.keys if key else written.spans).get(local)
    return span and Fix(f"write {shown(json.loads(text))}", (Edit(written.file, *span, text),))


def with_first_member(source: Source, path: Path, member: str) -> Fix | None:
    """Return the mend that puts a member before the others of an object; None where it has none."""
    written, local = _written(source, path)
    start, end = written.spans.get(local, (0, 0))
    first = written.text.find('"', start + 1, end)
    if first < 0:
        return None
    return Fix(f"add {member}", (Edit(written.file, first, first, f"{member},{written.text[start + 1 : first] or ' '}"),))


def without_lint_code(source: Source, path: Path) -> Fix | None:
    """Return the mend that takes a code out of a ``lint`` key, and the key too where it is the only one."""
    ignored = source.at(path[:-1])
    if isinstance(ignored, list) and len(ignored) > 1:
        return _without(source, path, "remove the code")
    return _without(source, path[:-2], "remove the lint key")


def _without(source: Source, path: Path, title: str) -> Fix | None:
    """Return the mend that removes a member of an object or an item of a list, with the comma that belongs to it."""
    written, local = _written(source, path)
    spans, text = written.spans, written.text
    if local not in spans:
        return None
    start, end = written.keys.get(local, spans[local])[0], spans[local][1]
    opening = spans[local[:-1]][0] + 1
    before = opening + len(text[opening:start].rstrip())
    if before > opening:
        return Fix(title, (Edit(written.file, before - 1, end, ""),))
    after = len(text) - len(text[end:].lstrip())
    if text[after] == ",":
        after = len(text) - len(text[after + 1 :].lstrip())
        return Fix(title, (Edit(written.file, start, after, ""),))
    return Fix(title, (Edit(written.file, opening, after, ""),))


def _written(source: Source, path: Path) -> tuple[Source, Path]:
    """Return the document that a path leads into, and the path there."""
    return source.file_of(path), path[1:] if path and isinstance(path[0], File) else path
