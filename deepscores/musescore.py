"""Labelled pages engraved by MuseScore 3, to have a second engraver besides Verovio: with the spacing, beams and slurs
of the commonest notation program. Its SVG says what is where (`msvg.py`). Programs that are not installed raise
DataError."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from deepscores.drawn import DrawnPage
from deepscores.engrave import PAGES_A_SCORE, EngravedPage, digit_outlines, draw_svg, random_family, variety
from deepscores.msvg import UNITS_AN_INCH, read_page, staff_space
from deepscores.outlines import Contours
from deepscores.programs import call, program
from deepscores.sources import Source
from omr.errors import DataError

FONTS = {"Emmentaler": 1.0, "Bravura": 1.0, "Gonville": 1.0}
"""MuseScore's music fonts, and how often each is used. MuseJazz is left for the benchmark."""
SUFFIXES: Sequence[str] = (".mxl", ".musicxml", ".xml")
_TEXTS = ("title", "subTitle", "composer", "lyricist", "lyricsOdd", "lyricsEven", "fingering", "tuplet", "expression",
          "tempo", "staffText", "systemText", "longInstrument", "shortInstrument", "measureNumber", "chordSymbolA",
          "hairpin", "volta", "ottava", "pedal")
_SIZE = re.compile(r'<svg ([^>]*?)width="([\d.]+)px" height="([\d.]+)px"')


def random_style(rng: np.random.Generator, family: str) -> dict[str, object]:
    """A random style for MuseScore: widths in staff spaces, `Spatium` in millimetres, pages in inches."""
    names = list(FONTS)
    weight = np.array([FONTS[name] for name in names])
    font = names[int(rng.choice(len(names), p=weight / weight.sum()))]

    def between(low: float, high: float) -> float:
        return round(float(rng.uniform(low, high)), 3)

    width, margin = between(7.5, 9.5), between(0.25, 0.6)
    style: dict[str, object] = {
        "musicalSymbolFont": font, "Spatium": between(1.35, 2.0),
        "pageWidth": width, "pageHeight": round(width * between(1.25, 1.45), 3),
        "pagePrintableWidth": width - 2 * margin, "pageEvenLeftMargin": margin, "pageOddLeftMargin": margin,
        "stemWidth": between(0.08, 0.18), "barWidth": between(0.1, 0.25), "doubleBarWidth": between(0.1, 0.25),
        "endBarWidth": between(0.35, 0.65), "staffLineWidth": between(0.06, 0.14), "ledgerLineWidth": between(0.1, 0.2),
        "beamWidth": between(0.42, 0.6), "slurMidWidth": between(0.12, 0.25), "slurEndWidth": between(0.05, 0.09),
        "hairpinWidth": between(0.09, 0.18), "tupletBracketWidth": between(0.08, 0.18),
        "graceNoteMag": between(0.6, 0.75), "minNoteDistance": between(0.1, 0.45), "measureSpacing": between(1.05, 1.4),
        "staffDistance": between(5.0, 8.0), "akkoladeDistance": between(5.0, 8.0),
        "minSystemDistance": between(6.5, 10.0), "maxSystemDistance": between(12.0, 20.0),
        "createMultiMeasureRests": int(rng.random() < 0.3), "hideEmptyStaves": int(rng.random() < 0.2),
    }
    style.update({f"{text}FontFace": family for text in _TEXTS})
    return style


def engrave(source: Source, seed: int, pages: int = PAGES_A_SCORE) -> list[EngravedPage]:
    """The pages of a MusicXML file with the greatest variety of symbols, at most `pages` of them.

    Raises DataError if MuseScore is not installed or cannot read the file.
    """
    if source.path is None or source.path.suffix not in SUFFIXES:
        raise DataError(f"{source.name} is no MusicXML file, which is what MuseScore engraves")
    rng = np.random.default_rng(seed)
    family = random_family(rng)
    style = random_style(rng, family)
    space_px = float(rng.uniform(13, 20))
    pages_drawn = drawings(source.path, style)
    chosen = rng.permutation(len(pages_drawn))[: 3 * pages].tolist()
    font = str(style["musicalSymbolFont"])
    digits = _digits(family)
    read = [(read_page(pages_drawn[i], space_px, digits), pages_drawn[i]) for i in chosen]
    ranked = [(page, svg) for page, svg in read if page is not None and len(page.labels.symbols) >= 20]
    ranked.sort(key=lambda r: -variety(Counter(s.name for s in r[0].labels.symbols)))
    return [_engraved(page, svg, space_px, font, source.name) for page, svg in ranked[:pages]]


def draw(score: Path, font: str, dpi: float, family: str) -> list[EngravedPage]:
    """Every page of a MusicXML file that has a staff, in MuseScore's default style and size. family: the font of its
    digits. The glyphs of a handwritten font are not known, so the labels of such a page cannot be relied on."""
    style = {"musicalSymbolFont": font, "tupletFontFace": family, "fingeringFontFace": family}
    made = []
    for svg in drawings(score, style):
        space_px = staff_space(svg) * dpi / UNITS_AN_INCH
        page = read_page(svg, space_px, _digits(family))
        if page is not None:
            made.append(_engraved(page, svg, space_px, font, score.name))
    return made


def drawings(score: Path, style: Mapping[str, object]) -> list[bytes]:
    """The pages of a MusicXML file as SVG. Raises DataError."""
    with tempfile.TemporaryDirectory(prefix="omr-") as temporary:
        own = in_own_format(score, Path(temporary), style)
        call([program("mscore3", "musescore3"), "-o", str(own.with_name("page.svg")), str(own)],
             QT_QPA_PLATFORM="offscreen")
        return [path.read_bytes() for path in sorted(own.parent.glob("page-*.svg"))]


def in_own_format(score: Path, folder: Path, style: Mapping[str, object]) -> Path:
    """Convert a MusicXML file into MuseScore's own format, with a style, as a file in a folder: a style has no effect
    when MusicXML is read. Raises DataError."""
    own = folder / "score.mscx"
    call([program("mscore3", "musescore3"), "-o", str(own), str(score)], QT_QPA_PLATFORM="offscreen")
    tags = "".join(f"<{name}>{value}</{name}>" for name, value in style.items())
    text, changed = re.subn("</Style>", f"{tags}</Style>", own.read_text(encoding="utf-8"), count=1)
    if not changed:
        raise DataError(f"{score}: MuseScore wrote no style to be changed")
    own.write_text(text, encoding="utf-8")
    return own


def _digits(family: str) -> dict[str, dict[str, Contours]]:
    return {"Tuplet": digit_outlines(family, True, "tuplet"), "Fingering": digit_outlines(family, False, "fingering")}


def _engraved(page: DrawnPage, svg: bytes, space_px: float, font: str, name: str) -> EngravedPage:
    png, width, height = rasterise(svg, page.scale)
    return EngravedPage(png, width, height, space_px, page.labels, name, font, ignored=page.ignored)


def rasterise(svg: bytes, scale: float) -> tuple[bytes, int, int]:
    """Draw a page at `scale` pixels per unit. Returns the bytes of a grey PNG, width and height."""
    text, changed = _SIZE.subn(
        lambda m: f'<svg {m[1]}width="{float(m[2]) * scale}px" height="{float(m[3]) * scale}px"', svg.decode(), count=1)
    if not changed:
        raise DataError("not a page of MuseScore's: no size")
    return draw_svg(text)
