"""Chord diagrams of drawn pages, from lines and letters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from omr.detect.fretboards import find_grids, read_fretboards
from omr.detect.glyphs import Letter
from omr.detect.pieces import Line, Pieces, Shape

LEFT, TOP, GAP = 100.0, 50.0, 10.0
WIDTH = 600.0


def line(ax: float, ay: float, bx: float, by: float, thickness: float = 0.5) -> Line:
    return Line((ax, ay), (bx, by), thickness, 0)


def dot(string: int, fret: float, size: float = 6.0) -> Shape:
    """A dot on a string, counted from 0 at the left, and a fret, counted from 1."""
    x, y = LEFT + string * GAP, TOP + (fret - 0.5) * GAP
    return Shape([np.array([(x - size / 2, y - size / 2), (x + size / 2, y - size / 2), (x + size / 2, y + size / 2)])],
                 ("ccc",), 0)


def letter(text: str, x: float, y: float) -> Letter:
    edges = (x - 3, y - 4, x + 3, y + 4)
    return Letter(text, edges, (x - 3, y + 4), (7.0, 0.0), 10.0, 0, 0)


def diagram(strings: int = 6, frets: int = 5) -> Pieces:
    right, bottom = LEFT + (strings - 1) * GAP, TOP + (frets - 1) * GAP
    level = [line(LEFT, TOP + i * GAP, right, TOP + i * GAP, 2.0 if i == 0 else 0.5) for i in range(frets)]
    upright = [line(LEFT + i * GAP, TOP, LEFT + i * GAP, bottom) for i in range(strings)]
    return Pieces((*level, *upright), (), ())


def said(pieces: Pieces, *letters: Letter) -> list[tuple[int, int, int, dict[int, int]]]:
    grids, left = find_grids(pieces, WIDTH)
    assert not grids or not left.shapes
    return [(b.strings, b.frets, b.first, {n.string: n.fret for n in b.notes})
            for b in read_fretboards(grids, letters)[0]]


def over(signs: str) -> list[Letter]:
    return [letter(sign, LEFT + i * GAP, TOP - 7) for i, sign in enumerate(signs) if sign != " "]


def test_a_chord_of_c_is_read() -> None:
    pieces = replace(diagram(), shapes=(dot(1, 3), dot(2, 2), dot(4, 1)))
    assert said(pieces, *over("x  o o")) == [(6, 4, 1, {5: 3, 4: 2, 3: 0, 2: 1, 1: 0})]


@pytest.mark.parametrize("number, x, y", [
    ("5", 160.0, TOP + 5),      # right of the upper fret
    ("5", 90.0, TOP + 5),       # left of it
    ("v", 160.0, TOP + 9),      # as low as LilyPond has it
    ("6", 160.0, TOP + 15),     # beside the second fret
])
def test_a_number_says_which_fret_is_the_first(number: str, x: float, y: float) -> None:
    pieces = replace(diagram(), shapes=(dot(0, 1), dot(5, 2)))
    assert said(pieces, letter(number, x, y)) == [(6, 4, 5, {6: 5, 1: 6})]


def test_one_finger_may_hold_several_strings() -> None:
    bar = line(LEFT, TOP + 5, LEFT + 5 * GAP, TOP + 5, 4.0)
    pieces = replace(diagram(), shapes=(dot(1, 3), dot(2, 3), dot(3, 2)))
    (grid,), _ = find_grids(replace(pieces, lines=(*pieces.lines, bar)), WIDTH)
    (board,), _ = read_fretboards([grid], [])
    assert [(n.string, n.fret, n.barre) for n in board.notes] == [
        (6, 1, "start"), (5, 3, ""), (4, 3, ""), (3, 2, ""), (2, 1, ""), (1, 1, "stop")]


def test_letters_of_a_diagram_are_no_words() -> None:
    grids, left = find_grids(diagram(), WIDTH)
    name, sign = letter("C", LEFT + 25, TOP - 30), letter("x", LEFT, TOP - 7)
    assert read_fretboards(grids, [name, sign])[1] == {id(sign)}
    assert left == Pieces((), (), ())


def test_a_bar_of_a_staff_and_uneven_lines_are_no_diagrams() -> None:
    staff = diagram()
    few = replace(staff, lines=tuple(each for each in staff.lines if not each.is_upright or each.a[0] in (100, 150)))
    uneven = replace(staff, lines=tuple(
        replace(each, a=(each.a[0] + 4, each.a[1]), b=(each.b[0] + 4, each.b[1]))
        if each.is_upright and each.a[0] == 120 else each for each in staff.lines))
    for pieces in (few, uneven):
        assert find_grids(pieces, WIDTH) == ([], pieces)
