"""What an editor gets: completions, hovers and definitions in documents being written; the server, as a client sees it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

import modelspec
from modelspec.language.assistance import Assistant
from modelspec.language.reading import Reading
from modelspec.language.units import Units

MARK = "¦"

SPEC = """{
  "format_version": 1,
  "name": "net",
  "parameters": { "width": { "type": "integer", "default": 8, "description": "How wide it is." } },
  "inputs": { "image": { "shape": [16, 16, 3] }, "mask": { "shape": [16, 16, 1] } },
  "blocks": {
    "conv": {
      "description": "A convolution.",
      "parameters": { "filters": { "type": "integer", "description": "How many." } },
      "layers": [{ "type": "Conv2D", "filters": "${filters}", "kernel_size": 3, "padding": "same" }]
    }
  },
  "layers": [
    { "type": "Multiply", "name": "masked", "inputs": ["image", "mask"] },
    { "for": "size", "in": [4, 8], "layers": [{ "block": "conv", "with": { "filters": "${size}" } }] },
    HERE
  ]
}
"""


def at(text: str) -> tuple[str, int]:
    """The text without the mark, and where it was."""
    return text.replace(MARK, ""), text.index(MARK)


def words(text: str) -> list[str]:
    written, offset = at(text)
    return [it.word for it in Assistant(written).completions(offset)]


def step(text: str) -> str:
    return SPEC.replace("HERE", text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1, "b": [1, "x', {"a": 1, "b": [1, "x"]}),
        ('{"a": "x" "b": 2}', {"a": "x", "b": 2}),
        ('{"a": {"b": tru}, "c": ', {"a": {"b": "tru"}}),
        ('{"a": 1, , "b": 2,}', {"a": 1, "b": 2}),
        ("]]{", {}),
        ('{"a": [1, 2', {"a": [1, 2]}),
        ("", None),
        ("[" * 1000, None),
    ],
)
def test_broken_text_is_read_as_far_as_it_goes(text: str, value: Any) -> None:
    read = Reading(text).value
    assert value is None or read == value


def test_every_beginning_of_a_spec_can_be_asked_about() -> None:
    text = step('{ "type": "Dense", "units": "${width}" }')
    for end in range(0, len(text), 7):
        assistant = Assistant(text[:end])
        assistant.completions(end)
        assistant.hover(max(0, end - 3))
        assistant.definition(max(0, end - 3))


@pytest.mark.parametrize(
    ("text", "some", "none"),
    [
        ('{ "type": "¦" }', ["Conv2D", "Dense"], ["relu", "image"]),
        ('{ "type": "Con¦', ["Conv2D"], ["relu"]),
        ('{ "¦" }', ["type", "block", "for", "if"], ["units"]),
        ('{ "type": "Dense", "¦" }', ["units", "use_bias", "lint"], ["type", "filters"]),
        ('{ "type": "Dense", "units": 3, ¦ }', ["use_bias"], ["units"]),
        ('{ "type": "Conv2D", "padding": "¦" }', ["same", "valid"], ["relu"]),
        ('{ "type": "Conv2D", "use_bias": ¦', ["True", "False"], []),
        ('{ "type": "Dense", "activation": "¦" }', ["relu", "softmax"], ["same"]),
        ('{ "type": "Dense", "activation": { "type": "r¦" } }', ["relu", "softmax"], ["Dense"]),
        ('{ "type": "TimeDistributed", "layer": { "type": "¦" } }', ["Dense"], ["TimeDistributed", "Add"]),
        ('{ "block": "¦" }', ["conv"], ["Dense"]),
        ('{ "block": "conv", "with": { "¦" } }', ["filters"], ["width"]),
        ('{ "type": "Add", "inputs": ["¦"] }', ["image", "mask", "masked"], ["conv"]),
        ('{ "type": "Add", "inputs": "¦" }', ["masked"], []),
        ('{ "type": "Dense", "units": "${¦}" }', ["width", "image.shape", "min"], ["filters", "size"]),
        ('{ "type": "Dense", "units": "${2 * wi¦', ["width"], []),
        ('{ "for": "n", "in": [1], "layers": [{ "type": "Dense", "units": "${¦}" }] }', ["n", "width"], ["size"]),
        ('{ "type": "Dense", "units": 1, "lint": { "ignore": ["¦"] } }', ["MS901", "MS9"], ["MS203"]),
    ],
)
def test_completions(text: str, some: list[str], none: list[str]) -> None:
    found = words(step(text))
    assert set(some) <= set(found)
    assert not set(none) & set(found)


def test_completions_inside_a_block_are_those_of_the_block() -> None:
    text = SPEC.replace('"${filters}"', '"${¦}"').replace("HERE", '{ "type": "ReLU" }')
    assert {"filters", "input.channels"} <= set(words(text))
    assert not {"width", "image.shape"} & set(words(text))


def test_a_completion_replaces_the_word_that_is_there() -> None:
    written, offset = at(step('{ "type": "Con¦2D" }'))
    dense = next(it for it in Assistant(written).completions(offset) if it.word == "Dense")
    assert written[: dense.start] + dense.text + written[dense.end :] == step('{ "type": "Dense" }')
    key = next(it for it in Assistant('{"lay}').completions(4) if it.word == "layers")
    assert key.text == '"layers": '


def test_completions_from_the_schema_say_what_they_mean() -> None:
    written, offset = at(step('{ "type": "¦" }'))
    docs = {it.word: it.doc for it in Assistant(written).completions(offset)}
    assert "keras.layers.Conv2D" in docs["Conv2D"]


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ('{ "type": "De¦nse", "units": 2 }', ["**Dense**", "[16, 16, 8] float32` → `[16, 16, 2]", "18 parameters"]),
        ('{ "type": "Dense", "un¦its": 2 }', ["size of the output's last axis"]),
        ('{ "block": "c¦onv", "with": { "filters": 2 } }', ["A convolution.", "`filters`"]),
        ('{ "block": "conv", "with": { "fil¦ters": 2 } }', ["integer parameter", "How many."]),
        ('{ "type": "Dense", "units": "${wid¦th}" }', ["default 8", "How wide it is."]),
        ('{ "type": "Dense", "units": 2, "lint": { "ignore": ["MS9¦01"] } }', ["softmax"]),
    ],
)
def test_hovers(text: str, some: list[str]) -> None:
    written, offset = at(step(text))
    found = Assistant(written, modelspec.elaborate(json.loads(written))).hover(offset)
    assert found is not None
    for part in some:
        assert part in found[0]


def test_a_layer_in_a_block_shows_every_shape_that_it_has() -> None:
    written, offset = at(step('{ "type": "ReLU" }').replace('{ "type": "Conv2D"', '{ "type": "Con¦v2D"'))
    found = Assistant(written, modelspec.elaborate(json.loads(written))).hover(offset)
    assert found is not None
    assert "[16, 16, 4]" in found[0]
    assert "[16, 16, 8]" in found[0]
    assert "2 times in the model" in found[0]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{ "block": "c¦onv", "with": { "filters": 2 } }', ("blocks", "conv")),
        ('{ "block": "conv", "with": { "f¦ilters": 2 } }', ("blocks", "conv", "parameters", "filters")),
        ('{ "block": "conv", "with": { "filters": "${w¦idth}" } }', ("parameters", "width")),
        ('{ "type": "Add", "inputs": ["m¦asked", "mask"] }', ("layers", 0, "name")),
        ('{ "type": "Add", "inputs": ["masked", "m¦ask"] }', ("inputs", "mask")),
        ('{ "for": "n", "in": [1], "layers": [{ "type": "Dense", "units": "${¦n}" }] }', ("layers", 2, "for")),
        ('{ "type": "De¦nse", "units": 1 }', None),
    ],
)
def test_definitions(text: str, path: Any) -> None:
    written, offset = at(step(text))
    assert Assistant(written).definition(offset) == path


def test_positions_are_counted_as_the_editor_does() -> None:
    text = '{"a": "😀é\u2028", "b": 1}\n{}'
    offset = text.index('"b"')
    for encoding, column in (("utf-8", 19), ("utf-16", 14), ("utf-32", 13)):
        units = Units(text, encoding)
        assert units.position(offset) == lsp.Position(0, column)
        assert units.offset(lsp.Position(0, column)) == offset
    assert Units(text).position(len(text)) == lsp.Position(1, 2)
    assert Units(text).offset(lsp.Position(0, 99)) == text.index("\n")


class Editor:
    """A real client, with the server as its child process."""

    def __init__(self, folder: Path) -> None:
        self.client = LanguageClient("test", "1")
        self.folder = folder
        self.said: dict[str, asyncio.Queue[list[lsp.Diagnostic]]] = {}

        @self.client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def said(given: lsp.PublishDiagnosticsParams) -> None:
            self.said.setdefault(given.uri, asyncio.Queue()).put_nowait(list(given.diagnostics))

    async def start(self) -> lsp.InitializeResult:
        await self.client.start_io(sys.executable, "-m", "modelspec", "lsp")
        made = await self.client.initialize_async(
            lsp.InitializeParams(capabilities=lsp.ClientCapabilities(), root_uri=self.folder.as_uri())
        )
        self.client.initialized(lsp.InitializedParams())
        return made

    async def write(self, name: str, text: str, version: int = 1) -> tuple[str, list[lsp.Diagnostic]]:
        uri = (self.folder / name).as_uri()
        if version == 1:
            item = lsp.TextDocumentItem(uri, "json", version, text)
            self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        else:
            change = lsp.TextDocumentContentChangeWholeDocument(text)
            document = lsp.VersionedTextDocumentIdentifier(version, uri)
            self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(document, [change]))
        return uri, await asyncio.wait_for(self.said.setdefault(uri, asyncio.Queue()).get(), 60)

    async def stop(self) -> None:
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()


def edit(folder: Path, scene: Callable[[Editor], Awaitable[None]]) -> None:
    async def played() -> None:
        editor = Editor(folder)
        await editor.start()
        try:
            await scene(editor)
        finally:
            await editor.stop()

    asyncio.run(played())


def test_an_editor_gets_findings_mends_and_formatting(tmp_path: Path) -> None:
    async def scene(editor: Editor) -> None:
        broken = step('{ "type": "Conv2d", "filters": 2, "kernel_size": 3 }')
        uri, found = await editor.write("net.json", broken)
        assert [(it.code, it.severity) for it in found] == [("MS205", lsp.DiagnosticSeverity.Error)]
        assert Units(broken).offset(found[0].range.start) == broken.index('"Conv2d"')
        actions = await editor.client.text_document_code_action_async(
            lsp.CodeActionParams(lsp.TextDocumentIdentifier(uri), found[0].range, lsp.CodeActionContext(found))
        )
        assert actions
        change = actions[0].edit.changes[uri][0]  # pyright: ignore
        assert change.new_text == '"Conv2D"'
        _, found = await editor.write("net.json", broken.replace("Conv2d", "Conv2D"), 2)
        assert not [it for it in found if it.severity == lsp.DiagnosticSeverity.Error]
        edits = await editor.client.text_document_formatting_async(
            lsp.DocumentFormattingParams(lsp.TextDocumentIdentifier(uri), lsp.FormattingOptions(2, True))
        )
        assert edits is not None
        _, found = await editor.write("other.json", '{"compilerOptions": {"strict": nope}}')
        assert found == []

    edit(tmp_path, scene)


def test_an_editor_goes_to_blocks_in_other_files(tmp_path: Path) -> None:
    (tmp_path / "blocks").mkdir()
    (tmp_path / "blocks" / "se.json").write_text('{"format_version": 1, "layers": [{"type": "Denes", "units": 2}]}')

    async def scene(editor: Editor) -> None:
        text = json.dumps(
            {
                "format_version": 1,
                "name": "net",
                "inputs": {"x": {"shape": [4]}},
                "blocks": {"se": {"use": "blocks/se.json"}},
                "layers": [{"block": "se"}],
            }
        )
        uri, found = await editor.write("net.json", text)
        assert [it.code for it in found] == ["MS205"]
        assert Units(text).offset(found[0].range.start) == text.index('"blocks/se.json"')
        related = found[0].related_information or []
        assert [it.location.uri for it in related][-1] == (tmp_path / "blocks" / "se.json").as_uri()
        position = Units(text).position(text.index('"se"}') + 2)
        place = await editor.client.text_document_definition_async(
            lsp.DefinitionParams(lsp.TextDocumentIdentifier(uri), position)
        )
        assert isinstance(place, lsp.Location)
        assert place.uri == (tmp_path / "blocks" / "se.json").as_uri()

    edit(tmp_path, scene)


def test_an_editor_gets_hovers_and_completions(tmp_path: Path) -> None:
    async def scene(editor: Editor) -> None:
        text, offset = at(step('{ "type": "De¦nse", "units": 2 }'))
        uri, _ = await editor.write("net.json", text)
        document, position = lsp.TextDocumentIdentifier(uri), Units(text).position(offset)
        hover = await editor.client.text_document_hover_async(lsp.HoverParams(document, position))
        assert hover is not None
        assert "[16, 16, 2]" in hover.contents.value  # pyright: ignore
        words = await editor.client.text_document_completion_async(lsp.CompletionParams(document, position))
        assert isinstance(words, lsp.CompletionList)
        assert "Conv3D" in [it.label for it in words.items]

    edit(tmp_path, scene)
