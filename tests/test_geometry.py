"""Window arithmetic against windows that are counted one by one, and symbolic sizes against numbers."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelspec.geometry import (
    Padding,
    channels_first_axes,
    channels_last_axes,
    extent,
    inverse,
    output_size,
    padding_amounts,
    same_padding,
    transposed_crop,
    transposed_size,
)
from modelspec.tensors import Dim, Symbol, TensorType, float32, format_shape, scaled

WINDOWS = [(n, k, s, d) for n, k, s, d in product(range(1, 13), range(1, 8), range(1, 5), range(1, 4))]


def _valid_windows(n: int, k: int, s: int, d: int) -> int:
    """Count the positions, from 0 in steps of s, at which every tap of the kernel is inside."""
    return sum(1 for start in range(0, n, s) if start + (k - 1) * d < n)


def test_valid_sizes_are_those_of_counted_windows() -> None:
    for n, k, s, d in WINDOWS:
        size = output_size(n, k, s, d, "valid")
        assert isinstance(size, int)
        assert max(size, 0) == _valid_windows(n, k, s, d), (n, k, s, d)


def test_same_padding_is_the_least_that_makes_a_window_for_each_stride() -> None:
    for n, k, s, d in WINDOWS:
        wanted = len(range(0, n, s))
        total = next(total for total in range(k * d + s) if _valid_windows(n + total, k, s, d) >= wanted)
        before, after = same_padding(n, k, s, d)
        assert before + after == total, (n, k, s, d)
        assert after - before in (0, 1), "the odd one stands at the end"
        assert output_size(n, k, s, d, "same") == wanted


@pytest.mark.parametrize(
    ("window", "wanted"),
    [
        ((5, 3, 1, 1), (1, 1)),
        ((5, 3, 2, 1), (1, 1)),
        ((6, 3, 2, 1), (0, 1)),
        ((5, 2, 1, 1), (0, 1)),
        ((5, 4, 2, 1), (1, 2)),
        ((6, 1, 3, 1), (0, 0)),
        ((7, 3, 1, 2), (2, 2)),
        ((2, 7, 1, 1), (3, 3)),
        ((180, 3, 2, 1), (0, 1)),
    ],
)
def test_same_padding_of_keras(window: tuple[int, int, int, int], wanted: tuple[int, int]) -> None:
    assert same_padding(*window) == wanted


def test_padding_amounts_agree_where_the_size_is_unknown() -> None:
    for n, k, s, d in WINDOWS:
        assert padding_amounts(n, k, s, d, "valid") == padding_amounts(Symbol("n"), k, s, d, "valid") == (0, 0)
        assert padding_amounts(n, k, s, d, "same") == same_padding(n, k, s, d)
        unknown = padding_amounts(Symbol("n"), k, s, d, "same")
        assert unknown == (same_padding(n, k, s, d) if s == 1 or extent(k, d) == 1 else None)


def test_causal_windows_end_at_each_stride() -> None:
    for n, k, s, d in WINDOWS:
        assert output_size(n, k, s, d, "causal") == len(range(0, n, s)) == _valid_windows(n + (k - 1) * d, k, s, d)
        assert padding_amounts(n, k, s, d, "causal") == padding_amounts(Symbol("n"), k, s, d, "causal") == ((k - 1) * d, 0)


def _reached(n: int, k: int, s: int, d: int) -> set[int]:
    """Return the outputs that some input of a transposed convolution adds to, before anything is cut off."""
    return {at * s + tap * d for at in range(n) for tap in range(k)}


def test_transposed_sizes_are_those_of_keras() -> None:
    for n, k, s, d in WINDOWS:
        full = max(_reached(n, k, s, d)) + 1
        valid = transposed_crop(k, s, d, "valid", None)
        assert valid[0] == 0, "what is beyond the kernel stands at the end"
        assert transposed_size(n, k, s, d, valid) == max(full, n * s)
        before, after = transposed_crop(k, s, d, "same", None)
        assert transposed_size(n, k, s, d, (before, after)) == n * s
        assert before >= 0
        assert after - before in (0, 1) or (before == 0 and after < 0)
        for more in range(s):
            assert transposed_size(n, k, s, d, transposed_crop(k, s, d, "valid", more)) == full + more
            cut = transposed_crop(k, s, d, "same", more)
            assert transposed_size(n, k, s, d, cut) == (n - 1) * s + extent(k, d) % 2 + more


@pytest.mark.parametrize(
    ("window", "wanted"),
    [
        ((3, 1, 1, "same", None), (1, 1)),
        ((3, 2, 1, "same", None), (0, 1)),
        ((4, 1, 1, "same", None), (1, 2)),
        ((2, 3, 1, "same", None), (0, -1)),
        ((2, 3, 1, "valid", None), (0, -1)),
        ((3, 1, 2, "same", None), (2, 2)),
        ((3, 2, 1, "same", 1), (0, 1)),
        ((3, 2, 1, "same", 0), (1, 1)),
        ((3, 3, 1, "valid", 2), (0, -2)),
    ],
)
def test_transposed_crop_of_keras(window: tuple[int, int, int, Padding, int | None], wanted: tuple[int, int]) -> None:
    assert transposed_crop(*window) == wanted


def test_a_symbol_goes_through_a_transposed_convolution_only_with_a_stride_of_1() -> None:
    for k, d, padding in product(range(1, 6), range(1, 4), ("valid", "same")):
        crop = transposed_crop(k, 1, d, padding, None)
        size = transposed_size(Symbol("n"), k, 1, d, crop)
        assert isinstance(size, Symbol)
        assert (10 + size.offset) // size.divisor == transposed_size(10, k, 1, d, crop)
        assert transposed_size(Symbol("n"), k, 2, d, crop) is None


def test_extent() -> None:
    assert [extent(k, d) for k, d in ((1, 1), (1, 5), (3, 1), (3, 2), (2, 4))] == [1, 1, 3, 5, 5]


_windows = st.lists(
    st.tuples(st.integers(1, 7), st.integers(1, 4), st.integers(1, 3), st.sampled_from(["valid", "same"])), max_size=6
)


@given(_windows, st.integers(1, 500))
def test_a_symbol_goes_through_windows_as_its_number_does(chain: list[tuple[int, int, int, Padding]], n: int) -> None:
    symbolic: Dim = Symbol("n")
    number: Dim = n
    for k, s, d, padding in chain:
        symbolic = output_size(symbolic, k, s, d, padding)
        number = output_size(number, k, s, d, padding)
    assert isinstance(symbolic, Symbol)
    assert (n + symbolic.offset) // symbolic.divisor == number


@given(st.integers(-500, 500), st.integers(-20, 20), st.integers(1, 9), st.integers(-20, 20), st.integers(1, 9))
def test_floors_compose(n: int, a: int, s: int, b: int, t: int) -> None:
    symbol = scaled(scaled(Symbol("n"), a, s), b, t)
    assert isinstance(symbol, Symbol)
    assert (n + symbol.offset) // symbol.divisor == ((n + a) // s + b) // t == scaled(scaled(n, a, s), b, t)


def test_equal_ways_make_equal_symbols() -> None:
    n = Symbol("n")
    by_pool = output_size(n, 3, 2, 1, "same")
    by_conv = output_size(output_size(n, 3, 1, 1, "same"), 1, 2, 1, "same")
    assert by_pool == by_conv == Symbol("n", 1, 2)
    assert output_size(n, 1, 2, 1, "valid") == by_pool
    assert output_size(n, 2, 2, 1, "valid") != by_pool


@pytest.mark.parametrize(
    ("symbol", "text"),
    [
        (Symbol("n"), "n"),
        (Symbol("n", 2), "n + 2"),
        (Symbol("n", -2), "n - 2"),
        (Symbol("n", 0, 4), "n // 4"),
        (Symbol("n", 1, 2), "(n + 1) // 2"),
    ],
)
def test_a_symbol_reads_as_arithmetic(symbol: Symbol, text: str) -> None:
    assert str(symbol) == text
    assert format_shape((symbol, 3)) == f"[{text}, 3]"


@pytest.mark.parametrize("rank", range(2, 7))
def test_the_two_formats_undo_each_other(rank: int) -> None:
    first, last = channels_first_axes(rank), channels_last_axes(rank)
    assert inverse(first) == last
    assert inverse(last) == first
    names = ("batch", *(f"side{i}" for i in range(rank - 2)), "channels")
    moved = tuple(names[axis] for axis in first)
    assert moved == ("batch", "channels", *names[1:-1])
    assert tuple(moved[axis] for axis in last) == names


@given(st.permutations(range(1, 6)))
def test_inverse(axes: list[int]) -> None:
    order = (0, *axes)
    value = TensorType((10, 20, 30, 40, 50), "float32")
    assert value.permuted(order).permuted(inverse(order)) == value


def test_float32_rounds_and_refuses_what_is_beyond() -> None:
    assert float32(0.1) == 0.10000000149011612
    assert float32(0.5) == 0.5
    with pytest.raises(ValueError, match="beyond the range"):
        float32(1e39)
