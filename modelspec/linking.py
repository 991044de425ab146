"""A document and the block files that it reaches: each read once, validated against its model, and bound to its names.

What is wrong with one of them keeps none of the others from being read, so that all findings are found at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from modelspec import hints
from modelspec.block_files import MAX_FILES, Folder, Refused, name_of
from modelspec.diagnostics import Frame, SpecError, listed, shown
from modelspec.document import (
    FORMAT_VERSION,
    STEP_KEYS,
    Block,
    BlockByName,
    BlockFile,
    BlocksByName,
    BlockStep,
    BooleanParameter,
    ConditionStep,
    Input,
    IntegerParameter,
    ListParameter,
    NumberParameter,
    Range,
    RepeatStep,
    ShapeParameter,
    Spec,
    StringParameter,
    Use,
    blocks_by_name,
)
from modelspec.findings import Findings, Trail, find, problems
from modelspec.layers.fields import Strict
from modelspec.mends import with_first_member
from modelspec.source import MAX_BYTES, File, Path, Source, parse


@dataclass(frozen=True, eq=False, slots=True)
class Document:
    """A spec or a block file that fits its model; ``trail`` is how it was reached, and ``blocks`` what its steps can call."""

    model: Spec | BlockFile
    path: Path
    trail: Trail
    blocks: BlocksByName


@dataclass(frozen=True, eq=False, slots=True)
class Unfit:
    """A spec or a block file that does not fit its model."""

    value: Mapping[str, Any]
    path: Path
    trail: Trail


_UNREADABLE = BlockByName(Block.model_construct(layers=[]), (), {}, sound=False)


class Linker:
    """Reads a document and what it uses; reports to ``findings``, whose source comes to include every file."""

    def __init__(self, source: Source, folder: Folder | None) -> None:
        self.folder = folder
        self.included: dict[str, Source] = {}
        self.findings = Findings(replace(source, included=self.included))
        self.documents: list[Document] = []
        """The documents that fit their models, each after those that it uses."""
        self.unfit: list[Unfit] = []
        self.blocks: dict[str, BlockByName] = {}
        """The blocks of the files that were read, by file."""
        self.active = [folder.spec if folder else ""]
        """The files that are being read, each used by the one before it."""
        self.bytes = 0

    def link(self, kind: type[Spec | BlockFile], path: Path = (), trail: Trail = ()) -> Document | None:
        """Return the document at a path, the source itself or a file; None where it does not fit, which is reported."""
        source = self.included[path[0]] if path and isinstance(path[0], File) else self.findings.source
        value: Any = source.value
        if not self._is(kind, value, path, trail):
            return None
        model = None
        try:
            model = kind.model_validate(value)
        except ValidationError as error:
            for item in problems(error, value, {**_FIELDS, "": _keys(kind)}):
                place = (*path, *item.path)
                fix = None
                if (item.code, item.path) == ("MS202", ()) and '"format_version"' in item.message and "layers" in value:
                    fix = with_first_member(self.findings.source, path, f'"format_version": {FORMAT_VERSION}')
                hint = item.hint or (_hint_at_missing(item.message) if kind is Spec and item.path == () else "")
                self.findings.report(item.code, place, item.message, hint, trail, key=item.key, instead=item.instead, fix=fix)
        used = self._used(value.get("blocks"), path, trail)
        if model is None:
            self.unfit.append(Unfit(value, path, trail))
            return None
        made = Document(model, path, trail, blocks_by_name(model.blocks, path, used))
        self.documents.append(made)
        return made

    def _is(self, kind: type[Spec | BlockFile], value: Any, path: Path, trail: Trail) -> bool:
        """Return whether a document is of a kind; reported where it is another, or of a format that no rule here applies to."""
        what, other = ("a spec", "a block") if kind is Spec else ("a block", "a spec")
        if not isinstance(value, dict):
            message = f"the document is {shown(value)}; {what} is an object"
            self.findings.report("MS101", path, message, 'write {"format_version": 1, ...}', trail)
            return False
        document: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
        if kind is Spec and not hints.OF_DOCUMENT.keys() & document.keys():
            message = f"the document has no {listed(list(hints.OF_DOCUMENT))}: it is no spec"
            self.findings.report("MS101", path, message, 'write {"format_version": 1, "name": ..., ...}', trail)
            return False
        version = document.get("format_version", FORMAT_VERSION)
        if isinstance(version, int) and not isinstance(version, bool) and version != FORMAT_VERSION:
            hint = "a newer format needs a newer modelspec" if version > FORMAT_VERSION else ""
            message = f"format_version is {version}; this compiler reads {FORMAT_VERSION}"
            self.findings.report("MS208", (*path, "format_version"), message, hint, trail)
            return False
        if is_block(document) if kind is Spec else isinstance(document.get("inputs"), dict):
            hint = (
                'a spec uses it: {"blocks": {"se": {"use": "se.json"}}}'
                if kind is Spec
                else "a block lists the names of its inputs"
            )
            self.findings.report("MS101", path, f"the document is {other}, not {what}", hint, trail)
            return False
        return True

    def _used(self, declared: Any, path: Path, trail: Trail) -> dict[str, BlockByName]:
        """Return the blocks of other files that a document uses, by the names that it gives them."""
        blocks: dict[str, BlockByName] = {}
        files: dict[str, str] = {}
        written: dict[str, Any] = declared if isinstance(declared, dict) else {}  # pyright: ignore[reportUnknownVariableType]
        for name, block in written.items():
            used: Any = find(block, ("use",))
            if not isinstance(used, str):
                continue
            at = (*path, "blocks", name, "use")
            blocks[name] = _UNREADABLE
            try:
                if self.folder is None:
                    message = "the spec is no file, so that there is no folder to look for block files in"
                    raise Refused("MS107", message, "write it to a file, or name a root folder")
                file = name_of(used, self.active[-1])
                if file in files:
                    raise Refused("MS302", f'"{files[file]}" is this file already', "call the block by one name")
                files[file] = name
                frame = Frame(f'block "{name}" from {used}', self.findings.source.place(at), at)
                blocks[name] = self._block(file, self.folder, (*trail, frame))
            except Refused as error:
                self.findings.report(error.code, at, error.message, error.hint, trail)
        return blocks

    def _block(self, name: str, folder: Folder, trail: Trail) -> BlockByName:
        """Return the block of a file, or raise Refused; what is wrong in the file is reported."""
        if name in self.active:
            ring = " -> ".join([*self.active[self.active.index(name) :], name])
            raise Refused("MS304", f"block files use one another in a cycle: {ring}")
        if name in self.blocks:
            return self.blocks[name]
        if len(self.included) == MAX_FILES:
            raise Refused("MS106", f"the spec reaches more than {MAX_FILES} block files")
        data = folder.read(name)
        self.bytes += len(data)
        if self.bytes > MAX_BYTES:
            raise Refused("MS106", f"the block files up to {name} have more than {MAX_BYTES:,} bytes, the most that are read")
        shown_as = str(folder.root / name)
        self.blocks[name] = _UNREADABLE
        self.active.append(name)
        try:
            self.included[name] = Source(shown_as)
            self.included[name] = parse(data, shown_as)
            document = self.link(BlockFile, (File(name),), trail)
            if document is not None and isinstance(document.model, BlockFile):
                self.blocks[name] = BlockByName(document.model, document.path, document.blocks)
        except SpecError as error:
            self.findings.add(error, (File(name),), trail)
        finally:
            self.active.pop()
        return self.blocks[name]


def is_block(value: Mapping[str, Any]) -> bool:
    """Return whether a document is written as a block: its inputs are a list of names, or it has neither inputs nor a name."""
    inputs: Any = value.get("inputs")
    names = isinstance(inputs, list) and all(isinstance(name, str) for name in inputs)  # pyright: ignore[reportUnknownVariableType]
    return "layers" in value and (names or not {"inputs", "name"} & value.keys())


def _hint_at_missing(message: str) -> str:
    """Return how to write the field that a message says is missing in a spec."""
    return next((hint for key, hint in hints.OF_DOCUMENT.items() if f'"{key}"' in message), "")


def _keys(model: type[Strict]) -> list[str]:
    return [info.alias or name for name, info in model.model_fields.items()]


_FIELDS: dict[str, list[str]] = {
    STEP_KEYS["block"]: _keys(BlockStep),
    STEP_KEYS["for"]: _keys(RepeatStep),
    STEP_KEYS["if"]: _keys(ConditionStep),
    "<here>": _keys(Block),
    "<use>": _keys(Use),
    "Range": _keys(Range),
    "inputs": _keys(Input),
    "integer": _keys(IntegerParameter),
    "number": _keys(NumberParameter),
    "boolean": _keys(BooleanParameter),
    "string": _keys(StringParameter),
    "shape": _keys(ShapeParameter),
    "list": _keys(ListParameter),
}
