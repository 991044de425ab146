"""The spec as it is written: pydantic models of the document. ``modelspec.check`` and ``elaborate`` give it meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, PrivateAttr, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError

from modelspec.diagnostics import CODES, Diagnostic, SpecError, did_you_mean
from modelspec.layers import LAYERS
from modelspec.layers.base import Layer
from modelspec.layers.fields import Strict
from modelspec.source import Path, Source
from modelspec.tensors import DataFormat, DocumentDType

NAME = r"^[A-Za-z][A-Za-z0-9_]{0,63}$"
FORMAT_VERSION = 1

Name = Annotated[str, Field(pattern=NAME)]
"""Letters, digits and underscores, beginning with a letter."""
ExpressionText = Annotated[str, Field(pattern=r"\$\{")]
"""A string with an expression in it: ``"${2 * filters}"``."""
Template = Annotated[str, Field(min_length=1, max_length=1000)]
"""A name, or a string with expressions that makes one: ``"stage_${i}"``."""
Dimension = Annotated[int, Field(ge=1)] | Name
_List = TypeVar("_List")
Choices = Annotated[_List, Field(min_length=1)]
ShapeValue = Annotated[list[Dimension], Field(min_length=1)]


LINT_CODES = sorted({code[:length] for code in CODES if code.startswith("MS9") for length in (3, 4, 5)})
"""The codes of lint rules, and what they begin with, which stands for all of those."""


def _known_lint(code: str) -> str:
    if code not in LINT_CODES:
        raise PydanticCustomError("unknown_name", "a lint code", {"tag": code, "known": ", ".join(LINT_CODES)})
    return code


class Lint(Strict):
    """What lint is not to say of the object that this stands in and of all that is inside it or made by it."""

    ignore: Annotated[
        list[Annotated[str, AfterValidator(_known_lint), WithJsonSchema({"enum": LINT_CODES})]], Field(min_length=1)
    ]
    """The codes of rules; ``MS92`` stands for all that begin so."""
    reason: str = ""
    """Why."""


class Described(Strict):
    """Anything that may carry a description."""

    description: str = ""
    """What this is for; not used by the compiler."""
    lint: Lint | None = None
    """The lint rules that do not apply here."""


class IntegerParameter(Described):
    """A whole number."""

    type: Literal["integer"]
    default: int | ExpressionText | None = None
    """The value where none is given; without a default the parameter is required."""
    minimum: int | None = None
    """The least value."""
    maximum: int | None = None
    """The greatest value."""
    choices: Choices[list[int]] | None = None
    """The only values allowed."""


class NumberParameter(Described):
    """A number."""

    type: Literal["number"]
    default: float | ExpressionText | None = None
    """The value where none is given; without a default the parameter is required."""
    minimum: float | None = None
    """The least value."""
    maximum: float | None = None
    """The greatest value."""
    choices: Choices[list[float]] | None = None
    """The only values allowed."""


class BooleanParameter(Described):
    """True or false."""

    type: Literal["boolean"]
    default: bool | ExpressionText | None = None
    """The value where none is given; without a default the parameter is required."""
    choices: Choices[list[bool]] | None = None
    """The only values allowed."""


class StringParameter(Described):
    """A string."""

    type: Literal["string"]
    default: str | None = None
    """The value where none is given; without a default the parameter is required."""
    choices: Choices[list[str]] | None = None
    """The only values allowed."""


class ShapeParameter(Described):
    """A shape without the batch dimension: sizes, and names for sizes unknown until run time."""

    type: Literal["shape"]
    default: ShapeValue | ExpressionText | None = None
    """The value where none is given; without a default the parameter is required."""
    minimum: int | None = None
    """The least value of every known dimension."""
    maximum: int | None = None
    """The greatest value of every known dimension."""
    choices: Choices[list[ShapeValue]] | None = None
    """The only values allowed."""


class ListParameter(Described):
    """A list."""

    type: Literal["list"]
    default: list[Any] | ExpressionText | None = None
    """The value where none is given; without a default the parameter is required."""
    items: Literal["integer", "number", "boolean", "string"] | None = None
    """The type of every item; any where not given."""
    minimum: float | None = None
    """The least value of every number."""
    maximum: float | None = None
    """The greatest value of every number."""
    choices: Choices[list[list[Any]]] | None = None
    """The only values allowed."""


Parameter = Annotated[
    IntegerParameter | NumberParameter | BooleanParameter | StringParameter | ShapeParameter | ListParameter,
    Field(discriminator="type"),
]


class Input(Described):
    """A tensor that the model reads."""

    shape: Annotated[list[Dimension | ExpressionText], Field(min_length=1)] | ExpressionText
    """The shape without the batch dimension; a name stands for a size unknown until run time."""
    dtype: DocumentDType | ExpressionText = "float32"
    """The data type."""


class LayerStep(Described):
    """A layer; its hyperparameters stand beside ``type`` and are checked against the layer's own class."""

    model_config = ConfigDict(extra="allow")

    type: str
    """The layer's type, as in Keras."""
    name: Template | None = None
    """The layer's name among its siblings; made from the type where not given."""
    inputs: Template | list[Template] | None = None
    """The names that the layer reads; the step before it where not given."""

    @property
    def fields(self) -> dict[str, Any]:
        """The hyperparameters, as written."""
        return self.__pydantic_extra__ or {}


