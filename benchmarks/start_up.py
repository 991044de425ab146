"""What a command costs before it does anything, against what the frameworks cost to import."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from processes import compared, interleaved
from records import Table

TITLE = "Start-up"
TEXT = "Whole processes. `run` reads a file that was compiled before, and one picture."
ROUNDS = 5
REFERENCE = "modelspec validate xception"
PICTURE = "import sys, numpy; numpy.save(sys.argv[1], numpy.random.rand(1, 180, 180, 3).astype('float32') * 255)"


def tables(rounds: int) -> list[Table]:
    """Return what each takes."""
    with tempfile.TemporaryDirectory() as folder:
        model, picture = str(Path(folder) / "xception.onnx"), str(Path(folder) / "picture.npy")
        modelspec = [sys.executable, "-m", "modelspec"]
        subprocess.run([*modelspec, "compile", "xception", "--backend", "onnx", "-o", model], check=True)
        subprocess.run([sys.executable, "-c", PICTURE, picture], check=True)
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "python -c 'import numpy'": [sys.executable, "-c", "import numpy"],
            "modelspec --help": [*modelspec, "--help"],
            REFERENCE: [*modelspec, "validate", "xception"],
            "modelspec summary xception": [*modelspec, "summary", "xception"],
            "modelspec compile xception --backend onnx": [*modelspec, "compile", "xception", "--backend", "onnx"],
            "modelspec run xception.onnx": [*modelspec, "run", model, "--input", picture],
            "python -c 'import torch'": [sys.executable, "-c", "import torch"],
            "python -c 'import keras'": [sys.executable, "-c", "import keras"],
        }
        return [compared("command", interleaved(commands, rounds), REFERENCE)]
