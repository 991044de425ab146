"""What releases of ONNX Runtime read, and whether they compute every conformance case as the one that is installed here does.

``write`` makes the files, in an environment with modelspec; ``run`` tries them, in one with NumPy and an older onnxruntime only
(``pip install 'numpy<2' onnxruntime==1.17.3``). Each case is run in a process of its own: releases may crash.

    python benchmarks/releases.py write cases
    old/bin/python benchmarks/releases.py run cases
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import onnxruntime

VARIANTS = {
    **{f"float32-{opset}": {} for opset in range(17, 24)},
    "float16-17": {"precision": "fp16"},
}
"""What every case is compiled with, beside the operator set that the name ends in and the oldest IR version that has it."""
ALLOWED = {"float32": 1e-5, "float16": 1e-2}
"""How far an output may be off, of its largest value: what sums in another order come to, of which float16, where one rounding
is 1e-3, keeps less."""
OPSETS, IRS = range(7, 40), range(3, 20)


def opened(model: bytes) -> onnxruntime.InferenceSession:
    """Return a session on the CPU."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def write(folder: Path) -> None:
    """Write the cases with what they make here, and a file of one operator for each operator set and version of the format."""
    import onnx

    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    from cases import CASES

    import modelspec
    from modelspec_onnx.messages import dtype_of
    from modelspec_onnx.targets import NEEDS_IR

    for name, options in VARIANTS.items():
        (folder / name).mkdir(parents=True)
        opset = int(name.partition("-")[2])
        for number, case in enumerate(CASES):
            try:
                model = modelspec.compile(
                    case.graph,
                    "onnx",
                    weights=None if case.initial else case.weights(case.graph),
                    target=f"opset=={opset},ir=={NEEDS_IR[opset]}",
                    **options,
                )
            except modelspec.SpecError:
                continue
            kinds = case.graph.inputs
            inputs = {key: np.asarray(value, dtype_of(kinds[key].dtype)) for key, value in case.inputs().items()}
            path = folder / name / f"{number}.onnx"
            model.save(path)
            made = opened(path.read_bytes()).run(None, inputs)
            arrays = {f"in {key}": value for key, value in inputs.items()} | {f"out {at}": it for at, it in enumerate(made)}
            np.savez(path.with_suffix(".npz"), id=case.id, **arrays)
    for what, numbers in (("opset", OPSETS), ("ir", IRS)):
        for number in numbers:
            ir, opset = (3, number) if what == "opset" else (number, 7)
            text = f'<ir_version: {ir}, opset_import: ["" : {opset}]> g (float[b] x) => (float[b] y) {{ y = Identity(x) }}'
            (folder / f"{what}-{number}.onnx").write_bytes(onnx.parser.parse_model(text).SerializeToString())


def reads(path: Path) -> bool:
    """Return whether this release loads a file."""
    try:
        opened(path.read_bytes())
    except Exception:  # whatever it says, it does not read it
        return False
    return True


def off(path: Path, allowed: float) -> str:
    """Return what is wrong with a case, empty where nothing is."""
    kept = np.load(path.with_suffix(".npz"))
    try:
        made = opened(path.read_bytes()).run(None, {key[3:]: kept[key] for key in kept.files if key.startswith("in ")})
    except Exception as error:  # why a release fails on a case is what is asked
        return str(error)[:200].replace("\n", " ")
    for at, array in enumerate(made):
        wanted = kept[f"out {at}"]
        scale = np.max(np.abs(wanted), initial=0, where=np.isfinite(wanted))
        if not np.allclose(array.astype(float), wanted.astype(float), rtol=0, atol=allowed * scale, equal_nan=True):
            return "other numbers"
    return ""


def run(folder: Path) -> None:
    """Print what this release reads, and which cases it does not compute."""
    most = {
        what: max(number for number in numbers if reads(folder / f"{what}-{number}.onnx"))
        for what, numbers in (("opset", OPSETS), ("ir", IRS))
    }
    print(f"ONNX Runtime {onnxruntime.__version__}: operator sets up to {most['opset']}, IR versions up to {most['ir']}")
    for name in VARIANTS:
        dtype, _, opset = name.partition("-")
        if int(opset) > most["opset"]:
            continue
        paths = sorted((folder / name).glob("*.onnx"), key=lambda path: int(path.stem))
        wrong = []
        for path in paths:
            reader, writer = os.pipe()
            if (child := os.fork()) == 0:
                os.write(writer, off(path, ALLOWED[dtype]).encode())
                os._exit(0)
            os.close(writer)
            _, status = os.waitpid(child, 0)
            with os.fdopen(reader) as file:
                said = file.read() or (f"crashed ({status})" if status else "")
            if said:
                wrong.append((str(np.load(path.with_suffix(".npz"))["id"]), said))
        print(f"  {dtype}, operator set {opset}: {len(paths) - len(wrong)} of {len(paths)}")
        for case, said in wrong:
            print(f"    {case}: {said}")


if __name__ == "__main__":
    {"write": write, "run": run}[sys.argv[1]](Path(sys.argv[2]))