class BlockStep(Described):
    """A call of a block."""

    block: Name
    """The block's name."""
    with_: dict[Name, Any] = Field(default={}, alias="with")
    """The values of the block's parameters."""
    name: Template | None = None
    """The call's name among its siblings; made from the block's name where not given."""
    inputs: Template | list[Template] | None = None
    """The names that the block reads, one for each of its inputs; the step before it where not given."""


class Range(Described):
    """Whole numbers: ``{"range": 8}`` is 0 to 7, ``{"range": [1, 9, 2]}`` is 1, 3, 5, 7."""

    range: int | ExpressionText | Annotated[list[int | ExpressionText], Field(min_length=1, max_length=3)]
    """The end, or a list of start, end and step; the end is not reached."""


class RepeatStep(Described):
    """Steps repeated once for each value; each repetition reads what the one before it made."""

    for_: Name = Field(alias="for")
    """The name under which expressions read the value."""
    in_: list[Any] | Range | ExpressionText = Field(alias="in")
    """The values: a list, a range, or an expression that makes a list."""
    index: Name | None = None
    """The name under which expressions read the number of the repetition, from 0."""
    layers: list[Step]
    """The steps."""
    name: Template | None = None
    """The name of the repetitions, which are numbered from 1; made from the only step or the variable where not given."""


class ConditionStep(Described):
    """Steps that are taken or not."""

    if_: bool | ExpressionText = Field(alias="if")
    """The condition."""
    then: list[Step]
    """The steps where it is true."""
    else_: list[Step] = Field(default=[], alias="else")
    """The steps where it is false."""


STEP_KEYS = {"type": "<layer>", "block": "<block>", "for": "<for>", "if": "<if>"}
"""The key that tells each kind of step."""


def _kind(value: Any) -> str | None:
    """Return the tag of a step as JSON has it, or as a model that is written back."""
    if isinstance(value, Described):
        value = {info.alias or name for name, info in type(value).model_fields.items()}
    if isinstance(value, dict | set):
        return next((tag for key, tag in STEP_KEYS.items() if key in value), None)
    return None


Step = Annotated[
    Annotated[LayerStep, Tag("<layer>")]
    | Annotated[BlockStep, Tag("<block>")]
    | Annotated[RepeatStep, Tag("<for>")]
    | Annotated[ConditionStep, Tag("<if>")],
    Discriminator(_kind),
]


class Block(Described):
    """Steps under a name, with parameters of their own."""

    parameters: dict[Name, Parameter] = {}
    """The block's parameters."""
    inputs: Annotated[list[Name], Field(min_length=1)] = ["input"]
    """The names of the block's inputs; steps and expressions read them by these."""
    layers: list[Step]
    """The steps."""
    outputs: Annotated[list[Name], Field(min_length=1)] | None = None
    """The names of the steps that the block hands out, read as ``call.name``; the last step where not given."""


class Use(Described):
    """A block that stands in a file of its own."""

    use: str
    """The file that holds the block, by its path from the folder of this file: ``"blocks/se.json"``."""


def _origin(value: Any) -> str:
    """Return the tag of a block: whether it stands in the document or in a file of its own."""
    return "<use>" if isinstance(value, Use) or (isinstance(value, dict) and "use" in value) else "<here>"


Blocks = dict[Name, Annotated[Annotated[Block, Tag("<here>")] | Annotated[Use, Tag("<use>")], Discriminator(_origin)]]
"""Blocks by name, each written here or in a file of its own."""


class Root(Strict):
    """A document: a spec, or a block in a file of its own."""

    _reading: Reading | None = PrivateAttr(default=None)

    @property
    def source(self) -> Source:
        """The text that the document was read from; empty for one that was made in Python."""
        return self._reading.source if self._reading else Source()

    @property
    def documents(self) -> Documents:
        """The document itself and the block files that it reaches, each after those that it uses."""
        return self._reading.documents if self._reading else ()


