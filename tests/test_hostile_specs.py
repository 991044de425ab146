"""Any document ends in a graph or in findings, soon and in little memory, whatever it says."""

from __future__ import annotations

import copy
import json
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from case import Case
from cases import CASES
from gates import document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nets import RELU, Json, built, calls, findings, net

import modelspec
from modelspec import SpecError, compiler, library
from modelspec.expansion import MAX_DEPTH, MAX_LAYERS
from modelspec.layers import LAYERS


def ways_to_expand() -> Iterator[tuple[str, Json]]:
    """Documents of some hundred bytes that say far more than they may."""
    thousand = {"for": "c", "in": {"range": 1000}, "layers": [RELU]}
    for name in "ba":
        thousand = {"for": name, "in": {"range": 1000}, "layers": [thousand]}
    yield "10**9 layers", net(thousand)
    yield (
        "10**9 layers that depend on the variables",
        net(
            {
                "for": "a",
                "in": {"range": 1000},
                "layers": [
                    {
                        "for": "b",
                        "in": {"range": "${a + 1000}"},
                        "layers": [{"for": "c", "in": {"range": "${b}"}, "layers": [RELU]}],
                    }
                ],
            }
        ),
    )
    yield (
        "2**20 calls",
        net(
            {"block": "b0"}, blocks={f"b{i}": {"layers": [{"block": f"b{i + 1}"}] * 2 if i < 20 else [RELU]} for i in range(21)}
        ),
    )
    yield (
        "2**20 calls of nothing",
        net({"block": "b0"}, blocks={f"b{i}": {"layers": [{"block": f"b{i + 1}"}] * 2 if i < 20 else []} for i in range(21)}),
    )
    yield "2**31 repetitions of nothing", net({"for": "i", "in": {"range": 2**31}, "layers": []})
    large = {"x": {"shape": [2**30, 3]}}
    yield "repetitions as many as a size", net({"for": "i", "in": {"range": "${x.shape[0]}"}, "layers": []}, inputs=large)


@pytest.mark.parametrize("spec", [pytest.param(spec, id=name) for name, spec in ways_to_expand()])
def test_expansion_is_refused_before_it_happens(spec: Json) -> None:
    loaded = compiler.loads(json.dumps(spec).encode())
    modelspec.elaborate(net(RELU))
    tracemalloc.start()
    with pytest.raises(SpecError) as caught:
        modelspec.elaborate(loaded)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [finding.code for finding in caught.value.diagnostics] == ["MS510"]
    assert peak < 10_000_000
    assert calls(lambda: findings(spec)) < 100_000


MUCH = 2**31 - 1
LONG = {"x": {"shape": [2**20, 1]}}
LARGE_LAYERS: dict[str, tuple[Json, Json]] = {
    "scores": ({"type": "Attention", "inputs": ["x", "x"]}, LONG),
    "sums of query and key": ({"type": "AdditiveAttention", "inputs": ["x", "x"]}, LONG),
    "scores of heads": ({"type": "MultiHeadAttention", "num_heads": 2**20, "key_dim": 1, "inputs": ["x", "x"]}, LONG),
    "projections": (
        {"type": "MultiHeadAttention", "num_heads": 2**14, "key_dim": 2**14, "inputs": ["x", "x"]},
        {"x": {"shape": [64, 1]}},
    ),
    "padding of a convolution": (
        {"type": "Conv2D", "filters": 1, "kernel_size": 2, "dilation_rate": MUCH, "padding": "same"},
        {"x": {"shape": [8, 8, 3]}},
    ),
    "padding of a window": ({"type": "MaxPooling2D", "pool_size": MUCH, "padding": "same"}, {"x": {"shape": [8, 8, 3]}}),
    "causal padding": (
        {"type": "Conv1D", "filters": 1, "kernel_size": 4, "dilation_rate": MUCH, "padding": "causal"},
        {"x": {"shape": [8, 3]}},
    ),
    "what a transposed convolution cuts off": (
        {"type": "Conv2DTranspose", "filters": 1, "kernel_size": 2, "dilation_rate": MUCH, "padding": "same"},
        {"x": {"shape": [8, 8, 3]}},
    ),
    "channels between": (
        {"type": "SeparableConv2D", "filters": 1, "kernel_size": 1, "depth_multiplier": 2**28},
        {"x": {"shape": [64, 64, 1]}},
    ),
    "an axis at a time": ({"type": "AdaptiveMaxPooling2D", "output_size": [2**20, 1]}, {"x": {"shape": [1, 2**20, 1]}}),
    "a wide image made high": ({"type": "Resizing", "height": 2**20, "width": 1}, {"x": {"shape": [1, 2**20, 1]}}),
    "padding to another aspect": (
        {"type": "Resizing", "height": 2**20, "width": 1, "pad_to_aspect_ratio": True},
        {"x": {"shape": [1, 2**20, 1]}},
    ),
    "gates of all steps": ({"type": "LSTM", "units": 2**12}, LONG),
    "gates of both directions": ({"type": "Bidirectional", "layer": {"type": "GRU", "units": 2**12}}, LONG),
    "padding of every time step": (
        {"type": "TimeDistributed", "layer": {"type": "MaxPooling1D", "pool_size": 2**20, "padding": "same"}},
        {"x": {"shape": [2**14, 8, 1]}},
    ),
    "an input": ({"type": "GlobalAveragePooling2D"}, {"x": {"shape": [MUCH, MUCH, 1]}}),
}


