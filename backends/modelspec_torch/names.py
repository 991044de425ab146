"""Where a layer of the spec stands in the module tree, and what its weights are called there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from keyword import iskeyword

from modelspec.graph import Graph, NodeWeight
from modelspec_torch.axes import permuted_shape
from modelspec_torch.layouts import TorchWeight, layout

RESERVED = frozenset({
    "T_destination", "add_module", "apply", "bfloat16", "buffers", "call_super_init", "children", "compile", "cpu",
    "cuda", "double", "dump_patches", "eval", "extra_repr", "float", "forward", "get_buffer", "get_extra_state",
    "get_parameter", "get_submodule", "half", "ipu", "load_state_dict", "modules", "mtia", "named_buffers",
    "named_children", "named_modules", "named_parameters", "parameters", "register_backward_hook", "register_buffer",
    "register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook",
    "register_full_backward_pre_hook", "register_load_state_dict_post_hook", "register_load_state_dict_pre_hook",
    "register_module", "register_parameter", "register_state_dict_post_hook", "register_state_dict_pre_hook",
    "requires_grad_", "set_extra_state", "set_submodule", "share_memory", "state_dict", "to", "to_empty", "train",
    "training", "type", "xpu", "zero_grad",
})  # fmt: skip
"""The attributes of ``torch.nn.Module`` that start with a letter: no submodule can have such a name. A list, so that the
names in a file do not depend on the version of PyTorch."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A tensor of the state dict, and the canonical weight that it holds."""

    bound: NodeWeight
    torch: TorchWeight

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape in PyTorch's layout."""
        return permuted_shape(self.bound.weight.shape, self.torch.axes)


def module_paths(names: Iterable[str]) -> dict[str, str]:
    """Return the dotted path of the module of every layer: ``block/conv2d`` is ``block.conv2d``.

    A part of a name that PyTorch or Python reserves (``forward``, ``training``, ``lambda``) gets ``_`` appended, and again
    while another layer or block beside it has that name.
    """
    split = {name: tuple(name.split("/")) for name in names}
    siblings: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for parts in split.values():
        for depth, part in enumerate(parts):
            siblings[parts[:depth]].add(part)

    def renamed(part: str, beside: set[str]) -> str:
        result = part
        while result in RESERVED or iskeyword(result) or (result != part and result in beside):
            result += "_"
        return result

    return {
        name: ".".join(renamed(part, siblings[parts[:depth]]) for depth, part in enumerate(parts))
        for name, parts in split.items()
    }


def state_entries(graph: Graph) -> Mapping[str, Entry]:
    """Return every tensor of the state dict by its name, in the graph's order."""
    paths = module_paths(node.name for node in graph.nodes)
    return {
        f"{paths[node.name]}.{weight.name}": Entry(bound, weight)
        for node in graph.nodes
        for bound in node.weights
        for weight in (layout(node.layer, bound.weight),)
    }
