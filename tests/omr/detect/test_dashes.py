"""Octave lines are followed from dash to dash, and nothing else is taken for one."""

from __future__ import annotations

import numpy as np
import pytest

from omr.detect.dashes import follow_dashes, with_eights
from omr.types import Box, Symbol

SIGN = Symbol(0, "ottava", Box(93, 50, 107, 62))


def page(*dashes: tuple[int, int, int]) -> np.ndarray:
    """A page with dashes of 3 px, each from a column to a column, at a row."""
    pixels = np.full((200, 900), 255, np.uint8)
    for left, right, row in dashes:
        pixels[row - 1 : row + 2, left:right] = 0
    return pixels


def row_of_dashes(first: int, count: int, step: int = 20, tilt: float = 0.0) -> list[tuple[int, int, int]]:
    return [(first + i * step, first + i * step + 11, 100 + round(tilt * i)) for i in range(count)]


@pytest.mark.parametrize("tilt", [0.0, 0.4, -0.4])
def test_a_line_ends_with_its_last_dash(tilt: float) -> None:
    line, = follow_dashes([SIGN], page(*row_of_dashes(70, 30, tilt=tilt)), first_id=7)
    assert (line.id, line.kind) == (7, "bracket")
    assert (line.points[0][1], line.points[-1][1]) == (70, 70 + 29 * 20 + 11)
    assert line.points[-1][0] - line.points[0][0] == pytest.approx(29 * tilt, abs=1)


def test_a_dash_that_another_sign_touches_is_bridged() -> None:
    dashes = row_of_dashes(70, 12)
    pixels = page(*dashes[:5], *dashes[6:])
    pixels[70:101, dashes[5][0] + 4 : dashes[5][0] + 7] = 0  # a stem ends on the missing one
    line, = follow_dashes([SIGN], pixels)
    assert line.points[-1][1] == dashes[-1][1]


def test_the_line_of_another_sign_farther_right_is_not_its_own() -> None:
    line, = follow_dashes([SIGN], page(*row_of_dashes(70, 5), *row_of_dashes(250, 5)))
    assert line.points[-1][1] == 70 + 4 * 20 + 11


@pytest.mark.parametrize("pixels", [
    page(),
    page((70, 81, 100), (90, 101, 100)),  # two dashes
    page((70, 400, 100)),  # a staff line
    page(*((left, right, row + 15) for left, right, row in row_of_dashes(70, 10))),  # at another height
    page(*row_of_dashes(120, 10)),  # too far from the sign
])
def test_without_dashes_there_is_no_line(pixels: np.ndarray) -> None:
    assert follow_dashes([SIGN], pixels) == []


def test_a_sign_at_the_edge_of_the_page_is_no_error() -> None:
    signs = [Symbol(0, "ottava", Box(-5, 880, 9, 905)), Symbol(1, "ottava", Box(195, 10, 210, 22))]
    assert follow_dashes(signs, page(*row_of_dashes(70, 10))) == []


@pytest.mark.parametrize(("dashes", "top", "name"), [
    (8, 93, "ottava"), (3, 93, "fingering3"), (8, 96, "fingering3")], ids=["eight", "few dashes", "small"])
def test_a_large_digit_that_a_row_of_dashes_follows_is_an_octave_sign(dashes: int, top: int, name: str) -> None:
    digits = [Symbol(0, "fingering3", Box(top, 50, 107, 62), 0.5), Symbol(1, "fingering3", Box(150, 50, 164, 60))]
    assert [s.name for s in with_eights(digits, page(*row_of_dashes(70, dashes)))] == [name, "fingering3"]
