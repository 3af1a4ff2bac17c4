"""Labels move with the pixels, whatever the warp."""

import cv2
import numpy as np
import pytest

from augment.geometry import Warp, move_labels, random_warp
from omr.types import Box, Stroke, Symbol

SHAPE = (1100, 800)
SPACE_PX = 14.0


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
    warp = random_warp(SHAPE, np.random.default_rng(seed), SPACE_PX, photo)
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
    """A line across the page bends with it: every point of the moved polyline is on ink."""
    page = np.full(SHAPE, 255, np.uint8)
    page[299:302, 60:740] = 0
    warp = random_warp(SHAPE, np.random.default_rng(seed), SPACE_PX, photo=True)
    _, (moved,) = move_labels(warp, [], [Stroke(0, "staffLine", ((300.5, 60.0), (300.5, 740.0)), 3.0)])
    turned = warp.image(page, 255)
    assert len(moved.points) > 5  # else it could not bend
    for row, col in moved.points[1:-1]:
        if 2 <= row < SHAPE[0] - 2 and 2 <= col < SHAPE[1] - 2:
            near = turned[int(row) - 2 : int(row) + 3, int(col)].astype(float)
            center = ((255 - near) * np.arange(int(row) - 2, int(row) + 3)).sum() / (255 - near).sum() + 0.5
            assert center == pytest.approx(row, abs=0.4)


@pytest.mark.parametrize("seed", range(4))
def test_forward_inverts_backward(seed):
    rng = np.random.default_rng(seed)
    warp = random_warp(SHAPE, rng, 20.0, photo=True)
    points = rng.uniform(0, 1, (200, 2)) * [SHAPE[1], SHAPE[0]]
    assert warp.forward(warp.backward(points)) == pytest.approx(points, abs=0.02)


def test_no_bend_and_no_turn_change_nothing():
    warp = Warp(np.eye(3), np.zeros((30, 24, 2)), SHAPE)
    page = np.random.default_rng(0).integers(0, 256, SHAPE).astype(np.uint8)
    assert (warp.image(page, 255) == page).all()
    symbol = Symbol(0, "gClef", Box(10, 20, 40, 35))
    assert move_labels(warp, [symbol], []) == ((symbol,), ())


def test_a_page_without_labels_has_none_afterwards():
    assert move_labels(random_warp(SHAPE, np.random.default_rng(0), 10, False), [], []) == ((), ())
