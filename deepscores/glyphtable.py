"""Makes the table of outlines by which glyphs in PDFs are recognised: `python -m deepscores.glyphtable FONT...`

FONT: OpenType files of SMuFL fonts, for example from npm's packages @vexflow-fonts/*. Bravura, Leland, Petaluma,
Gootville, Leipzig, MuseJazz, Sebastian, and Finale's Maestro, Ash, Broadway and Jazz are under the SIL Open Font
License; Gonville is free of any license. LilyPond's Emmentaler (also under that license) is taken from an installed
LilyPond. The table has small pictures of the glyphs, and no part of the fonts. Without FONT, LilyPond's glyphs are
added to the existing table.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from fontTools.ttLib import TTFont

from deepscores.lilypond import FETA
from deepscores.outlines import UNITS_PER_SPACE, Contours, glyph_contours
from deepscores.programs import program
from deepscores.svg import DYNAMICS, SLASH
from omr.detect.outlines import LETTERS, OTHER, TABLE, GlyphTable, fill, longer
from omr.types.vocabulary import BY_CODE_POINT

OTHER_RANGES = (
    (0xE040, 0xE04F), (0xE050, 0xE07F), (0xE08C, 0xE09F), (0xE0A0, 0xE1AF), (0xE1D0, 0xE1FF), (0xE210, 0xE22F),
    (0xE240, 0xE25F), (0xE260, 0xE30F), (0xE4A0, 0xE4FF), (0xE500, 0xE54F), (0xE560, 0xE5FF), (0xE610, 0xE66F),
    (0xE880, 0xE89F), (0xED10, 0xED1F),
)
"""SMuFL's ranges of what stands on usual pages: repeats, clefs, times, heads, notes in text, dots, tremolos, flags,
accidentals, articulations, holds, rests, dynamics, ornaments, playing techniques, pedals, tuplets, fingerings."""
OTHERS_FROM = "bravura"
"""The font (by the beginning of its file name) whose glyphs in these ranges are in the table even if they are no class
of ours. An outline that is likest one of them must not be given another name."""
ALIKE = 0.8
"""Glyphs with other names that are at least this much like one of ours are variants of it, and left out."""
LONGAS = {"noteheads.uM2": "noteheadLonga", "noteheads.dM2": "noteheadLonga"}
"""LilyPond's longas, which are single glyphs including their stems."""
EMMENTALER = ("11", "14", "18", "20", "26")
"""Sizes for which LilyPond has a design of its own."""


def glyphs_of(path: Path) -> Iterator[tuple[str, Contours]]:
    """The glyphs of a SMuFL font, by their names in the table. Outlines are in staff spaces, with y downwards."""
    font = TTFont(path)
    knows_others = path.name.lower().startswith(OTHERS_FROM)
    glyphs, units = font.getGlyphSet(), font["head"].unitsPerEm / 4
    for code, glyph in sorted(font.getBestCmap().items()):
        name = BY_CODE_POINT.get(f"{code:04X}")
        if code in DYNAMICS:
            name = LETTERS + DYNAMICS[code]
        elif name is None and knows_others and any(first <= code <= last for first, last in OTHER_RANGES):
            name = f"{OTHER}{code:04X}"
        if name is not None:
            shape = [c * [1, -1] / units for c in glyph_contours(glyphs[glyph])]
            yield name, shape
            if name == "arpeggiato":  # SMuFL's wiggle is horizontal, and is drawn rotated
                yield name, [c[:, ::-1] * [1, -1] for c in shape]
                yield name, [c[:, ::-1] * [-1, 1] for c in shape]


def emmentaler() -> Iterator[tuple[str, Contours]]:
    """The same for LilyPond's own font, in all its designs. Raises DataError if LilyPond is not installed."""
    root = Path(program("lilypond", "lilypond")).resolve().parents[1] / "share" / "lilypond"
    for size in EMMENTALER:
        for path in sorted(root.glob(f"*/fonts/otf/emmentaler-{size}.otf"))[-1:]:
            glyphs = TTFont(path).getGlyphSet()
            for feta, name in (FETA | LONGAS).items():
                if feta in glyphs:
                    known = OTHER + SLASH if name == SLASH else name
                    yield known, [c * [1, -1] / UNITS_PER_SPACE for c in glyph_contours(glyphs[feta])]


def make(fonts: list[Path], out: Path = TABLE) -> int:
    """Write the table. Returns how many glyphs it has. Without fonts, LilyPond's glyphs are added to the existing
    table."""
    rows: dict[tuple[str, bytes], float] = {} if fonts else _stored(out)
    others: list[tuple[str, Contours]] = []
    for name, shape in (*(glyph for font in fonts for glyph in glyphs_of(font)), *emmentaler()):
        if shape and name.startswith(OTHER) and name != OTHER + SLASH:
            others.append((name, shape))
        elif shape:
            rows.setdefault((name, np.packbits(fill(shape).ravel()).tobytes()), longer(shape))
    ours = _table(rows)
    for name, shape in others:
        like = ours.nearest(shape, 1.0)
        if like is None or like.score < ALIKE:
            rows.setdefault((name, np.packbits(fill(shape).ravel()).tobytes()), longer(shape))
    names = sorted({name for name, _ in rows})
    table = _table(rows)
    np.savez_compressed(out, names=np.array(names), name=np.array([names.index(n) for n, _ in rows], np.int16),
                        pictures=table.pictures, sizes=table.sizes.astype(np.float32))
    return len(rows)


def _stored(table: Path) -> dict[tuple[str, bytes], float]:
    """The glyphs of a table, by name and picture, with their sizes."""
    with np.load(table) as stored:
        return {(str(stored["names"][i]), picture.tobytes()): float(size)
                for i, picture, size in zip(stored["name"], stored["pictures"], stored["sizes"], strict=True)}


def _table(rows: dict[tuple[str, bytes], float]) -> GlyphTable:
    pictures = np.array([np.frombuffer(picture, np.uint8) for _, picture in rows])
    return GlyphTable([name for name, _ in rows], pictures, np.array(list(rows.values())))


if __name__ == "__main__":
    print(make([Path(name) for name in sys.argv[1:]]), "glyphs in", TABLE)
