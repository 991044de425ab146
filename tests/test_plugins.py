"""Layers from packages: found only where they are needed, checked before they are used, and never there with plug-ins off."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from case import generator, random_weights
from nets import RELU, Json, dense, net
from workers import Array, Worker
from workers import run as run_worker

import modelspec
from modelspec import SpecError, cli, plugins
from modelspec.diagnostics import Diagnostic

PACKAGE = Path(__file__).parent.parent / "examples" / "modelspec_gated"
GATED = json.loads((PACKAGE / "gated.json").read_text())
On = Callable[[str], Worker]


def install(folder: Path, name: str, entries: dict[str, str], version: str = "0.1.0") -> None:
    """Write what an installer leaves of a package: its name, its version and its entry points."""
    information = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = [f"{key} = {value}" for key, value in entries.items()]
    (information / "entry_points.txt").write_text("\n".join(["[modelspec.layers]", *lines, ""]))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that packages can be installed in."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    plugins._entry_points.cache_clear()
    yield folder
    plugins._entry_points.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] in ("modelspec_gated", "acme")]:
        del sys.modules[name]


@pytest.fixture
def gated(site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example package, installed from its own pyproject.toml."""
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    install(site, project["name"], project["entry-points"]["modelspec.layers"], project["version"])
    (site / "modelspec_gated").symlink_to(PACKAGE / "modelspec_gated")
    return site


def findings(spec: Json, **options: Any) -> tuple[Diagnostic, ...]:
    with pytest.raises(SpecError) as caught:
        modelspec.elaborate(modelspec.load(spec, **options))
    return caught.value.diagnostics


def expected(weights: dict[str, Array], x: Array) -> Array:
    """What the example computes, by the formulas of its docstrings."""
    w = {name: array.astype(np.float64) for name, array in weights.items()}

    def gate(product: Array) -> Array:
        value, opening = np.split(product, 2, axis=-1)
        return value / (1 + np.exp(-opening))

    x = gate(x @ w["gated/kernel"] + w["gated/bias"])
    hidden = np.tanh(x @ w["mixed/first_kernel"] + w["mixed/first_bias"])
    return gate((hidden @ w["mixed/second_kernel"] + w["mixed/second_bias"]) @ w["scores/kernel"])


def run_with(site: str, *arguments: Any, **keywords: Any) -> dict[str, Array]:
    """Run in a worker that finds the packages of a folder."""
    sys.path.insert(0, site)
    plugins._entry_points.cache_clear()
    try:
        return run_worker(*arguments, **keywords)
    finally:
        sys.path.remove(site)
        plugins._entry_points.cache_clear()


@pytest.mark.parametrize("backend", ["keras", "onnx", "torch"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_example_computes_the_same_everywhere(backend: str, dtype: str, gated: Path, on: On) -> None:
    graph = modelspec.elaborate(GATED)
    weights = random_weights(graph, "plugins")
    x = generator("plugins/inputs").normal(0, 1, (2, 7, 5))
    given = {"sequence": x.astype(dtype)}
    keywords: dict[str, Any] = {"weights": weights, "inputs": given, "dtype": dtype, "what": ("outputs", "weights")}
    made = on(backend).call(run_with, str(gated), backend, GATED, **keywords)
    wanted = expected(weights, given["sequence"].astype(np.float64))
    assert made["outputs/scores"].dtype == dtype
    assert np.abs(made["outputs/scores"] - wanted).max() <= (1e-10 if dtype == "float64" else 1e-5) * np.abs(wanted).max()
    assert {name.removeprefix("weights/") for name in made} - {"outputs/scores"} == weights.keys()
    assert all(np.array_equal(made[f"weights/{name}"], array) for name, array in weights.items())


def test_images_reach_the_example_with_channels_last(gated: Path, on: On) -> None:
    spec = net({"type": "GatedUnit", "name": "gated", "units": 4}, inputs={"x": {"shape": [3, 4, 5]}})
    weights = random_weights(modelspec.elaborate(spec), "images")
    x = generator("images/inputs").normal(0, 1, (2, 3, 4, 5))
    made = {
        backend: on(backend).call(run_with, str(gated), backend, spec, weights=weights, inputs={"x": x}, dtype="float64")[
            "gated"
        ]
        for backend in ("keras", "onnx", "torch")
    }
    product = x @ weights["gated/kernel"].astype(np.float64) + weights["gated/bias"]
    wanted = product[..., :4] / (1 + np.exp(-product[..., 4:]))
    assert all(np.abs(value - wanted).max() < 1e-12 for value in made.values())


def saved_without_the_package(folder: str, document: Json, given: Array) -> tuple[Array, Array]:
    """Compile and save with the package in reach, and load where it is not."""
    import keras

    path = f"{folder}/model.keras"
    sys.path.insert(0, folder)
    plugins._entry_points.cache_clear()
    model = modelspec.compile(document, "keras")
    model.save(path)
    made = model({"sequence": given})["scores"]
    sys.path.remove(folder)
    plugins._entry_points.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] == "modelspec_gated"]:
        del sys.modules[name]
    return made, np.asarray(keras.models.load_model(path)(given))


