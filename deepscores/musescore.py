"""Labelled pages engraved by MuseScore 3: another hand than Verovio's, with the spacing, beams and slurs of the
commonest notation program. Its SVG says what is where (`msvg.py`). Programs that are not installed raise DataError."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from deepscores.engrave import PAGES_A_SCORE, EngravedPage, digit_outlines, draw_svg, random_family, variety
from deepscores.msvg import read_page
from deepscores.sources import Source
from omr.errors import DataError
from omr.programs import musescore

FONTS = {"Emmentaler": 1.0, "Bravura": 1.0, "Gonville": 1.0}
"""MuseScore's music fonts and how often each is drawn. MuseJazz is left to the benchmark."""
SUFFIXES: Sequence[str] = (".mxl", ".musicxml", ".xml")
_TEXTS = ("title", "subTitle", "composer", "lyricist", "lyricsOdd", "lyricsEven", "fingering", "tuplet", "expression",
          "tempo", "staffText", "systemText", "longInstrument", "shortInstrument", "measureNumber", "chordSymbolA",
          "hairpin", "volta", "ottava", "pedal")
_SIZE = re.compile(r'<svg ([^>]*?)width="([\d.]+)px" height="([\d.]+)px"')


def random_style(rng: np.random.Generator, family: str) -> dict[str, object]:
    """MuseScore's style of one edition: widths in staff spaces, `Spatium` in millimetres, pages in inches."""
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
    """The pages of a MusicXML file that hold the greatest variety of symbols, at most `pages` of them.

    Raises DataError if MuseScore is not installed or cannot read the file.
    """
    if source.path is None or source.path.suffix not in SUFFIXES:
        raise DataError(f"{source.name} is no MusicXML file, which is what MuseScore engraves")
    rng = np.random.default_rng(seed)
    family = random_family(rng)
    style = random_style(rng, family)
    space_px = float(rng.uniform(13, 20))
    with tempfile.TemporaryDirectory(prefix="omr-") as folder:
        musescore(source.path, style, Path(folder) / "page.svg")
        drawings = [path.read_bytes() for path in sorted(Path(folder).glob("page-*.svg"))]
        chosen = rng.permutation(len(drawings))[: 3 * pages].tolist()
    digits = {"Tuplet": digit_outlines(family, True, "tuplet"), "Fingering": digit_outlines(family, False, "fingering")}
    read = [(read_page(drawings[i], space_px, digits), drawings[i]) for i in chosen]
    ranked = [(page, svg) for page, svg in read if page is not None and len(page.labels.symbols) >= 20]
    ranked.sort(key=lambda r: -variety(Counter(s.name for s in r[0].labels.symbols)))
    made = []
    for page, svg in ranked[:pages]:
        png, width, height = rasterise(svg, page.scale)
        made.append(EngravedPage(png, width, height, space_px, page.labels, source.name,
                                 str(style["musicalSymbolFont"]), ignored=page.ignored))
    return made


def rasterise(svg: bytes, scale: float) -> tuple[bytes, int, int]:
    """Draw a page at `scale` pixels a unit: gray PNG bytes, width, height."""
    text, changed = _SIZE.subn(
        lambda m: f'<svg {m[1]}width="{float(m[2]) * scale}px" height="{float(m[3]) * scale}px"', svg.decode(), count=1)
    if not changed:
        raise DataError("not a page of MuseScore's: no size")
    return draw_svg(text)
