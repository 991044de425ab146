"""The pages of codes: beside the package in a checkout (docs/errors), inside it in a wheel."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from modelspec.diagnostics import CODES, SpecError, did_you_mean

_PACKAGE = Path(__file__).parent
_FOLDERS = (_PACKAGE / "errors", _PACKAGE.parent / "docs" / "errors")

_FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.S | re.M)
_FILE = re.compile(r"file=(\S+)")
_LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")
_PARAGRAPH = re.compile(r"^(?![ |-]).+(?:\n(?![ |-]).+)*|^- .+(?:\n  \S.*)*", re.M)
"""Lines of prose, or an item of a list; tables and what is indented already are not."""


def codes(beginning: str) -> list[str]:
    """Return the codes that begin so, in any case, or raise SpecError (MS704) where there are none."""
    found = [code for code in sorted(CODES) if code.startswith(beginning.upper())]
    if not found:
        hint = did_you_mean(beginning, CODES) or '"modelspec explain" lists all codes'
        raise SpecError.of("MS704", f'there is no code "{beginning}"', hint)
    return found


def page(code: str) -> str:
    """Return the page of a code, in Markdown."""
    folder = next(path for path in _FOLDERS if path.is_dir())
    return (folder / f"{code}.md").read_text(encoding="utf-8")


def plain(markdown: str, width: int) -> str:
    """Return a page for a terminal of so many columns: headings without marks, examples indented, addresses written out."""
    text, end = "", 0
    for fence in _FENCE.finditer(markdown):
        file = _FILE.search(fence[1])
        text += _prose(markdown[end : fence.start()], width) + (f"{file[1]}:\n" if file else "")
        text += textwrap.indent(fence[2], "    ").rstrip("\n")
        end = fence.end()
    return text + _prose(markdown[end:], width)


def _prose(markdown: str, width: int) -> str:
    def filled(paragraph: re.Match[str]) -> str:
        later = "  " if paragraph[0].startswith("- ") else ""
        words = " ".join(paragraph[0].split())
        return textwrap.fill(words, width, subsequent_indent=later, break_long_words=False, break_on_hyphens=False)

    return _PARAGRAPH.sub(filled, _LINK.sub(_address, re.sub(r"^#+ ", "", markdown, flags=re.M)))


def _address(link: re.Match[str]) -> str:
    return f"{link[1]} <{link[2]}>" if "://" in link[2] else link[1]
