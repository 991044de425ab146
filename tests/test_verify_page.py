"""The page of a verification in a real browser: headless Chromium."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import verifications as made
from PIL import Image

from modelspec.verify.reports import render
from modelspec.verify.results import Verification

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--hide-scrollbars", "--enable-logging=stderr", "--v=0"),
)
DARK = "--blink-settings=preferredColorScheme=0"
TIMEOUT_S = 120

pytestmark = pytest.mark.skipif(BROWSER is None, reason=f"none of {', '.join(NAMES)} is installed")


class Browser:
    """Chromium with a profile of its own, in a folder that is gone after the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.page = folder / "page.html"

    def run(self, written: str, *options: str) -> tuple[str, str]:
        """Open a page; return what Chromium prints and what it logs."""
        assert BROWSER
        self.page.write_text(written)
        command = [BROWSER, *QUIET, f"--user-data-dir={self.folder / 'profile'}", *options, self.page.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=TIMEOUT_S)
        return done.stdout, done.stderr

    def dump(self, written: str, *options: str) -> tuple[str, list[str]]:
        """Return what the page is once it is loaded, and what the browser says of it on the console."""
        shown, said = self.run(written, "--dump-dom", *options)
        return shown, [line for line in said.splitlines() if "CONSOLE" in line]

    def picture(self, written: str, *options: str) -> Image.Image:
        file = self.folder / "page.png"
        self.run(written, f"--screenshot={file}", *options)
        with Image.open(file) as image:
            return image.convert("RGB")


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    return Browser(tmp_path)


def colours(image: Image.Image) -> set[tuple[int, ...]]:
    return {colour for _, colour in image.getcolors(image.width * image.height)}


@pytest.mark.parametrize("found", [made.diverging(30), made.hostile(made.HOSTILE[0])], ids=["diverging", "hostile"])
def test_the_page_renders_under_its_own_policy(browser: Browser, found: Verification) -> None:
    shown, said = browser.dump(render(found, ".html"))
    assert said == []
    points = len(re.findall('<path [^>]*class="point( fails)?"', shown))
    assert points == 2 * len(found.layers) * len(found.compared)
    assert "<script" not in shown


def test_the_policy_lets_nothing_else_in(browser: Browser) -> None:
    """Without it the tests above could not fail: what it refuses is said on the console, and not done."""
    written = render(made.equal(), ".html")
    script = '<script>document.title = "it ran"</script><p style="color: red">x</p><img src="https://example.invalid/x.png">'
    shown, said = browser.dump(written.replace("<h1>", f"{script}<h1>"))
    assert "<title>it ran" not in shown
    for kind in ("inline script", "inline style", "loading the image"):
        assert [line for line in said if "Content Security Policy" in line and kind in line.lower()], kind
    _, said = browser.dump(written.replace("</style>", "p { color: red }</style>"))
    assert len(said) == 1


def test_the_page_is_light_or_dark_as_the_reader_wants(browser: Browser) -> None:
    written = render(made.diverging(), ".html")
    light = browser.picture(written, "--window-size=1200,2400")
    dark = browser.picture(written, "--window-size=1200,2400", DARK)
    assert light.getpixel((2, 2)) == (0xFF, 0xFF, 0xFF)
    assert dark.getpixel((2, 2)) == (0x14, 0x17, 0x1B)
    assert {(0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00), (0x00, 0x9E, 0x73)} <= colours(light)
    assert {(0x56, 0xB4, 0xE9), (0xE8, 0x70, 0x2A), (0x1F, 0xBD, 0x8F)} <= colours(dark)


@pytest.mark.parametrize(
    "found", [made.diverging(134), made.skipped(), made.hostile("name" * 40)], ids=["long", "skipped", "names"]
)
def test_a_phone_does_not_scroll_the_page_sideways(browser: Browser, found: Verification) -> None:
    measure = "<script>document.title = `${document.documentElement.scrollWidth} of ${innerWidth}`</script></body>"
    written = re.sub('<meta http-equiv="Content-Security-Policy"[^>]*>', "", render(found, ".html"))
    shown, _ = browser.dump(written.replace("</body>", measure), "--window-size=400,900")
    match = re.search(r"<title>(\d+) of (\d+)</title>", shown)
    assert match
    assert int(match[1]) <= int(match[2]) <= 500
