"""Glyphs are known by their outlines, however large they are drawn and wherever they stand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.detect.outlines import SIDE, branches, fill, glyph_table, longer
from omr.page.vectors import Contours


def disc(x: float, y: float, width: float, height: float, corners: int = 40) -> Contours:
    """An ellipse."""
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return [np.column_stack([x + width / 2 * np.cos(turn), y + height / 2 * np.sin(turn)])]


@given(st.floats(0.1, 100), st.floats(-1000, 1000), st.floats(-1000, 1000))
def test_a_filled_shape_does_not_depend_on_its_place_and_size(scale: float, x: float, y: float) -> None:
    shape = disc(0, 0, 1.2, 1)
    moved = [contour * scale + (x, y) for contour in shape]
    picture, again = fill(shape), fill(moved)
    assert picture.shape == (SIDE, SIDE)
    assert (picture ^ again).mean() < 0.01
    assert longer(moved) == pytest.approx(1.2 * scale, rel=1e-6)


@pytest.mark.parametrize("space", [1.0, 5.0, 250.0])
def test_a_dot_is_a_dot_at_its_size_only(space: float) -> None:
    like = glyph_table().nearest(disc(0, 0, 0.4 * space, 0.4 * space), space)
    assert like is not None
    assert like.name in ("augmentationDot", "articStaccato", "repeatDot")
    assert like.score > 0.85
    large = glyph_table().nearest(disc(0, 0, 5 * space, 5 * space), space)
    assert large is None or large.score < 0.85


def test_only_named_glyphs_are_compared_where_names_are_given() -> None:
    like = glyph_table().nearest(disc(0, 0, 1.3, 1), 1.0, ["noteheadBlack"])
    assert like is not None
    assert like.name == "noteheadBlack"
    assert glyph_table().nearest(disc(0, 0, 1.3, 1), 1.0, ["no such name"]) is None


def test_the_table_has_a_glyph_for_nearly_every_class() -> None:
    from omr.types.vocabulary import CLASSES

    names = set(glyph_table().names.tolist())
    missing = [c.name for c in CLASSES if c.code_points and c.name not in names]
    assert missing == []


@pytest.mark.parametrize("tails", [1, 2, 3])
def test_the_tails_of_a_flag_are_counted(tails: int) -> None:
    stem = np.array([(0, 0), (0.1, 0), (0.1, 3), (0, 3)])
    flag = np.array([(0.1, 0), (1, 0.3), (1, 0.6), (0.1, 0.3)])
    flags = [flag + (0, 0.8 * i) for i in range(tails)]
    assert branches([stem, *flags]) == tails
