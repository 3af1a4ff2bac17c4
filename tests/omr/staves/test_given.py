"""A staff that a person pointed at."""

from __future__ import annotations

import numpy as np
import pytest

from omr.staves.given import staff_between

SPACE = 10.0


def drawn(rows: np.ndarray, darkness: int) -> np.ndarray:
    """A page of 200 x 600 pixels with five lines below each other. rows: (600,) of the middle one."""
    pixels = np.full((200, 600), 255, np.uint8)
    for col, row in enumerate(rows):
        for line in range(-2, 3):
            pixels[int(row + line * SPACE), col] = 255 - darkness
    return pixels


@pytest.mark.parametrize("darkness", [255, 60])
def test_bent_and_faint_lines_are_found_beside_the_place(darkness: int) -> None:
    course = 100 + 6 * np.sin(np.arange(600) / 150)
    staff = staff_between(drawn(course, darkness), (course[20] + 5, 20.0), (course[580] - 4, 580.0), SPACE)
    for col in range(30, 580, 25):
        found = staff.row(0, col)
        assert found == pytest.approx(int(course[col]) + 0.5, abs=1.0)
    assert staff.space_px == pytest.approx(SPACE, abs=0.3)


def test_lines_are_straight_where_there_is_no_ink() -> None:
    blank = np.random.default_rng(1).integers(246, 256, (200, 600)).astype(np.uint8)
    staff = staff_between(blank, (90, 20), (110, 580), SPACE)
    assert np.allclose(staff.lines[2], np.linspace(90, 110, staff.lines.shape[1]))
    assert staff.space_px == SPACE


@pytest.mark.parametrize(("start", "end"), [((100, 20), (100, 50)), ((10, 20), (10, 500)), ((100, 20), (100, 700))])
def test_what_is_no_staff_is_refused(start: tuple[float, float], end: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="staff"):
        staff_between(np.full((200, 600), 255, np.uint8), start, end, SPACE)
