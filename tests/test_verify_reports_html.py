"""The page of a verification: its parts, its plot, its histogram."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import verifications as made
from reported import CASES, Page

from modelspec.verify.histogram import distribution
from modelspec.verify.reports import render
from modelspec.verify.reports.markup import safe
from modelspec.verify.reports.plot import Axes, ticks
from modelspec.verify.results import Verification


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[str, Verification]:
    return request.param, CASES[request.param]()


KNOWN_TAGS = {
    *("html", "head", "meta", "title", "style", "body", "section", "div", "span", "p", "h1", "h2", "h3", "br", "code", "pre"),
    *("table", "thead", "tbody", "tr", "th", "td", "dl", "dt", "dd", "figure", "figcaption"),
    *("svg", "g", "path", "line", "rect", "text"),
}


def test_a_page_runs_nothing_and_loads_nothing(case: tuple[str, Verification]) -> None:
    page = Page(render(case[1], ".html"))
    assert page.open == []
    assert {tag for tag, _ in page.tags} <= KNOWN_TAGS
    names = {name for _, attributes in page.tags for name in attributes}
    assert not {name for name in names if name.startswith("on") or "href" in name or name in ("src", "style", "action")}
    assert not re.search(r"url\(|@import|expression\(", page.texts["style"])
    policy = next(it["content"] for _, it in page.tags if it.get("http-equiv") == "Content-Security-Policy")
    digest = base64.b64encode(hashlib.sha256(page.texts["style"].encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@pytest.mark.parametrize("hostile", made.HOSTILE)
def test_a_page_shows_what_a_stranger_writes_as_text(hostile: str) -> None:
    page = Page(render(made.hostile(hostile), ".html"))
    assert page.texts["h1"] == safe(f"modelspec verify {hostile}")
    assert page.texts["body"].count(safe(hostile)) > 20
    titles = [it["title"] for tag, it in page.tags if tag == "td" and "title" in it]
    assert safe(f"at most 1e-10; input: {hostile} ({hostile})") in titles


def test_a_page_says_what_was_found() -> None:
    body = Page(render(made.diverging(), ".html")).texts["body"]
    for part in (
        "✗ NOT equal",
        "The first layer that differs",
        "specs/net.json:10:5",
        "epsilon is 1e-5",
        "✗ 0.0033 > 1e-10",
        "tensorflow 2.21.0",
        "Some CPU",
        'activation = "relu"',
        "random, smooth, extremes, a constant",
    ):
        assert part in body
    body = Page(render(made.skipped(), ".html")).texts["body"]
    assert "✗ skipped" in body
    assert "MS702 onnx needs onnx" in body
    assert "onnx (--allow-skipped onnx accepts that)" in body
    assert "✗ skipped" not in Page(render(made.skipped(allowed=["onnx"]), ".html")).texts["body"]
    assert "✗ bfloat16 against float64: skipped" in Page(render(made.without_a_tier(), ".html")).texts["body"]
    body = Page(render(made.trained(error=1e-3), ".html")).texts["body"]
    assert "gradientblock0_conv2d/kerneltorch from keras0.0011e-09✗ failsspecs/net.json:7:5" in body


def test_a_page_of_files_shows_their_outputs() -> None:
    body = Page(render(made.files(error=0.02), ".html")).texts["body"]
    for part in (
        "small/net.int8.onnx",
        "scoresprobabilitiesfloat32 (batch, 53, 53, 32)0.020.0001✗ fails0.0034 of 5 examplessmooth (all kinds)",
        'the output "scores" is "probabilities" in net.onnx: matched by position',
        "outputs against the other file: output scores, net.int8.onnx from net.onnx",
    ):
        assert part in body
    assert "layer" not in body
    assert "depth" not in body


def test_the_plot_has_a_point_for_each_layer_in_each_backend() -> None:
    for found in (made.equal(), made.diverging(40), made.skipped(), made.not_finite()):
        page = Page(render(found, ".html"))
        assert len(page.with_class("plot", "svg")) == 2
        assert len(page.with_class("point")) == 2 * len(found.layers) * len(found.compared)
        failing = sum(not it.passes for one in found.layers for by in one.deviations.values() for it in by.values())
        assert len(page.with_class("fails")) == failing
    assert len(Page(render(made.diverging(), ".html")).with_class("first")) == 2  # a line and its label


def test_the_plot_draws_a_bound_once_where_it_is_the_same_for_all() -> None:
    found = made.equal()
    assert [it["class"] for it in Page(render(found, ".html")).with_class("bound")] == ["bound shared"] * 2
    deviations = found.layers[4].deviations
    changed = {**deviations["semantics"], "torch": deviations["semantics"]["torch"].within(1e-7)}
    layers = [*found.layers]
    layers[4] = replace(layers[4], deviations={**deviations, "semantics": changed})
    bounds = [it["class"] for it in Page(render(replace(found, layers=tuple(layers)), ".html")).with_class("bound")]
    assert bounds == ["bound s0", "bound s1", "bound s2", "bound shared"]


def test_errors_stand_above_one_another_in_the_plot() -> None:
    axes = Axes.of(made.not_finite().layers, "semantics")
    heights = [axes.y(value) for value in (math.inf, 1e-10, 1e-13, 1e-16, 0.0)]
    assert heights == sorted(heights)
    assert heights[2] - heights[1] == pytest.approx(heights[3] - heights[2])
    assert axes.y(math.nan) == axes.y(math.inf)
    positions = [axes.x(at) for at in range(axes.count)]
    assert np.allclose(np.diff(positions), axes.step)
    assert positions[-1] < axes.width


def test_ticks_are_round_and_few() -> None:
    assert ticks(-17, -10, 9) == [-17, -16, -15, -14, -13, -12, -11, -10]
    assert ticks(-17, 3, 9) == [-15, -10, -5, 0]
    assert ticks(-17, 3, 10) == [-16, -14, -12, -10, -8, -6, -4, -2, 0, 2]
    assert ticks(1, 134, 14) == [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130]
    assert ticks(0, 1, 4) == [0, 1]


# Histograms


def pairs(*found_and_wanted: tuple[Any, Any]) -> Iterator[tuple[Any, Any]]:
    return ((np.array(found, np.float32), np.array(wanted, np.float64)) for found, wanted in found_and_wanted)


def test_differences_are_counted_by_their_size() -> None:
    edges, counts, equal, odd = distribution(pairs(([[10.0, 1.0, 0.5]], [[10.0, 1.0 - 1.2e-2, 0.5 - 2e-4]])))
    assert (edges[0], edges[-1], equal, odd) == (-5.0, -2.0, 1, 0)
    assert {edges[number]: count for number, count in enumerate(counts) if count} == {-4.75: 1, -3.0: 1}


def test_each_example_is_measured_by_its_own_values() -> None:
    edges, counts, equal, _ = distribution(pairs(([[1000.0, 1.5], [1.0, 0.5]], [[1000.0, 0.5], [1.0, 0.75]])))
    at = [edges[number] for number, count in enumerate(counts) if count]
    assert at == [-3.0, -0.75]  # 1 of 1000, a quarter of 1
    assert equal == 2


def test_what_is_not_finite_is_counted_apart() -> None:
    nan, inf = math.nan, math.inf
    edges, counts, equal, odd = distribution(pairs(([[nan, inf, nan, 1.0, -inf]], [[nan, inf, 1.0, inf, inf]])))
    assert (edges, counts, equal, odd) == ((), (), 2, 3)
    assert distribution(pairs(([[1.0, 2.0]], [[1.0, 2.0, 3.0]])))[2:] == (0, 3)
    edges, counts, _, _ = distribution(pairs(([[1e30]], [[0.0]])))
    assert sum(counts) == 1
    assert edges[0] <= 15 < edges[-1]
