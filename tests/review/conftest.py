"""A review of one page behind a real server, and a real browser to open it in."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import uvicorn

from omr.detect.runtime import load_detector
from omr.pipeline import PageReading, ScanOptions
from omr.review.log import read_log
from omr.review.opening import list_input, open_read, read_one_by_one
from omr.review.review import Input, Review
from omr.review.server import make_app

PAGE = Path(__file__).parents[1] / "accuracy" / "images" / "mozart-k545-photo.jpg"
SECRET = "secret"
CHROMIUM = "chromium"


@dataclass(frozen=True)
class Read:
    """A page that was read once, to be reviewed again and again."""

    readings: tuple[PageReading, ...]
    pictures: Any

    def review(self, folder: Path) -> Review:
        """A review with its log and its output in `folder`; another of the same folder goes on with the log."""
        log = folder / "page.review.json"
        source = Input(PAGE.name, PAGE.name, "0" * 64, folder / "page.musicxml", log)
        return Review(source, self.readings, self.pictures, read_log(log))


@pytest.fixture(scope="session")
def page_read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    folder = tmp_path_factory.mktemp("pictures")
    listing = list_input([PAGE], ScanOptions(), folder)
    review = open_read(listing, read_one_by_one(listing, load_detector(None)), folder / "page.musicxml")
    return Read(review.readings, review.pictures)


@pytest.fixture
def serve(page_read: Read, tmp_path: Path) -> Iterator[Callable[[], tuple[str, Review]]]:
    """Starts the server, anew if it ran before, and gives the page's address and the review."""
    stops: list[Callable[[], None]] = []

    def start() -> tuple[str, Review]:
        while stops:
            stops.pop()()
        review = page_read.review(tmp_path)
        address, stop = _start(review)
        stops.append(stop)
        return address, review

    yield start
    for stop in stops:
        stop()


@pytest.fixture(scope="session")
def kept(page_read: Read, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Review]]:
    """A server that runs for all tests."""
    review = page_read.review(tmp_path_factory.mktemp("review"))
    address, stop = _start(review)
    yield address, review
    stop()


@pytest.fixture
def served(kept: tuple[str, Review]) -> Iterator[str]:
    """The address of a page on which nothing was mended yet."""
    address, review = kept
    yield address
    while review.can_undo:
        _post(f"{address}api/undo", {})
    _post(f"{address}api/place", {"measure": 0, "zoom": 0})


def _post(address: str, body: Any) -> None:
    data = json.dumps(body).encode()
    with urlopen(Request(address, data, {"Content-Type": "application/json"})):
        pass


def _start(review: Review) -> tuple[str, Callable[[], None]]:
    """Serve a review in a thread. Returns the page's address, and what ends it."""
    config = uvicorn.Config(app=None, host="127.0.0.1", port=0, log_level="error", lifespan="off")  # type: ignore[arg-type]
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


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium, without a window. Playwright only drives it: it downloads no browser of its own."""
    program = shutil.which(CHROMIUM)
    if program is None:
        pytest.skip("Chromium is not installed")  # in CI it is
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()