def test_a_saved_keras_model_needs_no_package(gated: Path, on: On) -> None:
    given = generator("saved").normal(0, 1, (2, 7, 5)).astype(np.float32)
    before, after = on("keras").call(saved_without_the_package, str(gated), GATED, given)
    assert np.array_equal(before, after)


def test_without_plugins_there_is_only_the_catalogue(gated: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(PACKAGE / "gated.json")
    assert {finding.code for finding in findings(GATED, with_plugins=False)} == {"MS205"}
    for verb in (
        ["validate", path],
        ["summary", path],
        ["compile", path, "--backend", "onnx", "-o", str(gated / "m.onnx")],
        ["weights", "make", path, "-o", str(gated / "w.safetensors")],
        ["layers", "GatedUnit"],
    ):
        assert cli.main(verb) == 0, verb
        capsys.readouterr()
        assert cli.main([*verb, "--no-plugins"]) == 1, verb
        captured = capsys.readouterr()
        assert 'there is no layer type "GatedUnit" in the catalogue, and plug-ins are off' in captured.out + captured.err


def test_packages_are_looked_at_only_for_a_type_that_is_not_built_in(gated: Path) -> None:
    script = (
        "import sys, modelspec.plugins;"
        "modelspec.elaborate('xception');"
        "assert not modelspec.plugins._entry_points.cache_info().currsize, 'packages were listed';"
        f"sys.path.insert(0, {str(gated)!r});"
        f"graph = modelspec.elaborate({GATED!r});"
        "heavy = {'keras', 'torch', 'onnx', 'numpy', 'modelspec_gated.keras_rules'} & sys.modules.keys();"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_listing_layers_loads_no_framework(gated: Path) -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(gated)!r}); from modelspec.cli import main; code = main(['layers']);"
        "heavy = {'keras', 'torch', 'onnx', 'numpy'} & sys.modules.keys(); sys.exit(str(heavy) if heavy else code)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "GatedUnit" in done.stdout


def test_a_block_that_nothing_calls_may_name_a_plugin_too(gated: Path) -> None:
    spec = net(RELU, blocks={"b": {"layers": [{"type": "GatedUnit", "units": 0}]}})
    assert [(finding.code, finding.pointer) for finding in findings(spec)] == [("MS203", "/blocks/b/layers/0/units")]


def test_a_misspelt_plugin_is_told(gated: Path) -> None:
    [finding] = findings(net({"type": "FeedForwrd", "hidden": 3}))
    assert (finding.code, finding.hint) == ("MS205", 'did you mean "FeedForward"?')


ACME = """
from typing import Annotated, Literal
from modelspec.layers.base import Layer, LayerError, Part
from modelspec.layers.core import Dense

class Good(Layer):
    type: Literal["Good"] = "Good"
    def infer(self, inputs):
        return inputs[0]

class Misnamed(Layer):
    type: Literal["Other"] = "Other"

class Untyped(Layer):
    pass

class Dense(Layer):
    type: Literal["Dense"] = "Dense"

class Unbuildable(Layer):
    type: Literal["Unbuildable"] = "Unbuildable"
    field: "Nowhere" = None

class Failing(Layer):
    type: Literal["Failing"] = "Failing"
    def infer(self, inputs):
        return inputs[7]

class Lost(Layer):
    type: Literal["Lost"] = "Lost"
    lowerings = {"onnx": "acme:nothing", "torch": "acme_torch:rule"}
    def infer(self, inputs):
        return inputs[0]

def function():
    pass
"""

