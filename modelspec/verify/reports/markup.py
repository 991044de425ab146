"""Elements of HTML and SVG: what is written in them is text, whatever it is."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, tostring

from modelspec.diagnostics import printable
from modelspec.reports.junit import plain

Child = Element | str


def element(tag: str, *children: Child, **attributes: str | float) -> Element:
    """Return an element; ``class_`` is its class, and ``_`` in the name of an attribute stands for ``-``."""
    made = Element(tag, {name.rstrip("_").replace("_", "-"): _value(value) for name, value in attributes.items()})
    for child in children:
        if isinstance(child, Element):
            made.append(child)
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + safe(child)
        else:
            made.text = (made.text or "") + safe(child)
    return made


def safe(text: str) -> str:
    """Return text without what a browser or an editor acts on; its line breaks stay."""
    return "\n".join(plain(printable(line)) for line in text.split("\n"))


def table(head: Iterable[Child | tuple[Child]], rows: Iterable[Iterable[Child]]) -> Element:
    """Return a table that scrolls sideways where it is too wide; what is no cell is put into one. A title in a tuple is that of
    numbers, which stand to the right."""
    titles = element("tr", *(_title(it) for it in head))
    body = [element("tr", *(_cell(it) for it in row)) for row in rows]
    return element("div", element("table", element("thead", titles), element("tbody", *body)), class_="scroll")


def number(text: str, **attributes: str | float) -> Element:
    """Return a cell with a number."""
    return element("td", text, **{"class_": "number", **attributes})


def html(root: Element) -> str:
    """Return a page; ElementTree escapes all text and all attributes but the text of ``style``."""
    return f"<!DOCTYPE html>\n{tostring(root, 'unicode', method='html')}\n"


def _title(title: Child | tuple[Child]) -> Element:
    if isinstance(title, tuple):
        return element("th", *title, scope="col", class_="number")
    return element("th", title, scope="col")


def _cell(child: Child) -> Element:
    return child if isinstance(child, Element) and child.tag == "td" else element("td", child)


def _value(value: str | float) -> str:
    return safe(value) if isinstance(value, str) else f"{round(value, 2):.10g}"
