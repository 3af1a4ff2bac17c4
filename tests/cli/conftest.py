"""A data set of one small page: a corner of an engraved one."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepscores.pages import LabelledPage, write_pages
from deepscores.sources import Source


@pytest.fixture(scope="session")
def corner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from deepscores.engrave import engrave
    from models.crops import LabelledRaster, shift

    folder = tmp_path_factory.mktemp("corner")
    (folder / "images").mkdir()
    (folder / "labels").mkdir()
    (page,) = engrave(Source(None, 3), 4, 1)
    pixels = np.asarray(Image.open(io.BytesIO(page.png)))[:900, :700]
    cut = shift(LabelledRaster(pixels, page.labels.symbols, page.labels.strokes), pixels, 0, 0, 1)
    symbols = tuple(s for s in cut.symbols if s.box.bottom <= 900 and s.box.right <= 700)
    Image.fromarray(pixels).save(folder / "images" / "a.png")
    write_pages([LabelledPage(folder / "images" / "a.png", 700, 900, page.space_px, symbols, cut.strokes)],
                folder / "labels" / "a.json")
    return folder
