"""The class table: every compact symbol that the detector knows.

The names are SMuFL's, wherever SMuFL has one name for the shape. A shape is one class wherever it stands: a sharp in a
key signature is `accidentalSharp`, too. What it means there is decided later, by `omr.notation`. There are two
exceptions: dots and small digits, whose shape alone says nothing, and small (cue-sized) noteheads and flags, whose size
is their meaning. The flag of a grace note and the slash through it are one symbol, because a watershed cannot separate
two symbols with the same middle.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

StrokeKind = Literal[
    "staffLine", "ledgerLine", "stem", "beam", "barline", "slur", "tie", "hairpin", "bracket", "text"
]
STROKE_KINDS: tuple[StrokeKind, ...] = typing.get_args(StrokeKind)
"""Kinds of things that are long and thin; also blocks of text, which are marked so that words are not taken for
symbols."""

SymbolKind = Literal[
    "notehead", "rest", "flag", "accidental", "parenthesis", "clef", "time", "dot", "articulation", "fermata",
    "ornament", "arpeggio", "tremolo", "dynamic", "tuplet", "fingering", "pedal", "octave", "jump", "brace", "repeat",
]
_KIND_OF_PREFIX: tuple[tuple[str, SymbolKind], ...] = (
    # The first of these prefixes that a class name begins with tells the kind of the class.
    ("notehead", "notehead"), ("rest", "rest"), ("flag", "flag"), ("accidentalParens", "parenthesis"),
    ("accidental", "accidental"), ("gClef", "clef"), ("fClef", "clef"), ("cClef", "clef"), ("unpitched", "clef"),
    ("timeSig", "time"), ("augmentationDot", "dot"), ("repeatDot", "dot"), ("artic", "articulation"),
    ("breathMark", "articulation"), ("caesura", "articulation"), ("strings", "articulation"),
    ("plucked", "articulation"), ("fermata", "fermata"), ("ornament", "ornament"), ("wiggleTrill", "ornament"),
    ("arpeggiato", "arpeggio"), ("tremolo", "tremolo"), ("dynamic", "dynamic"), ("tuplet", "tuplet"),
    ("fingering", "fingering"), ("keyboardPedal", "pedal"), ("ottava", "octave"), ("quindicesima", "octave"),
    ("segno", "jump"), ("coda", "jump"), ("brace", "brace"), ("repeat1Bar", "repeat"),
)


@dataclass(frozen=True)
class SymbolClass:
    """One row of the class table. The name, code points and DeepScores names are given; the rest follows from the name.

    code_points: SMuFL glyphs of this class (hexadecimal).
    ds2: names of this class in DeepScores v2.
    kind: what sort of sign it is.
    digit: the digit of a time signature, tuplet or fingering, or the number of strokes of a tremolo; else None.
    is_small: whether it belongs to a cue or grace note.
    is_filled: whether it is a notehead that is filled with ink.
    """

    id: int
    name: str
    code_points: tuple[str, ...]
    ds2: tuple[str, ...] = ()
    kind: SymbolKind = field(init=False)
    digit: int | None = field(init=False)
    is_small: bool = field(init=False)
    is_filled: bool = field(init=False)

    def __post_init__(self) -> None:
        kind = next(kind for prefix, kind in _KIND_OF_PREFIX if self.name.startswith(prefix))
        digits = re.search(r"\d+$", self.name) if kind in ("time", "tuplet", "fingering", "tremolo") else None
        hollow = ("Half", "Whole", "White", "Longa")
        # This is how a frozen dataclass sets fields that it derives from others.
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "digit", int(digits[0]) if digits else None)
        object.__setattr__(self, "is_small", self.name.endswith("Small"))
        object.__setattr__(self, "is_filled", kind == "notehead" and not any(h in self.name for h in hollow))


_TABLE: tuple[tuple[str, str, str], ...] = (
    # name, SMuFL code points, names in DeepScores v2
    ("noteheadBlack", "E0A4", "noteheadBlackOnLine noteheadBlackInSpace"),
    ("noteheadHalf", "E0A3", "noteheadHalfOnLine noteheadHalfInSpace"),
    ("noteheadWhole", "E0A2", "noteheadWholeOnLine noteheadWholeInSpace"),
    ("noteheadDoubleWhole", "E0A0 E0A1", "noteheadDoubleWholeOnLine noteheadDoubleWholeInSpace"),
    ("noteheadBlackSmall", "", "noteheadBlackOnLineSmall noteheadBlackInSpaceSmall"),
    ("noteheadHalfSmall", "", "noteheadHalfOnLineSmall noteheadHalfInSpaceSmall"),
    ("noteheadXBlack", "E0A9", ""),
    ("restDoubleWhole", "E4E2", "restDoubleWhole"),
    ("restWhole", "E4E3 E4F4", "restWhole"),
    ("restHalf", "E4E4 E4F5", "restHalf"),
    ("restQuarter", "E4E5", "restQuarter"),
    ("rest8th", "E4E6", "rest8th"),
    ("rest16th", "E4E7", "rest16th"),
    ("rest32nd", "E4E8", "rest32nd"),
    ("rest64th", "E4E9", "rest64th"),
    ("rest128th", "E4EA", "rest128th"),
    ("restHBar", "E4EE", "restHBar"),
    ("flag8thUp", "E240", "flag8thUp"),
    ("flag8thDown", "E241", "flag8thDown"),
    ("flag16thUp", "E242", "flag16thUp"),
    ("flag16thDown", "E243", "flag16thDown"),
    ("flag32ndUp", "E244", "flag32ndUp"),
    ("flag32ndDown", "E245", "flag32ndDown"),
    ("flag64thUp", "E246", "flag64thUp"),
    ("flag64thDown", "E247", "flag64thDown"),
    ("flag128thUp", "E248", "flag128thUp"),
    ("flag128thDown", "E249", "flag128thDown"),
    ("flag8thUpSmall", "", "flag8thUpSmall"),
    ("flag8thDownSmall", "", "flag8thDownSmall"),
    ("accidentalFlat", "E260", "accidentalFlat keyFlat"),
    ("accidentalNatural", "E261", "accidentalNatural keyNatural"),
    ("accidentalSharp", "E262", "accidentalSharp keySharp"),
    ("accidentalDoubleSharp", "E263", "accidentalDoubleSharp"),
    ("accidentalDoubleFlat", "E264", "accidentalDoubleFlat"),
    ("accidentalFlatSmall", "", "accidentalFlatSmall"),
    ("accidentalNaturalSmall", "", "accidentalNaturalSmall"),
    ("accidentalSharpSmall", "", "accidentalSharpSmall"),
    ("accidentalParensLeft", "E26A", ""),
    ("accidentalParensRight", "E26B", ""),
    ("gClef", "E050 E07A", "clefG"),
    ("gClef8vb", "E052", ""),
    ("gClef8va", "E053", ""),
    ("fClef", "E062 E07C", "clefF"),
    ("fClef8vb", "E064", ""),
    ("cClef", "E05C E07B", "clefCAlto clefCTenor"),
    ("unpitchedPercussionClef1", "E069", "clefUnpitchedPercussion"),
    ("timeSig0", "E080", "timeSig0"),
    ("timeSig1", "E081", "timeSig1"),
    ("timeSig2", "E082", "timeSig2"),
    ("timeSig3", "E083", "timeSig3"),
    ("timeSig4", "E084", "timeSig4"),
    ("timeSig5", "E085", "timeSig5"),
    ("timeSig6", "E086", "timeSig6"),
    ("timeSig7", "E087", "timeSig7"),
    ("timeSig8", "E088", "timeSig8"),
    ("timeSig9", "E089", "timeSig9"),
    ("timeSigCommon", "E08A", "timeSigCommon"),
    ("timeSigCutCommon", "E08B", "timeSigCutCommon"),
    ("augmentationDot", "E1E7", "augmentationDot"),
    ("repeatDot", "E044", "repeatDot"),
    ("articStaccato", "E4A2 E4A3", "articStaccatoAbove articStaccatoBelow"),
    ("articTenuto", "E4A4 E4A5", "articTenutoAbove articTenutoBelow"),
    ("articAccent", "E4A0 E4A1", "articAccentAbove articAccentBelow"),
    ("articMarcatoAbove", "E4AC", "articMarcatoAbove"),
    ("articMarcatoBelow", "E4AD", "articMarcatoBelow"),
    ("articStaccatissimoAbove", "E4A6 E4A8", "articStaccatissimoAbove"),
    ("articStaccatissimoBelow", "E4A7 E4A9", "articStaccatissimoBelow"),
    ("fermataAbove", "E4C0", "fermataAbove"),
    ("fermataBelow", "E4C1", "fermataBelow"),
    ("breathMarkComma", "E4CE", ""),
    ("caesura", "E4D1", "caesura"),
    ("ornamentTrill", "E566", "ornamentTrill"),
    ("ornamentTurn", "E567", "ornamentTurn"),
    ("ornamentTurnInverted", "E568", "ornamentTurnInverted"),
    ("ornamentShortTrill", "E56C", ""),
    ("ornamentMordent", "E56D", "ornamentMordent"),
    ("wiggleTrill", "EAA4 E59D E59E", ""),
    ("arpeggiato", "EAA9 E63C", "arpeggiato"),
    ("tremolo1", "E220", "tremolo1"),
    ("tremolo2", "E221", "tremolo2"),
    ("tremolo3", "E222", "tremolo3"),
    ("stringsDownBow", "E610", "stringsDownBow"),
    ("stringsUpBow", "E612", "stringsUpBow"),
    ("dynamicP", "E520", "dynamicP"),
    ("dynamicM", "E521", "dynamicM"),
    ("dynamicF", "E522", "dynamicF"),
    ("dynamicR", "E523", "dynamicR"),
    ("dynamicS", "E524", "dynamicS"),
    ("dynamicZ", "E525", "dynamicZ"),
    ("tuplet2", "E882", "tuplet2"),
    ("tuplet3", "E883", "tuplet3"),
    ("tuplet4", "E884", "tuplet4"),
    ("tuplet5", "E885", "tuplet5"),
    ("tuplet6", "E886", "tuplet6"),
    ("tuplet7", "E887", "tuplet7"),
    ("tuplet8", "E888", "tuplet8"),
    ("tuplet9", "E889", "tuplet9"),
    ("tuplet1", "E881", "tuplet1"),
    ("tuplet0", "E880", ""),
    ("fingering0", "ED10", "fingering0"),
    ("fingering1", "ED11", "fingering1"),
    ("fingering2", "ED12", "fingering2"),
    ("fingering3", "ED13", "fingering3"),
    ("fingering4", "ED14", "fingering4"),
    ("fingering5", "ED15", "fingering5"),
    ("keyboardPedalPed", "E650", "keyboardPedalPed"),
    ("keyboardPedalUp", "E655", "keyboardPedalUp"),
    ("ottava", "E510 E511 E512 E51C", ""),
    ("segno", "E047", "segno"),
    ("coda", "E048", "coda"),
    ("brace", "E000", "brace"),
    # Add new rows at the end only: so weights that were trained with a shorter table remain usable.
    ("flag8thDownSlash", "", ""),
    ("noteheadDiamondBlack", "E0DB E0E2", ""),
    ("noteheadDiamondHalf", "E0D9 E0DD E0E1", ""),
    ("noteheadPlusBlack", "E0AF", ""),
    ("noteheadSlash", "E100 E101 E10A", ""),
    ("noteheadSlashWhite", "E102 E103", ""),
    ("flag16thUpSmall", "", "flag16thUpSmall"),
    ("flag16thDownSmall", "", "flag16thDownSmall"),
    ("flag8thUpSlash", "", ""),
    ("accidentalQuarterToneFlatStein", "E280", ""),
    ("accidentalThreeQuarterTonesFlatZimmermann", "E281", ""),
    ("accidentalQuarterToneSharpStein", "E282", ""),
    ("accidentalThreeQuarterTonesSharpStein", "E283", ""),
    ("fClef8va", "E065", ""),
    ("cClef8vb", "E05D", ""),
    ("fermataShortAbove", "E4C4", ""),
    ("fermataLongAbove", "E4C6", ""),
    ("stringsHarmonic", "E614", ""),
    ("pluckedSnapPizzicatoAbove", "E631", ""),
    ("pluckedLeftHandPizzicato", "E633", ""),
    ("quindicesima", "E514 E515 E516", ""),
    ("repeat1Bar", "E500", ""),
    ("noteheadLonga", "", ""),
)

CLASSES: tuple[SymbolClass, ...] = tuple(
    SymbolClass(i, name, tuple(code.split()), tuple(ds2.split())) for i, (name, code, ds2) in enumerate(_TABLE)
)
NAMES: tuple[str, ...] = tuple(c.name for c in CLASSES)
ID: dict[str, int] = {name: i for i, name in enumerate(NAMES)}
BY_CODE_POINT: dict[str, str] = {code: c.name for c in CLASSES for code in c.code_points}
"""SMuFL code point (upper-case hexadecimal) -> class name."""
BY_NAME: dict[str, SymbolClass] = {c.name: c for c in CLASSES}

# What other data sets call our classes and stroke kinds. SMuFL's names need no line here, nor do names of DeepScores v2
# that stand in the table above. A foreign name that says less than ours has no counterpart: a flag without a direction,
# a digit without a use, an open notehead that may be half or whole.
_DEEPSCORES = {
    "cClefAlto": "cClef", "cClefTenor": "cClef", "dynamicPiano": "dynamicP", "dynamicMezzo": "dynamicM",
    "dynamicForte": "dynamicF", "dynamicRinforzando": "dynamicR", "dynamicSforzando": "dynamicS",
    "legerLine": "ledgerLine", "staff": "staffLine", "dynamicCrescendoHairpin": "hairpin",
    "dynamicDiminuendoHairpin": "hairpin", "tupletBracket": "bracket",
}
_MUSCIMA_2 = {
    "noteheadFull": "noteheadBlack", "noteheadFullSmall": "noteheadBlackSmall",
    "articulationAccent": "articAccent", "articulationStaccato": "articStaccato", "articulationTenuto": "articTenuto",
    "articulationMarcatoAbove": "articMarcatoAbove", "articulationMarcatoBelow": "articMarcatoBelow",
    "dynamicLetterP": "dynamicP", "dynamicLetterM": "dynamicM", "dynamicLetterF": "dynamicF",
    "dynamicLetterR": "dynamicR", "dynamicLetterS": "dynamicS", "dynamicLetterZ": "dynamicZ", "arpeggio": "arpeggiato",
    "clefC": "cClef", "barlineHeavy": "barline", "barlineDotted": "barline", "tupleBracket": "bracket",
}
_MUSCIMA_1 = {
    "notehead-full": "noteheadBlack", "grace-notehead-full": "noteheadBlackSmall", "sharp": "accidentalSharp",
    "flat": "accidentalFlat", "natural": "accidentalNatural", "double_sharp": "accidentalDoubleSharp",
    "double_flat": "accidentalDoubleFlat", "ledger_line": "ledgerLine", "staff_line": "staffLine",
    "whole_rest": "restWhole", "half_rest": "restHalf", "quarter_rest": "restQuarter", "8th_rest": "rest8th",
    "16th_rest": "rest16th", "32th_rest": "rest32nd", "duration-dot": "augmentationDot",
    "staccato-dot": "articStaccato", "accent": "articAccent", "tenuto": "articTenuto", "repeat-dot": "repeatDot",
    "g-clef": "gClef", "f-clef": "fClef", "c-clef": "cClef", "thin_barline": "barline", "thick_barline": "barline",
    "dotted_barline": "barline", "multi-staff_brace": "brace", "multi-staff_bracket": "bracket",
    "hairpin-cresc.": "hairpin", "hairpin-decr.": "hairpin", "trill": "ornamentTrill",
    'arpeggio_"wobble"': "arpeggiato", "whole-time_mark": "timeSigCommon", "alla_breve": "timeSigCutCommon",
    "tuple_bracket/line": "bracket",
}
_MUSCIMA_SAME = frozenset((
    "noteheadHalf", "noteheadWhole", "noteheadHalfSmall", "accidentalSharp", "accidentalFlat", "accidentalNatural",
    "accidentalDoubleSharp", "accidentalDoubleFlat", "flag8thUp", "flag16thUp", "flag32ndUp", "flag64thUp",
    "flag8thDown", "flag16thDown", "flag32ndDown", "flag64thDown", "restWhole", "restHalf", "restQuarter", "rest8th",
    "rest16th", "rest32nd", "rest64th", "restHBar", "gClef", "fClef", "cClef", "timeSigCommon", "timeSigCutCommon",
    "augmentationDot", "repeatDot", "segno", "coda", "fermataAbove", "fermataBelow", "ornamentTrill", "brace", "stem",
    "beam", "slur", "tie", "legerLine", "staffLine", "barline", "bracket", "dynamicCrescendoHairpin",
    "dynamicDiminuendoHairpin",
))
_COUNTERPARTS: dict[str, str] = {
    **{name: name for name in (*NAMES, *STROKE_KINDS)},
    **{foreign: c.name for c in CLASSES for foreign in c.ds2},
    **_MUSCIMA_1, **_MUSCIMA_2, **_DEEPSCORES,
}
GROUPS: frozenset[str] = frozenset((
    "staffSpace", "staffGrouping", "keySignature", "timeSignature", "measureSeparator", "repeat", "dynamicsText",
    "tuple", "volta", "instrumentName", "lyricsText", "tempoText", "otherText", "rehearsalMark", "transpositionText",
    "characterSmallF", "characterSmallP", "characterSmallM", "staff_space", "staff_grouping", "key_signature",
    "time_signature", "measure_separator", "dynamics_text", "repeat-measure", "instrument_name", "lyrics_text",
    "tempo_text", "other_text", "rehearsal_mark",
))
"""Names in MUSCIMA++ for what consists of other objects, or is no ink at all."""


DEEPSCORES_1: frozenset[str] = frozenset((*(foreign for c in CLASSES for foreign in c.ds2), *_DEEPSCORES, *NAMES)) - {
    "legerLine", "staff", "dynamicCrescendoHairpin", "dynamicDiminuendoHairpin", "tupletBracket",
    "accidentalParensLeft", "accidentalParensRight", "wiggleTrill", "breathMarkComma", "ottava", "flag8thUpSlash",
    "flag8thDownSlash", "quindicesima", "repeat1Bar", "noteheadLonga"}
"""Names that may occur in DeepScores v1, which marks no strokes."""
MUSCIMA: frozenset[str] = frozenset((*_MUSCIMA_1, *_MUSCIMA_2)) | _MUSCIMA_SAME
"""Names that may occur in MUSCIMA++ 1 or 2 and have a counterpart here."""


def counterpart(name: str) -> str | None:
    """Our class or stroke kind for a name of DeepScores v1 or v2, or of MUSCIMA++ 1 or 2. None if there is none."""
    return _COUNTERPARTS.get(name) or _COUNTERPARTS.get(name.removesuffix("Change"))


def is_stroke(name: str | None) -> bool:
    """Whether a name is a stroke kind, not a symbol class."""
    return name in STROKE_KINDS


def lacking(names: Collection[str]) -> frozenset[str]:
    """Our classes and stroke kinds that a data set with these class names does not mark."""
    marked = {counterpart(name) for name in names}
    return frozenset(n for n in (*NAMES, *STROKE_KINDS) if n not in marked)


# ---- lengths -----------------------------------------------------------------------------------------------------


REST_QUARTERS = {
    "restDoubleWhole": 8.0, "restWhole": 4.0, "restHalf": 2.0, "restQuarter": 1.0, "rest8th": 0.5, "rest16th": 0.25,
    "rest32nd": 0.125, "rest64th": 0.0625, "rest128th": 0.03125, "restHBar": 4.0,
}
"""Class of a rest -> its length in quarter notes. Without a time signature, a rest that fills a measure
has 4."""
HEAD_QUARTERS = {
    "noteheadLonga": 16.0,
    "noteheadDoubleWhole": 8.0, "noteheadWhole": 4.0, "noteheadHalf": 2.0, "noteheadHalfSmall": 2.0,
    "noteheadDiamondHalf": 2.0, "noteheadSlashWhite": 2.0,
}
"""Class of a notehead -> its length in quarter notes without flags and beams. All other noteheads have 1."""
_FLAG_LEVELS = {"8th": 1, "16th": 2, "32nd": 3, "64th": 4, "128th": 5}
"""Kind of a flag -> how many times it halves the length of its note."""


def flag_levels(name: str) -> int:
    """How many times a flag of this class halves the length of its note."""
    plain = name.removesuffix("Small").removesuffix("Slash").removesuffix("Up").removesuffix("Down")
    return _FLAG_LEVELS[plain.removeprefix("flag")]
