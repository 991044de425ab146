"""The language server: LSP on one side, ``validation`` and ``assistance`` on the other. It needs pygls (the extra ``lsp``)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path
from pygls.workspace import TextDocument

import modelspec
from modelspec import diagnostics
from modelspec.diagnostics import Diagnostic, Place, SpecError
from modelspec.elaboration import elaborate
from modelspec.formatting import formatted
from modelspec.graph import Graph
from modelspec.language.assistance import Assistant, Kind
from modelspec.language.units import Units
from modelspec.loading import parsed
from modelspec.source import parse
from modelspec.validation import Checks, Report, validate_bytes

_SEVERITIES: Mapping[diagnostics.Severity, lsp.DiagnosticSeverity] = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
    "note": lsp.DiagnosticSeverity.Information,
}
_KINDS: Mapping[Kind, lsp.CompletionItemKind] = {
    "layer": lsp.CompletionItemKind.Class,
    "field": lsp.CompletionItemKind.Field,
    "value": lsp.CompletionItemKind.Value,
    "block": lsp.CompletionItemKind.Module,
    "parameter": lsp.CompletionItemKind.Variable,
    "tensor": lsp.CompletionItemKind.Reference,
    "function": lsp.CompletionItemKind.Function,
    "code": lsp.CompletionItemKind.Constant,
}
_START = lsp.Position(0, 0)


@dataclass
class _Open:
    """What is kept of an open document."""

    report: Report | None = None
    graph: Graph | None = None
    graph_of: str | None = None
    """The text that the graph was last tried to be made of."""


class Service:
    """Answers an editor's questions about its open documents."""

    def __init__(self, server: LanguageServer, checks: Checks) -> None:
        self.server, self.checks = server, checks
        self.open: dict[str, _Open] = {}

    def document(self, uri: str) -> TextDocument:
        """Return an open document, or the file of that address."""
        return self.server.workspace.get_text_document(uri)

    def check(self, uri: str) -> None:
        """Validate a document and publish what is found, at the place in it that leads there where it is in a block file."""
        document = self.document(uri)
        path = _path(uri)
        state = self.open.setdefault(uri, _Open())
        if not _is_ours(document.source):
            state.report = None
            found: list[lsp.Diagnostic] = []
        else:
            state.report = validate_bytes(document.source.encode(errors="surrogatepass"), path, self.checks)
            found = [self._diagnostic(it, document, str(path)) for it in state.report.findings]
        self.server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found, document.version))

    def close(self, uri: str) -> None:
        """Forget a document, and what was said of it."""
        self.open.pop(uri, None)
        self.server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))

    def completions(self, uri: str, position: lsp.Position) -> lsp.CompletionList:
        """Return what can stand at a position."""
        document = self.document(uri)
        found = self.assistant(uri).completions(self.units(document).offset(position))
        return lsp.CompletionList(
            is_incomplete=False,
            items=[
                lsp.CompletionItem(
                    label=it.word,
                    kind=_KINDS[it.kind],
                    documentation=lsp.MarkupContent(lsp.MarkupKind.Markdown, it.doc) if it.doc else None,
                    text_edit=lsp.TextEdit(self.units(document).range(it.start, it.end), it.text),
                    filter_text=it.text if document.source[it.start : it.start + 1] == '"' else it.word,
                )
                for it in found
            ],
        )

    def hover(self, uri: str, position: lsp.Position) -> lsp.Hover | None:
        """Return what is known of the word at a position."""
        document = self.document(uri)
        found = self.assistant(uri).hover(self.units(document).offset(position))
        if found is None:
            return None
        text, token = found
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, text), self.units(document).range(token.start, token.end))

    def definition(self, uri: str, position: lsp.Position) -> lsp.Location | None:
        """Return where the word at a position is declared: in the document, or the block file that it stands for."""
        document = self.document(uri)
        assistant = self.assistant(uri)
        path = assistant.definition(self.units(document).offset(position))
        if path is None:
            return None
        used = assistant.reading.scalar((*path, "use"))
        if used is not None:
            file = _path(uri).parent / used.text
            return lsp.Location(from_fs_path(str(file)) or uri, lsp.Range(_START, _START)) if file.is_file() else None
        token = assistant.reading.key(path) or assistant.reading.scalar(path)
        return lsp.Location(uri, self.units(document).range(token.start, token.end)) if token else None

    def format(self, uri: str) -> list[lsp.TextEdit] | None:
        """Return the edit that makes a document canonical; none where it cannot be parsed."""
        document = self.document(uri)
        try:
            text = formatted(parse(document.source.encode(errors="surrogatepass"), str(_path(uri))))
        except SpecError:
            return None
        return [lsp.TextEdit(self.units(document).range(0, len(document.source)), text)] if text != document.source else []

    def actions(self, uri: str, wanted: lsp.Range) -> list[lsp.CodeAction]:
        """Return the mends of findings in a range."""
        document, state = self.document(uri), self.open.get(uri)
        path = str(_path(uri))
        actions: list[lsp.CodeAction] = []
        for finding in state.report.findings if state and state.report else ():
            fix = finding.fix
            if fix is None or finding.place is None or any(edit.file != path for edit in fix.edits):
                continue
            at = self._diagnostic(finding, document, path)
            if at.range.end.line < wanted.start.line or at.range.start.line > wanted.end.line:
                continue
            edits = [lsp.TextEdit(self.units(document).range(it.start, it.end), it.text) for it in fix.edits]
            actions.append(
                lsp.CodeAction(
                    title=fix.title[:1].upper() + fix.title[1:],
                    kind=lsp.CodeActionKind.QuickFix,
                    diagnostics=[at],
                    is_preferred=True,
                    edit=lsp.WorkspaceEdit(changes={uri: edits}),
                )
            )
        return actions

    def assistant(self, uri: str) -> Assistant:
        """Return what answers about a document, with the model that it last made."""
        text = self.document(uri).source
        state = self.open.setdefault(uri, _Open())
        if state.graph_of != text:
            state.graph_of = text
            with suppress(SpecError):
                opened = parsed(text.encode(errors="surrogatepass"), _path(uri), self.checks.root)
                if not opened.is_block:
                    state.graph = elaborate(opened.spec(with_plugins=self.checks.with_plugins))
        return Assistant(text, state.graph, with_plugins=self.checks.with_plugins)

    def _diagnostic(self, finding: Diagnostic, document: TextDocument, file: str) -> lsp.Diagnostic:
        place = finding.place
        related = [(frame.text, frame.place) for frame in finding.trail if frame.place]
        if place is not None and place.file != file:
            related.append((finding.message, place))
            place = next((it for _, it in reversed(related) if it.file == file), None)
        return lsp.Diagnostic(
            range=self.units(document).place(place) if place else lsp.Range(_START, _START),
            message=finding.message + (f"\n{finding.hint}" if finding.hint else ""),
            severity=_SEVERITIES[finding.severity],
            code=finding.code,
            source="modelspec",
            related_information=[
                lsp.DiagnosticRelatedInformation(self._location(document, it, file), text) for text, it in related
            ],
        )

    def _location(self, document: TextDocument, place: Place, file: str) -> lsp.Location:
        if place.file == file:
            return lsp.Location(document.uri, self.units(document).place(place))
        other = from_fs_path(str(Path(place.file).absolute())) or document.uri
        return lsp.Location(other, self.units(self.document(other)).place(place))

    def units(self, document: TextDocument) -> Units:
        """Return the positions of a document, as the client counts them."""
        return Units(document.source, self.server.workspace.position_encoding or lsp.PositionEncodingKind.Utf16)


