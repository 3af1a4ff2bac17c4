"""Makes the images, labels and truths of the engraved pages: `python tests/accuracy/regenerate.py --pages`.

Needs Verovio, MuseScore 3 and LilyPond; another version of one of them makes other images. What is committed is what
the guard reads, so no engraver is needed to run it. MuseScore draws the hyphens of lyrics in another order each time,
so labels of its pages may differ in the order of their strokes. The crops of old prints cannot be made here: the scans
they were cut from are no part of the repository.
"""

from __future__ import annotations

import tempfile
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from augment.degrade import degrade
from cli.evaluate.engravers import ENGRAVERS, labels_of
from deepscores.datasets import read
from deepscores.pages import LabelledPage, write_pages
from evaluation import excerpt
from omr.types import Box
from tests.accuracy.pages import MUSIC, PAGES, GuardPage, Music

MARGIN_SPACES = 3.0
"""White left above and beside the music when the page is cropped to it, in staff spaces."""
BELOW_SPACES = 9.0
"""What stays below the lowest staff line, in staff spaces: room for low notes and two verses, and no footer."""
PHOTO_SCALE = 0.62
"""Photographs are stored at this share of their width and height, a staff space of about 13 pixels: as JPEG they would
else be the greater part of all files."""
PHOTO_QUALITY = 75
"""JPEG quality of photographs."""
ONE_BIT_TRIES = 20
"""Half of all degraded scans are gray, which does not compress. So many seeds are tried for a black and white one; that
none of them is has a chance of one in a million."""


def make(music: Music) -> None:
    """Engrave a piece and write its labels and images, and its truth if there is none yet. To cut another excerpt,
    delete the old truth."""
    truth = music.truth
    truth.parent.mkdir(exist_ok=True)
    if not truth.exists():
        import music21

        root = excerpt.load(Path(music21.__file__).parent / "corpus" / music.score)
        excerpt.write(excerpt.excerpt(root, music.first, music.count, music.parts), truth)
    with tempfile.TemporaryDirectory(prefix="omr-") as temporary:
        image = Path(temporary) / "images" / "page.png"
        image.parent.mkdir()
        if not ENGRAVERS[music.engraver](truth, image):
            raise SystemExit(f"{music.name}: more than one page; take fewer measures")
        labelled = next(iter(read(labels_of(image))))
        pixels, labelled = _cropped(np.asarray(Image.open(image).convert("L")), labelled)
    for page in (page for page in PAGES if page.truth == truth):
        _write(page, pixels, labelled)


def _cropped(pixels: np.ndarray, labelled: LabelledPage) -> tuple[np.ndarray, LabelledPage]:
    """The page down to its music and a margin, and its labels moved along."""
    margin = round(MARGIN_SPACES * labelled.space_px)
    rows, cols = (np.flatnonzero((pixels < 128).any(axis=axis)) for axis in (1, 0))
    top, left = max(rows[0] - margin, 0), max(cols[0] - margin, 0)
    lowest = max(s.box.bottom for s in labelled.strokes if s.kind == "staffLine")
    cut = pixels[top : round(lowest + BELOW_SPACES * labelled.space_px), left : cols[-1] + margin]
    return cut, replace(
        labelled, width=cut.shape[1], height=cut.shape[0],
        symbols=tuple(replace(s, box=_moved(s.box, top, left)) for s in labelled.symbols),
        strokes=tuple(replace(s, points=tuple((row - top, col - left) for row, col in s.points))
                      for s in labelled.strokes),
        ignored=tuple(_moved(box, top, left) for box in labelled.ignored))


def _moved(box: Box, top: float, left: float) -> Box:
    return Box(box.top - top, box.left - left, box.bottom - top, box.right - left)


def _write(page: GuardPage, pixels: np.ndarray, labelled: LabelledPage) -> None:
    page.image.parent.mkdir(exist_ok=True)
    if page.kind == "perfect":
        path = labels_of(page.image)
        path.parent.mkdir(exist_ok=True)
        write_pages([replace(labelled, image=page.image)], path)
    elif page.kind == "photo":
        made, _, _ = degrade(pixels, (), (), _generator(page), "photo", labelled.space_px)
        image = Image.fromarray(made)
        size = round(image.width * PHOTO_SCALE), round(image.height * PHOTO_SCALE)
        image.resize(size, Image.Resampling.LANCZOS).save(page.image, quality=PHOTO_QUALITY, optimize=True)
    elif page.kind == "scan":
        save_one_bit(_one_bit_scan(page, pixels, labelled.space_px), page.image)
    else:
        save_one_bit(pixels, page.image)


def _one_bit_scan(page: GuardPage, pixels: np.ndarray, space_px: float) -> np.ndarray:
    for attempt in range(ONE_BIT_TRIES):
        made, _, _ = degrade(pixels, (), (), _generator(page, attempt), "scan", space_px)
        if len(np.unique(made)) == 2:
            return made
    raise SystemExit(f"{page.name}: no scan in {ONE_BIT_TRIES} is black and white")


def _generator(page: GuardPage, attempt: int = 0) -> np.random.Generator:
    """Seeded with the page's name, so that the same page is made every time."""
    return np.random.default_rng([zlib.crc32(page.name.encode()), attempt])


def save_one_bit(pixels: np.ndarray, path: Path) -> None:
    """A gray page as black and white PNG."""
    Image.fromarray(pixels).point(lambda value: 255 * (value >= 128)).convert("1").save(path, optimize=True)


def make_all() -> None:
    for music in MUSIC:
        make(music)
