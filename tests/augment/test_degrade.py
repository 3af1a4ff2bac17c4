"""A degraded page is reproducible, still readable, and its labels still sit on its symbols."""

import cv2
import numpy as np
import pytest

from augment.degrade import degrade
from augment.ink import press, scribble, specks, wear
from augment.paper import defocus, jpeg, light, paper, show_through
from omr.types import Box, Stroke, Symbol

SPACE_PX = 14.0
LINE_ROWS = [120 + 130 * staff + 14 * line for staff in range(4) for line in range(5)]


def drawn_page():
    """(700, 600) page of four staves with large blobs on them, and exact labels."""
    page = np.full((700, 600), 255, np.uint8)
    strokes, symbols = [], []
    for row in LINE_ROWS:
        page[row - 1 : row + 1, 50:550] = 0
        strokes.append(Stroke(len(strokes), "staffLine", ((float(row), 50.0), (float(row), 550.0)), 2.0))
    for staff in range(4):
        for col in range(90, 540, 60):
            row = 120 + 130 * staff + 28
            cv2.ellipse(page, (col, row), (12, 9), 0, 0, 360, 0, -1)
            symbols.append(Symbol(100 + len(symbols), "noteheadBlack", Box(row - 9, col - 12, row + 10, col + 13)))
    return page, tuple(symbols), tuple(strokes)


def contrast(page, symbols):
    """Mean gray beside the blobs less mean gray on them."""
    on, beside = [], []
    for s in symbols:
        row, col = (int(v) for v in s.box.center)
        if 40 < row < page.shape[0] - 40 and 40 < col < page.shape[1] - 40:
            on.append(page[row - 3 : row + 4, col - 5 : col + 6].mean())
            # Between the blobs, in the middle of a staff space.
            beside.append(np.percentile(page[row - 12 : row + 12, col + 20 : col + 40], 75))
    assert len(on) > 20
    return np.mean(beside) - np.mean(on)


@pytest.mark.parametrize("kind", ["scan", "photo"])
@pytest.mark.parametrize("seed", range(8))
def test_labels_still_sit_on_their_symbols(kind, seed):
    page, symbols, strokes = degrade(*drawn_page(), np.random.default_rng(seed), kind, SPACE_PX)
    assert page.dtype == np.uint8 and page.shape == (700, 600)
    assert [s.id for s in symbols] == list(range(100, 132))
    assert [s.kind for s in strokes] == ["staffLine"] * 20
    # A photograph in poor light keeps a fifth of its contrast.
    assert contrast(page, symbols) > (100 if kind == "scan" else 15)
    shifted = [Symbol(s.id, s.name, Box(s.box.top, s.box.left + 30, s.box.bottom, s.box.right + 30)) for s in symbols]
    assert contrast(page, shifted) < 0.5 * contrast(page, symbols)  # the check can fail


@pytest.mark.parametrize("kind", ["clean", "scan", "photo"])
def test_same_generator_same_page(kind):
    first, second = (degrade(*drawn_page(), np.random.default_rng(5), kind, SPACE_PX) for _ in range(2))
    assert (first[0] == second[0]).all() and first[1:] == second[1:]
    other = degrade(*drawn_page(), np.random.default_rng(6), kind, SPACE_PX)
    assert (kind == "clean") == bool((first[0] == other[0]).all())


def test_clean_is_the_page_itself_and_no_kind_changes_its_input():
    page, symbols, strokes = drawn_page()
    before = page.copy()
    assert degrade(page, symbols, strokes, np.random.default_rng(0), "clean", SPACE_PX) == (page, symbols, strokes)
    for seed in range(3):
        degrade(page, symbols, strokes, np.random.default_rng(seed), "photo", SPACE_PX)
    assert (page == before).all()


def test_about_half_of_the_scans_are_one_bit():
    one_bit = 0
    for seed in range(24):
        page, _, _ = degrade(*drawn_page(), np.random.default_rng(seed), "scan", SPACE_PX)
        one_bit += set(np.unique(page).tolist()) <= {0, 255}
    assert 5 <= one_bit <= 19


def test_press_thickens_blobs_and_breaks_lines():
    page, symbols, _ = drawn_page()
    ink = 1 - page.astype(np.float32) / 255
    beside = np.s_[110:118, 60:75]  # paper above the first staff line is too far away to gain ink
    gained, broken = [], []
    for seed in range(10):
        pressed = press(ink, np.random.default_rng(seed), SPACE_PX, 1.0)
        assert pressed[beside].max() < 0.5
        gained.append(float((pressed[ink == 0] > 0.5).mean()))
        lines = np.concatenate([pressed[row - 1 : row + 1, 52:548].max(axis=0) for row in LINE_ROWS])
        broken.append(float((lines < 0.5).mean()))
    assert max(gained) > 0.02 and max(broken) > 0.01
    assert min(broken) < 0.005  # not every print is a bad one


def test_ink_and_paper_keep_their_range_and_input():
    rng = np.random.default_rng(1)
    ink = 1 - drawn_page()[0].astype(np.float32) / 255
    before = ink.copy()
    for result in (press(ink, rng, SPACE_PX, 0.7), wear(ink, rng, SPACE_PX), specks(ink, rng, SPACE_PX),
                   scribble(ink, rng, SPACE_PX), paper(ink.shape, rng, SPACE_PX), light(1 - ink, rng),
                   show_through(1 - ink, rng, SPACE_PX), defocus(1 - ink, rng, SPACE_PX)):
        assert result.shape == ink.shape and np.isfinite(result).all()
        assert result.min() >= -1e-4 and result.max() <= 1 + 1e-4
    assert (ink == before).all()


def test_wear_only_takes_ink_and_specks_only_add_it():
    ink = 1 - drawn_page()[0].astype(np.float32) / 255
    worn, specked = wear(ink, np.random.default_rng(2), SPACE_PX), specks(ink, np.random.default_rng(2), SPACE_PX)
    assert (worn <= ink).all() and worn.sum() < ink.sum()
    # A pale speck on black ink is the one place where ink may grow lighter.
    assert (specked[ink == 0] >= 0).all() and (specked[ink == 0] > 0).any()


def test_a_worse_jpeg_is_further_from_the_page():
    page = cv2.GaussianBlur(drawn_page()[0], (0, 0), 2)
    good, bad = (np.abs(jpeg(page, q).astype(int) - page).mean() for q in (95, 20))
    assert good < bad
