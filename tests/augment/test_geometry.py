"""Labels move with the pixels, whatever the warp."""

import cv2
import numpy as np
import pytest

from augment.geometry import Warp, curl, move_labels, moved, perspective, rotate, scale, together
from augment.leaf import Leaf
from omr.types import Box, Stroke, Symbol

SHAPE = (1100, 800)
SPACE_PX = 14.0


def random_warp(seed, photo):
    """What the recipe makes of a page: a sheet put down by hand, or held before a camera."""
    rng, leaf = np.random.default_rng(seed), Leaf(np.full(SHAPE, 255, np.uint8), (), (), SPACE_PX)
    warps = [move(leaf, rng, 1.0 if photo else 0.45) for move in (curl, rotate, scale)]
    return together([*warps, perspective(leaf, rng, 1.0)] if photo else warps)


def blobs():
    """(places, one picture a blob): ellipses of notehead size, corner to corner of the page."""
    places = [(row, col) for row in (90, 350, 610, 990) for col in (80, 400, 710)]
    pages = []
    for row, col in places:
        page = np.full(SHAPE, 255, np.uint8)
        cv2.ellipse(page, (col, row), (9, 7), 0, 0, 360, 0, -1, cv2.LINE_AA)
        pages.append(page)
    return places, pages


def center_of_ink(page):
    """(row, col) of the ink's centre of mass, in coordinates that count from pixel edges."""
    ink = 255.0 - page
    rows, cols = np.indices(page.shape)
    return (ink * rows).sum() / ink.sum() + 0.5, (ink * cols).sum() / ink.sum() + 0.5


def ink_box(page):
    rows, cols = np.nonzero(page < 128)
    return rows.min(), cols.min(), rows.max() + 1, cols.max() + 1


