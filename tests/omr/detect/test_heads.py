"""Heads of uncertain kind are named by the ink within them, however dark the page."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from omr.detect.heads import (
    part_thirds,
    settle_heads,
    without_bars,
    without_grace_beams,
    without_narrow,
    without_strays,
)
from omr.types import Box, Symbol


def _page(ink: int, kinds: list[tuple[str, bool, float]]) -> tuple[np.ndarray, list[Symbol]]:
    """A row of heads: the name that the detector gives, whether it is drawn filled, the score. ink: its grey."""
    pixels = np.full((40, 20 + 20 * len(kinds)), 255, np.uint8)
    symbols = []
    for i, (name, filled, score) in enumerate(kinds):
        col = 20 + 20 * i
        cv2.ellipse(pixels, (col, 20), (6, 5), -20, 0, 360, ink, -1 if filled else 2)
        symbols.append(Symbol(i, name, Box(15, col - 6.5, 26, col + 7), score))
    return pixels, symbols


@pytest.mark.parametrize("ink", [0, 60, 110])
def test_ink_decides_what_the_detector_does_not_know(ink: int) -> None:
    sure = [("noteheadBlack", True, 0.99)] * 10
    asked = [("noteheadBlack", False, 0.8), ("noteheadBlack", True, 0.8), ("noteheadHalf", True, 0.6),
             ("noteheadHalf", False, 0.6), ("noteheadBlackSmall", False, 0.7), ("noteheadXBlack", False, 0.7)]
    pixels, symbols = _page(ink, sure + asked)
    assert [s.name for s in settle_heads(symbols, pixels)[10:]] == [
        "noteheadHalf", "noteheadBlack", "noteheadBlack", "noteheadHalf", "noteheadHalfSmall", "noteheadXBlack"]


def test_what_the_detector_is_sure_of_stays() -> None:
    pixels, symbols = _page(0, [("noteheadBlack", False, 0.97), ("noteheadHalf", False, 0.96)])
    assert settle_heads(symbols, pixels) == symbols


@pytest.mark.parametrize("ink", [0, 100, 150])
def test_without_a_hole_no_head_is_hollow_however_pale_and_sure(ink: int) -> None:
    sure = [("noteheadBlack", True, 0.99)] * 10
    pixels, symbols = _page(0, sure)
    faded, asked = _page(ink, [*sure, ("noteheadHalf", True, 0.97), ("noteheadHalf", True, 0.9),
                               ("noteheadHalf", False, 0.9)])
    pixels = np.hstack([pixels[:, :210], cv2.GaussianBlur(faded, (0, 0), 1.2)[:, 210:]])
    assert [s.name for s in settle_heads([*symbols, *asked[10:]], pixels)[10:]] == [
        "noteheadBlack", "noteheadBlack", "noteheadHalf"]


def test_a_head_at_the_edge_is_no_error() -> None:
    pixels = np.full((10, 10), 255, np.uint8)
    head = Symbol(0, "noteheadBlack", Box(-30, -30, -20, -20), 0.5)
    assert settle_heads([head], pixels) == [head]


def test_heads_in_a_heavy_barline_are_none_and_those_of_a_chord_in_thirds_are() -> None:
    pixels = np.full((140, 120), 255, np.uint8)
    pixels[15:125, 20:30] = 0
    heads = []
    for row in (30, 60, 118):
        heads.append(Symbol(len(heads), "noteheadBlack", Box(row - 5, 19.4, row + 5, 30.6)))
    for row in (30, 40, 50, 60, 70):
        cv2.ellipse(pixels, (70, row), (7, 5), -25, 0, 360, 0, -1)
        heads.append(Symbol(len(heads), "noteheadBlack", Box(row - 5.5, 63, row + 5.5, 77)))
    pixels[30:130, 76:78] = 0  # their stem
    heads.append(Symbol(len(heads), "augmentationDot", Box(50, 22, 54, 26)))
    heads.append(Symbol(len(heads), "noteheadBlack", Box(135, 115, 150, 130)))  # over the page's edge
    assert [s.id for s in without_bars(heads, pixels)] == [3, 4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize("up", [True, False])
def test_the_beams_of_grace_notes_are_no_half_note(up: bool) -> None:
    def box(top: float, left: float, height: float, width: float) -> Box:
        top = top if up else 200 - top - height
        return Box(top, left, top + height, left + width)

    first, second = box(120, 50, 7, 6.5), box(116, 60, 7, 6.5)
    edge = 6.5 if up else 0.0  # stems stand at the right of their heads, or hang at the left
    symbols = [
        Symbol(0, "noteheadBlackSmall", first), Symbol(1, "noteheadBlackSmall", second),
        Symbol(2, "noteheadHalf", box(98, 50 + edge, 9, 10.5)),  # the beams
        Symbol(3, "noteheadHalf", box(100, 75, 10, 13)),  # the note that follows
        Symbol(4, "noteheadBlack", box(98, 50 + edge, 9, 10.5)),  # filled and sure
        Symbol(5, "noteheadHalf", box(40, 50 + edge, 9, 10.5)),  # farther away than a grace note's stem is long
    ]
    assert [s.id for s in without_grace_beams(symbols)] == [0, 1, 3, 4, 5]
    assert [s.id for s in without_grace_beams(symbols[1:])] == [1, 2, 3, 4, 5]  # its first small head was not seen
    assert [s.id for s in without_grace_beams([symbols[0], *symbols[2:]])] == [0, 3, 4, 5]  # its second was not
    unsure = Symbol(4, "noteheadBlack", box(98, 50 + edge, 9, 12), 0.83)  # beams that ran into one another
    assert [s.id for s in without_grace_beams([*symbols[:2], unsure])] == [0, 1]
    assert [s.id for s in without_grace_beams([symbols[0], unsure])] == [0, 4]


@pytest.mark.parametrize("sure", [True, False])
def test_heads_of_unusual_shapes_count_where_one_is_sure(sure: bool) -> None:
    heads = [Symbol(0, "noteheadSlash", Box(0, 0, 10, 12), 0.6), Symbol(1, "noteheadBlack", Box(0, 20, 10, 32), 0.6),
             Symbol(2, "noteheadSlashWhite", Box(0, 40, 10, 52), 0.95 if sure else 0.85),
             Symbol(3, "noteheadXBlack", Box(0, 60, 10, 72), 0.8)]
    assert [s.id for s in without_strays(heads)] == ([0, 1, 2] if sure else [1])


def _stack(rows: list[int], *, lines: list[int]) -> np.ndarray:
    """Hollow heads in one column at these rows, on a stem, with lines through the page at others: 10 pixels a space."""
    pixels = np.full((120, 80), 255, np.uint8)
    for row in rows:
        cv2.ellipse(pixels, (40, row), (6, 5), -30, 0, 360, 0, 2)
    pixels[10:rows[0], 46:48] = 0
    for row in lines:
        pixels[row:row + 2] = 0
    return pixels


@pytest.mark.parametrize("name", ["noteheadHalf", "noteheadWhole"])
@pytest.mark.parametrize("lines", [[], [35, 45, 55, 65, 75], [40, 50, 60, 70, 80]])
def test_a_hollow_head_seen_between_two_in_a_third_is_two(lines: list[int], name: str) -> None:
    pixels = _stack([50, 60, 70], lines=lines)
    lowest, between = (replace(_hollow(i, row), name=name) for i, row in enumerate((70, 55)))
    parted = part_thirds([lowest, between], pixels, first_id=7)
    assert parted[0] == lowest
    assert [(s.id, s.name) for s in parted[1:]] == [(1, name), (7, name)]
    assert [s.box.center[0] for s in parted[1:]] == pytest.approx([50, 60], abs=2)


@pytest.mark.parametrize("lines", [[], [45, 55], [50, 60], [40, 50]])
def test_hollow_heads_that_were_seen_where_they_are_stay(lines: list[int]) -> None:
    for rows in ([50], [50, 60], [50, 70], [40, 50, 60]):
        heads = [_hollow(i, row) for i, row in enumerate(rows)]
        assert part_thirds(heads, _stack(rows, lines=lines), first_id=9) == heads


def test_a_hollow_head_beside_another_of_a_second_stays() -> None:
    pixels = _stack([50], lines=[])
    cv2.ellipse(pixels, (51, 57), (6, 5), -30, 0, 360, 0, 2)
    heads = [_hollow(0, 50), replace(_hollow(1, 57), name="noteheadWhole", box=Box(51, 44.5, 63, 58))]
    assert part_thirds(heads, pixels, first_id=9) == heads


def _hollow(id_: int, row: int) -> Symbol:
    """A hollow head in the column of a stack, as the detector gives it."""
    return Symbol(id_, "noteheadHalf", Box(row - 6, 33.5, row + 6, 47), 0.9)


def test_an_unsure_hollow_head_that_is_narrower_than_all_others_is_a_digit() -> None:
    filled = [Symbol(i, "noteheadBlack", Box(0, 20 * i, 11, 20 * i + 13), 0.99) for i in range(8)]
    two, head, sure, rest = (
        Symbol(8, "noteheadHalf", Box(30, 0, 40, 10.4), 0.7), Symbol(9, "noteheadHalf", Box(30, 20, 41, 33), 0.7),
        Symbol(10, "noteheadHalf", Box(30, 40, 41, 50.4), 0.92), Symbol(11, "restHalf", Box(30, 60, 41, 70), 0.7))
    assert without_narrow([*filled, two, head, sure, rest]) == [*filled, head, sure, rest]
    assert without_narrow([*filled[:7], two]) == [*filled[:7], two]  # too few heads to know their width
