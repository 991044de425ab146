"""The pre-commit hooks, the GitHub action and the examples of docs/ci.md, run as CI runs them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelspec.reports import FORMATS

ROOT = Path(__file__).parent.parent
SCHEMAS = {
    "action.yml": "vendor.github-actions",
    "examples/ci/github-workflow.yml": "vendor.github-workflows",
    "examples/ci/gitlab-ci.yml": "vendor.gitlab-ci",
}
GOOD = {"format_version": 1, "name": "good", "inputs": {"x": {"shape": [8]}}, "layers": [{"type": "Dense", "units": 2}]}
BAD = {**GOOD, "name": "bad", "layers": [{"type": "Dens", "units": 2}]}
DOUBTFUL = {**GOOD, "name": "doubtful", "layers": [{"type": "Dense", "units": 1, "activation": "softmax"}]}


def execute(*command: str | Path, where: Path, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
    git = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    git |= {f"GIT_{who}_{what}": "test@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITHUB_", "CI_"))}
    done = subprocess.run(
        list(map(str, command)),
        cwd=where,
        env={**inherited, **git, "PIP_CONSTRAINT": str(ROOT / "constraints.txt"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done


def commit(folder: Path) -> str:
    execute("git", "init", "--quiet", where=folder)
    execute("git", "add", "--all", where=folder)
    execute("git", "commit", "--quiet", "--no-verify", "--message", "all", where=folder)
    return execute("git", "rev-parse", "HEAD", where=folder).stdout.strip()


def write(path: Path, spec: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(spec, indent=2) + "\n")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the repository has, without what it ignores."""
    if not (ROOT / ".git").exists():
        pytest.skip("a source tree without git does not say which of its files are the repository's")
    copy = tmp_path_factory.mktemp("source") / "modelspec"
    listed = execute("git", "ls-files", "-co", "--exclude-standard", "-z", where=ROOT).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():  # one that is deleted but not yet committed is listed too
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
    return copy


@pytest.mark.parametrize(("file", "schema"), SCHEMAS.items())
def test_files_of_services_are_valid(file: str, schema: str) -> None:
    execute(sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, ROOT / file, where=ROOT)


def test_the_schemas_refuse_what_services_refuse(tmp_path: Path) -> None:
    """What the test before this one rests on."""
    broken = yaml.safe_load((ROOT / "action.yml").read_text())
    del broken["runs"]["using"]
    (tmp_path / "action.yml").write_text(yaml.safe_dump(broken))
    command = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", SCHEMAS["action.yml"], "action.yml")
    assert execute(*command, where=tmp_path, check=False).returncode == 1


def test_the_example_configuration_names_hooks_that_there_are(tmp_path: Path) -> None:
    shutil.copyfile(ROOT / "examples/ci/pre-commit-config.yaml", tmp_path / "config.yaml")
    execute(sys.executable, "-m", "pre_commit", "validate-config", "config.yaml", where=tmp_path)
    execute(sys.executable, "-m", "pre_commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml", where=tmp_path)
    hooks = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    (repo,) = yaml.safe_load((tmp_path / "config.yaml").read_text())["repos"]
    assert {hook["id"] for hook in repo["hooks"]} == hooks.keys() == {"modelspec-validate", "modelspec-fmt"}


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("specs/net.json", True),
        ("models/specs/blocks/se.json", True),
        ("net.spec.json", True),
        ("package.json", False),
        ("testspecs/net.json", False),
        ("netspec.json", False),
    ],
)
def test_the_hooks_take_specs_and_leave_other_json(path: str, taken: bool) -> None:
    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text()):
        assert hook["types"] == ["json"]
        assert (re.search(hook["files"], path) is not None) is taken


