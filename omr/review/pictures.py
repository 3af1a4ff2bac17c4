"""Pictures of the pages: the scan, scaled down if it is wide, and the map from the reading to the picture.

Every place at which a person points, and every place in the log, is in pixels of these pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from omr.files import replacing
from omr.reading import PageReading
from omr.types import SPACE_PX, Box
from omr.types.page import mapped_box, scale_of

WIDEST_PX = 2000
"""Greatest width of a picture: enough to see a dot on a full page, and quick to send."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A page's picture.

    path: its PNG file.
    height, width: in pixels.
    mapping: (2, 3), from (row, col, 1) of the normalised page to the picture, like `Page.to_source`. None if nothing
        was read.
    page: PNG file of the normalised page, from which it can be read again. None if it was not kept.
    """

    path: Path
    height: int
    width: int
    mapping: np.ndarray | None
    page: Path | None = None

    @cached_property
    def space_px(self) -> float:
        """The staff space in pixels of the picture; 0 if nothing was read."""
        return 0.0 if self.mapping is None else SPACE_PX * scale_of(self.mapping)

    def box(self, box: Box) -> list[float]:
        """A box of the normalised page as [top, left, bottom, right] in the picture. The page must have been read."""
        if box not in self._boxes:
            assert self.mapping is not None
            found = mapped_box(self.mapping, box)
            self._boxes[box] = tuple(round(float(side), 1)
                                     for side in (found.top, found.left, found.bottom, found.right))
        return list(self._boxes[box])

    @cached_property
    def _points(self) -> dict[tuple[float, float], tuple[float, ...]]:
        """Results of `at`, to be used again."""
        return {}

    @cached_property
    def _boxes(self) -> dict[Box, tuple[float, ...]]:
        """Results of `box`, to be used again: the same boxes are asked for after every correction."""
        return {}

    def at(self, row: float, col: float) -> list[float]:
        """A point of the normalised page as [row, col] in the picture. The page must have been read."""
        if (row, col) not in self._points:
            assert self.mapping is not None
            found = self.mapping[:, :2] @ np.array([row - 0.5, col - 0.5]) + self.mapping[:, 2] + 0.5
            self._points[row, col] = tuple(round(float(side), 1) for side in found)
        return list(self._points[row, col])

    def on_page(self, at: Sequence[float]) -> tuple[float, float]:
        """The inverse of `at`: a point [row, col] of the picture on the normalised page. The page must have been
        read."""
        assert self.mapping is not None
        found = np.linalg.solve(self.mapping[:, :2], np.array(at[:2], float) - 0.5 - self.mapping[:, 2]) + 0.5
        return float(found[0]), float(found[1])


@dataclass(frozen=True)
class DrawPicture:
    """Draws the picture of a page in the process that reads the page (it is a `Look` of the pipeline).

    folder: for the PNG files.
    pages: file of each page of the input, and the page's number there, from 1.
    """

    folder: Path
    pages: tuple[tuple[Path, int], ...]

    def __call__(self, reading: PageReading, detector: Any) -> Picture:
        from omr.page.raster import load_page

        raw = load_page(*self.pages[reading.index])
        path = self.folder / f"{reading.index}.png"
        height, width, scale = write_picture(raw.pixels, path)
        mapping, page = None, None
        if reading.page is not None:
            page = self.folder / f"{reading.index}-page.png"
            _write_png(reading.page.pixels, page)
            linear, shift = reading.page.to_source[:, :2], reading.page.to_source[:, 2:]
            # A page that was read from what its PDF draws has a resolution of its own.
            if raw.dpi > 0 and reading.page.dpi > 0:
                scale *= raw.dpi / reading.page.dpi
            mapping = np.hstack([scale * linear, scale * (shift + 0.5) - 0.5])
        return Picture(path, height, width, mapping, page)


def write_picture(pixels: np.ndarray, path: Path) -> tuple[int, int, float]:
    """Write a page's pixels, (H, W) uint8, as PNG, scaled down if it is wide. Returns the height and width of the
    picture, and the factor by which it was scaled."""
    from PIL import Image

    image = Image.fromarray(pixels)
    scale = min(1.0, WIDEST_PX / image.width)
    if scale < 1:
        image = image.resize((WIDEST_PX, max(1, round(image.height * scale))), Image.Resampling.BOX)
    _write_png(np.asarray(image), path)
    return image.height, image.width, scale


def _write_png(pixels: np.ndarray, path: Path) -> None:
    from PIL import Image

    with replacing(path) as temporary:
        Image.fromarray(pixels).save(temporary, "PNG", compress_level=2)


def kept_pictures(folder: Path, readings: Sequence[PageReading]) -> Mapping[int, Picture]:
    """The pictures for a folder of `omr scan --keep`: the normalised pages themselves."""
    from PIL import Image

    found = {}
    for reading in readings:
        path = folder / f"page-{reading.index + 1:03d}" / "page.png"
        if path.exists():
            with Image.open(path) as image:
                found[reading.index] = Picture(path, image.height, image.width, np.eye(2, 3), path)
    return found