@pytest.mark.parametrize("photo", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_boxes_stay_on_their_blobs(seed, photo):
    warp = random_warp(seed, photo)
    places, pages = blobs()
    for (row, col), page in zip(places, pages, strict=True):
        symbol = Symbol(4, "noteheadBlack", Box(row - 6.5, col - 8.5, row + 7.5, col + 9.5))
        ((moved,), _) = move_labels(warp, [symbol], [])
        assert (moved.id, moved.name) == (4, "noteheadBlack")
        turned = warp.image(page, 255)
        assert moved.box.center == pytest.approx(center_of_ink(turned), abs=0.3)
        assert (moved.box.top, moved.box.left, moved.box.bottom, moved.box.right) == pytest.approx(
            ink_box(turned), abs=1.2)


@pytest.mark.parametrize("seed", range(3))
def test_strokes_stay_on_their_lines(seed):
    """A line across the page bends with it: all along the moved polyline, its points and between them, is ink."""
    page = np.full(SHAPE, 255, np.uint8)
    page[299:302, 60:740] = 0
    warp = random_warp(seed, photo=True)
    _, (stroke,) = move_labels(warp, [], [Stroke(0, "staffLine", ((300.5, 60.0), (300.5, 740.0)), 3.0)])
    turned = warp.image(page, 255)
    assert 4 < len(stroke.points) < 60  # it bends, and says so in no more words than it needs
    rows, cols = np.array(stroke.points).T
    for col in range(int(cols[0]) + 5, int(cols[-1]) - 5, 7):
        row = float(np.interp(col + 0.5, cols, rows))
        if 2 <= row < SHAPE[0] - 3 and 0 <= col < SHAPE[1]:
            near = turned[int(row) - 2 : int(row) + 3, col].astype(float)
            center = ((255 - near) * np.arange(int(row) - 2, int(row) + 3)).sum() / (255 - near).sum() + 0.5
            assert center == pytest.approx(row, abs=0.5)


@pytest.mark.parametrize("seed", range(4))
def test_between_its_points_too_a_stroke_is_where_the_warp_puts_it(seed):
    warp = random_warp(seed, photo=True)
    cols = np.arange(60.0, 740.0)
    _, (stroke,) = move_labels(warp, [], [Stroke(0, "staffLine", ((500.0, 60.0), (500.0, 740.0)), 2.0)])
    rows, at = np.array(stroke.points).T
    exact = warp.forward(np.column_stack([cols, np.full(len(cols), 500.0)]) - 0.5) + 0.5
    assert np.abs(np.interp(exact[:, 0], at, rows) - exact[:, 1]).max() < 0.35


@pytest.mark.parametrize("seed", range(4))
def test_forward_inverts_backward(seed):
    warp = random_warp(seed, photo=True)
    points = np.random.default_rng(seed).uniform(0, 1, (200, 2)) * [SHAPE[1], SHAPE[0]]
    assert warp.forward(warp.backward(points)) == pytest.approx(points, abs=0.02)


def test_no_bend_and_no_turn_change_nothing():
    warp = Warp(np.eye(3), np.zeros((30, 24, 2)), SHAPE)
    page = np.random.default_rng(0).integers(0, 256, SHAPE).astype(np.uint8)
    assert (warp.image(page, 255) == page).all()
    symbol = Symbol(0, "gClef", Box(10, 20, 40, 35))
    assert move_labels(warp, [symbol], []) == ((symbol,), ())


def test_a_page_without_labels_has_none_afterwards():
    assert move_labels(random_warp(0, False), [], []) == ((), ())


def test_strokes_are_as_thick_as_the_page_is_enlarged_across_them():
    # Twice as wide, half as high again: a warp says where in the input to look.
    warp = Warp(np.diag([1 / 2, 1 / 1.5, 1.0]), np.zeros((30, 24, 2)), SHAPE)
    lines = [Stroke(0, "staffLine", ((100.0, 10.0), (100.0, 300.0)), 2.0),
             Stroke(1, "stem", ((100.0, 50.0), (150.0, 50.0)), 3.0),
             Stroke(2, "stem", ((100.0, 60.0), (100.0, 60.0)), 4.0)]
    _, (line, stem, point) = move_labels(warp, [], lines)
    assert (line.thickness_px, stem.thickness_px) == pytest.approx((3.0, 6.0))
    assert point.thickness_px > 0 and len(point.points) == 2
    page = np.full(SHAPE, 255, np.uint8)
    page[99:101, 10:300] = 0
    after = moved(Leaf(page, (), tuple(lines[:1]), SPACE_PX), warp)
    ink = (255.0 - after.pixels[:, 200]).sum() / 255
    assert after.strokes[0].thickness_px == pytest.approx(ink, abs=0.3)
    assert after.space_px == pytest.approx(SPACE_PX * np.sqrt(3.0))


def test_a_curled_line_is_thicker_where_the_paper_is_stretched():
    bend = np.zeros((30, 24, 2))
    bend[..., 1] = -0.25 * np.linspace(0, SHAPE[0], 30)[:, None]  # rows are looked up from three quarters of the way
    _, (line,) = move_labels(Warp(np.eye(3), bend, SHAPE), [], [Stroke(0, "slur", ((300, 100), (300, 700)), 3.0)])
    assert line.thickness_px == pytest.approx(4.0, rel=0.05)


@pytest.mark.parametrize("seed", range(3))
def test_several_warps_in_one_are_close_to_one_after_the_other(seed):
    leaf = Leaf(np.full(SHAPE, 255, np.uint8), (), (), SPACE_PX)
    warps = [move(leaf, np.random.default_rng(seed), 1.0) for move in (curl, rotate, scale, perspective)]
    points = np.random.default_rng(seed).uniform(0.1, 0.9, (100, 2)) * SHAPE[::-1]
    one_by_one = points
    for warp in warps:
        one_by_one = warp.forward(one_by_one)
    assert np.abs(together(warps).forward(points) - one_by_one).max() < 0.5 * SPACE_PX
    straight = warps[3].forward(warps[2].forward(warps[1].forward(points)))
    assert together(warps[1:]).forward(points) == pytest.approx(straight)
