"""More music fonts for Verovio: any font that follows the SMuFL standard, as an OpenType file.

Verovio reads its fonts from a folder of resources, which has for each font a table of boxes and anchors, and an outline
for each glyph. `resources` makes such a folder, with Verovio's own fonts and those in a folder of files. Text fonts in
that folder (which have no SMuFL glyphs) are used for words.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

from omr.errors import DataError

PACKAGES = {
    "Bravura": "OFL-1.1", "FinaleAsh": "OFL-1.1", "FinaleBroadway": "OFL-1.1", "FinaleJazz": "OFL-1.1",
    "FinaleJazzText": "OFL-1.1", "FinaleMaestro": "OFL-1.1", "Gonville": "free to use, with its outlines unrestricted",
    "Gootville": "OFL-1.1", "Leipzig": "OFL-1.1", "Leland": "OFL-1.1", "Petaluma": "OFL-1.1",
    "PetalumaScript": "OFL-1.1", "Sebastian": "OFL-1.1",
}
"""The fonts that npm provides as `@vexflow-fonts/` plus the name in small letters, and the licence of each. All but two
are music fonts; FinaleJazzText and PetalumaScript are for handwritten words."""
HANDWRITTEN = ("FinaleAsh", "FinaleBroadway", "FinaleJazz", "FinaleJazzText", "Petaluma", "PetalumaScript")
"""Fonts that look like handwriting. The words on their pages are in a handwritten font, too, if there is one."""
TEST_ONLY = ("MuseJazz",)
"""Fonts with which the benchmarks are engraved. They are never used for training."""
SUFFIXES = (".otf", ".ttf")
MUSIC_GLYPHS = 100
"""A font with at least this many glyphs in SMuFL's range is a music font. The smallest known one has 198."""
_SMUFL = range(0xE000, 0xF400)
_EM = 1000
"""Units of Verovio's outlines for the size of the font, which is four staff spaces."""


@dataclass(frozen=True)
class Fonts:
    """A folder of resources for Verovio, the names of its music fonts, and its files of text fonts by name."""

    folder: Path
    music: tuple[str, ...]
    text: Mapping[str, Path]


def resources(files: Path, verovio: Path, out: Path) -> Fonts:
    """Make the folder `out` of resources, from those of `verovio` and the music fonts in `files` (.otf or .ttf).

    A font that Verovio has already stays as it is. Raises DataError if a file is not a font, or is for testing only.
    """
    out.mkdir(parents=True, exist_ok=True)
    for path in verovio.iterdir():
        target = out / path.name
        if not target.exists():
            (shutil.copytree if path.is_dir() else shutil.copy)(path, target)
    names = glyph_names(verovio)
    music: list[str] = []
    text: dict[str, Path] = {}
    for path in sorted(p for p in files.rglob("*") if p.suffix in SUFFIXES):
        font = _open(path)
        name = family(font)
        if name in TEST_ONLY:
            raise DataError(f"{path}: {name} is for testing only, and no page to learn from is engraved in it")
        if sum(code in _SMUFL for code in font.getBestCmap()) < MUSIC_GLYPHS:
            text.setdefault(name, path)
        elif not (verovio / f"{name}.xml").exists():
            write_font(font, name, path.with_name("metadata.json"), names, out)
            music.append(name)
    if not music and not text:
        raise DataError(f"{files} holds no font ({', '.join(SUFFIXES)})")
    return Fonts(out, tuple(music), text)


def _open(path: Path) -> Any:
    from fontTools.ttLib import TTFont, TTLibError

    try:
        return TTFont(path)
    except TTLibError as error:
        raise DataError(f"{path} is no font: {error}") from error


def family(font: Any) -> str:
    """The name of a font's family, without spaces."""
    return re.sub(r"\s", "", font["name"].getBestFamilyName() or "")


@lru_cache(maxsize=2)
def glyph_names(verovio: Path) -> dict[str, str]:
    """SMuFL's name of each code point (hexadecimal) that Verovio knows, from all of its fonts together."""
    names: dict[str, str] = {}
    for path in sorted(verovio.glob("*.xml")):
        names.update({g.get("c", ""): g.get("n", "") for g in etree.parse(path).getroot() if g.get("c")})
    return names


def write_font(font: Any, name: str, metadata: Path, names: Mapping[str, str], out: Path) -> None:
    """Write the table of glyphs and the outlines of one font to the folder of resources `out`.

    metadata: SMuFL's file of anchors. If it is missing, the stems of noteheads are at the ends of their boxes.
    """
    from fontTools.pens.boundsPen import BoundsPen
    from fontTools.pens.svgPathPen import SVGPathPen
    from fontTools.pens.transformPen import TransformPen

    scale = _EM / font["head"].unitsPerEm
    anchors = json.loads(metadata.read_text())["glyphsWithAnchors"] if metadata.exists() else {}
    glyphs, codes = font.getGlyphSet(), font.getBestCmap()
    folder = out / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    table = etree.Element("bounding-boxes", {"font-family": name, "units-per-em": str(_EM)})
    for code, glyph_name in sorted((int(c, 16), n) for c, n in names.items()):
        if code not in codes:
            continue
        glyph = glyphs[codes[code]]
        box, path = BoundsPen(glyphs), SVGPathPen(glyphs, ntos=lambda v: f"{v:g}")
        glyph.draw(TransformPen(box, (scale, 0, 0, scale, 0, 0)))
        glyph.draw(TransformPen(path, (scale, 0, 0, scale, 0, 0)))
        left, bottom, right, top = box.bounds or (0.0, 0.0, 0.0, 0.0)
        row = etree.SubElement(table, "g", {
            "c": f"{code:04X}", "x": f"{left:g}", "y": f"{bottom:g}",
            "w": f"{right - left:g}", "h": f"{top - bottom:g}",
            "h-a-x": f"{glyph.width * scale:g}", "n": glyph_name})
        places = anchors.get(glyph_name) or _stems(glyph_name, left, right)
        for anchor, (x, y) in sorted(places.items()):
            etree.SubElement(row, "a", {"n": anchor, "x": f"{x:g}", "y": f"{y:g}"})
        outline = etree.Element("g", {"id": f"{code:04X}"})
        etree.SubElement(outline, "path", {"transform": "scale(1,-1)", "d": path.getCommands()})
        (folder / f"{code:04X}.xml").write_bytes(etree.tostring(outline))
    (out / f"{name}.xml").write_bytes(etree.tostring(table, xml_declaration=True, encoding="UTF-8"))


def _stems(glyph: str, left: float, right: float) -> dict[str, tuple[float, float]]:
    """Where stems touch a notehead, in staff spaces (a quarter of the font's size)."""
    if not glyph.startswith("notehead"):
        return {}
    space = _EM / 4
    return {"stemUpSE": (right / space, 0.15), "stemDownNW": (left / space, -0.15)}