class BlockFile(Root, Block):
    """A block in a file of its own, which specs and other such files use."""

    schema_: str | None = Field(default=None, alias="$schema")
    """The JSON Schema that an editor checks the file against."""
    format_version: int
    """The version of the spec format: 1."""
    name: Name | None = None
    """What the block is called by those who wrote it; a spec that uses it gives it a name of its own."""
    blocks: Blocks = {}
    """The blocks that only this file's steps can call, by name."""


class Spec(Root, Described):
    """A model: parameters, inputs, blocks, steps and outputs."""

    schema_: str | None = Field(default=None, alias="$schema")
    """The JSON Schema that an editor checks the file against."""
    format_version: int
    """The version of the spec format: 1."""
    name: Name
    """The model's name."""
    data_format: DataFormat | ExpressionText = "channels_last"
    """Where the channels stand in the layers that do not say so themselves."""
    parameters: dict[Name, Parameter] = {}
    """The spec's parameters."""
    parameter_sets: dict[Name, dict[Name, Any]] = {}
    """Sets of values for the parameters, by name: ``validate`` checks the spec with each of them."""
    inputs: Annotated[dict[Name, Input], Field(min_length=1)]
    """The tensors that the model reads, by name."""
    blocks: Blocks = {}
    """The blocks, by name."""
    layers: Annotated[list[Step], Field(min_length=1)]
    """The steps."""
    outputs: Name | Annotated[list[Name], Field(min_length=1)] | Annotated[dict[Name, Template], Field(min_length=1)] | None = (
        None
    )
    """What the model hands out: the name of a step, a list of them, or an object from output name to step. The last step
    where not given."""

    def parameter_set(self, name: str | None) -> Mapping[str, Any]:
        """Return the values of a parameter set, none where no name is given, or raise SpecError (MS704)."""
        if name is not None and name not in self.parameter_sets:
            hint = did_you_mean(name, self.parameter_sets) or "the spec has none"
            raise SpecError([Diagnostic("MS704", f'the spec has no parameter set "{name}"', hint, self.source.place(()))])
        return {} if name is None else self.parameter_sets[name]

    @property
    def blocks_by_name(self) -> BlocksByName:
        """The blocks that the spec's steps can call, those of other files too."""
        read = self._reading
        return read.blocks if read is not None and read.declared is self.blocks else blocks_by_name(self.blocks)

    @property
    def layer_types(self) -> Mapping[str, type[Layer]]:
        """The layer types that the spec's steps can name: the catalogue, and those of the plug-ins that it needs."""
        return self._reading.layer_types if self._reading else LAYERS


@dataclass(frozen=True, eq=False, slots=True)
class BlockByName:
    """A block, the path to it, and the blocks that its own steps can call."""

    block: Block
    path: Path
    blocks: BlocksByName
    sound: bool = True
    """Whether the block could be read; what stands in for one that could not has nothing in it."""


BlocksByName = Mapping[str, BlockByName]
Documents = tuple[tuple[Spec | BlockFile, Path], ...]
"""Documents with the paths that lead to them."""


@dataclass(frozen=True)
class Reading:
    """What a document was read with."""

    source: Source
    documents: Documents
    declared: Mapping[str, Block | Use]
    """The spec's own blocks; a copy of the spec that has others does not have those that were read."""
    blocks: BlocksByName
    layer_types: Mapping[str, type[Layer]]


def blocks_by_name(
    declared: Mapping[str, Block | Use], path: Path = (), used: Mapping[str, BlockByName] | None = None
) -> BlocksByName:
    """Return the blocks that a document at ``path`` declares; ``used`` are those of other files, by the names given here."""
    blocks: dict[str, BlockByName] = {}
    for name, block in declared.items():
        if isinstance(block, Block):
            blocks[name] = BlockByName(block, (*path, "blocks", name), blocks)
        elif used is not None:
            blocks[name] = used[name]
        else:
            message = f'the block "{name}" stands in a file, and a spec that is made in Python has no folder'
            raise SpecError.of("MS107", message, "give modelspec.load the document and a root folder")
    return blocks


_Root = TypeVar("_Root", bound=Root)


def with_reading(root: _Root, reading: Reading) -> _Root:
    """Return the document bound to what it was read with."""
    root._reading = reading  # pyright: ignore[reportPrivateUsage]
    return root
