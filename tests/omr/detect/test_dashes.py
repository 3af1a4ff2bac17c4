"""Octave lines are followed from dash to dash, and nothing else is taken for one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from omr.detect.dashes import follow_dashes, lost_eights, with_eights
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


# ---- plain eights that were missed -------------------------------------------------------------------------------


def page_with_row(pieces: int, length: float, step: float, uneven: float = 0, bowls: int = 2) -> np.ndarray:
    """A page (100, 500): what stands before a row of so many pieces of a length, in pixels, at a distance, and the row.
    uneven: how much farther away every second one is. bowls: how many circles stand over one another before it."""
    pixels = np.full((100, 500), 255, np.uint8)
    for bowl in range(bowls):
        cv2.circle(pixels, (40, 46 + 8 * bowl), 4, 0, 2)
    for i in range(pieces):
        left = round(52 + i * step + uneven * (i % 2))
        pixels[50:52, left:round(left + length)] = 0
    return pixels


@pytest.mark.parametrize(("row", "right"), [((10, 8, 15), 195), ((12, 2, 6), 120)])  # dashes, dots
@pytest.mark.parametrize("digit", [None, "fingering3"])
def test_an_eight_before_an_even_row_is_an_octave_sign(
    row: tuple[int, float, float], right: float, digit: str | None,
) -> None:
    other = Symbol(2, "fingering1", Box(10, 100, 22, 108), 0.9)
    symbols = [other] if digit is None else [other, Symbol(1, digit, Box(42, 34, 58, 46), 0.9)]
    kept, signs, lines = lost_eights(symbols, page_with_row(*row), 7)
    assert kept == [other]
    assert [(s.id, s.name) for s in signs] == [(7, "ottava")] and signs[0].box.iou(Box(41, 35, 60, 46)) > 0.8
    assert [(s.id, s.kind, s.points[0][1], s.points[-1][1]) for s in lines] == [(8, "bracket", 52, right)]


@pytest.mark.parametrize("pixels", [
    page_with_row(4, 8, 15), page_with_row(7, 2, 6),  # too few
    page_with_row(10, 8, 15, uneven=4),  # pieces of a broken line, or of a trill's
    page_with_row(10, 8, 15, bowls=1), page_with_row(10, 8, 15, bowls=3), page_with_row(10, 8, 15, bowls=0),
])
def test_anything_else_before_a_row_is_no_octave_sign(pixels: np.ndarray) -> None:
    assert lost_eights([], pixels, 0) == ([], [], [])


def test_an_eight_that_is_known_is_not_found_again() -> None:
    known = [Symbol(1, "ottava", Box(42, 34, 58, 46), 0.9)]
    assert lost_eights(known, page_with_row(10, 8, 15), 7) == (known, [], [])


@pytest.mark.parametrize(("hidden", "last"), [((3,), 19), ((3, 4), 19), ((4, 9, 10, 11), 19), ((6, 7, 8, 9), 5)])
def test_an_even_row_goes_on_behind_pieces_that_a_slur_hides(hidden: tuple[int, ...], last: int) -> None:
    """Beethoven, op. 101, first movement, measure 46: a slur runs through the fourth dash of its row. Where more than
    three are missing, the row ends."""
    pixels = page_with_row(20, 8, 15)
    for i in hidden:
        pixels[50:52, 52 + 15 * i:60 + 15 * i] = 255
    line, = lost_eights([], pixels, 7)[2]
    assert (line.points[0][1], line.points[-1][1]) == (52, 60 + 15 * last)


def test_an_eight_whose_bowl_is_closed_by_pale_ink_only() -> None:
    """The 8 of Beethoven, op. 101, first movement, measure 46, as it was scanned: its upper bowl is open at 128."""
    rows = """
        255 226 167 124 129 152 176 151 111 147 213 250
        216 124 48 61 128 179 207 145 37 28 96 189
        146 29 12 124 239 255 255 228 126 26 11 115
        90 4 15 138 250 255 255 254 182 55 0 74
        66 0 7 78 174 227 251 252 181 57 0 75
        84 2 0 13 52 109 164 164 97 27 10 113
        134 22 0 0 0 10 40 41 10 11 78 187
        207 90 10 0 0 0 0 0 0 15 127 240
        248 142 21 0 0 0 0 0 0 4 84 205
        206 91 11 23 62 77 51 12 1 0 25 130
        116 19 25 111 189 205 178 117 42 0 0 55
        67 0 68 195 255 255 255 228 113 11 0 22
        96 4 77 205 255 255 255 247 138 17 0 51
        160 39 38 120 202 238 231 189 84 6 18 115
        224 141 59 35 75 111 103 66 19 36 113 199
        255 234 182 121 74 58 43 44 97 164 223 251"""
    eight = np.array([[int(v) for v in row.split()] for row in rows.strip().splitlines()], np.uint8)
    pixels = page_with_row(10, 8, 15, bowls=0)
    pixels[43:59, 36:48] = eight
    assert [s.name for s in lost_eights([], pixels, 7)[1]] == ["ottava"]
