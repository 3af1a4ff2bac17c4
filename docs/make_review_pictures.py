"""The pictures of docs/review.md: the page of `omr review` in all its states, as Chromium shows them.

    python docs/make_review_pictures.py    # writes docs/pictures/review-*.png; needs the extra `dev`, and Chromium
"""

from __future__ import annotations

import io
import shutil
import tempfile
import threading
from pathlib import Path
from queue import Queue
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from omr.detect.runtime import load_detector
from omr.reading import ScanOptions
from omr.review.opening import list_input, open_read, read_one_by_one
from omr.review.server import serve

HERE = Path(__file__).parent
PAGE = HERE.parent / "tests" / "accuracy" / "images" / "joplin-maple-leaf-scan.png"
DESK, TABLET = {"width": 1280, "height": 800}, {"width": 768, "height": 1024}
COLOURS = 200
STATES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("doubt", ()),
    ("note", ("ArrowRight", "ArrowRight")),
    ("mended", ("ArrowUp",)),
    ("add", ("Escape", "q", "a", "ArrowRight", "ArrowRight")),
    ("dialog", ("Escape", "m")),
    ("keys", ("Escape", "?")),
    ("listen", ("Escape", "Space")),
)
"""Name of a picture -> the keys that lead to it from the one before."""


def address_of(folder: Path) -> str:
    """Read the page, and serve it until this program ends. Returns its address."""
    listing = list_input([PAGE], ScanOptions(), folder)
    review = open_read(listing, read_one_by_one(listing, load_detector()), folder / "score.musicxml")
    ready: Queue[str] = Queue()
    threading.Thread(target=serve, args=(review, 0, ready.put), daemon=True).start()
    return ready.get()


def settle(tab: Any) -> None:
    tab.wait_for_function("() => !document.querySelector('.busy, [aria-busy=true]')")
    tab.wait_for_timeout(400)


def save(tab: Any, name: str) -> None:
    """Write one picture with few colours: they are committed."""
    image = Image.open(io.BytesIO(tab.screenshot())).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(HERE / "pictures" / f"review-{name}.png", optimize=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        address = address_of(Path(folder))
        tab = browser.new_page(viewport=DESK, reduced_motion="reduce")
        tab.goto(address)
        settle(tab)
        for name, keys in STATES:
            for key in keys:
                tab.keyboard.press(key)
                settle(tab)
            save(tab, name)
        tab.keyboard.press("Space")
        tab.set_viewport_size(TABLET)
        settle(tab)
        save(tab, "tablet")
        tab.set_viewport_size(DESK)
        while tab.locator("#left b").inner_text() != "0":
            tab.keyboard.press("n")
            settle(tab)
            tab.keyboard.press("Enter")
            settle(tab)
        save(tab, "done")
        browser.close()


if __name__ == "__main__":
    main()
