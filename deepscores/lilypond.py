"""Labelled pages engraved by LilyPond, by way of musicxml2ly. Its SVG says what is where (`lysvg.py`), and its own font
which glyph is which. Programs that are not installed raise DataError."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from functools import lru_cache
from pathlib import Path

import numpy as np
from lxml import etree

from deepscores.drawn import ON_LEDGER, ROLES
from deepscores.engrave import PAGES_A_SCORE, EngravedPage, draw_svg, random_family, text_bounds, variety
from deepscores.lysvg import GROBS, read_page
from deepscores.musescore import SUFFIXES
from deepscores.outlines import UNITS_PER_SPACE, Contours, glyph_contours
from deepscores.programs import call, program
from deepscores.sources import Source
from deepscores.svg import SLASH
from omr.errors import DataError
from omr.types.vocabulary import BY_CODE_POINT, NAMES

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SHORT = ("8th", "16th", "32nd", "64th", "128th")
FETA: dict[str, str] = {
    "noteheads.s2": "noteheadBlack", "noteheads.s1": "noteheadHalf", "noteheads.s0": "noteheadWhole",
    "noteheads.sM1": "noteheadDoubleWhole", "noteheads.s2cross": "noteheadXBlack",
    "noteheads.s0harmonic": "noteheadDiamondHalf", "noteheads.s2harmonic": "noteheadDiamondBlack",
    "noteheads.s2slash": "noteheadSlash", "noteheads.s1slash": "noteheadSlashWhite",
    "rests.M1": "restDoubleWhole", "rests.0": "restWhole", "rests.0o": "restWhole", "rests.1": "restHalf",
    "rests.1o": "restHalf", "rests.2": "restQuarter",
    **{f"rests.{i}": f"rest{n}" for i, n in enumerate(_SHORT, 3)},
    **{f"flags.u{i}": f"flag{n}Up" for i, n in enumerate(_SHORT, 3)},
    **{f"flags.d{i}": f"flag{n}Down" for i, n in enumerate(_SHORT, 3)},
    "flags.ugrace": SLASH, "flags.dgrace": SLASH,
    "accidentals.sharp": "accidentalSharp", "accidentals.flat": "accidentalFlat",
    "accidentals.natural": "accidentalNatural", "accidentals.doublesharp": "accidentalDoubleSharp",
    "accidentals.flatflat": "accidentalDoubleFlat", "accidentals.leftparen": "accidentalParensLeft",
    "accidentals.rightparen": "accidentalParensRight",
    "clefs.G": "gClef", "clefs.G_change": "gClef", "clefs.F": "fClef", "clefs.F_change": "fClef", "clefs.C": "cClef",
    "clefs.C_change": "cClef", "clefs.percussion": "unpitchedPercussionClef1",
    "timesig.C44": "timeSigCommon", "timesig.C22": "timeSigCutCommon",
    **{word: f"timeSig{i}" for i, word in enumerate(_DIGITS)}, "four.alt": "timeSig4", "seven.alt": "timeSig7",
    **{f"fattened.{word}": f"fingering{i}" for i, word in enumerate(_DIGITS[:6])},
    "dots.dot": "augmentationDot",
    "scripts.ufermata": "fermataAbove", "scripts.dfermata": "fermataBelow", "scripts.sforzato": "articAccent",
    "scripts.staccato": "articStaccato", "scripts.ustaccatissimo": "articStaccatissimoAbove",
    "scripts.dstaccatissimo": "articStaccatissimoBelow", "scripts.tenuto": "articTenuto",
    "scripts.umarcato": "articMarcatoAbove", "scripts.dmarcato": "articMarcatoBelow",
    "scripts.upbow": "stringsUpBow", "scripts.downbow": "stringsDownBow", "scripts.turn": "ornamentTurn",
    "scripts.trill": "ornamentTrill", "scripts.prall": "ornamentShortTrill",
    "scripts.reverseturn": "ornamentTurnInverted",
    "scripts.ushortfermata": "fermataShortAbove", "scripts.ulongfermata": "fermataLongAbove",
    "scripts.flageolet": "stringsHarmonic", "scripts.snappizzicato": "pluckedSnapPizzicatoAbove",
    "scripts.stopped": "pluckedLeftHandPizzicato",
    "accidentals.mirroredflat": "accidentalQuarterToneFlatStein",
    "accidentals.mirroredflat.flat": "accidentalThreeQuarterTonesFlatZimmermann",
    "accidentals.sharp.slashslash.stem": "accidentalQuarterToneSharpStein",
    "accidentals.sharp.slashslash.stemstemstem": "accidentalThreeQuarterTonesSharpStein",
    "scripts.mordent": "ornamentMordent", "scripts.segno": "segno", "scripts.coda": "coda",
    "scripts.rcomma": "breathMarkComma", "scripts.caesura.straight": "caesura",
    "pedal.Ped": "keyboardPedalPed", "pedal.*": "keyboardPedalUp",
    **{letter.lower(): f"dynamic{letter}" for letter in "PMFRSZ"},
}
"""Glyphs of LilyPond's font -> our classes. Its fingerings are its digits, small and fat."""
_SIZE = re.compile(r'width="[\d.]+mm" height="[\d.]+mm" viewBox="(\S+) (\S+) ([\d.]+) ([\d.]+)"')


