"""The house rules of docs/architecture.md, held by reading imports and by watching what a verb loads."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE = ROOT / "modelspec"
BACKENDS = sorted(path for path in (ROOT / "backends").iterdir() if (path / "__init__.py").is_file())
FRAMEWORKS = {"keras", "tensorflow", "torch", "onnx", "onnxruntime", "onnxscript"}
CLOSED_TO_BACKENDS = {"modelspec.cli", "modelspec.source", "modelspec.document", "modelspec.elaboration", "modelspec.plugins"}
CLOSED_TO_LAYERS = {"modelspec.graph", "modelspec.passes", "modelspec.backend"}


def imports(path: Path) -> set[str]:
    """Every module that a file imports, anywhere in it; ``from a import b`` counts as both ``a`` and ``a.b``."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def within(names: set[str], modules: set[str]) -> set[str]:
    return {name for name in names for module in modules if name == module or name.startswith(f"{module}.")}


def test_there_is_something_to_check() -> None:
    assert len(list(CORE.rglob("*.py"))) > 30
    assert [path.name for path in BACKENDS] == ["modelspec_keras", "modelspec_onnx", "modelspec_torch"]


@pytest.mark.parametrize("path", [*CORE.rglob("*.py")], ids=lambda path: str(path.relative_to(ROOT)))
def test_the_core_imports_no_framework_and_no_backend(path: Path) -> None:
    assert not within(imports(path), FRAMEWORKS | {package.name for package in BACKENDS})


@pytest.mark.parametrize("package", BACKENDS, ids=lambda path: path.name)
def test_a_backend_imports_no_other_backend_and_no_front_end(package: Path) -> None:
    others = {other.name for other in BACKENDS} - {package.name}
    for path in package.rglob("*.py"):
        assert not within(imports(path), others | CLOSED_TO_BACKENDS | {"backends"}), path


@pytest.mark.parametrize("path", [*(CORE / "layers").rglob("*.py")], ids=lambda path: path.name)
def test_layers_know_nothing_of_graphs(path: Path) -> None:
    assert not within(imports(path), CLOSED_TO_LAYERS)


@pytest.mark.parametrize("path", [*CORE.rglob("*.py"), *(ROOT / "backends").rglob("*.py")], ids=lambda path: path.name)
def test_only_the_command_line_prints_or_exits(path: Path) -> None:
    if CORE / "cli" in path.parents or path.name == "__main__.py":
        return
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"print", "exit", "quit", "eval", "exec"}


@pytest.mark.parametrize(
    "verb",
    [
        ["validate", "xception"],
        ["fmt", "--check", "specs"],
        ["explain", "MS203"],
        ["diff", "xception", "vgg16"],
        ["summary", "xception"],
        ["schema"],
        ["schema", "--verification"],
        ["schema", "--bench"],
        ["specs", "list"],
        ["backends"],
    ],
    ids=" ".join,
)
def test_verbs_that_need_no_arrays_load_none(verb: list[str]) -> None:
    script = (
        "import sys; from modelspec.cli import main; code = main(sys.argv[1:]);"
        "heavy = {'numpy', 'safetensors', 'PIL', *" + repr(sorted(FRAMEWORKS)) + "} & sys.modules.keys();"
        "sys.exit(f'loaded {heavy}' if heavy else code)"
    )
    done = subprocess.run([sys.executable, "-c", script, *verb], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("package", BACKENDS, ids=lambda path: path.name)
def test_a_backend_describes_itself_without_its_framework(package: Path) -> None:
    script = (
        f"import sys, {package.name}; {package.name}.backend.layers;"
        f"heavy = {FRAMEWORKS!r} & sys.modules.keys(); sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_files_stay_short_enough_to_find_ones_way_in() -> None:
    long = {
        str(path.relative_to(ROOT))
        for path in [*CORE.rglob("*.py"), *(ROOT / "backends").rglob("*.py")]
        if len(path.read_text().splitlines()) > 400
    }
    assert not long