@pytest.mark.parametrize("name", LARGE_LAYERS)
def test_a_layer_that_takes_more_memory_than_its_output_is_refused(name: str) -> None:
    layer, inputs = LARGE_LAYERS[name]
    spec = net(layer, inputs=inputs)
    assert findings(spec) == ["MS512"]
    assert calls(lambda: findings(spec)) < 100_000


def test_a_literal_is_read_once_however_often_its_layer_is_repeated() -> None:
    layer = {"type": "Rescaling", "scale": [[1.0] * 8] * 64}

    def work(count: int) -> int:
        spec = modelspec.load(net({"for": "i", "in": {"range": count}, "layers": [layer]}, inputs={"x": {"shape": [64, 8]}}))
        return calls(lambda: modelspec.elaborate(spec))

    modelspec.elaborate(net(layer, inputs={"x": {"shape": [64, 8]}}))
    assert (work(200) - work(100)) / 100 < 600


def test_deep_nesting_is_refused_however_it_is_written() -> None:
    def chain(length: int, depth: int) -> Json:
        blocks: Json = {f"b{length}": {"layers": [RELU]}}
        for number in range(length):
            step: Json = {"block": f"b{number + 1}"}
            for _ in range(depth):
                step = {"if": "${input.channels > 0}", "then": [step]}
            blocks[f"b{number}"] = {"layers": [step]}
        return net({"block": "b0"}, blocks=blocks)

    assert len(built(chain(MAX_DEPTH - 2, 0)).nodes) == 1
    assert findings(chain(MAX_DEPTH - 1, 0)) == ["MS510"]
    assert findings(chain(60, 25)) == ["MS510"]
    known_before = chain(600, 0)
    known_before["layers"] = [{"block": f"b{number}"} for number in range(600, -1, -1)]
    assert findings(known_before) == ["MS510"]


def test_a_nest_of_repetitions_that_shapes_decide_ends_soon() -> None:
    empty = {"for": "j", "in": {"range": "${x.shape[0] // 100000}"}, "layers": []}
    spec = net({"for": "i", "in": {"range": 9999}, "layers": [empty]}, inputs={"x": {"shape": [10**9, 1]}})
    assert findings(spec) == ["MS510"]
    assert calls(lambda: findings(spec)) < 10_000_000


def test_the_largest_spec_is_built() -> None:
    assert len(built(net({"for": "i", "in": {"range": MAX_LAYERS}, "layers": [RELU]})).nodes) == MAX_LAYERS
    assert len(built(net(*[RELU] * 5000)).nodes) == 5000
    assert findings(net(RELU, {"for": "i", "in": {"range": MAX_LAYERS}, "layers": [RELU]})) == ["MS510"]


_WORDS = """type block with for in index layers name inputs outputs if then else range parameters blocks default choices minimum
items shape dtype format_version data_format description $schema units filters kernel_size activation axis padding rate n x b"""
_KEYS = st.sampled_from(_WORDS.split())
_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 5),
    st.sampled_from([2**31, -(2**31), 10**6, 0.5, -1e308, 1e-300]),
    st.sampled_from(["", "x", "n", "b", "b.o", "a b", "\u202e", "same", "relu", "integer", "list", "shape", "height", *LAYERS]),
    st.sampled_from(["channels_first", "${n}", "${x}", "${input.shape}", "${null}", "${[n, n]}", "${x.channels / 2}"]),
    st.sampled_from(["${1 / 0}", "${", "a${n}", "$${", "${n > 1}"]),
)
_JSON = st.recursive(
    _VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=12
)
_NAMES = st.sampled_from(["n", "b", "a", "x"])


