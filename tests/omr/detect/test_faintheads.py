"""Faint noteheads are read if a stem ends at them, or if another notehead of their chord is above or below them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from omr.detect.faintheads import LEAST, believed, faint_heads
from omr.types import Box, Stroke, Symbol

UP = Stroke(9, "stem", ((65.0, 62.0), (100.0, 62.0)), 1.2)
"""A stem at the right edge of a notehead at row 100, column 50."""


def head(row: float = 100, left: float = 50, width: float = 12, name: str = "noteheadBlack") -> Symbol:
    return Symbol(1, name, Box(row - 5, left, row + 5, left + width), 0.35)


def page(*heads: Symbol) -> np.ndarray:
    """Paper with the ink of noteheads."""
    pixels = np.full((200, 200), 255, np.uint8)
    for box in (h.box for h in heads):
        pixels[int(box.top):int(box.bottom), int(box.left):int(box.right)] = 0
    return pixels


def test_a_broken_head_is_one_of_the_usual_shape() -> None:
    broken = head(name="noteheadDiamondBlack")
    assert [s.name for s in faint_heads([broken], [], page(broken))] == ["noteheadBlack"]
    assert set(LEAST) >= {"noteheadBlack", "noteheadHalf", broken.name}


def test_what_was_seen_as_something_else_or_has_no_ink_is_none() -> None:
    faint = head()
    assert not faint_heads([faint], [Symbol(2, "fingering2", Box(94, 51, 106, 60))], page(faint))
    assert not faint_heads([faint], [], page())
    assert not faint_heads([head(width=4)], [], page(faint))
    assert not faint_heads([replace(faint, name="augmentationDot")], [], page(faint))


@pytest.mark.parametrize(("stem", "held"), [
    (UP, True),
    (replace(UP, points=((65.0, 50.0), (100.0, 50.0))), False),  # at the left edge stems hang down
    (replace(UP, points=((100.0, 50.0), (135.0, 50.0))), True),
    (replace(UP, points=((65.0, 62.0), (130.0, 62.0))), False),  # it passes by
    (replace(UP, points=((88.0, 62.0), (100.0, 62.0))), False),  # no stem is so short
    (replace(UP, kind="barline"), False),
])
def test_a_faint_head_stands_at_the_end_of_a_stem(stem: Stroke, held: bool) -> None:
    assert bool(believed([head()], [], [stem])) == held


@pytest.mark.parametrize(("row", "left", "width", "name", "held"), [
    (120, 50, 12, "noteheadBlack", True), (110, 51, 12, "noteheadBlack", True),
    (120, 57, 12, "noteheadBlack", False), (130, 50, 12, "noteheadBlack", False),
    (120, 50, 9, "noteheadBlack", False), (120, 50, 12, "noteheadHalf", False),
])
def test_a_faint_head_continues_the_column_of_another(
    row: float, left: float, width: float, name: str, held: bool
) -> None:
    """Directly above a notehead. A digit of a fingering would be narrower."""
    assert bool(believed([head(row, left, width, name)], [replace(head(), id=2, score=1.0)], [])) == held


def test_what_overlaps_a_head_of_its_column_is_none() -> None:
    """As a ledger line between two heads of a chord: it is as wide as they are, and its stem goes on (Joplin)."""
    above, below = replace(head(row=83), id=2), replace(head(row=105), id=3)
    assert not believed([head()], [above, below], [UP])
    assert believed([head()], [above], [UP])


@pytest.mark.parametrize(("row", "held"), [(98.0, False), (70.0, True)])
def test_what_lies_on_a_beam_is_none(row: float, held: bool) -> None:
    """As the end of a second beam, which is as thick as a notehead (Mozart, K. 284)."""
    beam = Stroke(8, "beam", ((row, 40.0), (row - 4, 90.0)), 5.0)
    assert bool(believed([head()], [], [UP, beam])) == held
