"""Whatever happens to a page, its labels still sit on its symbols, its input is left alone, and a generator's state
decides all of it."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from augment.leaf import Leaf
from augment.transforms import MOVEMENTS, TRANSFORMS
from omr.types import Box, Stroke, Symbol

REACH = 6
NAMES = sorted(TRANSFORMS)


def on_symbols(leaf):
    """Share of the boxes whose ellipse fits the ink best where the box is, to 1.5 px."""
    hits = []
    for symbol in leaf.symbols:
        b = symbol.box
        top, left, bottom, right = (round(v) for v in (b.top, b.left, b.bottom, b.right))
        window = leaf.pixels[max(0, top - 2 - REACH) : bottom + 2 + REACH, max(0, left - 2 - REACH) : right + 2 + REACH]
        blob = np.full((bottom - top + 4, right - left + 4), 255, np.uint8)
        if window.shape != (blob.shape[0] + 2 * REACH, blob.shape[1] + 2 * REACH):
            continue  # left the page
        middle, axes = (blob.shape[1] // 2, blob.shape[0] // 2), ((right - left) // 2, (bottom - top) // 2)
        cv2.ellipse(blob, middle, axes, 0, 0, 360, 0, -1)
        _, _, _, (col, row) = cv2.minMaxLoc(cv2.matchTemplate(window, blob, cv2.TM_CCOEFF_NORMED))
        hits.append(np.hypot(row - REACH, col - REACH) <= 1.5)
    assert len(hits) > 20
    return np.mean(hits)


def on_strokes(leaf):
    """Share of the places along the lines, away from heads, where ink is darkest on the stroke, to 1.5 px."""
    hits = []
    for stroke in leaf.strokes:
        (rows, cols) = np.array(stroke.points).T
        for col in np.arange(cols[0] + 10, cols[-1] - 10, 9):
            row = int(np.interp(col, cols, rows))
            heads = [s.box.center[1] for s in leaf.symbols if abs(s.box.center[0] - row) < 40]
            inside = REACH < row < leaf.shape[0] - REACH and 5 < col < leaf.shape[1] - 6
            if inside and all(abs(col - head) > 22 for head in heads):
                # Six pixels either way hold no other line.
                near = leaf.pixels[row - REACH : row + REACH + 1, int(col) - 4 : int(col) + 5].mean(axis=1)
                dark = np.clip(np.median(near) - near, 0, None)
                if dark.sum() > 0:
                    place = (dark**2 * np.arange(-REACH, REACH + 1)).sum() / (dark**2).sum()
                    hits.append(abs(place) <= 1.5)
                else:
                    hits.append(False)
    assert len(hits) > 150
    return np.mean(hits)


def displaced(leaf, rows, cols):
    symbols = tuple(
        Symbol(s.id, s.name, Box(s.box.top + rows, s.box.left + cols, s.box.bottom + rows, s.box.right + cols))
        for s in leaf.symbols)
    strokes = tuple(replace(s, points=tuple((r + rows, c + cols) for r, c in s.points)) for s in leaf.strokes)
    return replace(leaf, symbols=symbols, strokes=strokes)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(3))
def test_labels_still_sit_on_their_symbols(leaf, name, seed):
    after = TRANSFORMS[name](leaf, np.random.default_rng(seed))
    assert [s.id for s in after.symbols] == [s.id for s in leaf.symbols]
    assert [s.id for s in after.strokes] == [s.id for s in leaf.strokes]
    assert on_symbols(after) > 0.9
    assert on_strokes(after) > (0.7 if name in ("broken_lines", "wear", "press") else 0.95)
    wrong = displaced(after, 4, 4)
    assert on_symbols(wrong) < 0.2 and on_strokes(wrong) < 0.3  # the check can fail
    if name not in MOVEMENTS:
        assert (after.symbols, after.strokes, after.space_px) == (leaf.symbols, leaf.strokes, leaf.space_px)


@pytest.mark.parametrize("name", NAMES)
def test_same_generator_same_page(leaf, name):
    before = leaf.pixels.copy()
    first, second, other = (TRANSFORMS[name](leaf, np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert (first.pixels == second.pixels).all()
    assert (first.symbols, first.strokes) == (second.symbols, second.strokes)
    assert (first.pixels != other.pixels).any()
    assert first.pixels.shape == before.shape and first.pixels.dtype == np.uint8 and np.ptp(first.pixels) > 60
    assert (leaf.pixels == before).all()


@pytest.mark.parametrize("name", NAMES)
def test_strength_says_how_bad_it_gets(leaf, name):
    def change(strength):
        pages = (TRANSFORMS[name](leaf, np.random.default_rng(seed), strength).pixels for seed in range(4))
        return np.mean([np.abs(page.astype(int) - leaf.pixels).mean() for page in pages])

    assert change(0.0) < change(1.0)


def test_a_leaf_is_gray_and_has_a_staff_space():
    with pytest.raises(ValueError, match="uint8"):
        Leaf(np.zeros((5, 5), np.float32), (), (), 10.0)
    with pytest.raises(ValueError, match="staff space"):
        Leaf(np.zeros((5, 5), np.uint8), (), (), 0.0)


def test_every_transform_takes_a_page_without_labels_and_a_small_one():
    for name in NAMES:
        page = np.full((60, 90), 255, np.uint8)
        stroke = Stroke(0, "staffLine", ((30.0, 5.0), (30.0, 85.0)), 1.0)
        for strokes in ((), (stroke,)):
            after = TRANSFORMS[name](Leaf(page, (), strokes, 10.0), np.random.default_rng(0))
            assert after.pixels.shape == page.shape and len(after.strokes) == len(strokes)
