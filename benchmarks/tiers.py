"""How far each backend is from float64 in float32, float16 and bfloat16: what the caps of ``modelspec.verify.gates`` rest on.

The shipped networks at a small size, with the weights and inputs that ``modelspec verify`` draws. Prints a row for each
network, tier and backend: the worst error of an output, and the layer that is nearest to its bound, as error and bound.

    python benchmarks/tiers.py [--size 71] [--dtype float16,bfloat16] [SPEC ...]
"""

from __future__ import annotations

import argparse

import modelspec
from modelspec import library, plugins
from modelspec.verify import Verifier, tiers


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("specs", nargs="*", default=[], metavar="SPEC")
    parser.add_argument("--size", type=int, default=71)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dtype", default="float32,float16,bfloat16")
    arguments = parser.parse_args()
    names = arguments.specs or [name for name in library.names() if "/" not in name]
    wanted = tiers.chosen(arguments.dtype.split(","), "cpu")
    print("| network | tier | backend | outputs | nearest to its bound |")
    print("|---|---|---|---|---|")
    with Verifier(plugins.names()) as verifier:
        for name in names:
            graph = modelspec.elaborate(name, {"input_shape": [arguments.size, arguments.size, 3]})
            found = verifier.verify(graph, seed=arguments.seed, tiers=wanted)
            for tier in wanted:
                for backend in found.compared:
                    rows = [(it, it.deviations[tier][backend]) for it in found.layers if backend in it.deviations.get(tier, {})]
                    if rows:
                        outputs = max(deviation.error for layer, deviation in rows if layer.is_output)
                        layer, worst = max(rows, key=lambda row: row[1].error / row[1].bound)
                        nearest = f"{worst.error:.1e} of {worst.bound:.1e} at {layer.name}"
                        print(f"| {name} | {tiers.TIERS[tier]} | {backend} | {outputs:.1e} | {nearest} |", flush=True)


if __name__ == "__main__":
    main()