def _objects(required: dict[str, Any], **optional: Any) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(required, optional=optional)


_LAYER = _objects({"type": st.sampled_from(list(LAYERS))}, units=_VALUES, inputs=_JSON, name=_VALUES, axis=_VALUES, dims=_JSON)
_CALL = _objects({"block": _NAMES}, inputs=_JSON, name=_NAMES, **{"with": st.dictionaries(_NAMES, _JSON, max_size=2)})
_STEPS = st.recursive(
    _LAYER | _CALL,
    lambda inner: st.one_of(
        _objects({"for": _NAMES, "in": _JSON, "layers": st.lists(inner, max_size=3)}, name=_VALUES),
        _objects({"if": _VALUES, "then": st.lists(inner, max_size=3)}, **{"else": st.lists(inner, max_size=2)}),
    ),
    max_leaves=6,
)
_TYPES = st.sampled_from(["integer", "number", "boolean", "string", "shape", "list"])
_PARAMETERS = st.dictionaries(_NAMES, _objects({"type": _TYPES}, default=_JSON), max_size=2)
_NAME_LISTS = st.lists(_NAMES, max_size=2)
_BLOCK = _objects({"layers": st.lists(_STEPS, max_size=3)}, parameters=_PARAMETERS, inputs=_NAME_LISTS, outputs=_NAME_LISTS)
_SPECS = _objects(
    {
        "format_version": st.just(1),
        "name": st.just("net"),
        "inputs": st.just({"x": {"shape": [4, 4, 3]}})
        | st.dictionaries(_NAMES, _objects({"shape": st.lists(_VALUES, max_size=3)}), max_size=2),
        "layers": st.lists(_STEPS, min_size=1, max_size=4),
    },
    parameters=_PARAMETERS,
    blocks=st.dictionaries(_NAMES, _BLOCK, max_size=2),
    outputs=_JSON,
)
_fuzz = settings(deadline=timedelta(seconds=60), max_examples=300, suppress_health_check=list(HealthCheck))


def ends_in_a_graph_or_in_findings(spec: Any) -> None:
    try:
        graph = compiler.elaborate(compiler.loads(json.dumps(spec).encode(), "net.json"))
    except SpecError as error:
        assert error.diagnostics
        assert all(
            finding.place is not None and finding.message and "\n" not in finding.message for finding in error.diagnostics
        )
        assert all(finding.code <= "MS512" for finding in error.diagnostics)
        assert len({(finding.code, finding.pointer, finding.message) for finding in error.diagnostics}) == len(
            error.diagnostics
        )
    else:
        graph.check()
        assert graph.outputs


@given(_JSON | st.lists(_JSON) | _SPECS)
@_fuzz
def test_any_document_ends_in_a_graph_or_in_findings(spec: Any) -> None:
    ends_in_a_graph_or_in_findings(spec)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(item, (*path, key))


def change(spec: Any, data: st.DataObject) -> None:
    """Change a document in place, at one place or a few."""
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([path for path in places(spec) if path]))
        parent: Any = spec
        for part in path[:-1]:
            parent = parent[part]
        match data.draw(st.sampled_from(["delete", "replace", "insert", "copy"])):
            case "delete":
                del parent[path[-1]]
            case "replace":
                parent[path[-1]] = data.draw(_JSON)
            case "copy":
                parent[path[-1]] = copy.deepcopy(
                    data.draw(st.sampled_from([parent, *(parent.values() if isinstance(parent, dict) else parent)]))
                )
            case _ if isinstance(parent, list):
                parent.insert(int(path[-1]), data.draw(_STEPS | _JSON))
            case _:
                parent[data.draw(_KEYS)] = data.draw(_JSON)


@given(st.sampled_from(library.names()), st.data())
@_fuzz
def test_a_shipped_spec_that_is_changed_anywhere_ends_in_a_graph_or_in_findings(name: str, data: st.DataObject) -> None:
    spec = document(name)
    change(spec, data)
    ends_in_a_graph_or_in_findings(spec)


@given(st.sampled_from(CASES), st.data())
@_fuzz
def test_a_conformance_case_that_is_changed_anywhere_ends_in_a_graph_or_in_findings(case: Case, data: st.DataObject) -> None:
    spec = copy.deepcopy(case.document)
    change(spec, data)
    ends_in_a_graph_or_in_findings(spec)