def test_the_hooks_run_in_a_repository(source: Path, tmp_path: Path) -> None:
    """pre-commit installs the hooks from a clone, with pip, and runs them on what is committed."""
    revision = commit(source)
    hooks = [{"id": "modelspec-fmt"}, {"id": "modelspec-validate", "args": ["--fail-on", "warning"]}]
    (tmp_path / ".pre-commit-config.yaml").write_text(
        yaml.safe_dump({"repos": [{"repo": str(source), "rev": revision, "hooks": hooks}]})
    )
    write(tmp_path / "specs" / "net.json", GOOD)
    (tmp_path / "package.json").write_text("{}\n")
    commit(tmp_path)

    def run() -> subprocess.CompletedProcess[str]:
        execute("git", "add", "--all", where=tmp_path)
        command = (sys.executable, "-m", "pre_commit", "run", "--all-files", "--color", "never")
        return execute(*command, where=tmp_path, check=False, PRE_COMMIT_HOME=str(tmp_path.parent / "pre-commit"))

    first = run()  # fmt writes the canonical form, which counts as a failure, once
    again = run()
    assert again.returncode == 0, first.stdout + again.stdout + again.stderr
    assert again.stdout.count("Passed") == 2
    write(tmp_path / "specs" / "other.json", BAD)
    bad = run()
    assert bad.returncode == 1
    assert re.search(r"specs/other\.json:\d+:\d+: MS205 there is no layer type \"Dens\"", bad.stdout)
    write(tmp_path / "specs" / "other.json", DOUBTFUL)
    doubtful = run()
    assert doubtful.returncode == 1
    assert "MS901 warning" in doubtful.stdout


def steps() -> list[dict[str, Any]]:
    return yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]


def test_no_input_of_the_action_is_part_of_a_script() -> None:
    scripts = [step["run"] for step in steps() if "run" in step]
    assert len(scripts) == 2
    assert not [script for script in scripts if "${{" in script]


def test_every_input_of_the_action_is_used() -> None:
    text = (ROOT / "action.yml").read_text()
    inputs = yaml.safe_load(text)["inputs"]
    assert all(re.search(rf"\$\{{\{{ inputs\.{name} \}}\}}", text) for name in inputs)


def test_the_page_names_every_format_and_every_input() -> None:
    page = (ROOT / "docs" / "ci.md").read_text()
    rows = {name for row in page.splitlines() if row.startswith("| `") for name in re.findall("`([^`]*)`", row.split("|")[1])}
    assert rows == {*FORMATS, *yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]}