@lru_cache(maxsize=1)
def own_font() -> dict[str, dict[str, Contours]]:
    """Outlines of LilyPond's font by role and class, in staff spaces, with y downwards. Raises DataError if the font is
    missing."""
    from fontTools.ttLib import TTFont

    root = Path(program("lilypond", "lilypond")).resolve().parents[1]
    files = sorted((root / "share" / "lilypond").glob("*/fonts/otf/emmentaler-20.otf"))
    if not files:
        raise DataError(f"LilyPond's font emmentaler-20.otf is not under {root / 'share' / 'lilypond'}")
    font = TTFont(files[-1])
    glyphs = font.getGlyphSet()
    shapes: dict[str, Contours] = {}
    for feta, name in FETA.items():
        if feta in ("rests.0o", "rests.1o"):
            name += ON_LEDGER
        if feta in glyphs and name not in shapes:
            shapes[name] = [c * [1, -1] / UNITS_PER_SPACE for c in glyph_contours(glyphs[feta])]
    names = {role: {BY_CODE_POINT[c] for c in codes if c in BY_CODE_POINT} for role, codes in ROLES.items()}
    names["Fingering"] = {name for name in NAMES if name.startswith("fingering")}
    names["Hook"].add(SLASH)
    names["Rest"] |= {f"rest{length}{ON_LEDGER}" for length in ("Whole", "Half")}
    return {role: {name: shapes[name] for name in sorted(of_role) if name in shapes} for role, of_role in names.items()}


def random_style(rng: np.random.Generator) -> dict[str, str]:
    """Random Scheme values of grob properties, within the differences between editions."""

    def between(low: float, high: float) -> str:
        return f"#{rng.uniform(low, high):.3f}"

    return {
        "StaffSymbol.thickness": between(0.7, 1.6), "Stem.thickness": between(0.9, 2.0),
        "Beam.beam-thickness": between(0.42, 0.56), "BarLine.hair-thickness": between(1.4, 2.6),
        "Slur.thickness": between(0.9, 1.8), "Tie.thickness": between(0.9, 1.8), "Hairpin.thickness": between(0.8, 1.6),
    }


def engrave(source: Source, seed: int, pages: int = PAGES_A_SCORE) -> list[EngravedPage]:
    """The pages of a MusicXML file with the greatest variety of symbols, at most `pages` of them.

    Raises DataError if LilyPond is not installed or cannot read the file.
    """
    if source.path is None or source.path.suffix not in SUFFIXES:
        raise DataError(f"{source.name} is no MusicXML file, which is what LilyPond can be given")
    rng = np.random.default_rng(seed)
    family, style, space_px = random_family(rng), random_style(rng), float(rng.uniform(13, 20))
    made = draw(source.path, style, space_px, family, source.name)
    made.sort(key=lambda page: -variety(Counter(s.name for s in page.labels.symbols)))
    return [page for page in made if len(page.labels.symbols) >= 20][:pages]


def draw(score: Path, style: dict[str, str], space_px: float, family: str, name: str = "") -> list[EngravedPage]:
    """Every page of a MusicXML file that has a staff. style: grob properties. family: the font of its words."""
    made = []
    for svg in drawings(score, style):
        page = read_page(svg, space_px, text_bounds(family), own_font())
        if page is not None:
            png, width, height = rasterise(svg, page.scale, family)
            made.append(EngravedPage(png, width, height, space_px, page.labels, name, "Emmentaler-LilyPond",
                                     ignored=page.ignored))
    return made


