"""JSON as strictly as a spec needs it: what is refused, where it stands, and that all else is read as Python reads it."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from modelspec.diagnostics import SpecError
from modelspec.source import MAX_BYTES, MAX_INTEGER, Path, Source, parse, pointer

REFUSED: list[tuple[bytes, str, str]] = [
    (b'{"a": 1, "a": 2}', "MS104", "1:10"),
    (b'{"a": 1, "\\u0061": 2}', "MS104", "1:10"),
    (b'{"a": {"b": 1,\n "b": 1}}', "MS104", "2:2"),
    (b'{"a": NaN}', "MS103", "1:7"),
    (b"[Infinity]", "MS103", "1:2"),
    (b"[-Infinity]", "MS103", "1:2"),
    (b"[nan]", "MS103", "1:2"),
    (b"[True]", "MS103", "1:2"),
    (b"[None]", "MS103", "1:2"),
    (b"[undefined]", "MS103", "1:2"),
    (b"[1e999]", "MS105", "1:2"),
    (b"[-1e999]", "MS105", "1:2"),
    (b"[2147483649]", "MS105", "1:2"),
    (b"[-2147483649]", "MS105", "1:2"),
    (b"[" + b"9" * 5000 + b"]", "MS105", "1:2"),
    (b"[01]", "MS103", "1:2"),
    (b"[+1]", "MS103", "1:2"),
    (b"[-]", "MS103", "1:2"),
    (b"[.5]", "MS103", "1:2"),
    (b"[1.]", "MS103", "1:3"),
    (b"[1e]", "MS103", "1:2"),
    (b"[0x10]", "MS103", "1:2"),
    (b"[1_000]", "MS103", "1:2"),
    (b'["a\\x"]', "MS103", "1:4"),
    (b'["\\u12"]', "MS103", "1:3"),
    (b'["a\nb"]', "MS103", "1:2"),
    (b'["a\tb"]', "MS103", "1:4"),
    (b'["open', "MS103", "1:2"),
    (b"['a']", "MS103", "1:2"),
    (b'["\\ud800"]', "MS103", "1:2"),
    (b'["\\udc00 x"]', "MS103", "1:2"),
    (b'{"\\ud800": 1}', "MS103", "1:2"),
    (b'["\\udc00\\ud800"]', "MS103", "1:2"),
    (b"[1,]", "MS103", "1:4"),
    (b'{"a": 1,}', "MS103", "1:9"),
    (b"[,1]", "MS103", "1:2"),
    (b"[1 2]", "MS103", "1:4"),
    (b"[1,,2]", "MS103", "1:4"),
    (b'{"a" 1}', "MS103", "1:6"),
    (b"{a: 1}", "MS103", "1:2"),
    (b"{1: 2}", "MS103", "1:2"),
    (b'{"a": }', "MS103", "1:7"),
    (b"[1", "MS103", "1:3"),
    (b"{", "MS103", "1:2"),
    (b"", "MS103", "1:1"),
    (b" \n ", "MS103", "2:2"),
    (b"1 2", "MS103", "1:3"),
    (b"{}\n}", "MS103", "2:1"),
    (b"[1] // why", "MS103", "1:5"),
    (b"[1, /* why */ 2]", "MS103", "1:5"),
    (b"[\xc2\xa01]", "MS103", "1:2"),
    (b"[1\x0c]", "MS103", "1:3"),
    (b"\x00", "MS103", "1:1"),
    (b'{"a":\n "\xff"}', "MS102", "2:3"),
    (b"\xff\xfe[\x001\x00]\x00", "MS102", "1:1"),
    (b'["\xed\xa0\x80"]', "MS102", "1:3"),
]


@pytest.mark.parametrize(("text", "code", "place"), REFUSED, ids=lambda value: repr(value[:24]))
def test_refused(text: bytes, code: str, place: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse(text, "spec.json")
    first = caught.value.diagnostics[0]
    assert (first.code, str(first.place)) == (code, f"spec.json:{place}")
    assert first.message


ACCEPTED: list[tuple[bytes, Any]] = [
    (b"{}", {}),
    (b"[]", []),
    (b"null", None),
    (b" true\r\n", True),
    (b"\xef\xbb\xbf[1]", [1]),
    (b"[2147483648, -2147483648]", [MAX_INTEGER, -MAX_INTEGER]),
    (b"[-0, 0.0, -0.0, 1e5, 1E-5, 1.5e+2, 1e-999]", [0, 0.0, -0.0, 1e5, 1e-5, 150.0, 0.0]),
    (b'["\\ud83d\\ude00", "\xf0\x9f\x98\x80"]', ["\U0001f600", "\U0001f600"]),
    (b'["\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u00e9"]', ['" \\ / \b \f \n \r \t \u00e9']),
    (b'{"": {"a b": [[], {}]}}', {"": {"a b": [[], {}]}}),
    (b'["\xc2\x85\xe2\x80\xa8"]', ["\x85\u2028"]),
]


@pytest.mark.parametrize(("text", "value"), ACCEPTED, ids=lambda value: repr(value)[:24])
def test_accepted(text: bytes, value: Any) -> None:
    found = parse(text, "spec.json").value
    assert found == value
    assert repr(found) == repr(value)


def test_depth_is_bounded() -> None:
    for opening, closing, inner in ((b"[", b"]", b""), (b'{"a":', b"}", b"1"), (b"[", b"]", b"1")):
        assert parse(opening * 64 + inner + closing * 64, "spec.json").spans
        for depth in (65, 66, 100_000):
            with pytest.raises(SpecError) as caught:
                parse(opening * depth + inner + closing * depth, "spec.json")
            assert caught.value.diagnostics[0].code == "MS106", depth


def test_size_is_bounded() -> None:
    assert parse(b" " * (MAX_BYTES - 2) + b"{}", "spec.json").value == {}
    with pytest.raises(SpecError) as caught:
        parse(b" " * (MAX_BYTES - 1) + b"{}", "spec.json")
    assert caught.value.diagnostics[0].code == "MS106"
    with pytest.raises(SpecError):
        parse(b'"' + b"x" * MAX_BYTES, "spec.json")


def test_all_findings_of_one_reading_are_reported() -> None:
    with pytest.raises(SpecError) as caught:
        parse(b'{"a": 1e999,\n "a": 3000000000,\n "b": "\\ud800"}', "spec.json")
    found = [(finding.code, str(finding.place)) for finding in caught.value.diagnostics]
    assert found == [
        ("MS105", "spec.json:1:7"),
        ("MS104", "spec.json:2:2"),
        ("MS105", "spec.json:2:7"),
        ("MS103", "spec.json:3:7"),
    ]


def test_hostile_text_cannot_write_to_a_terminal() -> None:
    for text in (
        b'{"\\u001b[31m": 1, "\\u001b[31m": 2}',
        b"[\x1b[31m]",
        b"[\xe2\x80\xae]",
        b'{"a\\n::error::": 1, "a\\n::error::": 2}',
    ):
        with pytest.raises(SpecError) as caught:
            parse(text, "spec.json")
        shown = str(caught.value)
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert not any(line.startswith("::") for line in shown.splitlines())


DOCUMENT = b"""{
  "name": "net",
  "layers": [
    {"type": "Conv2D"},
    {"type": "\xc3\xa9\xf0\x9f\x98\x80", "x": [1,
      20]}
  ]
}
"""


@pytest.mark.parametrize(
    ("path", "key", "place"),
    [
        ((), False, "1:1-8:2"),
        (("name",), False, "2:11-2:16"),
        (("name",), True, "2:3-2:9"),
        (("layers", 0), False, "4:5-4:23"),
        (("layers", 0, "type"), False, "4:14-4:22"),
        (("layers", 1, "type"), False, "5:14-5:18"),
        (("layers", 1, "x"), True, "5:20-5:23"),
        (("layers", 1, "x"), False, "5:25-6:10"),
        (("layers", 1, "x", 1), False, "6:7-6:9"),
        (("layers", 1, "missing", 3), False, "5:5-6:11"),
        (("layers", 7), True, "3:13-7:4"),
    ],
)
def test_places(path: Path, key: bool, place: str) -> None:
    found = parse(DOCUMENT, "spec.json").place(path, key=key)
    assert found is not None
    assert f"{found.line}:{found.column}-{found.end_line}:{found.end_column}" == place


def test_a_document_made_in_python_has_no_places() -> None:
    assert Source().place(("layers", 0)) is None


def test_pointer_is_that_of_rfc_6901() -> None:
    assert pointer(()) == ""
    assert pointer(("layers", 0, "a/b~c", "")) == "/layers/0/a~1b~0c/"


_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _text
)
_documents = st.recursive(_scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_text, inner, max_size=4))


@given(_documents, st.booleans(), st.sampled_from([None, 0, 3]))
def test_what_python_writes_is_read_as_python_reads_it(document: Any, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(document, ensure_ascii=ascii_only, indent=indent)
    source = parse(text.encode(), "spec.json")
    assert source.value == json.loads(text)
    assert repr(source.value) == repr(document)
    for path, (start, end) in source.spans.items():
        value = source.value
        for part in path:
            value = value[part]  # pyright: ignore[reportIndexIssue, reportOptionalSubscript, reportCallIssue, reportArgumentType]
        assert json.loads(source.text[start:end]) == value
    for path, (start, end) in source.keys.items():
        assert json.loads(source.text[start:end]) == path[-1]


@given(st.one_of(st.binary(max_size=40), st.text('{}[]:,"\\u0ed8 \n-+.eE1aN/*', max_size=40).map(str.encode)))
@settings(max_examples=400)
@example(b"[" * 1000)
def test_bytes_are_read_as_python_reads_them_or_refused(data: bytes) -> None:
    try:
        source = parse(data, "spec.json")
    except SpecError as error:
        assert error.diagnostics
        assert all(finding.code in {"MS102", "MS103", "MS104", "MS105", "MS106"} for finding in error.diagnostics)
    else:
        assert source.value == json.loads(data.decode("utf-8-sig"))
        assert not (isinstance(source.value, float) and math.isnan(source.value))
