"""Expressions: their values, their errors, and that hostile ones end in an error soon."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from modelspec.evaluation import FUNCTIONS, Scope, TensorValue, Value, evaluate
from modelspec.expressions import FUNCTION_NAMES, KEYWORDS, MAX_NUMBER, MAX_SOURCE, ExpressionError, is_template, parse
from modelspec.tensors import Symbol

SCOPE: Scope = {
    "n": 7,
    "rate": 0.5,
    "on": True,
    "word": "relu",
    "nothing": None,
    "sizes": [1, 2, 3],
    "size": Symbol("height"),
    "input": TensorValue((180, Symbol("width"), 3), 3),
}

VALUES: list[tuple[str, Value]] = [
    ("${1}", 1),
    ("${1.5}", 1.5),
    ("${.5}", 0.5),
    ("${2.}", 2.0),
    ("${1e3}", 1000.0),
    ("${2.5e-1}", 0.25),
    ("${true}", True),
    ("${false}", False),
    ("${null}", None),
    ("${'a b'}", "a b"),
    ('${"it\'s"}', "it's"),
    ("${n}", 7),
    ("${ n }", 7),
    ("${1 + 2 * 3}", 7),
    ("${(1 + 2) * 3}", 9),
    ("${10 - 4 - 3}", 3),
    ("${2 * 3 % 4}", 2),
    ("${7 / 2}", 3.5),
    ("${6 / 2}", 3.0),
    ("${7 // 2}", 3),
    ("${-7 // 2}", -4),
    ("${-7 % 3}", 2),
    ("${7.5 // 2}", 3.0),
    ("${- - 3}", 3),
    ("${-+n}", -7),
    ("${2 - -3}", 5),
    ("${1 < 2}", True),
    ("${2 <= 2}", True),
    ("${3 > 4}", False),
    ("${3 >= 4}", False),
    ("${1 == 1.0}", True),
    ("${1 != 2}", True),
    ("${true == 1}", False),
    ("${0 == false}", False),
    ("${'a' == 'a'}", True),
    ("${word != 'relu'}", False),
    ("${nothing == null}", True),
    ("${sizes == [1, 2, 3]}", True),
    ("${not on}", False),
    ("${not 1 == 2}", True),
    ("${not not on}", True),
    ("${on and n > 3}", True),
    ("${n > 3 and n < 5}", False),
    ("${false or true and false}", False),
    ("${false and missing}", False),
    ("${true or missing}", True),
    ("${1 if on else missing}", 1),
    ("${1 if n > 9 else 2 if n > 5 else 3}", 2),
    ("${(1 if on else 2) + 3}", 4),
    ("${sizes}", [1, 2, 3]),
    ("${[]}", []),
    ("${[1, [n, 'x'],]}", [1, [7, "x"]]),
    ("${[1] + [2, 3]}", [1, 2, 3]),
    ("${'re' + 'lu'}", "relu"),
    ("${sizes[0]}", 1),
    ("${sizes[-1]}", 3),
    ("${word[1]}", "e"),
    ("${[[1, 2], [3, 4]][1][0]}", 3),
    ("${min(3, 1, 2)}", 1),
    ("${max(sizes)}", 3),
    ("${round(2.5)}", 2),
    ("${round(3.5)}", 4),
    ("${floor(-1.5)}", -2),
    ("${ceil(1.2)}", 2),
    ("${int(-1.7)}", -1),
    ("${len(sizes)}", 3),
    ("${len('four')}", 4),
    ("${input.rank}", 3),
    ("${input.channels * 2}", 6),
    ("${input.shape[0]}", 180),
    ("${input.shape[1]}", Symbol("width")),
    ("${size}", Symbol("height")),
    ("${size == size}", True),
    ("${size != size}", False),
    ("conv_${n}", "conv_7"),
    ("${n}x${rate}", "7x0.5"),
    ("${on}!", "true!"),
    ("$${n}", "${n}"),
    ("a$${b}${n}", "a${b}7"),
    ("$n", "$n"),
    ("no expression", "no expression"),
    ("", ""),
]

ERRORS: list[tuple[str, str]] = [
    ("${", "MS401"),
    ("${1", "MS401"),
    ("${}", "MS401"),
    ("${1 +}", "MS401"),
    ("${1 2}", "MS401"),
    ("${* 2}", "MS401"),
    ("${(1}", "MS401"),
    ("${[1}", "MS401"),
    ("${[,]}", "MS401"),
    ("${1 if on}", "MS401"),
    ("${if}", "MS401"),
    ("${a.1}", "MS401"),
    ("${a.'b'}", "MS401"),
    ("${'open}", "MS401"),
    ("${'esc\\n'}", "MS401"),
    ("${a = 1}", "MS401"),
    ("${a ** 2}", "MS401"),
    ("${a & b}", "MS401"),
    ("${lambda: 1}", "MS401"),
    ("${eval('1')}", "MS401"),
    ("${__import__('os')}", "MS401"),
    ("${word.upper()}", "MS401"),
    ("${sizes[0:1]}", "MS401"),
    ("${{1: 2}}", "MS401"),
    ("${٣}", "MS401"),
    ("${ñ}", "MS401"),
    ("${missing}", "MS402"),
    ("${None}", "MS402"),
    ("${1 + missing}", "MS402"),
    ("${1 / 0}", "MS403"),
    ("${1 // 0}", "MS403"),
    ("${1 % 0.0}", "MS403"),
    ("${1 + true}", "MS403"),
    ("${-on}", "MS403"),
    ("${'a' * 3}", "MS403"),
    ("${'a' + 1}", "MS403"),
    ("${'a' < 'b'}", "MS403"),
    ("${[1] * 3}", "MS403"),
    ("${[1] < [2]}", "MS403"),
    ("${null + 1}", "MS403"),
    ("${not 1}", "MS403"),
    ("${1 and true}", "MS403"),
    ("${1 if n else 2}", "MS403"),
    ("${sizes[3]}", "MS403"),
    ("${sizes[-4]}", "MS403"),
    ("${sizes[0.0]}", "MS403"),
    ("${sizes[true]}", "MS403"),
    ("${n[0]}", "MS403"),
    ("${word.__class__}", "MS403"),
    ("${input.__class__}", "MS403"),
    ("${input.dtype}", "MS403"),
    ("${min()}", "MS403"),
    ("${min([])}", "MS403"),
    ("${max('a', 'b')}", "MS403"),
    ("${round(1.5, 1)}", "MS403"),
    ("${len(3)}", "MS403"),
    ("${len()}", "MS403"),
    ("a${nothing}", "MS403"),
    ("a${sizes}", "MS403"),
    ("a${input}", "MS403"),
    ("${size + 1}", "MS404"),
    ("${-size}", "MS404"),
    ("${size > 3}", "MS404"),
    ("${size == 3}", "MS404"),
    ("${input.shape[1] // 2}", "MS404"),
    ("${min(size, 3)}", "MS404"),
    ("${round(size)}", "MS404"),
    ("${9007199254740992 + 1}", "MS405"),
    ("${9007199254740993000}", "MS405"),
    ("${1e999}", "MS405"),
    ("${1e16}", "MS405"),
    ("${-9007199254740992 - 1}", "MS405"),
    ("${1 / 1e-300}", "MS405"),
    ("${" + "9" * 400 + "}", "MS405"),
]


@pytest.mark.parametrize(("text", "wanted"), VALUES)
def test_values(text: str, wanted: Value) -> None:
    found = evaluate(text, SCOPE)
    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize(("text", "code"), ERRORS)
def test_errors(text: str, code: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, SCOPE)
    assert caught.value.code == code
    assert caught.value.message


def test_messages_say_what_and_how_to_mend_it() -> None:
    with pytest.raises(ExpressionError, match='the dimension "height" is unknown until run time') as caught:
        evaluate("${size * 2}", SCOPE)
    assert "parameter" in caught.value.hint
    with pytest.raises(ExpressionError, match="unknown function 'sqrt'") as caught:
        evaluate("${sqrt(2)}", SCOPE)
    assert all(name in caught.value.hint for name in FUNCTIONS)


@pytest.mark.parametrize(
    "text",
    [
        "${" + "(" * 200 + "1" + ")" * 200 + "}",
        "${" + "[" * 200 + "]" * 200 + "}",
        "${" + "-" * 200 + "1}",
        "${" + "not " * 200 + "true}",
        "${" + "min(" * 100 + "1" + ")" * 100 + "}",
        "${" + "1 if true else " * 60 + "2}",
        "${" + "+".join("1" * 200) + "}",
        "${" + "sizes" + "[0]" * 120 + "}",
        "${" + "1" * MAX_SOURCE + "}",
        "x" * (MAX_SOURCE + 1) + "${1}",
    ],
)
def test_what_is_too_large_is_refused_at_once(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, SCOPE)
    assert caught.value.code == "MS405"


def test_results_are_bounded() -> None:
    scope: Scope = {"many": [0] * 6000, "long": "x" * 6000}
    for text in ("${many + many}", "${long + long}"):
        with pytest.raises(ExpressionError) as caught:
            evaluate(text, scope)
        assert caught.value.code == "MS405"


def test_templates_and_names() -> None:
    assert is_template("a${b}")
    assert is_template("$${b}")
    assert not is_template("$b")
    assert not is_template(3)
    assert parse("${a.shape[i] + min(b, [c])} and ${d if e else -f}").names == frozenset("aibcdef")
    assert parse("$${a}").names == frozenset()


_SYMBOLS = (*"+-*/%<>()[],.{}$'\" \n\t\\", "//", "==", "!=", "<=", ">=", "${", "$${", "é", "\u2028", "\x00")
_NUMBERS = ("0", "1", "2.5", "1e9", "1e308", "5e-324", "9007199254740992")
_PIECES = st.sampled_from([*sorted(FUNCTIONS), *sorted(KEYWORDS), *sorted(SCOPE), ".shape", ".channels", *_NUMBERS, *_SYMBOLS])


@given(
    st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=30).map(" ".join), st.lists(_PIECES, max_size=40).map("".join))
)
@example("${1e308 // 5e-324}")
@example("${5e-324 % 1e15}")
@example("${0.0 / -5e-324}")
@example("${round(5e-324)}")
@example("${[size] == [3]}")
@example("${[true] == [1]}")
@example("${input == input}")
def test_nothing_but_expression_errors_is_raised(text: str) -> None:
    for source in (text, "${" + text + "}"):
        try:
            value = evaluate(source, SCOPE)
        except ExpressionError as error:
            assert error.code in {"MS401", "MS402", "MS403", "MS404", "MS405"}
        else:
            _check_bounded(value)


def _check_bounded(value: Value) -> None:
    match value:
        case list():
            for item in value:
                _check_bounded(item)
        case int() | float():
            assert math.isfinite(value)
            assert abs(value) <= MAX_NUMBER
        case _:
            pass


_numbers = st.integers(-(2**20), 2**20) | st.floats(-1e6, 1e6, allow_subnormal=False)


@given(_numbers, _numbers, st.sampled_from(["+", "-", "*", "<", "<=", ">", ">=", "==", "!="]))
def test_arithmetic_is_that_of_python(a: float, b: float, operator: str) -> None:
    functions = {
        "+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "<": lambda: a < b, "<=": lambda: a <= b,
        ">": lambda: a > b, ">=": lambda: a >= b, "==": lambda: a == b, "!=": lambda: a != b,
    }  # fmt: skip
    assert evaluate(f"${{a {operator} b}}", {"a": a, "b": b}) == functions[operator]()


@given(st.integers(-1000, 1000), st.integers(-1000, 1000).filter(bool))
def test_division_is_that_of_python(a: int, b: int) -> None:
    assert evaluate("${[a / b, a // b, a % b]}", {"a": a, "b": b}) == [a / b, a // b, a % b]


def test_every_function_name_has_a_function() -> None:
    assert FUNCTIONS.keys() == FUNCTION_NAMES
