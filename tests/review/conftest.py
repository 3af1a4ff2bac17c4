"""A real page under review: an engraved sonata of a few systems, read by the real detector."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from omr.detect.runtime import load_detector
from omr.listing import read_listed
from omr.notation.chords import chords_of
from omr.reading import PageReading, ScanOptions
from omr.review.answers import measure
from omr.review.log import Log
from omr.review.opening import list_input, read_one_by_one
from omr.review.pictures import Picture
from omr.review.review import Input, Review
from omr.review.signs import free_ids
from omr.types import Chord, Stroke, Symbol
from tests.review.driving import DESK, PATIENCE_MS, settle

IMAGES = Path(__file__).parents[1] / "accuracy" / "images"
SONATA = IMAGES / "mozart-k545-clean.png"
CHROMIUM = "chromium"
MISREAD = (4, 5, 6, 7)
"""Indices of the measures that `misread` has wrong: the left hand plays a quarter note, two rests, a quarter note."""
DARK = 200
"""Brightness below which a pixel is ink."""


@dataclass(frozen=True)
class Read:
    """A page that was read once for all tests: they never change it."""

    readings: list[PageReading]
    pictures: dict[int, Picture]

    def review(self, folder: Path, log: Log | None = None) -> Review:
        """A new review of it, with its files in a folder."""
        out = folder / "score.musicxml"
        return Review(Input("sonata.png", "sonata.png", "0" * 64, out, folder / "score.review.json"), self.readings,
                      self.pictures, log)


def read(image: Path, folder: Path) -> Read:
    """Read an image as `omr review` does, without its words."""
    listing = list_input([image], ScanOptions(languages=()), folder)
    readings = list(read_listed(listing, read_one_by_one(listing, load_detector())))
    pictures = {r.index: r.answer for r in readings if isinstance(r.answer, Picture)}
    return Read([r.light() for r in readings], pictures)


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Read:
    return read(SONATA, tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="session")
def misread(page: Read, tmp_path_factory: pytest.TempPathFactory) -> Read:
    """The page with the same mistake in four measures in a row (`MISREAD`): the first note of the left hand is a half
    note, where the scan has a quarter note and two rests after it."""
    bars = page.review(tmp_path_factory.mktemp("review")).builder.bars
    graph = page.readings[0].graph
    assert graph is not None
    wrong = set()
    for index in MISREAD:
        left_hand = bars[index].bar.system.staves[1]
        first = min((e for e in bars[index].bar.events if e.staff == left_hand), key=lambda e: e.x)
        wrong |= {head.id for head in first.heads}
    symbols = tuple(replace(s, name="noteheadHalf") if s.id in wrong else s for s in graph.symbols)
    return Read([replace(page.readings[0], graph=replace(graph, symbols=symbols))], page.pictures)


@dataclass(frozen=True)
class Shared:
    """A page on which two voices share a head. own, other: the ids of its stems; other was put in. up: whether `own`
    points up."""

    read: Read
    head: Symbol
    own: int
    other: int
    up: bool


@pytest.fixture(scope="session")
def shared(page: Read) -> Shared:
    (reading,) = page.readings
    graph = reading.graph
    assert graph is not None
    own = next(c for c in chords_of(graph) if c.stem is not None and len(c.heads) == 1 and not c.beams)
    assert own.stem is not None and own.up is not None
    head = graph.symbol(own.heads[0])
    row, col = head.box.center
    ends = sorted((row, row + (4 if own.up else -4) * graph.space_px))
    other = Stroke(next(free_ids(graph)), "stem", ((ends[0], col), (ends[1], col)), 2.0)
    both = replace(graph, strokes=(*graph.strokes, other), staff_of={
        **graph.staff_of, other.id: graph.staff_of[head.id]}, chords=(
            *chords_of(graph), Chord((head.id,), other.id, not own.up)))
    return Shared(Read([replace(reading, graph=both)], page.pictures), head, own.stem, other.id, own.up)


@pytest.fixture(scope="session")
def without_lines(page: Read, tmp_path_factory: pytest.TempPathFactory) -> Read:
    """The page with one staff, the lower one of the second system, whose lines are not printed: it is not found."""
    picture, graph = page.pictures[0], page.readings[0].graph
    assert graph is not None
    staff = graph.staves[3]
    with Image.open(SONATA) as image:
        pixels = np.array(image.convert("L").resize((picture.width, picture.height), Image.Resampling.BOX))
    (_, left), (_, right) = picture.at(0, staff.left), picture.at(0, staff.right)
    for col in range(int(left) - 3, int(right) + 4):
        on_page = picture.on_page([0, col])[1]
        for line in staff.line_rows(on_page):
            row = int(picture.at(line, on_page)[0])
            run = pixels[row - 4:row + 5, col]
            if run[0] >= DARK and run[-1] >= DARK:  # nothing but the line is here
                run[:] = 255
    path = tmp_path_factory.mktemp("lost") / "lost.png"
    Image.fromarray(pixels).save(path)
    return read(path, path.parent)


@pytest.fixture(scope="module")
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


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens an address; at the end nothing may have gone wrong on the page: no error, and no breach of its policy."""
    troubles: list[str] = []
    contexts = []

    def open_(address: str, **options: Any) -> Any:
        context = browser.new_context(**{"viewport": DESK, "reduced_motion": "reduce"} | options)
        contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(PATIENCE_MS)
        tab.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: troubles.append(str(error)))
        tab.goto(address)
        settle(tab)
        return tab

    open_.troubles = troubles  # type: ignore[attr-defined]
    yield open_
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture
def review(page: Read, tmp_path: Path) -> Review:
    return page.review(tmp_path)


def notes_of(review: Review, index: int) -> list[dict[str, Any]]:
    """The notes of a measure, without rests."""
    return [n for n in measure(review, index)["notes"] if n["kind"] == "note"]


def center(item: dict[str, Any]) -> list[float]:
    """Where a note or rest is to be pointed at: pixels to one decimal, as the log writes them."""
    top, left, bottom, right = item["boxes"][0]
    return [round((top + bottom) / 2, 1), round((left + right) / 2, 1)]
