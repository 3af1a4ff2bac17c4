"""What the lines of a drawn page are, by where they stand."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from omr.detect.drawnlines import LineReader, Strokes
from omr.detect.pieces import Line, Ruled

STAFF = Ruled((100.0, 110.0, 120.0, 130.0, 140.0), 50.0, 500.0, 1.0, ())


def line(left: float, top: float, right: float, bottom: float, thickness: float) -> Line:
    return Line((left, top), (right, bottom), thickness, 0)


def kinds(heads: list[tuple[float, float]], lines: list[Line]) -> Counter[str]:
    """What lines over a staff are. heads: (column of the left edge, row of the middle) of noteheads 13 px wide."""
    edges = np.array([(left, row - 5.0, left + 13.0, row + 5.0) for left, row in heads])
    found: Strokes = LineReader([STAFF], edges, np.zeros((0, 4))).read(lines, [], [])
    return Counter(kind for kind, _, _ in found.strokes)


@pytest.mark.parametrize("thickness", [1.6, 3.4])
def test_a_ledger_line_reaches_over_its_head_however_thick_it_is(thickness: float) -> None:
    stem = line(200.5, 80, 200.5, 115, 1.2)
    ledgers = [line(195, row, 218, row, thickness) for row in (90, 80)]
    assert kinds([(200, 80)], [stem, *ledgers]) == {"stem": 1, "ledgerLine": 2}


def test_a_thin_beam_over_a_head_ends_at_its_stems() -> None:
    stems = [line(left + 12.5, 90, left + 12.5, row, 1.2) for left, row in ((200, 124), (230, 114), (260, 124))]
    beam = line(212, 90, 273, 90, 3.0)
    assert kinds([(200, 125), (230, 115), (260, 125)], [*stems, beam]) == {"stem": 3, "beam": 1}