class Runner:
    """What a runner of GitHub Actions does for the steps of the action."""

    def __init__(self, folder: Path) -> None:
        self.temporary, self.workspace = folder / "temp", folder / "work"
        self.temporary.mkdir(parents=True)
        self.workspace.mkdir()
        self.output, self.summary = folder / "output", folder / "summary"

    def run(self, number: int, **inputs: str) -> subprocess.CompletedProcess[str]:
        """Run a script of the action; inputs that are not given have their defaults, as the step's ``env`` names them."""
        step = [step for step in steps() if "run" in step][number]
        declared = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
        self.output.write_text("")
        self.summary.write_text("")
        environment = {"RUNNER_TEMP": str(self.temporary), "GITHUB_WORKSPACE": str(self.workspace)}
        environment |= {"GITHUB_OUTPUT": str(self.output), "GITHUB_STEP_SUMMARY": str(self.summary)}
        for name, value in step["env"].items():
            key = value.removeprefix("${{ inputs.").removesuffix(" }}")
            environment[name] = inputs.get(key.replace("-", "_"), declared[key]["default"]) if key in declared else ""
        environment |= {name: value for name, value in inputs.items() if name.isupper()}
        return execute(
            *("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]),
            where=self.workspace,
            check=False,
            **environment,
        )


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner on which modelspec is installed already."""
    made = Runner(tmp_path)
    command = made.temporary / "modelspec" / "bin" / "modelspec"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m modelspec "$@"\n')
    command.chmod(0o755)
    return made


def test_the_action_installs_its_own_checkout(source: Path, tmp_path: Path) -> None:
    made = Runner(tmp_path)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = made.run(0, ACTION=str(source), PATH=path)
    assert done.returncode == 0, done.stderr
    write(made.workspace / "specs" / "net.json", BAD)
    assert 'MS205::there is no layer type "Dens"' in made.run(1).stdout


def test_the_action_passes_and_says_so(runner: Runner) -> None:
    write(runner.workspace / "specs" / "net.json", GOOD)
    done = runner.run(1)
    assert (done.returncode, done.stdout) == (0, "1 spec: no findings\n")
    assert runner.output.read_text() == "exit-code=0\n"
    assert runner.summary.read_text() == "**modelspec**: 1 spec: no findings\n"


def test_the_action_annotates_sums_up_and_writes_sarif(runner: Runner) -> None:
    write(runner.workspace / "specs" / "net.json", BAD)
    write(runner.workspace / "more specs" / "net.json", DOUBTFUL)
    done = runner.run(1, paths="specs\nmore specs\n", sarif_file="out.sarif", fail_on="warning")
    assert done.returncode == 1
    commands = [line for line in done.stdout.splitlines() if line.startswith("::")]
    assert [command.split(",")[0] for command in commands] == [
        "::error file=specs/net.json",
        "::warning file=more specs/net.json",
    ]
    assert runner.output.read_text() == "exit-code=1\n"
    assert "| error MS205 | specs/net.json:" in runner.summary.read_text()
    results = json.loads((runner.workspace / "out.sarif").read_text())["runs"][0]["results"]
    assert [result["ruleId"] for result in results] == ["MS205", "MS901"]


def test_the_action_takes_its_options(runner: Runner) -> None:
    write(runner.workspace / "specs" / "net.json", DOUBTFUL)
    assert runner.run(1, fail_on="warning").returncode == 1
    assert runner.run(1, fail_on="warning", ignore="MS901").returncode == 0
    assert runner.run(1, fail_on="warning", select="MS921").returncode == 0
    assert "MS305" in runner.run(1, params="units=3").stdout
    assert "MS704" in runner.run(1, param_sets="small").stdout
    assert "MS701" in runner.run(1, backend="onxx\n").stderr
    assert runner.run(1, format="text").stdout.startswith("specs/net.json:")


def test_wrong_usage_of_the_action_fails_it(runner: Runner) -> None:
    write(runner.workspace / "specs" / "net.json", GOOD)
    assert runner.run(1, fail_on="sometimes").returncode == 2
    assert runner.output.read_text() == "exit-code=2\n"
    assert runner.summary.read_text() == ""


def test_inputs_and_names_of_files_run_nothing(runner: Runner) -> None:
    """A file is called as a stranger likes; an input has what an expression of a workflow gave it."""
    hostile = "a$(touch ran)`touch ran`;touch ran\n::error::injected.json"
    write(runner.workspace / "specs" / hostile, BAD)
    done = runner.run(1, params="x=$(touch ran)", ignore="MS901")
    assert done.returncode == 1
    assert not (runner.workspace / "ran").exists()
    assert "\n::error::injected" not in done.stdout
    assert "\n::error::injected" not in runner.summary.read_text()
    refused = runner.run(1, paths="--format=json; touch ran\n-h")
    assert refused.returncode == 1
    assert not (runner.workspace / "ran").exists()


def test_the_gitlab_job_runs(runner: Runner) -> None:
    job = yaml.safe_load((ROOT / "examples/ci/gitlab-ci.yml").read_text())["specs"]
    script = [line for line in job["script"] if not line.startswith("pip install")]
    assert len(script) == len(job["script"]) - 1
    write(runner.workspace / "specs" / "net.json", DOUBTFUL)
    path = f"{runner.temporary / 'modelspec' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = execute("sh", "-ec", "\n".join(script), where=runner.workspace, check=False, PATH=path)
    assert done.returncode == 1
    (issue,) = json.loads((runner.workspace / "gl-code-quality-report.json").read_text())
    assert issue["location"]["path"] == "specs/net.json"
    assert 'failures="1"' in (runner.workspace / "junit.xml").read_text()
    assert set(job["artifacts"]["reports"].values()) == {"gl-code-quality-report.json", "junit.xml"}
