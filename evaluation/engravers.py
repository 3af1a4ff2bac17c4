"""Engravers that the detector never learnt from, called as programs: MuseScore 3 and LilyPond.

Each writes one page of a MusicXML file as a grey PNG of `DPI` and says whether the page holds all of it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from evaluation import excerpt
from omr.errors import DataError

DPI = 300
SPACE_PX = 20.8
"""Staff space of both engravers' pages at `DPI`."""
TIMEOUT_S = 120

Engraver = Callable[[Path, Path], bool]
"""(MusicXML, PNG to write) -> whether one page holds all of it. Raises DataError if it fails or is not installed."""


def musescore(score: Path, image: Path, font: str) -> bool:
    """MuseScore 3 with one of its music fonts: Emmentaler, Gonville, MuseJazz, Bravura."""
    program = _program("mscore3", "musescore3")
    drawn, pdf = image.with_suffix(".mscx"), image.with_suffix(".pdf")
    try:
        # A style file is not heeded when MusicXML is read, so the font goes into MuseScore's own format.
        _call([program, "-o", str(drawn), str(score)], QT_QPA_PLATFORM="offscreen")
        style = f"<Style><musicalSymbolFont>{font}</musicalSymbolFont>"
        text, changed = re.subn("<Style>", style, drawn.read_text(encoding="utf-8"), count=1)
        if not changed:
            raise DataError(f"{score}: MuseScore wrote no style to set the font {font} in")
        drawn.write_text(text, encoding="utf-8")
        _call([program, "-o", str(pdf), str(drawn)], QT_QPA_PLATFORM="offscreen")
        return _rasterise(pdf, image)
    finally:
        drawn.unlink(missing_ok=True)


def lilypond(score: Path, image: Path) -> bool:
    """LilyPond by way of musicxml2ly."""
    pdf, source, readable = (image.with_suffix(s) for s in (".pdf", ".ly", ".ly.musicxml"))
    root = excerpt.load(score)
    _number_lyrics(root)
    excerpt.write(root, readable)
    try:
        _call([_program("musicxml2ly", "lilypond"), "--no-page-layout", "-o", str(source), str(readable)])
        _call([_program("lilypond", "lilypond"), "-dno-point-and-click", "--pdf", "-o", str(pdf.with_suffix("")),
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


def _program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise DataError(f"{name} is not installed; the benchmark needs it (Debian: apt install {package})")
    return found


def _call(command: list[str], **environment: str) -> None:
    try:
        done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True,
                              timeout=TIMEOUT_S, errors="replace")
    except subprocess.TimeoutExpired as error:
        raise DataError(f"{Path(command[0]).name} took longer than {TIMEOUT_S} s for {command[-1]}") from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise DataError(f"{Path(command[0]).name} failed on {command[-1]}: {last}")
