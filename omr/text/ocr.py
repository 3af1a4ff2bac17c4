"""Words on a page: the detector says where text is, Tesseract what it says.

Tesseract runs as a library in this process, started with the first page on which the detector sees text. It gets the
text line by line (`linepictures`). Where each word stood on the page is known from the columns of each line.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from glob import glob
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from omr.text.blocks import erase, notes_of, pieces_of_ink, rows_of, text_blocks, text_map, text_mask
from omr.text.dashes import dashes, without_lines
from omr.text.linepictures import GAP_PX, LINE_PX, Line, picture_of, sheet_of
from omr.types import Box, DetectorMaps, Page, Symbol, Word

if TYPE_CHECKING:
    from tesserocr import PyTessBaseAPI

LINES_A_CALL = 24
"""Most lines in one picture."""
SECONDS_A_CALL = 60
"""When Tesseract is stopped that has not read a picture, whose lines are then left unread."""
DATA_FOLDERS = ("/usr/share/tesseract-ocr/*/tessdata", "/usr/share/tessdata", "/usr/local/share/tessdata",
                "/opt/homebrew/share/tessdata")
"""Where Tesseract's languages are kept by Debian and Ubuntu, in a folder for each version; by Fedora and Arch; where
Tesseract was built from source, or on a Mac with an Intel processor; on other Macs. The environment variable
TESSDATA_PREFIX goes before all of them."""
USUAL_LANGUAGES = ("eng", "deu", "fra", "ita")
"""The languages of most songs that are printed. With all four the words of a page take twice as long as in English
alone: 0.24 s instead of 0.11 s a page of ragtime."""
_WORD_LEVEL = "5"
"""`level` of the rows of Tesseract's table that are words (1 is the page, 2 a block, 3 a paragraph, 4 a line)."""
_ONE_AT_A_TIME = Lock()
"""Held while the one Tesseract of this process reads: it keeps a picture and its words in itself."""



def installed() -> frozenset[str]:
    """The languages that Tesseract can read on this machine, by its names; empty if there are none."""
    return frozenset(path.stem for path in data_folder().glob("*.traineddata")) - {"osd"}


def usual_languages() -> tuple[str, ...]:
    """Those of `USUAL_LANGUAGES` that Tesseract can read on this machine; English, if it can read none of them."""
    here = installed()
    return tuple(name for name in USUAL_LANGUAGES if name in here) or USUAL_LANGUAGES[:1]


@lru_cache(maxsize=1)
def data_folder() -> Path:
    """The folder of Tesseract's languages; one that does not exist, if there is none."""
    chosen = os.environ.get("TESSDATA_PREFIX")
    folders = [chosen] if chosen else [f for pattern in DATA_FOLDERS for f in sorted(glob(pattern), reverse=True)]
    return Path(next(iter(folders), "/nowhere"))


@lru_cache(maxsize=1)
def _tesseract(languages: tuple[str, ...]) -> PyTessBaseAPI:
    """A Tesseract for languages that are installed. It is kept, since to start it takes as long as to read a page."""
    from tesserocr import PSM, PyTessBaseAPI

    # Page segmentation mode 6: one block of text of even size.
    return PyTessBaseAPI(path=str(data_folder()), lang="+".join(languages), psm=PSM.SINGLE_BLOCK)


def start(languages: Sequence[str]) -> None:
    """Start Tesseract before the first page needs it, if it is here. languages: its names of them."""
    if languages and installed().issuperset(languages):
        with _ONE_AT_A_TIME:
            _tesseract(tuple(languages))


def read_words(
    source: np.ndarray, page: Page, maps: DetectorMaps, languages: Sequence[str], heads: Sequence[Symbol] = ()
) -> tuple[Word, ...]:
    """The words of a page, in pixels of the page.

    source: the raster (H, W) that `page` was made from, 0 = ink. languages: Tesseract's names. heads: the page's
    noteheads. Empty if a language is not installed: a page is worth reading without its words.
    """
    if not installed().issuperset(languages):
        return ()
    ink = pieces_of_ink(page)
    text, notes = text_map(ink, maps), notes_of(ink, heads)
    erase(text, ink, notes, maps.stride)
    blocks = text_blocks(page, text, maps.stride)
    if not blocks:
        return ()
    mask = without_lines(ink, text_mask(page, text, maps.stride), blocks)
    erase(mask, ink, notes, 1)
    lines = [picture_of(source, page, mask, row) for row in rows_of(blocks)]
    words: list[Word] = []
    for i in range(0, len(lines), LINES_A_CALL):
        batch = lines[i:i + LINES_A_CALL]
        words += _found(batch, _table(sheet_of(batch), languages))
    return (*words, *dashes(page, words))


def _table(sheet: np.ndarray, languages: Sequence[str]) -> str:
    """What Tesseract reads in a picture, as its table of tab-separated values; empty if it takes too long."""
    with _ONE_AT_A_TIME:
        tesseract = _tesseract(tuple(languages))
        height, width = sheet.shape
        tesseract.SetImageBytes(sheet.tobytes(), width, height, 1, width)
        tesseract.SetSourceResolution(300)  # letters are as large as in a scan of 300 dpi
        table = str(tesseract.GetTSVText(0)) if tesseract.Recognize(1000 * SECONDS_A_CALL) else ""
        tesseract.Clear()
    return table


def read_alone(picture: np.ndarray, languages: Sequence[str]) -> tuple[str, float]:
    """What Tesseract reads in the picture of one word or letter, and how sure it is, 0-1."""
    from tesserocr import PSM

    with _ONE_AT_A_TIME:
        tesseract = _tesseract(tuple(languages))
        height, width = picture.shape
        try:
            tesseract.SetPageSegMode(PSM.SINGLE_WORD if width > 2 * height else PSM.SINGLE_LINE)
            tesseract.SetImageBytes(np.ascontiguousarray(picture).tobytes(), width, height, 1, width)
            tesseract.SetSourceResolution(300)
            text = str(tesseract.GetUTF8Text()).strip()
            score = tesseract.MeanTextConf() / 100
        finally:
            tesseract.Clear()
            tesseract.SetPageSegMode(PSM.SINGLE_BLOCK)
    return " ".join(text.strip("|[]_.,'‘’ ").split()), score


def _found(lines: Sequence[Line], table: str) -> list[Word]:
    """The words of a table that Tesseract made of a picture of these lines, in pixels of the page."""
    words = []
    for row in table.splitlines():
        level, *places, confidence, text = row.split("\t")
        if level != _WORD_LEVEL or not text.strip():
            continue
        left, top, width, height = (int(place) for place in places[-4:])
        index = int((top + height / 2 - GAP_PX / 2) // (LINE_PX + GAP_PX))
        if not 0 <= index < len(lines) or width < 1 or height < 1:
            continue
        line = lines[index]
        start, end = (float(line.columns[min(x, len(line.columns) - 1)]) for x in (left, left + width))
        row_of_picture = top - GAP_PX - index * (LINE_PX + GAP_PX)
        above = float(line.tops[min(left, len(line.tops) - 1)]) + row_of_picture / line.scale
        words.append(Word(text.strip(), Box(above, start, above + height / line.scale, max(end, start + 1)),
                          min(max(float(confidence) / 100, 0.0), 1.0)))
    return words
