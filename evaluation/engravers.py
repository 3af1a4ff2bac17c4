"""Engravers called as programs: MuseScore 3 and LilyPond, other hands than the Verovio of most training pages.

Each writes one page of a MusicXML file as a grey PNG of `DPI` and says whether the page holds all of it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from evaluation import excerpt
from omr import programs
from omr.errors import DataError
from omr.programs import call, program

DPI = 300
SPACE_PX = 20.8
"""Staff space of both engravers' pages at `DPI`."""

Engraver = Callable[[Path, Path], bool]
"""(MusicXML, PNG to write) -> whether one page holds all of it. Raises DataError if it fails or is not installed."""


def musescore(score: Path, image: Path, font: str) -> bool:
    """MuseScore 3 with one of its music fonts: Emmentaler, Gonville, MuseJazz, Bravura."""
    pdf = image.with_suffix(".pdf")
    programs.musescore(score, {"musicalSymbolFont": font}, pdf)
    return _rasterise(pdf, image)


def lilypond(score: Path, image: Path) -> bool:
    """LilyPond by way of musicxml2ly."""
    pdf, source, readable = (image.with_suffix(s) for s in (".pdf", ".ly", ".ly.musicxml"))
    root = excerpt.load(score)
    _number_lyrics(root)
    excerpt.write(root, readable)
    try:
        call([program("musicxml2ly", "lilypond"), "--no-page-layout", "-o", str(source), str(readable)])
        call([program("lilypond", "lilypond"), "-dno-point-and-click", "--pdf", "-o", str(pdf.with_suffix("")),
               str(source)])
        return _rasterise(pdf, image)
    finally:
        readable.unlink(missing_ok=True)
        source.unlink(missing_ok=True)


PROGRAMS: dict[str, Engraver] = {
    **{f"musescore-{font.lower()}": partial(musescore, font=font) for font in ("Emmentaler", "Gonville", "MuseJazz")},
    "lilypond": lilypond,
}


def _rasterise(pdf: Path, image: Path) -> bool:
    from pdf2image import convert_from_path, pdfinfo_from_path

    if not pdf.exists():
        raise DataError(f"{image.name}: the engraver made no page")
    try:
        if pdfinfo_from_path(str(pdf))["Pages"] != 1:
            return False
        (page,) = convert_from_path(str(pdf), DPI, grayscale=True)
        page.save(image, "PNG", dpi=(DPI, DPI))
        return True
    finally:
        pdf.unlink()


def _number_lyrics(root: Any) -> None:
    """musicxml2ly wants every verse to be a number; MusicXML allows any name."""
    for part in root.iterfind("part"):
        numbers: dict[str, int] = {}
        for lyric in part.iter("lyric"):
            lyric.set("number", str(numbers.setdefault(lyric.get("number", "1"), len(numbers) + 1)))
