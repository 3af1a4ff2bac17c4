"""Two pages on one sheet are read one after the other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

import omr
from omr.page.raster import load_page
from omr.staves.tracing import in_order
from omr.types import Staff

EXAMPLE = Path(__file__).parents[3] / "examples" / "minuet.png"


def _notes(score: omr.Score) -> list[list[tuple[str, int, float]]]:
    return [[(n.pitch.step, n.pitch.octave, float(n.onset_quarter)) for n in m.notes] for m in score.parts[0].measures]


def test_a_spread_reads_as_its_two_pages(tmp_path: Path) -> None:
    page = load_page(EXAMPLE, 1).pixels[:1170]  # three systems, on half a sheet
    cv2.imwrite(str(tmp_path / "page.png"), page)
    cv2.imwrite(str(tmp_path / "spread.png"), np.hstack([page, page]))
    detector = omr.load_detector()
    spread = omr.scan(tmp_path / "spread.png", detector=detector, languages=())
    assert _notes(spread) == _notes(omr.scan([tmp_path / "page.png"] * 2, detector=detector, languages=()))


def _staff(top: float, left: float, right: float) -> Staff:
    lines = np.repeat(np.arange(5.0)[:, None] * 10 + top, 2, axis=1)
    return Staff(index=0, system=0, left=left, right=right, lines=lines)


def _order(*staves: Staff) -> list[int]:
    """Which of the staves, by its place in the call, stands first, second ..."""
    marked = [replace(s, system=i) for i, s in enumerate(staves)]
    return [s.system for s in in_order(marked)]


def test_a_spread_is_read_page_by_page_and_a_page_row_by_row() -> None:
    rows = [_staff(top, left, left + 400) for top in (0, 100, 200) for left in (0, 500)]
    assert _order(*rows) == [0, 2, 4, 1, 3, 5]
    high = [_staff(top, left, left + 400) for top in (0, 600, 1200) for left in (0, 500)]
    assert _order(*high) == [0, 1, 2, 3, 4, 5]  # exercises in two columns on an upright page
    assert _order(*rows[:4], _staff(300, 0, 900)) == [0, 1, 2, 3, 4]  # a staff that crosses the gutter
    assert _order(_staff(0, 500, 900), _staff(3, 0, 400)) == [1, 0]  # one row