def drawings(score: Path, style: dict[str, str]) -> list[bytes]:
    """The pages of a MusicXML file as SVG, with the name of every grob as its class."""
    with tempfile.TemporaryDirectory(prefix="omr-") as temporary:
        folder = Path(temporary)
        readable, source = folder / "score.musicxml", folder / "score.ly"
        readable.write_bytes(for_musicxml2ly(Source(score).text().encode()))
        call([program("musicxml2ly", "lilypond"), "--no-page-layout", "-o", str(source), str(readable)])
        version, rest = source.read_text(encoding="utf-8").split("\n", 1)
        source.write_text(f"{version}\n{_settings(style)}\n{rest}", encoding="utf-8")
        call([program("lilypond", "lilypond"), "-dno-point-and-click", "-dbackend=svg", "-o", str(folder / "page"),
              str(source)])
        return [path.read_bytes() for path in sorted(folder.glob("page*.svg"), key=_number)]


def _number(path: Path) -> int:
    digits = re.findall(r"\d+", path.stem)
    return int(digits[-1]) if digits else 0


def _settings(style: dict[str, str]) -> str:
    """LilyPond settings: every grob tells its name, and lengths and widths are those of the style."""
    names = [f"\\override {grob}.output-attributes = #'((class . \"{grob}\"))" for grob in GROBS]
    looks = [f"\\override {name} = {value}" for name, value in style.items()]
    lines = "\n".join([*names, *looks])
    return f"\\layout {{ \\context {{ \\Score\n{lines}\n}} }}"


def for_musicxml2ly(text: bytes) -> bytes:
    """Change a score so that musicxml2ly can read it. Verses get numbers, though MusicXML allows any name. Words among
    the dynamics ("pp una corda") become words, since musicxml2ly would make commands of them that LilyPond cannot read.
    Two syllables on one note become one text, since musicxml2ly would move the second, and all later ones, to the next
    note. Quotation marks are removed from words, since musicxml2ly would write them unchanged into a string."""
    root = etree.fromstring(text)
    for dynamics in list(root.iterfind("part/measure/direction/direction-type/dynamics")):
        holder = dynamics.getparent()
        for other in reversed(dynamics.findall("other-dynamics")):
            said = " ".join((other.text or "").split())
            if re.fullmatch("[A-Za-z]+", said):
                other.text = said
                continue
            dynamics.remove(other)
            if holder is not None and said:
                words = etree.Element("direction-type")
                etree.SubElement(words, "words").text = said
                holder.addnext(words)
        if holder is not None and not len(dynamics):
            _drop(holder)
    for part in root.iterfind("part"):
        numbers: dict[str, int] = {}
        for lyric in part.iter("lyric"):
            lyric.set("number", str(numbers.setdefault(lyric.get("number", "1"), len(numbers) + 1)))
            texts = lyric.findall("text")
            for other in (*texts[1:], *lyric.findall("elision")):
                lyric.remove(other)
            if len(texts) > 1:
                texts[0].text = "\N{NO-BREAK SPACE}".join(text.text or "" for text in texts)
    for words in root.iter("words"):
        words.text = (words.text or "").replace('"', "''")
    return etree.tostring(root)


def _drop(kind: etree._Element) -> None:
    """Remove a `direction-type`, and its direction if that has no other."""
    direction = kind.getparent()
    if direction is None:
        return
    direction.remove(kind)
    if direction.find("direction-type") is None and (measure := direction.getparent()) is not None:
        measure.remove(direction)


def rasterise(svg: bytes, scale: float, family: str) -> tuple[bytes, int, int]:
    """Draw a page at `scale` pixels per unit. Returns the bytes of a grey PNG, width and height."""
    text = svg.decode()
    size = _SIZE.search(text)
    if size is None:
        raise DataError("not a page of LilyPond's: no size")
    width, height = (float(size[i]) * scale for i in (3, 4))
    text = _SIZE.sub(rf'width="{width}px" height="{height}px" viewBox="\1 \2 \3 \4"', text, count=1)
    text = text.replace('font-family="serif"', f'font-family="{family}"').replace("currentColor", "black")
    return draw_svg(text, family)