def _path(uri: str) -> Path:
    """Return the file of a document; one that has none yet is called by its address."""
    return Path(to_fs_path(uri) or uri)


def _is_ours(text: str) -> bool:
    """Return whether a JSON document is meant to be a spec or a block file."""
    return '"format_version"' in text or '"layers"' in text


def serve(checks: Checks) -> LanguageServer:
    """Return a language server that checks documents so; ``start_io`` runs it."""
    server = LanguageServer("modelspec", modelspec.__version__, text_document_sync_kind=lsp.TextDocumentSyncKind.Full)
    service = Service(server, checks)

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(given: lsp.DidOpenTextDocumentParams) -> None:
        service.check(given.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(given: lsp.DidChangeTextDocumentParams) -> None:
        service.check(given.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def saved(_: lsp.DidSaveTextDocumentParams) -> None:
        for uri in list(service.open):
            service.check(uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(given: lsp.DidCloseTextDocumentParams) -> None:
        service.close(given.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=['"', "{", ":", "."]))
    def complete(given: lsp.CompletionParams) -> lsp.CompletionList:
        return service.completions(given.text_document.uri, given.position)

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hover(given: lsp.HoverParams) -> lsp.Hover | None:
        return service.hover(given.text_document.uri, given.position)

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def definition(given: lsp.DefinitionParams) -> lsp.Location | None:
        return service.definition(given.text_document.uri, given.position)

    @server.feature(lsp.TEXT_DOCUMENT_FORMATTING)
    def format_(given: lsp.DocumentFormattingParams) -> list[lsp.TextEdit] | None:
        return service.format(given.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix]))
    def act(given: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        return service.actions(given.text_document.uri, given.range)

    return server
