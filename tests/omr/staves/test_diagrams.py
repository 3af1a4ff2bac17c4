"""Chord diagrams: grids that stand alone are found wherever they stand, and a page with them has no notes in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omr
from omr.composing import compose
from omr.page.raster import load_page, normalise
from omr.pipeline import read_page
from omr.staves.diagrams import find_diagrams, rows_of_diagrams, without_diagrams
from omr.types import Box, DetectorMaps, Symbol

PAGES = Path(__file__).parents[2] / "data" / "othernotation"


@pytest.fixture(scope="module")
def detector() -> omr.Detector:
    return omr.load_detector()


def drawn(*grids: tuple[int, int, int, int, int, int], size: tuple[int, int] = (300, 600)) -> np.ndarray:
    """A page with grids: (top, left, lines down, lines across, columns between those, rows between these)."""
    page = np.full(size, 255, np.uint8)
    for top, left, down, across, cols, rows in grids:
        bottom, right = top + (across - 1) * rows, left + (down - 1) * cols
        for k in range(down):
            page[top : bottom + 1, left + k * cols] = 60
        for k in range(across):
            page[top + k * rows, left : right + 1] = 60
    return page


@settings(max_examples=40)
@given(top=st.integers(30, 150), left=st.integers(30, 500), strings=st.integers(4, 7), frets=st.integers(4, 6),
       cols=st.integers(6, 10), rows=st.integers(7, 12))
def test_a_grid_is_found_where_it_stands(top: int, left: int, strings: int, frets: int, cols: int, rows: int) -> None:
    (box,) = find_diagrams(drawn((top, left, strings, frets, cols, rows)))
    assert (box.top, box.left) == (top, left)
    assert (box.bottom, box.right) == (top + (frets - 1) * rows + 1, left + (strings - 1) * cols + 1)


@pytest.mark.parametrize("grid", [
    (100, 40, 6, 5, 100, 10),  # bars of a staff
    (100, 40, 2, 5, 30, 10),  # one bar of it
    (100, 40, 5, 3, 8, 10),  # too few frets
    (20, 40, 30, 20, 10, 10),  # graph paper
])
def test_other_grids_are_no_diagrams(grid: tuple[int, int, int, int, int, int]) -> None:
    assert find_diagrams(drawn(grid)) == []


def test_a_grid_in_a_staff_is_no_diagram() -> None:
    page = drawn((100, 200, 6, 5, 8, 10))
    page[100:141:10, 40:560] = 60
    assert find_diagrams(page) == []


def test_strokes_in_diagrams_are_blanked_and_no_others() -> None:
    maps = DetectorMaps(energy=np.zeros((40, 60)), class_prob=np.zeros((20, 30, 3)), box_size=np.zeros((40, 60, 4)),
                        strokes=np.ones((40, 60, 2), np.float32))
    blank = without_diagrams(maps, [Box(20, 40, 41, 60)]).strokes == 0
    assert blank[10:21, 20:30].all() and blank.sum() <= 2 * 12 * 11 and maps.strokes.all()
    assert without_diagrams(maps, []) is maps


def test_rows_name_what_was_seen_in_them() -> None:
    boxes = [Box(100, 300, 140, 340), Box(101, 50, 141, 90), Box(200, 50, 240, 90)]
    symbols = [Symbol(1, "noteheadBlack", Box(110, 60, 120, 70)), Symbol(2, "noteheadXBlack", Box(88, 60, 96, 68)),
               Symbol(3, "noteheadBlack", Box(145, 60, 153, 70)), Symbol(4, "fingering3", Box(153, 310, 163, 316)),
               Symbol(5, "fingering3", Box(100, 200, 110, 206))]
    upper, lower = rows_of_diagrams(boxes, symbols)
    assert upper.box == Box(100, 50, 141, 340) and upper.symbols == (1, 2, 4) and "2 chord diagrams" in upper.reason
    assert lower.box == boxes[2] and lower.symbols == () and "a chord diagram" in lower.reason


def test_an_engraved_page_has_its_staves_and_no_notes_from_diagrams(detector: omr.Detector) -> None:
    reading = read_page(normalise(load_page(PAGES / "diagrams.png", 1)), detector)
    assert reading.graph is not None and [len(s.staves) for s in reading.graph.systems] == [1, 1]
    score = compose([reading], "")
    assert sum(len(m.notes) for p in score.parts for m in p.measures) == 51
    rows = [d.message for d in score.doubts if "chord diagrams" in d.message]
    assert len(rows) == 2 and not [d for d in score.doubts if d.message.startswith("seen")]
