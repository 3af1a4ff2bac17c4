"""Tesseract, which reads words, as a library in this process: which languages it knows, and what it sees in a picture.

Starting it takes a fifth of a second for each language. So this module imports nothing heavy. A program that will need
Tesseract starts it first of all, in a thread, and meanwhile imports everything else.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from glob import glob
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from tesserocr import PyTessBaseAPI

SECONDS_A_CALL = 60
"""Seconds after which Tesseract is stopped. The lines of its picture then stay unread."""
DATA_FOLDERS = ("/usr/share/tesseract-ocr/*/tessdata", "/usr/share/tessdata", "/usr/local/share/tessdata",
                "/opt/homebrew/share/tessdata")
"""Where Tesseract's languages are kept: by Debian and Ubuntu, in one folder for each version; by Fedora and Arch; if it
was built from source, or on a Mac with an Intel processor; on other Macs. The environment variable TESSDATA_PREFIX
takes precedence."""
USUAL_LANGUAGES = ("eng", "deu", "fra", "ita")
"""The languages of most printed songs. With all four, the words of a page take twice as long as in English alone: 0.24
s instead of 0.11 s for a page of ragtime."""
_ONE_AT_A_TIME = Lock()
"""Held while a Tesseract of this process reads, because it stores the picture and its words."""


def installed() -> frozenset[str]:
    """The languages that Tesseract can read on this machine, by its names; empty if there are none."""
    return frozenset(path.stem for path in data_folder().glob("*.traineddata")) - {"osd"}


def usual_languages() -> tuple[str, ...]:
    """Those of `USUAL_LANGUAGES` that Tesseract can read on this machine; English if it can read none of them."""
    here = installed()
    return tuple(name for name in USUAL_LANGUAGES if name in here) or USUAL_LANGUAGES[:1]


@lru_cache(maxsize=1)
def data_folder() -> Path:
    """The folder of Tesseract's languages; a folder that does not exist if there is none."""
    chosen = os.environ.get("TESSDATA_PREFIX")
    folders = [chosen] if chosen else [f for pattern in DATA_FOLDERS for f in sorted(glob(pattern), reverse=True)]
    return Path(next(iter(folders), "/nowhere"))


@lru_cache(maxsize=2)
def _tesseract(languages: tuple[str, ...]) -> PyTessBaseAPI:
    """A Tesseract for languages that are installed. It is kept, because starting it takes as long as reading a page. A
    second one, for German alone (`umlauts`), is kept, too."""
    from tesserocr import PSM, PyTessBaseAPI

    # Page segmentation mode 6: one uniform block of text.
    return PyTessBaseAPI(path=str(data_folder()), lang="+".join(languages), psm=PSM.SINGLE_BLOCK)


def start(languages: Sequence[str]) -> None:
    """Start Tesseract before the first page needs it, if it is installed. languages: by its names."""
    if languages and installed().issuperset(languages):
        with _ONE_AT_A_TIME:
            _tesseract(tuple(languages))


def table_of(sheet: np.ndarray, languages: Sequence[str]) -> str:
    """What Tesseract reads in a picture, as its table of tab-separated values. Empty if it takes too long."""
    with _ONE_AT_A_TIME:
        tesseract = _tesseract(tuple(languages))
        height, width = sheet.shape
        tesseract.SetImageBytes(sheet.tobytes(), width, height, 1, width)
        tesseract.SetSourceResolution(300)  # letters are as large as in a scan at 300 dpi
        table = str(tesseract.GetTSVText(0)) if tesseract.Recognize(1000 * SECONDS_A_CALL) else ""
        tesseract.Clear()
    return table


def read_alone(
    picture: np.ndarray, languages: Sequence[str], is_letter: bool = False, letters: str = ""
) -> tuple[str, float]:
    """What Tesseract reads in the picture of one word or letter, and how sure it is, 0-1.

    is_letter: whether it is a single letter. Tesseract would else read it as several, "BB" or "an De", mostly if it
        reads English only.
    letters: if given, only these can be read.
    """
    from tesserocr import PSM

    with _ONE_AT_A_TIME:
        tesseract = _tesseract(tuple(languages))
        height, width = picture.shape
        try:
            is_word = width > 2 * height and not letters
            mode = PSM.SINGLE_CHAR if is_letter else PSM.SINGLE_WORD if is_word else PSM.SINGLE_LINE
            tesseract.SetPageSegMode(mode)
            tesseract.SetVariable("tessedit_char_whitelist", letters)
            tesseract.SetImageBytes(picture.tobytes(), width, height, 1, width)
            tesseract.SetSourceResolution(300)
            text = str(tesseract.GetUTF8Text()).strip()
            score = tesseract.MeanTextConf() / 100
        finally:
            tesseract.Clear()
            tesseract.SetVariable("tessedit_char_whitelist", "")
            tesseract.SetPageSegMode(PSM.SINGLE_BLOCK)
    return " ".join(text.strip("|[]_.,'‘’ ").split()), score
