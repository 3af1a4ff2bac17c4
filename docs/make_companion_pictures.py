"""The pictures of docs/companions.md: the pages of the talk's commands, as Chromium shows them.

    python docs/make_companion_pictures.py    # writes docs/pictures/companion-*.png; needs the extras dev and talk, and
                                              # Chromium
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
}
"""Picture -> the command whose page it shows, and what stands at its top."""


def make(command: tuple[str, ...], out: Path) -> None:
    """Run a command of `omr` that writes a page. Raises CalledProcessError if it fails."""
    subprocess.run([sys.executable, "-m", "cli.main", *command, "-o", str(out)], check=True, stdout=subprocess.DEVNULL)


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
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": WIDE, "height": HIGH})
        for name, (command, top) in PAGES.items():
            page = Path(folder) / f"{name}.html"
            make(command, page)
            shoot(tab, page, top, name)
        browser.close()


if __name__ == "__main__":
    main()
