"""Staff tracing on synthetic probability maps: bent, noisy, broken, crossed, small, side by side."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.staves.tracing import T, _smooth, find_staves, staff_from_strokes, strokes_from_staves
from omr.types import Staff, Stroke

WIDTH_PX, HEIGHT_PX = 1000, 800


def _lines(tops: list[float], space: float = 10.0, left: float = 60, right: float = 940, bend: float = 0.0,
           tilt: float = 0.0) -> list[list[tuple[np.ndarray, np.ndarray]]]:
    """For every staff five (columns, rows) curves: an arch of `bend` px over the page and a `tilt` in px a px."""
    x = np.linspace(left, right, 200)
    curve = bend * np.sin(np.pi * (x - 60) / 880) + tilt * (x - 500)
    return [[(x, top + i * space + curve) for i in range(5)] for top in tops]


def _map(staves: list[list[tuple[np.ndarray, np.ndarray]]], probability: float = 0.9) -> np.ndarray:
    smap = np.zeros((HEIGHT_PX // 2, WIDTH_PX // 2), np.float32)
    rows = np.arange(smap.shape[0])[:, None] * 2 + 1.0
    cols = np.arange(smap.shape[1]) * 2 + 1.0
    for staff in staves:
        for x, y in staff:
            row = np.interp(cols, x, y)
            cover = np.clip(1.5 - np.abs(rows - row) / 2, 0, 1) * ((cols >= x[0]) & (cols < x[-1]))
            smap = np.maximum(smap, (probability * cover).astype(np.float32))
    return smap


def _assert_traced(staff: Staff, truth: list[tuple[np.ndarray, np.ndarray]], tolerance_px: float = 1.0) -> None:
    for col in np.linspace(truth[0][0][0] + 2, truth[0][0][-1] - 2, 40):
        expected = [np.interp(col, x, y) for x, y in truth]
        assert np.abs(staff.line_rows(float(col)) - expected).max() < tolerance_px
    assert abs(staff.left - truth[0][0][0]) < 4
    assert abs(staff.right - truth[0][0][-1]) < 4


@pytest.mark.parametrize(
    ("bend", "tilt", "space"),
    [(0, 0, 10), (15, 0, 10), (-12, 0.01, 10), (0, -0.015, 10), (5, 0.005, 7.6), (5, 0, 13.2)],
)
def test_straight_bent_tilted_small_and_large(bend: float, tilt: float, space: float) -> None:
    truth = _lines([80, 250, 420, 600], bend=bend, tilt=tilt, space=space)
    staves = find_staves(_map(truth))
    assert len(staves) == 4
    for staff, lines in zip(staves, truth, strict=True):
        _assert_traced(staff, lines)
        assert staff.space_px == pytest.approx(space, rel=0.02)


def test_noise_faint_lines_and_blots() -> None:
    rng = np.random.default_rng(1)
    truth = _lines([100, 190, 400, 490], bend=8)
    smap = _map(truth, probability=0.7)
    smap *= rng.random(smap.shape) > 0.25
    smap += (rng.random(smap.shape) * 0.2).astype(np.float32)
    for _ in range(15):
        r, c = rng.integers(40, 280), rng.integers(50, 420)
        smap[r : r + 12, c : c + 18] = 0
    staves = find_staves(smap)
    assert len(staves) == 4
    for staff, lines in zip(staves, truth, strict=True):
        middle = float(np.median([abs(staff.line_rows(c)[2] - np.interp(c, *lines[2])) for c in range(100, 900, 20)]))
        assert middle < 0.6


def test_one_line_missing_and_a_gap() -> None:
    truth = _lines([200, 400])
    smap = _map([truth[0][:1] + truth[0][2:], truth[1]])
    smap[:, 230:245] = 0  # three spaces without any line
    staves = find_staves(smap)
    assert len(staves) == 2
    _assert_traced(staves[0], truth[0])
    _assert_traced(staves[1], truth[1])


def test_a_staff_goes_on_where_two_lines_are_seen_and_ends_where_none_is() -> None:
    truth = _lines([200, 400])
    smap = _map(truth)
    smap[:, 230:300] = 0  # fourteen spaces
    smap[:, 230:300] += _map([truth[0][:1] + truth[0][3:4]])[:, 230:300]
    found = [(staff.left, staff.right) for staff in find_staves(smap)]
    assert np.allclose(found, [(60, 940), (60, 460), (600, 940)], atol=4)


def test_ledger_lines_and_text_do_not_shift_or_add_staves() -> None:
    truth = _lines([200])
    ledgers = [
        [(np.linspace(c, c + 40, 5), np.full(5, 200.0 - k * 10)) for k in (1, 2, 3)] for c in range(100, 500, 60)
    ]
    smap = _map(truth + ledgers)
    rng = np.random.default_rng(2)
    smap[330:340, 100:400] = rng.random((10, 300)) > 0.5  # a line of words
    staves = find_staves(smap)
    assert len(staves) == 1
    _assert_traced(staves[0], truth[0])


def test_staves_side_by_side_are_two() -> None:
    truth = _lines([200], right=400) + _lines([200], left=640)
    staves = find_staves(_map(truth))
    assert [s.index for s in staves] == [0, 1]
    assert staves[0].right < staves[1].left


def test_nothing_on_an_empty_or_tiny_page() -> None:
    assert find_staves(np.zeros((300, 300), np.float32)) == []
    assert find_staves(np.ones((4, 4), np.float32)) == []
    assert find_staves(np.random.default_rng(0).random((300, 300)).astype(np.float32)) == []


def test_labelled_strokes_make_the_same_staves() -> None:
    truth = _lines([100, 300], bend=10)
    strokes = [
        Stroke(i, "staffLine", tuple(zip(y.tolist(), x.tolist(), strict=True)), 1.5)
        for i, (x, y) in enumerate(line for staff in reversed(truth) for line in staff)
    ]
    staves = staff_from_strokes([*strokes, Stroke(99, "stem", ((10, 10), (40, 10)), 1.0)])
    assert len(staves) == 2
    for staff, lines in zip(staves, truth, strict=True):
        _assert_traced(staff, lines, tolerance_px=0.2)


def test_a_page_takes_a_tenth_of_a_second() -> None:
    smap = _map(_lines([60, 160, 260, 360, 460, 560, 660], bend=6))
    start = time.process_time()
    for _ in range(3):
        find_staves(smap)
    assert (time.process_time() - start) / 3 < 0.3  # 0.06 s where it was written; room for slow machines


def test_lines_of_staves_make_the_staves_again() -> None:
    staves = find_staves(_map(_lines([80, 250], bend=6)))
    back = staff_from_strokes(strokes_from_staves(staves))
    assert len(back) == 2
    for staff, other in zip(staves, back, strict=True):
        assert (staff.left, staff.right) == pytest.approx((other.left, other.right))
        assert all(np.abs(staff.line_rows(col) - other.line_rows(col)).max() < 0.5 for col in (61.0, 300.0, 938.0))


@given(st.integers(3, 120), st.integers(0, 2**32 - 1), st.floats(0.01, 1000))
def test_smoothing_solves_whittakers_equations(n: int, seed: int, stiffness: float) -> None:
    rng = np.random.default_rng(seed)
    values, weights = rng.random(n) * 500, rng.random(n)
    smoothed = _smooth(values, weights, stiffness)
    pull = (weights + T.unseen_weight) * (values - smoothed)
    bent = np.diff(smoothed, 2)
    stiff = stiffness * (np.pad(bent, (0, 2)) - 2 * np.pad(bent, 1) + np.pad(bent, (2, 0)))
    assert np.allclose(pull, stiff, atol=1e-6)
