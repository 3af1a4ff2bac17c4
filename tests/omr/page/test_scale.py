"""Skew and staff space: of drawn staves, whose values are known, and of real pages brought to small sizes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from omr.page.raster import flatten
from omr.page.scale import Rhythm, measure

IMAGES = Path(__file__).parents[2] / "accuracy" / "images"
MINUET = Path(__file__).parents[3] / "examples" / "minuet.png"


def drawn(space_px: float, pitch_spaces: float = 10.0, staves: int = 10, fine: int = 8) -> np.ndarray:
    """A page of empty staves, their tops `pitch_spaces` apart, (H, W) uint8: drawn finely, then brought to size."""
    height = round((staves + 1) * pitch_spaces * space_px)
    page = np.full((height * fine, 100), 255, np.uint8)
    for staff in range(staves):
        for line in range(5):
            row = round(((staff + 0.7) * pitch_spaces + line) * space_px * fine)
            page[row : row + max(1, round(0.12 * space_px * fine))] = 0
    small = cv2.resize(page, (100, height), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (round(80 * space_px), height), interpolation=cv2.INTER_NEAREST)


def resized(path: Path, scale: float) -> np.ndarray:
    pixels = np.asarray(Image.open(path).convert("L"))
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    return flatten(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


@pytest.mark.parametrize("space_px", [5.0, 5.5, 6.5, 7.25, 8.5, 10.5, 13.0, 20.0, 41.0])
def test_evenly_spaced_staves_do_not_hide_their_lines(space_px: float) -> None:
    assert measure(drawn(space_px)).space_px == pytest.approx(space_px, rel=0.02)


@pytest.mark.parametrize("degrees", [-4.0, -0.7, 0.3, 2.5])
def test_the_skew_is_what_the_page_was_turned_by(degrees: float) -> None:
    page = drawn(14.0)
    center = (page.shape[1] / 2, page.shape[0] / 2)
    turn = cv2.getRotationMatrix2D(center, degrees, 1.0)
    turned = cv2.warpAffine(page, turn, page.shape[::-1], flags=cv2.INTER_LINEAR, borderValue=255)
    measured = measure(turned)
    assert measured.angle == pytest.approx(-degrees, abs=0.1)
    assert measured.space_px == pytest.approx(14.0, rel=0.02)


@pytest.mark.parametrize("name", sorted(p.name for p in IMAGES.glob("*-clean.png"))[:4] + ["minuet"])
def test_real_pages_measure_the_same_at_small_sizes(name: str) -> None:
    path = MINUET if name == "minuet" else IMAGES / name
    whole = measure(resized(path, 1.0)).space_px
    assert whole is not None
    for space_px in (5.5, 6.5, 7.5, 9.0):
        scale = space_px / whole
        assert measure(resized(path, scale)).space_px == pytest.approx(space_px, rel=0.03), space_px


@pytest.mark.parametrize("name", sorted(p.name for p in IMAGES.glob("*-print.png")))
def test_half_the_space_of_thick_lines_is_not_taken_for_it(name: str) -> None:
    """Old prints scanned finely: lines of several pixels have a rhythm of half their space as well."""
    whole = measure(resized(IMAGES / name, 1.0)).space_px
    assert whole is not None
    for scale in (1.5, 2.0, 3.0):
        assert measure(resized(IMAGES / name, scale)).space_px == pytest.approx(scale * whole, rel=0.02), scale


def test_one_short_staff_is_measured() -> None:
    page = np.full((240, 300), 255, np.uint8)
    page[80:182:25] = 0
    assert measure(page).space_px == pytest.approx(25.0, rel=0.02)


def test_an_empty_page_has_no_staff_space() -> None:
    assert measure(np.full((800, 600), 255, np.uint8)).space_px is None


def test_runs_settle_what_the_rhythm_leaves_open() -> None:
    rhythm = Rhythm(drawn(8.0), 0.0)
    space, strength = rhythm.of_lines(None)
    assert space == pytest.approx(8.0, rel=0.02) and strength > 0.4
    assert rhythm.of_lines(8.3)[0] == pytest.approx(8.0, rel=0.02)  # runs are off, their neighbourhood is right