FAULTS = {
    "a missing module": ("Good", "acme.nothing:Good", "ModuleNotFoundError"),
    "a missing class": ("Good", "acme:Better", "AttributeError"),
    "a module that fails": ("Good", "acme.failing:Good", "ZeroDivisionError: division by zero"),
    "a module that exits": ("Good", "acme.exiting:Good", "SystemExit"),
    "a module with a mistake": ("Good", "acme.mistaken:Good", "SyntaxError"),
    "a function": ("Good", "acme:function", "not a subclass"),
    "another class": ("Good", "builtins:dict", "not a subclass"),
    "another name": ("Better", "acme:Good", "its class is called Good"),
    "another type": ("Misnamed", "acme:Misnamed", 'its field "type" must be declared'),
    "no type": ("Untyped", "acme:Untyped", 'its field "type" must be declared'),
    "no model": ("Unbuildable", "acme:Unbuildable", "its fields make no model"),
}


@pytest.fixture
def acme(site: Path) -> Path:
    package = site / "acme"
    package.mkdir()
    (package / "__init__.py").write_text(ACME)
    (package / "failing.py").write_text("1 / 0\n")
    (package / "exiting.py").write_text("raise SystemExit(3)\n")
    (package / "mistaken.py").write_text("class\n")
    return site


@pytest.mark.parametrize(("name", "value", "words"), FAULTS.values(), ids=FAULTS.keys())
def test_a_faulty_package_is_named(name: str, value: str, words: str, acme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(acme, "acme-layers", {name: value})
    spec = net({"type": name}, RELU, {"type": name})
    found = findings(spec)
    assert [(finding.code, finding.pointer) for finding in found] == [
        ("MS705", "/layers/0/type"),
        ("MS705", "/layers/2/type"),
    ]
    assert f'the package acme-layers 0.1.0 offers a layer "{name}" that cannot be used: ' in found[0].message
    assert words in found[0].message
    assert cli.main(["layers"]) == 0
    assert words in capsys.readouterr().out


def test_a_built_in_layer_is_never_replaced(acme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(acme, "acme-layers", {"Dense": "acme:Dense"})
    [node] = modelspec.elaborate(net(dense(3))).nodes
    assert type(node.layer).__module__ == "modelspec.layers.core"
    assert cli.main(["layers", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["Dense"]["family"] == "core"
    assert "which is never replaced" in listed["Dense (acme-layers 0.1.0)"]["error"]


def test_two_packages_with_one_layer_are_refused(acme: Path) -> None:
    install(acme, "acme-layers", {"Good": "acme:Good"})
    install(acme, "copy-layers", {"Good": "acme.copy:Good"})
    [finding] = findings(net({"type": "Good"}))
    assert finding.code == "MS705"
    assert finding.message.startswith('two packages offer a layer "Good": acme')


def test_a_layer_that_fails_is_a_fault_of_its_package(acme: Path) -> None:
    install(acme, "acme-layers", {"Failing": "acme:Failing"})
    [finding] = findings(net({"type": "Failing"}))
    assert (finding.code, finding.pointer) == ("MS705", "/layers/0/type")
    assert "IndexError: tuple index out of range" in finding.message
    assert "acme" in finding.hint


def test_a_layer_without_a_rule_is_refused_before_work_starts(acme: Path) -> None:
    install(acme, "acme-layers", {"Good": "acme:Good", "Lost": "acme:Lost"})
    with pytest.raises(SpecError, match=r"MS703 .*it has no rule for Good"):
        modelspec.compile(net({"type": "Good"}), "onnx")
    with pytest.raises(SpecError, match=r"MS703 .*it has no rule for Lost"):
        modelspec.compile(net({"type": "Lost"}), "keras")


def test_layers_are_listed_with_where_they_come_from(gated: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["layers"]) == 0
    out = capsys.readouterr().out
    assert "  Dense " in out
    assert "modelspec-gated 0.1.0\n  FeedForward" in out
    assert cli.main(["layers", "--no-plugins"]) == 0
    assert "GatedUnit" not in capsys.readouterr().out
    assert cli.main(["layers", "FeedForward", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["package"] == "modelspec-gated 0.1.0"
    assert set(shown["backends"].values()) == {"made of simpler layers"}
    assert shown["fields"]["hidden"]["description"] == "The size between the two products."
    assert "default" not in shown["fields"]["hidden"]
    assert cli.main(["layers", "GatedUnit"]) == 0
    assert "  in torch: a rule of its own" in capsys.readouterr().out
    assert cli.main(["layers", "Dens"]) == 1
    assert 'did you mean "Dense"?' in capsys.readouterr().err
