"""What single effects promise."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from augment.leaf import Leaf
from augment.library import run
from augment.transforms import TRANSFORMS
from omr.types import Box, Symbol

PAPER = np.s_[104:112, 60:75]
"""Above the first staff line, too far away to gain ink."""


def after(name, leaf, seed, strength=1.0):
    return TRANSFORMS[name](leaf, np.random.default_rng(seed), strength).pixels


def lines_alone(leaf):
    """(N, 2) rows, cols on staff lines where no head stands."""
    rows = [int(s.points[0][0]) for s in leaf.strokes]
    return np.array([(row, col) for row in rows for col in range(52, 548) if abs((col - 90 + 30) % 60 - 30) > 16])


def test_press_thickens_blobs_and_breaks_lines(leaf):
    gained, broken = [], []
    for seed in range(10):
        pressed = after("press", leaf, seed)
        assert pressed[PAPER].min() > 127
        gained.append(float((pressed[leaf.pixels == 255] < 128).mean()))
        rows, cols = lines_alone(leaf).T
        broken.append(float((np.minimum(pressed[rows - 1, cols], pressed[rows, cols]) > 127).mean()))
    assert max(gained) > 0.02 and max(broken) > 0.01
    assert min(broken) < 0.005  # not every print is a bad one


def test_lines_break_where_nothing_stands_on_them(leaf):
    broken = after("broken_lines", leaf, 3)
    rows, cols = lines_alone(leaf).T
    assert 0.01 < (broken[rows, cols] == 255).mean() < 0.5
    heads = np.zeros(leaf.shape, bool)
    for s in leaf.symbols:
        heads[int(s.box.top) : int(s.box.bottom), int(s.box.left) : int(s.box.right)] = True
    assert (broken[heads] == leaf.pixels[heads]).mean() > 0.995
    assert (after("broken_lines", replace(leaf, strokes=()), 3) == leaf.pixels).all()


def test_a_lost_line_is_lost_end_to_end(leaf):
    """Some page has a line of which little is left between the heads, and no page has lost most of its lines."""
    left = []
    for seed in range(40):
        broken = after("broken_lines", leaf, seed)
        rows, cols = lines_alone(leaf).T
        of_line = [(broken[rows[rows == row], cols[rows == row]] < 255).mean() for row in np.unique(rows)]
        left.append(min(of_line))
        assert np.mean(of_line) > 0.5
    assert min(left) < 0.15 and np.median(left) > 0.5


def test_clogged_ink_fills_narrow_places_only(leaf):
    page = np.full(leaf.shape, 255, np.uint8)
    for col in range(60, 560, 50):
        for row in range(60, 660, 50):
            cv2.ellipse(page, (col, row), (7, 3), 0, 0, 360, 0, 2)  # a hollow head: its counter is a third of a space
            cv2.rectangle(page, (col + 15, row - 14), (col + 35, row + 14), 0, 2)  # wider than a space
    hollow = Leaf(page, (), (), 14.0)
    filled = sum(after("clog", hollow, seed)[60:660:50, 60:560:50] < 128 for seed in range(30))
    wide = sum(after("clog", hollow, seed)[60:660:50, 85:585:50] < 128 for seed in range(30))
    assert filled.any() and not wide.any()


def test_a_second_print_lies_within_reach_of_the_first(leaf):
    reach = np.ones((2 * 5 + 1,) * 2, np.uint8)  # 0.28 of 14 px, and half a pixel
    for seed in range(5):
        near = cv2.erode(leaf.pixels, reach)
        assert (after("doubled", leaf, seed) >= near).all()


@pytest.mark.parametrize("name", ["wear", "broken_lines", "fade", "flash"])
def test_these_only_take_ink(leaf, name):
    assert (after(name, leaf, 2) >= leaf.pixels).all()


@pytest.mark.parametrize("name", ["bleed", "paper", "show_through", "specks", "grime", "scribble", "stain", "gutter",
                                  "clog", "doubled"])
def test_these_only_add_darkness(leaf, name):
    darker = after(name, leaf, 2)
    assert (darker <= leaf.pixels).all() and (darker < leaf.pixels).any()


def test_a_gutter_stops_at_what_is_labelled(leaf):
    """Between heads at both edges the page stays light, and the side where a head stands right at the edge all over."""
    page = leaf.pixels.copy()
    page[300:314, 12:26] = 0
    heads = (Symbol(0, "noteheadBlack", Box(300, 12, 314, 26)), Symbol(1, "noteheadBlack", Box(300, 580, 314, 599)))
    crowded = Leaf(page, heads, (), 14.0)
    dark = set()
    for seed in range(8):
        after = TRANSFORMS["gutter"](crowded, np.random.default_rng(seed)).pixels
        assert after[500, 14:598].min() > 240 and after[500, 599] == 255
        dark.add(bool(after[500, 0] < 200))
    assert dark == {True, False}


def test_bilevel_has_two_values_and_keeps_the_middle_of_things(leaf):
    page = after("bilevel", replace(leaf, pixels=cv2.GaussianBlur(leaf.pixels, (0, 0), 1.0)), 0)
    assert set(np.unique(page).tolist()) == {0, 255}
    assert page[PAPER].mean() > 250


def test_low_contrast_brings_black_and_white_together_and_keeps_their_order(leaf):
    for seed in range(5):
        page = after("low_contrast", leaf, seed)
        assert 0 <= page.min() < 70 and 150 < page.max() <= 255


@pytest.mark.parametrize("name", ["blur", "motion", "coarse"])
def test_the_sensor_does_not_move_the_page(name):
    """The centre of a blob far from the page's own stays: labels would be off otherwise."""
    page = np.full((701, 603), 255, np.uint8)
    cv2.ellipse(page, (520, 640), (12, 9), 0, 0, 360, 0, -1)
    for seed in range(4):
        ink = 255.0 - after(name, Leaf(page, (), (), 14.0), seed)
        for place, center in zip(np.indices(page.shape), (640, 520), strict=True):
            assert (place * ink).sum() / ink.sum() == pytest.approx(center, abs=0.1)


def test_a_worse_jpeg_is_further_from_the_page(leaf):
    page = cv2.GaussianBlur(leaf.pixels, (0, 0), 2)
    good, bad = (
        np.abs(run("ImageCompression", page, np.random.default_rng(0), quality_range=(q, q)).astype(int) - page).mean()
        for q in (95, 20))
    assert good < bad
