"""The pictures of docs/companions.md: the pages of the talk's commands, as Chromium shows them.

    python docs/make_companion_pictures.py    # writes docs/pictures/companion-*.png; needs the extras dev and talk, and
                                              # Chromium
    python docs/make_companion_pictures.py words swap    # only these
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
PAGE = HERE.parent / "examples" / "minuet.png"
COLOURS = 256
WIDE, HIGH = 900, 1090
PAGES: dict[str, tuple[tuple[str, ...], str]] = {
    "watershed": (("explain", "watershed", str(PAGE)), "#level"),
    "training": (("explain", "training"), "h2:nth-of-type(2)"),
    "saliency": (("explain", "saliency", str(PAGE), "--at", "250,420"), "body"),
    "guard": (("guard", str(PAGE), "--crops", "3"), "h2"),
    "words": (("talk", "words", "--size", "50", "--nearest", "violin"), "h1"),
    "go": (("talk", "go", "--start", "shipped", "--generations", "16"), "h1"),
    "faces": (("talk", "faces", "--start", "shipped", "--steps", "9600"), "h1"),
    "swap": (("talk", "swap", "--start", "shipped", "--steps", "4000"), "img"),  # with its mark
}
"""Picture -> the command whose page it shows, and what stands at its top."""
IN_FOLDER = "talk"
"""Group of the commands that write their page as index.html into a folder."""


def make(command: tuple[str, ...], out: Path) -> Path:
    """Run a command of `omr` that writes a page; returns its path. Raises CalledProcessError if it fails."""
    page = out / "index.html" if command[0] == IN_FOLDER else out.with_suffix(".html")
    subprocess.run([sys.executable, "-m", "cli.main", *command, "-o", str(out if command[0] == IN_FOLDER else page)],
                   check=True, stdout=subprocess.DEVNULL)
    return page


def shoot(tab: Any, page: Path, top: str, name: str) -> None:
    """A picture of the page from an element on; with few colours, since it is committed."""
    tab.goto(page.as_uri())
    tab.evaluate("choice => document.querySelector(choice).scrollIntoView()", top)
    tab.wait_for_timeout(500)
    image = Image.open(io.BytesIO(tab.screenshot())).convert("RGB")
    # Maximum coverage keeps colours that few pixels have, such as the blue of a map.
    few = image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(HERE / "pictures" / f"companion-{name}.png", optimize=True)


def main() -> None:
    if wrong := [name for name in sys.argv[1:] if name not in PAGES]:
        sys.exit(f"no picture {wrong[0]!r}, but {', '.join(PAGES)}")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": WIDE, "height": HIGH})
        for name in sys.argv[1:] or PAGES:
            command, top = PAGES[name]
            shoot(tab, make(command, Path(folder) / name), top, name)
        browser.close()


if __name__ == "__main__":
    main()
