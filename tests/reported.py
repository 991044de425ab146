"""Verifications of all kinds by name, and what a page of one consists of."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from html.parser import HTMLParser

import verifications as made

from modelspec.verify.results import Verification

ALONE = replace(made.equal(), backends=made.equal().backends[:1], layers=())
UNTRAINED = replace(made.equal(), steps=3)
NOT_TRAINED = "training was not compared: fewer than two of the backends that were compared trained"
CASES: Mapping[str, Callable[[], Verification]] = {
    "equal": made.equal,
    "diverging": made.diverging,
    "skipped": made.skipped,
    "skipped, allowed": lambda: made.skipped(allowed=["onnx"]),
    "a tier skipped": made.without_a_tier,
    "a tier skipped, allowed": lambda: made.without_a_tier(allowed=["onnx:bfloat16"]),
    "trained": made.trained,
    "trained apart": lambda: made.trained(error=1e-3),
    "not trained": lambda: UNTRAINED,
    "files": made.files,
    "files apart": lambda: made.files(error=0.02),
    "not finite": made.not_finite,
    "one backend": lambda: ALONE,
    "no layers": lambda: replace(made.equal(), layers=()),
    **{f"hostile files {number}": lambda it=it: made.hostile(it, against=it) for number, it in enumerate(made.HOSTILE)},
    **{f"hostile {number}": lambda it=it: made.hostile(it) for number, it in enumerate(made.HOSTILE)},
}
EQUAL = {"equal", "skipped, allowed", "a tier skipped, allowed", "trained", "files"}
ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


class Page(HTMLParser):
    """What a page consists of."""

    def __init__(self, written: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, str] = {}
        self.open: list[str] = []
        self.feed(written)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self.open:
            self.texts[tag] = self.texts.get(tag, "") + data

    def with_class(self, name: str, tag: str = "") -> list[dict[str, str]]:
        return [it for kind, it in self.tags if name in it.get("class", "").split() and tag in ("", kind)]
