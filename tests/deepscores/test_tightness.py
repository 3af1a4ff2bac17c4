"""Boxes are as tight as their ink: of symbols that stand alone, fingerings above all."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepscores import engrave as engraving
from deepscores.engrave import PINNED, EngravedPage, engrave
from deepscores.sources import Source
from omr.types import Box

AROUND = 5


@pytest.fixture(scope="module", params=[23, 28])
def page(request: pytest.FixtureRequest) -> EngravedPage:
    return engrave(Source(None, request.param), request.param, pages=1, family=PINNED)[0]


def taken(page: EngravedPage) -> np.ndarray:
    """(N, 4) top, left, bottom, right of every symbol, then of every piece of every stroke."""
    boxes = [(s.box.top, s.box.left, s.box.bottom, s.box.right) for s in page.labels.symbols]
    for s in page.labels.strokes:
        half = s.thickness_px / 2 + 1
        for (r0, c0), (r1, c1) in zip(s.points, s.points[1:], strict=False):
            boxes.append((min(r0, r1) - half, min(c0, c1) - half, max(r0, r1) + half, max(c0, c1) + half))
    return np.array(boxes)


def ink_box(pixels: np.ndarray, box: Box) -> Box:
    """The ink within `AROUND` px of a box."""
    top, left = round(box.top) - AROUND, round(box.left) - AROUND
    ink = pixels[top : round(box.bottom) + AROUND, left : round(box.right) + AROUND] < 160
    rows, cols = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return Box(top + rows[0], left + cols[0], top + rows[-1] + 1, left + cols[-1] + 1)


def test_symbols_that_stand_alone_fill_their_boxes(page: EngravedPage) -> None:
    pixels = np.asarray(Image.open(io.BytesIO(page.png)))
    boxes = taken(page)
    alone = 0
    for symbol in page.labels.symbols:
        b = symbol.box
        near = (boxes[:, 0] < b.bottom + AROUND + 1) & (boxes[:, 1] < b.right + AROUND + 1)
        near &= (boxes[:, 2] > b.top - AROUND - 1) & (boxes[:, 3] > b.left - AROUND - 1)
        if near.sum() > 1:
            continue
        found = ink_box(pixels, b)
        beyond = max(b.top - found.top, b.left - found.left, found.bottom - b.bottom, found.right - b.right)
        if beyond > AROUND - 1:
            continue  # cut off by the window: a neighbour that the vocabulary lacks, such as a turned bow
        alone += 1
        for side in ("top", "left", "bottom", "right"):
            assert getattr(found, side) == pytest.approx(getattr(b, side), abs=1.5), (symbol, side)
    assert alone >= 3


def test_the_pinned_font_gives_the_same_page_whatever_is_installed(
    page: EngravedPage, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = request.node.callspec.params["page"]
    monkeypatch.setattr(engraving, "_FONT_ROOT", tmp_path)
    engraving._fonts.cache_clear()
    try:
        (again,) = engrave(Source(None, seed), seed, pages=1, family=PINNED)
    finally:
        engraving._fonts.cache_clear()
    assert again.png == page.png and again.labels == page.labels
