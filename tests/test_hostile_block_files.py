"""Blocks in files of their own: what is never opened, and how much is."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from block_documents import block, codes, found, using, write
from nets import RELU, net

import modelspec
from modelspec import block_files
from modelspec.block_files import MAX_FILES, Folder
from modelspec.source import MAX_BYTES


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    monkeypatch.chdir(root)
    return root


HOSTILE = {
    "an absolute path": "/etc/passwd.json",
    "a way out": "../outside.json",
    "a way out later": "blocks/../../outside.json",
    "a way round": "blocks/../b.json",
    "only a way up": "..",
    "an address": "https://example.com/b.json",
    "an address of a file": "file:///etc/passwd.json",
    "an address of data": "data:application/json,{}.json",
    "another host": "//example.com/b.json",
    "a drive": "C:/b.json",
    "a drive and backslashes": "C:\\b.json",
    "backslashes": "blocks\\b.json",
    "a share": "\\\\host\\b.json",
    "a home": "~/b.json",
    "a hidden file": ".b.json",
    "a hidden folder": ".git/b.json",
    "here": "./b.json",
    "an empty part": "blocks//b.json",
    "an empty path": "",
    "a folder": "blocks/",
    "another suffix": "b.txt",
    "no ASCII": "blöcke/b.json",
    "letters that look alike": "blocks/\u0430.json",
    "a null": "b.json\x00.json",
    "a line break": "b\n.json",
    "a space": "b .json",
    "a stream": "b.json:stream.json",
    "a variable": "$HOME/b.json",
    "an expression": "${'b.json'}",
    "a long path": f"{'a/' * 300}b.json",
    "a long name": f"{'a' * 300}.json",
}


@pytest.mark.parametrize("use", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_paths_open_nothing(use: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here.parent / "outside.json").write_text(json.dumps(block(RELU)))
    path = write(here, net=using(use), b=block(RELU), blocks__b=block(RELU))

    def never(self: Folder, name: str) -> bytes:
        raise AssertionError(f"{name} is opened")

    monkeypatch.setattr(Folder, "read", never)
    [finding] = found(path)
    assert (finding.code, finding.pointer) == ("MS107", "/blocks/b/use")
    assert finding.hint
    assert finding.message.isprintable()


def links(here: Path) -> dict[str, tuple[str, str]]:
    """Make files that are not what they seem; return what uses them, each with the code of its refusal."""
    good = here / "good.json"
    good.write_text(json.dumps(block(RELU)))
    outside = here.parent / "outside"
    outside.mkdir()
    (outside / "b.json").write_text(json.dumps(block(RELU)))
    (here / "link.json").symlink_to(outside / "b.json")
    (here / "inner_link.json").symlink_to(good)
    (here / "dangling.json").symlink_to(here / "nothing.json")
    (here / "loop.json").symlink_to(here / "loop.json")
    (here / "folder_link").symlink_to(outside)
    os.link(outside / "b.json", here / "hard.json")
    os.mkfifo(here / "pipe.json")
    (here / "null.json").symlink_to("/dev/null")
    (here / "folder.json").mkdir()
    (here / "large.json").write_text(" " * (MAX_BYTES + 1))
    return {
        "link.json": ("MS107", '"link.json" is a symbolic link'),
        "inner_link.json": ("MS107", "is a symbolic link"),
        "dangling.json": ("MS107", "is a symbolic link"),
        "loop.json": ("MS107", "is a symbolic link"),
        "folder_link/b.json": ("MS107", '"folder_link" is a symbolic link'),
        "hard.json": ("MS107", "has 2 hard links"),
        "pipe.json": ("MS801", "it is not a regular file"),
        "null.json": ("MS107", "is a symbolic link"),
        "folder.json": ("MS801", "it is not a regular file"),
        "good.json/b.json": ("MS801", "Not a directory"),
        "nothing.json": ("MS801", "No such file"),
        "large.json": ("MS106", "more than 1,000,000 bytes"),
    }


def test_only_plain_files_below_the_root_are_read(here: Path) -> None:
    for use, (code, words) in links(here).items():
        [finding] = found(write(here, net=using(use)))
        assert (finding.code, finding.pointer) == (code, "/blocks/b/use"), use
        assert words in finding.message, use
    assert len(modelspec.elaborate(write(here, net=using("good.json"))).nodes) == 1


def test_a_file_that_becomes_a_link_meanwhile_is_not_followed(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(here, net=using("late.json"), good=block(RELU))
    (here / "late.json").symlink_to(here / "good.json")
    original = os.stat

    def before_the_link(path: Any, **options: Any) -> os.stat_result:
        return original("good.json" if path == "late.json" else path, **options)

    monkeypatch.setattr(block_files.os, "stat", before_the_link)
    assert codes(path) == ["MS801"]


def test_the_number_of_files_and_their_bytes_are_bounded(here: Path) -> None:
    for number in range(MAX_FILES + 1):
        write(here, **{f"b{number}": block({"block": "b"}, blocks={"b": {"use": f"b{number + 1}.json"}})})
    write(here, **{f"b{MAX_FILES}": block(RELU)})
    assert codes(write(here, net=using("b0.json"))) == ["MS106"]
    assert len(modelspec.elaborate(write(here, net=using("b1.json"))).nodes) == 1
    many = {f"b{number}": {"use": f"b{number}.json"} for number in range(3)}
    for number in range(3):
        write(here, **{f"b{number}": json.dumps(block(RELU)).ljust(MAX_BYTES // 2 - 10)})
    [finding] = found(write(here, net=net({"block": "b0"}, blocks=many)))
    assert (finding.code, finding.pointer) == ("MS106", "/blocks/b2/use")


def test_calls_across_files_are_counted_before_they_are_expanded(here: Path) -> None:
    for number in range(30):
        uses = {"b": {"use": f"b{number + 1}.json"}}
        write(here, **{f"b{number}": block(*[{"block": "b"}] * 2, blocks=uses)})
    assert codes(write(here, net=using("b0.json"), b30=block(RELU))) == ["MS510"]
