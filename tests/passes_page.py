"""Write docs/passes.md: the passes, the levels of optimisation, and how many layers the shipped networks have at each.

``python tests/passes_page.py`` writes it; a test holds it to what this prints.
"""

from __future__ import annotations

import inspect
from pathlib import Path

import modelspec
from modelspec import passes, plugins
from modelspec.backend import Options
from modelspec.compiler import prepare
from modelspec_onnx.functions import DOMAIN
from modelspec_onnx.lowering import lower
from modelspec_onnx.targets import DEFAULT

PAGE = Path(__file__).parent.parent / "docs" / "passes.md"
NETWORKS = ("densenet121", "efficientnet", "inception_v3", "mobilenet_v2", "resnet50", "vgg16", "xception", "xception_imagenet")
INTRODUCTION = """\
# Passes and levels of optimisation

Written by `python tests/passes_page.py`.

A backend gets a graph from the passes, which run in this order; each is a file in `modelspec/passes`. `-O` says which of
them run. `modelspec compile SPEC --backend onnx -O1 --print-after PASS` shows the graph after one of them, or after each
(`all`), a line for each node; `tests/fixtures/passes` has a spec and its graph for every case that a pass knows or refuses.
"""
NOTES = """\
## What holds

- Inputs and outputs keep their names, types and numbers. In float64, `-O1` is `-O0` to 1e-10; in float32 it is no further
  from float64 than three times what `-O0` is, plus 1e-6 (`tests/test_passes_numbers.py`). `modelspec verify SPEC -O1`
  measures it for a spec and its weights, against the frameworks; a layer that was merged into another has no value there,
  and is said to be merged.
- A layer is only merged where nothing else reads it and it is no output; a kernel that two layers use is not changed. The
  layer that is left has the name and the value of the last that it stands for.
- Folded arrays are computed in float64 as they are written, and rounded once. `Model.weights()` still returns the spec's.
- An offset goes into the layer after it only where no padding would have to get it, too: padding `valid`, or a kernel of
  one element. A known offset (`Rescaling`, `Normalization`) of more than 4 stays, because it would cancel only in the sums
  of the layer; that of a batch normalization is not known when the graph is made.
- Layers that no output depends on are left out when a spec is elaborated, at every level.
- There is no pass that folds constants: the operators that the onnx backend writes on nothing but constants are those that
  make the causal and windowed masks of attention out of positions. Folded, a mask is a table with a number for each pair of
  positions in the file; ONNX Runtime makes it when it loads the model.
- Keras and PyTorch models are there to be trained, and their weights come back under the spec's keys: both backends refuse
  `-O1` and above (MS704).
- `-O2` needs ONNX Runtime, and writes what it would make of the `-O1` model each time that it loads it. The file has
  operators of ONNX Runtime's own, and an entry `modelspec.optimized` in its metadata with the version, the provider and the
  processor that it is for. `modelspec verify A.onnx --against B.onnx` compares it with another. ONNX Runtime 1.32 writes
  the same bytes in each process.
"""

FUNCTIONS = """\
## Functions

`modelspec compile SPEC --backend onnx --functions` makes the blocks that a spec repeats functions of the ONNX file: one for
each body, and one node for each call. The file reads like the spec in a viewer, and has fewer nodes; ONNX Runtime puts the
bodies back when it loads it, and computes the same to the bit. Without `--functions` every layer is inline.

- Calls of a block share a function where they are the same but for names, weights and the attributes of operators. Weights and
  constants are inputs of the function, for ONNX's functions have no tensors of their own; attributes in which calls differ,
  such as strides, are attributes of the function, as the parameters of a block are in the spec.
- Where blocks stand in one another, the outermost that has its equal is the function, and what is in it is inline there. Blocks
  that are called more than once and never alike have functions of their own; blocks that are called once, and layers that no
  block has, stay inline. So does a call where a layer stands between its layers that reads one of them and is read by another.
- A call has the name of the block in the metadata `modelspec.block` and the place of the call in `modelspec.pointer`. Nodes in
  a function have what they have elsewhere, with the names of the first call.
- It goes with `-O0`, `-O1`, fp16 and bf16; `-O2` and int8 refuse it, and so does `--target ort==1.12`, which does not resolve
  attributes of functions (MS704). Layers in a function cannot be asked for as outputs in Python.
"""


def page() -> str:
    """Return the page."""
    lines = [INTRODUCTION, "| level | what it promises |", "|---|---|"]
    lines += [f"| `-O{level}` | {promise} |" for level, promise in enumerate(passes.LEVELS)]
    lines += ["", "| pass | from | what it does |", "|---|---|---|"]
    for it in passes.PASSES:
        said = (inspect.getdoc(inspect.getmodule(it.apply)) or "").partition("\n\n")[0].replace("\n", " ")
        lines.append(f"| `{it.name}` | `-O{it.level}` | {said} |")
    lines += ["", NOTES, "## The shipped networks", ""]
    lines += ["| spec | layers | at `-O0` | at `-O1` | operators at `-O0` | at `-O1` |", "|---|---|---|---|---|---|"]
    for name in NETWORKS:
        graph = modelspec.elaborate(name)
        made = [prepare(graph, plugins.describe("onnx"), Options(optimize=level)) for level in (0, 1)]
        operators = [sum(len(part.operators) for part in lower(it, {}, DEFAULT).parts) for it in made]
        counts = [len(graph.nodes), *(len(it.nodes) for it in made), *operators]
        lines.append(f"| `{name}` | {' | '.join(map(str, counts))} |")
    lines += ["", "Layers are those of the graph that the onnx backend gets, operators those of the ONNX file.", "", FUNCTIONS]
    lines += ["| spec | level | nodes inline | with functions | functions | calls | nodes in functions |"]
    lines += ["|---|---|---|---|---|---|---|"]
    for name in NETWORKS:
        graph = modelspec.elaborate(name)
        for level in (0, 1):
            lowered = lower(prepare(graph, plugins.describe("onnx"), Options(optimize=level)), {}, DEFAULT, functions=True)
            assert lowered.outline is not None
            inline = sum(len(part.operators) for part in lowered.parts)
            functions, outside = lowered.outline.functions, lowered.outline.operators
            called = sum(it.domain == DOMAIN for it in outside)
            counts = [inline, len(outside), len(functions), called, sum(len(it.operators) for it in functions)]
            lines.append(f"| `{name}` | `-O{level}` | {' | '.join(map(str, counts))} |")
    lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page())
