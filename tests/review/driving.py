"""What tests do with the page of `omr review` in a browser, and the server that they start for it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.request import Request, urlopen

import uvicorn

from omr.review.pictures import Picture
from omr.review.review import Review
from omr.review.server import make_app

SECRET = "secret"
PATIENCE_MS = 120_000
"""How long a test waits for what must come: far longer than it takes, since a busy machine is slow and not wrong."""
DESK, TABLET = {"width": 1280, "height": 800}, {"width": 768, "height": 1024}


def start(review: Review) -> tuple[str, Callable[[], None]]:
    """Serve a review in a thread. Returns the page's address, and what ends it."""
    config = uvicorn.Config(app="", host="127.0.0.1", port=0, log_level="error", lifespan="off")
    listening = config.bind_socket()
    port = listening.getsockname()[1]
    config.app = make_app(review, SECRET, port)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)

    def stop() -> None:
        server.should_exit = server.force_exit = True
        thread.join()

    return f"http://127.0.0.1:{port}/{SECRET}/", stop


def fetch(address: str) -> bytes:
    with urlopen(address) as answer:
        return bytes(answer.read())


def post(address: str, body: Any) -> None:
    with urlopen(Request(address, json.dumps(body).encode(), {"Content-Type": "application/json"})):
        pass


def settle(tab: Any) -> None:
    """Wait until the page shows all it asked for."""
    tab.wait_for_function("() => !document.querySelector('.busy, [aria-busy=true]')")


def press(tab: Any, *keys: str) -> None:
    for key in keys:
        tab.keyboard.press(key)
    settle(tab)


def heading(tab: Any) -> str:
    return str(tab.locator("#measure-heading").inner_text())


def chips(tab: Any) -> list[str]:
    """What the notes of the measure are called."""
    return [chip.get_attribute("aria-label") for chip in tab.locator("#notes .chip").all()]


def click_scan(tab: Any, picture: Picture, place: Sequence[float]) -> None:
    """Click on a place of the scan, (row, col) in pixels of its picture, once the page lies still."""
    sheet = tab.locator(".sheet")
    scale = sheet.bounding_box()["width"] / picture.width
    sheet.click(position={"x": place[1] * scale, "y": place[0] * scale})


def comes_to_rest(tab: Any, zoomed: bool = False) -> None:
    """Wait until the server knows where the reader is. zoomed: whether at a size of the reader's own."""
    tab.wait_for_function("""async (zoomed) => {
        const { place } = await (await fetch("api/state")).json();
        const current = document.querySelector(".area.current").dataset.index;
        return place.measure === Number(current) && Boolean(place.zoom) === zoomed;
    }""", arg=zoomed)


def selected(tab: Any) -> list[str]:
    return [chip.get_attribute("aria-label") for chip in tab.locator("#notes .chip[aria-pressed=true]").all()]


def hears(tab: Any, text: str) -> None:
    """Wait until the reader is told something that begins so."""
    tab.wait_for_function("(text) => document.getElementById('status').textContent.startsWith(text)", arg=text)
