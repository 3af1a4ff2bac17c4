"""A page made by hand, and a detector that knows it: the pipeline without engraver or network. MusicXML's schema."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from lxml import etree

from omr.detect.vectorise import draw
from omr.detect.watershed import encode, targets_to_maps
from omr.types import Box, DetectorMaps, Page, Stroke, Symbol

SCHEMA_FOLDER = Path(__file__).parents[1] / "data" / "musicxml"
HEIGHT, WIDTH = 480, 640
LEFT, RIGHT = 40.0, 600.0


@dataclass(frozen=True, eq=False)
class HandMadePage:
    """Two systems of one staff; each has a G clef (4/4 in the first) and two measures of four quarter notes C5."""

    page: Page
    symbols: tuple[Symbol, ...]
    strokes: tuple[Stroke, ...]

    def detect(self, pixels: np.ndarray) -> DetectorMaps:
        targets = encode(self.symbols, (HEIGHT, WIDTH))
        return targets_to_maps(targets, draw(self.strokes, (HEIGHT, WIDTH)).astype(np.float32) / 255)


def _make(tops: tuple[float, ...] = (100.0, 300.0), clefs: bool = True, heads: bool = True) -> HandMadePage:
    symbols: list[Symbol] = []
    strokes: list[Stroke] = []

    def symbol(name: str, row: float, col: float, height: float, width: float) -> None:
        box = Box(row - height / 2, col - width / 2, row + height / 2, col + width / 2)
        symbols.append(Symbol(len(symbols), name, box))

    def stroke(kind: str, *points: tuple[float, float], thickness: float = 2.0) -> None:
        strokes.append(Stroke(1000 + len(strokes), kind, points, thickness))  # type: ignore[arg-type]

    for number, top in enumerate(tops):
        for k in range(5):
            stroke("staffLine", (top + 10 * k, LEFT), (top + 10 * k, RIGHT))
        for col in (320.0, RIGHT - 1):
            stroke("barline", (top, col), (top + 40, col))
        if clefs:
            symbol("gClef", top + 24, LEFT + 18, 70, 25)
        if number == 0:
            symbol("timeSig4", top + 10, LEFT + 50, 19, 16)
            symbol("timeSig4", top + 30, LEFT + 50, 19, 16)
        if heads:
            for col in (130, 175, 220, 265, 365, 410, 455, 500):
                symbol("noteheadBlack", top + 15, float(col), 10, 13)
                stroke("stem", (top + 16, col - 6.0), (top + 50, col - 6.0))
    pixels = np.full((HEIGHT, WIDTH), 255, np.uint8)
    for s in strokes:
        box = s.box
        pixels[int(box.top) : int(np.ceil(box.bottom)), int(box.left) : int(np.ceil(box.right))] = 0
    page = Page(pixels, 0, 300.0, "hand-made", np.eye(2, 3))
    return HandMadePage(page, tuple(symbols), tuple(strokes))


@pytest.fixture
def hand_made() -> HandMadePage:
    return _make()


@pytest.fixture
def hand_made_without_clefs() -> HandMadePage:
    return _make(clefs=False)


@pytest.fixture
def hand_made_empty() -> HandMadePage:
    """Staves and bar lines, and nothing else that a reader could use."""
    return _make(clefs=False, heads=False)


class _LocalImports(etree.Resolver):
    """The schema imports two others by http; both are here."""

    def resolve(self, url: str, pubid: str | None, context: object) -> object:
        return self.resolve_filename(str(SCHEMA_FOLDER / url.rsplit("/", 1)[-1]), context)


@pytest.fixture(scope="session")
def schema() -> etree.XMLSchema:
    parser = etree.XMLParser()
    parser.resolvers.add(_LocalImports())
    return etree.XMLSchema(etree.parse(str(SCHEMA_FOLDER / "musicxml-4.0.xsd"), parser))
