"""What backends say of themselves, and what their files are good for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from workers import BACKENDS, Worker

import modelspec
from modelspec import plugins
from modelspec.diagnostics import SpecError

On = Callable[[str], Worker]


def rules_and_supported(backend: str) -> tuple[set[str], set[str]]:
    """Run in a worker: the names of the layers with a rule, and of those that the backend says it has."""
    rules = import_module(f"modelspec_{backend}.lower").RULES
    return {layer.__name__ for layer in rules}, {layer.__name__ for layer in plugins.describe(backend).layers}


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_backend_lowers_what_it_says(on: On, backend: str) -> None:
    rules, supported = on(backend).call(rules_and_supported, backend)
    assert rules == supported


def reserved_names() -> tuple[set[str], set[str]]:
    """Run in the torch worker: the names that ``nn.Module`` has, and those that are mapped."""
    from modelspec_torch.module import SpecModule
    from modelspec_torch.names import RESERVED

    return {name for name in dir(SpecModule("m", [], [], {})) if not name.startswith("_")}, set(RESERVED)


def test_every_name_that_a_torch_module_has_is_reserved(on: On) -> None:
    used, reserved = on("torch").call(reserved_names)
    assert used <= reserved


@pytest.mark.parametrize("backend", ["keras", "torch"])
def test_only_onnx_has_targets(backend: str) -> None:
    with pytest.raises(SpecError, match="has no target"):
        modelspec.compile("xception", backend, target="opset==17")


def test_an_unknown_backend_is_named_with_a_likely_one() -> None:
    with pytest.raises(SpecError, match='did you mean "keras"'):
        modelspec.compile("xception", "kears")


def test_a_missing_framework_is_named_with_the_way_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "find_spec", lambda module: None if module == "torch" else module)
    with pytest.raises(SpecError) as caught:
        modelspec.compile("xception", "torch")
    (finding,) = caught.value.diagnostics
    assert finding.code == "MS702"
    assert "needs torch, not installed" in finding.message
    assert finding.hint == "pip install 'modelspec-compiler[torch]'"


AWKWARD: dict[str, Any] = {
    "format_version": 1,
    "name": "awkward",
    "description": "Names that frameworks want for themselves.",
    "inputs": {"forward": {"shape": [9, 8, 3]}, "training": {"shape": [9, 8, 3]}},
    "blocks": {
        "parameters": {
            "layers": [{"type": "Conv2D", "name": "train", "filters": 3, "kernel_size": 1}, {"type": "Dropout", "rate": 0.5}]
        }
    },
    "layers": [
        {"type": "Add", "name": "add_module", "inputs": ["forward", "training"]},
        {"block": "parameters", "name": "children"},
        {"type": "BatchNormalization", "name": "eval"},
        {"type": "ReLU", "name": "values"},
        {"type": "GlobalMaxPooling2D", "name": "half"},
        {"type": "Dense", "name": "import", "units": 2},
    ],
    "outputs": {"self": "import", "lambda": "eval"},
}


@pytest.mark.parametrize("backend", BACKENDS)
def test_names_that_frameworks_reserve(on: On, backend: str) -> None:
    import numpy as np

    noise = np.random.default_rng(0)
    inputs = {name: noise.normal(size=(2, 9, 8, 3)) for name in ("forward", "training")}
    found = on(backend).run(AWKWARD, inputs=inputs, dtype="float64", what=("outputs", "weights"))
    assert {"outputs/self", "outputs/lambda", "weights/children/train/kernel", "weights/import/bias"} <= found.keys()
    wanted = on("onnx").run(AWKWARD, inputs=inputs, dtype="float64")
    for name, array in wanted.items():
        np.testing.assert_allclose(found[f"outputs/{name}"], array, atol=1e-10)
