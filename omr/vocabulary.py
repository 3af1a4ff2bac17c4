"""The one class table: every compact symbol the detector knows.

Names are SMuFL's where SMuFL has one name for the shape. A shape is one class wherever it stands (a sharp in a
key signature is `accidentalSharp`): context is the assembly's business. The exceptions are dots and small
digits, whose shape says nothing, and cue-sized heads and flags, whose size is their meaning.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class SymbolClass:
    """One row of the table. code_points: SMuFL glyphs drawn for it (hex); ds2: DeepScores v2 names."""

    id: int
    name: str
    code_points: tuple[str, ...]
    ds2: tuple[str, ...] = ()


_TABLE: tuple[tuple[str, str, str], ...] = (
    # name, SMuFL code points, DeepScores v2 names
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
    ("wiggleTrill", "EAA4", ""),
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
    ("tuplet2", "E882", ""),
    ("tuplet3", "E883", "tuplet3"),
    ("tuplet4", "E884", ""),
    ("tuplet5", "E885", ""),
    ("tuplet6", "E886", "tuplet6"),
    ("tuplet7", "E887", ""),
    ("tuplet8", "E888", ""),
    ("tuplet9", "E889", ""),
    ("tuplet1", "E881", ""),
    ("tuplet0", "E880", ""),
    ("fingering0", "ED10", "fingering0"),
    ("fingering1", "ED11", "fingering1"),
    ("fingering2", "ED12", "fingering2"),
    ("fingering3", "ED13", "fingering3"),
    ("fingering4", "ED14", "fingering4"),
    ("fingering5", "ED15", "fingering5"),
    ("keyboardPedalPed", "E650", "keyboardPedalPed"),
    ("keyboardPedalUp", "E655", "keyboardPedalUp"),
    ("ottava", "E510 E511 E512 E51C", "ottavaBracket"),
    ("segno", "E047", "segno"),
    ("coda", "E048", "coda"),
    ("brace", "E000", "brace"),
)

CLASSES: tuple[SymbolClass, ...] = tuple(
    SymbolClass(i, name, tuple(code.split()), tuple(ds2.split())) for i, (name, code, ds2) in enumerate(_TABLE)
)
NAMES: tuple[str, ...] = tuple(c.name for c in CLASSES)
ID: dict[str, int] = {name: i for i, name in enumerate(NAMES)}
BY_CODE_POINT: dict[str, str] = {code: c.name for c in CLASSES for code in c.code_points}
"""SMuFL code point (upper-case hex) -> class name."""

TABLE_HASH: str = hashlib.sha256("\n".join(NAMES).encode()).hexdigest()[:16]
"""Weights carry this; a network trained on another table must not be loaded."""
