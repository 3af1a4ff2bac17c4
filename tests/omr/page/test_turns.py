"""Pages that lie on their side, stand on their head, are mirrored, or show no music."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

import omr
import omr.page.raster
from omr.doubts import NO_CLEF, NOT_CLEAR
from omr.errors import NoMusicError
from omr.page.raster import load_page, normalise
from omr.page.scale import Lines, turned_ratio
from omr.types import Box, DetectorMaps, Page

MINUET = Path(__file__).parents[3] / "examples" / "minuet.png"
SHEET = (1170, 1654)
"""Pixels of half a sheet of A4, which is read in half the time."""


def _pitches(score: omr.Score) -> list[tuple[str, int, float]]:
    return [(n.pitch.step, n.pitch.octave, float(n.onset_quarter))
            for p in score.parts for m in p.measures for n in m.notes]


@pytest.fixture(scope="module")
def detector() -> omr.Detector:
    return omr.load_detector()


@pytest.fixture(scope="module")
def half() -> np.ndarray:
    """The upper half of the bundled page: three systems."""
    return load_page(MINUET, 1).pixels[: SHEET[0]]


@pytest.fixture(scope="module")
def upright(detector: omr.Detector, half: np.ndarray, tmp_path_factory: pytest.TempPathFactory,
            ) -> list[tuple[str, int, float]]:
    path = tmp_path_factory.mktemp("upright") / "page.png"
    cv2.imwrite(str(path), half)
    return _pitches(omr.scan(path, detector=detector, languages=()))


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_page_reads_as_the_upright_one(
    quarters: int, detector: omr.Detector, half: np.ndarray, upright: list[tuple[str, int, float]], tmp_path: Path
) -> None:
    cv2.imwrite(str(tmp_path / "turned.png"), np.rot90(half, quarters))
    assert _pitches(omr.scan(tmp_path / "turned.png", detector=detector, languages=())) == upright


def _crossword() -> np.ndarray:
    rng = np.random.default_rng(0)
    page = np.full(SHEET, 255, np.uint8)
    for row in range(100, 1060, 80):
        for col in range(200, 1400, 80):
            cv2.rectangle(page, (col, row), (col + 80, row + 80), 0, -1 if rng.random() < 0.2 else 2)
    return page


def _graph_paper() -> np.ndarray:
    page = np.full(SHEET, 255, np.uint8)
    page[60:1120:20], page[:, 60:1600:20] = 90, 90
    return page


def _staff_paper() -> np.ndarray:
    page = np.full(SHEET, 255, np.uint8)
    for top in range(100, 1000, 340):
        for line in range(5):
            page[top + 20 * line:top + 20 * line + 2, 100:1554] = 0
    return page


def _bar_code() -> np.ndarray:
    page = np.full(SHEET, 255, np.uint8)
    widths = np.random.default_rng(1).integers(3, 15, 200)
    for start, width in zip(300 + np.cumsum(widths)[:120:2], widths[1:121:2], strict=True):
        page[400:800, start:start + width] = 0
    return page


@pytest.mark.parametrize("page", [_crossword, _graph_paper, _staff_paper, _bar_code])
def test_what_is_no_music_is_not_read_as_music(
    page: Callable[[], np.ndarray], detector: omr.Detector, tmp_path: Path
) -> None:
    cv2.imwrite(str(tmp_path / "page.png"), page())
    with pytest.raises(NoMusicError):
        omr.scan(tmp_path / "page.png", detector=detector, languages=())


@pytest.mark.parametrize("shrink", [1.0, 0.6])
def test_lines_too_faint_to_be_measured_are_read_at_the_scale_of_a_usual_sheet(
    shrink: float, detector: omr.Detector, half: np.ndarray, upright: list[tuple[str, int, float]], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if nothing could be measured of the lines, which the network sees all the same: on a sheet of usual size, and
    on one whose margins are wide, so that its staves are smaller than expected."""
    whole = load_page(MINUET, 1).pixels
    small = cv2.resize(half if shrink == 1 else whole, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    sheet = np.full_like(whole, 255)
    sheet[:small.shape[0], :small.shape[1]] = small
    cv2.imwrite(str(tmp_path / "page.png"), sheet)
    monkeypatch.setattr(omr.page.raster, "measure", lambda pixels: Lines(-0.5, None, 0.0))
    found = set(_pitches(omr.scan(tmp_path / "page.png", detector=detector, languages=())))
    assert len(found & set(upright)) > 0.95 * len(set(upright))


class Counting:
    """A detector that counts the pixels it has seen, in pages: the first that it sees is one."""

    def __init__(self, detector: omr.Detector):
        self._detector = detector
        self.accept, self.thresholds = getattr(detector, "accept", None), getattr(detector, "thresholds", {})
        self.sizes: list[int] = []

    def detect(self, pixels: np.ndarray) -> DetectorMaps:
        self.sizes.append(pixels.size)
        return self._detector.detect(pixels)

    @property
    def pages(self) -> float:
        return sum(self.sizes) / self.sizes[0]


def test_a_page_without_clefs_costs_a_look_at_its_other_end(
    detector: omr.Detector, half: np.ndarray, tmp_path: Path
) -> None:
    cv2.imwrite(str(tmp_path / "page.png"), half[:, half.shape[1] // 4 :])
    counting = Counting(detector)
    doubts = omr.scan(tmp_path / "page.png", detector=counting, languages=()).doubts
    assert doubts[0].message == NO_CLEF and 1 < counting.pages < 1.5
    cv2.imwrite(str(tmp_path / "turned.png"), half[::-1, ::-1])
    turned = Counting(detector)
    omr.scan(tmp_path / "turned.png", detector=turned, languages=())
    assert 2 < turned.pages < 2.5  # looked at, and read


def test_a_mirrored_page_says_so_first(detector: omr.Detector, half: np.ndarray, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "page.png"), half[:, ::-1])
    doubts = omr.scan(tmp_path / "page.png", detector=detector, languages=()).doubts
    assert doubts[0].box is None and doubts[0].message == NOT_CLEAR


def test_the_ratio_of_straight_ink_tells_a_page_on_its_side() -> None:
    pixels = normalise(load_page(MINUET, 1)).pixels
    assert turned_ratio(pixels) < 0.6
    assert turned_ratio(np.ascontiguousarray(np.rot90(pixels))) > 1.7


def test_half_a_turn_keeps_its_way_to_the_source() -> None:
    page = normalise(load_page(MINUET, 1))
    height, width = page.pixels.shape
    turned = page.upside_down()
    assert turned.pixels[0, 0] == page.pixels[-1, -1] and turned.pixels[5, 9] == page.pixels[-6, -10]
    box = Box(20, 30, 40, 60)
    mine, other = turned.source_box(box), page.source_box(Box(height - 40, width - 60, height - 20, width - 30))
    for edge in ("top", "left", "bottom", "right"):
        assert getattr(mine, edge) == pytest.approx(getattr(other, edge), abs=0.01)
    again = turned.upside_down()
    assert isinstance(again, Page) and np.allclose(again.to_source, page.to_source)
