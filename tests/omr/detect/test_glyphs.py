"""Glyphs that stand for several signs. Staff space 10 px."""

from __future__ import annotations

import numpy as np
import pytest

from omr.detect.glyphs import Found, Sizes, named, taken_apart
from omr.detect.outlines import bounds
from omr.page.vectors import Contours

BAR = np.array([(100, 100), (112, 100), (112, 101.6), (100, 101.6)], float)
DOT = 2.0 * np.array([(np.cos(a), np.sin(a)) for a in np.linspace(0, 2 * np.pi, 24)]) + (106, 106)
NATURAL = [np.array([(0, 0), (1, 0), (1, 8.5), (6.5, 7), (6.5, 27), (5.5, 27), (5.5, 18.5), (0, 20)], float),
           np.array([(1, 12), (1, 16.5), (5.5, 15), (5.5, 10.5)], float)]
SHARP = [np.array([(0, 9.5), (2, 9), (2, 1), (3, 1), (3, 8.5), (5.5, 7.5), (5.5, 0), (6.5, 0), (6.5, 7), (8, 6.5),
                   (8, 10), (6.5, 10.5), (6.5, 17), (8, 16.5), (8, 20), (6.5, 20.5), (6.5, 27), (5.5, 27), (5.5, 21),
                   (3, 22), (3, 28), (2, 28), (2, 22.5), (0, 23), (0, 19.5), (2, 19), (2, 12.5), (0, 13)], float),
         np.array([(3, 12), (3, 18.5), (5.5, 17.5), (5.5, 11)], float)]
SQUIGGLE = np.array([(100, 110), (108, 104), (112, 118), (103, 121), (111, 128)], float)


def found(contours: Contours, name: str = "") -> Found:
    return Found(name, bounds(contours), 1.0, 0.5, contours)


def test_a_line_and_a_dot_in_one_glyph_are_two_articulations() -> None:
    parts = taken_apart(found([BAR, DOT]))
    assert [(p.name, round(p.edges[1])) for p in parts] == [("articTenuto", 100), ("articStaccato", 104)]


def test_a_glyph_of_which_a_part_is_no_articulation_stays_whole() -> None:
    for whole in (found([BAR, SQUIGGLE]), found([BAR]), found([BAR, DOT], "fermataAbove")):
        assert taken_apart(whole) == [whole]


@pytest.mark.parametrize("is_up", [True, False])
def test_the_head_of_a_longa_is_as_high_as_its_side_without_a_stem(is_up: bool) -> None:
    outline = np.array([(0, 0), (24, 0), (24, 43), (22, 43), (22, 14), (0, 14)], float)
    if is_up:
        outline = outline * [1, -1] + [0, 43]
    (name, (_, top, _, bottom)), = named(found([outline], "noteheadLonga"), Sizes([]))
    assert (name, top, bottom) == ("noteheadLonga", *((29, 43) if is_up else (0, 14)))


def test_a_natural_and_a_sharp_in_one_glyph_are_the_sharp() -> None:
    """As fonts of SMuFL have them for a sharp after a double sharp."""
    (part,) = taken_apart(found([*NATURAL, *[contour + [9, 0] for contour in SHARP]]))
    assert (part.name, round(part.edges[0])) == ("accidentalSharp", 9)
    other = found([*SHARP, *[contour + [12, 0] for contour in NATURAL]])
    assert taken_apart(other) == [other]
