"""Scores as PDFs, each by another program. `omr evaluate drawn` reads them back. Nothing is labelled here."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from deepscores.lilypond import for_musicxml2ly
from deepscores.musescore import in_own_format
from deepscores.programs import call, program
from omr.errors import DataError

_WHOLE_TEMPO = re.compile(r"(\\tempo \d+ = \d+)\.\d+")
"""What musicxml2ly writes for a metronome mark with a fraction. LilyPond cannot read it."""
FONTS = ("Emmentaler", "Gonville", "Bravura", "MuseJazz")
"""MuseScore 3's music fonts."""


def draw(engraver: str, score: Path, pdf: Path) -> None:
    """Engrave an uncompressed MusicXML file with a program: "musescore-" and the name of a font in small letters,
    "lilypond" or "verovio". Raises DataError."""
    kind, _, font = engraver.partition("-")
    if kind == "musescore":
        musescore(score, pdf, {name.lower(): name for name in FONTS}[font])
    elif kind == "lilypond":
        lilypond(score, pdf)
    else:
        verovio(score, pdf)


def musescore(score: Path, pdf: Path, font: str) -> None:
    """Engrave an uncompressed MusicXML file with MuseScore 3 and one of its `FONTS`. Raises DataError."""
    with tempfile.TemporaryDirectory(prefix="omr-") as temporary:
        own = in_own_format(score, Path(temporary), {"musicalSymbolFont": font})
        call([program("mscore3", "musescore3"), "-o", str(pdf), str(own)], QT_QPA_PLATFORM="offscreen")


def lilypond(score: Path, pdf: Path) -> None:
    """The same with LilyPond, by way of musicxml2ly. It also writes a MIDI file beside the PDF: repeats are played
    once, and notes as they are written, without ornaments and arpeggios. Raises DataError."""
    with tempfile.TemporaryDirectory(prefix="omr-") as temporary:
        readable, source = Path(temporary) / "score.musicxml", Path(temporary) / "score.ly"
        readable.write_bytes(for_musicxml2ly(score.read_bytes()))
        call([program("musicxml2ly", "lilypond"), "--no-page-layout", "--midi", "-o", str(source), str(readable)])
        played = source.read_text(encoding="utf-8").replace("\\unfoldRepeats \\articulate", "")
        source.write_text(_WHOLE_TEMPO.sub(r"\1", played), encoding="utf-8")
        call([program("lilypond", "lilypond"), "-dno-point-and-click", "-o", str(pdf.with_suffix("")), str(source)])


def verovio(score: Path, pdf: Path, font: str = "Leipzig") -> None:
    """The same with Verovio and one of its fonts. rsvg-convert turns its SVG into a PDF. Raises DataError."""
    from verovio import toolkit

    kit = toolkit()
    kit.setOptions({"pageWidth": 2100, "pageHeight": 2970, "footer": "none", "breaks": "auto", "font": font})
    if not kit.loadData(score.read_text(encoding="utf-8")):
        raise DataError(f"{score}: Verovio cannot read it")
    with tempfile.TemporaryDirectory(prefix="omr-") as temporary:
        pages = [Path(temporary) / f"page-{number:04d}.svg" for number in range(1, kit.getPageCount() + 1)]
        for number, page in enumerate(pages, 1):
            page.write_text(re.sub(r"<desc>.*?</desc>", "", kit.renderToSVG(number)), encoding="utf-8")
        call([program("rsvg-convert", "librsvg2-bin"), "-f", "pdf", "-o", str(pdf), *map(str, pages)])
